"""Typeface: the fonts of one panel: how wide words are, how they break into lines, and their pictures.

Holds the loaded fonts and a cache of drawn lines. It must not know where words stand, nor what they mean.
"""

from functools import lru_cache
from pathlib import Path

import pygame

from ui.theme import CAPITAL, Colour, Theme, Type

FONTS = Path(__file__).with_name("fonts")
MEDIUM = FONTS / "AtkinsonHyperlegibleNext_500Medium.ttf"
BOLD = FONTS / "AtkinsonHyperlegibleNext_700Bold.ttf"
LINES_KEPT = 512
EVEN_MM = 1.0
"""Lines are made even to this width."""


class Typeface:
    """Every size of type that the theme of one panel has."""

    def __init__(self, theme: Theme, px_per_mm: float) -> None:
        pygame.font.init()
        self._px_per_mm = px_per_mm
        self._fonts = {
            role: pygame.font.Font(BOLD if size.bold else MEDIUM, round(size.capital_mm * px_per_mm / CAPITAL))
            for role, size in theme.sizes.items()
        }
        self.drawn = lru_cache(LINES_KEPT)(self._drawn)
        self.width_mm = lru_cache(LINES_KEPT * 4)(self._width_mm)
        self.wrapped = lru_cache(LINES_KEPT)(self._wrapped)

    def _width_mm(self, text: str, role: Type) -> float:
        return self._fonts[role].size(text)[0] / self._px_per_mm

    def _drawn(self, text: str, role: Type, colour: Colour) -> pygame.Surface:
        return self._fonts[role].render(text, True, colour)  # noqa: FBT003 - pygame's own order: antialias

    def capital_top_px(self, role: Type) -> int:
        """How far below the top of a drawn line its capitals begin."""
        font = self._fonts[role]
        return round(font.get_ascent() - CAPITAL * font.point_size)

    def _wrapped(self, text: str, role: Type, width_mm: float) -> tuple[str, ...]:
        """Lines that fit the width, broken at words, as even as so few lines can be.

        A word that is too long stays whole, and a check finds it; so does what a no-break space holds together.
        """
        lines = self._filled(text, role, width_mm)
        wide, narrow = width_mm, width_mm / max(len(lines), 1)
        while wide - narrow > EVEN_MM:
            middle = (wide + narrow) / 2
            even = self._filled(text, role, middle)
            fits = len(even) == len(lines) and all(self.width_mm(line, role) <= middle for line in even)
            wide, narrow = (middle, narrow) if fits else (wide, middle)
        return self._filled(text, role, wide)

    def _filled(self, text: str, role: Type, width_mm: float) -> tuple[str, ...]:
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width_mm(longer, role) <= width_mm:
                lines[-1] = longer
            else:
                lines.append(word)
        return tuple(lines)
