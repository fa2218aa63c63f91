"""Snapshots: whole copies taken while the record grows, kept in number, refused where they would take the last room.

On real SQLite files.
"""

import shutil
import sqlite3
import threading
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from kiosk.core.ages import DAY_MS
from storage import snapshots
from storage.database import beside, checkpoint, sync_file, wal_bytes
from storage.journal import SqlJournal
from storage.rebuild import verify_tree
from storage.snapshots import (
    COPIES_KEPT_MS,
    PORTION_BYTES,
    NoSnapshot,
    Snapshot,
    copy_record,
    discard_copies,
    expire_copies,
    snapshots_in,
    take_snapshot,
)
from storage.start import Opened
from tests.storage.conftest import Open, write
from tests.storage.histories import History, history_of


@pytest.fixture
def shelf(path: Path) -> Path:
    return path.parent / "snapshots"


def taken(path: Path, shelf: Path, keep: int = 2) -> Snapshot:
    found = take_snapshot(path, shelf, keep)
    assert isinstance(found, Snapshot), found
    return found


def test_a_snapshot_is_the_whole_record_in_one_private_file_named_by_its_end(
    opened: Opened, journal: SqlJournal, path: Path, shelf: Path, opened_at: Open
) -> None:
    history = history_of(1, 60, epochs=2)
    write(journal, history)
    snapshot = taken(path, shelf)

    size = history.books.next_seq
    assert (snapshot.epoch, snapshot.size) == (2, size)
    assert [each.name for each in shelf.iterdir()] == [f"e0002-{size:09}.db"]
    assert snapshot.path.stat().st_mode & 0o077 == 0
    assert verify_tree(opened_at(snapshot.path).database) == verify_tree(opened.database)


def test_a_snapshot_taken_while_the_kiosk_commits_is_a_whole_record_of_some_moment(
    opened: Opened, journal: SqlJournal, path: Path, shelf: Path, opened_at: Open
) -> None:
    history = history_of(2, 250)
    committed = threading.Thread(target=write, args=(journal, history))
    write(journal, start_of(history))
    committed.start()
    copies = []
    while committed.is_alive():
        copies.append(taken(path, shelf, keep=100))
    committed.join()

    assert len(copies) > 1
    whole = verify_tree(opened.database)[0].size
    for snapshot in snapshots_in(shelf):
        (tree,) = verify_tree(opened_at(snapshot.path).database)
        assert tree.whole
        assert tree.size == snapshot.size <= whole
    checkpoint(opened.database)
    assert wal_bytes(path) == 0, "no snapshot holds the log back"


def test_a_long_record_is_made_durable_in_portions_for_a_commit_waits_for_what_the_disk_has_still_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, copy = tmp_path / "long.db", tmp_path / "copy.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (b)")
        connection.executemany("INSERT INTO t VALUES (randomblob(?))", [(1024,)] * 24_000)
        connection.commit()
    durable = [0]

    def measured(file: Path) -> None:
        durable.append(file.stat().st_size)
        sync_file(file)

    monkeypatch.setattr(snapshots, "sync_file", measured)
    copy_record(path, copy)

    assert durable[-1] == copy.stat().st_size > 24 * 2**20
    assert max(after - before for before, after in pairwise(durable)) < 2 * PORTION_BYTES


def start_of(history: History) -> History:
    """The first commits of a history, taken off it."""
    first = history_of(2, 0)
    first.commits[:] = history.commits[:3]
    del history.commits[:3]
    return first


def test_the_newest_are_kept_and_older_ones_go(journal: SqlJournal, path: Path, shelf: Path) -> None:
    history = history_of(3, 40)
    for entries in history.commits:
        journal.commit(entries)
        if entries[-1].seq % 5 == 0:
            taken(path, shelf, keep=2)
    newest = taken(path, shelf, keep=2)

    kept = snapshots_in(shelf)
    assert len(kept) == 2
    assert kept[0] == newest
    assert kept[0].size > kept[1].size


def test_what_was_erased_before_is_not_in_the_copy(opened: Opened, path: Path, shelf: Path) -> None:
    secret = b"a name that must go"
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("INSERT INTO directories VALUES (1, '', ?)", (secret,))
    first = taken(path, shelf)
    assert secret in first.path.read_bytes()
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("DELETE FROM directories")

    assert secret not in taken(path, shelf).path.read_bytes()


def test_a_record_that_is_not_sound_gives_no_snapshot_and_the_older_ones_stay(
    opened: Opened, journal: SqlJournal, path: Path, shelf: Path
) -> None:
    write(journal, history_of(4, 60))
    good = taken(path, shelf)
    opened.database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("UPDATE state SET next_seq = next_seq + 1")
    found = take_snapshot(path, shelf, keep=1)

    assert isinstance(found, NoSnapshot)
    assert "the copy is not whole: entries end at" in str(found)
    assert list(shelf.iterdir()) == [good.path]


def test_a_torn_page_gives_no_snapshot(opened: Opened, journal: SqlJournal, path: Path, shelf: Path) -> None:
    write(journal, history_of(4, 200))
    opened.database.close()
    with path.open("r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xff" * 4096)

    assert isinstance(take_snapshot(path, shelf, keep=1), NoSnapshot)
    assert list(shelf.iterdir()) == []


def test_without_room_beside_it_none_is_made(
    journal: SqlJournal, path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(journal, history_of(5, 20))
    usage = shutil.disk_usage(path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=60 * 2**20))
    found = take_snapshot(path, shelf, keep=2)

    assert str(found) == "60 MiB are free beside it, 64 MiB are needed"
    assert not shelf.exists()


def test_a_name_of_something_else_is_no_snapshot(shelf: Path) -> None:
    assert snapshots_in(shelf) == ()
    shelf.mkdir()
    for name in ("e1-2.db.new", "kiosk.db", "e0001-000000007.db-wal", "e-1.db"):
        (shelf / name).touch()
    assert snapshots_in(shelf) == ()


def test_what_a_migration_or_a_restore_put_by_goes_after_two_weeks_and_nothing_else_does(path: Path) -> None:
    gone = [".before-0003", ".damaged-e1", ".damaged-e1-wal", ".damaged-e1-2", ".replaced-e7", ".replaced-e7-shm"]
    kept = ["", "-wal", ".epoch", ".ballast", ".lock", ".before-0003.new", ".damaged-exx"]
    for suffix in (*gone, *kept):
        beside(path, suffix).touch()
    made_ms = int(path.stat().st_mtime * 1_000)
    expire_copies(path, made_ms + COPIES_KEPT_MS - DAY_MS)
    assert len(list(path.parent.iterdir())) == len(gone) + len(kept)
    expire_copies(path, made_ms + COPIES_KEPT_MS + DAY_MS)

    assert {each.name for each in path.parent.iterdir()} == {f"kiosk.db{suffix}" for suffix in kept}


def test_a_clock_that_is_far_behind_expires_nothing(path: Path) -> None:
    beside(path, ".damaged-e1").touch()
    expire_copies(path, 0)
    assert beside(path, ".damaged-e1").exists()


def test_on_request_all_copies_go_at_once(path: Path) -> None:
    for suffix in (".before-0003", ".damaged-e1", ".replaced-e7-wal", ".epoch"):
        beside(path, suffix).touch()
    discard_copies(path)
    assert [each.name for each in path.parent.iterdir()] == ["kiosk.db.epoch"]
