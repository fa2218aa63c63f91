"""`kiosk audit checkpoint` and `key`: what is kept elsewhere to verify a record by.

Holds the commands and what they print. It must not know how a signature is made.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.audit.given import record_at, takes_database
from kiosk.cli.common import DONE, BadInput, add_command, answer_no, print_json
from kiosk.core.notes import epoch_of, is_origin, origin_of
from kiosk.signing import SigningKeyError, load_signer, make_key

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

CHECKPOINT_EXAMPLE = """example:
  kiosk audit checkpoint /var/lib/locker/kiosk.db > /media/usb/checkpoint.txt

Keep it where nobody who can reach the kiosk can change it, and hand it to kiosk audit verify.
Exit code 0, 1 if there is no signed checkpoint, 2 for a wrong call."""
KEY_EXAMPLE = """examples:
  kiosk audit key /etc/kiosk/keys/signing-key --record lockers.example/kiosk-1 --new
  kiosk audit key /etc/kiosk/keys/signing-key --record lockers.example/kiosk-1

The record is named by the origin in kiosk.toml, a slash and the kiosk's id; by the id alone where no origin is set.
A key is never replaced by --new. Whoever verifies gets what is printed, at best at commissioning.
Exit code 0, or 2 for a wrong call."""


def register(actions: "Commands") -> None:
    """Add the commands to the parser."""
    command = add_command(actions, "checkpoint", "print the newest signed checkpoint", CHECKPOINT_EXAMPLE, checkpoint)
    takes_database(command)
    command = add_command(actions, "key", "print a signing key's verifier key, or make a new one", KEY_EXAMPLE, key)
    command.add_argument("file", metavar="FILE", type=Path, help="the signing key, PEM, mode 0400")
    command.add_argument("--record", metavar="NAME", required=True, help="such as lockers.example/kiosk-1")
    command.add_argument("--epoch", metavar="N", type=int, default=1, help="an epoch of the record; 1 if not given")
    command.add_argument("--new", action="store_true", help="make the key first; it must not be there")


def checkpoint(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from storage.proofs import newest_checkpoint  # noqa: PLC0415 - heavy: --help answers without it

    with record_at(arguments.db) as connection:
        note = newest_checkpoint(connection)
    if not note:
        return answer_no(arguments, f"{arguments.db}: nobody has signed this record yet")
    if arguments.json:
        print_json({"ok": True, "checkpoint": note})
    else:
        print(note, end="")
    return DONE


def key(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    origin = origin_of(arguments.record, arguments.epoch)
    if not epoch_of(origin) or not is_origin(origin):
        message = f"--record, --epoch: {origin} is no origin; no blank and no '+', and an epoch from 1 are allowed"
        raise BadInput(message)
    try:
        signer = make_key(arguments.file) if arguments.new else load_signer(arguments.file)
    except SigningKeyError as error:
        raise BadInput(str(error)) from error
    made = signer.verifier_key(origin)
    if arguments.json:
        print_json({"ok": True, "verifier_key": str(made)})
    else:
        print(made)
    return DONE
