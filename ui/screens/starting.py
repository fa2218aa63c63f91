"""Starting: what is shown from the first moment until the engine has something to show.

Holds this picture. It must not know how long a start takes, nor what happens in it.
"""

from ui.elements import Align, Element, Fill, Picture, Role, Words
from ui.geometry import Box
from ui.text import Texts
from ui.theme import Field, Theme, Type


def starting(theme: Theme, texts: Texts) -> Picture:
    """One word on the colour of picking up."""
    panel = Box(0, 0, theme.width_mm, theme.height_mm)
    colours, said = theme.palette.field[Field.PICKUP], texts.say("starting")
    label = panel.middle(panel.width, theme.sizes[Type.TITLE].capital_mm)
    words = Words((said,), Type.TITLE, colours.on, Align.CENTRE)
    return Picture((Element(panel, Fill(colours.fill)), Element(label, words, Role.STATUS, said)), panel)
