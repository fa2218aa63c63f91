"""A long record at once: parcels brought and collected one after the other, committed by the real journal.

Holds what one parcel's way writes, entry for entry as a kiosk does, and the writing of many. It must not know what is
measured with the record. All of it happens within the last day: of a record that took years, most attachments would
have been erased on the way.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from hardware_sim.site import COURIERS, KEYS
from kiosk import __version__
from kiosk.clock import SystemClock
from kiosk.config import Site
from kiosk.core import entries as e
from kiosk.core.books import Books
from kiosk.core.effects import NoticeFacts
from kiosk.core.entries import Body, ClockState, CodeLife, Entry, Purpose, Stamp
from kiosk.core.ids import CompartmentId, OpeningId, ParcelId, ResidentId, Secret, UnitId, VisitId
from kiosk.core.layout import HeightBand
from kiosk.core.notes import Checkpoint, origin_of, signed
from kiosk.ports import Journal
from kiosk.vault import SystemEntropy, seal_notice
from kiosk.wiring.boot import boot, database_path
from kiosk.wiring.checkpoints import EVERY_ENTRIES
from storage.checkpoints import keep_checkpoint, uncovered
from storage.database import Database, sync_file

COURIER, RESIDENT, UNIT = next(iter(COURIERS)), ResidentId("R-0004"), UnitId("2A")
NUMBER = "1Z999AA10123456784"
DAY_MS = 24 * 3_600_000
BOOT = 1


def way(number: int, compartment: CompartmentId, first_seq: int) -> tuple[Body, ...]:
    """Everything that a kiosk records of one parcel; its drop's first entry has this ``first_seq``."""
    parcel, drop, pickup = ParcelId(f"long-{number}"), OpeningId(f"long-{number}-in"), OpeningId(f"long-{number}-out")
    courier_visit, resident_visit = VisitId(f"long-{number}-c"), VisitId(f"long-{number}-r")
    by_courier, by_resident = (
        (f"courier:{COURIER}", f"access code:{COURIER}"),
        (f"resident:{RESIDENT}", f"code:{parcel}"),
    )
    return (
        e.AttemptDebited(courier_visit, 1, "courier", 9, 0),
        e.AttemptRefunded(courier_visit, 1, 10, 0),
        e.CourierIdentified(courier_visit, COURIER, by_courier[1]),
        e.RecipientLookedUp(courier_visit, COURIER, 1, UNIT),
        e.ParcelReserved(parcel, compartment, RESIDENT, COURIER, courier_visit, "ups", "ok", "size", UNIT, NUMBER),
        e.UnlockRequested(drop, 1, compartment, Purpose.DROP, (parcel,), courier_visit, *by_courier, 300),
        e.DoorOpened(drop, compartment, 240),
        e.CodeIssued(parcel, f"{number:064x}"),
        e.DoorClosed(drop, compartment, 5_200),
        e.ParcelStored(parcel, compartment, confirmed=False, undo_until_ms=60_000),
        e.DropConfirmed(parcel),
        e.VisitEnded(courier_visit, "courier", "finished", 8_300),
        e.NoticeReleased(parcel, first_seq + 7),
        e.AttemptDebited(resident_visit, 1, "pickup", 9, 0),
        e.AttemptRefunded(resident_visit, 1, 10, 0),
        e.ResidentIdentified(resident_visit, RESIDENT, by_resident[1]),
        e.UnlockRequested(pickup, 1, compartment, Purpose.PICKUP, (parcel,), resident_visit, *by_resident, 300),
        e.DoorOpened(pickup, compartment, 240),
        e.CodeMoved(parcel, CodeLife.GRACE),
        e.DoorClosed(pickup, compartment, 5_200),
        e.ParcelCollected(parcel, compartment, confirmed=False),
        e.CodeMoved(parcel, CodeLife.GRACE, 360_000),
        e.VisitEnded(resident_visit, "resident", "finished", 7_600),
        e.CodeMoved(parcel, CodeLife.SPENT, reason="grace over"),
        e.CompartmentFreed(compartment, "collected"),
    )


class Writer:
    """Adds to a record that a boot has begun, and signs as it goes."""

    def __init__(self, site: Site, journal: Journal, database: Database, entries: int) -> None:
        self._journal, self._database = journal, database
        self._places = [place.compartment for place in site.layout.places]
        self._record = site.machine.identity.log
        self._entries = entries
        self._began_ms = time.time_ns() // 1_000_000 - DAY_MS
        facts = NoticeFacts(ParcelId("long"), RESIDENT, UNIT, self._places[0], 1, HeightBand.KNEE, "ups", NUMBER)
        self._notice = seal_notice(facts, Secret("12345678"), KEYS.notice_key, SystemEntropy())

    def parcels(self) -> None:
        """Bring and collect until there are enough entries."""
        for bodies in self._pairs():
            self.commit(bodies)
            self._sign()

    def _pairs(self) -> Iterator[Sequence[Body]]:
        """As many parcels' ways as fill a checkpoint."""
        number = 0
        while (first := self._journal.books().next_seq) < self._entries:
            bodies: list[Body] = []
            while len(bodies) < EVERY_ENTRIES:
                bodies += way(number, self._places[number % len(self._places)], first + len(bodies))
                number += 1
            yield bodies

    def commit(self, bodies: Sequence[Body]) -> None:
        books = self._journal.books()
        self._journal.commit([self._entry(books, seq, body) for seq, body in enumerate(bodies, books.next_seq)])

    def _entry(self, books: Books, seq: int, body: Body) -> Entry:
        since_ms = DAY_MS * seq // max(self._entries, 1)
        stamp = Stamp(max(books.mono_ms, since_ms), self._began_ms + since_ms, ClockState.TRUSTED, BOOT, seq)
        return Entry(books.epoch, seq, stamp, body, self._notice if isinstance(body, e.CodeIssued) else None)

    def _sign(self) -> None:
        signer, about = KEYS.signer, uncovered(self._database)
        assert signer is not None
        assert about is not None
        origin = origin_of(self._record, about.epoch)
        text = Checkpoint(origin, about.size, about.root).text
        note = signed(text, signer.verifier_key(origin), signer.sign(text.encode()))
        keep_checkpoint(self._database, about, str(note))


def write_long_record(site: Site, entries: int) -> Path:
    """A record of so many entries for this site, as its kiosk left it at a clean stop."""
    booted = boot(site, SystemEntropy(), SystemClock)
    assert booted.database is not None
    try:
        _hasten(booted.database)
        writer = Writer(site, booted.journal, booted.database, entries)
        writer.commit([e.KioskStarted(BOOT, __version__, sqlite3.sqlite_version, "new")])
        writer.parcels()
        writer.commit([e.KioskStopped("asked")])
    finally:
        booted.database.close()
    sync_file(database_path(site))
    return database_path(site)


def _hasten(database: Database) -> None:
    """Nobody needs what is written before all of it is: no commit waits for the disk."""
    with closing(database.writer.raw_connection()) as held:
        held.cursor().execute("PRAGMA synchronous=OFF")
