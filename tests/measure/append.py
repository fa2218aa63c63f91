"""What a commit of the journal costs beside bare SQLite: the same rows' bytes in one plain table, committed as often.

Holds both loops over the real decisions of a whole kiosk, in turns within one run, on the disk as it is and on one
whose every sync takes some milliseconds more.

    .venv/bin/python -m tests.measure.append --visits 100
"""

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

from kiosk.core.entries import Entry
from kiosk.core.ids import KioskId
from kiosk.vault import SystemEntropy
from storage.database import WRITER_PRAGMAS, Database
from storage.journal import SqlJournal
from storage.start import Opened, open_storage
from tests.measure.disks import slow_disk
from tests.measure.visits import Building, decisions

BLOCK = 50
"""Commits of one loop before it is the other's turn."""
SLOW_SYNC_MS = (0, 5)
Decisions = Sequence[Sequence[Entry]]
RowSizes = Sequence[Sequence[int]]
"""Bytes of each row that a commit writes, commit by commit."""


# --- what is committed ---


def real_decisions(directory: Path, visits: int) -> Decisions:
    """Every commit of a kiosk that lived through so many visits."""
    with Building(directory) as building:
        building.visits(visits)
        return decisions(building.kiosk.database)


@contextmanager
def new_journal(path: Path, given: Decisions) -> Iterator[tuple[SqlJournal, Database]]:
    """An empty record of the kiosk whose decisions these are."""
    kiosk = KioskId(getattr(given[0][0].body, "kiosk", ""))
    opened = open_storage(path, kiosk)
    assert isinstance(opened, Opened), opened
    try:
        yield SqlJournal(opened.database, SystemEntropy()), opened.database
    finally:
        opened.database.close()


def row_sizes(path: Path, given: Decisions) -> RowSizes:
    """What the journal writes of these decisions: entries, attachments, heads, projections."""
    sizes: list[int] = []
    found = []

    def counted(*called: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own arguments
        sizes.extend(map(_bytes_of, _rows_in(called[3])))

    with new_journal(path, given) as (journal, database):
        event.listen(database.writer, "before_cursor_execute", counted)
        for entries in given:
            sizes.clear()
            journal.commit(entries)
            found.append(tuple(sizes))
    return found


def _rows_in(parameters: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - one row or many
    rows = parameters if isinstance(parameters, list) else [parameters]
    return [row for row in rows if row]


def _bytes_of(row: tuple[Any, ...]) -> int:
    return sum(map(_value_bytes, row))


def _value_bytes(value: object) -> int:
    match value:
        case bytes():
            return len(value)
        case str():
            return len(value.encode())
        case int():
            return (value.bit_length() + 7) // 8
        case _:
            return 0


# --- the two loops ---


@contextmanager
def bare_table(path: Path) -> Iterator[sqlite3.Connection]:
    """One plain table with the journal's own settings."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name, value in WRITER_PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}")
        connection.execute("CREATE TABLE rows (bytes BLOB NOT NULL)")
        yield connection


def commit_bare(connection: sqlite3.Connection, rows: Sequence[tuple[bytes]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO rows VALUES (?)", rows)
    connection.execute("COMMIT")


@dataclass(frozen=True, slots=True)
class Taken:
    """Microseconds of every commit of both loops."""

    journal: Sequence[float]
    bare: Sequence[float]

    @property
    def rate(self) -> float:
        """Commits of the journal in the time of one bare commit: by the whole time, the WAL's upkeep in it."""
        return sum(self.bare) / sum(self.journal)

    @property
    def median_rate(self) -> float:
        """The same of the median commits."""
        return statistics.median(self.bare) / statistics.median(self.journal)


def both(directory: Path, given: Decisions, sizes: RowSizes) -> Taken:
    """Commit everything in both ways, a block each in turn."""
    plain = [[(bytes(size),) for size in rows] for rows in sizes]
    journal_us: list[float] = []
    bare_us: list[float] = []
    with new_journal(directory / "journal.db", given) as (journal, _), bare_table(directory / "bare.db") as table:
        for at in range(0, len(given), BLOCK):
            journal_us += [_timed_us(partial(journal.commit, each)) for each in given[at : at + BLOCK]]
            bare_us += [_timed_us(partial(commit_bare, table, each)) for each in plain[at : at + BLOCK]]
    return Taken(journal_us, bare_us)


def _timed_us(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1e6


def report(visits: int, at: Path | None) -> None:
    with tempfile.TemporaryDirectory(dir=at) as place:
        directory = Path(place)
        given = real_decisions(directory, visits)
        sizes = row_sizes(directory / "sizes.db", given)
        rows, size = sum(map(len, sizes)) / len(sizes), sum(map(sum, sizes)) / len(sizes)
        entries = sum(map(len, given)) / len(given)
        print(f"{len(given)} commits: each {entries:.1f} entries, {rows:.1f} rows, {size:.0f} bytes; microseconds")
        print(f"{'each sync':12}{'journal':>10}{'p95':>10}{'bare':>10}{'p95':>10}{'rate':>8}{'of medians':>12}")
        for slower_ms in SLOW_SYNC_MS:
            (directory / str(slower_ms)).mkdir()
            with slow_disk(slower_ms / 1_000) if slower_ms else nullcontext():
                _print_row(slower_ms, both(directory / str(slower_ms), given, sizes))


def _print_row(slower_ms: int, taken: Taken) -> None:
    each = (taken.journal, taken.bare)
    columns = "".join(f"{statistics.median(us):10.0f}{statistics.quantiles(us, n=20)[18]:10.0f}" for us in each)
    name = f"+ {slower_ms} ms" if slower_ms else "as it is"
    print(f"{name:12}{columns}{taken.rate:8.3f}{taken.median_rate:12.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=100, help="an even number (100)")
    parser.add_argument("--at", metavar="DIRECTORY", type=Path, help="on which disk (that of temporary files)")
    arguments = parser.parse_args()
    report(arguments.visits, arguments.at)


if __name__ == "__main__":
    main()
