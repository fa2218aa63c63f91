"""Done: delivered, collected, or recorded without a door; what can still be taken back stands over the next step.

Holds these screens. It must not know when a notice leaves, only until when it can be held.
"""

from collections.abc import Mapping

from kiosk.core.events import Choice
from kiosk.core.view import DropDone, PickupDone, Said
from ui.elements import Choose, Element, Fill, Icon, Picture, Role
from ui.geometry import Box
from ui.parts.badges import badge, countdown
from ui.parts.buttons import Button, Style, button, buttons_up
from ui.parts.doors import parcel_picture, plate, plate_size_mm
from ui.parts.halves import Halves, Shares, halves
from ui.parts.words import Elements, height_mm, words
from ui.setting import Setting
from ui.theme import Field, Type

SHARES = Shares(0.547, upright=0.42)
UNDO_MM, RING_MM = 25.5, 18.7
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


def drop_done(s: Setting, page: DropDone) -> Picture:
    """The parcel is in custody; undo counts down until the resident is told."""
    parts = halves(s, Field.DONE, SHARES)
    c = parts.colours
    head, tell = _head(s, parts, s.texts.say("delivered.title"))
    width, height = plate_size_mm(s, page.door.compartment)
    strip, tell = tell.cut_top(height, 5.0 if not s.theme.small else 3.0)
    label = plate(s, Box(strip.x, strip.y, width, height), page.door.compartment, c.plate, s.palette.signal)
    left_s = s.seconds_left(page.undo_until_ms)
    undoable = bool(s.offered(Choice.UNDO))
    text = s.texts.count("delivered.told_in", left_s) if undoable else s.texts.say("delivered.told")
    note = _note(s, tell, text, parts)
    undo, do = _undo(s, parts.do, left_s, page.undo_until_ms) if undoable else ((), parts.do)
    again = [Button("again", s.texts.say("door.open_again"), Choose(Choice.OPEN_AGAIN))] if s.offered(Choice.OPEN_AGAIN) else []
    ways, _ = buttons_up(s, do, [*again, *_onward(s, page.left)])
    changes = s.next_second_ms(page.undo_until_ms) if undoable and left_s else None
    return Picture((*parts.elements, *head, *label, *note, *undo, *ways, *parts.corner), parts.do_part, changes)


def said(s: Setting, page: Said) -> Picture:
    """Recorded, without a parcel in custody."""
    parts = halves(s, Field.DONE, SHARES)
    title, more = SAID_KEYS[page.what]
    head, tell = _head(s, parts, s.texts.say(title))
    told, _ = words(s, tell, s.texts.say(more), Type.BODY, parts.colours.muted)
    ways, _ = buttons_up(s, parts.do, _onward(s, page.left))
    return Picture((*parts.elements, *head, *told, *ways, *parts.corner), parts.do_part)


def pickup_done(s: Setting, page: PickupDone) -> Picture:
    """Collected, kept for later, or disputed."""
    collected = page.what == "collected"
    parts = halves(s, Field.DONE if page.what != "disputed" else Field.PROBLEM, SHARES)
    title, more = PICKUP_KEYS[page.what]
    text = s.texts.count(title, max(page.count, 1)) if collected else s.texts.say(title)
    head, tell = _head(s, parts, text, sign="check" if page.what != "disputed" else "bang")
    told, tell = words(s, tell, s.texts.say(more), Type.BODY, parts.colours.muted)
    art = _pile(s, parts.tell, parts) if collected and not s.theme.small else ()
    above: Elements = ()
    again = [choice for choice in AGAIN if s.offered(choice)]
    do = parts.do
    if again and not s.theme.small:
        above, do = words(s, do, s.texts.say("collected.forgot"), Type.TITLE, s.palette.ink, role=Role.HEADING)
    ways = [Button(icon, s.texts.say(key, door=page.door.compartment), Choose(choice)) for choice, (icon, key) in AGAIN.items() if choice in again]
    done = Button("check", s.texts.say("done"), Choose(Choice.FINISH), Style.PRIMARY, type=Type.TITLE)
    below, _ = buttons_up(s, do, [*ways, done])
    return Picture((*parts.elements, *head, *told, *art, *above, *below, *parts.corner), parts.do_part)


AGAIN: Mapping[Choice, tuple[str, str]] = {
    Choice.OPEN_AGAIN: ("again", "collected.open_again"),
    Choice.CANT_REACH: ("reach", "door.cant_reach"),
    Choice.NOT_HERE: ("missing", "door.not_here"),
}


def _head(s: Setting, parts: Halves, text: str, sign: str = "check") -> tuple[Elements, Box]:
    c = parts.colours
    disc, tell = badge(s, parts.tell, sign, c.line, c.fill)
    head, tell = words(s, tell, text, Type.TITLE, c.on, role=Role.HEADING)
    return (*disc, *head), tell


def _note(s: Setting, box: Box, text: str, parts: Halves) -> Elements:
    """A card with a clock: what happens next by itself."""
    c = parts.colours
    _, beside = Box(box.x + 5.0, box.y + 5.0, box.width - 10.0, box.height).cut_left(10.2, 4.5)
    lines = s.typeface.wrapped(text, Type.BODY, beside.width)
    height = height_mm(s, Type.BODY, len(lines)) + 11.0
    card, _ = box.cut_top(min(height, box.height))
    sign = Box(card.x + 5.0, card.y + 5.0, 10.2, 10.2)
    told, _ = words(s, Box(beside.x, card.y + 5.5, beside.width, card.height), text, Type.BODY, c.on)
    return (
        Element(card, Fill(c.button, 4.4, c.line, s.theme.outline_mm)),
        Element(sign, Icon("clock", c.line if c.line != c.button else c.on)),
        *told,
    )


def _undo(s: Setting, box: Box, left_s: int, until_ms: int) -> tuple[Elements, Box]:
    """The question, and the button with the ring."""
    p = s.palette
    head, box = words(s, box, s.texts.say("delivered.wrong"), Type.BUTTON if s.theme.small else Type.TITLE, p.ink, role=Role.HEADING)
    height = UNDO_MM if not s.theme.small else 18.2
    strip, rest = box.cut_top(height, s.theme.space.gap)
    undo = Button("", s.texts.say("delivered.undo"), Choose(Choice.UNDO), type=Type.TITLE if not s.theme.small else Type.BUTTON)
    ring_mm = min(RING_MM, height - 4.0)
    ring = Box(strip.x + 4.0, strip.centre[1] - ring_mm / 2, ring_mm, ring_mm)
    whole = button(s, strip, Button("", "", undo.action, key=undo.label))
    ink = p.on_signal if s.pressed(undo.action) else p.ink
    label, _ = words(
        s,
        Box(ring.right + 5.0, strip.centre[1] - height_mm(s, undo.type, 1) / 2, strip.width - ring_mm - 12.0, 0.0),
        undo.label,
        undo.type,
        ink,
        role=Role.DECORATION,
    )
    total_s = max(left_s, 60) if until_ms else 60
    return (*head, *whole, *countdown(s, ring, left_s, total_s, ink, p.function_key), *label), rest


def _onward(s: Setting, left: int) -> list[Button]:
    """Finish, and the next parcel as the primary while there are labels; otherwise finishing is the primary."""
    finish = Button("close", s.texts.say("delivered.finish"), Choose(Choice.FINISH))
    if not s.offered(Choice.NEXT_PARCEL):
        return [Button("check", s.texts.say("done"), Choose(Choice.FINISH), Style.PRIMARY, type=Type.TITLE)]
    label = s.texts.count("delivered.next", left) if left else s.texts.say("delivered.scan_another")
    return [finish, Button("next" if left else "scan", label, Choose(Choice.NEXT_PARCEL), Style.PRIMARY)]


def _pile(s: Setting, box: Box, parts: Halves) -> Elements:
    """Parcels on a floor line, beside Help."""
    floor = Box(box.x + box.width * 0.45, box.bottom + 22.5 - 0.8, box.width * 0.55, 0.9)
    if s.theme.portrait:
        return ()
    wide, tall, small = (24.5, 18.3), (20.4, 15.3), (14.3, 10.5)
    right = Box(floor.right - 4.0 - wide[0], floor.y - wide[1], *wide)
    left = Box(right.x - 2.3 - tall[0], floor.y - tall[1], *tall)
    top = Box(right.x + 4.0, right.y - small[1], *small)
    if left.x < floor.x:
        return ()
    pictures = tuple(Element(each, parcel_picture(s)) for each in (left, right, top))
    return (Element(floor, Fill(parts.colours.on, 0.45)), *pictures)
