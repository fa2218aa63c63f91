"""Claim: one process at a time may write to a record, and says so by a lock that dies with it.

Holds the lock file. It must not know what is written, nor who waits.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from storage.database import PRIVATE_MODE, beside

LOCK = ".lock"


class ClaimedError(Exception):
    """Somebody else writes to the record; the text is one sentence."""


@dataclass(slots=True)
class Claim:
    """The right to write, until `release` or the end of the process."""

    _handle: int

    def release(self) -> None:
        """Give it back; once more does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def claim(path: Path) -> Claim:
    """Claim the record at ``path`` for this process. Raises ClaimedError, or OSError where no file can be made.

    flock(2): the kernel gives it back when the process ends, however it ends, so no stale claim can keep a kiosk dark.
    """
    handle = os.open(beside(path, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        message = f"{path} is being written by another process: stop the kiosk first"
        raise ClaimedError(message) from error
    except OSError:
        os.close(handle)
        raise
    return Claim(handle)
