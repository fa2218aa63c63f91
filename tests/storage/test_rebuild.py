"""Rebuild: the entries alone give back every projection row, and what differs is found. On real SQLite files."""

import pytest

from kiosk.core.entries import KINDS, NAMES, ClockJumped, ClockState, Entry, EpochsDeleted, Stamp, encode
from storage.journal import SqlJournal
from storage.rebuild import Difference, compare_projections, rebuild, verify_tree
from storage.start import Opened
from tests.storage.conftest import SeededEntropy, write
from tests.storage.histories import KIOSK, history_of


def test_the_histories_have_every_kind_of_entry() -> None:
    told = {NAMES[type(x.body)] for seed in range(12) for k in history_of(seed, 500).commits for x in k}
    assert told == set(KINDS) - {NAMES[EpochsDeleted]}, "that one needs a record to delete from"


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_every_projection_row_can_be_rebuilt_from_the_entries_alone(
    seed: int, opened: Opened, journal: SqlJournal
) -> None:
    history = history_of(seed, 600, epochs=1 + seed % 3)
    write(journal, history)
    assert compare_projections(opened.database) == ()
    books = rebuild(opened.database)
    assert {key: p for key, p in books.parcels.items() if key in history.books.parcels} == history.books.parcels
    assert (books.compartments, books.openings) == (history.books.compartments, history.books.openings)
    assert len(books.parcels) > len(history.books.parcels)
    assert all(tree.whole for tree in verify_tree(opened.database))


def test_a_database_without_an_entry_is_its_own_rebuild(opened: Opened) -> None:
    assert compare_projections(opened.database) == ()
    assert rebuild(opened.database).kiosk == KIOSK
    assert verify_tree(opened.database) == ()


@pytest.mark.parametrize(
    ("statement", "table", "columns"),
    [
        ("UPDATE compartments SET custody = 'free', parcels = '[]' WHERE compartment = 'A03'", "compartments", None),
        ("DELETE FROM parcels WHERE finished = 1", "parcels", ()),
        ("UPDATE parcels SET finished = 1 - finished", "parcels", ("finished",)),
        ("UPDATE state SET bucket_level = 99", "state", ("bucket_level",)),
        ("UPDATE openings SET opening = opening || 'x'", "openings", ()),
    ],
)
def test_a_row_that_the_entries_do_not_add_up_to_is_found(
    statement: str, table: str, columns: tuple[str, ...] | None, opened: Opened, journal: SqlJournal
) -> None:
    write(journal, history_of(4, 300))
    with opened.database.writer.begin() as connection:
        changed = connection.exec_driver_sql(statement).rowcount
    assert changed > 0
    found = compare_projections(opened.database)
    assert found
    assert {difference.table for difference in found} == {table}
    assert columns is None or {difference.columns for difference in found} == {columns}


def test_a_difference_says_no_personal_data(opened: Opened, journal: SqlJournal) -> None:
    write(journal, history_of(4, 100))
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE parcels SET unit = 'somebody else' WHERE rowid = 1")
        (name,) = connection.exec_driver_sql("SELECT parcel FROM parcels WHERE rowid = 1").one()
    assert compare_projections(opened.database) == (Difference("parcels", name, ("unit",)),)


def test_a_changed_entry_breaks_its_epochs_tree_and_no_other(opened: Opened, journal: SqlJournal) -> None:
    write(journal, history_of(6, 120, epochs=2))
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER entries_stay")
        connection.exec_driver_sql("UPDATE entries SET body = CAST(body || ' ' AS BLOB) WHERE epoch = 1 AND seq = 9")
    assert [(tree.epoch, tree.whole) for tree in verify_tree(opened.database)] == [(1, False), (2, True)]


def test_a_missing_entry_is_named_and_a_lost_epoch_is_noticed(opened: Opened, journal: SqlJournal) -> None:
    write(journal, history_of(6, 120, epochs=2))
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER entries_remain")
        connection.exec_driver_sql("DELETE FROM attachments")
        connection.exec_driver_sql("DELETE FROM entries WHERE epoch = 1 AND seq = 9")
        connection.exec_driver_sql("DELETE FROM entries WHERE epoch = 2")
    first, second = verify_tree(opened.database)
    assert (first.first_hole, first.whole) == (10, False)
    assert (second.size, second.whole) == (0, False)


def test_entries_that_do_not_begin_with_an_epoch_are_refused(opened: Opened) -> None:
    with opened.database.writer.begin() as connection:
        stamp = Stamp(1, 1, ClockState.FLOOR, 1, 1)
        body = encode(Entry(1, 0, stamp, ClockJumped(3)))
        connection.exec_driver_sql("INSERT INTO entries VALUES (1, 0, ?)", (body,))
    with pytest.raises(ValueError, match="does not start an epoch"):
        rebuild(opened.database)


def test_erased_personal_data_leaves_everything_else_as_it_was(opened: Opened) -> None:
    history = history_of(9, 200)
    write(SqlJournal(opened.database, SeededEntropy()), history)
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("DELETE FROM attachments")
    assert all(tree.whole for tree in verify_tree(opened.database))
    rebuilt, before = rebuild(opened.database), history.books
    assert rebuilt.compartments == before.compartments
    assert {key: p.notice for key, p in rebuilt.parcels.items() if key in before.parcels} == {
        key: p.notice for key, p in before.parcels.items()
    }
    assert {p.unit for p in rebuilt.parcels.values()} == {""}
