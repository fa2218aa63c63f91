"""Survey: which boards answer on one port, asked with reads only, over families, speeds and addresses.

Holds the questions, what may not be asked of a line on which anything may hang, and what counts as an answer. It must
not know settings files or people: every board it finds was found by its bytes.
"""

import select
import termios
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import groupby

import serial

from drivers.boards import BOARDS
from drivers.boards.base import (
    BoardSettings,
    Codec,
    Found,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    ReadPulseTime,
    ReadSome,
    ReadVersion,
    Reply,
    Request,
    Search,
    Version,
)
from drivers.serial_port import READ_SIZE, PortSettings, open_port

READS = (ReadOne, ReadAll, ReadSome, ReadOutputs, ReadModes, ReadPulseTime, ReadVersion)
"""Requests at which no board moves anything."""
WAIT_US = 120_000
"""How long an answer is waited for at first: boards were seen to take 3 to 15 ms, and some far longer."""
PATIENT_US = 1_000_000
"""How long it is waited for where something unusable was heard: it may belong to a question before."""
TWIN_US = 250_000
"""How long a line is listened to on which a board answers: a second one of the same address may answer later."""
LATE_US = 600_000
"""Whatever comes may be the late answer to anything asked so shortly before."""
QUIET_US = 30_000
"""So much silence ends an answer: more than the 16 ms for which an FTDI adapter may keep bytes back."""
BABBLE_US = 500_000
"""A line that is never quiet is listened to for so long beyond the wait."""
MOST_UNCLEAR = 16
"""After so many answers that nobody can use the line itself is the trouble, and asking on would take hours."""
SHORTEST_REQUEST = 4


class NoisyLineError(Exception):
    """Something answers everywhere and nothing of it is an answer; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Question:
    """One read of one address of one family at one speed."""

    family: str
    baud: int
    address: int
    other: Request | None = None
    """What is read; None is the read by which a board of the family is found."""

    @property
    def codec(self) -> Codec:
        return BOARDS[self.family]

    @property
    def request(self) -> Request:
        return self.other or self.codec.abilities.probe

    @property
    def frame(self) -> bytes:
        return self.codec.encode(BoardSettings(self.address, self.codec.abilities.max_channel), self.request)


@dataclass(frozen=True, slots=True)
class FoundBoard:
    """A board that answered twice. ``channels``, and ``version``, of its software, are None where it does not tell."""

    family: str
    baud: int
    address: int
    channels: int | None
    echo: bool
    """The adapter returns what it sends."""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class UnclearAnswer:
    """Something answers there, and it is not one sound board."""

    family: str
    baud: int
    address: int
    why: str


@dataclass(slots=True)
class Surveyed:
    """What a survey found."""

    boards: list[FoundBoard] = field(default_factory=list)
    unclear: list[UnclearAnswer] = field(default_factory=list)
    unasked: list[Question] = field(default_factory=list)
    """What could not be asked, because some other family would take it for more than a read."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What came after one question: whether our own request came back, and the answers in the rest."""

    echo: bool
    rest: bytes
    """All that came, without the echo."""
    replies: tuple[Reply, ...]
    channels: int | None
    reason: str


def questions(families: Iterable[str], baud: int | None = None, addresses: range | None = None) -> list[Question]:
    """One for each address, at the speed each family is delivered with unless ``baud`` is given; sorted by speed."""
    found = []
    for family in families:
        abilities = BOARDS[family].abilities
        wanted = abilities.addresses if addresses is None else addresses
        found += [Question(family, baud or abilities.baud, each) for each in abilities.addresses if each in wanted]
    return sorted(found, key=lambda question: question.baud)


def is_harmless(frame: bytes, before: bytes = b"") -> bool:
    """Whether no board of any family finds anything but a read in ``frame``, or across its seam to the frame before.

    Which family hangs on the line is what is asked, and boards differ in how they find a frame's beginning: the winnsen
    poll ``90 07 02 95 FF FF 03`` holds the shuoming command that opens several locks at once.
    """
    both = before + frame
    ends = range(len(before) + 1, len(both) + 1)
    windows = (both[begin:end] for end in ends for begin in range(end - SHORTEST_REQUEST + 1))
    return not any(_does_more(codec, window) for window in windows for codec in BOARDS.values())


def _does_more(codec: Codec, frame: bytes) -> bool:
    decoded = codec.decode_request(frame)
    return decoded is not None and not isinstance(decoded[1], READS)


def survey(
    path: str,
    asked: list[Question],
    now_us: Callable[[], int],
    progress: Callable[[int, int], None],
    wait_us: int = WAIT_US,
) -> Surveyed:
    """Ask every question on the port at ``path``. Raises one of `PORT_ERRORS`, or NoisyLineError.

    Takes about ``wait_us`` for each; ``progress`` is told how many are done, of how many.
    """
    done = _Survey(now_us, wait_us)
    count = 0
    for baud, group in groupby(asked, key=lambda question: question.baud):
        with closing(open_port(PortSettings(path, baud), raised=False)) as port:
            done.begin(port)
            for question in group:
                done.ask(question)
                count += 1
                progress(count, len(asked))
            done.finish()
    return done.found


class _Survey:
    """One survey under way."""

    def __init__(self, now_us: Callable[[], int], wait_us: int) -> None:
        self.found = Surveyed()
        self._now_us = now_us
        self._wait_us = wait_us
        self._recent: deque[tuple[int, Question]] = deque()
        """What a late answer may still belong to, and when it was asked."""
        self._before = b""
        self._port: serial.Serial

    def begin(self, port: serial.Serial) -> None:
        self._port, self._before = port, b""
        self._recent.clear()

    def ask(self, question: Question) -> None:
        if not is_harmless(question.frame, self._before):
            self.found.unasked.append(question)
            return
        heard = self._heard(question, self._wait_us)
        now_us = self._now_us()
        self._recent.append((now_us, question))
        while self._recent and self._recent[0][0] < now_us - LATE_US:
            self._recent.popleft()
        if heard.replies:
            self._recent.pop()
            self._judge(question, max(TWIN_US, self._wait_us))
        elif heard.rest:
            self._look_closer()

    def finish(self) -> None:
        """The answer to the last question may be late as well."""
        if self._recent and self._collect(LATE_US):
            self._look_closer()

    def _look_closer(self) -> None:
        """Somebody is there: whoever of the last few it was is asked again, with patience."""
        recent = [question for _, question in self._recent]
        self._recent.clear()
        for question in recent:
            self._judge(question, PATIENT_US)
        if len(self.found.unclear) > MOST_UNCLEAR:
            message = f"{len(self.found.unclear)} answers, none of them usable: look at the line's wires and its speed"
            raise NoisyLineError(message)

    def _judge(self, question: Question, wait_us: int) -> None:
        """Ask twice; nobody at all is no answer to be told."""
        first = self._heard(question, wait_us)
        if not first.rest:
            return
        second = self._heard(question, wait_us)
        why = _why_unclear(question, first, second)
        at = (question.family, question.baud, question.address)
        if why:
            self.found.unclear.append(UnclearAnswer(*at, why))
        else:
            version = self._version(replace(question, other=ReadVersion()), wait_us)
            self.found.boards.append(FoundBoard(*at, first.channels, first.echo, version))

    def _version(self, question: Question, wait_us: int) -> int | None:
        """A board that does not tell is as good as any."""
        if not question.codec.abilities.tells_version or not is_harmless(question.frame, self._before):
            return None
        replies = self._heard(question, wait_us).replies
        return next((reply.version for reply in replies if isinstance(reply, Version)), None)

    def _heard(self, question: Question, wait_us: int) -> _Heard:
        self._port.reset_input_buffer()
        self._port.write(question.frame)
        termios.tcdrain(self._port.fileno())
        self._before = question.frame
        return _understood(question, self._collect(wait_us))

    def _collect(self, wait_us: int) -> bytes:
        """All that comes within the wait, and then until it is quiet."""
        heard, until_us = b"", self._now_us() + wait_us
        last_us = until_us + BABBLE_US
        while (now_us := self._now_us()) < until_us:
            if select.select([self._port.fileno()], [], [], (until_us - now_us) / 1_000_000)[0]:
                heard += self._port.read(READ_SIZE)
                until_us = min(last_us, max(until_us, self._now_us() + QUIET_US))
        return heard


def _why_unclear(question: Question, first: _Heard, second: _Heard) -> str:
    """What keeps two patient hearings from being one sound board; "" if nothing does."""
    if len(first.replies) > 1 or len(second.replies) > 1:
        return "more than one board answers here: give each an address of its own"
    if not first.replies or not second.replies:
        return first.reason or second.reason or "no usable answer: two boards of one address, or noise"
    if not question.codec.abilities.checked and first.replies != second.replies:
        return "no two answers agree"
    return ""


def _understood(question: Question, heard: bytes) -> _Heard:
    frame = question.frame
    at = heard.find(frame)
    rest = heard if at < 0 else heard[:at] + heard[at + len(frame) :]
    widths = tuple(_widths(question.codec))
    replies, reason, channels, left = [], "", None, rest
    while left:
        width, search = _widest(question, widths, left)
        if not isinstance(search, Found):
            reason = search.reason
            break
        channels = width if len(widths) > 1 else None
        replies.append(search.reply)
        left = left[search.skip + search.length :]
    return _Heard(at >= 0, rest, tuple(replies), channels, reason)


def _widths(codec: Codec) -> Iterator[int]:
    """How many channels the answer may speak of, most first; one number where it does not tell."""
    most = codec.abilities.max_channel
    yield most
    if codec.abilities.status_unit == 1:
        yield from range(most - 1, 0, -1)


def _widest(question: Question, widths: tuple[int, ...], received: bytes) -> tuple[int, Search]:
    """The answer, and of how many channels it speaks."""
    request, search = question.request, None
    for width in widths:
        search = question.codec.search(BoardSettings(question.address, width), request, received, quiet=True)
        if isinstance(search, Found):
            return width, search
    assert search is not None  # noqa: S101 - tells the type checker that there is a width
    return 0, search
