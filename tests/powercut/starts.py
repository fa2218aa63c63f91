"""What a start makes of an image: the real one, and everything that must hold after it.

Holds the checks. It must not know how an image came about.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from hardware_sim.bank import SimBank
from hardware_sim.card.disk import Image, Promised
from hardware_sim.card.recorder import files_in, lay
from hardware_sim.kiosk import SimKiosk
from hardware_sim.site import KEYS
from hardware_sim.world import World
from kiosk.core.books import Custody
from kiosk.core.effects import Pulse
from kiosk.core.entries import RESTORED, EpochStarted, decode
from kiosk.core.notes import origin_of
from kiosk.core.state import Mode
from kiosk.signing import check_signature
from kiosk.wiring.boot import DATABASE, database_path
from storage.aside import EPOCH
from storage.audit import verify
from storage.database import Database, beside, connect, quick_check
from storage.marks import Keys
from storage.migrate import CURRENT
from storage.projections import Statements, load_books
from storage.rebuild import compare_projections
from storage.record_file import record_file
from storage.restore import SNAPSHOTS
from storage.start import Opened, open_storage
from tests.powercut.lives import NEXT_VERSION, Record, Stored, relocated, stored_entries

READY_US = 2_000_000
RECORD = "bench-1"
"""The kiosk of the lives, by whose name its checkpoints are signed."""
BEFORE_MIGRATION = f".before-{NEXT_VERSION}"
SNAPSHOT_NAME = re.compile(r"e(\d+)-(\d+)\.db")
assert KEYS.signer is not None
VKEYS = Keys((KEYS.signer.verifier_key(origin_of(RECORD, 1)),), check_signature)
_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"


@contextmanager
def connections_kept() -> Iterator[None]:
    """The engines of a path are closed and opened again instead of made anew: compiling the same statements for each of
    thousands of images would take three quarters of the time. Every connection is a new one.
    """
    with pytest.MonkeyPatch.context() as changed:
        kept = cache(connect)
        for module in ("storage.start", "storage.examine", "storage.snapshots"):
            changed.setattr(f"{module}.connect", kept)
        changed.setattr("storage.journal.Statements", cache(Statements))
        yield


@dataclass(frozen=True, slots=True)
class Content:
    """What a database holds after its start, and what is wrong with it or its sums."""

    entries: tuple[Stored, ...]
    restored: bool
    """Whether its newest epoch was begun by a restore."""
    wrong: str

    @property
    def end(self) -> tuple[int, int]:
        """The newest epoch, and how many entries it has."""
        epoch, seq, _ = self.entries[-1] if self.entries else (0, -1, b"")
        return epoch, seq + 1


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
        self._copies: dict[tuple[str, bytes], str] = {}
        """What is wrong with a copy of this name and content."""

    @property
    def whole_kiosks(self) -> int:
        """How many different records kiosks were started on."""
        return len(self._started)

    def wrong_with(self, image: Image, promised: Promised) -> str:
        """What does not hold after a start on the image; empty if everything does."""
        lay(image, self._directory)
        if wrong := self._wrong_copy(image):
            return wrong
        found = open_storage(database_path(self._site), self._site.machine.identity.kiosk, self._record.migrations)
        if not isinstance(found, Opened):
            return f"not opened: {found.reason}"
        with closing(found.database):
            if wrong := self._unexpected(found):
                return wrong
            if problems := quick_check(found.database):
                return f"damaged: {problems[0]}"
            digest = self._content(found.database)
            if digest not in self._known:
                self._known[digest] = self._reckoned(found.database)
        return self._wrong_content(digest, promised)

    def _wrong_content(self, digest: bytes, promised: Promised) -> str:
        known = self._known[digest]
        if known.end < (promised.epoch, promised.entries):
            return f"lost: {promised} and the record ends at {known.end}"
        if known.restored and not set(self._record.kept) <= set(files_in(self._directory).values()):
            return "lost: the record that was given up is not kept whole"
        if digest not in self._started:
            self._started[digest] = known.wrong or self._whole_kiosk(known.entries)
        return self._started[digest]

    def _unexpected(self, found: Opened) -> str:
        """A record is given up where it is damaged; nowhere else may it be, and a restore only be finished."""
        if found.set_aside is not None and not self._record.damaged:
            return f"set aside: {found.set_aside.reason}"
        if found.epoch_due is not None and found.epoch_due.contents_unknown:
            return "the record is gone, and what is in the compartments unknown"
        return "restored: nobody asked for it" if found.restored and not self._record.kept else ""

    def _wrong_copy(self, image: Image) -> str:
        """A copy is whole as soon as it has its name."""
        for name, content in image.items():
            if is_copy(name):
                mark = (name, content)
                if mark not in self._copies:
                    self._copies[mark] = self._copy(self._directory / name)
                if wrong := self._copies[mark]:
                    return f"copy: {name}: {wrong}"
        return ""

    def _copy(self, path: Path) -> str:
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as copy:
                (sound,) = copy.execute("PRAGMA quick_check").fetchone()
                rows = tuple(copy.execute("SELECT epoch, seq, body FROM entries ORDER BY epoch, seq"))
                at_fault = verify(copy, keys=VKEYS).faults
        except sqlite3.Error as error:
            return str(error)
        if sound != "ok" or not rows or not self._is_of_a_line(rows):
            return "not whole"
        named = SNAPSHOT_NAME.fullmatch(path.name)
        if named and (int(named[1]), int(named[2])) != (rows[-1][0], rows[-1][1] + 1):
            return "it does not end where its name says"
        return str(at_fault[0]) if at_fault else ""

    def _reckoned(self, database: Database) -> Content:
        """The entries must be those of a record from the first one on, and whole commits of them."""
        entries = stored_entries(database)
        begun = _began_by(entries)
        restored = begun is not None and begun.reason == RESTORED
        if not self._is_of_a_line(entries):
            return Content(entries, restored, f"half a commit, or not what was committed: {len(entries)} entries")
        return Content(entries, restored, at_odds(database) or (_not_check(database) if restored else ""))

    def _is_of_a_line(self, entries: tuple[Stored, ...]) -> bool:
        """Where a start restores a damaged record, the number of its epoch depends on what an earlier one had begun."""
        count = len(entries)
        lines = [line for line in self._record.lines if count in line.commits]
        if any(line.entries[:count] == entries for line in lines):
            return True
        return self._record.damaged and any(_renumbered(line.entries[:count]) == _renumbered(entries) for line in lines)

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

    def _whole_kiosk(self, entries: tuple[Stored, ...]) -> str:
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
            kept = stored_entries(kiosk.database)[: len(entries)] == entries
            return at_odds(kiosk.database) if kept else "the start changed entries"
        finally:
            kiosk.kill()


def is_copy(name: str) -> bool:
    """Whether a file of this name is a whole copy of the record."""
    in_snapshots = name.startswith(f"{SNAPSHOTS}/") and SNAPSHOT_NAME.fullmatch(name.rpartition("/")[2])
    return bool(in_snapshots) or name == f"{DATABASE}{BEFORE_MIGRATION}"


def _began_by(entries: tuple[Stored, ...]) -> EpochStarted | None:
    """How the newest epoch began."""
    first = next((body for _, seq, body in reversed(entries) if seq == 0), None)
    begun = None if first is None else decode(first, b"").body
    return begun if isinstance(begun, EpochStarted) else None


def _renumbered(entries: tuple[Stored, ...]) -> tuple[Stored, ...]:
    """The same with 0 for the number of the newest epoch."""
    newest = entries[-1][0] if entries else 0
    own = b'"epoch":%d,"event":' % newest
    return tuple(
        (0, seq, body.replace(own, b'"epoch":0,"event":')) if epoch == newest else (epoch, seq, body)
        for epoch, seq, body in entries
    )


def _not_check(database: Database) -> str:
    with database.reader.begin() as connection:
        compartments = load_books(connection).compartments.values()
    sure = [each.compartment for each in compartments if each.custody is not Custody.CHECK]
    return f"restored, and nobody looked into {sure[0]}" if sure else ""


def at_odds(database: Database) -> str:
    """Everything is recomputed: projections, trees, signed checkpoints, attachments."""
    if differences := compare_projections(database):
        return f"projections are not what the entries add up to: {differences[0]}"
    with record_file(database.path) as connection:
        faults = verify(connection, keys=VKEYS).faults
    return f"audit: {faults[0]}" if faults else ""
