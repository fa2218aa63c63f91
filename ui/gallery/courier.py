"""A courier's screens: labels, recipient, size, the door of a drop, and what comes after.

Holds the table, in the order of a visit. It must not know sizes, modes or languages.
"""

from kiosk.core import state as s
from kiosk.core.books import NoticeState
from kiosk.core.entries import Purpose
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId, OpeningId, SizeName, UnitId
from kiosk.core.layout import Layout
from ui.elements import Choose, PressKey
from ui.gallery.banks import BANK_24, BANK_60
from ui.gallery.moments import (
    CROWDED,
    NOW_MS,
    OPENING,
    RESIDENT,
    TOUCHED_MS,
    UNIT,
    courier_at,
    holding,
    idle,
    opening,
    parcel_in,
    without_room,
)
from ui.gallery.sample import PHOTOS, Sample, remembering, warned

E08 = CompartmentId("E08")
OPENED, QUEUED, SILENT, WATCHING = s.Stage.OPEN, s.Stage.QUEUED, s.Stage.SILENT, s.Stage.WATCHING
EVERY_SIZE = ("S", "M", "L", "XL")
LABELS = (
    s.Label(carrier="ups", tracking_number="1Z5R89390357567127", check="ok"),
    s.Label(carrier="dhl", tracking_number="00340434161094014471", check="ok"),
    s.Label(carrier="unknown", tracking_number="X-2087", check="none"),
    s.Label(carrier="fedex", tracking_number="986578788855", check="ok", in_bank=E08),
    s.Label(),
    s.Label(carrier="usps", tracking_number="9400100000000000000093", check="ok"),
    s.Label(carrier="ambiguous", tracking_number="012345678901", check="ok"),
)


def _scanning(*labels: s.Label, space: s.Space = s.Space.AMPLE) -> s.State:
    return courier_at(idle(space=space), s.Scanning(), labels=labels)


def _with_label(place: s.Place, state: s.State | None = None, *labels: s.Label) -> s.State:
    return courier_at(state or idle(), place, labels=labels or LABELS[1:2])


LABELS_AND_RECIPIENTS = (
    Sample("scan", _scanning()),
    Sample("scan-one", _scanning(*LABELS[:1])),
    Sample("scan-in-the-bank", _scanning(LABELS[3])),
    Sample("scan-two", _scanning(*LABELS[:2])),
    Sample("scan-three", _scanning(*LABELS[:3])),
    Sample("scan-seven", _scanning(*LABELS)),
    Sample("scan-seven-page-2", _scanning(*LABELS), remembering(page=1)),
    Sample("scan-pressed", _scanning(*LABELS[:2]), remembering(pressed=Choose(Choice.REMOVE, "1"))),
    Sample("scan-no-drops", _scanning(*LABELS[:2], space=s.Space.LOW)),
    Sample("scan-none-no-drops", _scanning(space=s.Space.LOW)),
    Sample("scan-still-there", warned(_scanning(*LABELS[:3]))),
    Sample("number", courier_at(idle(), s.AskingNumber())),
    Sample("number-typing", courier_at(idle(), s.AskingNumber("JD0146000")), remembering(pressed=PressKey("0"))),
    Sample("number-long", courier_at(idle(), s.AskingNumber("JD014600003SE68WM97PQRTUVXY0123456789ABC"))),
    Sample("photo", courier_at(idle(), s.Photographing())),
    *(
        Sample(f"photo-{mounted}", courier_at(idle(), s.Photographing()), photo=photo)
        for mounted, photo in PHOTOS.items()
    ),
    Sample("photo-taking", courier_at(idle(), s.Photographing(taking=True)), photo=PHOTOS["lying"]),
    Sample("photo-failed", courier_at(idle(), s.Photographing(failed=True)), photo=PHOTOS["lying"]),
    Sample("unit", _with_label(s.AskingUnit())),
    Sample("unit-typing", _with_label(s.AskingUnit("12")), remembering(pressed=PressKey("2"))),
    Sample("unit-long", _with_label(s.AskingUnit("WWWW9WWW"))),
    Sample("unit-unknown", _with_label(s.AskingUnit(unknown=True))),
    Sample("unit-no-label", _with_label(s.AskingUnit("12B"), None, LABELS[4])),
    Sample("unit-still-there", warned(_with_label(s.AskingUnit("12")))),
    Sample("name-two", _with_label(s.AskingName(UnitId("3C")))),
    Sample("name-seven", _with_label(s.AskingName(CROWDED))),
    Sample("name-seven-page-2", _with_label(s.AskingName(CROWDED)), remembering(page=1)),
    Sample("divert-unknown-unit", _with_label(s.Diverting(UnitId("99Z"), "unknown_unit"))),
    Sample("divert-moved-out", _with_label(s.Diverting(UNIT, "moved_out"))),
    Sample("divert-on-hold", _with_label(s.Diverting(UNIT, "on_hold"))),
    Sample("divert-refuses", _with_label(s.Diverting(UNIT, "refuses"))),
)

# --- sizes ---


def _choosing(state: s.State) -> s.State:
    return _with_label(s.ChoosingSize(UNIT, RESIDENT), state)


def _larger_than(size: str, state: s.State, *, full: bool = False) -> s.State:
    """A parcel that was to go into a compartment of that size does not fit."""
    place = s.BankFull if full else s.ChoosingSize
    return _with_label(place(UNIT, RESIDENT, SizeName(size), parcel_in(E08)), state)


SIZES = (
    Sample("size", _choosing(idle())),
    Sample("size-pressed", _choosing(idle()), remembering(pressed=Choose(Choice.SIZE, "L"))),
    Sample("size-some-full", _choosing(without_room(idle(), "S", "XL"))),
    Sample("size-one-left", _choosing(without_room(idle(), "S", "M", "L"))),
    Sample("size-larger", _larger_than("M", idle())),
    Sample("size-shared", _choosing(holding(idle(), "C09"))),
    Sample("size-shared-two", _choosing(holding(idle(), "C09", "E08"))),
    Sample("size-shared-four", _choosing(holding(idle(), "C09", "E08", "A03", "F10"))),
    Sample("size-three", _choosing(without_room(idle(BANK_24), "L"))),
    Sample("size-still-there", warned(_choosing(idle()))),
    Sample("full", _with_label(s.BankFull(UNIT, RESIDENT), without_room(idle(), *EVERY_SIZE))),
    Sample("full-smaller", _larger_than("L", without_room(idle(), "XL"), full=True)),
)

# --- the door ---


def _at_the_door(place: s.Place, state: s.State | None = None, **parcel: object) -> s.State:
    return _with_label(place, holding(state or idle(), E08, **parcel))


def _drop(stage: s.Stage, reminders: int = 0, *, layout: Layout = BANK_60, name: CompartmentId = E08) -> s.State:
    state = _with_label(s.Dropping(parcel_in(name), name, OPENING), holding(idle(layout), name))
    return opening(state, name, Purpose.DROP, stage, reminders)


def _taking_back(stage: s.Stage, reminders: int = 0, *, undo: bool = False) -> s.State:
    state = _at_the_door(s.Withdrawing(parcel_in(E08), E08, OPENING, undo=undo))
    return opening(state, E08, Purpose.WITHDRAW, stage, reminders)


ASKED_IN = s.Dropping(parcel_in(E08), E08, OpeningId(""), relocked=True)
ASKED_BACK = s.Withdrawing(parcel_in(E08), E08, OPENING, asking=True)
FAILED = s.DropDoorFailed(parcel_in(E08), E08, "did not open")

DOORS = (
    Sample("drop-waiting", _drop(QUEUED), remembering(begun_ms=TOUCHED_MS)),
    Sample("drop-opening", _drop(WATCHING), remembering(begun_ms=TOUCHED_MS)),
    Sample("drop-silent", _drop(SILENT)),
    Sample("drop-open", _drop(OPENED)),
    Sample("drop-open-small-bank", _drop(OPENED, layout=BANK_24, name=CompartmentId("C01"))),
    Sample("drop-open-pressed", _drop(OPENED), remembering(pressed=Choose(Choice.OCCUPIED))),
    Sample("drop-reminded", _drop(OPENED, 1)),
    Sample("drop-reminded-again", _drop(OPENED, 2)),
    Sample("drop-asked", _at_the_door(ASKED_IN)),
    Sample("drop-asked-still-there", warned(_at_the_door(ASKED_IN))),
    Sample("drop-did-not-open", _at_the_door(FAILED)),
    Sample("drop-did-not-open-no-other", _at_the_door(FAILED, without_room(idle(), *EVERY_SIZE))),
    Sample("take-back-opening", _taking_back(WATCHING, undo=True), remembering(begun_ms=TOUCHED_MS)),
    Sample("take-back-open", _taking_back(OPENED)),
    Sample("take-back-reminded", _taking_back(OPENED, 1)),
    Sample("take-back-asked", _at_the_door(ASKED_BACK)),
    Sample("take-back-asked-still-there", warned(_at_the_door(ASKED_BACK))),
)

# --- after the door ---

UNDO_UNTIL_MS = NOW_MS + 48_000


def _delivered(
    *labels: s.Label,
    undo_only: bool = False,
    notice: NoticeState = NoticeState.HELD,
    known: bool = True,
    space: s.Space = s.Space.AMPLE,
) -> s.State:
    place = s.Delivered(parcel_in(E08), E08, UNDO_UNTIL_MS, TOUCHED_MS, undo_only=undo_only)
    state = holding(idle(space=space), E08, notice=notice)
    return courier_at(state, place, labels=labels, **({} if known else {"courier": None, "credential": "scan"}))


def _said(what: str, *labels: s.Label, space: s.Space = s.Space.AMPLE) -> s.State:
    return courier_at(idle(space=space), s.Recorded(what), labels=labels)


AFTER = (
    Sample("delivered", _delivered()),
    Sample("delivered-one-left", _delivered(LABELS[0])),
    Sample("delivered-two-left", _delivered(*LABELS[:2])),
    Sample("delivered-pressed", _delivered(LABELS[0]), remembering(pressed=Choose(Choice.UNDO))),
    Sample("delivered-undo-only", _delivered(undo_only=True)),
    Sample("delivered-told", _delivered(notice=NoticeState.RELEASED)),
    Sample("delivered-anonymous", _delivered(known=False)),
    Sample("delivered-no-drops", _delivered(LABELS[0], space=s.Space.LOW)),
    Sample("delivered-told-no-drops", _delivered(notice=NoticeState.RELEASED, space=s.Space.LOW)),
    Sample("said-left-with-staff", _said("left_with_staff")),
    Sample("said-left-with-staff-two-left", _said("left_with_staff", *LABELS[:2])),
    Sample("said-taken-along", _said("taken_along")),
    Sample("said-withdrawn", _said("withdrawn")),
    Sample("said-did-not-open", _said("did_not_open")),
    Sample("said-no-drops", _said("left_with_staff", *LABELS[:1], space=s.Space.LOW)),
)

COURIERS_SCREENS = (*LABELS_AND_RECIPIENTS, *SIZES, *DOORS, *AFTER)
