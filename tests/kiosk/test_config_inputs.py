"""Scanners, badge readers and keypads in the settings: read as they are written, and each fault in them named."""

from pathlib import Path

import pytest

from drivers.input.protocols import PROTOCOLS
from kiosk.config import Keypad, Scanner, ScannerKind, ScannerProtocol, warnings_of
from tests.kiosk.site_files import MACHINE, edited, faults_of, read, written

BADGES = '[[badge_reader]]\nid = "door"\nkind = "keyboard"\nport = "/dev/input/by-id/badges"\n'
KEYPAD = '[[keypad]]\nid = "pad"\nport = "/dev/input/by-id/pad"\n'


def test_every_protocol_of_the_settings_is_one_of_the_drivers_and_the_other_way_round() -> None:
    assert {each.value for each in ScannerProtocol} == set(PROTOCOLS)


def test_a_serial_scanner_is_told_nothing_unless_its_protocol_is_named(tmp_path: Path) -> None:
    written(tmp_path)
    assert [each.protocol for each in read(tmp_path).machine.scanners] == [ScannerProtocol.PLAIN]

    written(tmp_path, **edited("kiosk", "baud = 115200", 'baud = 115200\nprotocol = "ssi"'))
    assert read(tmp_path).machine.scanners == (
        Scanner("front", ScannerKind.SERIAL, "/dev/serial/by-id/scanner", 115200, ScannerProtocol.SSI),
    )


def test_badge_readers_and_keypads_stand_beside_the_scanners_and_are_none(tmp_path: Path) -> None:
    serial = '[[badge_reader]]\nid = "gate"\nkind = "serial"\nport = "/dev/serial/by-id/gate"\nbaud = 9600\n'
    written(tmp_path, kiosk=f"{MACHINE}\n{BADGES}{serial}{KEYPAD}")

    machine = read(tmp_path).machine

    assert [each.name for each in machine.scanners] == ["front"]
    assert machine.badge_readers == (
        Scanner("door", ScannerKind.KEYBOARD, "/dev/input/by-id/badges"),
        Scanner("gate", ScannerKind.SERIAL, "/dev/serial/by-id/gate", 9600),
    )
    assert machine.keypads == (Keypad("pad", "/dev/input/by-id/pad"),)


FAULTS = (
    (KEYPAD + 'kind = "keyboard"', "keypad[pad].kind: is no key here; "),
    (BADGES + "baud = 9600", "badge_reader[door].baud: is no key here; allowed are id, kind, port"),
    (
        BADGES.replace("keyboard", "serial") + 'baud = 9600\nprotocol = "gm65"',
        "badge_reader[door].protocol: is no key here; ",
    ),
    (BADGES.replace("door", "front"), "badge_reader[front].id: 'front' is there already; each name is allowed once"),
    (BADGES.replace("door", "camera"), "badge_reader[camera].id: 'camera' is the name of the camera; another one"),
    (
        KEYPAD.replace("/dev/input/by-id/pad", "/dev/serial/by-id/scanner"),
        "keypad[pad].port: a line or another scanner has this port; one user for each port is allowed",
    ),
    ('[[keypad]]\nid = "pad"', "keypad[pad].port: is missing; an absolute path such as"),
)


@pytest.mark.parametrize(("settings", "fault"), FAULTS)
def test_each_fault_is_named_alone_with_key_and_what_is_allowed(tmp_path: Path, settings: str, fault: str) -> None:
    faults = faults_of(tmp_path, kiosk=f"{MACHINE}\n{settings}")

    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('baud = 115200\nprotocol = "usb"', "protocol: one of plain, gm65, ssi, honeywell, datalogic is allowed, not"),
        ("baud = 115200\nprotocol = 1", "protocol: one of plain, gm65, ssi, honeywell, datalogic is allowed, not 1"),
    ],
)
def test_a_protocol_that_nobody_speaks_is_refused(tmp_path: Path, line: str, fault: str) -> None:
    faults = faults_of(tmp_path, **edited("kiosk", "baud = 115200", line))

    assert len(faults) == 1
    assert fault in faults[0]


def test_a_keyboard_scanner_has_no_protocol(tmp_path: Path) -> None:
    typed = '[[scanner]]\nid = "second"\nkind = "keyboard"\nport = "/dev/input/by-id/x"\nprotocol = "gm65"'

    assert "scanner[second].protocol: is no key here" in faults_of(tmp_path, kiosk=f"{MACHINE}\n{typed}")[0]


def test_what_is_not_there_yet_deserves_a_look(tmp_path: Path) -> None:
    written(tmp_path, kiosk=f"{MACHINE}\n{BADGES}{KEYPAD}")

    told = [str(fault) for fault in warnings_of(tmp_path / "kiosk.toml", read(tmp_path).machine)]

    assert any("badge_reader[door].port: /dev/input/by-id/badges is not there now" in line for line in told)
    assert any("keypad[pad].port: /dev/input/by-id/pad is not there now" in line for line in told)
