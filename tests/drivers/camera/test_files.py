"""Pictures from files: every kind that is allowed, and every way a file is none."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.files import LARGEST_FILE, PictureError, load_picture
from tests.drivers.camera.symbols import Pixels

GREY: Pixels = np.repeat(np.arange(0, 240, 8, dtype=np.uint8)[None], 20, axis=0)
HEIGHT, WIDTH = GREY.shape


def encoded(suffix: str, pixels: Pixels = GREY) -> bytes:
    return bytes(cv2.imencode(suffix, pixels)[1].tobytes())


def at(directory: Path, data: bytes) -> Path:
    path = directory / "picture"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("suffix", "off_by"), [(".png", 2), (".bmp", 2), (".gif", 40), (".jpg", 4)])
def test_each_kind_of_file_is_read_in_grey(tmp_path: Path, suffix: str, off_by: int) -> None:
    """Shades of grey are weighed from rounded colours; a GIF is dithered here, a JPEG has lost some."""
    picture = load_picture(at(tmp_path, encoded(suffix, np.repeat(GREY[:, :, None], 3, axis=2))))

    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    found = np.frombuffer(picture.grey, np.uint8).reshape(HEIGHT, WIDTH)
    assert int(np.abs(found.astype(int) - GREY).max()) <= off_by


def test_colours_become_the_grey_they_look_like(tmp_path: Path) -> None:
    colours = np.zeros((1, 3, 3), np.uint8)
    colours[0] = [[255, 255, 255], [0, 255, 0], [255, 0, 0]]  # white, green, blue: OpenCV has blue first

    white, green, blue = load_picture(at(tmp_path, encoded(".png", colours))).grey

    assert white == 255
    assert white > green > blue > 0


def test_what_is_transparent_is_paper(tmp_path: Path) -> None:
    pixels = np.zeros((1, 2, 4), np.uint8)
    pixels[0, 1, 3] = 255  # black and opaque; the first one is nothing at all

    assert load_picture(at(tmp_path, encoded(".png", pixels))).grey == b"\xff\x00"


def test_rows_of_a_bitmap_may_come_from_the_top(tmp_path: Path) -> None:
    data = bytearray(encoded(".bmp", np.repeat(GREY[:, :, None], 3, axis=2)))
    data[22:26] = struct.pack("<i", -HEIGHT)

    assert load_picture(at(tmp_path, bytes(data))).height == HEIGHT


def png_of(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and no more."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def jpeg_of(width: int, height: int) -> bytes:
    """Fill bytes and a comment, then a progressive frame."""
    comment, frame = b"\xff\xff\xfe\0\4ok", b"\xff\xc2\0\x0b\x08" + struct.pack(">HH", height, width)
    return b"\xff\xd8" + comment + frame + b"\1\1\x11\0"


NOT_PICTURES = (
    (b"", "is empty"),
    (b"hello", "is no picture; PNG, JPEG, GIF and BMP are allowed"),
    (b"%PDF-1.7 ...", "is no picture"),
    (png_of(10_000, 10_000), "is a picture of 10000 by 10000 pixels; at most 64 million, 16383 on a side, are allowed"),
    (png_of(1, 2_000_000), "is a picture of 1 by 2000000 pixels"),
    (jpeg_of(20_000, 9_000), "is a picture of 20000 by 9000 pixels"),
    (b"GIF89a\xff\xff\xff\xff", "is a picture of 65535 by 65535 pixels"),
    (b"BM" + bytes(12) + struct.pack("<Iii", 40, 9_000, -9_000), "is a picture of 9000 by 9000 pixels"),
    (b"BM" + bytes(12) + struct.pack("<IHH", 12, 60_000, 60_000), "is a picture of 60000 by 60000 pixels"),
    (png_of(0, 5), "is damaged: it has no size"),
    (b"\x89PNG\r\n\x1a\n", "is damaged: it has no size"),
    (b"\xff\xd8\xff\xe0\0", "is damaged: it has no size"),
    (b"BM", "is damaged: it has no size"),
    (png_of(30, 20), "is damaged: "),
    (jpeg_of(30, 20), "is damaged: "),
    (encoded(".png")[:-30], "is damaged: "),
)


@pytest.mark.parametrize(("data", "why"), NOT_PICTURES)
def test_what_is_no_picture_is_told_in_one_sentence(
    tmp_path: Path, data: bytes, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PictureError) as refused:
        load_picture(at(tmp_path, data))

    assert str(refused.value).startswith(why)
    assert "\n" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="cannot be read: No such file"):
        load_picture(tmp_path / "nothing")
    with pytest.raises(PictureError, match="cannot be read: Is a directory"):
        load_picture(tmp_path)
    with pytest.raises(PictureError, match="cannot be read: embedded null"):
        load_picture(Path("a\0b"))


def test_no_more_of_a_file_is_read_than_a_picture_may_have(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)

    with pytest.raises(PictureError, match="is larger than 64 million bytes"):
        load_picture(path)
