"""GPIO chips of kiosk.toml: what door contacts can hang on beside lock boards, and which pins are not free for them.

Holds the frozen settings and their rules. It must not know gpiozero or gpiod, nor whether a chip exists.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.config.reader import ID, Table, Text
from kiosk.core.ids import BoardId

MOST_PIN = 255
PULLS = ("up", "down", "none")
DEVICE = Text(
    re.compile(r"/[^\x00-\x1f\x7f]{1,254}|[A-Za-z0-9][A-Za-z0-9.,:_-]{0,31}"),
    "a chip's label such as pinctrl-bcm2711, pinctrl-rp1 or mcp23017, or an absolute path such as /dev/gpiochip0,",
)

HEADERS = frozenset({"pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1", "gpiochip0", "/dev/gpiochip0"})
"""The chip behind the 40-pin header of a Raspberry Pi: up to the 3, the 4, the 5, and by its usual number."""
HEADER_PINS = (2, 27)
"""0 and 1 belong to the memory of an extension board; from 28 on pins lead to parts of the Pi itself."""
UART_PINS = (14, 15)
UARTS = ("/dev/serial0", "/dev/ttyAMA0", "/dev/ttyS0")
"""Names under which Raspberry Pi OS has the serial port of the header."""
I2C_PINS = (2, 3)
ON_I2C = "/dev/gpiochip-i2c-1-"
"""How systemd/70-kiosk.rules names an expander on the header's bus."""
CMDLINE = Path("/proc/cmdline")


@dataclass(frozen=True, slots=True)
class Chip:
    """One GPIO chip with door contacts; all its pins are pulled alike. ``closed_level`` is that of a shut door."""

    chip: BoardId
    device: str
    closed_level: int
    pull: str
    """One of `PULLS`, inside of the chip; none is for contacts with a resistor of their own."""
    inverted_pins: frozenset[int] = frozenset()
    """Pins whose contacts have the other sense."""


def read_chips(root: Table, boards: frozenset[str]) -> tuple[tuple[Chip, ...], frozenset[str]]:
    """The chips, and every name that was given to one, even to a faulty one."""
    found: list[Chip] = []
    names: set[str] = set()
    for table in root.tables("chip", "id"):
        chip = Chip(
            chip=BoardId(table.text("id", ID)),
            device=table.text("device", DEVICE),
            # No defaults: the wrong level turns open into closed, and a contact without a pull says anything.
            closed_level=table.number("closed_level", 0, 1),
            pull=table.one_of("pull", PULLS),
            inverted_pins=table.numbers("inverted_pins", 0, MOST_PIN),
        )
        if chip.chip and chip.chip in names | boards:
            table.refuse("id", f"{chip.chip!r} is there already; each name of a board or chip is allowed once")
        names.add(chip.chip)
        if table.end():
            found.append(chip)
    return tuple(found), frozenset(names)


def why_not(chip: Chip, pin: int, ports: Collection[str], chips: Collection[Chip]) -> str:
    """Why no contact may hang on this pin, and what is allowed; "" if it may, or nobody can know.

    ``ports`` are the serial ports in use.
    """
    if chip.device not in HEADERS:
        return ""
    low, high = HEADER_PINS
    if not low <= pin <= high:
        return f"{low} to {high} is allowed for the header, chip {chip.chip}, not {pin}"
    user = _users(ports, chips).get(pin)
    return f"pin {pin} of the header, chip {chip.chip}, is used by {user}; another pin is allowed" if user else ""


def _users(ports: Collection[str], chips: Collection[Chip]) -> Mapping[int, str]:
    """Who is known to use pins of the header."""
    serial = {pin: f"the serial port {port}" for port in UARTS if port in ports for pin in UART_PINS}
    buses = {
        pin: f"the bus of chip {each.chip}" for each in chips if each.device.startswith(ON_I2C) for pin in I2C_PINS
    }
    return serial | buses


def console_ports(cmdline: Path) -> frozenset[str]:
    """The serial ports on which this machine's kernel has its console; none if it cannot be told."""
    try:
        words = cmdline.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    found = (word.removeprefix("console=") for word in words if word.startswith("console="))
    return frozenset(f"/dev/{each.partition(',')[0]}" for each in found)
