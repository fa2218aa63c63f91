"""A disk whose every sync is slow, and one that counts what is written, both below the real SQLite.

Holds listeners to SQLite's file layer. They must not know who writes.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from hardware_sim.card.sqlite_files import OK, Call, Ear, ear


class _Patient:
    """Does nothing about anything it hears. Fulfils `sqlite_files.Listener`."""

    def refusal(self, _call: Call, _path: Path) -> int:
        return OK

    def opened(self, file: int, path: Path, *, new: bool) -> None: ...

    def wrote(self, file: int, offset: int, data: bytes) -> None: ...

    def truncated(self, file: int, size: int) -> None: ...

    def synced(self, file: int) -> None: ...

    def deleted(self, path: Path) -> None: ...

    def names_synced(self, directory: Path | None = None) -> None: ...


class Written(_Patient):
    """Bytes that SQLite writes, by the file's suffix: ``-wal``, or nothing for the database itself."""

    def __init__(self, database: Path) -> None:
        self.bytes: Counter[str] = Counter()
        self._database = database
        self._suffixes: dict[int, str] = {}

    def opened(self, file: int, path: Path, *, new: bool) -> None:  # noqa: ARG002 - the listener's shape
        self._suffixes[file] = path.name.removeprefix(self._database.name)

    def wrote(self, file: int, offset: int, data: bytes) -> None:  # noqa: ARG002 - as above
        self.bytes[self._suffixes[file]] += len(data)


@contextmanager
def counting_disk(database: Path) -> Iterator[Written]:
    """What is written to this database as far as it is opened meanwhile. Raises NotToBeHeardError where SQLite has no
    names.
    """
    written = Written(database)
    with ear().hearing(written):
        yield written


class SlowSync(_Patient):
    """Each sync takes so many seconds longer."""

    def __init__(self, seconds: float) -> None:
        self.syncs = 0
        self._seconds = seconds
        self._never = threading.Event()

    def synced(self, file: int) -> None:  # noqa: ARG002 - the listener's shape
        self.syncs += 1
        self._never.wait(self._seconds)


class _SyncEar(Ear):
    """Hears syncs alone: writes stay in C, so that whoever writes more calls pays no more for being heard."""

    def _methods(self, file: Any) -> Any:  # noqa: ANN401 - C structures
        own, heard = super()._methods(file)
        heard.xWrite, heard.xTruncate = own.xWrite, own.xTruncate
        return own, heard


_sync_ear = cache(_SyncEar)


@contextmanager
def slow_disk(seconds: float) -> Iterator[SlowSync]:
    """Every database opened meanwhile is on it. Raises NotToBeHeardError as above."""
    slow = SlowSync(seconds)
    with _sync_ear().hearing(slow):
        yield slow
