"""The numbers of the power-cut replay: images, images a second, what was wrong, and what each control was caught with.

    .venv/bin/python -m tests.powercut

Holds the table. It must not know what is checked.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.powercut.controls import CONTROLS
from tests.powercut.lives import LIVES
from tests.powercut.replay import REPLAYS, SECOND_CUTS, Reckoning, replay, replay_recoveries


class Table:
    """Prints a line for each replay, and the sum of all."""

    def __init__(self) -> None:
        self.bad = 0
        self._images = 0
        self._began = time.monotonic()

    def line(self, name: str, measured: Callable[[Path], Reckoning], *, control: bool = False) -> None:
        with tempfile.TemporaryDirectory() as directory:
            found = measured(Path(directory))
        as_it_should = bool(found.wrong) is control
        self.bad += not as_it_should
        self._images += found.images
        sys.stdout.write(f"{name:28} {'ok ' if as_it_should else 'BAD'} {found}\n")
        if not as_it_should and found.first:
            sys.stdout.write(f"{'':32} first {found.first}\n")
        sys.stdout.flush()

    def sum(self) -> None:
        seconds = time.monotonic() - self._began
        rate = self._images / seconds
        sys.stdout.write(f"{'all':32} {self._images} images in {seconds:.0f} s, {rate:.0f} a second\n")


def _replayed(name: str, tries: int, directory: Path) -> Reckoning:
    return replay(LIVES[name](directory), tries)


def _cut_again(name: str, every: int, directory: Path) -> Reckoning:
    return replay_recoveries(LIVES[name](directory), every)


def main() -> int:
    """Print the table; 1 if a line of it is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.powercut", description=__doc__)
    parser.add_argument("--tries", type=int, default=0, help="images left to chance, of each kind, at each cut")
    tries, table = parser.parse_args().tries, Table()
    for name, plan in REPLAYS.items():
        table.line(name, partial(_replayed, name, tries or plan.tries))
    for name, plan in SECOND_CUTS.items():
        table.line(f"{name}, cut again", partial(_cut_again, name, plan.every))
    for name, control in CONTROLS.items():
        table.line(name, control.measured, control=True)
    table.sum()
    return min(table.bad, 1)


if __name__ == "__main__":
    sys.exit(main())
