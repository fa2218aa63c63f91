"""A picture from a file: PNG, JPEG, GIF or BMP, in shades of grey.

Holds the opening of files that anybody may have made: how large one may be is known before it is unpacked. It must not
know what is in a picture.
"""

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from drivers.camera.picture import Picture

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame  # it greets on standard output unless told not to

LARGEST_FILE = 64_000_000
"""Bytes."""
MOST_PIXELS = 64_000_000
"""Four bytes each while it is read; telephones take pictures of 12 to 50 million."""
LONGEST_SIDE = 16_383
"""Pixels; what pygame's surfaces were made for."""
PNG, BMP, JPEG = b"\x89PNG\r\n\x1a\n", b"BM", b"\xff\xd8\xff"
JPEG_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15; the three left out are tables, not frames (ITU-T T.81, table B.1)."""
WHITE = (255, 255, 255)


class PictureError(ValueError):
    """There is no picture to be had; the text says why, and what is allowed."""


def load_picture(path: Path) -> Picture:
    """The picture in a file; what is transparent in it is white. Raises PictureError."""
    data = _content(path)
    width, height = _size(data)
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        message = (
            f"is a picture of {width} by {height} pixels; at most {MOST_PIXELS // 1_000_000} million, "
            f"{LONGEST_SIDE} on a side, are allowed"
        )
        raise PictureError(message)
    try:
        with _silenced():
            surface = pygame.image.load(io.BytesIO(data))
    except (pygame.error, ValueError, MemoryError) as error:
        message = f"is damaged: {error}"
        raise PictureError(message) from None
    return _grey(surface)


@contextmanager
def _silenced() -> Iterator[None]:
    """Without what libpng writes to the standard error itself: the exception says it again."""
    before = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        message = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise PictureError(message) from None
    if len(data) > LARGEST_FILE:
        message = f"is larger than {LARGEST_FILE // 1_000_000} million bytes"
        raise PictureError(message)
    if not data:
        message = "is empty"
        raise PictureError(message)
    return data


def _grey(surface: pygame.Surface) -> Picture:
    paper = pygame.Surface(surface.get_size(), depth=24)
    paper.fill(WHITE)
    paper.blit(surface, (0, 0))
    width, height = paper.get_size()
    colours = pygame.image.tobytes(pygame.transform.grayscale(paper), "RGB")
    return Picture(width, height, colours[::3])


# --- how large a picture is, from its first bytes ---


def _size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises PictureError for anything that is no such file."""
    for begins, size_of in SIZES.items():
        if data.startswith(begins):
            width, height = size_of(data)
            if width > 0 and height > 0:
                return width, height
            message = "is damaged: it has no size"
            raise PictureError(message)
    message = "is no picture; PNG, JPEG, GIF and BMP are allowed"
    raise PictureError(message)


def _png_size(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _gif_size(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _bmp_size(data: bytes) -> tuple[int, int]:
    """Below 0 the height says that the rows come from the top."""
    if int.from_bytes(data[14:18], "little") < 40:  # noqa: PLR2004 - BITMAPINFOHEADER; the older one has short fields
        return int.from_bytes(data[18:20], "little"), int.from_bytes(data[20:22], "little")
    width = int.from_bytes(data[18:22], "little", signed=True)
    return width, abs(int.from_bytes(data[22:26], "little", signed=True))


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Of the frame header, behind segments that each tell their length."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - what each marker begins with
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in JPEG_SIZE_MARKERS:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 1 if marker == 0xFF else 2 + length  # noqa: PLR2004 - fill bytes may stand before a marker
    return 0, 0


SIZES: Mapping[bytes, Callable[[bytes], tuple[int, int]]] = {
    PNG: _png_size,
    JPEG: _jpeg_size,
    b"GIF87a": _gif_size,
    b"GIF89a": _gif_size,
    BMP: _bmp_size,
}
