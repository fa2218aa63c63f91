"""A disk that reports errors costs nobody anything: what was recorded is there, what was not is not acted on.

The process ends and comes back, or is out of service until the disk is mended. Real SQLite below the real code; the
errors come from its file layer.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from hardware_sim.card.sqlite_files import Call
from kiosk.core.entries import Entry
from kiosk.ports import JournalError
from storage.journal import SqlJournal
from tests.powercut.faults import FOR_EVER, Fault, Outcome, suffer

pytestmark = pytest.mark.slow

WRITES, SYNCS = 300, 26
"""The visit has a few more of each."""
DISK_ERROR = ((Call.WRITE, sqlite3.SQLITE_IOERR_WRITE),)
FULL = ((Call.WRITE, sqlite3.SQLITE_FULL),)
SYNC_ERROR = ((Call.SYNC, sqlite3.SQLITE_IOERR_FSYNC),)
CUT_ERROR = ((Call.TRUNCATE, sqlite3.SQLITE_IOERR_TRUNCATE),)
READ_ONLY = (
    (Call.OPEN, sqlite3.SQLITE_READONLY),
    (Call.WRITE, sqlite3.SQLITE_IOERR_WRITE),
    (Call.SYNC, sqlite3.SQLITE_IOERR_FSYNC),
    (Call.TRUNCATE, sqlite3.SQLITE_IOERR_TRUNCATE),
    (Call.DELETE, sqlite3.SQLITE_IOERR_DELETE),
)
"""What a file system answers that was made read-only under open files."""
TIMES = pytest.mark.parametrize("times", [1, 3, FOR_EVER], ids=["once", "three times", "for ever"])


def suffered(directory: Path, faults: list[Fault]) -> list[Outcome]:
    """What became of a kiosk on a disk with each of these; nothing wrong with any."""
    outcomes = []
    for number, fault in enumerate(faults):
        (directory / str(number)).mkdir()
        outcomes.append(suffer(directory / str(number), fault))
    wrong = [(fault, found.problems) for fault, found in zip(faults, outcomes, strict=True) if found.problems]
    assert not wrong, wrong
    return outcomes


@pytest.mark.slow
@TIMES
@pytest.mark.parametrize("errors", [DISK_ERROR, FULL], ids=["disk error", "full"])
def test_a_write_that_fails_ends_the_process_and_loses_nothing(
    errors: tuple[tuple[Call, int], ...], times: int, tmp_path: Path
) -> None:
    outcomes = suffered(tmp_path, [Fault(Call.WRITE, at, times, errors) for at in range(2, WRITES, 23)])

    assert all(found.refused for found in outcomes)
    assert sum(found.ended > 0 for found in outcomes) > len(outcomes) // 2
    assert any(found.degraded for found in outcomes)


@pytest.mark.slow
@TIMES
def test_a_sync_that_fails_ends_the_process_and_loses_nothing(times: int, tmp_path: Path) -> None:
    outcomes = suffered(tmp_path, [Fault(Call.SYNC, at, times, SYNC_ERROR) for at in range(2, SYNCS, 2)])

    assert all(found.refused for found in outcomes)
    assert sum(found.ended > 0 for found in outcomes) > len(outcomes) // 2


@TIMES
def test_a_file_that_cannot_be_cut_costs_no_visit(times: int, tmp_path: Path) -> None:
    (outcome,) = suffered(tmp_path, [Fault(Call.TRUNCATE, 1, times, CUT_ERROR)])

    assert outcome.refused
    assert outcome.served


@pytest.mark.slow
def test_a_disk_that_becomes_read_only_puts_the_kiosk_out_of_service_until_it_is_mended(tmp_path: Path) -> None:
    outcomes = suffered(tmp_path, [Fault(Call.WRITE, at, FOR_EVER, READ_ONLY) for at in range(2, WRITES, 23)])

    assert all(found.degraded for found in outcomes if not found.served)
    assert sum(found.ended > 0 for found in outcomes) > len(outcomes) // 2


class Unmoved(SqlJournal):
    """What must not be: a failed commit is taken for one that was done."""

    def commit(self, entries: Sequence[Entry]) -> None:
        with suppress(JournalError):
            super().commit(entries)


def test_a_journal_that_goes_on_after_a_failed_commit_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.wiring.boot.SqlJournal", Unmoved)

    problems = suffer(tmp_path, Fault(Call.WRITE, 280, 1, DISK_ERROR)).problems
    assert any(problem.startswith("missing") for problem in problems)
