"""The vault: codes become verifiers, notices open with one key only, keys are read with care, nothing shows a code."""

import hashlib
import hmac
import json
import logging
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import argon2
import pytest
from nacl.public import PrivateKey, SealedBox

from hardware_sim.entropy import SeededEntropy
from kiosk.core.codes import damm_digit, too_plain, well_formed
from kiosk.core.effects import MakeCode, NoticeFacts, VerifyCode
from kiosk.core.events import CodeDerived, CodeMade, VaultEvent
from kiosk.core.ids import CompartmentId, ParcelId, ResidentId, Secret, UnitId, VisitId
from kiosk.core.layout import HeightBand
from kiosk.core.notes import Checkpoint, Note, read_checkpoint, signers
from kiosk.signing import check_signature, make_key
from kiosk.vault import (
    DEFAULT_COST,
    SMALLEST_COST,
    KeyFiles,
    NoticeError,
    SignCheckpoint,
    SystemEntropy,
    VaultKeyError,
    VaultKeys,
    VaultThread,
    VaultWorker,
    derive_verifier,
    draw_code,
    load_keys,
    open_notice,
    public_half,
    seal_notice,
)

SECRET_HALF = Secret(bytes(range(1, 33)))
KEYS = VaultKeys(Secret(b"\x07" * 32), public_half(SECRET_HALF))
CODE = Secret("7391846" + damm_digit("7391846"))
FACTS = NoticeFacts(
    parcel=ParcelId("k1-1-7"),
    resident=ResidentId("R-0017"),
    unit=UnitId("12B"),
    compartment=CompartmentId("A07"),
    column=2,
    height_band=HeightBand.WAIST,
    carrier="ups",
    tracking_number="1Z5R89390357567127",
)
DEADLINE_S = 10


class Repeating:
    """Gives the same bytes over and over: for what must not depend on luck."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def random_bytes(self, count: int) -> bytes:
        taken = bytes(self._content[(self._at + n) % len(self._content)] for n in range(count))
        self._at += count
        return taken


def worker(seed: int = 1) -> VaultWorker:
    return VaultWorker(KEYS, SeededEntropy(seed), SMALLEST_COST)


# --- verifiers ---


def test_a_verifier_is_argon2id_under_a_salt_keyed_by_the_kiosk() -> None:
    salt = hmac.new(b"\x07" * 32, b"pin-salt", hashlib.sha256).digest()[:16]
    expected = argon2.low_level.hash_secret_raw(
        CODE.reveal().encode(), salt, 2, 19 * 1024, 1, 32, argon2.low_level.Type.ID
    )

    assert derive_verifier(CODE, KEYS, DEFAULT_COST) == expected


def test_the_stored_form_of_a_code_never_changes() -> None:
    """Whoever changes the derivation makes every code in the field invalid."""
    assert derive_verifier(Secret("12345674"), KEYS, DEFAULT_COST).hex() == (
        "77c62510cb0a699cb51a5727afc8eca346cc4622bb736b605a70f458c50458ce"
    )


def test_another_kiosk_has_another_verifier_for_the_same_code() -> None:
    other = VaultKeys(Secret(b"\x08" * 32), KEYS.notice_key)

    assert derive_verifier(CODE, KEYS, SMALLEST_COST) != derive_verifier(CODE, other, SMALLEST_COST)


def test_a_typed_code_gives_the_verifier_of_its_parcel_for_that_attempt() -> None:
    vault = worker()
    made = vault.handle(MakeCode(FACTS.parcel, 8, FACTS))
    assert isinstance(made, CodeMade)
    code = Secret(open_notice(SECRET_HALF, made.notice)["code"])

    answer = vault.handle(VerifyCode(VisitId("v1"), 3, code))

    assert answer == CodeDerived(VisitId("v1"), 3, made.verifier)


# --- drawing codes ---


@pytest.mark.parametrize("digits", [7, 8, 9, 10])
def test_a_drawn_code_has_its_length_and_its_check_digit(digits: int) -> None:
    entropy = SeededEntropy(2)
    codes = [draw_code(entropy, digits).reveal() for _ in range(200)]

    assert all(well_formed(code, digits) for code in codes)
    assert len(set(codes)) > 195


def test_every_digit_is_drawn_equally_often() -> None:
    """Chi-squared, 9 degrees of freedom: 27.9 is exceeded once in a thousand seeds; without rejection about 48."""
    entropy = SeededEntropy(3)
    drawn = Counter("".join(draw_code(entropy, 10).reveal()[:-1] for _ in range(12_000)))
    expected = 12_000 * 9 / 10

    assert math.fsum((drawn[digit] - expected) ** 2 / expected for digit in "0123456789") < 27.9


def test_bytes_that_would_favour_low_digits_are_thrown_away() -> None:
    entropy = Repeating(bytes([255, 250, 251, 7, 13, 249, 1, 8, 4, 246]))

    assert draw_code(entropy, 8).reveal()[:-1] == "7391846"


def test_plain_digits_and_the_house_number_are_drawn_again() -> None:
    plain, house, good = bytes([1, 2, 3, 4, 5, 6, 7]), bytes([0, 0, 0, 0, 0, 4, 8]), bytes([7, 3, 9, 1, 8, 4, 6])

    code = draw_code(Repeating(plain + house + good), 8, house_number="48").reveal()

    assert code[:-1] == "7391846"
    assert too_plain("1234567")


def test_the_worker_keeps_the_house_number_out_of_the_codes_it_makes() -> None:
    house, good = bytes([0, 0, 0, 0, 0, 4, 8]), bytes([7, 3, 9, 1, 8, 4, 6])
    vault = VaultWorker(KEYS, Repeating(house + good), SMALLEST_COST, house_number="48")

    made = vault.handle(MakeCode(FACTS.parcel, 8, FACTS))

    assert isinstance(made, CodeMade)
    assert open_notice(SECRET_HALF, made.notice)["code"][:-1] == "7391846"


def test_the_systems_random_bytes_do_not_repeat() -> None:
    drawn = {SystemEntropy().random_bytes(16) for _ in range(100)}

    assert len(drawn) == 100
    assert {len(each) for each in drawn} == {16}


def test_a_seeded_stream_does_not_depend_on_how_it_is_asked_for() -> None:
    whole, parts = SeededEntropy(9), SeededEntropy(9)

    assert whole.random_bytes(100) == b"".join(parts.random_bytes(count) for count in (0, 1, 31, 33, 35))
    assert SeededEntropy(9, "vault").random_bytes(32) != SeededEntropy(9).random_bytes(32)


# --- notices ---


def test_a_notice_is_a_standard_sealed_box_and_says_where_and_with_which_code() -> None:
    sealed = seal_notice(FACTS, CODE, KEYS.notice_key, SeededEntropy(4))

    said = json.loads(SealedBox(PrivateKey(SECRET_HALF.reveal())).decrypt(sealed))

    assert said == {
        "version": 1,
        "code": CODE.reveal(),
        "parcel": "k1-1-7",
        "resident": "R-0017",
        "unit": "12B",
        "compartment": "A07",
        "column": 2,
        "height_band": "waist",
        "carrier": "ups",
        "tracking_number": "1Z5R89390357567127",
    }
    assert said == open_notice(SECRET_HALF, sealed)


def test_a_notice_shows_nothing_without_the_key() -> None:
    sealed = seal_notice(FACTS, CODE, KEYS.notice_key, SeededEntropy(4))

    assert CODE.reveal().encode() not in sealed
    assert b"12B" not in sealed
    with pytest.raises(NoticeError):
        open_notice(Secret(b"\x09" * 32), sealed)


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_a_damaged_notice_is_refused(damage: bytes | None) -> None:
    sealed = seal_notice(FACTS, CODE, KEYS.notice_key, SeededEntropy(4))
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1]) if damage is None else damage

    with pytest.raises(NoticeError):
        open_notice(SECRET_HALF, damaged)


def test_a_notice_of_a_later_version_is_refused() -> None:
    later = SealedBox(PrivateKey(SECRET_HALF.reveal()).public_key).encrypt(b'{"version":2}')

    with pytest.raises(NoticeError, match="version 2"):
        open_notice(SECRET_HALF, later)


def test_two_notices_of_the_same_facts_share_no_key() -> None:
    entropy = SeededEntropy(5)
    first, second = (seal_notice(FACTS, CODE, KEYS.notice_key, entropy) for _ in range(2))

    assert first[:32] != second[:32]


def test_the_same_seed_makes_the_same_code_and_the_same_notice() -> None:
    effect = MakeCode(FACTS.parcel, 8, FACTS)

    assert worker(6).handle(effect) == worker(6).handle(effect)
    assert worker(6).handle(effect) != worker(7).handle(effect)


# --- nothing shows a code ---


def test_no_code_and_no_key_shows_in_a_repr_or_in_the_text_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vault = worker(8)
    ask = VerifyCode(VisitId("v1"), 1, CODE)
    made = vault.handle(MakeCode(FACTS.parcel, 8, FACTS))
    assert isinstance(made, CodeMade)
    drawn = open_notice(SECRET_HALF, made.notice)["code"]
    verifier = made.verifier.reveal()
    shown = " ".join((repr(ask), repr(vault.handle(ask)), repr(made), repr(KEYS), str(CODE), caplog.text))

    for secret in (CODE.reveal(), drawn, verifier.hex(), repr(verifier), repr(made.notice), repr(b"\x07" * 32)):
        assert secret not in shown


# --- the thread ---


def test_who_waits_at_the_keypad_goes_before_codes_that_nobody_waits_for() -> None:
    inbox: SimpleQueue[VaultEvent] = SimpleQueue()
    vault = VaultThread(worker(), inbox)
    for number in range(3):
        vault.send(MakeCode(ParcelId(f"p{number}"), 8, FACTS))
    vault.send(VerifyCode(VisitId("v1"), 1, CODE))
    vault.send(VerifyCode(VisitId("v1"), 2, CODE))

    vault.start()
    answers = [inbox.get(timeout=DEADLINE_S) for _ in range(5)]
    vault.stop()

    assert [type(answer) for answer in answers] == [CodeDerived, CodeDerived, CodeMade, CodeMade, CodeMade]
    assert [answer.attempt for answer in answers if isinstance(answer, CodeDerived)] == [1, 2]
    assert [answer.parcel for answer in answers if isinstance(answer, CodeMade)] == ["p0", "p1", "p2"]


def test_a_checkpoint_is_signed_by_the_thread_and_goes_to_whoever_asked(tmp_path: Path) -> None:
    inbox: SimpleQueue[VaultEvent] = SimpleQueue()
    answers: SimpleQueue[Note] = SimpleQueue()
    signer = make_key(tmp_path / "key")
    vault = VaultThread(VaultWorker(replace(KEYS, signer=signer), SeededEntropy(1), SMALLEST_COST), inbox)
    vault.start()
    checkpoint = Checkpoint("k/e1", 7, bytes(32))
    vault.send(SignCheckpoint(checkpoint, answers))
    note = answers.get(timeout=DEADLINE_S)
    vault.stop()

    assert read_checkpoint(note.text) == checkpoint
    assert signers(note, [signer.verifier_key("k/e1")], check_signature)
    assert inbox.empty()


def test_without_a_signing_key_nothing_is_signed() -> None:
    with pytest.raises(VaultKeyError, match="no signing key"):
        worker().sign(Checkpoint("k/e1", 7, bytes(32)))


def test_the_thread_waits_for_requests_and_ends_when_told() -> None:
    inbox: SimpleQueue[VaultEvent] = SimpleQueue()
    vault = VaultThread(worker(), inbox)
    vault.start()
    for attempt in range(3):
        vault.send(VerifyCode(VisitId("v1"), attempt, CODE))
        answer = inbox.get(timeout=DEADLINE_S)
        assert isinstance(answer, CodeDerived)
        assert answer.attempt == attempt
    assert vault.is_alive()

    vault.stop()

    assert not vault.is_alive()
    assert inbox.empty()


# --- keys ---


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    found = KeyFiles.in_credentials(tmp_path)
    found.code_key.write_bytes(b"\x07" * 32)
    found.notice_key.write_text(KEYS.notice_key.hex() + "\n", encoding="ascii")
    found.code_key.chmod(0o600)
    found.notice_key.chmod(0o644)
    return found


def test_keys_are_read_as_raw_bytes_or_as_hexadecimal_digits(files: KeyFiles) -> None:
    assert load_keys(files) == KEYS

    files.code_key.write_text("07" * 32, encoding="ascii")

    assert load_keys(files) == KEYS


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_code_key_that_only_its_owner_reads_is_taken(files: KeyFiles, mode: int) -> None:
    files.code_key.chmod(mode)

    assert load_keys(files) == KEYS


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_code_key_open_to_others_is_refused(files: KeyFiles, mode: int) -> None:
    files.code_key.chmod(mode)

    with pytest.raises(VaultKeyError, match=f"code-key: mode {mode:04o} lets others in; 0400 or 0600"):
        load_keys(files)


def test_a_notice_key_that_others_may_change_is_refused(files: KeyFiles) -> None:
    files.notice_key.chmod(0o622)

    with pytest.raises(VaultKeyError, match="notice-key: mode 0622"):
        load_keys(files)


def test_credentials_of_the_service_manager_may_show_group_bits(files: KeyFiles) -> None:
    files.code_key.chmod(0o440)

    assert load_keys(files, guarded_by_service_manager=True) == KEYS


@pytest.mark.parametrize("content", [b"", b"\x07" * 31, b"\x07" * 33, b"07" * 31, b"07" * 33, b"zz" * 32, b"\x00" * 32])
def test_what_is_no_key_is_refused_and_not_repeated(files: KeyFiles, content: bytes) -> None:
    files.code_key.write_bytes(content)

    with pytest.raises(VaultKeyError, match="32 raw bytes or 64 hexadecimal digits") as caught:
        load_keys(files)

    assert "0707" not in str(caught.value)


def test_a_signing_key_is_read_beside_them_where_there_is_one(files: KeyFiles, tmp_path: Path) -> None:
    assert KeyFiles.in_credentials(tmp_path).signing_key is None
    made = make_key(tmp_path / "signing-key")
    keys = load_keys(KeyFiles.in_credentials(tmp_path))

    assert keys.signer is not None
    assert keys.signer.verifier_key("k/e1") == made.verifier_key("k/e1")
    with pytest.raises(VaultKeyError, match="elsewhere: cannot be read"):
        load_keys(replace(files, signing_key=tmp_path / "elsewhere"))


def test_a_missing_key_is_named(files: KeyFiles) -> None:
    files.notice_key.unlink()

    with pytest.raises(VaultKeyError, match="notice-key: cannot be read: No such file"):
        load_keys(files)


def test_a_notice_key_that_nothing_can_be_sealed_to_is_refused(files: KeyFiles) -> None:
    files.notice_key.write_bytes(b"\x01" + bytes(31))

    with pytest.raises(VaultKeyError, match="notice-key: is no public key"):
        load_keys(files)


def test_one_key_for_both_uses_is_refused(files: KeyFiles) -> None:
    files.notice_key.write_bytes(b"\x07" * 32)

    with pytest.raises(VaultKeyError, match="same key"):
        load_keys(files)
