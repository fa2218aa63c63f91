"""The runner: the engine's thread around one inbox, its deadlines, and the watch over every other thread.

Holds the loop and the way a process begins and ends. It must not know what an event means or which adapters exist.
"""

import logging
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

from kiosk.core.events import Event, StopAsked, Ticked
from kiosk.engine import Engine
from kiosk.ports import Clock

logger = logging.getLogger(__name__)

ROUND_MS = 1_000
"""The loop comes round at least this often, to look after the threads and the watchdog."""


class DeadThreadError(RuntimeError):
    """A thread that must run for ever has ended; the process ends too, and is started again whole."""


class Supervised(Protocol):
    """A thread the kiosk cannot do without."""

    @property
    def name(self) -> str: ...

    def is_alive(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Notifier:
    """Talks to the service manager (sd_notify(3)); silent where there is none."""

    address: str

    @classmethod
    def from_environment(cls) -> "Notifier":
        return cls(os.environ.get("NOTIFY_SOCKET", ""))

    def say(self, state: str) -> None:
        """Send one state, such as ``READY=1`` or ``WATCHDOG=1``. Nobody listening stops nobody from being served."""
        if not self.address:
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.connect(address)
            speaker.sendall(state.encode())


class Runner:
    """Feeds the engine from the inbox until it has stopped."""

    def __init__(  # noqa: PLR0913 - the parts of the loop, put together once
        self,
        engine: Engine,
        inbox: SimpleQueue[Event],
        clock: Clock,
        *,
        threads: Sequence[Supervised],
        notifier: Notifier,
        upkeep: Callable[[], None],
    ) -> None:
        """``upkeep`` is called once a round, on the engine's thread, with no decision under way."""
        self._engine = engine
        self._inbox = inbox
        self._clock = clock
        self._threads = threads
        self._notifier = notifier
        self._upkeep = upkeep
        self._looked_after_ms = 0

    def run(self) -> None:
        """Until a `StopAsked` was taken. Raises DeadThreadError or what the engine raises: the process must end."""
        while not self._engine.state.stopped:
            event = self._next_event()
            if event is not None:
                self._engine.step(event)
            self._look_after()

    def _next_event(self) -> Event | None:
        due_ms = self._engine.next_deadline_ms()
        left_ms = ROUND_MS if due_ms is None else due_ms - self._clock.now().mono_ms
        try:
            if left_ms <= 0:
                return self._inbox.get_nowait()
            return self._inbox.get(timeout=min(left_ms, ROUND_MS) / 1000)
        except Empty:
            return Ticked() if due_ms is not None and due_ms <= self._clock.now().mono_ms else None

    def _look_after(self) -> None:
        """The watchdog is fed from here alone: after a real round of the loop, with every thread alive."""
        now_ms = self._clock.now().mono_ms
        if now_ms - self._looked_after_ms < ROUND_MS:
            return
        self._looked_after_ms = now_ms
        for thread in self._threads:
            if not thread.is_alive():
                raise DeadThreadError(thread.name)
        self._upkeep()
        self._notifier.say("WATCHDOG=1")

    def ask_to_stop(self, reason: str) -> None:
        """From any thread or a signal: the engine stops after what is already in its inbox."""
        self._inbox.put(StopAsked(reason))
