"""kiosk.toml: what is true of this one machine: its lines, boards, chips, scanners, badge readers, keypads, camera,
display, files, keys.

Holds the frozen settings and their rules. It must not know whether a port exists, nor open one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kiosk.config.cameras import CameraSettings, read_camera
from kiosk.config.chips import Chip, read_chips
from kiosk.config.displays import DisplaySettings, read_display
from kiosk.config.families import FamilyLimits, why_refused
from kiosk.config.inputs import BAUDS, PORT, Keypad, Scanner, Taken, read_keypads, read_scanners
from kiosk.config.reader import FILE, ID, NAME, Table, Text, only_once
from kiosk.core.ids import BoardId, KioskId, LineId
from kiosk.core.layout import ContactSource

PHONE = Text(re.compile(r"[+0-9][0-9 ()/-]{2,19}"), "3 to 20 digits, blanks and ()/-, perhaps + before them")
DESK = Text(re.compile(r"[^\x00-\x1f\x7f]{1,40}"), "1 to 40 characters")
KIOSK_ID = Text(re.compile(r"[a-z0-9][a-z0-9-]{0,31}"), "1 to 32 small letters, digits or '-'")
KEY_FILE = Text(
    # What looks like the key itself: nothing but hexadecimal digits, or the base64 of 32 bytes.
    re.compile(r"(?![0-9A-Fa-f]{32,}$)(?![^/][A-Za-z0-9+/_-]{42}=?$)[^\x00-\x1f\x7f]{1,255}"),
    "a path to a file that holds the key, never the key itself,",
    echo=False,
)
ORIGIN = Text(
    re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,99}(?<!/)"),
    "1 to 100 letters, digits, '.', '/', '_' or '-', such as lockers.example,",
)
HOUSE_NUMBER = Text(re.compile(r"[0-9A-Za-z /-]{0,12}"), "up to 12 letters, digits, blanks, '/' or '-'")
MOST_VERSION = 0xFFFF
"""As many as a register holds."""
ANY_FAMILY = FamilyLimits(
    (0, 255), 255, ContactSource.NONE, 255, frozenset({"byte_order", "constant_check", "status_bytes"})
)
"""Stands in where the family is not known, so that only the family is complained of."""


class ClockTrust(StrEnum):
    """When wall time is believed: once set from the network in this boot, or at once where a battery keeps it."""

    SYNCHRONISED = "synchronised"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which kiosk this is. ``house_number`` is never issued as a code; "" if people would not think of one."""

    kiosk: KioskId
    name: str
    data_directory: Path
    house_number: str = ""
    help_phone: str = ""
    """The number that a person in the lobby can call; shown, never dialled."""
    front_desk: str = ""
    """Where couriers take what the bank cannot hold, in the words of the house."""
    origin: str = ""
    """What stands before the kiosk's id in the name of its record: an address of whoever runs it."""
    snapshot_copy: Path | None = None
    """A second place for the daily snapshots, such as a USB stick; where it is not there, nothing is missed."""

    @property
    def log(self) -> str:
        """The name of this kiosk's record in signed checkpoints, without the epoch."""
        return f"{self.origin}/{self.kiosk}" if self.origin else self.kiosk


@dataclass(frozen=True, slots=True)
class Line:
    """One serial port that boards hang on, always 8N1. None is the driver's usual time."""

    line: LineId
    port: str
    baud: int
    reply_timeout_ms: int | None = None
    quiet_ms: int | None = None
    pause_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """One lock board, and what was learned at commissioning. ``contacts`` says what its contacts are, or none."""

    board: BoardId
    line: LineId
    family: str
    address: int
    channels: int
    contacts: ContactSource
    inputs: int = 0
    closed_level: int = 1
    byte_order: str | None = None
    """``first`` or ``last`` byte holds channels 1 to 8; None is the family's usual order."""
    constant_check: bool = False
    status_bytes: int | None = None
    """How many status bytes the board was seen to send; None finds out from each reply, which takes longer."""
    inverted_channels: frozenset[int] = frozenset()
    version: int | None = None
    """Of its own software, as its family numbers it; None where it does not matter."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Files of the keys, for a desk; None where they come as credentials of the service, or there is no such key."""

    code_key: Path | None = None
    notice_key: Path | None = None
    signing_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """The documents that a new kiosk begins with."""

    layout: Path
    policy: Path
    directory: Path


@dataclass(frozen=True, slots=True)
class Machine:
    """All of kiosk.toml."""

    identity: Identity
    lines: tuple[Line, ...]
    boards: tuple[Board, ...]
    scanners: tuple[Scanner, ...]
    secrets: Secrets
    files: Files
    clock_trust: ClockTrust
    display: DisplaySettings = DisplaySettings()
    chips: tuple[Chip, ...] = ()
    camera: CameraSettings | None = None
    keypads: tuple[Keypad, ...] = ()
    badge_readers: tuple[Scanner, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Every name that was given, even to something faulty: a fault must not look like a missing thing as well."""

    lines: frozenset[str]
    boards: frozenset[str]
    chips: frozenset[str]


def read_machine(root: Table, beside: Path, families: Mapping[str, FamilyLimits]) -> tuple[Machine, Named]:
    """The settings and the names in them; to be used only if the table was sound in the end."""
    identity = _identity(root.table("kiosk"), beside)
    lines, line_names = _lines(root)
    boards, board_names = _boards(root, line_names, families)
    chips, chip_names = read_chips(root, board_names)
    taken = Taken({line.port for line in lines})
    scanners = read_scanners(root, "scanner", taken)
    badge_readers, keypads = read_scanners(root, "badge_reader", taken), read_keypads(root, taken)
    secrets = _secrets(root.table("secrets"), beside)
    files = _files(root.table("files"), beside)
    clock = root.table("clock")
    trust = clock.choice("trust", ClockTrust, ClockTrust.SYNCHRONISED)
    clock.end()
    display = read_display(root, beside)
    camera = read_camera(root)
    root.end()
    machine = Machine(
        identity, lines, boards, scanners, secrets, files, trust, display, chips, camera, keypads, badge_readers
    )
    return machine, Named(line_names, board_names, chip_names)


def _identity(table: Table, beside: Path) -> Identity:
    copies = table.text("snapshot_copy", FILE, "")
    identity = Identity(
        kiosk=KioskId(table.text("id", KIOSK_ID)),
        name=table.text("name", NAME),
        data_directory=beside / table.text("data_directory", FILE),
        house_number=table.text("house_number", HOUSE_NUMBER, ""),
        help_phone=table.text("help_phone", PHONE, ""),
        front_desk=table.text("front_desk", DESK, ""),
        origin=table.text("origin", ORIGIN, ""),
        snapshot_copy=beside / copies if copies else None,
    )
    table.end()
    return identity


def _lines(root: Table) -> tuple[tuple[Line, ...], frozenset[str]]:
    found: list[Line] = []
    names: set[str] = set()
    for table in root.tables("line", "id", required=True):
        line = Line(
            line=LineId(table.text("id", ID)),
            port=table.text("port", PORT),
            baud=table.one_number_of("baud", BAUDS),
            reply_timeout_ms=table.number_if_any("reply_timeout_ms", 50, 5000),
            quiet_ms=table.number_if_any("quiet_ms", 2, 500),
            pause_ms=table.number_if_any("pause_ms", 0, 500),
        )
        only_once(table, "id", line.line, names)
        if line.port and line.port in {other.port for other in found}:
            table.refuse("port", "another line has this port; one line for each port is allowed")
        if table.end():
            found.append(line)
    return tuple(found), frozenset(names)


# --- boards ---


def _boards(
    root: Table, lines: frozenset[str], families: Mapping[str, FamilyLimits]
) -> tuple[tuple[Board, ...], frozenset[str]]:
    found: list[Board] = []
    names: set[str] = set()
    for table in root.tables("board", "id", required=True):
        board = _board(table, families)
        only_once(table, "id", board.board, names)
        if board.line and board.line not in lines:
            table.refuse("line", f"{board.line!r} is no line of this file; {_or_none(lines)} allowed")
        _alone_at_its_address(table, board, found)
        if table.end():
            found.append(board)
    return tuple(found), frozenset(names)


def _or_none(names: frozenset[str]) -> str:
    known = sorted(name for name in names if name)
    return f"{', '.join(known)} is" if len(known) == 1 else f"one of {', '.join(known)} is" if known else "none is"


def _alone_at_its_address(table: Table, board: Board, others: list[Board]) -> None:
    twin = next((o for o in others if (o.line, o.address) == (board.line, board.address)), None)
    if twin is not None and table.sound:
        there = f"{twin.board} has address {board.address} on line {board.line}"
        table.refuse("address", f"{there}; one board for each address is allowed")


def _board(table: Table, families: Mapping[str, FamilyLimits]) -> Board:
    name, line = BoardId(table.text("id", ID)), LineId(table.text("line", ID))
    family = table.one_of("family", sorted(families), why_not=why_refused)
    limits = families.get(family, ANY_FAMILY)
    channels = table.number("channels", 1, limits.most_channels)
    inputs = table.number("inputs", 0, limits.most_inputs, 0) if limits.most_inputs else 0
    contacts = ContactSource.NONE if limits.most_inputs and not inputs else limits.contacts
    readable = (inputs if limits.most_inputs else channels) if table.sound else limits.most_channels
    return Board(
        board=name,
        line=line,
        family=family,
        address=table.number("address", *limits.addresses),
        channels=channels,
        contacts=contacts,
        inputs=inputs,
        # No default where doors are read: locks of both senses are sold, and the wrong one turns open into closed.
        closed_level=table.number("closed_level", 0, 1, None if contacts is not ContactSource.NONE else 1),
        byte_order=_byte_order(table, limits),
        status_bytes=table.number_if_any("status_bytes", 2, 7) if "status_bytes" in limits.settings else None,
        constant_check="constant_check" in limits.settings and table.flag("constant_check", default=False),
        inverted_channels=table.numbers("inverted_channels", 1, max(readable, 1)),
        version=table.number_if_any("version", 0, MOST_VERSION) if "version" in limits.settings else None,
    )


def _byte_order(table: Table, limits: FamilyLimits) -> str | None:
    if "byte_order" not in limits.settings or not table.has("byte_order"):
        return None
    return table.one_of("byte_order", ("first", "last"))


# --- the rest ---


def _secrets(table: Table, beside: Path) -> Secrets:
    names = [table.text(key, KEY_FILE, "") for key in ("code_key", "notice_key")]
    signing = table.text("signing_key", KEY_FILE, "")
    if table.sound and (signing or any(names)) and not all(names):
        missing = "notice_key" if names[0] else "code_key"
        table.refuse(
            missing, "is missing; code_key and notice_key, perhaps signing_key beside them, or none is allowed"
        )
    table.end()
    return Secrets(*(beside / name if name else None for name in (*names, signing)))


def _files(table: Table, beside: Path) -> Files:
    layout, policy, directory = (table.text(key, FILE) for key in ("layout", "policy", "directory"))
    table.end()
    return Files(beside / layout, beside / policy, beside / directory)
