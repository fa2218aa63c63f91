"""What the kiosk must never send: a simulated board obeys and records it, so that whoever sends it is found out."""

from dataclasses import replace

import pytest

from drivers.boards.base import Forbidden
from drivers.boards.modbus import crc16
from hardware_sim.boards import SimBoard
from hardware_sim.forbidden import OBEYED
from hardware_sim.quirks import BusyAfterUnlock, with_quirk
from tests.drivers.boards.checked import xored
from tests.hardware_sim.benches import B1, SECOND_US, Bench

HELD_US = 60 * SECOND_US
"""Still on after a minute: for good."""


def modbus(hexadecimal: str) -> bytes:
    body = bytes.fromhex(hexadecimal)
    return body + crc16(body).to_bytes(2, "little")


SHUOMING = {
    "open_all": bytes.fromhex("8A 01 00 11 9A"),
    "open_many": bytes.fromhex("90 01 02 02 02 93"),
    "open_timed": bytes.fromhex("8A 01 01 11 01 9A"),
    "hold_on": bytes.fromhex("9A 01 01 11 8B"),
    "hold_off": bytes.fromhex("9B 01 01 11 8A"),
}
WAVESHARE = {
    "relay_on": modbus("02 05 00 00 FF 00"),
    "relay_off": modbus("02 05 00 00 00 00"),
    "relay_toggle": modbus("02 05 00 00 55 00"),
    "all_on": modbus("02 05 00 FF FF 00"),
    "all_toggle": modbus("02 05 00 FF 55 00"),
    "flash_on": modbus("02 05 02 00 00 32"),
    "flash_off": modbus("02 05 04 00 00 05"),
    "write_coils": modbus("02 0F 00 00 00 08 01 FF"),
    "set_address": modbus("00 06 40 00 00 07"),
    "set_mode": modbus("02 06 10 00 00 01"),
    "broadcast": modbus("00 05 02 00 00 03"),
}
WKLY = {
    "open_all": xored("57 4B 4C 59 08 01 86"),
    "open_many": xored("57 4B 4C 59 0C 01 80 03 01 02 03"),
    "open_sequence": xored("57 4B 4C 59 0C 01 87 03 01 02 03"),
    "flash": xored("57 4B 4C 59 09 01 81 01"),
    "hold_on": xored("57 4B 4C 59 09 01 88 01"),
    "hold_off": xored("57 4B 4C 59 09 01 89 01"),
}
KERONG = {
    "open_all": bytes.fromhex("02 10 33 03 48"),
    "read_boards": bytes.fromhex("02 F0 32 03 27"),
    "set_pulse": bytes.fromhex("02 10 37 17 70 03 D3"),
    "busy_reset": bytes.fromhex("02 10 38 03 4D"),
    "set_delay": bytes.fromhex("02 10 39 05 03 53"),
    "set_baud": bytes.fromhex("02 10 40 00 03 55"),
    "get_version": bytes.fromhex("F5 B6 10 00 5F 1A"),
    "broadcast": bytes.fromhex("02 F0 31 03 26"),
}
FRAMES = {"shuoming": SHUOMING, "waveshare": WAVESHARE, "wkly": WKLY, "kerong": KERONG}
"""What is never to be sent to each family. For winnsen nobody knows such a command."""
CHANNELS = {"shuoming": 24, "wkly": 24, "kerong": 16, "waveshare": 8}
ON_FOR_US = {
    "open_all": (0, 300_000),
    "open_many": (3, 300_000),
    "open_timed": (1, 1_000_000),
    "hold_on": (1, HELD_US),
    "relay_on": (1, HELD_US),
    "relay_toggle": (1, HELD_US),
    "open_sequence": (3, 300_000),
    "flash": (1, 300_000),
    "all_on": (0, HELD_US),
    "all_toggle": (0, HELD_US),
    "flash_on": (1, 5_000_000),
    "flash_off": (1, HELD_US),
}
"""How many outputs go on, 0 for all of them, and for how long; none for what is not named."""
IN_TURN = {"open_sequence"}


def bench_of(family: str) -> tuple[Bench, SimBoard]:
    """A bench, and its board of this family."""
    if family == "waveshare":
        bench = Bench()
        return bench, bench.relays
    bench = Bench(lock_family=family)
    return bench, bench.locks


@pytest.mark.parametrize(("family", "name"), [(family, name) for family, named in FRAMES.items() for name in named])
def test_it_is_recorded_obeyed_and_not_answered(family: str, name: str) -> None:
    bench, board = bench_of(family)
    assert bench.ask(FRAMES[family][name]) == b""
    bench.run_for(HELD_US)
    assert [heard.request.name for heard in board.forbidden if isinstance(heard.request, Forbidden)] == [name]
    uses = [use for output, use in bench.bank.supply.uses() if output.board == board.board]
    outputs, duration_us = ON_FOR_US.get(name, (0, 0))
    outputs = outputs or (CHANNELS[family] if duration_us else 0)
    assert len(uses) == outputs
    assert duration_us <= bench.bank.supply.longest_us() <= duration_us + SECOND_US
    assert len(bench.bank.supply.overlaps) == (0 if name in IN_TURN else max(0, outputs - 1))


def test_every_name_that_is_obeyed_has_its_frame_here() -> None:
    assert OBEYED.keys() <= {name for named in FRAMES.values() for name in named}


@pytest.mark.parametrize(
    ("family", "on", "off"),
    [("shuoming", "hold_on", "hold_off"), ("wkly", "hold_on", "hold_off"), ("waveshare", "relay_on", "relay_off")],
)
def test_what_is_held_on_can_be_let_go(family: str, on: str, off: str) -> None:
    _, board = bench_of(family)
    board.hear(FRAMES[family][on])
    assert board.outputs.on() == {1}
    board.hear(FRAMES[family][off])
    assert board.outputs.on() == frozenset()


def test_a_pulse_time_that_is_set_is_kept_and_used() -> None:
    bench, board = bench_of("kerong")
    board.hear(KERONG["set_pulse"])
    board.hear(bytes.fromhex("02 10 31 03 46"))
    bench.run_for(HELD_US + SECOND_US)
    assert bench.bank.supply.longest_us() == 60_000_000
    assert bench.ask(bytes.fromhex("02 10 37 03 4C")) == bytes.fromhex("02 10 38 17 70 03 D4")


def test_a_busy_board_answers_again_once_it_is_told_not_to_be() -> None:
    bench, board = bench_of("kerong")
    board.quirks = with_quirk(board.quirks, BusyAfterUnlock(board.board, for_ms=60_000))
    read = bytes.fromhex("02 10 30 03 45")
    board.hear(bytes.fromhex("02 10 31 03 46"))
    assert bench.ask(read) == b""
    board.hear(KERONG["busy_reset"])
    assert len(bench.ask(read)) == 9


def test_toggling_twice_is_off_again() -> None:
    bench = Bench()
    for _ in range(2):
        bench.relays.hear(WAVESHARE["relay_toggle"])
    assert bench.relays.outputs.on() == frozenset()


def test_an_address_that_is_set_for_all_is_taken_by_every_board_that_hears_it() -> None:
    bench = Bench()
    bench.ask(WAVESHARE["set_address"])
    assert bench.relays.settings.address == 7
    assert bench.locks.settings.address == 1


def test_a_pulse_that_is_sent_again_begins_anew_and_is_one_time_on() -> None:
    bench = Bench()
    unlock = modbus("02 05 02 00 00 0A")
    bench.relays.hear(unlock)
    bench.run_for(SECOND_US // 2)
    bench.relays.hear(unlock)
    bench.run_for(2 * SECOND_US)
    assert bench.bank.supply.longest_us() == SECOND_US * 3 // 2


def test_a_lock_without_wires_or_with_others_does_nothing_or_something_else() -> None:
    bench = Bench()
    bench.relays.outputs.rewire(1, None)
    bench.relays.hear(modbus("02 05 02 00 00 03"))
    bench.run_for(SECOND_US)
    assert not bench.door(B1).is_open
    bench.bank.connect()
    bench.relays.hear(modbus("02 05 02 00 00 03"))
    bench.run_for(SECOND_US)
    assert bench.door(B1).is_open


@pytest.mark.parametrize("frame", ["02 02 00 00 00 08", "02 02 00 00 00 01"])
def test_a_relay_board_without_inputs_refuses_to_be_read(frame: str) -> None:
    bench = Bench()
    bench.relays.inputs = 0
    function = bytes.fromhex(frame)[1]
    assert bench.ask(modbus(frame)) == modbus(f"02 {function | 0x80:02X} 02")


@pytest.mark.parametrize("frame", ["90 07 02 01 00 80 03", "90 06 12 01 10 03"])
def test_a_board_whose_family_refuses_no_read_says_nothing_of_a_lock_that_it_does_not_have(frame: str) -> None:
    bench = Bench(lock_family="winnsen")
    bench.locks.inputs = 12
    bench.locks.settings = replace(bench.locks.settings, channels=12)
    assert bench.ask(bytes.fromhex(frame)) == b""
    assert bench.ask(bytes.fromhex("90 07 02 01 FF 0F 03")) == bytes.fromhex("90 07 82 01 00 00 03")


def test_the_outputs_that_are_on_can_be_read() -> None:
    bench = Bench()
    bench.relays.hear(WAVESHARE["relay_on"])
    assert bench.ask(modbus("02 01 00 00 00 08")) == modbus("02 01 01 01")


def test_a_single_contact_can_be_read() -> None:
    bench = Bench()
    bench.relays.settings = replace(bench.relays.settings, inverted_channels=frozenset({2}))
    assert bench.ask(modbus("02 02 00 00 00 01")) == modbus("02 02 01 01")
    assert bench.ask(modbus("02 02 00 01 00 01")) == modbus("02 02 01 00")
