"""Words: lines of text in a box, and the label in the middle of a button.

Holds how text is broken and placed. It must not know what is said.
"""

from collections.abc import Sequence

from ui.elements import Align, Element, Role, Words
from ui.geometry import Box
from ui.setting import Setting
from ui.theme import Colour, Type

Elements = tuple[Element, ...]
HEADLINE = (Type.TITLE, Type.BUTTON, Type.BODY)
DESCENT = 0.42
"""How far letters hang below their line, over the height of a capital."""
HANGERS = frozenset("gjpqyQ,;()ç")
HANGING = 0.11
"""In a low box words whose last line has letters that hang stand so much higher, over the height of a capital."""
AFTER = 0.8
"""Room under a text before the next one, over the height of a capital."""
AFTER_TITLE = 1.15
"""Under a title, where the panel has room."""
BLOCK_GAPS, GAP_SHARE = (0.5, 1.0), 0.75
"""Between two blocks of a label, over the height of a capital: the least and the most; else this share of the room."""


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
    after = AFTER_TITLE if type_ is Type.TITLE and not s.theme.small else AFTER
    strip, rest = box.cut_top(height_mm(s, type_, len(lines)), s.size(type_).capital_mm * after)
    return (Element(strip, Words(lines, type_, colour, align), role, text),), rest


def fitting(  # noqa: PLR0913 - as `words`, with a choice of types
    s: Setting,
    box: Box,
    text: str,
    types: Sequence[Type],
    colour: Colour,
    *,
    role: Role = Role.TEXT,
    most_lines: int = 3,
) -> tuple[Elements, Box]:
    """The text in the first of the types in which it fits the box; where none does, it is left to speech."""
    for type_ in types:
        lines = s.typeface.wrapped(text, type_, box.width)
        narrow = all(s.typeface.width_mm(line, type_) <= box.width for line in lines)
        if narrow and len(lines) <= most_lines and height_mm(s, type_, len(lines)) <= box.height:
            return words(s, box, text, type_, colour, role=role)
    return (Element(box.cut_top(0.0)[0], Words((), types[-1], colour), role, text),), box


def headline(s: Setting, box: Box, text: str, colour: Colour, role: Role = Role.HEADING) -> tuple[Elements, Box]:
    """What a part of the screen is about, in the largest type in which it takes two lines, or three of the next."""
    return fitting(s, box, text, HEADLINE if fits_lines(s, box, text, 2) else HEADLINE[1:], colour, role=role)


def fits_lines(s: Setting, box: Box, text: str, most: int) -> bool:
    """Whether the text in the size of titles takes no more lines than that."""
    return len(s.typeface.wrapped(text, Type.TITLE, box.width)) <= most


def height_mm(s: Setting, type_: Type, lines: int) -> float:
    """From the top of the first line's capitals to the last line's foot."""
    size = s.size(type_)
    return size.capital_mm + size.pitch_mm * (lines - 1)


def stacked(s: Setting, box: Box, blocks: Sequence[tuple[str, Type, Colour]], align: Align = Align.START) -> Elements:
    """Blocks of text one under the other, in the middle of the box's height; for labels, so without roles."""
    broken = [(s.typeface.wrapped(text, type_, box.width), type_, colour) for text, type_, colour in blocks if text]
    heights = [height_mm(s, type_, len(lines)) for lines, type_, _ in broken]
    room = (box.height - sum(heights)) / max(len(broken) - 1, 1) * GAP_SHARE
    least, most = BLOCK_GAPS
    gaps = [min(max(room, least * cap), most * cap) for cap in (s.size(type_).capital_mm for _, type_, _ in broken)]
    high = sum(heights) + sum(gaps[:-1])
    capital_mm = s.size(broken[-1][1]).capital_mm if broken else 0.0
    hangs = bool(broken) and bool(broken[-1][0]) and not HANGERS.isdisjoint(broken[-1][0][-1])
    tight = hangs and box.height < high + 2 * DESCENT * capital_mm
    y = box.centre[1] - high / 2 - (HANGING * capital_mm if tight else 0.0)
    elements = []
    for (lines, type_, colour), height, gap in zip(broken, heights, gaps, strict=True):
        elements.append(Element(Box(box.x, y, box.width, height), Words(lines, type_, colour, align)))
        y += height + gap
    return tuple(elements)
