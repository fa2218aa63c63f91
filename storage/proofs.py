"""Proofs from the record file: the way from one entry to the newest checkpoint that covers it.

Holds two readings of the file. It must not know how a proof is written down or checked.
"""

import sqlite3
from collections.abc import Iterator

from kiosk.core.merkle import inclusion_proof, leaf_hash, root, verify_inclusion
from kiosk.core.notes import Checkpoint, origin_of, read_signed_checkpoint
from kiosk.core.proofs import Proof, ProofError
from storage.journal import frontier_of
from storage.record_file import tables_in


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


def prove(connection: sqlite3.Connection, epoch: int, seq: int) -> Proof:
    """The proof of one entry. Reads every entry of its epoch up to the checkpoint; about a second for 400,000.

    Where no checkpoint covers the entry yet, the root at the end of the record stands in for one, unsigned. Raises
    ProofError for an entry that is not there, and for a record that is not what its checkpoint covers.
    """
    row = connection.execute("SELECT body FROM entries WHERE epoch = ? AND seq = ?", (epoch, seq)).fetchone()
    if row is None:
        message = f"there is no entry {seq} in epoch {epoch}"
        raise ProofError(message)
    text = _signed(connection, epoch, seq) or _unsigned(connection, epoch)
    checkpoint = read_signed_checkpoint(text)[1]
    try:
        path = inclusion_proof(seq, checkpoint.size, _leaves(connection, epoch, checkpoint.size))
        holds = verify_inclusion(seq, checkpoint.size, leaf_hash(row[0]), path, checkpoint.root)
    except ValueError:
        path, holds = (), False
    if not holds:
        message = "the record is not what its checkpoint covers; kiosk audit verify tells where"
        raise ProofError(message)
    return Proof(epoch, seq, row[0], path, text)


def _leaves(connection: sqlite3.Connection, epoch: int, size: int) -> Iterator[bytes]:
    rows = connection.execute("SELECT body FROM entries WHERE epoch = ? AND seq < ? ORDER BY seq", (epoch, size))
    return (leaf_hash(body) for (body,) in rows)


def _signed(connection: sqlite3.Connection, epoch: int, seq: int) -> str:
    if "checkpoints" not in tables_in(connection):
        return ""
    query = "SELECT note FROM checkpoints WHERE epoch = ? AND size > ? ORDER BY size DESC LIMIT 1"
    row = connection.execute(query, (epoch, seq)).fetchone()
    return "" if row is None else str(row[0])


def _unsigned(connection: sqlite3.Connection, epoch: int) -> str:
    size, stored = connection.execute("SELECT size, frontier FROM head WHERE epoch = ?", (epoch,)).fetchone() or (
        0,
        b"",
    )
    return Checkpoint(origin_of(kiosk_of(connection), epoch), size, root(frontier_of(stored))).text
