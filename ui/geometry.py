"""Geometry: boxes in millimetres, and the few ways in which a screen is cut into them.

Holds one value. It must not know pixels, colours or what stands in a box.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the panel, in millimetres from its top left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def inset(self, sides: float, top: float | None = None, bottom: float | None = None) -> "Box":
        """The box inside margins; top and bottom are as the sides unless given."""
        top = sides if top is None else top
        bottom = top if bottom is None else bottom
        return Box(self.x + sides, self.y + top, self.width - 2 * sides, self.height - top - bottom)

    def cut_top(self, height: float, gap: float = 0.0) -> tuple["Box", "Box"]:
        """The strip of that height at the top, and what is left under the gap."""
        strip = Box(self.x, self.y, self.width, height)
        return strip, Box(self.x, self.y + height + gap, self.width, self.height - height - gap)

    def cut_bottom(self, height: float, gap: float = 0.0) -> tuple["Box", "Box"]:
        """The strip of that height at the bottom, and what is left above the gap."""
        strip = Box(self.x, self.bottom - height, self.width, height)
        return strip, Box(self.x, self.y, self.width, self.height - height - gap)

    def cut_left(self, width: float, gap: float = 0.0) -> tuple["Box", "Box"]:
        """The strip of that width at the left, and what is left of the box beside the gap."""
        strip = Box(self.x, self.y, width, self.height)
        return strip, Box(self.x + width + gap, self.y, self.width - width - gap, self.height)

    def cut_right(self, width: float, gap: float = 0.0) -> tuple["Box", "Box"]:
        """The strip of that width at the right, and what is left of the box beside the gap."""
        strip = Box(self.right - width, self.y, width, self.height)
        return strip, Box(self.x, self.y, self.width - width - gap, self.height)

    def rows(self, shares: int | Sequence[float], gap: float) -> list["Box"]:
        """Rows from the top, equal or by share, with a gap between two."""
        weights = [1.0] * shares if isinstance(shares, int) else list(shares)
        unit = (self.height - gap * (len(weights) - 1)) / sum(weights)
        boxes, y = [], self.y
        for weight in weights:
            boxes.append(Box(self.x, y, self.width, unit * weight))
            y += unit * weight + gap
        return boxes

    def columns(self, shares: int | Sequence[float], gap: float) -> list["Box"]:
        """Columns from the left, equal or by share, with a gap between two."""
        turned = Box(self.y, self.x, self.height, self.width)
        return [Box(row.y, row.x, row.height, row.width) for row in turned.rows(shares, gap)]

    def middle(self, width: float, height: float) -> "Box":
        """A box of that size around the same centre."""
        x, y = self.centre
        return Box(x - width / 2, y - height / 2, width, height)

    def overlaps(self, other: "Box", by: float = 0.0) -> bool:
        """Whether both share an area more than ``by`` wide and high."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return across > by and down > by

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom

    def around(self, other: "Box") -> "Box":
        """The smallest box around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)
