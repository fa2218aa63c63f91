"""Database: the two engines on one SQLite file, every setting read back, and what its errors mean.

Holds connections and the file's upkeep. It must not know tables, entries or what happens to a damaged file.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

BUSY_TIMEOUT_MS = 5_000
WAL_LIMIT_BYTES = 4 * 1024 * 1024
"""What the WAL file is cut back to when it has been written into the database."""
WAL_ALARM_BYTES = 8 * 1024 * 1024
"""A WAL larger than this is not being written back: a reader that never ends, or a failing main file."""

INTERRUPT_S = 0.01
"""An interrupt between two statements stops neither of them, so it is repeated until the work has ended."""

COMMON_PRAGMAS: Mapping[str, str | int] = {
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": BUSY_TIMEOUT_MS,
    "secure_delete": 1,
}
WRITER_PRAGMAS: Mapping[str, str | int] = {
    "journal_mode": "wal",
    **COMMON_PRAGMAS,
    "wal_autocheckpoint": 1_000,
    "journal_size_limit": WAL_LIMIT_BYTES,
}
"""In pages, bytes and milliseconds. FULL (2), because in WAL mode NORMAL loses acknowledged commits when power fails
(sqlite.org, pragma synchronous). The automatic checkpoint is only a limit: it hides errors, `checkpoint` does not."""
READER_PRAGMAS: Mapping[str, str | int] = {**COMMON_PRAGMAS, "wal_autocheckpoint": 0, "query_only": 1}

PRIVATE_MODE = 0o600
"""Mode of every new file: the database holds personal data, whatever the service's umask is."""

WAL_RESET_FIXED = (3, 51, 3)
WAL_RESET_BACKPORTS = ((3, 44, 6), (3, 50, 7))


class PragmaRefusedError(sqlite3.OperationalError):
    """A setting that SQLite did not take."""


class Trouble(StrEnum):
    """What a failed call says: about the disk, about the file's bytes, or about what is in them."""

    READ_ONLY = "read-only"
    FULL = "full"
    DISK_ERROR = "disk error"
    BUSY = "busy"
    DAMAGED = "damaged"
    UNFIT = "unfit"
    """A sound file that does not hold what the statement expects."""


TROUBLES: Mapping[str, Trouble] = {
    "SQLITE_READONLY": Trouble.READ_ONLY,
    "SQLITE_PERM": Trouble.READ_ONLY,
    "SQLITE_AUTH": Trouble.READ_ONLY,
    "SQLITE_CANTOPEN": Trouble.READ_ONLY,
    "SQLITE_FULL": Trouble.FULL,
    "SQLITE_IOERR": Trouble.DISK_ERROR,
    "SQLITE_NOMEM": Trouble.DISK_ERROR,
    "SQLITE_BUSY": Trouble.BUSY,
    "SQLITE_LOCKED": Trouble.BUSY,
    "SQLITE_CORRUPT": Trouble.DAMAGED,
    "SQLITE_NOTADB": Trouble.DAMAGED,
}
"""By SQLite's error names without their detail; any other is `Trouble.UNFIT`."""


@dataclass(frozen=True, slots=True)
class Database:
    """One SQLite file: a single connection that writes and checkpoints, and readers that cannot write."""

    path: Path
    writer: Engine
    reader: Engine

    def close(self) -> None:
        """Close every connection; the last one writes the WAL back into the file."""
        self.reader.dispose()
        self.writer.dispose()


def connect(path: Path, vfs: str = "") -> Database:
    """The engines for the file at ``path``, which nothing touches yet. ``vfs`` names another SQLite file layer, for
    tests of power cuts.
    """
    # A failed statement is told without its values: they hold what is personal.
    writer = create_engine(_url(path, "rwc", vfs), hide_parameters=True, pool_size=1, max_overflow=0)
    reader = create_engine(_url(path, "ro", vfs), hide_parameters=True, pool_size=2, max_overflow=0)
    _prepare(writer, WRITER_PRAGMAS, "BEGIN IMMEDIATE")
    _prepare(reader, READER_PRAGMAS, "BEGIN")
    return Database(path, writer, reader)


def _url(path: Path, mode: str, vfs: str) -> URL:
    query = {"uri": "true", "mode": mode} | ({"vfs": vfs} if vfs else {})
    return URL.create("sqlite+pysqlite", database=f"file:{quote(str(path.absolute()))}", query=query)


def _prepare(engine: Engine, pragmas: Mapping[str, str | int], begin: str) -> None:
    """Our own BEGIN: the sqlite3 module sends none before SELECT or DDL, and a late upgrade fails at once."""

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for name, value in pragmas.items():
            _set(connection, name, value)

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _set(connection: sqlite3.Connection, name: str, value: str | int) -> None:
    connection.execute(f"PRAGMA {name}={value}").fetchall()
    (actual,) = connection.execute(f"PRAGMA {name}").fetchone()
    if actual != value:
        message = f"PRAGMA {name} is {actual!r}, {value!r} was asked for"
        raise PragmaRefusedError(message)


def trouble_of(error: SQLAlchemyError | sqlite3.Error | OSError) -> Trouble:
    """What a failed call says about the file."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, PragmaRefusedError):
        return Trouble.READ_ONLY
    if isinstance(cause, OSError):
        return Trouble.READ_ONLY if isinstance(cause, PermissionError) else Trouble.DISK_ERROR
    return TROUBLES.get("_".join(_error_name(error).split("_")[:2]), Trouble.UNFIT)


def _error_name(error: SQLAlchemyError | sqlite3.Error | OSError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    name: str = getattr(cause, "sqlite_errorname", "")
    return name


@dataclass(frozen=True, slots=True)
class Checkpointed:
    """The WAL was written back as far as readers allowed; ``left_pages`` wait for the next checkpoint."""

    blocked: bool
    left_pages: int


@dataclass(frozen=True, slots=True)
class CheckpointFailed:
    """The WAL could not be written back: the main file is failing although commits still succeed. An alarm."""

    reason: str


def checkpoint(database: Database) -> Checkpointed | CheckpointFailed:
    """Write the WAL back into the database and cut it to nothing; to be called when idle, on the writer's thread.

    Waits for no reader. Outside of any transaction, hence past SQLAlchemy's own.
    """
    try:
        with closing(database.writer.raw_connection()) as held:
            return _checkpointed(held.cursor())
    except (SQLAlchemyError, sqlite3.Error) as error:
        return CheckpointFailed(str(error))


def _checkpointed(cursor: DBAPICursor) -> Checkpointed:
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        blocked, wal_pages, moved_pages = cursor.fetchall()[0]
    finally:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.fetchall()
    return Checkpointed(bool(blocked), wal_pages - moved_pages)


def wal_bytes(path: Path) -> int:
    """Size of the WAL in bytes; beyond ``WAL_ALARM_BYTES`` something keeps it from being written back."""
    wal = beside(path, "-wal")
    return wal.stat().st_size if wal.exists() else 0


class CheckUnfinishedError(Exception):
    """The file was sound as far as it was read, and the time for it was over."""


def quick_check(database: Database, budget_s: float | None = None) -> tuple[str, ...]:
    """What SQLite finds wrong with the file, one sentence each; empty if it is sound. Reads it all: not before the
    first frame. Raises CheckUnfinishedError after ``budget_s`` seconds.
    """
    try:
        with database.reader.begin() as connection, _interrupted_after(connection, budget_s):
            found = tuple(str(row[0]) for row in connection.execute(text("PRAGMA quick_check")))
    except SQLAlchemyError as error:
        if _error_name(error) == "SQLITE_INTERRUPT":
            message = f"{database.path} was not read to its end within {budget_s:g} s"
            raise CheckUnfinishedError(message) from error
        return (str(error),)
    return () if found == ("ok",) else found


@contextmanager
def _interrupted_after(connection: Connection, budget_s: float | None) -> Iterator[None]:
    """From a thread of its own: most of the check is one step of SQLite's, within which it asks nobody."""
    driver = connection.connection.driver_connection
    if budget_s is None or driver is None:
        yield
        return
    done = threading.Event()

    def watch() -> None:
        patience_s = budget_s
        while not done.wait(patience_s):
            driver.interrupt()
            patience_s = INTERRUPT_S

    watcher = threading.Thread(target=watch, name="quick check's time", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def wal_reset_affected(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite has the WAL-reset bug (3.7.0 to 3.51.2; fixed in 3.51.3, 3.50.7 and 3.44.6;
    sqlite.org/wal.html).

    It needs two connections that write or checkpoint at the same moment, and the kiosk has one; diagnostics still say
    so.
    """
    fixed = any(version[:2] == fix[:2] and version >= fix for fix in WAL_RESET_BACKPORTS)
    return (3, 7, 0) <= version < WAL_RESET_FIXED and not fixed


def beside(path: Path, suffix: str) -> Path:
    """The file that belongs to ``path`` under this suffix."""
    return path.with_name(path.name + suffix)


def sync_directory(directory: Path) -> None:
    """Make names in ``directory`` durable: SQLite does not do it for a new database file."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make the bytes of ``path`` durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
