"""Lives of a kiosk, recorded: the real code in front of people, on a bank in memory, with an ear on its files.

Holds what happens in them, and what was promised by when. It must not know what a power cut leaves of it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import select

from hardware_sim.bank import SimBank
from hardware_sim.card.disk import Image, Operation, Promised
from hardware_sim.card.recorder import Recorder, files_in, lay, recording
from hardware_sim.people import Shut, Touch, Wait
from hardware_sim.record_keeper import LOOK_US
from hardware_sim.site import KEYS
from hardware_sim.story_witness import WatchedKiosk
from hardware_sim.world import World
from kiosk.__main__ import main
from kiosk.config import Site
from kiosk.core.ages import DAY_MS
from kiosk.core.effects import Outward, Pulse
from kiosk.core.entries import Entry
from kiosk.core.events import Choice
from kiosk.core.view import ScreenModel
from kiosk.wiring.boot import DATABASE, database_path
from storage.aside import condemn
from storage.database import Database, checkpoint, connect
from storage.examine import Expected
from storage.migrate import CURRENT, VERSIONS, Migrations
from storage.proofs import newest_checkpoint
from storage.queries import newest_entries
from storage.record_file import record_file
from storage.restore import SNAPSHOTS, Order, Restored, restore
from storage.schema import ENTRIES, SCHEMA_VERSION
from storage.snapshots import Snapshot, snapshots_in, take_snapshot
from storage.start import Opened, open_storage
from tests.flows.pruned import MuchLater, prune, two_epochs
from tests.flows.scene import EVERYTHING, READY_MS, SECOND_MS, Scene
from tests.flows.steps import AMAZON, OUT, QUICK, S10, UPS, Steps, drop, pickup, to_door

BANK = ("A01", "A02", "A03")
"""Two small compartments and a middle one."""
POLICY = QUICK + "grace_s = 60\n"
FIRST_EPOCH = 1
SIGN_US = 20_000_000
YEAR_DAYS = 365
GRACE: Steps = (Wait(62_000),)
NEXT_VERSION = f"{int(SCHEMA_VERSION) + 1:04}"
MIGRATION = f"""
from alembic import op

revision, down_revision = "{NEXT_VERSION}", "{SCHEMA_VERSION}"


def upgrade():
    with op.batch_alter_table("probe", recreate="always") as probe:
        probe.alter_column("starts", nullable=False)
    op.execute("ALTER TABLE probe ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'")
    op.execute("CREATE TABLE second(id INTEGER PRIMARY KEY) STRICT")
    op.execute("CREATE INDEX second_of_head ON head(size)")
"""
"""A table made anew, one changed, one added: what Alembic's own way would leave half done."""

Stored = tuple[int, int, bytes]
"""An entry as its row has it: epoch, seq, body."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record from its first entry on. A restore begins another one."""

    entries: tuple[Stored, ...]
    """Every entry that was committed, oldest first, over all epochs."""
    commits: frozenset[int]
    """So many entries there were after each commit, and before the first."""


@dataclass(frozen=True, slots=True)
class Record:
    """What was done to a disk, and what is known of the life that did it."""

    site: Site
    base: Image
    operations: tuple[Operation, ...]
    left: Image
    """What was really on the disk when it was over."""
    lines: tuple[Line, ...]
    """The record, and each that took its place."""
    ended_us: int
    """When it was over, on the world's clock."""
    migrations: Migrations = CURRENT
    damaged: bool = False
    """Whether every start must give the record up for a snapshot."""
    kept: tuple[bytes, ...] = ()
    """Files of a record that was given up: whatever takes its place, these are on the disk whole."""

    @property
    def entries(self) -> tuple[Stored, ...]:
        """Of the record that is there at the end."""
        return self.lines[-1].entries

    @property
    def commits(self) -> frozenset[int]:
        return self.lines[-1].commits


Life = Callable[["HeardScene"], None]


class Promises:
    """Marks in the record what one kiosk has reported as committed, shown, or handed to an edge."""

    def __init__(self, recorder: Recorder, kiosk: WatchedKiosk) -> None:
        self._recorder = recorder
        self._kiosk = kiosk
        kiosk.watchers.append(self)
        kiosk.taps.append(self._committed)

    def _committed(self, entries: Sequence[Entry]) -> None:
        self._recorder.promise(entries[-1].epoch, entries[-1].seq + 1)

    def asked(self, effect: Outward) -> None:
        epoch, known = self._known()
        needed = effect.intent_seq + 1 if isinstance(effect, Pulse) else 0
        self._recorder.promise(epoch, max(needed, known))

    def shown(self, _model: ScreenModel) -> None:
        self._recorder.promise(*self._known())

    def _known(self) -> tuple[int, int]:
        books = self._kiosk.engine.state.books
        return books.epoch, books.next_seq


class HeardScene(Scene):
    """A scene whose kiosks keep their record, and whose promises are recorded."""

    def __init__(self, directory: Path, recorder: Recorder) -> None:
        self.recorder = recorder
        super().__init__(directory, POLICY, BANK)

    def _installed(self, site: Site) -> WatchedKiosk:
        kiosk = super()._installed(site)
        kiosk.keeping = True
        Promises(self.recorder, kiosk)
        return kiosk

    def later(self, days: int) -> None:
        """So many days go by at once, and then the archivist has looked."""
        self.kiosk.set_wall_clock(days * DAY_MS)
        self.wait(LOOK_US // 1_000)


def one_visit(scene: Scene) -> None:
    """A drop, and its pickup."""
    scene.start().walk(*drop(), *OUT, *pickup(), *GRACE)


def many_visits(scene: HeardScene) -> None:
    """Drops and pickups, with deaths, a clean stop and logs written back between them, and a snapshot that is taken
    while a courier is there.
    """
    scene.start().walk(*drop(), *OUT)
    scene.let_go()
    scene.restart().walk(*drop(S10, "2B"), *OUT, *pickup(), Wait(3_000))
    checkpoint(scene.kiosk.database)
    scene.recorder.meanwhile(f"{SNAPSHOTS}/{DATABASE}.new", lambda: scene.walk(*GRACE, *to_door(AMAZON, "2A", "M")))
    taken = take_snapshot(scene.kiosk.database.path, scene.kiosk.database.path.parent / SNAPSHOTS, keep=2)
    assert isinstance(taken, Snapshot), taken
    scene.restart().walk(Shut(door="A03"), *OUT, *pickup(S10), *GRACE)
    scene.let_go()
    scene.kiosk.stop()
    scene.wait(SECOND_MS)
    scene.kiosk.start()
    scene.wait(SECOND_MS).walk(*drop(UPS, "2B"), Touch(Choice.PICK_UP), *OUT)
    checkpoint(scene.kiosk.database)


def a_year(scene: HeardScene) -> None:
    """What the archivist does: snapshots of which only the newest stay, an erasure, after which older ones go, and a
    new epoch, in which a parcel of the old one is picked up with its code.
    """
    scene.start().walk(*drop(), *OUT, *pickup(), *GRACE, *drop(S10, "2B"), *OUT)
    scene.later(days=0)
    scene.walk(Touch(Choice.PICK_UP), *OUT)
    scene.later(days=1)
    scene.restart()  # on the bench a new process has its wall time from the beginning
    scene.later(days=2)
    scene.later(days=YEAR_DAYS)
    scene.later(days=0)
    scene.walk(*pickup(S10), *GRACE)


def recorded(directory: Path, live: Life) -> Record:
    """A kiosk lives in ``directory``, which is empty."""
    data = directory / "data"
    data.mkdir(parents=True)
    with recording(data) as recorder:
        scene = HeardScene(directory, recorder)
        live(scene)
        scene.kill()
    return _record(scene.site, recorder, scene.world.now_us)


def migrated(directory: Path) -> Record:
    """An older database, of a kiosk that was used, is brought forward by a start of newer software."""
    data, versions = directory / "data", directory / "versions"
    data.mkdir(parents=True)
    versions.mkdir()
    (versions / "next.py").write_text(MIGRATION, encoding="utf-8")
    migrations = Migrations(NEXT_VERSION, (VERSIONS, versions))
    scene = Scene(directory, POLICY, BANK)
    scene.kiosk.keeping = True
    scene.start().walk(*drop(), *OUT, *pickup(), *GRACE).kill()
    with recording(data) as recorder:
        recorder.promise(FIRST_EPOCH, len(_line(database_path(scene.site)).entries))
        found = open_storage(database_path(scene.site), scene.site.machine.identity.kiosk, migrations)
        assert isinstance(found, Opened), found
        found.database.close()
    return replace(_record(scene.site, recorder, scene.world.now_us), migrations=migrations)


def _with_a_snapshot(directory: Path) -> Scene:
    """A kiosk with a parcel in it and a snapshot beside its record, which has gone on since: the newest entries stand
    in its write-ahead log, and older ones in the main file only.
    """
    (directory / "data").mkdir(parents=True)
    scene = Scene(directory, POLICY, BANK)
    scene.kiosk.keeping = True
    scene.start().walk(*drop(), *OUT)
    path = database_path(scene.site)
    assert isinstance(take_snapshot(path, path.parent / SNAPSHOTS, keep=2), Snapshot)
    checkpoint(scene.kiosk.database)
    scene.walk(*drop(S10, "2B"), *OUT)
    return scene


def restored_by_hand(directory: Path) -> Record:
    """A technician has a snapshot take the place of a sound record, and the kiosk starts on it."""
    scene = _with_a_snapshot(directory).kill()
    path = database_path(scene.site)
    old = _line(path)
    with recording(path.parent) as recorder:
        recorder.promise(FIRST_EPOCH, len(old.entries))
        snapshot, order = snapshots_in(path.parent / SNAPSHOTS)[0], Order("technician 7", "new card")
        done = restore(snapshot.path, path, Expected(scene.site.machine.identity.kiosk), order)
        assert isinstance(done, Restored), done
        recorder.promise(done.epoch, 1)
        _looks_at_its_doors(scene.site, recorder, scene.world)
    record = _record(scene.site, recorder, scene.world.now_us)
    return replace(record, lines=(old, *record.lines), kept=_database_in(recorder.base))


def restored_by_the_start(directory: Path) -> Record:
    """A check of the whole file found it damaged while the kiosk was used; the next start restores the snapshot."""
    scene = _with_a_snapshot(directory)
    path = database_path(scene.site)
    left = files_in(path.parent)
    scene.kill()
    lay(left, path.parent)
    condemn(path, "a page is damaged")
    with recording(path.parent) as recorder:
        recorder.promise(FIRST_EPOCH + 1, 1)
        _looks_at_its_doors(scene.site, recorder, scene.world)
    record = _record(scene.site, recorder, scene.world.now_us)
    return replace(record, damaged=True, kept=_database_in(recorder.base))


def _database_in(image: Image) -> tuple[bytes, ...]:
    """The record's own files."""
    return tuple(content for name, content in image.items() if name in (DATABASE, f"{DATABASE}-wal"))


def erased_by_hand(directory: Path) -> Record:
    """All that is personal of one resident is erased by the command, which writes the whole file anew."""
    (directory / "data").mkdir(parents=True)
    scene = Scene(directory, POLICY, BANK)
    scene.kiosk.keeping = True
    scene.start().walk(*drop(), *OUT, *pickup(), *GRACE)
    path = database_path(scene.site)
    assert isinstance(take_snapshot(path, path.parent / SNAPSHOTS, keep=2), Snapshot)
    _moved_out(scene)
    with recording(path.parent) as recorder:
        recorder.promise(FIRST_EPOCH, len(_line(path).entries))
        config = ("--config", str(directory / "kiosk.toml"))
        assert main(["erase", "R-0004", *config, "--person", "A. Janitor", "--reason", "a letter"]) == 0
        line = _line(path)
        recorder.promise(FIRST_EPOCH, len(line.entries))
    return _record(scene.site, recorder, scene.world.now_us)


def pruned_by_hand(directory: Path) -> Record:
    """The first of two epochs is deleted by the command, on a machine whose clock is years on."""
    (directory / "data").mkdir(parents=True)
    scene = two_epochs(Scene(directory, POLICY, BANK))
    path, kept = database_path(scene.site), directory / "kept.txt"
    with record_file(path) as connection:
        kept.write_text(newest_checkpoint(connection), encoding="utf-8")
    before = _line(path)
    with recording(path.parent) as recorder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("kiosk.wiring.boot.system_clock_of", lambda _site: MuchLater)
        epoch, seq, _ = before.entries[-1]
        recorder.promise(epoch, seq + 1)
        assert prune(scene, 1, kept) == 0
        recorder.promise(epoch, seq + 2)
    record = _record(scene.site, recorder, scene.world.now_us)
    return replace(record, lines=(before, *record.lines))


def _moved_out(scene: Scene) -> None:
    """The resident is not in the directory any more; then the kiosk is stopped."""
    file = scene.directory / "directory.toml"
    tables = file.read_text(encoding="utf-8").split("[[")
    file.write_text("[[".join(table for table in tables if '"R-0004"' not in table), encoding="utf-8")
    directory = scene.reread().directory
    scene.restart(site=replace(scene.site, directory=directory)).kill()


def _looks_at_its_doors(site: Site, recorder: Recorder, world: World) -> None:
    """A kiosk starts, looks at its doors, and is killed."""
    kiosk = WatchedKiosk(SimBank(world, site.layout, site.machine), site, KEYS, seed=1)
    Promises(recorder, kiosk)
    kiosk.start()
    world.run_for(READY_MS * 1_000)
    kiosk.kill()


def started(before: Record, image: Image, promised: Promised, directory: Path) -> Record:
    """A kiosk of an earlier life starts on what a power cut left, looks at its doors, and is killed."""
    site, world = relocated(before.site, directory), World(now_us=before.ended_us)
    lay(image, directory)
    with recording(directory) as recorder:
        recorder.promise(promised.epoch, promised.entries)
        _looks_at_its_doors(site, recorder, world)
    return replace(_record(site, recorder, world.now_us), damaged=before.damaged, kept=before.kept)


def relocated(site: Site, directory: Path) -> Site:
    """The same kiosk with its data in another place."""
    identity = replace(site.machine.identity, data_directory=directory)
    return replace(site, machine=replace(site.machine, identity=identity))


def _record(site: Site, recorder: Recorder, ended_us: int) -> Record:
    left, line = files_in(recorder.directory), _line(database_path(site))
    return Record(site, recorder.base, tuple(recorder.operations), left, (line,), ended_us)


def _line(path: Path) -> Line:
    """A commit is one decision, whose entries share their stamp."""
    with closing(connect(path)) as database:
        stored, entries = stored_entries(database), newest_entries(database, EVERYTHING)
    decisions = groupby(enumerate(entries, 1), key=lambda numbered: (numbered[1].stamp.boot, numbered[1].stamp.event))
    return Line(stored, frozenset({0, *(list(same)[-1][0] for _, same in decisions)}))


def stored_entries(database: Database) -> tuple[Stored, ...]:
    """Every entry as it is stored, oldest first."""
    query = select(ENTRIES.c.epoch, ENTRIES.c.seq, ENTRIES.c.body).order_by(ENTRIES.c.epoch, ENTRIES.c.seq)
    with database.reader.begin() as connection:
        return tuple((row.epoch, row.seq, row.body) for row in connection.execute(query))


def _often_signed(live: Callable[[Path], Record]) -> Callable[[Path], Record]:
    """These lives are short, so what is not signed yet is looked at more often than on the bench."""

    def life(directory: Path) -> Record:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("hardware_sim.record_keeper.SIGN_US", SIGN_US)
            return live(directory)

    return life


_LIVES: Mapping[str, Callable[[Path], Record]] = {
    "one visit": lambda directory: recorded(directory, one_visit),
    "many visits": lambda directory: recorded(directory, many_visits),
    "a year": lambda directory: recorded(directory, a_year),
    "migration": migrated,
    "erasure by hand": erased_by_hand,
    "pruning by hand": pruned_by_hand,
    "restore by hand": restored_by_hand,
    "restore by a start": restored_by_the_start,
}
LIVES = {name: _often_signed(life) for name, life in _LIVES.items()}
"""Every life by its name; each in a directory of its own."""
