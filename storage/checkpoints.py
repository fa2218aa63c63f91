"""Checkpoints: which part of the record no checkpoint covers yet, and keeping one that was signed.

Holds two short transactions for the thread that writes. It must not know keys, nor when a checkpoint is due.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, literal_column, select

from kiosk.core.merkle import leaf_hash, root
from storage.database import Database
from storage.heads import frontier_of
from storage.projections import statement_text
from storage.schema import CHECKPOINTS, ENTRIES, HEAD

MOST_LEAVES = 1_000
"""A checkpoint over more entries than this, the first after a key was given to an old kiosk, keeps no leaf hashes: the
engine's thread would read for too long.
"""


def _select_uncovered() -> Select[Any]:
    newest = select(func.max(CHECKPOINTS.c.size)).where(CHECKPOINTS.c.epoch == HEAD.c.epoch).scalar_subquery()
    covered = func.coalesce(newest, literal_column("0"))
    columns = (HEAD.c.epoch, HEAD.c.size, HEAD.c.frontier, covered.label("covered"))
    return select(*columns).where(HEAD.c.size > covered).order_by(HEAD.c.epoch)


UNCOVERED = statement_text(_select_uncovered())
"""Asked in every round of the upkeep, mostly in vain."""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """An epoch whose newest entries no checkpoint covers. What is here was read from the file, so it is durable."""

    epoch: int
    size: int
    root: bytes
    covered: int
    """Size of the newest checkpoint; 0 if there is none."""

    @property
    def entries(self) -> int:
        """How many entries no checkpoint covers."""
        return self.size - self.covered


def uncovered(database: Database) -> Uncovered | None:
    """The oldest epoch with entries after its newest checkpoint; None if there is none. Raises SQLAlchemyError."""
    with database.reader.begin() as connection:
        row = connection.exec_driver_sql(UNCOVERED).first()
    return None if row is None else Uncovered(row.epoch, row.size, root(frontier_of(row.frontier)), row.covered)


def keep_checkpoint(database: Database, about: Uncovered, note: str) -> None:
    """Keep the signed checkpoint over ``about``. Raises SQLAlchemyError."""
    with database.writer.begin() as connection:
        leaves = _leaves(connection, about) if about.entries <= MOST_LEAVES else b""
        row = {"epoch": about.epoch, "size": about.size, "note": note, "leaves": leaves}
        connection.execute(CHECKPOINTS.insert().values(row))


def _leaves(connection: Connection, about: Uncovered) -> bytes:
    since = ENTRIES.c.seq.between(about.covered, about.size - 1)
    query = select(ENTRIES.c.body).where(ENTRIES.c.epoch == about.epoch, since).order_by(ENTRIES.c.seq)
    return b"".join(map(leaf_hash, connection.execute(query).scalars()))
