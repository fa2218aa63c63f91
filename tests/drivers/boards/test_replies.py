"""What a board says is what the kiosk hears, under every setting; what does not fit is refused on both sides.

Holds round trips through both halves of each codec; the golden frames catch what both halves would get wrong alike. It
must not know how replies arrive.
"""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards import BOARDS
from drivers.boards.base import (
    EVERYONE,
    Acknowledged,
    AllOff,
    BoardSettings,
    ByteOrder,
    Contacts,
    Found,
    LocalProtocolError,
    Modes,
    NotYet,
    Outputs,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    ReadPulseTime,
    ReadSome,
    ReadVersion,
    Refused,
    Reply,
    Request,
    Unlock,
    Version,
)
from drivers.boards.shuoming import event_frame
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs
from tests.drivers.boards.checked import summed, xored
from tests.golden.frames import read_frames

SHUOMING, WAVESHARE = BOARDS["shuoming"], BOARDS["waveshare"]
ONE = BoardSettings(1, 8)
UNLOCK = Unlock(1, PulseMs(500))
BOTH = (Reading.CLOSED, Reading.OPEN)


def heard(family: str, settings: BoardSettings, request: Request, frame: bytes) -> Reply | str:
    search = BOARDS[family].search(settings, request, frame, quiet=True)
    return search.reply if isinstance(search, Found) else search.reason


def said(family: str, settings: BoardSettings, request: Request, reply: Reply) -> bytes:
    return BOARDS[family].encode_reply(settings, request, reply)


ANY_SETTINGS = st.builds(
    BoardSettings,
    address=st.just(1),
    channels=st.just(8),
    closed_level=st.integers(0, 1),
    byte_order=st.sampled_from([None, *ByteOrder]),
    status_bytes=st.integers(2, 7),
    inverted_channels=st.frozensets(st.integers(1, 8)),
    alternative_codes=st.booleans(),
)


@given(
    family=st.sampled_from(sorted(BOARDS)),
    settings=ANY_SETTINGS,
    readings=st.lists(st.sampled_from(BOTH), min_size=8, max_size=8),
)
def test_contacts_are_heard_as_they_are_said_under_every_setting(
    family: str, settings: BoardSettings, readings: list[Reading]
) -> None:
    contacts = Contacts(dict(enumerate(readings, start=1)))

    assert heard(family, settings, ReadAll(), said(family, settings, ReadAll(), contacts)) == contacts
    single = contacts.readings if BOARDS[family].abilities.reads_one else {}
    for channel, reading in single.items():
        one = Contacts({channel: reading})
        assert heard(family, settings, ReadOne(channel), said(family, settings, ReadOne(channel), one)) == one


@given(
    settings=ANY_SETTINGS, items=st.frozensets(st.integers(1, 8)), readings=st.lists(st.sampled_from(BOTH), min_size=8)
)
def test_item_sensors_are_heard_as_they_are_said(
    settings: BoardSettings, items: frozenset[int], readings: list[Reading]
) -> None:
    contacts = Contacts(dict(enumerate(readings[:8], start=1)), items)

    for request in (ReadAll(), UNLOCK):
        assert heard("kerong", settings, request, said("kerong", settings, request, contacts)) == contacts


@given(
    settings=ANY_SETTINGS,
    channel=st.integers(1, 8),
    contact=st.sampled_from([*BOTH, Reading.FAULT]),
    status=st.integers(1, 255),
)
def test_what_a_board_says_to_an_unlock_is_heard(
    settings: BoardSettings, channel: int, contact: Reading, status: int
) -> None:
    unlock = Unlock(channel, PulseMs(300))
    told: dict[str, list[Reply]] = {
        "shuoming": [Acknowledged(contact)] if contact in BOTH else [],
        "wkly": [Acknowledged(contact), Refused(status)],
        "winnsen": [Acknowledged(), Refused(0), Refused(2)],
        "waveshare": [Acknowledged(), Refused(1 + status % 4)],
    }
    for family, replies in told.items():
        for reply in replies:
            assert heard(family, settings, unlock, said(family, settings, unlock, reply)) == reply


@given(
    family=st.sampled_from(sorted(BOARDS)),
    settings=ANY_SETTINGS,
    request=st.sampled_from([UNLOCK, ReadOne(1), ReadAll(), ReadSome((1, 3)), ReadOutputs(), ReadPulseTime()]),
    received=st.binary(max_size=60),
    quiet=st.booleans(),
)
def test_no_bytes_break_a_board_or_its_driver(
    family: str, settings: BoardSettings, request: Request, received: bytes, *, quiet: bool
) -> None:
    codec = BOARDS[family]
    decoded = codec.decode_request(received)
    assert decoded is None or decoded[0] in (EVERYONE, *codec.abilities.addresses)
    try:
        codec.encode(settings, request)
    except LocalProtocolError:
        return  # a family without such a request
    assert isinstance(codec.search(settings, request, received, quiet=quiet), Found | NotYet)


@pytest.mark.parametrize(("closed_level", "inverted"), list(product((0, 1), (frozenset(), frozenset({1})))))
def test_polarity_decides_what_a_shuoming_board_says_to_an_unlock(closed_level: int, inverted: frozenset[int]) -> None:
    settings = replace(ONE, closed_level=closed_level, inverted_channels=inverted)
    level_1, level_0 = bytes.fromhex("8A 01 01 11 9B"), bytes.fromhex("8A 01 01 00 8A")
    closed_is_1 = (closed_level == 1) != bool(inverted)

    assert heard("shuoming", settings, UNLOCK, level_1) == Acknowledged(BOTH[0] if closed_is_1 else BOTH[1])
    assert heard("shuoming", settings, UNLOCK, level_0) == Acknowledged(BOTH[1] if closed_is_1 else BOTH[0])


def test_a_shuoming_board_that_sends_its_low_channels_first_is_a_setting() -> None:
    first = BoardSettings(1, 24, byte_order=ByteOrder.FIRST_BYTE_LOW)
    reply = heard("shuoming", first, ReadAll(), xored("80 01 01 00 00 33"))

    assert reply == Contacts({n: Reading.CLOSED if n == 1 else Reading.OPEN for n in range(1, 25)})


def test_a_shuoming_board_sends_three_status_bytes_unless_it_needs_or_was_seen_to_send_others() -> None:
    for channels, status_bytes, length in ((8, None, 7), (24, None, 7), (25, None, 8), (50, None, 11), (8, 2, 6)):
        settings = BoardSettings(1, channels, status_bytes=status_bytes)
        contacts = Contacts(dict.fromkeys(range(1, channels + 1), Reading.CLOSED))
        frame = said("shuoming", settings, ReadAll(), contacts)
        assert len(frame) == length
        assert heard("shuoming", settings, ReadAll(), frame) == contacts


def test_a_board_that_says_nothing_of_a_channel_says_what_nothing_connected_says() -> None:
    for family in BOARDS:
        frame = said(family, ONE, ReadAll(), Contacts({2: Reading.CLOSED}))
        assert heard(family, ONE, ReadAll(), frame) == Contacts(
            {n: Reading.CLOSED if n == 2 else Reading.OPEN for n in range(1, 9)}
        )


def test_only_wkly_has_a_word_for_a_faulty_contact_and_others_say_that_it_is_open() -> None:
    for family in BOARDS:
        contacts = heard(family, ONE, ReadAll(), said(family, ONE, ReadAll(), Contacts({1: Reading.FAULT})))
        assert isinstance(contacts, Contacts)
        assert contacts.readings[1] is (Reading.FAULT if family == "wkly" else Reading.OPEN)


def test_how_many_status_bytes_a_board_sends_is_two_to_seven() -> None:
    for status_bytes in (1, 8):
        settings = replace(ONE, status_bytes=status_bytes)
        with pytest.raises(LocalProtocolError, match=f"status bytes {status_bytes} is not allowed: 2 to 7"):
            said("shuoming", settings, ReadAll(), Contacts({}))
        with pytest.raises(LocalProtocolError, match=f"status bytes {status_bytes} is not allowed: 2 to 7"):
            heard("shuoming", settings, ReadAll(), xored("80 01 00 00 00 33"))


def test_a_read_all_reply_of_unknown_length_waits_for_silence_and_one_of_known_length_does_not() -> None:
    frame = xored("80 01 00 00 00 33")

    assert SHUOMING.search(ONE, ReadAll(), frame, quiet=False) == NotYet()
    assert isinstance(SHUOMING.search(replace(ONE, status_bytes=3), ReadAll(), frame, quiet=False), Found)


@pytest.mark.parametrize(
    ("settings", "frame", "reason"),
    [
        (BoardSettings(1, 24), xored("80 01 00 00 33"), "too few status bytes for 24 channels"),
        (BoardSettings(1, 24), xored("80 02 00 00 00 33"), "answer of board 2"),
        (BoardSettings(1, 24), xored("80 01 00 00 00 33")[:-1] + b"\x00", "bad check"),
        (BoardSettings(1, 8), xored("80 01 80 01 33 33"), "more than one answer fits"),
        (BoardSettings(1, 8), xored("80 01 00 33"), ""),  # one status byte: an echo, or an answer to read one
        (BoardSettings(1, 24), b"\x80\x80\x80", ""),
    ],
)
def test_a_doubtful_read_all_reply_is_refused_with_its_reason(
    settings: BoardSettings, frame: bytes, reason: str
) -> None:
    assert heard("shuoming", settings, ReadAll(), frame) == reason


@pytest.mark.parametrize(
    ("request_", "frame", "reason"),
    [
        (UNLOCK, "8A 02 01 00", "answer of board 2"),
        (UNLOCK, "80 01 01 00", "answer to another operation"),
        (UNLOCK, "8A 01 02 00", "answer of channel 2"),
        (UNLOCK, "8A 01 01 22", "unknown status 22"),
        (UNLOCK, "82 01 01 00", ""),
        (ReadOne(1), "80 01 01 33", "unknown status 33"),
    ],
)
def test_a_shuoming_answer_to_something_else_is_refused_with_its_reason(
    request_: Request, frame: str, reason: str
) -> None:
    assert heard("shuoming", ONE, request_, xored(frame)) == reason
    assert heard("shuoming", ONE, request_, xored(frame)[:-1] + b"\x5a") in ("bad check", "")


def test_a_clone_with_a_constant_check_is_believed_only_where_it_is_set_and_only_about_unlocks() -> None:
    clone = replace(ONE, constant_check=True)
    unlock = Unlock(4, PulseMs(300))
    frame = bytes.fromhex("8A 01 04 00 8A")

    assert said("shuoming", clone, unlock, Acknowledged(Reading.OPEN)) == frame
    assert heard("shuoming", clone, unlock, frame) == Acknowledged(Reading.OPEN)
    assert heard("shuoming", ONE, unlock, frame) == "bad check"
    assert heard("shuoming", clone, unlock, xored("8A 01 04 00")) == "bad check"
    assert heard("shuoming", clone, ReadOne(4), bytes.fromhex("80 01 04 00 8A")) == "bad check"
    assert heard("shuoming", clone, ReadOne(4), xored("80 01 04 00")) == Contacts({4: Reading.OPEN})


@pytest.mark.parametrize(
    ("request_", "frame", "reason"),
    [
        (UNLOCK, "02 05 02 00 00 05", "answer of board 2"),
        (UNLOCK, "01 06 02 00 00 05", "answer to another operation"),
        (UNLOCK, "01 05 02 00 00 06", "answer to another channel or value"),
        (ReadAll(), "01 02 02 00", "byte count does not fit"),
        (ReadOne(1), "01 02 01 02", "bits that were not asked for"),
        (UNLOCK, "01 85 05", ""),
        (UNLOCK, "01 81 02", ""),
        (UNLOCK, "02 85 02", ""),
    ],
)
def test_a_waveshare_answer_to_something_else_is_refused_with_its_reason(
    request_: Request, frame: str, reason: str
) -> None:
    assert heard("waveshare", ONE, request_, summed(frame)) == reason


@pytest.mark.parametrize("code", [1, 2, 3, 4])
def test_every_request_can_be_refused_by_a_waveshare_board(code: int) -> None:
    for request in (UNLOCK, ReadOne(1), ReadAll(), ReadOutputs(), ReadModes(), ReadVersion(), AllOff()):
        assert heard("waveshare", ONE, request, said("waveshare", ONE, request, Refused(code))) == Refused(code)


@pytest.mark.parametrize("code", [0, 5, 256])
def test_a_refusal_with_a_code_that_modbus_does_not_have_cannot_be_said(code: int) -> None:
    with pytest.raises(LocalProtocolError, match=f"exception code {code} is not allowed: 1 to 4"):
        said("waveshare", ONE, UNLOCK, Refused(code))


@given(
    on=st.frozensets(st.integers(1, 32)),
    window=st.sampled_from([(1, 8), (9, 8), (25, 8), (1, 16), (17, 16), (1, 32)]),
    byte_order=st.sampled_from([None, *ByteOrder]),
)
def test_outputs_are_heard_as_they_are_said(
    on: frozenset[int], window: tuple[int, int], byte_order: ByteOrder | None
) -> None:
    settings, request = BoardSettings(1, 32, byte_order=byte_order), ReadOutputs(*window)
    asked = range(window[0], sum(window))

    frame = said("waveshare", settings, request, Outputs(on))
    assert heard("waveshare", settings, request, frame) == Outputs(frozenset(n for n in on if n in asked))


def test_a_mode_that_lets_an_input_switch_its_output_is_heard() -> None:
    frame = summed("01 03 10 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 03")
    modes = Modes((0, 1, 0, 0, 0, 0, 0, 3))

    assert said("waveshare", ONE, ReadModes(), modes) == frame
    assert heard("waveshare", ONE, ReadModes(), frame) == modes
    with pytest.raises(LocalProtocolError, match="mode 4 is not allowed: 0 to 3"):
        said("waveshare", ONE, ReadModes(), Modes((4,) * 8))


def test_the_version_of_a_waveshare_board_is_a_register() -> None:
    frame = summed("01 03 02 00 C8")

    assert said("waveshare", ONE, ReadVersion(), Version(200)) == frame
    assert heard("waveshare", ONE, ReadVersion(), frame) == Version(200)
    with pytest.raises(LocalProtocolError, match="version 65536 is not allowed: 0 to 65535"):
        said("waveshare", ONE, ReadVersion(), Version(0x10000))


CONTACTS = Contacts({1: Reading.OPEN})


@pytest.mark.parametrize(
    ("family", "request_", "reply"),
    [
        ("shuoming", UNLOCK, Acknowledged()),  # it always says how the contact stands
        ("shuoming", UNLOCK, CONTACTS),
        ("shuoming", UNLOCK, Refused(1)),
        ("shuoming", ReadOne(2), CONTACTS),
        ("shuoming", ReadAll(), Acknowledged(Reading.OPEN)),
        ("waveshare", UNLOCK, CONTACTS),
        ("waveshare", AllOff(), Outputs(frozenset())),
        ("waveshare", ReadOne(2), CONTACTS),
        ("waveshare", ReadAll(), Acknowledged()),
        ("waveshare", ReadOutputs(), CONTACTS),
        ("waveshare", ReadModes(), Modes((0,))),
        ("waveshare", ReadVersion(), Modes((0,))),
    ],
)
def test_a_board_cannot_say_what_is_no_answer(family: str, request_: Request, reply: Reply) -> None:
    with pytest.raises(LocalProtocolError, match=f"family {family} does not answer"):
        said(family, ONE, request_, reply)


def test_the_news_that_special_shuoming_firmware_says_are_the_golden_ones() -> None:
    assert event_frame(ONE, 1, Reading.OPEN) == read_frames("shuoming")["event_b1_c1_contact_open"].data
