"""Proofs: one entry shown to be in the record without any other, as one JSON object that anybody can check.

Holds the object, its reading and its check. It must not know a database, nor how a signature is checked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.core.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from kiosk.core.notes import Check, Checkpoint, NoteError, VerifierKey, log_of, read_signed_checkpoint, signers

VERSION = 1
LONGEST_PATH = 64
_FIELDS = frozenset({"version", "epoch", "seq", "entry", "path", "checkpoint"})


class ProofError(ValueError):
    """This is no proof, or it does not hold; the text says why."""


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry's bytes, the way from its leaf to the root, and the checkpoint with that root."""

    epoch: int
    seq: int
    entry: bytes
    path: tuple[bytes, ...]
    """Nearest sibling first (RFC 6962 section 2.1.1)."""
    checkpoint: str
    """The note; only its text where nobody has signed it."""

    @property
    def fields(self) -> Mapping[str, object]:
        """The proof as a JSON object."""
        return {
            "version": VERSION,
            "epoch": self.epoch,
            "seq": self.seq,
            "entry": self.entry.decode(),
            "path": [each.hex() for each in self.path],
            "checkpoint": self.checkpoint,
        }


def read_proof(content: str) -> Proof:
    """The proof behind its JSON, also within the answer of the command that made it. Raises ProofError."""
    try:
        given = json.loads(content)
        return proof_of(given["proof"] if isinstance(given, dict) and "proof" in given else given)
    except (ValueError, RecursionError) as error:
        message = str(error) if isinstance(error, ProofError) else "is not JSON"
        raise ProofError(message) from error


def proof_of(given: object) -> Proof:
    """The proof behind a JSON object. Raises ProofError."""
    if not isinstance(given, dict) or given.keys() != _FIELDS or given["version"] != VERSION:
        message = f"is no proof; an object of version {VERSION} with {', '.join(sorted(_FIELDS))} is allowed"
        raise ProofError(message)
    try:
        return _proof(given)
    except (TypeError, ValueError) as error:
        message = "is no proof: one of its values is not of its kind"
        raise ProofError(message) from error


def _proof(given: Mapping[str, Any]) -> Proof:
    epoch, seq, entry, checkpoint = (given[key] for key in ("epoch", "seq", "entry", "checkpoint"))
    path = tuple(bytes.fromhex(each) for each in given["path"])
    kinds = type(epoch) is type(seq) is int and type(entry) is type(checkpoint) is str
    if not kinds or len(path) > LONGEST_PATH or any(len(each) != HASH_BYTES for each in path):
        raise TypeError
    return Proof(epoch, seq, entry.encode(), path, checkpoint)


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof has shown: this checkpoint covers the entry, and these keys have signed it, if any was asked for."""

    checkpoint: Checkpoint
    signed_by: tuple[VerifierKey, ...]


def check_proof(proof: Proof, keys: tuple[VerifierKey, ...], check: Check) -> Proven:
    """What the proof shows. Without keys no signature is looked at. Raises ProofError if it shows nothing.

    A key counts for every epoch of its record.
    """
    try:
        note, checkpoint = read_signed_checkpoint(proof.checkpoint)
    except NoteError as error:
        message = f"is no proof: its checkpoint {error}"
        raise ProofError(message) from error
    if not _is_this_entry(proof) or checkpoint.epoch != proof.epoch:
        message = "does not hold: entry, checkpoint and their numbers are not of one place"
        raise ProofError(message)
    if not verify_inclusion(proof.seq, checkpoint.size, leaf_hash(proof.entry), proof.path, checkpoint.root):
        message = "does not hold: the entry is not in the tree of its checkpoint"
        raise ProofError(message)
    own = tuple(key.named(checkpoint.origin) for key in keys if log_of(key.name) == log_of(checkpoint.origin))
    try:
        return Proven(checkpoint, signers(note, own, check) if keys else ())
    except NoteError as error:
        message = f"does not hold: its checkpoint {error}"
        raise ProofError(message) from error


def _is_this_entry(proof: Proof) -> bool:
    """Whether the bytes say the same epoch and number as the proof; bytes that are no entry say nothing."""
    try:
        body = json.loads(proof.entry)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and (body.get("epoch"), body.get("seq")) == (proof.epoch, proof.seq)
