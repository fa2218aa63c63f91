"""The resident's visit after a right code: which doors open, what was taken, what stays.

Holds the pickup's places and their exceptions. It must not know codes' digits, pulses or how custody is recorded.
"""

from dataclasses import replace

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import Parcel, ParcelState
from kiosk.core.draft import Draft, News, Outcome
from kiosk.core.entries import CodeLife, Purpose
from kiosk.core.events import Choice, Chose
from kiosk.core.ids import CompartmentId
from kiosk.core.openings import begin, pulse_again, under_way
from kiosk.core.state import ChoosingParcels, Collected, Collecting, PickupDoorFailed
from kiosk.core.visits.ending import end


def identified(draft: Draft, parcel: Parcel) -> None:
    """A code names one parcel and, for this visit, its resident: all their parcels are offered, this one's door first."""
    credential = f"code:{parcel.parcel}"
    draft.record(e.ResidentIdentified(draft.visit.visit, parcel.resident, credential))
    draft.change_visit(resident=parcel.resident, credential=credential)
    doors = _doors(draft, parcel)
    if len(doors) == 1:
        open_door(draft, doors[0])
    else:
        draft.go(ChoosingParcels(doors))


def _doors(draft: Draft, parcel: Parcel) -> tuple[CompartmentId, ...]:
    """A code in its grace reopens its own compartment only."""
    if parcel.code_life is CodeLife.GRACE:
        return (parcel.compartment,)
    others = [
        other.compartment
        for other in draft.state.books.parcels.values()
        if other.resident == parcel.resident
        and other.state is ParcelState.STORED
        and other.code_life is CodeLife.LIVE
    ]
    return tuple(dict.fromkeys((parcel.compartment, *others)))


def open_door(draft: Draft, name: CompartmentId) -> None:
    """Open a compartment of this resident; one whose door is open already is only shown."""
    visit = draft.visit
    busy = under_way(draft.state, name)
    if busy is not None:
        draft.put_opening(replace(busy, visit=visit.visit))
        draft.go(Collecting(name, busy.opening))
        return
    parcels = draft.compartment(name).parcels
    opening = begin(
        draft,
        name,
        Purpose.PICKUP,
        parcels,
        visit=visit.visit,
        by=f"resident:{visit.resident}",
        credential=visit.credential,
    )
    draft.go(Collecting(name, opening))


def chose(draft: Draft, event: Chose) -> None:
    """A choice at one of the pickup's places; what was not offered never comes here."""
    place = draft.visit.place
    match place, event.choice:
        case _, Choice.FINISH:
            end(draft, "finished")
        case ChoosingParcels(), Choice.OPEN:
            open_door(draft, CompartmentId(event.value))
        case Collecting(relocked=False), _:
            _while_open(draft, place, event.choice)
        case Collecting(), Choice.IT_IS_DONE:
            custody.collect(draft, place.compartment)
            _done_with(draft, place.compartment, "collected")
        case (Collecting() | PickupDoorFailed() | Collected()), Choice.OPEN_AGAIN:
            open_door(draft, place.compartment)
        case (Collecting() | Collected()), Choice.NOT_HERE:
            custody.dispute(draft, place.compartment)
            _done_with(draft, place.compartment, "disputed")
        case Collected(), Choice.CANT_REACH:
            custody.keep(draft, place.compartment, "cannot reach or carry it")
            _done_with(draft, place.compartment, "kept")
        case _:
            pass


def _while_open(draft: Draft, place: Collecting, choice: Choice) -> None:
    match choice:
        case Choice.OPEN_AGAIN:
            pulse_again(draft, place.opening)
        case Choice.CANT_REACH:
            custody.keep(draft, place.compartment, "cannot reach or carry it")
            draft.go(replace(place, kept=True))
        case Choice.NOT_HERE:
            custody.dispute(draft, place.compartment)
            draft.go(replace(place, disputed=True))
        case _:
            pass


def heard(draft: Draft, place: Collecting, news: News) -> None:
    """Something happened to the door this resident waits for."""
    if news.opening.opening != place.opening:
        return
    match news.outcome:
        case Outcome.OPENED:
            draft.change_visit(touched_ms=draft.now_ms)
        case Outcome.FAILED:
            draft.go(PickupDoorFailed(place.compartment, news.reason))
        case Outcome.RELOCKED if not (place.kept or place.disputed):
            draft.go(replace(place, relocked=True))
        case Outcome.CLOSED | Outcome.RELOCKED:
            what = "kept" if place.kept else "disputed" if place.disputed else "collected"
            _done_with(draft, place.compartment, what)


def _done_with(draft: Draft, name: CompartmentId, what: str) -> None:
    """On to the resident's next door, if another one holds a parcel for them; else the visit's last page."""
    collected = (*draft.visit.collected, name)
    draft.change_visit(collected=collected, touched_ms=draft.now_ms)
    left = tuple(door for door in _still_waiting(draft) if door not in collected)
    draft.go(ChoosingParcels(left) if left else Collected(name, what))


def _still_waiting(draft: Draft) -> tuple[CompartmentId, ...]:
    resident = draft.visit.resident
    waiting = [
        parcel.compartment
        for parcel in draft.state.books.parcels.values()
        if parcel.resident == resident
        and parcel.state is ParcelState.STORED
        and parcel.code_life is CodeLife.LIVE
    ]
    return tuple(dict.fromkeys(waiting))
