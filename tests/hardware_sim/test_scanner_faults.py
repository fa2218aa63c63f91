"""Faults of a scanner as the kiosk's end of its port meets them, and which faults are offered where."""

from pathlib import Path

import pytest

from hardware_sim.bank import SimBank
from hardware_sim.fault_names import NAMED, ON_CHIPS, ON_SCANNERS, begin, end, offered
from hardware_sim.memory_scanner import MemoryScanner
from hardware_sim.on_chips import HEADER, on_chips
from hardware_sim.scanner import SimScanner
from hardware_sim.scanner_faults import ScannerFlood, apply
from hardware_sim.site import Ports, sound_site, write_site
from hardware_sim.world import World
from kiosk.core.events import Event, Scanned, ScannerLost, ScannerReady, ScanRejected
from kiosk.core.ids import CompartmentId
from tests.drivers.input.inboxes import scanned
from tests.hardware_sim.benches import SECOND_US

A01 = CompartmentId("A01")
CUT = "1Z5R89390"


class Counter:
    """A scanner, its end of the line, and a bank with every contact on a chip."""

    def __init__(self, directory: Path) -> None:
        site = on_chips(sound_site(write_site(directory, Ports())), (HEADER,))
        self.world = World()
        self.bank = SimBank(self.world, site.layout, site.machine)
        self.scanner = SimScanner(self.world)
        self.events: list[Event] = []
        MemoryScanner("front", self.scanner, self.events.append).start()

    def after(self, name: str) -> list[Event]:
        """What is heard in the ten seconds from the fault on."""
        self.events.clear()
        begin(self.bank, self.scanner, name, A01)
        self.world.run_for(10 * SECOND_US)
        return list(self.events)


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_an_unplugged_scanner_is_lost_and_says_nothing_until_it_is_mended(counter: Counter) -> None:
    assert counter.after("scanner-lost") == [ScannerLost("front")]
    counter.scanner.scan(CUT)
    counter.world.run_for(SECOND_US)
    assert counter.events == [ScannerLost("front")]
    end(counter.bank, counter.scanner)
    assert counter.events[-1] == ScannerReady("front")


def test_a_flood_is_rejected_once_and_no_scan_comes_of_it(counter: Counter) -> None:
    assert [type(event) for event in counter.after("scanner-flood")] == [ScanRejected]
    counter.scanner.scan(CUT)
    counter.world.run_for(SECOND_US)
    assert counter.events[-1] == scanned(CUT)


def test_a_cut_scan_is_all_that_is_heard_and_the_next_one_is_whole(counter: Counter) -> None:
    assert counter.after("cut-scan") == [scanned(CUT)]
    counter.scanner.scan("RB123456785US")
    counter.world.run_for(SECOND_US)
    assert counter.events[-1] == scanned("RB123456785US")


def test_a_short_flood_is_a_scan() -> None:
    world = World()
    scanner, events = SimScanner(world), list[Event]()
    MemoryScanner("front", scanner, events.append).start()
    apply(scanner, ScannerFlood(characters=20))
    world.run_for(SECOND_US)
    assert events[-1] == scanned("X" * 20)
    assert isinstance(events[-1], Scanned)


def test_a_chip_can_be_lost_where_a_contact_hangs_on_one(counter: Counter) -> None:
    last = counter.bank.layout.places[-1].compartment
    assert set(offered(counter.bank, A01)) == {*NAMED, *ON_CHIPS, *ON_SCANNERS}
    assert set(offered(counter.bank, last)) == {*NAMED, *ON_SCANNERS}
    begin(counter.bank, counter.scanner, "chip-lost", A01)
    assert not counter.bank.chips[HEADER.chip].plugged
    end(counter.bank, counter.scanner)
    assert counter.bank.chips[HEADER.chip].plugged
