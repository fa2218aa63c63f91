"""`kiosk check-config`: whether a settings file and all that it names can be used, fault by fault.

Holds the command only. It must not know what is allowed where.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, WRONG_INPUT, print_json
from kiosk.config import Refusal, read_site, warnings_of

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

EXAMPLE = """example:
  kiosk check-config /etc/kiosk/kiosk.toml

Prints each fault as FILE: key: what is allowed.
Exit code 0 if there is none, 1 if there are faults, 2 if FILE cannot be read."""


def register(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check-config",
        help="validate a settings file and the files it names",
        description="Validate a settings file, and the layout, policy and directory that it names. Opens no device.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the settings file, usually kiosk.toml")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output: ok, errors")
    parser.set_defaults(run=check_config)


def check_config(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    path: Path = arguments.file
    site = read_site(path)
    faults = [str(fault) for fault in site.faults] if isinstance(site, Refusal) else []
    if arguments.json:
        print_json({"ok": not faults, "errors": faults})
    else:
        sys.stderr.writelines(f"{fault}\n" for fault in faults)
    if isinstance(site, Refusal):
        return WRONG_INPUT if site.unreadable else ANSWER_IS_NO
    sys.stderr.writelines(f"warning: {warning}\n" for warning in warnings_of(path, site.machine))
    if not arguments.json:
        sys.stdout.write(f"{path}: everything is in order\n")
    return DONE
