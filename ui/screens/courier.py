"""The courier's questions before the size: which labels, which number, which unit, whose parcel, where else it goes.

Holds these screens. It must not know who lives in a unit but for the masked names that it is given.
"""

from collections.abc import Mapping, Sequence

from kiosk.core.events import Choice
from kiosk.core.view import AskName, AskNumber, AskUnit, Divert, LabelLine, ScanLabels
from ui.elements import Choose, Element, Fill, Picture, Role, TurnPage, Words
from ui.geometry import Box
from ui.parts.badges import badge
from ui.parts.buttons import Button, Style, button
from ui.parts.delivery import (
    HINT_LINES,
    RECIPIENT,
    SCANNING,
    answers,
    leave_with_staff,
    nothing_yet,
    steps_if_room,
    take_with_me,
    title_and_hint,
)
from ui.parts.halves import Halves, Shares, halves
from ui.parts.keypad import keypad, letter_keyboard, unit_keyboard
from ui.parts.lists import Row, paged, rows
from ui.parts.words import AFTER, Elements, fitting, headline, height_mm
from ui.setting import Setting
from ui.theme import Field, Tint, Type

SCAN = Shares(0.406, small=0.505, upright=0.26, small_upright=0.22)
UNIT = Shares(0.406, small=0.418, upright=0.38, small_upright=0.312)
NUMBER = Shares(0.37, small=0.345, upright=0.36, small_upright=0.36)
NAME = Shares(0.406, small=0.42, upright=0.235, small_upright=0.22)
DIVERT = Shares(0.484, small=0.4, upright=0.36, small_upright=0.4)
NO_DROPS = Shares(0.484, small=0.4, upright=0.36, small_upright=0.36)
NAME_MM = 23.1
TYPED, SMALLEST, NUMBER_LINES = (Type.PLATE, Type.TITLE), Type.BUTTON, 2
SLOT_MARGIN_MM, CURSOR_MM, SLOT_OVER_CAPITAL = 4.0, 1.0, 1.75
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


def _named(s: Setting, label: LabelLine) -> str:
    """Such as "DHL, ends 4471"."""
    return s.texts.say("label.named", carrier=carrier_name(s, label.carrier), ends=_ends(s, label))


def scan_labels(s: Setting, page: ScanLabels) -> Picture:
    """What was scanned, each to be removed; the primary goes on to the first one's recipient."""
    if not s.offered(Choice.NO_BARCODE):
        return _no_drops(s, page)
    no_barcode = Button("keys", s.texts.say("scan.no_barcode"), Choose(Choice.NO_BARCODE))
    finish = Button("close", s.texts.say("finish"), Choose(Choice.FINISH), centred=True)
    parts = halves(s, Field.DELIVER, SCAN, side=(no_barcode,), back=finish)
    title = s.texts.say("scan.title")
    line, tell = steps_if_room(s, parts.tell, SCANNING, parts.colours, title)
    head, tell = headline(s, tell, title, parts.colours.on)
    told = any(label.in_bank for label in page.labels)
    more = s.texts.say("scan.in_bank_hint" if told else "scan.hint")
    picture, tell = _barcode(s, tell, more)
    hint, _ = fitting(s, tell, more, (Type.BODY,), parts.colours.muted, most_lines=HINT_LINES)
    if not page.labels:
        none = nothing_yet(s, parts.do, "scan", s.texts.say("scan.nothing_yet"))
        return _picture(parts, (*line, *head, *picture, *hint), none)
    label = s.texts.count("scan.go_on", len(page.labels))
    go_on = Button("next", label, Choose(Choice.GO_ON), Style.PRIMARY, type=_primary_type(s))
    return _picture(parts, (*line, *head, *picture, *hint), _listed(s, parts.do, page, go_on))


def _no_drops(s: Setting, page: ScanLabels) -> Picture:
    """Nothing can be recorded any more: the parcels go along with the courier."""
    parts = halves(s, Field.PROBLEM, NO_DROPS)
    disc, tell = badge(s, parts.tell, "block", Tint(parts.colours.line, parts.colours.fill))
    title, more = s.texts.say("scan.no_drops"), s.texts.say("scan.no_drops_more")
    head = title_and_hint(s, tell, title, more, parts.colours, role=Role.ALERT)
    finish = Button("check", s.texts.say("finish"), Choose(Choice.FINISH), Style.PRIMARY, type=_primary_type(s))
    return _picture(parts, (*disc, *head), _listed(s, parts.do, page, finish))


def _primary_type(s: Setting) -> Type:
    return Type.BUTTON if s.theme.small else Type.TITLE


def _listed(s: Setting, box: Box, page: ScanLabels, primary: Button) -> Elements:
    foot, room = box.cut_bottom(s.theme.space.primary, s.theme.space.gap * 1.4)
    listed = [_label_row(s, number, label) for number, label in enumerate(page.labels)]
    return (*rows(s, room, listed), *button(s, foot, primary))


def _label_row(s: Setting, number: int, label: LabelLine) -> Row:
    door = label.in_bank
    return Row(
        plate=carrier_name(s, label.carrier),
        title=s.texts.say("label.row", digits=label.ends) if label.ends else s.texts.say("label.row_no_number"),
        more=s.texts.say("label.in_bank", door=door) if door else "",
        short=s.texts.say("label.in_bank_short", digits=label.ends, door=door) if door else "",
        remove=Choose(Choice.REMOVE, str(number)),
        remove_name=s.texts.say("label.remove", label=_named(s, label)),
    )


BARS = "2-1 2-1 3-3 2-1 1-1 1-3 3-2 2-1 3-2 2-1 1-2 2-1 3-2 1-1 2-2 2-2 1-3 2-1"
"""A code's bars and the gaps after them, in modules; it is a picture of one, and says nothing."""
CARD_MM, MARGIN_MM, LINE_MM = (56.0, 23.4), 4.6, 1.6


def _barcode(s: Setting, box: Box, hint: str) -> tuple[Elements, Box]:
    """A label with the scanner's line across, where there is room for it over the hint; and the room under it."""
    width, height = min(CARD_MM[0], box.width), CARD_MM[1]
    gap = s.size(Type.BODY).capital_mm * 1.2
    lines = len(s.typeface.wrapped(hint, Type.BODY, box.width))
    if box.height < height + gap + height_mm(s, Type.BODY, lines):
        return (), box
    p = s.palette
    strip, rest = box.cut_top(height, gap)
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
    asked, tell = _asked(s, parts, SCANNING, s.texts.say("number.title"), page.typed, lines=NUMBER_LINES)
    hint = _first_that_fits(s, tell, (s.texts.say("number.hint"),), parts)
    return _picture(parts, (*asked, *hint), keypad(s, parts.do, letter_keyboard(s, parts.do)))


def ask_unit(s: Setting, page: AskUnit) -> Picture:
    """The unit on a keypad with the house's letters; a label without one leads to where else the parcel can go."""
    if s.local.page:
        return _no_unit(s, page)
    no_unit = Button("missing", s.texts.say("unit.none"), TurnPage(1))
    parts = halves(s, Field.PROBLEM if page.unknown else Field.DELIVER, UNIT, side=(no_unit,), back=_back(s))
    title = s.texts.say("unit.unknown") if page.unknown else s.texts.say("unit.title")
    asked, tell = _asked(s, parts, RECIPIENT, title, page.typed)
    label = _named(s, page.label)
    hint = _first_that_fits(s, tell, (s.texts.say("unit.hint", label=label), label), parts)
    keys = unit_keyboard(s, parts.do, s.house.unit_letters)
    return _picture(parts, (*asked, *hint), keypad(s, parts.do, keys))


def _no_unit(s: Setting, page: AskUnit) -> Picture:
    """The same question's other answers."""
    parts = halves(s, Field.DELIVER, DIVERT)
    title = s.texts.say("unit.none_title")
    line, tell = steps_if_room(s, parts.tell, RECIPIENT, parts.colours, title)
    head = title_and_hint(s, tell, title, _named(s, page.label), parts.colours)
    type_it = Button("keys", s.texts.say("unit.type"), TurnPage(0))
    told = answers(s, parts.do, [leave_with_staff(s), take_with_me(s), type_it])
    return _picture(parts, (*line, *head), told)


def _asked(  # noqa: PLR0913 - a question with its slot has this many sides
    s: Setting, parts: Halves, here: int, title: str, typed: str, *, lines: int = 1
) -> tuple[Elements, Box]:
    """Steps, title and slot; on a small panel the slot comes before the steps and the size of the title."""
    slot_mm = _slot_mm(s, lines)
    tell, c = parts.tell, parts.colours
    line, tell = ((), tell) if s.theme.small else steps_if_room(s, tell, here, c, title, keep_mm=slot_mm)
    least_mm = min(slot_mm, tell.height - s.size(Type.BUTTON).capital_mm * (1 + AFTER))
    role = Role.ALERT if c == s.field(Field.PROBLEM) else Role.HEADING
    head, rest = headline(s, tell.cut_bottom(least_mm, s.size(Type.BUTTON).capital_mm * AFTER)[1], title, c.on, role)
    slot, rest = _slot(s, Box(tell.x, rest.y, tell.width, tell.bottom - rest.y), typed, lines)
    return (*line, *head, *slot), rest


def _slot_mm(s: Setting, lines: int) -> float:
    if lines > 1:
        return s.size(SMALLEST).pitch_mm * lines + SLOT_MARGIN_MM
    return s.size(Type.PLATE).capital_mm * SLOT_OVER_CAPITAL


def _first_that_fits(s: Setting, box: Box, texts: Sequence[str], parts: Halves) -> Elements:
    """The first of the texts for which there is room; where there is none, the last is left to speech."""
    fitted = (fitting(s, box, text, (Type.BODY,), parts.colours.muted) for text in texts[:-1])
    found = next((told for told, rest in fitted if rest is not box), None)
    return found or fitting(s, box, texts[-1], (Type.BODY,), parts.colours.muted)[0]


def _slot(s: Setting, box: Box, typed: str, lines: int) -> tuple[Elements, Box]:
    """What was typed, with a cursor, in the largest type in which it fits; of a long number the end."""
    p = s.palette
    strip, rest = box.cut_top(min(_slot_mm(s, lines), box.height), s.size(Type.BODY).capital_mm)
    inside = strip.inset(SLOT_MARGIN_MM, 0.0)
    inside = Box(inside.x, inside.y, inside.width - CURSOR_MM * 2, inside.height)
    type_, shown = _shown(s, inside, typed, lines)
    tall, capital = height_mm(s, type_, len(shown)), s.size(type_).capital_mm
    top = strip.centre[1] - tall / 2
    end = Box(inside.x + s.typeface.width_mm(shown[-1], type_) + CURSOR_MM, top + tall - capital, CURSOR_MM, capital)
    said = s.texts.say("typed", text=typed) if typed else s.texts.say("typed_nothing")
    slot = Element(strip, Fill(p.slot, 3.4, p.signal, 1.0), Role.STATUS, said)
    letters = Element(Box(inside.x, top, inside.width, tall), Words(shown, type_, p.on_slot))
    bar = Element(Box(end.x, end.y - capital * 0.2, end.width, capital * 1.4), Fill(p.key5_pip, CURSOR_MM / 2))
    return ((slot, letters, bar) if typed else (slot, bar)), rest


def _shown(s: Setting, box: Box, typed: str, most_lines: int) -> tuple[Type, tuple[str, ...]]:
    """The type and the lines; what is too long for the smallest type loses its beginning."""
    for type_ in TYPED if most_lines == 1 else ():
        lines = _broken(s, box, typed, type_)
        if len(lines) == 1:
            return type_, lines
    return SMALLEST, _broken(s, box, typed, SMALLEST)[-most_lines:]


def _broken(s: Setting, box: Box, typed: str, type_: Type) -> tuple[str, ...]:
    lines = [""]
    for letter in typed:
        if s.typeface.width_mm(lines[-1] + letter, type_) > box.width:
            lines.append("")
        lines[-1] += letter
    return tuple(lines)


# --- recipient ---


def ask_name(s: Setting, page: AskName) -> Picture:
    """The unit's residents, masked; nobody else's."""
    other = Button("keys", s.texts.say("name.other_unit"), Choose(Choice.OTHER_UNIT))
    upright = s.theme.portrait
    parts = halves(s, Field.DELIVER, NAME, side=() if upright else (other,), back=other if upright else None)
    title, keep_mm = s.texts.say("name.title"), s.size(Type.BODY).pitch_mm * 1.5
    line, tell = steps_if_room(s, parts.tell, RECIPIENT, parts.colours, title, keep_mm=keep_mm)
    hint = s.texts.say("name.hint", unit=page.unit)
    head = title_and_hint(s, tell, title, hint, parts.colours)
    foot, room = parts.do.cut_bottom(s.theme.space.button, s.theme.space.gap * 2)
    unsure = Button("desk", s.texts.say("name.unsure"), Choose(Choice.LEAVE_WITH_STAFF))
    names = [Button("person", name.name, Choose(Choice.RECIPIENT, name.value), type=Type.TITLE) for name in page.names]
    shown, places, turn = paged(s, room, names, NAME_MM)
    listed = tuple(each for what, place in zip(shown, places, strict=True) for each in button(s, place, what))
    return _picture(parts, (*line, *head), (*listed, *turn, *button(s, foot, unsure)))


def divert(s: Setting, page: Divert) -> Picture:
    """Why the parcel does not go into the bank, and what is done instead."""
    parts = halves(s, Field.PROBLEM, DIVERT)
    disc, tell = badge(s, parts.tell, "bang", Tint(parts.colours.line, parts.colours.fill))
    title, more = (s.texts.say(key, unit=page.unit) for key in DIVERTED[page.why])
    head = title_and_hint(s, tell, title, more, parts.colours, role=Role.ALERT)
    other = Button("keys", s.texts.say("name.other_unit"), Choose(Choice.OTHER_UNIT))
    told = answers(s, parts.do, [leave_with_staff(s), other, take_with_me(s)])
    return _picture(parts, (*disc, *head), told)


# --- what these screens share ---


def _back(s: Setting) -> Button:
    return Button("back", s.texts.say("back"), Choose(Choice.BACK), centred=True)


def _picture(parts: Halves, tell: Elements, do: Elements) -> Picture:
    return Picture((*parts.elements, *tell, *do, *parts.corner), parts.do_part)
