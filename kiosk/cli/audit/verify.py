"""`kiosk audit verify`: the whole record recomputed from its file.

Holds the command and what it prints. It must not know how a tree is hashed or a signature checked.
"""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from kiosk.cli.audit.given import (
    held_in,
    keys_of,
    record_at,
    takes_checkpoints,
    takes_database,
    takes_vkey,
    verdict_on,
)
from kiosk.cli.common import ANSWER_IS_NO, DONE, add_command, print_json

if TYPE_CHECKING:
    from kiosk.cli.common import Commands
    from storage.audit import Verdict

EXAMPLE = """examples:
  kiosk audit verify /var/lib/locker/kiosk.db
  kiosk audit verify copy.db --vkey lockers.example/kiosk-1/e1+… --checkpoint kept-in-march.txt --json

DB is a kiosk's database, also one that a kiosk is writing to; it is only read. Everything is recomputed from it: each
entry's place, every tree, every checkpoint, what is attached. A verifier key counts for every epoch of its record.
A checkpoint held elsewhere (a file with the signed note, see kiosk audit checkpoint) is what protects against somebody
who has the database and the signing key: entries after it could be others, and that number is told.
Exit code 0, 1 if anything is not as it was recorded, 2 for a wrong call."""


def register(actions: "Commands") -> None:
    """Add the command to the parser."""
    command = add_command(actions, "verify", "recompute the whole record from its file", EXAMPLE, verify)
    takes_database(command)
    takes_vkey(command)
    takes_checkpoints(command)


def verify(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    keys = keys_of(arguments.vkey)
    held = held_in(arguments.checkpoint, keys)

    with record_at(arguments.db) as connection:
        verdict = verdict_on(connection, held, keys)
    if arguments.json:
        print_json(_fields(verdict, signatures=bool(keys), held=len(held)))
    else:
        print("\n".join(_lines(verdict, signatures=bool(keys), held=len(held))))
    return ANSWER_IS_NO if verdict.faults else DONE


def _fields(verdict: "Verdict", *, signatures: bool, held: int) -> Mapping[str, object]:
    faults = [asdict(fault) | {"text": str(fault)} for fault in verdict.faults]
    return {
        "ok": not faults,
        "entries": verdict.entries,
        "epochs": [
            {
                "epoch": epoch.epoch,
                "entries": epoch.entries,
                "root": epoch.root.hex() or None,
                "checkpoints": epoch.checkpoints,
                "covered": epoch.covered,
                "held_elsewhere": epoch.held,
                "deleted": epoch.deleted,
            }
            for epoch in verdict.epochs
        ],
        "root": (verdict.epochs[-1].root.hex() or None) if verdict.epochs else None,
        "first_bad": faults[0] if faults else None,
        "faults": faults,
        "unprotected_tail": verdict.unprotected_tail,
        "unsigned_tail": verdict.unsigned_tail,
        "signatures_checked": signatures,
        "checkpoints_held_elsewhere": held,
    }


def _lines(verdict: "Verdict", *, signatures: bool, held: int) -> list[str]:
    lines = [
        f"epoch {epoch.epoch}: deleted, its root was {epoch.root.hex()}"
        if epoch.deleted
        else f"epoch {epoch.epoch}: {epoch.entries} entries, root {epoch.root.hex() or 'not known'}, "
        f"{epoch.checkpoints} checkpoints, the newest over {epoch.covered}"
        for epoch in verdict.epochs
    ]
    lines.append("signatures: checked" if signatures else "signatures: not checked; --vkey says whose they must be")
    lines.append(f"signed: all but the last {verdict.unsigned_tail} entries")
    elsewhere = "held elsewhere" if held else "held elsewhere: --checkpoint names one"
    lines.append(f"not protected: {verdict.unprotected_tail} entries are not covered by a checkpoint {elsewhere}")
    lines += [f"fault: {fault}" for fault in verdict.faults]
    if verdict.faults:
        lines.append(f"NOT the record as it was written: first bad: {verdict.faults[0]}")
    else:
        lines.append(f"ok: {verdict.entries} entries are as they were written")
    return lines
