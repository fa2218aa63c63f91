"""A line master on a scripted line: boards made of the codecs' other half, in virtual time.

Holds the line, its boards and what they say wrong when told to. It must not know ports or threads, nor what a sentence
expects.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.bank import BoardSetup, LineMaster, LineSetup
from drivers.boards import BOARDS
from drivers.boards.base import (
    Acknowledged,
    AllOff,
    AnyRequest,
    BoardSettings,
    Contacts,
    Forbidden,
    Modes,
    Outputs,
    PulseTime,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    ReadPulseTime,
    ReadSome,
    ReadVersion,
    Refused,
    Reply,
    Request,
    Unlock,
    Version,
)
from drivers.exchange import Timing
from kiosk.core.effects import PollDoors, Pulse
from kiosk.core.events import (
    Event,
    LineReady,
    PulseAnswered,
    PulseExpired,
    PulseSent,
    Reading,
)
from kiosk.core.ids import BoardId, CompartmentId, LineId
from kiosk.core.layout import ContactSource, Output
from kiosk.core.policy import PulseMs

BYTE_US = 1042
"""One byte at 9600 baud, 8N1."""
PAUSE_US = 5_000
TIMEOUT_US = 200_000
TIMING = Timing(reply_timeout_us=TIMEOUT_US, quiet_us=10_000, pause_us=PAUSE_US)
LINE = LineId("bus")
A = BoardId("a")
B = BoardId("b")
SECOND_US = 1_000_000


@dataclass
class ScriptedBoard:
    """One board: answers what it can read, or what it is told to say instead."""

    setup: BoardSetup
    delay_us: int = 5_000
    silent: bool = False
    refuses: bool = False
    mangle: Callable[[bytes], bytes] = bytes
    modes: Modes | Refused | None = field(default_factory=lambda: Modes((0,) * 8))
    """What it says of its inputs' modes; None is silence."""
    pulse_ms: int | None = 300
    """What it says of its own pulse time; None is silence."""
    version: Version | Refused | None = Version(200)
    """What it says of its software; None is silence."""
    open_channels: set[int] = field(default_factory=set)
    silent_at: set[type[AnyRequest]] = field(default_factory=set)
    """What it obeys and does not answer."""
    heard: list[AnyRequest] = field(default_factory=list)

    def answer(self, frame: bytes) -> bytes:
        decoded = self.setup.codec.decode_request(frame)
        if decoded is None or decoded[0] != self.setup.settings.address:
            return b""
        request = decoded[1]
        self.heard.append(request)
        reply = Refused(2) if self.refuses and isinstance(request, Unlock) else self._reply(request)
        if self.silent or reply is None or type(request) in self.silent_at:
            return b""
        return self.mangle(self.setup.codec.encode_reply(self.setup.settings, as_request(request), reply))

    def _reply(self, request: AnyRequest) -> Reply | None:
        match request:
            case ReadOne(channel):
                return Contacts({channel: Reading.CLOSED})
            case Unlock() if self.setup.codec.abilities.unlock_wait_us is not None:
                return self._contacts()
            case ReadAll() | ReadSome():
                return self._contacts()
            case _:
                return self._plain_reply(request)

    def _plain_reply(self, request: AnyRequest) -> Reply | None:
        replies: dict[type[AnyRequest], Reply | None] = {
            Unlock: Acknowledged(Reading.CLOSED),
            AllOff: Acknowledged(),
            ReadOutputs: Outputs(frozenset()),
            ReadModes: self.modes,
            ReadVersion: self.version,
            ReadPulseTime: None if self.pulse_ms is None else PulseTime(self.pulse_ms),
        }
        return replies[type(request)]

    def _contacts(self) -> Contacts:
        channels = range(1, self.setup.settings.channels + 1)
        return Contacts({n: Reading.OPEN if n in self.open_channels else Reading.CLOSED for n in channels})


def as_request(request: AnyRequest) -> Request:
    assert not isinstance(request, Forbidden)
    return request


@dataclass
class Frame:
    """One frame as it went over the wire."""

    from_us: int
    to_us: int
    data: bytes
    ours: bool


class Bench:
    """A line master, its boards, and a clock that only moves when there is something to wait for."""

    def __init__(self, *boards: ScriptedBoard, echoes: bool = False) -> None:
        self.boards = boards
        self.echoes = echoes
        self.spoilt_echoes = 0
        """So many echoes come back as noise."""
        self.master = LineMaster(LineSetup(LINE, tuple(board.setup for board in boards)))
        self.now_us = 1_000_000
        self.frames: list[Frame] = []
        self.replies: list[Frame] = []
        self.asked: list[tuple[BoardId, AnyRequest]] = []
        self.events: list[Event] = []

    def open(self) -> None:
        self.master.opened(self.now_us)

    def ready(self) -> None:
        """Open the line and let everything that belongs to a start happen; forget it."""
        self.open()
        self.run_until_event(LineReady(LINE))
        self.forget()

    def forget(self) -> None:
        self.events.clear()
        self.frames.clear()
        for board in self.boards:
            board.heard.clear()

    def run_until_event(self, event: Event, limit_us: int = 20 * SECOND_US) -> None:
        end_us = self.now_us + limit_us
        while event not in self.events:
            assert self.now_us < end_us, f"{event} never came, only {self.events}"
            self._step(end_us)

    def run_for(self, duration_us: int) -> None:
        end_us = self.now_us + duration_us
        while self.now_us < end_us:
            self._step(end_us)

    def pulse(self, seq: int, board: BoardId, channel: int = 1, *, within_ms: int = 2000) -> None:
        now_ms = self.now_us // 1000
        output = Output(board, channel)
        self.master.submit(Pulse(seq, CompartmentId("A01"), output, PulseMs(300), now_ms + within_ms), self.now_us)
        self._collect()

    def poll(self, board: BoardId, every_ms: int) -> None:
        self.master.submit(PollDoors(board, every_ms), self.now_us)

    def lose(self) -> None:
        self.master.lost(self.now_us)
        self.replies.clear()
        self._collect()

    def deliver_stray(self, data: bytes) -> None:
        self.master.receive(data, self.now_us)
        self._collect()

    def _step(self, end_us: int) -> None:
        known = len(self.events)
        frame = self.master.wants_to_send(self.now_us)
        if frame is not None:
            self._transmit(frame)
        self._collect()
        if len(self.events) > known:
            return
        arrivals = [reply.to_us for reply in self.replies]
        deadline_us = self.master.deadline_us()
        if frame is None:
            assert deadline_us is None or deadline_us > self.now_us, "the line's thread would spin"
        wake_us = min([end_us, *arrivals, *([] if deadline_us is None else [deadline_us])])
        self.now_us = max(self.now_us, wake_us)
        self._deliver_arrived()

    def _transmit(self, data: bytes) -> None:
        started_us = self.now_us
        self.now_us += len(data) * BYTE_US
        self.frames.append(Frame(started_us, self.now_us, data, ours=True))
        echo = self._echo(data) if self.echoes else b""
        middle = len(echo) // 2
        self.master.receive(echo[:middle], self.now_us)
        self.master.sent(self.now_us)
        self.master.receive(echo[middle:], self.now_us)
        for board in self.boards:
            known = len(board.heard)
            reply = board.answer(data)
            self.asked += [(board.setup.board, request) for request in board.heard[known:]]
            if reply:
                begun_us = self.now_us + board.delay_us
                self.replies.append(Frame(begun_us, begun_us + len(reply) * BYTE_US, reply, ours=False))

    def _echo(self, data: bytes) -> bytes:
        if self.spoilt_echoes == 0:
            return data
        self.spoilt_echoes -= 1
        return damaged(data)

    def _deliver_arrived(self) -> None:
        arrived = [reply for reply in self.replies if reply.to_us <= self.now_us]
        self.replies = [reply for reply in self.replies if reply not in arrived]
        for reply in arrived:
            self.frames.append(reply)
            self.master.receive(reply.data, self.now_us)
        self._collect()

    def _collect(self) -> None:
        self.events += self.master.take_events()


def waveshare(
    board: BoardId = A,
    address: int = 1,
    contact_source: ContactSource = ContactSource.BOARD_INPUT,
    version: int | None = None,
) -> ScriptedBoard:
    settings = BoardSettings(address=address, channels=8)
    return ScriptedBoard(BoardSetup(board, BOARDS["waveshare"], settings, TIMING, contact_source, version))


def shuoming(board: BoardId = B, address: int = 2) -> ScriptedBoard:
    settings = BoardSettings(address=address, channels=24)
    return ScriptedBoard(BoardSetup(board, BOARDS["shuoming"], settings, TIMING, ContactSource.BOARD_FEEDBACK))


def lock_board(family: str, board: BoardId = A, address: int = 1) -> ScriptedBoard:
    """A board of a family whose contacts are the feedbacks of its own locks, as large as they come, with its sense."""
    abilities = BOARDS[family].abilities
    settings = BoardSettings(address, min(16, abilities.max_channel), closed_level=abilities.closed_level)
    return ScriptedBoard(BoardSetup(board, BOARDS[family], settings, TIMING, ContactSource.BOARD_FEEDBACK))


def kinds(requests: list[AnyRequest]) -> list[type[AnyRequest]]:
    return [type(request) for request in requests]


def pulse_events(bench: Bench) -> list[Event]:
    return [event for event in bench.events if isinstance(event, PulseSent | PulseAnswered | PulseExpired)]


def damaged(reply: bytes) -> bytes:
    return reply[:-1] + bytes([reply[-1] ^ 1])
