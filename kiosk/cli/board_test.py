"""`kiosk board test`: one lock opened again and again, with statistics.

Holds the command: what it was given, what it asks the person for, and how the outcome is told. It must not know how a
door is opened.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, BadInput, complain, print_json
from kiosk.cli.given import Given
from kiosk.config import Refusal, Site, read_site
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
LONGEST_TEXT = 200


def register(actions: "Commands") -> None:
    """Add the command to the parser of `kiosk board`."""
    parser = actions.add_parser(
        "test",
        help="try one lock, with statistics",
        description="Try one lock, with statistics. The service must not run.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", type=Path, required=True, help="the settings file")
    parser.add_argument("--compartment", metavar="LABEL", required=True, help="whose lock, such as A07")
    parser.add_argument("--person", metavar="NAME", required=True, help="who tries it; goes into the record")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why; goes into the record")
    parser.add_argument("--times", metavar="N", help=f"how often, 1 to {MOST_TIMES}; once if not given")
    parser.add_argument("--anyway", action="store_true", help="even if something is or may be inside")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from kiosk.commissioning.soak import soak, statistics_of  # noqa: PLC0415 - heavy: --help answers without it
    from kiosk.commissioning.workshop import WorkshopError, workshop  # noqa: PLC0415 - as above
    from kiosk.ports import JournalError  # noqa: PLC0415 - as above

    try:
        site = site_of(arguments.config)
        wish = _wish(arguments, site)
    except BadInput as error:
        return complain(f"kiosk board test: {error}")
    try:
        with workshop(site) as shop:
            cycles = soak(shop, wish, say)
    except (WorkshopError, JournalError) as error:
        return _no(arguments, str(error))
    return _told(arguments, cycles, statistics_of(cycles))


def site_of(path: Path) -> Site:
    """The site whose settings file is ``path``. Raises BadInput."""
    site = read_site(path)
    if isinstance(site, Refusal):
        raise BadInput("\n".join(map(str, site.faults)))
    return site


def check_person_and_reason(arguments: argparse.Namespace) -> None:
    """Both stay in the record for ever. Raises BadInput."""
    for name in ("person", "reason"):
        text = getattr(arguments, name)
        if not text.strip() or not text.isprintable() or len(text) > LONGEST_TEXT:
            message = f"--{name}: 1 to {LONGEST_TEXT} printable characters are allowed"
            raise BadInput(message)


def say(text: str) -> None:
    """To the person in front of the doors; standard output is for the outcome."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _wish(arguments: argparse.Namespace, site: Site) -> "Wish":
    from kiosk.commissioning.soak import Wish  # noqa: PLC0415 - heavy: --help answers without it

    check_person_and_reason(arguments)
    labels = [place.compartment for place in site.layout.places]
    given = Given.from_options({"compartment": arguments.compartment, "times": arguments.times})
    compartment = CompartmentId(given.one_of("compartment", labels))
    times = given.number("times", 1, MOST_TIMES, otherwise=1)
    return Wish(compartment, arguments.person, arguments.reason, times, anyway=arguments.anyway)


def _no(arguments: argparse.Namespace, sentence: str) -> int:
    if arguments.json:
        print_json({"ok": False, "error": sentence})
    else:
        complain(f"kiosk board test: {sentence}")
    return ANSWER_IS_NO


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
