"""Contacts on the pins of a GPIO chip: told edge by edge with their own time, and gone together with their chip."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core import view as v
from kiosk.core.books import Custody
from kiosk.core.doors import DoorState
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import BoardId, CompartmentId, LineId
from kiosk.core.layout import Contact, ContactSource
from kiosk.core.state import Board, BoardStatus, Stage
from tests.core.desk import SMALL, Desk, place

CHIP = BoardId("header")
PINS = {"A01": 17, "A02": 4}
PLACES = tuple(
    place(name, SMALL, channel, contact=Contact(ContactSource.GPIO, CHIP, pin))
    for channel, (name, pin) in enumerate(PINS.items(), start=1)
)
SHUT = dict.fromkeys(PINS.values(), Reading.CLOSED)


def told(desk: Desk, readings: Mapping[int, Reading], at_ms: int | None = None) -> Desk:
    at_us = None if at_ms is None else at_ms * 1_000
    return desk.do(ev.ContactsRead(CHIP, ContactSource.GPIO, readings, at_us))


def desk_on_pins() -> Desk:
    """Both doors believed shut."""
    desk = Desk(places=PLACES)
    desk.state = replace(desk.state, boards={**desk.state.boards, CHIP: Board(CHIP, LineId(""))})
    return told(told(desk, SHUT).wait(desk.policy.closed_stable_ms), SHUT)


def state_of(desk: Desk, name: str) -> DoorState:
    return desk.state.doors[CompartmentId(name)].state


@pytest.mark.parametrize(("name", "state"), [("A01", DoorState.OPEN), ("A02", DoorState.CLOSED)])
def test_a_contact_on_a_pin_is_read_by_its_chip_and_pin(name: str, state: DoorState) -> None:
    desk = desk_on_pins()
    for _ in range(2):
        told(desk, {PINS["A01"]: Reading.OPEN}).wait(desk.policy.opened_stable_ms)

    assert state_of(desk, name) is state


def test_the_same_pin_of_another_chip_is_another_contact() -> None:
    desk = desk_on_pins()
    for _ in range(2):
        desk.do(ev.ContactsRead(BoardId("other"), ContactSource.GPIO, {17: Reading.OPEN})).wait(1_000)

    assert state_of(desk, "A01") is DoorState.CLOSED


def test_an_edge_counts_from_when_it_happened_and_not_from_when_the_engine_came_to_it() -> None:
    desk = desk_on_pins().wait(5_000)
    opened_ms = desk.now_ms - 300
    told(desk, {17: Reading.OPEN}, opened_ms)
    told(desk, {17: Reading.OPEN}, desk.now_ms)

    door = desk.state.doors[CompartmentId("A01")]
    assert (door.state, door.since_ms) == (DoorState.OPEN, opened_ms)


def test_edges_that_waited_for_a_slow_engine_are_no_less_a_bounce() -> None:
    desk = desk_on_pins().wait(5_000)
    began_ms = desk.now_ms - 400
    for number in range(20):
        told(desk, {17: Reading.CLOSED if number % 2 else Reading.OPEN}, began_ms + number)
    told(desk, SHUT, desk.now_ms)

    assert state_of(desk, "A01") is DoorState.CLOSED
    assert not desk.of(e.DoorForced)


def test_a_chip_that_is_lost_takes_what_is_known_of_its_doors_with_it_once_and_no_new_drop_goes_there() -> None:
    desk = desk_on_pins().do(ev.ContactsLost(CHIP, "No such device")).do(ev.ContactsLost(CHIP, "No such device"))

    assert desk.of(e.BoardLost) == [e.BoardLost(CHIP, "No such device")]
    assert desk.state.boards[CHIP].status is BoardStatus.LOST
    assert {state_of(desk, name) for name in PINS} == {DoorState.UNKNOWN}
    assert isinstance(desk.to_size().page, v.Full)


def test_a_chip_that_returns_gives_its_doors_back_after_they_were_seen_shut_for_long_enough() -> None:
    desk = told(desk_on_pins().do(ev.ContactsLost(CHIP, "gone")).wait(10_000), SHUT)
    assert desk.last(e.BoardReturned).board == CHIP
    assert state_of(desk, "A01") is DoorState.UNKNOWN

    told(desk.wait(desk.policy.closed_stable_ms), SHUT)
    assert state_of(desk, "A01") is DoorState.CLOSED
    assert isinstance(desk.to_size().page, v.ChooseSize)


def test_a_chip_lost_in_mid_opening_ends_it_without_a_second_pulse() -> None:
    desk = desk_on_pins().to_size().touch(Choice.SIZE, SMALL).send_pulse().do(ev.ContactsLost(CHIP, "gone"))
    (opening,) = desk.state.openings.values()
    assert opening.stage is Stage.SILENT

    desk.wait(desk.policy.silent_wait_ms)
    assert len(desk.pulses()) == 1
    assert desk.compartment(opening.compartment).custody is Custody.CHECK


def test_a_chip_that_nobody_knows_is_ignored() -> None:
    desk = desk_on_pins().do(ev.ContactsLost(BoardId("stranger"), "gone"))

    assert not desk.of(e.BoardLost)


def test_a_chip_is_read_fast_while_one_of_its_doors_is_under_way() -> None:
    desk = desk_on_pins().to_size().touch(Choice.SIZE, SMALL)

    before, now = [poll.every_ms for poll in desk.polls() if poll.board == CHIP][-2:]
    assert (before, now) == (desk.policy.poll_idle_ms, desk.policy.poll_fast_ms)
