"""Words: lines of text in a box, and the label in the middle of a button.

Holds how text is broken and placed. It must not know what is said.
"""

from collections.abc import Sequence

from ui.elements import Align, Element, Role, Words
from ui.geometry import Box
from ui.setting import Setting
from ui.theme import Colour, Type

Elements = tuple[Element, ...]
DESCENT = 0.42
"""How far letters hang below their line, over the height of a capital."""


def words(  # noqa: PLR0913 - how text looks has this many sides
    s: Setting,
    box: Box,
    text: str,
    type_: Type,
    colour: Colour,
    *,
    align: Align = Align.START,
    role: Role = Role.TEXT,
) -> tuple[Elements, Box]:
    """Text from the top of the box, and the room left under it."""
    lines = s.typeface.wrapped(text, type_, box.width)
    strip, rest = box.cut_top(height_mm(s, type_, len(lines)), s.size(type_).capital_mm * DESCENT)
    return (Element(strip, Words(lines, type_, colour, align), role, text),), rest


def height_mm(s: Setting, type_: Type, lines: int) -> float:
    """From the top of the first line's capitals to the last line's foot."""
    size = s.size(type_)
    return size.capital_mm + size.pitch_mm * (lines - 1)


def stacked(
    s: Setting, box: Box, blocks: Sequence[tuple[str, Type, Colour]], align: Align = Align.START
) -> Elements:
    """Blocks of text one under the other, in the middle of the box's height; for labels, so without roles."""
    broken = [(s.typeface.wrapped(text, type_, box.width), type_, colour) for text, type_, colour in blocks if text]
    heights = [height_mm(s, type_, len(lines)) for lines, type_, _ in broken]
    gaps = [s.size(type_).capital_mm * (DESCENT + 0.25) for _, type_, _ in broken[:-1]]
    y = box.centre[1] - (sum(heights) + sum(gaps)) / 2
    elements = []
    for (lines, type_, colour), height, gap in zip(broken, heights, [*gaps, 0.0], strict=True):
        elements.append(Element(Box(box.x, y, box.width, height), Words(lines, type_, colour, align)))
        y += height + gap
    return tuple(elements)
