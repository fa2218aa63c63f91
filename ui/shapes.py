"""Shapes: soft-edged rectangles, polygons and parcels, in pixels.

Holds drawing that more than one look needs. It must not know elements' places in millimetres, nor any colour's role.
"""

from collections.abc import Sequence
from functools import lru_cache

import pygame

from ui.elements import ParcelPicture
from ui.icons import OVERSAMPLED
from ui.theme import Colour

KEPT = 256


def fill_round(surface: pygame.Surface, area: pygame.Rect, radius: int, colour: Colour) -> None:
    """A rectangle with soft round corners: bars for its body, quarters of one cached disc for its corners."""
    radius = min(radius, area.width // 2, area.height // 2)
    if radius < 1:
        surface.fill(colour, area)
        return
    surface.fill(colour, area.inflate(-2 * radius, 0))
    surface.fill(colour, area.inflate(0, -2 * radius))
    disc = _disc(radius, colour)
    for right in (False, True):
        for bottom in (False, True):
            place = (area.right - radius if right else area.left, area.bottom - radius if bottom else area.top)
            surface.blit(disc, place, (radius * right, radius * bottom, radius, radius))


@lru_cache(KEPT)
def _disc(radius: int, colour: Colour) -> pygame.Surface:
    side = 2 * radius
    large = pygame.Surface((side * OVERSAMPLED,) * 2, pygame.SRCALPHA)
    large.fill((*colour, 0))
    pygame.draw.circle(large, colour, (radius * OVERSAMPLED,) * 2, radius * OVERSAMPLED)
    return pygame.transform.smoothscale(large, (side, side))


def polygon(surface: pygame.Surface, area: pygame.Rect, points: Sequence[tuple[float, float]], colour: Colour) -> None:
    """A soft-edged polygon; its points are shares of the area."""
    if area.width > 0 and area.height > 0:
        surface.blit(_polygon(area.size, tuple(points), colour), area)


@lru_cache(KEPT)
def _polygon(size: tuple[int, int], points: tuple[tuple[float, float], ...], colour: Colour) -> pygame.Surface:
    width, height = size[0] * OVERSAMPLED, size[1] * OVERSAMPLED
    large = pygame.Surface((width, height), pygame.SRCALPHA)
    large.fill((*colour, 0))
    pygame.draw.polygon(large, colour, [(x * width, y * height) for x, y in points])
    return pygame.transform.smoothscale(large, size)


def draw_parcel(surface: pygame.Surface, area: pygame.Rect, look: ParcelPicture) -> None:
    """A parcel: box, tape from the top, two marks of a label."""
    if look.outline is not None:
        fill_round(surface, area, max(1, area.height // 16), look.outline)
        area = area.inflate(-2 * max(1, area.height // 14), -2 * max(1, area.height // 14))
    fill_round(surface, area, area.height // 18, look.box)
    surface.fill(look.tape, (area.left + round(0.4 * area.width), area.top, *_share(area, 0.2, 0.46)))
    for top, width in ((0.68, 0.28), (0.8, 0.18)):
        mark = pygame.Rect(area.left + round(0.62 * area.width), area.top + round(top * area.height), 0, 0)
        mark.size = _share(area, width, 0.06)
        fill_round(surface, mark, mark.height // 2, look.mark)


def _share(area: pygame.Rect, width: float, height: float) -> tuple[int, int]:
    return max(1, round(width * area.width)), max(1, round(height * area.height))
