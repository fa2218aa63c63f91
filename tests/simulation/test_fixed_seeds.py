"""The same seeds in every run of the tests: whatever they found once, they go on looking for."""

from collections.abc import Sequence

import pytest

from tests.simulation.seeds import FIXED, batches, wrong_with

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seeds", batches(FIXED, part=0, of=2), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_every_invariant_holds(seeds: Sequence[int]) -> None:
    assert wrong_with(seeds) == []
