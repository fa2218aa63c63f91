"""Whether a kiosk grows slow as its record grows: with a few entries and with two million, and while others read them.

Holds the waiting times from the last digit to the pulse of two kiosks on one machine, in turns within one run, while
the long record is copied, verified or exported by other processes, one after the other; then what a start costs.

    .venv/bin/python -m tests.measure.long_record --at DIR
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from storage.database import wal_bytes
from storage.restore import SNAPSHOTS
from storage.snapshots import snapshots_in
from tests.measure.bench import ROOT, BankProcess, bank_process, bench_site, wait_until
from tests.measure.footprint import resident_mb, started, stopped
from tests.measure.latency import POLLS, Hands, brought, on_bench, p95, pickups, running
from tests.measure.long_history import write_long_record

ENTRIES = 2_000_000
ARCHIVIST_S = 600.0
"""Within this time a kiosk that nobody uses has read the whole file and copied it."""
POLICY = POLLS["line idle"] + "grace_s = 900\n"
SMALL, LONG = "small record", "long record"
COMMANDS: Mapping[str, Sequence[str]] = {
    "backup": ("backup", "{db}", "--out", "{out}"),
    "audit verify": ("audit", "verify", "{db}"),
    "audit export": ("audit", "export", "{db}", "--parcel", "long-1", "--out", "{out}"),
}


# --- other processes on the same record ---


class Busy:
    """One command over and over, each time in a new process, until it is told to stop; in a thread of its own."""

    def __init__(self, name: str, database: Path, directory: Path) -> None:
        self._out = directory / "out"
        arguments = [part.format(db=database, out=self._out) for part in COMMANDS[name]]
        self._command = [sys.executable, "-m", "kiosk", *arguments]
        self._over = threading.Event()
        self.finished_s: list[float] = []
        """Seconds of each process that came to its end."""
        self.failures: list[str] = []

    def run(self) -> None:
        while not self._over.is_set() and not self.failures:
            self._out.unlink(missing_ok=True)
            begun = time.monotonic()
            process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            while process.poll() is None and not self._over.wait(0.05):
                """It works."""
            process.kill()
            _, said = process.communicate()
            if process.returncode == 0:
                self.finished_s.append(time.monotonic() - begun)
            elif not self._over.is_set():
                self.failures.append(said.decode())

    def stop(self) -> None:
        self._over.set()


@contextmanager
def busy(name: str, database: Path, directory: Path) -> Iterator[Busy]:
    """The command of this name at work on this record during the block. Raises RuntimeError if it failed."""
    working = Busy(name, database, directory)
    thread = threading.Thread(target=working.run, name=name)
    thread.start()
    try:
        yield working
    finally:
        working.stop()
        thread.join()
        for left in directory.glob("out*"):
            left.unlink()
    if working.failures:
        message = f"kiosk {name}: {working.failures[0]}"
        raise RuntimeError(message)


# --- waiting times ---


class Visited:
    """A running kiosk with a parcel in it, and how long its resident waited each time."""

    def __init__(self, hands: Hands, bank: BankProcess, database: Path) -> None:
        self.database = database
        self._hands, self._bank = hands, bank
        self._code = brought(hands)
        pickups(hands, bank, self._code, 2)

    def waits_us(self, rounds: int, enough: Callable[[], bool] = lambda: True) -> list[int]:
        """Of so many pickups, and of more until it is ``enough``."""
        taken_us = pickups(self._hands, self._bank, self._code, rounds)
        while not enough():
            taken_us += pickups(self._hands, self._bank, self._code, 1)
        return taken_us


@dataclass(slots=True)
class Waits:
    """What was measured under one condition."""

    us: list[int] = field(default_factory=list)
    commands_s: list[float] = field(default_factory=list)
    longest_wal: int = 0


def waits(directories: Mapping[str, Path], blocks: int, rounds: int) -> Mapping[str, Waits]:
    """By condition: the small record, the long one, the long one under each command; in turns."""
    found: dict[str, Waits] = {name: Waits() for name in (SMALL, LONG, *COMMANDS)}
    with ExitStack() as running_kiosks:
        kiosks = {name: _visited(running_kiosks, directory) for name, directory in directories.items()}
        _wait_for_archivists(directories.values())
        for name in [*found] * blocks:
            _one_block(found[name], kiosks[SMALL if name == SMALL else LONG], name, rounds)
    return found


def _visited(running_kiosks: ExitStack, directory: Path) -> Visited:
    hands, bank = running_kiosks.enter_context(running(*on_bench(directory, POLICY)))
    return Visited(hands, bank, _database(directory))


def _database(directory: Path) -> Path:
    return directory / "data" / "kiosk.db"


def _wait_for_archivists(directories: Iterable[Path]) -> None:
    """Until every kiosk has looked through its file after the start and taken the day's snapshot."""
    shelves = [_database(directory).parent / SNAPSHOTS for directory in directories]
    wait_until(lambda: all(map(snapshots_in, shelves)), "the day's snapshots", ARCHIVIST_S)


def _one_block(waited: Waits, kiosk: Visited, name: str, rounds: int) -> None:
    if name not in COMMANDS:
        waited.us += kiosk.waits_us(rounds)
        return
    with busy(name, kiosk.database, kiosk.database.parents[1]) as working:
        waited.us += kiosk.waits_us(rounds, lambda: bool(working.finished_s or working.failures))
        waited.longest_wal = max(waited.longest_wal, wal_bytes(kiosk.database))
    waited.commands_s += working.finished_s


# --- starts ---


@dataclass(frozen=True, slots=True)
class Start:
    ready_s: float
    resident_mb: float


def start(directory: Path) -> Start:
    """Of the real command: seconds until it is ready, and its memory then."""
    bench_site(directory, POLICY)
    with bank_process(directory):
        process, ready_s = started(directory, directory / "kiosk.toml")
        resident = resident_mb(process.pid)
        stopped(process)
    return Start(ready_s, resident)


# --- the whole ---


@contextmanager
def sites(at: Path, entries: int) -> Iterator[Mapping[str, Path]]:
    """A site with an empty record, and one with a copy of the long record that ``at`` keeps."""
    kept = _kept(at, entries)
    with tempfile.TemporaryDirectory(dir=at) as place:
        directories = {name: Path(place) / name.partition(" ")[0] for name in (SMALL, LONG)}
        for directory in directories.values():
            directory.mkdir()
            bench_site(directory, POLICY)
        shutil.copytree(kept / "data", directories[LONG] / "data", dirs_exist_ok=True)
        yield directories


def _kept(at: Path, entries: int) -> Path:
    kept, written = at / f"{entries}", at / f"{entries}.written"
    if not written.exists():
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        write_long_record(bench_site(kept, POLICY), entries)
        written.touch()
    return kept


def report(at: Path, entries: int, blocks: int, rounds: int) -> None:
    with sites(at, entries) as directories:
        print(f"{entries:,} entries, {_database(directories[LONG]).stat().st_size / 1e6:,.0f} MB")
        _print_waits(waits(directories, blocks, rounds))
        starts: dict[str, list[Start]] = {name: [] for name in directories}
        for name in [*directories] * blocks:
            starts[name].append(start(directories[name]))
        for name, each in starts.items():
            ready_s = statistics.median(one.ready_s for one in each)
            resident = statistics.median(one.resident_mb for one in each)
            print(f"{name}: ready after {ready_s:.2f} s, resident memory {resident:.1f} MB")


def _print_waits(found: Mapping[str, Waits]) -> None:
    print(f"{'last digit to first byte of the pulse, ms':44}{'median':>9}{'p95':>9}{'beside small':>14}{'of p95':>8}")
    small = found[SMALL].us
    for name, waited in found.items():
        median, late = statistics.median(waited.us), p95(waited.us)
        ratios = f"{median / statistics.median(small):14.3f}{late / p95(small):8.3f}"
        print(f"  {_told(name, waited):42}{median / 1000:9.2f}{late / 1000:9.2f}{ratios}")
    for name in COMMANDS:
        took_s, wal_mib = statistics.median(found[name].commands_s), found[name].longest_wal / 2**20
        print(f"kiosk {name}: {took_s:.1f} s; WAL up to {wal_mib:.1f} MiB")


def _told(name: str, waited: Waits) -> str:
    under = f"long record during kiosk {name}" if name in COMMANDS else name
    return f"{under} ({len(waited.us)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--at", metavar="DIRECTORY", type=Path, required=True, help="keeps the long record between runs"
    )
    parser.add_argument("--entries", type=int, default=ENTRIES, help=f"how long it is ({ENTRIES})")
    parser.add_argument("--blocks", type=int, default=5, help="turns of each condition (5)")
    parser.add_argument("--rounds", type=int, default=8, help="pickups in a turn, at least (8)")
    arguments = parser.parse_args()
    report(arguments.at, arguments.entries, arguments.blocks, arguments.rounds)


if __name__ == "__main__":
    main()
