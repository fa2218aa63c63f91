"""Deletion: what a commit takes out of the database because one of its entries says that personal data is erased, or
that whole epochs are deleted.

Holds the statements, for the journal's own transaction. It must not know why something is erased, nor when.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from kiosk.core.books import tidy
from kiosk.core.entries import Entry, EpochsDeleted, PersonalDataErased, decode, private_fields
from kiosk.core.ids import ParcelId
from kiosk.ports import JournalError
from storage.closings import closing_bytes, digest_of
from storage.rebuild import rebuilt
from storage.schema import ATTACHMENTS, CHECKPOINTS, CLOSINGS, DIRECTORIES, ENTRIES, PARCEL, PARCELS
from storage.shapes import SqlValue

_COLUMNS = {cell.name: cell for cell in PARCEL.cells}


def delete_named(connection: Connection, entries: Iterable[Entry], directory_in_force: int) -> None:
    """Delete what ``entries`` name as erased or deleted, and clear it in the projections, so that these are what the
    entries that are left add up to. Raises JournalError for what must stay: of a parcel that is not finished, and the
    directory in force; SQLAlchemyError for an epoch that the fences keep.
    """
    for entry in entries:
        if isinstance(entry.body, PersonalDataErased):
            for seq in entry.body.of_seqs:
                _delete_attachments(connection, entry.body.of_epoch, seq)
            _delete_directories(connection, entry.body.of_directories, directory_in_force)
        elif isinstance(entry.body, EpochsDeleted):
            _delete_epochs(connection, entry, entry.body)


def closing_at(connection: Connection, up_to: int) -> bytes:
    """What the epochs up to a closed one add up to, in its stored form. Raises ValueError as `rebuilt` does."""
    return closing_bytes(tidy(rebuilt(connection, up_to)))


def _delete_epochs(connection: Connection, entry: Entry, deleted: EpochsDeleted) -> None:
    """What the epochs added up to comes first: the fences let nothing go before it is there."""
    books = closing_at(connection, deleted.up_to)
    if digest_of(books) != deleted.books:
        message = f"the epochs up to {deleted.up_to} do not add up to what the entry says"
        raise JournalError(message)
    closing = CLOSINGS.insert().values(epoch=deleted.up_to, by_epoch=entry.epoch, by_seq=entry.seq, books=books)
    connection.execute(closing)
    connection.execute(ENTRIES.delete().where(ENTRIES.c.epoch <= deleted.up_to))
    _delete_checkpoints(connection, deleted.up_to)
    _delete_parcels(connection, rebuilt(connection).parcels)


def _delete_checkpoints(connection: Connection, up_to: int) -> None:
    """The newest of each epoch stays: a signature under where it ended."""
    newer = CHECKPOINTS.alias("newer")
    later = select(newer.c.size).where(newer.c.epoch == CHECKPOINTS.c.epoch, newer.c.size > CHECKPOINTS.c.size)
    connection.execute(CHECKPOINTS.delete().where(CHECKPOINTS.c.epoch <= up_to, later.exists()))


def _delete_parcels(connection: Connection, kept: Collection[ParcelId]) -> None:
    """Those of which no entry is left."""
    stored = connection.execute(select(PARCELS.c.parcel)).scalars().all()
    gone = [{"gone": name} for name in stored if name not in kept]
    if gone:
        connection.execute(PARCELS.delete().where(PARCELS.c.parcel == bindparam("gone")), gone)


def _delete_attachments(connection: Connection, epoch: int, seq: int) -> None:
    own = and_(ATTACHMENTS.c.epoch == epoch, ATTACHMENTS.c.seq == seq)
    attached = {row.kind: row.bytes for row in connection.execute(select(ATTACHMENTS).where(own))}
    query = select(ENTRIES.c.body).where(ENTRIES.c.epoch == epoch, ENTRIES.c.seq == seq)
    body = connection.execute(query).scalar_one_or_none()
    if not attached or body is None:
        return
    entry = decode(body, attached.get("private", b""))
    parcel: ParcelId | None = getattr(entry.body, "parcel", None)
    if parcel is not None:
        _refuse_unless_finished(connection, parcel)
        _clear(connection, parcel, entry)
    connection.execute(ATTACHMENTS.delete().where(own))


def _refuse_unless_finished(connection: Connection, parcel: ParcelId) -> None:
    query = select(PARCELS.c.finished).where(PARCELS.c.parcel == parcel)
    if connection.execute(query).scalar_one_or_none() == 0:
        message = f"parcel {parcel} is not finished, so nothing of it can be erased"
        raise JournalError(message)


def _clear(connection: Connection, parcel: ParcelId, entry: Entry) -> None:
    """Only what the row has from this entry: a later code of the same parcel is another entry's, and of a photograph it
    knows nothing.
    """
    data = {name: value for name, value in private_fields(entry.body).items() if name in _COLUMNS}
    if data:
        same = and_(*(PARCELS.c[name] == _stored(name, value) for name, value in data.items()))
        empty = {name: _stored(name, type(value)()) for name, value in data.items()}
        connection.execute(update(PARCELS).where(PARCELS.c.parcel == parcel, same).values(empty))


def _stored(name: str, value: Any) -> SqlValue:  # noqa: ANN401 - a field's value in, a column's out
    cell = _COLUMNS[name]
    stored: SqlValue = value if cell.to_sql is None else cell.to_sql(value)
    return stored


def _delete_directories(connection: Connection, versions: tuple[int, ...], in_force: int) -> None:
    if in_force in versions:
        message = f"version {in_force} of the directory is in force, so it cannot be erased"
        raise JournalError(message)
    if versions:
        connection.execute(DIRECTORIES.delete().where(DIRECTORIES.c.version.in_(versions)))
