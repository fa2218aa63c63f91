"""Space: how much is free, and the ballast that is given up so that the last records still fit.

Holds file-system calls only. It must not know who is refused when space runs short.
"""

import os
import shutil
from pathlib import Path

from storage.database import beside, sync_directory

BALLAST_BYTES = 16 * 1024 * 1024
BALLAST = ".ballast"


def free_bytes(path: Path) -> int:
    """Bytes that may still be written beside ``path``, as an unprivileged process sees them. Raises OSError."""
    return shutil.disk_usage(path.parent).free


def reserve_ballast(path: Path, size: int = BALLAST_BYTES) -> bool:
    """Take ``size`` bytes of real space beside ``path``; False if there are not as many, and then none is taken."""
    ballast = beside(path, BALLAST)
    if _reserved_bytes(ballast) >= size:
        return True
    try:
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except OSError:
        release_ballast(path)
        return False
    return True


def release_ballast(path: Path) -> int:
    """Give the ballast back; how many bytes that freed. Raises OSError if the directory cannot be written."""
    ballast = beside(path, BALLAST)
    freed = _reserved_bytes(ballast)
    ballast.unlink(missing_ok=True)
    sync_directory(path.parent)
    return freed


def _reserved_bytes(ballast: Path) -> int:
    return ballast.stat().st_blocks * 512 if ballast.exists() else 0
