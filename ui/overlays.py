"""Overlays: what can lie over any page: the question whether somebody is still there, help, a notice, a short word.

Holds these. It must not know which page is beneath.
"""

from dataclasses import replace

from kiosk.core.events import Choice
from ui.elements import (
    Action,
    Choose,
    Element,
    Fill,
    Icon,
    OpenSheet,
    Photo,
    Picture,
    Role,
    Sheet,
    SpeakLanguage,
    SwitchContrast,
    Veil,
    Words,
)
from ui.geometry import Box
from ui.parts.badges import countdown
from ui.parts.buttons import Button, Style, button
from ui.parts.words import HEADLINE, Elements, fitting, headline, height_mm, words
from ui.setting import Setting
from ui.text import LANGUAGES
from ui.theme import Mode, Tint, Type

WARNING_S = 20
RADIUS_MM = 6.1
CAPSULE_MM, TOAST_MM, SIGN_MM, END_MM, EDGE_MM = 80.0, 10.0, 16.0, 6.0, 2.0
"""A capsule's greatest width lying down, what it is higher than its words, the room for its sign, and its distance
from the panel's edge."""
BESIDE_MM = 3.5
"""What a capsule hides of a line it hides with so much around it, a sign beside the words included."""
WIDE_MM2 = 2_000.0
"""A target so large is still found beside a capsule."""
SCANNER_KEYS = ("scan_here.title", "scan_here.more")
CAMERA_KEYS = ("scan_here.camera_title", "scan_here.camera_more")
"""Whoever sees a camera's picture is not sent to look for a scanner."""
SHOWN_MM = 20.0
"""The sign of what is to be shown, where no camera shows it."""
DIM = 0.6
DRIFT_MM, DRIFT_EVERY_MS = 1.4, 60_000
DRIFT = ((0.0, 0.0), (DRIFT_MM, 0.0), (DRIFT_MM, DRIFT_MM), (0.0, DRIFT_MM))
"""The corners of the small square that an idle picture walks around."""
WAYS_OUT = (Choice.FINISH, Choice.BACK, Choice.CANCEL)
"""What "finish" means on the page beneath, the first that is offered."""


def overlaid(s: Setting, picture: Picture) -> Picture:
    """The picture with the topmost of what lies over it; whatever is beneath can neither be touched nor read."""
    if s.model.still_there:
        return _over(s, picture, _still_there(s), s.model.ends_at_ms)
    if s.local.sheet is Sheet.HELP:
        return _over(s, picture, _help(s), None)
    if s.local.sheet is Sheet.SHOW_QR:
        return _over(s, picture, _show_qr(s), None)
    whole = replace(picture, elements=(*picture.elements, *_please_shut(s, picture), *_toast(s, picture)))
    return _dimmed(s, whole) if s.local.dimmed else whole


def _dimmed(s: Setting, picture: Picture) -> Picture:
    """Nobody is here: dark, and a little elsewhere each minute, so that nothing burns in. It can still be touched."""
    dark = min(s.palette.ink, s.palette.canvas, key=sum)
    right, down = DRIFT[s.now_ms // DRIFT_EVERY_MS % len(DRIFT)]
    moved = tuple(
        replace(each, box=Box(each.box.x + right, each.box.y + down, each.box.width, each.box.height))
        for each in picture.elements
    )
    next_ms = (s.now_ms // DRIFT_EVERY_MS + 1) * DRIFT_EVERY_MS
    return Picture((Element(s.panel, Fill(dark)), *moved, Element(s.panel, Veil(dark, DIM))), picture.do, next_ms)


def _over(s: Setting, picture: Picture, dialog: Elements, until_ms: int | None) -> Picture:
    beneath = tuple(replace(each, role=Role.DECORATION, name="", action=None) for each in picture.elements)
    veil = Element(s.panel, Veil(min(s.palette.ink, s.palette.canvas, key=sum)))
    changes = s.next_second_ms(until_ms) if until_ms is not None and until_ms > s.now_ms else None
    return Picture((*beneath, veil, *dialog), picture.do, changes)


def _panel(s: Setting, box: Box) -> Elements:
    p = s.palette
    outline = p.surface if s.theme.mode is Mode.NORMAL else p.line
    return (Element(box, Fill(p.canvas, RADIUS_MM, outline, 0.9)),)


def _still_there(s: Setting) -> Elements:
    """A ring that shrinks, and two answers; the safe one is the primary."""
    p, small = s.palette, s.theme.small
    margin, answers_mm, ring_mm = (5.0, 19.0, 17.0) if small else (8.2, 25.5, 24.5)
    width = min(s.theme.width_mm - 8.0, 153.0)
    room = Box(0, 0, width - 3 * margin - ring_mm, s.theme.height_mm)
    told = [(s.texts.say("still_there.title"), Type.TITLE), (s.texts.say("still_there.more"), Type.BODY)]
    high = sum(height_mm(s, t, len(s.typeface.wrapped(text, t, room.width))) + s.size(t).capital_mm for text, t in told)
    box = s.panel.middle(width, min(s.theme.height_mm - 6.0, max(high, ring_mm) + answers_mm + 2 * margin + 2.0))
    answers, above = box.inset(margin).cut_bottom(answers_mm, 2.0)
    at, beside = above.cut_left(ring_mm, margin)
    left_s = s.seconds_left(s.model.ends_at_ms) if s.model.ends_at_ms is not None else 0
    ring = countdown(s, Box(at.x, at.y, ring_mm, ring_mm), left_s, WARNING_S, Tint(p.surface, p.ink))
    title, beside = words(s, beside, told[0][0], Type.TITLE, p.ink, role=Role.ALERT)
    more, _ = fitting(s, beside, told[1][0], (Type.BODY,), p.muted, most_lines=5)
    way_out = next((choice for choice in WAYS_OUT if s.offered(choice)), None)
    stay = Button("plus", s.texts.say("still_there.more_time"), Choose(Choice.MORE_TIME), Style.PRIMARY, centred=True)
    if way_out is None:
        return (*_panel(s, box), *title, *ring, *more, *button(s, answers, stay))
    leave = Button("close", s.texts.say("finish"), Choose(way_out), centred=True)
    left, right = answers.columns(2, s.theme.space.gap)
    return (*_panel(s, box), *title, *ring, *more, *button(s, left, leave), *button(s, right, stay))


def _help(s: Setting) -> Elements:
    """Whom to call, contrast and language: the same sheet on every page."""
    p = s.palette
    box = s.panel.inset(s.theme.space.do / 2 if s.theme.small else s.theme.space.do)
    inside = box.inset(s.theme.space.do)
    close = Button("back", s.texts.say("help.close"), OpenSheet(Sheet.NONE), Style.PRIMARY, centred=True)
    foot, inside = inside.cut_bottom(s.theme.space.button, s.theme.space.gap)
    title, inside = headline(s, inside, s.texts.say("help.title"), p.ink)
    called = s.texts.say("help.call", phone=s.house.help_phone) if s.house.help_phone else s.texts.say("help.no_phone")
    told, inside = fitting(s, inside, called, HEADLINE[1:] if s.theme.small else HEADLINE, p.ink, most_lines=2)
    contrast_key = "help.contrast_off" if s.local.contrast else "help.contrast_on"
    switches = [Button("access", s.texts.say(contrast_key), SwitchContrast(), centred=True)]
    for code, name in LANGUAGES.items():
        style = Style.HERE if code == s.texts.language else Style.NORMAL
        switches.append(Button("globe", name, SpeakLanguage(code), style, centred=True))
    columns = 1 if s.theme.portrait else 3
    lines = -(-len(switches) // columns)
    row_mm = min(s.theme.space.primary, (inside.height - s.theme.space.gap * (lines - 1)) / lines)
    elements: Elements = (*_panel(s, box), *title, *told)
    for start in range(0, len(switches), columns):
        strip, inside = inside.cut_top(row_mm, s.theme.space.gap)
        for each, place in zip(switches[start:], strip.columns(columns, s.theme.space.gap), strict=False):
            elements += button(s, place, each)
    return (*elements, *button(s, foot, close))


def _show_qr(s: Setting) -> Elements:
    """What to hold before the scanner, or before the camera and what it sees; the scan itself goes on beneath."""
    p = s.palette
    box = s.panel.middle(min(s.theme.width_mm - 8, 153.0), min(s.theme.height_mm - 8, 95.0))
    inside = box.inset(8.2 if not s.theme.small else 5.0)
    close: Action = OpenSheet(Sheet.NONE)
    foot, inside = inside.cut_bottom(s.theme.space.button, s.theme.space.gap)
    sign, beside = _sign(s, inside) if s.photo is None else _seen(s, inside, s.photo)
    title_key, more_key = SCANNER_KEYS if s.photo is None else CAMERA_KEYS
    title, beside = headline(s, beside, s.texts.say(title_key), p.ink)
    more, _ = fitting(s, beside, s.texts.say(more_key), (Type.BODY,), p.muted)
    type_instead = Button("keys", s.texts.say("scan_here.type_instead"), close, centred=True)
    return (*_panel(s, box), sign, *title, *more, *button(s, foot, type_instead))


def _sign(s: Setting, box: Box) -> tuple[Element, Box]:
    at, beside = box.cut_left(SHOWN_MM, 6.0)
    return Element(Box(at.x, at.y, SHOWN_MM, SHOWN_MM), Icon("qr", s.palette.ink)), beside


def _seen(s: Setting, box: Box, photo: Photo) -> tuple[Element, Box]:
    """The camera's picture as it is, as large as its half allows, and the rest of the box."""
    shape = photo.width / photo.height
    if s.theme.portrait:
        high = min(box.height / 2, box.width / shape)
        strip, rest = box.cut_top(high, 6.0)
    else:
        strip, rest = box.cut_left(min(box.width / 2, box.height * shape), 6.0)
    width = min(strip.width, strip.height * shape)
    return Element(Box(strip.x, strip.y, width, width / shape), photo), rest


def _please_shut(s: Setting, picture: Picture) -> Elements:
    """Doors that opened by themselves: asked for on every page, and nothing can be touched."""
    if not s.model.please_shut:
        return ()
    doors = ", ".join(door.compartment for door in s.model.please_shut)
    text = s.texts.count("please_shut", len(s.model.please_shut), doors=doors)
    return _capsule(s, picture, text, Tint(s.palette.signal, s.palette.on_signal), "warn")


def _toast(s: Setting, picture: Picture) -> Elements:
    """One short word for a moment; a door that is to be shut is more urgent."""
    if not s.local.toast or s.model.please_shut:
        return ()
    return _capsule(s, picture, s.local.toast, Tint(s.palette.primary, s.palette.on_primary), "help")


def _capsule(s: Setting, picture: Picture, text: str, tint: Tint, icon: str) -> Elements:
    """At the top, in the corner where no key and no button is covered."""
    room_mm = s.theme.width_mm - 2 * s.theme.space.do if s.theme.portrait else CAPSULE_MM
    lines = s.typeface.wrapped(text, Type.BODY, room_mm - SIGN_MM - END_MM)
    width = max(s.typeface.width_mm(line, Type.BODY) for line in lines) + SIGN_MM + END_MM
    high = height_mm(s, Type.BODY, len(lines))
    top = s.panel.inset(EDGE_MM).cut_top(high + TOAST_MM)[0]
    corners = _whole_lines(top.cut_right(width)[0], picture), _whole_lines(top.cut_left(width)[0], picture)
    box = next((corner for corner in corners if not _covers(corner, picture)), corners[0])
    sign = Box(box.x + 5.0, box.centre[1] - 4.0, 8.0, 8.0)
    label = Box(box.x + SIGN_MM, box.centre[1] - high / 2, room_mm - SIGN_MM - END_MM, 0.0)
    said, _ = words(s, label, text, Type.BODY, tint.on, role=Role.ALERT)
    return (Element(box, Fill(tint.ground, min(box.height / 2, RADIUS_MM))), Element(sign, Icon(icon, tint.on)), *said)


def _whole_lines(box: Box, picture: Picture) -> Box:
    """As wide as it takes to hide no line of text, and no sign beside it, in part."""
    shown = [each.box for each in picture.elements if isinstance(each.look, Words | Icon)]
    while True:
        partly = [each for each in shown if box.overlaps(each)]
        left = min((each.x - BESIDE_MM for each in partly), default=box.x)
        right = max((each.right + BESIDE_MM for each in partly if each.x > box.x), default=box.right)
        wider = Box(min(left, box.x), box.y, max(right, box.right) - min(left, box.x), box.height)
        if wider == box:
            return box
        box = wider


def _covers(box: Box, picture: Picture) -> bool:
    """Whether it would hide something small that can be touched."""
    targets = [each.box for each in picture.elements if each.action is not None]
    return any(box.overlaps(each) and each.width * each.height < WIDE_MM2 for each in targets)
