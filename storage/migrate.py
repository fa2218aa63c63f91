"""Migrate: bring an older database to this schema, whole or not at all, with a copy put by first.

Holds the run of the migrations and the checks after it. It must not know what a single migration does.
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from storage.create import fences_down
from storage.database import PRIVATE_MODE, Database, Trouble, beside, sync_directory, sync_file, trouble_of
from storage.rebuild import trees_of
from storage.schema import SCHEMA_VERSION, VERSION

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = MIGRATIONS / "versions"


@dataclass(frozen=True, slots=True)
class Migrated:
    """The database has the new schema; what it was before is in ``copy``, which holds personal data and expires with
    it.
    """

    copy: Path


@dataclass(frozen=True, slots=True)
class NotMigrated:
    """The database is as it was."""

    reason: str


class MigrationRefusedError(Exception):
    """A migration came to its end and left something that must not be; it is rolled back."""


def schema_version(connection: Connection) -> str:
    """The number of the newest migration the database has had."""
    return str(connection.execute(select(VERSION.c.version_num)).scalar_one())


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migration to arrive at, and the directories that hold the steps to it."""

    target: str = SCHEMA_VERSION
    versions: tuple[Path, ...] = (VERSIONS,)


CURRENT = Migrations()


def migrate(database: Database, migrations: Migrations = CURRENT) -> Migrated | NotMigrated:
    """Copy the database, then run every migration that is due and the checks in one transaction.

    Raises SQLAlchemyError, sqlite3.Error or OSError when the copy cannot be made or the disk fails.
    """
    copy = copy_whole(database, beside(database.path, f".before-{migrations.target}"))
    try:
        with database.writer.begin() as connection:
            _upgrade(connection, migrations)
            _refuse_unless_whole(connection)
    except MigrationRefusedError as error:
        return NotMigrated(str(error))
    except SQLAlchemyError as error:
        if trouble_of(error) is not Trouble.UNFIT:
            raise
        return NotMigrated(str(error))
    return Migrated(copy)


def _upgrade(connection: Connection, migrations: Migrations) -> None:
    """Alembic joins the transaction that it finds open, so a failure in any migration undoes all of them."""
    from alembic import command  # noqa: PLC0415 - 0.2 s and 35 MiB, which only a start with a migration due should pay

    command.upgrade(_config(connection, migrations), migrations.target)


def _config(connection: Connection, migrations: Migrations) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, migrations.versions)).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _refuse_unless_whole(connection: Connection) -> None:
    if down := fences_down(connection):
        message = f"the migration took down {', '.join(down)}"
        raise MigrationRefusedError(message)
    if broken := [tree.epoch for tree in trees_of(connection) if not tree.whole]:
        message = f"the migration changed entries of epoch {broken[0]}"
        raise MigrationRefusedError(message)


def copy_whole(database: Database, target: Path) -> Path:
    """A complete copy in one file, durable under its name only when it is whole. Raises SQLAlchemyError, sqlite3.Error,
    OSError.
    """
    unfinished = beside(target, ".new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(PRIVATE_MODE)
    with closing(database.writer.raw_connection()) as held:
        held.cursor().execute("VACUUM INTO ?", (str(unfinished),))
    sync_file(unfinished)
    unfinished.replace(target)
    sync_directory(target.parent)
    return target
