"""Copies: what befalls the record of a kiosk that does not run: somebody puts a snapshot back, or the file is damaged.

Holds the two deeds. It must not know what a start makes of it, nor what must hold afterwards.
"""

from pathlib import Path

from kiosk.core.ids import KioskId
from storage.database import beside
from storage.examine import Expected
from storage.restore import SNAPSHOTS, NotRestored, Order, restore
from storage.snapshots import snapshots_in

GARBAGE = b"\x00\xff" * 2_048
"""As long as the file's first page."""


def has_snapshot(path: Path) -> bool:
    """Whether there is a copy to go back to."""
    return bool(snapshots_in(path.parent / SNAPSHOTS))


def put_back(path: Path, kiosk: KioskId) -> None:
    """A technician restores the newest snapshot. Raises RuntimeError if it is not good."""
    newest = snapshots_in(path.parent / SNAPSHOTS)[0]
    done = restore(newest.path, path, Expected(kiosk), Order("technician", "simulated"))
    if isinstance(done, NotRestored):
        raise RuntimeError(done.reason)  # noqa: TRY004 - the copy is at fault, not a type


def damage(path: Path) -> None:
    """The file's first page is garbage, and so is the beginning of its log, which could stand in for it."""
    for part in (path, beside(path, "-wal")):
        if part.exists():
            with part.open("r+b") as file:
                file.write(GARBAGE)
