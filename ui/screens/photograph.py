"""Photographing a label: what the camera sees, and the button that keeps it.

Holds this screen. It must not know a camera, nor what becomes of the picture.
"""

from kiosk.core.events import Choice
from kiosk.core.view import PhotographLabel
from ui.elements import Align, Choose, Element, Fill, Photo, Picture, Role
from ui.geometry import Box
from ui.parts.buttons import Button, Style, button
from ui.parts.delivery import SCANNING, nothing_yet, steps_if_room, title_and_hint
from ui.parts.halves import Shares, halves
from ui.parts.words import Elements, stacked
from ui.setting import Setting
from ui.theme import Field, Type

SHARES = Shares(0.406, small=0.42, upright=0.3, small_upright=0.3)


def photograph_label(s: Setting, page: PhotographLabel) -> Picture:
    """The label is held before the camera; what failed is said in place of the hint."""
    back = Button("back", s.texts.say("back"), Choose(Choice.BACK), centred=True)
    type_it = Button("keys", s.texts.say("photo.type_instead"), Choose(Choice.TYPE_NUMBER))
    parts = halves(s, Field.PROBLEM if page.failed else Field.DELIVER, SHARES, side=(type_it,), back=back)
    title = s.texts.say("photo.failed" if page.failed else "photo.title")
    hint = s.texts.say("photo.failed_more" if page.failed else "photo.hint")
    line, tell = steps_if_room(s, parts.tell, SCANNING, parts.colours, title)
    role = Role.ALERT if page.failed else Role.HEADING
    head = title_and_hint(s, tell, title, hint, parts.colours, role=role)
    foot, room = parts.do.cut_bottom(s.theme.space.primary, s.theme.space.gap * 1.4)
    seen = nothing_yet(s, room, "photo", s.texts.say("photo.starting")) if s.photo is None else _seen(room, s.photo)
    below = _taking(s, foot) if page.taking else button(s, foot, _take(s))
    return Picture((*parts.elements, *line, *head, *seen, *below, *parts.corner), parts.do_part)


def _take(s: Setting) -> Button:
    type_ = Type.BUTTON if s.theme.small else Type.TITLE
    return Button("photo", s.texts.say("photo.take"), Choose(Choice.TAKE_PHOTO), Style.PRIMARY, type=type_)


def _taking(s: Setting, box: Box) -> Elements:
    """The button's place while the picture is taken."""
    text = s.texts.say("photo.taking")
    frame = Fill(s.palette.canvas, 4.4, s.palette.line, s.theme.outline_mm)
    said = stacked(s, box.inset(4.0), [(text, Type.BUTTON, s.palette.ink)], Align.CENTRE)
    return (Element(box, frame, Role.STATUS, text), *said)


def _seen(room: Box, photo: Photo) -> Elements:
    """The camera's picture as it is, as large as there is room for it."""
    shape = photo.width / photo.height
    width = min(room.width, room.height * shape)
    return (Element(room.middle(width, width / shape), photo),)
