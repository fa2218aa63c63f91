"""What the power-cut tests stand on: the record of a life is what was really done, and recording it changes nothing.

Also the model of a disk by itself, on the smallest cases of each rule. Real SQLite, real files.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from hardware_sim.card.disk import (
    SECTOR,
    Created,
    Deleted,
    Disk,
    Fate,
    Image,
    NamesSynced,
    Operation,
    Promised,
    Renamed,
    Synced,
    Truncated,
    Wrote,
)
from hardware_sim.card.recorder import files_in, recording
from hardware_sim.card.sqlite_files import Call, ear
from kiosk.wiring.boot import database_path
from storage.database import connect, sync_directory
from storage.schema import CHECKPOINTS
from tests.flows.scene import Scene
from tests.powercut.lives import BANK, LIVES, POLICY, Record, one_visit, recorded, stored_entries
from tests.powercut.starts import is_copy

pytestmark = pytest.mark.slow

CHANCE = Random(1)


def done(base: Image, *operations: Operation, lies: bool = False) -> Disk:
    disk = Disk(base, lies=lies)
    for operation in operations:
        disk.do(operation)
    return disk


# --- the record ---


@pytest.mark.parametrize("name", LIVES)
def test_a_record_done_again_is_the_disk_byte_for_byte(name: str, tmp_path: Path) -> None:
    record = LIVES[name](tmp_path)

    assert done(record.base, *record.operations).image(Fate.KEPT, CHANCE) == record.left
    kinds = {type(operation) for operation in record.operations}
    assert {Created, Deleted, Wrote, Synced, NamesSynced, Renamed, Promised} <= kinds
    assert Truncated in kinds or name == "one visit"


def test_the_lives_do_what_they_are_for(tmp_path: Path) -> None:
    """A life in which something did not come to pass would prove nothing about it."""
    year, many = LIVES["a year"](tmp_path / "year"), LIVES["many visits"](tmp_path / "many")
    kinds = [json.loads(body)["type"] for _, _, body in year.entries]
    taken = [x.to for x in (*year.operations, *many.operations) if isinstance(x, Renamed) and is_copy(x.to)]
    gone = [x.name for x in year.operations if isinstance(x, Deleted) and is_copy(x.name)]

    assert kinds.index("personal_data_erased") < kinds.index("epoch_started", 1)
    assert kinds.index("epoch_started", 1) < kinds.index("parcel_collected", kinds.index("personal_data_erased"))
    assert {epoch for epoch, _, _ in year.entries} == {1, 2}
    assert (len(taken), len(gone)) == (5, 3)
    assert checkpoints(year) > 3
    assert checkpoints(many) > 0
    assert interrupted(many), "nobody came while the snapshot was taken"


def checkpoints(record: Record) -> int:
    """How many a record has at its end."""
    with closing(connect(database_path(record.site))) as database, database.reader.begin() as connection:
        return len(connection.execute(select(CHECKPOINTS.c.size)).all())


def interrupted(record: Record) -> bool:
    """Whether entries were promised between the first write to an unfinished snapshot and its name."""
    first = next(at for at, x in enumerate(record.operations) if isinstance(x, Created) and x.name.endswith(".db.new"))
    named = next(at for at, x in enumerate(record.operations) if isinstance(x, Renamed) and is_copy(x.to))
    return len({x for x in record.operations[first:named] if isinstance(x, Promised)}) > 1


def test_a_kiosk_whose_files_are_heard_does_what_it_does_unheard(tmp_path: Path) -> None:
    record = recorded(tmp_path / "heard", one_visit)
    (tmp_path / "unheard").mkdir()
    scene = Scene(tmp_path / "unheard", POLICY, BANK)
    one_visit(scene)
    scene.kill()

    with closing(connect(tmp_path / "unheard" / "data" / "kiosk.db")) as database:
        assert stored_entries(database) == record.entries
    assert scene.world.now_us == record.ended_us


def test_every_commit_is_synced_before_it_is_promised(tmp_path: Path) -> None:
    """The promises rise, end with all entries, and none is made while anything of the database is not durable."""
    record = recorded(tmp_path, one_visit)
    disk, promises = Disk(record.base), list[int]()
    for operation in record.operations:
        disk.do(operation)
        if isinstance(operation, Promised) and operation.entries > max(promises, default=0):
            assert operation.epoch == 1
            assert disk.settled(), f"{operation.entries} entries are promised and not durable"
            promises.append(operation.entries)

    assert promises[-1] == len(record.entries)
    assert set(promises) <= record.commits


def test_python_s_own_files_are_heard_with_what_is_in_them(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        with (tmp_path / "note.new").open("w", encoding="ascii") as out:
            out.write("7\n")
        (tmp_path / "note.new").replace(tmp_path / "note")
        (tmp_path / "gone").touch()
        (tmp_path / "gone").unlink()
        (tmp_path / "never").unlink(missing_ok=True)

    assert recorder.operations == [
        Created("note.new", 1),
        Wrote(1, 0, b"7\n"),
        Renamed("note.new", "note"),
        Created("gone", 2),
        Deleted("gone"),
    ]
    assert files_in(tmp_path) == {"note": b"7\n"}


def test_a_directory_within_is_heard_with_its_files_and_its_own_sync(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        (tmp_path / "in").mkdir()
        (tmp_path / "in").mkdir(exist_ok=True)
        with closing(sqlite3.connect(tmp_path / "in" / "some.db")) as database:
            database.execute("CREATE TABLE t(x)")
        sync_directory(tmp_path / "in")
        sync_directory(tmp_path)

    names = [x for x in recorder.operations if not isinstance(x, Wrote | Synced | Truncated)]
    assert names[:2] == [Created("in/", 1), Created("in/some.db", 2)]
    assert names[-2:] == [NamesSynced("in"), NamesSynced()]
    assert done({}, *recorder.operations).image(Fate.KEPT, CHANCE) == files_in(tmp_path)


def test_nothing_is_heard_of_other_directories_nor_afterwards(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with recording(tmp_path / "here") as recorder:
        (tmp_path / "there").write_text("x")
    with closing(sqlite3.connect(tmp_path / "here" / "later.db")) as later:
        later.execute("CREATE TABLE t(x)")
    assert recorder.operations == []


class Refusing:
    """Refuses one kind of call with one error, and hears nothing else."""

    def __init__(self, call: Call, error: int) -> None:
        self.refused, self.error = call, error

    def refusal(self, call: Call, _path: Path) -> int:
        return self.error if call is self.refused else 0

    def opened(self, file: int, path: Path, *, new: bool) -> None: ...

    def wrote(self, file: int, offset: int, data: bytes) -> None: ...

    def truncated(self, file: int, size: int) -> None: ...

    def synced(self, file: int) -> None: ...

    def deleted(self, path: Path) -> None: ...

    def names_synced(self, directory: Path) -> None: ...


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (Call.OPEN, sqlite3.SQLITE_CANTOPEN, "SQLITE_CANTOPEN"),
        (Call.OPEN, sqlite3.SQLITE_READONLY, "SQLITE_READONLY"),
        (Call.WRITE, sqlite3.SQLITE_FULL, "SQLITE_FULL"),
        (Call.SYNC, sqlite3.SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"),
        (Call.DELETE, sqlite3.SQLITE_IOERR_DELETE, "SQLITE_IOERR_DELETE"),
    ],
)
def test_a_refused_call_comes_back_as_sqlite_s_own_error(call: Call, error: int, told: str, tmp_path: Path) -> None:
    (tmp_path / "some.db").touch()
    with (
        ear().hearing(Refusing(call, error)),
        pytest.raises(sqlite3.Error) as caught,
        closing(sqlite3.connect(tmp_path / "some.db")) as connection,
    ):
        connection.execute("CREATE TABLE t(x)")
    assert caught.value.sqlite_errorname == told


# --- the model of a disk ---


def test_a_directory_s_names_are_durable_when_it_is_synced_itself_and_found_only_with_its_own_name() -> None:
    made = (Created("d/", 1), Created("d/f", 2), Wrote(2, 0, b"x"), Synced(2))

    assert done({}, *made).image(Fate.KEPT, CHANCE) == {"d/": b"", "d/f": b"x"}
    assert done({}, *made, NamesSynced()).image(Fate.DROPPED, CHANCE) == {"d/": b""}
    assert done({}, *made, NamesSynced("d")).image(Fate.DROPPED, CHANCE) == {}
    assert done({}, *made, NamesSynced("d"), NamesSynced()).image(Fate.DROPPED, CHANCE) == {"d/": b"", "d/f": b"x"}
    assert not done({}, *made, NamesSynced("d")).settled()


def test_names_of_one_directory_do_not_wait_for_another_s() -> None:
    disk = done({"a": b"", "d/": b"", "d/f": b""}, Deleted("a"), Deleted("d/f"))

    found = {tuple(disk.image(Fate.SOME, Random(seed))) for seed in range(60)}
    assert found == {("a", "d/", "d/f"), ("a", "d/"), ("d/", "d/f"), ("d/",)}


def test_what_was_synced_is_there_and_what_was_not_may_be_gone_kept_or_apart_from_its_name() -> None:
    written = (Created("f", 1), Wrote(1, 0, b"old"), Synced(1), NamesSynced(), Created("g", 2), Wrote(1, 1, b"NEW"))
    disk = done({}, *written)

    assert disk.image(Fate.DROPPED, CHANCE) == {"f": b"old"}
    assert disk.image(Fate.KEPT, CHANCE) == {"f": b"oNEW", "g": b""}
    assert disk.image(Fate.NAMES_UNDONE, CHANCE) == {"f": b"oNEW"}
    assert disk.image(Fate.BYTES_DROPPED, CHANCE) == {"f": b"old", "g": b""}


def test_a_deletion_and_a_rename_are_undone_until_the_directory_is_synced() -> None:
    base = {"wal": b"w", "note": b"1", "new": b"2"}
    operations = (Deleted("wal"), Renamed("new", "note"))

    assert done(base, *operations).image(Fate.DROPPED, CHANCE) == base
    assert done(base, *operations, NamesSynced()).image(Fate.DROPPED, CHANCE) == {"note": b"2"}
    found = {tuple(done(base, *operations).image(Fate.SOME, Random(seed))) for seed in range(40)}
    assert found == {("new", "note", "wal"), ("new", "note"), ("note",)}


def test_a_write_is_torn_at_sectors_and_only_within_its_own_bytes() -> None:
    durable, data = bytes(3 * SECTOR), b"\x01" * (2 * SECTOR)
    disk = done({"f": durable}, Wrote(-1, 100, data))
    found = {disk.image(Fate.SOME, Random(seed))["f"] for seed in range(200)}
    torn = {disk.image(Fate.TORN, Random(seed))["f"] for seed in range(200)}

    assert {tuple(image[at] for at in (100, SECTOR, 2 * SECTOR)) for image in found} == {
        (first, second, third) for first in (0, 1) for second in (0, 1) for third in (0, 1)
    }
    assert any(byte > 1 for image in torn for byte in image)
    assert all(image[:100] == bytes(100) and image[100 + len(data) :] == bytes(SECTOR - 100) for image in found | torn)


def test_a_later_write_may_survive_an_earlier_one_and_leaves_zeros_where_nothing_was() -> None:
    disk = done({"f": b""}, Wrote(-1, 0, b"a"), Wrote(-1, 700, b"b"), Truncated(-1, 701))
    found = {disk.image(Fate.SOME, Random(seed))["f"] for seed in range(200)}

    assert bytes(700) + b"b" in found
    assert {b"", b"a"} <= found


def test_a_cut_of_a_file_s_length_may_not_have_happened() -> None:
    disk = done({"f": b"long"}, Truncated(-1, 1))

    assert {disk.image(fate, CHANCE)["f"] for fate in (Fate.DROPPED, Fate.KEPT)} == {b"long", b"l"}


def test_a_disk_that_lies_has_nothing_durable_but_what_it_began_with() -> None:
    disk = done({"f": b"old"}, Wrote(-1, 0, b"new"), Synced(-1), Created("g", 1), NamesSynced(), lies=True)

    assert disk.image(Fate.DROPPED, CHANCE) == {"f": b"old"}
    assert not disk.settled()
