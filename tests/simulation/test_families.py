"""The same people and the same faults, on banks of every board family and on one that is of all of them."""

from pathlib import Path

import pytest

from drivers.boards import BOARDS
from hardware_sim.soak.building import Building
from hardware_sim.soak.run import Soak
from hardware_sim.soak.simulate import task

pytestmark = pytest.mark.slow
SEED = 1
BANKS = {family: (family,) for family in BOARDS} | {"mixed": tuple(BOARDS)}


@pytest.mark.parametrize("families", BANKS.values(), ids=BANKS.keys())
def test_nothing_is_violated_on_any_bank(families: tuple[str, ...], tmp_path: Path) -> None:
    soak = Soak(tmp_path, SEED, task(SEED, hours=2, faults="all").plan, Building(families=families, sensors=True))
    outcome = soak.run(2)

    assert {board.codec.abilities.family for board in soak.bank.boards.values()} == {*families}
    assert outcome.violation is None
    assert outcome.pulses > 5
