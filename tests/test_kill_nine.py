"""The whole kiosk process, killed at random moments under load. The load and the reckoning stand in tests.measure."""

from pathlib import Path

import pytest

from tests.measure.kill_nine import run


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_an_order_that_the_next_start_understands(tmp_path: Path) -> None:
    reckoning, starts = run(6, seed=7, directory=tmp_path)

    assert reckoning.problems == []
    assert sum(reckoning.pulses.values()) > 0
    assert len(starts) == 6
