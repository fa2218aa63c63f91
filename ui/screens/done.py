"""Done: delivered, collected, or recorded without a door; what can still be taken back stands over the next step.

Holds these screens. It must not know when a notice leaves, only until when it can be held.
"""

from collections.abc import Mapping

from kiosk.core.events import Choice
from kiosk.core.view import DropDone, PickupDone, Said
from ui.elements import Choose, Element, Fill, Icon, Picture, Role
from ui.geometry import Box
from ui.parts.badges import badge, countdown
from ui.parts.buttons import Button, Style, button, ways
from ui.parts.doors import parcel_picture, plate, plate_size_mm
from ui.parts.halves import Halves, Shares, halves
from ui.parts.heads import badge_and_title
from ui.parts.words import Elements, fitting, headline, height_mm, stacked, words
from ui.setting import Setting
from ui.theme import Field, Tint, Type

SHARES = Shares(0.547, upright=0.42)
MANY_WAYS = Shares(0.547, upright=0.42, small_upright=0.285)
"""Where three more ways stand over the next step."""
UNDO_MM, SMALL_UNDO_MM = 25.5, 18.2
UNDO_S = 60
"""The ring is whole at PRODUCT's undo time."""
PICKUP_KEYS: Mapping[str, tuple[str, str]] = {
    "collected": ("collected.title", "collected.more"),
    "kept": ("kept.title", "kept.more"),
    "disputed": ("disputed.title", "disputed.more"),
}
SAID_KEYS: Mapping[str, tuple[str, str]] = {
    "left_with_staff": ("said.left_with_staff", "said.left_with_staff_more"),
    "taken_along": ("said.taken_along", "said.taken_along_more"),
    "withdrawn": ("said.withdrawn", "said.withdrawn_more"),
    "did_not_open": ("said.did_not_open", "said.did_not_open_more"),
}
AGAIN: Mapping[Choice, tuple[str, str]] = {
    Choice.OPEN_AGAIN: ("again", "collected.open_again"),
    Choice.CANT_REACH: ("reach", "door.cant_reach"),
    Choice.NOT_HERE: ("missing", "door.not_here"),
}


def drop_done(s: Setting, page: DropDone) -> Picture:
    """The parcel is in custody; undo counts down until the resident is told."""
    parts = halves(s, Field.DONE, SHARES, back=_finish(s))
    head, tell = _head(s, parts, s.texts.say("delivered.title"), beside=True)
    width, height = plate_size_mm(s, page.door.compartment)
    strip, tell = tell.cut_top(height, 3.0 if s.theme.small else 5.0)
    tint = Tint(parts.colours.plate, parts.colours.on_plate)
    label = plate(s, Box(strip.x, strip.y, width, height), page.door.compartment, tint)
    left_s, undoable = s.seconds_left(page.undo_until_ms), bool(s.offered(Choice.UNDO))
    text = s.texts.count("delivered.told_in", left_s) if undoable else s.texts.say("delivered.told")
    again = Button("again", s.texts.say("door.open_again"), Choose(Choice.OPEN_AGAIN))
    onward = [again] if s.offered(Choice.OPEN_AGAIN) else []
    below, above = ways(s, parts.do, [*onward, _next(s, page.left)])
    undo = _undo(s, above, left_s) if undoable else ()
    changes = s.next_second_ms(page.undo_until_ms) if undoable and left_s else None
    told = (*head, *label, *_note(s, tell, text, parts))
    return Picture((*parts.elements, *told, *undo, *below, *parts.corner), parts.do_part, changes)


def said(s: Setting, page: Said) -> Picture:
    """Recorded, without a parcel in custody."""
    failed = page.what == "did_not_open"
    parts = halves(s, Field.PROBLEM if failed else Field.DONE, SHARES, back=_finish(s))
    title, more = SAID_KEYS[page.what]
    head, tell = _head(s, parts, s.texts.say(title), sign="bang" if failed else "check")
    told, _ = fitting(s, tell, s.texts.say(more), (Type.BODY,), parts.colours.muted, most_lines=4)
    below, _ = ways(s, parts.do, [_next(s, page.left)])
    return Picture((*parts.elements, *head, *told, *below, *parts.corner), parts.do_part)


def pickup_done(s: Setting, page: PickupDone) -> Picture:
    """Collected, kept for later, or disputed."""
    collected, disputed = page.what == "collected", page.what == "disputed"
    shares = MANY_WAYS if any(map(s.offered, AGAIN)) else SHARES
    parts = halves(s, Field.PROBLEM if disputed else Field.DONE, shares)
    title, more = PICKUP_KEYS[page.what]
    text = s.texts.count(title, max(page.count, 1)) if collected else s.texts.say(title)
    head, tell = _head(s, parts, text, sign="bang" if disputed else "check")
    told, tell = fitting(s, tell, s.texts.say(more), (Type.BODY,), parts.colours.muted, most_lines=4)
    art = _pile(s, parts) if collected else ()
    again = [
        Button(icon, s.texts.say(key, door=page.door.compartment), Choose(choice))
        for choice, (icon, key) in AGAIN.items()
        if s.offered(choice)
    ]
    done = Button("check", s.texts.say("done"), Choose(Choice.FINISH), Style.PRIMARY, type=Type.TITLE)
    below, above = ways(s, parts.do, [*again, done], 0.0 if s.theme.small else height_mm(s, Type.BUTTON, 1))
    asked = headline(s, above, s.texts.say("collected.forgot"), s.palette.ink)[0] if again else ()
    return Picture((*parts.elements, *head, *told, *art, *asked, *below, *parts.corner), parts.do_part)


def _head(s: Setting, parts: Halves, text: str, sign: str = "check", *, beside: bool = False) -> tuple[Elements, Box]:
    """The badge, with the title under it, or beside it where more has to fit."""
    c = parts.colours
    tint = Tint(c.line, c.fill)
    if beside or s.theme.small:
        return badge_and_title(s, parts.tell, (sign, tint), text, c.on)
    disc, tell = badge(s, parts.tell, sign, tint)
    head, tell = headline(s, tell, text, c.on)
    return (*disc, *head), tell


def _note(s: Setting, box: Box, text: str, parts: Halves) -> Elements:
    """A card with a clock: what happens next by itself. Where there is no room for a card, the words alone."""
    c = parts.colours
    room = Box(box.x + 19.7, box.y, box.width - 24.7, box.height)
    height = height_mm(s, Type.BODY, len(s.typeface.wrapped(text, Type.BODY, room.width))) + 11.0
    if height > box.height:
        return fitting(s, box, text, (Type.BODY,), c.on, role=Role.STATUS)[0]
    card, _ = box.cut_top(height)
    sign = Box(card.x + 5.0, card.y + 5.0, 10.2, 10.2)
    told, _ = words(s, Box(room.x, card.y + 5.5, room.width, height), text, Type.BODY, c.on, role=Role.STATUS)
    ground = Element(card, Fill(c.button, 4.4, c.line, s.theme.outline_mm))
    return (ground, Element(sign, Icon("clock", c.on)), *told)


def _undo(s: Setting, box: Box, left_s: int) -> Elements:
    """The question, and under it the button with the ring, next to the other ways on."""
    p, small = s.palette, s.theme.small
    strip, above = box.cut_bottom(SMALL_UNDO_MM if small else UNDO_MM, s.theme.space.gap)
    head, _ = headline(s, above, s.texts.say("delivered.wrong"), p.ink)
    action, label = Choose(Choice.UNDO), s.texts.say("delivered.undo")
    ground = button(s, strip, Button("", "", action, key=label))
    ink = p.on_signal if s.pressed(action) else p.ink
    ring_mm = strip.height - 5.0
    ring = Box(strip.x + 4.0, strip.centre[1] - ring_mm / 2, ring_mm, ring_mm)
    room = Box(ring.right + 4.0, strip.y, strip.right - ring.right - 6.0, strip.height)
    named = stacked(s, room, [(label, Type.BUTTON if small else Type.TITLE, ink)])
    total_s = max(left_s, UNDO_S)
    return (*head, *ground, *countdown(s, ring, left_s, total_s, Tint(p.function_key, ink)), *named)


def _finish(s: Setting) -> Button | None:
    """Beside Help while there is something else to go on with."""
    if not s.offered(Choice.NEXT_PARCEL):
        return None
    return Button("close", s.texts.say("delivered.finish"), Choose(Choice.FINISH), centred=True)


def _next(s: Setting, left: int) -> Button:
    """The next parcel while there are labels or a courier; otherwise the end."""
    if not s.offered(Choice.NEXT_PARCEL):
        return Button("check", s.texts.say("done"), Choose(Choice.FINISH), Style.PRIMARY, type=Type.TITLE)
    label = s.texts.count("delivered.next", left) if left else s.texts.say("delivered.scan_another")
    return Button("next" if left else "scan", label, Choose(Choice.NEXT_PARCEL), Style.PRIMARY)


def _pile(s: Setting, parts: Halves) -> Elements:
    """Parcels on a floor line beside Help, where there is room for them."""
    corner, box = parts.corner[0].box, parts.tell
    if s.theme.portrait or s.theme.small:
        return ()
    floor = Box(corner.right + 6.5, corner.bottom - 0.9, box.right - corner.right - 6.5, 0.9)
    wide, tall, small = (24.5, 18.3), (20.4, 15.3), (14.3, 10.5)
    right = Box(floor.right - 4.0 - wide[0], floor.y - wide[1], *wide)
    left = Box(right.x - 2.3 - tall[0], floor.y - tall[1], *tall)
    top = Box(right.x + 4.0, right.y - small[1], *small)
    pictures = tuple(Element(each, parcel_picture(s)) for each in (left, right, top))
    return (Element(floor, Fill(parts.colours.on, 0.45)), *pictures)
