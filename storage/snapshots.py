"""Snapshots: whole copies of the record, made while the kiosk goes on, each durable before it has its name.

Holds how one is made, checked, kept and thrown away. It must not know when one is due.
"""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError

from kiosk.core.ages import DAY_MS
from storage.aside import PARTS, is_set_aside
from storage.database import BUSY_TIMEOUT_MS, PRIVATE_MODE, beside, connect, sync_directory, sync_file
from storage.examine import consistent

UNFINISHED = ".new"
RESERVE_BYTES = 64 * 1024 * 1024
"""Left free beside a snapshot: the record itself comes first."""
PORTION_BYTES = 4 * 1024 * 1024
"""A copy is made durable in portions of this size: a commit's sync waits for whatever else the disk still has to write.
"""
LOOK_INSTRUCTIONS = 10_000
"""So many steps of SQLite between two looks at how far a copy is: milliseconds."""
COPIES_KEPT_MS = 14 * DAY_MS
"""What a migration or a restore put by is good for going back within days. It holds personal data and nothing can be
erased from it, so it goes whole.
"""
_NAME = re.compile(r"e(\d{1,9})-(\d{1,12})\.db\Z")
_BEFORE_MIGRATION = re.compile(r"\.before-\d{1,9}\Z")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One copy, named by what it ends with."""

    path: Path
    epoch: int
    size: int


@dataclass(frozen=True, slots=True)
class NoSnapshot:
    """None was made; ``reason`` is one sentence."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def snapshots_in(directory: Path) -> tuple[Snapshot, ...]:
    """What is kept there, the newest first; nothing if there is no such directory. Raises OSError."""
    names = [path.name for path in directory.iterdir()] if directory.is_dir() else []
    found = ((name, _NAME.fullmatch(name)) for name in names)
    kept = [Snapshot(directory / name, int(match[1]), int(match[2])) for name, match in found if match]
    return tuple(sorted(kept, key=lambda snapshot: (snapshot.epoch, snapshot.size), reverse=True))


def take_snapshot(path: Path, directory: Path, keep: int, vfs: str = "") -> Snapshot | NoSnapshot:
    """Copy the record at ``path`` into ``directory`` and keep the newest ``keep`` there. Raises OSError.

    From any thread: it reads on a connection of its own, in one transaction of SQLite's, so the writer's log cannot be
    cut back meanwhile, and no longer. ``vfs`` names another SQLite file layer, for tests of power cuts.
    """
    free, needed = shutil.disk_usage(directory.parent).free, 2 * path.stat().st_size + RESERVE_BYTES
    if free < needed:
        return NoSnapshot(f"{free // 2**20} MiB are free beside it, {needed // 2**20} MiB are needed")
    directory.mkdir(mode=0o700, exist_ok=True)
    sync_directory(directory.parent)
    unfinished = beside(directory / path.name, UNFINISHED)
    try:
        epoch, size = _checked_copy(path, unfinished, vfs)
    except (SQLAlchemyError, sqlite3.Error, ValueError) as error:
        return NoSnapshot(f"the copy is not whole: {error}")
    taken = Snapshot(directory / f"e{epoch:04}-{size:09}.db", epoch, size)
    _give_name(unfinished, taken.path)
    _keep_newest(directory, keep)
    return taken


def copy_to(path: Path, target: Path) -> Snapshot:
    """Copy the record at ``path`` to a name of one's own. Raises sqlite3.Error, SQLAlchemyError or ValueError for a
    record that is not whole, and OSError.
    """
    unfinished = beside(target, UNFINISHED)
    epoch, size = _checked_copy(path, unfinished, "")
    _give_name(unfinished, target)
    return Snapshot(target, epoch, size)


def _checked_copy(path: Path, unfinished: Path, vfs: str) -> tuple[int, int]:
    try:
        copy_record(path, unfinished, vfs)
        return examined(unfinished)
    except (SQLAlchemyError, sqlite3.Error, ValueError):
        remove(unfinished)
        raise


def _give_name(unfinished: Path, target: Path) -> None:
    unfinished.replace(target)
    sync_directory(target.parent)


def copy_record(path: Path, target: Path, vfs: str = "") -> None:
    """A complete copy in one file, durable but for its name. Raises sqlite3.Error, OSError.

    VACUUM INTO, because it leaves behind what was erased; the backup API would copy every free page.
    """
    remove(target)
    target.touch(PRIVATE_MODE)
    with closing(sqlite3.connect(_uri(path, vfs), uri=True, isolation_level=None)) as source:
        source.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        source.set_progress_handler(_in_portions(target), LOOK_INSTRUCTIONS)
        source.execute("VACUUM INTO ?", (str(target),))
    sync_file(target)


def _in_portions(target: Path) -> Callable[[], int]:
    """What SQLite calls while it writes ``target``: each portion is on the disk before the next is written."""
    durable = 0

    def made_durable() -> int:
        nonlocal durable
        written = target.stat().st_size
        if written - durable >= PORTION_BYTES:
            sync_file(target)
            durable = written
        return 0  # go on

    return made_durable


def _uri(path: Path, vfs: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode=ro" + (f"&vfs={vfs}" if vfs else "")


def examined(copy: Path) -> tuple[int, int]:
    """Epoch and size of the head of a copy that is whole. Raises ValueError, or SQLAlchemyError."""
    with closing(connect(copy)) as database, database.reader.begin() as connection:
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise ValueError(found[0])
        _, head = consistent(connection)
    _remove_index(copy)
    return head.epoch, head.size


def _remove_index(copy: Path) -> None:
    """What a reader leaves beside a file in WAL mode."""
    for part in PARTS[1:]:
        beside(copy, part).unlink(missing_ok=True)


def remove(copy: Path) -> None:
    """Remove a copy and whatever SQLite left beside it. Raises OSError."""
    for part in PARTS:
        beside(copy, part).unlink(missing_ok=True)


def _keep_newest(directory: Path, keep: int) -> None:
    for old in snapshots_in(directory)[keep:]:
        old.path.unlink()
    sync_directory(directory)


# --- copies that were put by ---


def expire_copies(path: Path, now_ms: int) -> None:
    """Remove what a migration or a restore put by when it is older than `COPIES_KEPT_MS`; ``now_ms`` is wall time.
    Raises OSError.
    """
    for copy in _copies(path):
        if now_ms - int(copy.stat().st_mtime * 1_000) > COPIES_KEPT_MS:
            copy.unlink()
    sync_directory(path.parent)


def discard_copies(path: Path) -> None:
    """Remove all of them. Raises OSError."""
    for copy in _copies(path):
        copy.unlink()
    sync_directory(path.parent)


def _copies(path: Path) -> Iterator[Path]:
    for other in sorted(path.parent.iterdir()):
        suffix = other.name.removeprefix(path.name)
        if _BEFORE_MIGRATION.fullmatch(suffix) or is_set_aside(suffix):
            yield other
