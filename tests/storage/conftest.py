"""Fixtures of the storage tests: a database on a real disk, and a disk so small that it fills.

Holds no fakes. It must not know what is tested with them.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from storage.journal import SqlJournal
from storage.start import Opened, open_storage
from tests.storage.histories import KIOSK, History


class SeededEntropy:
    """The same bytes in every run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)

    def random_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is; with every character that has a meaning in a URI or an SQL text."""
    directory = tmp_path / "a b%20c?d#e'f"
    directory.mkdir()
    return directory / "kiosk.db"


Open = Callable[[Path], Opened]


@pytest.fixture
def opened_at() -> Iterator[Open]:
    """Opens a database that must open, and closes it after the test."""
    with ExitStack() as undo:

        def open_at(where: Path) -> Opened:
            found = open_storage(where, KIOSK)
            assert isinstance(found, Opened), found
            undo.callback(found.database.close)
            return found

        yield open_at


@pytest.fixture
def opened(path: Path, opened_at: Open) -> Opened:
    return opened_at(path)


@pytest.fixture
def journal(opened: Opened) -> SqlJournal:
    return SqlJournal(opened.database, SeededEntropy())


def write(journal: SqlJournal, history: History) -> None:
    for entries in history.commits:
        journal.commit(entries)


def remount(disk: Path, *options: str) -> None:
    """Mount the small disk again with other options, such as ``ro``."""
    mount = shutil.which("mount") or ""
    subprocess.run([mount, "-o", ",".join(("remount", *options)), disk], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB of its own; only root can mount one."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None or os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")
    yield disk
    subprocess.run([umount, "-l", disk], check=True)
