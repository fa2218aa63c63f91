"""Size: which size of compartment the parcel needs, drawn to scale, or whether it joins the resident's other one.

Holds this screen. It must not know which compartments there are, nor how one is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.core.events import Choice
from kiosk.core.view import ChooseSize, SizeCard
from ui.elements import Action, Align, Choose, Element, Fill, Hatch, Icon, Picture, Role, SayWhy
from ui.geometry import Box
from ui.parts.buttons import PRESSED_OUTLINE_MM, Button, button, with_turn
from ui.parts.delivery import SIZE, steps_if_room
from ui.parts.doors import parcel_picture
from ui.parts.halves import Halves, Shares, halves
from ui.parts.lists import paged
from ui.parts.words import Elements, fitting, headline, height_mm, stacked
from ui.setting import Setting
from ui.theme import Colour, Field, Type

SHARES = Shares(0.284, small=0.45, upright=0.24)
SIZE_KEYS: Mapping[str, str] = {
    "XS": "size.extra_small",
    "S": "size.small",
    "M": "size.medium",
    "L": "size.large",
    "XL": "size.extra_large",
}
"""What the usual names of sizes stand for; any other name is shown as it is."""
RADIUS_MM, DOOR_MM, DOOR_RADIUS_MM, FLOOR_MM = 4.8, 0.8, 1.2, 0.9
NATURAL_ROW_MM, SIGN_MM, MOST_AT_FOOT = 30.0, 7.0, 3
SIGN_GAP_MM, PILL_MARGIN_MM, TEXT_MARGINS_MM = 1.8, 3.0, (1.1, 0.1)
"""Digits hang below no line, so what stands over them can be lower."""
TIMES = "\N{MULTIPLICATION SIGN}"
CARD_MARGIN_MM = 1.2
ART, ASIDE = 0.11, 0.31
"""Shares of a row for the door at most, and for how many are free."""


@dataclass(frozen=True, slots=True)
class Coat:
    """The colours of a card in one state."""

    fill: Colour
    on: Colour
    muted: Colour
    inside: Colour
    outline: Colour
    outline_mm: float


def choose_size(s: Setting, page: ChooseSize) -> Picture:
    """A card per size; under them what else there is: the resident's other parcel, or that nothing fits."""
    cancel = Button("close", s.texts.say("door.cancel"), Choose(Choice.CANCEL), centred=True)
    none_fits = Button("larger", s.texts.say("size.none_fits"), Choose(Choice.NEED_LARGER))
    wide = not s.theme.small and not s.theme.portrait
    parts = halves(s, Field.DELIVER, SHARES, side=() if wide else (none_fits,), back=cancel)
    tell = _tell(s, page, parts)
    added = [_add_to(s, name, explained=not wide) for name in s.offered(Choice.ADD_TO)]
    if not wide:
        return _picture(parts, tell, _in_rows(s, parts.do, page, added))
    foot, room = parts.do.cut_bottom(s.theme.space.button, s.theme.space.gap)
    return _picture(parts, tell, (*_side_by_side(s, room, page), *_at_foot(s, foot, [*added, none_fits])))


def _tell(s: Setting, page: ChooseSize, parts: Halves) -> Elements:
    c = parts.colours
    title, unit_mm = s.texts.say("size.title"), s.size(Type.BUTTON).capital_mm
    line, tell = steps_if_room(s, parts.tell, SIZE, c, title, keep_mm=unit_mm * 3)
    head, rest = headline(s, tell.cut_bottom(unit_mm, unit_mm)[1], title, c.on)
    tell = Box(tell.x, rest.y, tell.width, tell.bottom - rest.y)
    unit, tell = fitting(s, tell, s.texts.say("unit.named", unit=page.unit), (Type.BUTTON,), c.on)
    doors = ", ".join(door.compartment for door in page.shared)
    more = s.texts.say("size.same_resident_in", doors=doors) if doors else s.texts.say("size.hint")
    hint, _ = fitting(s, tell, more, (Type.BODY,), c.muted, most_lines=4)
    return (*line, *head, *unit, *hint)


def _add_to(s: Setting, door: str, *, explained: bool) -> Button:
    more = s.texts.say("size.same_resident") if explained else ""
    name = s.texts.say("size.add_to_named", door=door)
    return Button("parcel", s.texts.say("size.add_to", door=door), Choose(Choice.ADD_TO, door), more=more, key=name)


def _at_foot(s: Setting, box: Box, several: Sequence[Button]) -> Elements:
    shown = with_turn(s, several, MOST_AT_FOOT)
    places = box.columns(len(shown), s.theme.space.gap)
    return tuple(each for place, what in zip(places, shown, strict=True) for each in button(s, place, what))


def _picture(parts: Halves, tell: Elements, do: Elements) -> Picture:
    return Picture((*parts.elements, *tell, *do, *parts.corner), parts.do_part)


# --- cards ---


def size_name(s: Setting, card: SizeCard) -> str:
    """Such as "Small"."""
    key = SIZE_KEYS.get(card.size)
    return s.texts.say(key) if key is not None else card.size


def _measures(card: SizeCard) -> str:
    return f"{card.height_mm}{TIMES}{card.width_mm}"


def _ground(s: Setting, box: Box, card: SizeCard) -> tuple[Element, Coat]:
    """The card's ground: the whole of it is the target."""
    p = s.palette
    name = size_name(s, card)
    action: Action = Choose(Choice.SIZE, card.size)
    said = s.texts.count("size.free", card.free)
    if not card.free:
        said = s.texts.say("size.full")
        action = SayWhy(s.texts.say("size.full_why", size=name))
    elif card.suggested:
        said = s.texts.say("size.best_fit")
    coat = Coat(p.surface, p.ink, p.muted, p.surface, p.line, s.theme.outline_mm)
    if not card.free:
        coat = Coat(p.disabled, p.on_disabled, p.on_disabled, p.disabled, p.line, s.theme.outline_mm)
    elif card.suggested or s.pressed(action):
        coat = Coat(p.signal, p.on_signal, p.on_signal, p.surface, p.ink, PRESSED_OUTLINE_MM)
    fill = Fill(coat.fill, RADIUS_MM, coat.outline, coat.outline_mm, dashed=not card.free)
    measures = s.texts.say("size.measures", height=card.height_mm, width=card.width_mm)
    return Element(box, fill, Role.BUTTON, f"{name}. {measures}. {said}", action), coat


def _side_by_side(s: Setting, box: Box, page: ChooseSize) -> Elements:
    """Columns on one floor line, all to one scale."""
    gap = s.theme.space.gap
    places = box.columns(len(page.sizes), gap)
    told_mm = s.size(Type.BUTTON).capital_mm * 3.4 + s.size(Type.BODY).capital_mm + 22.0
    floor_y = box.bottom - told_mm
    tallest = max(card.height_mm for card in page.sizes)
    widest = max(card.width_mm for card in page.sizes)
    scale = min((floor_y - box.y - 6.0) / tallest, (places[0].width - 7.0) / widest)
    elements: Elements = ()
    for place, card in zip(places, page.sizes, strict=True):
        ground, coat = _ground(s, place, card)
        above = Box(place.x, place.y, place.width, floor_y - place.y)
        below = Box(place.x, floor_y + FLOOR_MM, place.width, place.bottom - floor_y - FLOOR_MM)
        elements += (ground, *_door(s, above, card, coat, scale), *_under_floor(s, below, card, coat))
    return elements


def _door(s: Setting, box: Box, card: SizeCard, coat: Coat, scale: float) -> Elements:
    """The compartment's opening to scale, standing on the floor line at the bottom of the box."""
    width, height = card.width_mm * scale, card.height_mm * scale
    at = Box(box.centre[0] - width / 2, box.bottom - height, width, height)
    drawn: Elements = (Element(at, Fill(coat.inside, DOOR_RADIUS_MM, coat.on, DOOR_MM)),)
    if not card.free:
        drawn += (Element(at.inset(DOOR_MM), Hatch(coat.outline)),)
    elif card.suggested:
        inside = at.inset(DOOR_MM)
        high = min(inside.height * 0.85, inside.width * 0.5)
        parcel = Box(0, 0, min(inside.width * 0.75, high * 2.4), high)
        parcel = Box(at.centre[0] - parcel.width / 2, inside.bottom - parcel.height, parcel.width, parcel.height)
        drawn += (Element(parcel, parcel_picture(s)),)
    floor = Box(at.x - 1.2, box.bottom - FLOOR_MM / 2, at.width + 2.4, FLOOR_MM)
    return (*drawn, Element(floor, Fill(coat.on, FLOOR_MM / 2)))


def _under_floor(s: Setting, box: Box, card: SizeCard, coat: Coat) -> Elements:
    foot, above = box.inset(CARD_MARGIN_MM, 2.0).cut_bottom(18.0)
    name = [(size_name(s, card), Type.BUTTON, coat.on), (_measures(card), Type.BODY, coat.on)]
    return (*stacked(s, above, name, Align.CENTRE), *_how_many(s, foot, card, coat))


def _how_many(s: Setting, box: Box, card: SizeCard, coat: Coat) -> Elements:
    """How many are free; the best fit and a full size say so with a sign as well."""
    p = s.palette
    if card.free and not card.suggested:
        return stacked(s, box, [(s.texts.count("size.free", card.free), Type.BODY, coat.muted)], Align.CENTRE)
    words = s.texts.say("size.best_fit" if card.free else "size.full")
    lines = s.typeface.wrapped(words, Type.BUTTON, box.width - 2.0)
    tall = height_mm(s, Type.BUTTON, len(lines))
    sign_mm = min(SIGN_MM, box.height - tall - SIGN_GAP_MM - PILL_MARGIN_MM)
    if sign_mm < SIGN_MM * 0.6:
        return stacked(s, box, [(words, Type.BUTTON, coat.on)], Align.CENTRE)
    fill, on, icon = (p.on_signal, p.signal, "check") if card.free else (coat.fill, coat.on, "block")
    ground = (Element(box, Fill(fill, 3.0)),) if card.free else ()
    at = Box(box.centre[0] - sign_mm / 2, box.centre[1] - (sign_mm + SIGN_GAP_MM + tall) / 2, sign_mm, sign_mm)
    label = Box(box.x + 1.0, at.bottom + SIGN_GAP_MM, box.width - 2.0, tall)
    return (*ground, Element(at, Icon(icon, on)), *stacked(s, label, [(words, Type.BUTTON, on)], Align.CENTRE))


# --- rows ---


def _in_rows(s: Setting, box: Box, page: ChooseSize, added: list[Button]) -> Elements:
    """One size per row, all to one scale; the resident's other parcels come first."""
    items: list[Button | SizeCard] = [*added, *page.sizes]
    shown, places, turn = paged(s, box, items, NATURAL_ROW_MM)
    tallest = max(card.height_mm for card in page.sizes)
    widest = max(card.width_mm for card in page.sizes)
    scale = min((places[0].height - 5.0) / tallest, box.width * ART / widest)
    art_mm = widest * scale + 2.6
    elements: Elements = ()
    for item, place in zip(shown, places, strict=True):
        elements += button(s, place, item) if isinstance(item, Button) else _row(s, place, item, scale, art_mm)
    return (*elements, *turn)


def _row(s: Setting, box: Box, card: SizeCard, scale: float, art_mm: float) -> Elements:
    ground, coat = _ground(s, box, card)
    art, room = box.inset(3.0, 1.6).cut_left(art_mm, 3.0)
    aside, told = room.cut_right(box.width * ASIDE, 2.0)
    name = [(size_name(s, card), Type.BUTTON, coat.on), (_measures(card), Type.BODY, coat.on)]
    return (
        ground,
        *_door(s, art, card, coat, scale),
        *stacked(s, told.inset(0.0, *TEXT_MARGINS_MM), name),
        *_how_many(s, aside, card, coat),
    )
