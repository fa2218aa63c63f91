"""Your parcels: several compartments hold a resident's parcels, and they are opened one after the other.

Holds this screen. It must not know what is in a compartment, nor anything about other residents.
"""

from kiosk.core.events import Choice
from kiosk.core.view import YourParcels
from ui.elements import Choose, Picture
from ui.parts.buttons import Button, Style, button
from ui.parts.doors import column_words, height_words
from ui.parts.halves import Shares, halves
from ui.parts.lists import Row, rows
from ui.parts.words import fitting, headline
from ui.setting import Setting
from ui.theme import Field, Type

SHARES = Shares(0.406, small=0.42, upright=0.28)


def your_parcels(s: Setting, page: YourParcels) -> Picture:
    """A row per door, each a target; the primary opens the first."""
    back = Button("close", s.texts.say("finish"), Choose(Choice.FINISH), centred=True)
    parts = halves(s, Field.PICKUP, SHARES, back=back)
    title = s.texts.count("your_parcels.title", len(page.doors))
    head, tell = headline(s, parts.tell, title, parts.colours.on)
    hint, _ = fitting(s, tell, s.texts.say("your_parcels.one_at_a_time"), (Type.BODY,), parts.colours.muted)
    listed = [
        Row(
            plate=door.compartment,
            title=column_words(s, door),
            more=height_words(s, door),
            action=Choose(Choice.OPEN, door.compartment),
            turn=number,
        )
        for number, door in enumerate(page.doors, start=1)
    ]
    first = page.doors[0]
    foot, room = parts.do.cut_bottom(s.theme.space.primary, s.theme.space.gap * 2)
    label = s.texts.say("your_parcels.open", door=first.compartment)
    open_ = button(
        s, foot, Button("door", label, Choose(Choice.OPEN, first.compartment), Style.PRIMARY, type=Type.TITLE)
    )
    return Picture((*parts.elements, *head, *hint, *rows(s, room, listed), *open_, *parts.corner), parts.do_part)
