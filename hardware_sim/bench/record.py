"""The record as it grows: new entries from the kiosk's database, read by a connection that cannot write.

Holds how far it was read. It must not know what an entry says. The kiosk may make, leave and replace the file at any
time.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from kiosk.core.entries import Entry
from storage.database import Database, connect
from storage.queries import entries_between

BATCH = 500


class RecordReader:
    """Reads on from where it was. Only in one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = 0
        self._database: Database | None = None
        self._epoch, self._seq = 1, 0

    def news(self) -> Sequence[Entry]:
        """Entries written since the last call, in order; none while the file cannot be read."""
        try:
            return self._read(self._followed())
        except (OSError, SQLAlchemyError):
            self.close()
            return ()

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database, self._inode = None, 0

    def _followed(self) -> Database:
        """The file that has the name now: a damaged one is set aside by the kiosk."""
        inode = self._path.stat().st_ino
        if self._database is None or inode != self._inode:
            self.close()
            self._database, self._inode = connect(self._path), inode
        return self._database

    def _read(self, database: Database) -> Sequence[Entry]:
        found = entries_between(database, self._epoch, self._seq, self._seq + BATCH - 1)
        if found:
            self._seq = found[-1].seq + 1
            return found
        found = entries_between(database, self._epoch + 1, 0, BATCH - 1)
        if found:
            self._epoch, self._seq = self._epoch + 1, found[-1].seq + 1
        return found
