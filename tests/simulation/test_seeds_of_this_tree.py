"""Seeds that follow from the tree being tested: nobody has run them before, and everybody can run them again."""

from pathlib import Path

import pytest

from hardware_sim.soak.simulate import simulate, task
from tests.simulation.seeds import HOURS, OF_THIS_TREE, PACKAGES, of_this_tree

pytestmark = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize("place", range(OF_THIS_TREE))
def test_every_invariant_holds(place: int) -> None:
    seed = of_this_tree()[place]
    outcome = simulate(task(seed, HOURS, "all")).outcome
    assert outcome.violation is None, f"kiosk-sim soak --seed {seed} --hours {HOURS:g}: {outcome.violation}"
    assert outcome.entries > 100


def test_another_line_means_other_seeds_and_the_same_tree_the_same(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    source = tmp_path / PACKAGES[0] / "a.py"
    source.write_text("a = 1\n")
    before = of_this_tree(5, tmp_path)
    assert of_this_tree(5, tmp_path) == before
    assert len(set(before)) == 5

    source.write_text("a = 2\n")
    assert of_this_tree(5, tmp_path) != before
