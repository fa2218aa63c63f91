"""The size of a parcel: what is offered, the compartment that is promised, and the bank that is full.

Holds a drop from the known recipient to the wish to open a door. It must not know labels, doors or how a compartment
is chosen.
"""

from collections.abc import Mapping

from kiosk.core import entries as e
from kiosk.core.allocation import allocate
from kiosk.core.draft import Draft
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId, CourierId, ParcelId, ResidentId, SizeName, UnitId
from kiosk.core.offers import ask_for, bank_of, sizes_for
from kiosk.core.state import BankFull, ChoosingSize, DropDoorFailed, Place, Scanning
from kiosk.core.visits.ending import Rule
from kiosk.core.visits.in_hand import label_in_hand, leave_door, note_photo, open_for, overflow, use_other


def ask_size(
    draft: Draft,
    unit: UnitId,
    resident: ResidentId,
    larger_than: SizeName | None = None,
    parcel: ParcelId | None = None,
) -> None:
    offered = sizes_for(draft.state, resident, larger_than)
    if any(offer.free for offer in offered):
        draft.go(ChoosingSize(unit, resident, larger_than, parcel))
    else:
        draft.go(BankFull(unit, resident, larger_than, parcel))


def _size_chosen(draft: Draft, place: ChoosingSize, value: str) -> None:
    """A size is offered only while a door of it is free, in this very state: so there is one."""
    ask = ask_for(draft.state, place.resident, SizeName(value), exact=True)
    for found in filter(None, [allocate(bank_of(draft.state), ask)]):
        if place.parcel is not None:
            use_other(draft, place.parcel, found.compartment, "needs larger")
        else:
            _reserve(draft, place, found.compartment, found.reason)


def _add_to(draft: Draft, place: ChoosingSize, value: str) -> None:
    _reserve(draft, place, CompartmentId(value), "added to the resident's own")


def _reserve(draft: Draft, place: ChoosingSize, compartment: CompartmentId, reason: str) -> None:
    """The first commit of a drop: the parcel is promised a compartment, and the wish to open it follows at once."""
    label, visit = label_in_hand(draft), draft.visit
    parcel = ParcelId(draft.state.books.next_id)
    draft.record(
        e.ParcelReserved(
            parcel=parcel,
            compartment=compartment,
            resident=place.resident,
            courier=visit.courier or CourierId(""),
            visit=visit.visit,
            carrier=label.carrier,
            check=label.check,
            reason=reason,
            unit=place.unit,
            tracking_number=label.tracking_number,
            aliases=label.aliases,
        )
    )
    note_photo(draft, parcel)
    courier = visit.courier or CourierId("")
    draft.change(lookups={**draft.state.lookups, courier: max(0, draft.state.lookups.get(courier, 0) - 1)})
    open_for(draft, parcel, compartment)


def _none_fits(draft: Draft, place: ChoosingSize, _value: str) -> None:
    draft.go(BankFull(place.unit, place.resident, place.larger_than, place.parcel))


def give_up(draft: Draft, place: ChoosingSize | DropDoorFailed, _value: str) -> None:
    leave_door(draft, place.parcel)
    draft.go(Scanning())


def _try_smaller(draft: Draft, place: BankFull, _value: str) -> None:
    ask_size(draft, place.unit, place.resident, None, place.parcel)


def _full_to_staff(draft: Draft, place: BankFull, _value: str) -> None:
    leave_door(draft, place.parcel)
    overflow(draft, Choice.LEAVE_WITH_STAFF, place.unit, place.resident, "bank full")


def _full_taken_along(draft: Draft, place: BankFull, _value: str) -> None:
    leave_door(draft, place.parcel)
    overflow(draft, Choice.TAKE_WITH_ME, place.unit, place.resident, "bank full")


CHOICES: Mapping[tuple[type[Place], Choice], Rule] = {
    (ChoosingSize, Choice.SIZE): _size_chosen,
    (ChoosingSize, Choice.ADD_TO): _add_to,
    (ChoosingSize, Choice.NEED_LARGER): _none_fits,
    (ChoosingSize, Choice.CANCEL): give_up,
    (BankFull, Choice.TRY_SMALLER): _try_smaller,
    (BankFull, Choice.LEAVE_WITH_STAFF): _full_to_staff,
    (BankFull, Choice.TAKE_WITH_ME): _full_taken_along,
}
"""What each choice about a size leads to, by the place where it is offered."""
