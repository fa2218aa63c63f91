"""One exchange in virtual time: quiet time, time-out, echo, re-sync, and answers that come late or to something else.

Holds bytes and microseconds only. It must not know a port; which frames mean what is the golden frames' test.
"""

import random
from dataclasses import replace

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import (
    Acknowledged,
    BoardSettings,
    Contacts,
    LocalProtocolError,
    ReadAll,
    ReadOne,
    Refused,
    Request,
    Unlock,
)
from drivers.exchange import MOST_BYTES, Answered, Exchange, Garbled, Silent, Timing
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs

TIMING = Timing(reply_timeout_us=500_000, quiet_us=20_000, pause_us=5_000)
SENT_US = 1_000_000
TIMEOUT_US = SENT_US + TIMING.reply_timeout_us
BOARD = BoardSettings(1, 8)
UNLOCK = Unlock(1, PulseMs(300))
OPEN_REPLY = bytes.fromhex("8A 01 01 00 8A")
CLOSED_REPLY = bytes.fromhex("8A 01 01 11 9B")
READ_REPLY = bytes.fromhex("80 01 01 00 80")
READ_ALL_REPLY = bytes.fromhex("80 01 00 00 02 33 B0")
OPENED = Answered(Acknowledged(Reading.OPEN))
STILL_CLOSED = Answered(Acknowledged(Reading.CLOSED))
ONE_OPEN = Answered(Contacts({1: Reading.OPEN}))
SECOND_CLOSED = Answered(Contacts({n: Reading.CLOSED if n == 2 else Reading.OPEN for n in range(1, 9)}))


def exchange(
    request: Request, family: str = "shuoming", *, echoes: bool = False, settings: BoardSettings = BOARD
) -> Exchange:
    return Exchange(BOARDS[family], settings, request, echoes=echoes, timing=TIMING, sent_us=SENT_US)


def at(ms: int) -> int:
    return SENT_US + 1000 * ms


# Silence and time-out


def test_nothing_at_all_is_silence_once_the_time_is_over_and_not_before() -> None:
    line = exchange(UNLOCK)

    assert line.deadline_us() == TIMEOUT_US
    assert line.outcome(TIMEOUT_US - 1) is None
    assert line.outcome(TIMEOUT_US) == Silent()


def test_no_bytes_are_nothing() -> None:
    line = exchange(UNLOCK)
    line.receive(b"", at(10))

    assert line.outcome(TIMEOUT_US) == Silent()


def test_an_answer_of_known_length_counts_at_its_last_byte() -> None:
    line = exchange(UNLOCK)
    line.receive(OPEN_REPLY[:-1], at(10))
    assert line.outcome(at(10)) is None

    line.receive(OPEN_REPLY[-1:], at(11))
    assert line.deadline_us() <= at(11)
    assert line.outcome(at(11)) == OPENED


def test_an_answer_of_unknown_length_counts_when_the_line_falls_quiet() -> None:
    line = exchange(ReadAll())
    line.receive(READ_ALL_REPLY, at(10))

    assert line.deadline_us() == at(30)
    assert line.outcome(at(30) - 1) is None
    assert line.outcome(at(30)) == SECOND_CLOSED


def test_an_answer_of_unknown_length_whose_quiet_time_nobody_watched_is_found_before_what_comes_next() -> None:
    line = exchange(ReadAll())
    line.receive(READ_ALL_REPLY, at(10))
    line.receive(b"\xff\xff", at(40))

    assert line.outcome(at(40)) == SECOND_CLOSED


def test_an_answer_of_unknown_length_that_is_still_coming_in_at_the_time_out_is_not_guessed_at() -> None:
    line = exchange(ReadAll())
    line.receive(READ_ALL_REPLY, TIMEOUT_US - 1_000)

    assert line.deadline_us() == TIMEOUT_US
    assert isinstance(line.outcome(TIMEOUT_US), Garbled)


def test_after_the_quiet_time_there_is_nothing_to_wait_for_but_the_time_out() -> None:
    line = exchange(UNLOCK)
    line.receive(b"\xff", at(10))
    assert line.outcome(at(30)) is None

    assert line.deadline_us() == TIMEOUT_US


def test_what_comes_behind_an_answer_changes_nothing() -> None:
    line = exchange(UNLOCK)
    line.receive(OPEN_REPLY, at(10))
    line.receive(CLOSED_REPLY, at(20))

    assert line.outcome(TIMEOUT_US) == OPENED


def test_a_refusal_is_an_answer() -> None:
    line = exchange(UNLOCK, "waveshare")
    line.receive(bytes.fromhex("01 85 03 02 91"), at(10))

    assert line.outcome(at(10)) == Answered(Refused(3))


def test_a_request_that_cannot_be_built_has_no_exchange() -> None:
    with pytest.raises(LocalProtocolError, match="channel 9 is not allowed: 1 to 8"):
        exchange(ReadOne(9))


# Garbage, and finding the beginning again


def test_noise_is_told_apart_from_silence_but_is_no_answer() -> None:
    line = exchange(UNLOCK)
    line.receive(b"\x00\x00\xff\x7f", at(10))

    assert line.outcome(TIMEOUT_US) == Garbled("no usable answer")


def test_what_was_wrong_first_is_what_is_told() -> None:
    line = exchange(UNLOCK)
    line.receive(OPEN_REPLY[:-1] + b"\x8b", at(10))
    line.receive(bytes.fromhex("8A 02 01 00 89"), at(50))

    assert line.outcome(TIMEOUT_US) == Garbled("bad check")


def test_a_good_answer_behind_a_bad_one_is_found() -> None:
    line = exchange(UNLOCK)
    line.receive(OPEN_REPLY[:-1] + b"\x8b" + OPEN_REPLY, at(10))

    assert line.outcome(at(10)) == OPENED


def test_pieces_with_a_gap_between_them_never_make_an_answer() -> None:
    for cut in range(1, len(OPEN_REPLY)):
        line = exchange(UNLOCK)
        line.receive(OPEN_REPLY[:cut], at(10))
        line.receive(OPEN_REPLY[cut:], at(30))
        assert isinstance(line.outcome(TIMEOUT_US), Garbled)


def test_pieces_without_a_gap_are_one_answer() -> None:
    line = exchange(UNLOCK)
    line.receive(OPEN_REPLY[:2], at(10))
    line.receive(OPEN_REPLY[2:], at(30) - 1)

    assert line.outcome(at(30)) == OPENED


def test_behind_a_cut_off_answer_and_a_gap_the_line_is_in_step_again() -> None:
    line = exchange(UNLOCK)
    line.receive(OPEN_REPLY[:4], at(10))  # with the next header byte it would look complete
    assert line.outcome(at(31)) is None
    line.receive(OPEN_REPLY, at(40))

    assert line.outcome(at(40)) == OPENED


def test_an_answer_is_found_behind_any_amount_of_babble_and_the_memory_stays_small() -> None:
    chance = random.Random("babble")
    line = exchange(UNLOCK, "waveshare")
    for ms in range(1, 400):
        line.receive(chance.randbytes(100), at(ms))
    line.receive(bytes.fromhex("01 05 02 00 00 03 8C 73"), at(400))

    assert line.outcome(at(400)) == Answered(Acknowledged())


def test_what_a_babbling_line_sent_longer_ago_than_its_memory_is_forgotten() -> None:
    line = exchange(ReadAll(), settings=replace(BOARD, status_bytes=3))
    line.receive(READ_ALL_REPLY[:3], at(10))
    line.receive(b"\x00" * MOST_BYTES + READ_ALL_REPLY[3:], at(11))

    assert isinstance(line.outcome(TIMEOUT_US), Garbled)


# Echo


def test_where_the_adapter_echoes_its_echo_is_no_answer() -> None:
    for family, frame in (("shuoming", CLOSED_REPLY), ("waveshare", bytes.fromhex("01 05 02 00 00 03 8C 73"))):
        line = exchange(UNLOCK, family, echoes=True)
        line.receive(frame, at(1))
        assert line.outcome(at(30)) is None
        assert line.outcome(TIMEOUT_US) == Silent()


def test_where_it_does_not_the_same_bytes_are_the_answer() -> None:
    line = exchange(UNLOCK)
    line.receive(CLOSED_REPLY, at(1))

    assert line.outcome(at(1)) == STILL_CLOSED


def test_behind_its_echo_the_same_bytes_are_the_answer() -> None:
    line = exchange(UNLOCK, echoes=True)
    line.receive(CLOSED_REPLY, at(1))
    line.receive(CLOSED_REPLY, at(50))

    assert line.outcome(at(50)) == STILL_CLOSED


def test_an_echo_with_noise_around_it_is_dropped_with_the_noise() -> None:
    line = exchange(UNLOCK, echoes=True)
    line.receive(b"\xff" + CLOSED_REPLY + b"\x00", at(1))

    assert line.outcome(TIMEOUT_US) == Garbled("no usable answer")


def test_an_answer_counts_although_its_echo_was_spoilt() -> None:
    line = exchange(UNLOCK, echoes=True)
    line.receive(CLOSED_REPLY[:3] + OPEN_REPLY, at(1))
    assert line.outcome(at(2)) is None, "the echo may still be on its way"

    assert line.outcome(at(21)) == OPENED


def test_where_an_echo_was_lost_an_answer_that_equals_it_is_not_believed() -> None:
    line = exchange(UNLOCK, echoes=True)
    line.receive(CLOSED_REPLY, at(100))

    assert line.outcome(TIMEOUT_US) == Silent()


def test_our_own_request_on_a_line_of_which_no_echo_is_known_is_silence_if_a_board_would_not_say_it() -> None:
    line = exchange(ReadOne(1))
    line.receive(BOARDS["shuoming"].encode(BOARD, ReadOne(1)), at(1))

    assert line.outcome(TIMEOUT_US) == Silent()


# Answers to another request


@pytest.mark.parametrize(
    ("late", "request_", "family"),
    [
        (READ_REPLY, UNLOCK, "shuoming"),
        (READ_ALL_REPLY, UNLOCK, "shuoming"),
        (READ_ALL_REPLY, ReadOne(1), "shuoming"),
        (OPEN_REPLY, ReadOne(1), "shuoming"),
        (OPEN_REPLY, ReadAll(), "shuoming"),
        (READ_REPLY, ReadAll(), "shuoming"),
        (bytes.fromhex("8A 01 02 00 89"), UNLOCK, "shuoming"),
        (bytes.fromhex("8A 02 01 00 89"), UNLOCK, "shuoming"),
        (bytes.fromhex("82 01 01 00 82"), UNLOCK, "shuoming"),
        (bytes.fromhex("01 02 01 04 A0 4B"), UNLOCK, "waveshare"),
        (bytes.fromhex("01 05 00 FF 00 00 FD FA"), UNLOCK, "waveshare"),
        (bytes.fromhex("01 05 02 01 00 05 5D B1"), UNLOCK, "waveshare"),
        (bytes.fromhex("01 05 02 00 00 07 8D B0"), UNLOCK, "waveshare"),
        (bytes.fromhex("01 81 01 81 90"), UNLOCK, "waveshare"),
        (bytes.fromhex("01 01 01 41 91 B8"), ReadAll(), "waveshare"),
        (bytes.fromhex("02 01 02 01 80 FD CC"), ReadAll(), "waveshare"),
    ],
)
def test_a_late_answer_to_another_request_is_passed_over_and_the_right_one_behind_it_is_found(
    late: bytes, request_: Request, family: str
) -> None:
    codec = BOARDS[family]
    reply = Contacts({1: Reading.OPEN}) if isinstance(request_, ReadOne) else Acknowledged(Reading.OPEN)
    if isinstance(request_, ReadAll):
        reply = Contacts(dict.fromkeys(range(1, 9), Reading.CLOSED))
    right = codec.encode_reply(BOARD, request_, reply)

    line = exchange(request_, family)
    line.receive(late, at(10))
    assert line.outcome(at(30)) is None
    line.receive(right, at(40))
    assert isinstance(line.outcome(at(60)), Answered)

    alone = exchange(request_, family)
    alone.receive(late, at(10))
    assert isinstance(alone.outcome(TIMEOUT_US), Garbled)
