"""How a visit ends, at every place a person can walk away from.

Holds what an abandoned place means for the record. It must not know how a visit comes to a place.
"""

from collections.abc import Callable
from typing import Any

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import Parcel
from kiosk.core.draft import Draft, News, Outcome
from kiosk.core.entries import Inside, Purpose
from kiosk.core.openings import cancel_queued
from kiosk.core.state import BankFull, ChoosingSize, DropDoorFailed, Dropping, Withdrawing

TAKEN = "taken back, it seems"

Rule = Callable[[Draft, Any, str], None]
"""What a choice leads to: the draft, the place where it was made, and the choice's value."""


def end(draft: Draft, reason: str) -> None:
    """The visit is over. What it leaves unsaid is recorded as what is certain, never as a guess."""
    visit = draft.visit
    match visit.place:
        case Dropping() as place:
            _leave_door(draft, place, reason)
        case DropDoorFailed(parcel=parcel):
            custody.drop_reservation(draft, parcel, reason)
        case ChoosingSize(parcel=str() as parcel) | BankFull(parcel=str() as parcel):
            custody.drop_reservation(draft, parcel, reason)
        case Withdrawing(parcel=parcel, asking=True):
            custody.withdraw(draft, parcel, TAKEN, confirmed=False)
        case _:
            pass
    draft.record(e.VisitEnded(visit.visit, visit.kind, reason, draft.now_ms - visit.started_ms))
    draft.change(visit=None)


def _leave_door(draft: Draft, place: Dropping, reason: str) -> None:
    """A door that moved for a moment is Check, one never pulsed is as before, one under way goes on by itself."""
    if place.relocked:
        _leave_unsaid(draft, draft.parcel(place.parcel))
    elif cancel_queued(draft, place.opening) and draft.parcel(place.parcel).pending:
        custody.drop_reservation(draft, place.parcel, reason)


def _leave_unsaid(draft: Draft, parcel: Parcel) -> None:
    """Where the contact would have told, a moment's movement is no drop; where it cannot, the parcel may be inside."""
    if custody.is_blind(draft.state, parcel.compartment) or draft.compartment(parcel.compartment).suspected:
        custody.store_unsaid(draft, parcel.parcel, "no contact tells, and the courier did not say")
    elif custody.seen_inside(draft.state, parcel.compartment) is not Inside.UNKNOWN:
        custody.store_unsaid(draft, parcel.parcel, "the item sensor sees nothing, and the courier did not say")
    else:
        custody.withdraw(draft, parcel.parcel, "door moved for a moment only", confirmed=False)


def unheard(draft: Draft, news: News) -> None:
    """A door is shut again from which a courier took a parcel back, it seems, or behind which no item sensor sees one,
    and the courier left without a word: Check.
    """
    taking_back = news.opening.cancelled or news.opening.purpose is Purpose.WITHDRAW
    of_it = (draft.state.books.parcels.get(name) for name in news.opening.parcels)
    for parcel in [parcel for parcel in of_it if parcel is not None and parcel.pending]:
        if taking_back and news.outcome is Outcome.CLOSED:
            custody.withdraw(draft, parcel.parcel, TAKEN, confirmed=False)
        elif news.outcome is Outcome.EMPTY:
            custody.store_unsaid(draft, parcel.parcel, "the item sensor sees nothing, and the courier did not say")
