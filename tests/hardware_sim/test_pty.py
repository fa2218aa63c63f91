"""The simulated bank behind pseudo-terminals, in real time: the real serial line's thread finds it like any port."""

import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
import serial

from drivers.bank import LineMaster
from drivers.serial_line import SerialLine
from drivers.serial_port import PortSettings
from hardware_sim.bank import SimBank
from hardware_sim.pty import PtyPort, line_on_pty, scanner_on_pty
from hardware_sim.real_time import RealTime, real_now_us
from hardware_sim.scanner import SimScanner
from hardware_sim.wire import Wire
from hardware_sim.world import World
from kiosk.config.machine import Machine
from kiosk.core.effects import PollDoors, Pulse
from kiosk.core.events import ContactsRead, Event, LineLost, LineReady, PulseAnswer, PulseAnswered, Reading
from kiosk.core.ids import CompartmentId
from kiosk.core.policy import PulseMs
from kiosk.wiring.lines import line_setups
from tests.hardware_sim.benches import A1, LINE, WAVESHARE, layout, lock_board, machine
from tests.hardware_sim.conftest import EACH_FAMILY

pytestmark = pytest.mark.slow

PATIENCE_S = 5.0
ACKNOWLEDGED = PulseAnswered(1, PulseAnswer.ACKNOWLEDGED)


@dataclass
class Desk:
    """The bank in one thread, the kiosk's line in another, the test in a third."""

    machine: Machine
    bank: SimBank
    scanner: SimScanner
    real_time: RealTime
    line_path: Path
    scanner_path: Path
    inbox: SimpleQueue[Event] = field(default_factory=SimpleQueue)

    @property
    def wire(self) -> Wire:
        return self.bank.wires[LINE]

    @contextmanager
    def kiosk(self) -> Iterator[SerialLine]:
        """The kiosk's end of the line, up and polling."""
        port = PortSettings(str(self.line_path), 9600)
        line = SerialLine(port, LineMaster(line_setups(self.machine)[LINE]), self.inbox, real_now_us)
        line.start()
        try:
            self.wait_for(lambda event: event == LineReady(LINE))
            for board in self.bank.boards:
                line.send(PollDoors(board, 100))
            yield line
        finally:
            line.stop()

    def wait_for(self, wanted: Callable[[Event], bool]) -> None:
        """Wait for an event like that; fails after a few seconds."""
        end_s = time.monotonic() + PATIENCE_S
        seen: list[Event] = []
        while not (seen and wanted(seen[-1])):
            try:
                seen.append(self.inbox.get(timeout=max(0.001, end_s - time.monotonic())))
            except Empty:
                pytest.fail(f"only these events came: {seen}")

    def wait_for_reading(self, compartment: CompartmentId, reading: Reading) -> None:
        contact = self.bank.place(compartment).contact
        self.wait_for(
            lambda event: (
                isinstance(event, ContactsRead)
                and event.board == contact.board
                and event.readings[contact.channel] is reading
            )
        )

    def pulse(self, line: SerialLine, compartment: CompartmentId) -> None:
        output = self.bank.place(compartment).output
        line.send(Pulse(1, compartment, output, PulseMs(300), real_now_us() // 1000 + 2000))

    def is_open(self, compartment: CompartmentId) -> bool:
        return self.real_time.ask(lambda: self.bank.door(compartment).is_open)


@pytest.fixture
def desk(tmp_path: Path, lock_family: str) -> Iterator[Desk]:
    world = World(seed=1, now_us=real_now_us())
    built = machine(lock_board(lock_family), WAVESHARE)
    bank, scanner = SimBank(world, layout(), built), SimScanner(world)
    with RealTime(world) as real_time:
        paths = tmp_path / "line", tmp_path / "scanner"
        real_time.ask(partial(line_on_pty, real_time, bank.wires[LINE], paths[0]))
        real_time.ask(partial(scanner_on_pty, real_time, scanner, paths[1]))
        yield Desk(built, bank, scanner, real_time, *paths)
        real_time.ask(bank.wires[LINE].unplug)
        real_time.ask(scanner.unplug)


# The line


@EACH_FAMILY
def test_the_real_serial_line_opens_a_door_and_sees_it_shut_again(desk: Desk, compartment: CompartmentId) -> None:
    with desk.kiosk() as line:
        desk.pulse(line, compartment)
        desk.wait_for(lambda event: event == ACKNOWLEDGED)
        desk.wait_for_reading(compartment, Reading.OPEN)
        assert desk.is_open(compartment)
        desk.real_time.ask(desk.bank.door(compartment).push)
        desk.wait_for_reading(compartment, Reading.CLOSED)
    assert desk.real_time.ask(desk.bank.supply.longest_us) == 300_000


def test_an_unplugged_line_is_lost_and_found_again_under_its_path(desk: Desk) -> None:
    with desk.kiosk() as line:
        desk.real_time.ask(desk.wire.unplug)
        desk.wait_for(lambda event: event == LineLost(LINE))
        assert not desk.line_path.is_symlink()
        desk.real_time.ask(desk.wire.plug_in)
        desk.wait_for(lambda event: event == LineReady(LINE))
        desk.pulse(line, A1)
        desk.wait_for(lambda event: event == ACKNOWLEDGED)


def test_a_process_that_starts_anew_takes_the_same_port(desk: Desk) -> None:
    with desk.kiosk():
        desk.wait_for_reading(A1, Reading.CLOSED)
    with desk.kiosk():
        desk.wait_for_reading(A1, Reading.CLOSED)


def test_an_answer_does_not_come_faster_than_its_bytes_and_the_board_allow(desk: Desk) -> None:
    with serial.Serial(str(desk.line_path), timeout=PATIENCE_S) as port:
        begun_us = real_now_us()
        port.write(bytes.fromhex("80 01 00 33 B2"))
        assert port.read(7)[0] == 0x80
        taken_us = real_now_us() - begun_us
    least_us = desk.wire.duration_us(5) + desk.wire.duration_us(7) + 3_000
    assert least_us <= taken_us < least_us + 500_000


# The scanner


def read_scan(port: int, terminator: bytes = b"\r") -> bytes:
    """What comes out of an open port up to the terminator."""
    data = b""
    while not data.endswith(terminator):
        readable, _, _ = select.select([port], [], [], PATIENCE_S)
        assert readable, f"only {data!r} came"
        data += os.read(port, 4096)
    return data


@contextmanager
def opened(path: Path) -> Iterator[int]:
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        yield port
    finally:
        os.close(port)


def test_a_scan_comes_out_of_the_port_byte_by_byte_at_its_speed(desk: Desk) -> None:
    label = "1Z999AA10123456784"
    with opened(desk.scanner_path) as port:
        begun_us = real_now_us()
        desk.real_time.call(lambda: desk.scanner.scan(label))
        assert read_scan(port) == label.encode() + b"\r"
        assert real_now_us() - begun_us >= 19 * 10_000_000 // 9600


def test_two_scans_follow_each_other_without_mixing(desk: Desk) -> None:
    with opened(desk.scanner_path) as port:
        desk.real_time.call(lambda: desk.scanner.scan("first"))
        desk.real_time.call(lambda: desk.scanner.scan("second"))
        data = read_scan(port)
        while not data.endswith(b"second\r"):
            data += read_scan(port)
        assert data == b"first\rsecond\r"


def test_a_scanner_that_is_pulled_out_hangs_up_and_comes_back_under_its_path(desk: Desk) -> None:
    with opened(desk.scanner_path) as port:
        desk.real_time.ask(desk.scanner.unplug)
        readable, _, _ = select.select([port], [], [], PATIENCE_S)
        assert readable
        assert os.read(port, 1) == b"", "a terminal that hung up"
    assert not desk.scanner_path.exists()
    desk.real_time.ask(desk.scanner.plug_in)
    with opened(desk.scanner_path) as port:
        desk.real_time.call(lambda: desk.scanner.scan("back"))
        assert read_scan(port) == b"back\r"


# The thread


def test_what_goes_wrong_is_told_to_who_asked_and_the_world_goes_on(desk: Desk) -> None:
    with pytest.raises(KeyError):
        desk.real_time.ask(lambda: desk.bank.door(CompartmentId("nowhere")))
    assert not desk.is_open(A1)


def test_plugging_in_or_out_twice_is_harmless(desk: Desk) -> None:
    port = desk.wire.port
    assert isinstance(port, PtyPort)
    desk.real_time.ask(port.plugged_in)
    desk.real_time.ask(port.unplugged)
    desk.real_time.ask(port.unplugged)
    desk.real_time.ask(port.plugged_in)
    assert desk.line_path.exists()
