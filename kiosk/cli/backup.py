"""`kiosk backup` and `kiosk restore`: a whole copy of the record, and a copy that becomes the record.

Holds the commands and what they print. It must not know how a copy is made, nor what a restored record means.
"""

import argparse
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import DONE, BadInput, add_command, answer_no, give_way, print_json
from kiosk.cli.whose import check_person_and_reason, site_of, takes_config, takes_person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk.cli.common import Commands
    from storage.restore import Restored

BACKUP_EXAMPLE = """example:
  kiosk backup /var/lib/locker/kiosk.db --out /media/stick/kiosk-1.db

While the kiosk runs or not. The copy is one file, checked, and durable before it has its name. It holds personal data.
Exit code 0, 1 if the record is not sound, 2 for a wrong call."""
RESTORE_EXAMPLE = """example:
  kiosk restore /media/stick/kiosk-1.db --config /etc/kiosk/kiosk.toml --person "M. Stein" --reason "new card"

The kiosk must be stopped. The copy becomes the record in a new epoch, which names who restored it and why. Nobody knows
what happened after the copy was made: every compartment is Check, and no code of the copy opens anything until a person
has looked. The record before it is kept beside it.
Exit code 0, 1 if the copy is not good or the kiosk runs, 2 for a wrong call."""


def register(commands: "Commands") -> None:
    """Add the commands to the parser."""
    backup = add_command(commands, "backup", "copy the record", BACKUP_EXAMPLE, run_backup)
    backup.add_argument("db", metavar="DB", type=Path, help="the record of a kiosk")
    backup.add_argument("--out", metavar="FILE", type=Path, required=True, help="the copy; it must not be there")
    summary = "make a copy the record, in a new epoch"
    restore = add_command(commands, "restore", summary, RESTORE_EXAMPLE, run_restore)
    restore.add_argument("snapshot", metavar="SNAPSHOT", type=Path, help="the copy")
    takes_config(restore)
    takes_person(restore)


# --- backup ---


def run_backup(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - heavy: --help answers without it

    from storage import snapshots  # noqa: PLC0415 - as above

    path, out = arguments.db, arguments.out
    _refuse_unless_possible(path, out)
    give_way()
    try:
        copied = snapshots.copy_to(path, out)
    except (sqlite3.Error, SQLAlchemyError, ValueError) as error:
        return answer_no(arguments, f"{path}: no copy: {error}")
    except OSError as error:
        message = f"{out}: cannot be written: {error.strerror}"
        raise BadInput(message) from error
    if arguments.json:
        print_json({"ok": True, "file": str(out), "epoch": copied.epoch, "entries": copied.size})
    else:
        print(f"{out}: the record up to entry {copied.size - 1} of epoch {copied.epoch}")
    return DONE


def _refuse_unless_possible(path: Path, out: Path) -> None:
    if not path.is_file():
        message = f"{path}: is no file"
    elif out.exists():
        message = f"--out: {out} is there already; a name that is free is allowed"
    elif not out.parent.is_dir():
        message = f"--out: the directory {out.parent} does not exist"
    else:
        return
    raise BadInput(message)


# --- restore ---


def run_restore(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    from kiosk.wiring.boot import database_path  # noqa: PLC0415 - heavy: --help answers without it
    from storage.claim import ClaimedError, claim  # noqa: PLC0415 - as above
    from storage.examine import Expected  # noqa: PLC0415 - as above
    from storage.restore import NotRestored, Order, restore  # noqa: PLC0415 - as above

    if not arguments.snapshot.is_file():
        message = f"{arguments.snapshot}: is no file"
        raise BadInput(message)
    check_person_and_reason(arguments)
    site = site_of(arguments.config)
    path = database_path(site)
    try:
        with claim(path):
            order = Order(arguments.person, arguments.reason)
            done = restore(arguments.snapshot, path, Expected(site.machine.identity.kiosk), order)
    except ClaimedError as error:
        return answer_no(arguments, str(error))
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise BadInput(message) from error
    if isinstance(done, NotRestored):
        return answer_no(arguments, done.reason)
    _tell(arguments, done)
    return DONE


def _tell(arguments: argparse.Namespace, done: "Restored") -> None:
    aside = "" if done.set_aside is None else str(done.set_aside)
    if arguments.json:
        told: Mapping[str, object] = {**asdict(done), "set_aside": aside}
        print_json({"ok": True, **told})
        return
    print(f"restored: {done.entries} entries of epoch {done.previous_epoch}; epoch {done.epoch} begins")
    print(f"{done.checked} compartments are Check: nobody knows what is inside until a person has looked")
    print(f"{done.suspended} codes open nothing until then")
    if aside:
        print(f"the record before it: {aside}")
