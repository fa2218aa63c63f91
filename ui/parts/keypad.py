"""Keypad and slots: what a code or a unit is typed on, and where it appears.

Holds their place and look. It must not know what is typed, but for the one digit that may still be read.
"""

from collections.abc import Sequence

from kiosk.core.events import Key
from ui.elements import Align, Element, Fill, Role, Words
from ui.geometry import Box
from ui.parts.buttons import key
from ui.parts.words import Elements
from ui.setting import Setting
from ui.theme import Colour, Tint, Type

DIGITS = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), (Key.CLEAR.value, "0", Key.DELETE.value))
SLOT_GAP_MM, GROUP_GAP_MM, SLOT_OVER_CAPITAL = 1.3, 4.6, 2.33
DOT = 0.5
CURSOR_MM = 1.0
NAME_KEYS = {Key.CLEAR.value: "key.clear", Key.DELETE.value: "key.delete", Key.OK.value: "key.ok"}


def keypad(s: Setting, box: Box, keys: Sequence[Sequence[str]] = DIGITS) -> Elements:
    """Rows of keys that fill the box."""
    gap = s.theme.space.gap
    elements: Elements = ()
    for row, line in zip(box.rows(len(keys), gap), keys, strict=True):
        for place, what in zip(row.columns(len(line), gap), line, strict=True):
            name = s.texts.say(NAME_KEYS[what]) if what in NAME_KEYS else what
            elements += key(s, place, what, name)
    return elements


def slots_mm(s: Setting) -> float:
    """How high the slots are."""
    return s.size(Type.TITLE).capital_mm * SLOT_OVER_CAPITAL


def slots(s: Setting, box: Box, length: int, filled: int, tint: Tint) -> tuple[Elements, Box]:
    """Two groups of slots, empty, hidden, or with the digit typed last; and the room under them."""
    p, half = s.palette, (length + 1) // 2
    height = slots_mm(s)
    strip, rest = box.cut_top(height, 6.0 if not s.theme.small else 3.5)
    width = (strip.width - GROUP_GAP_MM - SLOT_GAP_MM * (length - 2)) / length
    elements: list[Element] = [
        Element(strip, Fill(tint.ground), Role.STATUS, s.texts.say("slots", filled=filled, length=length))
    ]
    for number in range(length):
        x = strip.x + number * (width + SLOT_GAP_MM) + (GROUP_GAP_MM - SLOT_GAP_MM if number >= half else 0.0)
        at = Box(x, strip.y, width, height)
        if number < filled:
            elements += _filled(s, at, tint.on, s.local.shown_key if number == filled - 1 else "")
        elif number == filled:
            elements.append(Element(at, Fill(p.slot, 2.4, p.signal, CURSOR_MM)))
        else:
            elements.append(Element(at, Fill(tint.ground, 2.4, tint.on, 0.5)))
    return tuple(elements), rest


def _filled(s: Setting, at: Box, line: Colour, shown: str) -> list[Element]:
    p = s.palette
    slot = Element(at, Fill(p.slot, 2.4, line, 0.5))
    if shown:
        label = at.middle(at.width, s.size(Type.TITLE).capital_mm)
        return [slot, Element(label, Words((shown,), Type.TITLE, p.on_slot, Align.CENTRE))]
    side = at.width * DOT
    return [slot, Element(at.middle(side, side), Fill(p.on_slot, side / 2))]
