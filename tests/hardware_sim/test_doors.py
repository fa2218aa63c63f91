"""Locks, doors and contacts: what springs and switches do, without any board."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hardware_sim.doors import PULL_IN_US, DoorFaults, SimDoor
from hardware_sim.world import World
from kiosk.core.events import Reading
from kiosk.core.ids import CompartmentId

PULSE_US = 300_000
SEEDS = range(20)


def door(seed: int = 0, faults: DoorFaults | None = None) -> SimDoor:
    return SimDoor(World(seed), CompartmentId("A1"), faults or DoorFaults())


def pulse(door: SimDoor, duration_us: int = PULSE_US, then_us: int = 700_000) -> None:
    door.energise()
    door.world.run_for(duration_us)
    door.release()
    door.world.run_for(then_us)


def flips(door: SimDoor, duration_us: int, act: Callable[[], object]) -> list[Reading]:
    """Every change of the contact while something happens to the door, looked at each 100 us."""
    seen = [door.contact()]
    act()
    for _ in range(duration_us // 100):
        if door.contact() is not seen[-1]:
            seen.append(door.contact())
        door.world.run_for(100)
    return seen[1:]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pulse_opens_the_door_after_the_latch_has_pulled_in_and_not_before(seed: int) -> None:
    one = door(seed)
    one.energise()
    one.world.run_for(PULL_IN_US[0] - 1)
    assert not one.is_open
    one.world.run_for(PULSE_US)
    assert one.is_open
    one.release()
    one.world.run_for(10_000)
    assert one.contact() is Reading.OPEN


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pulse_that_is_cut_before_the_latch_pulled_in_opens_nothing(seed: int) -> None:
    one = door(seed)
    pulse(one, PULL_IN_US[0] - 1)
    assert not one.is_open
    assert one.openings == 0


def test_a_pulse_of_an_open_door_changes_nothing() -> None:
    one = door()
    pulse(one)
    pulse(one)
    assert one.openings == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_contact_bounces_and_ends_with_the_truth(seed: int) -> None:
    one = door(seed)
    opening = flips(one, 20_000, one.pop_open)
    closing = flips(one, 20_000, one.push)
    assert len(opening) >= 3
    assert opening[-1] is Reading.OPEN
    assert len(closing) >= 3
    assert closing[-1] is Reading.CLOSED


def test_a_bouncing_contact_does_so_for_longer() -> None:
    one = door(faults=DoorFaults(bounces=(8, 8), bounce_gap_us=(10_000, 20_000)))
    opening = flips(one, 500_000, one.pop_open)
    assert len(opening) == 17
    assert opening[-1] is Reading.OPEN


def test_a_stuck_latch_never_opens() -> None:
    one = door(faults=DoorFaults(opens_at_pulse=None))
    for _ in range(5):
        pulse(one)
    assert not one.is_open


def test_a_stiff_latch_opens_at_its_third_pulse_and_then_needs_three_again() -> None:
    one = door(faults=DoorFaults(opens_at_pulse=3))
    pulse(one)
    pulse(one)
    assert not one.is_open
    pulse(one)
    assert one.is_open
    one.push()
    pulse(one)
    assert not one.is_open


@pytest.mark.parametrize("reading", Reading)
def test_a_stuck_contact_says_the_same_whatever_the_door_does(reading: Reading) -> None:
    one = door(faults=DoorFaults(contact=reading))
    pulse(one)
    assert one.is_open
    assert one.contact() is reading
    one.push()
    assert one.contact() is reading


def test_an_auto_relocking_lock_shows_an_opening_although_the_door_never_moved() -> None:
    one = door(faults=DoorFaults(relocks_after_us=2_000_000))
    pulse(one, then_us=200_000)
    assert one.contact() is Reading.OPEN
    one.world.run_for(2_000_000)
    assert one.contact() is Reading.CLOSED
    assert one.openings == 0
    assert not one.pull()


def test_who_pulls_while_an_auto_relocking_lock_is_off_opens_the_door_for_good() -> None:
    one = door(faults=DoorFaults(relocks_after_us=2_000_000))
    pulse(one, then_us=200_000)
    assert one.pull()
    one.world.run_for(5_000_000)
    assert one.is_open
    assert one.contact() is Reading.OPEN


def test_nobody_pulls_a_locked_door_open() -> None:
    one = door()
    assert not one.pull()
    assert one.contact() is Reading.CLOSED


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rebound_is_shut_for_less_than_a_second_and_happens_as_often_as_it_is_set(seed: int) -> None:
    one = door(seed, DoorFaults(rebounds=1))
    one.pop_open()
    assert one.push()
    one.world.run_for(100_000)
    assert one.contact() is Reading.CLOSED
    one.world.run_for(900_000)
    assert one.contact() is Reading.OPEN
    one.push()
    one.world.run_for(5_000_000)
    assert not one.is_open


def test_a_door_whose_lock_is_energised_cannot_be_shut() -> None:
    one = door()
    one.energise()
    one.world.run_for(PULSE_US)
    one.push()
    one.world.run_for(1_000_000)
    assert one.is_open


def test_a_door_that_is_held_cannot_be_shut() -> None:
    one = door(faults=DoorFaults(held=True))
    pulse(one)
    assert not one.push()
    assert one.is_open
    one.faults = replace(one.faults, held=False)
    assert one.push()


def test_a_slam_pops_the_neighbour_open() -> None:
    world = World()
    one, other = SimDoor(world, CompartmentId("A1")), SimDoor(world, CompartmentId("A2"))
    one.neighbour = other
    one.pop_open()
    assert not other.is_open
    one.push()
    assert other.is_open
    assert not one.is_open


def test_whoever_watches_a_door_sees_each_movement() -> None:
    one, seen = door(), list[bool]()
    one.watchers.append(lambda moved: seen.append(moved.is_open))
    one.pop_open()
    one.pop_open()
    one.push()
    one.push()
    assert seen == [True, False]
