"""Schema: every table, index and trigger of the database, and the number of this version of it.

Holds definitions only; creating and migrating are elsewhere. It must not know how a commit works, nor what a row means
beyond its shape. Migrations repeat these definitions step by step, and a test holds the two ways to a new database
equal.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from kiosk.core.books import Books, Compartment, OpenOpening, Parcel
from kiosk.core.codes import Bucket
from storage.shapes import Cell, Shape, shape_of

SCHEMA_VERSION = "0003"
"""The newest migration's number. A database with a greater one was written by a newer version of this software."""

METADATA = MetaData()

COMPARTMENT = shape_of(Compartment)
PARCEL = shape_of(Parcel)
OPENING = shape_of(OpenOpening)
BUCKET = shape_of(Bucket)
SCALARS = shape_of(Books, leaving_out=("compartments", "parcels", "openings", "bucket"))
"""The fields of the books that are one value each; they and the bucket make the single row of ``state``."""

ONE_ROW = 1
"""The key of the tables that have a single row."""
PRIVATE, NOTICE = "private", "notice"
"""Kinds of attachments."""


def _strict(name: str, *parts: Any) -> Table:  # noqa: ANN401 - columns, constraints and indexes, as Table takes them
    """A STRICT table: SQLite itself then refuses a value of the wrong type."""
    return Table(name, METADATA, *parts, sqlite_strict=True)


def _columns(shape: Shape[Any], prefix: str = "") -> list[Column[Any]]:
    return [_column(cell, prefix) for cell in shape.cells]


def _column(cell: Cell, prefix: str) -> Column[Any]:
    return Column(prefix + cell.name, Integer if cell.integer else Text, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _one_row(name: str, *columns: Column[Any]) -> Table:
    key = Column("id", Integer, primary_key=True, autoincrement=False)
    return _strict(name, key, *columns, CheckConstraint(f"id = {ONE_ROW}", name=f"{name}_is_one_row"))


# The entries have a rowid: measured with bodies of 380 bytes, two to a commit, WITHOUT ROWID wrote a third more into
# the WAL and made a file 7 % larger, because only a rowid table's tree appends without rebalancing its neighbours.
ENTRIES = _strict(
    "entries",
    _number("epoch"),
    _number("seq"),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("epoch", "seq"),
)
"""Every entry's canonical bytes: one leaf of its epoch's tree each."""

ATTACHMENTS = _strict(
    "attachments",
    _number("epoch"),
    _number("seq"),
    Column("kind", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("record_key", LargeBinary),
    Column("expires_ms", Integer),
    PrimaryKeyConstraint("epoch", "seq", "kind"),
    ForeignKeyConstraint(("epoch", "seq"), ("entries.epoch", "entries.seq")),
    CheckConstraint(
        "kind = 'notice' OR (kind = 'private' AND record_key IS NOT NULL AND length(record_key) = 32)",
        name="attachments_have_their_key",
    ),
)
"""What may be erased: personal data with the key of its commitment, and sealed notices. ``expires_ms`` is wall time in
UTC.
"""

HEAD = _strict(
    "head",
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    _number("size"),
    Column("frontier", LargeBinary, nullable=False),
)
"""The tree of each epoch: its number of leaves and the roots of its complete subtrees in a row, largest first."""

CHECKPOINTS = _strict(
    "checkpoints",
    _number("epoch"),
    _number("size"),
    Column("note", Text, nullable=False),
    Column("leaves", LargeBinary, nullable=False),
    PrimaryKeyConstraint("epoch", "size"),
)
"""Signed checkpoints of each epoch's tree. ``leaves`` are the hashes of the entries since the checkpoint before, or
nothing: they fold to the signed root, so that a changed entry can be named and not only known to be there.
"""

CLOSINGS = _strict(
    "closings",
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    _number("by_epoch"),
    _number("by_seq"),
    Column("books", LargeBinary, nullable=False),
)
"""What all epochs up to this one added up to, once they are deleted, and the entry that says so."""


def _documents(name: str) -> Table:
    version = Column("version", Integer, primary_key=True, autoincrement=False)
    return _strict(name, version, Column("digest", Text, nullable=False), Column("body", LargeBinary, nullable=False))


LAYOUTS = _documents("layouts")
POLICIES = _documents("policies")
DIRECTORIES = _documents("directories")

COMPARTMENTS = _strict("compartments", *_columns(COMPARTMENT), PrimaryKeyConstraint("compartment"))
PARCELS = _strict("parcels", *_columns(PARCEL), _number("finished"), PrimaryKeyConstraint("parcel"))
"""Every parcel there ever was. ``finished`` repeats `Parcel.finished`, so that a start reads the others only."""
UNFINISHED = Index("parcels_unfinished", PARCELS.c.finished, sqlite_where=PARCELS.c.finished == 0)
OPENINGS = _strict("openings", *_columns(OPENING), PrimaryKeyConstraint("opening"))
STATE = _one_row("state", *_columns(SCALARS), *_columns(BUCKET, "bucket_"))
PROBE = _one_row("probe", _number("starts"))
"""What the write probe at start writes to."""
VERSION = Table("alembic_version", METADATA, Column("version_num", String(32), nullable=False))
VERSION.append_constraint(PrimaryKeyConstraint("version_num", name="alembic_version_pkc"))

PROJECTIONS = (COMPARTMENTS, PARCELS, OPENINGS, STATE)


@dataclass(frozen=True, slots=True)
class Fence:
    """A trigger that refuses what must never happen to a row."""

    name: str
    event: str
    refusal: str
    when: str = ""

    @property
    def sql(self) -> str:
        """The statement that creates it."""
        when = f" WHEN {self.when}" if self.when else ""
        return f"CREATE TRIGGER {self.name} BEFORE {self.event}{when} BEGIN SELECT RAISE(ABORT, '{self.refusal}'); END"


def _taken(table: str, *keys: str) -> str:
    """Whether the row about to be inserted would replace one: REPLACE deletes without asking the DELETE triggers."""
    same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names from this file, no values


_HOLE = "(NEW.seq > 0 AND NOT EXISTS (SELECT 1 FROM entries WHERE epoch = NEW.epoch AND seq = NEW.seq - 1))"
_NOT_THE_NEWEST = "EXISTS (SELECT 1 FROM checkpoints WHERE epoch = NEW.epoch AND size >= NEW.size)"
_NOT_CLOSED = "NOT EXISTS (SELECT 1 FROM head WHERE epoch > NEW.epoch AND size > 0)"
_NOT_ERASED = "EXISTS (SELECT 1 FROM attachments WHERE epoch <= NEW.epoch)"
_CLOSED_BEFORE = "EXISTS (SELECT 1 FROM closings WHERE epoch >= NEW.epoch)"
_NOT_DELETED = "NOT EXISTS (SELECT 1 FROM closings WHERE epoch >= OLD.epoch)"

FENCES = (
    Fence("entries_stay", "UPDATE ON entries", "an entry is never changed"),
    Fence("entries_remain", "DELETE ON entries", "an entry is deleted with its whole epoch or never", _NOT_DELETED),
    Fence(
        "entries_continue",
        "INSERT ON entries",
        "an entry continues its epoch",
        f"{_taken('entries', 'epoch', 'seq')} OR {_taken('entries', 'rowid')} OR NEW.seq < 0 OR {_HOLE}"
        f" OR {_CLOSED_BEFORE}",
    ),
    Fence(
        "attachments_stay",
        "UPDATE OF epoch, seq, kind, bytes, record_key ON attachments",
        "an attachment is erased or kept, never changed",
    ),
    Fence(
        "attachments_continue",
        "INSERT ON attachments",
        "an attachment is never replaced",
        f"{_taken('attachments', 'epoch', 'seq', 'kind')} OR {_taken('attachments', 'rowid')}",
    ),
    Fence("head_remains", "DELETE ON head", "a head is never deleted"),
    Fence("head_grows", "UPDATE ON head", "a head only grows", "NEW.size < OLD.size OR NEW.epoch <> OLD.epoch"),
    Fence("head_begins", "INSERT ON head", "a head begins empty", f"NEW.size <> 0 OR {_taken('head', 'epoch')}"),
    Fence("checkpoints_stay", "UPDATE ON checkpoints", "a checkpoint is never changed"),
    Fence("checkpoints_remain", "DELETE ON checkpoints", "a checkpoint goes with its epoch or never", _NOT_DELETED),
    Fence(
        "checkpoints_continue",
        "INSERT ON checkpoints",
        "a checkpoint continues those before it",
        f"{_NOT_THE_NEWEST} OR {_taken('checkpoints', 'rowid')}",
    ),
    Fence("closings_stay", "UPDATE ON closings", "a closing is never changed"),
    Fence("closings_remain", "DELETE ON closings", "a closing is never deleted"),
    Fence(
        "closings_continue",
        "INSERT ON closings",
        "only closed epochs of which everything personal is erased are deleted",
        f"{_NOT_CLOSED} OR {_NOT_ERASED} OR {_CLOSED_BEFORE} OR {_taken('closings', 'rowid')}",
    ),
    *(
        Fence(f"{name}_stay", f"UPDATE ON {name}", "a version is never changed")
        for name in ("layouts", "policies", "directories")
    ),
)
