"""Restore: a snapshot becomes the record, in a new epoch; the old record or the whole new one, and nothing between.

Holds the order of steps on the disk. It must not know what a restored record means for parcels and codes, nor who asks.

The new record is made in a file of another name. When it is complete and durable to its last byte, its epoch's number
is noted beside the record, and it gets a name that says so. Then the old one is moved aside, and one rename puts the
new one in its place. A power cut before the old one has moved leaves the old one; after that, the next start finds the
complete file and finishes what is left.
"""

import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kiosk.core.books import Books, Custody
from kiosk.core.entries import RESTORED, ClockState, CodeLife, EpochStarted, Stamp
from kiosk.core.merkle import root
from kiosk.core.recovery import restored
from storage.aside import PARTS, last_epoch, move_aside, remember_epoch
from storage.database import CheckpointFailed, Database, beside, checkpoint, sync_directory, sync_file
from storage.examine import NOTHING, Damage, Expected, Refused, Sound, examine
from storage.journal import SqlJournal
from storage.rebuild import verify_tree
from storage.snapshots import copy_record, remove, snapshots_in

SNAPSHOTS = "snapshots"
"""The directory of the kiosk's own snapshots, beside its record."""
UNFINISHED = ".restoring"
COMPLETE = ".restored"
"""A name of its own, for the copy alone has the old codes live: without its new epoch it must never be the record."""
UNSEEN_EPOCHS = 10
"""On a card that remembers no epoch so many numbers are left out: another card may have begun some after the copy was
made, and a number is never used twice.
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """What the record is now, and where the one before it is, if there was one."""

    epoch: int
    previous_epoch: int
    entries: int
    """How many entries the copy has in its newest epoch."""
    checked: int
    """Compartments that are Check."""
    suspended: int
    """Codes that open nothing until a person has looked."""
    set_aside: Path | None = None


@dataclass(frozen=True, slots=True)
class NotRestored:
    """Nothing was touched; ``reason`` is one sentence."""

    reason: str


class _NoChance:
    """A restored epoch begins without a single random byte."""

    def random_bytes(self, count: int) -> bytes:
        message = f"{count} random bytes were asked for while a record was restored"
        raise RuntimeError(message)


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants a record restored, and why; nobody, where a start does it by itself."""

    person: str = ""
    detail: str = ""
    label: str = "replaced"
    """What the name of the record before it goes on with."""


def restore(snapshot: Path, path: Path, expected: Expected, order: Order) -> Restored | NotRestored:
    """Make the copy at ``snapshot`` the record at ``path``. Raises SQLAlchemyError, sqlite3.Error or OSError when the
    disk fails: then the old record is still there, or the next start finishes.
    """
    made = _prepared(snapshot, path, expected, order)
    if isinstance(made, NotRestored):
        return made
    remember_epoch(path, made.epoch)
    _rename(beside(path, UNFINISHED), beside(path, COMPLETE))
    moved = None
    if any(beside(path, part).exists() for part in PARTS):
        moved = move_aside(path, max(last_epoch(path) - 1, made.previous_epoch), order.label)
    _put_in_place(path)
    return Restored(made.epoch, made.previous_epoch, made.entries, made.checked, made.suspended, moved)


def finish_restore(path: Path) -> bool:
    """Put a complete new record in its place, if a power cut came between; whether there was one. Raises OSError.

    Where the old record still stands, what was begun beside it is thrown away: it would hold what is personal for ever,
    and pass for a new record years later.
    """
    _discard(path, UNFINISHED)
    if path.exists():
        _discard(path, COMPLETE)
    if not beside(path, COMPLETE).exists():
        return False
    if any(beside(path, part).exists() for part in PARTS):
        # The old record's log, whose main file has moved: it must not be taken for the new one's.
        move_aside(path, last_epoch(path) - 1, "replaced")
    _put_in_place(path)
    return True


def _discard(path: Path, suffix: str) -> None:
    """The file of that name beside the record, and everything that SQLite or a migration put beside it."""
    for each in tuple(path.parent.iterdir()):
        if each.name.startswith(path.name + suffix):
            each.unlink()


def newest_restored(path: Path, expected: Expected, label: str) -> Restored | None:
    """Restore the newest of the kiosk's own snapshots that is good; None if none is. Raises as `restore`."""
    for snapshot in snapshots_in(path.parent / SNAPSHOTS):
        done = restore(snapshot.path, path, expected, Order(label=label))
        if isinstance(done, Restored):
            return done
    return None


def _put_in_place(path: Path) -> None:
    _rename(beside(path, COMPLETE), path)


def _rename(file: Path, target: Path) -> None:
    file.replace(target)
    sync_directory(target.parent)


# --- the new record, complete in a file of another name ---


def _prepared(snapshot: Path, path: Path, expected: Expected, order: Order) -> Restored | NotRestored:
    """A complete record in a new epoch, durable beside ``path`` but for its name."""
    unfinished = beside(path, UNFINISHED)
    try:
        copy_record(snapshot, unfinished, expected.vfs)
    except sqlite3.Error as error:
        remove(unfinished)
        return NotRestored(f"{snapshot} cannot be read whole: {error}")
    found = examine(unfinished, expected)
    if not isinstance(found, Sound):
        remove(unfinished)
        return NotRestored(_why(snapshot, unfinished, found))
    with ExitStack() as undo:
        undo.callback(found.database.close)
        made = _begun_anew(found, path, snapshot, order)
    if isinstance(made, NotRestored):
        remove(unfinished)
    else:
        _leave_one_file(unfinished, found.copy)
    return made


def _why(snapshot: Path, unfinished: Path, found: Refused | Damage | object) -> str:
    reason = found.reason if isinstance(found, Refused | Damage) else "it holds no record"
    return f"{snapshot} is no copy to go on with: {reason}".replace(str(unfinished), "it")


def _begun_anew(found: Sound, path: Path, snapshot: Path, order: Order) -> Restored | NotRestored:
    if found.head == NOTHING:
        return NotRestored(f"{snapshot} is no copy to go on with: it has no entry")
    broken = [tree.epoch for tree in verify_tree(found.database) if not tree.whole]
    if broken:
        return NotRestored(f"{snapshot} is no copy to go on with: the tree of epoch {broken[0]} is not its entries'")
    books, epoch = found.books, _next_epoch(path, found.books)
    head, root_before = found.head, root(found.head.frontier).hex()
    body = EpochStarted(RESTORED, books.kiosk, head.epoch, head.size, root_before, order.person, order.detail)
    journal = SqlJournal(found.database, _NoChance())
    journal.commit(restored(books, _stamp(books), body, epoch))
    _written_back(found.database)
    after = journal.books()
    return Restored(epoch, head.epoch, head.size, _count_checked(after), _count_suspended(after))


def _next_epoch(path: Path, books: Books) -> int:
    known = last_epoch(path)
    return max(known, books.epoch) + 1 if known else books.epoch + 1 + UNSEEN_EPOCHS


def _stamp(books: Books) -> Stamp:
    """A restore is a boot of its own. No clock is asked: that the copy's last moment has passed is all that is sure."""
    clock_state = ClockState.FLOOR if books.wall_ms else ClockState.UNKNOWN
    return Stamp(books.mono_ms, books.wall_ms, clock_state, books.boot + 1, 0)


def _written_back(database: Database) -> None:
    done = checkpoint(database)
    if isinstance(done, CheckpointFailed):
        raise OSError(done.reason)


def _leave_one_file(unfinished: Path, copy: Path | None) -> None:
    """The last connection has written the log back; what a migration put by is the snapshot itself."""
    if copy is not None:
        copy.unlink(missing_ok=True)
    beside(unfinished, ".epoch").unlink(missing_ok=True)
    for part in PARTS[1:]:
        beside(unfinished, part).unlink(missing_ok=True)
    sync_file(unfinished)
    sync_directory(unfinished.parent)


def _count_checked(books: Books) -> int:
    return sum(1 for compartment in books.compartments.values() if compartment.custody is Custody.CHECK)


def _count_suspended(books: Books) -> int:
    return sum(1 for parcel in books.parcels.values() if parcel.code_life is CodeLife.SUSPENDED)
