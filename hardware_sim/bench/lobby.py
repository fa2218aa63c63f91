"""The lobby: parcels in people's hands and in the bank, doors that people pull and push, a scanner, faults.

Holds what people can do with their hands, and nothing more: a shut door opens only if its latch let go. It must not
know the kiosk. Everything here happens in the world's thread.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hardware_sim.bank import SimBank
from hardware_sim.doors import SimDoor
from hardware_sim.fault_names import MOMENTARY, begin, end, offered
from hardware_sim.labels import CARRIERS, LONGEST, Label, sample, symbol_svg
from hardware_sim.scanner import SimScanner
from hardware_sim.site import RESIDENTS, WORDS
from kiosk.core.ids import CompartmentId, UnitId

CART = "cart"
"""Where a parcel is that is in no compartment."""
MOST_PARCELS = 60
FIRST_SERIAL = 3571
ADDRESSEES = (UnitId("2A"), UnitId("1A"), UnitId("2B"), UnitId("1B"), UnitId("1A"), UnitId("2A"))
"""The units on the sample labels, one for each carrier."""


class CannotError(Exception):
    """A thing that hands cannot do; the text says why."""


@dataclass(slots=True)
class SimParcel:
    """One parcel. ``where`` is a compartment, or the cart."""

    parcel: str
    label: Label
    where: str = CART


def _names() -> Mapping[UnitId, str]:
    """The first resident of each unit, as the site's directory names them."""
    words = iter(WORDS)
    named = {unit: [f"{next(words)} Example" for _ in residents] for unit, residents in RESIDENTS.items()}
    return {unit: names[0] for unit, names in named.items()}


@dataclass(slots=True)
class Lobby:
    """``on_change`` is called after everything that changed."""

    bank: SimBank
    scanner: SimScanner
    on_change: Callable[[], None] = lambda: None
    parcels: dict[str, SimParcel] = field(default_factory=dict)
    in_hand: str = ""
    """The parcel that was scanned or taken last: the one that goes into the next door."""
    _faults: dict[CompartmentId, dict[str, None]] = field(default_factory=dict)
    """What was broken by which door, in its order."""
    _serial: int = FIRST_SERIAL

    def __post_init__(self) -> None:
        for door in self.bank.doors.values():
            door.watchers.append(lambda _door: self.on_change())
        self.bring_parcels()

    # Parcels

    def bring_parcels(self) -> None:
        """A parcel of each carrier comes in. Raises CannotError when there are too many."""
        self._room_for(len(CARRIERS))
        names = _names()
        for carrier, unit in zip(CARRIERS, ADDRESSEES, strict=True):
            self._bring(sample(carrier, self._serial, unit, names[unit]))
        self._serial += 113
        self.on_change()

    def write_label(self, text: str) -> str:
        """A parcel with a label of somebody's own comes in, "" for one without a barcode; its id."""
        if len(text) > LONGEST or not all(letter.isprintable() for letter in text):
            message = f"up to {LONGEST} printable letters are allowed on a label"
            raise CannotError(message)
        self._room_for(1)
        unit = ADDRESSEES[0]
        label = Label("", "Own label" if text else "No barcode", text, text, unit, _names()[unit])
        self.in_hand = self._bring(label)
        self.on_change()
        return self.in_hand

    def _room_for(self, count: int) -> None:
        if len(self.parcels) + count > MOST_PARCELS:
            message = f"{MOST_PARCELS} parcels are enough: use those that are there"
            raise CannotError(message)

    def _bring(self, label: Label) -> str:
        name = f"p{len(self.parcels) + 1}"
        self.parcels[name] = SimParcel(name, label)
        return name

    def parcel(self, name: str) -> SimParcel:
        """Raises CannotError for one that does not exist."""
        if name not in self.parcels:
            message = f"there is no parcel {name!r}"
            raise CannotError(message)
        return self.parcels[name]

    def symbol(self, name: str) -> str:
        """The picture of a parcel's barcode."""
        return symbol_svg(self.parcel(name).label)

    # The scanner

    def scan_label(self, name: str) -> None:
        parcel = self.parcel(name)
        if not parcel.label.scanned:
            message = "this parcel has no barcode: touch No barcode on the screen, or take another one"
            raise CannotError(message)
        if parcel.where != CART:
            message = f"the parcel is in {parcel.where}: take it out first"
            raise CannotError(message)
        self.in_hand = name
        self.scan_text(parcel.label.scanned)
        self.on_change()

    def scan_text(self, text: str) -> None:
        """Hold something before the scanner."""
        self.scanner.scan(text)

    # Doors

    def door(self, name: str) -> SimDoor:
        """Raises CannotError for one that the bank does not have."""
        if name not in self.bank.doors:
            message = f"there is no door {name!r}"
            raise CannotError(message)
        return self.bank.doors[CompartmentId(name)]

    def pull(self, name: str) -> None:
        if not self.door(name).pull():
            message = f"{name} does not move: its latch holds it. Only the kiosk can let it go."
            raise CannotError(message)

    def push(self, name: str) -> None:
        if not self.door(name).push():
            message = f"{name} cannot be pushed shut"
            raise CannotError(message)

    def put_in(self, name: str, parcel: str) -> None:
        """Put a parcel from the cart in; the one in hand if none is named."""
        self._open(name)
        held = self.parcel(parcel or self.in_hand) if parcel or self.in_hand else self._next_in_cart()
        if held.where != CART:
            message = f"that parcel is in {held.where}"
            raise CannotError(message)
        held.where, self.in_hand = name, ""
        self.parcels[held.parcel] = self.parcels.pop(held.parcel)  # in their order, so that the last in comes out first
        self.on_change()

    def take_out(self, name: str) -> None:
        """Take the parcel that was put in last."""
        self._open(name)
        inside = self.inside(name)
        if not inside:
            message = f"{name} is empty"
            raise CannotError(message)
        inside[-1].where = CART
        self.on_change()

    def inside(self, name: str) -> list[SimParcel]:
        return [parcel for parcel in self.parcels.values() if parcel.where == name]

    def _next_in_cart(self) -> SimParcel:
        for parcel in self.parcels.values():
            if parcel.where == CART:
                return parcel
        message = "no parcel is at hand: bring new ones"
        raise CannotError(message)

    def _open(self, name: str) -> SimDoor:
        door = self.door(name)
        if not door.is_open:
            message = f"{name} is shut"
            raise CannotError(message)
        return door

    # Faults

    def faults(self, name: str) -> tuple[str, ...]:
        """What can go wrong with a door and all that it needs."""
        return offered(self.bank, self.door(name).compartment)

    def spoil(self, name: str, fault: str) -> None:
        """Let this be wrong from now on with a door, or with its board, its line, the supply or the scanner."""
        if fault not in self.faults(name):
            message = f"there is no fault {fault!r} of {name}: {', '.join(self.faults(name))} are known"
            raise CannotError(message)
        begin(self.bank, self.scanner, fault, CompartmentId(name))
        if fault not in MOMENTARY:
            self._faults.setdefault(CompartmentId(name), {})[fault] = None
        self.on_change()

    def mend(self) -> None:
        """Nothing is wrong any more; doors stay as they are."""
        end(self.bank, self.scanner)
        self._faults.clear()
        self.on_change()

    # What one sees

    def doors_told(self) -> dict[str, Any]:
        return {
            name: {"open": door.is_open, "faults": [*self._faults.get(name, ())]}
            for name, door in self.bank.doors.items()
        }

    def parcels_told(self) -> list[dict[str, Any]]:
        return [
            {
                "parcel": parcel.parcel,
                "where": parcel.where,
                "carrier": parcel.label.carrier,
                "service": parcel.label.service,
                "printed": parcel.label.printed,
                "barcode": bool(parcel.label.scanned),
                "unit": parcel.label.unit,
                "name": parcel.label.name,
                "in_hand": parcel.parcel == self.in_hand,
            }
            for parcel in self.parcels.values()
        ]
