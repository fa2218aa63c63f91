"""The replay: every image that a power cut may leave of a record, and what the real start makes of each.

Holds which images are made, and the count of what does not hold. The work is shared among processes, each with its own
stretch of the record. It must not know what must hold.
"""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TypeVar

from hardware_sim.card.disk import Disk, Fate, Image, Promised
from tests.powercut.lives import Record, started
from tests.powercut.starts import Starts, connections_kept

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the images need no disk, and this one is as fast as memory
ONCE = (Fate.DROPPED, Fate.KEPT, Fate.NAMES_UNDONE, Fate.BYTES_DROPPED)
T = TypeVar("T")
BY_CHANCE = (Fate.SOME, Fate.TORN)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of one life is replayed."""

    at_least: int
    """So many different images there are, or it has not been replayed."""
    tries: int = 1
    """Images left to chance, of each kind, at each cut."""
    every: int = 0
    """A second cut follows on each so many-th image of the first."""


REPLAYS: Mapping[str, Plan] = {
    "one visit": Plan(750, tries=1),
    "many visits": Plan(6_600, tries=4),
    "a year": Plan(3_000, tries=2),
    "migration": Plan(700, tries=5),
    "erasure by hand": Plan(1_000, tries=4),
    "pruning by hand": Plan(1_000, tries=4),
    "restore by hand": Plan(900, tries=8),
    "restore by a start": Plan(600, tries=5),
}
SECOND_CUTS: Mapping[str, Plan] = {
    "one visit": Plan(1_000, every=90),
    "restore by hand": Plan(250, every=45),
    "restore by a start": Plan(600, every=45),
}


@dataclass(frozen=True, slots=True)
class Cut:
    """The power fails after operation ``at``, and this is found."""

    at: int
    fate: Fate
    promised: Promised
    image: Image


@dataclass(slots=True)
class Reckoning:
    """What was found."""

    images: int = 0
    kiosks: int = 0
    """Whole kiosks started, one on each different content of a record."""
    seconds: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)
    """How many images each thing was wrong with, by its first words."""
    first: str = ""
    """Where the first wrong one was, with all that is known of it."""

    def add(self, other: "Reckoning") -> None:
        self.images += other.images
        self.kiosks += other.kiosks
        self.wrong.update(other.wrong)
        self.first = self.first or other.first

    def __str__(self) -> str:
        rate = self.images / self.seconds if self.seconds else 0.0
        found = ", ".join(f"{count} {what}" for what, count in self.wrong.most_common()) or "nothing wrong"
        return f"{self.images} images, {rate:.0f} a second, {self.kiosks} kiosks started: {found}"


def cuts(record: Record, stretch: range, tries: int, *, lies: bool = False) -> Iterator[Cut]:
    """Every different image of the cuts in ``stretch``; what is left to chance is tried so often at each cut."""
    disk, seen = Disk(record.base, lies=lies), set[tuple[int, Promised]]()
    following = (*record.operations[1:], None)
    for at, (operation, next_one) in enumerate(zip(record.operations, following, strict=True), start=1):
        disk.do(operation)
        if at not in stretch or isinstance(next_one, Promised):
            continue
        for fate, image in _images(disk, at, tries):
            mark = (hash(tuple(image.items())), disk.promised)  # what did not change knows its hash
            if mark not in seen:
                seen.add(mark)
                yield Cut(at, fate, disk.promised, image)


def _images(disk: Disk, at: int, tries: int) -> Iterator[tuple[Fate, Image]]:
    for fate in ONCE:
        yield fate, disk.image(fate, Random(0))
    if not disk.settled():
        for fate in BY_CHANCE:
            for number in range(tries):
                yield fate, disk.image(fate, Random(f"{at}/{fate}/{number}"))


def replay(record: Record, tries: int, *, lies: bool = False, part: int = 1, of: int = 1) -> Reckoning:
    """Start the real thing on every image of a part of the record, on all processors."""
    stretches = _parts(range(1, len(record.operations) + 1), of)
    return _shared(partial(_stretch, record, tries, lies), _parts(stretches[part - 1], _processors()))


def _parts(whole: range, count: int) -> list[range]:
    return [whole[len(whole) * one // count : len(whole) * (one + 1) // count] for one in range(count)]


def replay_recoveries(record: Record, every: int) -> Reckoning:
    """Let the power fail once more, while a kiosk starts on each so many-th image: a second cut at every operation."""
    whole = range(1, len(record.operations) + 1)
    first = [cut for number, cut in enumerate(cuts(record, whole, 1)) if number % every == 0]
    return _shared(partial(_recovery, record), first)


def _processors() -> int:
    return os.cpu_count() or 1


def _shared(work: Callable[[T], Reckoning], parts: Sequence[T]) -> Reckoning:
    began, total = time.monotonic(), Reckoning()
    with ProcessPoolExecutor(_processors(), get_context("spawn")) as pool:
        for part in pool.map(work, parts):
            total.add(part)
    total.seconds = time.monotonic() - began
    return total


def _stretch(record: Record, tries: int, lies: bool, stretch: range) -> Reckoning:
    found = Reckoning()
    with _in_memory() as directory, connections_kept():
        starts = Starts(record, directory)
        for cut in cuts(record, stretch, tries, lies=lies):
            found.images += 1
            if wrong := starts.wrong_with(cut.image, cut.promised):
                found.wrong[wrong.split(":")[0]] += 1
                found.first = found.first or f"operation {cut.at} of {len(record.operations)}, {cut.fate}: {wrong}"
        found.kiosks = starts.whole_kiosks
    return found


def _recovery(record: Record, cut: Cut) -> Reckoning:
    with _in_memory() as directory:
        again = started(record, cut.image, cut.promised, directory)
    found = _stretch(again, 1, False, range(1, len(again.operations) + 1))  # noqa: FBT003 - as above
    if found.first:
        found.first = f"after operation {cut.at} of {len(record.operations)}, {cut.fate}, then {found.first}"
    return found


@contextmanager
def _in_memory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as directory:
        yield Path(directory)
