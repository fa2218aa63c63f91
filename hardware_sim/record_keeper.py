"""What a kiosk does about its record between events, in virtual time: checkpoints, snapshots, retention, the year.

Holds the real parts of it as steps of the world. It must not know what they do.
"""

from collections.abc import Callable
from typing import Protocol

from hardware_sim.world import World
from kiosk.core.events import Event
from kiosk.ports import Clock
from kiosk.vault import SignCheckpoint
from kiosk.wiring.archivist import Archivist, Keeping, Shelves
from kiosk.wiring.checkpoints import Checkpoints
from kiosk.wiring.upkeep import WAL_WRITTEN_BACK_BYTES
from storage.database import CheckpointFailed, Database, checkpoint, wal_bytes
from storage.restore import SNAPSHOTS

SIGN_US = 120_000_000
"""What is not signed yet is looked at this often here; on a kiosk once a second."""
LOOK_US = 600_000_000
"""So often the archivist looks here; on a kiosk every minute."""


class Kept(Protocol):
    """The kiosk whose record it is."""

    @property
    def clock(self) -> Clock: ...
    @property
    def world(self) -> World: ...
    @property
    def quiet(self) -> bool: ...
    def sign(self, request: SignCheckpoint) -> None: ...
    def post(self, event: Event) -> None: ...


class RecordKeeper:
    """For one life of the kiosk."""

    def __init__(self, database: Database, record: str, keeping: Keeping, kiosk: Kept) -> None:
        self._database = database
        self._kiosk = kiosk
        self._over = False
        self._checkpoints = Checkpoints(database, record, kiosk.sign, lambda: kiosk.clock.now().mono_ms)
        shelves = Shelves(database.path.parent / SNAPSHOTS)
        self._archivist = Archivist(
            database, shelves, keeping, now=kiosk.clock.now, quiet=lambda: kiosk.quiet, post=kiosk.post
        )

    def start(self) -> None:
        self._again(SIGN_US, self._sign_and_write_back)
        self._again(LOOK_US, self._archivist.look)

    def stop(self) -> None:
        """The kiosk is dead, or has ended."""
        self._over = True

    def _again(self, every_us: int, what: Callable[[], None]) -> None:
        def due() -> None:
            if not self._over:
                what()
                self._again(every_us, what)

        self._kiosk.world.after(every_us, due)

    def _sign_and_write_back(self) -> None:
        self._checkpoints.round(quiet=self._kiosk.quiet)
        if self._kiosk.quiet and wal_bytes(self._database.path) >= WAL_WRITTEN_BACK_BYTES:
            done = checkpoint(self._database)
            if isinstance(done, CheckpointFailed):
                raise OSError(done.reason)
