"""Erasure: which personal data of a record is due to go, which is one resident's, and what is left on the disk of it.

Holds readings of the record file, and the one rewriting of the file. It must not know when anybody looks, nor what
becomes of the answer.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kiosk.core.ages import Read
from kiosk.core.entries import NAMES, ClockState, DirectoryApplied, Entry, RecipientLookedUp, Stamp, canonical, decode
from kiosk.core.ids import CompartmentId, ParcelId, ResidentId
from kiosk.core.retention import Erasable, is_due
from storage.database import Database
from storage.queries import parcels_of
from storage.record_file import record_file, tables_in
from storage.schema import PRIVATE

MOST_AT_ONCE = 200
"""Entries named by one answer of `due`: what the engine's thread deletes in one commit."""
_APPLIED = b'"type":' + canonical(NAMES[DirectoryApplied])


# --- what was kept for long enough ---


def due(path: Path, now: Read, retention_days: int, limit: int = MOST_AT_ONCE) -> Erasable:
    """What the record at ``path`` has kept for so many days and may not keep longer; at most ``limit`` entries, the
    oldest first.

    From any thread; reads little while little is due. Raises RecordFileError, or UnknownEntryError.
    """
    with record_file(path) as connection:
        if not tables_in(connection) >= {"attachments", "parcels", "directories", "state"}:
            return Erasable()
        found = tuple(islice(_due_entries(connection, now, retention_days), limit))
        return Erasable(found, _due_directories(connection, now, retention_days))


def _due_entries(connection: sqlite3.Connection, now: Read, retention_days: int) -> Iterator[tuple[int, int]]:
    """Entries are in the order of time, so the first that is not due ends the search; not one whose own clock was only
    guessed while wall time counts now, for those after it may have been stamped by a better one.
    """
    unfinished = {name for (name,) in connection.execute("SELECT parcel FROM parcels WHERE finished = 0")}
    for entry in _attached(connection):
        if not is_due(entry.stamp, now, retention_days):
            if now.clock_state is not ClockState.TRUSTED or entry.stamp.clock_state is ClockState.TRUSTED:
                return
        elif unfinished.isdisjoint(parcels_of(entry.body)):
            yield entry.epoch, entry.seq


def _attached(connection: sqlite3.Connection) -> Iterator[Entry]:
    """Every entry that still has an attachment, in order, with what is personal of it."""
    query = (
        "SELECT e.body, p.bytes FROM (SELECT DISTINCT epoch, seq FROM attachments ORDER BY epoch, seq) a"
        " CROSS JOIN entries e USING (epoch, seq)"
        " LEFT JOIN attachments p ON p.epoch = a.epoch AND p.seq = a.seq AND p.kind = ? ORDER BY a.epoch, a.seq"
    )
    return (decode(body, private or b"") for body, private in connection.execute(query, (PRIVATE,)))


def _due_directories(connection: sqlite3.Connection, now: Read, retention_days: int) -> tuple[int, ...]:
    before = old_directories(connection)
    ended = _ends(connection, before[0]) if before else {}
    return tuple(version for version in before if version in ended and is_due(ended[version], now, retention_days))


def old_directories(connection: sqlite3.Connection) -> tuple[int, ...]:
    """The versions of the directory that are kept and were followed by the one in force."""
    query = "SELECT version FROM directories WHERE version < (SELECT directory_version FROM state) ORDER BY version"
    return tuple(version for (version,) in connection.execute(query))


def _ends(connection: sqlite3.Connection, oldest: int) -> Mapping[int, Stamp]:
    """When each version from ``oldest`` on was followed by another: read backwards, and no further than needed."""
    ended: dict[int, Stamp] = {}
    query = "SELECT body FROM entries WHERE instr(body, ?) > 0 ORDER BY epoch DESC, seq DESC"
    later = None
    for (body,) in connection.execute(query, (_APPLIED,)):
        entry = decode(body)
        if not isinstance(entry.body, DirectoryApplied):
            continue
        if later is not None:
            ended |= dict.fromkeys(range(entry.body.version, later.body.version), later.stamp)
        if entry.body.version <= oldest:
            break
        later = _Applied(entry.body, entry.stamp)
    return ended


@dataclass(frozen=True, slots=True)
class _Applied:
    body: DirectoryApplied
    stamp: Stamp


# --- one resident ---


@dataclass(frozen=True, slots=True)
class Held:
    """A parcel that is not finished: nothing of it can be erased yet."""

    parcel: ParcelId
    state: str
    compartment: CompartmentId


@dataclass(frozen=True, slots=True)
class OfResident:
    """What a record holds of one resident."""

    parcels: int
    """How many parcels they ever had; erased ones are counted too, by the resident's pseudonym."""
    erasable: Erasable
    held: tuple[Held, ...]


def of_resident(connection: sqlite3.Connection, resident: ResidentId, units: AbstractSet[str]) -> OfResident:
    """Their parcels, the look-ups of ``units`` and of the units that their parcels were for, and every version of the
    directory that is not in force. Raises UnknownEntryError.
    """
    query = "SELECT parcel, state, compartment, unit, finished FROM parcels WHERE resident = ? ORDER BY rowid"
    rows = connection.execute(query, (resident,)).fetchall()
    looked_up = units | {unit for *_, unit, _ in rows if unit}
    finished = {parcel for parcel, *_, is_finished in rows if is_finished}
    found = tuple((entry.epoch, entry.seq) for entry in _attached(connection) if _is_of(entry, finished, looked_up))
    held = tuple(Held(*row[:3]) for row in rows if not row[-1])
    return OfResident(len(rows), Erasable(found, old_directories(connection)), held)


def _is_of(entry: Entry, parcels: AbstractSet[str], units: AbstractSet[str]) -> bool:
    if isinstance(entry.body, RecipientLookedUp):
        return entry.body.unit in units
    return not parcels.isdisjoint(parcels_of(entry.body))


def kept_directories(connection: sqlite3.Connection) -> Mapping[int, bytes]:
    """Every version of the directory that is kept."""
    return dict(connection.execute("SELECT version, body FROM directories ORDER BY version").fetchall())


# --- the disk ---


def rewrite(database: Database) -> None:
    """Write the whole file anew, so that no page, used or free, holds what a deleted row left. Raises sqlite3.Error or
    SQLAlchemyError; for the thread that writes, and never while a kiosk serves people.

    secure_delete zeroes what is deleted, but not what SQLite left in the gaps of a page when it moved rows about.
    """
    with closing(database.writer.raw_connection()) as held:
        held.cursor().execute("VACUUM")
