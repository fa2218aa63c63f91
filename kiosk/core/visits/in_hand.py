"""The parcel in a courier's hand: into which compartment it goes, or where else it ends up.

Holds the few steps that every way of a drop shares. It must not know recipients, sizes or what a door did.
"""

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.draft import Draft
from kiosk.core.entries import Purpose
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId, CourierId, ParcelId, ResidentId, UnitId
from kiosk.core.openings import begin
from kiosk.core.state import AskingUnit, Dropping, Label, Place, Recorded, Scanning
from kiosk.core.visits.ending import end

NO_LABEL = Label()


def label_in_hand(draft: Draft) -> Label:
    """The parcel in hand: the first label not delivered yet, or a parcel without one."""
    labels = draft.visit.labels
    return labels[0] if labels else NO_LABEL


def next_label(draft: Draft) -> None:
    draft.change_visit(labels=draft.visit.labels[1:])


def open_for(draft: Draft, parcel: ParcelId, compartment: CompartmentId) -> None:
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


def use_other(draft: Draft, parcel: ParcelId, compartment: CompartmentId, reason: str) -> None:
    custody.move(draft, parcel, compartment, reason)
    open_for(draft, parcel, compartment)


def leave_door(draft: Draft, parcel: ParcelId | None) -> None:
    """The parcel in hand does not go in after all."""
    if parcel is not None and draft.parcel(parcel).pending:
        custody.drop_reservation(draft, parcel, "cancelled")


def confirm(draft: Draft, parcel: ParcelId) -> None:
    if not draft.parcel(parcel).confirmed:
        draft.record(e.DropConfirmed(parcel))


def note_photo(draft: Draft, parcel: ParcelId) -> None:
    """The picture of the label in hand is this parcel's."""
    label = label_in_hand(draft)
    if label.photo:
        draft.record(e.LabelPhotographed(parcel, label.photo))


WHERE = {Choice.LEAVE_WITH_STAFF: ("front desk", "left_with_staff"), Choice.TAKE_WITH_ME: ("courier", "taken_along")}


def overflow(draft: Draft, choice: Choice, unit: UnitId, resident: ResidentId, reason: str) -> None:
    """Nothing a courier brought is left unrecorded, wherever it ends up."""
    label, visit = label_in_hand(draft), draft.visit
    place, page = WHERE[choice]
    parcel = ParcelId(draft.state.books.next_id)
    draft.record(
        e.OverflowRecorded(
            parcel=parcel,
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
    note_photo(draft, parcel)
    next_label(draft)
    draft.go(Recorded(page))


def next_parcel(draft: Draft, _place: Place, _value: str) -> None:
    draft.go(AskingUnit() if draft.visit.labels else Scanning())


def finish(draft: Draft, _place: Place, _value: str) -> None:
    end(draft, "finished")
