"""An inbox that a test can wait at, and a clock it can put forward. Holds no rule of scanners."""

import time
from contextlib import suppress
from queue import Empty, SimpleQueue

import pytest

from kiosk.core.events import Event, Scanned
from kiosk.core.ids import Secret

PATIENCE_S = 5.0


def scanned(text: str) -> Scanned:
    return Scanned(Secret(text))


class Clock:
    """The real monotonic clock, which a test may put forward."""

    def __init__(self) -> None:
        self._skipped_us = 0

    def now_us(self) -> int:
        return time.monotonic_ns() // 1000 + self._skipped_us

    def skip(self, us: int) -> None:
        self._skipped_us += us


class PatientInbox:
    """Events in the order they came."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Event] = SimpleQueue()
        self.seen: list[Event] = []

    def put(self, item: Event, /) -> None:
        self._queue.put(item)

    def wait_for(self, *wanted: Event) -> None:
        """Until these events came next, one after the other and nothing else."""
        for each in wanted:
            event = self._next()
            if event != each:
                pytest.fail(f"waited for {each}, but these came: {self.seen}")

    def wait_until(self, last: Event) -> None:
        """Until this event came, whatever else did before it."""
        while self._next() != last:
            pass

    def rest(self) -> list[Event]:
        """What else has come by now."""
        found: list[Event] = []
        with suppress(Empty):
            while True:
                found.append(self._queue.get_nowait())
        return found

    def _next(self) -> Event:
        try:
            event = self._queue.get(timeout=PATIENCE_S)
        except Empty:
            pytest.fail(f"only these events came: {self.seen}")
        self.seen.append(event)
        return event
