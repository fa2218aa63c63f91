"""The pin factory on libgpiod: gpiozero's own devices work on it, and a chip's ends are told as they are.

Holds a chip in memory that behaves as the kernel documents it; no machine that builds this has a real one.
"""

import errno
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gpiod.line import Bias, Edge
from gpiozero import (
    DigitalInputDevice,
    DigitalOutputDevice,
    GPIOPinInUse,
    InputDevice,
    PinEdgeDetectUnsupported,
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPin,
    PinInvalidPull,
    PinSetInput,
)

from drivers.gpio.gpiod_factory import GpiodFactory, open_chip, path_of
from tests.drivers.gpio.fake_chip import BUFFER, FakeChip, Hardware


@pytest.fixture
def hardware() -> Hardware:
    return Hardware()


@pytest.fixture
def factory(hardware: Hardware) -> Iterator[GpiodFactory]:
    made = GpiodFactory(FakeChip(hardware))
    yield made
    made.close()
    assert (hardware.taken, hardware.open_chips) == ({}, 0), "a line or the chip was not given back"


def dispatched(factory: GpiodFactory) -> int:
    """Dispatch what can be read now; how many files that were."""
    ready, _, _ = select.select(factory.files(), [], [], 0)
    for file in ready:
        factory.dispatch(file)
    return len(ready)


class Listener:
    """What a pin told."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, int]] = []

    def changed(self, ticks: float, level: int) -> None:
        self.heard.append((ticks, level))

    @property
    def levels(self) -> list[int]:
        return [level for _, level in self.heard]


def listening(factory: GpiodFactory, pin: int = 4) -> Listener:
    listener = Listener()
    device = factory.pin(pin)
    device.function = "input"
    device.edges = "both"
    device.when_changed = listener.changed
    return listener


# --- pins ---


@pytest.mark.parametrize(
    ("pull_up", "bias"),
    [(True, Bias.PULL_UP), (False, Bias.PULL_DOWN), (None, Bias.DISABLED)],
    ids=["up", "down", "none"],
)
def test_a_device_of_gpiozero_takes_and_pulls_its_line(
    hardware: Hardware, factory: GpiodFactory, pull_up: bool | None, bias: Bias
) -> None:
    device = InputDevice(4, pull_up=pull_up, active_state=True if pull_up is None else None, pin_factory=factory)

    assert (hardware.bias(4), hardware.taken[4].settings.edge_detection) == (bias, Edge.NONE)
    assert device.pull_up is pull_up
    device.close()
    assert 4 not in hardware.taken


@pytest.mark.parametrize("level", [0, 1])
def test_the_state_of_a_pin_is_the_level_of_its_wire(hardware: Hardware, factory: GpiodFactory, level: int) -> None:
    hardware.levels[4] = level
    device = InputDevice(4, pull_up=True, pin_factory=factory)

    assert device.pin.state == level
    assert device.is_active is (level == 0)
    device.close()


def test_gpiozero_s_own_events_fire(hardware: Hardware, factory: GpiodFactory) -> None:
    told: list[str] = []
    hardware.levels[4] = 1
    device = DigitalInputDevice(4, pull_up=True, pin_factory=factory)
    device.when_activated = lambda: told.append("active")
    device.when_deactivated = lambda: told.append("inactive")

    for level in (0, 1):
        hardware.drive(4, level)
        assert dispatched(factory) == 1
    assert told == ["active", "inactive"]
    device.close()


def test_a_pin_is_always_the_same_and_belongs_to_one_device(factory: GpiodFactory) -> None:
    device = InputDevice(4, pull_up=True, pin_factory=factory)

    assert factory.pin(4) is device.pin
    with pytest.raises(GPIOPinInUse):
        InputDevice(4, pull_up=True, pin_factory=factory)
    device.close()
    InputDevice(4, pull_up=True, pin_factory=factory).close()


@pytest.mark.parametrize("pin", [-1, 8, 17])
def test_a_pin_that_the_chip_does_not_have_is_refused(factory: GpiodFactory, pin: int) -> None:
    with pytest.raises(PinInvalidPin, match=f"the chip has no pin {pin}"):
        InputDevice(pin, pull_up=True, pin_factory=factory)


def test_a_line_that_another_program_uses_is_refused_and_the_others_are_not(
    hardware: Hardware, factory: GpiodFactory
) -> None:
    hardware.others.add(4)
    with pytest.raises(OSError, match="busy") as raised:
        InputDevice(4, pull_up=True, pin_factory=factory)

    assert raised.value.errno == errno.EBUSY
    InputDevice(5, pull_up=True, pin_factory=factory).close()
    hardware.others.clear()
    InputDevice(4, pull_up=True, pin_factory=factory).close()


def test_a_pin_is_an_input_and_nothing_else(hardware: Hardware, factory: GpiodFactory) -> None:
    with pytest.raises(PinInvalidFunction, match="pin 4 is only ever an input, not 'output'"):
        DigitalOutputDevice(4, pin_factory=factory)
    assert not hardware.taken
    factory.pin(4).function = "input"
    assert factory.pin(4).function == "input"
    with pytest.raises(PinSetInput):
        factory.pin(4).state = 1


def test_what_no_pin_can_do_is_refused_with_what_it_can(factory: GpiodFactory) -> None:
    pin = factory.pin(4)
    pin.function = "input"

    with pytest.raises(PinInvalidPull, match="can be pulled floating, up, down, not 'sideways'"):
        pin.pull = "sideways"
    with pytest.raises(PinInvalidEdges, match="none, rising, falling, both edges, not 'all'"):
        pin.edges = "all"
    with pytest.raises(PinInvalidBounce, match="pin 4 tells of every edge"):
        pin.bounce = 0.05
    pin.bounce = None
    assert pin.bounce is None


def test_a_pin_that_is_not_in_use_has_no_level(factory: GpiodFactory) -> None:
    with pytest.raises(OSError, match="pin 4 is not in use"):
        _ = factory.pin(4).state


# --- edges ---


def test_every_edge_is_told_with_its_level_and_the_time_at_which_the_kernel_saw_it(
    hardware: Hardware, factory: GpiodFactory
) -> None:
    listener, before = listening(factory), time.monotonic()
    for level in (1, 0, 1):
        hardware.drive(4, level)
    after = time.monotonic()

    assert dispatched(factory) == 1
    assert listener.levels == [1, 0, 1]
    times = [ticks for ticks, _ in listener.heard]
    assert [before, *times, after] == sorted([before, *times, after])
    assert factory.ticks_diff(factory.ticks(), times[0]) >= 0
    assert dispatched(factory) == 0


def test_of_a_full_queue_the_newest_edge_is_the_level(hardware: Hardware, factory: GpiodFactory) -> None:
    listener = listening(factory)
    for number in range(3 * BUFFER + 1):
        hardware.drive(4, 1 - number % 2)
    dispatched(factory)

    assert len(listener.heard) == BUFFER
    assert listener.levels[-1] == hardware.levels[4]


def test_each_pin_wakes_by_a_file_of_its_own(hardware: Hardware, factory: GpiodFactory) -> None:
    first, second = listening(factory, 4), listening(factory, 5)
    hardware.drive(5, 1)

    assert len(factory.files()) == 2
    assert dispatched(factory) == 1
    assert (first.levels, second.levels) == ([], [1])


def test_a_file_of_a_pin_that_was_closed_meanwhile_is_passed_over(hardware: Hardware, factory: GpiodFactory) -> None:
    listener = listening(factory)
    hardware.drive(4, 1)
    (file,) = factory.files()
    factory.pin(4).close()
    factory.dispatch(file)

    assert listener.heard == []
    assert factory.files() == []


def test_nobody_listening_is_no_fault(hardware: Hardware, factory: GpiodFactory) -> None:
    listener = listening(factory)
    factory.pin(4).when_changed = None
    hardware.drive(4, 1)

    assert dispatched(factory) == 1
    assert listener.heard == []
    assert factory.pin(4).when_changed is None


def test_a_chip_without_interrupts_says_so_and_is_read_all_the_same(hardware: Hardware, factory: GpiodFactory) -> None:
    hardware.interrupts = False
    pin = factory.pin(4)
    pin.function = "input"
    pin.pull = "up"
    with pytest.raises(PinEdgeDetectUnsupported, match="No such device or address"):
        pin.edges = "both"

    assert (pin.edges, factory.files()) == ("none", [])
    assert (hardware.bias(4), hardware.taken[4].settings.edge_detection) == (Bias.PULL_UP, Edge.NONE)
    hardware.drive(4, 1)
    assert pin.state == 1


# --- the chip ---


@pytest.mark.parametrize(
    "act",
    [
        lambda factory: factory.pin(4).state,
        lambda factory: factory.pin(4)._set_pull("up"),  # noqa: SLF001 - what `pin.pull = "up"` calls
        lambda factory: factory.pin(4)._set_edges("both"),  # noqa: SLF001 - what `pin.edges = "both"` calls
        lambda factory: InputDevice(5, pull_up=True, pin_factory=factory),
        dispatched,
    ],
    ids=["read", "pull", "edges", "take", "dispatch"],
)
def test_a_chip_that_was_pulled_out_is_an_oserror_wherever_it_is_noticed(
    hardware: Hardware, factory: GpiodFactory, act: Callable[[GpiodFactory], object]
) -> None:
    listening(factory)
    hardware.vanish()

    with pytest.raises(OSError, match="No such device") as raised:
        act(factory)
    assert raised.value.errno == errno.ENODEV


NO_CHIP = r"Inappropriate ioctl|No such|none of the \d+ GPIO chips"
CHIPS = {
    "gpiochip0": Hardware(name="gpiochip0", label="pinctrl-bcm2711"),
    "gpiochip1": Hardware(name="gpiochip1", label="mcp23017"),
    "gpiochip2": Hardware(name="gpiochip2", label="mcp23017"),
    "gpiochip10": Hardware(name="gpiochip10", label="other"),
}


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """A directory of devices; links and what only looks like a chip are not opened."""
    for name in (*CHIPS, "gpiochip-i2c-1-0020", "gpiochip", "ttyS0"):
        (tmp_path / name).touch()
    return tmp_path


def open_fake(path: str) -> FakeChip:
    return FakeChip(CHIPS[Path(path).name])


@pytest.mark.parametrize(
    ("device", "name"), [("pinctrl-bcm2711", "gpiochip0"), ("gpiochip2", "gpiochip2"), ("other", "gpiochip10")]
)
def test_a_chip_is_found_by_its_label_or_its_name_and_looked_at_only_for_a_moment(
    devices: Path, device: str, name: str
) -> None:
    assert path_of(device, devices, open_fake) == str(devices / name)
    assert all(chip.open_chips == 0 for chip in CHIPS.values())


def test_a_path_is_taken_as_it_is(devices: Path) -> None:
    assert path_of("/dev/gpiochip-i2c-1-0020", devices, open_fake) == "/dev/gpiochip-i2c-1-0020"


def test_a_label_that_no_chip_has_is_told_with_how_many_there_are(devices: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none of the 4 GPIO chips has this name or label: 'pinctrl-rp1'"):
        path_of("pinctrl-rp1", devices, open_fake)


def test_a_label_of_two_chips_is_refused_with_their_paths(devices: Path) -> None:
    with pytest.raises(
        OSError, match=r"gpiochip1, .*/gpiochip2 all have this label; the path of one is needed"
    ) as raised:
        path_of("mcp23017", devices, open_fake)
    assert raised.value.errno == errno.ENOTUNIQ


@pytest.mark.parametrize("device", ["/dev/null", "/nowhere/gpiochip0", "no-such-label"])
def test_libgpiod_itself_says_what_is_no_chip_with_an_oserror(device: str) -> None:
    with pytest.raises(OSError, match=NO_CHIP):
        open_chip(device)
