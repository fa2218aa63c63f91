"""The seam between screens and displays: what every display can do, and what a touch is.

Holds values and one Protocol. It must not know a kind of display.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import pygame

Area = pygame.Rect
"""Pixels of the canvas."""


class DisplayError(Exception):
    """A display cannot be opened; says what was tried and what is allowed."""


class Phase(StrEnum):
    DOWN = "down"
    MOVE = "move"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Touch:
    """One moment of a finger, in pixels of the canvas."""

    phase: Phase
    x: int
    y: int


class Display(Protocol):
    """One display. Everything is called from the thread that made it, and nothing blocks."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the canvas, as a person sees it."""
        ...

    @property
    def canvas(self) -> pygame.Surface:
        """What one draws on: 32 bits, no alpha; the same surface for as long as the display lives."""
        ...

    @property
    def asked_to_stop(self) -> bool:
        """Whether a person closed the window: the whole kiosk is to end."""
        ...

    def touches(self) -> Sequence[Touch]:
        """What came since the last call, oldest first.

        Always DOWN, any number of MOVE, UP, and again: one finger at a time. A DOWN is on the canvas; a MOVE or UP may
        lie beside it (a finger that slid out), where nothing is.
        """
        ...

    def present(self, areas: Sequence[Area]) -> None:
        """Show these areas of the canvas; the first time, all of it. No areas, no work. May raise DisplayError."""
        ...

    def close(self) -> None:
        """Let go of everything. Safe to call twice."""
        ...


def new_canvas(size_px: tuple[int, int]) -> pygame.Surface:
    """A black canvas with the bytes B, G, R, X in each pixel (little-endian machines). Needs no open display."""
    return pygame.Surface(size_px, 0, 32, (0xFF0000, 0xFF00, 0xFF, 0))
