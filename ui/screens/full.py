"""Full: no free door is large enough, and what is done with the parcel instead.

Holds this screen. It must not know how compartments are given out.
"""

from kiosk.core.events import Choice
from kiosk.core.view import Full
from ui.elements import Choose, Picture, Role
from ui.parts.badges import badge
from ui.parts.buttons import Button
from ui.parts.delivery import answers, leave_with_staff, take_with_me, title_and_hint
from ui.parts.halves import Shares, halves
from ui.setting import Setting
from ui.theme import Field, Tint

SHARES = Shares(0.484, small=0.4, upright=0.36, small_upright=0.4)


def full(s: Setting, page: Full) -> Picture:
    """Never a dead end: staff, a smaller size, or the parcel goes on; each is recorded."""
    parts = halves(s, Field.PROBLEM, SHARES)
    disc, tell = badge(s, parts.tell, "bang", Tint(parts.colours.line, parts.colours.fill))
    title, more = s.texts.say("full.title"), s.texts.say("full.more")
    head = title_and_hint(s, tell, title, more, parts.colours, role=Role.ALERT)
    smaller = [_smaller(s, page)] if s.offered(Choice.TRY_SMALLER) else []
    told = answers(s, parts.do, [leave_with_staff(s), *smaller, take_with_me(s)])
    return Picture((*parts.elements, *disc, *head, *told, *parts.corner), parts.do_part)


def _smaller(s: Setting, page: Full) -> Button:
    free = sum(card.free for card in page.sizes)
    more = s.texts.count("full.doors_free", free) if free else ""
    return Button("larger", s.texts.say("full.try_smaller"), Choose(Choice.TRY_SMALLER), more=more)
