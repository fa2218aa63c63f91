"""Seeds that follow from the tree being tested: nobody has run them before, and everybody can run them again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.simulation.seeds import PACKAGES, batches, of_this_tree, wrong_with

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seeds", batches(of_this_tree(), part=0, of=2), ids=lambda seeds: f"from {seeds[0]}")
def test_every_invariant_holds(seeds: Sequence[int]) -> None:
    assert wrong_with(seeds) == []


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


@pytest.mark.usefixtures("broken")
def test_a_batch_names_the_command_of_each_seed_that_is_wrong() -> None:
    (told,) = wrong_with([2])
    assert told.startswith("kiosk-sim soak --seed 2 --hours 6 --faults all: Violation(invariant='S")


def test_a_batch_in_which_hardly_anything_happens_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.simulation.seeds.HOURS", 0.05)
    (told,) = wrong_with([7])
    assert told.startswith("only ")


def test_parts_and_batches_leave_no_seed_out() -> None:
    seeds = list(range(107))
    dealt = [batches(seeds, part, of=3) for part in range(3)]
    assert [seed for part in dealt for batch in part for seed in batch] == seeds
