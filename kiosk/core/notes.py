"""Notes: signed checkpoints as text, by C2SP signed-note and tlog-checkpoint (v1.0.0): built, read, and whose they are.

Holds text, key ids and the rule which signatures count. It must not know how a signature is made or checked: that is
handed in.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256

from kiosk.core.merkle import HASH_BYTES

KEY_ID_BYTES = 4
MOST_SIGNATURES = 64
"""C2SP asks for 16 at least; a limit keeps a hostile file from costing hours."""
MOST_CHARACTERS = 1_000_000

_MARK = "\u2014 "
"""Em dash and blank: the beginning of each signature line."""
_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_EPOCH = re.compile(r"(.*)/e([1-9][0-9]{0,8})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class NoteError(ValueError):
    """This is no note, checkpoint or verifier key, or no key that is known has signed it; the text says which."""


class Algorithm(IntEnum):
    """Signature types, by their byte in C2SP signed-note."""

    ED25519 = 1
    ECDSA_P256 = 2


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a signing key under a name. The name enters the key id, so each epoch has its own."""

    name: str
    algorithm: Algorithm
    public: bytes
    """Ed25519: the 32 bytes. ECDSA: the DER SubjectPublicKeyInfo."""

    @property
    def key_id(self) -> bytes:
        """The four bytes before each of its signatures; ECDSA has a rule of its own."""
        if self.algorithm is Algorithm.ECDSA_P256:
            return sha256(self.public).digest()[:KEY_ID_BYTES]
        hashed = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return sha256(hashed).digest()[:KEY_ID_BYTES]

    def named(self, name: str) -> "VerifierKey":
        """The same key under another name."""
        return replace(self, name=name)

    def __str__(self) -> str:
        """The verifier key as it is handed over: ``name+key id+type and key``."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.algorithm]) + self.public).decode()}"


def verifier_key(text: str) -> VerifierKey:
    """The key behind its text. Raises NoteError."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    decoded = _decoded(encoded)
    if not _NAME.fullmatch(name) or not decoded or decoded[0] not in set(Algorithm):
        message = "is no verifier key; name+hash+key with an Ed25519 (type 1) or ECDSA (type 2) key is allowed"
        raise NoteError(message)
    key = VerifierKey(name, Algorithm(decoded[0]), decoded[1:])
    if key_id != key.key_id.hex() or (key.algorithm is Algorithm.ED25519 and len(key.public) != 32):  # noqa: PLR2004 - RFC 8032
        message = "is a verifier key whose hash does not fit its name and key: part of it was changed or lost"
        raise NoteError(message)
    return key


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line; ``signature`` is without the key id."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a newline, and who signed it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        """The note as it is stored and sent."""
        return f"{self.text}\n" + "".join(
            f"{_MARK}{each.name} {b64encode(each.key_id + each.signature).decode()}\n" for each in self.signatures
        )


def signed(text: str, key: VerifierKey, signature: bytes) -> Note:
    """The note that ``key``'s secret half made by signing ``text``."""
    return Note(text, (NoteSignature(key.name, key.key_id, signature),))


def read_note(content: str) -> Note:
    """The note behind its stored form: the last empty line parts text and signatures. Raises NoteError."""
    if len(content) > MOST_CHARACTERS or _CONTROL.search(content):
        message = f"is no note; text without control characters, at most {MOST_CHARACTERS} long, is allowed"
        raise NoteError(message)
    text, parted, tail = content.rpartition("\n\n")
    if not parted or not tail.endswith("\n"):
        message = "is no note; a text, an empty line and signature lines are allowed"
        raise NoteError(message)
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        message = f"has {len(lines)} signatures; {MOST_SIGNATURES} are allowed"
        raise NoteError(message)
    return Note(text + "\n", tuple(map(_signature, lines)))


def _signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_MARK).partition(" ")
    decoded = _decoded(encoded)
    if not line.startswith(_MARK) or not _NAME.fullmatch(name) or len(decoded) <= KEY_ID_BYTES:
        message = "has a line that is no signature; an em dash, a name and base64 are allowed"
        raise NoteError(message)
    return NoteSignature(name, decoded[:KEY_ID_BYTES], decoded[KEY_ID_BYTES:])


def _decoded(encoded: str) -> bytes:
    """Standard base64 (RFC 4648 section 4) in its one canonical form; empty for anything else."""
    try:
        decoded = b64decode(encoded.encode("ascii"), validate=True)
    except (Base64Error, ValueError):
        return b""
    return decoded if b64encode(decoded).decode() == encoded else b""


Check = Callable[[VerifierKey, bytes, bytes], bool]
"""Whether the key made this signature over these bytes."""


def signers(note: Note, keys: Iterable[VerifierKey], check: Check) -> tuple[VerifierKey, ...]:
    """The keys that signed the note. Signatures of unknown keys are passed over.

    Raises NoteError if a known key's signature is wrong, or no known key has signed.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found = [(known.get((each.name, each.key_id)), each.signature) for each in note.signatures]
    text = note.text.encode()
    for key, signature in found:
        if key is not None and not check(key, text, signature):
            message = f"carries a signature in the name of {key.name} that its key did not make"
            raise NoteError(message)
    good = tuple(key for key, _ in found if key is not None)
    if not good:
        message = "is not signed by a key that was given"
        raise NoteError(message)
    return good


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: the tree of this origin had this root at this size."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The signed bytes, as text."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @property
    def epoch(self) -> int:
        """The epoch that the origin names; 0 for an origin that names none."""
        return epoch_of(self.origin)


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text. Further lines are extensions, which are signed but say nothing here. Raises
    NoteError.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1]:  # noqa: PLR2004 - three lines, each ended by a newline
        message = "is no checkpoint; origin, size and root, each on a line, are allowed"
        raise NoteError(message)
    origin, size, encoded = lines[:3]
    root = _decoded(encoded)
    if not is_origin(origin) or not _SIZE.fullmatch(size) or len(root) != HASH_BYTES:
        message = "is no checkpoint; an origin without blanks, a decimal size and a root of 32 bytes are allowed"
        raise NoteError(message)
    return Checkpoint(origin, int(size), root)


def read_signed_checkpoint(content: str) -> tuple[Note, Checkpoint]:
    """A note and the checkpoint in it; a checkpoint alone is one that nobody has signed. Raises NoteError."""
    note = read_note(content) if "\n\n" in content else Note(content, ())
    return note, read_checkpoint(note.text)


def origin_of(log: str, epoch: int) -> str:
    """The origin of one epoch of a log, such as ``lockers.example/kiosk-0042/e3``."""
    return f"{log}/e{epoch}"


def is_origin(text: str) -> bool:
    """Whether this may stand as the origin of a checkpoint, and as the name of a key."""
    return _NAME.fullmatch(text) is not None


def epoch_of(origin: str) -> int:
    """The epoch at the end of an origin; 0 if there is none."""
    found = _EPOCH.fullmatch(origin)
    return int(found[2]) if found else 0


def log_of(origin: str) -> str:
    """The origin without its epoch: the same for a kiosk's whole life."""
    found = _EPOCH.fullmatch(origin)
    return found[1] if found else origin
