"""The camera's thread: has a process that looks while it is wanted, posts the codes it saw, and keeps its newest frame.

Holds the process: begun when it is first wanted, begun again when it ended. It must not know a camera, a picture or a
code; a camera that is missing is an answer, and the kiosk goes on without.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import assert_never

from drivers.camera.device import CameraDevice
from drivers.camera.wire import LOOK, REST, Code, Failed, Frame, Message, Messages, Opened
from drivers.edge import Inbox, Reopening, Wakeup
from kiosk.core.carriers import LONGEST
from kiosk.core.events import Scanned, ScannerLost, ScannerReady, ScanRejected
from kiosk.core.ids import Secret

NAME = "camera"
"""Among the scanners."""
END_S = 1.0
STOP_S = 2 * END_S
READ_SIZE = 1 << 20
NOT_HANDED_ON = ("CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")
"""Of the environment: keys are none of the camera's business, nor is the service manager."""

log = logging.getLogger(__name__)


def grabber_command(device: CameraDevice) -> list[str]:
    return [sys.executable, "-P", "-m", "drivers.camera.grabber", *device.arguments()]


class Camera:
    """`start`, `stop`, `look` and `newest_frame` may be called from any thread; none of them waits but `stop`."""

    def __init__(self, device: CameraDevice, inbox: Inbox, now_us: Callable[[], int]) -> None:
        self.name = NAME
        self._command = grabber_command(device)
        self._inbox = inbox
        self._now_us = now_us
        self._wakeup = Wakeup()
        self._reopening = Reopening(device.path)
        self._wanted = False
        self._frame: Frame | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._messages = Messages()
        self._asked = False
        """The process was told to look."""
        self._open = False
        """It does."""
        self._retry_us = 0
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
        """From now on codes are looked for, or no more."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._wakeup.wake()

    def newest_frame(self) -> Frame | None:
        """What the camera sees; None while it does not look."""
        return self._frame

    def stop(self) -> None:
        """End the process and the thread: at most about two seconds."""
        self._stopping.set()
        self._wakeup.wake()
        if self.is_alive():
            self._thread.join(timeout=STOP_S)
        if not self.is_alive():
            self._wakeup.close()

    # The camera's own thread

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._ask()
                files = _files(self._process)
                if self._wakeup.wait(files, self._patience_s()):
                    self._take(os.read(files[0], READ_SIZE))
        finally:
            self._end_process()

    def _ask(self) -> None:
        """Tell the process what is wanted, if it does not know; after a failure only when its time has come."""
        if not self._wanted and self._asked:
            self._asked = False
            self._close()
            self._command_process(REST)
        elif self._wanted and not self._asked and self._now_us() >= self._retry_us:
            self._asked = True
            self._command_process(LOOK)

    def _patience_s(self) -> float | None:
        if not self._wanted or self._asked:
            return None
        return max(0, self._retry_us - self._now_us()) / 1_000_000

    def _command_process(self, command: bytes) -> None:
        try:
            if self._process is None:
                self._process = _begun(self._command)
            if self._process.stdin is not None:
                self._process.stdin.write(command)
        except OSError as error:
            self._failed(error)

    def _take(self, data: bytes) -> None:
        if not data:
            self._end_process()
            self._failed(OSError("the camera's process ended"))
            return
        for message in self._messages.receive(data):
            self._heard(message)

    def _heard(self, message: Message) -> None:
        match message:
            case Opened():
                self._opened()
            case Failed(reason=reason):
                self._failed(OSError(reason))
            case Frame() if self._open:
                self._frame = message
                self._reopening.worked()
            case Code(text=text) if self._open:
                too_long = len(text) > LONGEST
                self._inbox.put(ScanRejected(len(text)) if too_long else Scanned(Secret(text), self.name))
            case Frame() | Code():
                """Of a look that is over."""
            case _:
                assert_never(message)

    def _opened(self) -> None:
        self._open = self._asked
        if self._lost:
            self._lost = False
            self._inbox.put(ScannerReady(self.name))

    def _failed(self, error: OSError) -> None:
        self._asked = False
        self._close()
        self._retry_us = self._now_us() + self._reopening.failed(error)
        if not self._lost:
            self._lost = True
            self._inbox.put(ScannerLost(self.name))

    def _close(self) -> None:
        self._open = False
        self._frame = None

    def _end_process(self) -> None:
        """It ends with its standard input; one that hangs in a driver is killed."""
        process, self._process = self._process, None
        self._messages = Messages()
        self._close()
        if process is None:
            return
        with process:
            with suppress(OSError):
                if process.stdin is not None:
                    process.stdin.close()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _begun(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if name not in NOT_HANDED_ON}
    return subprocess.Popen(  # noqa: S603 - our own module, and settings that were read strictly
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=environment, cwd=os.sep
    )


def _files(process: "subprocess.Popen[bytes] | None") -> list[int]:
    return [] if process is None or process.stdout is None else [process.stdout.fileno()]
