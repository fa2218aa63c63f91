"""No illegal frame can be built, and a board understands exactly what may be sent, and records what may not.

Holds every address, channel and pulse that there is, and those beyond. It must not know replies.
"""

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import (
    EVERYONE,
    AllOff,
    BoardSettings,
    Forbidden,
    LocalProtocolError,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    ReadPulseTime,
    ReadSome,
    ReadVersion,
    Request,
    Unlock,
)
from drivers.boards.checks import sum_of
from kiosk.core.policy import PulseMs
from tests.drivers.boards.checked import summed, xored

ADDRESSES = range(-1, 300)
CHANNELS = range(-1, 300)
SHUOMING, WAVESHARE = BOARDS["shuoming"], BOARDS["waveshare"]
EVERYTHING: tuple[Request, ...] = (
    Unlock(1, PulseMs(300)),
    ReadOne(1),
    ReadAll(),
    ReadOutputs(),
    ReadModes(),
    ReadPulseTime(),
    ReadVersion(),
    AllOff(),
)


def built(family: str, settings: BoardSettings, request: Request) -> bytes | None:
    try:
        return BOARDS[family].encode(settings, request)
    except LocalProtocolError:
        return None


@pytest.mark.parametrize("family", BOARDS)
def test_only_the_familys_addresses_can_be_built_and_never_all_boards_at_once(family: str) -> None:
    for request in EVERYTHING:
        addresses = [address for address in ADDRESSES if built(family, BoardSettings(address, 8), request)]
        assert addresses in ([], list(BOARDS[family].abilities.addresses))


@pytest.mark.parametrize("family", BOARDS)
@pytest.mark.parametrize("channels", [1, 8, 12, 16, 24, 32])
def test_only_the_boards_own_channels_can_be_built_and_never_all_of_them(family: str, channels: int) -> None:
    abilities = BOARDS[family].abilities
    settings = BoardSettings(1, channels)
    own = list(range(1, channels + 1)) if channels <= abilities.max_channel else []

    assert [n for n in CHANNELS if built(family, settings, Unlock(n, PulseMs(300)))] == own
    assert [n for n in CHANNELS if built(family, settings, ReadOne(n))] == (own if abilities.reads_one else [])


@pytest.mark.parametrize("family", BOARDS)
def test_a_board_with_more_channels_than_its_family_has_cannot_be_used(family: str) -> None:
    most = BOARDS[family].abilities.max_channel

    for channels in (-1, 0, most + 1, 10**6):
        with pytest.raises(LocalProtocolError, match=f"number of channels {channels} is not allowed: 1 to {most}"):
            BOARDS[family].encode(BoardSettings(1, channels), Unlock(1, PulseMs(300)))


@pytest.mark.parametrize("family", BOARDS)
def test_whatever_is_built_is_understood_as_just_that(family: str) -> None:
    most = BOARDS[family].abilities.max_channel
    requests = [*EVERYTHING, *(Unlock(n, PulseMs(300)) for n in CHANNELS), *(ReadOne(n) for n in CHANNELS)]
    for address in ADDRESSES:
        for request in requests:
            frame = built(family, BoardSettings(address, most), request)
            assert frame is None or BOARDS[family].decode_request(frame) == (address, request)


def test_a_pulse_is_rounded_up_to_the_boards_step_and_never_beyond_a_second() -> None:
    for pulse_ms in range(100, 1001):
        frame = WAVESHARE.encode(BoardSettings(1, 8), Unlock(1, PulseMs(pulse_ms)))
        sent_ms = 100 * int.from_bytes(frame[4:6], "big")
        assert pulse_ms <= sent_ms < pulse_ms + 100
        assert sent_ms <= 1000


def test_a_pulse_that_no_type_should_let_through_is_not_built_either() -> None:
    for pulse_ms in (-100, 0, 1001, 3_276_700):
        pulse = PulseMs(300)
        object.__setattr__(pulse, "value", pulse_ms)
        with pytest.raises(LocalProtocolError, match=r"pulse in steps of 100 ms .* is not allowed: 1 to 10"):
            WAVESHARE.encode(BoardSettings(1, 8), Unlock(1, pulse))


def test_outputs_are_read_in_whole_bytes_only() -> None:
    allowed = [
        (first, count)
        for first in range(40)
        for count in range(50)
        if built("waveshare", BoardSettings(1, 8), ReadOutputs(first, count))
    ]

    assert allowed == [(1, 8), (1, 16), (1, 24), (1, 32), (9, 8), (9, 16), (9, 24), (17, 8), (17, 16), (25, 8)]
    with pytest.raises(LocalProtocolError, match="first output 2 is not allowed: 1, 9, 17, 25"):
        WAVESHARE.encode(BoardSettings(1, 8), ReadOutputs(2))


@pytest.mark.parametrize("request_", [ReadOutputs(), ReadModes(), ReadVersion(), AllOff()])
@pytest.mark.parametrize("family", sorted(BOARDS.keys() - {"waveshare"}))
def test_a_family_without_a_command_says_so(family: str, request_: Request) -> None:
    with pytest.raises(LocalProtocolError, match=f"family {family} has no frame for"):
        BOARDS[family].encode(BoardSettings(1, 8), request_)


def test_a_single_channel_is_read_only_where_a_family_can_and_some_only_of_winnsen() -> None:
    one = [family for family in BOARDS if built(family, BoardSettings(1, 8), ReadOne(1))]
    some = [family for family in BOARDS if built(family, BoardSettings(1, 8), ReadSome((1, 3)))]

    assert one == [family for family, codec in BOARDS.items() if codec.abilities.reads_one]
    assert (sorted(BOARDS.keys() - one), some) == (["kerong"], ["winnsen"])


@pytest.mark.parametrize(
    ("frame", "meant"),
    [
        ("8A 01 01 11 09", Forbidden("open_timed", (1,), 9)),
        ("90 01 FF 00 80", Forbidden("open_many", (1, 2, 3, 4, 5, 6, 7, 8, 24))),
        ("9A 01 03 10", Forbidden("hold_on", (3,))),
        ("9B 01 03 10", Forbidden("hold_off", (3,))),
        ("9A 01 03 12", None),
        ("8A 01 01 12", None),
        ("8A 01 01 12 01", None),
        ("8A 01 33 11", None),  # channel 51
        ("80 01 01 34", None),
        ("80 01 33 33", None),
        ("8A 00 01 11", None),  # no board has address 0, nor 33
        ("8A 21 01 11", None),
        ("9D 01 02 10", None),
        ("82 01 01 00", None),
        ("8A 01 01", None),
        ("", None),
    ],
)
def test_a_shuoming_board_obeys_its_own_commands_only(frame: str, meant: Forbidden | None) -> None:
    assert SHUOMING.decode_request(xored(frame)) == (None if meant is None else (1, meant))


@pytest.mark.parametrize(
    ("frame", "meant"),
    [
        ("01 05 00 FF FF 00", Forbidden("all_on")),
        ("01 05 00 FF 55 00", Forbidden("all_toggle")),
        ("01 05 01 FF FF 00", Forbidden("all_toggle")),
        ("01 05 00 FF 12 34", None),
        ("01 05 00 01 12 34", None),
        ("01 05 03 00 00 05", None),
        ("01 05 02 00 00 0B", Forbidden("flash_on", (1,), 1100)),
        ("01 05 02 00 00 00", Forbidden("flash_on", (1,), 0)),
        ("01 05 02 20 00 05", Forbidden("flash_on", (33,), 500)),
        ("01 05 04 07 00 05", Forbidden("flash_off", (8,), 500)),
        ("01 0F 00 00 00 08 01 00", Forbidden("write_coils", value=8)),
        ("01 0F 00 00 00 08 02 00", None),
        ("01 06 10 03 00 01", Forbidden("set_mode", value=1)),
        ("01 10 10 00 00 01 02 00 01", Forbidden("set_mode", value=1)),
        ("01 06 20 00 00 05", Forbidden("set_baud", value=5)),
        ("01 06 30 00 00 05", None),
        ("01 03 10 00 00 01", Forbidden("read_mode", value=1)),
        ("01 03 80 00 00 02", Forbidden("read_version", value=2)),
        ("01 03 50 00 00 01", None),
        ("01 02 00 00 00 10", None),
        ("01 02 00 20 00 01", None),
        ("01 01 00 01 00 08", None),
        ("01 01 00 00 00 28", None),
        ("01 04 00 00 00 08", None),
        ("01 05 02 00 00 05 00", None),  # a short command in a long frame
        ("01 0F 00 00 00 08", None),  # a long one in a short frame
        ("01 05 02", None),
        ("", None),
    ],
)
def test_a_waveshare_board_obeys_its_own_commands_only(frame: str, meant: Forbidden | None) -> None:
    assert WAVESHARE.decode_request(summed(frame)) == (None if meant is None else (1, meant))


@pytest.mark.parametrize(
    ("frame", "meant"),
    [
        ("57 4B 4C 59 0B 01 80 02 01 18", Forbidden("open_many", (1, 24))),
        ("57 4B 4C 59 0B 01 87 03 01 02", None),  # three announced, two named
        ("57 4B 4C 59 09 01 80 00", None),
        ("57 4B 4C 59 09 01 81 05", Forbidden("flash", (5,))),
        ("57 4B 4C 59 09 01 88 05", Forbidden("hold_on", (5,))),
        ("57 4B 4C 59 09 01 89 05", Forbidden("hold_off", (5,))),
        ("57 4B 4C 59 08 01 86", Forbidden("open_all")),
        ("57 4B 4C 59 09 01 86 01", None),
        ("57 4B 4C 59 09 01 82 00", None),
        ("57 4B 4C 59 09 01 82 19", None),  # channel 25
        ("57 4B 4C 59 0A 01 82 01 01", None),
        ("57 4B 4C 59 08 01 82", None),
        ("57 4B 4C 59 0A 01 85 01 01", None),  # a door's own news, no request
        ("57 4B 4C 59 08 20 84", None),  # no board has address 32
        ("57 4B 4C 58 08 01 84", None),
        ("57 4B 4C 59", None),
        ("", None),
    ],
)
def test_a_wkly_board_obeys_its_own_commands_only(frame: str, meant: Forbidden | None) -> None:
    assert BOARDS["wkly"].decode_request(xored(frame)) == (None if meant is None else (1, meant))


@pytest.mark.parametrize(
    ("frame", "meant"),
    [
        ("02 10 33 03", (1, Forbidden("open_all"))),
        ("02 10 32 03", (1, Forbidden("read_boards"))),
        ("02 10 37 17 70 03", (1, Forbidden("set_pulse", value=60_000))),
        ("02 10 38 03", (1, Forbidden("busy_reset"))),
        ("02 10 39 FA 03", (1, Forbidden("set_delay", value=250))),
        ("02 10 40 03 03", (1, Forbidden("set_baud", value=3))),
        ("F5 B6 10 00 5F", (1, Forbidden("get_version"))),
        ("F5 B6 10 00 5E", None),  # the beginning of a firmware update, perhaps
        ("F5 B6 10", None),
        ("02 F0 31 03", (EVERYONE, Forbidden("broadcast"))),
        ("02 F0 30 03", (EVERYONE, Forbidden("broadcast"))),
        ("02 F0 33 03", (EVERYONE, Forbidden("open_all"))),
        ("02 A0 31 03", None),  # no board has address 10
        ("02 10 31 04", None),
        ("03 10 31 03", None),
        ("02 10 41 03", None),
        ("02 10 31 00 03", None),
        ("02", None),
        ("", None),
    ],
)
def test_a_kerong_board_obeys_its_own_commands_only(frame: str, meant: tuple[int, Forbidden] | None) -> None:
    data = bytes.fromhex(frame)

    assert BOARDS["kerong"].decode_request(data + bytes([sum_of(data)])) == meant
    assert BOARDS["kerong"].decode_request(data + bytes([sum_of(data) ^ 1])) is None


@pytest.mark.parametrize(
    "frame",
    [
        "90 06 05 01 11 03",  # lock 17
        "90 06 12 01 00 03",
        "90 07 02 01 00 00 03",  # a poll of no lock
        "90 06 07 01 01 03",
        "90 07 05 01 01 01 03",
        "90 06 05 01 01 04",
        "91 06 05 01 01 03",
        "90 06 05 00 01 03",
        "90",
        "",
    ],
)
def test_a_winnsen_board_obeys_its_own_commands_only(frame: str) -> None:
    assert BOARDS["winnsen"].decode_request(bytes.fromhex(frame)) is None


def test_a_winnsen_board_is_polled_for_the_channels_that_it_has() -> None:
    winnsen = BOARDS["winnsen"]

    assert winnsen.encode(BoardSettings(2, 12), ReadAll()) == bytes.fromhex("90 07 02 02 FF 0F 03")
    assert winnsen.encode(BoardSettings(1, 16), ReadSome((1, 9))) == bytes.fromhex("90 07 02 01 01 01 03")
    with pytest.raises(LocalProtocolError, match="channel 13 is not allowed: 1 to 12"):
        winnsen.encode(BoardSettings(2, 12), ReadSome((1, 13)))
    with pytest.raises(LocalProtocolError, match="mask of channels 0 is not allowed"):
        winnsen.encode(BoardSettings(2, 12), ReadSome(()))


@pytest.mark.parametrize(
    "frame", ["00 05 02 00 00 05", "00 05 00 FF 00 00", "00 01 00 00 00 08", "00 02 00 00 00 08", "00 03 10 00 00 08"]
)
def test_what_may_be_sent_to_one_board_is_forbidden_to_all_at_once(frame: str) -> None:
    assert WAVESHARE.decode_request(summed(frame)) == (EVERYONE, Forbidden("broadcast"))


def test_a_version_is_asked_of_one_board_and_never_of_all() -> None:
    """A public program sends the same bytes to a board with 32 relays."""
    frame = bytes.fromhex("01 03 80 00 00 01 AD CA")

    assert built("waveshare", BoardSettings(1, 8), ReadVersion()) == frame
    assert WAVESHARE.decode_request(frame) == (1, ReadVersion())
    assert WAVESHARE.decode_request(summed("00 03 80 00 00 01")) == (EVERYONE, Forbidden("broadcast"))
