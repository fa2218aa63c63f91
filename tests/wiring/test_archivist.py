"""The archivist: a snapshot a day while nobody is served, the year, a log that is not written back, a damaged file.

Real SQLite files, real threads, a clock that is handed in.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core.ages import DAY_MS
from kiosk.core.entries import ClockState, Entry, PersonalDataErased
from kiosk.core.events import ErasureDue, Event, StopAsked, StorageFailing, YearOver
from kiosk.core.retention import erasures
from kiosk.ports import Moment
from kiosk.wiring.archivist import AGAIN_MS, KEPT_ON_STICK, YEAR_MS, Archivist, ArchivistThread, Keeping, Shelves
from storage.aside import condemned
from storage.database import WAL_ALARM_BYTES, beside
from storage.erasure import due as due_now
from storage.journal import SqlJournal
from storage.snapshots import COPIES_KEPT_MS, snapshots_in
from storage.start import Opened, open_storage
from tests.storage.conftest import SeededEntropy
from tests.storage.histories import KIOSK, History, history_of

DEADLINE_S = 20.0
RETENTION_DAYS = 90
KEEPING = Keeping(RETENTION_DAYS, photo_hours=72)


class Desk:
    """A record, its archivist, and everything it asked of the engine."""

    def __init__(self, directory: Path) -> None:
        opened = open_storage(directory / "kiosk.db", KIOSK)
        assert isinstance(opened, Opened)
        self.database = opened.database
        self.journal = SqlJournal(self.database, SeededEntropy())
        self.history: History = history_of(1, 300)
        self._commits = iter(self.history.commits)
        self.grow()
        self.stick = directory / "stick"
        self.shelf = directory / "snapshots"
        self.posted: list[Event] = []
        self.quiet = True
        self.clock = ClockState.TRUSTED
        self.passed_ms = 0
        self.archivist = Archivist(
            self.database,
            Shelves(self.shelf, self.stick),
            KEEPING,
            now=self.now,
            quiet=lambda: self.quiet,
            post=self.posted.append,
        )

    def grow(self) -> None:
        self.journal.commit(next(self._commits))

    def now(self) -> Moment:
        books = self.journal.books()
        return Moment(books.mono_ms + self.passed_ms, books.wall_ms + self.passed_ms, self.clock)

    def look(self, after_ms: int = 0) -> "Desk":
        self.passed_ms += after_ms
        self.archivist.look()
        return self

    def erase_what_is_due(self) -> None:
        """Time passes, the archivist finds what is due, and the engine erases it, as often as there is more."""
        for _ in range(200):
            self.grow()
        self.passed_ms += (RETENTION_DAYS + 1) * DAY_MS
        asked = len(self.posted)
        self.look()
        while due := [event for event in self.posted[asked:] if isinstance(event, ErasureDue)]:
            for body in erasures(due[-1].what, PersonalDataErased("retention")):
                books = self.journal.books()
                stamp = replace(self.history.commits[-1][-1].stamp, boot=books.boot, event=90_000 + books.next_seq)
                self.journal.commit([Entry(books.epoch, books.next_seq, stamp, body)])
            if not due_now(self.database.path, self.now(), RETENTION_DAYS):
                return
            asked = len(self.posted)
            self.look()

    def sizes(self, where: Path) -> list[int]:
        return [snapshot.size for snapshot in snapshots_in(where)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    with closing(made.database):
        yield made


def test_a_record_without_a_snapshot_gets_one_and_the_next_after_a_day(desk: Desk) -> None:
    first = desk.journal.books().next_seq
    desk.look()
    desk.grow()
    desk.look(after_ms=DAY_MS // 2)
    assert desk.sizes(desk.shelf) == [first]

    desk.look(after_ms=DAY_MS)
    assert desk.sizes(desk.shelf) == [desk.journal.books().next_seq, first]


def test_a_day_without_an_entry_needs_no_snapshot(desk: Desk) -> None:
    desk.look().look(after_ms=5 * DAY_MS)
    (snapshot,) = snapshots_in(desk.shelf)
    made = snapshot.path.stat().st_mtime_ns
    desk.look(after_ms=5 * DAY_MS)

    assert snapshot.path.stat().st_mtime_ns == made


def test_while_somebody_is_served_no_snapshot_is_taken(desk: Desk) -> None:
    desk.quiet = False
    desk.look()
    assert desk.sizes(desk.shelf) == []
    desk.quiet = True
    assert desk.look().sizes(desk.shelf)


def test_a_stick_gets_its_own_copies_when_it_is_there_and_is_not_missed_when_it_is_not(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.look()
    assert not desk.stick.exists()
    desk.stick.mkdir()
    for _ in range(KEPT_ON_STICK + 2):
        desk.grow()
        desk.look(after_ms=2 * DAY_MS)

    assert len(desk.sizes(desk.stick)) == KEPT_ON_STICK
    assert len(desk.sizes(desk.shelf)) == 2
    assert caplog.text == ""


def test_a_stick_that_cannot_be_written_is_told_and_tried_again_an_hour_later(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.stick.mkdir()
    in_the_way = desk.stick / "kiosk.db.new"
    in_the_way.mkdir()
    desk.look()
    assert desk.sizes(desk.shelf)
    assert f"no snapshot in {desk.stick}: " in caplog.text

    in_the_way.rmdir()
    caplog.clear()
    desk.grow()
    desk.look(after_ms=AGAIN_MS - 60_000)
    assert desk.sizes(desk.stick) == []
    desk.look(after_ms=DAY_MS)
    assert desk.sizes(desk.stick) == [desk.journal.books().next_seq]
    assert caplog.text == ""


def test_an_erasure_is_copied_to_a_stick_as_soon_as_that_can_be_written_again(desk: Desk) -> None:
    desk.stick.mkdir()
    in_the_way = desk.stick / "kiosk.db.new"
    desk.look()
    older = desk.sizes(desk.stick)
    assert older
    in_the_way.mkdir()
    desk.erase_what_is_due()
    desk.look().look()
    assert desk.sizes(desk.stick) == older
    in_the_way.rmdir()
    desk.look(after_ms=AGAIN_MS)

    assert desk.sizes(desk.stick) == desk.sizes(desk.shelf) == [desk.journal.books().next_seq]


def test_what_was_put_by_expires_beside_a_new_snapshot(desk: Desk) -> None:
    old = beside(desk.database.path, ".damaged-e1")
    old.touch()
    desk.look()
    assert old.exists()
    desk.grow()
    desk.look(after_ms=int(old.stat().st_mtime * 1_000) + COPIES_KEPT_MS)
    assert not old.exists()


def test_a_year_after_its_first_entry_the_epoch_is_over(desk: Desk) -> None:
    desk.look(after_ms=YEAR_MS - DAY_MS)
    assert YearOver() not in desk.posted
    desk.look(after_ms=2 * DAY_MS)
    assert YearOver() in desk.posted


def test_what_is_due_is_erased_before_it_is_copied_and_older_copies_go(desk: Desk) -> None:
    desk.look()
    before = desk.sizes(desk.shelf)
    desk.erase_what_is_due()
    assert desk.sizes(desk.shelf) == before, "nothing is copied while something is due"

    desk.look()
    assert desk.sizes(desk.shelf) == [desk.journal.books().next_seq] != before


def test_a_log_that_is_not_written_back_is_an_alarm_once(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.database.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entries").fetchone()
        with desk.database.writer.begin() as connection:
            connection.exec_driver_sql("INSERT INTO layouts VALUES (77, '', zeroblob(?))", (WAL_ALARM_BYTES + 1,))
        desk.look().look()

    (alarm,) = [event for event in desk.posted if isinstance(event, StorageFailing)]
    assert alarm.detail.startswith("the write-ahead log is not written back: 8")


def test_a_damaged_file_is_condemned_and_the_process_asked_to_end(desk: Desk, tmp_path: Path) -> None:
    desk.archivist.check_file()
    assert desk.posted == []
    with closing(sqlite3.connect(desk.database.path, isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = tmp_path / "kiosk.db"
    content = bytearray(path.read_bytes())
    content[4096 * 5 :] = b"\xff" * (len(content) - 4096 * 5)
    path.write_bytes(content)
    desk.archivist.check_file()

    assert desk.posted == [StopAsked("the database is damaged")]
    assert condemned(path)


def test_what_fails_in_one_look_is_told_and_the_next_thing_is_done(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE head RENAME TO elsewhere")
    desk.look(after_ms=2 * YEAR_MS)

    assert "the record cannot be looked after: " in caplog.text
    assert YearOver() in desk.posted


def test_the_thread_checks_at_once_and_ends_when_asked(desk: Desk) -> None:
    checked = threading.Event()

    class Told(Archivist):
        def check_file(self) -> None:
            super().check_file()
            checked.set()

    told = Told(desk.database, Shelves(desk.shelf), KEEPING, now=desk.now, quiet=lambda: True, post=desk.posted.append)
    thread = ArchivistThread(told)
    thread.start()
    assert checked.wait(DEADLINE_S)
    assert thread.is_alive()
    thread.stop(DEADLINE_S)
    assert not thread.is_alive()
