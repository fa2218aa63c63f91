"""The shared-memory display: frames in a file that other programs map, touches from a named pipe.

Holds the writing side of both. It must not know who looks or touches.
"""

import mmap
import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pygame

from ui.display.finger import OneFinger
from ui.display.frames import HEADER, LAST_SEQUENCE, MAGIC, SEQUENCE, SEQUENCE_AT, VERSION, file_bytes, sequence_in
from ui.display.seam import Area, DisplayError, Phase, Touch, new_canvas

LINE = re.compile(rb"(down|move|up) (-?\d{1,5}) (-?\d{1,5})")
LONGEST_LINE = 64
"""Bytes, more than any line that means something."""
PIPE_BYTES = 65_536
"""What a pipe holds (pipe(7)): one read empties it."""
PRIVATE = 0o600
ANY_FINGER = 0


class MemoryDisplay:
    """A display that other programs see and touch. Only this user's: the pictures are as private as the screen."""

    asked_to_stop = False

    def __init__(
        self, size_px: tuple[int, int], frames: Path, touches: Path, canvas: pygame.Surface | None = None
    ) -> None:
        """Makes a new file of frames in the place of an old one, and the pipe if it is not there. Raises DisplayError.

        Whoever has the old file mapped keeps it, standing still. ``canvas`` is one of this size that another display
        shows as well.
        """
        self._canvas = new_canvas(size_px) if canvas is None else canvas
        self._pipe = _opened(touches)
        try:
            self._shared = _new_file(size_px, frames)
        except OSError as error:
            os.close(self._pipe)
            raise _error(frames, "frames", "a file in a directory that can be written", error) from error
        self._picture = pygame.image.frombuffer(memoryview(self._shared)[HEADER.size :], size_px, "BGRA")
        self._parser = TouchParser(size_px)
        self._closed = False

    @property
    def size_px(self) -> tuple[int, int]:
        return self._canvas.get_size()

    @property
    def canvas(self) -> pygame.Surface:
        return self._canvas

    @property
    def sequence(self) -> int:
        """The sequence number of the frame shown last; 0 before the first."""
        return sequence_in(self._shared)

    def touches(self) -> Sequence[Touch]:
        try:
            return self._parser.feed(os.read(self._pipe, PIPE_BYTES))
        except BlockingIOError:
            return ()

    def present(self, areas: Sequence[Area]) -> None:
        shown = areas if self.sequence else [self._canvas.get_rect()]
        if not shown:
            return
        before = self.sequence
        self._number(before + 1)
        self._picture.blits([(self._canvas, area, area) for area in map(self._clipped, shown)], doreturn=False)
        self._number(2 if before == LAST_SEQUENCE else before + 2)

    def close(self) -> None:
        """The file stays with its last frame, and the pipe for the next start."""
        if not self._closed:
            self._closed = True
            os.close(self._pipe)

    def _clipped(self, area: Area) -> Area:
        return self._canvas.get_rect().clip(area)

    def _number(self, sequence: int) -> None:
        SEQUENCE.pack_into(self._shared, SEQUENCE_AT, sequence)


class TouchParser:
    """Bytes of the pipe in, touches out; whatever is no line of a touch is passed over."""

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._finger = OneFinger(size_px)
        self._rest = b""

    def feed(self, data: bytes) -> Sequence[Touch]:
        *lines, rest = (self._rest + data).split(b"\n")
        # The beginning of an endless line is enough to refuse it when it ends.
        self._rest = rest[:LONGEST_LINE]
        found = [match for match in map(LINE.fullmatch, lines) if match]
        read = [Touch(Phase(match[1].decode()), int(match[2]), int(match[3])) for match in found]
        return [touch for each in read for touch in self._finger.seen(ANY_FINGER, each)]


# --- files ---


def _opened(touches: Path) -> int:
    """The pipe for reading, empty. Raises DisplayError.

    Open for writing as well, so that it does not end when the last writer goes (fifo(7)).
    """
    try:
        with suppress(FileExistsError):
            os.mkfifo(touches, PRIVATE)
        if not stat.S_ISFIFO(touches.stat().st_mode):
            raise _error(touches, "touches", "a named pipe, or a path where nothing is,", "this is something else")
        pipe = os.open(touches, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise _error(touches, "touches", "a named pipe that can be made or opened", error) from error
    _empty(pipe)
    return pipe


def _empty(pipe: int) -> None:
    """Touches from before this start were meant for another picture."""
    with suppress(BlockingIOError):
        while os.read(pipe, PIPE_BYTES):
            """More may follow."""


def _new_file(size_px: tuple[int, int], frames: Path) -> mmap.mmap:
    beside = frames.with_name(f".{frames.name}.new")
    beside.unlink(missing_ok=True)
    file = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE)
    try:
        # With its blocks: on a full disk this fails here, where writing to the map would kill the process (SIGBUS).
        os.posix_fallocate(file, 0, file_bytes(size_px))
        os.pwrite(file, HEADER.pack(MAGIC, VERSION, *size_px, 0), 0)
        beside.replace(frames)
        return mmap.mmap(file, file_bytes(size_px))
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    finally:
        os.close(file)


def _error(path: Path, what: str, allowed: str, why: OSError | str) -> DisplayError:
    told = why if isinstance(why, str) else why.strerror or str(why)
    return DisplayError(f"display: {what}: {allowed} is allowed; {path}: {told}")
