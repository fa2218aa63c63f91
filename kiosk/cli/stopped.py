"""The record of a kiosk that is stopped: opened alone, added to, and written anew with every copy of it.

Holds what commands share that take something out of a record. It must not know what they take out.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.config import Site
from kiosk.core.entries import Body, Entry, Stamp

if TYPE_CHECKING:
    from storage.examine import Sound


class NotDoneError(Exception):
    """Nothing was taken out, or not everywhere; the text is one sentence."""


@contextmanager
def record_of(site: Site) -> "Iterator[Sound]":
    """The record of a kiosk that does not run, claimed for as long. Raises NotDoneError, also for what goes wrong with
    the record meanwhile.
    """
    from kiosk.wiring.boot import database_path  # noqa: PLC0415 - heavy: --help answers without it
    from storage.claim import ClaimedError, claim  # noqa: PLC0415 - as above

    path = database_path(site)
    if not path.is_file():
        message = f"there is no record at {path}"
        raise NotDoneError(message)
    try:
        with claim(path), _errors_told(path), _sound(site, path) as sound:
            yield sound
    except (ClaimedError, OSError) as error:
        raise NotDoneError(str(error)) from error


@contextmanager
def _errors_told(path: Path) -> Iterator[None]:
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError  # noqa: PLC0415 - as above

    from kiosk.ports import JournalError  # noqa: PLC0415 - as above
    from storage.record_file import RecordFileError  # noqa: PLC0415 - as above

    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, JournalError, RecordFileError, ValueError) as error:
        # What SQLite says, or a fence of ours; not which statement it said it to.
        message = f"{path}: {error.orig if isinstance(error, DBAPIError) else error}"
        raise NotDoneError(message) from error


@contextmanager
def _sound(site: Site, path: Path) -> "Iterator[Sound]":
    """The record, open. One that is damaged is for the kiosk's own start to settle."""
    from storage.examine import Expected, Refused, Sound, examine  # noqa: PLC0415 - as above

    found = examine(path, Expected(site.machine.identity.kiosk))
    if isinstance(found, Refused):
        raise NotDoneError(found.reason)
    if not isinstance(found, Sound):
        message = f"{path} is not a record that can be used; start the kiosk once"
        raise NotDoneError(message)
    with closing(found.database):
        if not found.head.size:
            message = f"{path} has no entry yet"
            raise NotDoneError(message)
        yield found


def stamp_of(site: Site, sound: "Sound") -> Stamp:
    """As a boot of its own: it says that no kiosk was running, and how far this machine's clock is believed."""
    from kiosk.wiring.boot import system_clock_of  # noqa: PLC0415 - as above

    books = sound.books
    now = system_clock_of(site)(books.mono_ms, books.wall_ms).now()
    return Stamp(now.mono_ms, now.wall_ms, now.clock_state, books.boot + 1, 0)


def commit(sound: "Sound", stamp: Stamp, bodies: Iterable[Body]) -> None:
    """Add entries in one transaction, and take out what they name. Raises JournalError."""
    from kiosk.vault import SystemEntropy  # noqa: PLC0415 - as above
    from storage.journal import SqlJournal  # noqa: PLC0415 - as above

    books = sound.books
    entries = [Entry(books.epoch, seq, stamp, body) for seq, body in enumerate(bodies, books.next_seq)]
    SqlJournal(sound.database, SystemEntropy()).commit(entries)


def write_anew(sound: "Sound") -> None:
    """The whole file, so that no page of it holds what was taken out. Raises NotDoneError, or what SQLite raises."""
    from storage.database import Checkpointed, checkpoint  # noqa: PLC0415 - as above
    from storage.erasure import rewrite  # noqa: PLC0415 - as above

    rewrite(sound.database)
    done = checkpoint(sound.database)
    if done != Checkpointed(blocked=False, left_pages=0):
        message = f"{sound.database.path}: done, but the write-ahead log cannot be written back: {done}; do it again"
        raise NotDoneError(message)


def only_new_copies(site: Site, path: Path) -> tuple[str, ...]:
    """In each place that is within reach, a copy of the record as it is now and no older one. Raises NotDoneError."""
    from storage.restore import SNAPSHOTS  # noqa: PLC0415 - as above
    from storage.snapshots import NoSnapshot, discard_copies, take_snapshot  # noqa: PLC0415 - as above

    elsewhere = site.machine.identity.snapshot_copy
    within_reach = elsewhere is not None and elsewhere.is_dir()
    places = (path.parent / SNAPSHOTS, *((elsewhere,) if elsewhere is not None and within_reach else ()))
    taken = [take_snapshot(path, place, keep=1) for place in places]
    for place, each in zip(places, taken, strict=True):
        if isinstance(each, NoSnapshot):
            message = f"{path}: done, but older snapshots in {place} still hold it: {each}; do it again"
            raise NotDoneError(message)
    discard_copies(path)
    return tuple(str(each.path) for each in taken if not isinstance(each, NoSnapshot))


def out_of_reach(site: Site) -> str:
    """Where older copies may be that nobody can take away now; empty if nowhere."""
    elsewhere = site.machine.identity.snapshot_copy
    return "" if elsewhere is None or elsewhere.is_dir() else str(elsewhere)
