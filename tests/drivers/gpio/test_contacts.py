"""Contacts of a GPIO chip: polarity, reads in turns, edges with their time, and pins and chips that fail.

Holds gpiozero's own mock for levels and edges, and a chip in memory for what only a kernel does. No thread, no clock.
"""

import logging
import time
from collections.abc import Iterator

import pytest
from gpiozero import Device

from drivers.gpio.contacts import MOST_EDGES, RETRY_US, SETTLE_US, STEADY_US, ChipContacts, ChipSetup, Pull
from drivers.gpio.gpiod_factory import GpiodFactory
from drivers.station import POLL_IDLE_US
from kiosk.core.effects import PollDoors
from kiosk.core.events import ContactsLost, ContactsRead, Event, Reading
from kiosk.core.ids import BoardId
from kiosk.core.layout import ContactSource
from tests.drivers.gpio.fake_chip import FakeChip, Hardware, error
from tests.drivers.gpio.mock_chip import MockChip

CHIP = BoardId("header")
SETUP = ChipSetup(CHIP, "fake-chip", pins=(4, 5), closed_level=0, pull=Pull.UP)
LATE_US = 250_000
OPEN, CLOSED, FAULT = Reading.OPEN, Reading.CLOSED, Reading.FAULT


class Bench:
    """One chip's contacts, their time turned by hand."""

    def __init__(self, setup: ChipSetup = SETUP) -> None:
        self.now_us = 1_000_000
        self.woken = 0
        self.chip = MockChip()
        self.contacts = ChipContacts(setup, self._wake)

    def opened(self) -> "Bench":
        self.contacts.opened(self.chip, self.now_us)
        return self

    def serve(self, after_us: int = 0) -> list[Event]:
        self.now_us += after_us
        self.contacts.serve(self.now_us)
        return self.contacts.take_events()

    def _wake(self) -> None:
        self.woken += 1


class LateChip(MockChip):
    """Its edges happened a while ago."""

    def ticks(self) -> float:
        return time.monotonic() + LATE_US / 1e6


class KernelBench(Bench):
    """The same on a chip in memory behind libgpiod's factory."""

    def __init__(self, hardware: Hardware, setup: ChipSetup = SETUP) -> None:
        super().__init__(setup)
        self.chip = GpiodFactory(FakeChip(hardware))


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench().opened()
    yield made
    made.contacts.close()


@pytest.fixture
def hardware() -> Hardware:
    return Hardware()


def read(readings: dict[int, Reading], at_us: int) -> ContactsRead:
    return ContactsRead(CHIP, ContactSource.GPIO, readings, at_us)


def readings(events: list[Event]) -> list[dict[int, Reading]]:
    return [dict(event.readings) for event in events if isinstance(event, ContactsRead)]


# --- reading ---


def test_every_pin_is_read_once_at_the_start_and_then_in_turns(bench: Bench) -> None:
    assert bench.serve() == [read({4: OPEN, 5: OPEN}, bench.now_us)]

    assert bench.serve(POLL_IDLE_US - 1) == []
    assert bench.serve(1) == [read({4: OPEN, 5: OPEN}, bench.now_us)]


@pytest.mark.parametrize(
    ("closed_level", "inverted", "level", "reading"),
    [
        (0, frozenset(), 0, CLOSED),
        (0, frozenset(), 1, OPEN),
        (1, frozenset(), 1, CLOSED),
        (1, frozenset(), 0, OPEN),
        (0, frozenset({4}), 0, OPEN),
        (0, frozenset({4}), 1, CLOSED),
        (1, frozenset({4}), 1, OPEN),
        (0, frozenset({5}), 0, CLOSED),
    ],
)
def test_the_closed_level_is_that_of_the_chip_but_for_inverted_pins(
    closed_level: int, inverted: frozenset[int], level: int, reading: Reading
) -> None:
    setup = ChipSetup(CHIP, "fake-chip", (4,), closed_level, Pull.NONE, inverted)
    bench = Bench(setup)
    bench.chip.pin(4)._state = bool(level)  # noqa: SLF001 - the wire was so before anybody took the pin

    assert bench.opened().serve() == [read({4: reading}, bench.now_us)]
    bench.contacts.close()


@pytest.mark.parametrize(("pull", "pulled"), [(Pull.UP, "up"), (Pull.DOWN, "down"), (Pull.NONE, "floating")])
def test_pins_are_pulled_as_the_settings_say(pull: Pull, pulled: str) -> None:
    bench = Bench(ChipSetup(CHIP, "fake-chip", (4,), 0, pull)).opened()
    bench.serve()

    assert bench.chip.pin(4).pull == pulled
    bench.contacts.close()


def test_another_rate_holds_from_now_on(bench: Bench) -> None:
    bench.serve()
    bench.contacts.submit(PollDoors(CHIP, 100), bench.now_us)

    assert bench.contacts.deadline_us() == bench.now_us + 100_000
    assert len(bench.serve(100_000)) == 1
    assert bench.contacts.deadline_us() == bench.now_us + 100_000


def test_the_environment_has_no_say_in_which_pins_are_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "nonsense")
    monkeypatch.setenv("GPIOZERO_MOCK_PIN_CLASS", "nonsense")

    assert len(bench.serve()) == 1
    assert Device.pin_factory is None


# --- edges ---


def test_an_edge_wakes_and_is_told_with_the_time_at_which_it_happened(hardware: Hardware) -> None:
    bench = KernelBench(hardware).opened()
    bench.serve()
    hardware.drive(4, 1)
    for file in bench.chip.files():
        if hardware.taken[4].fd == file:
            bench.chip.dispatch(file)
    assert bench.woken == 1

    (event,) = bench.serve(1_000)
    assert isinstance(event, ContactsRead)
    assert event.readings == {4: OPEN}
    assert event.at_us is not None
    assert bench.now_us - 1_000_000 < event.at_us <= bench.now_us
    bench.contacts.close()
    bench.chip.close()


def test_an_edge_that_waited_is_told_with_the_time_at_which_it_happened() -> None:
    bench = Bench()
    bench.chip = LateChip()
    bench.opened().serve()
    bench.chip.pin(4).drive_low()

    (event,) = bench.serve(1_000)
    assert isinstance(event, ContactsRead)
    assert event.at_us is not None
    assert LATE_US <= bench.now_us - event.at_us < 2 * LATE_US
    bench.contacts.close()


def test_every_bounce_is_told_in_order(bench: Bench) -> None:
    bench.serve()
    for _ in range(3):
        bench.chip.pin(4).drive_low()
        bench.chip.pin(4).drive_high()

    assert readings(bench.serve(1_000)) == [{4: CLOSED}, {4: OPEN}] * 3
    assert bench.woken == 6


def test_after_an_edge_everything_is_read_again_soon(bench: Bench) -> None:
    bench.serve()
    bench.chip.pin(4).drive_low()
    bench.serve(1_000)

    assert bench.contacts.deadline_us() == bench.now_us + SETTLE_US
    assert readings(bench.serve(SETTLE_US)) == [{4: CLOSED, 5: OPEN}]
    assert bench.contacts.deadline_us() == bench.now_us + POLL_IDLE_US


def test_a_read_that_is_due_sooner_stays_so(bench: Bench) -> None:
    bench.contacts.submit(PollDoors(CHIP, 20), bench.now_us)
    bench.serve()
    bench.chip.pin(4).drive_low()
    bench.serve(1_000)

    assert bench.contacts.deadline_us() == bench.now_us + 19_000


def test_a_chip_without_interrupts_is_polled(hardware: Hardware, caplog: pytest.LogCaptureFixture) -> None:
    hardware.interrupts = False
    bench = KernelBench(hardware).opened()
    hardware.drive(4, 1)

    assert readings(bench.serve()) == [{4: OPEN, 5: CLOSED}]
    assert bench.chip.files() == []
    hardware.drive(4, 0)
    assert readings(bench.serve(POLL_IDLE_US)) == [{4: CLOSED, 5: CLOSED}]
    assert not caplog.records
    bench.contacts.close()
    bench.chip.close()


def test_a_loose_wire_is_a_fault_and_is_listened_to_again_later(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.serve()
    for _ in range(MOST_EDGES):
        bench.chip.pin(4).drive_low()
        bench.chip.pin(4).drive_high()

    assert len(bench.serve(1_000)) == MOST_EDGES
    assert readings(bench.serve(SETTLE_US)) == [{4: FAULT, 5: OPEN}]
    bench.chip.pin(4).drive_low()
    assert bench.serve(1_000) == []
    assert readings(bench.serve(RETRY_US)) == [{4: OPEN, 5: OPEN}]
    assert [record.getMessage() for record in caplog.records] == [
        f"chip header, pin 4: more than {MOST_EDGES} edges between two reads"
    ]


def test_edges_add_up_only_between_two_reads(bench: Bench) -> None:
    bench.serve()
    for _ in range(3):
        for _ in range(MOST_EDGES // 2):
            bench.chip.pin(4).drive_low()
            bench.chip.pin(4).drive_high()
        assert len(bench.serve(1_000)) == MOST_EDGES
        assert readings(bench.serve(SETTLE_US)) == [{4: OPEN, 5: OPEN}]


# --- pins and chips that fail ---


def test_a_pin_that_another_program_uses_is_a_fault_and_is_tried_again(
    hardware: Hardware, caplog: pytest.LogCaptureFixture
) -> None:
    hardware.others.add(4)
    bench = KernelBench(hardware).opened()
    with caplog.at_level(logging.WARNING):
        assert readings(bench.serve()) == [{4: FAULT, 5: CLOSED}]
        assert readings(bench.serve(RETRY_US)) == [{4: FAULT, 5: CLOSED}]
    assert [record.getMessage() for record in caplog.records] == [
        "chip header, pin 4: [Errno 16] Device or resource busy"
    ]

    hardware.others.clear()
    assert readings(bench.serve(RETRY_US)) == [{4: CLOSED, 5: CLOSED}]
    bench.contacts.close()
    bench.chip.close()


def test_a_pin_that_the_chip_does_not_have_is_a_fault(hardware: Hardware, caplog: pytest.LogCaptureFixture) -> None:
    bench = KernelBench(hardware, ChipSetup(CHIP, "fake-chip", (5, 200), 0, Pull.UP)).opened()

    assert readings(bench.serve()) == [{5: CLOSED, 200: FAULT}]
    assert caplog.messages == ["chip header, pin 200: the chip has no pin 200"]
    bench.contacts.close()
    bench.chip.close()


def test_a_pin_that_cannot_be_read_is_a_fault_until_it_can(hardware: Hardware) -> None:
    bench = KernelBench(hardware).opened()
    hardware.broken.add(5)
    assert readings(bench.serve()) == [{4: CLOSED, 5: FAULT}]

    hardware.broken.clear()
    assert readings(bench.serve(POLL_IDLE_US)) == [{4: CLOSED, 5: CLOSED}]
    bench.contacts.close()
    bench.chip.close()


@pytest.mark.parametrize("how", ["broken", "others"])
def test_a_chip_of_which_no_pin_can_be_read_three_times_in_a_row_is_gone(hardware: Hardware, how: str) -> None:
    bench = KernelBench(hardware)
    setattr(hardware, how, {4, 5})
    bench.opened()

    assert bench.serve() == []
    assert bench.serve(SETTLE_US) == []
    with pytest.raises(OSError, match=r"Remote I/O error|busy"):
        bench.serve(SETTLE_US)
    assert bench.contacts.take_events() == []
    bench.contacts.close()
    bench.chip.close()


def test_a_read_that_a_pulse_disturbed_is_made_again_and_nobody_hears_of_it(hardware: Hardware) -> None:
    bench = KernelBench(hardware).opened()
    bench.serve()
    for _ in range(3):
        hardware.broken |= {4, 5}
        assert bench.serve(POLL_IDLE_US) == []
        assert bench.serve(SETTLE_US) == []
        hardware.broken.clear()
        assert readings(bench.serve(SETTLE_US)) == [{4: CLOSED, 5: CLOSED}]
    bench.contacts.close()
    bench.chip.close()


def test_a_chip_that_was_pulled_out_is_gone_at_its_next_read(hardware: Hardware) -> None:
    bench = KernelBench(hardware).opened()
    bench.serve()
    hardware.vanish()

    with pytest.raises(OSError, match="No such device"):
        bench.serve(POLL_IDLE_US)
    bench.contacts.close()
    bench.chip.close()


def test_a_chip_is_steady_after_it_was_read_for_a_while(hardware: Hardware) -> None:
    bench = KernelBench(hardware)
    assert not bench.contacts.is_steady(bench.now_us)
    bench.opened().serve()
    assert not bench.contacts.is_steady(bench.now_us + STEADY_US - 1)
    assert bench.contacts.is_steady(bench.now_us + STEADY_US)

    hardware.broken |= {4, 5}
    bench.serve(STEADY_US)
    assert not bench.contacts.is_steady(bench.now_us)
    bench.contacts.close()
    bench.chip.close()


def test_one_loose_wire_is_no_lost_chip_though_it_is_the_only_one() -> None:
    bench = Bench(ChipSetup(CHIP, "fake-chip", (4,), 0, Pull.UP)).opened()
    bench.serve()
    for _ in range(MOST_EDGES):
        bench.chip.pin(4).drive_low()
        bench.chip.pin(4).drive_high()
    bench.serve(1_000)

    assert readings(bench.serve(SETTLE_US)) == [{4: FAULT}]
    assert readings(bench.serve(POLL_IDLE_US)) == [{4: FAULT}]
    bench.contacts.close()


def test_a_lost_chip_is_told_once_and_again_after_it_was_read(bench: Bench) -> None:
    bench.serve()
    for _ in range(3):
        bench.contacts.lost(error(19))
    assert bench.contacts.take_events() == [ContactsLost(CHIP, "No such device")]
    assert bench.contacts.deadline_us() is None
    assert bench.serve(POLL_IDLE_US) == []

    bench.opened()
    assert readings(bench.serve()) == [{4: OPEN, 5: OPEN}]
    bench.contacts.lost(OSError("pulled out"))
    assert bench.contacts.take_events() == [ContactsLost(CHIP, "pulled out")]


def test_edges_that_nobody_took_before_the_chip_was_lost_are_forgotten(bench: Bench) -> None:
    bench.serve()
    bench.chip.pin(4).drive_low()
    bench.contacts.lost(error(19))
    bench.contacts.take_events()

    assert readings(bench.opened().serve()) == [{4: OPEN, 5: OPEN}]


def test_every_line_is_given_back_at_the_end(hardware: Hardware) -> None:
    bench = KernelBench(hardware).opened()
    bench.serve()
    assert set(hardware.taken) == {4, 5}

    bench.contacts.close()
    assert hardware.taken == {}
    bench.chip.close()
