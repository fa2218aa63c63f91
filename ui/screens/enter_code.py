"""Enter code: a resident's code from the notice, or a courier's access code, on a keypad that never moves.

Holds this screen with its failures. It must not know which digits were typed, but for the last one.
"""

from kiosk.core.events import Choice
from kiosk.core.state import CodeProblem, Typed
from kiosk.core.view import EnterCode
from ui.elements import Choose, OpenSheet, Picture, Role, Sheet
from ui.parts.badges import badge, steps
from ui.parts.buttons import Button
from ui.parts.halves import Shares, fit_one_row, halves, help_button
from ui.parts.keypad import keypad, slots, slots_mm
from ui.parts.waiting import waiting
from ui.parts.words import Elements, fitting, headline
from ui.setting import Setting
from ui.theme import Field, Tint, Type

SHARES = Shares(0.4375, small=0.535, upright=0.36, small_upright=0.31)
DROP_STEPS = 5
BADGE_MM = 11.0
"""Smaller than elsewhere, so that what to do now fits under the slots."""
PROBLEM_KEYS = {
    CodeProblem.SLIP: ("enter_code.slip", "enter_code.slip_more"),
    CodeProblem.FAILED: ("enter_code.failed", "enter_code.failed_more"),
    CodeProblem.WAIT: ("enter_code.wait", "enter_code.wait_more"),
    CodeProblem.OUTSIDE_WINDOW: ("enter_code.outside_window", "enter_code.outside_window_more"),
    CodeProblem.SUSPENDED: ("enter_code.suspended", "enter_code.suspended_more"),
}


def enter_code(s: Setting, page: EnterCode) -> Picture:
    """Slots in Tell, keypad in Do; a problem turns the field and leaves the keypad where it is."""
    courier, wrong = page.kind is Typed.COURIER, page.problem is not CodeProblem.NONE and page.filled == 0
    field = Field.PROBLEM if wrong else Field.DELIVER if courier else Field.PICKUP
    back = Button("back", s.texts.say("back"), Choose(Choice.BACK), centred=True) if s.offered(Choice.BACK) else None
    other = _other_way(s, courier=courier)
    parts = halves(s, field, SHARES, side=(other,) if _has_room(s, other, back, wrong=wrong) else (), back=back)
    tell, c = parts.tell, parts.colours
    above: Elements = ()
    if wrong and not s.theme.small and not s.theme.portrait:
        above, tell = badge(s, tell, "bang", Tint(c.line, c.fill), BADGE_MM)
    elif courier and not wrong and not s.theme.small:
        above, tell = steps(s, tell, 1, DROP_STEPS, c)
    title, more = _said(s, page, courier=courier, wrong=wrong)
    room, _ = tell.cut_top(tell.height - slots_mm(s))
    head, under = headline(s, room, title, c.on, Role.ALERT if wrong else Role.HEADING)
    _, tell = tell.cut_top(under.y - tell.y)
    line, tell = slots(s, tell, page.length, page.filled, Tint(c.fill, c.on if wrong else c.line))
    hint = fitting(s, tell, more, (Type.BODY,), c.muted)[0] if more else ()
    below, changes_ms = waiting(s, parts.tell) if s.model.busy else ((), None)
    if page.problem is CodeProblem.WAIT and page.ready_at_ms > s.now_ms:
        changes_ms = s.next_second_ms(page.ready_at_ms)
    keys = keypad(s, parts.do)
    return Picture(
        (*parts.elements, *above, *head, *line, *hint, *below, *keys, *parts.corner), parts.do_part, changes_ms
    )


def _has_room(s: Setting, other: Button, back: Button | None, *, wrong: bool) -> bool:
    """On a small panel the other way gives way to the keypad's size and to what went wrong; it works all the same."""
    if not s.theme.small:
        return True
    if wrong or back is None:
        return False
    return not s.theme.portrait or fit_one_row(
        s, s.theme.width_mm - 2 * s.theme.space.do, (help_button(s), back, other)
    )


def _other_way(s: Setting, *, courier: bool) -> Button:
    if courier:
        return Button("badge", s.texts.say("enter_code.scan_first"), OpenSheet(Sheet.SHOW_QR))
    key = "enter_code.show_qr_small" if s.theme.small else "enter_code.show_qr"
    return Button("qr", s.texts.say(key), OpenSheet(Sheet.SHOW_QR))


def _said(s: Setting, page: EnterCode, *, courier: bool, wrong: bool) -> tuple[str, str]:
    """Title and hint. One wording for every code that failed."""
    if s.model.busy:
        return s.texts.say("enter_code.checking"), ""
    if wrong:
        title, more = PROBLEM_KEYS[page.problem]
        left_s = s.seconds_left(page.ready_at_ms)
        said = s.texts.count(more, max(left_s, 1)) if page.problem is CodeProblem.WAIT else s.texts.say(more)
        return s.texts.say(title), said
    if courier:
        return s.texts.say("enter_code.courier"), s.texts.count("enter_code.courier_hint", page.length)
    if page.guarded:
        return s.texts.say("enter_code.title"), s.texts.say("enter_code.guarded")
    return s.texts.say("enter_code.title"), s.texts.count("enter_code.hint", page.length)
