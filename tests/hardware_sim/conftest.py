"""Which family the lock board of a bench is of."""

import pytest

from drivers.boards import BOARDS
from tests.hardware_sim.benches import A1, B1, LOCK_FAMILIES, Bench


@pytest.fixture(autouse=True)
def lock_family(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every bench of the sentence has a lock board of this family."""
    family: str = getattr(request, "param", Bench.lock_family)
    monkeypatch.setattr(Bench, "lock_family", family)
    return family


def _each(*families: str) -> pytest.MarkDecorator:
    pairs = [*((family, A1) for family in families), ("shuoming", B1)]
    ids = [*families, "waveshare"]
    return pytest.mark.parametrize(("lock_family", "compartment"), pairs, indirect=["lock_family"], ids=ids)


EACH_FAMILY = _each(*LOCK_FAMILIES)
"""A sentence that holds for every family: about a compartment on the lock board of four, and on the relay board."""
EACH_CHECKED_FAMILY = _each(*(family for family in LOCK_FAMILIES if BOARDS[family].abilities.checked))
"""A sentence that holds for every family whose frames have a check."""
