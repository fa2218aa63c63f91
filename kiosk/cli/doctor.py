"""`kiosk doctor`: every device, the clock, storage and keys, with a remedy for each fault.

Holds the command and how its answer is told. It must not know what is looked at.
"""

import argparse
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, add_command, print_json
from kiosk.cli.whose import site_of, takes_config

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
    summary = "examine every device, the clock, storage and keys"
    takes_config(add_command(commands, "doctor", summary, EXAMPLE, run))


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from kiosk.cli.run import keys_of  # noqa: PLC0415 - heavy: --help answers without it
    from kiosk.commissioning.checks import all_ok  # noqa: PLC0415 - as above
    from kiosk.commissioning.doctor import examine_site  # noqa: PLC0415 - as above

    site = site_of(arguments.config)
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
