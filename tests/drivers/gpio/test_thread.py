"""The thread of a GPIO chip in real time: woken by edges, a chip that goes and comes back, its end and its restart.

Holds gpiozero's own mock, whose edges come from another thread, and a chip in memory, whose edges come through files.
"""

import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

import pytest

from drivers.edge import REOPEN_FIRST_US
from drivers.gpio.contacts import ChipSetup, PinFactory, Pull
from drivers.gpio.gpiod_factory import GpiodFactory
from drivers.gpio.thread import ContactThread
from kiosk.core.effects import PollDoors
from kiosk.core.events import ContactsLost, ContactsRead, Event, Reading
from kiosk.core.ids import BoardId
from tests.drivers.gpio.fake_chip import FakeChip, Hardware
from tests.drivers.gpio.mock_chip import MockChip

pytestmark = pytest.mark.slow

CHIP = BoardId("header")
SETUP = ChipSetup(CHIP, "fake-chip", pins=(4, 5), closed_level=0, pull=Pull.UP)
OPEN, CLOSED = Reading.OPEN, Reading.CLOSED
PATIENCE_S = 5.0
TOLERATED_US = 50_000
"""Between two readings of one clock, on a machine that has other things to do."""


def now_us() -> int:
    return time.monotonic_ns() // 1000


class Bench:
    """A thread, what it posted, and which devices it was told to open."""

    def __init__(self, open_chip: Callable[[], PinFactory]) -> None:
        self.inbox: SimpleQueue[Event] = SimpleQueue()
        self.opened: list[str] = []
        self.opened_s: list[float] = []
        self._open_chip = open_chip
        self.thread = ContactThread(SETUP, self._open, self.inbox, now_us)

    def _open(self, device: str) -> PinFactory:
        self.opened.append(device)
        self.opened_s.append(time.monotonic())
        return self._open_chip()

    def start(self) -> "Bench":
        self.thread.start()
        return self

    def next(self) -> Event:
        return self.inbox.get(timeout=PATIENCE_S)

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            event = self.inbox.get(timeout=PATIENCE_S)
            if wanted(event):
                return event
        pytest.fail("it never came")


def reads(**expected: Reading) -> Callable[[Event], bool]:
    """Whether an event reads these pins so, such as ``p4=OPEN``."""
    pins = {int(name.removeprefix("p")): reading for name, reading in expected.items()}
    return lambda event: isinstance(event, ContactsRead) and event.readings == pins


def is_lost(event: Event) -> bool:
    return isinstance(event, ContactsLost)


@pytest.fixture
def hardware() -> Hardware:
    return Hardware()


@pytest.fixture
def bench(hardware: Hardware) -> Iterator[Bench]:
    """On a chip in memory behind libgpiod's factory; not started."""
    made = Bench(lambda: GpiodFactory(FakeChip(hardware)))
    yield made
    made.thread.stop()
    assert (hardware.taken, hardware.open_chips) == ({}, 0)


def test_all_pins_are_read_first_and_an_edge_wakes_the_thread_long_before_its_next_read(
    bench: Bench, hardware: Hardware
) -> None:
    bench.start()
    assert reads(p4=CLOSED, p5=CLOSED)(bench.next())

    before_us = now_us()
    hardware.drive(5, 1)
    edge = bench.next()
    after_us = now_us()
    assert reads(p5=OPEN)(edge)
    assert isinstance(edge, ContactsRead)
    assert edge.at_us is not None
    assert before_us - TOLERATED_US <= edge.at_us <= after_us
    assert after_us - before_us < 500_000
    assert reads(p4=CLOSED, p5=OPEN)(bench.next())
    assert bench.opened == ["fake-chip"]


def test_edges_of_a_factory_with_a_thread_of_its_own_wake_it_as_well() -> None:
    chip = MockChip()
    bench = Bench(lambda: chip).start()
    bench.until(reads(p4=OPEN, p5=OPEN))
    chip.pin(4).drive_low()

    assert reads(p4=CLOSED)(bench.next())
    bench.thread.stop()
    assert not bench.thread.is_alive()


def test_the_rate_that_was_asked_for_is_kept(bench: Bench) -> None:
    bench.start().thread.send(PollDoors(CHIP, 20))
    begun = time.monotonic()
    for _ in range(5):
        bench.until(reads(p4=CLOSED, p5=CLOSED))

    assert time.monotonic() - begun < 0.9


def test_a_chip_that_is_pulled_out_is_told_at_once_and_read_anew_when_it_returns(
    bench: Bench, hardware: Hardware
) -> None:
    bench.start().until(reads(p4=CLOSED, p5=CLOSED))
    hardware.vanish()
    assert bench.next() == ContactsLost(CHIP, "No such device")

    hardware.levels[4] = 1
    hardware.gone = False
    assert reads(p4=OPEN, p5=CLOSED)(bench.next())
    assert len(bench.opened) >= 2
    hardware.drive(4, 0)
    bench.until(reads(p4=CLOSED))


def test_a_chip_that_is_not_there_at_the_start_is_told_once_and_taken_when_it_comes(
    bench: Bench, hardware: Hardware, caplog: pytest.LogCaptureFixture
) -> None:
    hardware.gone = True
    bench.start()
    assert is_lost(bench.next())
    bench.thread.send(PollDoors(CHIP, 20))
    deadline = time.monotonic() + PATIENCE_S
    while len(bench.opened) < 2 and time.monotonic() < deadline:
        with pytest.raises(Empty):
            bench.inbox.get(timeout=0.05)

    hardware.gone = False
    assert reads(p4=CLOSED, p5=CLOSED)(bench.next())
    assert caplog.messages == ["fake-chip: [Errno 19] No such device"]


def test_a_chip_that_comes_and_goes_is_tried_less_and_less_often(bench: Bench, hardware: Hardware) -> None:
    bench.start()
    for _ in range(2):
        bench.until(reads(p4=CLOSED, p5=CLOSED))
        hardware.vanish()
        bench.until(is_lost)
        hardware.gone = False
    bench.until(reads(p4=CLOSED, p5=CLOSED))

    first_s, second_s, third_s = bench.opened_s
    assert second_s - first_s >= REOPEN_FIRST_US / 1e6
    assert third_s - second_s >= 2 * REOPEN_FIRST_US / 1e6


def test_an_expander_that_stops_answering_is_lost_at_its_next_read(bench: Bench, hardware: Hardware) -> None:
    hardware.interrupts = False
    bench.start().until(reads(p4=CLOSED, p5=CLOSED))
    hardware.broken |= {4, 5}

    assert bench.until(is_lost) == ContactsLost(CHIP, "Remote I/O error")
    hardware.broken.clear()
    bench.until(reads(p4=CLOSED, p5=CLOSED))


def test_a_stop_is_quick_whether_the_chip_is_there_or_not_and_another_thread_may_take_it(
    bench: Bench, hardware: Hardware
) -> None:
    bench.start().until(reads(p4=CLOSED, p5=CLOSED))
    begun = time.monotonic()
    bench.thread.stop()
    assert not bench.thread.is_alive()
    assert hardware.taken == {}

    hardware.gone = True
    second = Bench(lambda: GpiodFactory(FakeChip(hardware))).start()
    assert is_lost(second.next())
    second.thread.stop()
    assert not second.thread.is_alive()
    assert time.monotonic() - begun < 1.0

    hardware.gone = False
    third = Bench(lambda: GpiodFactory(FakeChip(hardware))).start()
    assert reads(p4=CLOSED, p5=CLOSED)(third.next())
    third.thread.stop()


def test_a_thread_that_never_started_can_be_stopped(bench: Bench) -> None:
    bench.thread.stop()

    assert not bench.thread.is_alive()
    bench.thread.send(PollDoors(CHIP, 20))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_ours_ends_the_thread_for_the_kiosk_to_notice() -> None:
    bench = Bench(lambda: pytest.fail("no OSError")).start()
    bench.thread._thread.join(PATIENCE_S)  # noqa: SLF001 - there is no other way to wait for an end

    assert not bench.thread.is_alive()
    bench.thread.stop()
