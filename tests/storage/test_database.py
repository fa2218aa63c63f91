"""The engines: every setting as asked, one writer, readers that cannot write, and checkpoints. On real SQLite files."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.database import (
    READER_PRAGMAS,
    WRITER_PRAGMAS,
    Checkpointed,
    CheckpointFailed,
    CheckUnfinishedError,
    PragmaRefusedError,
    Trouble,
    checkpoint,
    connect,
    quick_check,
    trouble_of,
    wal_bytes,
    wal_reset_affected,
)
from storage.journal import SqlJournal
from storage.space import free_bytes
from storage.start import Opened
from tests.storage.conftest import remount, write
from tests.storage.histories import history_of


def settings_of(engine: Engine, names: Mapping[str, object]) -> dict[str, object]:
    with closing(engine.raw_connection()) as held:
        cursor = held.cursor()
        return {name: _asked(cursor, name) for name in names}


def _asked(cursor: DBAPICursor, name: str) -> object:
    cursor.execute(f"PRAGMA {name}")
    return cursor.fetchall()[0][0]


def test_every_setting_is_as_asked(opened: Opened) -> None:
    assert settings_of(opened.database.writer, WRITER_PRAGMAS) == WRITER_PRAGMAS
    assert settings_of(opened.database.reader, READER_PRAGMAS) == READER_PRAGMAS
    assert (WRITER_PRAGMAS["journal_mode"], WRITER_PRAGMAS["synchronous"]) == ("wal", 2)


def test_a_setting_that_sqlite_does_not_take_is_refused(tmp_path: Path) -> None:
    """A database in memory has no WAL: the same answer as a disk that cannot hold one."""
    database = connect(tmp_path / "kiosk.db", vfs="memdb")
    with closing(database), pytest.raises(OperationalError, match="journal_mode is 'memory'") as error:
        database.writer.connect()
    assert trouble_of(error.value) is Trouble.READ_ONLY


def test_there_is_one_writer(opened: Opened) -> None:
    engine = opened.database.writer
    assert engine.pool.size() == 1  # type: ignore[attr-defined]
    engine.pool._timeout = 0.01  # type: ignore[attr-defined] # noqa: SLF001 - the default waits half a minute
    with engine.begin(), pytest.raises(PoolTimeoutError):
        engine.connect()


def test_a_writers_transaction_is_immediate_and_a_second_writer_waits(opened: Opened) -> None:
    with opened.database.writer.begin(), closing(sqlite3.connect(opened.database.path, timeout=0)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked") as error:
            other.execute("BEGIN IMMEDIATE")
        assert trouble_of(error.value) is Trouble.BUSY


def test_a_reader_cannot_write_and_sees_one_moment(opened: Opened) -> None:
    with opened.database.reader.begin() as reader:
        before = reader.exec_driver_sql("SELECT starts FROM probe").scalar_one()
        with opened.database.writer.begin() as writer:
            writer.exec_driver_sql("UPDATE probe SET starts = starts + 1")
        assert reader.exec_driver_sql("SELECT starts FROM probe").scalar_one() == before
        with pytest.raises(OperationalError, match="readonly") as error:
            reader.exec_driver_sql("UPDATE probe SET starts = 0")
        assert trouble_of(error.value) is Trouble.READ_ONLY


def test_a_checkpoint_empties_the_wal(opened: Opened, journal: SqlJournal) -> None:
    write(journal, history_of(1, 40))
    assert wal_bytes(opened.database.path) > 0
    assert checkpoint(opened.database) == Checkpointed(blocked=False, left_pages=0)
    assert wal_bytes(opened.database.path) == 0


def test_a_checkpoint_waits_for_no_reader_and_the_next_one_succeeds(opened: Opened, journal: SqlJournal) -> None:
    with opened.database.reader.begin() as reader:
        reader.exec_driver_sql("SELECT * FROM state").all()
        write(journal, history_of(1, 40))
        blocked = checkpoint(opened.database)
    assert isinstance(blocked, Checkpointed)
    assert blocked.blocked
    assert wal_bytes(opened.database.path) > 0
    assert settings_of(opened.database.writer, WRITER_PRAGMAS) == WRITER_PRAGMAS
    assert checkpoint(opened.database) == Checkpointed(blocked=False, left_pages=0)


def test_a_checkpoint_that_cannot_write_says_so(small_disk: Path) -> None:
    database = connect(small_disk / "kiosk.db")
    with closing(database):
        with database.writer.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE heavy(body BLOB)")
        fill = small_disk / "fill"
        with database.writer.begin() as connection:
            connection.exec_driver_sql("INSERT INTO heavy VALUES (zeroblob(1500000))")
        fill.write_bytes(b"x" * free_bytes(fill))
        failed = checkpoint(database)
        assert isinstance(failed, CheckpointFailed)
        assert "full" in failed.reason or "I/O" in failed.reason
        fill.unlink()
        assert checkpoint(database) == Checkpointed(blocked=False, left_pages=0)


def test_the_wal_is_cut_back_by_the_limit_too(opened: Opened) -> None:
    database = opened.database
    for _ in range(3):
        with database.writer.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO layouts SELECT coalesce(max(version), 0) + 1, '', zeroblob(9000000) FROM layouts"
            )
    with database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE probe SET starts = 5")
    assert wal_bytes(database.path) <= 4 * 1024 * 1024


def test_a_sound_file_passes_the_quick_check_and_a_torn_one_does_not(opened: Opened, journal: SqlJournal) -> None:
    write(journal, history_of(1, 200))
    assert quick_check(opened.database) == ()
    opened.database.close()
    path = opened.database.path
    with path.open("r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xff" * (path.stat().st_size - 4096 * 6))
    with closing(connect(path)) as torn:
        assert quick_check(torn)


def test_a_quick_check_ends_when_its_time_is_over_and_the_file_can_be_read_on(opened: Opened) -> None:
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000) SELECT i, '', x'' FROM n"
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO layouts {rows}")
    with pytest.raises(CheckUnfinishedError, match="was not read to its end within 0 s"):
        quick_check(opened.database, budget_s=0)
    assert quick_check(opened.database, budget_s=60) == ()
    assert quick_check(opened.database) == ()


def test_a_deleted_parcel_leaves_no_bytes_in_the_file(opened: Opened) -> None:
    secret = b"a name that must go"
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("INSERT INTO directories VALUES (1, '', ?)", (secret,))
    checkpoint(opened.database)
    assert secret in opened.database.path.read_bytes()
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("DELETE FROM directories")
    checkpoint(opened.database)
    assert secret not in opened.database.path.read_bytes()


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((4, 0, 0), False),
    ],
)
def test_the_wal_reset_bug_is_known_by_version(version: tuple[int, int, int], *, affected: bool) -> None:
    assert wal_reset_affected(version) is affected


def test_troubles_are_told_apart() -> None:
    assert trouble_of(PermissionError()) is Trouble.READ_ONLY
    assert trouble_of(OSError(5, "input/output")) is Trouble.DISK_ERROR
    assert trouble_of(PragmaRefusedError("x")) is Trouble.READ_ONLY
    assert trouble_of(sqlite3.OperationalError("no name")) is Trouble.UNFIT
    assert trouble_of(DBAPIError("", {}, PragmaRefusedError("x"))) is Trouble.READ_ONLY


def test_small_disks_of_the_tests_are_real(small_disk: Path) -> None:
    remount(small_disk, "ro")
    with pytest.raises(OSError, match=r"[Rr]ead-only"):
        (small_disk / "x").touch()
