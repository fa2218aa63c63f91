"""The process that has the camera: takes pictures while it is told to look, and says which codes are in them.

Holds the commands and the answers. It must not know what a code means. It ends when its standard input does, with the
kiosk. No picture leaves it but small ones, for the person to aim by, and a whole one for each that is asked for.

    python -m drivers.camera.grabber /dev/video0 1280 720 0
"""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress

from drivers.camera.confirm import Confirmation
from drivers.camera.decode import Gaze
from drivers.camera.device import CameraDevice, CameraError, Shown
from drivers.camera.wire import LOOK, PHOTO, Code, Failed, Message, Opened, Photograph, encode

FRAME_S = 0.1
"""Ten pictures a second are enough to aim by, and leave the rest of the processor to others."""
NICENESS = 10
COMMANDS = 64


class Grabber:
    """Listens for commands on one file and answers on another."""

    def __init__(self, device: CameraDevice, commands: int, answers: int) -> None:
        self._device = device
        self._commands = commands
        self._answers = answers
        self._looking = False
        self._photo = False

    def run(self) -> None:
        """Until nobody can command any more."""
        while self._looking or self._commanded(None):
            if self._looking:
                self._look()

    def _look(self) -> None:
        """Until another command comes, or pictures do not."""
        self._looking = False
        try:
            with self._pictures() as pictures:
                self._tell(Opened())
                self._read(pictures)
        except CameraError as error:
            self._tell(Failed(str(error)))

    def _read(self, pictures: Iterator[Shown]) -> None:
        gaze, confirmation = Gaze(), Confirmation()
        for shown in pictures:
            due_s = time.monotonic() + FRAME_S
            self._tell(shown.preview)
            if self._photo:
                self._photo = False
                self._tell(Photograph(shown.jpeg()))
            for reading in confirmation.frame(gaze.read(shown.picture), time.monotonic_ns() // 1000):
                self._tell(Code(reading.text))
            if self._waiting(max(0, due_s - time.monotonic())) and not self._goes_on():
                return

    def _goes_on(self) -> bool:
        """A picture that is wanted is no reason to close the camera, as any other command is."""
        return self._commanded(0) and self._photo and not self._looking

    def _commanded(self, patience_s: float | None) -> bool:
        """Take the newest command; False when there will never be another."""
        self._waiting(patience_s)
        commands = os.read(self._commands, COMMANDS)
        self._photo = commands.endswith(PHOTO)
        self._looking = commands.rstrip(PHOTO).endswith(LOOK)
        return bool(commands)

    def _waiting(self, patience_s: float | None) -> bool:
        return bool(select.select([self._commands], [], [], patience_s)[0])

    def _tell(self, message: Message) -> None:
        data = memoryview(encode(message))
        while data:
            data = data[os.write(self._answers, data) :]

    # --- the camera ---

    def _pictures(self) -> AbstractContextManager[Iterator[Shown]]:
        try:
            from drivers.camera.capture import pictures_of  # noqa: PLC0415 - OpenCV: 50 MB, for who looks
        except ImportError as error:
            message = f"OpenCV is missing ({error}); `./run setup camera` installs it"
            raise CameraError(message) from None
        return pictures_of(self._device)


def main(arguments: Sequence[str]) -> None:
    """The process: commands on standard input, answers on what was standard output."""
    path, width, height, rotate_degrees = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the kiosk ends this process itself
    with suppress(OSError):  # a service may be kept from it
        os.nice(NICENESS)
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not print into the answers
    with suppress(BrokenPipeError):  # nobody listens any more: the kiosk has ended
        Grabber(CameraDevice(path, int(width), int(height), int(rotate_degrees)), sys.stdin.fileno(), answers).run()


if __name__ == "__main__":
    main(sys.argv[1:])
