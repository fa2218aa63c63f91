"""A dialogue with one serial scanner: its settings when the port opens, its trigger while a scan is asked for, what it
acknowledges, and the text of what it read.

Holds when something is said and how often. It must not know the bytes of any maker, a port or a clock.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

ANSWER_US = 500_000
"""A command that is not acknowledged by then is said again. No manual names a time; a frame of either maker takes less
than 30 ms at 9600 baud."""
TRIES = 3
"""The SSI guide has the host say a command twice more."""
TRIGGER_AGAIN_US = 3_000_000
"""A trigger ends by itself after one symbol or after some seconds (GM65: 5 s as delivered): until then it is pulled
again, which a scanner that still looks is not disturbed by."""
NEXT_SYMBOL_US = 500_000
"""After a symbol it is pulled again so soon; sooner, the same label would only be read once more."""
WAKE_US = 50_000
"""What a scanner that sleeps needs between the byte that wakes it and a command (SSI guides)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the bytes of one read meant."""

    text: str = ""
    """Characters of symbols, one for each byte."""
    answers: int = 0
    """How many commands were acknowledged or refused."""
    reply: bytes = b""
    """What the scanner is to be told at once."""


class Ear(Protocol):
    """What comes from one scanner, from the opening of its port on."""

    def receive(self, data: bytes, now_us: int) -> Heard:
        """Any bytes, cut anywhere; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Language:
    """What one maker's scanners are told, and how what they say is heard. Nothing is said where there is no word."""

    ear: Callable[[], Ear]
    trigger: bytes = b""
    release: bytes = b""
    settings: tuple[bytes, ...] = ()
    """Told when the port opens; none of them is to outlast the scanner's power."""
    wake: bytes = b""
    """Before each command."""
    acknowledged: bool = False
    """Commands are answered: the next one waits for that."""


class Dialogue:
    """Call `attend` whenever something came and at `deadline_us`; send what it returns. Times are monotonic."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._ear = language.ear()
        self._waiting = deque(language.settings)
        """Commands that were not said yet; the first one may be awaiting its acknowledgement."""
        self._tries = 0
        """How often the first of them was said."""
        self._due_us = 0
        """When the first of them is to be said, or said again."""
        self._awake = False
        self._wanted = False
        self._trigger_us = 0
        self._reply = b""
        self.unheard = 0
        """Commands that were given up."""

    def receive(self, data: bytes, now_us: int) -> str:
        """The characters of symbols in what came."""
        heard = self._ear.receive(data, now_us)
        self._reply += heard.reply
        if heard.answers and self._tries:
            self._next(now_us)
        if heard.text:
            self._trigger_us = now_us + NEXT_SYMBOL_US
        return heard.text

    def attend(self, *, wanted: bool, now_us: int) -> bytes:
        """What to send now. ``wanted`` says whether a scan is asked for."""
        self._aim(wanted=wanted, now_us=now_us)
        reply, self._reply = self._reply, b""
        return reply + self._command(now_us)

    def deadline_us(self) -> int | None:
        """When `attend` has something to say unless something happens before."""
        times = [self._due_us] if self._waiting else []
        times += [self._trigger_us] if self._wanted and self._language.trigger else []
        return min(times, default=None)

    def _aim(self, *, wanted: bool, now_us: int) -> None:
        if wanted != self._wanted:
            self._wanted, self._trigger_us = wanted, now_us
            if not wanted:
                self._say(self._language.release, now_us)
        if self._wanted and now_us >= self._trigger_us:
            self._trigger_us = now_us + TRIGGER_AGAIN_US
            self._say(self._language.trigger, now_us)

    def _say(self, command: bytes, now_us: int) -> None:
        """What is said already is not said twice; what was not said yet of the other one is out of date."""
        begun = [self._waiting[0]] if self._tries or self._awake else []
        outdated = (self._language.trigger, self._language.release)
        rest = [each for each in list(self._waiting)[len(begun) :] if each not in outdated]
        if not self._waiting:
            self._due_us = now_us
        self._waiting = deque([*begun, *rest])
        if command and begun != [command]:
            self._waiting.append(command)

    def _command(self, now_us: int) -> bytes:
        said = b""
        while self._waiting and now_us >= self._due_us:
            if self._language.wake and not self._awake:
                self._awake, self._due_us = True, now_us + WAKE_US
                return said + self._language.wake
            if self._tries == TRIES:
                self.unheard += 1
                self._next(now_us)
                continue
            said += self._said(now_us)
        return said

    def _said(self, now_us: int) -> bytes:
        command = self._waiting[0]
        if self._language.acknowledged:
            self._tries, self._due_us, self._awake = self._tries + 1, now_us + ANSWER_US, False
        else:
            self._next(now_us)
        return command

    def _next(self, now_us: int) -> None:
        self._waiting.popleft()
        self._tries, self._due_us, self._awake = 0, now_us, False
