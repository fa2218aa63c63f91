"""`kiosk`: what runs on the hardware, and what one types on it.

Holds the list of commands. It must not know what a command does.
"""

import sys
from collections.abc import Sequence

from kiosk.cli import audit, backup, board, config, doctor, erase, prune, run, scan, screens
from kiosk.cli.common import Parser, run_command

GROUPS = (run, config, doctor, scan, board, audit, backup, erase, prune, screens)
"""Every module of commands; each registers its own."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code: 0 done, 1 the answer is no, 2 wrong usage or input."""
    parser = Parser(
        prog="kiosk",
        description="The controller of a parcel-locker kiosk, and the tools to commission and examine one.",
        epilog="Every command has --help with an example.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for group in GROUPS:
        group.register(commands)
    return run_command(parser, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
