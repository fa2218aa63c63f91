"""Projections: the books as rows, which rows a commit changes, and the books read back.

Holds the rows' side of the books. It must not know how entries are written, nor why a row changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, select, text
from sqlalchemy.dialects.sqlite import dialect, insert

from kiosk.core.books import Books, Parcel
from kiosk.core.codes import Bucket
from storage.schema import (
    BUCKET,
    COMPARTMENT,
    COMPARTMENTS,
    ONE_ROW,
    OPENING,
    OPENINGS,
    PARCEL,
    PARCELS,
    SCALARS,
    STATE,
)
from storage.shapes import SqlValue

T = TypeVar("T")
_FIRST_WRITTEN = text("rowid")
Row = tuple[SqlValue, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Books as rows, table by table."""

    compartments: list[Row]
    parcels: list[Row]
    openings: list[Row]
    state: Row


@dataclass(frozen=True, slots=True)
class Change:
    """One statement and its rows."""

    statement: str
    rows: list[Row]


def statement_text(statement: Any) -> str:  # noqa: ANN401 - SQLAlchemy's statement types have no public common base
    """The SQL of a statement with ``?`` for each value, in the order of its columns: compiled once, not at every
    commit.
    """
    return str(statement.compile(dialect=dialect(paramstyle="qmark")))


def _upsert(table: Table) -> str:
    key = list(table.primary_key.columns)
    statement = insert(table)
    kept = {column.name: statement.excluded[column.name] for column in table.columns if column not in key}
    return statement_text(statement.on_conflict_do_update(index_elements=key, set_=kept))


class Statements:
    """The texts that write the projections; made once for each journal."""

    def __init__(self) -> None:
        self.compartment = _upsert(COMPARTMENTS)
        self.parcel = _upsert(PARCELS)
        self.opening = _upsert(OPENINGS)
        self.state = _upsert(STATE)
        self.opening_over = statement_text(OPENINGS.delete().where(OPENINGS.c.opening == ""))

    def changes(self, before: Books, after: Books) -> list[Change]:
        """What must be written so that the rows of ``before`` become those of ``after``. Parcels that left stay as
        rows.
        """
        gone = [name for name in before.openings if name not in after.openings]
        changes = (
            Change(self.compartment, [COMPARTMENT.row(c) for c in _changed(before.compartments, after.compartments)]),
            Change(self.parcel, [parcel_row(parcel) for parcel in _changed(before.parcels, after.parcels)]),
            Change(self.opening, [OPENING.row(opening) for opening in _changed(before.openings, after.openings)]),
            Change(self.opening_over, [(name,) for name in gone]),
            Change(self.state, [state_row(after)]),
        )
        return [change for change in changes if change.rows]


def _changed(before: Mapping[Any, T], after: Mapping[Any, T]) -> list[T]:
    """What is new or another object: the books share whatever an entry did not touch."""
    if before is after:
        return []
    return [thing for key, thing in after.items() if before.get(key) is not thing]


def parcel_row(parcel: Parcel) -> Row:
    return (*PARCEL.row(parcel), int(parcel.finished))


def state_row(books: Books) -> Row:
    return (ONE_ROW, *SCALARS.row(books), *BUCKET.row(books.bucket))


def rows_of(books: Books) -> Rows:
    """The rows that stand for ``books``."""
    return Rows(
        [COMPARTMENT.row(compartment) for compartment in books.compartments.values()],
        [parcel_row(parcel) for parcel in books.parcels.values()],
        [OPENING.row(opening) for opening in books.openings.values()],
        state_row(books),
    )


def books_of(rows: Rows) -> Books:
    """The books behind ``rows``. Raises ValueError for rows that `rows_of` cannot have made."""
    scalars = 1 + len(SCALARS.cells)
    return Books(
        **SCALARS.values(rows.state[1:scalars]),
        compartments={c.compartment: c for c in map(COMPARTMENT.build, rows.compartments)},
        parcels={p.parcel: p for p in (PARCEL.build(row[:-1]) for row in rows.parcels)},
        openings={o.opening: o for o in map(OPENING.build, rows.openings)},
        bucket=Bucket(**BUCKET.values(rows.state[scalars:])),
    )


def load_books(connection: Connection, *, all_parcels: bool = False) -> Books:
    """The books as the projections say. Raises ValueError for rows that this software cannot have written."""
    parcels = select(PARCELS) if all_parcels else select(PARCELS).where(PARCELS.c.finished == 0)
    state = connection.execute(select(STATE)).one_or_none()
    if state is None:
        message = "the state has no row"
        raise ValueError(message)
    compartments, openings = select(COMPARTMENTS), select(OPENINGS)
    return books_of(
        Rows(
            _in_order(connection, compartments),
            _in_order(connection, parcels),
            _in_order(connection, openings),
            tuple(state),
        )
    )


def _in_order(connection: Connection, query: Select[Any]) -> list[Row]:
    """In the order in which the rows were first written, as a dict would keep them."""
    return [tuple(row) for row in connection.execute(query.order_by(_FIRST_WRITTEN))]
