"""The thread of one input device, a scanner, keypad or badge reader: waits on it, posts its events, and opens it again
whenever it vanished.

Holds the waiting. It must not know the kind of device, nor what an event means.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Protocol

from drivers.edge import Inbox, Reopening, Wakeup
from drivers.serial_port import PORT_ERRORS
from kiosk.core.events import Event, ScannerLost, ScannerReady

STOP_S = 1.0


class Device(Protocol):
    """A device that is open. Everything in it raises one of `PORT_ERRORS` when it is gone."""

    def files(self) -> Sequence[int]:
        """What to wait for."""
        ...

    def attend(self, *, wanted: bool, now_us: int) -> None:
        """Say to it what is due. ``wanted`` says whether a page asks for a scan."""
        ...

    def deadline_us(self) -> int | None:
        """When to call `attend` and `expire` unless something comes before."""
        ...

    def read(self, file: int, now_us: int) -> Sequence[Event]:
        """What happened, from what came on a ``file`` that can be read."""
        ...

    def expire(self, now_us: int) -> Sequence[Event]:
        """What happened because nothing more has come until now."""
        ...

    def close(self) -> None: ...


class ScannerThread:
    """One thread for one device. `start`, `look` and `stop` may be called from any thread; only `stop` waits."""

    def __init__(
        self, name: str, path: str, open_device: Callable[[], Device], inbox: Inbox, now_us: Callable[[], int]
    ) -> None:
        """``name`` is among the names of all input devices; ``path`` is told in the log."""
        self.name = f"scanner {name}"
        self._scanner = name
        self._open_device = open_device
        self._inbox = inbox
        self._now_us = now_us
        self._wakeup = Wakeup()
        self._reopening = Reopening(path)
        self._wanted = False
        self._lost = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        """False once the thread has ended, by `stop` or by a fault of ours."""
        return self._thread.is_alive()

    def look(self, *, wanted: bool) -> None:
        """A page asks for a scan from now on, or no more."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._wakeup.wake()

    def stop(self) -> None:
        """Let go of the device and end the thread: at most about a second."""
        self._stopping.set()
        self._wakeup.wake()
        if self.is_alive():
            self._thread.join(timeout=STOP_S)
        if not self.is_alive():
            self._wakeup.close()

    # The device's own thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._open_device()) as device:
                    self._lost = False
                    self._inbox.put(ScannerReady(self._scanner))
                    self._serve(device)
            except PORT_ERRORS as error:
                self._device_failed()
                self._wait_to_reopen(self._reopening.failed(error))

    def _serve(self, device: Device) -> None:
        while not self._stopping.is_set():
            device.attend(wanted=self._wanted, now_us=self._now_us())
            readable = self._wakeup.wait(device.files(), self._patience_s(device.deadline_us()))
            if not readable:
                self._post(device.expire(self._now_us()))
            for file in readable:
                self._post(device.read(file, self._now_us()))
                self._reopening.worked()

    def _post(self, events: Iterable[Event]) -> None:
        for event in events:
            self._inbox.put(event)

    def _patience_s(self, deadline_us: int | None) -> float | None:
        return None if deadline_us is None else max(0, deadline_us - self._now_us()) / 1_000_000

    # Without a device

    def _device_failed(self) -> None:
        if not self._lost:
            self._lost = True
            self._inbox.put(ScannerLost(self._scanner))

    def _wait_to_reopen(self, pause_us: int) -> None:
        until_us = self._now_us() + pause_us
        while not self._stopping.is_set() and self._now_us() < until_us:
            self._wakeup.wait([], self._patience_s(until_us))
