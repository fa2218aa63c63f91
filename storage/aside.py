"""Aside: the names beside the database that outlive it: which epochs were begun, and where damaged files went.

Holds small files and renames. It must not know what is inside a database.
"""

import os
import re
from pathlib import Path

from storage.database import beside, sync_directory

PARTS = ("", "-wal", "-shm")
"""A database is all three: the main file without its WAL is not the database."""
EPOCH = ".epoch"
CONDEMNED = ".condemned"
_SET_ASIDE = re.compile(r"\.(?:damaged|replaced)-e(\d{1,9})(?:-\d+)?(-wal|-shm)?\Z")


def last_epoch(path: Path) -> int:
    """The highest epoch ever begun, as far as the files beside ``path`` tell; 0 if none was. Raises OSError."""
    return max(_remembered(path), *_epochs_set_aside(path), 0)


def _remembered(path: Path) -> int:
    file = beside(path, EPOCH)
    text = file.read_text(encoding="ascii", errors="replace").strip() if file.exists() else ""
    return int(text) if text.isascii() and text.isdigit() else 0


def _epochs_set_aside(path: Path) -> list[int]:
    names = (other.name.removeprefix(path.name) for other in path.parent.iterdir())
    return [int(found[1]) for name in names if (found := _SET_ASIDE.fullmatch(name)) and not found[2]]


def is_set_aside(suffix: str) -> bool:
    """Whether this is how the name of something that `move_aside` has moved goes on after the record's."""
    return _SET_ASIDE.fullmatch(suffix) is not None


def remember_epoch(path: Path, epoch: int) -> None:
    """Note, durably, that ``epoch`` has been begun; a lower number changes nothing. Raises OSError."""
    if epoch <= _remembered(path):
        return
    written, file = beside(path, f"{EPOCH}.new"), beside(path, EPOCH)
    with written.open("w", encoding="ascii") as out:
        out.write(f"{epoch}\n")
        out.flush()
        os.fsync(out.fileno())
    written.replace(file)
    sync_directory(path.parent)


def condemn(path: Path, reason: str) -> None:
    """Have the next start set the database aside, because a long check found it damaged. Raises OSError."""
    with beside(path, CONDEMNED).open("w", encoding="utf-8") as out:
        out.write(f"{reason}\n")
        out.flush()
        os.fsync(out.fileno())
    sync_directory(path.parent)


def condemned(path: Path) -> str:
    """Why the database is to be set aside; empty if it is not."""
    file = beside(path, CONDEMNED)
    return (file.read_text(encoding="utf-8", errors="replace").strip() or "condemned") if file.exists() else ""


def move_aside(path: Path, epoch: int, label: str = "damaged") -> Path:
    """Rename the database, its WAL and its shared memory together; the new path of the main file. Raises OSError.
    ``label`` is ``damaged`` or ``replaced``.

    The main file goes first: interrupted after it, the WAL alone is found at the next start and moved as well, while a
    main file without its WAL would look like a sound database that lacks its newest commits.
    """
    target = _unused(beside(path, f".{label}-e{epoch}"))
    for part in PARTS:
        if beside(path, part).exists():
            beside(path, part).rename(beside(target, part))
    beside(path, CONDEMNED).unlink(missing_ok=True)
    sync_directory(path.parent)
    return target


def _unused(target: Path) -> Path:
    number, candidate = 1, target
    while any(beside(candidate, part).exists() for part in PARTS):
        number += 1
        candidate = beside(target, f"-{number}")
    return candidate
