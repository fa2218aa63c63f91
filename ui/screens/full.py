"""Full: no free door is large enough, and what is done with the parcel instead.

Holds this screen. It must not know how compartments are given out.
"""

from kiosk.core.events import Choice
from kiosk.core.view import Full
from ui.elements import Choose, Picture, Role
from ui.parts.answers import answers, leave_with_staff, take_with_me
from ui.parts.badges import badge
from ui.parts.buttons import Button
from ui.parts.halves import Shares, halves
from ui.parts.words import fitting, headline
from ui.setting import Setting
from ui.theme import Field, Tint, Type

SHARES = Shares(0.484, small=0.46, upright=0.36)


def full(s: Setting, page: Full) -> Picture:
    """Never a dead end: staff, a smaller size, or the parcel goes on; each is recorded."""
    parts = halves(s, Field.PROBLEM, SHARES)
    disc, tell = badge(s, parts.tell, "bang", Tint(parts.colours.line, parts.colours.fill))
    head, tell = headline(s, tell, s.texts.say("full.title"), parts.colours.on, Role.ALERT)
    hint, _ = fitting(s, tell, s.texts.say("full.more"), (Type.BODY,), parts.colours.muted, most_lines=4)
    smaller = [_smaller(s, page)] if s.offered(Choice.TRY_SMALLER) else []
    told = answers(s, parts.do, [leave_with_staff(s), *smaller, take_with_me(s)])
    return Picture((*parts.elements, *disc, *head, *hint, *told, *parts.corner), parts.do_part)


def _smaller(s: Setting, page: Full) -> Button:
    free = sum(card.free for card in page.sizes)
    more = s.texts.count("full.doors_free", free) if free else ""
    return Button("larger", s.texts.say("full.try_smaller"), Choose(Choice.TRY_SMALLER), more=more)
