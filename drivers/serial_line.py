"""The serial line thread: moves bytes between one port and its line master, and reopens the port whenever it vanished.

Holds the port, the wake-up and the waiting. It must not know what the bytes mean, nor decide what is sent.
"""

import errno
import logging
import select
import socket
import termios
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

import serial

from drivers.bank import LineMaster
from kiosk.core.effects import LineEffect
from kiosk.core.events import Event

LINE_ERRORS = (OSError, serial.SerialException, termios.error)
"""Everything a port that went away was seen to raise; termios.error is not an OSError."""
REOPEN_FIRST_US = 250_000
REOPEN_LIMIT_US = 5_000_000
REOPEN_FORBIDDEN_US = 30_000_000
"""A port that may not be opened stays so until a person changes it."""
STOP_US = 2_000_000
"""How long switching everything off may take at the end: a running pulse and one silent board."""
WRITE_TIMEOUT_S = 1.0
READ_SIZE = 4096

log = logging.getLogger(__name__)


class Inbox(Protocol):
    """Takes events to the engine without blocking."""

    def put(self, item: Event, /) -> None: ...


@dataclass(frozen=True, slots=True)
class PortSettings:
    """Where the port is and how fast. ``path`` must be stable, such as one of /dev/serial/by-path; always 8N1."""

    path: str
    baud: int


@dataclass(frozen=True, slots=True)
class _Stop:
    """The last thing in the queue."""


class SerialLine:
    """One thread for one port. `send` and `stop` may be called from any thread; everything else happens in its own."""

    def __init__(self, settings: PortSettings, master: LineMaster, inbox: Inbox, now_us: Callable[[], int]) -> None:
        self.name = f"line {settings.path}"
        self._settings = settings
        self._master = master
        self._inbox = inbox
        self._now_us = now_us
        self._queue: SimpleQueue[LineEffect | _Stop] = SimpleQueue()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.settimeout(0)
        self._wake_in.settimeout(0)
        self._reopen_us = REOPEN_FIRST_US
        self._complained_of: int | None = None
        """errno of the failure that was last written to the text log, so that each is written once."""
        self._stop_by_us: int | None = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        """False once the thread has ended, by `stop` or by a fault of ours."""
        return self._thread.is_alive()

    def send(self, effect: LineEffect) -> None:
        """Hand over an effect: enqueues and wakes, never blocks."""
        self._put(effect)

    def stop(self) -> None:
        """Switch all outputs off as far as possible, let go of the port, end the thread: at most about two seconds."""
        self._put(_Stop())
        if self.is_alive():
            self._thread.join(timeout=STOP_US / 1_000_000 + WRITE_TIMEOUT_S)
        if not self.is_alive():
            self._wake_out.close()
            self._wake_in.close()

    def _put(self, item: LineEffect | _Stop) -> None:
        self._queue.put(item)
        with suppress(OSError):  # full of wake-ups that nobody has taken yet, or closed by `stop`
            self._wake_out.send(b"!")

    # The line's own thread

    def _run(self) -> None:
        while not self._finished():
            try:
                with closing(self._open()) as port:
                    self._master.opened(self._now_us())
                    self._serve(port)
            except LINE_ERRORS as error:
                self._line_failed(error)
                self._wait_to_reopen(error)

    def _open(self) -> serial.Serial:
        port = serial.Serial(baudrate=self._settings.baud, exclusive=True, timeout=0, write_timeout=WRITE_TIMEOUT_S)
        # Some relay boards take a raised line for a command; pyserial itself passes over ports that have no such lines.
        port.dtr = False
        port.rts = False
        port.port = self._settings.path
        port.open()
        # FTDI chips otherwise hold received bytes back for up to 16 ms; a pseudo-terminal has no such mode.
        with suppress(ValueError, *LINE_ERRORS):
            port.set_low_latency_mode(True)
        return port

    def _serve(self, port: serial.Serial) -> None:
        while True:
            self._take_effects()
            frame = self._master.wants_to_send(self._now_us())
            if frame is not None:
                self._write(port, frame)
            self._post_events()
            if self._finished():
                return
            self._wait(port)

    def _write(self, port: serial.Serial, frame: bytes) -> None:
        port.reset_input_buffer()  # late bytes must not answer this request
        port.write(frame)
        termios.tcdrain(port.fileno())
        self._master.sent(self._now_us())

    def _wait(self, port: serial.Serial) -> None:
        fd = port.fileno()
        readable, _, _ = select.select(
            [fd, self._wake_in.fileno()], [], [], self._patience_s(self._master.deadline_us())
        )
        if fd not in readable:
            return
        data = port.read(READ_SIZE)
        if data:
            self._complained_of = None
            self._reopen_us = REOPEN_FIRST_US
        self._master.receive(data, self._now_us())
        self._post_events()

    def _take_effects(self) -> None:
        with suppress(BlockingIOError):
            self._wake_in.recv(READ_SIZE)
        with suppress(Empty):
            while True:
                self._take(self._queue.get_nowait())

    def _take(self, item: LineEffect | _Stop) -> None:
        now_us = self._now_us()
        if isinstance(item, _Stop):
            self._stop_by_us = now_us + STOP_US
            self._master.stop(now_us)
        else:
            self._master.submit(item, now_us)

    def _post_events(self) -> None:
        for event in self._master.take_events():
            self._inbox.put(event)

    def _finished(self) -> bool:
        if self._stop_by_us is None:
            return False
        return self._master.stopped or self._now_us() >= self._stop_by_us

    def _patience_s(self, deadline_us: int | None) -> float | None:
        deadlines = [each for each in (deadline_us, self._stop_by_us) if each is not None]
        if not deadlines:
            return None
        return max(0, min(deadlines) - self._now_us()) / 1_000_000

    # Without a port

    def _line_failed(self, error: Exception) -> None:
        self._master.lost(self._now_us())
        self._post_events()
        code = _errno(error)
        if code != self._complained_of:
            self._complained_of = code
            log.warning("%s: %s", self._settings.path, error)

    def _wait_to_reopen(self, error: Exception) -> None:
        """Sit out the back-off; effects that come meanwhile get their answer at once, a stop ends it."""
        forbidden = _errno(error) in (errno.EACCES, errno.EPERM)
        pause_us = REOPEN_FORBIDDEN_US if forbidden else self._reopen_us
        self._reopen_us = min(2 * self._reopen_us, REOPEN_LIMIT_US)
        until_us = self._now_us() + pause_us
        while not self._finished() and self._now_us() < until_us:
            select.select([self._wake_in], [], [], self._patience_s(until_us))
            self._take_effects()
            self._post_events()


def _errno(error: Exception) -> int:
    """The error's number; termios.error carries it as its first argument. 0 if there is none."""
    code = getattr(error, "errno", None)
    if code is None and isinstance(error, termios.error):
        code = error.args[0]
    return code or 0
