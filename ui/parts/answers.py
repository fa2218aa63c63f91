"""Answers: ways on of equal weight, as high rows; and those for a parcel that does not go into the bank.

Holds their look. It must not know which question they answer.
"""

from collections.abc import Sequence
from dataclasses import replace

from kiosk.core.events import Choice
from ui.elements import Choose
from ui.geometry import Box
from ui.parts.buttons import Button, button
from ui.parts.words import Elements
from ui.setting import Setting
from ui.theme import Type

BESIDE_LABEL_MM = 20.0
"""What a button keeps for its icon and its margins."""


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


def leave_with_staff(s: Setting) -> Button:
    """The parcel goes to the people of the house."""
    desk = s.house.front_desk or s.texts.say("out_of_order.front_desk")
    return Button("desk", s.texts.say("leave_with_staff"), Choose(Choice.LEAVE_WITH_STAFF), more=desk)


def take_with_me(s: Setting) -> Button:
    """The parcel stays with the courier."""
    more = s.texts.say("take_with_me_more")
    return Button("undo", s.texts.say("take_with_me"), Choose(Choice.TAKE_WITH_ME), more=more)
