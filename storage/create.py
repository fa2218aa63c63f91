"""Create: the schema as a new database gets it, and the check that the fences stand.

Holds the way to a database without Alembic, whose import would cost a kiosk 0.2 s at every first start. It must not
know what is in a row.
"""

from sqlalchemy import Connection, text

from kiosk.core.books import Books
from storage.projections import state_row, statement_text
from storage.schema import FENCES, METADATA, ONE_ROW, PROBE, SCHEMA_VERSION, STATE, VERSION

_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")


def create_schema(connection: Connection, books: Books) -> None:
    """Every table, the fences, the version, and the rows that are always there; in the caller's transaction.

    ``books`` say whose database this is, and which epoch went before if there was one.
    """
    METADATA.create_all(connection)
    for fence in FENCES:
        connection.exec_driver_sql(fence.sql)
    connection.execute(VERSION.insert().values(version_num=SCHEMA_VERSION))
    connection.execute(PROBE.insert().values(id=ONE_ROW, starts=0))
    connection.exec_driver_sql(statement_text(STATE.insert()), state_row(books))


def fences_down(connection: Connection) -> tuple[str, ...]:
    """Names of the fences that are missing or not as they should be; empty if all stand."""
    standing = {row.name: compact(row.sql) for row in connection.execute(_TRIGGERS)}
    return tuple(fence.name for fence in FENCES if standing.get(fence.name) != compact(fence.sql))


def compact(sql: str) -> str:
    """A definition without its blanks and line breaks, to be compared with another."""
    return "".join(sql.split())
