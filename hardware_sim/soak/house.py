"""The house of a simulated run: the kiosk and its bank, what truly lies behind each door, and the residents' phones.

Holds the truth that no record can know. It must not know who comes, what they want, or what must hold.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from hardware_sim.bank import SimBank
from hardware_sim.kiosk import SimKiosk
from hardware_sim.phone import Phones
from kiosk.core.entries import CodeLife, CodeMoved, Entry, Purpose, UnlockRequested
from kiosk.core.ids import CompartmentId, ParcelId, ResidentId, UnitId
from kiosk.core.layout import Place
from kiosk.core.state import Opening
from kiosk.core.view import ScreenModel


@dataclass(slots=True, eq=False)
class Thing:
    """A parcel, or whatever else somebody puts behind a door."""

    number: str
    """What its label says; "" if it has no barcode."""
    unit: UnitId = UnitId("")
    resident: ResidentId = ResidentId("")
    """For whom its courier recorded it; "" before."""
    unsaid: bool = False
    """Somebody left it behind, or the record was told something else: no kiosk without eyes can know of it."""


@dataclass(eq=False)
class House:
    """Everything people can see, touch and carry."""

    bank: SimBank
    kiosk: SimKiosk
    phones: Phones = field(default_factory=Phones)
    lit: bool = False
    """Whether the kiosk runs."""
    taking: ResidentId = ResidentId("")
    """The resident who stands in front of the kiosk."""
    contents: dict[CompartmentId, list[Thing]] = field(default_factory=dict)
    over: set[ParcelId] = field(default_factory=set)
    """Parcels whose code is spent, also in a record that a copy has taken the place of."""
    excused_until_us: int = -1
    """Until then boards switch locks by themselves, which is no pulse of any kiosk's."""

    def __post_init__(self) -> None:
        """Item sensors see what truly lies inside."""
        fitted = [place for place in self.bank.layout.places if place.item_sensor]
        for board in {place.contact.board for place in fitted}:
            own = [place for place in fitted if place.contact.board == board]
            self.bank.boards[board].looks_inside = partial(self._filled, own)

    def _filled(self, places: Iterable[Place]) -> Iterator[int]:
        return (place.contact.channel for place in places if self.contents.get(place.compartment))

    @property
    def screen(self) -> ScreenModel | None:
        """What people see; None while it is dark."""
        return self.kiosk.screen if self.lit and self.kiosk.screens else None

    def openings(self) -> tuple[Opening, ...]:
        """The openings under way, for whoever leaves an open door behind."""
        return tuple(self.kiosk.engine.state.openings.values()) if self.lit else ()

    def inside(self, name: CompartmentId) -> list[Thing]:
        """What lies behind this door in fact."""
        return self.contents.setdefault(name, [])

    def is_open(self, name: CompartmentId) -> bool:
        return self.bank.door(name).is_open

    def take(self, entries: Iterable[Entry]) -> None:
        """The phones hear of what leaves the kiosk; and whose door opens while they are gone leaves what is inside."""
        self.phones.take(entries)
        for entry in entries:
            match entry.body:
                case UnlockRequested(purpose=Purpose.PICKUP, compartment=name) if entry.body.by != self._taker:
                    self.forget(name)
                case CodeMoved(parcel=parcel, life=CodeLife.SPENT):
                    self.over.add(parcel)
                case _:
                    pass

    @property
    def _taker(self) -> str:
        return f"resident:{self.taking}"

    def excuse_until(self, end_us: int) -> None:
        self.excused_until_us = max(self.excused_until_us, end_us)

    @property
    def excused(self) -> bool:
        """Whether boards switch locks by themselves now; what they did so far is forgotten then."""
        if self.bank.world.now_us > self.excused_until_us:
            return False
        supply = self.bank.supply
        supply.overlaps.clear()
        for _, use in supply.uses():
            use.longest_us = 0
        return True

    def forget(self, name: CompartmentId) -> None:
        """Whoever could have taken it from here did not."""
        for thing in self.inside(name):
            thing.unsaid = True

    def renew(self, kiosk: SimKiosk) -> None:
        """Staff take everything out and put a kiosk with an empty card in."""
        self.contents.clear()
        self.over.clear()
        self.phones = Phones()
        self.kiosk = kiosk
