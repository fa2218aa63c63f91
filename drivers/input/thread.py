"""The thread of one input device, a scanner, keypad or badge reader: waits on it, posts its events, and opens it again
whenever it vanished.

Holds the waiting. It must not know the kind of device, nor what an event means.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Protocol

from drivers.edge import EdgeThread, Inbox, Reopening
from drivers.serial_port import PORT_ERRORS
from kiosk.core.events import Event, ScannerLost, ScannerReady


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


class ScannerThread(EdgeThread):
    """One thread for one device."""

    def __init__(
        self, name: str, path: str, open_device: Callable[[], Device], inbox: Inbox, now_us: Callable[[], int]
    ) -> None:
        """``name`` is among the names of all input devices; ``path`` is told in the log."""
        super().__init__(f"scanner {name}", inbox, now_us)
        self._scanner = name
        self._open_device = open_device
        self._reopening = Reopening(path)
        self._wanted = False
        self._lost = False

    # Any thread

    def look(self, *, wanted: bool) -> None:
        """A page asks for a scan from now on, or no more."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._wakeup.wake()

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

    # Without a device

    def _device_failed(self) -> None:
        if not self._lost:
            self._lost = True
            self._inbox.put(ScannerLost(self._scanner))
