"""Start: open the database, create it, migrate it, or restore a damaged one; whatever happens, the answer is a value.

Holds what a kiosk does with its file before it has any state. It must not know what a degraded kiosk shows or refuses.
"""

import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from kiosk.core.books import Books
from kiosk.core.entries import EpochStarted
from kiosk.core.ids import KioskId
from kiosk.core.merkle import root
from storage.aside import CONDEMNED, last_epoch, move_aside
from storage.create import create_schema
from storage.database import PRIVATE_MODE, Database, Trouble, beside, connect, sync_directory, trouble_of
from storage.examine import Blank, Damage, Expected, Refused, Sound, examine, in_short
from storage.heads import Head
from storage.migrate import CURRENT, Migrations
from storage.restore import finish_restore, newest_restored


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
    restored: bool = False
    """Whether it is a snapshot, put in the place of a record that was damaged or lost; its newest epoch says so."""


@dataclass(frozen=True, slots=True)
class Unwritable:
    """Nothing can be recorded, so nothing may be opened. ``reason`` is one sentence."""

    trouble: Trouble
    reason: str


def open_storage(
    path: Path, kiosk: KioskId, migrations: Migrations = CURRENT, vfs: str = ""
) -> Opened | Unwritable | Refused:
    """Open the database at ``path`` for this kiosk, whatever state it is in. Never raises for what is on the disk."""
    if not path.parent.is_dir():
        return Unwritable(Trouble.READ_ONLY, f"the directory {path.parent} does not exist")
    try:
        return _open(path, Expected(kiosk, migrations, vfs))
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        return Unwritable(trouble_of(error), f"{path} cannot be written: {in_short(error)}")


def _open(path: Path, expected: Expected) -> Opened | Refused:
    finished = finish_restore(path)
    match examine(path, expected):
        case Sound() as sound:
            return _ready(sound, restored=finished)
        case Refused() as refused:
            return refused
        case Blank():
            return _without_record(path, expected)
        case Damage(reason, head):
            return _damaged(path, expected, reason, head)


def _without_record(path: Path, expected: Expected) -> Opened | Refused:
    """A kiosk that was never used begins an empty record; one that was goes on with its newest snapshot."""
    if last_epoch(path) and newest_restored(path, expected, "replaced"):
        return _opened_again(path, expected)
    return _created(path, Books(expected.kiosk, epoch=last_epoch(path)), expected.vfs)


def _damaged(path: Path, expected: Expected, reason: str, head: Head) -> Opened | Refused:
    done = newest_restored(path, expected, "damaged")
    if done is not None:
        return _opened_again(path, expected, SetAside(done.set_aside or path, reason))
    before = max(head.epoch, last_epoch(path), 1)
    moved = move_aside(path, before)
    size, root_before = (head.size, root(head.frontier).hex()) if head.epoch == before else (0, "")
    books = Books(expected.kiosk, epoch=before, next_seq=size)
    return _created(path, books, expected.vfs, root_before, SetAside(moved, reason))


def _opened_again(path: Path, expected: Expected, set_aside: SetAside | None = None) -> Opened | Refused:
    beside(path, CONDEMNED).unlink(missing_ok=True)
    found = examine(path, expected)
    if isinstance(found, Sound):
        return _ready(found, restored=True, set_aside=set_aside)
    return Refused(f"{path} was restored and still cannot be used: {found}")


def _ready(sound: Sound, *, restored: bool, set_aside: SetAside | None = None) -> Opened:
    due = None if sound.head.size else _epoch_due(sound.books, "lost")
    return Opened(sound.database, due, set_aside, sound.copy, restored)


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
