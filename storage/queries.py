"""Queries: what people ask of the record, read-only: the chain of custody, entries by range, parcels by state.

Holds short read transactions on the reader. It must not write, and must not know who asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from kiosk.core import entries as e
from kiosk.core.books import Parcel, ParcelState
from kiosk.core.entries import NAMES, Body, ClockState, Entry, Stamp, decode
from kiosk.core.ids import CompartmentId, OpeningId, ParcelId, UnitId
from storage.database import Database
from storage.rebuild import entry_of, select_entries
from storage.record_file import RecordFileError, record_file
from storage.schema import ENTRIES, HEAD, PARCEL, PARCELS

KIOSK = "kiosk"
"""The actor of what the kiosk does by itself."""
_BY_ITSELF = (
    e.CodeIssued,
    e.CodeMoved,
    e.NoticeReleased,
    e.NoticeWithdrawn,
    e.PulseFailed,
    e.OpeningFailed,
    e.UnlockAbandoned,
    e.ReservationDropped,
)


@dataclass(frozen=True, slots=True)
class CustodyRow:
    """One step of a parcel's way. ``wall_ms`` is milliseconds since 1970 in UTC, as good as ``clock_state`` says."""

    epoch: int
    seq: int
    wall_ms: int
    clock_state: ClockState
    kind: str
    """The entry's kind, such as ``door_opened``."""
    actor: str
    """Who did it: a courier, a resident, or ``kiosk``."""
    compartment: CompartmentId
    unit: UnitId
    """Empty once erased, like the tracking number."""
    tracking_number: str


def parcel(database: Database, name: ParcelId) -> Parcel | None:
    """The parcel as the record has it, finished or not; None if there never was one of this name."""
    with database.reader.begin() as connection:
        return _parcel(connection, name)


def _parcel(connection: Connection, name: ParcelId) -> Parcel | None:
    row = connection.execute(select(PARCELS).where(PARCELS.c.parcel == name)).one_or_none()
    return None if row is None else PARCEL.build(row[: len(PARCEL.cells)])


def parcels_in(database: Database, state: ParcelState) -> tuple[Parcel, ...]:
    """Every parcel in this state, finished ones too, in the order of their ids."""
    query = select(PARCELS).where(PARCELS.c.state == state.value).order_by(PARCELS.c.parcel)
    with database.reader.begin() as connection:
        return tuple(PARCEL.build(row[: len(PARCEL.cells)]) for row in connection.execute(query))


def entries_between(database: Database, epoch: int, first: int, last: int) -> tuple[Entry, ...]:
    """The entries ``first`` to ``last`` of ``epoch``, both included. Raises UnknownEntryError for one of a newer
    version.
    """
    return _entries(database, select_entries().where(ENTRIES.c.epoch == epoch, ENTRIES.c.seq.between(first, last)))


def newest_entries(database: Database, count: int) -> tuple[Entry, ...]:
    """The last ``count`` entries over all epochs, oldest first. Raises UnknownEntryError for one of a newer version."""
    newest = select_entries().order_by(None).order_by(ENTRIES.c.epoch.desc(), ENTRIES.c.seq.desc()).limit(count)
    return _entries(database, newest)[::-1]


def newest_of_kinds(database: Database, kinds: Sequence[type[Body]], among: int) -> tuple[Entry, ...]:
    """Those of these kinds among the last ``among`` entries, oldest first."""
    rows = select(ENTRIES.c.epoch, ENTRIES.c.seq, ENTRIES.c.body)
    newest = rows.order_by(ENTRIES.c.epoch.desc(), ENTRIES.c.seq.desc()).limit(among).subquery()
    needles = [b'"type":' + e.canonical(NAMES[kind]) for kind in kinds]
    query = select(newest.c.body).where(or_(*(func.instr(newest.c.body, needle) > 0 for needle in needles)))
    with database.reader.begin() as connection:
        bodies = connection.execute(query.order_by(newest.c.epoch, newest.c.seq)).scalars()
        return tuple(entry for entry in map(decode, bodies) if isinstance(entry.body, tuple(kinds)))


def _entries(database: Database, query: Select[Any]) -> tuple[Entry, ...]:
    with database.reader.begin() as connection:
        return tuple(entry_of(row) for row in connection.execute(query))


def epoch_began(database: Database) -> Stamp | None:
    """When the epoch that is being written began; None while there is no entry. Raises UnknownEntryError."""
    newest = select(func.max(ENTRIES.c.epoch)).scalar_subquery()
    with database.reader.begin() as connection:
        first = select(ENTRIES.c.body).where(ENTRIES.c.epoch == newest, ENTRIES.c.seq == 0)
        body = connection.execute(first).scalar_one_or_none()
    return None if body is None else decode(body).stamp


def epoch_ended(database: Database, epoch: int) -> Stamp | None:
    """When the last entry of an epoch was made; None if it has none. Raises UnknownEntryError."""
    with database.reader.begin() as connection:
        of_epoch = select(ENTRIES.c.body).where(ENTRIES.c.epoch == epoch)
        body = connection.execute(of_epoch.order_by(ENTRIES.c.seq.desc()).limit(1)).scalar_one_or_none()
    return None if body is None else decode(body).stamp


def last_place(database: Database) -> tuple[int, int]:
    """Where the record ends: its newest epoch and how many entries that has; noughts while there is none."""
    with database.reader.begin() as connection:
        row = connection.execute(select(HEAD.c.epoch, HEAD.c.size).order_by(HEAD.c.epoch.desc()).limit(1)).one_or_none()
    return (0, 0) if row is None else (row.epoch, row.size)


def last_stamp(path: Path) -> Stamp:
    """When the newest entry of the record file at ``path`` was made. Raises RecordFileError, or UnknownEntryError."""
    with record_file(path) as connection:
        row = connection.execute("SELECT body FROM entries ORDER BY epoch DESC, seq DESC LIMIT 1").fetchone()
    if row is None:
        message = f"{path}: has no entry"
        raise RecordFileError(message)
    return decode(row[0]).stamp


def chain_of_custody(database: Database, name: ParcelId) -> tuple[CustodyRow, ...]:
    """Every entry about the parcel or about an opening made for it, in order. Empty if there never was such a parcel.

    Reads all bodies once or twice: about 0.1 s for 100 000 entries.
    """
    with database.reader.begin() as connection:
        known = _parcel(connection, name)
        if known is None:
            return ()
        own = [entry for entry in _mentioning(connection, [name]) if name in parcels_of(entry.body)]
        openings = openings_for(own)
        about = _mentioning(connection, [name, *openings])
    steps = [x for x in about if name in parcels_of(x.body) or getattr(x.body, "opening", None) in openings]
    return _told(steps, known, openings)


def _mentioning(connection: Connection, ids: Sequence[str]) -> list[Entry]:
    """Entries whose bytes hold one of the ids as a whole JSON string."""
    needles = [e.canonical(name) for name in ids]
    query = select_entries().where(or_(*(func.instr(ENTRIES.c.body, needle) > 0 for needle in needles)))
    return [entry_of(row) for row in connection.execute(query)]


def parcels_of(body: Body) -> tuple[ParcelId, ...]:
    """The parcels an entry is about."""
    if isinstance(body, e.UnlockRequested):
        return body.parcels
    named = getattr(body, "parcel", None)
    return () if named is None else (named,)


def openings_for(entries: Sequence[Entry]) -> dict[OpeningId, str]:
    """Each opening that was made for the parcel, and by whom."""
    return {x.body.opening: x.body.by for x in entries if isinstance(x.body, e.UnlockRequested)}


def _told(entries: Sequence[Entry], known: Parcel, openings: dict[OpeningId, str]) -> tuple[CustodyRow, ...]:
    """The steps with who and where. What names no person of its own is done by whoever had the last opening."""
    rows, person, where = [], str(known.courier), known.compartment
    for entry in entries:
        person = _person(entry.body, openings) or person
        where = getattr(entry.body, "compartment", where)
        stamp = entry.stamp
        actor = KIOSK if isinstance(entry.body, _BY_ITSELF) else person
        kind = NAMES[type(entry.body)]
        rows.append(
            CustodyRow(
                entry.epoch,
                entry.seq,
                stamp.wall_ms,
                stamp.clock_state,
                kind,
                actor,
                where,
                known.unit,
                known.tracking_number,
            )
        )
    return tuple(rows)


def _person(body: Body, openings: dict[OpeningId, str]) -> str:
    match body:
        case e.ParcelReserved(courier=courier) | e.OverflowRecorded(courier=courier):
            return courier
        case e.UnlockRequested(by=by):
            return by
        case _:
            return openings.get(getattr(body, "opening", OpeningId("")), "")
