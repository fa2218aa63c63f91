"""What serial scanners are told and answer: the manuals' own frames, cut and with garbage around, damaged bits, any
bytes. Pure.

The frames are those of the GM65, GM812, GM72 and SSI manuals. No such scanner was measured.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.input.assembly import GAP_US
from drivers.input.protocols import PROTOCOLS, Dialogue, gm65, ssi
from drivers.input.protocols.dialogue import (
    ANSWER_US,
    NEXT_SYMBOL_US,
    TRIES,
    TRIGGER_AGAIN_US,
    WAKE_US,
    Ear,
    Language,
)
from drivers.input.protocols.gm65 import Command, Gm65Ear
from drivers.input.protocols.ssi import DECODE_DATA, DECODER, MORE_FOLLOWS, RETRANSMIT, Packet, SsiEar
from drivers.input.protocols.words import PlainEar

UPS = "1Z5R89390357567127"
GM65_ACKNOWLEDGE = bytes.fromhex("02 00 00 01 00 33 31")
SSI_ACK, SSI_NAK = bytes.fromhex("04 D0 00 00 FF 2C"), bytes.fromhex("05 D1 00 00 06 FF 24")
HOST_ACK = ssi.encode(Packet(ssi.ACK, ssi.HOST))


def symbol(text: str, status: int = 0) -> bytes:
    """A packet of decoded data; 03 is Code 128."""
    return ssi.encode(Packet(DECODE_DATA, DECODER, status, b"\x03" + text.encode("latin-1")))


# --- golden frames ---

GM65_COMMANDS = (
    (Command(gm65.READ, gm65.SPEED, b"\x02"), "7E 00 07 01 00 2A 02 D8 0F"),
    (Command(gm65.WRITE, gm65.SPEED, b"\x39\x01"), "7E 00 08 02 00 2A 39 01 A7 EA"),
    (Command(gm65.SAVE, 0, b"\x00"), "7E 00 09 01 00 00 00 DE C8"),
    (Command(gm65.WRITE, gm65.TRIGGER, b"\x01"), "7E 00 08 01 00 02 01 02 DA"),
)


@pytest.mark.parametrize(("command", "frame"), GM65_COMMANDS)
def test_gm65_commands_are_those_of_the_manual_in_both_directions(command: Command, frame: str) -> None:
    assert gm65.encode_command(command) == bytes.fromhex(frame)
    assert gm65.decode_command(bytes.fromhex(frame)) == command


@pytest.mark.parametrize(("command", "frame"), GM65_COMMANDS)
def test_every_damaged_bit_of_a_gm65_command_is_found_out(command: Command, frame: str) -> None:
    for bit in range(8 * len(bytes.fromhex(frame))):
        assert gm65.decode_command(flipped(bytes.fromhex(frame), bit)) is None, f"{command}, bit {bit}"


def test_a_gm65_command_that_asks_not_to_be_checked_is_not() -> None:
    assert gm65.decode_command(bytes.fromhex("7E 00 08 01 00 02 01 AB CD")) == GM65_COMMANDS[3][0]
    assert gm65.decode_command(b"\x7e\x00\x08") is None


def test_a_gm65_acknowledgement_is_that_of_the_manual() -> None:
    assert gm65.encode_reply(b"\x00") == GM65_ACKNOWLEDGE


SSI_PACKETS = (
    (Packet(ssi.START_DECODE, ssi.HOST), "04 E4 04 00 FF 14"),
    (Packet(ssi.STOP_DECODE, ssi.HOST), "04 E5 04 00 FF 13"),
    (Packet(ssi.ACK, ssi.DECODER), "04 D0 00 00 FF 2C"),
    (Packet(ssi.NAK, ssi.DECODER, 0, b"\x06"), "05 D1 00 00 06 FF 24"),
    (Packet(0xA3, ssi.HOST), "04 A3 04 00 FF 55"),
    (Packet(ssi.PARAM_SEND, ssi.HOST, ssi.PERMANENT, b"\x00\x8a\x08"), "07 C6 04 08 00 8A 08 FE 95"),
    (Packet(ssi.PARAM_SEND, ssi.HOST, ssi.PERMANENT, b"\x00\x8a\x00"), "07 C6 04 08 00 8A 00 FE 9D"),
    (Packet(ssi.PARAM_SEND, ssi.HOST, ssi.PERMANENT, b"\x00\xf2\x01\x02"), "08 C6 04 08 00 F2 01 02 FE 31"),
)


@pytest.mark.parametrize(("packet", "frame"), SSI_PACKETS)
def test_ssi_packets_are_those_of_the_manual_in_both_directions(packet: Packet, frame: str) -> None:
    assert ssi.encode(packet) == bytes.fromhex(frame)
    assert ssi.decode(bytes.fromhex(frame)) == packet


@pytest.mark.parametrize(("packet", "frame"), SSI_PACKETS)
def test_every_damaged_bit_of_an_ssi_packet_is_found_out(packet: Packet, frame: str) -> None:
    for bit in range(8 * len(bytes.fromhex(frame))):
        assert ssi.decode(flipped(bytes.fromhex(frame), bit)) is None, f"{packet}, bit {bit}"


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(data))


def test_the_trigger_words_are_those_of_their_makers() -> None:
    honeywell, datalogic = PROTOCOLS["honeywell"], PROTOCOLS["datalogic"]

    assert (honeywell.trigger.hex(" "), honeywell.release.hex(" ")) == ("16 54 0d", "16 55 0d")
    assert (datalogic.trigger, datalogic.release) == (b"E", b"D")


def test_no_setting_that_is_sent_outlasts_the_scanners_power() -> None:
    assert all(not frame[3] & ssi.PERMANENT for frame in PROTOCOLS["ssi"].settings)
    kinds = [command.kind for frame in PROTOCOLS["gm65"].settings if (command := gm65.decode_command(frame))]
    assert kinds == [gm65.WRITE]


# --- what comes, however it is cut ---


def text_of(ear: Ear, stream: bytes, cut: int = 1) -> str:
    return "".join(ear.receive(stream[at : at + cut], 0).text for at in range(0, len(stream), cut))


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("before", [b"", b"other\r", b"\x02", b"\x02\x00", b"\x02\x02"])
def test_a_gm65_acknowledgement_is_taken_out_wherever_it_is_cut(before: bytes, cut: int) -> None:
    stream = before + GM65_ACKNOWLEDGE + UPS.encode() + b"\r" + GM65_ACKNOWLEDGE * 2

    assert text_of(Gm65Ear(), stream, cut) == before.decode() + UPS + "\r"
    assert Gm65Ear().receive(stream, 0).answers == 3


def test_every_damaged_bit_of_an_acknowledgement_spoils_at_most_the_symbol_behind_it() -> None:
    for bit in range(8 * len(GM65_ACKNOWLEDGE)):
        ear = Gm65Ear()
        heard = ear.receive(flipped(GM65_ACKNOWLEDGE, bit) + UPS.encode() + b"\r", 0)
        assert not heard.answers
        assert heard.text != f"{UPS}\r"
        assert ear.receive(b"other\r", GAP_US).text.endswith("other\r")


def test_the_begin_of_an_acknowledgement_that_never_goes_on_does_not_stick_to_the_next_symbol() -> None:
    ear = Gm65Ear()
    assert ear.receive(GM65_ACKNOWLEDGE[:4], 0).text == ""

    assert ear.receive(f"{UPS}\r".encode(), GAP_US).text == f"{UPS}\r"


@pytest.mark.parametrize("cut", [1, 2, 5, 1000])
@pytest.mark.parametrize("garbage", [b"", b"\x00", b"1Z9\r\n", b"\x04\xd0\x00\x00\xff\xff", b"\x03\xf3\x00", b"\x05"])
def test_an_ssi_symbol_is_found_between_garbage_and_acknowledged(garbage: bytes, cut: int) -> None:
    stream = garbage + SSI_ACK + symbol(UPS) + SSI_NAK + garbage + symbol("other")
    ear = SsiEar()
    heard = [ear.receive(stream[at : at + cut], 0) for at in range(0, len(stream), cut)]

    assert "".join(each.text for each in heard) == f"{UPS}\rother\r"
    assert sum(each.answers for each in heard) == 2
    assert b"".join(each.reply for each in heard) == HOST_ACK * 2


def test_every_damaged_bit_of_a_symbol_leaves_it_unacknowledged_until_it_comes_again() -> None:
    for bit in range(8 * len(symbol(UPS))):
        ear = SsiEar()
        damaged = ear.receive(flipped(symbol(UPS), bit), 0)
        again = ear.receive(symbol(UPS, RETRANSMIT), GAP_US)
        assert (damaged.text, damaged.reply) == ("", b""), f"bit {bit}"
        assert (again.text, again.reply) == (f"{UPS}\r", HOST_ACK), f"bit {bit}"


def test_a_symbol_that_comes_again_because_our_answer_was_lost_is_one_and_is_answered_again() -> None:
    ear = SsiEar()
    assert ear.receive(symbol(UPS), 0).text == f"{UPS}\r"

    again = ear.receive(symbol(UPS, RETRANSMIT), 2 * GAP_US)

    assert (again.text, again.reply) == ("", HOST_ACK)


def test_a_long_symbol_in_several_packets_is_one_scan() -> None:
    ear = SsiEar()
    parts = ear.receive(symbol("9" * 240, MORE_FOLLOWS) + symbol("8" * 10), 0)

    assert parts.text == "9" * 240 + "8" * 10 + "\r"


@given(st.sampled_from([Gm65Ear, SsiEar, PlainEar]), st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 10**6))))
def test_any_bytes_at_any_time_are_survived_and_a_symbol_after_a_gap_is_read(
    ear_of: type[Ear], pieces: list[tuple[bytes, int]]
) -> None:
    ear, now_us = ear_of(), 0
    for data, later_us in pieces:
        now_us += later_us
        ear.receive(data, now_us)
    last = symbol(UPS) if ear_of is SsiEar else f"{UPS}\r".encode()

    assert ear.receive(last, now_us + GAP_US).text == f"{UPS}\r"


# --- the dialogue ---

WORDS = Language(PlainEar, trigger=b"on", release=b"off")
ANSWERED = Language(Gm65Ear, trigger=b"on", release=b"off", settings=(b"set",), acknowledged=True)
SLEEPY = Language(PlainEar, trigger=b"on", release=b"off", wake=b"\x00")


def test_a_trigger_is_pulled_while_it_is_wanted_and_let_go_after() -> None:
    dialogue = Dialogue(WORDS)
    assert dialogue.deadline_us() is None
    assert dialogue.attend(wanted=False, now_us=5) == b""
    assert dialogue.attend(wanted=True, now_us=10) == b"on"
    assert dialogue.attend(wanted=True, now_us=20) == b""
    assert dialogue.deadline_us() == 10 + TRIGGER_AGAIN_US
    assert dialogue.attend(wanted=True, now_us=10 + TRIGGER_AGAIN_US) == b"on"
    assert dialogue.attend(wanted=False, now_us=11 + TRIGGER_AGAIN_US) == b"off"
    assert dialogue.deadline_us() is None


def test_after_a_symbol_the_trigger_is_pulled_again_soon() -> None:
    dialogue = Dialogue(WORDS)
    dialogue.attend(wanted=True, now_us=0)

    assert dialogue.receive(b"x\r", 1_000) == "x\r"
    assert dialogue.attend(wanted=True, now_us=1_000) == b""
    assert dialogue.deadline_us() == 1_000 + NEXT_SYMBOL_US
    assert dialogue.attend(wanted=True, now_us=1_000 + NEXT_SYMBOL_US) == b"on"


def test_nothing_is_said_to_a_scanner_without_words() -> None:
    dialogue = Dialogue(PROTOCOLS["plain"])

    assert dialogue.attend(wanted=True, now_us=0) + dialogue.attend(wanted=False, now_us=1) == b""
    assert dialogue.deadline_us() is None


def test_each_command_waits_for_the_answer_to_the_one_before() -> None:
    dialogue = Dialogue(ANSWERED)
    assert dialogue.attend(wanted=True, now_us=0) == b"set"
    assert dialogue.attend(wanted=True, now_us=1) == b""

    assert dialogue.receive(GM65_ACKNOWLEDGE, 2) == ""
    assert dialogue.attend(wanted=True, now_us=2) == b"on"


def test_a_command_that_is_not_answered_is_said_three_times_and_the_next_one_follows() -> None:
    dialogue = Dialogue(ANSWERED)
    said = [dialogue.attend(wanted=False, now_us=turn * ANSWER_US) for turn in range(TRIES + 1)]

    assert said == [b"set"] * TRIES + [b""]
    assert dialogue.unheard == 1
    assert dialogue.deadline_us() is None
    assert dialogue.attend(wanted=True, now_us=TRIES * ANSWER_US) == b"on"


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    dialogue = Dialogue(ANSWERED)
    dialogue.receive(GM65_ACKNOWLEDGE * 3, 0)

    assert dialogue.attend(wanted=False, now_us=0) == b"set"


def test_what_is_out_of_date_before_it_was_said_is_not_said() -> None:
    dialogue = Dialogue(ANSWERED)
    dialogue.attend(wanted=True, now_us=0)
    dialogue.attend(wanted=False, now_us=1)
    dialogue.attend(wanted=True, now_us=2)
    dialogue.attend(wanted=False, now_us=3)
    dialogue.receive(GM65_ACKNOWLEDGE, 4)

    assert dialogue.attend(wanted=False, now_us=4) == b"off"
    dialogue.receive(GM65_ACKNOWLEDGE, 5)
    assert dialogue.attend(wanted=False, now_us=5) == b""


def test_a_scanner_that_sleeps_is_woken_before_each_command() -> None:
    dialogue = Dialogue(SLEEPY)
    assert dialogue.attend(wanted=True, now_us=0) == b"\x00"
    assert dialogue.attend(wanted=True, now_us=WAKE_US - 1) == b""
    assert dialogue.deadline_us() == WAKE_US
    assert dialogue.attend(wanted=True, now_us=WAKE_US) == b"on"
    assert dialogue.attend(wanted=False, now_us=WAKE_US + 1) == b"\x00"
    assert dialogue.attend(wanted=False, now_us=2 * WAKE_US + 1) == b"off"


def test_an_ssi_symbol_is_acknowledged_while_a_command_waits() -> None:
    dialogue = Dialogue(PROTOCOLS["ssi"])
    dialogue.attend(wanted=True, now_us=0)
    dialogue.attend(wanted=True, now_us=WAKE_US)

    assert dialogue.receive(symbol(UPS), WAKE_US + 1) == f"{UPS}\r"
    assert dialogue.attend(wanted=True, now_us=WAKE_US + 1) == HOST_ACK
