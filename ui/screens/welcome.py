"""Welcome: pick up or deliver, help, and the languages. The only screen with two equal targets.

Holds this screen. It must not know what follows a touch.
"""

from dataclasses import replace

from kiosk.core.events import Choice
from kiosk.core.view import Welcome
from ui.elements import (
    Action,
    Choose,
    Element,
    Fill,
    Icon,
    OpenSheet,
    Picture,
    Role,
    SayWhy,
    Shape,
    Sheet,
    SpeakLanguage,
)
from ui.geometry import Box
from ui.parts.buttons import Button, Style, button
from ui.parts.doors import parcel_picture
from ui.parts.halves import RULE_MM
from ui.parts.words import DESCENT, Elements, fitting, height_mm, words
from ui.setting import Setting
from ui.text import LANGUAGES
from ui.theme import Field, FieldColours, Mode, Type

SEAM_MM = 2.0
"""Dead between the two targets."""
BAR, PICK_UP, UPRIGHT = 0.175, 0.56, (0.369, 0.328)
LEAF = ((0.0, 0.1), (1.0, 0.0), (1.0, 1.0), (0.0, 0.9))
HELP_MM = 46.0
ART_MM, ART_WIDE, ART_OVER, ROUND = 52.0, 1.2, 1.12, 0.085
"""The drawings: the greatest height of the compartment, how much wider and higher the whole is, its corners."""


def welcome(s: Setting, page: Welcome) -> Picture:  # noqa: ARG001 - a page that carries nothing
    """Two targets and a bar."""
    if s.theme.portrait:
        heights = [s.theme.height_mm * share for share in UPRIGHT]
        pick_up, rest = s.panel.cut_top(heights[0])
        deliver, bar = rest.cut_top(heights[1])
    else:
        tall = max(s.theme.height_mm * BAR, s.theme.space.button + 4.0)
        bar, both = s.panel.cut_bottom(tall)
        pick_up, deliver = both.cut_left(s.theme.width_mm * PICK_UP)
    foot_mm = max(_foot_mm(s, pick_up, Choice.PICK_UP), _foot_mm(s, deliver, Choice.DELIVER))
    elements = (
        *_target(s, pick_up, Choice.PICK_UP, foot_mm),
        *_target(s, deliver, Choice.DELIVER, foot_mm),
        *_bar(s, bar),
        *_rules(s, pick_up, deliver),
    )
    return Picture(elements, bar)


def _rules(s: Setting, pick_up: Box, deliver: Box) -> Elements:
    """In high contrast all is black: white rules part the two halves and the bar."""
    if s.theme.mode is not Mode.HIGH_CONTRAST:
        return ()
    ink = Fill(s.palette.ink)
    under = Box(0, deliver.bottom - RULE_MM / 2, s.theme.width_mm, RULE_MM)
    if s.theme.portrait:
        return Element(Box(0, pick_up.bottom - RULE_MM / 2, s.theme.width_mm, RULE_MM), ink), Element(under, ink)
    return Element(Box(pick_up.right - RULE_MM / 2, 0, RULE_MM, pick_up.height), ink), Element(under, ink)


def _how(s: Setting, choice: Choice) -> str:
    """What there is to do for it, or that it cannot be done now."""
    if not s.offered(choice):
        return s.texts.say("welcome.not_now")
    return s.texts.say("welcome.pick_up_how" if choice is Choice.PICK_UP else "welcome.deliver_how")


def _inside(s: Setting, box: Box) -> Box:
    return box.inset(s.theme.space.tell, s.theme.space.tell, s.theme.space.tell * 0.8)


def _foot_mm(s: Setting, box: Box, choice: Choice) -> float:
    """The height of the words under the name; both halves take the greater one, so that their names are level."""
    lines = s.typeface.wrapped(_how(s, choice), Type.BODY, _inside(s, box).width)
    return height_mm(s, Type.BODY, len(lines)) + s.size(Type.BODY).capital_mm * DESCENT


def _target(s: Setting, box: Box, choice: Choice, foot_mm: float) -> Elements:
    """One half: the whole of it is the target, but for the seam."""
    pickup, offered, how = choice is Choice.PICK_UP, bool(s.offered(choice)), _how(s, choice)
    title = s.texts.say("welcome.pick_up" if pickup else "welcome.deliver")
    action: Action = Choose(choice) if offered else SayWhy(s.texts.say("welcome.not_now_why"))
    colours = _pressed(s) if s.pressed(action) else s.field(Field.PICKUP if pickup else Field.DELIVER)
    ground = Fill(colours.fill)
    target = Element(box.inset(SEAM_MM / 2), ground, Role.BUTTON, f"{title}. {how}", action)
    inside = _inside(s, box)
    below, above = inside.cut_bottom(foot_mm, s.size(Type.HERO).capital_mm * (DESCENT + 0.1))
    name, art = above.cut_bottom(s.size(Type.HERO).capital_mm, s.theme.space.gap * 2)
    told, _ = words(s, below, how, Type.BODY, colours.muted, role=Role.DECORATION)
    head, _ = fitting(s, name, title, (Type.HERO, Type.PLATE, Type.TITLE), colours.on, role=Role.DECORATION)
    status, art = _status(s, art, pickup=pickup, colours=colours)
    if s.theme.portrait:
        beside_mm = inside.width - s.typeface.width_mm(title, Type.HERO) - 2 * s.theme.space.gap
        art = max(art, Box(inside.right - beside_mm, inside.y, beside_mm, name.bottom - inside.y), key=_art_mm)
    picture = _open_compartment(s, art, colours) if pickup else _parcel_going_in(s, art, colours)
    return (Element(box, ground), target, *status, *picture, *head, *told)


def _pressed(s: Setting) -> FieldColours:
    p, on = s.palette, s.palette.on_signal
    return replace(s.field(Field.OPEN), fill=p.signal, on=on, muted=on, line=on, here=p.surface)


def _status(s: Setting, box: Box, *, pickup: bool, colours: FieldColours) -> tuple[Elements, Box]:
    """The clock over pick up, the kiosk's state over deliver."""
    size = s.size(Type.BODY)
    strip, rest = box.cut_top(size.capital_mm, s.theme.space.gap * (1.0 if s.theme.small else 1.6))
    if pickup:
        return words(s, strip, s.clock, Type.BODY, colours.muted, role=Role.STATUS)[0], rest
    side = size.capital_mm * 1.5
    sign, label = Box(strip.x, strip.y, strip.width, strip.height).cut_left(side, 2.5)
    ready = bool(s.offered(Choice.DELIVER))
    text = s.texts.say("welcome.ready") if ready else s.texts.say("welcome.full")
    icon = Element(sign.middle(side, side), Icon("check" if ready else "block", colours.muted))
    return (icon, *words(s, label, text, Type.BODY, colours.muted, role=Role.STATUS)[0]), rest


def _art_mm(box: Box) -> float:
    """How high the drawing can be in that box."""
    return min(box.height / ART_OVER, box.width / ART_WIDE, ART_MM)


def _open_compartment(s: Setting, box: Box, colours: FieldColours) -> Elements:
    """The mark of the product: a lit compartment with a parcel in it."""
    height = _art_mm(box)
    width = height * 0.84
    leaf_mm = width / 3
    lit = Box(box.right - width - leaf_mm, box.centre[1] - height / 2, width, height)
    leaf = Box(lit.right, lit.y - height * 0.06, leaf_mm, height * 1.12)
    handle = Box(leaf.x + leaf.width * 0.65, lit.centre[1] - height * 0.07, height * 0.04, height * 0.14)
    parcel = Box(lit.x + width / 6, lit.y + height * 0.52, width * 0.67, height * 0.41)
    return (
        Element(leaf, Shape(LEAF, colours.line)),
        Element(handle, Fill(colours.fill, handle.width / 2)),
        Element(lit, Fill(colours.here, height * ROUND)),
        Element(parcel, parcel_picture(s)),
    )


def _parcel_going_in(s: Setting, box: Box, colours: FieldColours) -> Elements:
    height = _art_mm(box)
    width = height * 0.84
    door = Box(box.right - width, box.centre[1] - height / 2, width, height)
    parcel = Box(door.x - width * 0.42, door.y + height * 0.52, width * 0.66, height * 0.4)
    arrow = Box(parcel.right + width * 0.08, parcel.centre[1] - width * 0.24, width * 0.48, width * 0.48)
    return (
        Element(door, Fill(colours.fill, height * ROUND, colours.line, height * 0.027)),
        Element(parcel, parcel_picture(s)),
        Element(arrow, Icon("next", colours.here if colours.fill != s.palette.signal else colours.on)),
    )


def _bar(s: Setting, box: Box) -> Elements:
    """Help in its corner, and the languages in their own names."""
    space = s.theme.space
    if s.theme.portrait:
        first, second = box.inset(space.do, space.do, space.bottom).rows(2, space.gap)
        at, beside = second.columns(2, space.gap)
        return (Element(box, Fill(s.palette.canvas)), *_languages(s, first), *_help(s, at), *_phone(s, beside))
    inside = box.middle(box.width - 2 * space.do * 0.7, min(box.height - 4.0, space.button))
    at, rest = inside.cut_left(HELP_MM * 0.8 if s.theme.small else HELP_MM, space.gap)
    return (Element(box, Fill(s.palette.canvas)), *_help(s, at), *_languages(s, rest))


def _help(s: Setting, box: Box) -> Elements:
    return button(s, box, Button("access", s.texts.say("help"), OpenSheet(Sheet.HELP), centred=True))


def _phone(s: Setting, box: Box) -> Elements:
    """Whom to call, where the bar has room for it."""
    if not s.house.help_phone:
        return ()
    said = s.texts.say("help.call", phone=s.house.help_phone)
    lines = s.typeface.wrapped(said, Type.BODY, box.width)
    return words(s, box.middle(box.width, height_mm(s, Type.BODY, len(lines))), said, Type.BODY, s.palette.muted)[0]


def _languages(s: Setting, box: Box) -> Elements:
    places = box.columns([max(len(name), 4) for name in LANGUAGES.values()], s.theme.space.gap)
    return tuple(
        each
        for place, (code, name) in zip(places, LANGUAGES.items(), strict=True)
        for each in button(s, place, _language(s, code, name))
    )


def _language(s: Setting, code: str, name: str) -> Button:
    style = Style.PRIMARY if code == s.texts.language else Style.NORMAL
    return Button("", name, SpeakLanguage(code), style, centred=True)
