"""`kiosk audit export`: one parcel's chain of custody with proofs, for a dispute or for the authorities.

Holds the command. It must not know which entries are a parcel's, nor what the page looks like.
"""

import argparse
import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.audit.bundle import JSON_MEMBER, LABEL_MEMBER, PAGE_MEMBER, write_bundle
from kiosk.cli.audit.given import record_at, takes_database
from kiosk.cli.audit.page import page_of
from kiosk.cli.common import DONE, BadInput, add_command, answer_no, print_json
from kiosk.core.chains import Chain, check_chain
from kiosk.core.ids import ParcelId
from kiosk.core.proofs import ProofError
from kiosk.signing import check_signature

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

EXAMPLE = """examples:
  kiosk audit export /var/lib/locker/kiosk.db --tracking-number 1Z5R89390357567127 --out dispute.zip
  kiosk audit check-proof dispute.zip --vkey lockers.example/kiosk-1/e1+…

The bundle is a ZIP file of custody.html, to be read, and custody.json: each entry about the parcel or an opening made
for it, the proof that it is in the record, and the parcel's own unit and tracking number unless they are erased; and of
label.jpg, if the label was photographed and its picture is still there. Of other parcels it holds hashes. Residents and
couriers appear by their ids.
Exit code 0, 1 if there is no such parcel, 2 for a wrong call."""


def register(actions: "Commands") -> None:
    """Add the command to the parser."""
    command = add_command(actions, "export", "write one parcel's chain of custody with proofs", EXAMPLE, export)
    takes_database(command)
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--parcel", metavar="ID", help="the parcel's id in the record")
    which.add_argument("--tracking-number", metavar="N", help="the number on its label")
    command.add_argument("--out", metavar="FILE", type=Path, required=True, help="the bundle; it must not be there")


def export(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    try:
        chain = _chain(arguments)
        shown = check_chain(chain, (), check_signature)
    except ProofError as error:
        return answer_no(arguments, f"{arguments.db}: {error}")
    label = _label(arguments.db, chain)
    content, page = json.dumps(chain.fields, indent=1) + "\n", page_of(chain, shown, label=bool(label))
    members = {JSON_MEMBER: content.encode(), PAGE_MEMBER: page.encode(), **({LABEL_MEMBER: label} if label else {})}
    write_bundle(arguments.out, members)
    if arguments.json:
        print_json({"ok": True, "parcel": chain.parcel, "steps": len(shown), "file": str(arguments.out)})
    else:
        print(f"{arguments.out}: {len(shown)} entries about parcel {chain.parcel}")
    return DONE


def _chain(arguments: argparse.Namespace) -> Chain:
    from storage.custody import chain_of, parcels_with  # noqa: PLC0415 - heavy: --help answers without it

    with record_at(arguments.db) as connection:
        if arguments.parcel is not None:
            return chain_of(connection, ParcelId(arguments.parcel))
        found = parcels_with(connection, arguments.tracking_number)
        if len(found) > 1:
            message = f"--tracking-number: {len(found)} parcels carry it; --parcel says which: {', '.join(found)}"
            raise BadInput(message)
        if not found:
            message = "there is no parcel of this tracking number, or it is erased"
            raise ProofError(message)
        return chain_of(connection, found[0])


def _label(record: Path, chain: Chain) -> bytes:
    """The picture of the parcel's label, as it is kept beside the record; empty if there is none, or it is another."""
    from storage.photos import photo_at, photos_beside  # noqa: PLC0415 - heavy: --help answers without it

    private = [json.loads(step.revealed.private) for step in chain.steps if step.revealed is not None]
    photo = next((str(each["photo"]) for each in private if each.get("photo")), "")
    if not photo:
        return b""
    try:
        jpeg = photo_at(photos_beside(record), photo).read_bytes()
    except OSError:
        return b""
    return jpeg if sha256(jpeg).hexdigest() == photo else b""
