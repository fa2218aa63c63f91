"""`kiosk board learn`: which door each lock output opens, which contact is whose, and in which sense.

Holds the command: what it was given, the questions to the person, and how the outcome is told. It must not know how a
door is opened, nor what a contact's change means.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, BadInput, add_command, answer_no, print_json, say
from kiosk.cli.given import Given, shown
from kiosk.cli.whose import check_person_and_reason, site_of, takes_config, takes_person
from kiosk.config import Site
from kiosk.core.ids import CompartmentId
from kiosk.core.layout import Output, Place

if TYPE_CHECKING:
    from kiosk.cli.common import Commands
    from kiosk.commissioning.learning import Learned

SAID_BY = "kiosk board learn"
EXAMPLE = """examples:
  kiosk board learn --config /etc/kiosk/kiosk.toml --person "A. Tech" --reason "new bank" --out layout-learned.toml
  kiosk board learn --config /etc/kiosk/kiosk.toml --person "A. Tech" --reason "new contact" --compartment A07

The service must not run, and every door must be shut. Opens lock after lock; type the label of the door that is open,
or nothing if none is, then shut it. With --compartment only that lock, which shows its contact and its sense. The
layout is written to a new file, never over one, if all of it was seen; what is to be changed in the settings is told.
Each pulse is in the record before it leaves, with the person and the reason. What holds or may hold a parcel stays shut
without --anyway.
Exit code 0, 1 if anything was not as it should be or may not be opened now, 2 for a wrong call."""


class EndOfAnswersError(Exception):
    """Nobody answers any more."""


def register(actions: "Commands") -> None:
    """Add the command to the parser of `kiosk board`."""
    summary = "find out which channel, contact and sense belong to which door"
    parser = add_command(actions, "learn", summary, EXAMPLE, run)
    takes_config(parser)
    takes_person(parser)
    parser.add_argument("--compartment", metavar="LABEL", help="only the lock of this one, such as A07")
    parser.add_argument("--out", metavar="FILE", type=Path, help="the learned layout; it must not be there")
    parser.add_argument("--anyway", action="store_true", help="even if something is or may be inside")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from kiosk.commissioning.learning import Who, learn  # noqa: PLC0415 - heavy: --help answers without it
    from kiosk.commissioning.workshop import WorkshopError, workshop  # noqa: PLC0415 - as above
    from kiosk.ports import JournalError  # noqa: PLC0415 - as above

    site = site_of(arguments.config)
    places = _places(arguments, site)
    who = Who(arguments.person, arguments.reason, anyway=arguments.anyway)
    try:
        with workshop(site, blind=True) as shop:
            found = learn(shop, places, who, ask, say)
    except EndOfAnswersError:
        return answer_no(arguments, "nobody answered which door is open, so nothing was learned", SAID_BY)
    except (WorkshopError, JournalError) as error:
        return answer_no(arguments, str(error), SAID_BY)
    return _told(arguments, site, found)


def _places(arguments: argparse.Namespace, site: Site) -> tuple[Place, ...]:
    """Whose locks are opened."""
    check_person_and_reason(arguments)
    if arguments.compartment is None:
        if arguments.out is not None and (arguments.out.exists() or not arguments.out.parent.is_dir()):
            message = f"--out: a new file in a directory that exists is allowed, not {arguments.out}"
            raise BadInput(message)
        return site.layout.places
    given = Given.from_options({"compartment": arguments.compartment})
    labels = [place.compartment for place in site.layout.places]
    place = site.layout.place(CompartmentId(given.one_of("compartment", labels)))
    if arguments.out is not None:
        message = "--out: a layout is written after the walk through the whole bank only; leave --compartment out"
        raise BadInput(message)
    return (place,)


def ask(output: Output, left: tuple[CompartmentId, ...]) -> CompartmentId | None:
    """Which door is open now; asked until the answer is one of those that are left, or nothing."""
    while True:
        sys.stderr.write(f"which door is open? (channel {output.channel} of board {output.board}; nothing if none) ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise EndOfAnswersError
        text = line.strip()
        if not text or text in left:
            return CompartmentId(text) if text else None
        say(f"one of {', '.join(left)} is allowed, not {shown(text)}")


def _told(arguments: argparse.Namespace, site: Site, found: "list[Learned]") -> int:
    from kiosk.commissioning.layout_file import write_layout  # noqa: PLC0415 - heavy: --help answers without it
    from kiosk.commissioning.learning import learned_layout, polarity_advice  # noqa: PLC0415 - as above

    advice = polarity_advice(site.machine, found)
    layout = learned_layout(site.layout, found) if arguments.compartment is None else None
    written = ""
    if layout is not None and arguments.out is not None:
        try:
            write_layout(layout, arguments.out)
        except OSError as error:
            return answer_no(arguments, f"{arguments.out}: {error.strerror}", SAID_BY)
        written = str(arguments.out)
    ok = not any(each.trouble for each in found) or (layout is not None)
    if arguments.json:
        rows = [_row(each) for each in found]
        print_json({"ok": ok, "outputs": rows, "settings": advice, "layout": written})
    else:
        _tell(found, advice, written)
    return DONE if ok else ANSWER_IS_NO


def _row(learned: "Learned") -> Mapping[str, object]:
    contact = learned.contact
    return {
        "board": learned.output.board,
        "channel": learned.output.channel,
        "compartment": learned.opened,
        "contact_board": None if contact is None else contact.board,
        "contact_channel": None if contact is None else contact.channel,
        "inverted": learned.inverted,
        "trouble": learned.trouble,
    }


def _tell(found: "list[Learned]", advice: list[str], written: str) -> None:
    for each in found:
        contact = "" if each.contact is None else f", contact: channel {each.contact.channel} of {each.contact.board}"
        sense = " in the opposite sense" if each.inverted else ""
        trouble = f"; {each.trouble}" if each.trouble else ""
        at = f"board {each.output.board} channel {each.output.channel}"
        print(f"{at}: {each.opened or 'no door'}{contact}{sense}{trouble}")
    for line in advice:
        print(f"in the settings, {line}")
    if written:
        print(f"the layout is in {written}")
