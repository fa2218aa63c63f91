"""Rebuild: the projections and the trees worked out anew from the entries and their attachments, and compared with what
is stored.

Holds the proof that nothing but the entries counts. It must not know how a commit writes, and changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, select

from kiosk.core.books import Books, Parcel, post_all, tidy
from kiosk.core.entries import Entry, EpochStarted, decode
from kiosk.core.ids import KioskId, ParcelId
from kiosk.core.merkle import Frontier, leaf_hash, push, root
from storage.closings import newest_closing
from storage.database import Database
from storage.heads import frontier_of
from storage.projections import Row as Stored
from storage.projections import rows_of
from storage.schema import (
    ATTACHMENTS,
    COMPARTMENTS,
    ENTRIES,
    HEAD,
    NOTICE,
    OPENINGS,
    PARCELS,
    PRIVATE,
    STATE,
)

LAST = 1_000_000_000
"""No epoch has a greater number."""
_PRIVATE = ATTACHMENTS.alias(PRIVATE)
_NOTICE = ATTACHMENTS.alias(NOTICE)


def select_entries() -> Select[Any]:
    """Every entry with what is attached to it, in order."""
    own = [and_(a.c.epoch == ENTRIES.c.epoch, a.c.seq == ENTRIES.c.seq) for a in (_PRIVATE, _NOTICE)]
    joined = ENTRIES.outerjoin(_PRIVATE, and_(own[0], _PRIVATE.c.kind == PRIVATE)).outerjoin(
        _NOTICE, and_(own[1], _NOTICE.c.kind == NOTICE)
    )
    columns = (ENTRIES.c.body, _PRIVATE.c.bytes.label("private"), _NOTICE.c.bytes.label("notice"))
    return select(*columns).select_from(joined).order_by(ENTRIES.c.epoch, ENTRIES.c.seq)


def entry_of(row: Row[Any]) -> Entry:
    """The entry behind a row of `select_entries`. Raises UnknownEntryError."""
    return decode(row.body, row.private or b"", row.notice)


def rebuild(database: Database) -> Books:
    """The books with every parcel there ever was, from the entries and attachments alone. Raises ValueError as
    `rebuilt` does.
    """
    with database.reader.begin() as connection:
        return rebuilt(connection)


def rebuilt(connection: Connection, up_to: int = LAST) -> Books:
    """The books at the end of an epoch, with every parcel there was since the last deleted one, from the entries and
    attachments alone. Finished parcels are laid aside between decisions, as the journal does: the cost stays linear in
    the entries.

    Raises ValueError if the entries do not continue one another, or are of a kind that this version does not know.
    """
    books, finished = _beginning(connection), dict[ParcelId, Parcel]()
    for _, decision in groupby(_entries(connection, up_to), key=_decision):
        tidied = tidy(books)
        if tidied is not books:
            finished.update((key, parcel) for key, parcel in books.parcels.items() if parcel.finished)
        books = post_all(tidied, decision)
    return replace(books, parcels={**finished, **books.parcels})


def _decision(entry: Entry) -> tuple[int, int]:
    """All entries of one decision share their stamp, and a commit is one decision."""
    return entry.stamp.boot, entry.stamp.event


def _entries(connection: Connection, up_to: int) -> Iterator[Entry]:
    return map(entry_of, connection.execute(select_entries().where(ENTRIES.c.epoch <= up_to)))


def _beginning(connection: Connection) -> Books:
    """The books before the first entry: what deleted epochs added up to; else the first entry names the kiosk; as the
    state says while there is no entry.
    """
    closing = newest_closing(connection)
    if closing is not None:
        return closing.opening_books()
    first = connection.execute(select_entries().limit(1)).one_or_none()
    if first is None:
        state = connection.execute(select(STATE)).one()
        return Books(KioskId(state.kiosk), epoch=state.epoch, next_seq=state.next_seq)
    body = entry_of(first).body
    if not isinstance(body, EpochStarted):
        message = "the first entry does not start an epoch"
        raise ValueError(message)  # noqa: TRY004 - what is stored is at fault, not the caller
    return Books(KioskId(body.kiosk))


@dataclass(frozen=True, slots=True)
class Difference:
    """A projection row that is not what the entries add up to. Column names only: the values may be personal data."""

    table: str
    key: str | int
    columns: tuple[str, ...]
    """Columns that differ; empty if the row is missing or should not be there."""


def compare_projections(database: Database) -> tuple[Difference, ...]:
    """Every row in which the projections are not what the entries add up to. Raises ValueError as `rebuild` does."""
    with database.reader.begin() as connection:
        rows = rows_of(rebuilt(connection))
        pairs: tuple[tuple[Table, list[Stored]], ...] = (
            (COMPARTMENTS, rows.compartments),
            (PARCELS, rows.parcels),
            (OPENINGS, rows.openings),
            (STATE, [rows.state]),
        )
        return tuple(found for table, rows in pairs for found in _differences(connection, table, rows))


def _differences(connection: Connection, table: Table, rows: list[Stored]) -> Iterator[Difference]:
    """Each table's key is its first column."""
    stored = {row[0]: tuple(row) for row in connection.execute(select(table))}
    rebuilt = {row[0]: row for row in rows}
    for key in sorted(stored.keys() | rebuilt.keys(), key=str):
        if key not in stored or key not in rebuilt:
            yield Difference(table.name, key, ())
        elif stored[key] != rebuilt[key]:
            unequal = zip(table.columns, stored[key], rebuilt[key], strict=True)
            yield Difference(table.name, key, tuple(column.name for column, was, should in unequal if was != should))


@dataclass(frozen=True, slots=True)
class EpochTree:
    """One epoch's tree as recomputed from its rows, beside what the head says."""

    epoch: int
    size: int
    root: bytes
    head_size: int
    head_root: bytes
    first_hole: int | None
    """The first ``seq`` that is not its leaf's index, if any."""

    @property
    def whole(self) -> bool:
        """Whether rows and head agree and no row is missing."""
        return self.first_hole is None and (self.size, self.root) == (self.head_size, self.head_root)


def verify_tree(database: Database) -> tuple[EpochTree, ...]:
    """The tree of every epoch that is not deleted, oldest first. Raises ValueError for a head that is none."""
    with database.reader.begin() as connection:
        return trees_of(connection)


def trees_of(connection: Connection) -> tuple[EpochTree, ...]:
    """As `verify_tree`, in the caller's transaction."""
    closing = newest_closing(connection)
    kept = HEAD.c.epoch > (0 if closing is None else closing.epoch)
    heads = {row.epoch: row for row in connection.execute(select(HEAD).where(kept))}
    leaves = connection.execute(select(ENTRIES).order_by(ENTRIES.c.epoch, ENTRIES.c.seq))
    trees = {epoch: _tree(epoch, rows, heads.get(epoch)) for epoch, rows in groupby(leaves, key=lambda row: row.epoch)}
    empty = {epoch: _tree(epoch, iter(()), head) for epoch, head in heads.items() if epoch not in trees}
    return tuple(tree for _, tree in sorted({**trees, **empty}.items()))


def _tree(epoch: int, rows: Iterator[Row[Any]], head: Row[Any] | None) -> EpochTree:
    size, frontier, first_hole = 0, Frontier(), None
    for row in rows:
        if row.seq != size and first_hole is None:
            first_hole = row.seq
        frontier = push(frontier, size, leaf_hash(row.body))
        size += 1
    head_size, head_frontier = (0, Frontier()) if head is None else (head.size, frontier_of(head.frontier))
    return EpochTree(epoch, size, root(frontier), head_size, root(head_frontier), first_hole)
