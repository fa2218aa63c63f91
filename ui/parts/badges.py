"""Badges and progress: the disc that says how it went, the steps of a drop, the number that counts down.

Holds their look. It must not know what they stand for.
"""

from ui.elements import Align, Element, Fill, Icon, Ring, Role, Words
from ui.geometry import Box
from ui.parts.words import Elements
from ui.setting import Setting
from ui.theme import FieldColours, Tint, Type

BADGE_MM = 22.4
STEP_MM, HERE_MM, LINE_MM = 3.1, 7.1, 1.0


def badge(s: Setting, box: Box, icon: str, tint: Tint, side: float = 0.0) -> tuple[Elements, Box]:
    """A disc with a sign at the top of the box, and the room under it; ``side`` where it is smaller than usual."""
    side = side or BADGE_MM * (0.7 if s.theme.small else 1.0)
    strip, rest = box.cut_top(side, side * 0.33)
    disc = Box(strip.x, strip.y, side, side)
    sign = disc.middle(side * 0.55, side * 0.55)
    return (Element(disc, Fill(tint.ground, side / 2)), Element(sign, Icon(icon, tint.on))), rest


def steps(s: Setting, box: Box, here: int, of: int, colours: FieldColours) -> tuple[Elements, Box]:
    """One stop per step: filled behind, a ring ahead, a disc where the person is; and the room under it."""
    strip, rest = box.cut_top(HERE_MM, 5.0 if s.theme.small else 8.0)
    first, y = strip.x + HERE_MM / 2, strip.centre[1]
    pitch = (strip.width - HERE_MM) / (of - 1)
    elements: list[Element] = [
        Element(Box(first, y - LINE_MM / 2, pitch * (here - 1), LINE_MM), Fill(colours.on)),
        Element(Box(first + pitch * (here - 1), y - LINE_MM / 2, pitch * (of - here), LINE_MM), Fill(colours.line)),
    ]
    for step in range(1, of + 1):
        side = HERE_MM if step == here else STEP_MM
        at = Box(first + pitch * (step - 1) - side / 2, y - side / 2, side, side)
        fill = colours.on if step < here else colours.fill
        look = Fill(fill, side / 2, colours.on if step < here else colours.line, 0.6)
        if step == here:
            look = Fill(colours.here, side / 2, colours.on, 0.8)
        elements.append(Element(at, look))
    said = s.texts.say("steps", here=here, of=of)
    whole = Element(strip, Fill(colours.fill), Role.STATUS, said)
    return (whole, *elements), rest


def countdown(s: Setting, box: Box, seconds: int, of: int, tint: Tint) -> Elements:
    """A ring that shrinks on its track, with the seconds in its middle."""
    label = box.middle(box.width, s.size(Type.BUTTON).capital_mm)
    share = min(1.0, seconds / of) if of else 0.0
    return (
        Element(box, Ring(share, tint.on, tint.ground, min(1.7, box.width / 14))),
        Element(
            label,
            Words((str(seconds),), Type.BUTTON, tint.on, Align.CENTRE, cells=True),
            Role.TIMER,
            s.texts.count("seconds_left", seconds),
        ),
    )
