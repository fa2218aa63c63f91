"""One exchange: one request on one line, and what came back for it; sans I/O.

Holds echo, garbage, quiet time and time-out. It must not know a clock, a port, or what the reply means to the kiosk:
integer microseconds and bytes come in, one outcome comes out.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from drivers.boards.base import BoardSettings, Codec, Found, NotYet, Reply, Request, Search

MOST_BYTES = 512
"""More than any reply with garbage around it; what a babbling line sends beyond is dropped from the front."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait on one line, in microseconds.

    ``reply_timeout_us`` counts from the last byte sent. ``quiet_us`` of silence end a frame whose length nothing tells:
    more than 16 ms where an FTDI adapter keeps bytes back. ``pause_us`` of silence stand between two frames: with none
    56 of 56 reads of a second board failed on hardware, with 5 ms none of 282 did.
    """

    reply_timeout_us: int = 1_000_000
    quiet_us: int = 20_000
    pause_us: int = 5_000


@dataclass(frozen=True, slots=True)
class Answered:
    reply: Reply


@dataclass(frozen=True, slots=True)
class Garbled:
    """Something came, and none of it was a usable answer; ``detail`` says what was wrong with it.

    Noise and cut-off frames count, too: on a line that makes them nothing is known of an echo.
    """

    detail: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing came but perhaps our own request."""


Outcome = Answered | Garbled | Silent


@lru_cache(maxsize=1_000)
def framed(codec: Codec, settings: BoardSettings, request: Request) -> bytes:
    """The bytes of a request: polls are the same ones over and over. LocalProtocolError if it cannot be built."""
    return codec.encode(settings, request)


@lru_cache(maxsize=1_000)
def _searched(codec: Codec, settings: BoardSettings, request: Request, received: bytes, *, quiet: bool) -> Search:
    """And so are the answers to them."""
    return codec.search(settings, request, received, quiet=quiet)


class Exchange:
    """Collects what arrives after one request. Bytes from before it must have been thrown away by the caller.

    ``echoes`` says that the adapter returns what it sends: the first thing that equals the request is not an answer.
    LocalProtocolError if the request cannot be built.
    """

    def __init__(  # noqa: PLR0913 - all of it is what one exchange is, and each part has its name
        self, codec: Codec, settings: BoardSettings, request: Request, *, echoes: bool, timing: Timing, sent_us: int
    ) -> None:
        self._codec = codec
        self._settings = settings
        self._request = request
        self._own = framed(codec, settings, request)
        self._echo = self._own if echoes else b""
        """What is still to be dropped from the front."""
        self._quiet_us = timing.quiet_us
        self._timeout_us = sent_us + timing.reply_timeout_us
        self._sent_us = sent_us
        self._received = b""
        """What came since the line was last quiet."""
        self._heard = b""
        """All that came."""
        self._quiet_due_us: int | None = None
        """When the silence since the last byte will end a frame; None once it did, or before the first byte."""
        self._found: Reply | None = None
        self._reason = ""

    def receive(self, data: bytes, now_us: int) -> None:
        """Bytes arrived. A frame that was complete by the quiet time before them is taken first."""
        self._fall_quiet(now_us)
        if self._found is not None or not data:
            return
        if self._quiet_due_us is None:
            self._received = b""  # only the gap tells a cut-off reply from the beginning of the next
        self._quiet_due_us = now_us + self._quiet_us
        self._received = (self._received + data)[-MOST_BYTES:]
        self._heard = (self._heard + data)[-MOST_BYTES:]
        self._look(quiet=False)

    def outcome(self, now_us: int) -> Outcome | None:
        """What became of the request, or None while it may still be answered."""
        self._fall_quiet(now_us)
        if self._found is not None:
            return Answered(self._found)
        if now_us < self._timeout_us:
            return None
        if self._heard in (b"", self._own):
            return Silent()
        return Garbled(self._reason or "no usable answer")

    def deadline_us(self) -> int:
        """When to ask for the outcome again if nothing arrives."""
        if self._found is not None:
            return self._sent_us
        return self._timeout_us if self._quiet_due_us is None else min(self._timeout_us, self._quiet_due_us)

    def _fall_quiet(self, now_us: int) -> None:
        """Take what silence has ended by now, once."""
        if self._quiet_due_us is not None and now_us >= self._quiet_due_us:
            self._quiet_due_us = None
            self._look(quiet=True)

    def _look(self, *, quiet: bool) -> None:
        if not self._strip_echo() and not quiet:
            return
        search = _searched(self._codec, self._settings, self._request, self._received, quiet=quiet)
        match search:
            case Found(reply=reply):
                self._found = reply
            case NotYet(reason=reason):
                self._reason = self._reason or reason
            case _:
                assert_never(search)

    def _strip_echo(self) -> bool:
        """Drop our own request and what came before it, once. False while it may still be arriving."""
        begin = self._received.find(self._echo)
        if begin < 0:
            return False
        self._received, self._echo = self._received[begin + len(self._echo) :], b""
        return True
