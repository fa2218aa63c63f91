"""`kiosk audit`: the record verified, entries proved, and the key that signs.

Holds the list of its commands, none of which writes to a record. It must not know what a command does.
"""

from typing import TYPE_CHECKING

from kiosk.cli.audit import export, proofs, signing, verify

if TYPE_CHECKING:
    from kiosk.cli.common import Commands


def register(commands: "Commands") -> None:
    """Add the commands to the parser."""
    audit = commands.add_parser("audit", help="verify the record", description="Verify the record.")
    actions = audit.add_subparsers(metavar="ACTION", required=True)
    for group in (verify, proofs, export, signing):
        group.register(actions)
