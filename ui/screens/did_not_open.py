"""Did not open: what happened, what it means for the parcel, and which door is used instead.

Holds these screens. It must not know why a lock failed.
"""

from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from kiosk.core.view import DoorPlace, DropDoorDidNotOpen, PickupDoorDidNotOpen
from ui.elements import Choose, Picture, Role
from ui.parts.buttons import Button, Style, ways
from ui.parts.doors import bank_map
from ui.parts.halves import Halves, Shares, halves
from ui.parts.heads import badge_and_title
from ui.parts.words import Elements, fitting, headline, height_mm
from ui.setting import Setting
from ui.theme import Field, Tint, Type

DROP = Shares(0.572, small=0.55, upright=0.5, small_upright=0.36)
PICKUP = Shares(0.572, small=0.55, upright=0.5)


def drop_door_did_not_open(s: Setting, page: DropDoorDidNotOpen) -> Picture:
    """Another door, if there is one; the parcel is still in the courier's hand."""
    cancel = Button("close", s.texts.say("door.cancel"), Choose(Choice.CANCEL), centred=True)
    parts = halves(s, Field.PROBLEM, DROP, back=cancel)
    others = [CompartmentId(name) for name in s.offered(Choice.OPEN_OTHER)]
    instead = others[0] if others else None
    told = _told(s, parts, page.door, s.texts.say("did_not_open.staff_know"), instead)
    key = "did_not_open.use_other" if instead is not None else "did_not_open.no_other"
    buttons = [
        Button("door", s.texts.say("did_not_open.it_is_open"), Choose(Choice.IT_IS_OPEN)),
        Button("desk", s.texts.say("leave_with_staff"), Choose(Choice.LEAVE_WITH_STAFF)),
    ]
    if instead is not None:
        label = s.texts.say("your_parcels.open", door=instead)
        buttons.append(Button("door", label, Choose(Choice.OPEN_OTHER, instead), Style.PRIMARY, type=Type.TITLE))
    return _picture(s, parts, told, key, buttons)


def pickup_door_did_not_open(s: Setting, page: PickupDoorDidNotOpen) -> Picture:
    """The parcel is safe and the code stays good."""
    finish = Button("close", s.texts.say("finish"), Choose(Choice.FINISH), centred=True)
    parts = halves(s, Field.PROBLEM, PICKUP, back=finish)
    told = _told(s, parts, page.door, s.texts.say("did_not_open.parcel_safe"), None)
    others = [
        Button("door", s.texts.say("your_parcels.open", door=name), Choose(Choice.OPEN, name))
        for name in s.offered(Choice.OPEN)
    ]
    buttons = [
        *others,
        Button("door", s.texts.say("did_not_open.it_is_open"), Choose(Choice.IT_IS_OPEN)),
        Button("again", s.texts.say("did_not_open.try_again"), Choose(Choice.OPEN_AGAIN), Style.PRIMARY),
    ]
    return _picture(s, parts, told, "did_not_open.what_now", buttons)


def _told(s: Setting, parts: Halves, door: DoorPlace, more: str, instead: CompartmentId | None) -> Elements:
    c, tell = parts.colours, parts.tell
    title = s.texts.say("did_not_open.title", door=door.compartment)
    head, room = badge_and_title(s, tell, ("bang", Tint(c.line, c.fill)), title, c.on, role=Role.ALERT)
    told, room = fitting(s, room, more, (Type.BODY,), c.muted, most_lines=4)
    if room.height < 20.0:  # noqa: PLR2004 - millimetres: a smaller map shows nothing
        return (*head, *told)
    place = next((each for each in s.model.layout.places if each.compartment == instead), None)
    pointed = DoorPlace(place.compartment, place.column, place.row, place.height_band) if place is not None else None
    shown = bank_map(s, room, pointed, c, avoided=door.compartment)
    return (*head, *told, *shown)


def _picture(s: Setting, parts: Halves, told: Elements, key: str, buttons: list[Button]) -> Picture:
    below, above = ways(s, parts.do, buttons, height_mm(s, Type.BUTTON, 2))
    asked, _ = headline(s, above, s.texts.say(key), s.palette.ink)
    return Picture((*parts.elements, *told, *asked, *below, *parts.corner), parts.do_part)
