"""The bank's map: every compartment to scale, the person before it, and where the door is.

Holds the drawing of one look. It must not know which door is meant, or why.
"""

from dataclasses import dataclass
from functools import lru_cache

import pygame

from kiosk.core.layout import Layout, Place
from ui.elements import BankMap, Door, MapColours
from ui.icons import OVERSAMPLED, icon
from ui.shapes import draw_parcel, fill_round, polygon
from ui.theme import Colour, Type
from ui.typeface import Typeface

PERSON_MM = 1680
HEAD_MM, HEAD_AT_MM = 118, 1570
BODY_MM, LEGS_MM = 410, 258
SHOULDERS_MM, HIPS_MM = 1410, 720
STAND_MM = 620
SCREEN_COLUMN_MM, SCREEN_MM = 300, (1210, 1410)
"""The least width of a column with a screen, and between which heights its screen is drawn."""
"""From the person's middle to the bank's left edge."""
PIN_SHARE = 0.14
"""Height of the pins over the bank, as a share of the map."""
FLOOR_SHARE = 0.02
GAP_PX, KEPT = 2, 32
LEAF = ((0.0, 0.12), (1.0, 0.0), (1.0, 1.0), (0.0, 0.88))


@dataclass(frozen=True, slots=True)
class Scale:
    """From millimetres of the lobby to pixels of the map."""

    left: float
    floor: float
    px_per_mm: float
    pins: float
    """Height left for the pins, in pixels."""

    def area(self, place: Place) -> pygame.Rect:
        return self.rectangle(place.left_mm, place.bottom_mm, place.width_mm, place.height_mm)

    def rectangle(self, left_mm: float, bottom_mm: float, width_mm: float, height_mm: float) -> pygame.Rect:
        """What stands there, a little smaller, so that neighbours do not touch."""
        left, right = round(self.x(left_mm)), round(self.x(left_mm + width_mm))
        top, bottom = round(self.y(bottom_mm + height_mm)), round(self.y(bottom_mm))
        return pygame.Rect(left, top, right - left, bottom - top).inflate(-GAP_PX, -GAP_PX)

    def x(self, mm: float) -> float:
        return self.left + mm * self.px_per_mm

    def y(self, mm: float) -> float:
        return self.floor - mm * self.px_per_mm


def draw_map(surface: pygame.Surface, area: pygame.Rect, look: BankMap, typeface: Typeface) -> None:
    """The bank in the middle of its area, as large as fits."""
    scale = _scale(look.layout, area.size, pins=look.pins)
    surface.blit(_still(look.layout, area.size, look.colours, pins=look.pins), area)
    moved = Scale(scale.left + area.left, scale.floor + area.top, scale.px_per_mm, scale.pins)
    if look.avoided is not None:
        _avoided(surface, moved.area(look.layout.place(look.avoided)), look)
    if look.here is not None:
        place = look.layout.place(look.here)
        if look.pins:
            _pins(surface, moved, look, place, typeface)
        _line(surface, moved, look, place)
        _here(surface, moved, look, place)


def _scale(layout: Layout, size: tuple[int, int], *, pins: bool) -> Scale:
    width_mm = max(place.left_mm + place.width_mm for place in layout.places)
    height_mm = max(PERSON_MM, *(place.bottom_mm + place.height_mm for place in layout.places))
    above = size[1] * (PIN_SHARE if pins else 0.0)
    floor = size[1] * (1 - FLOOR_SHARE)
    whole_mm = width_mm + STAND_MM + BODY_MM
    px_per_mm = min((floor - above) / height_mm, size[0] / whole_mm)
    left = (STAND_MM + BODY_MM / 2) * px_per_mm + min(0.0, size[0] - whole_mm * px_per_mm) / 2
    return Scale(left, floor, px_per_mm, above)


@lru_cache(KEPT)
def _still(layout: Layout, size: tuple[int, int], colours: MapColours, *, pins: bool) -> pygame.Surface:
    """What does not depend on the door: compartments, person, floor."""
    still = pygame.Surface(size)
    still.fill(colours.ground)
    scale = _scale(layout, size, pins=pins)
    for place in layout.places:
        _outline(still, scale.area(place), colours)
    _screen(still, scale, layout, colours)
    _person(still, scale, colours.on)
    width_mm = max(place.left_mm + place.width_mm for place in layout.places)
    floor = pygame.Rect(0, round(scale.floor), round(scale.x(width_mm)), max(3, round(size[1] * 0.012)))
    fill_round(still, floor, floor.height // 2, colours.on)
    return still


def _screen(surface: pygame.Surface, scale: Scale, layout: Layout, colours: MapColours) -> None:
    """The column with the screen, where the layout keeps the room of one free before its first compartment."""
    left_mm = min(place.left_mm for place in layout.places)
    if left_mm < SCREEN_COLUMN_MM:
        return
    bottom_mm = min(place.bottom_mm for place in layout.places)
    top_mm = max(place.bottom_mm + place.height_mm for place in layout.places)
    _outline(surface, scale.rectangle(0, bottom_mm, left_mm, top_mm - bottom_mm), colours)
    low_mm, high_mm = SCREEN_MM
    screen = scale.rectangle(left_mm * 0.14, low_mm, left_mm * 0.72, high_mm - low_mm)
    fill_round(surface, screen, 3, colours.on)


def _outline(surface: pygame.Surface, outer: pygame.Rect, colours: MapColours) -> None:
    fill_round(surface, outer, 4, colours.line)
    fill_round(surface, outer.inflate(-4, -4), 3, colours.ground)


def _person(surface: pygame.Surface, scale: Scale, colour: Colour) -> None:
    """Head, body with round shoulders, legs; the measures are the design's."""
    middle_mm = -STAND_MM
    radius = HEAD_MM * scale.px_per_mm
    head = pygame.Rect(0, 0, round(2 * radius), round(2 * radius))
    head.center = (round(scale.x(middle_mm)), round(scale.y(HEAD_AT_MM - HEAD_MM / 3)))
    fill_round(surface, head, head.width // 2, colour)
    body = _upright(scale, middle_mm, BODY_MM, SHOULDERS_MM, HIPS_MM)
    fill_round(surface, body, body.width // 2, colour)
    fill_round(surface, pygame.Rect(body.left, body.centery, body.width, body.bottom - body.centery), 6, colour)
    legs = _upright(scale, middle_mm, LEGS_MM, HIPS_MM + 40, 0)
    fill_round(surface, legs, 4, colour)


def _upright(scale: Scale, middle_mm: float, width_mm: float, top_mm: float, bottom_mm: float) -> pygame.Rect:
    left, top = scale.x(middle_mm - width_mm / 2), scale.y(top_mm)
    return pygame.Rect(round(left), round(top), round(width_mm * scale.px_per_mm), round(scale.y(bottom_mm) - top))


def _pins(surface: pygame.Surface, scale: Scale, look: BankMap, place: Place, typeface: Typeface) -> None:
    """Small dots count the columns up to a disc with the column's number."""
    middles = {each.column: scale.x(each.left_mm + each.width_mm / 2) for each in look.layout.places}
    top = min(scale.area(each).top for each in look.layout.places)
    height = scale.pins
    y = round(top - height * 0.5)
    radius = round(height * 0.36)
    for column in sorted(middles):
        if column < place.column:
            dot = pygame.Rect(0, 0, radius * 3 // 4, radius * 3 // 4)
            dot.center = (round(middles[column]), y)
            fill_round(surface, dot, dot.width // 2, look.colours.on)
    disc = pygame.Rect(0, 0, radius * 2, radius * 2)
    disc.center = (round(middles[place.column]), y)
    fill_round(surface, disc, radius, look.colours.on)
    number = typeface.drawn(str(place.column), Type.BUTTON, look.colours.ground)
    if number.get_height() > disc.height:
        width = round(number.get_width() * disc.height / number.get_height())
        number = pygame.transform.smoothscale(number, (width, disc.height))
    surface.blit(number, number.get_rect(center=disc.center))


def _line(surface: pygame.Surface, scale: Scale, look: BankMap, place: Place) -> None:
    """Dots from the body to the compartment, at the height of its handle."""
    y = round(scale.y(place.handle_mm))
    radius = max(2, round(18 * scale.px_per_mm))
    start, end = scale.x(-STAND_MM + BODY_MM / 2), scale.area(place).left
    for x in range(round(start) + radius, end - 2 * radius, radius * 4):
        dot = pygame.Rect(x, y - radius, 2 * radius, 2 * radius)
        fill_round(surface, dot, radius, look.colours.on)


def _here(surface: pygame.Surface, scale: Scale, look: BankMap, place: Place) -> None:
    inside = scale.area(place)
    ring = max(3, round(look.ring_mm * 6))
    fill_round(surface, inside.inflate(2 * ring - 4, 2 * ring - 4), ring + 3, look.colours.on)
    fill_round(surface, inside.inflate(-4, -4), 4, look.colours.here)
    if look.door is Door.OPEN:
        leaf = pygame.Rect(inside.right + ring - 2, 0, max(8, inside.width * 3 // 10), inside.height + 4 * ring)
        leaf.centery = inside.centery
        polygon(surface, leaf, LEAF, look.colours.on)
        side = min(inside.height * 6 // 10, inside.width * 4 // 10)
        parcel = pygame.Rect(0, 0, side * 5 // 4, side)
        parcel.midbottom = (inside.centerx, inside.bottom - 4)
        draw_parcel(surface, parcel, look.parcel)


def _avoided(surface: pygame.Surface, area: pygame.Rect, look: BankMap) -> None:
    fill_round(surface, area, 4, look.colours.avoided)
    side = min(area.width, area.height)
    cross = icon("close", max(side, OVERSAMPLED), look.colours.ground)
    surface.blit(cross, cross.get_rect(center=area.center))
