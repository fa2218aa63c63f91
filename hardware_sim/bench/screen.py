"""The kiosk's screen as another program sees it: the shared frames, the words beside them, the pipe of touches.

Holds the reader's side of the three files. It must not know what a screen shows. Each start of the kiosk makes new
files under the same names.
"""

import errno
import json
import mmap
import os
import struct
import threading
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ui.display.frames import Frame, FramesError, read_frame, sequence_in

TRIES, PAUSE_S = 100, 0.004
"""A frame that is being written is there within milliseconds, or later on a machine that is busy with other things."""
Seen = tuple[int, int]
"""Which frame: the file and its sequence number."""


class ScreenFile:
    """The frames. Any thread may look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._inode = 0
        self._shared: mmap.mmap | None = None
        self._png: tuple[Seen, bytes] | None = None

    def look(self) -> Seen | None:
        """Which frame is there; None if there is none."""
        with self._lock:
            sequence = 0 if (shared := self._followed()) is None else sequence_in(shared)
            return (self._inode, sequence) if sequence else None

    def png(self) -> bytes | None:
        """The newest whole frame as a picture; None if there is none. The same frame is drawn once."""
        with self._lock:
            frame = self._frame()
            if frame is None:
                return None
            seen = self._inode, frame.sequence
            if self._png is None or self._png[0] != seen:
                self._png = seen, png_of(frame.width, frame.height, frame.pixels)
            return self._png[1]

    def close(self) -> None:
        with self._lock:
            self._let_go()

    def _frame(self) -> Frame | None:
        shared = self._followed()
        if shared is None:
            return None
        pause = threading.Event()
        with suppress(FramesError):
            for _ in range(TRIES):
                frame = read_frame(shared)
                if frame is not None or sequence_in(shared) == 0:
                    return frame
                pause.wait(PAUSE_S)
        return None

    def _followed(self) -> mmap.mmap | None:
        """The file that has the name now."""
        try:
            inode = self._path.stat().st_ino
        except OSError:
            inode = 0
        if inode != self._inode:
            self._let_go()
            with suppress(OSError, ValueError), self._path.open("rb") as file:
                self._shared = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self._inode = os.fstat(file.fileno()).st_ino
        return self._shared

    def _let_go(self) -> None:
        if self._shared is not None:
            self._shared.close()
        self._shared, self._inode = None, 0


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    """An RGB picture in PNG (ISO/IEC 15948) from B, G, R, X.

    Measured on 1280 x 800: 10 ms and 86 KB, where pygame's own writer takes 28 ms and 91 KB.
    """
    rgb = bytearray(3 * width * height)
    rgb[0::3], rgb[1::3], rgb[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
    row = 3 * width
    rows = memoryview(rgb)
    raw = b"".join(part for y in range(height) for part in (b"\0", rows[y * row : (y + 1) * row]))
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(raw, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class ElementsFile:
    """What is on the screen, in words."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None

    def news(self) -> dict[str, Any] | None:
        """What the file says if it was written anew since the last call, else None."""
        try:
            status = self._path.stat()
            seen = status.st_ino, status.st_mtime_ns, status.st_size
            if seen == self._seen:
                return None
            told: dict[str, Any] = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return None
        self._seen = seen
        return told


class TouchPipe:
    """The touchscreen, from the finger's side."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, touches: Iterable[tuple[str, int, int]]) -> bool:
        """Kind (down, move, up) and place in whole pixels of each; False if nobody reads them."""
        lines = "".join(f"{kind} {x} {y}\n" for kind, x, y in touches)
        try:
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in (errno.ENXIO, errno.ENOENT):
                return False
            raise
        try:
            return os.write(pipe, lines.encode("ascii")) > 0
        except (BlockingIOError, BrokenPipeError):
            return False
        finally:
            os.close(pipe)
