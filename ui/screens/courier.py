"""The courier's questions before the size: which labels, which number, which unit, whose parcel, and where else it goes.

Holds these screens. It must not know who lives in a unit but for the masked names that it is given.
"""

from collections.abc import Mapping

from kiosk.core.events import Choice
from kiosk.core.view import AskName, AskNumber, AskUnit, Divert, LabelLine, ScanLabels
from ui.elements import Align, Choose, Element, Fill, Icon, Picture, Role, TurnPage, Words
from ui.geometry import Box
from ui.parts.badges import badge, steps
from ui.parts.buttons import Button, Style, button
from ui.parts.halves import Halves, Shares, halves
from ui.parts.keypad import keypad, letter_keyboard, unit_keyboard
from ui.parts.lists import Row, paged, rows
from ui.parts.answers import answers, leave_with_staff, take_with_me
from ui.parts.words import Elements, fitting, headline, stacked
from ui.setting import Setting
from ui.theme import Field, Tint, Type

SCAN = Shares(0.406, small=0.505, upright=0.3)
UNIT = Shares(0.406, small=0.41, upright=0.3)
NUMBER = Shares(0.36, small=0.345, upright=0.3)
NAME = Shares(0.406, small=0.42, upright=0.3)
DIVERT = Shares(0.484, small=0.46, upright=0.36)
STEPS = 5
SCANNING, RECIPIENT = 2, 3
NAME_MM = 23.1
CARRIERS: Mapping[str, str] = {
    "amazon": "Amazon",
    "canada_post": "Canada Post",
    "canpar": "Canpar",
    "dhl": "DHL",
    "dpd": "DPD",
    "fedex": "FedEx",
    "gofo": "GOFO",
    "landmark": "Landmark",
    "lasership": "LaserShip",
    "old_dominion": "Old Dominion",
    "ontrac": "OnTrac",
    "purolator": "Purolator",
    "speedee": "Spee-Dee",
    "ups": "UPS",
    "usps": "USPS",
    "yodel": "Yodel",
    "yunexpress": "YunExpress",
}
"""Names as the carriers write them, by the codes of the core's formats; the post of some country has none."""
DIVERTED: Mapping[str, tuple[str, str]] = {
    "unknown_unit": ("divert.unknown_unit", "divert.unknown_unit_more"),
    "moved_out": ("divert.moved_out", "divert.moved_out_more"),
    "on_hold": ("divert.on_hold", "divert.on_hold_more"),
    "refuses": ("divert.refuses", "divert.refuses_more"),
}

# --- labels ---


def carrier_name(s: Setting, carrier: str) -> str:
    """The carrier as it writes itself; "Parcel" for every label that names none."""
    return CARRIERS.get(carrier) or s.texts.say("label.parcel")


def _ends(s: Setting, label: LabelLine) -> str:
    return s.texts.say("label.ends", digits=label.ends) if label.ends else s.texts.say("label.no_number")


def scan_labels(s: Setting, page: ScanLabels) -> Picture:
    """What was scanned, each to be removed; the primary goes on to the first one's recipient."""
    no_barcode = Button("keys", s.texts.say("scan.no_barcode"), Choose(Choice.NO_BARCODE))
    taken = bool(s.offered(Choice.NO_BARCODE))
    finish = Button("close", s.texts.say("finish"), Choose(Choice.FINISH), centred=True)
    parts = halves(s, Field.DELIVER, SCAN, side=(no_barcode,) if taken else (), back=finish)
    line, tell = steps(s, parts.tell, SCANNING, STEPS, parts.colours)
    title, more = _scan_words(s, page, taken=taken)
    head, tell = headline(s, tell, title, parts.colours.on)
    picture, tell = _barcode(s, tell) if taken else ((), tell)
    hint, _ = fitting(s, tell, more, (Type.BODY,), parts.colours.muted, most_lines=4)
    return _picture(parts, (*line, *head, *picture, *hint), _scanned(s, parts.do, page, taken=taken))


def _scan_words(s: Setting, page: ScanLabels, *, taken: bool) -> tuple[str, str]:
    if not taken:
        return s.texts.say("scan.no_drops"), s.texts.say("scan.no_drops_more")
    if any(label.in_bank for label in page.labels):
        return s.texts.say("scan.title"), s.texts.say("scan.in_bank_hint")
    return s.texts.say("scan.title"), s.texts.say("scan.hint")


def _scanned(s: Setting, box: Box, page: ScanLabels, *, taken: bool) -> Elements:
    go_on: Elements = ()
    if taken and page.labels:
        foot, box = box.cut_bottom(s.theme.space.primary, s.theme.space.gap * 1.4)
        label = s.texts.count("scan.go_on", len(page.labels))
        type_ = Type.BUTTON if s.theme.small else Type.TITLE
        go_on = button(s, foot, Button("next", label, Choose(Choice.GO_ON), Style.PRIMARY, type=type_))
    if not page.labels:
        return _nothing_yet(s, box) if taken else ()
    listed = [_label_row(s, number, label) for number, label in enumerate(page.labels)]
    return (*rows(s, box, listed), *go_on)


def _label_row(s: Setting, number: int, label: LabelLine) -> Row:
    carrier, ends = carrier_name(s, label.carrier), _ends(s, label)
    name = s.texts.say("label.named", carrier=carrier, ends=ends)
    return Row(
        plate=carrier,
        title=ends,
        more=s.texts.say("label.in_bank", door=label.in_bank) if label.in_bank else "",
        remove=Choose(Choice.REMOVE, str(number)),
        remove_name=s.texts.say("label.remove", label=name),
    )


def _nothing_yet(s: Setting, box: Box) -> Elements:
    """The list's place while it is empty."""
    p = s.palette
    side = min(24.0, box.height * 0.25)
    text = s.texts.say("scan.nothing_yet")
    sign = box.middle(side, side)
    sign = Box(sign.x, sign.y - side * 0.7, side, side)
    room = Box(box.x, sign.bottom + 2.0, box.width, box.bottom - sign.bottom - 2.0).inset(6.0, 0.0)
    label = stacked(s, room.cut_top(side)[0], [(text, Type.BODY, p.muted)], Align.CENTRE)
    frame = Fill(p.canvas, 4.4, p.line, s.theme.outline_mm, dashed=True)
    return (Element(box, frame, Role.STATUS, text), Element(sign, Icon("scan", p.muted)), *label)


BARS = "2-1 2-1 3-3 2-1 1-1 1-3 3-2 2-1 3-2 2-1 1-2 2-1 3-2 1-1 2-2 2-2 1-3 2-1"
"""A code's bars and the gaps after them, in modules; it is a picture of one, and says nothing."""
CARD_MM, MARGIN_MM, LINE_MM = (56.0, 23.4), 4.6, 1.6


def _barcode(s: Setting, box: Box) -> tuple[Elements, Box]:
    """A label with the scanner's line across, where there is room for it; and the room under it."""
    width, height = min(CARD_MM[0], box.width), CARD_MM[1]
    if box.height < height + s.size(Type.BODY).pitch_mm * 2:
        return (), box
    p = s.palette
    strip, rest = box.cut_top(height, s.size(Type.BODY).capital_mm)
    card = Box(strip.x + 1.2, strip.y, width, height)
    inside = card.inset(MARGIN_MM, MARGIN_MM * 0.9)
    pairs = [tuple(int(each) for each in pair.split("-")) for pair in BARS.split()]
    module = inside.width / (sum(map(sum, pairs)) - pairs[-1][1])
    elements, x = [Element(card, Fill(p.slot, 2.7))], inside.x
    for bar, space in pairs:
        elements.append(Element(Box(x, inside.y, bar * module, inside.height), Fill(p.on_slot)))
        x += (bar + space) * module
    line = Box(card.x - 2.7, card.centre[1] - LINE_MM / 2, card.width + 5.4, LINE_MM)
    return (*elements, Element(line, Fill(p.signal, LINE_MM / 2))), rest


# --- number and unit ---


def ask_number(s: Setting, page: AskNumber) -> Picture:
    """The number as it is printed; every letter may be in it."""
    parts = halves(s, Field.DELIVER, NUMBER, back=_back(s))
    line, tell = _steps(s, parts, SCANNING)
    head, tell = headline(s, tell, s.texts.say("number.title"), parts.colours.on)
    typed, tell = _typed(s, tell, page.typed)
    hint, _ = fitting(s, tell, s.texts.say("number.hint"), (Type.BODY,), parts.colours.muted, most_lines=4)
    return _picture(parts, (*line, *head, *typed, *hint), keypad(s, parts.do, letter_keyboard(s, parts.do)))


def ask_unit(s: Setting, page: AskUnit) -> Picture:
    """The unit on a keypad with the house's letters; a label without one leads to where else the parcel can go."""
    if s.local.page:
        return _no_unit(s, page)
    no_unit = Button("missing", s.texts.say("unit.none"), TurnPage(1))
    parts = halves(s, Field.PROBLEM if page.unknown else Field.DELIVER, UNIT, side=(no_unit,), back=_back(s))
    line, tell = _steps(s, parts, RECIPIENT)
    title = s.texts.say("unit.unknown") if page.unknown else s.texts.say("unit.title")
    head, tell = headline(s, tell, title, parts.colours.on, Role.ALERT if page.unknown else Role.HEADING)
    typed, tell = _typed(s, tell, page.typed)
    hint, _ = fitting(s, tell, _as_on_label(s, page), (Type.BODY,), parts.colours.muted)
    keys = unit_keyboard(s, parts.do, s.house.unit_letters)
    return _picture(parts, (*line, *head, *typed, *hint), keypad(s, parts.do, keys))


def _as_on_label(s: Setting, page: AskUnit) -> str:
    label = s.texts.say("label.named", carrier=carrier_name(s, page.label.carrier), ends=_ends(s, page.label))
    return s.texts.say("unit.hint", label=label)


def _no_unit(s: Setting, page: AskUnit) -> Picture:
    """The same question's other answers."""
    parts = halves(s, Field.DELIVER, DIVERT)
    line, tell = _steps(s, parts, RECIPIENT)
    head, tell = headline(s, tell, s.texts.say("unit.none_title"), parts.colours.on)
    hint, _ = fitting(s, tell, _as_on_label(s, page), (Type.BODY,), parts.colours.muted)
    type_it = Button("keys", s.texts.say("unit.type"), TurnPage(0))
    told = answers(s, parts.do, [leave_with_staff(s), take_with_me(s), type_it])
    return _picture(parts, (*line, *head, *hint), told)


def _typed(s: Setting, box: Box, typed: str) -> tuple[Elements, Box]:
    """What was typed, on a slot with a cursor; of a long number the end. And the room under it."""
    p = s.palette
    type_ = Type.BUTTON if s.theme.small else Type.PLATE if len(typed) <= PLATE_LETTERS else Type.TITLE
    capital = s.size(type_).capital_mm
    high = s.size(Type.PLATE).capital_mm * (1.6 if s.theme.small else 2.1)
    strip, rest = box.cut_top(min(high, box.height), s.size(Type.BODY).capital_mm)
    inside = strip.inset(4.0, 0.0)
    shown = typed
    while s.typeface.width_mm(shown, type_) > inside.width - 2.5:
        shown = shown[1:]
    label = Box(inside.x, strip.centre[1] - capital / 2, inside.width, capital)
    bar = Box(inside.x + s.typeface.width_mm(shown, type_) + 1.2, strip.centre[1] - capital * 0.75, 1.0, capital * 1.5)
    said = s.texts.say("typed", text=typed) if typed else s.texts.say("typed_nothing")
    return (
        Element(strip, Fill(p.slot, 3.4, p.signal, 1.0), Role.STATUS, said),
        Element(label, Words((shown,), type_, p.on_slot)),
        Element(bar, Fill(p.key5_pip if p.slot != p.signal else p.on_slot, 0.5)),
    ), rest


PLATE_LETTERS = 5

# --- recipient ---


def ask_name(s: Setting, page: AskName) -> Picture:
    """The unit's residents, masked; nobody else's."""
    other = Button("keys", s.texts.say("name.other_unit"), Choose(Choice.OTHER_UNIT))
    parts = halves(s, Field.DELIVER, NAME, side=(other,))
    line, tell = _steps(s, parts, RECIPIENT)
    unit = s.texts.say("unit.named", unit=page.unit)
    head, tell = headline(s, tell, s.texts.say("name.title"), parts.colours.on)
    hint, _ = fitting(s, tell, s.texts.say("name.hint", unit=unit), (Type.BODY,), parts.colours.muted)
    foot, room = parts.do.cut_bottom(s.theme.space.button, s.theme.space.gap * 2)
    unsure = Button("desk", s.texts.say("name.unsure"), Choose(Choice.LEAVE_WITH_STAFF))
    names = [Button("person", name.name, Choose(Choice.RECIPIENT, name.value), type=Type.TITLE) for name in page.names]
    shown, places, turn = paged(s, room, names, NAME_MM)
    listed = tuple(each for what, place in zip(shown, places, strict=True) for each in button(s, place, what))
    return _picture(parts, (*line, *head, *hint), (*listed, *turn, *button(s, foot, unsure)))


def divert(s: Setting, page: Divert) -> Picture:
    """Why the parcel does not go into the bank, and what is done instead."""
    parts = halves(s, Field.PROBLEM, DIVERT)
    disc, tell = badge(s, parts.tell, "bang", Tint(parts.colours.line, parts.colours.fill))
    title, more = DIVERTED[page.why]
    head, tell = headline(s, tell, s.texts.say(title, unit=page.unit), parts.colours.on, Role.ALERT)
    hint, _ = fitting(s, tell, s.texts.say(more, unit=page.unit), (Type.BODY,), parts.colours.muted, most_lines=4)
    other = Button("keys", s.texts.say("name.other_unit"), Choose(Choice.OTHER_UNIT))
    told = answers(s, parts.do, [leave_with_staff(s), other, take_with_me(s)])
    return _picture(parts, (*disc, *head, *hint), told)


# --- what these screens share ---


def _back(s: Setting) -> Button:
    return Button("back", s.texts.say("back"), Choose(Choice.BACK), centred=True)


def _steps(s: Setting, parts: Halves, here: int) -> tuple[Elements, Box]:
    """The steps of a drop, where there is room for them beside a keypad."""
    return steps(s, parts.tell, here, STEPS, parts.colours)


def _picture(parts: Halves, tell: Elements, do: Elements) -> Picture:
    return Picture((*parts.elements, *tell, *do, *parts.corner), parts.do_part)
