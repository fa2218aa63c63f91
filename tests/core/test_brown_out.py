"""Brown-outs: boards that fall silent at a pulse are waited out, told once, and counted against lock or supply."""

from dataclasses import replace

import pytest

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import BoardId, CompartmentId, LineId
from kiosk.core.layout import ContactSource
from kiosk.core.sags import LIMIT_MS, SETTLE_MS, WINDOW_MS
from kiosk.core.state import Board, BoardStatus
from tests.core.desk import SMALL, Desk, place

A01, A02, A03, A04 = map(CompartmentId, ("A01", "A02", "A03", "A04"))
OTHER = BoardId("b2")
SMALLS = tuple(place(f"A{channel:02}", SMALL, channel) for channel in range(1, 9))


def desk_of_two_boards() -> Desk:
    """Another board hangs on the same supply; nothing of this desk's doors is on it."""
    desk = Desk(places=SMALLS)
    boards = {**desk.state.boards, OTHER: Board(OTHER, LineId("l2"), BoardStatus.ALIVE)}
    desk.state = replace(desk.state, boards=boards)
    return desk


def answers(desk: Desk, board: BoardId = OTHER) -> Desk:
    return desk.do(ev.ContactsRead(board, ContactSource.BOARD_FEEDBACK, {}))


def pulsed(desk: Desk) -> Desk:
    return desk.to_size().touch(Choice.SIZE, SMALL).send_pulse()


def asked(desk: Desk, name: CompartmentId) -> Desk:
    return desk.do(ev.MaintenanceAsked(name, "A. Tech", "try"))


def sag_at(desk: Desk, name: CompartmentId) -> Desk:
    """The lock's pulse silences the other board for a second; its door opens and is shut again."""
    asked(desk, name).send_pulse().do(ev.BoardSilent(OTHER)).wait(1_000)
    answers(desk).set_door(name, Reading.OPEN)
    return desk.close_door(name).wait(3_000)


def test_a_board_silent_at_a_pulse_and_back_again_is_a_brown_out_and_no_lost_board() -> None:
    desk = pulsed(desk_of_two_boards()).wait(400).do(ev.BoardSilent(OTHER)).wait(1_200)
    assert not desk.of(e.BrownOut)

    answers(desk)
    assert desk.of(e.BrownOut) == [e.BrownOut(A01, (OTHER,), 1_200)]
    assert not desk.of(e.BoardLost)
    assert not answers(desk).of(e.AlarmRaised)


def test_no_other_lock_is_pulsed_before_every_board_is_back_and_the_supply_has_recovered() -> None:
    desk = asked(desk_of_two_boards(), A01).send_pulse().do(ev.BoardSilent(OTHER))
    asked(desk, A02).wait(2_000)
    assert [pulse.compartment for pulse in desk.pulses()] == [A01]

    answers(desk).wait(SETTLE_MS - 1)
    assert len(desk.pulses()) == 1
    assert [pulse.compartment for pulse in desk.wait(1).pulses()] == [A01, A02]


def test_the_same_boards_silence_is_told_once_however_often_it_is_noticed() -> None:
    desk = pulsed(desk_of_two_boards()).do(ev.BoardSilent(OTHER)).do(ev.BoardGarbled(OTHER, "noise")).wait(500)
    answers(desk)
    assert [sag.boards for sag in desk.of(e.BrownOut)] == [(OTHER,)]


def test_a_board_that_does_not_come_back_is_lost_and_the_others_go_on() -> None:
    desk = asked(desk_of_two_boards(), A01).send_pulse().do(ev.BoardSilent(OTHER))
    asked(desk, A02).do(ev.BoardSilent(OTHER)).do(ev.BoardSilent(OTHER)).wait(1_000)

    assert desk.last(e.BoardLost).board == OTHER
    assert [pulse.compartment for pulse in desk.pulses()] == [A01, A02]
    assert not answers(desk).of(e.BrownOut)


def test_a_board_that_says_nothing_any_more_is_not_waited_for_longer_than_the_limit() -> None:
    desk = asked(desk_of_two_boards(), A01).send_pulse().do(ev.BoardSilent(OTHER))
    asked(desk, A02).wait(LIMIT_MS - 100)
    assert len(desk.pulses()) == 1
    assert len(desk.wait(200).pulses()) == 2


@pytest.mark.parametrize("after_ms", [WINDOW_MS + 1, 60_000])
def test_a_silence_long_after_a_pulse_is_not_its_doing(after_ms: int) -> None:
    desk = pulsed(desk_of_two_boards()).wait(after_ms).do(ev.BoardSilent(OTHER))
    assert not answers(desk).of(e.BrownOut)


def test_a_silence_before_any_pulse_is_no_brown_out() -> None:
    assert not answers(desk_of_two_boards().do(ev.BoardSilent(OTHER))).of(e.BrownOut)


def test_a_board_that_was_lost_before_is_not_waited_for_at_each_pulse() -> None:
    desk = desk_of_two_boards()
    for _ in range(3):
        desk.do(ev.BoardSilent(OTHER))
    asked(desk, A01).send_pulse().do(ev.BoardSilent(OTHER))

    assert len(asked(desk, A02).wait(1_000).pulses()) == 2


def test_a_lock_that_pulls_the_supply_down_twice_in_a_row_is_named() -> None:
    desk = desk_of_two_boards()
    for _ in range(5):
        sag_at(desk, A01)

    assert [alarm.detail for alarm in desk.of(e.AlarmRaised)] == ["A01 twice in a row: its coil draws too much"]


@pytest.mark.parametrize("names", [(A01, A02, A03, A04), (A01, A02, A01, A02)])
def test_several_in_a_row_that_pull_it_down_are_a_weak_supply_told_once(names: tuple[CompartmentId, ...]) -> None:
    desk = desk_of_two_boards()
    for name in names:
        sag_at(desk, name)

    assert [alarm.detail for alarm in desk.of(e.AlarmRaised)] == ["3 times in a row: the supply is too weak"]
    assert len(desk.of(e.BrownOut)) == 4


def test_one_board_back_and_another_lost_is_a_brown_out_of_the_first() -> None:
    third = BoardId("b3")
    desk = desk_of_two_boards()
    desk.state = replace(desk.state, boards={**desk.state.boards, third: Board(third, LineId("l2"), BoardStatus.ALIVE)})
    asked(desk, A01).send_pulse().do(ev.BoardSilent(OTHER)).do(ev.BoardSilent(third))
    answers(desk).do(ev.BoardSilent(third)).do(ev.BoardSilent(third))

    assert desk.last(e.BoardLost).board == third
    assert [sag.boards for sag in desk.of(e.BrownOut)] == [(OTHER,)]
    assert len(asked(desk, A02).wait(SETTLE_MS - 1).pulses()) == 1


def test_a_pulse_without_one_in_between_begins_the_count_anew() -> None:
    desk = sag_at(desk_of_two_boards(), A01)
    asked(desk, A02).open_door("A02").close_door("A02").wait(3_000)

    assert not sag_at(desk, A01).of(e.AlarmRaised)
