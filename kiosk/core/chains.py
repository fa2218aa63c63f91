"""Chains: one parcel's chain of custody as a person can hand it over: each step with its proof, and what it reveals.

Holds the object, its reading and its check. It must not know a database, nor what a page about it looks like.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.core.entries import commitment
from kiosk.core.notes import Check, VerifierKey
from kiosk.core.proofs import Proof, ProofError, Proven, check_proof, proof_of

VERSION = 1
_FIELDS = frozenset({"version", "parcel", "steps"})
_STEP_FIELDS = frozenset({"proof", "revealed"})
_REVEALED_FIELDS = frozenset({"private", "record_key"})


@dataclass(frozen=True, slots=True)
class Revealed:
    """Personal data of one entry, with the key that opens the entry's commitment to it."""

    private: bytes
    record_key: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the chain."""

    proof: Proof
    revealed: Revealed | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """Every entry about one parcel, in order."""

    parcel: str
    steps: tuple[Step, ...]

    @property
    def fields(self) -> Mapping[str, object]:
        """The chain as a JSON object."""
        return {"version": VERSION, "parcel": self.parcel, "steps": [_step_fields(step) for step in self.steps]}


def _step_fields(step: Step) -> Mapping[str, object]:
    opened = step.revealed
    revealed = opened and {"private": opened.private.decode(), "record_key": opened.record_key.hex()}
    return {"proof": step.proof.fields, "revealed": revealed}


def read_chain(content: str) -> Chain:
    """The chain behind its JSON. Raises ProofError."""
    try:
        return _chain(json.loads(content))
    except ProofError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        message = f"is no chain of custody; an object of version {VERSION} with parcel and steps is allowed"
        raise ProofError(message) from error


def _chain(given: Any) -> Chain:  # noqa: ANN401 - JSON in, our own value out
    if given.keys() != _FIELDS or given["version"] != VERSION or not isinstance(given["parcel"], str):
        raise TypeError
    return Chain(given["parcel"], tuple(map(_step, given["steps"])))


def _step(given: Any) -> Step:  # noqa: ANN401 - as above
    opened = given["revealed"]
    if given.keys() != _STEP_FIELDS or (opened is not None and opened.keys() != _REVEALED_FIELDS):
        raise TypeError
    revealed = opened and Revealed(opened["private"].encode(), bytes.fromhex(opened["record_key"]))
    return Step(proof_of(given["proof"]), revealed)


def check_chain(chain: Chain, keys: tuple[VerifierKey, ...], check: Check) -> tuple[Proven, ...]:
    """What each step's proof shows. Raises ProofError for the first that does not hold, is not about the parcel's way
    in order, or reveals what the entry did not commit to.

    That no step is left out is not shown: who has the whole record can tell.
    """
    shown = tuple(_checked(step, keys, check) for step in chain.steps)
    places = [(step.proof.epoch, step.proof.seq) for step in chain.steps]
    if places != sorted(set(places)) or not places:
        message = "does not hold: its steps are not in order"
        raise ProofError(message)
    _refuse_strangers(chain)
    return shown


def _refuse_strangers(chain: Chain) -> None:
    """Each step names the parcel, or an opening that was made for it."""
    own = [step for step in chain.steps if _names(step, chain.parcel)]
    openings = {_data(step).get("opening") for step in own} - {None}
    for step in chain.steps:
        if step not in own and _data(step).get("opening") not in openings:
            message = f"entry {step.proof.seq} of epoch {step.proof.epoch}: is not about parcel {chain.parcel}"
            raise ProofError(message)


def _checked(step: Step, keys: tuple[VerifierKey, ...], check: Check) -> Proven:
    try:
        proven = check_proof(step.proof, keys, check)
    except ProofError as error:
        message = f"entry {step.proof.seq} of epoch {step.proof.epoch}: {error}"
        raise ProofError(message) from error
    if step.revealed is not None and _committed(step) != commitment(step.revealed.record_key, step.revealed.private):
        message = f"entry {step.proof.seq} of epoch {step.proof.epoch}: did not commit to what is revealed of it"
        raise ProofError(message)
    return proven


def _committed(step: Step) -> str:
    return str(_data(step).get("private", ""))


def _data(step: Step) -> Mapping[str, Any]:
    """What the entry says; the proof has shown that it is one, not that its data is an object."""
    data = json.loads(step.proof.entry).get("data")
    return data if isinstance(data, dict) else {}


def _names(step: Step, parcel: str) -> bool:
    data = _data(step)
    return data.get("parcel") == parcel or parcel in data.get("parcels", ())
