"""Projections: the books as rows, which rows a commit changes, and the books read back.

Holds the rows' side of the books. It must not know how entries are written, nor why a row changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select, text
from sqlalchemy.dialects.sqlite import dialect, insert

from kiosk.core.books import Books, Compartment, OpenOpening, Parcel
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
from storage.shapes import Shape, SqlValue

T = TypeVar("T")
_FIRST_WRITTEN = text("rowid")
Row = tuple[SqlValue, ...]


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


def load_books(connection: Connection, *, all_parcels: bool = False) -> Books:
    """The books as the projections say. Raises ValueError for rows that this software cannot have written."""
    parcels = select(PARCELS) if all_parcels else select(PARCELS).where(PARCELS.c.finished == 0)
    state = connection.execute(select(STATE)).one_or_none()
    if state is None:
        message = "the state has no row"
        raise ValueError(message)
    scalars = 1 + len(SCALARS.cells)
    compartments: Iterable[Compartment] = _things(connection, COMPARTMENT, select(COMPARTMENTS))
    openings: Iterable[OpenOpening] = _things(connection, OPENING, select(OPENINGS))
    return Books(
        **SCALARS.values(state[1:scalars]),
        compartments={c.compartment: c for c in compartments},
        parcels={parcel.parcel: parcel for parcel in _things(connection, PARCEL, parcels)},
        openings={opening.opening: opening for opening in openings},
        bucket=Bucket(**BUCKET.values(state[scalars:])),
    )


def _things(connection: Connection, shape: Shape[T], query: Any) -> list[T]:  # noqa: ANN401 - a Select of the shape's columns
    """In the order in which the rows were first written, as a dict would keep them."""
    columns = len(shape.cells)
    return [shape.build(row[:columns]) for row in connection.execute(query.order_by(_FIRST_WRITTEN))]
