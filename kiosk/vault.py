"""The vault: every operation with a key, on its own thread; a typed code goes in, a verifier comes out.

Holds key derivation, the drawing of codes and the sealing of notices. It must not know whose code one is, and a code in
clear leaves it inside a sealed notice only.
"""

import hashlib
import hmac
import json
import os
import stat
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol, assert_never

from argon2.low_level import Type, hash_secret_raw
from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey, SealedBox

from kiosk.core.codes import damm_digit, names_the_house, too_plain
from kiosk.core.effects import MakeCode, NoticeFacts, VaultEffect, VerifyCode
from kiosk.core.entries import canonical
from kiosk.core.events import CodeDerived, CodeMade, VaultEvent
from kiosk.core.ids import Secret
from kiosk.core.notes import Checkpoint, Note, signed
from kiosk.ports import Entropy
from kiosk.signing import Signer, SigningKeyError, load_signer

KEY_BYTES = 32
VERIFIER_BYTES = 32
SALT_BYTES = 16
SIGNING_CREDENTIAL = "signing-key"
NOTICE_VERSION = 1
"""Of what is inside a sealed notice; readers refuse what they do not know."""


# --- keys ---


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What one derivation costs: memory in KiB, passes over it, lanes."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


DEFAULT_COST = Argon2Cost()
"""The first of the equivalent settings of OWASP's password storage advice for argon2id: 19 MiB, 2 passes, 1 lane."""
SMALLEST_COST = Argon2Cost(memory_kib=8, passes=1)
"""The least that argon2 accepts: for the simulation, where the cost is nothing to be tried."""


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """``code_key`` keys this kiosk's verifiers for ever; ``notice_key`` is public, its secret half opens notices."""

    code_key: Secret[bytes]
    notice_key: bytes
    signer: Signer | None = None
    """Signs checkpoints of the record; without one there are none."""


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the keys are. The first two files hold 32 raw bytes or 64 hexadecimal digits each; the third is PEM."""

    code_key: Path
    notice_key: Path
    signing_key: Path | None = None

    @classmethod
    def in_credentials(cls, directory: Path) -> "KeyFiles":
        """The files in a service's credentials directory (systemd.exec(5), ``$CREDENTIALS_DIRECTORY``). Not every kiosk
        has a signing key.
        """
        signing_key = directory / SIGNING_CREDENTIAL
        return cls(directory / "code-key", directory / "notice-key", signing_key if signing_key.exists() else None)


class VaultKeyError(Exception):
    """A key cannot be used; the text names the file and what is wanted, never a byte of the key."""


def load_keys(files: KeyFiles, *, guarded_by_service_manager: bool = False) -> VaultKeys:
    """Read every key. Raises VaultKeyError.

    A service manager guards its credentials by more than the mode, and access lists show as group bits there; anywhere
    else the code key's file must be closed to group and others, and the notice key's file must not be theirs to change.
    """
    watched = not guarded_by_service_manager
    code_key = _read_key(files.code_key, forbidden_mode=0o077 if watched else 0)
    notice_key = _read_key(files.notice_key, forbidden_mode=0o022 if watched else 0)
    if code_key == notice_key:
        message = f"{files.notice_key}: is the same key as {files.code_key}; the public half of another is wanted"
        raise VaultKeyError(message)
    if not _can_seal(notice_key):
        message = f"{files.notice_key}: is no public key; the public half of an X25519 key is wanted"
        raise VaultKeyError(message)
    return VaultKeys(Secret(code_key), notice_key, _read_signer(files.signing_key, guarded=not watched))


def _read_signer(path: Path | None, *, guarded: bool) -> Signer | None:
    if path is None:
        return None
    try:
        return load_signer(path, guarded_by_service_manager=guarded)
    except SigningKeyError as error:
        raise VaultKeyError(str(error)) from error


def _can_seal(notice_key: bytes) -> bool:
    """False for the few points that X25519 refuses: better told at start than when the first code is made."""
    try:
        Box(PrivateKey(bytes(range(KEY_BYTES))), PublicKey(notice_key))
    except CryptoError:
        return False
    return True


def _read_key(path: Path, forbidden_mode: int) -> bytes:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(4 * KEY_BYTES)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise VaultKeyError(message) from error
    if mode & forbidden_mode:
        message = f"{path}: mode {mode:04o} lets others in; 0400 or 0600 is allowed"
        raise VaultKeyError(message)
    key = content if len(content) == KEY_BYTES else _from_hex(content)
    if len(key) != KEY_BYTES or not any(key):
        message = f"{path}: holds no key; {KEY_BYTES} raw bytes or {2 * KEY_BYTES} hexadecimal digits are allowed"
        raise VaultKeyError(message)
    return key


def _from_hex(content: bytes) -> bytes:
    try:
        return bytes.fromhex(content.decode("ascii"))
    except ValueError:
        return b""


class SystemEntropy:
    """Random bytes from the operating system."""

    def random_bytes(self, count: int) -> bytes:
        return os.urandom(count)


# --- codes and notices ---


def derive_verifier(code: Secret[str], keys: VaultKeys, cost: Argon2Cost) -> bytes:
    """What is stored in place of ``code``, a pickup code or a courier's access code alike: 32 bytes.

    The salt is the same for all codes of a kiosk: one evaluation then answers whose code it is, by an indexed look-up.
    """
    salt = hmac.digest(keys.code_key.reveal(), b"pin-salt", hashlib.sha256)[:SALT_BYTES]
    return hash_secret_raw(
        code.reveal().encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=VERIFIER_BYTES,
        type=Type.ID,
    )


def draw_code(entropy: Entropy, digits: int, house_number: str = "") -> Secret[str]:
    """A new code of ``digits`` digits, the last its check digit; what people try first is drawn again."""
    while True:
        drawn = _random_digits(entropy, digits - 1)
        if not too_plain(drawn) and not names_the_house(drawn, house_number):
            return Secret(drawn + damm_digit(drawn))


def _random_digits(entropy: Entropy, count: int) -> str:
    """Bytes from 250 up are thrown away: 256 is no multiple of ten, and low digits would come more often."""
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += [str(byte % 10) for byte in entropy.random_bytes(count) if byte < 250]  # noqa: PLR2004 - see above
    return "".join(drawn[:count])


def seal_notice(facts: NoticeFacts, code: Secret[str], notice_key: bytes, entropy: Entropy) -> bytes:
    """The notice for whoever delivers it, as a sealed box (X25519, libsodium's ``crypto_box_seal``).

    Built here from its published parts, because the ephemeral key must come from the kiosk's own random bytes:
    ephemeral public key, then the box under the nonce BLAKE2b-192(ephemeral public key, recipient's key).
    """
    content = canonical({"version": NOTICE_VERSION, "code": code.reveal(), **asdict(facts)})
    ephemeral = PrivateKey(entropy.random_bytes(KEY_BYTES))
    ephemeral_public = bytes(ephemeral.public_key)
    nonce = hashlib.blake2b(ephemeral_public + notice_key, digest_size=Box.NONCE_SIZE).digest()
    return ephemeral_public + Box(ephemeral, PublicKey(notice_key)).encrypt(content, nonce).ciphertext


class NoticeError(ValueError):
    """These bytes are no notice for this key."""


def open_notice(secret_key: Secret[bytes], sealed: bytes) -> Mapping[str, Any]:
    """What a sealed notice says, for the receiver of notices. Raises NoticeError."""
    try:
        content = SealedBox(PrivateKey(secret_key.reveal())).decrypt(sealed)
    except (CryptoError, TypeError, ValueError) as error:
        message = "cannot be opened with this key"
        raise NoticeError(message) from error
    notice: dict[str, Any] = json.loads(content)
    if notice.get("version") != NOTICE_VERSION:
        message = f"version {notice.get('version')} is not known"
        raise NoticeError(message)
    return notice


def public_half(secret_key: Secret[bytes]) -> bytes:
    """The notice key that belongs to the receiver's ``secret_key``."""
    return bytes(PrivateKey(secret_key.reveal()).public_key)


# --- the worker and its thread ---


class Answers(Protocol):
    """Takes signed checkpoints to whoever asked for one, without blocking."""

    def put(self, item: Note, /) -> None: ...


@dataclass(frozen=True, slots=True)
class SignCheckpoint:
    """A request that no decision of the engine made: sign what the record holds already."""

    checkpoint: Checkpoint
    answers: Answers


class VaultWorker:
    """Answers one request at a time; used as it is where time is simulated."""

    def __init__(
        self, keys: VaultKeys, entropy: Entropy, cost: Argon2Cost = DEFAULT_COST, house_number: str = ""
    ) -> None:
        self._keys = keys
        self._entropy = entropy
        self._cost = cost
        self._house_number = house_number

    def handle(self, effect: VaultEffect) -> VaultEvent:
        """Carry out one request. About 20 ms on a desk at the default cost, several times that on a small board."""
        match effect:
            case VerifyCode(visit, attempt, code):
                return CodeDerived(visit, attempt, Secret(derive_verifier(code, self._keys, self._cost)))
            case MakeCode(parcel, digits, facts):
                code = draw_code(self._entropy, digits, self._house_number)
                verifier = derive_verifier(code, self._keys, self._cost)
                return CodeMade(
                    parcel, Secret(verifier), seal_notice(facts, code, self._keys.notice_key, self._entropy)
                )
            case _:
                assert_never(effect)

    def sign(self, checkpoint: Checkpoint) -> Note:
        """The signed checkpoint. Raises VaultKeyError on a kiosk without a signing key."""
        signer = self._keys.signer
        if signer is None:
            message = "there is no signing key"
            raise VaultKeyError(message)
        return signed(checkpoint.text, signer.verifier_key(checkpoint.origin), signer.sign(checkpoint.text.encode()))


class Inbox(Protocol):
    """Takes events to the engine without blocking."""

    def put(self, item: VaultEvent, /) -> None: ...


@dataclass(frozen=True, slots=True)
class _Stop:
    """The last thing in the queue."""


class VaultThread:
    """One thread around a worker. A person who waits at the keypad goes before a code that nobody waits for."""

    name = "vault"

    def __init__(self, worker: VaultWorker, inbox: Inbox) -> None:
        self._worker = worker
        self._inbox = inbox
        self._queue: SimpleQueue[VaultEffect | SignCheckpoint | _Stop] = SimpleQueue()
        self._verifications: deque[VaultEffect | SignCheckpoint] = deque()
        self._others: deque[VaultEffect | SignCheckpoint] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        """False once the thread has ended, by `stop` or by a fault of ours."""
        return self._thread.is_alive()

    def send(self, effect: VaultEffect | SignCheckpoint) -> None:
        """Hand over a request: enqueues, never blocks."""
        self._queue.put(effect)

    def stop(self) -> None:
        """End the thread after the request in hand. What still waits is dropped: the next start asks for it again."""
        self._queue.put(_Stop())
        if self.is_alive():
            self._thread.join(timeout=2)

    # The vault's own thread

    def _run(self) -> None:
        while True:
            self._take_requests()
            if self._stopping:
                return
            waiting = self._verifications or self._others
            self._answer(waiting.popleft())

    def _answer(self, request: VaultEffect | SignCheckpoint) -> None:
        if isinstance(request, SignCheckpoint):
            request.answers.put(self._worker.sign(request.checkpoint))
        else:
            self._inbox.put(self._worker.handle(request))

    def _take_requests(self) -> None:
        """Everything that has come in; waits only if there is nothing to do."""
        if not self._verifications and not self._others:
            self._take(self._queue.get())
        with suppress(Empty):
            while True:
                self._take(self._queue.get_nowait())

    def _take(self, item: VaultEffect | SignCheckpoint | _Stop) -> None:
        match item:
            case _Stop():
                self._stopping = True
            case VerifyCode():
                self._verifications.append(item)
            case MakeCode() | SignCheckpoint():
                self._others.append(item)
            case _:
                assert_never(item)
