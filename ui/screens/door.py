"""Door: which one, where it is, and what to do at it; for a pickup, a drop, and a parcel that is taken back.

Holds these screens: they are one picture with different words and ways out. It must not know boards or locks.
"""

from collections.abc import Mapping, Sequence

from kiosk.core.events import Choice
from kiosk.core.state import Stage
from kiosk.core.view import DoorPlace, DropDoor, PickupDoor, TakeBack
from ui.elements import Choose, Picture, Role
from ui.geometry import Box
from ui.parts.buttons import Button, Style, ways
from ui.parts.doors import bank_map, plate_and_place
from ui.parts.halves import Halves, Shares, halves
from ui.parts.waiting import BAR_MM, waiting
from ui.parts.words import HEADLINE, Elements, fitting, headline, height_mm, words
from ui.setting import Setting
from ui.theme import Field, Type

SHARES = Shares(0.625, small=0.5975, upright=0.555, small_upright=0.4)
BEATS, BEAT_MS = 3, 900
RING_MM, BEAT_RING_MM, FRAME_MS = 1.0, 1.7, 16
ALL_WAYS: Mapping[Choice, tuple[str, str]] = {
    Choice.IT_IS_DONE: ("check", "door.it_is_done"),
    Choice.TAKEN_BACK: ("check", "door.taken_back"),
    Choice.LEFT_INSIDE: ("parcel", "door.left_inside"),
    Choice.NEED_LARGER: ("larger", "door.need_larger"),
    Choice.OCCUPIED: ("block", "door.occupied"),
    Choice.OPEN_AGAIN: ("again", "door.open_again"),
    Choice.CANT_REACH: ("reach", "door.cant_reach"),
    Choice.NOT_HERE: ("missing", "door.not_here"),
}
"""Every way out that a door can have, in the order in which they stand."""
BACK: Mapping[Choice, tuple[str, str]] = {
    Choice.CANCEL: ("close", "door.cancel"),
    Choice.FINISH: ("close", "finish"),
}
"""What stands beside Help."""
FIRST = {Choice.IT_IS_DONE, Choice.TAKEN_BACK}
"""The answer that most people give, as the primary button at the bottom."""


def pickup_door(s: Setting, page: PickupDoor) -> Picture:
    if page.relocked:
        return _asking(s, page.door, "door.is_it_out", "door.is_it_out_more")
    if page.kept:
        return _door(s, page.door, page.stage, page.reminder, "door.close_kept")
    if page.disputed:
        return _door(s, page.door, page.stage, page.reminder, "door.close_disputed")
    return _door(s, page.door, page.stage, page.reminder, "door.take_it_out")


def drop_door(s: Setting, page: DropDoor) -> Picture:
    if page.relocked:
        return _asking(s, page.door, "door.is_it_in", "door.is_it_in_more")
    return _door(s, page.door, page.stage, page.reminder, "door.put_it_in")


def take_back(s: Setting, page: TakeBack) -> Picture:
    if page.asking:
        return _asking(s, page.door, "door.is_it_taken_back", "door.is_it_taken_back_more")
    return _door(s, page.door, page.stage, page.reminder, "door.take_it_back")


def _door(s: Setting, door: DoorPlace, stage: Stage | None, reminder: int, what_key: str) -> Picture:
    """The door opens, or is open: then the field is in the signal colour and the ring beats three times."""
    is_open = stage is Stage.OPEN
    parts = halves(s, Field.OPEN if is_open else Field.STAFF, SHARES, back=_back(s))
    beat_mm, changes_ms = _beat(s) if is_open else (RING_MM, None)
    told, room = plate_and_place(s, parts.tell, door, parts.colours)
    shown = bank_map(s, room, door, parts.colours, is_open=is_open, ring_mm=beat_mm)
    below, above = ways(s, parts.do, _ways(s), height_mm(s, Type.BUTTON, 3))
    if is_open:
        return _picture(parts, (*told, *shown), (*_reminded(s, above, reminder, what_key), *below), changes_ms)
    said, under = headline(s, above, s.texts.say("door.opening"), s.palette.ink, Role.STATUS)
    bar, changes_ms = waiting(s, under.cut_top(BAR_MM)[0])
    return _picture(parts, (*told, *shown), (*said, *bar), changes_ms)


def _reminded(s: Setting, box: Box, reminder: int, what_key: str) -> Elements:
    above: Elements = ()
    if reminder:
        colour = s.field(Field.PROBLEM).muted
        above, box = words(s, box, s.texts.say("door.still_open"), Type.BODY, colour, role=Role.ALERT)
    said, _ = fitting(s, box, s.texts.say(what_key), HEADLINE, s.palette.ink, role=Role.HEADING)
    return (*above, *said)


def _asking(s: Setting, door: DoorPlace, title_key: str, more_key: str) -> Picture:
    """The contact does not tell enough, so the person is asked."""
    parts = halves(s, Field.STAFF, SHARES, back=_back(s))
    told, room = plate_and_place(s, parts.tell, door, parts.colours)
    shown = bank_map(s, room, door, parts.colours)
    below, above = ways(s, parts.do, _ways(s), height_mm(s, Type.BUTTON, 2))
    title, above = headline(s, above, s.texts.say(title_key), s.palette.ink)
    more, _ = fitting(s, above, s.texts.say(more_key), (Type.BODY,), s.palette.muted)
    return _picture(parts, (*told, *shown), (*title, *more, *below), None)


def _ways(s: Setting) -> Sequence[Button]:
    offered = [choice for choice in ALL_WAYS if s.offered(choice)]
    ordered = [choice for choice in offered if choice not in FIRST] + [choice for choice in offered if choice in FIRST]
    return [_way(s, choice) for choice in ordered]


def _back(s: Setting) -> Button | None:
    for choice, (icon, key) in BACK.items():
        if s.offered(choice):
            return Button(icon, s.texts.say(key), Choose(choice), centred=True)
    return None


def _way(s: Setting, choice: Choice) -> Button:
    icon, key = ALL_WAYS[choice]
    style = Style.PRIMARY if choice in FIRST else Style.NORMAL
    type_ = Type.TITLE if style is Style.PRIMARY and not s.theme.small else Type.BUTTON
    return Button(icon, s.texts.say(key), Choose(choice), style, type=type_)


def _beat(s: Setting) -> tuple[float, int | None]:
    """The ring of the door meant, and when it has another width: three beats, then rest."""
    since_ms = s.now_ms - s.local.begun_ms
    if since_ms >= BEATS * BEAT_MS:
        return RING_MM, None
    phase = (since_ms % BEAT_MS) / BEAT_MS
    swell = 1 - abs(2 * phase - 1)
    return RING_MM + (BEAT_RING_MM - RING_MM) * swell, s.now_ms + FRAME_MS


def _picture(parts: Halves, tell: Elements, do: Elements, changes_ms: int | None) -> Picture:
    return Picture((*parts.elements, *tell, *do, *parts.corner), parts.do_part, changes_ms)
