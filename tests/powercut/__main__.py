"""The numbers of the power-cut replay: images, images a second, what was wrong, and what each control was caught with.

    .venv/bin/python -m tests.powercut --tries 11

Holds the table. It must not know what is checked.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from storage.database import WRITER_PRAGMAS
from tests.powercut.lives import many_visits, migrated, one_visit, recorded
from tests.powercut.replay import Reckoning, replay, replay_recoveries
from tests.powercut.test_replay import NORMAL, TwoTransactions

Measured = Callable[[Path, int], Reckoning]


@contextmanager
def changed(name: str, value: Any) -> Iterator[None]:  # noqa: ANN401 - whatever stands there
    """While a life is recorded, ``name`` is something that must not be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name, value)
        yield


def seldom_synced(directory: Path, _tries: int) -> Reckoning:
    with changed("storage.database.WRITER_PRAGMAS", {**WRITER_PRAGMAS, "synchronous": NORMAL}):
        life = recorded(directory, one_visit)
    return replay(life, tries=1)


def in_two_transactions(directory: Path, _tries: int) -> Reckoning:
    with changed("kiosk.wiring.boot.SqlJournal", TwoTransactions):
        life = recorded(directory, one_visit)
    return replay(life, tries=1)


HOLDS: Mapping[str, Measured] = {
    "one visit": lambda directory, _: replay(recorded(directory, one_visit), tries=1),
    "many visits": lambda directory, tries: replay(recorded(directory, many_visits), tries),
    "migration": lambda directory, tries: replay(migrated(directory), tries),
    "second cut": lambda directory, _: replay_recoveries(recorded(directory, one_visit), every=60),
}
MUST_FAIL: Mapping[str, Measured] = {
    "synchronous=NORMAL": seldom_synced,
    "a disk that lies": lambda directory, _: replay(recorded(directory, one_visit), tries=1, lies=True),
    "two transactions": in_two_transactions,
}


def main() -> int:
    """Print a line for each; 1 if one of them is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.powercut", description=__doc__)
    parser.add_argument("--tries", type=int, default=11, help="images left to chance, of each kind, at each cut")
    tries, bad, images, seconds = parser.parse_args().tries, 0, 0, 0.0
    for name, measured in {**HOLDS, **MUST_FAIL}.items():
        with tempfile.TemporaryDirectory() as directory:
            found = measured(Path(directory), tries)
        as_it_should = bool(found.wrong) is (name in MUST_FAIL)
        bad += not as_it_should
        images, seconds = images + found.images, seconds + found.seconds
        sys.stdout.write(f"{name:20} {'ok ' if as_it_should else 'BAD'} {found}\n")
        if not as_it_should and found.first:
            sys.stdout.write(f"{'':24} first {found.first}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{'all':24} {images} images, {images / seconds:.0f} a second\n")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
