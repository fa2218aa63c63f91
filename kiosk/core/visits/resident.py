"""The resident's visit after a right code: which doors open, what was taken, what stays.

Holds the pickup's places and their exceptions. It must not know codes' digits, pulses or how custody is recorded.
"""

from collections.abc import Mapping
from dataclasses import replace

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import Parcel, ParcelState
from kiosk.core.draft import Draft, News, Outcome
from kiosk.core.entries import CodeLife, Purpose
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId, OpeningId
from kiosk.core.openings import begin, pulse_again, under_way
from kiosk.core.state import (
    ChoosingParcels,
    CodeProblem,
    Collected,
    Collecting,
    Opening,
    PickupDoorFailed,
    Place,
    Typed,
    Visit,
)
from kiosk.core.visits import typing
from kiosk.core.visits.ending import Rule, end


def identified(draft: Draft, parcel: Parcel) -> None:
    """A code names one parcel and, for this visit, its resident: all their parcels are offered, this one first."""
    credential = f"code:{parcel.parcel}"
    if parcel.code_life is CodeLife.SUSPENDED:
        draft.record(e.ResidentRefused(draft.visit.visit, parcel.resident, credential, "code suspended"))
        typing.does_not_count(draft, Typed.PICKUP, CodeProblem.SUSPENDED)
        return
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
        if other.resident == parcel.resident and other.state is ParcelState.STORED and other.code_life is CodeLife.LIVE
    ]
    return tuple(dict.fromkeys((parcel.compartment, *others)))


def open_door(draft: Draft, name: CompartmentId) -> None:
    """Open a compartment of this resident; one whose door is open already is only shown."""
    visit = draft.visit
    busy = under_way(draft.state, name)
    if busy is not None:
        _join(draft, busy)
        return
    opening = begin(
        draft,
        name,
        Purpose.PICKUP,
        draft.compartment(name).parcels,
        visit=visit.visit,
        by=_by(visit),
        credential=visit.credential,
    )
    draft.go(Collecting(name, opening))


def _by(visit: Visit) -> str:
    return f"resident:{visit.resident}"


def _join(draft: Draft, busy: Opening) -> None:
    """The door is open already. If it was opened for a courier who left, it is this resident's pickup from now on: what
    the courier brought counts as dropped, and one more intent, harmless to an open door, names the new credential.
    """
    visit = draft.visit
    draft.put_opening(replace(busy, visit=visit.visit))
    draft.go(Collecting(busy.compartment, busy.opening))
    if busy.purpose is Purpose.PICKUP:
        return
    for parcel in map(draft.parcel, draft.compartment(busy.compartment).parcels):
        if parcel.pending:
            custody.store(draft, parcel, confirmed=False, undo=False)
    parcels, by = draft.compartment(busy.compartment).parcels, _by(visit)
    taken_over = replace(busy, purpose=Purpose.PICKUP, parcels=parcels, visit=visit.visit, by=by, again=True)
    draft.put_opening(replace(taken_over, credential=visit.credential, cancelled=False, vacated=False))
    custody.door_opened(draft, taken_over)


def _open_next(draft: Draft, _place: ChoosingParcels | PickupDoorFailed, value: str) -> None:
    open_door(draft, CompartmentId(value))


def _open_again(draft: Draft, place: Collecting | PickupDoorFailed | Collected, _value: str) -> None:
    if isinstance(place, Collecting) and not place.relocked:
        pulse_again(draft, place.opening)
    else:
        open_door(draft, place.compartment)


def _it_is_open(draft: Draft, place: PickupDoorFailed, _value: str) -> None:
    """The contact is wrong, and cannot tell the rest either: the resident says it."""
    custody.suspect(draft, place.compartment, "closed, though a person finds it open")
    draft.go(Collecting(place.compartment, OpeningId(""), relocked=True))


def _it_is_done(draft: Draft, place: Collecting, _value: str) -> None:
    custody.collect(draft, place.compartment)
    _done_with(draft, place.compartment, "collected")


def _cannot_carry(draft: Draft, place: Collecting | Collected, _value: str) -> None:
    custody.keep(draft, place.compartment, "cannot reach or carry it")
    if isinstance(place, Collecting):
        draft.go(replace(place, kept=True))
    else:
        draft.go(Collected(place.compartment, draft.now_ms, "kept"))


def _not_here(draft: Draft, place: Collecting | Collected, _value: str) -> None:
    custody.dispute(draft, place.compartment)
    if isinstance(place, Collecting) and not place.relocked:
        draft.go(replace(place, disputed=True))
    else:
        _done_with(draft, place.compartment, "disputed")


def _finish(draft: Draft, _place: Place, _value: str) -> None:
    end(draft, "finished")


CHOICES: Mapping[tuple[type[Place], Choice], Rule] = {
    (ChoosingParcels, Choice.OPEN): _open_next,
    (ChoosingParcels, Choice.FINISH): _finish,
    (Collecting, Choice.OPEN_AGAIN): _open_again,
    (Collecting, Choice.CANT_REACH): _cannot_carry,
    (Collecting, Choice.NOT_HERE): _not_here,
    (Collecting, Choice.IT_IS_DONE): _it_is_done,
    (Collecting, Choice.FINISH): _finish,
    (PickupDoorFailed, Choice.OPEN_AGAIN): _open_again,
    (PickupDoorFailed, Choice.IT_IS_OPEN): _it_is_open,
    (PickupDoorFailed, Choice.OPEN): _open_next,
    (PickupDoorFailed, Choice.FINISH): _finish,
    (Collected, Choice.OPEN_AGAIN): _open_again,
    (Collected, Choice.CANT_REACH): _cannot_carry,
    (Collected, Choice.NOT_HERE): _not_here,
    (Collected, Choice.FINISH): _finish,
}
"""What each choice of a pickup leads to, by the place where it is offered."""


def heard(draft: Draft, place: Collecting, news: News) -> None:
    """Something happened to the door this resident waits for."""
    draft.change_visit(touched_ms=draft.now_ms)
    settled = place.kept or place.disputed
    if news.outcome is Outcome.FAILED:
        done = (*draft.visit.collected, place.compartment)
        left = tuple(door for door in _still_waiting(draft) if door not in done)
        draft.go(PickupDoorFailed(place.compartment, news.reason, left))
    elif news.outcome is Outcome.RELOCKED and not settled:
        draft.go(replace(place, relocked=True))
    elif news.outcome is not Outcome.OPENED:
        what = "kept" if place.kept else "disputed" if place.disputed else "collected"
        _done_with(draft, place.compartment, what)


def _done_with(draft: Draft, name: CompartmentId, what: str) -> None:
    """On to the resident's next door, if another one holds a parcel for them; else the visit's last page."""
    collected = (*draft.visit.collected, name)
    draft.change_visit(collected=tuple(dict.fromkeys(collected)))
    left = tuple(door for door in _still_waiting(draft) if door not in collected)
    draft.go(ChoosingParcels(left) if left else Collected(name, draft.now_ms, what))


def _still_waiting(draft: Draft) -> tuple[CompartmentId, ...]:
    resident = draft.visit.resident
    waiting = [
        parcel.compartment
        for parcel in draft.state.books.parcels.values()
        if parcel.resident == resident and parcel.state is ParcelState.STORED and parcel.code_life is CodeLife.LIVE
    ]
    return tuple(dict.fromkeys(waiting))
