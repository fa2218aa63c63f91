"""View: what the screen shows, as values and message keys, never as text or pixels.

Holds one page per place and the one function from state to screen model. It must not know fonts, languages, sizes or
colours, and it never holds a code, a tracking number in full, or another resident's name.
"""

from dataclasses import dataclass, field
from typing import assert_never

from kiosk.core import state as s
from kiosk.core.allocation import shared_with
from kiosk.core.directory import masked
from kiosk.core.ids import CompartmentId, SizeName
from kiosk.core.layout import HeightBand, Layout
from kiosk.core.offers import Offer, bank_of, offers, sizes_for
from kiosk.core.openings import reminder_times_s, under_way
from kiosk.core.visits import next_step
from kiosk.core.visits.typing import code_length

LAST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class DoorPlace:
    """A door as a person finds it: its label, its column from the left, and its height in words."""

    compartment: CompartmentId
    column: int
    row: int
    height: HeightBand


@dataclass(frozen=True, slots=True)
class LabelLine:
    """One parcel at hand, as much of it as may be read over a shoulder."""

    carrier: str
    ends: str
    in_bank: CompartmentId | None


@dataclass(frozen=True, slots=True)
class SizeCard:
    size: SizeName
    height_mm: int
    width_mm: int
    free: int
    suggested: bool


@dataclass(frozen=True, slots=True)
class Welcome:
    """Idle. ``deliver`` and ``pick_up`` are offered if they are among the offers."""


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Nobody is served; ``why`` is ``degraded``, ``safe`` or what stopped the bank."""

    why: str


@dataclass(frozen=True, slots=True)
class EnterCode:
    kind: s.Typed
    length: int
    filled: int
    problem: s.CodeProblem
    ready_at_ms: int
    guarded: bool


@dataclass(frozen=True, slots=True)
class ScanLabels:
    labels: tuple[LabelLine, ...]


@dataclass(frozen=True, slots=True)
class AskNumber:
    """The number of a parcel without a readable barcode is typed; it may be left empty."""

    typed: str


@dataclass(frozen=True, slots=True)
class PhotographLabel:
    """The label is held before the camera."""

    taking: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class AskUnit:
    typed: str
    unknown: bool
    label: LabelLine


@dataclass(frozen=True, slots=True)
class MaskedName:
    value: str
    name: str


@dataclass(frozen=True, slots=True)
class AskName:
    unit: str
    names: tuple[MaskedName, ...]


@dataclass(frozen=True, slots=True)
class Divert:
    unit: str
    why: str


@dataclass(frozen=True, slots=True)
class ChooseSize:
    unit: str
    sizes: tuple[SizeCard, ...]
    shared: tuple[DoorPlace, ...]


@dataclass(frozen=True, slots=True)
class Full:
    sizes: tuple[SizeCard, ...]


@dataclass(frozen=True, slots=True)
class DropDoor:
    """``stage`` says whether the door is about to open or open; ``reminder`` counts the reminders given."""

    door: DoorPlace
    stage: s.Stage | None
    reminder: int
    relocked: bool


@dataclass(frozen=True, slots=True)
class DropDoorDidNotOpen:
    door: DoorPlace
    reason: str


@dataclass(frozen=True, slots=True)
class TakeBack:
    door: DoorPlace
    stage: s.Stage | None
    reminder: int
    asking: bool
    undo: bool


@dataclass(frozen=True, slots=True)
class DropDone:
    door: DoorPlace
    undo_until_ms: int
    undo_only: bool
    left: int
    """Labels still to be delivered."""


@dataclass(frozen=True, slots=True)
class Said:
    """Done without a door; ``what`` is the message."""

    what: str
    left: int


@dataclass(frozen=True, slots=True)
class YourParcels:
    doors: tuple[DoorPlace, ...]


@dataclass(frozen=True, slots=True)
class PickupDoor:
    door: DoorPlace
    stage: s.Stage | None
    reminder: int
    relocked: bool
    kept: bool
    disputed: bool


@dataclass(frozen=True, slots=True)
class PickupDoorDidNotOpen:
    door: DoorPlace
    reason: str


@dataclass(frozen=True, slots=True)
class PickupDone:
    door: DoorPlace
    what: str
    count: int


Page = (
    Welcome
    | OutOfOrder
    | EnterCode
    | ScanLabels
    | AskNumber
    | PhotographLabel
    | AskUnit
    | AskName
    | Divert
    | ChooseSize
    | Full
    | DropDoor
    | DropDoorDidNotOpen
    | TakeBack
    | DropDone
    | Said
    | YourParcels
    | PickupDoor
    | PickupDoorDidNotOpen
    | PickupDone
)


@dataclass(frozen=True, slots=True)
class ScreenModel:
    """Everything one screen shows. Times are monotonic milliseconds; None is never."""

    page: Page
    offers: tuple[Offer, ...]
    layout: Layout = field(repr=False)
    """The bank, for a map of it to scale."""
    busy: bool = False
    """Something is under way, and touches wait for it."""
    still_there: bool = False
    ends_at_ms: int | None = None
    please_shut: tuple[DoorPlace, ...] = ()
    """Doors that opened by themselves and are to be pushed shut."""


def present(state: s.State) -> ScreenModel:
    """The screen model of this state."""
    visit = state.visit
    step = next_step(state, visit) if visit is not None else None
    busy = visit is not None and isinstance(visit.place, s.Typing) and (visit.place.verifying or visit.place.due)
    return ScreenModel(
        page=_page(state),
        offers=offers(state),
        layout=state.layout,
        busy=busy,
        still_there=visit is not None and visit.warned,
        ends_at_ms=step[0] if step is not None else None,
        please_shut=tuple(door_place(state, name) for name in sorted(state.please_shut)),
    )


def door_place(state: s.State, name: CompartmentId) -> DoorPlace:
    place = state.layout.place(name)
    return DoorPlace(name, place.column, place.row, place.height_band)


def _page(state: s.State) -> Page:
    if state.mode is not s.Mode.NORMAL:
        return OutOfOrder(state.mode.value)
    if state.books.bank_stopped:
        return OutOfOrder(state.books.bank_stopped)
    return Welcome() if state.visit is None else _of_place(state, state.visit, state.visit.place)


def _of_place(state: s.State, visit: s.Visit, place: s.Place) -> Page:  # noqa: PLR0911, PLR0912, C901 - a table
    match place:
        case s.Typing():
            return _enter_code(state, place)
        case s.Scanning():
            return ScanLabels(tuple(_line(label) for label in visit.labels))
        case s.AskingNumber(typed=typed):
            return AskNumber(typed)
        case s.Photographing(taking=taking, failed=failed):
            return PhotographLabel(taking, failed)
        case s.AskingUnit():
            return AskUnit(place.typed, place.unknown, _line(visit.labels[0] if visit.labels else s.Label()))
        case s.AskingName(unit=unit):
            return AskName(unit, _names(state, place))
        case s.Diverting():
            return Divert(place.unit, place.why)
        case s.ChoosingSize():
            shared = () if place.parcel else shared_with(bank_of(state), place.resident)
            return ChooseSize(place.unit, _cards(state, place), tuple(door_place(state, name) for name in shared))
        case s.BankFull():
            return Full(_cards(state, place))
        case s.Dropping():
            stage, reminder = _stage(state, place.compartment)
            return DropDoor(door_place(state, place.compartment), stage, reminder, place.relocked)
        case s.DropDoorFailed():
            return DropDoorDidNotOpen(door_place(state, place.compartment), place.reason)
        case s.Withdrawing():
            stage, reminder = _stage(state, place.compartment)
            return TakeBack(door_place(state, place.compartment), stage, reminder, place.asking, place.undo)
        case s.Delivered():
            left = len(visit.labels)
            return DropDone(door_place(state, place.compartment), place.undo_until_ms, place.undo_only, left)
        case s.Recorded():
            return Said(place.what, len(visit.labels))
        case s.ChoosingParcels():
            return YourParcels(tuple(door_place(state, name) for name in place.left))
        case s.Collecting():
            return _pickup_door(state, place)
        case s.PickupDoorFailed():
            return PickupDoorDidNotOpen(door_place(state, place.compartment), place.reason)
        case s.Collected():
            return PickupDone(door_place(state, place.compartment), place.what, len(visit.collected))
        case _:
            assert_never(place)


def _enter_code(state: s.State, place: s.Typing) -> EnterCode:
    length, filled = code_length(state, place.kind), len(place.typed.reveal())
    return EnterCode(place.kind, length, filled, place.problem, place.ready_at_ms, state.books.bucket.guarded)


def _line(label: s.Label) -> LabelLine:
    return LabelLine(label.carrier, label.tracking_number[-LAST_DIGITS:], label.in_bank)


def _names(state: s.State, place: s.AskingName) -> tuple[MaskedName, ...]:
    directory = state.directory
    residents = directory.residents_of(place.unit)
    return tuple(MaskedName(resident.resident, masked(resident.name)) for resident in residents)


def _cards(state: s.State, place: s.ChoosingSize | s.BankFull) -> tuple[SizeCard, ...]:
    offered = sizes_for(state, place.resident, place.larger_than)
    return tuple(
        SizeCard(offer.size.name, offer.size.height_mm, offer.size.width_mm, offer.free, offer.suggested)
        for offer in offered
    )


def _stage(state: s.State, name: CompartmentId) -> tuple[s.Stage | None, int]:
    opening = under_way(state, name)
    if opening is None:
        return None, 0
    return opening.stage, min(opening.reminders, len(reminder_times_s(state)))


def _pickup_door(state: s.State, place: s.Collecting) -> PickupDoor:
    stage, reminder = _stage(state, place.compartment)
    door = door_place(state, place.compartment)
    return PickupDoor(door, stage, reminder, place.relocked, place.kept, place.disputed)
