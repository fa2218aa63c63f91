"""A card whose power fails at a write: what was synced is there, the rest is left to chance, nothing more is taken."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from hardware_sim.card.cut import CutCard, cut_card
from hardware_sim.card.recorder import files_in
from hardware_sim.soak.simulate import simulate, task

pytestmark = pytest.mark.slow

COMMITS = 8
WRITES_OF_A_COMMIT = 4
"""A frame of the write-ahead log is two writes, and each commit here has two frames at most."""


@pytest.fixture
def card() -> Iterator[CutCard]:
    made = cut_card()
    assert made is not None
    with made.in_place():
        yield made


def connection_to(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=wal")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def made(path: Path) -> sqlite3.Connection:
    connection = connection_to(path)
    connection.execute("CREATE TABLE said (number INTEGER)")
    return connection


def said_until_it_fails(connection: sqlite3.Connection) -> int:
    """How many commits came back as done."""
    for number in range(COMMITS):
        try:
            connection.execute("INSERT INTO said VALUES (?)", (number,))
        except sqlite3.OperationalError:
            return number
    return COMMITS


def found(path: Path) -> list[int]:
    with closing(connection_to(path)) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM said ORDER BY number")]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("writes", [0, 1, 5, 6, 11])
def test_what_was_said_to_be_done_is_there_and_of_the_rest_whatever_chance_will_have(
    card: CutCard, tmp_path: Path, writes: int, seed: int
) -> None:
    path = tmp_path / "some.db"
    with closing(made(path)) as connection:
        card.fail_at_write(tmp_path, writes)
        done = said_until_it_fails(connection)
        assert card.gone
        assert done <= writes // 2
    card.lay_what_is_left(Random(seed))

    assert not card.gone
    assert found(path) in ([*range(done)], [*range(done + 1)])


def test_a_card_that_is_gone_takes_nothing_more_and_one_that_was_put_right_does(card: CutCard, tmp_path: Path) -> None:
    with closing(made(tmp_path / "some.db")) as connection:
        card.fail_at_write(tmp_path, 0)
        said_until_it_fails(connection)
        before = files_in(tmp_path)
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("INSERT INTO said VALUES (7)")
        assert files_in(tmp_path) == before

        card.put_right()
        connection.execute("INSERT INTO said VALUES (8)")
        assert connection.execute("SELECT number FROM said").fetchall() == [(8,)]


def test_without_a_cut_nothing_fails(card: CutCard, tmp_path: Path) -> None:
    with closing(made(tmp_path / "some.db")) as connection:
        assert said_until_it_fails(connection) == COMMITS
        card.fail_at_write(tmp_path, COMMITS * WRITES_OF_A_COMMIT)
        card.put_right()
        assert said_until_it_fails(connection) == COMMITS


def test_a_run_with_cuts_at_writes_leaves_the_same_trace_each_time() -> None:
    outcomes = [simulate(task(seed=4, hours=3, faults="cut-at-write")).outcome for _ in range(2)]
    assert outcomes[0].trace_hash == outcomes[1].trace_hash
    assert outcomes[0].power_cuts > 2
    assert outcomes[0].violation is None


def test_where_sqlite_cannot_be_heard_cuts_come_after_commits_and_the_command_says_so() -> None:
    deaf = (
        "from pathlib import Path; from hardware_sim.card import sqlite_files; sqlite_files.LOADED = Path('/nowhere'); "
    )
    run = "from hardware_sim.__main__ import main; main(['soak', '--seed', '4', '--faults', 'cut-at-write', '--json'])"
    done = subprocess.run((sys.executable, "-c", deaf + run), capture_output=True, text=True, check=True)

    said = json.loads(done.stdout)
    assert (said["violations"], said["power_cuts"] > 2) == (0, True)
    assert "this Python hides its SQLite" in done.stderr
