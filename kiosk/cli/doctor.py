"""`kiosk doctor`: every device, the clock, storage and keys, with a remedy for each fault.

Holds the command and how its answer is told. It must not know what is looked at.
"""

import argparse
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, complain, print_json
from kiosk.config import Refusal, read_site

if TYPE_CHECKING:
    from kiosk.cli.common import Commands
    from kiosk.commissioning.checks import Check

EXAMPLE = """examples:
  kiosk doctor --config /etc/kiosk/kiosk.toml
  kiosk doctor --config /etc/kiosk/kiosk.toml --json

Changes nothing and moves no lock. Best run as the service's user. While the service runs its ports are its own, so
boards are asked only when it does not.
Exit code 0, 1 if anything is not well, 2 for a wrong call or settings that cannot be used."""


def register(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "doctor",
        help="examine every device, the clock, storage and keys",
        description="Examine every device, the clock, storage and keys, and say what would help.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", type=Path, required=True, help="the settings file")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from kiosk.cli.run import keys_of  # noqa: PLC0415 - heavy: --help answers without it
    from kiosk.commissioning.checks import all_ok  # noqa: PLC0415 - as above
    from kiosk.commissioning.doctor import examine_site  # noqa: PLC0415 - as above

    site = read_site(arguments.config)
    if isinstance(site, Refusal):
        return complain("\n".join(map(str, site.faults)))
    checks: list[Check] = []
    for check in examine_site(site, partial(keys_of, site.machine.secrets)):
        checks.append(check)
        if not arguments.json:
            _tell(check)
    ok = all_ok(checks)
    if arguments.json:
        print_json({"ok": ok, "checks": [asdict(check) for check in checks]})
    return DONE if ok else ANSWER_IS_NO


def _tell(check: "Check") -> None:
    print(f"{'well ' if check.ok else 'FAULT'}  {check.name}: {check.detail}", flush=True)
    if check.remedy:
        print(f"       {check.remedy}", flush=True)
