"""The journal: what a commit leaves on the disk, and what it refuses. On real SQLite files."""

import json
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from statistics import median

import pytest

from kiosk.core import entries as e
from kiosk.core.books import post_all, tidy
from kiosk.core.entries import ClockState, Entry, Stamp, commitment, decode
from kiosk.core.ids import ParcelId
from kiosk.core.merkle import leaf_hash, root, tree_root
from kiosk.ports import Journal, JournalError
from storage.aside import last_epoch
from storage.heads import frontier_of
from storage.journal import SqlJournal
from storage.start import Opened
from tests.storage.conftest import Open, SeededEntropy, write
from tests.storage.histories import KIOSK, TRACKING, UNIT, VERIFIER, History, begin, history_of

STAMP = Stamp(1, 2, ClockState.TRUSTED, 1, 1)


def begun(journal: SqlJournal) -> History:
    history = history_of(1, 0)
    begin(history)
    write(journal, history)
    return history


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """What another program sees."""
    with closing(sqlite3.connect(path)) as other:
        return other.execute(query).fetchall()


def test_it_is_the_journal_the_engine_asks_for(journal: SqlJournal) -> None:
    asked_for: Journal = journal
    assert asked_for.books().kiosk == KIOSK


@pytest.mark.parametrize("seed", range(4))
def test_what_is_committed_is_there_after_a_restart(seed: int, path: Path, opened_at: Open) -> None:
    first = opened_at(path)
    journal, history = SqlJournal(first.database, SeededEntropy()), history_of(seed, 300, epochs=2)
    write(journal, history)
    assert journal.books() == history.books
    first.database.close()
    again = opened_at(path)
    assert again.epoch_due is None
    reloaded = SqlJournal(again.database, SeededEntropy()).books()
    assert reloaded == tidy(history.books)
    live = tidy(history.books)
    assert (list(reloaded.parcels), list(reloaded.openings)) == (list(live.parcels), list(live.openings))


def test_a_commit_is_on_the_disk_when_it_returns(path: Path, journal: SqlJournal) -> None:
    begun(journal)
    assert rows(path, "SELECT count(*) FROM entries") == [(5,)]
    assert rows(path, "SELECT epoch, next_seq FROM state") == [(1, 5)]


def test_stored_bytes_are_the_leaves_of_the_head(path: Path, journal: SqlJournal) -> None:
    write(journal, history_of(3, 60))
    bodies = [row[0] for row in rows(path, "SELECT body FROM entries ORDER BY seq")]
    ((size, frontier),) = rows(path, "SELECT size, frontier FROM head")
    assert size == len(bodies)
    assert isinstance(frontier, bytes)
    assert root(frontier_of(frontier)) == tree_root([leaf_hash(bytes(body)) for body in bodies])  # type: ignore[call-overload]


def test_each_epoch_has_a_head_of_its_own_that_begins_at_nought(path: Path, journal: SqlJournal) -> None:
    history = history_of(5, 40, epochs=3)
    write(journal, history)
    sizes = [sum(x.epoch == epoch for entries in history.commits for x in entries) for epoch in (1, 2, 3)]
    assert rows(path, "SELECT epoch, size FROM head ORDER BY epoch") == list(zip((1, 2, 3), sizes, strict=True))
    assert last_epoch(path) == 3


def test_one_commit_can_end_an_epoch_and_start_the_next(path: Path, journal: SqlJournal) -> None:
    history = begun(journal)
    entries = history.commit(e.KioskStopped("yearly"), e.EpochStarted("yearly", KIOSK, 1, 6))
    journal.commit(entries)
    assert rows(path, "SELECT epoch, size FROM head ORDER BY epoch") == [(1, 6), (2, 1)]
    assert journal.books() == history.books


def test_an_epoch_that_the_journal_closes_is_named_with_its_last_root_and_any_other_is_left_as_it_is(
    path: Path, journal: SqlJournal
) -> None:
    history = begun(journal)
    stopped = history.commit(e.KioskStopped("yearly"), e.EpochStarted("yearly", KIOSK, 1, 6))
    journal.commit(stopped)
    journal.commit(history.commit(e.EpochStarted("yearly", KIOSK, 2, 1)))
    journal.commit(history.commit(e.EpochStarted("damaged", KIOSK, 3, 7)))
    journal.commit(history.commit(e.EpochStarted("damaged", KIOSK, 4, 1, "ab" * 32)))
    bodies = [(epoch, bytes(body)) for epoch, body in rows(path, "SELECT epoch, body FROM entries ORDER BY epoch, seq")]  # type: ignore[call-overload]
    first = {number: next(decode(body).body for epoch, body in bodies if epoch == number) for number in (2, 3, 4, 5)}
    roots = [body.previous_root for body in first.values() if isinstance(body, e.EpochStarted)]
    ends = [tree_root([leaf_hash(body) for epoch, body in bodies if epoch == number]).hex() for number in (1, 2)]

    assert roots == [*ends, "", "ab" * 32]


def test_personal_data_is_in_no_body_and_its_commitment_opens_with_the_record_key(
    path: Path, journal: SqlJournal
) -> None:
    write(journal, history_of(2, 200))
    stored = rows(path, "SELECT epoch, seq, body FROM entries")
    bodies = {(epoch, seq): body for epoch, seq, body in stored if isinstance(body, bytes)}
    for personal in (UNIT, TRACKING, VERIFIER, "GÄSTE-7"):
        assert not any(personal.encode() in body for body in bodies.values())
    kept = rows(path, "SELECT epoch, seq, bytes, record_key FROM attachments WHERE kind = 'private'")
    assert len(kept) > 20
    for epoch, seq, private, key in kept:
        assert isinstance(private, bytes)
        assert isinstance(key, bytes)
        assert json.loads(bodies[epoch, seq])["data"]["private"] == commitment(key, private)
    assert len({key for *_, key in kept}) == len(kept)


def test_a_sealed_notice_is_attached_and_the_body_has_its_digest(path: Path, journal: SqlJournal) -> None:
    history = begun(journal)
    parcel = ParcelId("p")
    history.commit(
        e.OverflowRecorded(parcel, *("c", "v", "r"), "dhl", "none", "full", "desk"),  # type: ignore[arg-type]
        e.CodeIssued(parcel, VERIFIER),
        notice=b"sealed bytes",
    )
    journal.commit(history.commits[-1])
    ((body,),) = rows(path, "SELECT body FROM entries WHERE seq = 6")
    assert json.loads(bytes(body))["data"]["notice"] == sha256(b"sealed bytes").hexdigest()  # type: ignore[call-overload]
    notices = rows(path, "SELECT seq, bytes, record_key, expires_ms FROM attachments WHERE kind = 'notice'")
    assert notices == [(6, b"sealed bytes", None, None)]


def test_an_entry_without_personal_data_has_no_attachment(path: Path, journal: SqlJournal) -> None:
    begun(journal)
    assert rows(path, "SELECT * FROM attachments") == []


@pytest.mark.parametrize(("epoch", "seq"), [(1, 4), (1, 6), (2, 5), (0, 5)])
def test_an_entry_that_does_not_continue_is_refused_and_changes_nothing(
    epoch: int, seq: int, path: Path, journal: SqlJournal
) -> None:
    history = begun(journal)
    with pytest.raises(JournalError, match=f"entry {epoch}/{seq} does not continue 1/5"):
        journal.commit([Entry(epoch, seq, STAMP, e.KioskStopped("update"))])
    assert rows(path, "SELECT count(*) FROM entries") == [(5,)]
    journal.commit(history.commit(e.KioskStopped("update")))
    assert journal.books() == history.books


def test_a_commit_is_refused_whole_if_its_last_entry_does_not_continue(path: Path, journal: SqlJournal) -> None:
    begun(journal)
    with pytest.raises(JournalError):
        journal.commit([Entry(1, seq, STAMP, e.ClockJumped(1)) for seq in (5, 6, 8)])
    assert rows(path, "SELECT max(seq) FROM entries") == [(4,)]


def test_nothing_comes_before_the_start_of_an_epoch(path: Path, journal: SqlJournal) -> None:
    with pytest.raises(JournalError, match="no epoch has been started"):
        journal.commit([Entry(0, 0, STAMP, e.KioskStopped("update"))])
    assert rows(path, "SELECT count(*) FROM entries") == [(0,)]


def test_a_commit_of_nothing_is_nothing(path: Path, journal: SqlJournal) -> None:
    begun(journal)
    before = path.with_name("kiosk.db-wal").stat().st_size
    journal.commit([])
    assert path.with_name("kiosk.db-wal").stat().st_size == before


def test_a_failed_commit_poisons_the_journal_and_leaves_the_file_as_it_was(opened: Opened, journal: SqlJournal) -> None:
    """The disk is full as SQLite sees it: the file may not grow by another page."""
    history, whole = begun(journal), opened.database
    with closing(whole.writer.raw_connection()) as held:
        held.cursor().execute("PRAGMA max_page_count=1")
    with pytest.raises(JournalError, match="full"):
        commit_for_ever(journal, history, e.AlarmRaised("tamper", "x" * 900))
    written = rows(whole.path, "SELECT max(seq) FROM entries")
    assert journal.books().next_seq == written[0][0] + 1  # type: ignore[operator]
    with closing(whole.writer.raw_connection()) as held:
        held.cursor().execute("PRAGMA max_page_count=1000000")
    entry = Entry(1, journal.books().next_seq, STAMP, e.KioskStopped("update"))
    with pytest.raises(JournalError, match="has failed before"):
        journal.commit([entry])
    assert rows(whole.path, "SELECT max(seq) FROM entries") == written
    SqlJournal(whole, SeededEntropy()).commit([entry])


def commit_for_ever(journal: SqlJournal, history: History, *bodies: e.Body) -> None:
    for _ in range(200):
        journal.commit(history.commit(*bodies))


def test_another_writer_is_noticed_and_nothing_is_overwritten(opened: Opened, journal: SqlJournal) -> None:
    history = begun(journal)
    SqlJournal(opened.database, SeededEntropy(2)).commit(history.commit(e.ClockJumped(7)))
    with pytest.raises(JournalError):
        journal.commit([Entry(1, 5, STAMP, e.KioskStopped("update"))])
    ((body,),) = rows(opened.database.path, "SELECT body FROM entries WHERE seq = 5")
    assert decode(bytes(body)).body == e.ClockJumped(7)  # type: ignore[call-overload]


def test_a_head_that_another_hand_moved_is_noticed(opened: Opened, journal: SqlJournal) -> None:
    history = begun(journal)
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE head SET size = size + 1")
    with pytest.raises(JournalError, match="not of size 5"):
        journal.commit(history.commit(e.KioskStopped("update")))
    with pytest.raises(JournalError, match="did not come to its end"):
        journal.commit(history.commits[-1])


def test_a_decision_that_makes_no_sense_is_a_bug_and_leaves_no_trace(path: Path, journal: SqlJournal) -> None:
    begun(journal)
    with pytest.raises(KeyError):
        journal.commit([Entry(1, 5, STAMP, e.DropConfirmed(ParcelId("never reserved")))])
    assert rows(path, "SELECT count(*) FROM entries") == [(5,)]


def test_finished_parcels_leave_the_books_and_stay_in_the_table(path: Path, journal: SqlJournal) -> None:
    history = history_of(11, 250)
    write(journal, history)
    ever = {
        x.body.parcel for k in history.commits for x in k if isinstance(x.body, e.ParcelReserved | e.OverflowRecorded)
    }
    assert {row[0] for row in rows(path, "SELECT parcel FROM parcels")} == ever
    finished = {row[0] for row in rows(path, "SELECT parcel FROM parcels WHERE finished = 1")}
    assert set(tidy(history.books).parcels) == ever - finished != ever


def test_a_journal_made_on_one_thread_is_used_on_another(path: Path, journal: SqlJournal) -> None:
    with ThreadPoolExecutor(1) as engine_thread:
        engine_thread.submit(begun, journal).result(timeout=10)
    assert rows(path, "SELECT size FROM head") == [(5,)]


def test_a_start_reads_unfinished_parcels_by_an_index(path: Path, journal: SqlJournal) -> None:
    begun(journal)
    plan = rows(path, "EXPLAIN QUERY PLAN SELECT * FROM parcels WHERE finished = 0 ORDER BY rowid")
    assert "parcels_unfinished" in str(plan)
    assert "SCAN" not in str(plan)
    assert "SORT" not in str(plan).upper().replace("B-TREE FOR ORDER", "SORT")


def test_a_commit_costs_little_more_than_sqlite_itself(path: Path, journal: SqlJournal) -> None:
    """CPU of two entries with everything that moves with them, beside two bare inserts. Measured: about 5 times."""
    history = begun(journal)
    pairs = [history.commit(e.AttemptDenied(history.visit(), 1), e.ClockJumped(3)) for _ in range(200)]
    ours = _cpu_ms(lambda number: journal.commit(pairs[number]))
    with closing(sqlite3.connect(path.with_name("bare.db"), isolation_level=None)) as bare:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            bare.execute(f"PRAGMA {pragma}")
        bare.execute("CREATE TABLE entries(seq INTEGER PRIMARY KEY, body BLOB)")

        def insert(number: int) -> None:
            bare.execute("BEGIN IMMEDIATE")
            for seq in (2 * number, 2 * number + 1):
                bare.execute("INSERT INTO entries VALUES(?, ?)", (seq, b"x" * 300))
            bare.execute("COMMIT")

        theirs = _cpu_ms(insert)
    assert ours < 10 * theirs + 0.2
    assert post_all(history.books, ()) == journal.books()


def _cpu_ms(work: Callable[[int], None]) -> float:
    taken = []
    for number in range(200):
        before = time.thread_time()
        work(number)
        taken.append((time.thread_time() - before) * 1000)
    return median(taken)
