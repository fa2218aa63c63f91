"""What the line master keeps of each board on its line, and the jobs it can give one exchange to.

Holds values and the bookkeeping of one board. It must not know a clock, a port, or which job comes next.
"""

from dataclasses import dataclass
from typing import assert_never

from drivers.boards.base import AllOff, BoardSettings, Codec, ReadModes, Refused, Reply, Request, Unlock
from drivers.exchange import Answered, Garbled, Outcome, Silent, Timing
from kiosk.core.effects import Pulse
from kiosk.core.events import PulseAnswer
from kiosk.core.ids import BoardId, LineId
from kiosk.core.layout import ContactSource

POLL_IDLE_US = 1_000_000
"""How often a board is read until somebody asks for another rate."""
BACK_OFF_LIMIT_US = 5_000_000
"""How far apart the reads of a board that does not answer may drift."""
PULSE_MARGIN_US = 200_000
"""Boards round a pulse up to their own step and start it after their own delay; an all-off waits for that, too."""
READ_SOURCES = frozenset({ContactSource.BOARD_FEEDBACK, ContactSource.BOARD_INPUT})


@dataclass(frozen=True, slots=True)
class BoardSetup:
    """One board on the line. ``contact_source`` says what its contacts are, or none if it has none to read."""

    board: BoardId
    codec: Codec
    settings: BoardSettings
    timing: Timing
    contact_source: ContactSource

    @property
    def has_contacts(self) -> bool:
        return self.contact_source in READ_SOURCES

    @property
    def has_modes(self) -> bool:
        return self.contact_source is ContactSource.BOARD_INPUT and self.codec.abilities.input_modes


@dataclass(frozen=True, slots=True)
class LineSetup:
    """One serial line and the boards that hang on it."""

    line: LineId
    boards: tuple[BoardSetup, ...]


@dataclass(slots=True)
class Station:
    """What the master knows of one board."""

    setup: BoardSetup
    poll_every_us: int = POLL_IDLE_US
    asked_us: int = 0
    """When its contacts were last asked for."""
    next_poll_us: int = 0
    misses: int = 0
    """Reads in a row without a usable answer."""
    first_read_owed: bool = False
    off_due_us: int | None = None
    """From when on it is to be told to switch all outputs off; nothing is unlocked on it before that was tried."""
    modes_owed: bool = False
    """It obeyed an all-off and is to be asked next whether its inputs act alone, once and before any unlock."""
    doubtful: bool = False
    """Its last exchange failed: it may have lost its supply since it last obeyed."""
    pulse_ends_us: int = 0

    def switch_off_from(self, now_us: int) -> None:
        """Owe an all-off, but never one that would cut a running pulse short."""
        if self.setup.codec.abilities.all_off:
            self.off_due_us = max(now_us, self.pulse_ends_us)

    def line_opened(self, now_us: int) -> None:
        """Everything that a board is owed when its line comes up."""
        self.switch_off_from(now_us)
        self.modes_owed = False
        self.first_read_owed = self.setup.has_contacts
        self.misses = 0
        self.next_poll_us = now_us

    def poll_every(self, every_us: int) -> None:
        """Another rate from now on, counted from the read before; whoever asks for one wants to know soon."""
        self.poll_every_us = every_us
        self.misses = 0
        self.next_poll_us = min(self.next_poll_us, self.asked_us + every_us)

    def pulsed(self, pulse_ms: int, now_us: int) -> None:
        """The last byte of an unlock is on the wire."""
        self.pulse_ends_us = now_us + pulse_ms * 1000 + PULSE_MARGIN_US

    def was_read(self) -> None:
        """A read was answered."""
        self.first_read_owed = False
        self.misses = 0
        self.next_poll_us = self.asked_us + self.poll_every_us

    def was_not_read(self) -> None:
        """A read failed: the pause doubles with each, so that a dead board does not eat the line."""
        self.first_read_owed = False
        self.misses += 1
        limit_us = max(BACK_OFF_LIMIT_US, self.poll_every_us)
        self.next_poll_us = self.asked_us + min(limit_us, self.poll_every_us << min(self.misses, 16))

    def settled(self, job: "Job", outcome: Outcome, now_us: int) -> None:
        """Whatever was asked: a board that answers again after a failure may have lost its supply in between."""
        if isinstance(job, CheckModes):
            return  # a board that knows no modes may be silent at them for ever
        answered = isinstance(outcome, Answered)
        came_back, self.doubtful = self.doubtful and answered, not answered
        if isinstance(job, SwitchOff):
            self.modes_owed = answered and self.setup.has_modes
        elif came_back:
            self.switch_off_from(now_us)


@dataclass(frozen=True, slots=True)
class Probe:
    """A read whose answer cannot equal it: what comes back tells whether the adapter returns what it sends."""

    station: Station


@dataclass(frozen=True, slots=True)
class SwitchOff:
    station: Station


@dataclass(frozen=True, slots=True)
class CheckModes:
    station: Station


@dataclass(frozen=True, slots=True)
class ReadContacts:
    station: Station


@dataclass(frozen=True, slots=True)
class Open:
    station: Station
    pulse: Pulse


Job = Probe | SwitchOff | CheckModes | ReadContacts | Open


def request_of(job: Job) -> Request:
    match job:
        case Probe(station):
            return station.setup.codec.abilities.probe
        case SwitchOff():
            return AllOff()
        case CheckModes():
            return ReadModes()
        case ReadContacts(station):
            return station.setup.codec.abilities.poll
        case Open(_, pulse):
            return Unlock(pulse.output.channel, pulse.pulse)
        case _:
            assert_never(job)


def pulse_answer(outcome: Outcome) -> PulseAnswer:
    match outcome:
        case Answered(Refused()):
            return PulseAnswer.REFUSED
        case Answered():
            return PulseAnswer.ACKNOWLEDGED
        case Garbled():
            return PulseAnswer.GARBLED
        case Silent():
            return PulseAnswer.SILENT
        case _:
            assert_never(outcome)


def odd_answer(reply: Reply) -> str:
    match reply:
        case Refused(code):
            return f"refused to be read, code {code}"
        case _:
            return f"answered a read with {type(reply).__name__}"
