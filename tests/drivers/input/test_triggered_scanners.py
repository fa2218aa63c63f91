"""Scanners that take commands, on real pseudo-terminals: the real thread, and a simulated scanner of each kind, which
obeys at its line's speed.

Must not know the bytes: those have their own test.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.input.protocols.ssi import CODE_ID, DATA_FORMAT, TRIGGER_MODE
from drivers.input.serial_scanner import SerialScanner
from drivers.serial_port import PortSettings
from hardware_sim.pty import scanner_on_pty
from hardware_sim.real_time import RealTime, real_now_us
from hardware_sim.scanner import SimScanner
from hardware_sim.scanner_firmware import FIRMWARES, AnyFirmware, Gm65Firmware, SsiFirmware, scanner_with
from hardware_sim.world import World
from kiosk.core.events import ScannerLost, ScannerReady
from tests.drivers.input.inboxes import PATIENCE_S, Clock, PatientInbox, scanned

pytestmark = pytest.mark.slow

READY, LOST = ScannerReady("front"), ScannerLost("front")
UPS = "1Z5R89390357567127"
AIM = {"gm65": "]C0", "ssi": "]C0", "honeywell": "", "datalogic": ""}
"""What stands before a symbol by the kiosk's own settings."""


class Counter:
    """A simulated scanner in real time, with the kiosk's thread at its port."""

    def __init__(self, protocol: str, path: Path) -> None:
        self._real_time = RealTime(World(now_us=real_now_us()))
        self.scanner = SimScanner(self._real_time.world)
        self.firmware: AnyFirmware = scanner_with(protocol, self.scanner)
        self.inbox = PatientInbox()
        self.thread = SerialScanner(
            "front", PortSettings(str(path), 9600), self.inbox, Clock().now_us, protocol=protocol
        )
        self._path = path

    def begin(self) -> None:
        self._real_time.__enter__()
        self.do(lambda: scanner_on_pty(self._real_time, self.scanner, self._path))
        self.thread.start()

    def end(self) -> None:
        self.thread.stop()
        self.do(self.scanner.unplug)
        self._real_time.stop()

    def do(self, what: Callable[[], object]) -> None:
        self._real_time.ask(what)

    def hold_up(self, label: str) -> None:
        self.do(lambda: self.firmware.eye.hold_up(label))

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Asked in the world's thread again and again, each time after it has moved on."""
        end_us = real_now_us() + int(PATIENCE_S * 1_000_000)
        while not self._real_time.ask(holds):
            assert real_now_us() < end_us, "it never came"


@contextmanager
def counter(protocol: str, directory: Path) -> Iterator[Counter]:
    made = Counter(protocol, directory / "port")
    made.begin()
    try:
        made.inbox.wait_for(READY)
        yield made
    finally:
        made.end()


@pytest.mark.parametrize("protocol", FIRMWARES)
def test_a_label_is_read_while_it_is_asked_for_and_at_no_other_time(tmp_path: Path, protocol: str) -> None:
    with counter(protocol, tmp_path) as at:
        at.hold_up(UPS)
        assert not at.firmware.eye.looking

        at.thread.look(wanted=True)
        at.inbox.wait_for(scanned(AIM[protocol] + UPS))

        at.hold_up("second")
        at.inbox.wait_for(scanned(AIM[protocol] + "second"))

        at.thread.look(wanted=False)
        at.wait_until(lambda: not at.firmware.eye.looking)
        at.hold_up("third")
        at.thread.look(wanted=True)
        at.inbox.wait_for(scanned(AIM[protocol] + "third"))


def test_an_ssi_scanner_is_woken_and_told_to_send_packets(tmp_path: Path) -> None:
    with counter("ssi", tmp_path) as at:
        assert isinstance(at.firmware, SsiFirmware)
        parameters = at.firmware.parameters
        at.wait_until(lambda: parameters == {TRIGGER_MODE: 8, DATA_FORMAT: 1, CODE_ID: 1})


def test_a_symbol_that_was_damaged_on_its_way_comes_again_and_is_one(tmp_path: Path) -> None:
    with counter("ssi", tmp_path) as at:
        assert isinstance(at.firmware, SsiFirmware)
        at.firmware.damaged = 1
        at.thread.look(wanted=True)
        at.hold_up(UPS)
        at.inbox.wait_for(scanned("]C0" + UPS))
        assert at.firmware.sendings == 2
        assert at.inbox.rest() == []


def test_a_symbol_of_which_our_acknowledgement_was_lost_comes_again_and_is_one(tmp_path: Path) -> None:
    with counter("ssi", tmp_path) as at:
        assert isinstance(at.firmware, SsiFirmware)
        firmware = at.firmware
        firmware.unheard = 1
        at.thread.look(wanted=True)
        at.hold_up(UPS)
        at.inbox.wait_for(scanned("]C0" + UPS))
        at.wait_until(lambda: firmware.sendings == 2)
        at.hold_up("next")
        at.inbox.wait_for(scanned("]C0next"))


def test_a_scanner_that_acknowledges_nothing_still_hands_over_labels_and_is_complained_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with counter("gm65", tmp_path) as at:
        assert isinstance(at.firmware, Gm65Firmware)
        at.firmware.silent = True
        at.thread.look(wanted=True)
        at.wait_until(lambda: bool(caplog.records))
        at.do(lambda: at.scanner.scan(UPS))
        at.inbox.wait_for(scanned(UPS))
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "the scanner acknowledges no command; is its protocol the right one?"
    ]


@pytest.mark.parametrize("protocol", FIRMWARES)
def test_a_scanner_that_was_pulled_is_set_and_triggered_anew(tmp_path: Path, protocol: str) -> None:
    with counter(protocol, tmp_path) as at:
        at.thread.look(wanted=True)
        at.wait_until(lambda: at.firmware.eye.looking)
        at.do(at.scanner.unplug)
        at.inbox.wait_for(LOST)
        at.do(at.firmware.eye.release)
        at.do(at.scanner.plug_in)
        at.inbox.wait_for(READY)
        at.wait_until(lambda: at.firmware.eye.looking)
        at.hold_up(UPS)
        at.inbox.wait_for(scanned(AIM[protocol] + UPS))
