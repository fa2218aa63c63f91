"""Heads: a badge with the title beside it, both around one middle.

Holds where the two stand. It must not know what is said.
"""

from ui.elements import Role
from ui.geometry import Box
from ui.parts.badges import badge
from ui.parts.words import Elements, headline, height_mm
from ui.setting import Setting
from ui.theme import Colour, Tint, Type

BESIDE_MM = 4.5


def badge_and_title(  # noqa: PLR0913 - a badge and a title have these sides
    s: Setting, box: Box, badged: tuple[str, Tint], text: str, colour: Colour, *, role: Role = Role.HEADING
) -> tuple[Elements, Box]:
    """The disc with its sign, the title beside it, and the room under both."""
    disc, below = badge(s, box, *badged)
    at = disc[0].box
    room = Box(at.right + BESIDE_MM, box.y, box.right - at.right - BESIDE_MM, box.height)
    high = height_mm(s, Type.TITLE, len(s.typeface.wrapped(text, Type.TITLE, room.width)))
    _, room = room.cut_top(max(0.0, (at.height - high) / 2))
    head, under = headline(s, room, text, colour, role)
    top = max(below.y, under.y)
    return (*disc, *head), Box(box.x, top, box.width, box.bottom - top)
