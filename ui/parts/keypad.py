"""Keypad and slots: what a code or a unit is typed on, and where it appears.

Holds their place and look. It must not know what is typed, but for the one digit that may still be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.core.events import Key
from ui.elements import Align, Element, Fill, Role, Words
from ui.geometry import Box
from ui.parts.buttons import KeyFace, key
from ui.parts.words import Elements
from ui.setting import Setting
from ui.theme import Colour, Tint, Type

CLEAR, DELETE, OK = Key.CLEAR.value, Key.DELETE.value, Key.OK.value


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Rows of keys; a key named in places side by side fills them all, and an empty name leaves its place free."""

    rows: tuple[tuple[str, ...], ...]
    beside: int = 0
    """Columns of letters beside the digits: these keep a target's width, the letters take what is left."""


DIGITS = Keyboard((("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), (CLEAR, "0", DELETE)))
TYPEWRITER = Keyboard(
    (
        tuple("1234567890"),
        tuple("QWERTYUIOP"),
        tuple("ASDFGHJKL"),
        tuple("ZXCVBNM"),
        (CLEAR, DELETE, OK, OK),
    )
)
ALPHABET = Keyboard(
    (
        tuple("1234567"),
        tuple("890ABCD"),
        tuple("EFGHIJK"),
        tuple("LMNOPQR"),
        tuple("STUVWXY"),
        ("Z", CLEAR, CLEAR, DELETE, DELETE, OK, OK),
    )
)
LETTER_KEY_MM = 10.0
"""The narrowest key of a letter keyboard; a digit's key is a target like any other."""
SLOT_GAP_MM, GROUP_GAP_MM, SLOT_OVER_CAPITAL = 1.3, 4.6, 2.33
DOT = 0.5
CURSOR_MM, EDGE_MM, WORD_EDGE_MM = 1.0, 3.4, 5.0
KEY_TYPES = (Type.KEY, Type.TITLE)
NAMED = {CLEAR: ("key.clear", "C"), DELETE: ("key.delete", ""), OK: ("key.ok", "OK")}


def keypad(s: Setting, box: Box, keyboard: Keyboard = DIGITS) -> Elements:
    """Keys that fill the box."""
    places = _places(s, box, keyboard)
    lettered = any(what.isalpha() for what in places if what not in NAMED)
    elements: Elements = ()
    for what, place in places.items():
        elements += key(s, place, what, _face(s, what, places, lettered=lettered))
    return elements


def unit_keyboard(s: Setting, box: Box, letters: str) -> Keyboard:
    """Digits with the house's letters beside them, or the whole alphabet where these would be too narrow."""
    columns = max(1, -(-len(letters) // 3))
    gaps = s.theme.space.gap * (2 + columns)
    if 3 * s.theme.space.target + columns * LETTER_KEY_MM + gaps > box.width:
        return letter_keyboard(s, box)
    padded = [letter.strip() for letter in letters.ljust(3 * columns)]
    beside = [tuple(padded[row * columns : (row + 1) * columns]) for row in range(3)]
    rows = tuple(digits + more for digits, more in zip(DIGITS.rows, (*beside, (OK,) * columns), strict=True))
    return Keyboard(rows, columns)


def letter_keyboard(s: Setting, box: Box) -> Keyboard:
    """As on a typewriter, or in the order of the alphabet where that would be too narrow."""
    across = len(TYPEWRITER.rows[0])
    fits = across * LETTER_KEY_MM + (across - 1) * s.theme.space.gap <= box.width
    return TYPEWRITER if fits else ALPHABET


def _places(s: Setting, box: Box, keyboard: Keyboard) -> dict[str, Box]:
    gap = s.theme.space.gap
    places: dict[str, Box] = {}
    for row, line in zip(box.rows(len(keyboard.rows), gap), keyboard.rows, strict=True):
        shares = _shares(s, box, keyboard.beside) if keyboard.beside else len(line)
        for place, what in zip(row.columns(shares, gap), line, strict=True):
            if what:
                places[what] = places[what].around(place) if what in places else place
    return places


def _shares(s: Setting, box: Box, beside: int) -> Sequence[float]:
    """Equal, or digits as wide as a target and the letters narrower."""
    digits, target = len(DIGITS.rows[0]), s.theme.space.target
    free = box.width - s.theme.space.gap * (digits + beside - 1)
    digit_mm = max(target, free / (digits + beside))
    return [digit_mm] * digits + [(free - digits * digit_mm) / beside] * beside


def _face(s: Setting, what: str, places: dict[str, Box], *, lettered: bool) -> KeyFace:
    """Beside letters the key that clears all has a sign, for the C is taken."""
    if what not in NAMED:
        return KeyFace(what, what, _type(s, places, what))
    name, label = NAMED[what]
    icon = "del" if what == DELETE else "close" if what == CLEAR and lettered else ""
    room = places[what].inset(WORD_EDGE_MM - EDGE_MM, 1.0)
    types = [type_ for type_ in KEY_TYPES if _fits(s, room, label, type_)]
    return KeyFace(s.texts.say(name), label, types[0] if types else Type.BUTTON, icon)


def _type(s: Setting, places: dict[str, Box], what: str) -> Type:
    """The largest type in which every key fits that is no wider than this one."""
    alike = [each for each in places if each not in NAMED and places[each].width <= places[what].width + EDGE_MM]
    for type_ in KEY_TYPES:
        if all(_fits(s, places[each], each, type_) for each in alike):
            return type_
    return Type.BUTTON


def _fits(s: Setting, place: Box, what: str, type_: Type) -> bool:
    high = s.size(type_).capital_mm * 1.5
    return s.typeface.width_mm(what, type_) <= place.width - EDGE_MM and high <= place.height


def slots_mm(s: Setting) -> float:
    """How high the slots are."""
    return s.size(Type.TITLE).capital_mm * SLOT_OVER_CAPITAL


def slots(s: Setting, box: Box, length: int, filled: int, tint: Tint) -> tuple[Elements, Box]:
    """Two groups of slots, empty, hidden, or with the digit typed last; and the room under them."""
    p, half = s.palette, (length + 1) // 2
    height = slots_mm(s)
    strip, rest = box.cut_top(height, 5.0 if not s.theme.small else 3.5)
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
