"""Simulated GPIO chips: a pin shows what its door's contact does, in the world's time, and fails as a real one does."""

from dataclasses import replace

import pytest
from gpiozero import DigitalInputDevice, InputDevice, PinEdgeDetectUnsupported, PinInvalidPin

from hardware_sim.chips import SimChip
from hardware_sim.doors import SimDoor
from hardware_sim.on_chips import EXPANDER, HEADER
from hardware_sim.world import World
from kiosk.config import Chip
from kiosk.core.events import Reading
from kiosk.core.ids import CompartmentId

SECOND_US = 1_000_000


class Bench:
    """One door on pin 5 of one chip."""

    def __init__(self, settings: Chip = HEADER) -> None:
        self.world = World(now_us=SECOND_US)
        self.door = SimDoor(self.world, CompartmentId("A1"))
        self.chip = SimChip(self.world, settings)
        self.chip.wire(5, self.door)
        self.told: list[tuple[float, int]] = []

    def changed(self, ticks: float, level: int) -> None:
        self.told.append((ticks, int(level)))

    def listen(self) -> InputDevice:
        device = InputDevice(5, pull_up=True, pin_factory=self.chip.open())
        device.pin.edges = "both"
        device.pin.when_changed = self.changed
        return device


@pytest.mark.parametrize(
    ("settings", "shut"),
    [
        (HEADER, 0),
        (EXPANDER, 1),
        (replace(HEADER, inverted_pins=frozenset({5})), 1),
        (replace(EXPANDER, inverted_pins=frozenset({5})), 0),
    ],
)
def test_a_pin_is_at_the_level_that_the_settings_call_shut_until_its_door_moves(settings: Chip, shut: int) -> None:
    bench = Bench(settings)
    assert bench.chip.level(5) == shut

    bench.door.pop_open()
    bench.world.run_for(SECOND_US)
    assert bench.chip.level(5) == 1 - shut


def test_every_bounce_is_an_edge_at_its_own_time_and_the_last_one_is_true() -> None:
    bench = Bench()
    device = bench.listen()
    bench.door.faults = replace(bench.door.faults, bounces=(3, 3), bounce_gap_us=(1_000, 1_000))
    bench.door.pop_open()
    bench.world.run_for(SECOND_US)

    assert bench.told == [(1.0 + number / 1_000, 1 - number % 2) for number in range(7)]
    assert device.pin.state == 1
    device.close()


def test_a_pull_is_weaker_than_the_wire_and_tells_no_edge() -> None:
    bench = Bench()
    device = bench.listen()

    assert (device.pin.pull, device.pin.state, bench.told) == ("up", 0, [])
    device.close()


@pytest.mark.parametrize(("pull", "level"), [("up", 1), ("down", 0)])
def test_a_broken_wire_and_a_free_pin_are_as_the_chip_pulls_them(pull: str, level: int) -> None:
    bench = Bench(replace(HEADER, pull=pull))
    bench.door.faults = replace(bench.door.faults, disconnected=True)

    assert (bench.chip.level(5), bench.chip.level(6)) == (level, level)


def test_a_floating_pin_catches_whatever_is_in_the_air_the_same_in_every_run() -> None:
    chips = Bench(EXPANDER).chip, Bench(EXPANDER).chip
    caught = [[chip.level(9) for _ in range(20)] for chip in chips]

    assert caught[0] == caught[1]
    assert set(caught[0]) == {0, 1}


def test_a_contact_that_says_nothing_is_a_pin_that_cannot_be_read() -> None:
    bench = Bench()
    device = bench.listen()
    bench.door.faults = replace(bench.door.faults, contact=Reading.FAULT)

    with pytest.raises(OSError, match="Input/output error"):
        _ = device.pin.state
    device.close()


def test_a_chip_that_is_pulled_out_can_be_neither_opened_nor_read() -> None:
    bench = Bench()
    device = bench.listen()
    bench.chip.unplug()
    with pytest.raises(OSError, match="No such device"):
        _ = device.pin.state
    with pytest.raises(OSError, match="No such device"):
        bench.chip.open()

    bench.door.pop_open()
    bench.world.run_for(SECOND_US)
    bench.chip.plug_in()
    assert bench.told == []
    assert bench.listen().pin.state == 1


def test_an_expander_has_no_interrupts_and_no_pin_beyond_those_of_the_mock() -> None:
    factory = Bench(EXPANDER).chip.open()

    with pytest.raises(PinEdgeDetectUnsupported):
        DigitalInputDevice(5, pull_up=True, pin_factory=factory)
    with pytest.raises(PinInvalidPin):
        InputDevice(28, pull_up=True, pin_factory=factory)
