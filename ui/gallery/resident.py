"""A resident's screens, and those before anybody is known: idle, codes, the doors of a pickup and what comes after.

Holds the table, in the order of a visit. It must not know sizes, modes or languages.
"""

from kiosk.core import state as s
from kiosk.core.codes import Bucket
from kiosk.core.entries import CodeLife, Purpose
from kiosk.core.events import Choice, Key
from kiosk.core.ids import CompartmentId, OpeningId, Secret
from kiosk.core.layout import Layout
from ui.elements import Choose, OpenSheet, PressKey, Sheet, SpeakLanguage
from ui.gallery.banks import BANK_24, BANK_60
from ui.gallery.moments import NOW_MS, OPENING, RESIDENT, TOUCHED_MS, at, holding, idle, in_books, opening
from ui.gallery.sample import PHOTOS, Sample, remembering, warned
from ui.setting import House

C09 = CompartmentId("C09")
OTHERS = tuple(map(CompartmentId, ("E08", "A03", "F10", "B01", "D06", "A09")))
OPENED, QUEUED, SILENT, WATCHING = s.Stage.OPEN, s.Stage.QUEUED, s.Stage.SILENT, s.Stage.WATCHING

IDLE = (
    Sample("welcome", idle()),
    Sample("welcome-pressed", idle(), remembering(pressed=Choose(Choice.PICK_UP))),
    Sample("welcome-no-drops", idle(space=s.Space.LOW)),
    Sample("welcome-no-drops-why", idle(space=s.Space.LOW), toast="welcome.not_now_why"),
    Sample("welcome-no-openings", idle(space=s.Space.NONE)),
    Sample("welcome-push-shut", idle(please_shut=frozenset({C09}))),
    Sample("welcome-push-three-shut", idle(please_shut=frozenset({C09, *OTHERS[:2]}))),
    Sample("welcome-dimmed", idle(), remembering(dimmed=True)),
    Sample("welcome-help", idle(), remembering(sheet=Sheet.HELP)),
    Sample("welcome-help-contrast", idle(), remembering(sheet=Sheet.HELP, contrast=True)),
    Sample("welcome-help-pressed", idle(), remembering(sheet=Sheet.HELP, pressed=SpeakLanguage("es"))),
    Sample("welcome-help-no-phone", idle(), remembering(sheet=Sheet.HELP), House()),
    Sample("out-of-order", in_books(idle(), bank_stopped="wiring")),
    Sample("out-of-order-degraded", idle(mode=s.Mode.DEGRADED)),
    Sample("out-of-order-safe", idle(mode=s.Mode.SAFE)),
    Sample("out-of-order-no-phone", idle(mode=s.Mode.SAFE), house=House()),
)

# --- codes ---

PROBLEMS = {
    s.Typed.PICKUP: (s.CodeProblem.SLIP, s.CodeProblem.FAILED, s.CodeProblem.WAIT, s.CodeProblem.SUSPENDED),
    s.Typed.COURIER: (s.CodeProblem.SLIP, s.CodeProblem.FAILED, s.CodeProblem.WAIT, s.CodeProblem.OUTSIDE_WINDOW),
}
READY_MS = NOW_MS + 24_000


def _typing(kind: s.Typed, digits: int = 0, *, verifying: bool = False) -> s.State:
    return at(idle(), s.Typing(kind, Secret("1" * digits), verifying=verifying))


def _wrong(kind: s.Typed, problem: s.CodeProblem) -> s.State:
    return at(idle(), s.Typing(kind, problem=problem, ready_at_ms=READY_MS if problem is s.CodeProblem.WAIT else 0))


def _codes(kind: s.Typed, name: str, length: int) -> tuple[Sample, ...]:
    return (
        Sample(name, _typing(kind)),
        Sample(f"{name}-typing", _typing(kind, 3), remembering(shown_key="7", pressed=PressKey("7"))),
        Sample(f"{name}-masked", _typing(kind, length - 1)),
        Sample(f"{name}-checking", _typing(kind, length, verifying=True), remembering(begun_ms=TOUCHED_MS)),
        *(Sample(f"{name}-{problem.value.replace('_', '-')}", _wrong(kind, problem)) for problem in PROBLEMS[kind]),
        Sample(f"{name}-scan-here", _typing(kind), remembering(sheet=Sheet.SHOW_QR)),
        *(
            Sample(f"{name}-scan-here-{mounted}", _typing(kind), remembering(sheet=Sheet.SHOW_QR), photo=photo)
            for mounted, photo in PHOTOS.items()
        ),
    )


CODES = (
    *_codes(s.Typed.PICKUP, "code", 8),
    Sample("code-guarded", in_books(_typing(s.Typed.PICKUP), bucket=Bucket(guarded=True))),
    Sample("code-clear-pressed", _typing(s.Typed.PICKUP, 4), remembering(pressed=PressKey(Key.CLEAR))),
    Sample("code-five-pressed", _typing(s.Typed.PICKUP, 4), remembering(pressed=PressKey("5"))),
    Sample("code-help", _typing(s.Typed.PICKUP, 4), remembering(sheet=Sheet.HELP)),
    Sample("code-checking-still-there", warned(_typing(s.Typed.PICKUP, 8, verifying=True))),
    Sample("code-still-there", warned(_typing(s.Typed.PICKUP, 4))),
    *_codes(s.Typed.COURIER, "courier-code", 6),
)

# --- the doors ---


def _parcels(count: int) -> s.State:
    names = (C09, *OTHERS)[:count]
    return at(holding(idle(), *names), s.ChoosingParcels(names), resident=RESIDENT)


def _pickup(  # noqa: PLR0913 - a door has this many sides
    stage: s.Stage,
    reminders: int = 0,
    *,
    kept: bool = False,
    disputed: bool = False,
    layout: Layout = BANK_60,
    name: CompartmentId = C09,
) -> s.State:
    place = s.Collecting(name, OPENING, kept=kept, disputed=disputed)
    state = at(holding(idle(layout), name), place, resident=RESIDENT)
    return opening(state, name, Purpose.PICKUP, stage, reminders)


def _at_the_door(place: s.Place, *held: CompartmentId) -> s.State:
    return at(holding(idle(), *(held or (C09,))), place, resident=RESIDENT)


DOORS = (
    Sample("parcels-two", _parcels(2)),
    Sample("parcels-three", _parcels(3)),
    Sample("parcels-seven", _parcels(7)),
    Sample("parcels-seven-page-2", _parcels(7), remembering(page=1)),
    Sample("parcels-pressed", _parcels(3), remembering(pressed=Choose(Choice.OPEN, "E08"))),
    Sample("parcels-still-there", warned(_parcels(3))),
    Sample("pickup-waiting", _pickup(QUEUED), remembering(begun_ms=TOUCHED_MS)),
    Sample("pickup-opening", _pickup(WATCHING), remembering(begun_ms=TOUCHED_MS)),
    Sample("pickup-silent", _pickup(SILENT)),
    Sample("pickup-open", _pickup(OPENED)),
    Sample("pickup-open-high", _pickup(OPENED, name=CompartmentId("F01"))),
    Sample("pickup-open-low", _pickup(OPENED, name=CompartmentId("A10"))),
    Sample("pickup-open-small-bank", _pickup(OPENED, layout=BANK_24, name=CompartmentId("B05"))),
    Sample("pickup-open-pressed", _pickup(OPENED), remembering(pressed=Choose(Choice.OPEN_AGAIN))),
    Sample("pickup-open-help", _pickup(OPENED), remembering(sheet=Sheet.HELP)),
    Sample("pickup-reminded", _pickup(OPENED, 1)),
    Sample("pickup-reminded-again", _pickup(OPENED, 2)),
    Sample("pickup-left-open", _pickup(OPENED, 3)),
    Sample("pickup-kept", _pickup(OPENED, kept=True)),
    Sample("pickup-disputed", _pickup(OPENED, disputed=True)),
    Sample("pickup-asked", _at_the_door(s.Collecting(C09, OpeningId(""), relocked=True))),
    Sample("pickup-asked-still-there", warned(_at_the_door(s.Collecting(C09, OpeningId(""), relocked=True)))),
    Sample("pickup-did-not-open", _at_the_door(s.PickupDoorFailed(C09, "did not open"))),
    Sample(
        "pickup-did-not-open-one-left",
        _at_the_door(s.PickupDoorFailed(C09, "did not open", OTHERS[:1]), C09, *OTHERS[:1]),
    ),
    Sample(
        "pickup-did-not-open-six-left",
        _at_the_door(s.PickupDoorFailed(C09, "did not open", OTHERS), C09, *OTHERS),
    ),
)

# --- after the door ---


def _collected(count: int, what: str = "collected", life: CodeLife = CodeLife.GRACE) -> s.State:
    names = (C09, *OTHERS)[:count]
    held = holding(idle(), C09, code_life=life)
    return at(held, s.Collected(C09, TOUCHED_MS, what), resident=RESIDENT, collected=names)


AFTER = (
    Sample("collected", _collected(1)),
    Sample("collected-three", _collected(3)),
    Sample("collected-grace-over", _collected(1, life=CodeLife.SPENT)),
    Sample("collected-kept", _collected(0, "kept", CodeLife.LIVE)),
    Sample("collected-disputed", _collected(0, "disputed", CodeLife.LIVE)),
    Sample("collected-help-pressed", _collected(1), remembering(pressed=OpenSheet(Sheet.HELP))),
)

RESIDENTS_SCREENS = (*IDLE, *CODES, *DOORS, *AFTER)
