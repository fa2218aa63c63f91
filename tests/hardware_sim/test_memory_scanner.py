"""The kiosk's end of a scanner in memory: commands and symbols in virtual time, for each protocol."""

import pytest

from hardware_sim.memory_scanner import MemoryScanner
from hardware_sim.scanner import SimScanner
from hardware_sim.scanner_firmware import FIRMWARES, SsiFirmware, scanner_with
from hardware_sim.world import World
from kiosk.core.events import Event, ScannerLost, ScannerReady
from tests.drivers.input.inboxes import scanned
from tests.hardware_sim.benches import SECOND_US

UPS = "1Z5R89390357567127"
AIM = {"gm65": "]C0", "ssi": "]C0"}


class Counter:
    def __init__(self, protocol: str) -> None:
        self.world = World()
        self.scanner = SimScanner(self.world)
        self.firmware = scanner_with(protocol, self.scanner)
        self.events: list[Event] = []
        self.end = MemoryScanner("front", self.scanner, self.events.append, protocol)
        self.end.start()

    def wait(self, seconds: int) -> list[Event]:
        """What happened meanwhile."""
        self.events.clear()
        self.world.run_for(seconds * SECOND_US)
        return list(self.events)


@pytest.mark.parametrize("protocol", FIRMWARES)
def test_a_scanner_is_triggered_again_and_again_until_nobody_asks(protocol: str) -> None:
    at = Counter(protocol)
    at.wait(2)
    assert at.firmware.eye.triggers == 0

    at.end.look(wanted=True)
    at.wait(60)
    assert at.firmware.eye.looking
    at.firmware.eye.hold_up(UPS)
    assert at.wait(3) == [scanned(AIM.get(protocol, "") + UPS)]

    at.end.look(wanted=False)
    at.wait(2)
    assert not at.firmware.eye.looking
    at.firmware.eye.hold_up(UPS)
    assert at.wait(60) == []


@pytest.mark.parametrize("protocol", FIRMWARES)
def test_a_scanner_that_was_pulled_in_the_middle_of_a_symbol_is_set_anew_and_reads_the_next(protocol: str) -> None:
    at = Counter(protocol)
    at.end.look(wanted=True)
    at.wait(2)
    at.firmware.eye.hold_up(UPS)
    at.world.run_for(5_000)
    at.scanner.unplug()
    assert at.wait(5) == []
    at.firmware.eye.release()
    at.scanner.plug_in()
    at.wait(5)
    at.firmware.eye.hold_up("next")

    assert at.wait(3) == [scanned(AIM.get(protocol, "") + "next")]


def test_a_symbol_that_is_damaged_twice_on_its_way_comes_whole_the_third_time() -> None:
    at = Counter("ssi")
    assert isinstance(at.firmware, SsiFirmware)
    at.end.look(wanted=True)
    at.wait(2)
    at.firmware.damaged = 2
    at.firmware.eye.hold_up(UPS)

    assert at.wait(5) == [scanned("]C0" + UPS)]
    assert at.firmware.sendings == 3


def test_being_pulled_and_coming_back_is_told() -> None:
    at = Counter("gm65")
    at.wait(1)
    at.scanner.unplug()
    at.scanner.plug_in()

    assert at.events == [ScannerLost("front"), ScannerReady("front")]
