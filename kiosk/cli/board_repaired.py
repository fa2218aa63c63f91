"""`kiosk board repaired`: a person says that a lock and its contact are in order again, and it takes parcels once more.

Holds the command. It must not know what was wrong, nor judge it: a person's word ends what only a person may end.
"""

import argparse
from typing import TYPE_CHECKING

from kiosk.cli.common import DONE, add_command, answer_no, print_json
from kiosk.cli.given import Given
from kiosk.cli.whose import check_person_and_reason, site_of, takes_config, takes_person
from kiosk.core import entries as e
from kiosk.core.events import Repaired
from kiosk.core.ids import CompartmentId

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

EXAMPLE = """examples:
  kiosk board repaired --config /etc/kiosk/kiosk.toml --compartment A07 --person "A. Tech" --reason "new lock"

The service must not run. Try the lock first: kiosk board test. The person and the reason stand in the record. What is
inside stays what it was: a compartment that is Check stays Check.
Exit code 0, 1 if nothing is wrong with the compartment or nothing can be recorded, 2 for a wrong call."""


def register(actions: "Commands") -> None:
    """Add the command to the parser of `kiosk board`."""
    parser = add_command(actions, "repaired", "end a work order: lock and contact are in order", EXAMPLE, run)
    takes_config(parser)
    parser.add_argument("--compartment", metavar="LABEL", required=True, help="which one, such as A07")
    takes_person(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from kiosk.commissioning.workshop import WorkshopError, workshop  # noqa: PLC0415 - heavy: --help answers without it
    from kiosk.ports import JournalError  # noqa: PLC0415 - as above

    site = site_of(arguments.config)
    check_person_and_reason(arguments)
    labels = [place.compartment for place in site.layout.places]
    name = CompartmentId(Given.from_options({"compartment": arguments.compartment}).one_of("compartment", labels))
    try:
        with workshop(site) as shop:
            shop.post(Repaired(name, arguments.person, arguments.reason))
            recorded = [entry.body for entry in shop.recorded]
    except (WorkshopError, JournalError) as error:
        return answer_no(arguments, str(error), "kiosk board repaired")
    refused = next((body for body in recorded if isinstance(body, e.MaintenanceRefused)), None)
    if refused is not None:
        return answer_no(arguments, f"{name}: {refused.why}", "kiosk board repaired")
    return _told(arguments, name)


def _told(arguments: argparse.Namespace, name: CompartmentId) -> int:
    if arguments.json:
        print_json({"ok": True, "compartment": name})
    else:
        print(f"{name} is in order again: it takes parcels, unless somebody has to look inside first")
    return DONE
