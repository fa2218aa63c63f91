"""The line itself: silence that ends a frame, two who speak at once, bytes in a row, and the plug."""

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import BoardSettings, ReadAll, Request, Unlock
from hardware_sim.boards import BoardFaults
from hardware_sim.wire import WireFaults
from kiosk.core.ids import BoardId
from kiosk.core.policy import PulseMs
from tests.hardware_sim.benches import LOCKS, RELAYS, SECOND_US, Bench, Listener

FAMILY = {LOCKS: "shuoming", RELAYS: "waveshare"}
UNLOCK = Unlock(1, PulseMs(300))


def listening(bench: Bench) -> Listener:
    bench.wire.port = listener = Listener()
    return listener


def frame(bench: Bench, board: BoardId, request: Request) -> bytes:
    return BOARDS[FAMILY[board]].encode(bench.bank.boards[board].settings, request)


def say(bench: Bench, board: BoardId, request: Request, silence_us: int = 0) -> None:
    """Say it, and keep silent for so long after its last byte."""
    bench.world.run_until(bench.wire.transmit(frame(bench, board, request)) + silence_us)


def test_requests_without_silence_between_them_are_one_frame_that_no_board_knows() -> None:
    bench = Bench()
    say(bench, LOCKS, UNLOCK, silence_us=1_000)
    say(bench, LOCKS, UNLOCK, silence_us=SECOND_US)
    assert bench.locks.unlocks == []
    say(bench, LOCKS, UNLOCK, silence_us=SECOND_US)
    assert len(bench.locks.unlocks) == 1


@pytest.mark.parametrize(("silence_us", "understood"), [(0, False), (3_000, False), (5_000, True)])
def test_a_board_that_is_spoken_to_too_soon_behind_anothers_answer_does_not_understand(
    *, silence_us: int, understood: bool
) -> None:
    bench = Bench()
    listener = listening(bench)
    answer_length = 7
    say(bench, LOCKS, ReadAll())
    bench.run_until(lambda: len(listener.heard) == answer_length)
    bench.run_for(silence_us)
    say(bench, RELAYS, ReadAll(), silence_us=SECOND_US)
    assert bool(bench.relays.heard) is understood
    assert (len(listener.heard) > answer_length) is understood


def test_a_frame_that_is_written_in_two_parts_is_one_frame() -> None:
    bench = Bench()
    data = frame(bench, LOCKS, UNLOCK)
    bench.wire.transmit(data[:2])
    bench.wire.transmit(data[2:])
    bench.run_for(SECOND_US)
    assert len(bench.locks.unlocks) == 1
    assert bench.wire.collisions == 0


def test_two_boards_that_speak_at_once_spoil_each_others_answers() -> None:
    bench = Bench()
    listener = listening(bench)
    sound = {board: answer_alone(board) for board in FAMILY}
    for board in FAMILY:
        bench.bank.boards[board].faults = BoardFaults(delay_us=(5_000, 5_000))
        bench.bank.boards[board].hear(frame(bench, board, ReadAll()))
    bench.run_for(SECOND_US)
    assert bench.wire.collisions == 1
    assert listener.heard
    assert not [board for board, answer in sound.items() if answer in listener.heard]


def answer_alone(board: BoardId) -> bytes:
    """What the board answers when it speaks alone."""
    bench = Bench()
    return bench.ask(frame(bench, board, ReadAll()))


def test_who_speaks_into_an_answer_spoils_it_and_is_not_understood() -> None:
    bench = Bench()
    listener = listening(bench)
    bench.wire.faults = WireFaults(lot=1)
    say(bench, LOCKS, ReadAll())
    bench.run_until(lambda: len(listener.heard) == 2)
    say(bench, RELAYS, UNLOCK, silence_us=SECOND_US)
    assert bench.wire.collisions == 1
    assert bench.relays.unlocks == []
    assert listener.heard != answer_alone(LOCKS)


def test_what_was_under_way_when_the_plug_was_pulled_does_not_arrive_later() -> None:
    bench = Bench()
    bench.wire.faults = WireFaults(lot=1)
    listener = listening(bench)
    say(bench, LOCKS, ReadAll())
    bench.run_until(lambda: len(listener.heard) == 2)
    bench.wire.unplug()
    bench.wire.plug_in()
    bench.run_for(SECOND_US)
    assert len(listener.heard) == 2


def test_nothing_that_is_written_to_a_pulled_plug_is_heard() -> None:
    bench = Bench()
    bench.wire.unplug()
    bench.wire.unplug()
    say(bench, LOCKS, UNLOCK, silence_us=SECOND_US)
    bench.wire.plug_in()
    bench.wire.plug_in()
    bench.run_for(SECOND_US)
    assert bench.locks.unlocks == []


def test_above_19200_baud_the_silence_that_ends_a_frame_no_longer_shrinks() -> None:
    assert Bench().wire.gap_us == 3_646
    assert Bench(baud=115_200).wire.gap_us == 1_750


def test_a_board_answers_at_its_own_address_whatever_the_kiosk_was_told() -> None:
    bench = Bench()
    bench.locks.settings = BoardSettings(address=5, channels=24)
    assert bench.ask(frame(bench, LOCKS, ReadAll()))[1] == 5
