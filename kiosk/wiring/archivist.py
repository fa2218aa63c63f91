"""Archivist: looks after the record and never writes into it: a sound file, snapshots, retention, the year.

Holds what is due when, and the thread that looks. It must not know a rule of the engine: what is to be recorded goes
there as an event, and nothing here holds up a person.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from kiosk.core.ages import DAY_MS, passed_ms
from kiosk.core.entries import UnknownEntryError
from kiosk.core.events import ErasureDue, Event, StopAsked, StorageFailing, YearOver
from kiosk.ports import Moment
from storage.aside import condemn
from storage.database import WAL_ALARM_BYTES, CheckUnfinishedError, Database, quick_check, wal_bytes
from storage.erasure import due
from storage.photos import expire_photos, photos_beside
from storage.queries import epoch_began, last_place, last_stamp
from storage.record_file import RecordFileError
from storage.snapshots import NoSnapshot, expire_copies, snapshots_in, take_snapshot

LOOK_S = 60.0
"""The archivist looks this often; a look at which nothing is due reads a few rows."""
QUICK_CHECK_S = 30.0
"""So long may a start's check of the whole file take: it competes with people for the card. Each snapshot is checked to
its end, so a file that is too long for it is looked through once a day all the same.
"""
YEAR_MS = 365 * DAY_MS
KEPT, KEPT_ON_STICK = 2, 7
AGAIN_MS = 3_600_000
"""A copy that could not be made is not tried every minute: it reads and writes the whole record."""
LOW_PRIORITY = 10
"""Niceness of the thread: whoever waits at a door comes first."""

log = logging.getLogger(__name__)

FAILURES = (SQLAlchemyError, sqlite3.Error, OSError, RecordFileError, UnknownEntryError)
"""What a look may meet on a disk; anything else is a fault of ours and ends the process."""


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where snapshots are kept; ``stick`` is a second place that may be absent, such as a USB stick."""

    own: Path
    stick: Path | None = None

    @property
    def within_reach(self) -> tuple[tuple[Path, int], ...]:
        """Where copies go now, and how many are kept there."""
        own = ((self.own, KEPT),)
        return own if self.stick is None or not self.stick.is_dir() else (*own, (self.stick, KEPT_ON_STICK))


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how long what is personal is kept."""

    private_days: int
    photo_hours: int


class Archivist:
    """One look after the other. Reads on connections of its own; asks the engine by events."""

    def __init__(  # noqa: PLR0913 - what it reads, where it keeps copies, and its ways to the rest of the kiosk
        self,
        database: Database,
        shelves: Shelves,
        keeping: Keeping,
        *,
        now: Callable[[], Moment],
        quiet: Callable[[], bool],
        post: Callable[[Event], None],
    ) -> None:
        """``quiet`` says whether nobody stands at the kiosk."""
        self._database = database
        self._shelves = shelves
        self._keeping = keeping
        self._now = now
        self._quiet = quiet
        self._post = post
        self._alarmed = False
        self._erased = False
        """Something was erased that older copies still hold."""
        self._again_ms = 0
        """When copies are tried again after one could not be made."""

    def check_file(self) -> None:
        """Look through the whole file; a damaged one is set aside by the next start, so this one ends."""
        try:
            problems = quick_check(self._database, QUICK_CHECK_S)
        except CheckUnfinishedError as unfinished:
            log.info("%s", unfinished)
            return
        if problems:
            log.error("%s: %s", self._database.path, problems[0])
            condemn(self._database.path, problems[0])
            self._post(StopAsked("the database is damaged"))

    def look(self) -> None:
        """Do what is due. What fails shows in the text log, keeps nothing else from being done, and is tried again."""
        for duty in (self._watch_log, self._expire_photos, self._keep_copies, self._close_year):
            try:
                duty()
            except FAILURES as error:
                log.warning("the record cannot be looked after: %s", error)

    def _watch_log(self) -> None:
        size = wal_bytes(self._database.path)
        if size > WAL_ALARM_BYTES and not self._alarmed:
            self._alarmed = True
            self._post(StorageFailing(f"the write-ahead log is not written back: {size // 1024} KiB"))

    def _expire_photos(self) -> None:
        expire_photos(photos_beside(self._database.path), self._now().wall_ms, self._keeping.photo_hours)

    def _close_year(self) -> None:
        began = epoch_began(self._database)
        if began is not None and passed_ms(began, self._now()) >= YEAR_MS:
            self._post(YearOver())

    def _keep_copies(self) -> None:
        """First erase, then copy: a copy holds nothing that is due, and after an erasure the older ones go."""
        if not self._quiet():
            return
        erasable = due(self._database.path, self._now(), self._keeping.private_days)
        if erasable:
            self._erased = True
            self._post(ErasureDue(erasable))
        elif self._now().mono_ms >= self._again_ms and (self._erased or self._copy_due()):
            self._take_copies()

    def _copy_due(self) -> bool:
        """Once a day, if anything was recorded since."""
        newest = next(iter(snapshots_in(self._shelves.own)), None)
        if newest is None:
            return True
        grown = last_place(self._database) != (newest.epoch, newest.size)
        return grown and passed_ms(last_stamp(newest.path), self._now()) >= DAY_MS

    def _take_copies(self) -> None:
        """A place that fails, such as a stick that may not be written, keeps no other from getting its copy."""
        taken = [self._taken(directory, keep) for directory, keep in self._shelves.within_reach]
        if all(taken):
            self._erased = False
        else:
            self._again_ms = self._now().mono_ms + AGAIN_MS
        expire_copies(self._database.path, self._now().wall_ms)

    def _taken(self, directory: Path, keep: int) -> bool:
        try:
            taken = take_snapshot(self._database.path, directory, 1 if self._erased else keep)
        except OSError as error:
            taken = NoSnapshot(str(error))
        if isinstance(taken, NoSnapshot):
            log.warning("no snapshot in %s: %s", directory, taken)
        return not isinstance(taken, NoSnapshot)


class ArchivistThread:
    """One thread around an archivist: the check of the file at once, then a look every minute."""

    name = "archivist"

    def __init__(self, archivist: Archivist) -> None:
        self._archivist = archivist
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        """False once the thread has ended, by `stop` or by a fault of ours."""
        return self._thread.is_alive()

    def stop(self, patience_s: float = 2.0) -> None:
        """End the thread after the look in hand, which a stop does not wait for any longer than this."""
        self._stopping.set()
        if self.is_alive():
            self._thread.join(patience_s)

    # The archivist's own thread

    def _run(self) -> None:
        with suppress(OSError):  # on Linux a thread has a niceness of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)
        self._archivist.check_file()
        while not self._stopping.wait(LOOK_S):
            self._archivist.look()
