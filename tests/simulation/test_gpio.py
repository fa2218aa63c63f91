"""The same people and the same faults on banks with contacts on GPIO chips, which come loose and are pulled out."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from hardware_sim.faults import DisconnectedContact, Fault, UnpluggedChip, apply
from hardware_sim.on_chips import CHIPS, mixed, on_chips
from hardware_sim.soak.building import Building
from hardware_sim.soak.run import HOUR_US, Soak
from hardware_sim.soak.simulate import task
from kiosk.config import Site

pytestmark = pytest.mark.slow
SEED, HOURS = 1, 2
EVERY_US = HOUR_US // 5
"""Beside the plan's own faults, whose ends mend these as well."""


def drawn(soak: Soak, chance: Random) -> Fault:
    if chance.randrange(2):
        return UnpluggedChip(chance.choice(CHIPS).chip)
    return DisconnectedContact(chance.choice(list(soak.bank.doors)))


@pytest.mark.parametrize("contacts", [on_chips, mixed])
def test_nothing_is_violated_on_any_bank(contacts: Callable[[Site], Site], tmp_path: Path) -> None:
    soak = Soak(tmp_path, SEED, task(SEED, HOURS, faults="all").plan, Building(contacts=contacts))
    chance = Random(SEED)
    for at_us in range(EVERY_US, HOURS * HOUR_US, EVERY_US):
        soak.world.at(at_us, partial(apply, soak.bank, drawn(soak, chance)))
    outcome = soak.run(HOURS)

    assert outcome.violation is None
    assert outcome.pulses > 5
