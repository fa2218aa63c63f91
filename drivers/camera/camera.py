"""The camera's thread: has a process that looks while it is wanted, posts the codes it saw, and keeps its newest frame.

Holds the process: begun when it is first wanted, begun again when it ended. It must not know a camera, a picture or a
code; a camera that is missing is an answer, and the kiosk goes on without.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar, assert_never

from drivers.camera.device import CameraDevice
from drivers.camera.wire import LOOK, PHOTO, REST, Code, Failed, Frame, Message, Messages, Opened, Photograph
from drivers.edge import EdgeThread, Inbox, Reopening
from kiosk.core.carriers import LONGEST
from kiosk.core.events import CAMERA, PhotoFailed, PhotoTaken, Scanned, ScannerLost, ScannerReady, ScanRejected
from kiosk.core.ids import Secret

END_S = 1.0
READ_SIZE = 1 << 20
NOT_HANDED_ON = ("CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")
"""Of the environment: keys are none of the camera's business, nor is the service manager."""

log = logging.getLogger(__name__)


def grabber_command(device: CameraDevice) -> list[str]:
    return [sys.executable, "-P", "-m", "drivers.camera.grabber", *device.arguments()]


class Camera(EdgeThread):
    """`look`, `photograph` and `newest_frame` may be called from any thread, too; none of them waits."""

    STOP_S: ClassVar[float] = 2 * END_S
    """The process may take as long to end, and is killed then."""

    def __init__(
        self, device: CameraDevice, inbox: Inbox, now_us: Callable[[], int], keep: Callable[[bytes], str] | None = None
    ) -> None:
        """``keep`` keeps a picture as JPEG and answers with its name, or raises OSError; without it none is kept."""
        super().__init__(CAMERA, inbox, now_us)
        self._keep = keep
        self._photo_asked = False
        self._photo_due = False
        """The process was asked for a picture that has not come."""
        self._command = grabber_command(device)
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

    # Any thread

    def look(self, *, wanted: bool) -> None:
        """From now on codes are looked for, or no more."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._wakeup.wake()

    def photograph(self) -> None:
        """Keep the next picture: `PhotoTaken`, or `PhotoFailed`, is posted."""
        self._photo_asked = True
        self._wakeup.wake()

    def newest_frame(self) -> Frame | None:
        """What the camera sees; None while it does not look."""
        return self._frame

    # The camera's own thread

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._ask()
                files = _files(self._process)
                if self._wakeup.wait(files, self._until_retry_s()):
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
        if self._photo_asked:
            self._photo_asked = False
            self._ask_for_photo()

    def _ask_for_photo(self) -> None:
        """Without a camera that looks, or a place to keep a picture, there is none."""
        self._photo_due = True
        if self._keep is None or not self._asked:
            self._no_photo()
        else:
            self._command_process(PHOTO)

    def _no_photo(self) -> None:
        if self._photo_due:
            self._photo_due = False
            self._inbox.put(PhotoFailed())

    def _photographed(self, jpeg: bytes) -> None:
        if self._keep is None or not self._photo_due:
            return
        try:
            photo = self._keep(jpeg)
        except OSError as error:
            log.warning("no photograph: %s", error)
            self._no_photo()
            return
        self._photo_due = False
        self._inbox.put(PhotoTaken(photo))

    def _until_retry_s(self) -> float | None:
        return self._patience_s(self._retry_us if self._wanted and not self._asked else None)

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
            case Photograph(jpeg=jpeg):
                self._photographed(jpeg)
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
        self._no_photo()

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
