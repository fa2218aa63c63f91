"""What a record costs on its disk: bytes that stay for each visit, bytes written for it, how long the WAL gets.

Holds the counting over ordinary visits at a whole kiosk in virtual time, 400 a day, every row of it real.

    .venv/bin/python -m tests.measure.growth --visits 400
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.core.entries import Entry
from storage.database import checkpoint, wal_bytes
from tests.measure.disks import Written, counting_disk
from tests.measure.visits import VISITS_A_DAY, Building

FIRST_VISITS = 20
"""Not counted: by then every table has its first pages."""
YEAR_VISITS = 365 * VISITS_A_DAY
ROW_BYTES = {
    "entries": "sum(length(body))",
    "attachments": "sum(length(bytes) + ifnull(length(record_key), 0))",
    "checkpoints": "sum(length(note) + length(leaves))",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is at one moment, everything written back."""

    database: int
    entries: int
    rows: Mapping[str, int]
    """Bytes of the rows' contents, by table."""
    written: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Growth:
    """What so many visits added."""

    visits: int
    before: Size
    after: Size
    longest_wal: int

    @property
    def bytes_per_visit(self) -> float:
        """By which the database file grew."""
        return (self.after.database - self.before.database) / self.visits

    @property
    def entries_per_visit(self) -> float:
        return (self.after.entries - self.before.entries) / self.visits

    def rows_per_visit(self, table: str) -> float:
        return (self.after.rows[table] - self.before.rows[table]) / self.visits

    def written_per_visit(self, suffix: str) -> float:
        """Bytes that went to the disk, all copies of a page counted."""
        return (self.after.written[suffix] - self.before.written[suffix]) / self.visits


def measured(directory: Path, visits: int) -> Growth:
    """Live through them. Raises NotToBeHeardError where SQLite's writes cannot be counted."""
    building = Building(directory)
    wals = [0]

    def look(_entries: Sequence[Entry]) -> None:
        wals.append(wal_bytes(building.path))

    building.kiosk.taps.append(look)
    with counting_disk(building.path) as written, building:
        building.visits(FIRST_VISITS)
        before = _size(building, written)
        building.visits(visits)
        return Growth(visits, before, _size(building, written), max(wals))


def _size(building: Building, written: Written) -> Size:
    database = building.kiosk.database
    checkpoint(database)
    with database.reader.begin() as connection:
        rows = {
            table: int(connection.exec_driver_sql(f"SELECT {size} FROM {table}").scalar_one() or 0)
            for table, size in ROW_BYTES.items()
        }
        entries = int(connection.exec_driver_sql("SELECT count(*) FROM entries").scalar_one())
    return Size(building.path.stat().st_size, entries, rows, Counter(written.bytes))


def report(visits: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        grown = measured(Path(place), visits)
    print(f"{visits} visits, a drop and its pickup in turn, {VISITS_A_DAY} a day{'':14}{'a visit':>12}{'a year':>12}")
    _row("entries", grown.entries_per_visit, f"{grown.entries_per_visit * YEAR_VISITS:,.0f}")
    _bytes_row("the database file grows by, bytes", grown.bytes_per_visit)
    for table in ROW_BYTES:
        _bytes_row(f"  contents of {table}", grown.rows_per_visit(table))
    _bytes_row("written to the WAL", grown.written_per_visit("-wal"))
    _bytes_row("written to the database file", grown.written_per_visit(""))
    print(f"longest WAL: {grown.longest_wal / 2**20:.2f} MiB; a snapshot a day writes the whole database once more")


def _bytes_row(name: str, per_visit: float) -> None:
    _row(name, per_visit, f"{per_visit * YEAR_VISITS / 1e6:,.0f} MB")


def _row(name: str, per_visit: float, year: str) -> None:
    print(f"  {name:64}{per_visit:12,.1f}{year:>12}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=400, help="an even number (400)")
    report(parser.parse_args().visits)


if __name__ == "__main__":
    main()
