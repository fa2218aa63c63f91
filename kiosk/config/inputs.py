"""Scanners, badge readers and keypads of kiosk.toml: what people type, scan and show things with.

Holds their frozen settings and rules. It must not know whether a device exists, nor what it says.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from kiosk.config.reader import ID, Table, Text, only_once
from kiosk.core.events import CAMERA

BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
PORT = Text(re.compile(r"/[^\x00-\x1f\x7f]{1,254}"), "an absolute path such as /dev/serial/by-path/…")


class ScannerKind(StrEnum):
    """How a scanner or badge reader is connected."""

    SERIAL = "serial"
    KEYBOARD = "keyboard"


class ScannerProtocol(StrEnum):
    """What a serial scanner is told, so that it looks while a page asks for a scan; a plain one is told nothing."""

    PLAIN = "plain"
    GM65 = "gm65"
    SSI = "ssi"
    HONEYWELL = "honeywell"
    DATALOGIC = "datalogic"


@dataclass(frozen=True, slots=True)
class Scanner:
    """A scanner or badge reader; ``port`` is a serial port, or the input device of one that types: ``baud`` is 0."""

    name: str
    kind: ScannerKind
    port: str
    baud: int = 0
    protocol: ScannerProtocol = ScannerProtocol.PLAIN


@dataclass(frozen=True, slots=True)
class Keypad:
    """A keypad beside the screen; ``port`` is its input device."""

    name: str
    port: str


class Taken:
    """Names and ports that are in use: one user for each port, and one name for each that people hear of."""

    def __init__(self, ports: set[str]) -> None:
        self._ports = ports
        self._names: set[str] = set()

    def take(self, table: Table, name: str, port: str) -> None:
        only_once(table, "id", name, self._names)
        if name == CAMERA:
            table.refuse("id", f"{CAMERA!r} is the name of the camera; another one is allowed")
        if port and port in self._ports:
            table.refuse("port", "a line or another scanner has this port; one user for each port is allowed")
        self._ports.add(port)


def read_scanners(root: Table, key: str, taken: Taken) -> tuple[Scanner, ...]:
    """A badge reader is described as a scanner is, but that nobody talks with it."""
    found: list[Scanner] = []
    for table in root.tables(key, "id"):
        kind = table.choice("kind", ScannerKind)
        serial = kind is ScannerKind.SERIAL
        baud = table.one_number_of("baud", BAUDS) if serial else 0
        spoken = serial and key == "scanner"
        plain = ScannerProtocol.PLAIN
        protocol = table.choice("protocol", ScannerProtocol, plain) if spoken else plain
        scanner = Scanner(table.text("id", ID), kind, table.text("port", PORT), baud, protocol)
        taken.take(table, scanner.name, scanner.port)
        if table.end():
            found.append(scanner)
    return tuple(found)


def read_keypads(root: Table, taken: Taken) -> tuple[Keypad, ...]:
    found: list[Keypad] = []
    for table in root.tables("keypad", "id"):
        keypad = Keypad(table.text("id", ID), table.text("port", PORT))
        taken.take(table, keypad.name, keypad.port)
        if table.end():
            found.append(keypad)
    return tuple(found)
