"""The line master: decides which request goes on one serial line next, and what the answers mean to the kiosk.

Holds the queue, the polls and the order of things on one line. It must not know a clock, a port or a thread:
bytes and integer microseconds come in from outside, frames and events go out.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from operator import attrgetter
from typing import assert_never

from drivers.boards.base import Contacts, LocalProtocolError, Modes, PulseTime, Version
from drivers.exchange import Answered, Exchange, Garbled, Outcome, Silent, framed
from drivers.station import (
    BoardSetup,
    Check,
    Job,
    LineSetup,
    Open,
    Probe,
    ReadContacts,
    Station,
    SwitchOff,
    odd_answer,
    pulse_answer,
    request_of,
)
from kiosk.core.effects import LineEffect, PollDoors, Pulse
from kiosk.core.events import (
    BoardGarbled,
    BoardPulsesTooLong,
    BoardSilent,
    ContactsRead,
    Event,
    InputsActAlone,
    LineLost,
    LineReady,
    OtherVersion,
    PulseAnswer,
    PulseAnswered,
    PulseExpired,
    PulseSent,
)
from kiosk.core.policy import PULSE_MS_RANGE

__all__ = ["BoardSetup", "LineMaster", "LineSetup"]

BABBLE_LIMIT_US = 100_000
"""A line on which somebody talks without end is sent to anyway after this, or nobody would hear of the trouble."""


class _Down:
    """There is no port."""


class _Idle:
    """Nothing is on the wire."""


@dataclass(slots=True)
class _Writing:
    """A frame was handed out and is not yet known to be on the wire."""

    job: Job
    frame: bytes
    early: bytearray = field(default_factory=bytearray)
    """What came in meanwhile: the beginning of an echo."""


@dataclass(slots=True)
class _Waiting:
    """A frame is on the wire and its answer is awaited."""

    job: Job
    frame: bytes
    exchange: Exchange
    heard: bytearray = field(default_factory=bytearray)
    heard_us: int = 0


_Wire = _Down | _Idle | _Writing | _Waiting


class _Told(Enum):
    """What the engine was last told of the line."""

    NOTHING = auto()
    LOST = auto()
    READY = auto()


class LineMaster:
    """One serial line: at most one exchange at a time, pulses before reads, no request ever sent twice by itself.

    All times are monotonic microseconds of the clock that `Pulse.not_after_ms` is measured with. The owner of the port
    calls `wants_to_send` whenever something happened or `deadline_us` has passed; that call also ends what timed out.
    """

    def __init__(self, setup: LineSetup) -> None:
        self._line = setup.line
        self._stations = {board.board: Station(board) for board in setup.boards}
        self._pause_us = max((board.timing.pause_us for board in setup.boards), default=0)
        self._pulses: deque[Pulse] = deque()
        self._events: list[Event] = []
        self._wire: _Wire = _Down()
        self._told = _Told.NOTHING
        self._unprobed: deque[Station] = deque()
        self._echoes = False
        self._stopping = False
        self._free_us = 0
        """The line has been quiet for the pause from here on."""
        self._babble_until_us = 0

    # The port

    def opened(self, now_us: int) -> None:
        """The port was opened: find out whether it echoes, switch everything off, check boards, read every contact."""
        self._wire = _Idle()
        self._free_us = now_us + self._pause_us
        self._babble_until_us = now_us + BABBLE_LIMIT_US
        self._echoes = False
        self._unprobed = deque(self._stations.values())
        self._told = _Told.LOST if self._told is _Told.LOST else _Told.NOTHING
        for station in self._stations.values():
            station.line_opened(now_us)
        self._tell_when_ready()

    def lost(self, now_us: int) -> None:
        """The port is gone, or could not be opened. May be called again for every attempt that fails."""
        match self._wire:
            case _Writing(job=Open(station, pulse)):
                # The write failed half way: the board may have got it all, so it counts as sent.
                self._pulse_sent(station, pulse, now_us)
                self._events.append(PulseAnswered(pulse.intent_seq, PulseAnswer.SILENT))
            case _Waiting(job=Open(_, pulse)):
                self._events.append(PulseAnswered(pulse.intent_seq, PulseAnswer.SILENT))
            case _:
                pass
        for station in self._stations.values():
            self._prove(station, PulseAnswer.SILENT)
        self._drop_pulses()
        self._wire = _Down()
        if self._told is not _Told.LOST:
            self._told = _Told.LOST
            self._events.append(LineLost(self._line))

    def stop(self, now_us: int) -> None:
        """Send nothing more but an all-off to each board that has one; `stopped` tells when that is done."""
        self._stopping = True
        self._drop_pulses()
        for station in self._stations.values():
            station.switch_off_from(now_us)

    @property
    def stopped(self) -> bool:
        """Whether `stop` has nothing left to do."""
        match self._wire:
            case _Down():
                return self._stopping
            case _Idle():
                return self._stopping and not any(True for _ in self._work())
            case _Writing() | _Waiting():
                return False
            case _:
                assert_never(self._wire)

    # Work

    def submit(self, effect: LineEffect, now_us: int) -> None:
        """Take over one effect. KeyError if the board is not on this line."""
        match effect:
            case Pulse():
                self._submit_pulse(effect, self._stations[effect.output.board], now_us)
            case PollDoors(board, every_ms):
                self._stations[board].poll_every(every_ms * 1000)
            case _:
                assert_never(effect)

    def _submit_pulse(self, pulse: Pulse, station: Station, now_us: int) -> None:
        if self._stopping or isinstance(self._wire, _Down):
            self._events.append(PulseExpired(pulse.intent_seq))
            return
        if station.doubtful:
            station.switch_off_from(now_us)
        self._pulses.append(pulse)

    def wants_to_send(self, now_us: int) -> bytes | None:
        """The frame to write now, if any. Each frame is handed out once; `sent` must follow, or `lost`."""
        self._settle(now_us)
        self._expire(now_us)
        if not isinstance(self._wire, _Idle) or now_us < self._free_us:
            return None
        job = next((job for due_us, job in self._work() if due_us <= now_us), None)
        if job is None:
            return None
        self._begin(job, now_us)
        frame = framed(job.station.setup.codec, job.station.setup.settings, request_of(job))
        self._wire = _Writing(job, frame)
        return frame

    def sent(self, now_us: int) -> None:
        """The last byte of the frame is on the wire."""
        match self._wire:
            case _Writing(job, frame, early):
                setup = job.station.setup
                exchange = Exchange(
                    setup.codec,
                    setup.settings,
                    request_of(job),
                    echoes=self._echoes,
                    timing=setup.timing_of(job),
                    sent_us=now_us,
                )
                self._wire = _Waiting(job, frame, exchange, heard_us=now_us)
                if isinstance(job, Open):
                    self._pulse_sent(job.station, job.pulse, now_us)
                if early:
                    self.receive(bytes(early), now_us)
            case _:
                message = "no frame was handed out"
                raise LocalProtocolError(message)

    def receive(self, data: bytes, now_us: int) -> None:
        """Bytes came in. What nobody waits for is dropped: a late answer answers nothing."""
        match self._wire:
            case _Waiting() as waiting:
                waiting.heard += data
                waiting.heard_us = now_us
                waiting.exchange.receive(data, now_us)
                self._settle(now_us)
            case _Writing() as writing:
                writing.early += data
            case _Idle():
                self._free_us = max(self._free_us, min(now_us + self._pause_us, self._babble_until_us))
            case _Down():
                pass
            case _:
                assert_never(self._wire)

    def deadline_us(self) -> int | None:
        """When `wants_to_send` is to be called next although nothing came in; None if there is nothing to wait for."""
        pending = [pulse.not_after_ms * 1000 for pulse in self._pulses]
        match self._wire:
            case _Waiting(exchange=exchange):
                pending.append(exchange.deadline_us())
            case _Idle():
                pending += [max(self._free_us, due_us) for due_us, _ in self._work()]
            case _Down() | _Writing():
                pass
            case _:
                assert_never(self._wire)
        return min(pending, default=None)

    def take_events(self) -> list[Event]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    # What to do next

    def _work(self) -> Iterator[tuple[int, Job]]:
        """All that is to be done and from when on, the most urgent first."""
        if self._unprobed and not self._stopping:
            yield 0, Probe(self._unprobed[0])
            return
        if self._pulses:
            yield self._first_for(self._pulses[0])
        for station in self._stations.values():
            if station.off_due_us is not None:
                yield station.off_due_us, SwitchOff(station)
        if not self._stopping:
            yield from ((0, check) for each in self._stations.values() if (check := _check_owed(each)) is not None)
            polled = (station for station in self._stations.values() if station.setup.has_contacts)
            for station in sorted(polled, key=attrgetter("next_poll_us")):
                yield station.next_poll_us, ReadContacts(station)

    def _first_for(self, pulse: Pulse) -> tuple[int, Job]:
        station = self._stations[pulse.output.board]
        if station.off_due_us is not None:
            return station.off_due_us, SwitchOff(station)
        return 0, _check_owed(station) or Open(station, pulse)

    def _begin(self, job: Job, now_us: int) -> None:
        match job:
            case Probe():
                pass
            case SwitchOff(station):
                station.off_due_us = None
            case Check(station):
                station.checks_owed = station.checks_owed[1:]
            case ReadContacts(station):
                station.asked_us = now_us
            case Open():
                self._pulses.popleft()
            case _:
                assert_never(job)

    def _expire(self, now_us: int) -> None:
        """Drop the pulses that are late, and those of which the board would make longer ones."""
        for pulse in tuple(self._pulses):
            station = self._stations[pulse.output.board]
            too_long_ms = station.longer_than(pulse.pulse.value)
            if too_long_ms is not None and station.asks_again_for(pulse):
                continue
            if too_long_ms is not None:
                self._too_long(station, too_long_ms)
            if too_long_ms is not None or now_us >= pulse.not_after_ms * 1000:
                self._pulses.remove(pulse)
                self._events.append(PulseExpired(pulse.intent_seq))

    def _too_long(self, station: Station, own_pulse_ms: int) -> None:
        self._events.append(BoardPulsesTooLong(station.setup.board, own_pulse_ms))

    def _drop_pulses(self) -> None:
        self._events += [PulseExpired(pulse.intent_seq) for pulse in self._pulses]
        self._pulses.clear()

    def _pulse_sent(self, station: Station, pulse: Pulse, now_us: int) -> None:
        station.pulsed(pulse.pulse.value, now_us)
        self._events.append(PulseSent(pulse.intent_seq))

    # What came of it

    def _settle(self, now_us: int) -> None:
        if not isinstance(self._wire, _Waiting):
            return
        done = self._wire
        outcome = done.exchange.outcome(now_us)
        if outcome is None:
            return
        self._wire = _Idle()
        answered = isinstance(outcome, Answered)
        # After a time-out or nonsense the pause begins now: whatever still trickles in is thrown away.
        self._free_us = (done.heard_us if answered else now_us) + self._pause_us
        self._babble_until_us = now_us + BABBLE_LIMIT_US
        self._conclude(done, outcome, now_us)
        self._tell_when_ready()

    def _conclude(self, done: _Waiting, outcome: Outcome, now_us: int) -> None:
        job = done.job
        match job:
            case Probe():
                self._conclude_probe(done.frame, bytes(done.heard), outcome)
            case SwitchOff():
                pass
            case Check(station):
                self._conclude_check(station, outcome)
            case ReadContacts(station):
                self._conclude_read(station, outcome)
            case Open(station, pulse):
                self._conclude_open(station, pulse, outcome)
                station.next_poll_us = min(station.next_poll_us, now_us)  # the door may already be moving
            case _:
                assert_never(job)
        job.station.settled(job, outcome, now_us)

    def _conclude_probe(self, frame: bytes, heard: bytes, outcome: Outcome) -> None:
        """Any outcome but nonsense decides; nonsense leaves it to the next board's probe."""
        self._echoes = frame in heard
        if self._echoes or not isinstance(outcome, Garbled):
            self._unprobed.clear()
        else:
            self._unprobed.popleft()

    def _conclude_open(self, station: Station, pulse: Pulse, outcome: Outcome) -> None:
        abilities = station.setup.codec.abilities
        need_not_answer = abilities.unlock_wait_us is not None and station.setup.has_contacts
        if need_not_answer and not isinstance(outcome, Answered):
            station.unproved = pulse.intent_seq
        else:
            answer = pulse_answer(outcome, checked=abilities.checked)
            self._events.append(PulseAnswered(pulse.intent_seq, answer))

    def _prove(self, station: Station, answer: PulseAnswer) -> None:
        """The next exchange after a pulse that need not be answered says whether the board lives."""
        if station.unproved is not None:
            self._events.append(PulseAnswered(station.unproved, answer))
            station.unproved = None

    def _conclude_read(self, station: Station, outcome: Outcome) -> None:
        self._prove(station, pulse_answer(outcome, checked=True))
        match outcome:
            case Silent() if station.may_be_busy():
                return
            case Answered(Contacts() as contacts) if not station.believes(contacts):
                if station.read_again():
                    return
                event: Event = BoardGarbled(station.setup.board, "no two answers in a row agree")
            case _:
                event = _read_event(station.setup, outcome)
        self._events.append(event)
        if isinstance(event, ContactsRead):
            station.was_read()
        else:
            station.was_not_read()

    def _conclude_check(self, station: Station, outcome: Outcome) -> None:
        """A refusal, nonsense or silence tells nothing, and is not asked again."""
        station.asking_again = False
        match outcome:
            case Answered(Modes(values)) if any(values):
                self._events.append(InputsActAlone(station.setup.board))
            case Answered(PulseTime(pulse_ms)):
                station.own_pulse_ms = pulse_ms
                if station.longer_than(PULSE_MS_RANGE[1]) is not None:
                    self._too_long(station, pulse_ms)
            case Answered(Version(version)) if version != station.setup.version:
                self._events.append(OtherVersion(station.setup.board, version))
            case _:
                pass

    def _tell_when_ready(self) -> None:
        if self._told is _Told.READY:
            return
        owed = any(s.off_due_us is not None or s.checks_owed or s.first_read_owed for s in self._stations.values())
        if not self._unprobed and not owed:
            self._told = _Told.READY
            self._events.append(LineReady(self._line))


def _check_owed(station: Station) -> Check | None:
    return Check(station, station.checks_owed[0]) if station.checks_owed else None


def _read_event(setup: BoardSetup, outcome: Outcome) -> ContactsRead | BoardGarbled | BoardSilent:
    match outcome:
        case Answered(Contacts(readings, items)):
            return ContactsRead(setup.board, setup.contact_source, readings, items=items)
        case Answered(reply):
            return BoardGarbled(setup.board, odd_answer(reply))
        case Garbled(detail):
            return BoardGarbled(setup.board, detail)
        case Silent():
            return BoardSilent(setup.board)
        case _:
            assert_never(outcome)
