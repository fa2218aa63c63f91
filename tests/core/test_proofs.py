"""Proofs of one entry: what holds, and everything that does not. Real trees and real signatures."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.merkle import inclusion_proof, leaf_hash, tree_root
from kiosk.core.notes import Checkpoint, origin_of, signed
from kiosk.core.proofs import Proof, ProofError, check_proof, read_proof
from kiosk.signing import Ed25519Signer, check_signature

SIGNER = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEY = SIGNER.verifier_key("lockers.example/k1/e1")
BODIES = [b'{"epoch":3,"seq":%d}' % seq for seq in range(70)]
LEAVES = [leaf_hash(body) for body in BODIES]
CHECKPOINT = Checkpoint(origin_of("lockers.example/k1", 3), 70, tree_root(LEAVES))
NOTE = str(signed(CHECKPOINT.text, KEY.named(CHECKPOINT.origin), SIGNER.sign(CHECKPOINT.text.encode())))


def proof_of(seq: int) -> Proof:
    return Proof(3, seq, BODIES[seq], inclusion_proof(seq, 70, LEAVES), NOTE)


GOOD = proof_of(33)


@pytest.mark.parametrize("seq", [0, 1, 33, 63, 64, 69])
def test_an_entry_is_proved_by_its_checkpoint_and_the_key_of_any_epoch(seq: int) -> None:
    proof = read_proof(json.dumps(proof_of(seq).fields))
    proven = check_proof(proof, (KEY,), check_signature)

    assert proof == proof_of(seq)
    assert (proven.checkpoint, [str(each) for each in proven.signed_by]) == (
        CHECKPOINT,
        [str(KEY.named(CHECKPOINT.origin))],
    )


def test_without_a_key_the_signature_is_not_looked_at_and_need_not_be_there() -> None:
    for note in (NOTE, CHECKPOINT.text):
        assert check_proof(replace(GOOD, checkpoint=note), (), check_signature).signed_by == ()


def test_a_proof_is_read_out_of_the_answer_that_made_it() -> None:
    assert read_proof(json.dumps({"ok": True, "proof": GOOD.fields})) == GOOD


def test_a_proof_shows_nothing_of_the_other_entries() -> None:
    text = json.dumps(GOOD.fields)

    assert text.count('\\"seq\\"') == 1
    assert len(GOOD.path) <= 7


FORGED = {
    "another entry": replace(GOOD, entry=BODIES[34]),
    "another entry of that number": replace(GOOD, entry=b'{"epoch":3,"seq":33,"a":1}'),
    "another number": replace(GOOD, seq=34, entry=BODIES[34]),
    "another epoch": replace(GOOD, epoch=2),
    "a shorter path": replace(GOOD, path=GOOD.path[1:]),
    "a longer path": replace(GOOD, path=(*GOOD.path, bytes(32))),
    "a number beyond the tree": replace(GOOD, seq=70, entry=b'{"epoch":3,"seq":70}'),
    "no entry": replace(GOOD, entry=b"33"),
    "no JSON": replace(GOOD, entry=b"{"),
    "another root": replace(GOOD, checkpoint=replace(CHECKPOINT, root=bytes(32)).text),
}


@pytest.mark.parametrize("proof", FORGED.values(), ids=FORGED.keys())
def test_what_is_forged_does_not_hold(proof: Proof) -> None:
    with pytest.raises(ProofError, match="does not hold"):
        check_proof(proof, (), check_signature)


@pytest.mark.parametrize(
    "note",
    [CHECKPOINT.text, NOTE.replace("k1/e3", "k2/e3"), NOTE[:-8] + "AAAA" + NOTE[-4:]],
    ids=["unsigned", "another kiosk", "another signature"],
)
def test_with_a_key_only_its_signature_counts(note: str) -> None:
    with pytest.raises(ProofError, match=r"does not hold: its checkpoint|is no proof: its checkpoint"):
        check_proof(replace(GOOD, checkpoint=note), (KEY,), check_signature)


def test_a_checkpoint_that_is_none_is_told() -> None:
    with pytest.raises(ProofError, match="is no proof: its checkpoint is no checkpoint"):
        check_proof(replace(GOOD, checkpoint="text"), (), check_signature)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[" * 100_000,
        "[]",
        "{}",
        json.dumps({**GOOD.fields, "version": 2}),
        json.dumps({**GOOD.fields, "more": 1}),
        json.dumps({**GOOD.fields, "path": 5}),
        json.dumps({**GOOD.fields, "path": ["zz"]}),
        json.dumps({**GOOD.fields, "path": ["00"]}),
        json.dumps({**GOOD.fields, "path": ["00" * 32] * 65}),
        json.dumps({**GOOD.fields, "seq": "33"}),
        json.dumps({**GOOD.fields, "epoch": True}),
        json.dumps({**GOOD.fields, "entry": None}),
        json.dumps({"proof": []}),
        json.dumps({**GOOD.fields, "entry": "\ud800"}),
    ],
)
def test_what_is_no_proof_is_told(content: str) -> None:
    with pytest.raises(ProofError, match=r"is no proof|is not JSON"):
        read_proof(content)


@given(st.text(max_size=100))
def test_any_text_is_a_proof_or_refused(content: str) -> None:
    with pytest.raises(ProofError):
        read_proof(content)
