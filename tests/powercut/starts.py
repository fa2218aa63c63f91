"""What a start makes of an image: the real one, and everything that must hold after it.

Holds the checks. It must not know how an image came about.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from hardware_sim.bank import SimBank
from hardware_sim.kiosk import SimKiosk
from hardware_sim.site import KEYS
from hardware_sim.world import World
from kiosk.core.effects import Pulse
from kiosk.core.state import Mode
from kiosk.wiring.boot import database_path
from storage.aside import EPOCH
from storage.database import Database, beside, connect, quick_check
from storage.migrate import CURRENT
from storage.rebuild import compare_projections, verify_tree
from storage.start import Opened, open_storage
from tests.powercut.disk import Image
from tests.powercut.lives import NEXT_VERSION, SNAPSHOT, Record, relocated, stored_entries

READY_US = 2_000_000
COPIES = (SNAPSHOT, f".before-{NEXT_VERSION}")
_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"


@contextmanager
def connections_kept() -> Iterator[None]:
    """The engines of a path are closed and opened again instead of made anew: compiling the same statements for each of
    thousands of images would take three quarters of the time. Every connection is a new one.
    """
    with pytest.MonkeyPatch.context() as changed:
        kept = cache(connect)
        for module in ("storage.start", "storage.examine"):
            changed.setattr(f"{module}.connect", kept)
        yield


@dataclass(frozen=True, slots=True)
class Content:
    """What a database holds after its start: so many entries, and what is wrong with them or their sums."""

    entries: int
    wrong: str


class Starts:
    """Starts kiosks on images of one record, in one directory."""

    def __init__(self, record: Record, directory: Path) -> None:
        self._record = record
        self._directory = directory
        self._site = relocated(record.site, directory)
        self._known: dict[bytes, Content] = {}
        """By digest; the same content is reckoned up once."""
        self._started: dict[bytes, str] = {}
        """What went wrong in a kiosk that started on a record of this content."""

    @property
    def whole_kiosks(self) -> int:
        """How many different records kiosks were started on."""
        return len(self._started)

    def lay(self, image: Image) -> None:
        """Make the directory hold the image and nothing else."""
        for path in self._directory.iterdir():
            path.unlink()
        for name, content in image.items():
            (self._directory / name).write_bytes(content)

    def wrong_with(self, image: Image, promised: int) -> str:
        """What does not hold after a start on the image; empty if everything does."""
        self.lay(image)
        if wrong := self._copies():
            return wrong
        found = open_storage(database_path(self._site), self._site.machine.identity.kiosk, self._record.migrations)
        if not isinstance(found, Opened):
            return f"not opened: {found.reason}"
        with closing(found.database):
            if wrong := _unexpected(found):
                return wrong
            if problems := quick_check(found.database):
                return f"damaged: {problems[0]}"
            content = self._content(found.database)
            if content not in self._known:
                self._known[content] = self._reckoned(found.database)
        known = self._known[content]
        if known.entries < promised:
            return f"lost: {promised} entries were promised, {known.entries} are there"
        if content not in self._started:
            self._started[content] = self._whole_kiosk(known.entries)
        return known.wrong or self._started[content]

    def _copies(self) -> str:
        """A copy is whole as soon as it has its name."""
        for suffix in COPIES:
            path = beside(database_path(self._site), suffix)
            if path.exists() and (wrong := self._copy(path)):
                return f"{suffix[1:]}: {wrong}"
        return ""

    def _copy(self, path: Path) -> str:
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as copy:
                (sound,) = copy.execute("PRAGMA quick_check").fetchone()
                rows = tuple(copy.execute("SELECT epoch, seq, body FROM entries ORDER BY epoch, seq"))
        except sqlite3.Error as error:
            return str(error)
        whole = sound == "ok" and len(rows) in self._record.commits and rows == self._record.entries[: len(rows)]
        return "" if whole and rows else "not whole"

    def _reckoned(self, database: Database) -> Content:
        """The entries must be those of the life from the first one on, and whole commits of them."""
        entries = stored_entries(database)
        if entries != self._record.entries[: len(entries)]:
            return Content(len(entries), "other entries than were committed")
        if len(entries) not in self._record.commits:
            return Content(len(entries), f"half a commit: {len(entries)} entries")
        return Content(len(entries), at_odds(database))

    def _content(self, database: Database) -> bytes:
        """A digest of all that a further start depends on: every row, and the epoch that is remembered beside it."""
        epoch = beside(database.path, EPOCH)
        digest = sha256(epoch.read_bytes() if epoch.exists() else b"")
        with closing(database.reader.raw_connection()) as held:
            cursor = held.cursor()
            cursor.execute(_TABLES)
            for name, sql in cursor.fetchall():
                cursor.execute(f'SELECT * FROM "{name}" ORDER BY rowid')
                digest.update(repr((name, sql, cursor.fetchall())).encode())
        return digest.digest()

    def _whole_kiosk(self, entries: int) -> str:
        """A kiosk with its lines and doors starts on what lies there, and opens nothing by itself."""
        if self._record.migrations is not CURRENT:
            return ""
        world = World(now_us=self._record.ended_us)
        kiosk = SimKiosk(SimBank(world, self._site.layout, self._site.machine), self._site, KEYS, seed=1)
        kiosk.start()
        try:
            world.run_for(READY_US)
            if kiosk.engine.state.mode is not Mode.NORMAL:
                return f"the kiosk is {kiosk.engine.state.mode}"
            if any(isinstance(effect, Pulse) for effect in kiosk.effects):
                return "the kiosk pulsed a lock by itself"
            kept = stored_entries(kiosk.database)[:entries] == self._record.entries[:entries]
            return at_odds(kiosk.database) if kept else "the start changed entries"
        finally:
            kiosk.kill()


def _unexpected(found: Opened) -> str:
    if found.set_aside is not None:
        return f"set aside: {found.set_aside.reason}"
    lost = found.epoch_due is not None and found.epoch_due.contents_unknown
    return "the record is gone, and what is in the compartments unknown" if lost else ""


def at_odds(database: Database) -> str:
    if differences := compare_projections(database):
        return f"projections are not what the entries add up to: {differences[0]}"
    return "" if all(tree.whole for tree in verify_tree(database)) else "the tree is not that of the entries"
