"""The courier's visit: labels, recipient, size, the door, and every way a drop can go another way.

Holds the drop's places up to the open door and after it. It must not know codes' digits, pulses or how custody is
recorded.
"""

from collections.abc import Mapping
from dataclasses import replace

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.allocation import allocate
from kiosk.core.books import ParcelState
from kiosk.core.directory import UNIT_LENGTH, Courier, Resident, Welcome
from kiosk.core.draft import Draft, News, Outcome
from kiosk.core.entries import ClockState, Purpose
from kiosk.core.events import Choice, Key
from kiosk.core.ids import CompartmentId, CourierId, OpeningId, ParcelId, ResidentId, SizeName, UnitId
from kiosk.core.offers import another_for, ask_for, bank_of, sizes_for
from kiosk.core.openings import begin, cancel, cancel_queued, pulse_again, vacate
from kiosk.core.state import (
    AskingName,
    AskingNumber,
    AskingUnit,
    BankFull,
    ChoosingSize,
    Delivered,
    Diverting,
    DropDoorFailed,
    Dropping,
    Label,
    Place,
    Recorded,
    Scanning,
    Withdrawing,
)
from kiosk.core.visits import typing
from kiosk.core.visits.ending import Rule, end
from kiosk.core.visits.labels import added, read_label

NUMBER_LENGTH = 40
"""The longest of the carriers' numbers has 34 characters."""
NO_LABEL = Label()

# --- identity and labels ---


def identified(draft: Draft, courier: Courier) -> None:
    """A weekly window is enforced while the clock can be trusted; otherwise it is noted, for the clock may be wrong."""
    in_window = draft.state.directory.in_window(courier, draft.stamp.wall_ms)
    credential = f"access code:{courier.courier}"
    if not in_window and draft.stamp.clock_state is ClockState.TRUSTED:
        draft.record(e.CourierRefused(draft.visit.visit, courier.courier, credential, "outside the window"))
        typing.outside_window(draft)
        return
    draft.record(e.CourierIdentified(draft.visit.visit, courier.courier, credential, in_window))
    draft.change_visit(courier=courier.courier, credential=credential)
    draft.go(Scanning())


def scanned(draft: Draft, text: str) -> None:
    """One more label in hand. After a delivery it also says that the last one is done."""
    place = draft.visit.place
    label = read_label(text, draft.now_ms, draft.state.books.parcels.values())
    draft.change_visit(labels=added(draft.visit.labels, label))
    if isinstance(place, Delivered):
        _confirm(draft, place.parcel)
    if isinstance(place, Delivered | Recorded):
        draft.go(Scanning())


def _label(draft: Draft) -> Label:
    """The parcel in hand: the first label not delivered yet, or a parcel without one."""
    labels = draft.visit.labels
    return labels[0] if labels else NO_LABEL


def _next_label(draft: Draft) -> None:
    draft.change_visit(labels=draft.visit.labels[1:])


# --- labels and recipient, by choice ---


def _go_on(draft: Draft, _place: Scanning, _value: str) -> None:
    draft.go(AskingUnit())


def _no_barcode(draft: Draft, _place: Scanning, _value: str) -> None:
    draft.go(AskingNumber())


def number_key_pressed(draft: Draft, place: AskingNumber, key: str) -> None:
    """The number printed on the label, if it has one: letters and digits, then OK."""
    match key:
        case Key.CLEAR:
            draft.go(AskingNumber())
        case Key.DELETE:
            draft.go(AskingNumber(place.typed[:-1]))
        case Key.OK:
            _number_typed(draft, place.typed)
        case _:
            draft.go(AskingNumber((place.typed + _plain(key))[:NUMBER_LENGTH]))


def _number_typed(draft: Draft, typed: str) -> None:
    label = read_label(typed, draft.now_ms, draft.state.books.parcels.values()) if typed else NO_LABEL
    draft.change_visit(labels=(label, *draft.visit.labels))
    draft.go(AskingUnit())


def _plain(key: str) -> str:
    """The key as a capital letter or digit; empty for anything else."""
    return key.upper() if len(key) == 1 and key.isascii() and key.isalnum() else ""


def _remove(draft: Draft, _place: Scanning, value: str) -> None:
    labels, position = draft.visit.labels, int(value)
    draft.change_visit(labels=labels[:position] + labels[position + 1 :])


def _to_scanning(draft: Draft, _place: Place, _value: str) -> None:
    draft.go(Scanning())


def _other_unit(draft: Draft, _place: Place, _value: str) -> None:
    draft.go(AskingUnit())


def _named(draft: Draft, _place: AskingName, value: str) -> None:
    _recipient(draft, draft.state.directory.resident(ResidentId(value)))


def _to_staff(draft: Draft, place: AskingUnit | AskingName | Diverting, _value: str) -> None:
    _not_into_bank(draft, place, Choice.LEAVE_WITH_STAFF)


def _taken_along(draft: Draft, place: AskingUnit | AskingName | Diverting, _value: str) -> None:
    _not_into_bank(draft, place, Choice.TAKE_WITH_ME)


def _not_into_bank(draft: Draft, place: AskingUnit | AskingName | Diverting, choice: Choice) -> None:
    unit = UnitId(place.typed) if isinstance(place, AskingUnit) else place.unit
    why, resident = (place.why, place.resident) if isinstance(place, Diverting) else ("no recipient", ResidentId(""))
    _overflow(draft, choice, unit, resident, why)


# --- recipient ---


def key_pressed(draft: Draft, place: AskingUnit, key: str) -> None:
    """The unit, as people write it: letters and digits, then OK."""
    match key:
        case Key.CLEAR:
            draft.go(AskingUnit())
        case Key.DELETE:
            draft.go(AskingUnit(place.typed[:-1]))
        case Key.OK:
            _unit(draft, place.typed)
        case _:
            draft.go(AskingUnit((place.typed + _plain(key))[:UNIT_LENGTH]))


def _unit(draft: Draft, typed: str) -> None:
    """Unit first, then the names of that unit only; each look-up is counted."""
    directory = draft.state.directory
    unit = directory.find_unit(typed)
    looked_up = UnitId(unit.unit if unit is not None else typed)
    _count_lookup(draft, looked_up)
    residents = directory.residents_of(looked_up)
    if unit is None or not residents:
        _unknown_unit(draft, typed)
    elif len(residents) == 1:
        _recipient(draft, residents[0])
    else:
        draft.go(AskingName(unit.unit))


def _count_lookup(draft: Draft, unit: UnitId) -> None:
    """A courier asks for one unit per parcel; who asks on and on, and delivers nothing, raises an alarm."""
    visit, courier = draft.visit, draft.visit.courier or CourierId("")
    count = draft.state.lookups.get(courier, 0) + 1
    draft.change(lookups={**draft.state.lookups, courier: count})
    draft.record(e.RecipientLookedUp(visit.visit, courier, count, unit))
    if count == draft.state.policy.lookups_per_visit:
        draft.record(
            e.AlarmRaised("directory enumeration", f"{count} look-ups without a delivery, visit {visit.visit}")
        )


def _unknown_unit(draft: Draft, typed: str) -> None:
    if draft.state.policy.unknown_unit_to_staff:
        draft.go(Diverting(UnitId(typed), "unknown_unit"))
    else:
        draft.go(AskingUnit(unknown=True))


def _recipient(draft: Draft, resident: Resident) -> None:
    if resident.welcome is not Welcome.ACCEPTS:
        draft.go(Diverting(resident.unit, resident.welcome.value, resident.resident))
        return
    _ask_size(draft, resident.unit, resident.resident)


# --- size ---


def _ask_size(
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


def _add_to(draft: Draft, place: ChoosingSize, value: str) -> None:
    _reserve(draft, place, CompartmentId(value), "added to the resident's own")


def _none_fits(draft: Draft, place: ChoosingSize, _value: str) -> None:
    draft.go(BankFull(place.unit, place.resident, place.larger_than, place.parcel))


def _give_up(draft: Draft, place: ChoosingSize | DropDoorFailed, _value: str) -> None:
    _leave_door(draft, place.parcel)
    draft.go(Scanning())


def _size_chosen(draft: Draft, place: ChoosingSize, value: str) -> None:
    """A size is offered only while a door of it is free, in this very state: so there is one."""
    ask = ask_for(draft.state, place.resident, SizeName(value), exact=True)
    for found in filter(None, [allocate(bank_of(draft.state), ask)]):
        if place.parcel is not None:
            _use_other(draft, place.parcel, found.compartment, "needs larger")
        else:
            _reserve(draft, place, found.compartment, found.reason)


def _reserve(draft: Draft, place: ChoosingSize, compartment: CompartmentId, reason: str) -> None:
    """The first commit of a drop: the parcel is promised a compartment, and the wish to open it follows at once."""
    label, visit = _label(draft), draft.visit
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
    courier = visit.courier or CourierId("")
    draft.change(lookups={**draft.state.lookups, courier: max(0, draft.state.lookups.get(courier, 0) - 1)})
    _open_for(draft, parcel, compartment)


def _open_for(draft: Draft, parcel: ParcelId, compartment: CompartmentId) -> None:
    visit = draft.visit
    by = f"courier:{visit.courier}" if visit.courier else "courier:anonymous"
    opening = begin(
        draft,
        compartment,
        Purpose.DROP,
        (parcel,),
        visit=visit.visit,
        by=by,
        credential=visit.credential,
    )
    draft.go(Dropping(parcel, compartment, opening))


# --- the door ---


def _cancel(draft: Draft, place: Dropping, _value: str) -> None:
    """Before the first pulse nothing has happened; after it only a shut door and the courier's word settle it."""
    if cancel_queued(draft, place.opening):
        _leave_door(draft, place.parcel)
        draft.go(Scanning())
        return
    cancel(draft, place.opening)
    draft.go(Withdrawing(place.parcel, place.compartment, place.opening, asking=place.relocked))


def _once_more(draft: Draft, place: Dropping, _value: str) -> None:
    if place.relocked:
        _open_for(draft, place.parcel, place.compartment)
    else:
        pulse_again(draft, place.opening)


def _it_is_in(draft: Draft, place: Dropping, _value: str) -> None:
    custody.store(draft, draft.parcel(place.parcel), confirmed=True)
    _delivered(draft, place.parcel)


def _occupied(draft: Draft, place: Dropping, _value: str) -> None:
    """Somebody's things or dirt are inside: Check, another door at once, and never this one again in this visit."""
    custody.check(draft, place.compartment, "occupied or dirty")
    vacate(draft, place.opening)
    draft.change_visit(avoided=draft.visit.avoided | {place.compartment})
    other = another_for(draft.state, place.parcel)
    if other is not None:
        _use_other(draft, place.parcel, other, "occupied or dirty")
        return
    parcel = draft.parcel(place.parcel)
    _ask_size(draft, parcel.unit, parcel.resident, None, place.parcel)


def _need_larger(draft: Draft, place: Dropping, _value: str) -> None:
    vacate(draft, place.opening)
    parcel, size = draft.parcel(place.parcel), draft.state.layout.place(place.compartment).size
    draft.change_visit(avoided=draft.visit.avoided | {place.compartment})
    _ask_size(draft, parcel.unit, parcel.resident, size, place.parcel)


def _use_other(draft: Draft, parcel: ParcelId, compartment: CompartmentId, reason: str) -> None:
    custody.move(draft, parcel, compartment, reason)
    _open_for(draft, parcel, compartment)


def _leave_door(draft: Draft, parcel: ParcelId | None) -> None:
    """The parcel in hand does not go in after all."""
    if parcel is not None and draft.parcel(parcel).pending:
        custody.drop_reservation(draft, parcel, "cancelled")


def _open_other(draft: Draft, place: DropDoorFailed, value: str) -> None:
    _use_other(draft, place.parcel, CompartmentId(value), place.reason)


def _it_is_open(draft: Draft, place: DropDoorFailed, _value: str) -> None:
    """The contact is wrong, and cannot tell the rest either: the courier says it."""
    custody.suspect(draft, place.compartment, "closed, though a person finds it open")
    draft.go(Dropping(place.parcel, place.compartment, OpeningId(""), relocked=True))


def _failed_to_staff(draft: Draft, place: DropDoorFailed, _value: str) -> None:
    parcel = draft.parcel(place.parcel)
    _leave_door(draft, place.parcel)
    _overflow(draft, Choice.LEAVE_WITH_STAFF, parcel.unit, parcel.resident, place.reason)


def heard(draft: Draft, place: Dropping, news: News) -> None:
    """Something happened to the door this courier waits for."""
    if news.opening.opening != place.opening:
        return
    draft.change_visit(touched_ms=draft.now_ms)
    if news.outcome is Outcome.OPENED:
        return
    if news.outcome is Outcome.CLOSED or draft.parcel(place.parcel).state is ParcelState.STORED:
        _delivered(draft, place.parcel)
    elif news.outcome is Outcome.RELOCKED:
        draft.go(replace(place, relocked=True))
    else:
        draft.change_visit(avoided=draft.visit.avoided | {place.compartment})
        draft.go(DropDoorFailed(place.parcel, place.compartment, news.reason))


def _delivered(draft: Draft, name: ParcelId) -> None:
    parcel = draft.parcel(name)
    _next_label(draft)
    draft.change_visit(touched_ms=draft.now_ms)
    draft.go(Delivered(name, parcel.compartment, parcel.undo_until_ms, draft.now_ms))


# --- after the door ---


def _reopen(draft: Draft, place: Delivered, _value: str) -> None:
    draft.change_visit(labels=(_of(draft, place.parcel), *draft.visit.labels))
    _open_for(draft, place.parcel, place.compartment)


def _finish_delivered(draft: Draft, place: Delivered, _value: str) -> None:
    if not place.undo_only:
        _confirm(draft, place.parcel)
    end(draft, "finished")


def _next_after_delivered(draft: Draft, place: Delivered, value: str) -> None:
    _confirm(draft, place.parcel)
    _next_parcel(draft, place, value)


def _next_parcel(draft: Draft, _place: Place, _value: str) -> None:
    draft.go(AskingUnit() if draft.visit.labels else Scanning())


def _of(draft: Draft, parcel: ParcelId) -> Label:
    """The label of a parcel delivered before, to stand first in the list while its door is open again."""
    held = draft.parcel(parcel)
    return Label("", held.carrier, held.tracking_number, held.check, held.aliases)


def _undo(draft: Draft, place: Delivered, _value: str) -> None:
    visit = draft.visit
    opening = begin(
        draft,
        place.compartment,
        Purpose.WITHDRAW,
        (place.parcel,),
        visit=visit.visit,
        by=f"courier:{draft.parcel(place.parcel).courier}",
        credential=f"undo:{place.parcel}",
    )
    draft.go(Withdrawing(place.parcel, place.compartment, opening, undo=True))


def withdrawing_heard(draft: Draft, place: Withdrawing, news: News) -> None:
    """The door from which a courier takes a parcel back."""
    if news.opening.opening != place.opening:
        return
    draft.change_visit(touched_ms=draft.now_ms)
    if news.outcome is Outcome.FAILED:
        draft.go(Recorded("did_not_open"))
    elif news.outcome is not Outcome.OPENED:
        draft.go(replace(place, asking=True))


def _taken_back(draft: Draft, place: Withdrawing, _value: str) -> None:
    """Only the courier's word empties the record; it is asked after the door is shut."""
    custody.withdraw(draft, place.parcel, "undone" if place.undo else "cancelled", confirmed=True)
    draft.go(Recorded("withdrawn"))


def _left_inside(draft: Draft, place: Withdrawing, _value: str) -> None:
    custody.stays(draft, draft.parcel(place.parcel))
    _delivered(draft, place.parcel)


def _confirm(draft: Draft, parcel: ParcelId) -> None:
    if not draft.parcel(parcel).confirmed:
        draft.record(e.DropConfirmed(parcel))


# --- parcels that do not go into the bank ---


def _try_smaller(draft: Draft, place: BankFull, _value: str) -> None:
    _ask_size(draft, place.unit, place.resident, None, place.parcel)


def _full_to_staff(draft: Draft, place: BankFull, _value: str) -> None:
    _leave_door(draft, place.parcel)
    _overflow(draft, Choice.LEAVE_WITH_STAFF, place.unit, place.resident, "bank full")


def _full_taken_along(draft: Draft, place: BankFull, _value: str) -> None:
    _leave_door(draft, place.parcel)
    _overflow(draft, Choice.TAKE_WITH_ME, place.unit, place.resident, "bank full")


WHERE = {Choice.LEAVE_WITH_STAFF: ("front desk", "left_with_staff"), Choice.TAKE_WITH_ME: ("courier", "taken_along")}


def _overflow(draft: Draft, choice: Choice, unit: UnitId, resident: ResidentId, reason: str) -> None:
    """Nothing a courier brought is left unrecorded, wherever it ends up."""
    label, visit = _label(draft), draft.visit
    place, page = WHERE[choice]
    draft.record(
        e.OverflowRecorded(
            parcel=ParcelId(draft.state.books.next_id),
            courier=visit.courier or CourierId(""),
            visit=visit.visit,
            resident=resident,
            carrier=label.carrier,
            check=label.check,
            reason=reason,
            place=place,
            unit=unit,
            tracking_number=label.tracking_number,
            aliases=label.aliases,
        )
    )
    _next_label(draft)
    draft.go(Recorded(page))


def _finish(draft: Draft, _place: Place, _value: str) -> None:
    end(draft, "finished")


CHOICES: Mapping[tuple[type[Place], Choice], Rule] = {
    (Scanning, Choice.GO_ON): _go_on,
    (Scanning, Choice.NO_BARCODE): _no_barcode,
    (Scanning, Choice.REMOVE): _remove,
    (Scanning, Choice.FINISH): _finish,
    (AskingUnit, Choice.BACK): _to_scanning,
    (AskingUnit, Choice.LEAVE_WITH_STAFF): _to_staff,
    (AskingUnit, Choice.TAKE_WITH_ME): _taken_along,
    (AskingName, Choice.RECIPIENT): _named,
    (AskingName, Choice.OTHER_UNIT): _other_unit,
    (AskingName, Choice.LEAVE_WITH_STAFF): _to_staff,
    (Diverting, Choice.LEAVE_WITH_STAFF): _to_staff,
    (Diverting, Choice.TAKE_WITH_ME): _taken_along,
    (Diverting, Choice.OTHER_UNIT): _other_unit,
    (ChoosingSize, Choice.SIZE): _size_chosen,
    (ChoosingSize, Choice.ADD_TO): _add_to,
    (ChoosingSize, Choice.NEED_LARGER): _none_fits,
    (ChoosingSize, Choice.CANCEL): _give_up,
    (BankFull, Choice.TRY_SMALLER): _try_smaller,
    (BankFull, Choice.LEAVE_WITH_STAFF): _full_to_staff,
    (BankFull, Choice.TAKE_WITH_ME): _full_taken_along,
    (Dropping, Choice.CANCEL): _cancel,
    (Dropping, Choice.OPEN_AGAIN): _once_more,
    (Dropping, Choice.IT_IS_DONE): _it_is_in,
    (Dropping, Choice.OCCUPIED): _occupied,
    (Dropping, Choice.NEED_LARGER): _need_larger,
    (AskingNumber, Choice.BACK): _to_scanning,
    (DropDoorFailed, Choice.OPEN_OTHER): _open_other,
    (DropDoorFailed, Choice.IT_IS_OPEN): _it_is_open,
    (DropDoorFailed, Choice.LEAVE_WITH_STAFF): _failed_to_staff,
    (DropDoorFailed, Choice.CANCEL): _give_up,
    (Withdrawing, Choice.TAKEN_BACK): _taken_back,
    (Withdrawing, Choice.LEFT_INSIDE): _left_inside,
    (Delivered, Choice.UNDO): _undo,
    (Delivered, Choice.OPEN_AGAIN): _reopen,
    (Delivered, Choice.NEXT_PARCEL): _next_after_delivered,
    (Delivered, Choice.FINISH): _finish_delivered,
    (Recorded, Choice.NEXT_PARCEL): _next_parcel,
    (Recorded, Choice.FINISH): _finish,
}
"""What each choice of a drop leads to, by the place where it is offered."""
