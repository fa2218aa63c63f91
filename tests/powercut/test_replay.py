"""A kiosk starts on whatever a power cut may leave of its disk, and everything that was shown or acted on is there.

Each image is opened by the real start. The same replay must fail for a disk that lies, for a database that syncs too
seldom, and for entries and books in two transactions, or it proves nothing. Numbers: `python -m tests.powercut`.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from storage.database import WRITER_PRAGMAS
from storage.journal import SqlJournal, _Batch
from storage.projections import Change
from tests.powercut.lives import Record, many_visits, migrated, one_visit, recorded
from tests.powercut.replay import Reckoning, replay, replay_recoveries

pytestmark = pytest.mark.slow

NORMAL = 1
PARTS = 8
"""The longest life is replayed in parts, each a test."""


class TwoTransactions(SqlJournal):
    """What must not be: entries and head are durable before the books are."""

    def _write(self, connection: Connection, batch: _Batch, changes: Sequence[Change]) -> None:
        super()._write(connection, batch, ())
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        for change in changes:
            connection.exec_driver_sql(change.statement, change.rows)


def holds(reckoning: Reckoning, at_least: int) -> None:
    assert not reckoning.wrong, f"{reckoning}\nfirst {reckoning.first}"
    assert reckoning.images >= at_least


def test_a_drop_and_a_pickup_survive_a_power_cut_at_any_operation(tmp_path: Path) -> None:
    holds(replay(recorded(tmp_path, one_visit), tries=1), 700)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_many_visits_with_a_snapshot_and_restarts_survive_a_power_cut_at_any_operation(
    part: int, tmp_path: Path
) -> None:
    reckoning = replay(recorded(tmp_path, many_visits), tries=11, part=part, of=PARTS)

    holds(reckoning, 15_000 // PARTS)
    assert reckoning.kiosks >= 5


@pytest.mark.slow
def test_a_migration_is_whole_or_not_at_all_after_a_power_cut_at_any_operation(tmp_path: Path) -> None:
    holds(replay(migrated(tmp_path), tries=8), 900)


@pytest.mark.slow
def test_a_second_power_cut_while_a_kiosk_starts_after_the_first_takes_nothing_more(tmp_path: Path) -> None:
    holds(replay_recoveries(recorded(tmp_path, one_visit), every=60), 1_500)


# --- controls: without what they take away, nothing above would hold ---


@pytest.fixture
def one_life(tmp_path: Path) -> Record:
    return recorded(tmp_path, one_visit)


@pytest.mark.slow
def test_the_replay_finds_a_disk_that_lies_about_syncs(one_life: Record) -> None:
    reckoning = replay(one_life, tries=1, lies=True)

    assert reckoning.wrong["lost"] > 100
    assert reckoning.wrong["set aside"] > 100


@pytest.mark.slow
def test_the_replay_finds_commits_that_are_not_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setattr("storage.database.WRITER_PRAGMAS", {**WRITER_PRAGMAS, "synchronous": NORMAL})
        life = recorded(tmp_path, one_visit)
    reckoning = replay(life, tries=1)

    assert reckoning.wrong.total() > 200


@pytest.mark.slow
def test_the_replay_finds_entries_and_books_in_two_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr("kiosk.wiring.boot.SqlJournal", TwoTransactions)
        life = recorded(tmp_path, one_visit)
    reckoning = replay(life, tries=1)

    assert reckoning.wrong["set aside"] > 100
