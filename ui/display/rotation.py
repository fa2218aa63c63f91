"""Rotation: where a pixel of the canvas is on a panel that was mounted turned, and back.

Holds arithmetic. It must not know a window.
"""

from dataclasses import dataclass

import pygame

from ui.display.seam import Area

QUARTERS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True)
class Rotation:
    """The picture of a ``panel_px`` is turned clockwise by ``degrees`` (0, 90, 180 or 270) before it is shown."""

    degrees: int
    panel_px: tuple[int, int]

    def __post_init__(self) -> None:
        if self.degrees not in QUARTERS:
            message = f"0, 90, 180 or 270 degrees are allowed, not {self.degrees}"
            raise ValueError(message)

    @property
    def canvas_px(self) -> tuple[int, int]:
        return swapped(self.degrees, self.panel_px)

    def turned(self, picture: pygame.Surface) -> pygame.Surface:
        """A part of the canvas as it stands on the panel."""
        return pygame.transform.rotate(picture, -self.degrees) if self.degrees else picture

    def on_panel(self, area: Area) -> Area:
        """The area of the panel that shows this area of the canvas."""
        width, height = self.canvas_px
        match self.degrees:
            case 90:
                return Area(height - area.bottom, area.left, area.height, area.width)
            case 180:
                return Area(width - area.right, height - area.bottom, area.width, area.height)
            case 270:
                return Area(area.top, width - area.right, area.height, area.width)
            case _:
                return Area(area)

    def on_canvas(self, x: int, y: int) -> tuple[int, int]:
        """The pixel of the canvas that this pixel of the panel shows; beside the one is beside the other."""
        width, height = self.canvas_px
        match self.degrees:
            case 90:
                return y, height - 1 - x
            case 180:
                return width - 1 - x, height - 1 - y
            case 270:
                return width - 1 - y, x
            case _:
                return x, y


def swapped(degrees: int, size_px: tuple[int, int]) -> tuple[int, int]:
    """Canvas size to panel size or back."""
    width, height = size_px
    return (width, height) if degrees % 180 == 0 else (height, width)
