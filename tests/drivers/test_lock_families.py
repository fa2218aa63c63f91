"""What the line master does about the ways of single families: unlocks that need no answer, frames without a check,
pulse times that boards keep themselves, and all of them on one line.

Holds sentences about one line. It must not know ports or threads.
"""

from dataclasses import replace
from itertools import pairwise

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import AllOff, ReadAll, ReadModes, ReadOutputs, ReadPulseTime, Unlock
from kiosk.core.events import (
    BoardGarbled,
    BoardPulsesTooLong,
    BoardSilent,
    ContactsRead,
    Event,
    LineReady,
    PulseAnswer,
    PulseAnswered,
    PulseExpired,
    PulseSent,
    Reading,
)
from kiosk.core.ids import BoardId
from kiosk.core.layout import ContactSource
from tests.drivers.scripted_line import (
    LINE,
    PAUSE_US,
    SECOND_US,
    TIMING,
    A,
    B,
    Bench,
    ScriptedBoard,
    kinds,
    lock_board,
    pulse_events,
    waveshare,
)

pytestmark = pytest.mark.slow

LOCK_FAMILIES = [family for family in BOARDS if family != "waveshare"]


def started(*boards: ScriptedBoard, poll_ms: int = 100) -> Bench:
    """A line that is ready and reads its boards fast."""
    bench = Bench(*boards)
    bench.ready()
    for board in boards:
        bench.poll(board.setup.board, poll_ms)
    bench.forget()
    return bench


def read_open(bench: Bench, board: BoardId = A) -> list[set[int]]:
    """Which channels were open, by each poll that the engine was told of."""
    polls = (event for event in bench.events if isinstance(event, ContactsRead) and event.board == board)
    return [{n for n, reading in event.readings.items() if reading is Reading.OPEN} for event in polls]


@pytest.mark.parametrize("family", LOCK_FAMILIES)
def test_a_pulse_is_sent_and_acknowledged_and_its_door_is_read_open(family: str) -> None:
    board = lock_board(family)
    bench = started(board)
    bench.pulse(1, A, 3)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    board.open_channels = {3}
    bench.run_for(SECOND_US // 2)
    assert pulse_events(bench) == [PulseSent(1), PulseAnswered(1, PulseAnswer.ACKNOWLEDGED)]
    assert read_open(bench)[-1] == {3}
    assert kinds(board.heard).count(Unlock) == 1


@pytest.mark.parametrize("family", LOCK_FAMILIES)
def test_a_pulse_to_a_dead_board_is_silent_and_not_repeated(family: str) -> None:
    board = lock_board(family)
    bench = started(board)
    board.silent = True
    bench.pulse(1, A)
    bench.run_for(5 * SECOND_US)
    assert pulse_events(bench) == [PulseSent(1), PulseAnswered(1, PulseAnswer.SILENT)]
    assert kinds(board.heard).count(Unlock) == 1
    assert BoardSilent(A) in bench.events


def test_boards_of_every_family_share_a_line_with_a_pause_between_any_two_frames() -> None:
    boards = [lock_board(family, BoardId(family), address) for address, family in enumerate(LOCK_FAMILIES, start=1)]
    boards.append(waveshare(BoardId("waveshare"), 9))
    bench = started(*boards)
    for seq, board in enumerate(boards, start=1):
        board.open_channels = {seq}
        bench.pulse(seq, board.setup.board, seq)
    bench.run_for(2 * SECOND_US)
    answered = [event for event in bench.events if isinstance(event, PulseAnswered)]
    assert answered == [PulseAnswered(seq, PulseAnswer.ACKNOWLEDGED) for seq in range(1, 6)]
    for seq, board in enumerate(boards, start=1):
        assert set(map(frozenset, read_open(bench, board.setup.board))) == {frozenset({seq})}
    assert not [event for event in bench.events if isinstance(event, BoardSilent | BoardGarbled)]
    ours = [(earlier, later) for earlier, later in pairwise(bench.frames) if later.ours]
    assert len(ours) > 50
    assert all(later.from_us - earlier.to_us >= PAUSE_US for earlier, later in ours)


# An unlock that need not be answered


def test_an_unlock_that_nobody_answers_is_acknowledged_by_the_read_behind_it() -> None:
    board = lock_board("kerong")
    board.setup = replace(board.setup, timing=replace(TIMING, reply_timeout_us=SECOND_US))
    board.silent_at = {Unlock}
    bench = started(board)
    bench.pulse(1, A)
    bench.run_until_event(PulseSent(1))
    sent_us = bench.now_us
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    assert 200_000 < bench.now_us - sent_us < 300_000, "an answer was waited for, and then the board was read"
    assert kinds(board.heard)[-2:] == [Unlock, ReadAll]
    bench.run_for(3 * SECOND_US)
    assert kinds(board.heard).count(ReadPulseTime) == 0, "it was never in doubt"


def test_an_unlock_that_is_answered_with_nonsense_is_proved_by_the_read_behind_it_as_well() -> None:
    board = lock_board("kerong")
    bench = started(board)
    board.mangle = lambda reply: b"\xfb\x80" if kinds(board.heard)[-1] is Unlock else reply
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    assert kinds(board.heard)[-1] is ReadAll


def test_an_unlock_on_a_board_that_is_never_read_is_silent_if_nobody_answers() -> None:
    board = lock_board("kerong")
    board.setup = replace(board.setup, contact_source=ContactSource.NONE)
    board.silent_at = {Unlock}
    bench = Bench(board)
    bench.ready()
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.SILENT))


def test_a_busy_board_is_not_told_silent_before_it_had_its_time() -> None:
    board = lock_board("kerong")
    bench = started(board)
    board.silent_at = {Unlock, ReadAll}
    bench.pulse(1, A)
    bench.run_for(1_800_000)
    assert PulseAnswered(1, PulseAnswer.SILENT) in bench.events, "nobody knows if it acted: no second pulse"
    assert BoardSilent(A) not in bench.events
    board.silent_at = set()
    bench.run_for(500_000)
    assert BoardSilent(A) not in bench.events
    assert read_open(bench)[-1] == set()


def test_a_board_that_stays_silent_after_its_time_is_told_so() -> None:
    board = lock_board("kerong")
    bench = started(board)
    board.silent = True
    bench.pulse(1, A)
    bench.run_for(4 * SECOND_US)
    assert bench.events.count(BoardSilent(A)) >= 3


def test_a_line_that_is_lost_before_the_read_leaves_the_pulse_silent() -> None:
    board = lock_board("kerong")
    board.silent_at = {Unlock}
    bench = started(board)
    bench.pulse(1, A)
    bench.run_until_event(PulseSent(1))
    bench.run_for(205_000)
    bench.lose()
    assert pulse_events(bench) == [PulseSent(1), PulseAnswered(1, PulseAnswer.SILENT)]


# A pulse time that the board keeps


def test_the_pulse_time_is_read_once_before_anything_is_unlocked() -> None:
    board = lock_board("kerong")
    bench = Bench(board)
    bench.open()
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    bench.run_for(3 * SECOND_US)
    assert kinds(board.heard)[:3] == [ReadAll, ReadPulseTime, Unlock]
    assert kinds(board.heard).count(ReadPulseTime) == 1


def test_a_board_that_keeps_more_than_a_second_is_told_at_start_and_never_unlocks() -> None:
    board, sound = lock_board("kerong", A, 1), lock_board("kerong", B, 2)
    board.pulse_ms = 1_010
    bench = Bench(board, sound)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    assert [event for event in bench.events if isinstance(event, BoardPulsesTooLong)] == [BoardPulsesTooLong(A, 1_010)]
    bench.pulse(1, A)
    bench.pulse(2, B)
    bench.run_until_event(PulseAnswered(2, PulseAnswer.ACKNOWLEDGED))
    assert PulseExpired(1) in bench.events
    assert Unlock not in kinds(board.heard)
    assert ContactsRead in {type(event) for event in bench.events if getattr(event, "board", "") == A}, "it is read on"


@pytest.mark.parametrize(("kept_ms", "unlocks"), [(300, 1), (310, 0), (1_000, 0), (0, 1)])
def test_a_board_never_energises_a_lock_for_longer_than_it_was_asked_to(kept_ms: int, unlocks: int) -> None:
    board = lock_board("kerong")
    board.pulse_ms = kept_ms
    bench = started(board)
    bench.pulse(1, A)
    bench.run_for(SECOND_US)
    assert kinds(board.heard).count(Unlock) == unlocks
    assert (BoardPulsesTooLong(A, kept_ms) in bench.events) == (unlocks == 0)
    assert (PulseExpired(1) in bench.events) == (unlocks == 0)


def test_a_board_that_does_not_know_the_question_is_used_all_the_same() -> None:
    board = lock_board("kerong")
    board.pulse_ms = None
    bench = started(board)
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    bench.run_for(5 * SECOND_US)
    assert ReadPulseTime not in kinds(board.heard)


def test_a_board_that_was_away_is_asked_for_its_pulse_time_again() -> None:
    """Somebody may have taken it off the line to set it right, or wrong."""
    board = lock_board("kerong")
    bench = started(board)
    board.silent = True
    bench.run_for(5 * SECOND_US)
    board.silent, board.pulse_ms = False, 60_000
    bench.run_until_event(BoardPulsesTooLong(A, 60_000))
    board.silent = True
    bench.run_for(5 * SECOND_US)
    board.silent, board.pulse_ms = False, 300
    bench.run_for(6 * SECOND_US)
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))


def test_boards_that_tell_nothing_of_pulses_are_not_asked() -> None:
    boards = [lock_board(family, BoardId(family), at) for at, family in enumerate(("shuoming", "wkly", "winnsen"), 1)]
    bench = Bench(*boards)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    heard = {kind for board in boards for kind in kinds(board.heard)}
    assert not heard & {ReadPulseTime, ReadModes, ReadOutputs, AllOff}


# Frames without a check


class Spoiler:
    """Spoils the answers to some polls: by number, counted from 0, the place and the wrong byte."""

    def __init__(self, wrong: dict[int, tuple[int, int]]) -> None:
        self._wrong = wrong
        self._count = 0

    def __call__(self, reply: bytes) -> bytes:
        at, byte = self._wrong.get(self._count, (0, reply[0]))
        self._count += 1
        return reply[:at] + bytes([byte]) + reply[at + 1 :]


def winnsen_line(wrong: dict[int, tuple[int, int]], open_channels: set[int]) -> tuple[Bench, ScriptedBoard]:
    board = lock_board("winnsen")
    board.open_channels = open_channels
    bench = started(board)
    bench.poll(A, 100)
    board.mangle = Spoiler(wrong)
    return bench, board


REPLY = bytes.fromhex("90 07 82 01 04 01 03")
"""Doors 3 and 9 are open."""


@pytest.mark.parametrize("spoilt", [(0,), (1,), (0, 3)], ids=str)
def test_no_wrong_byte_in_any_answer_is_ever_believed(spoilt: tuple[int, ...]) -> None:
    """Single answers pass, 511 of 1785 wrong bytes; of two in a row none does."""
    passed = 0
    for at, old in enumerate(REPLY):
        for byte in range(256):
            if byte == old:
                continue
            bench, _ = winnsen_line(dict.fromkeys(spoilt, (at, byte)), {3, 9})
            bench.run_for(400_000)
            assert set(map(frozenset, read_open(bench))) == {frozenset({3, 9})}, (at, byte)
            passed += not any(isinstance(event, BoardGarbled) for event in bench.events)
    assert passed == 511


def test_contacts_are_believed_at_the_second_of_two_equal_answers() -> None:
    board = lock_board("winnsen")
    bench = Bench(board)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    assert kinds(board.heard) == [ReadAll, ReadAll, ReadAll], "the probe, and two reads"
    assert len(read_open(bench)) == 1
    board.heard.clear()
    bench.events.clear()
    bench.run_for(10 * SECOND_US)
    assert kinds(board.heard).count(ReadAll) == 2 * len(read_open(bench)), "each poll is two reads"


def test_a_door_that_opens_between_two_reads_is_believed_a_read_later() -> None:
    board = lock_board("winnsen")
    bench = started(board)
    said: list[bytes] = []

    def moving(reply: bytes) -> bytes:
        said.append(reply)
        if len(said) == 1:
            board.open_channels = {5}
        return reply

    board.mangle = moving
    bench.run_until_event(ContactsRead(A, board.setup.contact_source, open_readings({5})))
    assert len(said) == 3
    assert read_open(bench) == [{5}]


def open_readings(channels: set[int]) -> dict[int, Reading]:
    return {n: Reading.OPEN if n in channels else Reading.CLOSED for n in range(1, 17)}


def test_answers_that_never_agree_are_garbage() -> None:
    board = lock_board("winnsen")
    bench = started(board)

    def restless(reply: bytes) -> bytes:
        board.open_channels = {1} ^ board.open_channels
        return reply

    board.mangle = restless
    bench.run_for(3 * SECOND_US)
    assert read_open(bench) == []
    garbled: list[Event] = [event for event in bench.events if isinstance(event, BoardGarbled)]
    assert len(garbled) >= 3
    assert set(garbled) == {BoardGarbled(A, "no two answers in a row agree")}


def test_two_equal_answers_with_a_silence_between_them_are_not_two_in_a_row() -> None:
    board = lock_board("winnsen")
    bench = started(board)
    bench.events.clear()
    answers = 0

    def now_and_then(reply: bytes) -> bytes:
        nonlocal answers
        answers += 1
        return reply if answers % 2 else b""

    board.mangle = now_and_then
    bench.run_for(4 * SECOND_US)
    assert read_open(bench) == []


def test_a_refusal_that_no_check_vouches_for_leaves_it_to_the_contact() -> None:
    board = lock_board("winnsen")
    board.refuses = True
    bench = started(board)
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    wkly = lock_board("wkly")
    wkly.refuses = True
    bench = started(wkly)
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.REFUSED))
