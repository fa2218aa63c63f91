"""The seeds that CI runs: some that are always the same, and some that follow from the tree being tested.

Holds how they come about, and a batch of them as one test. It must not know what a run does. Whoever changes a line
gets new seeds, and can run the very same ones before handing the change in.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from hardware_sim.soak.simulate import simulate, task

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("drivers", "hardware_sim", "kiosk", "storage")
"""What a simulated run is made of."""
HOURS = 6.0
FIXED = range(1, 261)
OF_THIS_TREE = 200
BATCH = 5
"""Seeds of one test: many enough that tests are few, few enough that two processors end together."""
FEWEST_ENTRIES = 150
"""Runs with fewer between them, on average, have looked at next to nothing; one alone may be of a quiet building."""
SEEDS = 1_000_000


def of_this_tree(count: int = OF_THIS_TREE, root: Path = ROOT) -> list[int]:
    """Seeds drawn from every line of the packages that a run is made of."""
    digest = sha256()
    for path in _sources(root):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    drawn = sha256(digest.digest())
    found = []
    for _ in range(count):
        drawn.update(b"seed")
        found.append(int.from_bytes(drawn.digest()[:8], "big") % SEEDS)
    return found


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((root / package).rglob("*.py"))


def batches(seeds: Sequence[int], part: int, of: int) -> list[Sequence[int]]:
    """The batches of one part of the seeds: each part stands in a file of its own, for files run side by side."""
    own = seeds[len(seeds) * part // of : len(seeds) * (part + 1) // of]
    return [own[at : at + BATCH] for at in range(0, len(own), BATCH)]


def wrong_with(seeds: Sequence[int]) -> list[str]:
    """What is wrong with each seed that breaks an invariant, or that hardly anything happens in all of them."""
    outcomes = [simulate(task(seed, HOURS, "all")).outcome for seed in seeds]
    wrong = [
        f"kiosk-sim soak --seed {outcome.seed} --hours {HOURS:g} --faults all: {outcome.violation}"
        for outcome in outcomes
        if outcome.violation is not None
    ]
    entries = sum(outcome.entries for outcome in outcomes)
    if wrong or entries > FEWEST_ENTRIES * len(seeds):
        return wrong
    return [f"only {entries} entries in seeds {', '.join(map(str, seeds))}"]
