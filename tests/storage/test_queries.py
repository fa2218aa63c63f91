"""Queries: the chain of custody, entries and parcels as people ask for them. On real SQLite files."""

from dataclasses import replace

import pytest

from kiosk.core import entries as e
from kiosk.core.books import ParcelState
from kiosk.core.entries import CodeLife, Entry, Purpose
from kiosk.core.ids import CompartmentId, CourierId, OpeningId, ParcelId, ResidentId, UnitId
from storage import queries
from storage.journal import SqlJournal
from storage.record_file import RecordFileError
from storage.start import Opened
from tests.storage.conftest import write
from tests.storage.histories import KIOSK, History, begin, history_of

PARCEL, OTHER = ParcelId("kiosk-7-1-5"), ParcelId("kiosk-7-1-55")
DROP, PICKUP = OpeningId("kiosk-7-1-6"), OpeningId("kiosk-7-1-12")
A1, A2 = CompartmentId("A01"), CompartmentId("A02")


@pytest.fixture
def told(journal: SqlJournal) -> History:
    """One parcel's whole way, with another one's beside it."""
    history = history_of(1, 0)
    begin(history)
    visit, courier, resident = history.visit(), CourierId("courier-1"), ResidentId("resident-1")

    def reserved(parcel: ParcelId, where: CompartmentId) -> e.ParcelReserved:
        return e.ParcelReserved(parcel, where, resident, courier, visit, "ups", "ok", "fits", UnitId("12B"), "1Z5")

    def unlock(opening: OpeningId, purpose: Purpose, by: str) -> e.UnlockRequested:
        return e.UnlockRequested(opening, 1, A1, purpose, (PARCEL,), visit, by, "code", 300)

    history.commit(reserved(PARCEL, A1), unlock(DROP, Purpose.DROP, courier))
    history.commit(reserved(OTHER, A2))
    history.commit(e.DoorOpened(DROP, A1, 150))
    history.commit(e.CodeIssued(PARCEL, "ab" * 32), notice=b"sealed")
    history.commit(e.DoorClosed(DROP, A1, 4_000), e.ParcelStored(PARCEL, A1, confirmed=False, undo_until_ms=9))
    history.commit(unlock(PICKUP, Purpose.PICKUP, resident))
    history.commit(e.DoorOpened(PICKUP, A1, 140), e.CodeMoved(PARCEL, CodeLife.GRACE))
    history.commit(e.DoorClosed(PICKUP, A1, 9_000), e.ParcelCollected(PARCEL, A1, confirmed=True))
    write(journal, history)
    return history


def test_the_chain_of_custody_tells_who_did_what_where_and_when(opened: Opened, told: History) -> None:
    chain = queries.chain_of_custody(opened.database, PARCEL)
    assert [(row.kind, row.actor) for row in chain] == [
        ("parcel_reserved", "courier-1"),
        ("unlock_requested", "courier-1"),
        ("door_opened", "courier-1"),
        ("code_issued", "kiosk"),
        ("door_closed", "courier-1"),
        ("parcel_stored", "courier-1"),
        ("unlock_requested", "resident-1"),
        ("door_opened", "resident-1"),
        ("code_moved", "kiosk"),
        ("door_closed", "resident-1"),
        ("parcel_collected", "resident-1"),
    ]
    assert {(row.compartment, row.unit, row.tracking_number) for row in chain} == {("A01", "12B", "1Z5")}
    by_seq = {x.seq: x.stamp for entries in told.commits for x in entries}
    assert [(row.wall_ms, row.clock_state) for row in chain] == [
        (by_seq[row.seq].wall_ms, by_seq[row.seq].clock_state) for row in chain
    ]


def test_a_parcel_whose_id_begins_like_anothers_has_its_own_chain(opened: Opened, told: History) -> None:
    assert told.books.parcels[OTHER].compartment == A2
    assert [row.kind for row in queries.chain_of_custody(opened.database, OTHER)] == ["parcel_reserved"]


def test_a_parcel_that_never_was_has_no_chain(opened: Opened, told: History) -> None:
    assert told.books.kiosk == KIOSK
    assert queries.chain_of_custody(opened.database, ParcelId("kiosk-7-1-999")) == ()
    assert queries.parcel(opened.database, ParcelId("kiosk-7-1-999")) is None


def test_an_overflow_has_a_chain_although_it_was_in_no_compartment(opened: Opened, journal: SqlJournal) -> None:
    history = history_of(1, 0)
    begin(history)
    where = (CourierId("c"), history.visit(), ResidentId("r"), "dhl", "none", "full", "desk")
    history.commit(e.OverflowRecorded(PARCEL, *where))
    write(journal, history)
    (row,) = queries.chain_of_custody(opened.database, PARCEL)
    assert (row.kind, row.actor, row.compartment) == ("overflow_recorded", "c", "")


def test_every_parcel_of_a_long_history_has_a_chain_that_begins_it(opened: Opened, journal: SqlJournal) -> None:
    write(journal, history_of(2, 400))
    for state in ParcelState:
        for parcel in queries.parcels_in(opened.database, state):
            assert parcel.state is state
            assert queries.parcel(opened.database, parcel.parcel) == parcel
            chain = queries.chain_of_custody(opened.database, parcel.parcel)
            assert chain[0].kind in ("parcel_reserved", "overflow_recorded")
            assert [(row.epoch, row.seq) for row in chain] == sorted((row.epoch, row.seq) for row in chain)


def test_parcels_are_found_by_state(opened: Opened, told: History) -> None:
    assert [p.parcel for p in queries.parcels_in(opened.database, ParcelState.COLLECTED)] == [PARCEL]
    assert queries.parcels_in(opened.database, ParcelState.RESERVED) == (told.books.parcels[OTHER],)


def _as_committed(entry: Entry) -> Entry:
    """Without the root that the journal has filled in."""
    body = entry.body
    return replace(entry, body=replace(body, previous_root="")) if isinstance(body, e.EpochStarted) else entry


def test_entries_come_back_as_they_were_committed(opened: Opened, journal: SqlJournal) -> None:
    history = history_of(3, 80, epochs=2)
    write(journal, history)
    committed = [x for entries in history.commits for x in entries]
    assert queries.newest_entries(opened.database, 7) == tuple(committed[-7:])
    told = queries.newest_entries(opened.database, 10_000)
    assert [_as_committed(entry) for entry in told] == committed
    first = [x for x in committed if x.epoch == 1]
    assert queries.entries_between(opened.database, 1, 3, 9) == tuple(first[3:10])
    assert queries.entries_between(opened.database, 3, 0, 9) == ()


def test_the_year_counts_from_the_first_entry_of_the_newest_epoch(opened: Opened, journal: SqlJournal) -> None:
    assert queries.epoch_began(opened.database) is None
    history = history_of(1, 40)
    write(journal, history)
    assert queries.epoch_began(opened.database) == history.commits[0][0].stamp

    size = history.books.next_seq
    later = history.commit(e.EpochStarted("yearly", KIOSK, 1, size))
    journal.commit(later)
    assert queries.epoch_began(opened.database) == later[0].stamp


def test_a_record_s_end_is_told_from_its_file(opened: Opened, told: History) -> None:
    assert queries.last_stamp(opened.database.path) == told.commits[-1][-1].stamp


def test_a_record_without_entries_has_no_end(opened: Opened) -> None:
    with pytest.raises(RecordFileError, match="has no entry"):
        queries.last_stamp(opened.database.path)
