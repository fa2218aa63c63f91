"""Closings: what deleted epochs added up to, which the entries after them continue.

Holds its stored form, and the reading of the newest. It must not know how it is worked out, nor when an epoch goes.
"""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256

from sqlalchemy import Connection, select

from kiosk.core.books import Books
from kiosk.core.entries import canonical
from storage.projections import Row, Rows, books_of, rows_of
from storage.schema import CLOSINGS


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of the last deleted epoch."""

    epoch: int
    books: bytes

    def opening_books(self) -> Books:
        """The books before the first entry that is left. Raises ValueError for bytes that `closing_bytes` cannot have
        made.
        """
        try:
            tables = json.loads(self.books)
            state: Row = tuple(tables.pop("state"))
            return books_of(Rows(state=state, **{name: [tuple(row) for row in rows] for name, rows in tables.items()}))
        except (AttributeError, KeyError, TypeError) as error:
            message = f"what epoch {self.epoch} added up to cannot be read: {error!r}"
            raise ValueError(message) from error


def closing_bytes(books: Books) -> bytes:
    """The stored form of what an epoch added up to."""
    return canonical(asdict(rows_of(books)))


def digest_of(books: bytes) -> str:
    """SHA-256 in hex, as the entry that deletes names it."""
    return sha256(books).hexdigest()


def newest_closing(connection: Connection) -> Closing | None:
    """That of the last deleted epoch; None while none was deleted."""
    newest = select(CLOSINGS.c.epoch, CLOSINGS.c.books).order_by(CLOSINGS.c.epoch.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return None if row is None else Closing(row.epoch, row.books)
