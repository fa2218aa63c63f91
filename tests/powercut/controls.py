"""Controls: what must not be, done to the real code or to the order of what it did, so that a replay has to find it.

Holds each of them by its name. It must not know how it is found.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from hardware_sim.card.disk import Created, Operation, Renamed, Synced
from kiosk.core.entries import Entry, PersonalDataErased
from kiosk.wiring.boot import DATABASE
from storage.database import WRITER_PRAGMAS
from storage.deletion import delete_named
from storage.journal import SqlJournal, _Batch
from storage.projections import Change
from tests.powercut.lives import LIVES, Record
from tests.powercut.replay import Reckoning, replay
from tests.powercut.starts import is_copy

NORMAL = 1
Delete = Callable[[Connection, Sequence[Entry], int], None]


@contextmanager
def changed(name: str, value: Any) -> Iterator[None]:  # noqa: ANN401 - whatever stands there
    """While a life is recorded, ``name`` is something that must not be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name, value)
        yield


class TwoTransactions(SqlJournal):
    """Entries and head are durable before the books are."""

    def _write(self, connection: Connection, batch: _Batch, changes: Sequence[Change]) -> None:
        super()._write(connection, batch, ())
        _commit(connection)
        for change in changes:
            connection.exec_driver_sql(change.statement, change.rows)


def _commit(connection: Connection) -> None:
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def erased_afterwards(connection: Connection, entries: Sequence[Entry], in_force: int) -> None:
    """What an entry says to be erased is still there when the entry is durable."""
    if any(isinstance(entry.body, PersonalDataErased) for entry in entries):
        _commit(connection)
        delete_named(connection, entries, in_force)


class ErasedBefore(SqlJournal):
    """What an entry says to be erased is gone before the entry is durable."""

    def _commit(self, entries: Sequence[Entry]) -> None:
        with self._database.writer.begin() as connection:
            delete_named(connection, entries, self._books.directory_version)
        super()._commit(entries)


def named_before_synced(record: Record, unfinished: str, name: str) -> Record:
    """The same, but for the file made as ``unfinished``: it is synced only when it has its ``name``."""
    return replace(record, operations=tuple(_named_first(record.operations, unfinished, name)))


def _named_first(operations: Sequence[Operation], unfinished: str, name: str) -> Iterator[Operation]:
    made = {each.file for each in operations if isinstance(each, Created) and each.name == unfinished}
    waiting: list[Operation] = []
    for operation in operations:
        if isinstance(operation, Synced) and operation.file in made:
            waiting = [operation]
            continue
        yield operation
        if isinstance(operation, Renamed) and operation.to == name:
            yield from waiting
            made, waiting = set(), []


def _seldom_synced(directory: Path) -> Reckoning:
    with changed("storage.database.WRITER_PRAGMAS", {**WRITER_PRAGMAS, "synchronous": NORMAL}):
        life = LIVES["one visit"](directory)
    return replay(life, tries=1)


def _in_two_transactions(directory: Path) -> Reckoning:
    with changed("kiosk.wiring.boot.SqlJournal", TwoTransactions):
        life = LIVES["one visit"](directory)
    return replay(life, tries=1)


def _erased_afterwards(directory: Path) -> Reckoning:
    with changed("storage.journal.delete_named", erased_afterwards):
        life = LIVES["erasure by hand"](directory)
    return replay(life, tries=1)


def _erased_before(directory: Path) -> Reckoning:
    with changed("storage.journal.SqlJournal", ErasedBefore):
        life = LIVES["erasure by hand"](directory)
    return replay(life, tries=1)


def _snapshot_named_first(directory: Path) -> Reckoning:
    life = LIVES["erasure by hand"](directory)
    taken = next(x.to for x in life.operations if isinstance(x, Renamed) and is_copy(x.to))
    return replay(named_before_synced(life, "snapshots/kiosk.db.new", taken), tries=1)


def _restore_named_first(directory: Path) -> Reckoning:
    return replay(named_before_synced(LIVES["restore by hand"](directory), "kiosk.db.restoring", DATABASE), tries=1)


def _lying(directory: Path) -> Reckoning:
    return replay(LIVES["one visit"](directory), tries=1, lies=True)


@dataclass(frozen=True, slots=True)
class Control:
    """One of them."""

    measured: Callable[[Path], Reckoning]
    found: str
    """The first words of what is wrong with at least so many images."""
    at_least: int


CONTROLS: Mapping[str, Control] = {
    "synchronous=NORMAL": Control(_seldom_synced, "set aside", 100),
    "a disk that lies": Control(_lying, "lost", 100),
    "two transactions": Control(_in_two_transactions, "set aside", 100),
    "entry, then erasure": Control(_erased_afterwards, "audit", 10),
    "erasure, then entry": Control(_erased_before, "audit", 10),
    "snapshot named first": Control(_snapshot_named_first, "copy", 3),
    "restore named first": Control(_restore_named_first, "set aside", 5),
}
