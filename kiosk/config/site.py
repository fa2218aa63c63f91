"""The whole site: kiosk.toml and the three documents it names, read together and held against each other.

Holds the opening of files, and whether each lock and contact hangs on a board that has it. It must not open a port.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

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
READ_HERE = "'board feedback', 'board input' or 'none'"
WANDERING_PORTS = ("/dev/ttyUSB", "/dev/ttyACM")


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


def read_site(path: Path, families: Mapping[str, FamilyLimits] = FAMILIES) -> Site | Refusal:
    """The site whose settings file is ``path``, or every fault in it and in the files that it names."""
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
        _check_wiring(layout, machine.boards, named, Table({}, faults, str(machine.files.layout)))
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


def wiring_faults(layout: Layout, machine: Machine) -> tuple[Fault, ...]:
    """What keeps a layout that is stored from being used with these boards; empty if nothing does."""
    faults: list[Fault] = []
    named = Named(frozenset(line.line for line in machine.lines), frozenset(board.board for board in machine.boards))
    _check_wiring(layout, machine.boards, named, Table({}, faults, "the stored layout"))
    return tuple(faults)


def _check_wiring(layout: Layout, boards: tuple[Board, ...], named: Named, table: Table) -> None:
    by_name = {board.board: board for board in boards}
    for place in layout.places:
        at = f"compartment[{place.compartment}]"
        board = _board(place.output.board, f"{at}.board", by_name, named, table)
        if board is not None and place.output.channel > board.channels:
            allowed = f"1 to {board.channels} is allowed for board {board.board}, not {place.output.channel}"
            table.refuse(f"{at}.channel", allowed)
        if place.contact.source in ON_BOARDS:
            _check_contact(place, at, by_name, named, table)
        elif place.contact.source is ContactSource.GPIO:
            table.refuse(f"{at}.contact", f"'gpio' is not read by this version; {READ_HERE} is allowed")


def _board(name: BoardId, key: str, boards: Mapping[BoardId, Board], named: Named, table: Table) -> Board | None:
    """The board of this name, unless it is faulty; None, and a fault, if the settings do not name it at all."""
    if name not in named.boards:
        table.refuse(key, f"{name!r} is no board of the settings; {', '.join(sorted(named.boards))} can be named")
    return boards.get(name)


def _check_contact(place: Place, at: str, boards: Mapping[BoardId, Board], named: Named, table: Table) -> None:
    contact = place.contact
    if contact.board != place.output.board:
        _board(contact.board, f"{at}.contact_board", boards, named, table)
    board = boards.get(contact.board)
    if board is None:
        return
    if board.contacts is not contact.source:
        table.refuse(f"{at}.contact", f"{_readable(board)}, not {contact.source.value!r}")
        return
    most = board.inputs if contact.source is ContactSource.BOARD_INPUT else board.channels
    if contact.channel > most:
        table.refuse(f"{at}.contact_channel", f"1 to {most} is allowed for board {board.board}, not {contact.channel}")


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
    for key, port in ports:
        if port.startswith(WANDERING_PORTS):
            found.append(Fault(str(path), key, f"{port} may move to another device; /dev/serial/by-path/… stays"))
        if not Path(port).exists():
            found.append(Fault(str(path), key, f"{port} is not there now"))
    return tuple(found)
