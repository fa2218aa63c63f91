"""Lists: rows one under the other, each a parcel or a door, and the turning of those that do not fit.

Holds how a list looks and which part of it is shown. It must not know what is listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from ui.elements import Action, Align, Element, Fill, Icon, Role, TurnPage
from ui.geometry import Box
from ui.parts.buttons import PRESSED_OUTLINE_MM, Button, button
from ui.parts.words import DESCENT, Elements, height_mm, stacked
from ui.setting import Setting
from ui.theme import Colour, Type

RADIUS_MM, TILE_RADIUS_MM, TILE_INSET_MM = 4.4, 2.7, 2.2
ROW_MM, TILE_MM, TURN_MM, CROSS_MM = 26.5, 29.2, 13.6, 6.4
INSET_MM = 3.5
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Either the whole of it is touched, or the cross at its end."""

    plate: str
    """What stands on the tile at its head; where there is no room for one, the title says it."""
    title: str
    more: str = ""
    action: Action | None = None
    turn: int = 0
    """The number at its end; 0 is none."""
    remove: Action | None = None
    remove_name: str = ""

    @property
    def name(self) -> str:
        return ". ".join(part for part in (self.plate, self.title, self.more) if part)


def rows(s: Setting, box: Box, listed: Sequence[Row]) -> Elements:
    """Rows from the top of the box, the first one marked as the next; what does not fit is on the next part."""
    shown, places, turn = paged(s, box, listed, ROW_MM)
    first = listed[0] if listed else None
    elements = tuple(
        each for row, place in zip(shown, places, strict=True) for each in _row(s, place, row, next_=row is first)
    )
    return (*elements, *turn)


def paged(
    s: Setting, box: Box, items: Sequence[Item], natural_mm: float, least_mm: float | None = None
) -> tuple[Sequence[Item], list[Box], Elements]:
    """The items of the part that is shown, a place for each from the top, and the button that turns to the next part.

    A place is ``natural_mm`` high, or less where more items fit by that, and never less than ``least_mm`` (as a
    button).
    """
    gap, least = s.theme.space.gap, s.theme.space.target if least_mm is None else least_mm
    if len(items) <= _fit(box, least, gap):
        return items, _places(box, len(items), natural_mm, gap), ()
    foot, above = box.cut_bottom(s.theme.space.button, gap)
    per_part = max(1, _fit(above, least, gap))
    parts = -(-len(items) // per_part)
    part = s.local.page % parts
    label = s.texts.say("more_of", part=part + 1, parts=parts)
    turn = button(s, foot, Button("more", label, TurnPage((part + 1) % parts), centred=True))
    places = _places(above, per_part, natural_mm, gap)
    shown = items[part * per_part : (part + 1) * per_part]
    return shown, places[: len(shown)], turn


def _fit(box: Box, least_mm: float, gap: float) -> int:
    return int((box.height + gap + 1e-6) // (least_mm + gap))


def _places(box: Box, count: int, natural_mm: float, gap: float) -> list[Box]:
    if not count:
        return []
    height = min(natural_mm, (box.height - gap * (count - 1)) / count)
    return box.cut_top(height * count + gap * (count - 1))[0].rows(count, gap)


def _row(s: Setting, box: Box, row: Row, *, next_: bool) -> Elements:
    p = s.palette
    pressed = s.pressed(row.action)
    outline = (p.ink, PRESSED_OUTLINE_MM) if next_ or pressed else (p.line, s.theme.outline_mm)
    ground = Fill(p.signal if pressed else p.surface, RADIUS_MM, *outline)
    on, muted = (p.on_signal, p.on_signal) if pressed else (p.ink, p.muted)
    role = Role.BUTTON if row.action is not None else Role.TEXT
    tile, room = _tile(s, box, row, next_=next_ and not pressed)
    end, room = _end(s, room, row, next_=next_)
    title = row.title if tile else row.plate
    more = (row.more or "") if tile else (row.more or row.title)
    blocks = _fitting_blocks(s, room, (title, Type.BUTTON, on), (more, Type.BODY, muted))
    return (Element(box, ground, role, row.name, row.action), *tile, *stacked(s, room, blocks), *end)


def _fitting_blocks(
    s: Setting, room: Box, title: tuple[str, Type, Colour], more: tuple[str, Type, Colour]
) -> list[tuple[str, Type, Colour]]:
    """Title and second line; in one line of both where they would be higher than the row."""
    lines = [len(s.typeface.wrapped(text, type_, room.width)) for text, type_, _ in (title, more) if text]
    tall = sum(height_mm(s, type_, count) for count, type_ in zip(lines, (title[1], more[1]), strict=False))
    fits = tall + s.size(title[1]).capital_mm * (DESCENT + 0.25) <= room.height
    return [title, more] if fits else [title]


def _tile(s: Setting, box: Box, row: Row, *, next_: bool) -> tuple[Elements, Box]:
    """The tile at the head, on panels that have the room for it."""
    p = s.palette
    inset = box.inset(INSET_MM, 0.0)
    if s.theme.small and row.remove is not None:
        return (), inset
    at, room = box.inset(TILE_INSET_MM).cut_left(TILE_MM * (0.75 if s.theme.small else 1.0), 4.0)
    fill, on = (p.signal, p.on_signal) if next_ else (p.function_key, p.ink)
    label = stacked(s, at, [(row.plate, Type.BUTTON, on)], Align.CENTRE)
    return (Element(at, Fill(fill, TILE_RADIUS_MM)), *label), Box(room.x, box.y, room.width, box.height)


def _end(s: Setting, room: Box, row: Row, *, next_: bool) -> tuple[Elements, Box]:
    """Its turn as a number in a disc, or the cross that removes it."""
    p = s.palette
    if row.remove is not None:
        side = s.theme.space.target
        strip, rest = room.cut_right(side, 2.0)
        at = strip.middle(side, side)
        fill = Fill(p.signal if s.pressed(row.remove) else p.surface, RADIUS_MM)
        on = p.on_signal if s.pressed(row.remove) else p.ink
        target = Element(at, fill, Role.BUTTON, row.remove_name, row.remove)
        return (target, Element(at.middle(CROSS_MM, CROSS_MM), Icon("close", on))), rest
    if not row.turn:
        return (), room
    strip, rest = room.cut_right(TURN_MM, 2.0)
    at = strip.middle(TURN_MM, TURN_MM)
    at = Box(at.x - 2.0, at.y, at.width, at.height)
    disc = Fill(p.primary, TURN_MM / 2) if next_ else Fill(p.surface, TURN_MM / 2, p.line, s.theme.outline_mm)
    number = stacked(s, at, [(str(row.turn), Type.BUTTON, p.on_primary if next_ else p.ink)], Align.CENTRE)
    return (Element(at, disc), *number), rest
