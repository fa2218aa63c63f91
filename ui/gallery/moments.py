"""Moments: states of the core in which somebody stands before a screen, so that the core itself says what is offered.

Holds how such a state is put together: who lives there, what is in the bank, where in a visit the person is. It must
not know how any of it is drawn.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kiosk.core import state as s
from kiosk.core.books import Books, Compartment, Custody, NoticeState, Parcel, ParcelState
from kiosk.core.directory import Directory, Resident, Unit
from kiosk.core.doors import Door, DoorState
from kiosk.core.entries import CodeLife, Purpose
from kiosk.core.ids import CompartmentId, CourierId, KioskId, OpeningId, ParcelId, ResidentId, UnitId, VisitId
from kiosk.core.layout import Layout
from kiosk.core.policy import Policy
from ui.gallery.banks import BANK_60

NOW_MS = 1_000_000
"""The moment of every picture, on the kiosk's monotonic clock."""
TOUCHED_MS = NOW_MS - 1_000
UNIT, RESIDENT = UnitId("12B"), ResidentId("R-0001")
CROWDED = UnitId("7A")
NAMES = {
    UNIT: ("Jo Sample",),
    UnitId("3C"): ("Jo Sample", "Kim Sample"),
    CROWDED: ("Ada Sample", "Bo Sample", "Cleo Sample", "Dan Sample", "Eve Sample", "Finn Sample", "Gus Sample"),
}
VISIT, OPENING, COURIER = VisitId("gallery-1-1"), OpeningId("gallery-1-2"), CourierId("C-dhl")


def _residents() -> Iterable[Resident]:
    named = ((unit, name) for unit, names in NAMES.items() for name in names)
    for number, (unit, name) in enumerate(named, start=1):
        yield Resident(ResidentId(f"R-{number:04}"), unit, name)


DIRECTORY = Directory(1, tuple(Unit(unit) for unit in NAMES), tuple(_residents()))


def idle(layout: Layout = BANK_60, **changes: Any) -> s.State:  # noqa: ANN401 - fields of State, as in replace
    """Nobody is there, and every compartment is free and shut."""
    names = [place.compartment for place in layout.places]
    books = Books(KioskId("gallery"), compartments={name: Compartment(name) for name in names})
    doors = {name: Door(DoorState.CLOSED) for name in names}
    return replace(s.State(books, layout, Policy(), DIRECTORY, doors=doors), **changes)


def in_books(state: s.State, **changes: Any) -> s.State:  # noqa: ANN401 - fields of Books, as in replace
    return replace(state, books=replace(state.books, **changes))


def holding(state: s.State, *names: str, **changes: Any) -> s.State:  # noqa: ANN401 - fields of Parcel
    """One parcel of the same resident in each of these compartments; ``changes`` are the parcels'."""
    parcels = {parcel.parcel: parcel for parcel in (_parcel(CompartmentId(name), **changes) for name in names)}
    held = {
        parcel.compartment: Compartment(parcel.compartment, Custody.OCCUPIED, (parcel.parcel,))
        for parcel in parcels.values()
    }
    books = state.books
    return in_books(state, parcels={**books.parcels, **parcels}, compartments={**books.compartments, **held})


def _parcel(name: CompartmentId, **changes: Any) -> Parcel:  # noqa: ANN401 - fields of Parcel, as in replace
    plain = Parcel(
        parcel=parcel_in(name),
        state=ParcelState.STORED,
        compartment=name,
        resident=RESIDENT,
        courier=COURIER,
        visit=VISIT,
        carrier="dhl",
        check="ok",
        unit=UNIT,
        code_life=CodeLife.LIVE,
        notice=NoticeState.HELD,
    )
    return replace(plain, **changes)


def parcel_in(name: str) -> ParcelId:
    """What the parcel in that compartment is called."""
    return ParcelId(f"gallery-parcel-{name}")


def without_room(state: s.State, *sizes: str) -> s.State:
    """No compartment of these sizes is to be had."""
    taken = {
        place.compartment: Compartment(place.compartment, Custody.CHECK)
        for place in state.layout.places
        if place.size in sizes
    }
    return in_books(state, compartments={**state.books.compartments, **taken})


def at(state: s.State, place: s.Place, **changes: Any) -> s.State:  # noqa: ANN401 - fields of Visit, as in replace
    """A resident, or nobody known yet, is at that place of a visit."""
    return replace(state, visit=replace(s.Visit(VISIT, place, TOUCHED_MS, TOUCHED_MS), **changes))


def courier_at(state: s.State, place: s.Place, **changes: Any) -> s.State:  # noqa: ANN401 - fields of Visit
    """An identified courier is at that place of a visit."""
    return at(state, place, **{"courier": COURIER, "credential": "access code:C-dhl", **changes})


def opening(state: s.State, name: str, purpose: Purpose, stage: s.Stage, reminders: int = 0) -> s.State:
    """The visit's opening of a compartment, at that stage."""
    under_way = s.Opening(
        OPENING,
        CompartmentId(name),
        purpose,
        (parcel_in(name),),
        VISIT,
        "somebody",
        "something",
        stage=stage,
        since_ms=TOUCHED_MS,
        pulses=0 if stage is s.Stage.QUEUED else 1,
        reminders=reminders,
    )
    doors = {**state.doors, CompartmentId(name): Door(DoorState.OPEN)} if stage is s.Stage.OPEN else state.doors
    return replace(state, openings={OPENING: under_way}, doors=doors)
