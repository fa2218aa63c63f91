"""The seeds that CI runs: some that are always the same, and some that follow from the tree being tested.

Holds how they come about. It must not know what a run does. Whoever changes a line gets new seeds, and can run the very
same ones before handing the change in.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("drivers", "hardware_sim", "kiosk", "storage")
"""What a simulated run is made of."""
HOURS = 6.0
FIXED = range(1, 9)
OF_THIS_TREE = 7
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
