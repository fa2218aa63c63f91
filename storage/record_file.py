"""Record file: a kiosk's database opened to be looked at and nothing else: a copy, or the one that a kiosk writes to.

Holds one plain connection that cannot write, in one read transaction. It must not know what is looked for.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from storage.database import BUSY_TIMEOUT_MS, beside
from storage.schema import ATTACHMENTS, CHECKPOINTS, CLOSINGS, ENTRIES, HEAD

NEEDED = frozenset({"entries", "head"})


class RecordFileError(Exception):
    """The file cannot be read as a kiosk's record; the text is one sentence that names it."""


@contextmanager
def record_file(path: Path) -> Iterator[sqlite3.Connection]:
    """The record at ``path`` as it is at this moment, however long one reads and whatever a kiosk adds meanwhile.

    The file and its WAL are not touched; where there is a WAL, SQLite may leave its index (-shm) beside it. Raises
    RecordFileError. No engine of SQLAlchemy: a million rows cost a third more through one.
    """
    if not path.is_file():
        message = f"{path}: is no file"
        raise RecordFileError(message)
    try:
        with closing(sqlite3.connect(_uri(path), uri=True, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA query_only=1")
            connection.execute("BEGIN")
            _refuse_unless_a_record(path, connection)
            yield connection
    except sqlite3.Error as error:
        message = f"{path}: cannot be read as a kiosk's record: {error}"
        raise RecordFileError(message) from error


def _uri(path: Path) -> str:
    """Without a WAL beside it nobody has the file open, and SQLite is told so: it then makes no file of its own."""
    still = "" if beside(path, "-wal").exists() else "&immutable=1"
    return f"file:{quote(str(path.absolute()))}?mode=ro{still}"


def _refuse_unless_a_record(path: Path, connection: sqlite3.Connection) -> None:
    """Strict tables of the known columns: no row then holds a value of another type than is expected."""
    if not tables_in(connection) >= NEEDED:
        message = f"{path}: is a database, but not a kiosk's record"
        raise RecordFileError(message)
    strict = {name for _, name, *_, is_strict in connection.execute("PRAGMA table_list") if is_strict}
    for table in (ENTRIES, HEAD, CHECKPOINTS, CLOSINGS, ATTACHMENTS):
        if table.name in tables_in(connection):
            columns = [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table.name})")]
            if table.name not in strict or columns != [(column.name, str(column.type)) for column in table.columns]:
                message = f"{path}: its table {table.name} is not as a kiosk makes it"
                raise RecordFileError(message)


def tables_in(connection: sqlite3.Connection) -> frozenset[str]:
    """The names of its tables: an older record has fewer."""
    return frozenset(name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
