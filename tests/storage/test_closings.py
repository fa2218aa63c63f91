"""Closings: whole closed epochs go, what they added up to stays, and everything else still agrees. On real SQLite.

Knows what is left in a file, and what somebody could change about it.
"""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core import entries as e
from kiosk.core.books import tidy
from kiosk.core.merkle import root
from kiosk.core.retention import erasures
from kiosk.ports import JournalError
from storage.audit import Verdict, verify
from storage.checkpoints import keep_checkpoint, uncovered
from storage.closings import digest_of
from storage.database import checkpoint
from storage.deletion import closing_at
from storage.erasure import due, rewrite
from storage.heads import frontier_of
from storage.journal import SqlJournal
from storage.marks import Held
from storage.queries import newest_entries
from storage.rebuild import compare_projections, rebuild
from storage.record_file import record_file
from storage.start import Opened, open_storage
from tests.storage.conftest import Open, SeededEntropy, write
from tests.storage.histories import KIOSK, History, begin, history_of
from tests.storage.test_audit import VKEYS, note_over
from tests.storage.test_erasure import DAYS, EVERYTHING, RETENTION, after, last
from tests.storage.test_fence import refused
from tests.storage.test_migrations import ADDS, second

SETTLED = 4
"""A history of three epochs in the first of which nothing is left unfinished."""
UNSETTLED = 5


def lived(path: Path, opened: Opened, journal: SqlJournal, seed: int = SETTLED) -> History:
    """Three epochs, all signed, with nothing personal in them that may go."""
    history = history_of(seed, 360, epochs=3)
    write(journal, history)
    found = due(path, after(last(history), 200), DAYS, EVERYTHING)
    journal.commit(history.commit(*erasures(found, RETENTION)))
    while (about := uncovered(opened.database)) is not None:
        keep_checkpoint(opened.database, about, note_over(about.epoch, about.size, about.root))
    return history


def deletion(opened: Opened, up_to: int) -> e.EpochsDeleted:
    with opened.database.reader.begin() as connection:
        query = "SELECT size, frontier FROM head WHERE epoch = ?"
        size, stored = connection.exec_driver_sql(query, (up_to,)).one()
        books = closing_at(connection, up_to)
    return e.EpochsDeleted(up_to, size, root(frontier_of(stored)).hex(), digest_of(books), "A. Janitor", "old")


def held_of(opened: Opened, epoch: int) -> Held:
    ended = deletion(opened, epoch)
    return Held(epoch, ended.size, bytes.fromhex(ended.root))


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as other:
        return other.execute(query).fetchall()


def verdict(path: Path, *held: Held) -> Verdict:
    with record_file(path) as connection:
        return verify(connection, held, VKEYS)


def test_an_epoch_goes_whole_and_the_rest_adds_up_to_the_same(path: Path, opened: Opened, journal: SqlJournal) -> None:
    history = lived(path, opened, journal)
    held, before = held_of(opened, 1), rebuild(opened.database)
    kept = [entry for entry in newest_entries(opened.database, EVERYTHING) if entry.epoch > 1]
    last_note = rows(path, "SELECT max(size) FROM checkpoints WHERE epoch = 1")
    journal.commit(history.commit(deletion(opened, 1)))

    assert newest_entries(opened.database, EVERYTHING)[:-1] == tuple(kept)
    assert rows(path, "SELECT size FROM checkpoints WHERE epoch = 1") == last_note
    assert compare_projections(opened.database) == ()
    after_it = rebuild(opened.database)
    assert replace(tidy(after_it), parcels={}) == replace(tidy(history.books), parcels={})
    unfinished = {name: parcel for name, parcel in before.parcels.items() if not parcel.finished}
    assert {name: after_it.parcels[name] for name in unfinished} == unfinished
    assert len(rows(path, "SELECT 1 FROM parcels")) < len(before.parcels), "rows of parcels of that epoch went with it"
    found = verdict(path, held)
    assert found.faults == ()
    assert [(each.epoch, each.deleted, each.entries > 0) for each in found.epochs] == [
        (1, True, False),
        (2, False, True),
        (3, False, True),
    ]


def test_the_kiosk_goes_on_and_a_second_epoch_may_follow(
    path: Path, opened: Opened, journal: SqlJournal, opened_at: Open
) -> None:
    history = lived(path, opened, journal)
    journal.commit(history.commit(deletion(opened, 1)))
    rewrite(opened.database)
    checkpoint(opened.database)
    opened.database.close()

    again = opened_at(path)
    assert again.set_aside is None
    going_on = SqlJournal(again.database, SeededEntropy(2))
    assert tidy(going_on.books()) == tidy(history.books)
    begin(history, "yearly")
    going_on.commit(history.commits[-1])
    assert compare_projections(again.database) == ()
    assert verdict(path).faults == ()
    with pytest.raises(JournalError, match="of which everything personal is erased"):
        going_on.commit(history.commit(deletion(again, 2)))


def test_an_epoch_in_which_a_parcel_is_not_finished_stays(path: Path, opened: Opened, journal: SqlJournal) -> None:
    history = lived(path, opened, journal, UNSETTLED)
    before = rows(path, "SELECT epoch, seq, body FROM entries")
    with pytest.raises(JournalError, match="only closed epochs of which everything personal is erased are deleted"):
        journal.commit(history.commit(deletion(opened, 1)))
    assert rows(path, "SELECT epoch, seq, body FROM entries") == before
    assert rows(path, "SELECT 1 FROM closings") == []
    assert verdict(path).faults == ()


def test_the_epoch_that_is_being_written_is_fenced(path: Path, opened: Opened, journal: SqlJournal) -> None:
    lived(path, opened, journal)
    assert "only closed epochs" in refused(path, "INSERT INTO closings VALUES (3, 3, 0, x'00')")


def test_an_entry_that_names_other_books_deletes_nothing(path: Path, opened: Opened, journal: SqlJournal) -> None:
    history = lived(path, opened, journal)
    wrong = replace(deletion(opened, 1), books="00" * 32)
    with pytest.raises(JournalError, match="do not add up to what the entry says"):
        journal.commit(history.commit(wrong))
    assert rows(path, "SELECT 1 FROM closings") == []


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("INSERT INTO entries VALUES (1, 0, x'00')", "an entry continues its epoch"),
        ("DELETE FROM entries WHERE epoch = 2", "with its whole epoch or never"),
        ("DELETE FROM checkpoints WHERE epoch = 2", "goes with its epoch or never"),
        ("UPDATE closings SET books = x'00'", "never changed"),
        ("DELETE FROM closings", "never deleted"),
        ("REPLACE INTO closings VALUES (1, 3, 0, x'00')", "only closed epochs"),
    ],
)
def test_the_fence_stands_around_what_is_left(
    statement: str, why: str, path: Path, opened: Opened, journal: SqlJournal
) -> None:
    history = lived(path, opened, journal)
    journal.commit(history.commit(deletion(opened, 1)))
    assert why in refused(path, statement)


ATTACKS: tuple[tuple[str, str, str], ...] = (
    (
        "an epoch that nobody may delete",
        "DELETE FROM entries WHERE epoch = 2",
        "entry 0 of epoch 2 is missing",
    ),
    (
        "the closing is taken away",
        "DELETE FROM closings",
        "entry 0 of epoch 1 is missing",
    ),
    (
        "the books are others",
        "UPDATE closings SET books = CAST(replace(CAST(books AS TEXT), '\"free\"', '\"check\"') AS BLOB)",
        "entry 0 of epoch 1 is missing",
    ),
    (
        "the closing names another entry",
        "UPDATE closings SET by_seq = by_seq - 1",
        "entry 0 of epoch 1 is missing",
    ),
    (
        "an entry is put back",
        "INSERT INTO entries SELECT 1, 3, body FROM entries WHERE epoch = 2 AND seq = 3",
        "entry 3 of epoch 1 is still there",
    ),
    (
        "the head that is left is another",
        "UPDATE head SET frontier = zeroblob(length(frontier)) WHERE epoch = 1",
        "ended otherwise, says the entry that deleted them",
    ),
)


@pytest.mark.parametrize(("statement", "found"), [each[1:] for each in ATTACKS], ids=[each[0] for each in ATTACKS])
def test_what_is_changed_about_a_deleted_epoch_is_found(
    statement: str, found: str, opened: Opened, journal: SqlJournal, tmp_path: Path
) -> None:
    path = opened.database.path
    history = lived(path, opened, journal)
    held = held_of(opened, 1)
    journal.commit(history.commit(deletion(opened, 1)))
    checkpoint(opened.database)
    copy = Path(shutil.copy(path, tmp_path / "copy.db"))
    with closing(sqlite3.connect(copy)) as other, other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        assert other.execute(statement).rowcount > 0
    assert any(found in str(fault) for fault in verdict(copy, held).faults), verdict(copy, held).faults


def test_a_checkpoint_of_another_record_held_elsewhere_is_not_met(
    path: Path, opened: Opened, journal: SqlJournal
) -> None:
    history = lived(path, opened, journal)
    held = held_of(opened, 1)
    journal.commit(history.commit(deletion(opened, 1)))
    other = replace(held, root=bytes(32))
    assert "they were deleted as others" in str(verdict(path, other).faults[0])
    assert "they were deleted as others" in str(verdict(path, replace(held, size=held.size + 1)).faults[0])


def test_a_file_of_an_older_schema_is_verified_without_closings(
    path: Path, opened: Opened, journal: SqlJournal, tmp_path: Path
) -> None:
    lived(path, opened, journal)
    checkpoint(opened.database)
    copy = Path(shutil.copy(path, tmp_path / "copy.db"))
    with closing(sqlite3.connect(copy)) as other, other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute("DROP TABLE closings")
    assert verdict(copy).faults == ()


@pytest.mark.parametrize("damage", ["x'7b7d'", "x'5b5d'", "x'00'"])
def test_books_that_cannot_be_read_are_told_as_what_they_are(
    damage: str, path: Path, opened: Opened, journal: SqlJournal
) -> None:
    history = lived(path, opened, journal)
    journal.commit(history.commit(deletion(opened, 1)))
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER closings_stay")
        connection.exec_driver_sql(f"UPDATE closings SET books = {damage}")
    with pytest.raises(ValueError, match=r"what epoch 1 added up to cannot be read|codec|Expecting"):
        rebuild(opened.database)


def test_a_pruned_record_is_brought_forward(path: Path, opened: Opened, journal: SqlJournal, tmp_path: Path) -> None:
    history = lived(path, opened, journal)
    journal.commit(history.commit(deletion(opened, 1)))
    opened.database.close()
    found = open_storage(path, KIOSK, second(tmp_path, ADDS))
    assert isinstance(found, Opened), found
    with closing(found.database):
        assert compare_projections(found.database) == ()
        assert verdict(path).faults == ()
