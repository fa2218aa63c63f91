"""A board that does what nobody asked of it, through the pure core: one alarm, no new drop, pickups go on."""

from dataclasses import replace

from kiosk.core import entries as e
from kiosk.core.books import Custody
from kiosk.core.events import BoardPulsesTooLong, InputsActAlone, OtherVersion
from kiosk.core.ids import BoardId
from kiosk.core.layout import Output
from tests.core.desk import BANK, BOARD, Desk

OTHER = BoardId("b9")


def test_inputs_that_act_alone_raise_one_alarm_and_take_that_boards_compartments_out_of_order() -> None:
    elsewhere = replace(BANK[-1], output=Output(OTHER, 6))
    desk = Desk((*BANK[:-1], elsewhere)).do(InputsActAlone(BOARD)).do(InputsActAlone(BOARD))

    assert desk.of(e.AlarmRaised) == [e.AlarmRaised("inputs act on locks", f"board {BOARD}")]
    out = [entry.compartment for entry in desk.of(e.CompartmentOutOfOrder)]
    assert out == [place.compartment for place in BANK[:-1]]
    assert not desk.compartment(elsewhere.compartment).out_of_order


def test_pickups_go_on_where_inputs_act_alone() -> None:
    desk = Desk().stored().do(InputsActAlone(BOARD))
    desk.enter(desk.code()).open_door().close_door()

    assert desk.of(e.ParcelCollected)
    assert desk.compartment("A01").custody is not Custody.OCCUPIED


def test_a_board_whose_pulses_are_too_long_raises_one_alarm_and_gets_no_more_parcels() -> None:
    desk = Desk().do(BoardPulsesTooLong(BOARD, 5_000)).do(BoardPulsesTooLong(BOARD, 5_000))

    assert desk.of(e.AlarmRaised) == [e.AlarmRaised("pulse too long", f"board {BOARD}, 5000 ms")]
    assert {entry.reason for entry in desk.of(e.CompartmentOutOfOrder)} == {"pulse too long"}


def test_a_board_with_other_software_raises_one_alarm_and_gets_no_more_parcels() -> None:
    desk = Desk().do(OtherVersion(BOARD, 100)).do(OtherVersion(BOARD, 100))

    assert desk.of(e.AlarmRaised) == [e.AlarmRaised("other version", f"board {BOARD}, version 100")]
    assert {entry.reason for entry in desk.of(e.CompartmentOutOfOrder)} == {"other version"}


def test_a_board_that_nobody_knows_is_ignored() -> None:
    desk = Desk().do(InputsActAlone(OTHER))

    assert not desk.of(e.AlarmRaised)
