"""Slide: the Do part of a new page, coming in from the side.

Holds one movement. It must not know what is drawn: it moves pixels that were drawn once.
"""

from dataclasses import dataclass

import pygame

from ui.theme import Colour

PANE_IN_MS, PANE_IN_MM = 140, 4.0


@dataclass(slots=True)
class Slide:
    """One Do part on its way in."""

    begun_ms: int
    content: pygame.Surface | None = None
    """What it looks like when it has come, taken from the first frame."""

    def frame(self, canvas: pygame.Surface, area: pygame.Rect, ground: Colour, gone: float, px_per_mm: float) -> bool:
        """Draw one frame; whether it has come. ``gone`` is the share of the way, and more than 1 is all of it."""
        if self.content is None:
            self.content = canvas.subsurface(area).copy()
        if gone >= 1:
            canvas.blit(self.content, area)
            return True
        canvas.fill(ground, area)
        canvas.set_clip(area)
        canvas.blit(self.content, area.move(round(PANE_IN_MM * px_per_mm * (1 - gone) ** 2), 0))
        canvas.set_clip(None)
        return False

    def share(self, now_ms: int) -> float:
        return (now_ms - self.begun_ms) / PANE_IN_MS
