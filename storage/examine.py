"""Examine: what a database file is, before anything is done with it: sound, damaged, somebody else's, or not there.

Holds the first look and the migration that may follow. It must not know what becomes of a damaged file.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from kiosk.core.books import Books
from kiosk.core.ids import KioskId
from storage.aside import PARTS, condemned, last_epoch
from storage.database import Database, Trouble, beside, connect, trouble_of, wal_bytes
from storage.heads import Head, newest_head
from storage.migrate import CURRENT, Migrations, NotMigrated, migrate, schema_version
from storage.projections import load_books
from storage.rebuild import entry_of, select_entries
from storage.schema import ENTRIES, PROBE, STATE

MAGIC = b"SQLite format 3\x00"
JOURNAL = "-journal"
_TABLES = text("SELECT name FROM sqlite_master WHERE type = 'table'")
NOTHING = Head()


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose record it must be, at which version. ``vfs`` names another SQLite file layer, for tests of power cuts."""

    kiosk: KioskId
    migrations: Migrations = CURRENT
    vfs: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """A database of this kiosk at this version, open, and proved writable; entries, head and books end at one place."""

    database: Database
    books: Books
    head: Head
    copy: Path | None = None
    """What it was before a migration, if there was one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A sound database that is not for this software or this kiosk; it is left as it is. ``reason`` is one sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Damage:
    """A database to set aside, and as much of its newest head as can be read."""

    reason: str
    head: Head = NOTHING


@dataclass(frozen=True, slots=True)
class Blank:
    """A file without a single table: a creation that did not come to its end."""


def examine(path: Path, expected: Expected) -> Sound | Refused | Damage | Blank:
    """The first look is a reader's: closing it writes nothing back into a file that may be damaged."""
    if not any(beside(path, part).exists() for part in PARTS):
        return Blank()
    with ExitStack() as undo:
        database = connect(path, expected.vfs)
        undo.callback(database.close)
        found = _looked_into(database, expected)
        if isinstance(found, Sound):
            undo.pop_all()
        return found


def _looked_into(database: Database, expected: Expected) -> Sound | Refused | Damage | Blank:
    try:
        _undo_creation(database)
        if reason := condemned(database.path) or _unlike_a_database(database.path):
            return Damage(reason, _readable_head(database))
        return _version_checked(database, expected)
    except ValueError as error:
        return Damage(str(error), _readable_head(database))
    except (SQLAlchemyError, sqlite3.Error) as error:
        if trouble_of(error) not in (Trouble.DAMAGED, Trouble.UNFIT):
            raise
        return Damage(in_short(error), _readable_head(database))


def _undo_creation(database: Database) -> None:
    """A rollback journal is written only while a new file is made one with a WAL. What a power cut leaves of it, only a
    writer can undo; a reader would report a read-only disk, at every start.
    """
    if beside(database.path, JOURNAL).exists():
        with database.writer.connect() as connection:
            connection.execute(_TABLES)


def _unlike_a_database(path: Path) -> str:
    """What is wrong with the file at first sight; a file that was never filled is not wrong on a new kiosk. With a WAL
    the first page may be torn, because it was being written back: SQLite reads it from the WAL, or says so itself.
    """
    size = path.stat().st_size if path.exists() else 0
    if size and wal_bytes(path):
        return ""
    if size:
        with path.open("rb") as file:
            return "" if file.read(len(MAGIC)) == MAGIC else "the file does not begin as a database does"
    return "the main file is empty or missing" if wal_bytes(path) or last_epoch(path) else ""


def _readable_head(database: Database) -> Head:
    with suppress(SQLAlchemyError, sqlite3.Error, ValueError), database.reader.begin() as connection:
        return newest_head(connection)
    return NOTHING


def _version_checked(database: Database, expected: Expected) -> Sound | Refused | Damage | Blank:
    if not database.path.exists():
        return Blank()
    with database.reader.begin() as connection:
        tables = set(connection.execute(_TABLES).scalars())
        if not tables:
            return Damage("the database has no tables") if last_epoch(database.path) else Blank()
        if "alembic_version" not in tables:
            return Refused(f"{database.path} is a database of some other software")
        version, owner = schema_version(connection), connection.execute(select(STATE.c.kiosk)).scalar_one_or_none()
    if owner not in (None, expected.kiosk):
        return Refused(f"{database.path} belongs to kiosk {owner!r}, and this is {expected.kiosk!r}")
    return _at_version(database, version, expected.migrations)


def _at_version(database: Database, version: str, migrations: Migrations) -> Sound | Refused:
    if not version.isdigit() or int(version) > int(migrations.target):
        newest = migrations.target
        return Refused(
            f"{database.path} was written by a newer version (schema {version}); this one knows up to {newest}"
        )
    copy = None
    if version != migrations.target:
        done = migrate(database, migrations)
        if isinstance(done, NotMigrated):
            return Refused(f"{database.path} stays at schema {version}: {done.reason}")
        copy = done.copy
    return _sound(database, copy)


def _sound(database: Database, copy: Path | None) -> Sound:
    with database.reader.begin() as connection:
        books, head = consistent(connection)
    with database.writer.begin() as connection:
        _write_probe(connection)
    return Sound(database, books, head, copy)


def _write_probe(connection: Connection) -> None:
    """A disk that is full or read-only says so now, not at the first commit."""
    connection.execute(update(PROBE).values(starts=PROBE.c.starts + 1))


def consistent(connection: Connection) -> tuple[Books, Head]:
    """Books and newest head, when entries, head and books end at the same place. Raises ValueError if they do not."""
    books, head = load_books(connection), newest_head(connection)
    last = connection.execute(select(func.max(ENTRIES.c.seq)).where(ENTRIES.c.epoch == head.epoch)).scalar_one()
    size = 0 if last is None else last + 1
    at_end = (books.epoch, books.next_seq) == (head.epoch, head.size) or head == NOTHING
    if head.size != size or not at_end:
        message = (
            f"entries end at {size}, the head at {head.epoch}/{head.size}, the books at {books.epoch}/{books.next_seq}"
        )
        raise ValueError(message)
    if size:
        newest = select_entries().where(ENTRIES.c.epoch == head.epoch, ENTRIES.c.seq == last)
        entry_of(connection.execute(newest).one())
    return books, head


_IN_WORDS: Mapping[Trouble, str] = {
    Trouble.READ_ONLY: "the disk or the file is read-only",
    Trouble.FULL: "the disk is full",
    Trouble.DISK_ERROR: "the disk reports an error",
    Trouble.BUSY: "another program is writing to it",
    Trouble.DAMAGED: "the file is damaged",
    Trouble.UNFIT: "the file does not hold what it should",
}


def in_short(error: SQLAlchemyError | sqlite3.Error | OSError) -> str:
    """One line: SQLAlchemy's own texts add the statement and a link."""
    cause = getattr(error, "orig", None) or error
    return f"{_IN_WORDS[trouble_of(error)]} ({cause})"
