"""Every golden frame of every family, in both directions, whole, byte by byte and with garbage around it.

Holds sentences over all golden frames. It must not know a family's layout: only what the frames' words mean.
"""

import random
from dataclasses import replace

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import (
    EVERYONE,
    BoardSettings,
    Contacts,
    Forbidden,
    Found,
    LocalProtocolError,
    NotYet,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    Reply,
    Request,
    Unlock,
)
from drivers.exchange import Answered, Exchange, Garbled, Outcome, Silent, Timing
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs
from tests.drivers.boards.meaning import address_in, answer_in, asked_by, is_answer, meaning_of, settings_of
from tests.golden.frames import Frame, read_frames

FRAMES = {family: read_frames(family) for family in BOARDS}
EVERY = [(family, frame) for family, frames in FRAMES.items() for frame in frames.values()]
ASKED = [(f, frame) for f, frame in EVERY if not frame.malformed and frame.direction == "request"]
MAY_ASK = [(family, frame) for family, frame in ASKED if not isinstance(meaning_of(frame), Forbidden)]
BUILT = [(family, frame) for family, frame in MAY_ASK if "low_nibble" not in frame.keys]
"""One program asks kerong boards with a lock in the address of a state request; the kiosk never does."""
NEVER_ASKED = [(family, frame) for family, frame in ASKED if isinstance(meaning_of(frame), Forbidden)]
REPLIES = [(f, frame) for f, frame in EVERY if not frame.malformed and frame.direction == "reply"]
CHECKED = [(family, frame) for family, frame in ASKED if BOARDS[family].abilities.checked]
ANSWERS = [(family, frame) for family, frame in REPLIES if is_answer(frame)]
CHECKED_ANSWERS = [(family, frame) for family, frame in ANSWERS if BOARDS[family].abilities.checked]
OTHERS = [(family, frame) for family, frame in REPLIES if not is_answer(frame)]
SURPRISES = [(family, frame) for family, frame in EVERY if frame.malformed and frame.direction == "reply"]
MALFORMED_REQUESTS = [(family, frame) for family, frame in EVERY if frame.malformed and frame.direction == "request"]
TIMING = Timing(reply_timeout_us=500_000, quiet_us=20_000)
GARBAGE = (b"\x00", b"\xff", b"\x00\xff", b"\xf8\x7f\x00", b"\x8a", b"\x80", b"\x01")


def named(pairs: list[tuple[str, Frame]]) -> pytest.MarkDecorator:
    ids = [f"{family}-{frame.name}" for family, frame in pairs]
    return pytest.mark.parametrize(("family", "frame"), pairs, ids=ids)


def fed(
    family: str, settings: BoardSettings, request: Request, chunks: list[bytes], *, echoes: bool = False
) -> Outcome:
    """The outcome of an exchange to which ``chunks`` came a millisecond apart."""
    exchange = Exchange(BOARDS[family], settings, request, echoes=echoes, timing=TIMING, sent_us=0)
    now_us = 1_000
    for chunk in chunks:
        exchange.receive(chunk, now_us)
        now_us += 1_000
    while (outcome := exchange.outcome(now_us)) is None:
        now_us = max(now_us + 1, exchange.deadline_us())
    return outcome


def one_by_one(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


def variants(frame: Frame) -> list[BoardSettings]:
    """Boards that this frame can come from: how many status bytes they send need not have been learned."""
    learned = settings_of(frame)
    if learned.status_bytes is None:
        return [learned]
    return [learned, replace(learned, status_bytes=None), replace(learned, status_bytes=None, channels=8)]


def on_board(reply: Reply, request: Request, settings: BoardSettings) -> Reply:
    """What is left of a reply on a board with fewer channels."""
    if not isinstance(reply, Contacts) or not isinstance(request, ReadAll):
        return reply
    return replace(reply, readings={n: each for n, each in reply.readings.items() if n <= settings.channels})


@named(ASKED)
def test_a_board_understands_every_request(family: str, frame: Frame) -> None:
    assert BOARDS[family].decode_request(frame.data) == (address_in(frame), meaning_of(frame))


@named(BUILT)
def test_the_kiosk_builds_every_request_it_may_send(family: str, frame: Frame) -> None:
    assert BOARDS[family].encode(settings_of(frame), asked_by(frame)) == frame.data


@named(NEVER_ASKED)
def test_what_must_never_be_sent_cannot_be_built(family: str, frame: Frame) -> None:
    request = meaning_of(frame)

    with pytest.raises(LocalProtocolError, match="has no frame for Forbidden"):
        BOARDS[family].encode(BoardSettings(1, 8), request)  # type: ignore[arg-type]  # the types forbid it as well


@named(ANSWERS)
def test_a_reply_means_the_same_however_it_arrives(family: str, frame: Frame) -> None:
    request, reply = answer_in(frame)

    for settings in variants(frame):
        expected = Answered(on_board(reply, request, settings))
        assert fed(family, settings, request, [frame.data]) == expected
        assert fed(family, settings, request, one_by_one(frame.data)) == expected
        for garbage in GARBAGE:
            assert fed(family, settings, request, [garbage + frame.data]) == expected
            assert fed(family, settings, request, one_by_one(garbage + frame.data)) == expected


@named(ANSWERS)
def test_garbage_behind_a_reply_changes_nothing(family: str, frame: Frame) -> None:
    """Where the number of status bytes was not learned, garbage may make a reply doubtful, but never another one."""
    request, reply = answer_in(frame)

    for settings in variants(frame):
        expected = Answered(on_board(reply, request, settings))
        learned = family != "shuoming" or not isinstance(request, ReadAll) or settings.status_bytes
        for garbage in (bytes([byte]) for byte in range(256)):
            for chunks in ([frame.data + garbage], one_by_one(frame.data + garbage)):
                outcome = fed(family, settings, request, chunks)
                assert outcome == expected or (not learned and isinstance(outcome, Garbled))


@named(ANSWERS)
def test_on_a_line_that_echoes_a_reply_means_the_same_behind_the_echo(family: str, frame: Frame) -> None:
    request, reply = answer_in(frame)

    for settings in variants(frame):
        own = BOARDS[family].encode(settings, request)
        expected = Answered(on_board(reply, request, settings))
        assert fed(family, settings, request, [own + frame.data], echoes=True) == expected
        assert fed(family, settings, request, one_by_one(own + frame.data), echoes=True) == expected
        assert fed(family, settings, request, one_by_one(b"\x00" + own + b"\xff" + frame.data), echoes=True) == expected


@named(ANSWERS)
def test_a_frame_of_which_the_beginning_or_end_is_missing_is_no_answer(family: str, frame: Frame) -> None:
    request, _ = answer_in(frame)

    for settings in variants(frame):
        for cut in range(1, len(frame.data)):
            assert isinstance(fed(family, settings, request, [frame.data[:cut]]), Garbled)
            assert isinstance(fed(family, settings, request, [frame.data[cut:]]), Garbled)


@named(ANSWERS)
def test_the_simulated_board_builds_the_same_reply(family: str, frame: Frame) -> None:
    request, reply = answer_in(frame)

    assert BOARDS[family].encode_reply(settings_of(frame), request, reply) == frame.data


@named(OTHERS)
def test_a_reply_to_what_the_kiosk_never_asks_answers_nothing(family: str, frame: Frame) -> None:
    requests: list[Request] = [Unlock(1, PulseMs(300)), ReadOne(1), ReadAll()]
    if BOARDS[family].abilities.all_off:
        requests += [ReadOutputs(), ReadModes()]
    for request in requests:
        assert isinstance(fed(family, settings_of(frame), request, [frame.data]), Garbled | Silent)


def taken(family: str, data: bytes) -> list[Outcome]:
    """What each request that may be asked of a board makes of these bytes."""
    asked = [(settings_of(frame), asked_by(frame)) for asked_of, frame in MAY_ASK if asked_of == family]
    return [fed(family, settings, request, [data]) for settings, request in asked]


@named(SURPRISES)
def test_surprising_input_is_taken_as_its_note_says(family: str, frame: Frame) -> None:
    pending = FRAMES[family][frame.keys["pending"]]
    if isinstance(meaning_of(pending), Forbidden):
        assert not [found for found in taken(family, frame.data) if isinstance(found, Answered)]
        return
    echo_was_found_at_start = "when_echo_was_found_at_start" in frame.keys.get("note", "")
    echoes = echo_was_found_at_start or frame.keys["expect"] == "echo_then_frame"
    outcome = fed(family, settings_of(pending), asked_by(pending), [frame.data], echoes=echoes)

    match frame.keys["expect"]:
        case "frame" | "echo_then_frame":
            assert outcome == Answered(answer_in(FRAMES[family][frame.keys["frame"]])[1])
        case "two_frames":
            assert outcome == Answered(answer_in(FRAMES[family][frame.keys["second"]])[1])
        case "accept_silence":
            assert (outcome, BOARDS[family].abilities.unlock_wait_us) == (Silent(), 200_000)
        case "accept_as_status":
            shut = {n: Reading.CLOSED if n > 1 else Reading.OPEN for n in range(1, 17)}
            assert outcome == Answered(Contacts(shut))
        case "failure":
            assert outcome == Answered(answer_in(FRAMES[family]["exception_b1_f05_03"])[1])
        case "no_reply" if frame.data == pending.data:
            assert outcome == Silent()
        case "reject" | "incomplete" | "ignore" | "no_reply":
            assert isinstance(outcome, Garbled)
        case unknown:
            pytest.fail(f"no sentence for {unknown}")


@named(MALFORMED_REQUESTS)
def test_a_board_stays_silent_at_a_broken_or_foreign_request(family: str, frame: Frame) -> None:
    decoded = BOARDS[family].decode_request(frame.data)

    assert decoded is None if frame.name != "request_other_board" else decoded == (7, Unlock(1, PulseMs(500)))


@named(CHECKED_ANSWERS)
def test_no_single_corrupted_byte_of_a_reply_is_accepted(family: str, frame: Frame) -> None:
    """All 255 wrong values of each byte, so every single bit as well."""
    request, _ = answer_in(frame)
    flips = ((at, byte) for at, old in enumerate(frame.data) for byte in range(256) if byte != old)
    for at, byte in flips:
        spoiled = frame.data[:at] + bytes([byte]) + frame.data[at + 1 :]
        for settings in variants(frame):
            found = BOARDS[family].search(settings, request, spoiled, quiet=True)
            assert isinstance(found, NotYet), spoiled.hex(" ")


@named(CHECKED)
def test_no_single_corrupted_byte_of_a_request_is_understood(family: str, frame: Frame) -> None:
    for at, old in enumerate(frame.data):
        for byte in range(256):
            spoiled = frame.data[:at] + bytes([byte]) + frame.data[at + 1 :]
            assert byte == old or BOARDS[family].decode_request(spoiled) is None, spoiled.hex(" ")


@pytest.mark.parametrize("family", BOARDS)
@pytest.mark.parametrize("count", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_random_bytes_never_break_a_decoder(family: str, count: int) -> None:
    chance = random.Random(f"{family} {count}")
    codec = BOARDS[family]
    known = [frame.data for frame in FRAMES[family].values() if frame.data]
    asked = [asked_by(frame) for f, frame in MAY_ASK if f == family]
    for _ in range(count):
        data = random_bytes(chance, known)
        channels = min(codec.abilities.max_channel, chance.choice((18, 24)))
        settings = BoardSettings(chance.choice((1, 2)), channels, constant_check=chance.random() < 0.1)
        decoded = codec.decode_request(data)
        assert decoded is None or decoded[0] in (EVERYONE, *codec.abilities.addresses)
        found = codec.search(settings, chance.choice(asked), data, quiet=chance.random() < 0.5)
        assert isinstance(found, Found | NotYet)


def random_bytes(chance: random.Random, known: list[bytes]) -> bytes:
    """Half of them pure noise, the others pieces of real frames with noise between."""
    noise = chance.randbytes(chance.randrange(16))
    if chance.random() < 0.5:
        return noise
    frame = chance.choice(known)
    return noise[:3] + frame[: chance.randrange(len(frame) + 1)] + noise[3:]


def test_every_golden_frame_is_used() -> None:
    used = [*ASKED, *ANSWERS, *OTHERS, *SURPRISES, *MALFORMED_REQUESTS]

    assert {(family, frame.name) for family, frame in used} == {(family, frame.name) for family, frame in EVERY}
