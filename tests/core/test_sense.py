"""A board whose every contact says open from its first reading on, in the pure core: nobody knows what it means."""

import pytest

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core.events import Reading
from kiosk.core.state import Sense
from tests.core.desk import BANK, BOARD, Desk

OPEN, CLOSED = Reading.OPEN, Reading.CLOSED
NAMES = [str(place.compartment) for place in BANK]


def started(*open_doors: str) -> Desk:
    """A desk whose board comes back from a silence with these doors open."""
    desk = Desk()
    for _ in range(3):
        desk.do(ev.BoardSilent(BOARD))
    for name in open_doors:
        desk.readings[desk.state.layout.place(BANK[NAMES.index(name)].compartment).contact.channel] = OPEN
    return desk.settle()


def sense(desk: Desk) -> Sense:
    return desk.state.boards[BOARD].sense


def test_a_board_whose_doors_are_shut_at_start_is_sound() -> None:
    assert sense(Desk()) is Sense.SOUND


@pytest.mark.parametrize(("count", "expected"), [(3, Sense.SOUND), (4, Sense.UNPROVED), (5, Sense.UNPROVED)])
def test_some_open_doors_raise_no_doubt(count: int, expected: Sense) -> None:
    desk = started(*NAMES[:count])

    assert sense(desk) is expected
    assert not desk.of(e.AlarmRaised)


def test_two_doors_may_well_be_all_there_are_and_both_open() -> None:
    desk = Desk(places=BANK[:2])
    for _ in range(3):
        desk.do(ev.BoardSilent(BOARD))
    desk.readings = {1: OPEN, 2: OPEN}
    desk.settle()

    assert sense(desk) is Sense.UNPROVED
    assert not desk.of(e.AlarmRaised)


def test_every_door_open_at_once_is_one_alarm_and_no_pulse_until_half_of_them_are_shut() -> None:
    desk = started(*NAMES)
    assert sense(desk) is Sense.DOUBTED
    assert desk.of(e.AlarmRaised) == [
        e.AlarmRaised("board swapped", f"every contact of board {BOARD} says open: other polarity?")
    ]

    for at, name in enumerate(NAMES, start=1):
        desk.set_door(name, CLOSED)
        assert sense(desk) is (Sense.SOUND if at >= 3 else Sense.DOUBTED)
    assert len(desk.of(e.AlarmRaised)) == 1


def test_doors_that_all_open_later_are_what_they_say() -> None:
    desk = Desk()
    for name in NAMES:
        desk.set_door(name, OPEN)

    assert sense(desk) is Sense.SOUND
    assert not desk.of(e.AlarmRaised)


def test_a_code_opens_nothing_on_a_board_in_doubt_and_stays_live() -> None:
    desk = Desk().stored()
    for _ in range(3):
        desk.do(ev.BoardSilent(BOARD))
    desk.readings = dict.fromkeys((place.contact.channel for place in BANK), OPEN)
    desk.settle()
    pulses = len(desk.of(e.UnlockRequested))

    desk.enter(desk.code()).wait(10_000)
    assert len(desk.of(e.UnlockRequested)) == pulses
    assert desk.last(e.OpeningFailed).reason == "board lost"
    assert desk.parcel().code_life.value == "live"
