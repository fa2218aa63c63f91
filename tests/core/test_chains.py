"""A chain of custody: what holds, and everything that does not. Real trees, commitments and signatures."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.chains import Chain, Revealed, Step, check_chain, read_chain
from kiosk.core.entries import canonical, commitment
from kiosk.core.merkle import inclusion_proofs, leaf_hash, tree_root
from kiosk.core.notes import Checkpoint, signed
from kiosk.core.proofs import Proof, ProofError
from kiosk.signing import Ed25519Signer, check_signature

SIGNER = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEY = SIGNER.verifier_key("lockers.example/k1/e1")
PRIVATE, RECORD_KEY = canonical({"tracking_number": "1Z5", "unit": "12B"}), bytes(range(32))
DATA: tuple[object, ...] = (
    {"parcel": "p1", "private": commitment(RECORD_KEY, PRIVATE)},
    {"parcels": ["p1"], "opening": "o1"},
    {"parcel": "p2"},
    {"opening": "o1"},
    {"opening": "o2"},
    "no object",
    {"parcel": "p1"},
)
BODIES = [canonical({"epoch": 1, "seq": seq, "data": data}) for seq, data in enumerate(DATA)]
LEAVES = [leaf_hash(body) for body in BODIES]
CHECKPOINT = Checkpoint(KEY.name, len(BODIES), tree_root(LEAVES))
NOTE = str(signed(CHECKPOINT.text, KEY, SIGNER.sign(CHECKPOINT.text.encode())))
PATHS = inclusion_proofs(range(len(BODIES)), len(BODIES), LEAVES)


def step(seq: int, revealed: Revealed | None = None) -> Step:
    return Step(Proof(1, seq, BODIES[seq], PATHS[seq], NOTE), revealed)


REVEALED = Revealed(PRIVATE, RECORD_KEY)
GOOD = Chain("p1", (step(0, REVEALED), step(1), step(3), step(6)))


def test_a_chain_is_read_as_it_was_written_and_each_step_of_it_is_shown() -> None:
    chain = read_chain(json.dumps(GOOD.fields))
    shown = check_chain(chain, (KEY,), check_signature)

    assert chain == GOOD
    assert [proven.signed_by for proven in shown] == [(KEY,)] * 4


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        (replace(GOOD, steps=()), "not in order"),
        (replace(GOOD, steps=GOOD.steps[::-1]), "not in order"),
        (replace(GOOD, steps=(GOOD.steps[0], *GOOD.steps)), "not in order"),
        (replace(GOOD, steps=(*GOOD.steps[:2], step(2))), "entry 2 of epoch 1: is not about parcel p1"),
        (replace(GOOD, steps=(*GOOD.steps[:2], step(4))), "entry 4 of epoch 1: is not about parcel p1"),
        (replace(GOOD, steps=(*GOOD.steps[:2], step(5))), "entry 5 of epoch 1: is not about parcel p1"),
        (replace(GOOD, parcel="p3"), "is not about parcel p3"),
        (replace(GOOD, steps=(step(0, replace(REVEALED, private=b"{}")),)), "did not commit to what is revealed"),
        (replace(GOOD, steps=(step(0, replace(REVEALED, record_key=bytes(32))),)), "did not commit"),
        (replace(GOOD, steps=(step(1, REVEALED),)), "did not commit"),
        (replace(GOOD, steps=(Step(replace(GOOD.steps[0].proof, seq=1)),)), "entry 1 of epoch 1: does not hold"),
    ],
)
def test_what_is_forged_or_of_another_parcel_is_refused_and_named(chain: Chain, why: str) -> None:
    with pytest.raises(ProofError, match=why):
        check_chain(chain, (), check_signature)


def changed(**values: object) -> Mapping[str, Any]:
    return {**GOOD.fields, **values}


FIRST: dict[str, Any] = json.loads(json.dumps(GOOD.fields))["steps"][0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        json.dumps(changed(version=2)),
        json.dumps(changed(parcel=5)),
        json.dumps(changed(more=5)),
        json.dumps(changed(steps=5)),
        json.dumps(changed(steps=[{}])),
        json.dumps(changed(steps=[{**FIRST, "more": 1}])),
        json.dumps(changed(steps=[{**FIRST, "proof": {}}])),
        json.dumps(changed(steps=[{**FIRST, "revealed": {}}])),
        json.dumps(changed(steps=[{**FIRST, "revealed": 5}])),
        json.dumps(changed(steps=[{**FIRST, "revealed": {"private": 5, "record_key": ""}}])),
        json.dumps(changed(steps=[{**FIRST, "revealed": {"private": "", "record_key": "zz"}}])),
    ],
)
def test_what_is_no_chain_is_told(content: str) -> None:
    with pytest.raises(ProofError, match=r"is no chain of custody|is no proof"):
        read_chain(content)
