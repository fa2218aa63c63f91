"""The record's measurements at tiny sizes: they run and count the right thing; how much a visit may add to a disk."""

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from hardware_sim.card.sqlite_files import NotToBeHeardError, ear
from kiosk.core.ids import CompartmentId, KioskId
from storage.audit import verify
from storage.database import WAL_ALARM_BYTES, Database, connect
from storage.rebuild import compare_projections
from storage.record_file import record_file
from storage.start import Opened, open_storage
from tests.measure import append, audit, growth, long_record
from tests.measure.bench import wait_until
from tests.measure.disks import slow_disk
from tests.measure.long_history import way
from tests.measure.visits import Building, decisions

pytestmark = pytest.mark.slow

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

    with closing(connect(tmp_path / "journal.db")) as database:
        assert compare_projections(database) == ()
    assert len(taken.journal) == len(taken.bare) == len(given) == len(sizes)
    assert _bytes_in_bare(tmp_path / "bare.db") == sum(map(sum, sizes)) > 0
    assert disk.syncs >= 2 * len(given)


def _bytes_in_bare(path: Path) -> int:
    with closing(connect(path)) as database, database.reader.begin() as connection:
        return int(connection.exec_driver_sql("SELECT sum(length(bytes)) FROM rows").scalar_one())


def test_the_record_of_the_audit_measurement_is_whole_and_wholly_signed(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    audit.write(path, 230)

    wall_s, processor_s = audit.seconds(path, 230)

    assert wall_s > 0
    assert processor_s > 0


@pytest.mark.slow
def test_two_hundred_visits_add_little_to_the_disk_and_the_wal_stays_short(tmp_path: Path) -> None:
    grown = growth.measured(tmp_path, visits=200)

    assert 0 < grown.bytes_per_visit <= MOST_BYTES_PER_VISIT
    assert sum(grown.rows_per_visit(table) for table in growth.ROW_BYTES) < grown.bytes_per_visit
    assert grown.after.rows["checkpoints"] > grown.before.rows["checkpoints"]
    assert 0 < grown.longest_wal < WAL_ALARM_BYTES


def test_the_long_record_holds_what_a_kiosk_records_of_a_parcel(tmp_path: Path) -> None:
    with Building(tmp_path) as building:
        building.visits(2)
        before = _kinds(building.kiosk.database)
        building.visits(2)
        recorded = _kinds(building.kiosk.database) - before

    assert recorded == Counter(map(type, way(1, CompartmentId("A01"), first_seq=0)))


def _kinds(database: Database) -> Counter[type]:
    return Counter(type(entry.body) for decision in decisions(database) for entry in decision)


def test_the_long_record_is_sound_signed_and_accepted_by_its_kiosk_and_by_every_command(tmp_path: Path) -> None:
    with long_record.sites(tmp_path, entries=120) as directories:
        path = directories[long_record.LONG] / "data" / "kiosk.db"
        for name in long_record.COMMANDS:
            with long_record.busy(name, path, tmp_path) as working:
                wait_until(lambda each=working: bool(each.finished_s or each.failures), name)  # type: ignore[misc]
            assert working.finished_s

        with record_file(path) as connection:
            verdict = verify(connection)
        assert (verdict.faults, verdict.entries >= 120, verdict.unsigned_tail) == ((), True, 1)
        opened = open_storage(path, KioskId("bench-1"))
        assert isinstance(opened, Opened)
        with closing(opened.database):
            assert compare_projections(opened.database) == ()
