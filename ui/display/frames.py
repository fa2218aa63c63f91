"""The file in which frames are shared: its header, and the sequence number that guards it.

Holds the format, for writers and readers alike:

    bytes 0-3   "KSCR"
    bytes 4-7   version, 1
    bytes 8-11  width in pixels
    bytes 12-15 height in pixels
    bytes 16-19 sequence: 0 before the first frame, odd while one is being written, 2 more with each
    bytes 20-63 zeros
    then        width x height pixels of four bytes, B G R X, rows from the top

Numbers are little-endian without sign. It must not know a display.
"""

import mmap
import struct
from dataclasses import dataclass

MAGIC = b"KSCR"
VERSION = 1
HEADER = struct.Struct("<4sIIII44x")
SEQUENCE = struct.Struct("<I")
SEQUENCE_AT = 16
PIXEL_BYTES = 4
LAST_SEQUENCE = 2**32 - 2
"""The one after it is 2 again: 0 would say that nothing was drawn yet."""


class FramesError(Exception):
    """What was read is no file of frames of this version."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole picture; ``pixels`` are B G R X, rows from the top."""

    width: int
    height: int
    sequence: int
    pixels: bytes


def file_bytes(size_px: tuple[int, int]) -> int:
    """The length of the file for pictures of this size."""
    return HEADER.size + size_px[0] * size_px[1] * PIXEL_BYTES


def sequence_in(shared: mmap.mmap) -> int:
    """The sequence number now: even and not that of the last frame means that there is something new."""
    number: int = SEQUENCE.unpack_from(shared, SEQUENCE_AT)[0]
    return number


def read_frame(shared: mmap.mmap) -> Frame | None:
    """The newest frame; None if there is none yet or one is being written: look again a little later.

    Raises FramesError if this is something else.
    """
    if len(shared) < HEADER.size:
        message = f"frames are {HEADER.size} bytes and more, not {len(shared)}"
        raise FramesError(message)
    magic, version, width, height, sequence = HEADER.unpack_from(shared)
    if (magic, version, len(shared)) != (MAGIC, VERSION, file_bytes((width, height))):
        message = f"frames of version {VERSION} are allowed, not {magic!r} {version} of {len(shared)} bytes"
        raise FramesError(message)
    pixels = shared[HEADER.size :]
    torn = sequence == 0 or sequence % 2 or sequence_in(shared) != sequence
    return None if torn else Frame(width, height, sequence, pixels)
