"""Offers: what a person can choose right now. The screen shows exactly these, and the engine takes nothing else.

Holds one function per place of a visit. It must not know what a choice leads to, nor how it is drawn.
"""

from dataclasses import dataclass
from typing import assert_never

from kiosk.core import state as s
from kiosk.core.allocation import Ask, Bank, SizeOffer, allocate, shared_with, size_offers
from kiosk.core.books import NoticeState
from kiosk.core.entries import CodeLife
from kiosk.core.events import CAMERA, Choice
from kiosk.core.ids import CompartmentId, ParcelId, ResidentId, SizeName
from kiosk.core.openings import under_way


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice on the screen; ``value`` says which where a choice is offered several times."""

    choice: Choice
    value: str = ""


def bank_of(state: s.State) -> Bank:
    """What allocation looks at."""
    books = state.books
    busy = frozenset(opening.compartment for opening in state.openings.values())
    return Bank(state.layout, state.policy, books.compartments, books.parcels, state.doors, busy, state.filled)


def sizes_for(state: s.State, resident: ResidentId, larger_than: SizeName | None) -> tuple[SizeOffer, ...]:
    """The sizes as offered to this visit's courier."""
    return size_offers(bank_of(state), _ask_for(state, resident, state.layout.sizes[0].name), larger_than)


def ask_for(state: s.State, resident: ResidentId, size: SizeName, *, exact: bool) -> Ask:
    """What allocation is asked for, with everything this visit knows."""
    return _ask_for(state, resident, size, exact=exact)


def _ask_for(state: s.State, resident: ResidentId, size: SizeName, *, exact: bool = True) -> Ask:
    avoided = state.visit.avoided if state.visit is not None else frozenset()
    return Ask(size, exact, state.directory.needs_reach(resident), avoided)


def another_for(state: s.State, parcel: ParcelId) -> CompartmentId | None:
    """Another compartment for a parcel whose own one did not serve: the same size, or the next larger one to spare."""
    held = state.books.parcels[parcel]
    size = state.layout.place(held.compartment).size
    found = allocate(bank_of(state), ask_for(state, held.resident, size, exact=False))
    return found.compartment if found is not None else None


def offers(state: s.State) -> tuple[Offer, ...]:
    """Everything that can be chosen now."""
    if not state.serving:
        return ()
    if state.visit is None:
        return _idle(state)
    at_place = _at_place(state, state.visit, state.visit.place)
    return (Offer(Choice.MORE_TIME), *at_place) if state.visit.warned else at_place


def _idle(state: s.State) -> tuple[Offer, ...]:
    wanted = []
    if state.space is not s.Space.NONE:
        wanted.append(Offer(Choice.PICK_UP))
    if state.space is s.Space.AMPLE:
        wanted.append(Offer(Choice.DELIVER))
    return tuple(wanted)


def _at_place(state: s.State, visit: s.Visit, place: s.Place) -> tuple[Offer, ...]:  # noqa: PLR0911, PLR0912, C901 - a table
    match place:
        case s.Typing(verifying=verifying):
            return () if verifying else _choices(Choice.BACK)
        case s.Scanning():
            return _scanning(state, visit)
        case s.AskingNumber():
            return _choices(Choice.BACK)
        case s.Photographing(taking=taking):
            return _choices(*(() if taking else (Choice.TAKE_PHOTO,)), Choice.TYPE_NUMBER, Choice.BACK)
        case s.AskingUnit():
            return _choices(Choice.BACK, Choice.LEAVE_WITH_STAFF, Choice.TAKE_WITH_ME)
        case s.AskingName(unit=unit):
            residents = state.directory.residents_of(unit)
            names = tuple(Offer(Choice.RECIPIENT, resident.resident) for resident in residents)
            return names + _choices(Choice.OTHER_UNIT, Choice.LEAVE_WITH_STAFF)
        case s.Diverting():
            return _choices(Choice.LEAVE_WITH_STAFF, Choice.TAKE_WITH_ME, Choice.OTHER_UNIT)
        case s.ChoosingSize():
            return _choosing_size(state, place)
        case s.BankFull():
            return _bank_full(state, place)
        case s.Dropping():
            return _dropping(state, place)
        case s.DropDoorFailed():
            return _drop_door_failed(state, place)
        case s.Withdrawing(asking=asking):
            return _choices(Choice.TAKEN_BACK, Choice.LEFT_INSIDE) if asking else ()
        case s.Delivered():
            return _delivered(state, visit, place)
        case s.Recorded():
            return _next_or_finish(state, visit)
        case s.ChoosingParcels(left=left):
            return tuple(Offer(Choice.OPEN, name) for name in left) + _choices(Choice.FINISH)
        case s.Collecting():
            return _collecting(state, place)
        case s.PickupDoorFailed(left=left):
            others = tuple(Offer(Choice.OPEN, name) for name in left)
            return _choices(Choice.OPEN_AGAIN, Choice.IT_IS_OPEN) + others + _choices(Choice.FINISH)
        case s.Collected():
            return _collected(state, place)
        case _:
            assert_never(place)


def can_photograph(state: s.State) -> bool:
    """Whether the camera may keep a picture, and is there."""
    return state.photographs and CAMERA not in state.scanners_lost


def _choices(*choices: Choice) -> tuple[Offer, ...]:
    return tuple(Offer(choice) for choice in choices)


def _scanning(state: s.State, visit: s.Visit) -> tuple[Offer, ...]:
    removals = tuple(Offer(Choice.REMOVE, str(position)) for position in range(len(visit.labels)))
    if state.space is not s.Space.AMPLE:
        return removals + _choices(Choice.FINISH)
    onward = _choices(Choice.GO_ON) if visit.labels else ()
    return onward + removals + _choices(Choice.NO_BARCODE, Choice.FINISH)


def _choosing_size(state: s.State, place: s.ChoosingSize) -> tuple[Offer, ...]:
    sizes = sizes_for(state, place.resident, place.larger_than)
    fitting = tuple(Offer(Choice.SIZE, offer.size.name) for offer in sizes if offer.free)
    shared = () if place.parcel else tuple(Offer(Choice.ADD_TO, n) for n in shared_with(bank_of(state), place.resident))
    return fitting + shared + _choices(Choice.NEED_LARGER, Choice.CANCEL)


def _bank_full(state: s.State, place: s.BankFull) -> tuple[Offer, ...]:
    smaller = any(offer.free for offer in sizes_for(state, place.resident, None))
    return _choices(Choice.LEAVE_WITH_STAFF, *((Choice.TRY_SMALLER,) if smaller else ()), Choice.TAKE_WITH_ME)


def _dropping(state: s.State, place: s.Dropping) -> tuple[Offer, ...]:
    if place.relocked:
        return _choices(Choice.IT_IS_DONE, Choice.OPEN_AGAIN, Choice.CANCEL)
    opening = under_way(state, place.compartment)
    if opening is None or opening.stage not in (s.Stage.OPEN, s.Stage.QUEUED):
        return ()
    if opening.stage is s.Stage.QUEUED:
        return _choices(Choice.CANCEL)
    return _choices(Choice.NEED_LARGER, Choice.OCCUPIED, Choice.OPEN_AGAIN, Choice.CANCEL)


def _drop_door_failed(state: s.State, place: s.DropDoorFailed) -> tuple[Offer, ...]:
    other = another_for(state, place.parcel)
    again = (Offer(Choice.OPEN_OTHER, other),) if other is not None else ()
    return again + _choices(Choice.IT_IS_OPEN, Choice.LEAVE_WITH_STAFF, Choice.CANCEL)


def _delivered(state: s.State, visit: s.Visit, place: s.Delivered) -> tuple[Offer, ...]:
    """A drop can be undone until its notice went out."""
    told = state.books.parcels[place.parcel].notice is NoticeState.RELEASED
    undo = () if told or not visit.courier else _choices(Choice.UNDO)
    if place.undo_only:
        return undo + _choices(Choice.FINISH)
    again = _choices(Choice.OPEN_AGAIN) if undo else ()
    return undo + again + _next_or_finish(state, visit)


def _next_or_finish(state: s.State, visit: s.Visit) -> tuple[Offer, ...]:
    more = visit.credential and state.space is s.Space.AMPLE
    return _choices(*((Choice.NEXT_PARCEL,) if more else ()), Choice.FINISH)


def _collected(state: s.State, place: s.Collected) -> tuple[Offer, ...]:
    """As long as the grace lasts, the same person may think again."""
    held = state.books.compartments[place.compartment].parcels
    grace = any(state.books.parcels[p].code_life is CodeLife.GRACE for p in held if p in state.books.parcels)
    again = grace and place.what == "collected"
    more = _choices(Choice.OPEN_AGAIN, Choice.CANT_REACH, Choice.NOT_HERE) if again else ()
    return more + _choices(Choice.FINISH)


def _collecting(state: s.State, place: s.Collecting) -> tuple[Offer, ...]:
    if place.relocked:
        return _choices(Choice.IT_IS_DONE, Choice.OPEN_AGAIN, Choice.NOT_HERE, Choice.FINISH)
    opening = under_way(state, place.compartment)
    if opening is None or opening.stage is not s.Stage.OPEN or place.kept or place.disputed:
        return ()
    return _choices(Choice.OPEN_AGAIN, Choice.CANT_REACH, Choice.NOT_HERE)
