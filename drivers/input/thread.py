"""The scanner thread: waits on one scanner, posts its scans, and opens it again whenever it vanished.

Holds the waiting. It must not know the kind of device, nor what a scan means.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Protocol

from drivers.edge import Inbox, Reopening, Wakeup
from drivers.input.assembly import Assembler
from drivers.serial_port import PORT_ERRORS
from kiosk.core.events import Event, ScannerLost, ScannerReady

STOP_S = 1.0


class Device(Protocol):
    """A scanner that is open. Everything in it raises one of `PORT_ERRORS` when it is gone."""

    def files(self) -> Sequence[int]:
        """What to wait for."""
        ...

    def read(self, file: int) -> str:
        """The characters that came on a ``file`` that can be read."""
        ...

    def close(self) -> None: ...


class ScannerThread:
    """One thread for one scanner. `start` and `stop` may be called from any thread."""

    def __init__(
        self, name: str, path: str, open_device: Callable[[], Device], inbox: Inbox, now_us: Callable[[], int]
    ) -> None:
        self.name = f"scanner {name}"
        self._scanner = name
        self._open_device = open_device
        self._inbox = inbox
        self._now_us = now_us
        self._assembler = Assembler(name)
        self._wakeup = Wakeup()
        self._reopening = Reopening(path)
        self._lost = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        """False once the thread has ended, by `stop` or by a fault of ours."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Let go of the scanner and end the thread: at most about a second."""
        self._stopping.set()
        self._wakeup.wake()
        if self.is_alive():
            self._thread.join(timeout=STOP_S)
        if not self.is_alive():
            self._wakeup.close()

    # The scanner's own thread

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
            readable = self._wakeup.wait(device.files(), self._patience_s(self._assembler.deadline_us()))
            if not readable:
                self._post(self._assembler.expire(self._now_us()))
            for file in readable:
                self._take(device.read(file))

    def _take(self, characters: str) -> None:
        if characters:
            self._reopening.worked()
        self._post(self._assembler.receive(characters, self._now_us()))

    def _post(self, events: Iterable[Event]) -> None:
        for event in events:
            self._inbox.put(event)

    def _patience_s(self, deadline_us: int | None) -> float | None:
        return None if deadline_us is None else max(0, deadline_us - self._now_us()) / 1_000_000

    # Without a scanner

    def _device_failed(self) -> None:
        self._assembler.drop()
        if not self._lost:
            self._lost = True
            self._inbox.put(ScannerLost(self._scanner))

    def _wait_to_reopen(self, pause_us: int) -> None:
        until_us = self._now_us() + pause_us
        while not self._stopping.is_set() and self._now_us() < until_us:
            self._wakeup.wait([], self._patience_s(until_us))
