"""The simulated building: settings, layout, directory and keys of a bank of 24 compartments, as a kiosk's files.

Holds one building, written out the way an installer would. It must not know what happens in it. Its keys and codes are
public: nothing real may ever use them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.config import Refusal, Site, read_site
from kiosk.core.codes import damm_digit
from kiosk.core.ids import CourierId, Secret, UnitId
from kiosk.signing import Ed25519Signer
from kiosk.vault import DEFAULT_COST, Argon2Cost, VaultKeys, derive_verifier, public_half

CODE_KEY = Secret(bytes(range(32)))
NOTICE_SECRET = Secret(bytes(range(100, 132)))
"""The secret half of the notice key: on the bench the phones hold it."""
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(200, 232)))
KEYS = VaultKeys(CODE_KEY, public_half(NOTICE_SECRET), Ed25519Signer(SIGNING_KEY))
LEFT, RIGHT = "left", "right"
SCANNER = "front"
BAUD = 9600


class SiteError(Exception):
    """The site as written cannot be read: a fault of the simulation itself."""


def sound_site(settings: Path) -> Site:
    """The site that these settings describe. Raises SiteError."""
    site = read_site(settings)
    if isinstance(site, Refusal):
        raise SiteError("\n".join(map(str, site.faults)))
    return site


def courier_code(digits: str) -> str:
    """An access code: five digits and their check digit."""
    return digits + damm_digit(digits)


COURIERS: Mapping[CourierId, tuple[str, str]] = {
    CourierId("C-ups"): ("ups", courier_code("58203")),
    CourierId("C-dhl"): ("dhl", courier_code("71946")),
}
"""Carrier and access code of each courier."""
RESIDENTS: Mapping[UnitId, tuple[str, ...]] = {
    UnitId("1A"): ("R-0001", "R-0002"),
    UnitId("1B"): ("R-0003",),
    UnitId("2A"): ("R-0004",),
    UnitId("2B"): ("R-0005",),
    UnitId("3A"): ("R-0006",),
    UnitId("3B"): ("R-0007",),
}
WORDS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh")
REACH, AWAY, MOVED = "R-0003", "R-0006", "R-0007"
"""The resident who needs an accessible compartment, the one on vacation hold, the one who moved out."""

SIZES = (("S", 110), ("M", 200), ("L", 400))
COLUMN = ("S", "S", "M", "L", "S", "S", "M", "L")
"""The sizes of one column from the top down."""
DOOR_MM = {"S": 130, "M": 220, "L": 420}
WIDTH_MM, PLINTH_MM = 450, 120


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the kiosk finds its two lines and its scanner."""

    left: str = "/dev/serial/by-path/left"
    right: str = "/dev/serial/by-path/right"
    scanner: str = "/dev/serial/by-id/scanner"

    @classmethod
    def beside(cls, directory: Path) -> "Ports":
        """Pseudo-terminals in the site's own directory."""
        return cls(*(str(directory / name) for name in (LEFT, RIGHT, "scanner")))


def write_site(  # noqa: PLR0913 - what benches differ in, each with its usual value
    directory: Path,
    ports: Ports,
    cost: Argon2Cost = DEFAULT_COST,
    policy: str = "",
    line_settings: str = "",
    *,
    display: str = "",
) -> Path:
    """Write the whole site into ``directory``; the settings file. Keys are files of mode 0600 beside it.

    ``policy`` is the text of policy.toml, ``line_settings`` belongs to each line, ``display`` is the table [display].
    """
    files = {
        "kiosk.toml": _machine(ports, line_settings) + display,
        "layout.toml": _layout(),
        "policy.toml": policy,
        "directory.toml": _directory(cost),
    }
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    for name, key in (("code.key", CODE_KEY.reveal()), ("notice.key", KEYS.notice_key)):
        path = directory / name
        path.touch(0o600)
        path.write_text(key.hex(), encoding="ascii")
    (directory / "signing.key").touch(0o600)
    (directory / "signing.key").write_bytes(
        SIGNING_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (directory / "data").mkdir(exist_ok=True)
    return directory / "kiosk.toml"


def _machine(ports: Ports, line_settings: str) -> str:
    lines = "".join(
        f'[[line]]\nid = "{name}"\nport = "{port}"\nbaud = {BAUD}\n{line_settings}\n\n'
        for name, port in ((LEFT, ports.left), (RIGHT, ports.right))
    )
    return f"""[kiosk]
id = "bench-1"
name = "Bench"
data_directory = "data"
house_number = "48"

{lines}[[board]]
id = "s1"
line = "{LEFT}"
family = "shuoming"
address = 1
channels = 16
status_bytes = 2
closed_level = 1

[[board]]
id = "w1"
line = "{RIGHT}"
family = "waveshare"
address = 1
channels = 8
inputs = 8
closed_level = 1

[[scanner]]
id = "{SCANNER}"
kind = "serial"
port = "{ports.scanner}"
baud = {BAUD}

[secrets]
code_key = "code.key"
notice_key = "notice.key"
signing_key = "signing.key"

[files]
layout = "layout.toml"
policy = "policy.toml"
directory = "directory.toml"

[clock]
trust = "always"
"""


def _layout() -> str:
    sizes = "".join(
        f'[[size]]\nname = "{name}"\nheight_mm = {height}\nwidth_mm = 420\ndepth_mm = 550\n\n' for name, height in SIZES
    )
    return sizes + "\n".join(_compartment(column, row) for column in range(1, 4) for row in range(1, 9))


def _compartment(column: int, row: int) -> str:
    """Columns 1 and 2 hang on the lock board, column 3 on the relay board and its inputs."""
    size = COLUMN[row - 1]
    bottom = PLINTH_MM + sum(DOOR_MM[below] for below in COLUMN[row:])
    middle = bottom + DOOR_MM[size] // 2
    number = 8 * (column - 1) + row
    board, channel, contact = ("s1", number, "board feedback") if column < 3 else ("w1", row, "board input")  # noqa: PLR2004
    wired = f'contact_board = "w1"\ncontact_channel = {row}\n' if board == "w1" else ""
    accessible = "accessible = true\n" if column == 1 and 380 <= middle <= 1220 else ""  # noqa: PLR2004 - reach, in mm
    return f"""[[compartment]]
label = "A{number:02}"
size = "{size}"
column = {column}
row = {row}
left_mm = {WIDTH_MM * (column - 1)}
bottom_mm = {bottom}
width_mm = {WIDTH_MM}
height_mm = {DOOR_MM[size]}
board = "{board}"
channel = {channel}
contact = "{contact}"
{wired}{accessible}"""


def _directory(cost: Argon2Cost) -> str:
    units = "".join(f'[[unit]]\nunit = "{unit}"\n\n' for unit in RESIDENTS)
    residents = "".join(
        _resident(resident, unit, word)
        for (unit, resident), word in zip(
            ((unit, name) for unit, names in RESIDENTS.items() for name in names), WORDS, strict=True
        )
    )
    couriers = "".join(
        f'[[courier]]\ncourier = "{name}"\ncarrier = "{carrier}"\npersonal = true\n'
        f'verifier = "{derive_verifier(Secret(code), KEYS, cost).hex()}"\n\n'
        for name, (carrier, code) in COURIERS.items()
    )
    return f"utc_offset_minutes = 0\n\n{units}{residents}{couriers}"


def _resident(resident: str, unit: str, word: str) -> str:
    more = {REACH: "needs_reach = true\n", AWAY: 'welcome = "on_hold"\n', MOVED: 'welcome = "moved_out"\n'}
    return (
        f'[[resident]]\nresident = "{resident}"\nunit = "{unit}"\nname = "{word} Example"\n{more.get(resident, "")}\n'
    )
