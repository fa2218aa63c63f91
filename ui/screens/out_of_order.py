"""Out of order: nobody can be served, what that means for the parcels inside, and whom to call.

Holds this screen. It must not know what is broken.
"""

from kiosk.core.view import OutOfOrder
from ui.elements import Element, Fill, Icon, Picture, Role
from ui.geometry import Box
from ui.parts.badges import badge
from ui.parts.halves import Shares, halves
from ui.parts.heads import badge_and_title
from ui.parts.words import HEADLINE, Elements, fitting, headline, words
from ui.setting import Setting
from ui.theme import Colour, Field, Tint, Type

SHARES = Shares(0.5625, small=0.53, upright=0.5)
FLAT_MM = 50.0
"""A card lower than this has its sign beside the words."""
MORE_KEYS = {"degraded": "out_of_order.cannot_record", "safe": "out_of_order.being_checked"}
"""What is added for the ways of being out of order that a person may be told apart."""


def out_of_order(s: Setting, page: OutOfOrder) -> Picture:
    """Two cards: for residents a number to call, for couriers where to go."""
    parts = halves(s, Field.STAFF, SHARES)
    c = parts.colours
    head, tell = _head(s, parts.tell, s.texts.say("out_of_order.title"), c.on)
    safe, tell = fitting(s, tell, s.texts.say("out_of_order.safe"), (Type.BODY,), c.muted, most_lines=4)
    more: Elements = ()
    if page.why in MORE_KEYS:
        more, _ = fitting(s, tell, s.texts.say(MORE_KEYS[page.why]), (Type.BODY,), c.muted)
    first, second = parts.do.rows(2, s.theme.space.gap)
    phone = s.house.help_phone or s.texts.say("out_of_order.ask_staff")
    desk = s.house.front_desk or s.texts.say("out_of_order.front_desk")
    cards = (
        *_card(s, first, "phone", s.texts.say("out_of_order.call"), phone),
        *_card(s, second, "deliver", s.texts.say("out_of_order.couriers"), desk),
    )
    return Picture((*parts.elements, *head, *safe, *more, *cards, *parts.corner), parts.do_part)


def _head(s: Setting, box: Box, text: str, colour: Colour) -> tuple[Elements, Box]:
    tint = Tint(s.palette.signal, s.palette.on_signal)
    if s.theme.small:
        return badge_and_title(s, box, ("wrench", tint), text, colour, role=Role.ALERT)
    disc, box = badge(s, box, "wrench", tint)
    head, box = headline(s, box, text, colour, Role.ALERT)
    return (*disc, *head), box


def _card(s: Setting, box: Box, icon: str, label: str, text: str) -> Elements:
    p = s.palette
    flat = box.height < FLAT_MM
    inside = box.inset(3.5, 3.0) if flat else box.inset(5.5, 5.0)
    icon_mm = 9.0 if flat else 14.0
    if flat:
        at, inside = inside.cut_left(icon_mm, 4.0)
    else:
        at, inside = inside.cut_top(icon_mm, 6.0)
    sign = Element(Box(at.x, at.y, icon_mm, icon_mm), Icon(icon, p.ink))
    head, inside = words(s, inside, label, Type.BODY, p.muted, role=Role.HEADING)
    types = HEADLINE if flat else (Type.KEY, *HEADLINE)
    one_line = [type_ for type_ in types if s.typeface.width_mm(text, type_) <= inside.width]
    told, _ = fitting(s, inside, text, (*one_line, *HEADLINE[1:]), p.ink)
    return (Element(box, Fill(p.surface, 4.4, p.line, s.theme.outline_mm)), sign, *head, *told)
