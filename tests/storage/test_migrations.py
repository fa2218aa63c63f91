"""Migrations: the two ways to a new database are one, and an older one is brought forward whole or not at all.

Knows an artificial migration after the newest real one. On real SQLite files.
"""

import os
import runpy
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.create import compact, fences_down
from storage.database import Trouble, connect
from storage.examine import Refused
from storage.journal import SqlJournal
from storage.migrate import VERSIONS, Migrated, Migrations, migrate
from storage.rebuild import compare_projections, verify_tree
from storage.schema import FENCES, SCHEMA_VERSION
from storage.start import Opened, Unwritable, open_storage
from tests.storage.conftest import Open, SeededEntropy, write
from tests.storage.histories import KIOSK, history_of
from tests.storage.test_fence import FORBIDDEN, refused

ADDS = """
    op.execute("ALTER TABLE probe ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'")
    op.execute("CREATE TABLE second(id INTEGER PRIMARY KEY) STRICT")
"""
REMAKES = """
    with op.batch_alter_table("layouts", recreate="always") as layouts:
        layouts.alter_column("digest", new_column_name="digest")
"""
TOUCHES = """
    op.execute("DROP TRIGGER entries_stay")
    op.execute("UPDATE entries SET body = x'7b7d' WHERE seq = 2")
    op.execute(FENCE)
"""
BREAKS = ADDS + '    op.execute("DROP TABLE no_such_table")\n'
DIES = ADDS + "    __import__('os').kill(__import__('os').getpid(), 9)\n"
OBSERVED = "SELECT sql FROM sqlite_master UNION ALL SELECT version_num FROM alembic_version"


def second(directory: Path, what: str) -> Migrations:
    """Migrations of which the one after the newest, 0004, does ``what``."""
    versions = directory / "versions"
    versions.mkdir(exist_ok=True)
    fence = f'FENCE = "{FENCES[0].sql}"\n'
    head = f'from alembic import op\n{fence}revision, down_revision = "0004", "0003"\n\n\ndef upgrade():\n'
    (versions / "m0004.py").write_text(head + what, encoding="utf-8")
    return Migrations("0004", (VERSIONS, versions))


def told(path: Path, query: str) -> list[str]:
    with closing(sqlite3.connect(path)) as other:
        return sorted(str(row[0]) for row in other.execute(query))


@pytest.fixture
def filled(opened: Opened, journal: SqlJournal) -> Path:
    write(journal, history_of(1, 60))
    opened.database.close()
    return opened.database.path


def test_a_database_made_by_the_migrations_is_the_one_made_at_once(path: Path, opened_at: Open) -> None:
    opened_at(path)
    database = connect(path.with_name("migrated.db"))
    with closing(database):
        assert isinstance(migrate(database), Migrated)
        with database.reader.begin() as connection:
            assert fences_down(connection) == ()
    definitions = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master"
    made = [compact(row) for row in told(path, definitions)]
    assert [compact(row) for row in told(path.with_name("migrated.db"), definitions)] == made
    assert len(made) > 25
    for query in ("SELECT version_num FROM alembic_version", "SELECT starts FROM probe"):
        assert told(path, query) == told(path.with_name("migrated.db"), query)


def test_the_newest_migration_is_the_version_of_the_schema() -> None:
    assert max(file.name[:4] for file in VERSIONS.glob("[0-9]*.py")) == SCHEMA_VERSION


def test_no_migration_after_the_first_touches_the_entries_but_for_their_fence() -> None:
    for file in sorted(VERSIONS.glob("[0-9]*.py"))[1:]:
        statements = [compact(each).lower() for each in runpy.run_path(str(file))["STATEMENTS"]]
        named = [each for each in statements if "entries" in each]
        assert all(each.startswith(("createtrigger", "droptrigger")) for each in named)


def test_an_older_database_is_copied_and_brought_forward(filled: Path, tmp_path: Path) -> None:
    entries = told(filled, "SELECT hex(body) FROM entries")
    found = open_storage(filled, KIOSK, second(tmp_path, ADDS))
    assert isinstance(found, Opened)
    with closing(found.database):
        assert told(filled, "SELECT colour FROM probe") == ["blue"]
        assert told(filled, "SELECT version_num FROM alembic_version") == ["0004"]
        assert told(filled, "SELECT hex(body) FROM entries") == entries
        assert all(tree.whole for tree in verify_tree(found.database))
        assert compare_projections(found.database) == ()
        for statement, why in FORBIDDEN[:10]:
            assert why in refused(filled, statement)
    assert found.copy == filled.with_name("kiosk.db.before-0004")
    assert told(found.copy, "SELECT version_num FROM alembic_version") == ["0003"]
    assert told(found.copy, "SELECT hex(body) FROM entries") == entries
    assert found.copy.stat().st_mode & 0o077 == 0


def test_a_database_of_the_first_schema_gets_its_checkpoints(filled: Path) -> None:
    definitions = "SELECT coalesce(sql, '') FROM sqlite_master"
    made = [compact(row) for row in told(filled, definitions)]
    entries = told(filled, "SELECT hex(body) FROM entries")
    with closing(sqlite3.connect(filled)) as other, other:
        other.execute("DROP TABLE checkpoints")
        other.execute("DROP TABLE closings")
        other.execute("UPDATE alembic_version SET version_num = '0001'")
    found = open_storage(filled, KIOSK)
    assert isinstance(found, Opened)
    found.database.close()
    assert found.copy == filled.with_name("kiosk.db.before-0003")
    assert [compact(row) for row in told(filled, definitions)] == made
    assert told(filled, "SELECT hex(body) FROM entries") == entries


def test_a_migration_happens_once(filled: Path, tmp_path: Path) -> None:
    migrations = second(tmp_path, ADDS)
    for copied in (True, False):
        found = open_storage(filled, KIOSK, migrations)
        assert isinstance(found, Opened)
        found.database.close()
        assert (found.copy is not None) is copied


@pytest.mark.parametrize(
    ("what", "why"),
    [(BREAKS, "no such table"), (REMAKES, "took down layouts_"), (TOUCHES, "changed entries of epoch 1")],
    ids=["breaks", "drops the fence", "touches an entry"],
)
def test_a_migration_that_fails_or_harms_leaves_the_database_as_it_was(
    what: str, why: str, filled: Path, tmp_path: Path, opened_at: Open
) -> None:
    before = told(filled, OBSERVED)
    found = open_storage(filled, KIOSK, second(tmp_path, what))
    assert isinstance(found, Refused)
    assert "stays at schema 0003" in found.reason
    assert why in found.reason
    assert told(filled, OBSERVED) == before
    assert "head_grows" in str(before)
    again = opened_at(filled)
    assert (again.epoch_due, again.set_aside) == (None, None)
    assert all(tree.whole for tree in verify_tree(again.database))


def test_a_process_killed_within_a_migration_leaves_the_database_as_it_was(
    filled: Path, tmp_path: Path, opened_at: Open
) -> None:
    """Proves order, not power safety: the page cache outlives the process."""
    second(tmp_path, DIES)
    before = told(filled, OBSERVED)
    program = (
        "import sys; from pathlib import Path; from storage.start import open_storage; "
        "from storage.migrate import VERSIONS, Migrations; "
        "open_storage(Path(sys.argv[1]), sys.argv[2], Migrations('0004', (VERSIONS, Path(sys.argv[3]))))"
    )
    root = Path(__file__).parents[2]
    search = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", program, str(filled), KIOSK, str(tmp_path / "versions")]
    done = subprocess.run(
        command, check=False, env={**os.environ, "PYTHONPATH": search}, timeout=60, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert told(filled, OBSERVED) == before
    again = opened_at(filled)
    assert compare_projections(again.database) == ()
    SqlJournal(again.database, SeededEntropy())


@pytest.mark.parametrize("version", ["0004", "9999", "something"])
def test_a_database_of_a_newer_version_is_refused_and_left_alone(version: str, filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = ?", (version,))
    before = filled.read_bytes()
    found = open_storage(filled, KIOSK)
    assert isinstance(found, Refused)
    assert f"newer version (schema {version}); this one knows up to 0003" in found.reason
    assert filled.read_bytes() == before


def test_alembic_is_not_imported_unless_a_migration_is_due(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from storage.start import open_storage; "
        "found = open_storage(Path(sys.argv[1]), 'k'); found.database.close(); "
        "found = open_storage(Path(sys.argv[1]), 'k'); found.database.close(); "
        "sys.exit('alembic' in sys.modules or 'sqlalchemy.orm' in sys.modules)"
    )
    search = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", program, str(path)]
    environment = {**os.environ, "PYTHONPATH": search}
    subprocess.run(command, check=True, env=environment, timeout=60)


def test_a_migration_on_a_full_disk_is_a_value_and_leaves_the_database_as_it_was(
    small_disk: Path, tmp_path: Path, opened_at: Open
) -> None:
    path = small_disk / "kiosk.db"
    opened = opened_at(path)
    write(SqlJournal(opened.database, SeededEntropy()), history_of(1, 20))
    opened.database.close()
    heavy = '    op.execute("CREATE TABLE heavy AS SELECT zeroblob(8000000) AS body")\n'
    found = open_storage(path, KIOSK, second(tmp_path, heavy))
    assert isinstance(found, Unwritable)
    assert found.trouble is Trouble.FULL
    assert opened_at(path).epoch_due is None
