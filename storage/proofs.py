"""Proofs from the record file: the way from one entry to the newest checkpoint that covers it.

Holds two readings of the file. It must not know how a proof is written down or checked.
"""

import sqlite3
from collections.abc import Iterator, Sequence

from kiosk.core.merkle import inclusion_proofs, leaf_hash, root, verify_inclusion
from kiosk.core.notes import Checkpoint, NoteError, origin_of, read_signed_checkpoint
from kiosk.core.proofs import Proof, ProofError
from storage.heads import frontier_of
from storage.record_file import tables_in

NOT_COVERED = "the record is not what its checkpoint covers; kiosk audit verify tells where"


def newest_epoch(connection: sqlite3.Connection) -> int:
    """The newest epoch of the record; 0 if there is none."""
    (epoch,) = connection.execute("SELECT coalesce(max(epoch), 0) FROM head").fetchone()
    return int(epoch)


def newest_checkpoint(connection: sqlite3.Connection) -> str:
    """The newest signed checkpoint of the record; empty if nobody signed it."""
    if "checkpoints" not in tables_in(connection):
        return ""
    query = "SELECT note FROM checkpoints ORDER BY epoch DESC, size DESC LIMIT 1"
    (note,) = connection.execute(query).fetchone() or ("",)
    return str(note)


def kiosk_of(connection: sqlite3.Connection) -> str:
    """The id of the kiosk whose record this is."""
    (kiosk,) = connection.execute("SELECT kiosk FROM state").fetchone() or ("",)
    return str(kiosk)


def prove(connection: sqlite3.Connection, epoch: int, numbers: Sequence[int]) -> tuple[Proof, ...]:
    """The proofs of some entries of one epoch, in order. Reads it once or twice; about a second for 300,000 entries.

    Each is proved by the newest checkpoint. Where none covers the entry yet, the root at the end of the record stands
    in for one, unsigned. Raises ProofError for an entry that is not there, and for a record that is not what its
    checkpoint covers.
    """
    signed = _signed(connection, epoch)
    try:
        covered = read_signed_checkpoint(signed)[1].size if signed else 0
    except NoteError as error:
        raise ProofError(NOT_COVERED) from error
    early = [seq for seq in sorted(numbers) if seq < covered]
    late = [seq for seq in sorted(numbers) if seq >= covered]
    found = _proved(connection, epoch, early, signed) if early else ()
    return (*found, *(_proved(connection, epoch, late, _unsigned(connection, epoch)) if late else ()))


def _proved(connection: sqlite3.Connection, epoch: int, numbers: Sequence[int], text: str) -> tuple[Proof, ...]:
    checkpoint = read_signed_checkpoint(text)[1]
    bodies = {seq: _body(connection, epoch, seq) for seq in numbers}
    try:
        paths = inclusion_proofs(numbers, checkpoint.size, _leaves(connection, epoch, checkpoint.size))
    except ValueError as error:
        raise ProofError(NOT_COVERED) from error
    for seq, path in paths.items():
        if not verify_inclusion(seq, checkpoint.size, leaf_hash(bodies[seq]), path, checkpoint.root):
            raise ProofError(NOT_COVERED)
    return tuple(Proof(epoch, seq, bodies[seq], paths[seq], text) for seq in numbers)


def _body(connection: sqlite3.Connection, epoch: int, seq: int) -> bytes:
    row = connection.execute("SELECT body FROM entries WHERE epoch = ? AND seq = ?", (epoch, seq)).fetchone()
    if row is None:
        message = f"there is no entry {seq} in epoch {epoch}"
        raise ProofError(message)
    return bytes(row[0])


def _leaves(connection: sqlite3.Connection, epoch: int, size: int) -> Iterator[bytes]:
    rows = connection.execute("SELECT body FROM entries WHERE epoch = ? AND seq < ? ORDER BY seq", (epoch, size))
    return (leaf_hash(body) for (body,) in rows)


def _signed(connection: sqlite3.Connection, epoch: int) -> str:
    if "checkpoints" not in tables_in(connection):
        return ""
    query = "SELECT note FROM checkpoints WHERE epoch = ? ORDER BY size DESC LIMIT 1"
    row = connection.execute(query, (epoch,)).fetchone()
    return "" if row is None else str(row[0])


def _unsigned(connection: sqlite3.Connection, epoch: int) -> str:
    size, stored = connection.execute("SELECT size, frontier FROM head WHERE epoch = ?", (epoch,)).fetchone() or (
        0,
        b"",
    )
    return Checkpoint(origin_of(kiosk_of(connection), epoch), size, root(frontier_of(stored))).text
