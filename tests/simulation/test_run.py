"""One seeded run: the same in every run and for every hash seed, and full of people who do what people do."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hardware_sim.soak.outcome import Outcome
from hardware_sim.soak.plan import HOUR_MS, MINUTE_MS, YEAR_MS, ClockJump, Episode, Plan, Prune, Restore
from hardware_sim.soak.run import Soak
from hardware_sim.soak.simulate import simulate, task
from kiosk.core import entries as e
from kiosk.core.entries import ClockState

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.entries import Entry

SEEDS_WITH_FINISHED_PARCELS = (3, 8, 12)
"""A parcel that nobody fetches keeps its epoch."""
HASH_OF_A_RUN = """
from hardware_sim.soak.simulate import simulate, task
print(simulate(task(seed=15, hours=1.5, faults="all")).outcome.trace_hash)
"""


def run(directory: Path, seed: int, hours: float = 0.5) -> Outcome:
    place = directory / f"{seed}"
    place.mkdir()
    return Soak(place, seed).run(hours)


def test_the_same_seed_leaves_the_same_trace_under_every_hash_seed() -> None:
    hashes = set()
    for hash_seed in ("0", "1", "random"):
        command = (sys.executable, "-c", HASH_OF_A_RUN)
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        hashes.add(done.stdout.strip())

    assert len(hashes) == 1
    outcome = simulate(task(seed=15, hours=1.5, faults="all")).outcome
    assert outcome.trace_hash in hashes
    assert outcome.power_cuts > 0


def test_another_seed_leaves_another_trace(tmp_path: Path) -> None:
    assert run(tmp_path, 1).trace_hash != run(tmp_path, 2).trace_hash


def test_people_do_all_that_people_do(tmp_path: Path) -> None:
    """Drops and pickups whole and broken off, wrong codes, doors left open and forced, things said that are not so."""
    seen: set[type[e.Body]] = set()
    visits = pulses = 0

    def look(entries: "Sequence[Entry]") -> None:
        seen.update(type(entry.body) for entry in entries)

    for seed in range(1, 6):
        place = tmp_path / f"{seed}"
        place.mkdir()
        soak = Soak(place, seed)
        soak.committed.append(look)
        outcome = soak.run(hours=3)
        visits, pulses = visits + outcome.visits, pulses + outcome.pulses
    assert visits > 60
    assert pulses > 30

    assert seen >= {
        e.ParcelStored,
        e.NoticeReleased,
        e.ParcelCollected,
        e.CompartmentFreed,
        e.AttemptDenied,
        e.DoorForced,
        e.DoorLeftOpen,
        e.ParcelMoved,
        e.ParcelKept,
        e.ParcelWithdrawn,
        e.DisputeOpened,
        e.OverflowRecorded,
        e.CompartmentChecked,
    }


def test_locks_that_boards_fire_while_a_copy_is_put_back_are_no_fault_of_the_kiosk_that_starts_from_it() -> None:
    small = task(seed=1, hours=0.3, faults="none")
    fires = Episode(14 * MINUTE_MS, "fires-at-power-on", small.building.names[0], 30_000)
    put_back = Restore(10 * MINUTE_MS, off_ms=5 * MINUTE_MS, damaged=True)

    assert simulate(replace(small, plan=(put_back, fires))).outcome.violation is None


def test_a_building_lives_on_with_a_record_of_which_old_epochs_are_gone_and_with_its_copy(tmp_path: Path) -> None:
    over = [ClockJump(hour * HOUR_MS, YEAR_MS, ClockState.TRUSTED) for hour in (1, 2)]
    plan: Plan = (*over, Prune(150 * MINUTE_MS, off_ms=1_000), Restore(3 * HOUR_MS, off_ms=1_000, damaged=False))
    pruned = 0
    for seed in SEEDS_WITH_FINISHED_PARCELS:
        place = tmp_path / f"{seed}"
        place.mkdir()
        soak = Soak(place, seed, plan)
        assert soak.run(hours=3.5).violation is None
        pruned += soak.pruned
    assert pruned > 0
