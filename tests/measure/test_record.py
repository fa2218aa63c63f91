"""The record's measurements at tiny sizes: they run and count the right thing; how much a visit may add to a disk."""

from pathlib import Path

import pytest

from storage.database import WAL_ALARM_BYTES, connect
from storage.rebuild import compare_projections
from tests.measure import append, growth
from tests.measure.disks import slow_disk
from tests.powercut.sqlite_files import NotToBeHeardError, ear

MOST_BYTES_PER_VISIT = 7_000
"""Of the database file, half a visit more than a drop or a pickup takes."""


@pytest.fixture(autouse=True)
def heard() -> None:
    """Left out, and said so, on a Python with SQLite built in behind hidden names."""
    try:
        ear()
    except NotToBeHeardError as error:
        pytest.skip(str(error))


def test_both_loops_of_the_append_measurement_commit_the_same_bytes_as_often(tmp_path: Path) -> None:
    given = append.real_decisions(tmp_path, visits=2)
    sizes = append.row_sizes(tmp_path / "sizes.db", given)

    with slow_disk(0) as disk:
        taken = append.both(tmp_path, given, sizes)

    database = connect(tmp_path / "journal.db")
    try:
        assert compare_projections(database) == ()
    finally:
        database.close()
    assert len(taken.journal) == len(taken.bare) == len(given) == len(sizes)
    assert _bytes_in_bare(tmp_path / "bare.db") == sum(map(sum, sizes)) > 0
    assert disk.syncs >= 2 * len(given)


def _bytes_in_bare(path: Path) -> int:
    database = connect(path)
    try:
        with database.reader.begin() as connection:
            return int(connection.exec_driver_sql("SELECT sum(length(bytes)) FROM rows").scalar_one())
    finally:
        database.close()


@pytest.mark.slow
def test_two_hundred_visits_add_little_to_the_disk_and_the_wal_stays_short(tmp_path: Path) -> None:
    grown = growth.measured(tmp_path, visits=200)

    assert 0 < grown.bytes_per_visit <= MOST_BYTES_PER_VISIT
    assert sum(grown.rows_per_visit(table) for table in growth.ROW_BYTES) < grown.bytes_per_visit
    assert grown.after.rows["checkpoints"] > grown.before.rows["checkpoints"]
    assert 0 < grown.longest_wal < WAL_ALARM_BYTES
