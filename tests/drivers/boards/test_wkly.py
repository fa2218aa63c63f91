"""What is particular to family wkly: faulty contacts, failures, news of doors that nobody asked for.

Holds sentences about its replies. It must not know how replies arrive.
"""

from dataclasses import replace

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import (
    Acknowledged,
    BoardSettings,
    Contacts,
    Found,
    LocalProtocolError,
    ReadAll,
    ReadOne,
    Refused,
    Reply,
    Request,
    Unlock,
)
from drivers.boards.wkly import event_frame
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs
from tests.drivers.boards.checked import xored
from tests.golden.frames import read_frames

WKLY = BOARDS["wkly"]
ONE = BoardSettings(0, 4)
UNLOCK = Unlock(1, PulseMs(300))
MARK = "57 4B 4C 59"


def heard(request: Request, frame: bytes, settings: BoardSettings = ONE) -> Reply | str:
    search = WKLY.search(settings, request, frame, quiet=True)
    return search.reply if isinstance(search, Found) else search.reason


@pytest.mark.parametrize(
    ("request_", "frame", "reason"),
    [
        (UNLOCK, "0B 05 82 00 01 00", "answer of board 5"),
        (UNLOCK, "0B 00 83 00 01 00", "answer to another operation"),
        (UNLOCK, "0B 00 82 00 02 00", "answer of channel 2"),
        (UNLOCK, "0A 00 82 00 01", "length does not fit"),
        (UNLOCK, "07 00 82", "length below 8"),
        (UNLOCK, "40 00 82 00 01 00", ""),  # more was announced than came
        (ReadAll(), "0E 00 84 00 05 00 01 01 00", "number of doors does not fit"),
        (ReadAll(), "09 00 84 00", "number of doors does not fit"),
        (ReadAll(), "0D 00 84 00 03 00 01 01", "too few doors for 4 channels"),
    ],
)
def test_an_answer_to_something_else_is_refused_with_its_reason(request_: Request, frame: str, reason: str) -> None:
    assert heard(request_, xored(f"{MARK} {frame}")) == reason


@pytest.mark.parametrize("status", [0x01, 0xFF, 0x80])
def test_whatever_is_not_done_has_failed(status: int) -> None:
    for request in (UNLOCK, ReadOne(1), ReadAll()):
        assert heard(request, WKLY.encode_reply(ONE, request, Refused(status))) == Refused(status)


@pytest.mark.parametrize("closed_level", [0, 1])
def test_ff_is_a_faulty_contact_under_either_polarity_and_so_is_what_nobody_has_heard_of(closed_level: int) -> None:
    settings = replace(ONE, closed_level=closed_level)
    doors = heard(ReadAll(), xored(f"{MARK} 0E 00 84 00 04 00 01 FF 02"), settings)

    zero, one = (Reading.CLOSED, Reading.OPEN) if closed_level == 0 else (Reading.OPEN, Reading.CLOSED)
    assert doors == Contacts({1: zero, 2: one, 3: Reading.FAULT, 4: Reading.FAULT})
    assert heard(UNLOCK, xored(f"{MARK} 0B 00 82 00 01 FF"), settings) == Acknowledged(Reading.FAULT)
    assert heard(ReadOne(1), xored(f"{MARK} 0B 00 83 00 01 FF"), settings) == Contacts({1: Reading.FAULT})


def test_a_board_may_speak_of_more_doors_than_it_is_said_to_have() -> None:
    assert heard(ReadAll(), xored(f"{MARK} 0E 00 84 00 04 00 01 01 00"), BoardSettings(0, 2)) == Contacts(
        {1: Reading.OPEN, 2: Reading.CLOSED}
    )


@pytest.mark.parametrize("before", [0, 1, 3])
def test_news_of_doors_before_a_reply_do_not_answer_and_do_not_hide_it(before: int) -> None:
    news = event_frame(ONE, 1, Reading.OPEN)
    reply = WKLY.encode_reply(ONE, UNLOCK, Acknowledged(Reading.OPEN))

    assert heard(UNLOCK, news * before + reply + news) == Acknowledged(Reading.OPEN)
    for request in (UNLOCK, ReadOne(1), ReadAll()):
        assert isinstance(heard(request, news * 3), str)


def test_a_length_that_is_too_large_hides_nothing_that_comes_behind_it() -> None:
    reply = WKLY.encode_reply(ONE, UNLOCK, Acknowledged(Reading.OPEN))
    cut = xored(f"{MARK} 40 00 82 00 01 00")

    assert heard(UNLOCK, cut + reply) == Acknowledged(Reading.OPEN)


def test_the_news_that_a_board_says_are_the_golden_ones() -> None:
    golden = read_frames("wkly")

    assert event_frame(ONE, 1, Reading.CLOSED) == golden["event_b0_c1"].data
    assert event_frame(BoardSettings(2, 12), 10, Reading.OPEN) == golden["event_b2_c10"].data


@pytest.mark.parametrize("code", [0, 256])
def test_a_failure_has_a_code_of_its_own(code: int) -> None:
    for request in (UNLOCK, ReadOne(1), ReadAll()):
        with pytest.raises(LocalProtocolError, match=f"failure {code} is not allowed: 1 to 255"):
            WKLY.encode_reply(ONE, request, Refused(code))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (UNLOCK, Acknowledged()),  # it always says how the contact stands
        (UNLOCK, Contacts({1: Reading.OPEN})),
        (ReadOne(2), Contacts({1: Reading.OPEN})),
        (ReadAll(), Acknowledged(Reading.OPEN)),
    ],
)
def test_a_board_cannot_say_what_is_no_answer(request_: Request, reply: Reply) -> None:
    with pytest.raises(LocalProtocolError, match="family wkly does not answer"):
        WKLY.encode_reply(ONE, request_, reply)
