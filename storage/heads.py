"""Heads: the tree of an epoch as the database keeps it: its size and the roots of its complete subtrees.

Holds the value, its stored form and the reading of the newest. It must not know how a head grows.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from kiosk.core.merkle import HASH_BYTES, Frontier
from storage.schema import HEAD


@dataclass(frozen=True, slots=True)
class Head:
    """The tree of the epoch that is being written."""

    epoch: int = 0
    size: int = 0
    frontier: Frontier = ()

    @property
    def stored(self) -> bytes:
        return b"".join(self.frontier)


def frontier_of(stored: bytes) -> Frontier:
    """The frontier behind its stored form. Raises ValueError if it is not whole hashes."""
    if len(stored) % HASH_BYTES:
        message = f"a frontier of {len(stored)} bytes is not whole hashes"
        raise ValueError(message)
    return tuple(stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES))


def newest_head(connection: Connection) -> Head:
    """The head of the newest epoch; an empty one of epoch 0 if none was started. Raises ValueError if it is not one."""
    row = connection.execute(select(HEAD).order_by(HEAD.c.epoch.desc()).limit(1)).one_or_none()
    return Head() if row is None else Head(row.epoch, row.size, frontier_of(row.frontier))
