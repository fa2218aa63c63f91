"""Start: open the database, create it, migrate it, or set a damaged one aside; whatever happens, the answer is a value.

Holds what a kiosk does with its file before it has any state. It must not know what a degraded kiosk shows or refuses.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from kiosk.core.books import Books
from kiosk.core.entries import EpochStarted
from kiosk.core.ids import KioskId
from kiosk.core.merkle import root
from storage.aside import CONDEMNED, PARTS, condemned, last_epoch, move_aside
from storage.create import create_schema
from storage.database import (
    PRIVATE_MODE,
    Database,
    Trouble,
    beside,
    connect,
    sync_directory,
    trouble_of,
    wal_bytes,
)
from storage.journal import Head, newest_head
from storage.migrate import CURRENT, Migrations, NotMigrated, migrate, schema_version
from storage.projections import load_books
from storage.rebuild import entry_of, select_entries
from storage.schema import ENTRIES, PROBE, STATE

MAGIC = b"SQLite format 3\x00"
JOURNAL = "-journal"
_TABLES = text("SELECT name FROM sqlite_master WHERE type = 'table'")
_NOTHING = Head()


@dataclass(frozen=True, slots=True)
class EpochDue:
    """The epoch that must be started before any other entry: ``body`` is its first entry's. The books already name the
    one before.
    """

    number: int
    body: EpochStarted
    contents_unknown: bool
    """Whether this kiosk was used before and its books are gone: every compartment begins Check, never free."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Where the damaged database is now, WAL beside it, and what was wrong with it."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that can be written, proved by writing."""

    database: Database
    epoch_due: EpochDue | None = None
    set_aside: SetAside | None = None
    copy: Path | None = None
    """What the database was before a migration, if there was one; it holds personal data and expires with it."""


@dataclass(frozen=True, slots=True)
class Unwritable:
    """Nothing can be recorded, so nothing may be opened. ``reason`` is one sentence."""

    trouble: Trouble
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A sound database that is not for this software or this kiosk; it is left as it is. ``reason`` is one sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Damage:
    """A database to set aside, and as much of its newest head as can be read."""

    reason: str
    head: Head = _NOTHING


@dataclass(frozen=True, slots=True)
class _Blank:
    """A file without a single table: a creation that did not come to its end."""


def open_storage(
    path: Path, kiosk: KioskId, migrations: Migrations = CURRENT, vfs: str = ""
) -> Opened | Unwritable | Refused:
    """Open the database at ``path`` for this kiosk, whatever state it is in. Never raises for what is on the disk."""
    if not path.parent.is_dir():
        return Unwritable(Trouble.READ_ONLY, f"the directory {path.parent} does not exist")
    try:
        return _open(path, kiosk, migrations, vfs)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        return Unwritable(trouble_of(error), f"{path} cannot be written: {_in_short(error)}")


def _open(path: Path, kiosk: KioskId, migrations: Migrations, vfs: str) -> Opened | Refused:
    found = _examine(path, kiosk, migrations, vfs)
    match found:
        case _Blank():
            return _created(path, Books(kiosk, epoch=last_epoch(path)), vfs)
        case _Damage(reason, head):
            before = max(head.epoch, last_epoch(path), 1)
            moved = move_aside(path, before)
            size, root_before = (head.size, root(head.frontier).hex()) if head.epoch == before else (0, "")
            return _created(path, Books(kiosk, epoch=before, next_seq=size), vfs, root_before, SetAside(moved, reason))
        case _:
            return found


def _examine(path: Path, kiosk: KioskId, migrations: Migrations, vfs: str) -> Opened | Refused | _Damage | _Blank:
    """The first look is a reader's: closing it writes nothing back into a file that may be damaged."""
    if not any(beside(path, part).exists() for part in PARTS):
        return _Blank()
    with ExitStack() as undo:
        database = connect(path, vfs)
        undo.callback(database.close)
        found = _looked_into(database, kiosk, migrations)
        if isinstance(found, Opened):
            undo.pop_all()
        return found


def _looked_into(database: Database, kiosk: KioskId, migrations: Migrations) -> Opened | Refused | _Damage | _Blank:
    try:
        _undo_creation(database)
        if reason := condemned(database.path) or _unlike_a_database(database.path):
            return _Damage(reason, _readable_head(database))
        return _version_checked(database, kiosk, migrations)
    except ValueError as error:
        return _Damage(str(error), _readable_head(database))
    except (SQLAlchemyError, sqlite3.Error) as error:
        if trouble_of(error) not in (Trouble.DAMAGED, Trouble.UNFIT):
            raise
        return _Damage(_in_short(error), _readable_head(database))


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
    return _NOTHING


def _version_checked(database: Database, kiosk: KioskId, migrations: Migrations) -> Opened | Refused | _Damage | _Blank:
    if not database.path.exists():
        return _Blank()
    with database.reader.begin() as connection:
        tables = set(connection.execute(_TABLES).scalars())
        if not tables:
            return _Damage("the database has no tables") if last_epoch(database.path) else _Blank()
        if "alembic_version" not in tables:
            return Refused(f"{database.path} is a database of some other software")
        version, owner = schema_version(connection), connection.execute(select(STATE.c.kiosk)).scalar_one_or_none()
    if owner not in (None, kiosk):
        return Refused(f"{database.path} belongs to kiosk {owner!r}, and this is {kiosk!r}")
    return _at_version(database, version, migrations)


def _at_version(database: Database, version: str, migrations: Migrations) -> Opened | Refused:
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
    return _ready(database, copy)


def _ready(database: Database, copy: Path | None) -> Opened:
    with database.reader.begin() as connection:
        books, head = _consistent(connection)
    with database.writer.begin() as connection:
        _write_probe(connection)
    due = None if head.size else _epoch_due(books, "lost")
    return Opened(database, due, copy=copy)


def _consistent(connection: Connection) -> tuple[Books, Head]:
    """Books and newest head, when entries, head and books end at the same place. Raises ValueError if they do not."""
    books, head = load_books(connection), newest_head(connection)
    last = connection.execute(select(func.max(ENTRIES.c.seq)).where(ENTRIES.c.epoch == head.epoch)).scalar_one()
    size = 0 if last is None else last + 1
    at_end = (books.epoch, books.next_seq) == (head.epoch, head.size) or head == _NOTHING
    if head.size != size or not at_end:
        message = (
            f"entries end at {size}, the head at {head.epoch}/{head.size}, the books at {books.epoch}/{books.next_seq}"
        )
        raise ValueError(message)
    if size:
        newest = select_entries().where(ENTRIES.c.epoch == head.epoch, ENTRIES.c.seq == last)
        entry_of(connection.execute(newest).one())
    return books, head


def _write_probe(connection: Connection) -> None:
    """A disk that is full or read-only says so now, not at the first commit."""
    connection.execute(update(PROBE).values(starts=PROBE.c.starts + 1))


def _created(path: Path, books: Books, vfs: str, root_before: str = "", set_aside: SetAside | None = None) -> Opened:
    beside(path, CONDEMNED).unlink(missing_ok=True)
    path.touch(PRIVATE_MODE)
    with ExitStack() as undo:
        database = connect(path, vfs)
        undo.callback(database.close)
        with database.writer.begin() as connection:
            create_schema(connection, books)
        sync_directory(path.parent)
        undo.pop_all()
    due = _epoch_due(books, "lost" if set_aside is None else "damaged", root_before)
    return Opened(database, due, set_aside)


def _epoch_due(books: Books, reason: str, root_before: str = "") -> EpochDue:
    """``books`` without an entry yet: they name the epoch before, 0 on a kiosk that was never used."""
    unknown = books.epoch > 0
    body = EpochStarted(reason if unknown else "new", books.kiosk, books.epoch, books.next_seq, root_before)
    return EpochDue(books.epoch + 1, body, unknown)


_IN_WORDS: Mapping[Trouble, str] = {
    Trouble.READ_ONLY: "the disk or the file is read-only",
    Trouble.FULL: "the disk is full",
    Trouble.DISK_ERROR: "the disk reports an error",
    Trouble.BUSY: "another program is writing to it",
    Trouble.DAMAGED: "the file is damaged",
    Trouble.UNFIT: "the file does not hold what it should",
}


def _in_short(error: SQLAlchemyError | sqlite3.Error | OSError) -> str:
    """One line: SQLAlchemy's own texts add the statement and a link."""
    cause = getattr(error, "orig", None) or error
    return f"{_IN_WORDS[trouble_of(error)]} ({cause})"
