"""`kiosk prune`: closed epochs deleted, once they are old and somebody holds elsewhere what they were.

Holds the command and what must be so before anything goes. It must not know how an epoch is deleted.
"""

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.cli.audit.given import held_in, keys_of, takes_checkpoints, takes_vkey, verdict_on
from kiosk.cli.common import DONE, BadInput, add_command, answer_no, complain, print_json
from kiosk.cli.stopped import NotDoneError, commit, only_new_copies, out_of_reach, record_of, stamp_of, write_anew
from kiosk.cli.whose import check_person_and_reason, site_of, takes_config, takes_person
from kiosk.core.entries import EpochsDeleted, Stamp
from kiosk.core.retention import is_due

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.cli.common import Commands
    from kiosk.core.notes import VerifierKey
    from storage.audit import Epoch, Verdict
    from storage.examine import Sound
    from storage.marks import Held

EXAMPLE = """example:
  kiosk backup /var/lib/locker/kiosk.db --out /media/usb/kiosk-1.db
  kiosk prune 2 --config /etc/kiosk/kiosk.toml --checkpoint kept-in-march.txt \\
      --person "A. Janitor" --reason "kept for ten years at the office"

Deletes every entry of the epochs up to this one: what a card has no room for, or what may not be kept for longer. They
must be closed (a year is over, or the record was restored), older than record_retention_days, without anything personal
left in them, and below a checkpoint that is held elsewhere: this one shows later what they were, so keep it, and keep a
copy of the record if its entries may be asked for. Stop the service before. What the entries added up to stays in their
place, the record can still be verified, and who deleted them and why stays in it for ever. Snapshots are made anew; if
that was cut off, prune again.
Exit code 0, 1 if the epochs have to stay, 2 for a wrong call."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants which epochs to go, and why."""

    up_to: int
    person: str
    reason: str


def register(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "prune", "delete old closed epochs", EXAMPLE, run)
    parser.add_argument("up_to", metavar="EPOCH", type=int, help="the last epoch to go")
    takes_config(parser)
    takes_checkpoints(parser, required=True)
    takes_vkey(parser)
    takes_person(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    check_person_and_reason(arguments)
    if arguments.up_to < 1:
        message = "EPOCH: a number from 1 is allowed"
        raise BadInput(message)
    keys = keys_of(arguments.vkey)
    held = held_in(arguments.checkpoint, keys)
    site = site_of(arguments.config)
    try:
        with record_of(site) as sound:
            verdict = _verified(sound, held, keys)
            order = Order(arguments.up_to, arguments.person, arguments.reason)
            entries = prune(sound, verdict, order, stamp_of(site, sound), site.policy.record_retention_days)
            copies = only_new_copies(site, sound.database.path)
    except NotDoneError as error:
        return answer_no(arguments, str(error))
    return _told(arguments, entries, copies, out_of_reach(site))


def _told(arguments: argparse.Namespace, entries: int, copies: "Sequence[str]", elsewhere: str) -> int:
    if arguments.json:
        told = {"ok": True, "up_to": arguments.up_to, "entries": entries, "snapshots": list(copies)}
        print_json(told | {"out_of_reach": elsewhere})
        return DONE
    kept = " and ".join(copies)
    print(f"deleted: {entries} entries of the epochs up to {arguments.up_to}; of snapshots only {kept} is left")
    if elsewhere:
        complain(f"{elsewhere} is not there: copies on it still hold them")
    return DONE


def _verified(sound: "Sound", held: "tuple[tuple[Held, str], ...]", keys: "tuple[VerifierKey, ...]") -> "Verdict":
    from storage.record_file import record_file  # noqa: PLC0415 - heavy: --help answers without it

    with record_file(sound.database.path) as connection:
        verdict = verdict_on(connection, held, keys)
    if verdict.faults:
        message = f"{sound.database.path}: {verdict.faults[0]}"
        raise NotDoneError(message)
    return verdict


def prune(sound: "Sound", verdict: "Verdict", order: Order, stamp: Stamp, days: int) -> int:
    """Delete the epochs up to the one of the order; how many entries they had. Raises NotDoneError if the verdict on
    the record does not let them go, or the last of them did not end so many days ago.
    """
    going = _going(verdict, order.up_to)
    if going:
        _delete(sound, going[-1], order, stamp, days)
    write_anew(sound)
    return sum(each.entries for each in going)


def _going(verdict: "Verdict", up_to: int) -> "list[Epoch]":
    """The epochs that would go; none if they are gone and only their copies may be left. Raises NotDoneError."""
    if any(each.epoch == up_to and each.deleted for each in verdict.epochs):
        return []
    newest = verdict.epochs[-1].epoch
    if up_to >= newest:
        message = f"epoch {up_to} is not closed: the record goes on in epoch {newest}"
        raise NotDoneError(message)
    going = [each for each in verdict.epochs if each.epoch <= up_to and not each.deleted]
    if not going or going[-1].epoch != up_to:
        message = f"the record has no epoch {up_to}"
        raise NotDoneError(message)
    for each in going:
        if verdict.protected[each.epoch] < each.entries:
            message = f"no checkpoint that was given covers the whole of epoch {each.epoch}"
            raise NotDoneError(message)
    return going


def _delete(sound: "Sound", last: "Epoch", order: Order, stamp: Stamp, days: int) -> None:
    from storage.closings import digest_of  # noqa: PLC0415 - as above
    from storage.deletion import closing_at  # noqa: PLC0415 - as above
    from storage.queries import epoch_ended  # noqa: PLC0415 - as above

    ended = epoch_ended(sound.database, last.epoch)
    if ended is None or not is_due(ended, stamp, days):
        message = f"epoch {last.epoch} did not surely end {days} days ago, which record_retention_days asks for"
        raise NotDoneError(message)
    with sound.database.reader.begin() as connection:
        books = closing_at(connection, last.epoch)
    body = EpochsDeleted(last.epoch, last.entries, last.root.hex(), digest_of(books), order.person, order.reason)
    commit(sound, stamp, [body])
