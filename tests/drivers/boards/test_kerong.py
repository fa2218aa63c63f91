"""What is particular to family kerong: item sensors, a stored pulse time, unlocks that need no answer.

Holds sentences about its replies. It must not know how replies arrive.
"""

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import (
    Acknowledged,
    BoardSettings,
    ByteOrder,
    Contacts,
    Found,
    LocalProtocolError,
    PulseTime,
    ReadAll,
    ReadPulseTime,
    Refused,
    Reply,
    Request,
    Unlock,
)
from drivers.boards.checks import sum_of
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs

KERONG = BOARDS["kerong"]
ONE = BoardSettings(1, 16)
ALL_OPEN = dict.fromkeys(range(1, 17), Reading.OPEN)


def heard(request: Request, text: str, settings: BoardSettings = ONE, check: int = 0) -> Reply | str:
    """What a frame says, written without its check byte, or with one that is wrong by ``check``."""
    data = bytes.fromhex(text)
    search = KERONG.search(settings, request, data + bytes([sum_of(data) ^ check]), quiet=True)
    return search.reply if isinstance(search, Found) else search.reason


def test_item_sensors_are_told_beside_the_locks() -> None:
    assert heard(ReadAll(), "02 10 35 00 00 01 80 03") == Contacts(ALL_OPEN, frozenset({1, 16}))
    first = Contacts(dict.fromkeys(range(1, 9), Reading.OPEN), frozenset({1}))
    assert heard(ReadAll(), "02 10 35 00 00 01 80 03", BoardSettings(1, 8)) == first


def test_the_first_of_two_bytes_holds_channels_1_to_8_unless_the_board_was_seen_to_do_otherwise() -> None:
    last = BoardSettings(1, 16, byte_order=ByteOrder.LAST_BYTE_LOW)

    assert heard(ReadAll(), "02 10 35 01 00 01 00 03") == Contacts(ALL_OPEN | {1: Reading.CLOSED}, frozenset({1}))
    assert heard(ReadAll(), "02 10 35 01 00 01 00 03", last) == Contacts(ALL_OPEN | {9: Reading.CLOSED}, frozenset({9}))


@pytest.mark.parametrize(
    ("text", "check", "reason"),
    [
        ("02 20 35 00 00 00 00 03", 0, "answer of board 2"),
        ("02 12 35 00 00 00 00 03", 0, "answer of board 1"),  # about a lock that nobody asked for
        ("02 10 35 00 00 00 00 00", 0, "no end"),
        ("02 10 35 00 00 00 00 03", 1, "bad check"),
        ("02 10 36 00 00 00 00 03", 0, ""),
    ],
)
def test_an_answer_to_something_else_is_refused_with_its_reason(text: str, check: int, reason: str) -> None:
    assert heard(ReadAll(), text, check=check) == reason


def test_an_unlock_may_be_answered_with_the_state_of_the_whole_board() -> None:
    unlock = Unlock(3, PulseMs(300))

    for address in ("10", "12"):
        assert heard(unlock, f"02 {address} 35 00 00 00 00 03") == Contacts(ALL_OPEN)
    assert KERONG.encode_reply(ONE, unlock, Contacts(ALL_OPEN)) == KERONG.encode_reply(
        ONE, ReadAll(), Contacts(ALL_OPEN)
    )


@pytest.mark.parametrize(("steps", "pulse_ms"), [("00 1E", 300), ("00 64", 1_000), ("17 70", 60_000), ("00 00", 0)])
def test_the_pulse_time_is_told_in_steps_of_ten_milliseconds(steps: str, pulse_ms: int) -> None:
    assert heard(ReadPulseTime(), f"02 10 38 {steps} 03") == PulseTime(pulse_ms)
    frame = KERONG.encode_reply(ONE, ReadPulseTime(), PulseTime(pulse_ms))
    assert frame[:-1] == bytes.fromhex(f"02 10 38 {steps} 03")


def test_no_single_corrupted_byte_of_a_pulse_time_is_accepted() -> None:
    frame = KERONG.encode_reply(ONE, ReadPulseTime(), PulseTime(300))
    for at, old in enumerate(frame):
        for byte in range(256):
            spoilt = frame[:at] + bytes([byte]) + frame[at + 1 :]
            found = KERONG.search(ONE, ReadPulseTime(), spoilt, quiet=True)
            assert byte == old or not isinstance(found, Found)


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (Unlock(1, PulseMs(300)), Acknowledged()),
        (ReadAll(), Refused(1)),
        (ReadAll(), Acknowledged(Reading.OPEN)),
        (ReadPulseTime(), Contacts(ALL_OPEN)),
    ],
)
def test_a_board_cannot_say_what_is_no_answer(request_: Request, reply: Reply) -> None:
    with pytest.raises(LocalProtocolError, match="family kerong does not answer"):
        KERONG.encode_reply(ONE, request_, reply)


def test_a_pulse_time_that_two_bytes_cannot_hold_cannot_be_said() -> None:
    with pytest.raises(LocalProtocolError, match="pulse in steps of 10 ms 65536 is not allowed"):
        KERONG.encode_reply(ONE, ReadPulseTime(), PulseTime(655_360))
