"""Doors of which no contact tells, or a wrong one: the person's word stands in its place, and silence is Check."""

from dataclasses import replace

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.effects import MakeCode
from kiosk.core.entries import CodeLife, Purpose
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import BoardId, CompartmentId, LineId
from kiosk.core.layout import Contact, ContactSource, Output
from kiosk.core.state import Board
from tests.core.desk import LINE, OTHER_LABEL, SMALL, Desk, place

A01 = CompartmentId("A01")
BLIND = (place("A01", SMALL, 1, contact=Contact(ContactSource.NONE)),)
SUSPECT = "closed, though a person finds it open"


def pulsed() -> Desk:
    """A drop into a compartment without a contact, its pulse sent and its door left to the courier's word."""
    return Desk(places=BLIND).to_size().touch(Choice.SIZE, SMALL).send_pulse().wait(2_000)


def blindly_stored() -> Desk:
    return pulsed().answer_vault().touch(Choice.IT_IS_DONE).touch(Choice.FINISH).wait(60_000)


def test_a_door_without_a_contact_is_pulsed_once_and_its_courier_asked() -> None:
    desk = pulsed()

    assert desk.last(e.DoorUnseen).compartment == A01
    assert len(desk.pulses()) == 1
    assert desk.offered() == {Choice.IT_IS_DONE, Choice.OPEN_AGAIN, Choice.CANCEL}
    assert any(isinstance(effect, MakeCode) for effect in desk.effects)
    desk.touch(Choice.IT_IS_DONE)
    assert (desk.parcel().state, desk.parcel().confirmed) == (ParcelState.STORED, True)


def test_nobody_said_whether_it_is_inside_then_it_is_check_and_can_be_collected_all_the_same() -> None:
    desk = pulsed().answer_vault().wait(41_000)

    assert desk.page == v.Welcome()
    assert desk.compartment("A01").custody is Custody.CHECK
    assert (desk.parcel().state, desk.parcel().confirmed) == (ParcelState.STORED, False)
    desk.wait(60_000)
    assert isinstance(desk.enter(desk.code()).page, v.PickupDoor)


def test_a_pickup_without_a_contact_is_collected_and_freed_on_the_residents_word() -> None:
    desk = blindly_stored()
    desk.enter(desk.code()).send_pulse().wait(2_000)
    assert desk.parcel().code_life is CodeLife.LIVE

    desk.touch(Choice.IT_IS_DONE)
    assert desk.last(e.ParcelCollected).confirmed
    desk.wait(300_000)
    assert desk.compartment("A01").custody is Custody.FREE


def test_a_pickup_without_a_contact_of_which_nobody_said_a_word_leaves_parcel_and_code() -> None:
    desk = blindly_stored()
    desk.enter(desk.code()).send_pulse().wait(2_000).wait(41_000)

    assert desk.page == v.Welcome()
    assert (desk.compartment("A01").custody, desk.parcel().code_life) == (Custody.OCCUPIED, CodeLife.LIVE)


def test_an_undo_without_a_contact_asks_the_courier_and_makes_no_second_code() -> None:
    desk = pulsed().answer_vault().touch(Choice.IT_IS_DONE).touch(Choice.UNDO).wait(3_000).send_pulse().wait(2_000)
    assert desk.last(e.UnlockRequested).purpose is Purpose.WITHDRAW
    assert desk.parcel().state is ParcelState.UNSURE

    desk.touch(Choice.TAKEN_BACK)
    assert desk.compartment("A01").custody is Custody.FREE
    assert len(desk.of(e.CodeIssued)) == 1


def test_a_silent_board_is_silent_behind_a_door_without_a_contact_too() -> None:
    desk = Desk(places=BLIND).to_size().touch(Choice.SIZE, SMALL).send_pulse()
    desk.do(ev.PulseAnswered(desk.pulse().intent_seq, ev.PulseAnswer.SILENT)).wait(6_000)

    assert desk.last(e.OpeningFailed).reason == "board silent"
    assert desk.compartment("A01").custody is Custody.CHECK


def test_another_boards_loss_does_not_matter_to_a_door_without_a_contact() -> None:
    elsewhere = (replace(BLIND[0], output=Output(BoardId("b2"), 1)),)
    desk = Desk(places=elsewhere).to_size().touch(Choice.SIZE, SMALL).send_pulse().do(ev.LineLost(LINE)).wait(2_000)

    assert desk.last(e.DoorUnseen).compartment == A01


def test_a_lock_boards_loss_in_mid_opening_ends_it_though_its_contact_can_still_be_read() -> None:
    apart = (replace(place("A01", SMALL, 1), output=Output(BoardId("b2"), 1)),)
    desk = Desk(places=apart)
    desk.state = replace(desk.state, boards={**desk.state.boards, BoardId("b2"): Board(BoardId("b2"), LineId("l2"))})
    desk.to_size().touch(Choice.SIZE, SMALL).send_pulse().do(ev.LineLost(LineId("l2"))).wait(6_000)

    assert len(desk.pulses()) == 1
    assert desk.last(e.OpeningFailed).reason == "board silent"


# --- a contact that is wrong ---


def test_a_courier_who_finds_the_door_open_makes_its_contact_suspect_and_says_the_rest() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open().touch(Choice.IT_IS_OPEN)

    assert desk.last(e.ContactSuspected) == e.ContactSuspected(A01, SUSPECT)
    assert desk.offered() == {Choice.IT_IS_DONE, Choice.OPEN_AGAIN, Choice.CANCEL}
    desk.touch(Choice.IT_IS_DONE).answer_vault()
    assert (desk.parcel().state, desk.parcel().code_life) == (ParcelState.STORED, CodeLife.LIVE)


def test_a_courier_who_walks_off_from_a_door_with_a_wrong_contact_leaves_it_check_with_the_code_valid() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open().touch(Choice.IT_IS_OPEN).wait(41_000)

    assert desk.compartment("A01").custody is Custody.CHECK
    desk.answer_vault()
    assert desk.parcel().code_life is CodeLife.LIVE


def test_a_resident_who_finds_the_door_open_takes_the_parcel_and_the_compartment_takes_no_new_one() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).fail_to_open().touch(Choice.IT_IS_OPEN)
    assert desk.offered() == {Choice.IT_IS_DONE, Choice.OPEN_AGAIN, Choice.NOT_HERE, Choice.FINISH}

    desk.touch(Choice.IT_IS_DONE)
    assert desk.last(e.ParcelCollected).confirmed
    assert desk.compartment("A01").suspected == SUSPECT
    desk.wait(301_000).read().to_size(OTHER_LABEL).touch(Choice.SIZE, SMALL)
    assert desk.last(e.ParcelReserved).compartment == "A02"


def test_a_contact_is_suspected_once() -> None:
    desk = Desk().stored().set_door("A01", Reading.FAULT)
    desk.enter(desk.code()).send_pulse().wait(6_000).touch(Choice.IT_IS_OPEN)

    assert len(desk.of(e.ContactSuspected)) == 1
    assert isinstance(desk.page, v.PickupDoor)
