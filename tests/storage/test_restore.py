"""Restore: a snapshot becomes the record in a new epoch, the old record or the whole new one; and starts that do it by
themselves. On real SQLite files; where a power cut is meant, the step that would come next raises.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from kiosk.core.books import Custody
from kiosk.core.entries import ClockState, CodeLife, EpochStarted
from kiosk.core.ids import KioskId
from storage.aside import condemn, last_epoch, remember_epoch
from storage.audit import verify
from storage.database import beside, quick_check
from storage.examine import Expected, Refused
from storage.journal import SqlJournal
from storage.queries import newest_entries
from storage.rebuild import compare_projections, verify_tree
from storage.record_file import record_file
from storage.restore import UNFINISHED, UNSEEN_EPOCHS, NotRestored, Order, Restored, restore
from storage.snapshots import Snapshot, take_snapshot
from storage.start import Opened, open_storage
from tests.storage.conftest import Open, SeededEntropy, write
from tests.storage.histories import KIOSK, History, begin, history_of

OURS = Expected(KIOSK)
BY_HAND = Order("technician 7", "new card")
EVERYTHING = 10_000


class Desk:
    """A record that was used, with a snapshot of it and what came after."""

    def __init__(self, path: Path, opened_at: Open) -> None:
        self.path = path
        opened = opened_at(path)
        self.history: History = history_of(11, 90, epochs=2)
        self.journal = SqlJournal(opened.database, SeededEntropy())
        write(self.journal, self.history)
        taken = take_snapshot(path, path.parent / "snapshots", keep=2)
        assert isinstance(taken, Snapshot)
        self.snapshot = taken
        later = history_of(11, 90, epochs=2)
        begin(later, "yearly")
        self.journal.commit(later.commits[-1])
        opened.database.close()

    def restored(self, order: Order = BY_HAND) -> Restored:
        done = restore(self.snapshot.path, self.path, OURS, order)
        assert isinstance(done, Restored), done
        return done

    def without_memory(self) -> Path:
        """The snapshot on another card."""
        card = self.path.parent / "card"
        card.mkdir()
        return card / "kiosk.db"


@pytest.fixture
def desk(path: Path, opened_at: Open) -> Desk:
    return Desk(path, opened_at)


def test_the_new_epoch_names_the_last_root_of_the_snapshot_and_who_restored_it(desk: Desk, opened_at: Open) -> None:
    old_size = desk.snapshot.size
    done = desk.restored()
    database = opened_at(desk.path).database

    trees = verify_tree(database)
    assert [tree.epoch for tree in trees] == [1, 2, done.epoch]
    assert all(tree.whole for tree in trees)
    first = next(entry for entry in newest_entries(database, EVERYTHING) if entry.epoch == done.epoch)
    root_before = trees[1].root.hex()
    assert first.body == EpochStarted("restored", KIOSK, 2, old_size, root_before, "technician 7", "new card")
    assert first.stamp.clock_state is ClockState.FLOOR
    assert compare_projections(database) == ()


def test_a_number_that_the_old_record_used_is_not_used_again(desk: Desk) -> None:
    assert last_epoch(desk.path) == 3
    done = desk.restored()

    assert (done.epoch, done.previous_epoch, done.entries) == (4, 2, desk.snapshot.size)
    assert last_epoch(desk.path) == 4


def test_on_a_card_that_remembers_nothing_numbers_are_left_out(desk: Desk, opened_at: Open) -> None:
    elsewhere = desk.without_memory()
    done = restore(desk.snapshot.path, elsewhere, OURS, BY_HAND)

    assert isinstance(done, Restored)
    assert done.epoch == 2 + UNSEEN_EPOCHS + 1
    assert done.set_aside is None
    assert opened_at(elsewhere).epoch_due is None


def test_every_compartment_is_check_and_no_code_of_the_copy_is_live(desk: Desk, opened_at: Open) -> None:
    done = desk.restored()
    books = SqlJournal(opened_at(desk.path).database, SeededEntropy()).books()

    assert {compartment.custody for compartment in books.compartments.values()} == {Custody.CHECK}
    assert done.checked == len(books.compartments)
    lives = [parcel.code_life for parcel in books.parcels.values()]
    assert not {CodeLife.LIVE, CodeLife.GRACE, CodeLife.NONE} & set(lives)
    assert done.suspended == lives.count(CodeLife.SUSPENDED) > 0
    assert not books.openings


def test_the_record_before_is_kept_beside_it_whole(desk: Desk) -> None:
    before = desk.path.read_bytes()
    done = desk.restored()

    assert done.set_aside == beside(desk.path, ".replaced-e3")
    assert done.set_aside.read_bytes() == before


def test_nothing_of_the_work_is_left_lying_about(desk: Desk) -> None:
    desk.restored()
    names = {each.name for each in desk.path.parent.iterdir()} - {"kiosk.db.replaced-e3"}
    assert names == {"kiosk.db", "kiosk.db.epoch", "snapshots"}
    assert desk.path.stat().st_mode & 0o077 == 0


def test_the_audit_holds_over_a_restored_record(desk: Desk) -> None:
    desk.restored()
    with record_file(desk.path) as connection:
        verdict = verify(connection)
    assert verdict.faults == ()
    assert [epoch.epoch for epoch in verdict.epochs] == [1, 2, 4]


# --- what is not restored ---


def spoilt(desk: Desk, change: str) -> None:
    with closing(sqlite3.connect(desk.snapshot.path, isolation_level=None)) as other:
        for name in ("entries_stay", "entries_remain"):
            other.execute(f"DROP TRIGGER {name}")
        other.execute(change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE entries SET body = CAST(replace(body, 'ups', 'dhl') AS BLOB) WHERE epoch = 1", "its entries'"),
        ("DELETE FROM entries WHERE epoch = 2 AND seq = (SELECT max(seq) FROM entries WHERE epoch = 2)", "entries end"),
        ("UPDATE alembic_version SET version_num = '9999'", "newer version"),
        ("UPDATE state SET kiosk = 'kiosk-8'", "belongs to kiosk 'kiosk-8'"),
        ("DROP TABLE alembic_version", "some other software"),
    ],
)
def test_a_copy_that_is_not_good_is_refused_and_nothing_is_touched(desk: Desk, change: str, why: str) -> None:
    spoilt(desk, change)
    before = {each.name: each.read_bytes() for each in desk.path.parent.iterdir() if each.is_file()}
    done = restore(desk.snapshot.path, desk.path, OURS, BY_HAND)

    assert isinstance(done, NotRestored)
    assert why in done.reason
    assert UNFINISHED not in done.reason
    assert {each.name: each.read_bytes() for each in desk.path.parent.iterdir() if each.is_file()} == before


def test_what_is_no_database_is_refused(desk: Desk) -> None:
    desk.snapshot.path.write_bytes(b"not a database at all" * 300)
    done = restore(desk.snapshot.path, desk.path, OURS, BY_HAND)
    assert isinstance(done, NotRestored)
    assert "cannot be read whole" in done.reason


def test_an_empty_record_is_refused(tmp_path: Path, desk: Desk) -> None:
    empty = tmp_path / "empty.db"
    found = open_storage(empty, KIOSK)
    assert isinstance(found, Opened)
    found.database.close()
    done = restore(empty, desk.path, OURS, BY_HAND)
    assert isinstance(done, NotRestored)
    assert "has no entry" in done.reason


# --- power cuts ---


class CutError(Exception):
    """The power fails here."""


def cut_after(number: int, really: Callable[..., object], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """So many calls of ``name`` in `os` come true; the next one does not come."""
    left = [number]

    def call(*arguments: object, **options: object) -> object:
        if left[0] == 0:
            raise CutError
        left[0] -= 1
        return really(*arguments, **options)

    monkeypatch.setattr(os, name, call)


@pytest.mark.slow
@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("call", ["rename", "replace", "fsync"])
def test_cut_off_at_any_step_a_start_finds_the_old_record_or_the_new_one(
    desk: Desk, call: str, step: int, opened_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        cut_after(step, getattr(os, call), patch, call)
        with suppress(CutError):
            desk.restored()
    found = opened_at(desk.path)
    trees = verify_tree(found.database)

    assert all(tree.whole for tree in trees)
    assert compare_projections(found.database) == ()
    assert [tree.epoch for tree in trees] in ([1, 2, 3], [1, 2, 4])
    assert found.epoch_due is None
    if trees[-1].epoch == 4:
        checked = SqlJournal(found.database, SeededEntropy()).books().compartments.values()
        assert {compartment.custody for compartment in checked} == {Custody.CHECK}


def test_a_complete_file_of_an_interrupted_restore_is_put_in_its_place_by_the_next_start(
    desk: Desk, opened_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("storage.restore._put_in_place", lambda _path: (_ for _ in ()).throw(CutError))
        with pytest.raises(CutError):
            desk.restored()
    assert not desk.path.exists()
    shutil.rmtree(desk.path.parent / "snapshots")
    found = opened_at(desk.path)

    assert found.restored
    assert verify_tree(found.database)[-1].epoch == 4


def test_a_log_that_had_not_moved_yet_is_not_taken_for_the_new_record_s(
    desk: Desk, opened_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power fails between the renames of the old record's two files."""
    with closing(opened_at(desk.path).database):
        log = beside(desk.path, "-wal").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("storage.restore._put_in_place", lambda _path: (_ for _ in ()).throw(CutError))
        with pytest.raises(CutError):
            desk.restored()
    beside(desk.path, "-wal").write_bytes(log)
    found = opened_at(desk.path)

    assert found.set_aside is None
    assert quick_check(found.database) == ()
    assert [tree.epoch for tree in verify_tree(found.database)] == [1, 2, 4]
    assert log in [each.read_bytes() for each in desk.path.parent.glob("kiosk.db.*-wal")]


def test_what_was_begun_beside_a_record_that_still_stands_is_thrown_away(desk: Desk, opened_at: Open) -> None:
    shutil.copy(desk.snapshot.path, beside(desk.path, UNFINISHED))
    assert not opened_at(desk.path).restored
    assert not beside(desk.path, UNFINISHED).exists()


def test_an_incomplete_file_of_an_interrupted_restore_is_not_believed(desk: Desk, opened_at: Open) -> None:
    shutil.copy(desk.snapshot.path, beside(desk.path, UNFINISHED))
    desk.path.unlink()
    remember_epoch(desk.path, 9)
    found = opened_at(desk.path)

    assert found.restored, "from the snapshot itself"
    assert verify_tree(found.database)[-1].epoch == 10


@pytest.mark.slow
@pytest.mark.parametrize("step", range(8))
@pytest.mark.parametrize("call", ["rename", "replace", "fsync"])
def test_cut_off_while_a_lost_record_is_restored_no_old_code_is_live(
    desk: Desk, call: str, step: int, opened_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot ends in the last epoch that the card remembers, as most do."""
    beside(desk.path, ".epoch").write_text(f"{desk.snapshot.epoch}\n", encoding="ascii")
    desk.path.unlink()
    with monkeypatch.context() as patch:
        cut_after(step, getattr(os, call), patch, call)
        with suppress(CutError):
            opened_at(desk.path).database.close()
    found = opened_at(desk.path)

    assert verify_tree(found.database)[-1].epoch > desk.snapshot.epoch
    books = SqlJournal(found.database, SeededEntropy()).books()
    lives = {parcel.code_life for parcel in books.parcels.values()}
    assert not {CodeLife.LIVE, CodeLife.GRACE, CodeLife.NONE} & lives
    assert not [each for each in desk.path.parent.iterdir() if each.name.startswith("kiosk.db.resto")]


# --- starts that restore by themselves ---


def test_a_damaged_record_is_set_aside_and_the_newest_snapshot_takes_its_place(desk: Desk, opened_at: Open) -> None:
    damaged = b"\x00\xff" * 50 + desk.path.read_bytes()[100:]
    desk.path.write_bytes(damaged)
    found = opened_at(desk.path)

    assert found.restored
    assert found.set_aside is not None
    assert found.set_aside.path == beside(desk.path, ".damaged-e3")
    assert found.set_aside.path.read_bytes() == damaged
    assert found.epoch_due is None
    assert [tree.epoch for tree in verify_tree(found.database)] == [1, 2, 4]


def test_a_record_that_a_long_check_found_damaged_is_restored_once(desk: Desk, opened_at: Open) -> None:
    condemn(desk.path, "a page is torn")
    found = opened_at(desk.path)
    assert found.restored
    assert found.set_aside is not None
    assert found.set_aside.reason == "a page is torn"
    found.database.close()

    again = opened_at(desk.path)
    assert (again.restored, again.set_aside) == (False, None)


def test_a_bad_snapshot_gives_way_to_an_older_one(desk: Desk, opened_at: Open) -> None:
    shelf = desk.snapshot.path.parent
    newer = shelf / "e0003-000000001.db"
    newer.write_bytes(desk.snapshot.path.read_bytes()[:9_000])
    desk.path.unlink()
    found = opened_at(desk.path)

    assert found.restored
    assert [tree.epoch for tree in verify_tree(found.database)] == [1, 2, 4]


def test_without_a_good_snapshot_an_empty_record_begins_as_ever(desk: Desk, opened_at: Open) -> None:
    desk.snapshot.path.write_bytes(b"")
    desk.path.unlink()
    found = opened_at(desk.path)

    assert not found.restored
    assert found.epoch_due is not None
    assert (found.epoch_due.number, found.epoch_due.contents_unknown) == (4, True)


def test_another_kiosk_s_snapshots_are_not_taken(desk: Desk) -> None:
    desk.path.unlink()
    found = open_storage(desk.path, KioskId("kiosk-8"))
    assert isinstance(found, Opened)
    found.database.close()
    assert not found.restored


def test_another_kiosk_s_record_is_refused_even_beside_snapshots(desk: Desk) -> None:
    assert isinstance(open_storage(desk.path, KioskId("kiosk-8")), Refused)
