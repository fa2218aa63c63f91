"""Notes and checkpoints: the published vector, every rule of the text form, and whose signatures count.

Signatures here are checked with the real algorithm; knows nothing of files.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.notes import (
    MOST_SIGNATURES,
    Algorithm,
    Checkpoint,
    Note,
    NoteError,
    NoteSignature,
    VerifierKey,
    epoch_of,
    log_of,
    origin_of,
    read_checkpoint,
    read_note,
    read_signed_checkpoint,
    signed,
    signers,
    verifier_key,
)
from kiosk.signing import check_signature

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""The example of C2SP signed-note."""
KEY = verifier_key(VKEY)
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint("lockers.example/kiosk-0042/e3", 100_000, ROOT)


def yes(_key: VerifierKey, _message: bytes, _signature: bytes) -> bool:
    return True


# --- the published example ---


def test_the_published_key_has_verified_the_published_note() -> None:
    assert signers(read_note(NOTE), [KEY], check_signature) == (KEY,)


def test_key_and_note_are_written_as_they_are_read() -> None:
    assert (str(KEY), str(read_note(NOTE))) == (VKEY, NOTE)
    assert KEY.key_id.hex() == "530d903a"


@pytest.mark.parametrize("at", range(len(NOTE) - 1))
def test_no_changed_character_of_the_published_note_is_accepted(at: int) -> None:
    changed = NOTE[:at] + ("X" if NOTE[at] != "X" else "Y") + NOTE[at + 1 :]
    with pytest.raises(NoteError):
        signers(read_note(changed), [KEY], check_signature)


# --- verifier keys ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        "example.com/foo+530d903a+!",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "two words+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        str(VerifierKey("a", Algorithm.ED25519, b"short")),
    ],
)
def test_what_is_no_verifier_key_is_told(text: str) -> None:
    with pytest.raises(NoteError, match="verifier key"):
        verifier_key(text)


def test_an_ecdsa_keys_id_comes_from_the_key_alone() -> None:
    key = VerifierKey("a/e1", Algorithm.ECDSA_P256, b"subject public key info")

    assert key.key_id == key.named("a/e2").key_id
    assert verifier_key(str(key)) == key
    assert KEY.key_id != KEY.named("a/e2").key_id


# --- the text form ---


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "an empty line"),
        ("text\n", "an empty line"),
        ("text\n\n", "an empty line"),
        ("text\n\n\u2014 name AAAAAAA=", "an empty line"),
        ("text\n\n- name AAAAAAA=\n", "no signature"),
        ("text\n\n\u2014 name\n", "no signature"),
        ("text\n\n\u2014 na+me AAAAAAA=\n", "no signature"),
        ("text\n\n\u2014 name AAAAAA==\n", "no signature"),
        ("text\n\n\u2014 name AAAAAAB=\n", "no signature"),
        ("text\n\n\u2014 name \u00e4\n", "no signature"),
        ("te\rxt\n\n\u2014 name AAAAAAA=\n", "control characters"),
        ("x" * 1_000_001, "at most"),
        ("text\n\n" + "\u2014 name AAAAAAA=\n" * (MOST_SIGNATURES + 1), "signatures"),
    ],
)
def test_what_is_no_note_is_told(content: str, why: str) -> None:
    with pytest.raises(NoteError, match=why):
        read_note(content)


def test_the_last_empty_line_parts_text_and_signatures() -> None:
    note = signed("one\n\ntwo\n", KEY, b"sig")

    assert read_note(str(note)) == note


@given(st.text(max_size=200))
def test_any_text_is_a_note_or_refused(content: str) -> None:
    try:
        note = read_note(content)
    except NoteError:
        return
    assert str(note) == content


# --- whose signatures count ---


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    known = read_note(NOTE)
    strangers = tuple(NoteSignature(f"other{number}", b"abcd", b"x") for number in range(20))
    note = Note(known.text, (*strangers, *known.signatures))

    assert signers(note, [KEY], check_signature) == (KEY,)


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    for keys in ([], [KEY.named("example.com/bar")]):
        with pytest.raises(NoteError, match="not signed by a key that was given"):
            signers(read_note(NOTE), keys, yes)


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    good = read_note(NOTE)
    note = Note(good.text, (*good.signatures, NoteSignature(KEY.name, KEY.key_id, bytes(64))))

    with pytest.raises(NoteError, match="its key did not make"):
        signers(note, [KEY], check_signature)


# --- checkpoints ---


def test_a_checkpoint_is_three_lines() -> None:
    assert CHECKPOINT.text == ("lockers.example/kiosk-0042/e3\n100000\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    assert read_checkpoint(CHECKPOINT.text) == CHECKPOINT
    assert (CHECKPOINT.epoch, log_of(CHECKPOINT.origin)) == (3, "lockers.example/kiosk-0042")


def test_lines_that_extend_a_checkpoint_are_no_fault() -> None:
    assert read_checkpoint(CHECKPOINT.text + "more\n") == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a/e1\n5\n",
        "a/e1\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "a e1\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "a/e1\n05\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "a/e1\n-5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "a/e1\n\u0665\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "a/e1\n5\nAAEC\n",
    ],
)
def test_what_is_no_checkpoint_is_told(text: str) -> None:
    with pytest.raises(NoteError, match="is no checkpoint"):
        read_checkpoint(text)


def test_a_checkpoint_that_nobody_signed_is_read_as_such() -> None:
    note = signed(CHECKPOINT.text, KEY, bytes(64))

    assert read_signed_checkpoint(CHECKPOINT.text) == (Note(CHECKPOINT.text, ()), CHECKPOINT)
    assert read_signed_checkpoint(str(note)) == (note, CHECKPOINT)


@pytest.mark.parametrize(
    ("origin", "epoch", "log"),
    [("a/e1", 1, "a"), ("a/e2/e17", 17, "a/e2"), ("a", 0, "a"), ("a/e0", 0, "a/e0"), ("a/e01", 0, "a/e01")],
)
def test_the_epoch_stands_at_the_end_of_an_origin(origin: str, epoch: int, log: str) -> None:
    assert (epoch_of(origin), log_of(origin)) == (epoch, log)
    if epoch:
        assert origin_of(log, epoch) == origin
