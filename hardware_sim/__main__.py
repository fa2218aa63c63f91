"""`kiosk-sim`: what runs on a desk, without any hardware.

Holds the list of commands. It must not know what a command does.
"""

import sys
from collections.abc import Sequence

from hardware_sim import demo
from hardware_sim.soak import command as soak
from kiosk.cli.common import Parser, run_command

GROUPS = (demo, soak)
"""Every module of commands; each registers its own."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code: 0 done, 1 the answer is no, 2 wrong usage or input."""
    parser = Parser(
        prog="kiosk-sim",
        description="A parcel-locker kiosk without hardware: its boards, doors and people are simulated.",
        epilog="Every command has --help with an example, such as kiosk-sim demo --help.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for group in GROUPS:
        group.register(commands)
    return run_command(parser, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
