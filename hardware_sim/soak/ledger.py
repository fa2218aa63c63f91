"""The ledger: what the entries say, added up in a second way that owes nothing to the kiosk's own books.

Holds what the invariants ask about: compartments, codes, visits, intents. It must not know what must hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kiosk.core import entries as e
from kiosk.core.entries import CodeLife, Entry
from kiosk.core.ids import CompartmentId, OpeningId, ParcelId, ResidentId, VisitId


@dataclass(slots=True)
class Slot:
    """One compartment as the entries have it."""

    free: bool = True
    check: bool = False
    out_of_order: str = ""
    """Why, if it is."""
    suspected: bool = False
    ordered: bool = False
    """A work order is open."""
    open: bool = False
    holds: dict[ParcelId, ResidentId] = field(default_factory=dict)


@dataclass(slots=True)
class Intent:
    """An unlock that was asked for and whose outcome is not recorded."""

    seq: int
    at_ms: int
    compartment: CompartmentId
    opened: bool = False


@dataclass(slots=True)
class Ledger:
    """One card's entries, added up one by one."""

    slots: dict[CompartmentId, Slot] = field(default_factory=dict)
    codes: dict[ParcelId, CodeLife] = field(default_factory=dict)
    where: dict[ParcelId, CompartmentId] = field(default_factory=dict)
    residents: dict[ParcelId, ResidentId] = field(default_factory=dict)
    stored: set[ParcelId] = field(default_factory=set)
    collected: set[ParcelId] = field(default_factory=set)
    visitors: dict[VisitId, str] = field(default_factory=dict)
    """Who identified themselves in a visit, as an opening names them."""
    ended: set[VisitId] = field(default_factory=set)
    intents: dict[OpeningId, Intent] = field(default_factory=dict)
    debits: dict[tuple[VisitId, int], int] = field(default_factory=dict)
    """Attempts not given back, and when they were debited."""
    bank_stopped: bool = False
    epoch: int = 0
    next_seq: int = 0
    began_ms: int | None = None
    sag_over_ms: int | None = None
    """When the last board was back that had fallen silent at a pulse."""

    def slot(self, name: CompartmentId) -> Slot:
        return self.slots.setdefault(name, Slot())

    def take(self, entry: Entry) -> None:  # noqa: C901, PLR0912, PLR0915 - one arm per kind that counts
        self.epoch, self.next_seq = entry.epoch, entry.seq + 1
        if self.began_ms is None:
            self.began_ms = entry.stamp.mono_ms
        match entry.body:
            case e.KioskStarted():
                self.visitors.clear()
            case e.CourierIdentified(visit=visit, courier=courier):
                self.visitors[visit] = f"courier:{courier}"
            case e.ResidentIdentified(visit=visit, resident=resident):
                self.visitors[visit] = f"resident:{resident}"
            case e.VisitEnded(visit=visit):
                self.ended.add(visit)
            case e.AttemptDebited(visit=visit, attempt=attempt):
                self.debits[visit, attempt] = entry.stamp.mono_ms
            case e.AttemptRefunded(visit=visit, attempt=attempt):
                self.debits.pop((visit, attempt), None)
            case e.ParcelReserved(parcel=parcel, compartment=name, resident=resident):
                self.residents[parcel] = resident
                self._put(parcel, name)
            case e.ParcelMoved(parcel=parcel, compartment=name):
                self._remove(parcel)
                self._put(parcel, name)
            case e.ReservationDropped(parcel=parcel) | e.ParcelWithdrawn(parcel=parcel):
                self._remove(parcel)
            case e.ParcelStored(parcel=parcel):
                self.stored.add(parcel)
                self.collected.discard(parcel)
            case e.ParcelKept(parcel=parcel):
                self.collected.discard(parcel)
            case e.ParcelCollected(parcel=parcel):
                self.collected.add(parcel)
            case e.CodeIssued(parcel=parcel):
                self.codes[parcel] = CodeLife.LIVE
            case e.CodeMoved(parcel=parcel, life=life):
                self.codes[parcel] = life
            case e.UnlockRequested(opening=opening, compartment=name):
                opened = opening in self.intents and self.intents[opening].opened
                self.intents[opening] = Intent(entry.seq, entry.stamp.mono_ms, name, opened)
            case e.DoorOpened(opening=opening, compartment=name):
                self.slot(name).open = True
                if opening in self.intents:
                    self.intents[opening].opened = True
            case e.DoorForced(compartment=name):
                self.slot(name).open = True
            case e.DoorShut(compartment=name):
                self.slot(name).open = False
            case e.DoorClosed(opening=opening, compartment=name) | e.DoorRelocked(opening=opening, compartment=name):
                self.slot(name).open = False
                self.intents.pop(opening, None)
            case e.OpeningFailed(opening=opening) | e.UnlockAbandoned(opening=opening) | e.DoorUnseen(opening=opening):
                self.intents.pop(opening, None)
            case e.WiringSuspected():
                self.bank_stopped = True
            case e.CompartmentFreed(compartment=name):
                self._free(name)
            case e.CompartmentChecked(compartment=name):
                self.slot(name).check = True
            case e.CompartmentOutOfOrder(compartment=name, reason=reason):
                self.slot(name).out_of_order = reason
            case e.BrownOut():
                self.sag_over_ms = entry.stamp.mono_ms
            case e.SupplyAlarm(compartments=names):
                self._acquit(names)
            case e.ContactSuspected(compartment=name):
                self.slot(name).suspected = True
            case e.WorkOrderOpened(compartment=name):
                self.slot(name).ordered = True
            case e.CompartmentRepaired(compartment=name):
                slot = self.slot(name)
                slot.out_of_order, slot.suspected, slot.ordered = "", False, False
            case _:
                pass

    def _acquit(self, names: Iterable[CompartmentId]) -> None:
        for slot in map(self.slot, names):
            if slot.out_of_order == "did not open":
                slot.out_of_order, slot.ordered = "", slot.suspected

    def _put(self, parcel: ParcelId, name: CompartmentId) -> None:
        slot = self.slot(name)
        slot.free = False
        slot.holds[parcel] = self.residents[parcel]
        self.where[parcel] = name

    def _remove(self, parcel: ParcelId) -> None:
        self.slot(self.where[parcel]).holds.pop(parcel, None)

    def _free(self, name: CompartmentId) -> None:
        slot = self.slot(name)
        slot.free = True
        slot.holds.clear()

    def overdue(self, now_ms: int, within_ms: int) -> Iterable[Intent]:
        """Intents without any outcome for longer than this."""
        return (each for each in self.intents.values() if not each.opened and now_ms - each.at_ms > within_ms)
