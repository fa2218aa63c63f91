"""Deletion: what a commit takes out of the database because one of its entries says that personal data is erased.

Holds the statements, for the journal's own transaction. It must not know why something is erased, nor when.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, select, update

from kiosk.core.entries import Entry, PersonalDataErased, decode, private_fields
from kiosk.core.ids import ParcelId
from kiosk.ports import JournalError
from storage.schema import ATTACHMENTS, DIRECTORIES, ENTRIES, PARCEL, PARCELS
from storage.shapes import SqlValue

_COLUMNS = {cell.name: cell for cell in PARCEL.cells}


def delete_erased(connection: Connection, entries: Iterable[Entry], directory_in_force: int) -> None:
    """Delete what ``entries`` name as erased, and clear it in the projections, so that these are what the entries that
    are left add up to. Raises JournalError for what must stay: of a parcel that is not finished, and the directory in
    force.
    """
    for entry in entries:
        if isinstance(entry.body, PersonalDataErased):
            for seq in entry.body.of_seqs:
                _delete_attachments(connection, entry.body.of_epoch, seq)
            _delete_directories(connection, entry.body.of_directories, directory_in_force)


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
    """Only what the row has from this entry: a later code of the same parcel is another entry's."""
    data = private_fields(entry.body)
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
