"""Lists: rows one under the other, each a parcel or a door, and the turning of those that do not fit.

Holds how a list looks and which part of it is shown. It must not know what is listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.elements import Action, Align, Element, Fill, Icon, Role, Words
from ui.geometry import Box
from ui.parts.buttons import PRESSED_OUTLINE_MM, Item, button, part_of
from ui.parts.words import Elements, stacked
from ui.setting import Setting
from ui.theme import Type

RADIUS_MM, TILE_RADIUS_MM, TILE_INSET_MM = 4.4, 2.7, 2.2
ROW_MM, TILE_MM, MOST_TILE_MM, TURN_MM, CROSS_MM = 26.5, 29.2, 34.0, 13.6, 9.0
TILE_GAP_MM, TURN_GAP_MM = 4.0, 2.0
INSET_MM, EDGE_MM = 3.5, 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Either the whole of it is touched, or the cross at its end."""

    plate: str
    """What stands on the tile at its head; in a list without tiles it is the title."""
    title: str
    more: str = ""
    short: str = ""
    """The second line in a list without tiles, if it is not the title."""
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
    form = _form(s, box.width, listed)
    elements = tuple(
        each
        for row, place in zip(shown, places, strict=True)
        for each in _row(s, place, row, form, next_=row is listed[0])
    )
    return (*elements, *turn)


def paged(
    s: Setting, box: Box, items: Sequence[Item], natural_mm: float
) -> tuple[Sequence[Item], Sequence[Box], Elements]:
    """The items of the part that is shown, a place for each from the top, and the button that turns to the next part.

    A place is ``natural_mm`` high, or less where more items fit by that, and never less than a target.
    """
    gap, least = s.theme.space.gap, s.theme.space.target
    room = int((box.height + gap) / (least + gap))
    shown, turn = part_of(s, items, room)
    if turn is None:
        return shown, _places(box, len(shown), natural_mm, gap), ()
    foot, above = box.cut_bottom(max(least, min(s.theme.space.button, box.height - (room - 1) * (least + gap))), gap)
    return shown, _places(above, room - 1, natural_mm, gap)[: len(shown)], button(s, foot, turn)


def _places(box: Box, count: int, natural_mm: float, gap: float) -> Sequence[Box]:
    if not count:
        return []
    height = min(natural_mm, (box.height - gap * (count - 1)) / count)
    return box.cut_top(height * count + gap * (count - 1))[0].rows(count, gap)


@dataclass(frozen=True, slots=True)
class Form:
    """How all rows of a list are laid out, so that they look alike."""

    tile_mm: float
    """The tile's width; 0 where the rows have none."""
    turns: bool = True
    mores: bool = True
    """Whether the number of the turn, and the second line, are drawn; they are spoken all the same."""


def _form(s: Setting, width_mm: float, listed: Sequence[Row]) -> Form:
    """Where the words need the room, the number of the turn gives way first, then the second line."""
    tile_mm = _tile_mm(s, listed)
    room_mm = width_mm - TILE_INSET_MM - tile_mm - TILE_GAP_MM - INSET_MM
    words = [(row.title, Type.BUTTON) for row in listed] + [(row.more, Type.BODY) for row in listed]
    widest_mm = max((s.typeface.width_mm(text, type_) for text, type_ in words), default=0.0)
    if not tile_mm or not any(row.turn for row in listed) or widest_mm <= room_mm - TURN_MM - TURN_GAP_MM:
        return Form(tile_mm)
    return Form(tile_mm, turns=False, mores=widest_mm <= room_mm)


def _tile_mm(s: Setting, listed: Sequence[Row]) -> float:
    """As wide as the widest label needs, and on a large panel never narrow; no tile where there is no room for it."""
    if s.theme.small and any(row.remove is not None for row in listed):
        return 0.0
    words = [word for row in listed for word in row.plate.split()]
    widest_mm = max((s.typeface.width_mm(word, Type.BUTTON) for word in words), default=0.0) + TILE_INSET_MM
    if widest_mm > MOST_TILE_MM:
        return 0.0
    return widest_mm + TILE_INSET_MM if s.theme.small else max(TILE_MM, widest_mm)


def _row(s: Setting, box: Box, row: Row, form: Form, *, next_: bool) -> Elements:
    p = s.palette
    pressed = s.pressed(row.action)
    outline = (p.ink, PRESSED_OUTLINE_MM) if next_ or pressed else (p.line, s.theme.outline_mm)
    ground = Fill(p.signal if pressed else p.surface, RADIUS_MM, *outline)
    on, muted = (p.on_signal, p.on_signal) if pressed else (p.ink, p.muted)
    role = Role.BUTTON if row.action is not None else Role.TEXT
    tile, room = _tile(s, box, row, form, next_=next_ and not pressed) if form.tile_mm else ((), box.inset(INSET_MM, 0))
    title, more = (row.title, row.more) if form.tile_mm else (row.plate, row.short or row.title)
    end, room = _end(s, room, row, next_=next_) if form.turns else ((), room)
    blocks = [(title, Type.BUTTON, on), (more if form.mores else "", Type.BODY, muted)]
    label = stacked(s, room.inset(0.0, TILE_INSET_MM), blocks)
    return (Element(box, ground, role, row.name, row.action), *tile, *label, *end)


def _tile(s: Setting, box: Box, row: Row, form: Form, *, next_: bool) -> tuple[Elements, Box]:
    """The tile at the head; of the next row it is in the signal colour."""
    p = s.palette
    at, room = box.inset(TILE_INSET_MM).cut_left(form.tile_mm, TILE_GAP_MM)
    fill, on = (p.signal, p.on_signal) if next_ else (p.function_key, p.ink)
    label = stacked(s, at, [(row.plate, Type.BUTTON, on)], Align.CENTRE)
    beside = Box(room.x, box.y, box.right - INSET_MM - room.x, box.height)
    return (Element(at, Fill(fill, TILE_RADIUS_MM)), *label), beside


def _end(s: Setting, room: Box, row: Row, *, next_: bool) -> tuple[Elements, Box]:
    """Its turn as a number in a disc, or the cross that removes it."""
    p = s.palette
    if row.remove is not None:
        side = s.theme.space.target
        strip, rest = Box(room.x, room.y, room.width + INSET_MM - EDGE_MM, room.height).cut_right(side, 0.0)
        at = strip.middle(side, side)
        pressed = s.pressed(row.remove)
        mark = (Element(at.inset(EDGE_MM), Fill(p.signal, RADIUS_MM - EDGE_MM)),) if pressed else ()
        cross = Element(at.middle(CROSS_MM, CROSS_MM), Icon("close", p.on_signal if pressed else p.ink))
        target = Element(at, Words((), Type.BUTTON, p.ink), Role.BUTTON, row.remove_name, row.remove)
        return (*mark, target, cross), rest
    if not row.turn:
        return (), room
    strip, rest = room.cut_right(TURN_MM, TURN_GAP_MM)
    at = strip.middle(TURN_MM, TURN_MM)
    at = Box(at.x - 2.0, at.y, at.width, at.height)
    disc = Fill(p.primary, TURN_MM / 2) if next_ else Fill(p.surface, TURN_MM / 2, p.line, s.theme.outline_mm)
    number = stacked(s, at, [(str(row.turn), Type.BUTTON, p.on_primary if next_ else p.ink)], Align.CENTRE)
    return (Element(at, disc), *number), rest
