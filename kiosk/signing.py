"""Signing: the key that signs checkpoints, from its file to a signature, and the check of one.

Holds the two kinds of key, Ed25519 and ECDSA P-256 (hardware that keeps keys mostly offers the latter). It must not
know what is signed, nor when.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from kiosk.core.notes import Algorithm, VerifierKey

LARGEST_FILE = 10_000
ALLOWED = "a PEM file of an Ed25519 or ECDSA P-256 private key, not encrypted, is allowed"
KEY_MODE = 0o400


class SigningKeyError(Exception):
    """The key cannot be used; the text names the file and what is wanted, never a byte of the key."""


class Signer(Protocol):
    """A key that never leaves its holder: a file here, perhaps a chip elsewhere."""

    def verifier_key(self, name: str) -> VerifierKey:
        """The public half under a name."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature, as `check_signature` takes it."""
        ...


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """Deterministic signatures of 64 bytes (RFC 8032)."""

    key: Ed25519PrivateKey = field(repr=False)

    def verifier_key(self, name: str) -> VerifierKey:
        return VerifierKey(name, Algorithm.ED25519, self.key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


@dataclass(frozen=True, slots=True)
class P256Signer:
    """ECDSA over P-256 with SHA-256; signatures in DER."""

    key: EllipticCurvePrivateKey = field(repr=False)

    def verifier_key(self, name: str) -> VerifierKey:
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return VerifierKey(name, Algorithm.ECDSA_P256, public)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, ECDSA(SHA256()))


def load_signer(path: Path, *, guarded_by_service_manager: bool = False) -> Signer:
    """The key in a file that is closed to group and others; a service manager guards its credentials by more than the
    mode. Raises SigningKeyError.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(LARGEST_FILE)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise SigningKeyError(message) from error
    if mode & 0o077 and not guarded_by_service_manager:
        message = f"{path}: mode {mode:04o} lets others in; 0400 or 0600 is allowed"
        raise SigningKeyError(message)
    signer = _signer(content)
    if signer is None:
        message = f"{path}: holds no signing key; {ALLOWED}"
        raise SigningKeyError(message)
    return signer


def _signer(content: bytes) -> Signer | None:
    try:
        key = load_pem_private_key(content, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, Ed25519PrivateKey):
        return Ed25519Signer(key)
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return P256Signer(key)
    return None


def make_key(path: Path) -> Signer:
    """A new Ed25519 key in a new file of mode 0400. Raises SigningKeyError; a file that is there is never replaced."""
    key = Ed25519PrivateKey.generate()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        message = f"{path}: cannot be made: {error.strerror}"
        raise SigningKeyError(message) from error
    return Ed25519Signer(key)


def check_signature(key: VerifierKey, message: bytes, signature: bytes) -> bool:
    """Whether ``key`` made this signature; False as well for a key that is none."""
    try:
        if key.algorithm is Algorithm.ED25519:
            # libsodium, as it takes half the time and a record holds tens of thousands of signatures.
            VerifyKey(key.public).verify(message, signature)
            return True
        public = load_der_public_key(key.public)
        if not isinstance(public, EllipticCurvePublicKey) or not isinstance(public.curve, SECP256R1):
            return False
        public.verify(signature, message, ECDSA(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, CryptoError, TypeError, ValueError):
        return False
    return True
