"""The same seeds in every run of the tests: whatever they found once, they go on looking for."""

import pytest

from hardware_sim.soak.simulate import simulate, task
from tests.simulation.seeds import FIXED, HOURS

pytestmark = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize("seed", FIXED)
def test_every_invariant_holds(seed: int) -> None:
    outcome = simulate(task(seed, HOURS, "all")).outcome
    assert outcome.violation is None, f"kiosk-sim soak --seed {seed} --hours {HOURS:g}: {outcome.violation}"
    assert outcome.entries > 100
