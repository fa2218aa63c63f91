"""Photos: pictures of labels beside the record, each named by its hash, and gone after three days at most.

Holds files. It must not know who took a picture, nor what for: the record holds the hash of one that counts.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from storage.database import sync_directory

PHOTOS = "photos"
"""The directory beside the record."""
SUFFIX, UNFINISHED = ".jpg", ".new"
MOST = 1_000
"""So many are kept, about 150 MB; the oldest go first."""
PRIVATE_MODE, PRIVATE_DIRECTORY = 0o600, 0o700
HOUR_MS = 3_600_000


def photos_beside(record: Path) -> Path:
    """The directory of the pictures that belong to the record at ``record``; it may not be there."""
    return record.parent / PHOTOS


def photo_at(directory: Path, photo: str) -> Path:
    return directory / f"{photo}{SUFFIX}"


def keep_photo(directory: Path, jpeg: bytes) -> str:
    """Keep a picture and return its name, the SHA-256 in hex. Raises OSError."""
    photo = sha256(jpeg).hexdigest()
    directory.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
    unfinished = directory / f"{photo}{UNFINISHED}"
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_MODE)
    with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, for its mode
        file.write(jpeg)
        file.flush()
        os.fsync(handle)
    unfinished.replace(photo_at(directory, photo))
    sync_directory(directory)
    return photo


def expire_photos(directory: Path, now_ms: int, hours: int) -> int:
    """Remove what is older than so many hours by wall time, or from the future as after a clock was put right, and what
    is too much; how many. Raises OSError.
    """
    known = sorted(_known(directory))
    fresh = [path for made_ms, path in known if 0 <= now_ms - made_ms < hours * HOUR_MS]
    kept = set(fresh[-MOST:])
    return _remove(directory, [path for _, path in known if path not in kept])


def discard_photos(directory: Path) -> int:
    """Remove all; how many. Raises OSError."""
    return _remove(directory, [path for _, path in _known(directory)])


def _known(directory: Path) -> Iterator[tuple[int, Path]]:
    if directory.is_dir():
        for path in directory.iterdir():
            if path.suffix in (SUFFIX, UNFINISHED):
                yield path.stat().st_mtime_ns // 1_000_000, path


def _remove(directory: Path, paths: list[Path]) -> int:
    for path in paths:
        path.unlink(missing_ok=True)
    if paths:
        sync_directory(directory)
    return len(paths)
