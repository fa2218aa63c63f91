"""Icons: the drawn signs of `tokens.json`, as points on a grid of 24.

Holds their drawing, four times too large and then scaled down, so that edges are soft. It must not know where they
stand.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import pygame

from ui.theme import TOKENS, Colour

GRID, STROKE = 24, 2.2
OVERSAMPLED = 4
DASH = 3.0
KEPT = 256

Point = tuple[float, float]


@cache
def shapes() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The shapes of each icon by its name."""
    icons: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(TOKENS.read_text(encoding="utf-8"))["icons"]["shapes"]
    return icons


@lru_cache(KEPT)
def icon(name: str, size_px: int, colour: Colour) -> pygame.Surface:
    """The icon's picture. Raises KeyError for a name that `tokens.json` does not have."""
    scale = size_px * OVERSAMPLED / GRID
    large = pygame.Surface((size_px * OVERSAMPLED,) * 2, pygame.SRCALPHA)
    large.fill((*colour, 0))
    for shape in shapes()[name]:
        if shape.get("filled", False) and "circle" in shape:
            x, y, radius = shape["circle"]
            pygame.draw.circle(large, colour, (x * scale, y * scale), (radius + STROKE / 2) * scale)
        elif "circle" in shape:
            x, y, radius = shape["circle"]
            outer = (radius + STROKE / 2) * scale
            pygame.draw.circle(large, colour, (x * scale, y * scale), outer, round(STROKE * scale))
        elif "rect" in shape:
            for path in _rectangle(shape):
                stroke(large, colour, [(x * scale, y * scale) for x, y in path], STROKE * scale)
        else:
            stroke(large, colour, [(x * scale, y * scale) for x, y in shape["line"]], STROKE * scale)
    return pygame.transform.smoothscale(large, (size_px, size_px))


def stroke(surface: pygame.Surface, colour: Colour, points: Sequence[Point], width: float) -> None:
    """A line through the points: each segment a quad, a disc at every point."""
    for one, other in pairwise(points):
        along = pygame.Vector2(other) - pygame.Vector2(one)
        if along.length() > 0:
            side = pygame.Vector2(-along.y, along.x).normalize() * (width / 2)
            quad = [pygame.Vector2(one) + side, pygame.Vector2(other) + side]
            quad += [pygame.Vector2(other) - side, pygame.Vector2(one) - side]
            pygame.draw.polygon(surface, colour, quad)
    for point in points:
        pygame.draw.circle(surface, colour, point, width / 2)


def _rectangle(shape: Mapping[str, Any]) -> Iterator[list[Point]]:
    x, y, width, height = shape["rect"]
    outline = rounded_path(x, y, width, height, shape.get("radius", 0.0))
    if not shape.get("dashed", False):
        yield outline
        return
    yield from dashes(outline, DASH)


def rounded_path(x: float, y: float, width: float, height: float, radius: float) -> list[Point]:
    """The outline of a rectangle with round corners, closed, clockwise from the top left."""
    corners = (
        (x + radius, y + radius, 180),
        (x + width - radius, y + radius, 270),
        (x + width - radius, y + height - radius, 0),
        (x + radius, y + height - radius, 90),
    )
    points: list[Point] = []
    for centre_x, centre_y, start in corners:
        for angle in range(start, start + 91, 15):
            turned = pygame.Vector2(radius, 0).rotate(angle)
            points.append((centre_x + turned.x, centre_y + turned.y))
    return [*points, points[0]]


def dashes(path: Sequence[Point], length: float) -> Iterator[list[Point]]:
    """The path as dashes of that length, with gaps as long between them."""
    drawn, left, dash = True, length, [path[0]]
    for one, other in pairwise(path):
        start, end = pygame.Vector2(one), pygame.Vector2(other)
        while (distance := start.distance_to(end)) > left:
            start = start + (end - start) * (left / distance)
            dash.append((start.x, start.y))
            if drawn:
                yield dash
            drawn, left, dash = not drawn, length, [(start.x, start.y)]
        left -= distance
        dash.append((end.x, end.y))
    if drawn:
        yield dash
