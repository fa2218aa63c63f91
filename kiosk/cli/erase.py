"""`kiosk erase`: everything personal of one resident, out of the record and every copy of it that the kiosk keeps.

Holds the command. It must not know which entries are a resident's, nor how they are deleted.
"""

import argparse
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, add_command, answer_no, complain, print_json
from kiosk.cli.whose import check_person_and_reason, site_of, takes_config, takes_person
from kiosk.config import DocumentError, Site, directory_from_json
from kiosk.core.directory import Directory
from kiosk.core.entries import Entry, PersonalDataErased, Stamp
from kiosk.core.ids import ResidentId
from kiosk.core.retention import REQUEST, Erasable, erasures

if TYPE_CHECKING:
    from kiosk.cli.common import Commands
    from storage.erasure import OfResident
    from storage.examine import Sound

EXAMPLE = """example:
  kiosk erase R-0017 --config /etc/kiosk/kiosk.toml --person "A. Janitor" --reason "asked for by letter"

RESIDENT is the id in the directory. Take the resident out of the directory's file and start the kiosk once, then stop
the service and erase. What goes: unit, number and code of their finished parcels, sealed notices, look-ups of their
unit, old versions of the directory; then the file is written anew, a new snapshot is taken, also in `snapshot_copy`
if that is there, and all older snapshots and copies are removed. What stays: the entries themselves, under the
resident's id, so that the record can still be verified. --person and --reason stay in the record for ever: no name or
unit of the resident in them.
Exit code 0, 1 if something stays that cannot be erased yet or the resident is not known, 2 for a wrong call."""


class CannotEraseError(Exception):
    """Nothing was erased, or not everywhere; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done, and what had to stay."""

    entries: int
    directories: int
    held: tuple[Mapping[str, str], ...]
    snapshots: tuple[str, ...]
    out_of_reach: str = ""
    """Where copies may be that still hold it, because that place was not there."""


def register(commands: "Commands") -> None:
    """Add the command to the parser."""
    summary = "erase everything personal of one resident"
    parser = add_command(commands, "erase", summary, EXAMPLE, run)
    parser.add_argument("resident", metavar="RESIDENT", help="the resident's id, such as R-0017")
    takes_config(parser)
    takes_person(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    check_person_and_reason(arguments)
    why = PersonalDataErased(
        REQUEST, person=arguments.person, resident=ResidentId(arguments.resident), detail=arguments.reason
    )
    try:
        done = _erased_exclusively(site_of(arguments.config), why)
    except CannotEraseError as error:
        return answer_no(arguments, str(error))
    return _told(arguments, done)


def _told(arguments: argparse.Namespace, done: Erased) -> int:
    complete = not done.held and not done.out_of_reach
    if arguments.json:
        told = {"entries": done.entries, "directories": done.directories, "snapshots": list(done.snapshots)}
        left = {"held": list(done.held), "out_of_reach": done.out_of_reach}
        print_json({"ok": complete, "resident": arguments.resident, **told, **left})
    else:
        print(
            f"{arguments.resident}: erased what is personal of {done.entries} entries and {done.directories} versions"
            f" of the directory; of snapshots only {' and '.join(done.snapshots)} is left"
        )
        if done.out_of_reach:
            complain(f"{done.out_of_reach} is not there: copies on it still hold it; plug it in and erase again")
        for parcel in done.held:
            where = f"in compartment {parcel['compartment']}" if parcel["compartment"] else "in no compartment"
            complain(f"parcel {parcel['parcel']} is {parcel['state']}, {where}: it stays until it is finished")
    return DONE if complete else ANSWER_IS_NO


# --- the record ---


def _erased_exclusively(site: Site, why: PersonalDataErased) -> Erased:
    from kiosk.wiring.boot import database_path  # noqa: PLC0415 - heavy: --help answers without it
    from storage.claim import ClaimedError, claim  # noqa: PLC0415

    path = database_path(site)
    if not path.is_file():
        message = f"there is no record at {path}"
        raise CannotEraseError(message)
    try:
        with claim(path):
            return _erased(site, path, why)
    except (ClaimedError, OSError) as error:
        raise CannotEraseError(str(error)) from error


def _erased(site: Site, path: Path, why: PersonalDataErased) -> Erased:
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from kiosk.ports import JournalError  # noqa: PLC0415
    from storage.record_file import RecordFileError  # noqa: PLC0415

    try:
        with _sound(site, path) as sound:
            found = _found(path, why.resident, sound.books.directory_version)
            _commit(site, sound, found.erasable, why)
            _rewrite(sound)
        held = tuple(
            {"parcel": each.parcel, "state": each.state, "compartment": each.compartment} for each in found.held
        )
        erasable, elsewhere = found.erasable, site.machine.identity.snapshot_copy
        left = _only_snapshots(path, elsewhere)
        missing = "" if elsewhere is None or elsewhere.is_dir() else str(elsewhere)
        return Erased(len(erasable.entries), len(erasable.directories), held, left, missing)
    except (SQLAlchemyError, sqlite3.Error, JournalError, RecordFileError, ValueError) as error:
        message = f"{path}: {error}"
        raise CannotEraseError(message) from error


@contextmanager
def _sound(site: Site, path: Path) -> "Iterator[Sound]":
    """The record, open. One that is damaged is for the kiosk's own start to settle."""
    from storage.examine import Expected, Refused, Sound, examine  # noqa: PLC0415

    found = examine(path, Expected(site.machine.identity.kiosk))
    if isinstance(found, Refused):
        raise CannotEraseError(found.reason)
    if not isinstance(found, Sound):
        message = f"{path} is not a record that can be used; start the kiosk once"
        raise CannotEraseError(message)
    with closing(found.database):
        if not found.head.size:
            message = f"{path} has no entry yet"
            raise CannotEraseError(message)
        yield found


def _found(path: Path, resident: ResidentId, in_force: int) -> "OfResident":
    from storage.erasure import kept_directories, of_resident  # noqa: PLC0415
    from storage.record_file import record_file  # noqa: PLC0415

    with record_file(path) as connection:
        directories = _directories(kept_directories(connection))
        if _units(resident, [d for d in directories if d.version == in_force]):
            message = (
                f"{resident} is in the directory in force: take them out of its file, start the kiosk once, stop it,"
                " and erase then"
            )
            raise CannotEraseError(message)
        units = _units(resident, directories)
        found = of_resident(connection, resident, units)
    if not found.parcels and not units:
        message = f"{resident} is not known to this record"
        raise CannotEraseError(message)
    return found


def _directories(kept: Mapping[int, bytes]) -> list[Directory]:
    """Those that this version can read; an old one that it cannot read is erased all the same."""
    found = []
    for version, body in kept.items():
        try:
            found.append(directory_from_json(body, version))
        except DocumentError:
            continue
    return found


def _units(resident: ResidentId, directories: Sequence[Directory]) -> frozenset[str]:
    """Where they lived, as far as these versions say."""
    return frozenset(r.unit for directory in directories for r in directory.residents if r.resident == resident)


def _commit(site: Site, sound: "Sound", what: Erasable, why: PersonalDataErased) -> None:
    """As a boot of its own: the stamp says that no kiosk was running, and how far this machine's clock is believed."""
    from kiosk.vault import SystemEntropy  # noqa: PLC0415
    from kiosk.wiring.boot import system_clock_of  # noqa: PLC0415
    from storage.journal import SqlJournal  # noqa: PLC0415

    books = sound.books
    now = system_clock_of(site)(books.mono_ms, books.wall_ms).now()
    stamp = Stamp(now.mono_ms, now.wall_ms, now.clock_state, books.boot + 1, 0)
    bodies = erasures(what, why)
    entries = [Entry(books.epoch, seq, stamp, body) for seq, body in enumerate(bodies, books.next_seq)]
    SqlJournal(sound.database, SystemEntropy()).commit(entries)


def _rewrite(sound: "Sound") -> None:
    from storage.database import Checkpointed, checkpoint  # noqa: PLC0415
    from storage.erasure import rewrite  # noqa: PLC0415

    rewrite(sound.database)
    done = checkpoint(sound.database)
    if done != Checkpointed(blocked=False, left_pages=0):
        message = f"{sound.database.path}: erased, but the write-ahead log cannot be written back: {done}; erase again"
        raise CannotEraseError(message)


def _only_snapshots(path: Path, elsewhere: Path | None) -> tuple[str, ...]:
    """In each place that is within reach, a copy of the record as it is now and no older one."""
    from storage.restore import SNAPSHOTS  # noqa: PLC0415
    from storage.snapshots import NoSnapshot, discard_copies, take_snapshot  # noqa: PLC0415

    within_reach = elsewhere is not None and elsewhere.is_dir()
    places = (path.parent / SNAPSHOTS, *((elsewhere,) if elsewhere is not None and within_reach else ()))
    taken = [take_snapshot(path, place, keep=1) for place in places]
    for place, each in zip(places, taken, strict=True):
        if isinstance(each, NoSnapshot):
            message = f"{path}: erased, but older snapshots in {place} still hold it: {each}; erase again"
            raise CannotEraseError(message)
    discard_copies(path)
    return tuple(str(each.path) for each in taken if not isinstance(each, NoSnapshot))
