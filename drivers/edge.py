"""What every thread at a device shares: its inbox, how it is woken, and when it tries a device again that went away.

Holds nothing of any one device. It must not know what a device says.
"""

import errno
import logging
import select
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import ClassVar, Protocol

from kiosk.core.events import Event

REOPEN_FIRST_US = 250_000
REOPEN_LIMIT_US = 5_000_000
REOPEN_FORBIDDEN_US = 30_000_000
"""A device that may not be opened stays so until a person changes it."""
WAKE_SIZE = 4096

log = logging.getLogger(__name__)


class Inbox(Protocol):
    """Takes events to the engine without blocking."""

    def put(self, item: Event, /) -> None: ...


class Wakeup:
    """Wakes a thread that waits in `select`. `wake` may be called from any thread, the rest from the waiting one."""

    def __init__(self) -> None:
        self._out, self._in = socket.socketpair()
        self._out.settimeout(0)
        self._in.settimeout(0)

    def wake(self) -> None:
        """Never blocks; nothing happens once it is closed."""
        with suppress(OSError):  # full of wake-ups that nobody has taken yet, or closed
            self._out.send(b"!")

    def wait(self, files: Sequence[int], patience_s: float | None) -> list[int]:
        """Those of ``files`` that can be read; none if ``patience_s`` was over first, or somebody called `wake`."""
        readable, _, _ = select.select([*files, self._in.fileno()], [], [], patience_s)
        with suppress(BlockingIOError):
            self._in.recv(WAKE_SIZE)
        return [each for each in files if each in readable]

    def close(self) -> None:
        self._out.close()
        self._in.close()


class EdgeThread(ABC):
    """One thread at one device. `start`, `is_alive` and `stop` may be called from any thread; only `stop` waits."""

    STOP_S: ClassVar[float] = 1.0
    """How long `stop` waits at most for the device to be let go."""

    def __init__(self, name: str, inbox: Inbox, now_us: Callable[[], int]) -> None:
        self.name = name
        self._inbox = inbox
        self._now_us = now_us
        self._wakeup = Wakeup()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        """False once the thread has ended, by `stop` or by a fault of ours."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Let go of the device and end the thread."""
        self._stopping.set()
        self._wakeup.wake()
        if self.is_alive():
            self._thread.join(timeout=self.STOP_S)
        if not self.is_alive():
            self._wakeup.close()

    # The device's own thread

    @abstractmethod
    def _run(self) -> None:
        """Serve the device until `stop`."""

    def _woken(self) -> None:  # noqa: B027 - few have anything
        """Whatever is due although there is no device now."""

    def _post(self, events: Iterable[Event]) -> None:
        for event in events:
            self._inbox.put(event)

    def _patience_s(self, deadline_us: int | None) -> float | None:
        return None if deadline_us is None else max(0, deadline_us - self._now_us()) / 1_000_000

    def _wait_to_reopen(self, pause_us: int) -> None:
        until_us = self._now_us() + pause_us
        while not self._stopping.is_set() and self._now_us() < until_us:
            self._wakeup.wait([], self._patience_s(until_us))
            self._woken()


class Reopening:
    """When to try a device again, and which of its failures are worth a line in the text log."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pause_us = REOPEN_FIRST_US
        self._complained_of: int | None = None
        """errno of the failure that was last written to the log, so that each is written once."""

    def worked(self) -> None:
        """The device said something: the next failure is a new one."""
        self._pause_us = REOPEN_FIRST_US
        self._complained_of = None

    def failed(self, error: Exception) -> int:
        """How many microseconds to wait before the next try: longer each time, and long where the trouble stays."""
        code = _error_number(error)
        if code != self._complained_of:
            self._complained_of = code
            log.warning("%s: %s", self._path, error)
        if code in (errno.EACCES, errno.EPERM):
            return REOPEN_FORBIDDEN_US
        pause_us = self._pause_us
        self._pause_us = min(2 * pause_us, REOPEN_LIMIT_US)
        return pause_us


def _error_number(error: Exception) -> int:
    """The error's number; termios.error, which is no OSError, carries it as its first argument. 0 if there is none."""
    if isinstance(error, OSError):
        return error.errno or 0
    return next((each for each in error.args if isinstance(each, int)), 0)
