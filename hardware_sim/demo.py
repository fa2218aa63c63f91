"""`kiosk-sim demo`: a whole kiosk to look at, on any computer.

Holds the command only: its arguments, and where the kiosk's files go. It must not know what is told.
"""

import argparse
import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, complain

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

EXAMPLE = """examples:
  kiosk-sim demo
  kiosk-sim demo --story --seed 7
  kiosk-sim demo --keep story
  NO_COLOR=1 kiosk-sim demo | less

So far the story is all that there is to see: demo tells it with or without --story. It takes a second, as its time is
simulated, and is the same for the same seed.
Exit code 0, 1 if something that it claims does not hold, 2 for a wrong call."""


def register(commands: "Commands") -> None:
    """Add the command to the parser."""
    demo = commands.add_parser(
        "demo",
        help="see a kiosk at work",
        description="See a whole kiosk at work: one parcel brought and collected, and a lock that is stuck on the way.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    demo.add_argument(
        "--story",
        action="store_true",
        help="tell it in the terminal, with the frames on the wire, the doors and the entries of the record",
    )
    demo.add_argument("--seed", metavar="N", type=int, default=0, help="another run of chance, 0 if not given")
    demo.add_argument(
        "--keep", metavar="DIR", type=Path, help="leave the kiosk's files in DIR, which must be empty or not exist yet"
    )
    demo.set_defaults(run=tell)


def tell(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from hardware_sim.story import tell_story  # noqa: PLC0415 - heavy, and no wrong call needs it

    keep: Path | None = arguments.keep
    if keep is not None and (fault := _unfit(keep)):
        return complain(f"kiosk-sim demo: --keep {keep}: {fault}")
    with tempfile.TemporaryDirectory() if keep is None else nullcontext(keep) as directory:
        proved = tell_story(Path(directory), sys.stdout, arguments.seed)
    if keep is not None:
        print(f"The kiosk's files are in {keep}, its record is {keep / 'data' / 'kiosk.db'}.")
    return DONE if proved else ANSWER_IS_NO


def _unfit(directory: Path) -> str:
    """Make the directory if need be; what keeps it from being used, or nothing."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            return "the directory is not empty"
    except OSError as error:
        return f"a directory that can be made and written is needed: {error.strerror}"
    return "" if os.access(directory, os.W_OK) else "the directory cannot be written"
