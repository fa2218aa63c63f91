"""The fence: what no statement may do to the record, through any connection. On real SQLite files."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.ports import JournalError
from storage.documents import DocumentKind, document, keep_document
from storage.journal import SqlJournal
from storage.rebuild import verify_tree
from storage.start import Opened
from tests.storage.conftest import write
from tests.storage.histories import history_of

FORBIDDEN = (
    ("UPDATE entries SET body = x'00' WHERE seq = 3", "never changed"),
    ("UPDATE entries SET seq = seq + 100000", "never changed"),
    ("UPDATE OR REPLACE entries SET seq = 1 WHERE seq = 2", "never changed"),
    ("DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)", "with its whole epoch or never"),
    ("DELETE FROM entries", "with its whole epoch or never"),
    ("INSERT INTO closings VALUES (1, 1, 3, x'00')", "only closed epochs"),
    ("INSERT OR REPLACE INTO entries VALUES (1, 3, x'00')", "continues its epoch"),
    ("REPLACE INTO entries(rowid, epoch, seq, body) VALUES (4, 1, 3, x'00')", "continues its epoch"),
    ("INSERT INTO entries VALUES (1, 100000, x'00')", "continues its epoch"),
    ("INSERT INTO entries VALUES (1, -1, x'00')", "continues its epoch"),
    (
        "REPLACE INTO entries(rowid, epoch, seq, body) SELECT 1, 1, max(seq) + 1, x'00' FROM entries",
        "continues its epoch",
    ),
    (
        "REPLACE INTO attachments(rowid, epoch, seq, kind, bytes) SELECT rowid, 1, 0, 'notice', x'00' FROM attachments",
        "never replaced",
    ),
    ("UPDATE attachments SET bytes = x'00'", "never changed"),
    ("UPDATE attachments SET record_key = zeroblob(32) WHERE kind = 'private'", "never changed"),
    ("UPDATE attachments SET seq = seq + 1", "never changed"),
    (
        "INSERT OR REPLACE INTO attachments SELECT epoch, seq, kind, x'00', record_key, NULL FROM attachments",
        "never replaced",
    ),
    ("DELETE FROM head", "never deleted"),
    ("UPDATE head SET size = size - 1", "only grows"),
    ("UPDATE head SET epoch = epoch + 1", "only grows"),
    ("INSERT OR REPLACE INTO head VALUES (1, 0, x'')", "begins empty"),
    ("INSERT INTO head VALUES (7, 3, x'')", "begins empty"),
    ("UPDATE layouts SET body = x'00'", "never changed"),
    ("UPDATE policies SET digest = ''", "never changed"),
    ("UPDATE directories SET version = 9", "never changed"),
)


@pytest.fixture
def filled(opened: Opened, journal: SqlJournal) -> Path:
    for kind in DocumentKind:
        keep_document(opened.database, kind, kind.encode())
    write(journal, history_of(1, 40))
    return opened.database.path


def refused(path: Path, statement: str) -> str:
    """What SQLite says to a plain connection that knows nothing of the kiosk."""
    with closing(sqlite3.connect(path)) as other, other, pytest.raises(sqlite3.DatabaseError) as error:
        other.execute(statement)
    return str(error.value)


@pytest.mark.parametrize(("statement", "why"), FORBIDDEN)
def test_the_record_cannot_be_changed(statement: str, why: str, filled: Path, opened: Opened) -> None:
    assert why in refused(filled, statement)
    assert all(tree.whole for tree in verify_tree(opened.database))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM attachments WHERE kind = 'private'",
        "UPDATE attachments SET expires_ms = 5",
        "DELETE FROM directories",
    ],
)
def test_what_the_law_asks_to_be_erased_can_be_and_the_tree_stays_whole(
    statement: str, filled: Path, opened: Opened
) -> None:
    with closing(sqlite3.connect(filled)) as other, other:
        assert other.execute(statement).rowcount > 0
    assert all(tree.whole for tree in verify_tree(opened.database))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO attachments VALUES (1, 2, 'private', x'00', x'00', NULL)",
        "INSERT INTO attachments VALUES (1, 2, 'private', x'00', NULL, NULL)",
        "INSERT INTO attachments VALUES (1, 2, 'secret', x'00', zeroblob(32), NULL)",
        "INSERT INTO state SELECT 2, * FROM (SELECT kiosk FROM state)",
        "INSERT INTO probe VALUES (2, 0)",
        "INSERT INTO head VALUES (8, 'many', x'')",
    ],
)
def test_rows_of_another_form_are_refused_by_the_tables(statement: str, filled: Path) -> None:
    assert refused(filled, statement)


def test_an_attachment_needs_its_entry(opened: Opened, filled: Path) -> None:
    assert filled == opened.database.path
    with pytest.raises(Exception, match="FOREIGN KEY"), opened.database.writer.begin() as connection:
        connection.exec_driver_sql("INSERT INTO attachments VALUES (9, 9, 'notice', x'00', NULL, NULL)")


def test_documents_are_versions_that_stay(opened: Opened) -> None:
    database = opened.database
    first = keep_document(database, DocumentKind.LAYOUT, b"one")
    assert keep_document(database, DocumentKind.LAYOUT, b"one") == first
    second = keep_document(database, DocumentKind.LAYOUT, b"two")
    assert (first.version, second.version) == (1, 2)
    assert keep_document(database, DocumentKind.LAYOUT, b"one").version == 3
    assert document(database, DocumentKind.LAYOUT, 1) == first
    assert document(database, DocumentKind.POLICY, 1) is None
    assert document(database, DocumentKind.LAYOUT, 4) is None


def test_a_document_whose_bytes_are_not_its_digests_is_none(opened: Opened) -> None:
    kept = keep_document(opened.database, DocumentKind.POLICY, b"pulse_ms = 300")
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER policies_stay")
        connection.exec_driver_sql("UPDATE policies SET body = x'00'")
    assert document(opened.database, DocumentKind.POLICY, kept.version) is None


def test_a_document_that_cannot_be_kept_is_a_failed_journal(opened: Opened) -> None:
    with opened.database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TABLE policies")
    with pytest.raises(JournalError, match="policies"):
        keep_document(opened.database, DocumentKind.POLICY, b"pulse_ms = 300")
