"""`kiosk audit prove` and `check-proof`: one entry shown to be in the record, without the others.

Holds the commands and what they print. It must not know how a proof is made or checked.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.audit.bundle import custody_in
from kiosk.cli.audit.given import keys_of, record_at, takes_database, takes_vkey, text_of
from kiosk.cli.common import DONE, add_command, answer_no, print_json
from kiosk.core.chains import check_chain, read_chain
from kiosk.core.notes import VerifierKey
from kiosk.core.proofs import Proof, ProofError, Proven, check_proof, read_proof
from kiosk.signing import check_signature

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

PROVE_EXAMPLE = """examples:
  kiosk audit prove /var/lib/locker/kiosk.db 1234 > proof.json
  kiosk audit check-proof proof.json --vkey lockers.example/kiosk-1/e1+…

The proof holds the entry, hashes that say nothing of the others, and the newest signed checkpoint.
Exit code 0, 1 if there is nothing to prove, 2 for a wrong call."""
CHECK_EXAMPLE = """example:
  kiosk audit check-proof proof.json --vkey lockers.example/kiosk-1/e1+…

Needs no database; takes what prove printed and what export wrote. Without --vkey the signature is not looked at: then
compare the checkpoint with one held elsewhere.
Exit code 0, 1 if the proof does not hold, 2 for a wrong call."""


def register(actions: "Commands") -> None:
    """Add the commands to the parser."""
    summary = "prove that one entry is in the record, without the others"
    command = add_command(actions, "prove", summary, PROVE_EXAMPLE, prove)
    takes_database(command)
    command.add_argument("seq", metavar="SEQ", type=int, help="the entry's number")
    command.add_argument("--epoch", metavar="N", type=int, help="its epoch; the newest if not given")
    command = add_command(actions, "check-proof", "check the proof of an entry", CHECK_EXAMPLE, check)
    command.add_argument("file", metavar="FILE", type=Path, help="the proof")
    takes_vkey(command)


def prove(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    try:
        proof = _proved(arguments)
    except ProofError as error:
        return answer_no(arguments, f"{arguments.db}: {error}")
    print_json({"ok": True, "proof": proof.fields} if arguments.json else proof.fields)
    return DONE


def _proved(arguments: argparse.Namespace) -> Proof:
    from storage import proofs  # noqa: PLC0415 - heavy: --help answers without it

    with record_at(arguments.db) as connection:
        epoch = proofs.newest_epoch(connection) if arguments.epoch is None else arguments.epoch
        (proof,) = proofs.prove(connection, epoch, [arguments.seq])
        return proof


def check(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    keys = keys_of(arguments.vkey)
    try:
        content = custody_in(arguments.file)
        if content is not None:
            return _chain_checked(arguments, content, keys)
        proof = read_proof(text_of(arguments.file))
        proven = check_proof(proof, keys, check_signature)
    except ProofError as error:
        return answer_no(arguments, f"{arguments.file}: {error}")
    if arguments.json:
        print_json({"ok": True, **_proven(proof, proven)})
    else:
        signed = ", ".join(map(str, proven.signed_by)) or "not looked at; --vkey says whose it must be"
        print(
            f"ok: entry {proof.seq} of epoch {proof.epoch} is in the record of {proven.checkpoint.origin} at "
            f"{proven.checkpoint.size} entries\nsignature: {signed}\n{proof.entry.decode()}"
        )
    return DONE


def _chain_checked(arguments: argparse.Namespace, content: str, keys: tuple[VerifierKey, ...]) -> int:
    chain = read_chain(content)
    shown = check_chain(chain, keys, check_signature)
    signed_by = sorted({str(key) for proven in shown for key in proven.signed_by})
    if arguments.json:
        print_json({"ok": True, "parcel": chain.parcel, "steps": len(shown), "signed_by": signed_by})
    else:
        signed = ", ".join(signed_by) or "not looked at; --vkey says whose it must be"
        print(f"ok: {len(shown)} entries about parcel {chain.parcel} are in the record\nsignature: {signed}")
    return DONE


def _proven(proof: Proof, proven: Proven) -> Mapping[str, object]:
    return {
        "epoch": proof.epoch,
        "seq": proof.seq,
        "entry": proof.entry.decode(),
        "origin": proven.checkpoint.origin,
        "size": proven.checkpoint.size,
        "root": proven.checkpoint.root.hex(),
        "signed_by": [str(each) for each in proven.signed_by],
    }
