"""`kiosk erase`: everything personal of one resident, out of the record and every copy of it that the kiosk keeps.

Holds the command. It must not know which entries are a resident's, nor how they are deleted.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, DONE, add_command, answer_no, complain, print_json
from kiosk.cli.stopped import NotDoneError, commit, only_new_copies, out_of_reach, record_of, stamp_of, write_anew
from kiosk.cli.whose import check_person_and_reason, site_of, takes_config, takes_person
from kiosk.config import DocumentError, Site, directory_from_json
from kiosk.core.directory import Directory
from kiosk.core.entries import PersonalDataErased
from kiosk.core.ids import ResidentId
from kiosk.core.retention import REQUEST, erasures

if TYPE_CHECKING:
    from kiosk.cli.common import Commands
    from storage.erasure import OfResident

EXAMPLE = """example:
  kiosk erase R-0017 --config /etc/kiosk/kiosk.toml --person "A. Janitor" --reason "asked for by letter"

RESIDENT is the id in the directory. Take the resident out of the directory's file and start the kiosk once, then stop
the service and erase. What goes: unit, number and code of their finished parcels, sealed notices, look-ups of their
unit, old versions of the directory; then the file is written anew, a new snapshot is taken, also in `snapshot_copy`
if that is there, and all older snapshots and copies are removed, with every photograph of a label, for nobody knows
whose name one shows. What stays: the entries themselves, under the
resident's id, so that the record can still be verified. --person and --reason stay in the record for ever: no name or
unit of the resident in them.
Exit code 0, 1 if something stays that cannot be erased yet or the resident is not known, 2 for a wrong call."""


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
        done = _erased(site_of(arguments.config), why)
    except NotDoneError as error:
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


def _erased(site: Site, why: PersonalDataErased) -> Erased:
    from storage.photos import discard_photos, photos_beside  # noqa: PLC0415 - heavy: --help answers without it

    with record_of(site) as sound:
        path = sound.database.path
        found = _found(path, why.resident, sound.books.directory_version)
        erasable = found.erasable
        commit(sound, stamp_of(site, sound), erasures(erasable, why))
        write_anew(sound)
        discard_photos(photos_beside(path))
        left = only_new_copies(site, path)
    held = tuple({"parcel": each.parcel, "state": each.state, "compartment": each.compartment} for each in found.held)
    return Erased(len(erasable.entries), len(erasable.directories), held, left, out_of_reach(site))


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
            raise NotDoneError(message)
        units = _units(resident, directories)
        found = of_resident(connection, resident, units)
    if not found.parcels and not units:
        message = f"{resident} is not known to this record"
        raise NotDoneError(message)
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
