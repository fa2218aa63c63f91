"""The serial scanner's thread on real pseudo-terminals: scans, rejections, unplug and return, stop.

Holds a scanner at the other end of a pty. It must not know the rules of assembly: those have their own test.
"""

import os
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

from drivers.input.assembly import SAME_SCAN_US
from drivers.input.serial_scanner import SerialScanner
from drivers.serial_port import PortSettings
from kiosk.core.events import Scanned, ScannerLost, ScannerReady, ScanRejected
from tests.drivers.input.inboxes import Clock, PatientInbox, scanned

READY, LOST = ScannerReady("front"), ScannerLost("front")
UPS = "1Z5R89390357567127"


class PtyScanner:
    """A scanner on the far end of a pty; ``path`` is the port that the kiosk opens."""

    def __init__(self) -> None:
        self._far, near = os.openpty()
        tty.setraw(near)
        self.path = os.ttyname(near)
        self._near = near

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._far, data) :]

    def unplug(self) -> None:
        os.close(self._far)
        os.close(self._near)


@contextmanager
def running(path: str | Path, clock: Clock | None = None) -> Iterator[tuple[SerialScanner, PatientInbox]]:
    inbox = PatientInbox()
    scanner = SerialScanner("front", PortSettings(str(path), 9600), inbox, (clock or Clock()).now_us)
    scanner.start()
    try:
        yield scanner, inbox
    finally:
        scanner.stop()


def test_scans_come_in_order_exactly_as_they_were_sent() -> None:
    scanner = PtyScanner()
    with running(scanner.path) as (_, inbox):
        inbox.wait_for(READY)
        scanner.send(b"]C0" + UPS.encode() + b"\r\nLK1:aB  c\r\n\r\n")
        inbox.wait_for(scanned("]C0" + UPS), scanned("LK1:aB  c"))
        scanner.send(b"\xff\xe9\x00\r")
        inbox.wait_for(scanned("\xff\xe9\x00"))


def test_a_scan_names_its_scanner() -> None:
    scanner = PtyScanner()
    with running(scanner.path) as (_, inbox):
        inbox.wait_for(READY)
        scanner.send(UPS.encode() + b"\r")
        inbox.wait_for(scanned(UPS))

        assert [event.source for event in inbox.seen if isinstance(event, Scanned)] == ["front"]


def test_a_scan_without_terminator_ends_by_itself() -> None:
    scanner = PtyScanner()
    with running(scanner.path) as (_, inbox):
        inbox.wait_for(READY)
        scanner.send(UPS.encode())
        inbox.wait_for(scanned(UPS))


def test_five_thousand_characters_are_rejected_once_and_the_next_scan_is_unharmed() -> None:
    scanner = PtyScanner()
    with running(scanner.path) as (_, inbox):
        inbox.wait_for(READY)
        scanner.send(b"9" * 5_000 + b"\r" + UPS.encode() + b"\r")
        inbox.wait_for(ScanRejected(5_000), scanned(UPS))
        assert inbox.rest() == []


def test_the_same_label_counts_again_after_another_one_or_a_moment() -> None:
    scanner, clock = PtyScanner(), Clock()
    with running(scanner.path, clock) as (_, inbox):
        inbox.wait_for(READY)
        scanner.send(f"{UPS}\r{UPS}\rlast\r{UPS}\r".encode())
        inbox.wait_for(scanned(UPS), scanned("last"), scanned(UPS))
        clock.skip(SAME_SCAN_US)
        scanner.send(f"{UPS}\r".encode())
        inbox.wait_for(scanned(UPS))


def test_a_scanner_that_is_pulled_is_reported_once_and_found_again_by_its_path(tmp_path: Path) -> None:
    first, second = PtyScanner(), PtyScanner()
    port = tmp_path / "port"
    port.symlink_to(first.path)
    with running(port) as (_, inbox):
        inbox.wait_for(READY)
        first.send(UPS[:9].encode())
        first.unplug()
        inbox.wait_for(LOST)
        fresh = port.with_suffix(".new")
        fresh.symlink_to(second.path)
        fresh.replace(port)
        inbox.wait_for(READY)
        second.send(UPS.encode() + b"\r")
        inbox.wait_for(scanned(UPS))


def test_a_port_that_does_not_exist_is_lost_until_it_does(tmp_path: Path) -> None:
    scanner = PtyScanner()
    with running(tmp_path / "port") as (thread, inbox):
        inbox.wait_for(LOST)
        (tmp_path / "port").symlink_to(scanner.path)
        inbox.wait_for(READY)
        assert thread.is_alive()


def test_nobody_else_can_open_the_port_meanwhile() -> None:
    scanner = PtyScanner()
    with running(scanner.path) as (_, inbox):
        inbox.wait_for(READY)
        with pytest.raises(serial.SerialException, match="lock"):
            serial.Serial(scanner.path, exclusive=True)


def test_stopping_is_prompt_and_lets_go_of_the_port() -> None:
    scanner = PtyScanner()
    with running(scanner.path) as (thread, inbox):
        inbox.wait_for(READY)
        begun_s = time.monotonic()
        thread.stop()
        assert time.monotonic() - begun_s < 1.0
        assert not thread.is_alive()
    serial.Serial(scanner.path, exclusive=True).close()


def test_stopping_without_a_port_is_prompt_and_twice_is_harmless(tmp_path: Path) -> None:
    with running(tmp_path / "port") as (thread, inbox):
        inbox.wait_for(LOST)
        begun_s = time.monotonic()
        thread.stop()
        thread.stop()
        assert time.monotonic() - begun_s < 1.0
        assert not thread.is_alive()


def test_a_thread_says_which_scanner_it_serves(tmp_path: Path) -> None:
    with running(tmp_path / "port") as (thread, _):
        assert thread.name == "scanner front"
