"""Doors: a compartment's plate, where it is in words, and the map of the bank with the way to it.

Holds how a door is named everywhere. It must not know what is done with it.
"""

from kiosk.core.ids import CompartmentId
from kiosk.core.layout import HeightBand
from kiosk.core.view import DoorPlace
from ui.elements import Align, BankMap, Door, Element, Fill, MapColours, ParcelPicture, Role, Words
from ui.geometry import Box
from ui.parts.words import Elements, height_mm, stacked
from ui.setting import Setting
from ui.theme import Colour, FieldColours, Tint, Type

COLUMN_KEYS = tuple(f"door.column_{number}" for number in range(1, 13))
HEIGHT_KEYS = {
    HeightBand.FLOOR: "door.height_floor",
    HeightBand.KNEE: "door.height_knee",
    HeightBand.WAIST: "door.height_waist",
    HeightBand.CHEST: "door.height_chest",
    HeightBand.EYE: "door.height_eye",
    HeightBand.ABOVE: "door.height_above",
}
PLATE_MARGIN_MM = 6.0
PLATE_OVER_CAPITAL = 1.67
PLATE_RADIUS = 0.2
OVER_MM = 2.5
"""So far the words beside a plate may reach into the margin of a large panel."""


def column_words(s: Setting, door: DoorPlace) -> str:
    """Such as "Third column"."""
    if door.column <= len(COLUMN_KEYS):
        return s.texts.say(COLUMN_KEYS[door.column - 1])
    return s.texts.say("door.column_more", number=door.column)


def height_words(s: Setting, door: DoorPlace) -> str:
    """Such as "knee height"."""
    return s.texts.say(HEIGHT_KEYS[door.height])


def place_words(s: Setting, door: DoorPlace) -> str:
    """Such as "Third column, knee height"."""
    return s.texts.say("door.place", column=column_words(s, door), height=height_words(s, door))


def plate_size_mm(s: Setting, label: CompartmentId) -> tuple[float, float]:
    """Width and height of the plate with that label."""
    return s.typeface.width_mm(label, Type.PLATE) + 2 * PLATE_MARGIN_MM, s.size(
        Type.PLATE
    ).capital_mm * PLATE_OVER_CAPITAL


def plate(s: Setting, box: Box, label: CompartmentId, tint: Tint) -> Elements:
    """The plate, which fills its box."""
    words = box.middle(box.width, s.size(Type.PLATE).capital_mm)
    return (
        Element(box, Fill(tint.ground, box.height * PLATE_RADIUS)),
        Element(
            words, Words((label,), Type.PLATE, tint.on, Align.CENTRE), Role.TEXT, s.texts.say("door.named", door=label)
        ),
    )


def plate_and_place(s: Setting, box: Box, door: DoorPlace, colours: FieldColours) -> tuple[Elements, Box]:
    """The plate with the words for the place beside it, or under it where they do not fit; and the room left."""
    width, height = plate_size_mm(s, door.compartment)
    at, _ = Box(box.x, box.y, width, height).cut_top(height)
    drawn = plate(s, at, door.compartment, Tint(colours.plate, colours.on_plate))
    words = place_words(s, door)
    over_mm = 0.0 if s.theme.small else OVER_MM
    beside = Box(at.right + 4.5, box.y, box.width - width - 4.5 + over_mm, height)
    for type_ in (Type.TITLE, Type.BUTTON):
        lines = s.typeface.wrapped(words, type_, beside.width)
        fits = all(s.typeface.width_mm(line, type_) <= beside.width for line in lines)
        if fits and height_mm(s, type_, len(lines)) <= height * 1.25:
            break
    else:
        lines = _lines_under(s, door, box.width)
        under = Box(box.x, at.bottom + 3.0, box.width, height_mm(s, Type.BUTTON, len(lines)))
        told = (Element(under, Words(lines, Type.BUTTON, colours.on), Role.HEADING, words),)
        _, rest = box.cut_top(under.bottom - box.y, 4.0)
        return (*drawn, *told), rest
    tall = height_mm(s, type_, len(lines))
    label = Element(
        Box(beside.x, at.centre[1] - tall / 2, beside.width, tall),
        Words(lines, type_, colours.on),
        Role.HEADING,
        words,
    )
    _, rest = box.cut_top(max(height, tall), 4.0)
    return (*drawn, label), rest


def _lines_under(s: Setting, door: DoorPlace, width_mm: float) -> tuple[str, ...]:
    """The place on one line, or broken between column and height."""
    whole = s.typeface.wrapped(place_words(s, door), Type.BUTTON, width_mm)
    if len(whole) == 1:
        return whole
    broken = s.texts.say("door.place", column=column_words(s, door), height=f"\n{height_words(s, door)}")
    return tuple(line for part in broken.split("\n") for line in s.typeface.wrapped(part, Type.BUTTON, width_mm))


def parcel_picture(s: Setting, outline: Colour | None = None) -> ParcelPicture:
    p = s.palette
    return ParcelPicture(p.parcel, p.parcel_tape, p.parcel_mark, outline)


def bank_map(  # noqa: PLR0913 - what a map can point at
    s: Setting,
    box: Box,
    door: DoorPlace | None,
    colours: FieldColours,
    *,
    is_open: bool = False,
    avoided: CompartmentId | None = None,
    ring_mm: float = 1.0,
) -> Elements:
    """The map, and what it shows as words for who cannot see it."""
    p = s.palette
    look = BankMap(
        s.model.layout,
        MapColours(colours.fill, colours.line, colours.on, colours.here, p.danger),
        parcel_picture(s),
        here=door.compartment if door is not None else None,
        door=Door.OPEN if is_open else Door.SHUT,
        avoided=avoided,
        ring_mm=ring_mm,
        pins=not s.theme.small,
    )
    name = s.texts.say("door.map", place=place_words(s, door)) if door is not None else s.texts.say("door.map_all")
    return (Element(box, look, Role.IMAGE, name),)


def small_plate(s: Setting, box: Box, label: CompartmentId, *, next_: bool) -> Elements:
    """The tile at the head of a list's row; the next one is in the signal colour."""
    p = s.palette
    fill, on = (p.signal, p.on_signal) if next_ else (p.function_key, p.ink)
    return (Element(box, Fill(fill, 2.7)), *stacked(s, box, [(label, Type.BUTTON, on)], Align.CENTRE))
