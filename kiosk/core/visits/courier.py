"""The courier's visit: labels, recipient, size, the door, and every way a drop can go another way.

Holds the drop's places up to the open door and after it. It must not know codes' digits, pulses or how custody is recorded.
"""

from dataclasses import replace

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.allocation import allocate
from kiosk.core.books import ParcelState
from kiosk.core.directory import Courier, Resident, Welcome
from kiosk.core.draft import Draft, News, Outcome
from kiosk.core.entries import Purpose
from kiosk.core.events import Choice, Chose, Key
from kiosk.core.ids import CompartmentId, CourierId, ParcelId, ResidentId, SizeName, UnitId
from kiosk.core.offers import another_for, ask_for, bank_of, sizes_for
from kiosk.core.openings import begin, cancel, cancel_queued, pulse_again, vacate
from kiosk.core.state import (
    AskingName,
    AskingUnit,
    BankFull,
    ChoosingSize,
    Delivered,
    Diverting,
    DropDoorFailed,
    Dropping,
    Label,
    Recorded,
    Scanning,
    Withdrawing,
)
from kiosk.core.visits.ending import end
from kiosk.core.visits.labels import added, read_label

UNIT_LENGTH = 8
NO_LABEL = Label()

# --- identity and labels ---


def identified(draft: Draft, courier: Courier) -> None:
    in_window = draft.state.directory.in_window(courier, draft.stamp.wall_ms)
    credential = f"access code:{courier.courier}"
    draft.record(e.CourierIdentified(draft.visit.visit, courier.courier, credential, in_window))
    draft.change_visit(courier=courier.courier, credential=credential)
    draft.go(Scanning())


def scanned(draft: Draft, text: str) -> None:
    """One more label in hand. After a delivery it also says that the last one is done."""
    place = draft.visit.place
    label = read_label(text, draft.now_ms, draft.state.books.parcels.values())
    draft.change_visit(labels=added(draft.visit.labels, label))
    match place:
        case Delivered(undo_only=False):
            _confirm(draft, place.parcel)
            draft.go(Scanning())
        case Recorded():
            draft.go(Scanning())
        case _:
            pass


def _label(draft: Draft) -> Label:
    """The parcel in hand: the first label not delivered yet, or a parcel without one."""
    labels = draft.visit.labels
    return labels[0] if labels else NO_LABEL


def _next_label(draft: Draft) -> None:
    draft.change_visit(labels=draft.visit.labels[1:])


# --- choices ---


def chose(draft: Draft, event: Chose) -> None:
    """A choice at one of the drop's places; what was not offered never comes here."""
    place = draft.visit.place
    match place:
        case Scanning():
            _at_scanning(draft, event)
        case AskingUnit() | AskingName() | Diverting():
            _at_recipient(draft, event)
        case ChoosingSize():
            _at_size(draft, place, event)
        case BankFull():
            _at_bank_full(draft, place, event.choice)
        case Dropping():
            _at_door(draft, place, event.choice)
        case DropDoorFailed():
            _at_failed_door(draft, place, event)
        case Withdrawing():
            _at_withdrawing(draft, place, event.choice)
        case Delivered():
            _at_delivered(draft, place, event.choice)
        case Recorded():
            _onward(draft, event.choice)
        case _:
            pass


def _at_scanning(draft: Draft, event: Chose) -> None:
    labels = draft.visit.labels
    match event.choice:
        case Choice.GO_ON | Choice.NO_BARCODE:
            if event.choice is Choice.NO_BARCODE:
                draft.change_visit(labels=(NO_LABEL, *labels))
            draft.go(AskingUnit())
        case Choice.REMOVE:
            position = int(event.value)
            draft.change_visit(labels=labels[:position] + labels[position + 1 :])
        case Choice.FINISH:
            end(draft, "finished")
        case _:
            pass


def _at_recipient(draft: Draft, event: Chose) -> None:
    place = draft.visit.place
    match event.choice:
        case Choice.BACK:
            draft.go(Scanning())
        case Choice.OTHER_UNIT:
            draft.go(AskingUnit())
        case Choice.RECIPIENT if isinstance(place, AskingName):
            _recipient(draft, draft.state.directory.resident(ResidentId(event.value)))
        case Choice.LEAVE_WITH_STAFF | Choice.TAKE_WITH_ME:
            unit = place.unit if isinstance(place, AskingName | Diverting) else UnitId("")
            why = place.why if isinstance(place, Diverting) else "no recipient"
            _overflow(draft, event.choice, unit, ResidentId(""), why)
        case _:
            pass


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
        case _ if len(key) == 1 and key.isascii() and key.isalnum():
            draft.go(AskingUnit((place.typed + key.upper())[:UNIT_LENGTH]))
        case _:
            pass


def _unit(draft: Draft, typed: str) -> None:
    """Unit first, then the names of that unit only; each look-up is counted, and too many raise an alarm."""
    directory, visit = draft.state.directory, draft.visit
    unit = directory.find_unit(typed)
    looked_up = UnitId(unit.unit if unit is not None else typed)
    count = visit.lookups + 1
    draft.change_visit(lookups=count)
    draft.record(e.RecipientLookedUp(visit.visit, visit.courier or CourierId(""), count, looked_up))
    if count == draft.state.policy.lookups_per_visit:
        draft.record(e.AlarmRaised("directory enumeration", f"{count} look-ups in visit {visit.visit}"))
    residents = directory.residents_of(looked_up)
    if unit is None or not residents:
        _unknown_unit(draft, typed)
    elif len(residents) == 1:
        _recipient(draft, residents[0])
    else:
        draft.go(AskingName(unit.unit))


def _unknown_unit(draft: Draft, typed: str) -> None:
    if draft.state.policy.unknown_unit_to_staff:
        draft.go(Diverting(UnitId(typed), "unknown_unit"))
    else:
        draft.go(AskingUnit(unknown=True))


def _recipient(draft: Draft, resident: Resident) -> None:
    if resident.welcome is not Welcome.ACCEPTS:
        draft.go(Diverting(resident.unit, resident.welcome.value))
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


def _at_size(draft: Draft, place: ChoosingSize, event: Chose) -> None:
    match event.choice:
        case Choice.SIZE:
            _size_chosen(draft, place, SizeName(event.value))
        case Choice.ADD_TO:
            _reserve(draft, place, CompartmentId(event.value), "added to the resident's own")
        case Choice.NEED_LARGER:
            draft.go(BankFull(place.unit, place.resident, place.larger_than, place.parcel))
        case Choice.CANCEL:
            _leave_door(draft, place.parcel)
            draft.go(Scanning())
        case _:
            pass


def _size_chosen(draft: Draft, place: ChoosingSize, size: SizeName) -> None:
    found = allocate(bank_of(draft.state), ask_for(draft.state, place.resident, size, exact=True))
    if found is None:
        _ask_size(draft, place.unit, place.resident, place.larger_than, place.parcel)
    elif place.parcel is not None:
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


def _at_door(draft: Draft, place: Dropping, choice: Choice) -> None:
    match choice:
        case Choice.CANCEL if place.relocked:
            draft.go(Withdrawing(place.parcel, place.compartment, place.opening, asking=True))
        case Choice.CANCEL:
            _cancel(draft, place)
        case Choice.OPEN_AGAIN if place.relocked:
            _open_for(draft, place.parcel, place.compartment)
        case Choice.OPEN_AGAIN:
            pulse_again(draft, place.opening)
        case Choice.IT_IS_DONE:
            custody.store(draft, draft.parcel(place.parcel), confirmed=True)
            _delivered(draft, place)
        case Choice.OCCUPIED:
            _occupied(draft, place)
        case Choice.NEED_LARGER:
            _need_larger(draft, place)
        case _:
            pass


def _cancel(draft: Draft, place: Dropping) -> None:
    if cancel_queued(draft, place.opening):
        _leave_door(draft, place.parcel)
        draft.go(Scanning())
        return
    cancel(draft, place.opening)
    draft.go(Withdrawing(place.parcel, place.compartment, place.opening))


def _occupied(draft: Draft, place: Dropping) -> None:
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


def _need_larger(draft: Draft, place: Dropping) -> None:
    vacate(draft, place.opening)
    parcel, size = draft.parcel(place.parcel), draft.state.layout.place(place.compartment).size
    draft.change_visit(avoided=draft.visit.avoided | {place.compartment})
    _ask_size(draft, parcel.unit, parcel.resident, size, place.parcel)


def _use_other(draft: Draft, parcel: ParcelId, compartment: CompartmentId, reason: str) -> None:
    custody.move(draft, parcel, compartment, reason)
    _open_for(draft, parcel, compartment)


def _leave_door(draft: Draft, parcel: ParcelId | None) -> None:
    """The parcel in hand does not go in after all."""
    if parcel is not None and draft.parcel(parcel).state is ParcelState.RESERVED:
        custody.drop_reservation(draft, parcel, "cancelled")


def _at_failed_door(draft: Draft, place: DropDoorFailed, event: Chose) -> None:
    match event.choice:
        case Choice.OPEN_OTHER:
            _use_other(draft, place.parcel, CompartmentId(event.value), place.reason)
        case Choice.LEAVE_WITH_STAFF:
            parcel = draft.parcel(place.parcel)
            _leave_door(draft, place.parcel)
            _overflow(draft, event.choice, parcel.unit, parcel.resident, "did not open")
        case Choice.CANCEL:
            _leave_door(draft, place.parcel)
            draft.go(Scanning())
        case _:
            pass


def heard(draft: Draft, place: Dropping, news: News) -> None:
    """Something happened to the door this courier waits for."""
    if news.opening.opening != place.opening:
        return
    stored = draft.parcel(place.parcel).state is ParcelState.STORED
    match news.outcome:
        case Outcome.OPENED:
            draft.change_visit(touched_ms=draft.now_ms)
        case Outcome.RELOCKED if not stored:
            draft.go(replace(place, relocked=True))
        case Outcome.FAILED if not stored:
            draft.change_visit(avoided=draft.visit.avoided | {place.compartment}, touched_ms=draft.now_ms)
            draft.go(DropDoorFailed(place.parcel, place.compartment, news.reason))
        case Outcome.CLOSED | Outcome.RELOCKED | Outcome.FAILED:
            _delivered(draft, place)


def _delivered(draft: Draft, place: Dropping) -> None:
    parcel = draft.parcel(place.parcel)
    if draft.visit.labels:
        _next_label(draft)
    draft.change_visit(touched_ms=draft.now_ms)
    draft.go(Delivered(place.parcel, parcel.compartment, parcel.undo_until_ms))


# --- after the door ---


def _at_delivered(draft: Draft, place: Delivered, choice: Choice) -> None:
    match choice:
        case Choice.UNDO:
            _undo(draft, place)
        case Choice.OPEN_AGAIN:
            draft.change_visit(labels=(_of(draft, place.parcel), *draft.visit.labels))
            _open_for(draft, place.parcel, place.compartment)
        case _ if place.undo_only:
            end(draft, "finished")
        case _:
            _confirm(draft, place.parcel)
            _onward(draft, choice)


def _of(draft: Draft, parcel: ParcelId) -> Label:
    """The label of a parcel delivered before, to stand first in the list while its door is open again."""
    held = draft.parcel(parcel)
    return Label("", held.carrier, held.tracking_number, held.check, held.aliases)


def _undo(draft: Draft, place: Delivered) -> None:
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
    match news.outcome:
        case Outcome.OPENED:
            draft.change_visit(touched_ms=draft.now_ms)
        case Outcome.FAILED:
            draft.go(Recorded("did_not_open"))
        case Outcome.CLOSED | Outcome.RELOCKED:
            draft.change_visit(touched_ms=draft.now_ms)
            draft.go(replace(place, asking=True))


def _at_withdrawing(draft: Draft, place: Withdrawing, choice: Choice) -> None:
    """Only the courier's word empties the record; it is asked after the door is shut."""
    reason = "undone" if place.undo else "cancelled"
    parcel = draft.parcel(place.parcel)
    match choice:
        case Choice.TAKEN_BACK:
            custody.withdraw(draft, place.parcel, reason, confirmed=True)
            draft.go(Recorded("withdrawn"))
        case Choice.LEFT_INSIDE:
            if parcel.state is ParcelState.RESERVED:
                custody.store(draft, parcel, confirmed=True)
            _delivered(draft, Dropping(place.parcel, place.compartment, place.opening))
        case _:
            pass


def _confirm(draft: Draft, parcel: ParcelId) -> None:
    held = draft.state.books.parcels.get(parcel)
    if held is not None and not held.confirmed and held.state is ParcelState.STORED:
        draft.record(e.DropConfirmed(parcel))


def _onward(draft: Draft, choice: Choice) -> None:
    if choice is Choice.NEXT_PARCEL:
        draft.go(AskingUnit() if draft.visit.labels else Scanning())
    elif choice is Choice.FINISH:
        end(draft, "finished")


# --- parcels that do not go into the bank ---


def _at_bank_full(draft: Draft, place: BankFull, choice: Choice) -> None:
    if choice is Choice.TRY_SMALLER:
        _ask_size(draft, place.unit, place.resident, None, place.parcel)
        return
    _leave_door(draft, place.parcel)
    _overflow(draft, choice, place.unit, place.resident, "bank full")


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
