"""Pictures as bytes: what makes them readable, pixel by pixel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.picture import Picture, inverted, slanted, stretched, turned


def rows(picture: Picture) -> list[bytes]:
    width = picture.width
    return [picture.grey[row * width : (row + 1) * width] for row in range(picture.height)]


@pytest.mark.parametrize(("width", "height", "grey"), [(2, 2, b"123"), (0, 0, b""), (-1, -1, b"1"), (4, 1, b"")])
def test_a_picture_has_one_byte_for_each_pixel(width: int, height: int, grey: bytes) -> None:
    with pytest.raises(ValueError, match="are no picture of"):
        Picture(width, height, grey)


def test_a_dim_picture_gets_all_the_shades_there_are() -> None:
    assert stretched(Picture(3, 1, bytes([10, 30, 50]))).grey == bytes([0, 127, 255])


def test_an_outlier_does_not_keep_a_picture_dim() -> None:
    dim = bytes([10, 50] * 199 + [255, 0])

    assert set(stretched(Picture(400, 1, dim)).grey) == {0, 255}


@pytest.mark.parametrize("grey", [b"\x10\x12\x14", b"\x00\x80\xff", b"\x50"])
def test_noise_is_not_stretched_nor_what_has_shades_enough(grey: bytes) -> None:
    picture = Picture(len(grey), 1, grey)

    assert stretched(picture) is picture


def test_light_for_dark_and_rows_for_columns() -> None:
    picture = Picture(3, 2, b"\x00\x01\x02\xfd\xfe\xff")

    assert inverted(picture).grey == b"\xff\xfe\xfd\x02\x01\x00"
    assert rows(turned(picture)) == [b"\x00\xfd", b"\x01\xfe", b"\x02\xff"]


def test_what_stood_at_a_slant_stands_upright() -> None:
    falling = Picture(3, 3, b"A....B....C".replace(b".", b"\x01")[:9])  # A, B, C on the diagonal from the top left
    assert rows(falling) == [b"A\x01\x01", b"\x01\x01B", b"\x01\x01\x01"]

    diagonal = Picture(3, 3, b"A\x01\x01\x01B\x01\x01\x01C")
    assert rows(slanted(diagonal, 4)) == [b"\0\0A\x01\x01", b"\0\x01B\x01\0", b"\x01\x01C\0\0"]

    other = Picture(3, 3, b"\x01\x01A\x01B\x01C\x01\x01")
    assert rows(slanted(other, -4)) == [b"\x01\x01A\0\0", b"\0\x01B\x01\0", b"\0\0C\x01\x01"]


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([-4, -2, 2, 4]))
def test_no_pixel_is_lost_by_a_slant(width: int, height: int, quarters: int) -> None:
    picture = Picture(width, height, bytes(1 + (at % 200) for at in range(width * height)))

    leaning = slanted(picture, quarters)

    assert leaning.height == height
    assert [row.strip(b"\0") for row in rows(leaning)] == rows(picture)
