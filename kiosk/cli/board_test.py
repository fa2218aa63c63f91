"""`kiosk board test`: one lock opened again and again, with statistics.

Holds the command: what it was given, what it asks the person for, and how the outcome is told. It must not know how a
door is opened.
"""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, add_command, answer_no, print_json, say
from kiosk.cli.given import Given
from kiosk.cli.whose import check_person_and_reason, site_of, takes_config, takes_person
from kiosk.config import Site
from kiosk.core.ids import CompartmentId

if TYPE_CHECKING:
    from kiosk.cli.common import Commands
    from kiosk.commissioning.soak import Cycle, Statistics, Wish

EXAMPLE = """examples:
  kiosk board test --config /etc/kiosk/kiosk.toml --compartment A07 --person "A. Tech" --reason "new lock"
  kiosk board test --config /etc/kiosk/kiosk.toml --compartment A07 --times 20 --person "A. Tech" --reason "soak" --json

The service must not run. Each pulse is in the record before it leaves, with the person and the reason, and what the
contact did after it; the lock rests as the policy says. Shut the door whenever the command asks for it. The first
failure ends the test. A compartment that holds a parcel, or may hold one, stays shut without --anyway.
Exit code 0, 1 if the lock failed or may not be tried now, 2 for a wrong call."""
MOST_TIMES = 1000


def register(actions: "Commands") -> None:
    """Add the command to the parser of `kiosk board`."""
    parser = add_command(actions, "test", "try one lock, with statistics", EXAMPLE, run)
    takes_config(parser)
    parser.add_argument("--compartment", metavar="LABEL", required=True, help="whose lock, such as A07")
    takes_person(parser)
    parser.add_argument("--times", metavar="N", help=f"how often, 1 to {MOST_TIMES}; once if not given")
    parser.add_argument("--anyway", action="store_true", help="even if something is or may be inside")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from kiosk.commissioning.soak import soak, statistics_of  # noqa: PLC0415 - heavy: --help answers without it
    from kiosk.commissioning.workshop import WorkshopError, workshop  # noqa: PLC0415 - as above
    from kiosk.ports import JournalError  # noqa: PLC0415 - as above

    site = site_of(arguments.config)
    wish = _wish(arguments, site)
    try:
        with workshop(site) as shop:
            cycles = soak(shop, wish, say)
    except (WorkshopError, JournalError) as error:
        return answer_no(arguments, str(error), "kiosk board test")
    return _told(arguments, cycles, statistics_of(cycles))


def _wish(arguments: argparse.Namespace, site: Site) -> "Wish":
    from kiosk.commissioning.soak import Wish  # noqa: PLC0415 - heavy: --help answers without it

    check_person_and_reason(arguments)
    labels = [place.compartment for place in site.layout.places]
    given = Given.from_options({"compartment": arguments.compartment, "times": arguments.times})
    compartment = CompartmentId(given.one_of("compartment", labels))
    times = given.number("times", 1, MOST_TIMES, otherwise=1)
    return Wish(compartment, arguments.person, arguments.reason, times, anyway=arguments.anyway)


def _told(arguments: argparse.Namespace, cycles: "list[Cycle]", total: "Statistics") -> int:
    ok = not total.failures
    if arguments.json:
        each = [asdict(cycle) for cycle in cycles]
        print_json({"ok": ok, "compartment": arguments.compartment, **asdict(total), "openings": each})
    else:
        _tell(arguments.compartment, total)
    return DONE if ok else ANSWER_IS_NO


def _tell(compartment: str, total: "Statistics") -> None:
    print(f"{compartment}: opened {total.opened} of {total.cycles} times, {total.retries} pulses more than one each")
    if total.opened:
        print(f"from pulse to open: {total.fastest_ms} to {total.slowest_ms} ms, half within {total.median_ms} ms")
    print(f"the contact bounced {total.bounces} times, as far as it was read")
    for reason, count in total.failures.items():
        print(f"failed {count} times: {reason}")
