"""Upkeep: what the engine's thread does for its database between events: free space, ballast, the write-ahead log.

Holds when each of these is due. It must not know what is refused when space runs short.
"""

import logging
from collections.abc import Callable

from kiosk.core.decide import LOW_SPACE_BYTES, NO_SPACE_BYTES
from kiosk.core.events import Event, SpaceMeasured, StorageFailing
from kiosk.ports import Clock
from kiosk.restarts import SOON_MS, Restarts
from storage.database import CheckpointFailed, Database, checkpoint, wal_bytes
from storage.space import free_bytes, release_ballast, reserve_ballast

MEASURE_MS = 10_000
WAL_WRITTEN_BACK_BYTES = 1024 * 1024
"""A write-ahead log of this size is written back in the next quiet moment: long before SQLite would do it by itself."""
WRITTEN_BACK_MS = 3_600_000

log = logging.getLogger(__name__)

Post = Callable[[Event], None]


class Upkeep:
    """One round after the other, each on the engine's thread, which is the only one that writes."""

    def __init__(self, database: Database, clock: Clock, restarts: Restarts, post: Post) -> None:
        self._database = database
        self._clock = clock
        self._restarts = restarts
        self._post = post
        self._started_ms = clock.now().mono_ms
        self._written_back_ms = self._started_ms
        self._measured_ms: int | None = None
        self._survived = False
        self._complained = False

    def round(self) -> None:
        """Do what is due. Raises nothing: what fails here shows in the text log and in the next commit."""
        now_ms = self._clock.now().mono_ms
        if self._measured_ms is None or now_ms - self._measured_ms >= MEASURE_MS:
            self._measured_ms = now_ms
            self._post(SpaceMeasured(self._measured()))
            self._write_back(now_ms)
        if not self._survived and now_ms - self._started_ms >= SOON_MS:
            self._survived = True
            self._restarts.survived()

    def _measured(self) -> int:
        """Free bytes. The ballast is given up for the last records, and taken again when there is plenty."""
        path = self._database.path
        try:
            free = free_bytes(path)
            if free < NO_SPACE_BYTES and release_ballast(path):
                log.error("%s: the disk is full, the ballast is given up", path)
                free = free_bytes(path)
        except OSError as error:
            log.warning("%s: free space cannot be measured: %s", path, error)
            return 0
        if free > 2 * LOW_SPACE_BYTES:
            reserve_ballast(path)
        return free

    def _write_back(self, now_ms: int) -> None:
        """A log that is short waits longer, but not for ever: it may hold what has been erased from the record."""
        size, waited_ms = wal_bytes(self._database.path), now_ms - self._written_back_ms
        if size < WAL_WRITTEN_BACK_BYTES and (not size or waited_ms < WRITTEN_BACK_MS):
            return
        self._written_back_ms = now_ms
        done = checkpoint(self._database)
        if isinstance(done, CheckpointFailed):
            log.warning("%s: %s", self._database.path, done)
            self._complain(f"the write-ahead log cannot be written back: {done.reason}")

    def _complain(self, detail: str) -> None:
        """An alarm, once in each life of the process."""
        if not self._complained:
            self._complained = True
            self._post(StorageFailing(detail))
