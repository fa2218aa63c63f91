"""What the line master keeps of each board on its line, and the jobs it can give one exchange to.

Holds values and the bookkeeping of one board. It must not know a clock, a port, or which job comes next.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from drivers.boards.base import (
    AllOff,
    BoardSettings,
    Codec,
    Contacts,
    ReadModes,
    ReadPulseTime,
    ReadVersion,
    Refused,
    Reply,
    Request,
    Unlock,
)
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
READS_UNTIL_GARBLED = 6
"""Where an answer is believed only if the next one agrees, as a contact that chatters lets it after a few reads."""
READ_SOURCES = frozenset({ContactSource.BOARD_FEEDBACK, ContactSource.BOARD_INPUT})


@dataclass(frozen=True, slots=True)
class BoardSetup:
    """One board on the line. ``contact_source`` says what its contacts are, or none if it has none to read; ``version``
    is that of its software, if it matters.
    """

    board: BoardId
    codec: Codec
    settings: BoardSettings
    timing: Timing
    contact_source: ContactSource
    version: int | None = None

    @property
    def has_contacts(self) -> bool:
        return self.contact_source in READ_SOURCES

    @property
    def checks(self) -> tuple[Request, ...]:
        """What tells whether the board is the one that was set up, and whether it may do what nobody asked of it."""
        abilities = self.codec.abilities
        wanted: tuple[tuple[Request, bool], ...] = (
            (ReadPulseTime(), abilities.stores_pulse),
            (ReadModes(), abilities.input_modes and self.contact_source is ContactSource.BOARD_INPUT),
            (ReadVersion(), abilities.tells_version and self.version is not None),
        )
        return tuple(request for request, wants in wanted if wants)

    def timing_of(self, job: "Job") -> Timing:
        """How long this job's answer is waited for."""
        wait_us = self.codec.abilities.unlock_wait_us
        if wait_us is None or not isinstance(job, Open):
            return self.timing
        return replace(self.timing, reply_timeout_us=min(wait_us, self.timing.reply_timeout_us))


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
    checks_owed: tuple[Request, ...] = ()
    """What it is to be asked next, once and before any unlock."""
    asked_again_for: int | None = None
    """The intent for whose sake a board that pulses too long is asked once more: it may have been put right."""
    asking_again: bool = False
    """Its answer to that is awaited."""
    own_pulse_ms: int | None = None
    """How long it says that it energises a lock, whatever it is asked for; None if it did not say."""
    doubtful: bool = False
    """Its last exchange failed: it may have lost its supply since it last obeyed."""
    pulse_ends_us: int = 0
    busy_until_us: int = 0
    """Until then it may leave reads unanswered and be sound."""
    unproved: int | None = None
    """The intent of a pulse that nothing answered, in a family where nothing need: the next read tells."""
    unconfirmed: Contacts | None = None
    """The last answer to a read, which the next one has to confirm in a family without checks."""
    unconfirmed_reads: int = 0

    def switch_off_from(self, now_us: int) -> None:
        """Owe an all-off, but never one that would cut a running pulse short."""
        if self.setup.codec.abilities.all_off:
            self.off_due_us = max(now_us, self.pulse_ends_us)

    def line_opened(self, now_us: int) -> None:
        """Everything that a board is owed when its line comes up."""
        self.switch_off_from(now_us)
        self.own_pulse_ms = None
        self.checks_owed = self._checked_first
        self.unconfirmed, self.unconfirmed_reads = None, 0
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
        self.busy_until_us = now_us + self.setup.codec.abilities.busy_us

    def longer_than(self, pulse_ms: int) -> int | None:
        """For how long its own timer would energise a lock, where that is longer than asked for; else None."""
        return self.own_pulse_ms if self.own_pulse_ms is not None and self.own_pulse_ms > pulse_ms else None

    def asks_again_for(self, pulse: Pulse) -> bool:
        """Have the board asked once more before this pulse is given up; whether its answer is still awaited."""
        if self.asked_again_for != pulse.intent_seq:
            self.asked_again_for, self.asking_again = pulse.intent_seq, True
            self.checks_owed = self.setup.checks
        return self.asking_again

    @property
    def _checked_first(self) -> tuple[Request, ...]:
        """Where there is an all-off, the board has to obey it before it is asked anything."""
        return () if self.setup.codec.abilities.all_off else self.setup.checks

    def believes(self, contacts: Contacts) -> bool:
        """Whether this answer to a read counts: at once if a check ends it, else if the last one said the same."""
        if self.setup.codec.abilities.checked:
            return True
        confirmed = contacts == self.unconfirmed
        self.unconfirmed = None if confirmed else contacts
        self.unconfirmed_reads = 0 if confirmed else self.unconfirmed_reads + 1
        return confirmed

    def read_again(self) -> bool:
        """Ask at once for the answer that confirms the last one. False once there were too many that did not."""
        if self.unconfirmed_reads < READS_UNTIL_GARBLED:
            self.next_poll_us = self.asked_us
            return True
        self.unconfirmed_reads = 0
        return False

    def was_read(self) -> None:
        """A read was answered."""
        self.first_read_owed = False
        self.misses = 0
        self.next_poll_us = self.asked_us + self.poll_every_us

    def may_be_busy(self) -> bool:
        """Whether silence at the last read means nothing yet; then it is read again at the usual rate."""
        busy = self.asked_us < self.busy_until_us
        if busy:
            self.next_poll_us = self.asked_us + self.poll_every_us
        return busy

    def was_not_read(self) -> None:
        """A read failed: the pause doubles with each, so that a dead board does not eat the line."""
        self.unconfirmed, self.unconfirmed_reads = None, 0
        self.first_read_owed = False
        self.misses += 1
        limit_us = max(BACK_OFF_LIMIT_US, self.poll_every_us)
        self.next_poll_us = self.asked_us + min(limit_us, self.poll_every_us << min(self.misses, 16))

    def settled(self, job: "Job", outcome: Outcome, now_us: int) -> None:
        """Whatever was asked: a board that answers again after a failure may have lost its supply in between."""
        answered = isinstance(outcome, Answered)
        if isinstance(job, Check) or (isinstance(job, Open) and self.unproved is not None):
            return  # a board that does not know the question, or need not answer, may be silent for ever
        came_back, self.doubtful = self.doubtful and answered, not answered
        if isinstance(job, SwitchOff):
            self.checks_owed = self.setup.checks if answered else ()
        elif came_back:
            self.switch_off_from(now_us)
            self.checks_owed = self.checks_owed or self._checked_first


@dataclass(frozen=True, slots=True)
class Probe:
    """A read whose answer cannot equal it: what comes back tells whether the adapter returns what it sends."""

    station: Station


@dataclass(frozen=True, slots=True)
class SwitchOff:
    station: Station


@dataclass(frozen=True, slots=True)
class Check:
    """Ask one of `BoardSetup.checks`."""

    station: Station
    request: Request


@dataclass(frozen=True, slots=True)
class ReadContacts:
    station: Station


@dataclass(frozen=True, slots=True)
class Open:
    station: Station
    pulse: Pulse


Job = Probe | SwitchOff | Check | ReadContacts | Open


def request_of(job: Job) -> Request:
    match job:
        case Probe(station):
            return station.setup.codec.abilities.probe
        case SwitchOff():
            return AllOff()
        case Check(_, request):
            return request
        case ReadContacts(station):
            return station.setup.codec.abilities.poll
        case Open(_, pulse):
            return Unlock(pulse.output.channel, pulse.pulse)
        case _:
            assert_never(job)


def pulse_answer(outcome: Outcome, *, checked: bool) -> PulseAnswer:
    """What became of a pulse, as far as the board says. One wrong bit makes a refusal of a success where no check ends
    the frame: then only the contact tells.
    """
    match outcome:
        case Answered(Refused()) if checked:
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
