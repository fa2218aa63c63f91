"""How a visit ends, at every place a person can walk away from.

Holds what an abandoned place means for the record. It must not know how a visit comes to a place.
"""

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import ParcelState
from kiosk.core.draft import Draft
from kiosk.core.ids import ParcelId
from kiosk.core.openings import cancel_queued
from kiosk.core.state import BankFull, ChoosingSize, DropDoorFailed, Dropping, Withdrawing


def end(draft: Draft, reason: str) -> None:
    """The visit is over. What it leaves unsaid is recorded as what is certain, never as a guess."""
    visit = draft.visit
    match visit.place:
        case Dropping(parcel=parcel, opening=opening, relocked=relocked):
            if relocked:
                custody.withdraw(draft, parcel, "door moved for a moment only", confirmed=False)
            elif cancel_queued(draft, opening):
                _give_up(draft, parcel, reason)
        case DropDoorFailed(parcel=parcel):
            _give_up(draft, parcel, reason)
        case ChoosingSize(parcel=str() as parcel) | BankFull(parcel=str() as parcel):
            _give_up(draft, parcel, reason)
        case Withdrawing(parcel=parcel, asking=True):
            custody.withdraw(draft, parcel, "taken back, it seems", confirmed=False)
        case _:
            pass
    draft.record(e.VisitEnded(visit.visit, visit.kind, reason, draft.now_ms - visit.started_ms))
    draft.change(visit=None)


def _give_up(draft: Draft, parcel: ParcelId, reason: str) -> None:
    if draft.parcel(parcel).state is ParcelState.RESERVED:
        custody.drop_reservation(draft, parcel, reason)
