"""Contacts on GPIO chips in the settings and the layout: what is allowed, and each fault with file, key and remedy."""

from pathlib import Path

import pytest

from kiosk.config import Chip, Refusal, read_site, warnings_of, wiring_faults
from kiosk.core.ids import BoardId
from kiosk.core.layout import Contact, ContactSource
from tests.kiosk.site_files import LAYOUT, MACHINE, read, written

CHIPS = """
[[chip]]
id = "header"
device = "pinctrl-bcm2711"
closed_level = 0
pull = "up"

[[chip]]
id = "more"
device = "mcp23017"
closed_level = 1
pull = "none"
inverted_pins = [3]
"""
WITH_CHIPS = MACHINE + CHIPS
A03 = "layout.toml: compartment[A03]"
ONE_EACH = "one compartment for each contact is allowed"
DEVICES = "a chip's label such as pinctrl-bcm2711, pinctrl-rp1 or mcp23017, or an absolute path such as /dev/gpiochip0,"
ON_HEADER = 'contact = "gpio"\ncontact_chip = "header"\ncontact_pin = '


def on_pin(pin: int, chip: str = "header") -> str:
    """The layout with the contact of A03 on a pin."""
    return LAYOUT.replace('contact = "none"', f'contact = "gpio"\ncontact_chip = "{chip}"\ncontact_pin = {pin}')


def used_by(pin: int, port: str) -> str:
    return f"pin {pin} of the header, chip header, is used by the serial port /dev/{port}; another pin is allowed"


def faults(directory: Path, layout: str, machine: str = WITH_CHIPS, cmdline: str = "console=tty1") -> list[str]:
    """The faults on a machine whose kernel was started with this command line."""
    settings = written(directory, kiosk=machine, layout=layout)
    (directory / "cmdline").write_bytes(cmdline.encode("latin-1"))
    found = read_site(settings, cmdline=directory / "cmdline")
    return [str(fault).replace(f"{directory}/", "") for fault in found.faults] if isinstance(found, Refusal) else []


def test_chips_are_read_as_they_are_written_and_each_contact_names_chip_and_pin(tmp_path: Path) -> None:
    written(tmp_path, kiosk=WITH_CHIPS, layout=on_pin(17))
    site = read(tmp_path)

    assert site.machine.chips == (
        Chip(BoardId("header"), "pinctrl-bcm2711", closed_level=0, pull="up"),
        Chip(BoardId("more"), "mcp23017", closed_level=1, pull="none", inverted_pins=frozenset({3})),
    )
    assert site.layout.places[2].contact == Contact(ContactSource.GPIO, BoardId("header"), 17)
    assert {place.contact.source for place in site.layout.places} == {
        ContactSource.BOARD_FEEDBACK,
        ContactSource.BOARD_INPUT,
        ContactSource.GPIO,
    }


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            'device = "mcp23017"\n',
            "",
            f"chip[more].device: is missing; {DEVICES} is allowed",
        ),
        (
            'device = "mcp23017"',
            'device = "dev/gpiochip0"',
            f"chip[more].device: {DEVICES} is allowed, not 'dev/gpiochip0'",
        ),
        ("closed_level = 0\n", "", "chip[header].closed_level: is missing; a whole number from 0 to 1 is allowed"),
        (
            "closed_level = 0",
            "closed_level = 2",
            "chip[header].closed_level: a whole number from 0 to 1 is allowed, not 2",
        ),
        ('pull = "up"\n', "", "chip[header].pull: is missing; one of up, down, none is allowed"),
        ('pull = "up"', 'pull = "high"', "chip[header].pull: one of up, down, none is allowed, not 'high'"),
        (
            "inverted_pins = [3]",
            "inverted_pins = [300]",
            "chip[more].inverted_pins: a list of different whole numbers from 0 to 255 is allowed",
        ),
        (
            'id = "more"',
            'id = "header"',
            "chip[header].id: 'header' is there already; each name of a board or chip is allowed once",
        ),
        (
            'id = "more"',
            'id = "w1"',
            "chip[w1].id: 'w1' is there already; each name of a board or chip is allowed once",
        ),
        (
            'pull = "up"',
            'pull = "up"\nbounce = 3',
            "chip[header].bounce: is no key here; allowed are closed_level, device, id, inverted_pins, pull",
        ),
    ],
)
def test_each_fault_of_a_chip_is_named_alone(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in CHIPS
    machine = MACHINE + CHIPS.replace(old, new, 1)

    assert faults(tmp_path, LAYOUT, machine) == [f"kiosk.toml: {fault}"]


@pytest.mark.parametrize(
    ("contact", "fault"),
    [
        (
            'contact = "gpio"\ncontact_pin = 5',
            "contact_chip: is missing; 1 to 32 letters, digits, '.', '_' or '-' is allowed",
        ),
        (
            'contact = "gpio"\ncontact_chip = "header"\ncontact_pin = -1',
            "contact_pin: a whole number from 0 to 255 is allowed, not -1",
        ),
        (
            'contact = "gpio"\ncontact_chip = "header"\ncontact_pin = 5\ncontact_channel = 1',
            "contact_channel: is no key here; did you mean contact_chip?",
        ),
    ],
)
def test_each_fault_of_a_contact_on_a_pin_is_named_alone(tmp_path: Path, contact: str, fault: str) -> None:
    found = faults(tmp_path, LAYOUT.replace('contact = "none"', contact))

    assert found[0] == f"layout.toml: compartment[A03].{fault}"


def test_a_chip_that_the_settings_do_not_name_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, on_pin(5, "other")) == [
        "layout.toml: compartment[A03].contact_chip: 'other' is no chip of the settings; header, more can be named"
    ]
    assert faults(tmp_path, on_pin(5), MACHINE) == [
        "layout.toml: compartment[A03].contact_chip: 'header' is no chip of the settings; none can be named"
    ]


def test_a_lock_board_is_no_chip_and_a_chip_is_no_lock_board(tmp_path: Path) -> None:
    assert faults(tmp_path, on_pin(5, "w1")) == [
        "layout.toml: compartment[A03].contact_chip: 'w1' is no chip of the settings; header, more can be named"
    ]
    assert faults(tmp_path, LAYOUT.replace('board = "w1"\nchannel = 1', 'board = "header"\nchannel = 1')) == [
        "layout.toml: compartment[A03].board: 'header' is no board of the settings; b1, w1, w2 can be named"
    ]


def test_a_faulty_chip_is_not_missed_in_the_layout_as_well(tmp_path: Path) -> None:
    machine = WITH_CHIPS.replace('pull = "up"', 'pull = "high"')

    assert len(faults(tmp_path, on_pin(5), machine)) == 1


def test_two_compartments_on_one_pin_are_refused(tmp_path: Path) -> None:
    pins = on_pin(5).replace('contact = "board feedback"', f"{ON_HEADER}5")

    assert faults(tmp_path, pins) == [f"{A03}.contact_pin: this is the contact of A01; {ONE_EACH}"]


def test_two_compartments_on_one_pin_are_refused_by_whatever_name_its_chip_goes(tmp_path: Path) -> None:
    again = CHIPS.replace('"mcp23017"', '"pinctrl-bcm2711"')
    pins = on_pin(5, "more").replace('contact = "board feedback"', f"{ON_HEADER}5")

    assert faults(tmp_path, pins, MACHINE + again) == [
        f"{A03}.contact_pin: this is the contact of A01, by another name of pinctrl-bcm2711; {ONE_EACH}"
    ]


@pytest.mark.parametrize("pin", [0, 1, 28, 255])
def test_what_is_no_free_pin_of_the_header_is_refused(tmp_path: Path, pin: int) -> None:
    assert faults(tmp_path, on_pin(pin)) == [
        f"layout.toml: compartment[A03].contact_pin: 2 to 27 is allowed for the header, chip header, not {pin}"
    ]


@pytest.mark.parametrize("pin", [14, 15])
@pytest.mark.parametrize("user", ["/dev/serial/by-path/two", "/dev/serial/by-id/scanner"])
def test_the_pins_of_a_serial_port_that_is_in_use_are_refused(tmp_path: Path, pin: int, user: str) -> None:
    machine = WITH_CHIPS.replace(user, "/dev/ttyAMA0")

    assert faults(tmp_path, on_pin(pin), machine) == [f"{A03}.contact_pin: {used_by(pin, 'ttyAMA0')}"]


def test_the_pins_of_the_kernels_console_are_refused(tmp_path: Path) -> None:
    cmdline = "coherent_pool=1M console=ttyS0,115200 console=tty1 root=/dev/mmcblk0p2 rootwait\n"

    assert faults(tmp_path, on_pin(14), cmdline=cmdline) == [f"{A03}.contact_pin: {used_by(14, 'ttyS0')}"]


@pytest.mark.parametrize(
    "cmdline", ["console=tty1 root=/dev/mmcblk0p2\n", "", "\xff\x00", "console=", "console=ttyAMA10"]
)
def test_without_a_console_there_they_are_free(tmp_path: Path, cmdline: str) -> None:
    assert faults(tmp_path, on_pin(14), cmdline=cmdline) == []


def test_a_machine_that_does_not_tell_where_its_console_is_keeps_nobody_from_using_the_pins(tmp_path: Path) -> None:
    settings = written(tmp_path, kiosk=WITH_CHIPS, layout=on_pin(14))

    assert not isinstance(read_site(settings, cmdline=tmp_path / "nothing"), Refusal)


def test_the_bus_of_an_expander_that_is_named_by_it_is_refused(tmp_path: Path) -> None:
    machine = WITH_CHIPS.replace('"mcp23017"', '"/dev/gpiochip-i2c-1-0020"')

    assert faults(tmp_path, on_pin(3), machine) == [
        f"{A03}.contact_pin: pin 3 of the header, chip header, is used by the bus of chip more; another pin is allowed"
    ]


def test_every_pin_of_an_expander_is_free(tmp_path: Path) -> None:
    written(tmp_path, kiosk=WITH_CHIPS.replace("/dev/serial/by-path/two", "/dev/ttyAMA0"), layout=on_pin(14, "more"))

    assert read(tmp_path).layout.places[2].contact.channel == 14


def test_a_stored_layout_is_held_against_the_chips_of_today(tmp_path: Path) -> None:
    written(tmp_path, kiosk=WITH_CHIPS, layout=on_pin(17))
    stored = read(tmp_path).layout
    written(tmp_path)

    assert [str(fault) for fault in wiring_faults(stored, read(tmp_path).machine)] == [
        "the stored layout: compartment[A03].contact_chip: 'header' is no chip of the settings; none can be named"
    ]


@pytest.mark.parametrize("device", ["gpiochip2", "/dev/gpiochip2"])
def test_a_chip_named_by_its_number_deserves_a_look(tmp_path: Path, device: str) -> None:
    settings = written(tmp_path, kiosk=WITH_CHIPS.replace('"mcp23017"', f'"{device}"'))
    told = [str(fault) for fault in warnings_of(settings, read(tmp_path).machine) if "chip[" in fault.key]

    assert f"{settings}: chip[more].device: {device} may be another chip after the next start; a label stays" in told
    assert (f"{settings}: chip[more].device: {device} is not there now" in told) is device.startswith("/")
