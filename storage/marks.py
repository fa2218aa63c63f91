"""Marks: what an epoch's tree must have been at which size: by checkpoints, here and elsewhere, and by the epoch after.

Holds where these are read and when one is believed. It must not know the entries, nor how a signature is checked.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kiosk.core.entries import NAMES, RESTORED, EpochStarted
from kiosk.core.notes import Check, NoteError, VerifierKey, log_of, read_checkpoint, read_note, signers

EPOCH_STARTED = NAMES[EpochStarted]


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint from outside of the database: what it says is taken as true."""

    epoch: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """The verifier keys that count, and how a signature is checked. A key counts for every epoch of its record."""

    known: tuple[VerifierKey, ...]
    check: Check

    def of(self, origin: str) -> tuple[VerifierKey, ...]:
        """The keys under the name that they have in this epoch."""
        return tuple(key.named(origin) for key in self.known if log_of(key.name) == log_of(origin))


@dataclass(frozen=True, slots=True)
class Mark:
    """A root that the tree must have had at a size, and who says so."""

    size: int
    root: bytes
    said_by: str
    kept: bool = False
    held: bool = False
    leaves: bytes = b""
    wrong: str = ""
    """Why what says so cannot be believed."""


def by_size(mark: Mark) -> int:
    """The order in which marks are met."""
    return mark.size


def kept_marks(connection: sqlite3.Connection, epoch: int, keys: Keys | None) -> Iterator[Mark]:
    """The checkpoints in the database, in order. One that cannot be believed is met by nothing."""
    query = "SELECT size, note, leaves FROM checkpoints WHERE epoch = ? ORDER BY size"
    for size, note, leaves in connection.execute(query, (epoch,)):
        said_by = f"the checkpoint of size {size}"
        try:
            yield Mark(size, _signed_root(note, epoch, size, keys), said_by, kept=True, leaves=leaves)
        except NoteError as error:
            yield Mark(size, b"", said_by, wrong=str(error))


def _signed_root(text: str, epoch: int, size: int, keys: Keys | None) -> bytes:
    note = read_note(text)
    checkpoint = read_checkpoint(note.text)
    if (checkpoint.epoch, checkpoint.size) != (epoch, size):
        message = f"is one of epoch {checkpoint.epoch}, size {checkpoint.size}"
        raise NoteError(message)
    if keys is not None:
        signers(note, keys.of(checkpoint.origin), keys.check)
    return checkpoint.root


def given_marks(epoch: int, held: Iterable[Held], starts: Mapping[int, EpochStarted]) -> Iterator[Mark]:
    """What is said of the epoch elsewhere: by checkpoints that somebody holds, and by the epoch that came after it."""
    for each in held:
        if each.epoch == epoch:
            yield Mark(each.size, each.root, f"the checkpoint of size {each.size} held elsewhere", held=True)
    for number, start in starts.items():
        if start.previous_epoch == epoch and start.previous_root and start.reason != RESTORED:
            yield Mark(start.previous_size, bytes.fromhex(start.previous_root), f"the first entry of epoch {number}")


def closed_at(epoch: int, starts: Mapping[int, EpochStarted]) -> int | None:
    """How many entries the epoch had when the next one began; None if none in this file says so."""
    sizes = [start.previous_size for start in starts.values() if start.previous_epoch == epoch]
    return min(sizes, default=None)


def start_of(connection: sqlite3.Connection, epoch: int) -> EpochStarted:
    """What the epoch's first entry says of the one before; nothing if it cannot be read, which its tree will tell."""
    row = connection.execute("SELECT body FROM entries WHERE epoch = ? AND seq = 0", (epoch,)).fetchone()
    nothing = EpochStarted("", "")
    try:
        body = json.loads(row[0]) if row else {}
        if body.get("type") != EPOCH_STARTED:
            return nothing
        start = EpochStarted(**{key: value for key, value in body["data"].items() if key in _START_FIELDS})
        bytes.fromhex(start.previous_root)
    except (AttributeError, KeyError, TypeError, ValueError):
        return nothing
    return start


_START_FIELDS = frozenset({"reason", "kiosk", "previous_epoch", "previous_size", "previous_root"})
