"""What is particular to family winnsen: no check byte, so single wrong bits pass; and what is compared in its place.

Holds sentences about its replies, and counts what passes. It must not know how replies arrive.
"""

from collections import Counter

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
    ReadSome,
    Refused,
    Reply,
    Request,
    Unlock,
)
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs
from tests.drivers.boards.meaning import answer_in, settings_of
from tests.golden.frames import Frame, read_frames

WINNSEN = BOARDS["winnsen"]
ONE = BoardSettings(1, 16, closed_level=0)
UNLOCK = Unlock(5, PulseMs(300))
REPLIES = [f for f in read_frames("winnsen").values() if f.direction == "reply" and not f.malformed]


def heard(request: Request, text: str, settings: BoardSettings = ONE) -> Reply | str:
    search = WINNSEN.search(settings, request, bytes.fromhex(text), quiet=True)
    return search.reply if isinstance(search, Found) else search.reason


def accepted(frame: Frame, spoilt: bytes) -> bool:
    return isinstance(WINNSEN.search(settings_of(frame), answer_in(frame)[0], spoilt, quiet=True), Found)


PASSING_BYTES = {"open": Counter({2: 1, 5: 2}), "poll": Counter({2: 1, 4: 255, 5: 255}), "read": Counter({4: 1})}
"""By operation, how many of the 255 wrong values of each byte pass for an answer: the other code of the same function,
the other results, the state."""
PASSING_BITS = {"open": Counter({2: 1, 5: 1}), "poll": Counter({2: 1, 4: 8, 5: 8}), "read": Counter({4: 1})}


@pytest.mark.parametrize("frame", REPLIES, ids=lambda frame: frame.name)
def test_a_wrong_byte_passes_only_where_the_frame_says_nothing_else_of_it(frame: Frame) -> None:
    """One wrong byte: 255 values in each place; one wrong bit: eight. Beside the function's two codes, only states."""
    passing, bits = Counter[int](), Counter[int]()
    for at, old in enumerate(frame.data):
        for byte in range(256):
            passes = byte != old and accepted(frame, frame.data[:at] + bytes([byte]) + frame.data[at + 1 :])
            passing[at] += passes
            bits[at] += passes and (byte ^ old).bit_count() == 1

    assert +passing == PASSING_BYTES[frame.keys["op"]]
    assert +bits == expected_bits(frame)


def expected_bits(frame: Frame) -> Counter[int]:
    """The result 0 is one bit away from 1 and from 2, which are two bits apart."""
    failed = frame.keys.get("result") == "failed"
    return PASSING_BITS[frame.keys["op"]] + Counter({5: 1} if failed else {})


@pytest.mark.parametrize(
    ("request_", "text", "reason"),
    [
        (UNLOCK, "90 07 85 02 05 01 03", "answer of board 2"),
        (UNLOCK, "90 07 82 01 05 01 03", "answer to another operation"),
        (UNLOCK, "90 07 85 01 06 01 03", "answer of channel 6"),
        (UNLOCK, "90 07 85 01 05 07 03", "unknown result 07"),
        (UNLOCK, "90 08 85 01 05 01 03", "length does not fit"),
        (UNLOCK, "90 07 85 01 05 01 FF", "no end"),
        (ReadOne(3), "90 07 92 01 03 01 03", "answer of channel 1"),
        (ReadOne(3), "90 07 92 01 02 03 03", "unknown state 02"),
        (ReadAll(), "91 07 82 01 00 00 03", ""),
    ],
)
def test_an_answer_to_something_else_is_refused_with_its_reason(request_: Request, text: str, reason: str) -> None:
    assert heard(request_, text) == reason


@pytest.mark.parametrize(("code", "reply"), [(1, Acknowledged()), (0, Refused(0)), (2, Refused(2))])
def test_what_became_of_an_unlock_is_told_by_either_code(code: int, reply: Reply) -> None:
    for function in ("85", "A5"):
        assert heard(UNLOCK, f"90 07 {function} 01 05 0{code} 03") == reply


def test_doors_that_were_not_asked_for_are_not_told() -> None:
    poll = ReadSome((1, 9))

    assert heard(poll, "90 07 82 01 FF 00 03") == Contacts({1: Reading.OPEN, 9: Reading.CLOSED})
    twelve = BoardSettings(1, 12, closed_level=0)
    assert heard(ReadAll(), "90 07 82 01 00 F0 03", twelve) == Contacts(dict.fromkeys(range(1, 13), Reading.CLOSED))
    assert WINNSEN.encode_reply(ONE, poll, Contacts(dict.fromkeys(range(1, 17), Reading.OPEN))) == bytes.fromhex(
        "90 07 82 01 01 01 03"
    )


def test_some_boards_answer_with_codes_of_their_own() -> None:
    settings = BoardSettings(1, 16, closed_level=0, alternative_codes=True)
    none_open = Contacts(dict.fromkeys(range(1, 17), Reading.CLOSED))

    assert WINNSEN.encode_reply(settings, UNLOCK, Acknowledged()) == bytes.fromhex("90 07 A5 01 05 01 03")
    assert WINNSEN.encode_reply(settings, ReadAll(), none_open) == bytes.fromhex("90 07 A2 01 00 00 03")
    one = WINNSEN.encode_reply(settings, ReadOne(3), Contacts({3: Reading.OPEN}))
    assert one == bytes.fromhex("90 07 92 01 01 03 03")


@pytest.mark.parametrize("code", [1, 3])
def test_a_refusal_is_failed_or_cooling_down(code: int) -> None:
    with pytest.raises(LocalProtocolError, match=f"result {code} is not allowed: 0, 2"):
        WINNSEN.encode_reply(ONE, UNLOCK, Refused(code))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (UNLOCK, Contacts({5: Reading.OPEN})),
        (ReadOne(2), Contacts({1: Reading.OPEN})),
        (ReadOne(2), Refused(0)),
        (ReadAll(), Acknowledged()),
    ],
)
def test_a_board_cannot_say_what_is_no_answer(request_: Request, reply: Reply) -> None:
    with pytest.raises(LocalProtocolError, match="family winnsen does not answer"):
        WINNSEN.encode_reply(ONE, request_, reply)
