"""The signing key: both kinds, from files as people make them, and everything that is not one."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from kiosk.core.notes import Algorithm, VerifierKey, signed, signers, verifier_key
from kiosk.signing import SigningKeyError, check_signature, load_signer, make_key

OPENSSL = shutil.which("openssl")
NAME = "lockers.example/kiosk-1/e1"
KINDS = {
    Algorithm.ED25519: ("-algorithm", "ed25519"),
    Algorithm.ECDSA_P256: ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
}


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def key_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A key as openssl makes it."""
    if OPENSSL is None:
        pytest.skip("no openssl here")
    path = tmp_path / "signing-key"
    path.touch(0o600)
    subprocess.run([OPENSSL, "genpkey", *KINDS[request.param], "-out", path], check=True, capture_output=True)
    path.chmod(0o400)
    return path


def written(path: Path, content: bytes) -> Path:
    path.touch(0o600)
    path.write_bytes(content)
    return path


def test_a_key_of_openssl_signs_and_its_verifier_key_checks(key_file: Path) -> None:
    signer = load_signer(key_file)
    key = signer.verifier_key(NAME)
    note = signed("text\n", key, signer.sign(b"text\n"))

    assert signers(note, [verifier_key(str(key))], check_signature) == (key,)
    assert not check_signature(key, b"other\n", signer.sign(b"text\n"))
    assert not check_signature(key, b"text\n", b"no signature")


def test_a_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "signing-key"
    made = make_key(path)

    assert path.stat().st_mode & 0o777 == 0o400
    assert load_signer(path).verifier_key(NAME) == made.verifier_key(NAME)
    before = path.read_bytes()
    with pytest.raises(SigningKeyError, match="File exists"):
        make_key(path)
    assert path.read_bytes() == before


def test_a_key_shows_in_no_text(tmp_path: Path) -> None:
    signer = make_key(tmp_path / "key")

    assert repr(signer) == "Ed25519Signer()"


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o620])
def test_a_file_that_others_may_read_is_refused_unless_the_service_manager_guards_it(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "key"
    make_key(path)
    path.chmod(mode)

    with pytest.raises(SigningKeyError, match=f"mode {mode:04o} lets others in"):
        load_signer(path)
    load_signer(path, guarded_by_service_manager=True)


def pem(key: object, encryption: KeySerializationEncryption | None = None) -> bytes:
    made = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())  # type: ignore[attr-defined]
    return bytes(made)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(range(32)),
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(ec_key(SECP384R1())),
        pem(rsa_key(65537, 2048)),
        pem(ec_key(SECP384R1()), BestAvailableEncryption(b"word")),
    ],
    ids=["empty", "raw", "no key", "another curve", "RSA", "encrypted"],
)
def test_what_is_no_signing_key_is_refused_without_showing_it(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="holds no signing key; a PEM file of an Ed25519") as refused:
        load_signer(written(tmp_path / "key", content))
    assert len(str(refused.value)) < len(str(tmp_path)) + 150


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="nowhere: cannot be read"):
        load_signer(tmp_path / "nowhere")
    with pytest.raises(SigningKeyError, match="cannot be made"):
        make_key(tmp_path / "no" / "key")


def test_a_public_key_that_is_none_checks_nothing() -> None:
    other_curve = ec_key(SECP384R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for key in (
        VerifierKey(NAME, Algorithm.ED25519, b"short"),
        VerifierKey(NAME, Algorithm.ECDSA_P256, b"no DER"),
        VerifierKey(NAME, Algorithm.ECDSA_P256, other_curve),
    ):
        assert not check_signature(key, b"text\n", bytes(64))
