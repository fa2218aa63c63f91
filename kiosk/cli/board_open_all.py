"""`kiosk board open-all`: every door of the bank, one after the other.

Holds the command: the two persons it needs, and how the outcome is told. It must not know how a door is opened.
"""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, BadInput, add_command, answer_no, interrupted_once, print_json, say
from kiosk.cli.whose import check_person_and_reason, site_of, takes_config, takes_person

if TYPE_CHECKING:
    from kiosk.cli.common import Commands
    from kiosk.commissioning.opening_all import Asked

EXAMPLE = """examples:
  kiosk board open-all --config FILE --person "A. Tech" --second-person "B. Guard" --reason "moving out"
  kiosk board open-all --config FILE --person "A. Tech" --second-person "B. Guard" --reason "flood" --also-occupied

The service must not run. Two persons answer for it, and both stand in the record with each door. Doors open in the
order of the layout, one lock at a time, each resting as the policy says. A compartment that holds a parcel, or may hold
one, stays shut without --also-occupied; what is inside stays what it was. The command ends when every door is shut
again. After Ctrl-C the door under way is the last one; a second Ctrl-C ends at once, and doors that are open then are
Check from the next start on.
Exit code 0, 1 if a door stayed shut that was to open, 2 for a wrong call."""


def register(actions: "Commands") -> None:
    """Add the command to the parser of `kiosk board`."""
    parser = add_command(actions, "open-all", "open every door, one after the other", EXAMPLE, run)
    takes_config(parser)
    takes_person(parser)
    parser.add_argument("--second-person", metavar="NAME", required=True, help="who else answers for it")
    parser.add_argument("--also-occupied", action="store_true", help="even those in which something is or may be")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from kiosk.commissioning.opening_all import Order, open_all  # noqa: PLC0415 - heavy: --help answers without it
    from kiosk.commissioning.workshop import WorkshopError, workshop  # noqa: PLC0415 - as above
    from kiosk.ports import JournalError  # noqa: PLC0415 - as above

    site = site_of(arguments.config)
    persons = _both(arguments)
    try:
        with workshop(site) as shop, interrupted_once() as enough:
            asked = open_all(shop, Order(persons, arguments.reason, arguments.also_occupied), say, enough)
    except (WorkshopError, JournalError) as error:
        return answer_no(arguments, str(error), "kiosk board open-all")
    return _told(arguments, asked)


def _both(arguments: argparse.Namespace) -> str:
    check_person_and_reason(arguments)
    check_person_and_reason(arguments, names=("second_person",))
    first, second = arguments.person.strip(), arguments.second_person.strip()
    if first.casefold() == second.casefold():
        message = f"--second-person: somebody other than {first!r} is allowed"
        raise BadInput(message)
    return f"{first} and {second}"


def _told(arguments: argparse.Namespace, asked: "list[Asked]") -> int:
    shut = [each for each in asked if not each.opened]
    if arguments.json:
        print_json({"ok": not shut, "opened": len(asked) - len(shut), "doors": [asdict(each) for each in asked]})
    else:
        print(f"opened {len(asked) - len(shut)} of {len(asked)} doors")
        for each in shut:
            print(f"{each.compartment} stayed shut: {each.why}")
    return ANSWER_IS_NO if shut else DONE
