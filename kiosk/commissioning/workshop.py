"""Workshop: the kiosk's own engine, record and lines while the service stands still, for a technician's openings.

Holds the claim, the start and the end, and the loop in between. It must not know what is tried, nor open a door in any
other way than the kiosk does: intent committed, pulse, contact.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from drivers.serial_line import SerialLine
from kiosk import __version__
from kiosk.clock import SystemClock
from kiosk.config import Site
from kiosk.core.books import Books
from kiosk.core.doors import Door, DoorState
from kiosk.core.effects import MakeCode, Outward, PollDoors, Pulse, VerifyCode
from kiosk.core.entries import Entry
from kiosk.core.events import ContactsRead, Event, Reading, Started, StopAsked, Ticked
from kiosk.core.ids import BoardId, CompartmentId
from kiosk.core.layout import Contact, ContactSource
from kiosk.core.state import BoardStatus, State
from kiosk.core.view import ScreenModel
from kiosk.engine import Engine
from kiosk.ports import Journal, JournalError
from kiosk.vault import SystemEntropy
from kiosk.wiring.boot import Booted, StartRefusedError, boot, database_path, system_clock_of
from kiosk.wiring.contacts import contact_threads, open_gpiod
from kiosk.wiring.lines import serial_lines
from storage.claim import ClaimedError, claim
from storage.examine import Expected, Refused, Sound, examine

if TYPE_CHECKING:
    from drivers.gpio.thread import ContactThread

ROUND_MS = 200
"""How often the loop comes round, to look at what it waits for."""
READ_WITHIN_MS = 8_000
"""A board that lives has been read by then, however many hang on its line."""


class WorkshopError(Exception):
    """The doors cannot be tried now; the text is one sentence that says why and what would do."""


class Workshop:
    """The engine at work for one technician. Everything happens in the caller's thread; lines have their own."""

    def __init__(self, site: Site, booted: Booted, clock: SystemClock) -> None:
        self.recorded: list[Entry] = []
        """Everything that was recorded since the start, once it was durable."""
        self.contacts: dict[Contact, Reading] = {}
        """How each contact that is read stands, as it was read last: no debounce, and nobody's door."""
        self._clock = clock
        self._inbox: SimpleQueue[Event] = SimpleQueue()
        self._lines = serial_lines(site.machine, self._inbox, clock.now_us)
        self._chips = contact_threads(site.machine, site.layout, open_gpiod, self._inbox, clock.now_us)
        self._edges: tuple[SerialLine | ContactThread, ...] = (*self._lines.values(), *self._chips)
        by_board = {board.board: self._lines[board.line] for board in site.machine.boards}
        self._outlet = _Outlet(by_board, {BoardId(chip.chip): chip for chip in self._chips})
        journal = _Witness(booted.journal, self.recorded)
        self._engine = Engine(booted.state, journal, clock, self._outlet, _Dark())

    @property
    def state(self) -> State:
        return self._engine.state

    def now_ms(self) -> int:
        return self._clock.now().mono_ms

    def start(self) -> None:
        self._engine.step(Started(__version__, sqlite3.sqlite_version))
        for edge in self._edges:
            edge.start()

    def stop(self) -> None:
        """Say so in the record, switch all outputs off, let go of the ports."""
        try:
            self._engine.step(StopAsked("maintenance over"))
        finally:
            for edge in self._edges:
                edge.stop()

    def post(self, event: Event) -> None:
        self._engine.step(event)

    def until(self, reached: Callable[[], bool], within_ms: int) -> bool:
        """Let the kiosk work until that is so; False if it is not within so many milliseconds. Raises JournalError."""
        by_ms = self.now_ms() + within_ms
        while not reached():
            if self.now_ms() >= by_ms:
                return False
            self._round(by_ms)
        return True

    def _round(self, by_ms: int) -> None:
        due_ms = self._engine.next_deadline_ms()
        wake_ms = min(by_ms, self.now_ms() + ROUND_MS, by_ms if due_ms is None else due_ms)
        try:
            event = self._inbox.get(timeout=max(0, wake_ms - self.now_ms()) / 1000)
        except Empty:
            if due_ms is not None and due_ms <= self.now_ms():
                self._engine.step(Ticked())
            return
        if isinstance(event, ContactsRead):
            read = event.readings.items()
            self.contacts |= {Contact(event.source, event.board, channel): reading for channel, reading in read}
        self._engine.step(event)

    def poll_all(self, every_ms: int) -> None:
        """Read every contact so often, whether a compartment hangs on it or not."""
        for board in self._outlet.boards_read:
            self._outlet.send(PollDoors(board, every_ms))

    def until_read(self, compartment: CompartmentId) -> str:
        """Wait until the door's contact is known; what keeps its lock from being tried, or ""."""
        place = self.state.layout.place(compartment)

        def door() -> Door:
            return self.state.doors.get(compartment, Door())

        def lost() -> bool:
            board = self.state.boards.get(place.contact.board)
            return board is not None and board.status is BoardStatus.LOST

        self.until(lambda: door().readable or lost(), READ_WITHIN_MS)
        match door().state:
            case DoorState.CLOSED:
                return ""
            case DoorState.OPEN:
                return f"the contact of {compartment} says open: shut it, or learn its polarity"
            case DoorState.UNKNOWN if lost():
                return f"board {place.contact.board} does not answer: kiosk doctor says more"
            case DoorState.UNKNOWN:
                return f"the contact of {compartment} tells nothing: kiosk doctor says more"


@contextmanager
def workshop(site: Site, *, blind: bool = False) -> Iterator[Workshop]:
    """The workshop, started, while nobody else writes to the record; ended in any case. Raises WorkshopError.

    ``blind``: the kiosk takes no contact for any door's, as where it is to be found out which is whose. Then it judges
    no lock and suspects no wires; that layout stands in the record until the next start, which applies the file's.
    """
    path = database_path(site)
    with ExitStack() as undo:
        try:
            undo.enter_context(claim(path))
            _require_sound(site)
            booted, clock = _booted(_blinded(site) if blind else site, undo)
            shop = Workshop(site, booted, clock)
            shop.start()
        except (ClaimedError, OSError, StartRefusedError, JournalError, SQLAlchemyError, sqlite3.Error) as error:
            raise WorkshopError(str(error)) from error
        undo.callback(shop.stop)
        yield shop


def _blinded(site: Site) -> Site:
    places = tuple(replace(place, contact=Contact(ContactSource.NONE)) for place in site.layout.places)
    return replace(site, layout=replace(site.layout, places=places))


def _require_sound(site: Site) -> None:
    """A damaged record is for the kiosk's own start to settle, not for somebody who tries a lock."""
    path = database_path(site)
    if not path.is_file():
        return
    found = examine(path, Expected(site.machine.identity.kiosk))
    if isinstance(found, Sound):
        found.database.close()
        return
    settle = "the record is not sound; start the kiosk once, which settles that, stop it, and try again"
    raise WorkshopError(found.reason if isinstance(found, Refused) else f"{path}: {settle}")


def _booted(site: Site, undo: ExitStack) -> tuple[Booted, SystemClock]:
    clocks: list[SystemClock] = []

    def new_clock(base_mono_ms: int, floor_wall_ms: int) -> SystemClock:
        clocks.append(system_clock_of(site)(base_mono_ms, floor_wall_ms))
        return clocks[-1]

    booted = boot(site, SystemEntropy(), new_clock)
    if booted.database is None:
        message = f"{database_path(site)}: nothing can be recorded, so no door is opened; kiosk doctor says more"
        raise WorkshopError(message)
    undo.callback(booted.database.close)
    return booted, clocks[-1]


class _Witness:
    """A journal that keeps what was recorded, once it is durable."""

    def __init__(self, journal: Journal, recorded: list[Entry]) -> None:
        self._journal = journal
        self._recorded = recorded

    def books(self) -> Books:
        return self._journal.books()

    def commit(self, entries: Sequence[Entry]) -> None:
        self._journal.commit(entries)
        self._recorded += entries


class _Outlet:
    """Pulses and polls go to their devices. There is no vault: a code that is still to be made waits for the kiosk's
    next start, which asks for it again.
    """

    def __init__(self, lines: Mapping[BoardId, SerialLine], chips: "Mapping[BoardId, ContactThread]") -> None:
        self._lines = lines
        self._chips = chips
        self.boards_read = (*lines, *chips)

    def send(self, effect: Outward) -> None:
        match effect:
            case Pulse(output=output):
                self._lines[output.board].send(effect)
            case PollDoors(board=board) if board in self._chips:
                self._chips[board].send(effect)
            case PollDoors(board=board):
                self._lines[board].send(effect)
            case VerifyCode() | MakeCode():
                pass


class _Dark:
    """A screen that nobody looks at."""

    def show(self, model: ScreenModel) -> None: ...
