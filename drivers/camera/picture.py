"""A picture in shades of grey, and what makes its codes readable: more contrast, and lines across it at a slant.

Holds bytes and arithmetic, so that a kiosk reads pictures without any library for them. It must not know what a code
looks like.
"""

from dataclasses import dataclass, field

SAMPLES = 4_000
"""Pixels that are looked at to find the darkest and the lightest."""
OUTLIERS = 100
"""One pixel in so many may be darker or lighter still: a reflection, a fault of the chip."""
ENOUGH_RANGE, LEAST_RANGE = 128, 8
"""Shades between dark and light: from the first on a picture is left as it is, below the second there is only noise.
The reader takes a neighbourhood of fewer than 24 shades for blank."""
SHADES = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """``grey`` is one byte per pixel, 0 is black, row by row from the top. Raises ValueError if it has another size."""

    width: int
    height: int
    grey: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or len(self.grey) != self.width * self.height:
            message = f"{len(self.grey)} bytes are no picture of {self.width} by {self.height} pixels"
            raise ValueError(message)


def stretched(picture: Picture) -> Picture:
    """Dark and light put as far apart as they go, if they are near each other: a dim picture, or a pale one."""
    sample = sorted(picture.grey[:: max(1, len(picture.grey) // SAMPLES)])
    margin = len(sample) // OUTLIERS
    dark, light = sample[margin], sample[-1 - margin]
    if not LEAST_RANGE <= light - dark < ENOUGH_RANGE:
        return picture
    table = bytes(min(max((shade - dark) * (SHADES - 1) // (light - dark), 0), SHADES - 1) for shade in range(SHADES))
    return Picture(picture.width, picture.height, picture.grey.translate(table))


def inverted(picture: Picture) -> Picture:
    """Light codes on dark, as telephones at night show them, the usual way round."""
    return Picture(picture.width, picture.height, picture.grey.translate(bytes(range(SHADES - 1, -1, -1))))


def turned(picture: Picture) -> Picture:
    """Rows for columns: mirrored at the diagonal, which no code along one line minds."""
    columns = b"".join(picture.grey[column :: picture.width] for column in range(picture.width))
    return Picture(picture.height, picture.width, columns)


def slanted(picture: Picture, quarters: int) -> Picture:
    """Each row moved on by ``quarters`` of a pixel for each row above it, black on both sides.

    What was a line at a slant stands upright then, pixel for pixel: 4 is half a right angle, 2 is 26.6 degrees off the
    vertical, and less than 0 leans the other way. It costs a copy of the rows, where a rotation would have to compute
    every pixel.
    """
    width, height = picture.width, picture.height
    reach = abs(quarters) * (height - 1) // 4
    blank = bytes(reach)
    rows = []
    for row in range(height):
        moved = abs(quarters) * row // 4
        skipped = moved if quarters > 0 else reach - moved
        line = picture.grey[row * width : (row + 1) * width]
        rows += [blank[: reach - skipped], line, blank[:skipped]]
    return Picture(width + reach, height, b"".join(rows))
