"""Journal: the one writer of entries. A commit is one transaction that moves entries, tree and projections together.

Holds the hot path and nothing beside it. It must not know why entries are made, nor what follows a commit.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.exc import SQLAlchemyError

from kiosk.core.books import Books, post_all, tidy
from kiosk.core.entries import Entry, EpochStarted, canonical, commitment, encode, private_fields
from kiosk.core.merkle import leaf_hash, push, root
from kiosk.ports import Entropy, JournalError
from storage.aside import remember_epoch
from storage.database import Database
from storage.deletion import delete_named
from storage.heads import Head, newest_head
from storage.projections import Change, Statements, load_books, statement_text
from storage.schema import ATTACHMENTS, ENTRIES, HEAD, NOTICE, PRIVATE

RECORD_KEY_BYTES = 32

AttachmentRow = tuple[int, int, str, bytes, bytes | None, None]
EntryRow = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class _Batch:
    """A commit worked out before its transaction begins."""

    entries: list[EntryRow]
    attachments: list[AttachmentRow]
    heads: tuple[Head, ...]
    """One for each epoch that is touched, oldest first."""


class SqlJournal:
    """The journal in SQLite; fulfils `kiosk.ports.Journal`. One thread writes through it."""

    def __init__(self, database: Database, entropy: Entropy) -> None:
        """Reads the books. Raises ValueError or SQLAlchemyError for a database that `open_storage` would not have
        returned.
        """
        self._database = database
        self._entropy = entropy
        self._projections = Statements()
        self._insert_entry = statement_text(ENTRIES.insert())
        self._insert_attachment = statement_text(ATTACHMENTS.insert())
        self._begin_head = statement_text(HEAD.insert())
        self._grow_head = _grow_head()
        self._failed = ""
        with database.writer.begin() as connection:
            self._books = load_books(connection)
            self._head = newest_head(connection)

    def books(self) -> Books:
        """What the committed entries add up to, with the parcels that the last commit finished."""
        return self._books

    def commit(self, entries: Sequence[Entry]) -> None:
        """Make ``entries`` durable, all or none. Raises JournalError.

        After a failure the outcome is unknown until the next start, for a failed COMMIT may still come true when power
        fails: every later commit is refused, and the caller acts on nothing and ends the process.
        """
        if self._failed:
            message = f"the journal has failed before: {self._failed}"
            raise JournalError(message)
        if entries:
            self._commit(entries)

    def _commit(self, entries: Sequence[Entry]) -> None:
        after = self._posted(entries)
        changes = self._projections.changes(self._books, after)
        batch = self._batch(entries)
        self._failed = "a commit did not come to its end"
        try:
            self._remember_epochs(entries)
            with self._database.writer.begin() as connection:
                self._write(connection, batch, changes)
                delete_named(connection, entries, after.directory_version)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            self._failed = str(error)
            raise JournalError(self._failed) from error
        self._books, self._head, self._failed = after, batch.heads[-1], ""

    def _posted(self, entries: Sequence[Entry]) -> Books:
        if not self._head.size and not isinstance(entries[0].body, EpochStarted):
            message = "no epoch has been started"
            raise JournalError(message)
        try:
            return post_all(tidy(self._books), entries)
        except ValueError as error:
            raise JournalError(str(error)) from error

    def _batch(self, entries: Sequence[Entry]) -> _Batch:
        rows: list[EntryRow] = []
        attachments: list[AttachmentRow] = []
        heads = {self._head.epoch: self._head}
        for entry in (_naming_the_root(entry, heads) for entry in entries):
            private, notice = self._attachments(entry)
            attached = [row for row in (private, notice) if row is not None]
            body = encode(entry, _commitment_to(private), _digest_of(notice))
            rows.append((entry.epoch, entry.seq, body))
            attachments += attached
            heads[entry.epoch] = _grown(heads.get(entry.epoch, Head(entry.epoch)), body)
        touched = {entry.epoch for entry in entries}
        return _Batch(rows, attachments, tuple(head for epoch, head in sorted(heads.items()) if epoch in touched))

    def _attachments(self, entry: Entry) -> tuple[AttachmentRow | None, AttachmentRow | None]:
        private, notice = None, None
        if personal := private_fields(entry.body):
            record_key = self._entropy.random_bytes(RECORD_KEY_BYTES)
            private = (entry.epoch, entry.seq, PRIVATE, canonical(personal), record_key, None)
        if entry.notice is not None:
            notice = (entry.epoch, entry.seq, NOTICE, entry.notice, None, None)
        return private, notice

    def _remember_epochs(self, entries: Iterable[Entry]) -> None:
        """Beside the database, before it is in the database: an epoch's number is never used twice, whatever becomes of
        the file.
        """
        for entry in entries:
            if isinstance(entry.body, EpochStarted):
                remember_epoch(self._database.path, entry.epoch)

    def _write(self, connection: Connection, batch: _Batch, changes: Sequence[Change]) -> None:
        connection.exec_driver_sql(self._insert_entry, batch.entries)
        if batch.attachments:
            connection.exec_driver_sql(self._insert_attachment, batch.attachments)
        for head in batch.heads:
            self._write_head(connection, head)
        for change in changes:
            connection.exec_driver_sql(change.statement, change.rows)

    def _write_head(self, connection: Connection, head: Head) -> None:
        """The stored head must be the one this journal knows: anything else means that another process wrote."""
        known = self._head.size if head.epoch == self._head.epoch else 0
        if head.epoch > self._head.epoch:
            connection.exec_driver_sql(self._begin_head, (head.epoch, 0, b""))
        grown = connection.exec_driver_sql(self._grow_head, (head.size, head.stored, head.epoch, known))
        if grown.rowcount != 1:
            message = f"the head of epoch {head.epoch} is not of size {known}"
            raise JournalError(message)


def _naming_the_root(entry: Entry, heads: Mapping[int, Head]) -> Entry:
    """The first entry of an epoch after one of which this journal knows the tree: only here is its last root known."""
    body = entry.body
    if not isinstance(body, EpochStarted) or body.previous_root:
        return entry
    closed = heads.get(body.previous_epoch, Head())
    if not closed.size or closed.size != body.previous_size:
        return entry
    return replace(entry, body=replace(body, previous_root=root(closed.frontier).hex()))


def _grow_head() -> str:
    same = (HEAD.c.epoch == bindparam("of_epoch"), HEAD.c.size == bindparam("known"))
    return statement_text(update(HEAD).values(size=bindparam("new"), frontier=bindparam("roots")).where(*same))


def _grown(head: Head, body: bytes) -> Head:
    return Head(head.epoch, head.size + 1, push(head.frontier, head.size, leaf_hash(body)))


def _commitment_to(private: AttachmentRow | None) -> str:
    if private is None:
        return ""
    _, _, _, stored, record_key, _ = private
    return commitment(record_key or b"", stored)


def _digest_of(notice: AttachmentRow | None) -> str:
    return "" if notice is None else sha256(notice[3]).hexdigest()
