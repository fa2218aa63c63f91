"""Buttons: the round rectangle that is touched, in each of its states, and the keypad's keys.

Holds how they look. It must not know what a touch leads to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from kiosk.core.events import Key
from ui.elements import Action, Align, Element, Fill, Icon, PressKey, Role, TurnPage, Words
from ui.geometry import Box
from ui.parts.words import Elements, height_mm, stacked
from ui.setting import Setting
from ui.theme import Colour, FieldColours, Type

ICON_MM, ICON_GAP_MM, INSET_MM = 8.3, 2.5, 4.1
TIGHT_MM = 2.0
END_MM = 1.5
"""Beside the words of a button with an icon."""
RADIUS_MM, KEY_RADIUS_MM, CARD_RADIUS_MM = 4.1, 4.8, 4.4
PRESSED_OUTLINE_MM = 0.85
KEY_ROUND = 0.3
"""No corner of a narrow key is rounder than this share of its width."""
PIP_KEY, PIP_MM, PIP_GAP_MM = "5", (5.1, 1.0), 2.0
BAR_MM = 1.0
MOST_LINES = 2
Item = TypeVar("Item")


class Style(StrEnum):
    NORMAL = "normal"
    PRIMARY = "primary"
    NOT_NOW = "not now"
    HERE = "here"
    """The one to take: in the signal colour."""


@dataclass(frozen=True, slots=True)
class Button:
    """What a button says and does."""

    icon: str
    label: str
    action: Action
    style: Style = Style.NORMAL
    more: str = ""
    """A second, quieter line that explains."""
    type: Type = Type.BUTTON
    centred: bool = False
    key: str = ""
    """What it is called if the label alone does not say it."""

    @property
    def name(self) -> str:
        return self.key or (f"{self.label}. {self.more}" if self.more else self.label)


@dataclass(frozen=True, slots=True)
class Coat:
    """The colours of a button in one state."""

    fill: Colour
    on: Colour
    muted: Colour
    outline: Colour | None
    outline_mm: float
    dashed: bool = False


def coat(s: Setting, button: Button, field: FieldColours | None) -> Coat:
    """The colours of a button on the canvas, or on a field."""
    p = s.palette
    if s.pressed(button.action):
        return Coat(p.signal, p.on_signal, p.on_signal, p.ink, PRESSED_OUTLINE_MM)
    if button.style is Style.PRIMARY:
        return Coat(p.primary, p.on_primary, p.on_primary, None, 0.0)
    if button.style is Style.HERE:
        return Coat(p.signal, p.on_signal, p.on_signal, p.ink, PRESSED_OUTLINE_MM)
    if button.style is Style.NOT_NOW:
        return Coat(p.disabled, p.on_disabled, p.on_disabled, p.line, s.theme.outline_mm, dashed=True)
    if field is not None:
        return Coat(field.button, field.on, field.muted, field.line, s.theme.outline_mm)
    return Coat(p.surface, p.ink, p.muted, p.line, s.theme.outline_mm)


def button(s: Setting, box: Box, what: Button, field: FieldColours | None = None) -> Elements:
    """One button; its label breaks into two lines, then gives up its icon, before anything is cut."""
    look = coat(s, what, field)
    ground = Element(
        box,
        Fill(look.fill, RADIUS_MM, look.outline, look.outline_mm, look.dashed),
        Role.BUTTON,
        what.name,
        what.action,
    )
    icon_mm, room = _label_room(s, box, what)
    blocks = [(what.label, what.type, look.on), (what.more, Type.BODY, look.muted)]
    align = Align.CENTRE if not icon_mm and (what.centred or what.style is Style.PRIMARY) else Align.START
    label = stacked(s, room, blocks, align)
    if not icon_mm:
        return (ground, *label)
    at = Box(room.x - ICON_GAP_MM - icon_mm, room.centre[1] - icon_mm / 2, icon_mm, icon_mm)
    return (ground, Element(at, Icon(what.icon, look.on)), *label)


def _label_room(s: Setting, box: Box, what: Button) -> tuple[float, Box]:
    """How large the icon is, 0 for none, and the room for the words."""
    inset = INSET_MM if box.width > 40 else TIGHT_MM  # noqa: PLR2004 - millimetres: a narrow button needs its width
    room = box.inset(inset, TIGHT_MM)
    beside = Box(room.x, room.y, room.width + inset - END_MM, room.height).cut_left(ICON_MM, ICON_GAP_MM)[1]
    if not what.icon or not _fits(s, beside, what):
        return 0.0, room if _fits(s, room, what) else box.inset(TIGHT_MM)
    if (what.centred or what.style is Style.PRIMARY) and not what.more:
        lines = s.typeface.wrapped(what.label, what.type, beside.width)
        widest = max((s.typeface.width_mm(line, what.type) for line in lines), default=0.0)
        left = beside.x + (beside.width - widest) / 2 - inset / 4
        return ICON_MM, Box(left, beside.y, widest + 0.2, beside.height)
    return ICON_MM, beside


def _fits(s: Setting, room: Box, what: Button) -> bool:
    lines = s.typeface.wrapped(what.label, what.type, room.width)
    widest = max((s.typeface.width_mm(line, what.type) for line in lines), default=0.0)
    low = height_mm(s, what.type, len(lines)) <= room.height
    return widest <= room.width and low and len(lines) <= MOST_LINES


def least_width_mm(s: Setting, what: Button) -> float:
    """The width in which its label takes two lines, without the icon."""
    words = what.label.split()
    broken = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words) + 1))
    return 2 * TIGHT_MM + min(max(s.typeface.width_mm(line, what.type) for line in lines) for lines in broken)


def ways(s: Setting, box: Box, several: Sequence[Button], keep_mm: float = 0.0) -> tuple[Elements, Box]:
    """Every way on from the bottom up, the primary last and lowest; and what is left above them.

    One column, or two where that would not leave ``keep_mm``; what still does not fit is on the next page of the list.
    """
    primaries = [each for each in several if each.style is Style.PRIMARY]
    others = [each for each in several if each.style is not Style.PRIMARY]
    foot, above = buttons_up(s, box, primaries)
    step = s.theme.space.button + s.theme.space.gap
    half_mm = (above.width - s.theme.space.gap) / 2
    cramped = any(least_width_mm(s, each) > half_mm for each in others)
    columns = 1 if len(others) * step + (0.0 if cramped else keep_mm) <= above.height + s.theme.space.gap else 2
    rows = max(1, int((above.height + s.theme.space.gap) // step))
    shown = with_turn(s, others, rows * columns)
    elements: Elements = ()
    for start in range(len(shown) - 1 - (len(shown) - 1) % columns if shown else 0, -1, -columns):
        if not shown:
            break
        strip, above = above.cut_bottom(s.theme.space.button, s.theme.space.gap)
        line = shown[start : start + columns]
        row: Elements = ()
        for each, place in zip(line, strip.columns(len(line), s.theme.space.gap), strict=True):
            row += button(s, place, each)
        elements = (*row, *elements)
    return (*elements, *foot), _level_with_tell(s, above)


def _level_with_tell(s: Setting, box: Box) -> Box:
    """Words over the ways on begin as high as those of the Tell part beside them."""
    return box if s.theme.portrait else box.cut_top(s.theme.space.tell - s.theme.space.do)[1]


def part_of(s: Setting, items: Sequence[Item], room: int) -> tuple[Sequence[Item], Button | None]:
    """As many as there is room for, and the button that turns to the next ones if these are not all."""
    if len(items) <= room:
        return items, None
    per_part = max(1, room - 1)
    parts = -(-len(items) // per_part)
    part = s.local.page % parts
    label = s.texts.say("more", part=part + 1, parts=parts)
    turn = Button("more", label, TurnPage((part + 1) % parts), centred=True)
    return items[part * per_part : (part + 1) * per_part], turn


def with_turn(s: Setting, several: Sequence[Button], room: int) -> Sequence[Button]:
    """As many buttons as there is room for; the last of them turns to the next ones if these are not all."""
    shown, turn = part_of(s, several, room)
    return shown if turn is None else [*shown, turn]


def buttons_up(
    s: Setting, box: Box, several: Sequence[Button], field: FieldColours | None = None
) -> tuple[Elements, Box]:
    """Buttons of usual height from the bottom of the box up, in reading order; and what is left above them."""
    elements: Elements = ()
    for each in reversed(several):
        height = s.theme.space.primary if each.style is Style.PRIMARY else s.theme.space.button
        strip, box = box.cut_bottom(height, s.theme.space.gap)
        elements = (*button(s, strip, each, field), *elements)
    return elements, box


@dataclass(frozen=True, slots=True)
class KeyFace:
    """What is on a key: a sign if it has one, else words in a type; and what the key is called."""

    name: str
    label: str
    type: Type = Type.KEY
    icon: str = ""


def key(s: Setting, box: Box, what: str, face: KeyFace) -> Elements:
    """One key of the keypad: a character, or one of the core's named keys."""
    p, action = s.palette, PressKey(what)
    pressed, function = s.pressed(action), what in {Key.CLEAR, Key.DELETE}
    fill, on = (p.function_key if function else p.surface), p.ink
    if what == Key.OK:
        fill, on = p.primary, p.on_primary
    if pressed:
        fill, on = p.signal, p.on_signal
    outline = (p.ink, PRESSED_OUTLINE_MM) if pressed else (p.line, s.theme.outline_mm)
    radius = min(KEY_RADIUS_MM, box.width * KEY_ROUND)
    ground = Element(box, Fill(fill, radius, *outline), Role.KEY, face.name, action)
    if face.icon:
        side = min(box.width, box.height) * 0.4
        return ground, Element(box.middle(side, side), Icon(face.icon, on))
    label = box.middle(box.width, s.size(face.type).capital_mm)
    elements: Elements = (ground, Element(label, Words((face.label,), face.type, on, Align.CENTRE)))
    if what == PIP_KEY and label.height + 2 * (PIP_GAP_MM + PIP_MM[1]) < box.height - TIGHT_MM:
        width = min(PIP_MM[0], box.width * 0.4)
        at = Box(box.centre[0] - width / 2, label.bottom + PIP_GAP_MM, width, PIP_MM[1])
        elements = (*elements, Element(at, Fill(p.on_signal if pressed else p.key5_pip, at.height / 2)))
    return elements
