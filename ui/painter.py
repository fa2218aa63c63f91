"""Painter: elements onto a surface. The only part of the screens that knows pixels.

Holds one drawing function per look, and the repainting of what changed. It must not know a screen, a text or an action.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import assert_never

import pygame

from ui.bank_map import draw_map
from ui.elements import (
    Align,
    BankMap,
    Element,
    Fill,
    Hatch,
    Icon,
    ParcelPicture,
    Photo,
    Picture,
    Ring,
    Shape,
    Veil,
    Words,
)
from ui.geometry import Box
from ui.icons import OVERSAMPLED, dashes, icon, rounded_path, stroke
from ui.shapes import draw_parcel, fill_round, polygon
from ui.theme import Colour, Theme
from ui.typeface import Typeface

DASH_MM = 1.4
HATCH_MM, HATCH_STROKE_MM = 2.6, 0.5
KEPT = 64


class Painter:
    """Draws pictures of one panel on ``surface``, which it does not own."""

    def __init__(self, surface: pygame.Surface, theme: Theme, typeface: Typeface, px_per_mm: float) -> None:
        self.surface = surface
        self._theme = theme
        self._typeface = typeface
        self._px_per_mm = px_per_mm
        self._shown: tuple[Element, ...] = ()

    def px(self, mm: float) -> int:
        return round(mm * self._px_per_mm)

    def area(self, box: Box) -> pygame.Rect:
        """The pixels of a box; edges that meet in millimetres meet in pixels."""
        left, top = self.px(box.x), self.px(box.y)
        return pygame.Rect(left, top, self.px(box.right) - left, self.px(box.bottom) - top)

    def paint(self, picture: Picture) -> list[pygame.Rect]:
        """Draw what differs from the last picture; the areas that changed."""
        before, now = self._shown, picture.elements
        self._shown = now
        if not before:
            changed = [self.surface.get_rect()]
        else:
            gone, new = set(before) - set(now), set(now) - set(before)
            changed = _joined([self._reach(element) for element in (*gone, *new)])
        for area in changed:
            self._repaint(now, area.clip(self.surface.get_rect()))
        return changed

    def forget(self) -> None:
        """The next picture is drawn whole."""
        self._shown = ()

    def _repaint(self, elements: Sequence[Element], area: pygame.Rect) -> None:
        self.surface.set_clip(area)
        for element in elements:
            if self._reach(element).colliderect(area):
                self._draw(element)
        self.surface.set_clip(None)

    def _reach(self, element: Element) -> pygame.Rect:
        """The pixels that an element may touch: letters hang below and beside their box."""
        area = self.area(element.box)
        if isinstance(element.look, Words):
            hang = self.px(self._theme.sizes[element.look.type].capital_mm)
            return area.inflate(hang, hang)
        return area.inflate(2, 2)

    def _draw(self, element: Element) -> None:  # noqa: C901 - a table
        area, look = self.area(element.box), element.look
        match look:
            case Fill():
                self._fill(area, look)
            case Words():
                self._words(area, look)
            case Icon(name=name, colour=colour):
                side = min(area.width, area.height)
                self.surface.blit(icon(name, side, colour), icon_place(area, side))
            case Shape(points=points, colour=colour):
                polygon(self.surface, area, points, colour)
            case ParcelPicture():
                draw_parcel(self.surface, area, look)
            case Ring():
                self._ring(area, look)
            case Hatch(colour=colour):
                self._hatch(area, colour)
            case Veil(colour=colour, share=share):
                veil = pygame.Surface(area.size)
                veil.fill(colour)
                veil.set_alpha(round(share * 255))
                self.surface.blit(veil, area)
            case BankMap():
                draw_map(self.surface, area, look, self._typeface)
            case Photo(width=width, height=height, colours=colours):
                photo = pygame.image.frombuffer(colours, (width, height), "RGB")
                self.surface.blit(pygame.transform.smoothscale(photo, area.size), area)
            case _:
                assert_never(look)

    def _fill(self, area: pygame.Rect, look: Fill) -> None:
        radius, width = self.px(look.radius_mm), max(1, self.px(look.outline_mm))
        if look.outline is None:
            fill_round(self.surface, area, radius, look.colour)
        elif look.dashed:
            fill_round(self.surface, area, radius, look.colour)
            frame = _dashed(area.size, radius, width, self.px(DASH_MM), look.outline)
            self.surface.blit(frame, area)
        else:
            fill_round(self.surface, area, radius, look.outline)
            fill_round(self.surface, area.inflate(-2 * width, -2 * width), max(0, radius - width), look.colour)

    def _words(self, area: pygame.Rect, look: Words) -> None:
        pitch = self._theme.sizes[look.type].pitch_mm
        above = self._typeface.capital_top_px(look.type)
        for number, line in enumerate(look.lines):
            top = area.top + self.px(number * pitch) - above
            if look.cells:
                self._cells(area, look, line, top)
                continue
            drawn = self._typeface.drawn(line, look.type, look.colour)
            left = area.left if look.align is Align.START else area.centerx - drawn.get_width() // 2
            self.surface.blit(drawn, (left, top))

    def _cells(self, area: pygame.Rect, look: Words, line: str, top: int) -> None:
        cell = self.px(max(self._typeface.width_mm(digit, look.type) for digit in "0123456789"))
        widths = [cell if each.isdigit() else self.px(self._typeface.width_mm(each, look.type)) for each in line]
        left = area.left if look.align is Align.START else area.centerx - sum(widths) // 2
        for each, width in zip(line, widths, strict=True):
            drawn = self._typeface.drawn(each, look.type, look.colour)
            self.surface.blit(drawn, (left + (width - drawn.get_width()) // 2, top))
            left += width

    def _ring(self, area: pygame.Rect, look: Ring) -> None:
        side = min(area.width, area.height)
        self.surface.blit(_ring(side, self.px(look.stroke_mm), round(look.share * 360), look.colour, look.track), area)

    def _hatch(self, area: pygame.Rect, colour: Colour) -> None:
        inside = area.clip(self.surface.get_clip())
        before = self.surface.get_clip()
        self.surface.set_clip(inside)
        step, width = self.px(HATCH_MM), max(1, self.px(HATCH_STROKE_MM))
        for start in range(area.left - area.height, area.right, step):
            pygame.draw.line(self.surface, colour, (start, area.bottom), (start + area.height, area.top), width)
        self.surface.set_clip(before)


def icon_place(area: pygame.Rect, side: int) -> tuple[int, int]:
    return area.centerx - side // 2, area.centery - side // 2


@lru_cache(KEPT)
def _dashed(size: tuple[int, int], radius: int, width: int, dash: int, colour: Colour) -> pygame.Surface:
    frame = pygame.Surface(size, pygame.SRCALPHA)
    frame.fill((*colour, 0))
    path = rounded_path(width / 2, width / 2, size[0] - width - 1, size[1] - width - 1, radius)
    for each in dashes(path, dash):
        stroke(frame, colour, each, width)
    return frame


@lru_cache(KEPT)
def _ring(side: int, width: int, degrees: int, colour: Colour, track: Colour) -> pygame.Surface:
    large = pygame.Surface((side * OVERSAMPLED,) * 2, pygame.SRCALPHA)
    large.fill((*colour, 0))
    middle = pygame.Vector2(side * OVERSAMPLED / 2)
    pygame.draw.circle(large, track, middle, side * OVERSAMPLED / 2, width * OVERSAMPLED)
    reach = pygame.Vector2(0, -(side - width) * OVERSAMPLED / 2)
    arc = [middle + reach.rotate(-angle) for angle in range(0, degrees + 1, 2)]
    stroke(large, colour, [(point.x, point.y) for point in arc], width * OVERSAMPLED)
    return pygame.transform.smoothscale(large, (side, side))


def _joined(areas: list[pygame.Rect]) -> list[pygame.Rect]:
    """The areas, with those that overlap taken together, so that nothing is drawn twice."""
    joined: list[pygame.Rect] = []
    for area in areas:
        grown = area
        while (index := grown.collidelist(joined)) >= 0:
            grown = grown.union(joined.pop(index))
        joined.append(grown)
    return joined
