"""Tell and Do: the two parts of every screen, with Help in the bottom leading corner and Back beside it.

Holds where they are on each panel. It must not know what is told or done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ui.elements import Element, Fill, OpenSheet, Sheet
from ui.geometry import Box
from ui.parts.buttons import Button, button, buttons_up, least_width_mm
from ui.parts.words import Elements
from ui.setting import Setting
from ui.theme import Field, FieldColours, Mode

RULE_MM = 0.7
NARROW_MM = 64.0
"""A corner row narrower than this has Help and Back one over the other, for their icons; a small panel goes without."""
HELP_MM = 40.0


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of the panel is Tell: its width lying down, its height standing up."""

    wide: float
    small: float | None = None
    """On a 7-inch panel, where it differs."""
    upright: float = 0.5
    small_upright: float | None = None

    def of(self, s: Setting) -> float:
        """The share on this panel."""
        usual, small = (self.upright, self.small_upright) if s.theme.portrait else (self.wide, self.small)
        return small if s.theme.small and small is not None else usual


@dataclass(frozen=True, slots=True)
class Halves:
    """A screen's ground, and the room that is left in both parts."""

    elements: Elements
    corner: Elements
    """Help, Back and what stands over them: read after everything else of the page."""
    tell: Box
    do: Box
    do_part: Box
    """The whole Do part with its margins."""
    colours: FieldColours


def halves(
    s: Setting, field: Field, shares: Shares, *, side: Sequence[Button] = (), back: Button | None = None
) -> Halves:
    """Cut the panel. ``side`` are further ways out over the corner; ``back`` stands beside Help."""
    colours, space = s.field(field), s.theme.space
    share = shares.of(s)
    if s.theme.portrait:
        tell_part, do_part = s.panel.cut_top(s.theme.height_mm * share)
    else:
        tell_part, do_part = s.panel.cut_left(s.theme.width_mm * share)
    ground = (Element(tell_part, Fill(colours.fill)), Element(do_part, Fill(s.palette.canvas)), *_rule(s, do_part))
    tell = tell_part.inset(space.tell, space.tell, space.bottom)
    do = do_part.inset(space.do, space.do, space.bottom)
    if s.theme.portrait:
        corner, do = _corner(s, do, side, back, None)
    else:
        corner, tell = _corner(s, tell, side, back, colours)
    return Halves(ground, corner, tell, do, do_part, colours)


def _rule(s: Setting, do_part: Box) -> Elements:
    """In high contrast both parts are black: a white rule parts them."""
    if s.theme.mode is not Mode.HIGH_CONTRAST:
        return ()
    strip = do_part.cut_top(RULE_MM)[0] if s.theme.portrait else do_part.cut_left(RULE_MM)[0]
    return (Element(strip, Fill(s.palette.ink)),)


def help_button(s: Setting) -> Button:
    return Button("help", s.texts.say("help"), OpenSheet(Sheet.HELP), centred=True)


def _corner(
    s: Setting, box: Box, side: Sequence[Button], back: Button | None, field: FieldColours | None
) -> tuple[Elements, Box]:
    help_ = help_button(s)
    if s.theme.portrait and s.theme.small and back is not None and side:
        strip, rest = box.cut_bottom(s.theme.space.button, s.theme.space.gap)
        several = [replace(what, centred=True) for what in (help_, back, *side)]
        if fit_one_row(s, strip.width, several):
            least = [least_width_mm(s, what) for what in several]
            row = zip(strip.columns(least, s.theme.space.gap), several, strict=True)
            return tuple(each for place, what in row for each in button(s, place, what, field)), rest
    if back is not None and _narrow(s, box, help_, back):
        below, rest = buttons_up(s, box, (back, help_), field)
    else:
        strip, rest = box.cut_bottom(s.theme.space.button, s.theme.space.gap)
        pair = strip.columns(2, s.theme.space.gap)
        alone = pair[0] if s.theme.portrait else Box(strip.x, strip.y, min(HELP_MM, strip.width), strip.height)
        below = button(s, alone if back is None else pair[0], help_, field)
        below += button(s, pair[1], back, field) if back is not None else ()
    above, rest = buttons_up(s, rest, side, field)
    return (*above, *below), rest


def fit_one_row(s: Setting, width_mm: float, several: Sequence[Button]) -> bool:
    """Whether these stand side by side, each with its words in two lines at most."""
    return sum(least_width_mm(s, what) + s.theme.space.gap for what in several) <= width_mm + s.theme.space.gap


def _narrow(s: Setting, box: Box, *pair: Button) -> bool:
    half_mm = (box.width - s.theme.space.gap) / len(pair)
    cramped = any(least_width_mm(s, what) > half_mm for what in pair)
    return cramped or (not s.theme.small and box.width < NARROW_MM)
