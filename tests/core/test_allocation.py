"""Each criterion of the allocation decides alone at least once; nothing uncertain is ever given away."""

from dataclasses import replace

import pytest

from kiosk.core.allocation import Allocation, Ask, Bank, SizeOffer, allocate, assignable, shared_with, size_offers
from kiosk.core.books import Compartment, Custody, Parcel, ParcelState
from kiosk.core.doors import Door, DoorState
from kiosk.core.entries import CodeLife
from kiosk.core.ids import CompartmentId, CourierId, ParcelId, ResidentId, VisitId
from kiosk.core.layout import Contact, ContactSource, Layout, Place
from kiosk.core.policy import Policy
from tests.core.desk import LARGE, MEDIUM, SIZES, SMALL, place

CLOSED = Door(DoorState.CLOSED)
TWO = (place("A01", SMALL, 1), place("A02", SMALL, 2))
OTHERS = frozenset({CompartmentId("A01")})


def bank(*places: Place, **known: Compartment) -> Bank:
    """A bank of shut, free compartments but for what is said of some."""
    compartments = {p.compartment: Compartment(p.compartment) for p in places}
    compartments |= {CompartmentId(name): compartment for name, compartment in known.items()}
    doors = {p.compartment: CLOSED for p in places}
    return Bank(Layout(1, SIZES, places), Policy(), compartments, {}, doors)


def a01(**changes: object) -> Compartment:
    return replace(Compartment(CompartmentId("A01")), **changes)  # type: ignore[arg-type]


def test_the_first_of_equal_compartments_is_taken_and_no_criterion_decided() -> None:
    assert allocate(bank(*TWO), Ask(SMALL)) == Allocation(CompartmentId("A01"), "only one")


def test_the_asked_size_alone_decides() -> None:
    found = allocate(bank(place("A01", SMALL, 1), place("A02", MEDIUM, 2)), Ask(MEDIUM))

    assert found == Allocation(CompartmentId("A02"), "size")


def test_a_size_named_by_a_person_is_never_replaced_by_another() -> None:
    assert allocate(bank(place("A02", MEDIUM, 2)), Ask(SMALL)) is None


def test_the_smallest_size_not_below_the_asked_one_is_taken_when_no_person_named_it() -> None:
    places = (place("A01", LARGE, 1), place("A02", LARGE, 2), place("A03", MEDIUM, 3), place("A04", MEDIUM, 4))

    found = allocate(bank(*places), Ask(SMALL, exact=False))

    assert found == Allocation(CompartmentId("A03"), "size")


def test_the_last_large_door_is_kept_from_a_parcel_that_fits_a_smaller_size() -> None:
    one_medium = bank(place("A03", MEDIUM, 3))

    assert allocate(one_medium, Ask(SMALL, exact=False)) is None
    assert allocate(replace(one_medium, policy=Policy(large_reserve=0)), Ask(SMALL, exact=False)) is not None
    assert allocate(one_medium, Ask(MEDIUM, exact=False)) is not None


def test_reach_alone_decides_for_a_resident_who_needs_it() -> None:
    places = (place("A01", SMALL, 1, bottom_mm=1500), place("A02", SMALL, 2, bottom_mm=700))

    assert allocate(bank(*places), Ask(SMALL, needs_reach=True)) == Allocation(CompartmentId("A02"), "reach")


def test_a_high_door_is_never_given_silently_to_who_cannot_reach_it() -> None:
    assert allocate(bank(place("A01", SMALL, 1, bottom_mm=1500)), Ask(SMALL, needs_reach=True)) is None


def test_an_accessible_compartment_is_kept_for_who_needs_it() -> None:
    places = (place("A01", SMALL, 1, accessible=True), place("A02", SMALL, 2))

    assert allocate(bank(*places), Ask(SMALL)) == Allocation(CompartmentId("A02"), "accessible")
    assert allocate(bank(places[0]), Ask(SMALL)) is None
    needed = allocate(bank(places[1], places[0]), Ask(SMALL, needs_reach=True))
    assert needed == Allocation(CompartmentId("A01"), "accessible")


def test_the_least_worn_lock_alone_decides() -> None:
    assert allocate(bank(*TWO, A01=a01(pulses=5)), Ask(SMALL)) == Allocation(CompartmentId("A02"), "wear")


def test_a_compartment_avoided_in_this_visit_is_not_given_again() -> None:
    assert allocate(bank(*TWO), Ask(SMALL, avoided=OTHERS)) == Allocation(CompartmentId("A02"), "avoided")


UNFIT = {
    "check": a01(custody=Custody.CHECK),
    "occupied": a01(custody=Custody.OCCUPIED),
    "grace": a01(custody=Custody.GRACE),
    "reserved": a01(custody=Custody.RESERVED),
    "out of order": a01(out_of_order="did not open"),
    "suspected": a01(suspected="contact fault"),
    "recorded open": a01(door_open=True),
}


@pytest.mark.parametrize("known", UNFIT.values(), ids=UNFIT.keys())
def test_a_compartment_that_is_not_surely_empty_and_in_order_is_never_given(known: Compartment) -> None:
    assert assignable(bank(*TWO, A01=known)) == [TWO[1]]


@pytest.mark.parametrize("state", [DoorState.OPEN, DoorState.UNKNOWN])
def test_a_door_that_is_not_seen_shut_is_never_given(state: DoorState) -> None:
    seen = bank(*TWO)

    assert assignable(replace(seen, doors={**seen.doors, CompartmentId("A01"): Door(state)})) == [TWO[1]]


def test_a_door_without_a_contact_is_given_on_the_record_alone() -> None:
    blind = place("A01", SMALL, 1, contact=Contact(ContactSource.NONE))

    assert assignable(replace(bank(blind), doors={})) == [blind]
    assert assignable(bank(blind, A01=a01(custody=Custody.OCCUPIED))) == []


def test_a_compartment_with_an_opening_or_outside_the_record_is_never_given() -> None:
    assert assignable(replace(bank(*TWO), busy=OTHERS)) == [TWO[1]]
    assert assignable(replace(bank(*TWO), compartments={})) == []


def test_sizes_are_offered_with_what_is_free_and_the_smallest_is_suggested() -> None:
    offered = size_offers(bank(place("A03", MEDIUM, 3), place("A05", LARGE, 5)), Ask(SMALL))

    assert offered == (
        SizeOffer(SIZES[0], 0, suggested=False),
        SizeOffer(SIZES[1], 1, suggested=True),
        SizeOffer(SIZES[2], 1, suggested=False),
    )


def test_only_larger_sizes_are_offered_to_a_parcel_that_did_not_fit() -> None:
    offered = size_offers(bank(*TWO, place("A05", LARGE, 5)), Ask(SMALL), larger_than=MEDIUM)

    assert [(offer.free, offer.suggested) for offer in offered] == [(0, False), (0, False), (1, True)]


def parcel(name: str, resident: str, state: ParcelState = ParcelState.STORED) -> Parcel:
    return Parcel(
        ParcelId(name),
        state,
        CompartmentId("A01"),
        ResidentId(resident),
        CourierId("C1"),
        VisitId("v"),
        "ups",
        "ok",
    )


def shared(*parcels: Parcel, **changes: object) -> tuple[CompartmentId, ...]:
    held = a01(custody=Custody.OCCUPIED, parcels=tuple(p.parcel for p in parcels))
    seen = replace(bank(*TWO, A01=held), parcels={p.parcel: p for p in parcels})
    return shared_with(replace(seen, **changes), ResidentId("R1"))  # type: ignore[arg-type]


def test_a_parcel_may_be_added_only_where_all_is_the_same_residents() -> None:
    assert shared(parcel("p1", "R1")) == (CompartmentId("A01"),)
    assert shared(parcel("p1", "R1"), parcel("p2", "R2")) == ()
    assert shared(parcel("p1", "R1", ParcelState.DISPUTED)) == ()
    for life in CodeLife:
        waits = life in (CodeLife.NONE, CodeLife.LIVE)
        assert bool(shared(replace(parcel("p1", "R1"), code_life=life))) == waits, (
            "its pickup began, and nobody saw its end"
        )
    assert shared(parcel("p1", "R1"), busy=OTHERS) == ()
    assert shared(parcel("p1", "R1"), doors={}) == ()
    assert shared(parcel("p1", "R1"), compartments={}) == ()


def test_a_compartment_that_is_occupied_by_nothing_known_is_nobodys_to_share() -> None:
    """The record may not know any more what lies there."""
    assert shared() == ()
