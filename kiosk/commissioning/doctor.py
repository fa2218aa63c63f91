"""Doctor: every device, the clock, the record, its disk and the keys, each with what would help.

Holds the order of the examination, and the checks of what is no device. It changes nothing and moves no lock.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from kiosk.clock import SYNCHRONISED_MARK, SystemClock
from kiosk.commissioning.checks import Check, remedy_of
from kiosk.commissioning.devices import check_devices
from kiosk.config import ClockTrust, Machine, Site
from kiosk.core.ages import DAY_MS
from kiosk.core.decide import LOW_SPACE_BYTES, NO_SPACE_BYTES
from kiosk.core.entries import ClockState, UnknownEntryError
from kiosk.vault import VaultKeyError, VaultKeys
from kiosk.wiring.boot import database_path
from storage.aside import condemned
from storage.claim import ClaimedError, claim
from storage.database import WAL_ALARM_BYTES, wal_bytes, wal_reset_affected
from storage.queries import last_stamp
from storage.record_file import RecordFileError, record_file
from storage.restore import SNAPSHOTS
from storage.snapshots import snapshots_in

MEBIBYTE = 1024 * 1024
SNAPSHOT_DAYS = 2
"""One is taken each day that the kiosk runs."""
STOP_REMEDY = "start the kiosk once, which settles what it finds, and look at journalctl -u kiosk"
LoadKeys = Callable[[], VaultKeys]


def examine_site(site: Site, load: LoadKeys) -> Iterator[Check]:
    """Every check, in the order in which one would look. ``load`` reads the keys as the service does."""
    machine = site.machine
    with ExitStack() as undo:
        service, served = _service(site, undo)
        yield service
        yield from check_devices(machine, served=served)
    yield from _clock(site)
    yield from _storage(site)
    yield _keys(machine, load)
    yield Check("broker", ok=True, detail="not configured")


def _service(site: Site, undo: ExitStack) -> tuple[Check, bool]:
    """Whether the kiosk runs; while it does not, the claim keeps it from starting into the examination."""
    path = database_path(site)
    try:
        undo.enter_context(claim(path))
    except ClaimedError:
        return Check("service", ok=True, detail="runs; boards are not asked while it does"), True
    except OSError as error:
        remedy = "make the data directory, owned by the service's user, and run this as that user"
        return Check("service", ok=False, detail=f"{path}: {error.strerror}", remedy=remedy), True
    return Check("service", ok=True, detail="does not run"), False


# --- the clock ---


def _clock(site: Site) -> Iterator[Check]:
    always = site.machine.clock_trust is ClockTrust.ALWAYS
    moment = SystemClock(0, always_trusted=always, mark=SYNCHRONISED_MARK).now()
    if moment.clock_state is not ClockState.TRUSTED:
        remedy = "connect the network and wait for systemd-timesyncd, or fit a battery clock and set trust to always"
        yield Check("clock", ok=False, detail=f"not set since the start: no {SYNCHRONISED_MARK}", remedy=remedy)
        return
    newest_ms = _newest_wall_ms(database_path(site))
    if newest_ms is not None and newest_ms > moment.wall_ms:
        behind_s = (newest_ms - moment.wall_ms) // 1000
        remedy = "set the clock, and look at the battery of the clock chip"
        yield Check("clock", ok=False, detail=f"{behind_s} s behind the newest entry of the record", remedy=remedy)
        return
    how = "a battery keeps it, say the settings" if always else "set from the network since the start"
    yield Check("clock", ok=True, detail=how)


def _newest_wall_ms(path: Path) -> int | None:
    try:
        return last_stamp(path).wall_ms
    except (RecordFileError, UnknownEntryError):
        return None


# --- storage ---


def _storage(site: Site) -> Iterator[Check]:
    directory, path = site.machine.identity.data_directory, database_path(site)
    yield _directory(directory)
    if directory.is_dir():
        yield _space(directory)
    yield _sqlite()
    if path.exists():
        yield _record(path)
        yield _snapshot(path)
    else:
        yield Check("record", ok=True, detail=f"none yet: the first start begins one at {path}")


def _directory(directory: Path) -> Check:
    if os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        return Check("data directory", ok=True, detail=f"{directory} can be written")
    remedy = "make it, owned by the service's user; if it is, the disk is mounted read-only: look at dmesg"
    return Check("data directory", ok=False, detail=f"{directory} cannot be written", remedy=remedy)


def _space(directory: Path) -> Check:
    free = shutil.disk_usage(directory).free
    detail = f"{free // MEBIBYTE} MiB free"
    if free >= LOW_SPACE_BYTES:
        return Check("disk space", ok=True, detail=detail)
    worse = (
        "nothing is opened any more" if free < NO_SPACE_BYTES else f"under {NO_SPACE_BYTES // MEBIBYTE} no door opens"
    )
    return Check("disk space", ok=False, detail=f"{detail}; {worse}", remedy="make room: old logs and copies first")


def _sqlite() -> Check:
    """No fault: nothing here writes or checkpoints from two connections, which is what it takes."""
    affected = "; has the WAL-reset bug, which one writer never meets" if wal_reset_affected() else ""
    return Check("sqlite", ok=True, detail=f"{sqlite3.sqlite_version}{affected}")


def _record(path: Path) -> Check:
    try:
        detail = condemned(path) or _glance(path)
    except (RecordFileError, UnknownEntryError, sqlite3.Error) as error:
        detail = str(error)
    if detail:
        return Check("record", ok=False, detail=detail, remedy=STOP_REMEDY)
    left = wal_bytes(path)
    if left > WAL_ALARM_BYTES:
        remedy = "a reader keeps the file open: end it, then start the kiosk anew"
        return Check("record", ok=False, detail=f"{left // MEBIBYTE} MiB are not written back", remedy=remedy)
    return Check("record", ok=True, detail="sound at a glance; kiosk audit verify looks at all of it")


def _glance(path: Path) -> str:
    """What is wrong with the record's end; "" if nothing is."""
    last_stamp(path)
    with record_file(path) as connection:
        epoch, size = connection.execute("SELECT epoch, size FROM head ORDER BY epoch DESC LIMIT 1").fetchone()
        (last,) = connection.execute("SELECT max(seq) FROM entries WHERE epoch = ?", (epoch,)).fetchone()
    return "" if last == size - 1 else f"epoch {epoch} has entries up to {last}, and its head counts {size}"


def _snapshot(path: Path) -> Check:
    try:
        newest = next(iter(snapshots_in(path.parent / SNAPSHOTS)), None)
        passed_ms = None if newest is None else SystemClock(0).now().wall_ms - last_stamp(newest.path).wall_ms
    except (OSError, RecordFileError, UnknownEntryError) as error:
        return Check("snapshot", ok=False, detail=str(error), remedy=remedy_of(error))
    remedy = "let the kiosk run: it takes one each day; kiosk backup makes a copy now"
    if passed_ms is None:
        return Check("snapshot", ok=False, detail="there is none", remedy=remedy)
    days = max(0, passed_ms) // DAY_MS
    old = days > SNAPSHOT_DAYS
    return Check("snapshot", ok=not old, detail=f"the newest is {days} days old", remedy=remedy if old else "")


# --- keys ---


def _keys(machine: Machine, load: LoadKeys) -> Check:
    if machine.secrets.code_key is None and "CREDENTIALS_DIRECTORY" not in os.environ:
        return Check("keys", ok=True, detail="credentials of the service, which only the service can see")
    try:
        keys = load()
    except VaultKeyError as error:
        remedy = "give the service's user the file alone (chown, chmod 0400), or make the key anew"
        return Check("keys", ok=False, detail=str(error), remedy=remedy)
    signs = "" if keys.signer is not None else "; no signing key, so nobody signs the record"
    return Check("keys", ok=True, detail=f"can be used{signs}")
