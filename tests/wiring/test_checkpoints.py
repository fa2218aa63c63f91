"""When the record is signed: after fifty entries, after a minute, at a stop; never what is not durable, never in a
visit. Real SQLite, the real vault thread, a clock that is handed in.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest

from hardware_sim.site import KEYS
from kiosk.core.events import VaultEvent
from kiosk.core.merkle import leaf_hash, tree_root
from kiosk.core.notes import Checkpoint, read_checkpoint, read_note, signers
from kiosk.signing import check_signature
from kiosk.vault import SMALLEST_COST, SignCheckpoint, VaultThread, VaultWorker
from kiosk.wiring.checkpoints import EVERY_MS, Checkpoints
from storage.journal import SqlJournal
from storage.start import Opened, open_storage
from tests.storage.conftest import SeededEntropy
from tests.storage.histories import KIOSK, History, history_of

RECORD = "lockers.example/kiosk-7"
DEADLINE_ROUNDS = 1_000_000


class Desk:
    """A record that grows commit by commit, and the checkpoints beside it."""

    def __init__(self, path: Path) -> None:
        opened = open_storage(path, KIOSK)
        assert isinstance(opened, Opened)
        self.database = opened.database
        self.journal = SqlJournal(self.database, SeededEntropy())
        self.history: History = history_of(1, 200)
        self.now_ms = 0
        self.vault = VaultThread(VaultWorker(KEYS, SeededEntropy(), SMALLEST_COST), SimpleQueue[VaultEvent]())
        self.vault.start()
        self.checkpoints = Checkpoints(self.database, RECORD, self.vault.send, lambda: self.now_ms)
        self._commits = iter(self.history.commits)

    def grow(self, entries: int) -> int:
        """Commit until there are so many more; how many there are."""
        goal = self.size() + entries
        while self.size() < goal:
            self.journal.commit(next(self._commits))
        return self.size()

    def size(self) -> int:
        return len(self.told("SELECT 1 FROM entries"))

    def told(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database.path)) as other:
            return other.execute(query).fetchall()

    def kept(self) -> list[Checkpoint]:
        """What was signed, oldest first; each is checked on the way."""
        found = []
        for (note,) in self.told("SELECT note FROM checkpoints ORDER BY epoch, size"):
            read = read_note(str(note))
            found.append(read_checkpoint(read.text))
            assert KEYS.signer is not None
            signers(read, [KEYS.signer.verifier_key(found[-1].origin)], check_signature)
        return found

    def rounds_until(self, checkpoints: int) -> None:
        for _ in range(DEADLINE_ROUNDS):
            self.checkpoints.round(quiet=True)
            if len(self.told("SELECT 1 FROM checkpoints")) == checkpoints:
                return
        pytest.fail("no checkpoint came")

    def close(self) -> None:
        self.vault.stop()
        self.database.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Desk(tmp_path / "kiosk.db")) as made:
        yield made


def test_fifty_entries_are_signed_and_fewer_are_not(desk: Desk) -> None:
    desk.grow(10)
    for _ in range(20):
        desk.checkpoints.round(quiet=True)
    assert desk.kept() == []
    size = desk.grow(40)
    desk.rounds_until(1)

    bodies = [bytes(row[0]) for row in desk.told("SELECT body FROM entries ORDER BY seq")]  # type: ignore[call-overload]
    assert desk.kept() == [Checkpoint(f"{RECORD}/e1", size, tree_root([leaf_hash(body) for body in bodies]))]


def test_a_checkpoint_keeps_the_leaves_since_the_one_before(desk: Desk) -> None:
    first = desk.grow(50)
    desk.rounds_until(1)
    desk.grow(55)
    desk.rounds_until(2)

    bodies = [bytes(row[0]) for row in desk.told("SELECT body FROM entries ORDER BY seq")]  # type: ignore[call-overload]
    leaves = [row[0] for row in desk.told("SELECT leaves FROM checkpoints ORDER BY size")]
    hashes = [leaf_hash(body) for body in bodies]
    assert leaves == [b"".join(hashes[:first]), b"".join(hashes[first:])]


def test_after_a_minute_one_entry_is_enough(desk: Desk) -> None:
    desk.grow(1)
    desk.now_ms = EVERY_MS
    desk.rounds_until(1)

    assert desk.kept()[0].size == desk.size()


def test_on_demand_one_entry_is_enough_and_it_holds_for_one_checkpoint(desk: Desk) -> None:
    size = desk.grow(1)
    desk.checkpoints.demand()
    desk.checkpoints.round(quiet=False)
    assert desk.kept() == [], "somebody is served"
    desk.rounds_until(1)
    desk.grow(1)
    for _ in range(20):
        desk.checkpoints.round(quiet=True)

    assert [kept.size for kept in desk.kept()] == [size]


def test_a_demand_while_an_answer_is_on_its_way_covers_what_came_since(desk: Desk) -> None:
    desk.grow(50)
    desk.checkpoints.round(quiet=True)
    size = desk.grow(1)
    desk.checkpoints.demand()
    desk.rounds_until(2)

    assert [kept.size for kept in desk.kept()][-1] == size


def test_a_minute_without_entries_signs_nothing(desk: Desk) -> None:
    desk.grow(1)
    desk.checkpoints.finish()
    for _ in range(20):
        desk.now_ms += EVERY_MS
        desk.checkpoints.round(quiet=True)

    assert len(desk.kept()) == 1


def test_while_a_person_is_served_nothing_is_signed_for_up_to_a_minute(desk: Desk) -> None:
    desk.grow(60)
    for desk.now_ms in range(0, EVERY_MS, 1_000):
        desk.checkpoints.round(quiet=False)
    assert desk.kept() == []
    desk.now_ms = EVERY_MS
    for _ in range(DEADLINE_ROUNDS):
        desk.checkpoints.round(quiet=False)
        if desk.told("SELECT 1 FROM checkpoints"):
            break

    assert len(desk.kept()) == 1


def test_a_clean_stop_signs_the_rest_also_while_an_answer_is_on_its_way(desk: Desk) -> None:
    desk.grow(50)
    desk.checkpoints.round(quiet=True)
    size = desk.grow(3)
    desk.checkpoints.finish()

    assert [kept.size for kept in desk.kept()][-1] == size


def test_what_another_transaction_has_not_committed_is_not_signed(desk: Desk) -> None:
    size = desk.grow(50)
    with closing(sqlite3.connect(desk.database.path)) as other:
        other.execute("BEGIN")
        other.execute("INSERT INTO entries VALUES (1, ?, x'7b7d')", (size,))
        other.execute("UPDATE head SET size = size + 1")
        desk.checkpoints.round(quiet=True)
        other.rollback()
    desk.rounds_until(1)

    assert desk.kept()[0].size == size


def test_without_an_answer_the_kiosk_goes_on(desk: Desk) -> None:
    silent = Checkpoints(desk.database, RECORD, lambda _request: None, lambda: desk.now_ms)
    desk.grow(50)
    for _ in range(5):
        silent.round(quiet=True)

    assert desk.kept() == []


def test_a_checkpoint_that_cannot_be_kept_is_told_and_tried_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    size = desk.grow(50)
    with desk.database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE checkpoints RENAME TO elsewhere")
    desk.checkpoints.round(quiet=True)
    assert "no checkpoint: " in caplog.text
    with desk.database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO checkpoints")
    desk.now_ms += EVERY_MS
    desk.rounds_until(1)

    assert desk.kept()[0].size == size


def test_a_late_answer_to_an_older_question_is_not_kept_for_a_newer_one(desk: Desk) -> None:
    asked: list[SignCheckpoint] = []
    checkpoints = Checkpoints(desk.database, RECORD, asked.append, lambda: desk.now_ms)
    desk.grow(50)
    checkpoints.round(quiet=True)
    worker = VaultWorker(KEYS, SeededEntropy(), SMALLEST_COST)
    for wrong in (replace(asked[0].checkpoint, size=7), replace(asked[0].checkpoint, origin=f"{RECORD}/e9")):
        asked[0].answers.put(worker.sign(wrong))
        checkpoints.round(quiet=True)
        assert desk.kept() == []
    asked[0].answers.put(worker.sign(asked[0].checkpoint))
    checkpoints.round(quiet=True)

    assert (desk.kept(), len(asked)) == ([asked[0].checkpoint], 1)


def test_an_old_kiosk_that_gets_a_key_is_signed_at_once_without_its_leaves(desk: Desk) -> None:
    desk.grow(150)
    with desk.database.writer.begin() as connection:
        rows = [(1, seq, b"{}") for seq in range(desk.size(), desk.size() + 1_000)]
        connection.exec_driver_sql("INSERT INTO entries VALUES (?, ?, ?)", rows)
        connection.exec_driver_sql("UPDATE head SET size = size + 1000")
    desk.rounds_until(1)

    assert desk.told("SELECT length(leaves) FROM checkpoints") == [(0,)]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE checkpoints SET note = ''", "never changed"),
        ("DELETE FROM checkpoints", "goes with its epoch or never"),
        ("INSERT OR REPLACE INTO checkpoints SELECT * FROM checkpoints", "continues those before it"),
        ("INSERT INTO checkpoints SELECT epoch, size - 1, note, leaves FROM checkpoints", "continues those before it"),
    ],
)
def test_a_checkpoint_stays(statement: str, why: str, desk: Desk) -> None:
    desk.grow(50)
    desk.rounds_until(1)
    with closing(sqlite3.connect(desk.database.path)) as other, other, pytest.raises(sqlite3.Error, match=why):
        other.execute(statement)
