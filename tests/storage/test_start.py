"""The start: new, sound, damaged, lost, foreign, read-only and full. On real files and a real small disk."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.core.entries import AlarmRaised, EpochStarted
from kiosk.core.ids import KioskId
from kiosk.ports import JournalError
from storage.aside import EPOCH, condemn, last_epoch, move_aside, remember_epoch
from storage.database import Trouble, beside, quick_check
from storage.examine import Refused
from storage.journal import SqlJournal
from storage.rebuild import compare_projections, verify_tree
from storage.space import free_bytes, release_ballast, reserve_ballast
from storage.start import Opened, Unwritable, open_storage
from tests.storage.conftest import Open, SeededEntropy, remount, write
from tests.storage.histories import KIOSK, begin, history_of
from tests.storage.test_journal import commit_for_ever

PAGE = 4096
ALARM = AlarmRaised("tamper", "x" * 300)
TEAR_LAST = """
    DROP TRIGGER entries_stay;
    UPDATE entries SET body = x'7b7d' WHERE (epoch, seq) = (3, (SELECT size - 1 FROM head WHERE epoch = 3));
"""


def filled(path: Path, opened_at: Open, steps: int = 80, epochs: int = 1) -> None:
    """A database with a history, closed."""
    opened = opened_at(path)
    write(SqlJournal(opened.database, SeededEntropy()), history_of(7, steps, epochs))
    opened.database.close()


# --- new and sound ---


def test_a_new_kiosk_gets_a_database_and_an_epoch_to_start(path: Path, opened: Opened) -> None:
    assert opened.epoch_due is not None
    assert (opened.epoch_due.number, opened.epoch_due.contents_unknown) == (1, False)
    assert opened.epoch_due.body == EpochStarted("new", KIOSK)
    assert opened.set_aside is None
    assert path.stat().st_mode & 0o077 == 0


def test_a_creation_that_was_interrupted_is_taken_up_again(path: Path, opened_at: Open) -> None:
    path.touch()
    opened_at(path).database.close()
    again = opened_at(path)
    assert again.epoch_due is not None
    assert (again.epoch_due.number, again.epoch_due.contents_unknown, again.set_aside) == (1, False, None)


def test_a_file_with_a_header_and_no_tables_is_an_interrupted_creation(path: Path, opened_at: Open) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
    assert path.stat().st_size > 0
    found = opened_at(path)
    assert found.epoch_due is not None
    assert (found.set_aside, found.epoch_due.contents_unknown) == (None, False)


def test_a_sound_database_is_opened_and_proved_writable(path: Path, opened_at: Open) -> None:
    filled(path, opened_at)
    found = opened_at(path)
    assert (found.epoch_due, found.set_aside, found.copy) == (None, None, None)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT starts FROM probe").fetchone() == (1,)


def test_another_kiosks_database_is_refused_and_left_alone(path: Path, opened_at: Open) -> None:
    filled(path, opened_at)
    before = path.read_bytes()
    found = open_storage(path, KioskId("kiosk-8"))
    assert isinstance(found, Refused)
    assert "belongs to kiosk 'kiosk-7', and this is 'kiosk-8'" in found.reason
    assert path.read_bytes() == before


def test_a_database_of_other_software_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs(title)")
    found = open_storage(path, KIOSK)
    assert isinstance(found, Refused)
    assert "some other software" in found.reason


def test_a_creation_cut_off_before_the_file_had_a_wal_is_undone_and_taken_up_again(path: Path, opened_at: Open) -> None:
    """The file has its first pages and a rollback journal that only a writer can play back."""
    with closing(sqlite3.connect(path.with_name("other.db"), isolation_level=None)) as other:
        for statement in (
            "PRAGMA cache_size=1",
            "BEGIN",
            "CREATE TABLE t(x)",
            "INSERT INTO t VALUES (zeroblob(90000))",
        ):
            other.execute(statement)
        for suffix in ("", "-journal"):
            shutil.copy(path.with_name(f"other.db{suffix}"), beside(path, suffix))
    assert path.stat().st_size > 0
    found = opened_at(path)
    assert found.epoch_due is not None
    assert (found.set_aside, found.epoch_due.contents_unknown) == (None, False)
    assert not beside(path, "-journal").exists()


def test_a_first_page_torn_while_the_wal_was_written_back_is_read_from_the_wal(path: Path, opened_at: Open) -> None:
    opened = opened_at(path)
    write(SqlJournal(opened.database, SeededEntropy()), history_of(7, 80))
    torn = path.with_name("torn.db")
    for suffix in ("", "-wal"):
        shutil.copy(beside(path, suffix), beside(torn, suffix))
    garbage_in_the_header(torn)
    found = opened_at(torn)
    assert (found.set_aside, found.epoch_due) == (None, None)
    assert verify_tree(found.database) == verify_tree(opened.database)
    assert compare_projections(found.database) == ()


# --- damaged and lost ---


def garbage_in_the_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\x00\xff" * 50)


def garbage_in_the_schema(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 400)


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // PAGE * PAGE)


def cut_to_nothing(path: Path) -> None:
    os.truncate(path, 0)


def tables_lost(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")


def run(statement: str) -> Callable[[Path], None]:
    def done(path: Path) -> None:
        with closing(sqlite3.connect(path)) as other, other:
            other.executescript(statement)

    return done


def condemned_by_a_check(path: Path) -> None:
    condemn(path, "row 3 missing from index")


DAMAGES = (
    garbage_in_the_header,
    garbage_in_the_schema,
    cut_in_half,
    cut_to_nothing,
    tables_lost,
    condemned_by_a_check,
    run("DROP TABLE parcels"),
    run("DELETE FROM state"),
    run("UPDATE compartments SET custody = 'vanished'"),
    run("UPDATE parcels SET aliases = '[', finished = 0"),
    run("UPDATE state SET next_seq = next_seq - 1"),
    run("UPDATE head SET size = size + 1"),
    run("DROP TRIGGER head_grows; UPDATE head SET frontier = x'0102'"),
    run(TEAR_LAST),
    run("PRAGMA foreign_keys=OFF; DROP TRIGGER entries_remain; DELETE FROM entries"),
)


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES, ids=[f"{n}-{damage.__name__}" for n, damage in enumerate(DAMAGES)])
def test_a_damaged_database_is_set_aside_whole_and_a_higher_epoch_is_due(
    damage: Callable[[Path], None], path: Path, opened_at: Open
) -> None:
    filled(path, opened_at, epochs=3)
    damage(path)
    damaged = path.read_bytes()
    found = opened_at(path)
    assert found.set_aside is not None
    assert found.set_aside.reason
    assert found.set_aside.path == path.with_name("kiosk.db.damaged-e3")
    assert found.set_aside.path.read_bytes() == damaged
    assert found.epoch_due is not None
    assert (found.epoch_due.number, found.epoch_due.contents_unknown) == (4, True)
    assert (found.epoch_due.body.reason, found.epoch_due.body.previous_epoch) == ("damaged", 3)
    journal = SqlJournal(found.database, SeededEntropy())
    assert (journal.books().epoch, journal.books().parcels) == (3, {})
    found.database.close()
    assert opened_at(path).set_aside is None


def test_the_new_epoch_says_what_was_readable_of_the_old_one(path: Path, opened_at: Open) -> None:
    filled(path, opened_at)
    (old,) = verify_tree(opened_at(path).database)
    run("UPDATE compartments SET custody = 'vanished'")(path)
    due = opened_at(path).epoch_due
    assert due is not None
    assert (due.body.previous_size, due.body.previous_root) == (old.size, old.root.hex())


def test_the_epoch_that_is_due_can_be_started_and_rebuilt(path: Path, opened_at: Open) -> None:
    filled(path, opened_at, epochs=2)
    garbage_in_the_header(path)
    found = opened_at(path)
    journal, history = SqlJournal(found.database, SeededEntropy()), history_of(1, 0)
    history.books = journal.books()
    begin(history, "damaged")
    write(journal, history)
    assert journal.books().epoch == 3
    assert compare_projections(found.database) == ()
    found.database.close()
    assert opened_at(path).epoch_due is None


def test_a_kiosk_killed_before_it_starts_the_epoch_is_told_again(path: Path, opened_at: Open) -> None:
    filled(path, opened_at)
    garbage_in_the_header(path)
    opened_at(path).database.close()
    due = opened_at(path).epoch_due
    assert due is not None
    assert (due.number, due.contents_unknown, due.body.reason) == (2, True, "lost")


def test_the_wal_goes_aside_with_its_database(path: Path, opened_at: Open) -> None:
    opened = opened_at(path)
    write(SqlJournal(opened.database, SeededEntropy()), history_of(7, 30))
    crashed = path.with_name("crashed.db")
    for part in ("", "-wal"):
        shutil.copy(beside(path, part), beside(crashed, part))
    run_wal = beside(crashed, "-wal").read_bytes()
    condemned_by_a_check(crashed)
    found = opened_at(crashed)
    assert found.set_aside is not None
    assert beside(found.set_aside.path, "-wal").read_bytes() == run_wal
    with closing(sqlite3.connect(found.set_aside.path)) as aside:
        assert aside.execute("SELECT count(*) FROM entries").fetchone() > (10,)


def test_a_lost_file_is_not_a_new_kiosk(path: Path, opened_at: Open) -> None:
    filled(path, opened_at, epochs=2)
    path.unlink()
    due = opened_at(path).epoch_due
    assert due is not None
    assert (due.number, due.contents_unknown, due.body.reason) == (3, True, "lost")


def test_a_wal_without_its_database_is_kept_and_is_not_a_new_kiosk(path: Path, opened_at: Open) -> None:
    beside(path, "-wal").write_bytes(b"something")
    found = opened_at(path)
    assert found.set_aside is not None
    assert beside(found.set_aside.path, "-wal").read_bytes() == b"something"
    assert found.epoch_due is not None
    assert found.epoch_due.contents_unknown


@pytest.mark.slow
def test_no_torn_page_goes_unnoticed(path: Path, opened_at: Open) -> None:
    """Each page in turn is garbage: set aside at the start, or found by the check after the first frame."""
    filled(path, opened_at, steps=250)
    sound = path.read_bytes()
    unnoticed = []
    for number in range(len(sound) // PAGE):
        torn = path.with_name(f"torn{number}.db")
        garbage = bytes((byte + number + 1) % 256 for byte in range(256)) * (PAGE // 256)
        torn.write_bytes(sound[: number * PAGE] + garbage + sound[(number + 1) * PAGE :])
        found = opened_at(torn)
        if found.set_aside is None and not quick_check(found.database):
            unnoticed.append(number)
        found.database.close()
    assert unnoticed == []
    assert len(sound) // PAGE > 40


@pytest.mark.slow
@pytest.mark.parametrize("part", range(16))
def test_no_flipped_bit_of_an_entry_goes_unnoticed(part: int, path: Path, opened_at: Open) -> None:
    """Inside a body SQLite's own checks see nothing; the tree does."""
    filled(path, opened_at)
    with closing(sqlite3.connect(path)) as connection:
        bodies = [row[0] for row in connection.execute("SELECT body FROM entries ORDER BY epoch, seq")]
    body = bodies[len(bodies) * part // 16]
    content = bytearray(path.read_bytes())
    content[content.index(body) + len(body) * part // 16] ^= 1
    path.write_bytes(content)
    found = opened_at(path)
    noticed = found.set_aside is not None or bool(quick_check(found.database))
    assert noticed or not all(tree.whole for tree in verify_tree(found.database))


def test_two_damaged_databases_of_one_epoch_get_two_names(path: Path) -> None:
    for expected in ("kiosk.db.damaged-e5", "kiosk.db.damaged-e5-2", "kiosk.db.damaged-e5-3"):
        path.write_bytes(b"x")
        assert move_aside(path, 5).name == expected
    assert last_epoch(path) == 5


def test_an_epoch_is_remembered_beside_the_database_and_never_falls(path: Path) -> None:
    assert last_epoch(path) == 0
    remember_epoch(path, 4)
    remember_epoch(path, 2)
    assert last_epoch(path) == 4
    beside(path, EPOCH).write_bytes(b"\xff\xfe")
    assert last_epoch(path) == 0
    path.with_name("kiosk.db.damaged-e12").touch()
    path.with_name("kiosk.db.damaged-e99-wal").touch()
    path.with_name("other.db.damaged-e50").touch()
    assert last_epoch(path) == 12


# --- read-only and full ---


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = open_storage(tmp_path / "nowhere" / "kiosk.db", KIOSK)
    assert isinstance(found, Unwritable)
    assert "nowhere does not exist" in found.reason


@pytest.mark.parametrize("before", ["nothing", "a sound database", "a database with a WAL", "a damaged database"])
def test_a_read_only_disk_is_a_value_and_nothing_is_moved(before: str, small_disk: Path, opened_at: Open) -> None:
    path = small_disk / "kiosk.db"
    if before != "nothing":
        opened = opened_at(path)
        write(SqlJournal(opened.database, SeededEntropy()), history_of(7, 20))
        if before == "a database with a WAL":
            copy = small_disk / "copy.db"
            for part in ("", "-wal"):
                shutil.copy(beside(path, part), beside(copy, part))
            path = copy
        opened.database.close()
    if before == "a damaged database":
        garbage_in_the_header(path)
    remount(small_disk, "ro")
    names = sorted(small_disk.iterdir())
    found = open_storage(path, KIOSK)
    assert isinstance(found, Unwritable)
    assert found.trouble in (Trouble.READ_ONLY, Trouble.DISK_ERROR)
    assert "kiosk.db" in found.reason or "copy.db" in found.reason
    assert "\n" not in found.reason
    assert sorted(small_disk.iterdir()) == names


def fill(disk: Path, leave: int = 0) -> Path:
    """Use up all but ``leave`` bytes of the disk."""
    file = disk / "fill"
    file.write_bytes(b"x" * max(0, free_bytes(disk / "x") - leave))
    return file


def test_a_full_disk_is_a_value_and_recovers_when_there_is_space(small_disk: Path, opened_at: Open) -> None:
    path = small_disk / "kiosk.db"
    filled(path, opened_at)
    taken = fill(small_disk)
    found = open_storage(path, KIOSK)
    assert isinstance(found, Unwritable)
    assert found.trouble in (Trouble.FULL, Trouble.DISK_ERROR, Trouble.READ_ONLY)
    taken.unlink()
    assert opened_at(path).epoch_due is None


def test_a_disk_that_fills_up_fails_the_commit_and_the_ballast_lets_the_next_process_go_on(
    small_disk: Path, opened_at: Open
) -> None:
    path, history = small_disk / "kiosk.db", history_of(7, 20)
    opened = opened_at(path)
    assert reserve_ballast(path, 1024 * 1024)
    journal = SqlJournal(opened.database, SeededEntropy())
    write(journal, history)
    fill(small_disk, leave=40_000)
    with pytest.raises(JournalError, match="full"):
        commit_for_ever(journal, history, *[ALARM] * 10)
    with pytest.raises(JournalError, match="failed before"):
        journal.commit(history.commits[-1])
    opened.database.close()
    assert release_ballast(path) >= 1024 * 1024
    again = opened_at(path)
    assert (again.epoch_due, again.set_aside) == (None, None)
    history.books = SqlJournal(again.database, SeededEntropy()).books()
    SqlJournal(again.database, SeededEntropy()).commit(history.commit(ALARM))
    assert compare_projections(again.database) == ()


def test_ballast_is_real_space_and_is_given_back(small_disk: Path) -> None:
    path = small_disk / "kiosk.db"
    before = free_bytes(path)
    assert reserve_ballast(path, 1024 * 1024)
    assert reserve_ballast(path, 1024 * 1024)
    assert before - free_bytes(path) >= 1024 * 1024
    assert release_ballast(path) >= 1024 * 1024
    assert free_bytes(path) == before
    assert release_ballast(path) == 0


def test_ballast_for_which_there_is_no_space_takes_none(small_disk: Path) -> None:
    path = small_disk / "kiosk.db"
    before = free_bytes(path)
    assert not reserve_ballast(path, 16 * 1024 * 1024)
    assert free_bytes(path) == before


LIMITED = """
import resource, signal, sys
from pathlib import Path
from storage.start import open_storage
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
found = open_storage(Path(sys.argv[1]), sys.argv[2])
print(type(found).__name__, found.trouble)
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0, PAGE, 40_000])
def test_a_file_that_may_not_grow_is_a_value_without_being_root(limit: int, path: Path) -> None:
    search = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", LIMITED, str(path), KIOSK, str(limit)]
    environment = {**os.environ, "PYTHONPATH": search}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
    assert done.stdout.startswith("Unwritable"), done.stderr


@pytest.mark.slow
def test_a_database_that_another_program_writes_to_is_busy(path: Path, opened_at: Open) -> None:
    """Takes the five seconds for which the writer waits."""
    filled(path, opened_at, steps=5)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = open_storage(path, KIOSK)
    assert isinstance(found, Unwritable)
    assert found.trouble is Trouble.BUSY


def test_an_empty_wal_without_its_database_is_an_interrupted_creation(path: Path, opened_at: Open) -> None:
    beside(path, "-wal").touch()
    found = opened_at(path)
    assert found.epoch_due is not None
    assert (found.set_aside, found.epoch_due.contents_unknown) == (None, False)
