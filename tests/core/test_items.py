"""Item sensors: a drop that nobody sees inside is asked for at once, and what somebody left behind is never free."""

from dataclasses import replace

import pytest

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import CodeLife, Inside
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import CompartmentId
from kiosk.core.layout import ContactSource
from tests.core.desk import BANK, BOARD, SMALL, Desk

A01, A02 = CompartmentId("A01"), CompartmentId("A02")
FITTED = tuple(replace(place, item_sensor=place.compartment == A01) for place in BANK)


def seen(desk: Desk, *channels: int) -> Desk:
    """From now on the board says so, with every poll."""
    desk.items = frozenset(channels)
    return desk.read()


def test_a_drop_that_the_sensor_sees_is_a_drop_like_any_other() -> None:
    desk = seen(Desk(places=FITTED).drop(), 1).close_door()

    assert desk.last(e.DoorClosed).inside is Inside.SOMETHING
    assert desk.parcel().state is ParcelState.STORED
    assert isinstance(desk.page, v.DropDone)


def test_a_drop_that_the_sensor_does_not_see_is_asked_for_at_once() -> None:
    desk = Desk(places=FITTED).drop().close_door()

    assert desk.last(e.DoorClosed).inside is Inside.NOTHING
    assert isinstance(desk.page, v.DropDoor)
    assert desk.page.relocked
    assert not desk.of(e.ParcelStored)
    assert desk.offered() >= {Choice.IT_IS_DONE, Choice.OPEN_AGAIN, Choice.CANCEL}


def test_the_couriers_word_stands_above_the_sensors() -> None:
    """A flat envelope may lie where no sensor looks."""
    desk = Desk(places=FITTED).drop().close_door().touch(Choice.IT_IS_DONE)

    assert desk.last(e.ParcelStored).confirmed
    assert isinstance(desk.page, v.DropDone)


def test_a_courier_who_walks_away_from_an_empty_door_leaves_check_and_a_code_that_opens() -> None:
    desk = Desk(places=FITTED).drop().close_door().wait(desk_idle_ms())

    assert desk.compartment(A01).custody is Custody.CHECK
    assert desk.parcel().code_life is CodeLife.LIVE


def test_an_empty_door_that_is_shut_after_its_courier_has_left_is_check_and_a_code_that_opens() -> None:
    desk = Desk(places=FITTED).drop().wait(150_000).close_door()

    assert desk.of(e.VisitEnded)
    assert desk.compartment(A01).custody is Custody.CHECK
    assert desk.parcel().code_life is CodeLife.LIVE


def desk_idle_ms() -> int:
    policy = Desk().policy
    return (policy.idle_warn_s + policy.idle_end_s) * 1_000


def test_a_cancelled_drop_needs_nothing_inside() -> None:
    desk = Desk(places=FITTED).drop().touch(Choice.CANCEL).close_door().touch(Choice.TAKEN_BACK)

    assert desk.compartment(A01).custody is Custody.FREE


def test_what_a_courier_left_inside_though_he_said_that_he_took_it_back_is_check() -> None:
    desk = seen(Desk(places=FITTED).drop(), 1).touch(Choice.CANCEL).close_door().touch(Choice.TAKEN_BACK)

    assert desk.compartment(A01).custody is Custody.CHECK
    assert "item sensor" in desk.last(e.CompartmentChecked).reason


@pytest.mark.parametrize(("left", "custody"), [(True, Custody.CHECK), (False, Custody.FREE)])
def test_a_collected_compartment_is_free_only_if_the_sensor_sees_nothing(*, left: bool, custody: Custody) -> None:
    desk = seen(Desk(places=FITTED).drop(), 1).close_door().touch(Choice.FINISH)
    desk.wait(desk.policy.undo_s * 1_000).touch(Choice.PICK_UP).key_in(desk.code()).answer_vault().open_door()
    seen(desk, *([1] if left else [])).close_door().wait(desk.policy.grace_s * 1_000)

    assert desk.parcel().finished or desk.of(e.ParcelCollected)
    assert desk.compartment(A01).custody is custody
    assert bool(desk.of(e.CompartmentFreed)) is not left


def test_a_free_compartment_in_which_the_sensor_sees_something_takes_no_parcel() -> None:
    desk = seen(Desk(places=FITTED), 1).to_size().touch(Choice.SIZE, SMALL)
    assert desk.last(e.UnlockRequested).compartment == A02

    free_again = seen(Desk(places=FITTED), 1)
    assert seen(free_again).to_size().touch(Choice.SIZE, SMALL).last(e.UnlockRequested).compartment == A01


def test_a_channel_without_a_sensor_may_say_what_it_likes() -> None:
    desk = seen(Desk(), 1).drop().close_door()

    assert desk.last(e.DoorClosed).inside is Inside.UNKNOWN
    assert desk.parcel().state is ParcelState.STORED


def test_another_boards_sensors_say_nothing_of_this_ones() -> None:
    desk = seen(Desk(places=FITTED), 1)
    closed = {place.contact.channel: Reading.CLOSED for place in FITTED}
    desk.do(ev.ContactsRead(BOARD, ContactSource.BOARD_INPUT, closed))

    assert desk.state.filled == {A01}


def test_a_second_drop_of_an_open_door_counts_what_lies_inside_when_it_is_shut() -> None:
    """Reopened within the undo, and shut with nothing inside: the courier is asked once more."""
    desk = seen(Desk(places=FITTED).drop(), 1).close_door().touch(Choice.OPEN_AGAIN).open_door()
    seen(desk).close_door()

    assert isinstance(desk.page, v.DropDoor)
    assert desk.page.relocked
    assert desk.touch(Choice.IT_IS_DONE).parcel().confirmed
