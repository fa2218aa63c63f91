"""Documents: every version of layout, policy and directory that was ever in force, as the bytes that were applied.

Holds bytes and their digests. It must not know what a document says, nor which version is in force: an entry says that.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from kiosk.ports import JournalError
from storage.database import Database
from storage.schema import DIRECTORIES, LAYOUTS, POLICIES


class DocumentKind(StrEnum):
    LAYOUT = "layout"
    POLICY = "policy"
    DIRECTORY = "directory"
    """Holds names: personal data, unlike the other two."""


_TABLES: Mapping[DocumentKind, Table] = {
    DocumentKind.LAYOUT: LAYOUTS,
    DocumentKind.POLICY: POLICIES,
    DocumentKind.DIRECTORY: DIRECTORIES,
}


@dataclass(frozen=True, slots=True)
class Document:
    """One version; ``digest`` is the SHA-256 of ``body`` in hex, as the entry that applied it has it."""

    version: int
    digest: str
    body: bytes


def digest_of(body: bytes) -> str:
    """What an entry and a row call these bytes."""
    return sha256(body).hexdigest()


def keep_document(database: Database, kind: DocumentKind, body: bytes) -> Document:
    """Store ``body`` durably as the next version, or find the newest one if it is the same; before the entry that
    applies it.

    Writes: only for the journal's thread. Raises JournalError, after which nothing is known, as after a failed commit.
    """
    try:
        with database.writer.begin() as connection:
            return _kept(connection, _TABLES[kind], body)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise JournalError(str(error)) from error


def _kept(connection: Connection, table: Table, body: bytes) -> Document:
    newest = connection.execute(select(func.max(table.c.version))).scalar_one() or 0
    known = _read(connection, table, newest)
    if known is not None and known.body == body:
        return known
    document = Document(newest + 1, digest_of(body), body)
    connection.execute(table.insert().values(version=document.version, digest=document.digest, body=body))
    return document


def document(database: Database, kind: DocumentKind, version: int) -> Document | None:
    """One version; None if there is none or its bytes are not those of its digest. Raises SQLAlchemyError."""
    with database.reader.begin() as connection:
        found = _read(connection, _TABLES[kind], version)
    return found if found is not None and digest_of(found.body) == found.digest else None


def _read(connection: Connection, table: Table, version: int) -> Document | None:
    row = connection.execute(select(table).where(table.c.version == version)).one_or_none()
    return None if row is None else Document(row.version, row.digest, row.body)
