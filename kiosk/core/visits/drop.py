"""The drop: the courier at the open door, and after it.

Holds every way a drop can go once a door was asked for, and the parcel taken back. It must not know codes' digits,
pulses, recipients or how custody is recorded.
"""

from collections.abc import Mapping
from dataclasses import replace

from kiosk.core import custody
from kiosk.core.books import ParcelState
from kiosk.core.draft import Draft, News, Outcome
from kiosk.core.entries import Purpose
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId, OpeningId, ParcelId
from kiosk.core.offers import another_for
from kiosk.core.openings import begin, cancel, cancel_queued, pulse_again, vacate
from kiosk.core.state import Delivered, DropDoorFailed, Dropping, Label, Place, Recorded, Scanning, Withdrawing
from kiosk.core.visits.ending import Rule, end
from kiosk.core.visits.in_hand import (
    confirm,
    finish,
    leave_door,
    next_label,
    next_parcel,
    open_for,
    overflow,
    use_other,
)
from kiosk.core.visits.sizes import ask_size, give_up


def heard(draft: Draft, place: Dropping, news: News) -> None:
    """Something happened to the door this courier waits for."""
    if news.opening.opening != place.opening:
        return
    draft.change_visit(touched_ms=draft.now_ms)
    if news.outcome is Outcome.OPENED:
        return
    if news.outcome is Outcome.EMPTY:
        draft.go(replace(place, relocked=True))
    elif news.outcome is Outcome.CLOSED or draft.parcel(place.parcel).state is ParcelState.STORED:
        _delivered(draft, place.parcel)
    elif news.outcome is Outcome.RELOCKED:
        draft.go(replace(place, relocked=True))
    else:
        draft.change_visit(avoided=draft.visit.avoided | {place.compartment})
        draft.go(DropDoorFailed(place.parcel, place.compartment, news.reason))


def _delivered(draft: Draft, name: ParcelId) -> None:
    parcel = draft.parcel(name)
    next_label(draft)
    draft.change_visit(touched_ms=draft.now_ms)
    draft.go(Delivered(name, parcel.compartment, parcel.undo_until_ms, draft.now_ms))


def _cancel(draft: Draft, place: Dropping, _value: str) -> None:
    """Before the first pulse nothing has happened; after it only a shut door and the courier's word settle it."""
    if cancel_queued(draft, place.opening):
        leave_door(draft, place.parcel)
        draft.go(Scanning())
        return
    cancel(draft, place.opening)
    draft.go(Withdrawing(place.parcel, place.compartment, place.opening, asking=place.relocked))


def _once_more(draft: Draft, place: Dropping, _value: str) -> None:
    if place.relocked:
        open_for(draft, place.parcel, place.compartment)
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
        use_other(draft, place.parcel, other, "occupied or dirty")
        return
    parcel = draft.parcel(place.parcel)
    ask_size(draft, parcel.unit, parcel.resident, None, place.parcel)


def _need_larger(draft: Draft, place: Dropping, _value: str) -> None:
    vacate(draft, place.opening)
    parcel, size = draft.parcel(place.parcel), draft.state.layout.place(place.compartment).size
    draft.change_visit(avoided=draft.visit.avoided | {place.compartment})
    ask_size(draft, parcel.unit, parcel.resident, size, place.parcel)


# --- a door that did not open ---


def _open_other(draft: Draft, place: DropDoorFailed, value: str) -> None:
    use_other(draft, place.parcel, CompartmentId(value), place.reason)


def _it_is_open(draft: Draft, place: DropDoorFailed, _value: str) -> None:
    """The contact is wrong, and cannot tell the rest either: the courier says it."""
    custody.suspect(draft, place.compartment, "closed, though a person finds it open")
    draft.go(Dropping(place.parcel, place.compartment, OpeningId(""), relocked=True))


def _failed_to_staff(draft: Draft, place: DropDoorFailed, _value: str) -> None:
    parcel = draft.parcel(place.parcel)
    leave_door(draft, place.parcel)
    overflow(draft, Choice.LEAVE_WITH_STAFF, parcel.unit, parcel.resident, place.reason)


# --- after the door ---


def _reopen(draft: Draft, place: Delivered, _value: str) -> None:
    draft.change_visit(labels=(_of(draft, place.parcel), *draft.visit.labels))
    open_for(draft, place.parcel, place.compartment)


def _of(draft: Draft, parcel: ParcelId) -> Label:
    """The label of a parcel delivered before, to stand first in the list while its door is open again."""
    held = draft.parcel(parcel)
    return Label("", held.carrier, held.tracking_number, held.check, held.aliases)


def _finish_delivered(draft: Draft, place: Delivered, _value: str) -> None:
    if not place.undo_only:
        confirm(draft, place.parcel)
    end(draft, "finished")


def _next_after_delivered(draft: Draft, place: Delivered, value: str) -> None:
    confirm(draft, place.parcel)
    next_parcel(draft, place, value)


# --- the parcel taken back ---


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


CHOICES: Mapping[tuple[type[Place], Choice], Rule] = {
    (Dropping, Choice.CANCEL): _cancel,
    (Dropping, Choice.OPEN_AGAIN): _once_more,
    (Dropping, Choice.IT_IS_DONE): _it_is_in,
    (Dropping, Choice.OCCUPIED): _occupied,
    (Dropping, Choice.NEED_LARGER): _need_larger,
    (DropDoorFailed, Choice.OPEN_OTHER): _open_other,
    (DropDoorFailed, Choice.IT_IS_OPEN): _it_is_open,
    (DropDoorFailed, Choice.LEAVE_WITH_STAFF): _failed_to_staff,
    (DropDoorFailed, Choice.CANCEL): give_up,
    (Withdrawing, Choice.TAKEN_BACK): _taken_back,
    (Withdrawing, Choice.LEFT_INSIDE): _left_inside,
    (Delivered, Choice.UNDO): _undo,
    (Delivered, Choice.OPEN_AGAIN): _reopen,
    (Delivered, Choice.NEXT_PARCEL): _next_after_delivered,
    (Delivered, Choice.FINISH): _finish_delivered,
    (Recorded, Choice.NEXT_PARCEL): next_parcel,
    (Recorded, Choice.FINISH): finish,
}
"""What each choice at the door and after it leads to, by the place where it is offered."""
