"""Allocation: which compartment a parcel gets, as a pure function that can say why.

Holds the criteria as a table, walked from first to last. It must not know visits or openings: it judges what it is
shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kiosk.core.books import Compartment, Custody, Parcel, ParcelState
from kiosk.core.doors import Door, DoorState
from kiosk.core.entries import CodeLife
from kiosk.core.ids import CompartmentId, ParcelId, ResidentId, SizeName
from kiosk.core.layout import ContactSource, Layout, Place, Size
from kiosk.core.policy import Policy


@dataclass(frozen=True, slots=True)
class Bank:
    """What allocation looks at: the bank as built, as recorded and as its contacts say."""

    layout: Layout
    policy: Policy
    compartments: Mapping[CompartmentId, Compartment]
    parcels: Mapping[ParcelId, Parcel]
    doors: Mapping[CompartmentId, Door]
    busy: frozenset[CompartmentId] = frozenset()
    """Compartments with an opening under way."""
    filled: frozenset[CompartmentId] = frozenset()
    """Compartments in which an item sensor sees something."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a parcel needs. ``exact`` means that a person named this very size, and no other will do."""

    size: SizeName
    exact: bool = True
    needs_reach: bool = False
    avoided: frozenset[CompartmentId] = frozenset()


@dataclass(frozen=True, slots=True)
class Allocation:
    compartment: CompartmentId
    reason: str
    """The criteria that left something out, in order, such as ``size, wear``; ``only one`` if there was no choice."""


def is_assignable(bank: Bank, place: Place) -> bool:
    """Whether the record and the contact agree that this compartment is empty, shut and in order."""
    compartment = bank.compartments.get(place.compartment)
    return (
        compartment is not None
        and compartment.custody is Custody.FREE
        and not compartment.out_of_order
        and not compartment.suspected
        and not compartment.door_open
        and _is_shut(bank, place)
        and place.compartment not in bank.busy
        and place.compartment not in bank.filled
    )


def _is_shut(bank: Bank, place: Place) -> bool:
    """Whether the contact says so; where there is none, the person who used the door last has said so."""
    blind = place.contact.source is ContactSource.NONE
    return blind or bank.doors.get(place.compartment, Door()).state is DoorState.CLOSED


def assignable(bank: Bank) -> list[Place]:
    return [place for place in bank.layout.places if is_assignable(bank, place)]


def _large_enough(bank: Bank, ask: Ask, places: Sequence[Place]) -> Sequence[Place]:
    """The asked size alone if a person named it; otherwise the smallest size not below it that still has a door."""
    order = [size.name for size in bank.layout.sizes]
    wanted = order[order.index(ask.size) :]
    for size in wanted[:1] if ask.exact else wanted:
        of_size = [place for place in places if place.size == size]
        if of_size:
            return of_size
    return []


def _not_reserved(bank: Bank, ask: Ask, places: Sequence[Place]) -> Sequence[Place]:
    """What fits a smaller size never takes the last doors of a larger one: they are kept for later carriers."""
    chosen_by_person = ask.exact or (bool(places) and places[0].size == ask.size)
    return places if chosen_by_person or len(places) > bank.policy.large_reserve else []


def _reachable(_bank: Bank, ask: Ask, places: Sequence[Place]) -> Sequence[Place]:
    """Who needs reach gets it or nothing, never silently a high door."""
    return [place for place in places if place.within_reach] if ask.needs_reach else places


def _accessible_kept(_bank: Bank, ask: Ask, places: Sequence[Place]) -> Sequence[Place]:
    """Accessible compartments go to those who need them, and to nobody else."""
    if not ask.needs_reach:
        return [place for place in places if not place.accessible]
    accessible = [place for place in places if place.accessible]
    return accessible or places


def _least_worn(bank: Bank, _ask: Ask, places: Sequence[Place]) -> Sequence[Place]:
    fewest = min((bank.compartments[place.compartment].pulses for place in places), default=0)
    return [place for place in places if bank.compartments[place.compartment].pulses == fewest]


def _not_avoided(_bank: Bank, ask: Ask, places: Sequence[Place]) -> Sequence[Place]:
    return [place for place in places if place.compartment not in ask.avoided]


Criterion = Callable[[Bank, Ask, Sequence[Place]], Sequence[Place]]

CRITERIA: tuple[tuple[str, Criterion], ...] = (
    ("avoided", _not_avoided),
    ("reach", _reachable),
    ("accessible", _accessible_kept),
    ("size", _large_enough),
    ("reserve", _not_reserved),
    ("wear", _least_worn),
)


def allocate(bank: Bank, ask: Ask) -> Allocation | None:
    """The compartment for this parcel, or None. Equal ones are taken in the order of the layout."""
    places: Sequence[Place] = assignable(bank)
    decided = []
    for name, criterion in CRITERIA:
        narrowed = criterion(bank, ask, places)
        if len(narrowed) < len(places):
            decided.append(name)
        places = narrowed
    if not places:
        return None
    return Allocation(places[0].compartment, ", ".join(decided) or "only one")


@dataclass(frozen=True, slots=True)
class SizeOffer:
    """One size as offered: how many doors are free for this parcel, and whether it is the one suggested."""

    size: Size
    free: int
    suggested: bool


def size_offers(bank: Bank, ask: Ask, larger_than: SizeName | None = None) -> tuple[SizeOffer, ...]:
    """Every size with what is free of it; the smallest free one above ``larger_than`` is suggested."""
    free = {size.name: _free(bank, ask, size.name) for size in bank.layout.sizes}
    names = [size.name for size in bank.layout.sizes]
    too_small = set(names[: names.index(larger_than) + 1]) if larger_than else set()
    open_to_choice = [name for name in names if free[name] and name not in too_small]
    return tuple(
        SizeOffer(size, 0 if size.name in too_small else free[size.name], size.name == next(iter(open_to_choice), None))
        for size in bank.layout.sizes
    )


def _free(bank: Bank, ask: Ask, size: SizeName) -> int:
    places: Sequence[Place] = [place for place in assignable(bank) if place.size == size]
    for criterion in (_not_avoided, _reachable, _accessible_kept):
        places = criterion(bank, ask, places)
    return len(places)


def shared_with(bank: Bank, resident: ResidentId) -> tuple[CompartmentId, ...]:
    """Compartments in order that hold this resident's parcels and nobody else's: the courier may add to them."""
    return tuple(
        place.compartment
        for place in bank.layout.places
        if place.compartment in bank.compartments and _is_only_of(bank, place, resident)
    )


def _is_only_of(bank: Bank, place: Place, resident: ResidentId) -> bool:
    """A compartment that is Check may still name parcels that are gone from the books."""
    compartment = bank.compartments[place.compartment]
    return (
        compartment.custody is Custody.OCCUPIED
        and not compartment.out_of_order
        and not compartment.suspected
        and place.compartment not in bank.busy
        and _is_shut(bank, place)
        and bool(compartment.parcels)
        and all(_is_kept_for(bank.parcels[name], resident) for name in compartment.parcels)
    )


def _is_kept_for(parcel: Parcel, resident: ResidentId) -> bool:
    """Its pickup has not begun: one that a power cut ended leaves its compartment occupied, and then Check."""
    waits = parcel.state is ParcelState.STORED and parcel.code_life in (CodeLife.NONE, CodeLife.LIVE)
    return waits and parcel.resident == resident
