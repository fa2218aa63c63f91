"""The serial line thread: moves bytes between one port and its line master, and reopens the port whenever it vanished.

Holds the port, the wake-up and the waiting. It must not know what the bytes mean, nor decide what is sent.
"""

import termios
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import serial

from drivers.bank import LineMaster
from drivers.edge import Inbox, Reopening, Wakeup
from drivers.serial_port import PORT_ERRORS, READ_SIZE, WRITE_TIMEOUT_S, PortSettings, open_port
from kiosk.core.effects import LineEffect

STOP_US = 2_000_000
"""How long switching everything off may take at the end: a running pulse and one silent board."""


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
        self._wakeup = Wakeup()
        self._reopening = Reopening(settings.path)
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
            self._wakeup.close()

    def _put(self, item: LineEffect | _Stop) -> None:
        self._queue.put(item)
        self._wakeup.wake()

    # The line's own thread

    def _run(self) -> None:
        while not self._finished():
            try:
                # Some relay boards take a raised line for a command.
                with closing(open_port(self._settings, raised=False)) as port:
                    self._master.opened(self._now_us())
                    self._serve(port)
            except PORT_ERRORS as error:
                self._master.lost(self._now_us())
                self._post_events()
                self._wait_to_reopen(self._reopening.failed(error))

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
        if not self._wakeup.wait([port.fileno()], self._patience_s(self._master.deadline_us())):
            return
        data = port.read(READ_SIZE)
        if data:
            self._reopening.worked()
        self._master.receive(data, self._now_us())
        self._post_events()

    def _take_effects(self) -> None:
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

    def _wait_to_reopen(self, pause_us: int) -> None:
        """Sit out the pause; effects that come meanwhile get their answer at once, a stop ends it."""
        until_us = self._now_us() + pause_us
        while not self._finished() and self._now_us() < until_us:
            self._wakeup.wait([], self._patience_s(until_us))
            self._take_effects()
            self._post_events()
