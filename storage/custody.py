"""Custody: one parcel's chain from the record file, each step with its proof, and nothing of anybody else.

Holds which entries belong to a parcel's way and what of them may be revealed. It must not know how a chain is written
down.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from kiosk.core.chains import Chain, Revealed, Step
from kiosk.core.entries import Entry, UnknownEntryError, canonical, decode
from kiosk.core.ids import ParcelId
from kiosk.core.proofs import ProofError
from storage.proofs import prove
from storage.queries import openings_for, parcels_of
from storage.record_file import tables_in
from storage.schema import PRIVATE

REVEALED = frozenset({"unit", "tracking_number", "aliases", "photo"})
"""What an export may reveal of the parcel. Not its verifier: who has the kiosk's key could find the code with it."""


def parcels_with(connection: sqlite3.Connection, tracking_number: str) -> tuple[ParcelId, ...]:
    """The parcels that carry this number, oldest first; none of those whose data is erased."""
    needle = canonical(tracking_number)
    query = "SELECT a.bytes, e.body FROM attachments a JOIN entries e USING (epoch, seq) WHERE a.kind = ?"
    order = "AND instr(a.bytes, ?) > 0 ORDER BY a.epoch, a.seq"
    found = [
        json.loads(body)["data"].get("parcel") for _, body in connection.execute(f"{query} {order}", (PRIVATE, needle))
    ]
    return tuple(dict.fromkeys(ParcelId(name) for name in found if name))


def chain_of(connection: sqlite3.Connection, parcel: ParcelId) -> Chain:
    """Every entry about the parcel or about an opening made for it, each with its proof. Raises ProofError."""
    try:
        entries = _about(connection, parcel)
    except UnknownEntryError as error:
        message = f"the record holds what this version cannot read: {error}"
        raise ProofError(message) from error
    if not entries:
        message = f"there is no parcel {parcel} in this record"
        raise ProofError(message)
    return Chain(parcel, tuple(_steps(connection, parcel, entries)))


def _about(connection: sqlite3.Connection, parcel: ParcelId) -> Sequence[Entry]:
    own = [entry for entry in _mentioning(connection, parcel) if parcel in parcels_of(entry.body)]
    openings = openings_for(own)
    found = {(entry.epoch, entry.seq): entry for entry in own}
    for opening in openings:
        for entry in _mentioning(connection, opening):
            if getattr(entry.body, "opening", None) == opening and set(parcels_of(entry.body)) <= {parcel}:
                found[entry.epoch, entry.seq] = entry
    return [entry for _, entry in sorted(found.items())]


def _mentioning(connection: sqlite3.Connection, name: str) -> Iterator[Entry]:
    """Entries whose bytes hold this id as a whole JSON string."""
    query = "SELECT body FROM entries WHERE instr(body, ?) > 0 ORDER BY epoch, seq"
    return (decode(body) for (body,) in connection.execute(query, (canonical(name),)).fetchall())


def _steps(connection: sqlite3.Connection, parcel: ParcelId, entries: Sequence[Entry]) -> Iterator[Step]:
    by_epoch: dict[int, list[int]] = {}
    for entry in entries:
        by_epoch.setdefault(entry.epoch, []).append(entry.seq)
    revealed = _revealed(connection, parcel, entries)
    for epoch, numbers in by_epoch.items():
        for proof in prove(connection, epoch, numbers):
            yield Step(proof, revealed.get((epoch, proof.seq)))


def _revealed(
    connection: sqlite3.Connection, parcel: ParcelId, entries: Sequence[Entry]
) -> Mapping[tuple[int, int], Revealed]:
    """The personal data of the parcel itself that is not erased."""
    found: dict[tuple[int, int], Revealed] = {}
    query = "SELECT bytes, record_key FROM attachments WHERE epoch = ? AND seq = ? AND kind = ?"
    for entry in entries if "attachments" in tables_in(connection) else ():
        row = connection.execute(query, (entry.epoch, entry.seq, PRIVATE)).fetchone()
        if row is not None and parcels_of(entry.body) == (parcel,) and set(json.loads(row[0])) <= REVEALED:
            found[entry.epoch, entry.seq] = Revealed(*row)
    return found
