"""Delivery: what the questions of a drop share: its steps, a title with its hint, and answers of equal weight.

Holds their look. It must not know which question is asked.
"""

from collections.abc import Sequence
from dataclasses import replace

from kiosk.core.events import Choice
from ui.elements import Align, Choose, Element, Fill, Icon, Role
from ui.geometry import Box
from ui.parts.badges import steps
from ui.parts.buttons import Button, button
from ui.parts.words import AFTER, Elements, fitting, headline, height_mm, stacked
from ui.setting import Setting
from ui.theme import FieldColours, Type

STEPS = 5
SCANNING, RECIPIENT, SIZE = 2, 3, 4
"""Where on the way the questions are; the courier's code is the first step, the door the last."""
BESIDE_LABEL_MM = 20.0
"""What a button keeps for its icon and its margins."""
HINT_LINES, TITLE_LINES = 4, 2


def steps_if_room(  # noqa: PLR0913 - what is kept has two sides
    s: Setting, box: Box, here: int, colours: FieldColours, title: str, *, keep_mm: float = 0.0
) -> tuple[Elements, Box]:
    """The steps, where the title and ``keep_mm`` fit under them; and the room left."""
    line, rest = steps(s, box, here, STEPS, colours)
    lines = min(len(s.typeface.wrapped(title, Type.TITLE, box.width)), TITLE_LINES)
    return (line, rest) if rest.height >= height_mm(s, Type.TITLE, lines) + keep_mm else ((), box)


def title_and_hint(  # noqa: PLR0913 - as `words`, twice
    s: Setting, box: Box, title: str, hint: str, colours: FieldColours, *, role: Role = Role.HEADING
) -> Elements:
    """The title in the largest type that leaves the hint its room."""
    lines = len(s.typeface.wrapped(hint, Type.BODY, box.width))
    kept_mm = height_mm(s, Type.BODY, lines) + s.size(Type.TITLE).capital_mm * AFTER
    head, rest = headline(s, box.cut_bottom(min(kept_mm, box.height))[1], title, colours.on, role)
    if rest.y == box.y:
        head, rest = headline(s, box, title, colours.on, role)
    under = Box(box.x, rest.y, box.width, box.bottom - rest.y)
    more, _ = fitting(s, under, hint, (Type.BODY,), colours.muted, most_lines=HINT_LINES)
    return (*head, *more)


def answers(s: Setting, box: Box, several: Sequence[Button]) -> Elements:
    """Equal rows that fill the box, in the largest type in which each label takes one line."""
    room = box.width - BESIDE_LABEL_MM
    fits = all(s.typeface.width_mm(each.label, Type.TITLE) <= room for each in several)
    type_ = Type.TITLE if fits else Type.BUTTON
    places = box.rows(len(several), s.theme.space.gap)
    return tuple(
        each
        for place, what in zip(places, several, strict=True)
        for each in button(s, place, replace(what, type=type_))
    )


def nothing_yet(s: Setting, box: Box, icon: str, text: str) -> Elements:
    """The place of something that has not come yet."""
    p = s.palette
    side = min(24.0, box.height * 0.25)
    sign = box.middle(side, side)
    sign = Box(sign.x, sign.y - side * 0.7, side, side)
    room = Box(box.x, sign.bottom + 2.0, box.width, box.bottom - sign.bottom - 2.0).inset(6.0, 0.0)
    label = stacked(s, room.cut_top(side)[0], [(text, Type.BODY, p.muted)], Align.CENTRE)
    frame = Fill(p.canvas, 4.4, p.line, s.theme.outline_mm, dashed=True)
    return (Element(box, frame, Role.STATUS, text), Element(sign, Icon(icon, p.muted)), *label)


def leave_with_staff(s: Setting) -> Button:
    """The parcel goes to the people of the house."""
    desk = s.house.front_desk or s.texts.say("out_of_order.front_desk")
    return Button("desk", s.texts.say("leave_with_staff"), Choose(Choice.LEAVE_WITH_STAFF), more=desk)


def take_with_me(s: Setting) -> Button:
    """The parcel stays with the courier."""
    more = s.texts.say("take_with_me_more")
    return Button("undo", s.texts.say("take_with_me"), Choose(Choice.TAKE_WITH_ME), more=more)
