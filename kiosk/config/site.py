"""The whole site: kiosk.toml and the three documents it names, read together and held against each other.

Holds the opening of files, and whether each lock and contact hangs on a board that has it. It must not open a port.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kiosk.config.chips import CMDLINE, console_ports, why_not
from kiosk.config.directories import read_directory
from kiosk.config.families import FAMILIES, FamilyLimits
from kiosk.config.layouts import read_layout
from kiosk.config.machine import Board, Machine, Named, read_machine
from kiosk.config.policies import read_policy
from kiosk.config.reader import Fault, Table
from kiosk.core.directory import Directory
from kiosk.core.ids import BoardId
from kiosk.core.layout import ContactSource, Layout, Place
from kiosk.core.policy import Policy

LARGEST_FILE = 4_000_000
"""Bytes; a directory of ten thousand residents is a quarter of it."""
ON_BOARDS = (ContactSource.BOARD_FEEDBACK, ContactSource.BOARD_INPUT)
WITH_ITEM_SENSORS = tuple(name for name, limits in FAMILIES.items() if limits.item_sensors)
WANDERING_PORTS = ("/dev/ttyUSB", "/dev/ttyACM")
WANDERING_CAMERAS = "/dev/video"
WANDERING_CHIPS = re.compile(r"(/dev/)?gpiochip[0-9]+")


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that is configured, all of it sound."""

    machine: Machine
    layout: Layout
    policy: Policy
    directory: Directory


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no site. ``unreadable``: not even the settings file could be read."""

    faults: tuple[Fault, ...]
    unreadable: bool = False


def read_site(path: Path, families: Mapping[str, FamilyLimits] = FAMILIES, cmdline: Path = CMDLINE) -> Site | Refusal:
    """The site whose settings file is ``path``, or every fault in it and in the files that it names.

    ``cmdline`` is the command line of this machine's kernel: it names the console, whose pins are not free.
    """
    faults: list[Fault] = []
    data = _toml(path, faults)
    if isinstance(data, Missing):
        return Refusal((Fault(str(path), "the file", f"cannot be read: {data.why}"),), unreadable=True)
    root = Table(data, faults, str(path)) if data is not None else None
    if root is None:
        return Refusal(tuple(faults))
    machine, named = read_machine(root, path.parent, families)
    documents = _Documents(root, path.parent, faults)
    layout = documents.read("layout", machine.files.layout, read_layout)
    policy = documents.read("policy", machine.files.policy, read_policy)
    directory = documents.read("directory", machine.files.directory, read_directory)
    if layout is not None:
        table = Table({}, faults, str(machine.files.layout))
        _Wiring(machine, named, table, _ports(machine) | console_ports(cmdline)).check(layout)
    if faults or layout is None or policy is None or directory is None:
        return Refusal(tuple(faults))
    return Site(machine, layout, policy, directory)


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that cannot be opened, and why."""

    why: str


def _toml(path: Path, faults: list[Fault]) -> dict[str, object] | Missing | None:
    """The file's tables; None, and a fault, if it is not TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        return Missing(error.strerror or str(error))
    if len(content) > LARGEST_FILE:
        faults.append(Fault(str(path), "the file", f"at most {LARGEST_FILE} bytes are allowed"))
        return None
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        faults.append(Fault(str(path), "the file", f"TOML in UTF-8 is allowed; {error}"))
        return None


DOCUMENT = TypeVar("DOCUMENT", Layout, Policy, Directory)


@dataclass(frozen=True, slots=True)
class _Documents:
    """Reads what the settings file names; None where there is nothing to check, its fault being recorded."""

    root: Table
    beside: Path
    faults: list[Fault]

    def read(self, key: str, path: Path, reader: Callable[[Table], DOCUMENT]) -> DOCUMENT | None:
        if path == self.beside:
            return None
        data = _toml(path, self.faults)
        if isinstance(data, Missing):
            self.root.refuse(f"files.{key}", f"a file that can be read is allowed; {path}: {data.why}")
            return None
        return None if data is None else reader(Table(data, self.faults, str(path)))


# --- layout against boards ---


def wiring_faults(layout: Layout, machine: Machine, cmdline: Path = CMDLINE) -> tuple[Fault, ...]:
    """What keeps a layout that is stored from being used with these boards and chips; empty if nothing does."""
    faults: list[Fault] = []
    named = Named(
        frozenset(line.line for line in machine.lines),
        frozenset(board.board for board in machine.boards),
        frozenset(chip.chip for chip in machine.chips),
    )
    table = Table({}, faults, "the stored layout")
    _Wiring(machine, named, table, _ports(machine) | console_ports(cmdline)).check(layout)
    return tuple(faults)


def _ports(machine: Machine) -> frozenset[str]:
    scanners = (*machine.scanners, *machine.badge_readers)
    return frozenset(line.port for line in machine.lines) | {scanner.port for scanner in scanners}


class _Wiring:
    """Looks each lock and contact of a layout up where it is said to hang; what is faulty itself is passed over."""

    def __init__(self, machine: Machine, named: Named, table: Table, ports: frozenset[str]) -> None:
        """``ports`` are the serial ports in use on this machine."""
        self._boards = {board.board: board for board in machine.boards}
        self._chips = {chip.chip: chip for chip in machine.chips}
        self._named = named
        self._table = table
        self._ports = ports
        self._pins: dict[tuple[str, int], Place] = {}
        """Whose contact hangs on which pin of which device, whatever names the settings give it."""

    def check(self, layout: Layout) -> None:
        for place in layout.places:
            at = f"compartment[{place.compartment}]"
            board = self._board(place.output.board, f"{at}.board")
            if board is not None and place.output.channel > board.channels:
                allowed = f"1 to {board.channels} is allowed for board {board.board}, not {place.output.channel}"
                self._table.refuse(f"{at}.channel", allowed)
            if place.contact.source in ON_BOARDS:
                self._check_contact(place, at)
            elif place.contact.source is ContactSource.GPIO:
                self._check_pin(place, at)

    def _board(self, name: BoardId, key: str) -> Board | None:
        """The board of this name, unless it is faulty; None, and a fault, if the settings do not name it at all."""
        if name not in self._named.boards:
            known = ", ".join(sorted(self._named.boards))
            self._table.refuse(key, f"{name!r} is no board of the settings; {known} can be named")
        return self._boards.get(name)

    def _check_contact(self, place: Place, at: str) -> None:
        contact = place.contact
        if contact.board != place.output.board:
            self._board(contact.board, f"{at}.contact_board")
        board = self._boards.get(contact.board)
        if board is None:
            return
        if board.contacts is not contact.source:
            self._table.refuse(f"{at}.contact", f"{_readable(board)}, not {contact.source.value!r}")
            return
        most = board.inputs if contact.source is ContactSource.BOARD_INPUT else board.channels
        if contact.channel > most:
            allowed = f"1 to {most} is allowed for board {board.board}, not {contact.channel}"
            self._table.refuse(f"{at}.contact_channel", allowed)
        if place.item_sensor and board.family not in WITH_ITEM_SENSORS:
            able = " or ".join(WITH_ITEM_SENSORS)
            told = f"board {board.board} of family {board.family} has none; a board of family {able} can be named"
            self._table.refuse(f"{at}.item_sensor", told)

    def _check_pin(self, place: Place, at: str) -> None:
        name, pin = place.contact.board, place.contact.channel
        if name not in self._named.chips:
            known = ", ".join(sorted(self._named.chips)) or "none"
            self._table.refuse(f"{at}.contact_chip", f"{name!r} is no chip of the settings; {known} can be named")
        chip = self._chips.get(name)
        if chip is None:
            return
        refusal = why_not(chip, pin, self._ports, self._chips.values())
        if refusal:
            self._table.refuse(f"{at}.contact_pin", refusal)
        other = self._pins.setdefault((chip.device, pin), place)
        if other.contact.board != name:
            there = f"this is the contact of {other.compartment}, by another name of {chip.device}"
            self._table.refuse(f"{at}.contact_pin", f"{there}; one compartment for each contact is allowed")


def _readable(board: Board) -> str:
    """What a compartment's contact may be on this board, in words."""
    if board.contacts is ContactSource.NONE:
        return f"board {board.board} of family {board.family} has no inputs; another source is allowed"
    return f"{board.contacts.value!r} is allowed on board {board.board} of family {board.family}"


# --- what is no fault ---


def warnings_of(path: Path, machine: Machine) -> tuple[Fault, ...]:
    """What may be right and deserves a look: a port that is not there yet, a name that may move to another device."""
    found: list[Fault] = []
    ports = [(f"line[{line.line}].port", line.port) for line in machine.lines]
    ports += [(f"scanner[{scanner.name}].port", scanner.port) for scanner in machine.scanners]
    ports += [(f"badge_reader[{reader.name}].port", reader.port) for reader in machine.badge_readers]
    ports += [(f"keypad[{keypad.name}].port", keypad.port) for keypad in machine.keypads]
    ports += [(f"chip[{chip.chip}].device", chip.device) for chip in machine.chips if chip.device.startswith("/")]
    ports += [("camera.device", machine.camera.device)] if machine.camera is not None else []
    for key, port in ports:
        if port.startswith(WANDERING_PORTS):
            found.append(Fault(str(path), key, f"{port} may move to another device; /dev/serial/by-path/… stays"))
        if port.startswith(WANDERING_CAMERAS):
            told = f"{port} may be another camera after the next start; /dev/v4l/by-path/… stays"
            found.append(Fault(str(path), key, told))
        if not Path(port).exists():
            found.append(Fault(str(path), key, f"{port} is not there now"))
    for chip in machine.chips:
        if WANDERING_CHIPS.fullmatch(chip.device):
            told = f"{chip.device} may be another chip after the next start; a label stays"
            found.append(Fault(str(path), f"chip[{chip.chip}].device", told))
    return tuple(found)
