"""The second half of the seeds that follow from the tree being tested."""

from collections.abc import Sequence

import pytest

from tests.simulation.seeds import batches, of_this_tree, wrong_with

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seeds", batches(of_this_tree(), part=1, of=2), ids=lambda seeds: f"from {seeds[0]}")
def test_every_invariant_holds(seeds: Sequence[int]) -> None:
    assert wrong_with(seeds) == []
