"""Lives of a kiosk, recorded: the real code in front of people, on a bank in memory, with an ear on its files.

Holds what happens in them, and what was promised by when. It must not know what a power cut leaves of it.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from sqlalchemy import select

from hardware_sim.bank import SimBank
from hardware_sim.people import Shut, Touch, Wait
from hardware_sim.site import KEYS
from hardware_sim.story_witness import WatchedKiosk
from hardware_sim.world import World
from kiosk.config import Site
from kiosk.core.effects import Outward, Pulse
from kiosk.core.entries import Entry
from kiosk.core.events import Choice
from kiosk.core.view import ScreenModel
from kiosk.wiring.boot import database_path
from storage.database import Database, beside, checkpoint, connect
from storage.migrate import CURRENT, VERSIONS, Migrations, copy_whole
from storage.queries import newest_entries
from storage.schema import ENTRIES, SCHEMA_VERSION
from storage.start import Opened, open_storage
from tests.flows.scene import EVERYTHING, READY_MS, SECOND_MS, Scene
from tests.flows.steps import AMAZON, OUT, QUICK, S10, UPS, Steps, drop, pickup, to_door
from tests.powercut.disk import Image, Operation
from tests.powercut.recorder import Recorder, files_in, recording

BANK = ("A01", "A02", "A03")
"""Two small compartments and a middle one."""
POLICY = QUICK + "grace_s = 60\n"
SNAPSHOT = ".snapshot"
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
class Record:
    """What was done to a disk, and what is known of the life that did it."""

    site: Site
    base: Image
    operations: tuple[Operation, ...]
    left: Image
    """What was really on the disk when it was over."""
    entries: tuple[Stored, ...]
    """Every entry that was committed, oldest first; all of one epoch."""
    commits: frozenset[int]
    """So many entries there were after each commit, and before the first."""
    ended_us: int
    """When it was over, on the world's clock."""
    migrations: Migrations = CURRENT


Life = Callable[[Scene], None]


class Promises:
    """Marks in the record what one kiosk has reported as committed, shown, or handed to an edge."""

    def __init__(self, recorder: Recorder, kiosk: WatchedKiosk) -> None:
        self._recorder = recorder
        self._kiosk = kiosk
        kiosk.watchers.append(self)
        kiosk.taps.append(self._committed)

    def _committed(self, entries: Sequence[Entry]) -> None:
        self._recorder.promise(entries[-1].seq + 1)

    def asked(self, effect: Outward) -> None:
        needed = effect.intent_seq + 1 if isinstance(effect, Pulse) else 0
        self._recorder.promise(max(needed, self._known()))

    def shown(self, _model: ScreenModel) -> None:
        self._recorder.promise(self._known())

    def _known(self) -> int:
        return self._kiosk.engine.state.books.next_seq


class HeardScene(Scene):
    """A scene whose kiosks' promises are recorded."""

    def __init__(self, directory: Path, recorder: Recorder) -> None:
        self._recorder = recorder
        super().__init__(directory, POLICY, BANK)

    def _installed(self, site: Site) -> WatchedKiosk:
        kiosk = super()._installed(site)
        Promises(self._recorder, kiosk)
        return kiosk


def one_visit(scene: Scene) -> None:
    """A drop, and its pickup."""
    scene.start().walk(*drop(), *OUT, *pickup(), *GRACE)


def many_visits(scene: Scene) -> None:
    """Drops and pickups, with deaths, a clean stop, write-ahead logs written back, and a snapshot between them."""
    scene.start().walk(*drop(), *OUT)
    scene.let_go()
    scene.restart().walk(*drop(S10, "2B"), *OUT, *pickup(), Wait(3_000))
    checkpoint(scene.kiosk.database)
    copy_whole(scene.kiosk.database, beside(scene.kiosk.database.path, SNAPSHOT))
    scene.walk(*GRACE, *to_door(AMAZON, "2A", "M")).restart().walk(Shut(door="A03"), *OUT, *pickup(S10), *GRACE)
    scene.let_go()
    scene.kiosk.stop()
    scene.wait(SECOND_MS)
    scene.kiosk.start()
    scene.wait(SECOND_MS).walk(*drop(UPS, "2B"), Touch(Choice.PICK_UP), *OUT)
    checkpoint(scene.kiosk.database)


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
    scene.start().walk(*drop(), *OUT, *pickup(), *GRACE).kill()
    with recording(data) as recorder:
        recorder.promise(len(_stored(database_path(scene.site))))
        found = open_storage(database_path(scene.site), scene.site.machine.identity.kiosk, migrations)
        assert isinstance(found, Opened), found
        found.database.close()
    return _record(scene.site, recorder, scene.world.now_us, migrations)


def started(before: Record, image: Image, promised: int, directory: Path) -> Record:
    """A kiosk of an earlier life starts on what a power cut left, looks at its doors, and is killed."""
    site = relocated(before.site, directory)
    for name, content in image.items():
        (directory / name).write_bytes(content)
    world = World(now_us=before.ended_us)
    kiosk = WatchedKiosk(SimBank(world, site.layout, site.machine), site, KEYS, seed=1)
    with recording(directory) as recorder:
        recorder.promise(promised)
        Promises(recorder, kiosk)
        kiosk.start()
        world.run_for(READY_MS * 1_000)
        kiosk.kill()
    return _record(site, recorder, world.now_us)


def relocated(site: Site, directory: Path) -> Site:
    """The same kiosk with its data in another place."""
    identity = replace(site.machine.identity, data_directory=directory)
    return replace(site, machine=replace(site.machine, identity=identity))


def _record(site: Site, recorder: Recorder, ended_us: int, migrations: Migrations = CURRENT) -> Record:
    path, left = database_path(site), files_in(recorder.directory)
    operations = tuple(recorder.operations)
    return Record(site, recorder.base, operations, left, _stored(path), _commits(path), ended_us, migrations)


def _stored(path: Path) -> tuple[Stored, ...]:
    with closing(connect(path)) as database:
        return stored_entries(database)


def stored_entries(database: Database) -> tuple[Stored, ...]:
    """Every entry as it is stored, oldest first."""
    query = select(ENTRIES.c.epoch, ENTRIES.c.seq, ENTRIES.c.body).order_by(ENTRIES.c.epoch, ENTRIES.c.seq)
    with database.reader.begin() as connection:
        return tuple((row.epoch, row.seq, row.body) for row in connection.execute(query))


def _commits(path: Path) -> frozenset[int]:
    """A commit is one decision, whose entries share their stamp."""
    with closing(connect(path)) as database:
        entries = newest_entries(database, EVERYTHING)
    decisions = groupby(entries, key=lambda entry: (entry.stamp.boot, entry.stamp.event))
    return frozenset({0, *(list(same)[-1].seq + 1 for _, same in decisions)})
