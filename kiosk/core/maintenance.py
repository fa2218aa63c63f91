"""Maintenance: a technician has one door opened, to try its lock, or says that it is repaired; whatever is inside stays
what it is.

Holds when that may be, and how it stands in the record. It must not know who asks from where, nor how a pulse leaves:
from here on it is an opening like any other.
"""

from typing import assert_never

from kiosk.core import entries as e
from kiosk.core.books import Custody
from kiosk.core.draft import Draft
from kiosk.core.entries import Purpose
from kiosk.core.events import MaintenanceAsked, Repaired, TechnicianEvent
from kiosk.core.ids import VisitId
from kiosk.core.openings import begin, under_way

CREDENTIAL = "maintenance"


def on_technician(draft: Draft, event: TechnicianEvent) -> None:
    match event:
        case MaintenanceAsked():
            _asked(draft, event)
        case Repaired():
            _repaired(draft, event)
        case _:
            assert_never(event)


def _asked(draft: Draft, event: MaintenanceAsked) -> None:
    """Open the door, or record why not. The intent follows in the same transaction, if the supply is free."""
    why = _why_not(draft, event)
    if why:
        draft.record(e.MaintenanceRefused(event.compartment, event.person, event.reason, why))
        return
    opening = begin(
        draft, event.compartment, Purpose.MAINTENANCE, (), visit=VisitId(""), by=event.person, credential=CREDENTIAL
    )
    custody = draft.compartment(event.compartment).custody.value
    draft.record(e.MaintenanceRequested(opening, event.compartment, event.person, event.reason, custody))


def _repaired(draft: Draft, event: Repaired) -> None:
    """End what only a person may end, but for what is inside; or record why not."""
    known = draft.state.books.compartments.get(event.compartment)
    why = "no such compartment" if known is None else _nobody(event)
    if not why and known is not None and not known.out_of_order and not known.suspected:
        why = "nothing is wrong with it"
    if why:
        draft.record(e.MaintenanceRefused(event.compartment, event.person, event.reason, why))
    else:
        draft.record(e.CompartmentRepaired(event.compartment, event.person, event.reason))


def _nobody(event: TechnicianEvent) -> str:
    return "" if event.person.strip() and event.reason.strip() else "nobody is named, or no reason"


def _why_not(draft: Draft, event: MaintenanceAsked) -> str:
    """What keeps the door shut; "" if nothing does. Nobody is disturbed, and a parcel is left alone unless it is said.

    Check counts as if something were inside: nobody knows that there is not.
    """
    compartment = draft.state.books.compartments.get(event.compartment)
    if compartment is None:
        return "no such compartment"
    if nobody := _nobody(event):
        return nobody
    if draft.state.visit is not None:
        return "somebody is being served"
    if under_way(draft.state, event.compartment) is not None:
        return "it is being opened already"
    if compartment.custody is not Custody.FREE and not event.anyway:
        return compartment.custody.value
    return ""
