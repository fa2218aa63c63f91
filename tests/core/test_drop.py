"""A courier's visit through the pure core: the drop, and every way it goes another way."""

from dataclasses import replace

import pytest

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core import view as v
from kiosk.core.books import Custody, NoticeState, ParcelState
from kiosk.core.directory import Window
from kiosk.core.draft import Draft
from kiosk.core.effects import MakeCode, TakePhoto, VerifyCode
from kiosk.core.entries import ClockState, CodeLife, Purpose
from kiosk.core.events import Choice, Key, Reading
from kiosk.core.ids import CompartmentId, Secret
from kiosk.core.policy import Policy
from kiosk.core.state import CodeProblem, Stage
from tests.core.desk import COURIER_CODE, DIRECTORY, LABEL, LARGE, MEDIUM, OTHER_LABEL, SMALL, Desk, place

A01 = CompartmentId("A01")


def test_a_drop_is_recorded_in_the_order_of_the_walk() -> None:
    desk = Desk()
    before = len(desk.entries)

    desk.drop().close_door().touch(Choice.FINISH).wait(60_000)

    assert desk.kinds(before) == [
        "attempt_debited",
        "attempt_refunded",
        "courier_identified",
        "recipient_looked_up",
        "parcel_reserved",
        "unlock_requested",
        "door_opened",
        "code_issued",
        "door_closed",
        "parcel_stored",
        "drop_confirmed",
        "visit_ended",
        "notice_released",
    ]


def test_the_intent_and_the_reservation_are_one_decision_and_the_pulse_names_the_intent() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL)

    reserved, asked = desk.entries[-2:]
    assert (type(reserved.body), type(asked.body)) == (e.ParcelReserved, e.UnlockRequested)
    assert reserved.stamp == asked.stamp
    assert desk.pulse().intent_seq == asked.seq


def test_the_chain_of_custody_names_courier_unit_compartment_and_number() -> None:
    parcel = Desk().stored().parcel()

    assert (parcel.courier, parcel.unit, parcel.compartment) == ("C1", "7A", A01)
    assert (parcel.carrier, parcel.tracking_number, parcel.state) == ("ups", LABEL, ParcelState.STORED)
    assert parcel.confirmed
    assert parcel.code_life is CodeLife.LIVE
    assert parcel.notice is NoticeState.RELEASED


def test_a_scan_at_the_idle_screen_begins_the_delivery_and_is_kept_over_the_identification() -> None:
    desk = Desk().scan(LABEL)
    assert isinstance(desk.page, v.EnterCode)

    desk.touch(Choice.BACK)
    assert desk.page == v.Welcome()
    desk.scan(LABEL).key_in(COURIER_CODE).answer_vault()

    assert desk.page == v.ScanLabels((v.LabelLine("ups", "7127", None),))


def test_nobody_is_identified_where_the_policy_allows_an_anonymous_drop_and_nothing_can_be_undone() -> None:
    desk = Desk(policy=Policy(anonymous_drop=True)).scan(LABEL).touch(Choice.GO_ON).key_in("7A").press(Key.OK)
    desk.touch(Choice.SIZE, SMALL).open_door().answer_vault().close_door()

    assert desk.last(e.UnlockRequested).by == "courier:anonymous"
    assert Choice.UNDO not in desk.offered()
    assert desk.last(e.NoticeReleased)
    assert desk.wait(20_000).page == v.Welcome()


def test_names_of_one_unit_are_masked_and_one_of_them_is_chosen() -> None:
    desk = Desk().to_size(unit="12b")

    assert desk.page == v.AskName("12B", (v.MaskedName("R1", "J… S…"), v.MaskedName("R2", "K… N…")))
    desk.touch(Choice.RECIPIENT, "R2").touch(Choice.SIZE, SMALL)
    assert desk.last(e.ParcelReserved).resident == "R2"


def test_a_wrong_unit_can_be_corrected_before_the_size() -> None:
    desk = Desk().to_size(unit="12B").touch(Choice.OTHER_UNIT)

    desk.key_in("7").press(Key.CLEAR).key_in("9A").press(Key.DELETE).press(Key.DELETE).press("%").key_in("7")
    assert desk.page == v.AskUnit("7", unknown=False, label=v.LabelLine("ups", "7127", None))
    assert isinstance(desk.key_in("A").page, v.ChooseSize)
    assert isinstance(desk.touch(Choice.CANCEL).page, v.ScanLabels)
    assert isinstance(desk.touch(Choice.GO_ON).touch(Choice.BACK).page, v.ScanLabels)


def test_an_unknown_unit_goes_to_staff_and_is_recorded() -> None:
    desk = Desk().to_size(unit="99")

    assert desk.page == v.Divert("99", "unknown_unit")
    desk.touch(Choice.LEAVE_WITH_STAFF)
    overflow = desk.last(e.OverflowRecorded)
    assert (overflow.unit, overflow.place, overflow.tracking_number) == ("99", "front desk", LABEL)
    assert desk.page == v.Said("left_with_staff", 0)


def test_an_unknown_unit_is_asked_again_where_staff_take_nothing() -> None:
    desk = Desk(policy=Policy(unknown_unit_to_staff=False)).to_size(unit="99")

    assert desk.page == v.AskUnit("", unknown=True, label=v.LabelLine("ups", "7127", None))


def test_a_resident_who_moved_out_takes_no_parcel_and_the_courier_is_told_what_to_do() -> None:
    desk = Desk().to_size(unit="3C")

    assert desk.page == v.Divert("3C", "moved_out")
    assert desk.offered() == {Choice.LEAVE_WITH_STAFF, Choice.TAKE_WITH_ME, Choice.OTHER_UNIT}
    desk.touch(Choice.TAKE_WITH_ME)
    overflow = desk.last(e.OverflowRecorded)
    assert (overflow.place, overflow.resident, overflow.reason) == ("courier", "R4", "moved_out")


def test_too_many_look_ups_raise_an_alarm_once() -> None:
    desk = Desk(policy=Policy(lookups_per_visit=5)).identify().scan(LABEL).touch(Choice.GO_ON)
    for unit in range(6):
        desk.key_in(str(100 + unit)).press(Key.OK).touch(Choice.OTHER_UNIT)

    assert [alarm.alarm for alarm in desk.of(e.AlarmRaised)] == ["directory enumeration"]
    assert desk.last(e.RecipientLookedUp).count == 6


def test_look_ups_are_counted_per_courier_over_visits_and_a_delivery_takes_its_own_off() -> None:
    desk = Desk(policy=Policy(lookups_per_visit=5))
    for unit in ("1", "2"):
        desk.to_size(unit=unit).touch(Choice.LEAVE_WITH_STAFF).touch(Choice.FINISH)
    desk.stored()
    assert [looked_up.count for looked_up in desk.of(e.RecipientLookedUp)] == [1, 2, 3]

    for unit in ("3", "4", "5"):
        desk.to_size(OTHER_LABEL, unit=unit).touch(Choice.LEAVE_WITH_STAFF).touch(Choice.FINISH)
    assert [looked_up.count for looked_up in desk.of(e.RecipientLookedUp)][3:] == [3, 4, 5]
    assert desk.last(e.AlarmRaised).alarm == "directory enumeration"


def test_several_labels_are_delivered_one_after_another() -> None:
    desk = Desk().identify().scan(LABEL).wait(2_000).scan(OTHER_LABEL).wait(2_000).scan(LABEL)
    assert desk.page == v.ScanLabels((v.LabelLine("ups", "7127", None), v.LabelLine("s10", "85GB", None)))

    desk.touch(Choice.GO_ON).key_in("7A").press(Key.OK).touch(Choice.SIZE, SMALL)
    desk.open_door().answer_vault().close_door()
    assert isinstance(desk.page, v.DropDone)
    assert desk.page.left == 1
    desk.touch(Choice.NEXT_PARCEL).key_in("7A").press(Key.OK).touch(Choice.SIZE, SMALL)

    assert desk.last(e.ParcelReserved).tracking_number == OTHER_LABEL


def test_a_label_can_be_taken_off_the_list_and_a_parcel_without_barcode_be_delivered() -> None:
    desk = Desk().identify().scan(LABEL).wait(2_000).scan(OTHER_LABEL)

    desk.touch(Choice.REMOVE, "0")
    assert desk.page == v.ScanLabels((v.LabelLine("s10", "85GB", None),))
    desk.touch(Choice.NO_BARCODE).press(Key.OK).key_in("7A").press(Key.OK).touch(Choice.SIZE, SMALL)
    assert desk.last(e.ParcelReserved).tracking_number == ""
    desk.open_door().answer_vault().close_door()
    assert isinstance(desk.touch(Choice.NEXT_PARCEL).page, v.AskUnit)


def test_a_number_without_a_barcode_is_typed_and_read_like_a_scan() -> None:
    desk = Desk().identify().touch(Choice.NO_BARCODE)
    assert desk.page == v.AskNumber("")

    desk.key_in("9").press(Key.CLEAR).key_in(LABEL.lower() + "-7").press(Key.DELETE)
    assert desk.page == v.AskNumber(LABEL)
    desk.press(Key.OK)
    assert desk.page == v.AskUnit("", unknown=False, label=v.LabelLine("ups", "7127", None))
    assert isinstance(desk.touch(Choice.BACK).touch(Choice.NO_BARCODE).touch(Choice.BACK).page, v.ScanLabels)


PHOTO = "ab" * 32


def photographing() -> Desk:
    desk = Desk().identify()
    desk.state = replace(desk.state, photographs=True)
    return desk.touch(Choice.NO_BARCODE)


def test_a_label_without_a_barcode_is_photographed_where_the_camera_may_and_the_record_names_the_picture() -> None:
    desk = photographing()
    assert desk.page == v.PhotographLabel(taking=False, failed=False)
    desk.touch(Choice.TAKE_PHOTO)
    assert desk.effects[-1] == TakePhoto()
    assert desk.page == v.PhotographLabel(taking=True, failed=False)
    assert Choice.TAKE_PHOTO not in desk.offered()

    desk.do(ev.PhotoTaken(PHOTO))
    assert desk.page == v.AskUnit("", unknown=False, label=v.LabelLine("unknown", "", None))
    desk.key_in("7A").press(Key.OK).touch(Choice.SIZE, SMALL)
    taken = desk.last(e.LabelPhotographed)
    assert (taken.parcel, taken.photo) == (desk.last(e.ParcelReserved).parcel, PHOTO)
    assert desk.parcel().tracking_number == ""


def test_a_photographed_parcel_that_is_left_with_staff_has_its_picture_too() -> None:
    desk = photographing().touch(Choice.TAKE_PHOTO).do(ev.PhotoTaken(PHOTO)).touch(Choice.LEAVE_WITH_STAFF)
    assert desk.last(e.LabelPhotographed).parcel == desk.last(e.OverflowRecorded).parcel


def test_a_picture_that_does_not_come_is_told_and_the_number_can_be_typed_at_any_time() -> None:
    desk = photographing().touch(Choice.TAKE_PHOTO).do(ev.PhotoFailed())
    assert desk.page == v.PhotographLabel(taking=False, failed=True)

    assert desk.touch(Choice.TYPE_NUMBER).page == v.AskNumber("")
    assert desk.do(ev.PhotoTaken(PHOTO)).page == v.AskNumber(""), "one that comes too late is nobody's"
    assert isinstance(photographing().touch(Choice.BACK).page, v.ScanLabels)
    desk.touch(Choice.BACK).touch(Choice.FINISH).do(ev.PhotoTaken(PHOTO))
    assert desk.state.visit is None


def test_what_the_camera_can_read_after_all_is_a_label_like_any_other() -> None:
    assert photographing().scan(LABEL).page == v.ScanLabels((v.LabelLine("ups", "7127", None),))


def test_without_its_camera_the_number_is_typed() -> None:
    desk = Desk().identify()
    desk.state = replace(desk.state, photographs=True)
    desk.do(ev.ScannerLost(ev.CAMERA)).touch(Choice.NO_BARCODE)
    assert desk.page == v.AskNumber("")


def labels(desk: Desk) -> tuple[v.LabelLine, ...]:
    assert isinstance(desk.page, v.ScanLabels)
    return desk.page.labels


def test_two_unknown_barcodes_of_one_look_are_one_parcel_and_of_two_looks_are_two() -> None:
    desk = Desk().identify().scan("SHOP-4711").wait(200).scan("ROUTE 9")
    assert len(labels(desk)) == 1

    desk.wait(1_000).scan("SHOP-4712")
    assert len(labels(desk)) == 2
    desk.touch(Choice.GO_ON).key_in("7A").press(Key.OK).touch(Choice.SIZE, SMALL)
    reserved = desk.last(e.ParcelReserved)
    assert (reserved.tracking_number, reserved.aliases) == ("SHOP-4711", ("ROUTE 9",))


def test_two_numbers_that_are_known_are_two_parcels_however_near_they_are() -> None:
    assert len(labels(Desk().identify().scan(LABEL).wait(50).scan(OTHER_LABEL))) == 2


def test_two_barcodes_of_one_label_are_one_parcel_with_an_alias() -> None:
    desk = Desk().identify().scan("SHOP-4711").wait(1_000).scan(LABEL).wait(1_000).scan("SHOP-4711")

    desk.touch(Choice.GO_ON).key_in("7A").press(Key.OK).touch(Choice.SIZE, SMALL)
    assert desk.last(e.ParcelReserved).tracking_number == LABEL
    assert desk.last(e.ParcelReserved).aliases == ("SHOP-4711",)


def test_a_number_that_is_in_the_bank_already_is_said() -> None:
    desk = Desk().stored()

    desk.identify().scan(LABEL)
    assert desk.page == v.ScanLabels((v.LabelLine("ups", "7127", A01),))


def test_a_label_scanned_after_a_delivery_confirms_it_and_goes_on() -> None:
    desk = Desk().drop().close_door().scan(OTHER_LABEL)

    assert desk.last(e.DropConfirmed)
    assert isinstance(desk.page, v.ScanLabels)


def test_need_larger_opens_a_larger_door_and_frees_the_old_one_once_it_is_shut() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER)
    page = desk.page
    assert isinstance(page, v.ChooseSize)
    assert [card.free for card in page.sizes] == [0, 2, 2]

    desk.touch(Choice.SIZE, MEDIUM).wait(600)
    assert desk.compartment("A01").custody is Custody.RESERVED
    desk.open_door("A03").close_door("A01")
    assert desk.compartment("A01").custody is Custody.FREE
    desk.close_door("A03")
    assert desk.parcel().compartment == "A03"
    assert desk.parcel().state is ParcelState.STORED


def asked_for(desk: Desk) -> list[CompartmentId]:
    """The compartments that the codes asked of the vault and not answered yet will send people to."""
    return [effect.facts.compartment for effect in desk.effects if isinstance(effect, MakeCode)]


def test_a_parcel_that_goes_elsewhere_gets_a_new_code_whose_notice_names_its_new_door() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM).wait(600)
    assert (desk.parcel().code_life, desk.parcel().notice) == (CodeLife.NONE, NoticeState.WITHDRAWN)

    desk.open_door("A03")
    assert asked_for(desk) == ["A03"]
    desk.answer_vault().close_door("A01").close_door("A03").touch(Choice.FINISH).wait(60_000)
    assert (desk.parcel().code_life, desk.parcel().notice) == (CodeLife.LIVE, NoticeState.RELEASED)


def test_a_code_that_comes_after_its_parcel_went_elsewhere_is_drawn_again_for_the_new_door() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).open_door().touch(Choice.OCCUPIED)
    late = next(effect for effect in desk.effects if isinstance(effect, MakeCode))
    desk.effects.remove(late)

    desk.make_code(late)
    assert not desk.of(e.CodeIssued)
    assert asked_for(desk) == ["A02"]
    desk.answer_vault()
    assert desk.parcel().code_life is CodeLife.LIVE


def test_a_compartment_found_occupied_is_check_and_another_opens_at_once() -> None:
    desk = Desk().drop().touch(Choice.OCCUPIED).wait(600)

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.pulse().compartment == "A02"
    desk.open_door("A02").close_door("A01")
    assert desk.compartment("A01").custody is Custody.CHECK
    desk.close_door("A02")
    assert desk.parcel().compartment == "A02"


def test_an_occupied_one_with_nothing_else_of_its_size_leaves_the_size_to_the_courier() -> None:
    desk = Desk(places=(place("A01", SMALL, 1), place("A05", LARGE, 5))).drop().touch(Choice.OCCUPIED)

    assert isinstance(desk.page, v.ChooseSize)
    desk.touch(Choice.CANCEL)
    assert desk.last(e.ReservationDropped)
    assert desk.compartment("A01").custody is Custody.CHECK


def test_a_cancel_after_the_door_opened_frees_the_compartment_only_on_the_couriers_word() -> None:
    desk = Desk().drop().touch(Choice.CANCEL)
    assert isinstance(desk.page, v.TakeBack)
    assert not desk.screen.offers

    desk.close_door()
    assert desk.page.asking
    desk.touch(Choice.TAKEN_BACK)
    assert desk.compartment("A01").custody is Custody.FREE
    assert desk.last(e.NoticeWithdrawn)
    assert desk.page == v.Said("withdrawn", 1)
    assert not desk.of(e.ParcelStored)


def test_a_cancel_after_which_the_parcel_was_left_inside_is_a_drop() -> None:
    desk = Desk().drop().touch(Choice.CANCEL).close_door().touch(Choice.LEFT_INSIDE)

    assert desk.last(e.ParcelStored).confirmed
    assert isinstance(desk.page, v.DropDone)


def test_a_cancel_that_nobody_explains_is_check() -> None:
    desk = Desk().drop().touch(Choice.CANCEL).close_door().wait(40_000)

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.last(e.ParcelWithdrawn).confirmed is False
    assert desk.page == v.Welcome()


def test_undo_takes_the_parcel_back_before_anybody_was_told() -> None:
    desk = Desk().drop().close_door().touch(Choice.UNDO).wait(3_000)
    assert desk.last(e.UnlockRequested).purpose is Purpose.WITHDRAW
    desk.open_door().close_door()

    desk.wait(30_000).touch(Choice.TAKEN_BACK)
    assert not desk.of(e.NoticeReleased)
    assert desk.last(e.NoticeWithdrawn).reason == "undone"
    assert desk.compartment("A01").custody is Custody.FREE
    assert desk.last(e.CodeMoved).life is CodeLife.SPENT


def test_the_notice_is_held_while_an_undo_is_under_way_and_goes_out_if_the_parcel_stays() -> None:
    desk = Desk().drop().close_door().wait(55_000).touch(Choice.UNDO).wait(3_000).open_door().close_door()
    assert not desk.of(e.NoticeReleased)

    desk.wait(10_000).touch(Choice.LEFT_INSIDE)
    assert len(desk.of(e.NoticeReleased)) == 1
    assert desk.compartment("A01").custody is Custody.OCCUPIED


def test_an_undo_whose_door_does_not_open_leaves_the_parcel_where_it_is() -> None:
    desk = Desk().drop().close_door().touch(Choice.UNDO).wait(3_000)
    desk.fail_to_open()

    assert desk.page == v.Said("did_not_open", 0)
    assert desk.parcel().state is ParcelState.STORED


def test_the_couriers_identity_ends_and_only_the_undo_stays() -> None:
    desk = Desk().drop().close_door().wait(20_000)

    assert desk.offered() == {Choice.UNDO, Choice.FINISH}
    desk.scan(OTHER_LABEL)
    assert desk.offered() == {Choice.UNDO, Choice.FINISH}
    assert desk.wait(40_000).page == v.Welcome()
    assert not desk.of(e.DropConfirmed)


def test_undo_after_the_identity_ended_still_names_the_courier() -> None:
    desk = Desk().drop().close_door().wait(25_000).touch(Choice.UNDO).wait(1_000)

    assert desk.last(e.UnlockRequested).by == "courier:C1"
    finished = Desk().drop().close_door().wait(25_000).touch(Choice.FINISH)
    assert not finished.of(e.DropConfirmed)


def test_open_again_reopens_for_the_same_courier_and_renews_the_undo() -> None:
    desk = Desk().drop().close_door()
    first = desk.last(e.ParcelStored).undo_until_ms

    desk.touch(Choice.OPEN_AGAIN).wait(3_000).open_door()
    assert desk.parcel().state is ParcelState.UNSURE
    desk.close_door()
    assert desk.last(e.ParcelStored).undo_until_ms > first
    assert len(desk.of(e.CodeIssued)) == 1
    assert isinstance(desk.page, v.DropDone)
    assert desk.page.left == 0


def test_a_reopened_drop_whose_door_only_twitches_is_still_the_drop_it_was() -> None:
    desk = Desk().drop().close_door().touch(Choice.OPEN_AGAIN).wait(3_000).open_door().close_door(after_ms=100)

    assert isinstance(desk.page, v.DropDone)
    assert desk.parcel().state is ParcelState.STORED


def test_an_open_door_can_be_pulsed_once_more_and_stays_the_same_opening() -> None:
    desk = Desk().drop().touch(Choice.OPEN_AGAIN).wait(2_000)

    assert [asked.pulse_number for asked in desk.of(e.UnlockRequested)] == [1, 2]
    assert len({asked.opening for asked in desk.of(e.UnlockRequested)}) == 1
    desk.do(ev.PulseExpired(desk.pulse().intent_seq)).close_door()
    assert isinstance(desk.page, v.DropDone)


def test_a_door_that_is_being_shut_gets_no_further_pulse() -> None:
    desk = Desk().drop().touch(Choice.OPEN_AGAIN)
    pulses = len(desk.pulses())
    desk.set_door("A01", Reading.CLOSED, stable_ms=900).wait(5_000).read()

    assert len(desk.pulses()) == pulses
    assert len(desk.of(e.UnlockRequested)) == 1


def test_a_door_shut_under_one_more_pulse_that_opens_it_is_one_cycle() -> None:
    """Its courier pushed it while the pulse was on its way; nothing opened by itself, and no wire is swapped."""
    desk = Desk().drop().wait(4_000).touch(Choice.OPEN_AGAIN).wait(2_000)
    desk.set_door("A01", Reading.CLOSED).send_pulse()
    assert desk.of(e.DoorClosed) == []
    desk.wait(500).set_door("A01", Reading.OPEN)

    assert desk.of(e.DoorForced) == []
    desk.close_door(after_ms=5_000)
    assert [closed.compartment for closed in desk.of(e.DoorClosed)] == ["A01"]
    assert isinstance(desk.page, v.DropDone)


def test_a_door_shut_under_one_more_pulse_that_changes_nothing_was_shut_then() -> None:
    desk = Desk().drop().wait(4_000).touch(Choice.OPEN_AGAIN).wait(2_000).send_pulse()
    shut_ms = desk.now_ms
    desk.set_door("A01", Reading.CLOSED)
    assert desk.of(e.DoorClosed) == []

    desk.wait(2_000)
    opened_ms = next(entry.stamp.mono_ms for entry in desk.entries if isinstance(entry.body, e.DoorOpened))
    assert abs(desk.last(e.DoorClosed).open_ms - (shut_ms - opened_ms)) < 200
    assert isinstance(desk.page, v.DropDone)


def test_a_door_that_moved_for_a_moment_is_no_drop_until_the_courier_says_so() -> None:
    desk = Desk().drop().close_door(after_ms=500)
    assert desk.last(e.DoorRelocked)
    assert not desk.of(e.ParcelStored)

    desk.touch(Choice.IT_IS_DONE)
    assert desk.last(e.ParcelStored).confirmed
    assert isinstance(desk.page, v.DropDone)


def test_a_door_that_moved_for_a_moment_can_be_opened_again_or_cancelled() -> None:
    again = Desk().drop().close_door(after_ms=500).touch(Choice.OPEN_AGAIN).wait(3_000).open_door().close_door()
    assert again.last(e.ParcelStored)

    cancelled = Desk().drop().close_door(after_ms=500).touch(Choice.CANCEL).touch(Choice.TAKEN_BACK)
    assert cancelled.compartment("A01").custody is Custody.FREE


def test_a_momentary_door_that_nobody_explains_is_check() -> None:
    desk = Desk().drop().close_door(after_ms=500).wait(41_000)

    assert desk.page == v.Welcome()
    assert desk.compartment("A01").custody is Custody.CHECK


def test_a_door_that_does_not_open_is_pulsed_three_times_then_another_is_offered() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open()

    assert len(desk.pulses()) == 3
    assert len({pulse.intent_seq for pulse in desk.pulses()}) == 3
    assert desk.compartment("A01").out_of_order == "did not open"
    assert isinstance(desk.page, v.DropDoorDidNotOpen)
    desk.touch(Choice.OPEN_OTHER, "A02")
    assert desk.compartment("A01").custody is Custody.FREE
    desk.open_door("A02").answer_vault().close_door("A02")
    assert desk.parcel().compartment == "A02"


@pytest.mark.parametrize("choice", [Choice.CANCEL, Choice.LEAVE_WITH_STAFF])
def test_a_door_that_did_not_open_can_be_left(choice: Choice) -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open()
    desk.touch(choice)

    assert desk.last(e.ReservationDropped)
    assert bool(desk.of(e.OverflowRecorded)) is (choice is Choice.LEAVE_WITH_STAFF)


def test_a_bank_without_a_free_door_is_full_and_nothing_is_left_unrecorded() -> None:
    desk = Desk(places=(place("A01"),)).stored()
    desk.identify().scan(OTHER_LABEL).touch(Choice.GO_ON).key_in("12B").press(Key.OK).touch(Choice.RECIPIENT, "R1")

    assert isinstance(desk.page, v.Full)
    assert desk.offered() == {Choice.LEAVE_WITH_STAFF, Choice.TAKE_WITH_ME}
    desk.touch(Choice.LEAVE_WITH_STAFF)
    overflow = desk.last(e.OverflowRecorded)
    assert (overflow.reason, overflow.unit, overflow.resident) == ("bank full", "12B", "R1")


def test_a_parcel_too_big_for_what_is_free_can_try_smaller_or_go_with_the_courier() -> None:
    desk = Desk().to_size().touch(Choice.NEED_LARGER)
    assert desk.offered() == {Choice.LEAVE_WITH_STAFF, Choice.TRY_SMALLER, Choice.TAKE_WITH_ME}

    assert isinstance(desk.touch(Choice.TRY_SMALLER).page, v.ChooseSize)
    desk.touch(Choice.NEED_LARGER).touch(Choice.TAKE_WITH_ME)
    assert desk.last(e.OverflowRecorded).place == "courier"
    assert desk.touch(Choice.FINISH).page == v.Welcome()


def test_a_second_parcel_may_be_added_to_the_residents_own_compartment() -> None:
    desk = Desk().stored()
    desk.to_size(OTHER_LABEL)
    assert desk.page.shared == (v.door_place(desk.state, A01),)

    desk.touch(Choice.ADD_TO, "A01").open_door().answer_vault().close_door()
    assert len(desk.compartment("A01").parcels) == 2
    assert desk.compartment("A01").custody is Custody.OCCUPIED


def test_cancelling_an_added_parcel_leaves_the_first_one_in_custody() -> None:
    desk = Desk().stored()
    desk.to_size(OTHER_LABEL).touch(Choice.ADD_TO, "A01").open_door().answer_vault()
    desk.touch(Choice.CANCEL).close_door().touch(Choice.TAKEN_BACK)

    assert desk.compartment("A01").custody is Custody.OCCUPIED
    assert len(desk.compartment("A01").parcels) == 1


def test_a_queued_opening_can_be_cancelled_before_any_pulse() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM)
    assert desk.page.stage is Stage.QUEUED

    desk.touch(Choice.CANCEL)
    assert isinstance(desk.page, v.ScanLabels)
    assert len(desk.pulses()) == 1
    assert desk.compartment("A03").custody is Custody.FREE


def test_a_courier_who_walks_off_with_the_door_open_has_dropped_unconfirmed() -> None:
    desk = Desk().drop().wait(120_000)
    assert desk.last(e.DoorLeftOpen)
    assert desk.page == v.Welcome()

    desk.close_door()
    assert desk.parcel().state is ParcelState.STORED
    assert not desk.parcel().confirmed
    assert not desk.compartment("A01").door_open


@pytest.mark.parametrize("stage", ["code", "scan", "unit", "size", "full"])
def test_a_courier_who_walks_off_before_the_door_leaves_nothing_behind(stage: str) -> None:
    desk = Desk()
    desk.touch(Choice.DELIVER) if stage == "code" else desk.identify()
    if stage in ("unit", "size", "full"):
        desk.scan(LABEL).touch(Choice.GO_ON)
    if stage in ("size", "full"):
        desk.key_in("7A").press(Key.OK)
    if stage == "full":
        desk.touch(Choice.NEED_LARGER)
    desk.wait(20_000)
    assert desk.screen.still_there
    desk.wait(20_000)

    assert desk.page == v.Welcome()
    assert not desk.of(e.ParcelReserved)
    assert desk.last(e.VisitEnded).reason == "nobody there"


def test_a_courier_who_walks_off_while_asked_for_a_larger_size_leaves_no_reservation() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).close_door().wait(45_000)

    assert desk.page == v.Welcome()
    assert desk.last(e.ReservationDropped)
    assert desk.compartment("A01").custody is Custody.FREE


def test_a_door_given_up_for_a_larger_one_and_left_open_is_check_once_it_is_shut() -> None:
    """Somebody else may have put something in, or have been the one who asked for a larger door."""
    desk = Desk().drop().touch(Choice.NEED_LARGER).wait(45_000)
    assert desk.page == v.Welcome()
    assert desk.compartment("A01").custody is Custody.RESERVED, "its door is open"

    desk.close_door("A01")
    assert desk.compartment("A01").custody is Custody.CHECK


def test_a_courier_who_walks_off_from_a_failed_door_leaves_no_reservation() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open()
    desk.wait(41_000)

    assert desk.last(e.ReservationDropped)
    assert desk.page == v.Welcome()


def test_more_time_keeps_the_visit() -> None:
    desk = Desk().identify().wait(20_000).touch(Choice.MORE_TIME)

    assert not desk.screen.still_there
    assert isinstance(desk.wait(15_000).page, v.ScanLabels)
    assert desk.touch(Choice.FINISH).page == v.Welcome()


def test_a_choice_that_is_not_offered_does_nothing() -> None:
    desk = Desk()
    before = (desk.state.books, desk.screen)

    for choice in Choice:
        if choice not in (Choice.PICK_UP, Choice.DELIVER):
            desk.touch(choice)
    assert (desk.state.books, desk.screen) == before


def test_a_code_already_in_use_is_drawn_again() -> None:
    desk = Desk().stored()
    used = desk.code()

    desk.to_size(OTHER_LABEL).touch(Choice.SIZE, MEDIUM).open_door()
    asked = next(effect for effect in desk.effects if isinstance(effect, MakeCode))
    desk.effects.clear()
    desk.make_code(asked, used[:-1])
    assert len(desk.of(e.CodeIssued)) == 1
    assert any(isinstance(effect, MakeCode) for effect in desk.effects)
    desk.answer_vault()
    assert len(desk.of(e.CodeIssued)) == 2


def test_a_code_for_a_parcel_that_is_gone_or_was_never_asked_for_is_dropped() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).open_door()
    asked = next(effect for effect in desk.effects if isinstance(effect, MakeCode))
    desk.touch(Choice.CANCEL).close_door().touch(Choice.TAKEN_BACK)

    desk.make_code(asked)
    assert not desk.of(e.CodeIssued)
    desk.make_code(asked)
    assert not desk.of(e.CodeIssued)


def test_an_over_long_scan_only_shows_that_somebody_is_there() -> None:
    desk = Desk().do(ev.ScanRejected(5_000))
    assert desk.page == v.Welcome()

    desk.identify().wait(19_000).do(ev.ScanRejected(5_000)).wait(2_000)
    assert not desk.screen.still_there


def test_secrets_never_show_in_a_repr() -> None:
    desk = Desk().touch(Choice.PICK_UP).key_in("1234")

    assert "1234" not in repr(desk.state.visit)
    assert repr(VerifyCode("v", 1, Secret("12345678"))).count("1") == 1  # type: ignore[arg-type]


def windowed(clock: ClockState, minute: int) -> Desk:
    """A courier who may come in the hour before ``minute`` of the week's Wednesday, on a Tuesday at 22:13."""
    courier = replace(DIRECTORY.couriers[0], windows=(Window(1, minute - 60, minute),))
    return Desk(directory=replace(DIRECTORY, couriers=(courier,)), clock=clock).identify()


def test_a_courier_outside_the_window_is_refused_by_a_clock_that_is_trusted_and_told_why() -> None:
    desk = windowed(ClockState.TRUSTED, 720)

    assert desk.last(e.CourierRefused).reason == "outside the window"
    assert not desk.of(e.CourierIdentified)
    assert desk.page.problem is CodeProblem.OUTSIDE_WINDOW
    assert desk.state.books.bucket.level == 10
    assert isinstance(windowed(ClockState.TRUSTED, 1_380).page, v.ScanLabels)


@pytest.mark.parametrize("clock", [ClockState.FLOOR, ClockState.UNKNOWN])
def test_a_window_is_only_noted_while_the_clock_cannot_be_trusted(clock: ClockState) -> None:
    desk = windowed(clock, 720)

    assert desk.last(e.CourierIdentified).in_window is False
    assert isinstance(desk.page, v.ScanLabels)


def test_keys_at_the_last_page_do_not_lengthen_a_couriers_identity() -> None:
    desk = Desk().drop().close_door()
    closed_ms = desk.now_ms
    for _ in range(3):
        desk.wait(6_000).press("5")

    desk.wait(closed_ms + 20_000 - desk.now_ms)
    assert desk.offered() == {Choice.UNDO, Choice.FINISH}


def test_a_drop_cannot_be_undone_any_more_once_its_notice_is_out() -> None:
    desk = Desk(policy=Policy(identity_s=120, undo_s=10)).drop().close_door().wait(11_000)

    assert desk.last(e.NoticeReleased)
    assert desk.offered() == {Choice.NEXT_PARCEL, Choice.FINISH}


@pytest.mark.parametrize("cancel_after", [0, 4_000])
def test_a_courier_who_cancels_and_walks_off_from_the_open_door_leaves_check(cancel_after: int) -> None:
    desk = Desk().drop().wait(cancel_after).touch(Choice.CANCEL).wait(125_000)
    assert desk.page == v.Welcome()

    desk.close_door()
    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.parcel().state is ParcelState.WITHDRAWN


def test_a_courier_who_walks_off_from_an_undo_leaves_check_and_nobody_is_sent_to_an_empty_door() -> None:
    desk = Desk().drop().close_door().touch(Choice.UNDO).wait(3_000).open_door().wait(125_000)
    assert desk.page == v.Welcome()

    desk.close_door()
    assert desk.compartment("A01").custody is Custody.CHECK
    assert not desk.of(e.NoticeReleased)


def test_a_cancelled_parcel_whose_word_comes_after_a_reopening_stays_with_its_first_undo_time() -> None:
    desk = Desk().drop().close_door()
    until_ms = desk.last(e.ParcelStored).undo_until_ms

    desk.touch(Choice.UNDO).wait(3_000).open_door().close_door().touch(Choice.LEFT_INSIDE)
    assert desk.last(e.ParcelStored).undo_until_ms == until_ms
    assert desk.parcel().confirmed


def test_an_old_door_that_is_shut_meanwhile_says_nothing_of_the_one_a_parcel_is_taken_back_from() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM).wait(600).open_door("A03")
    desk.touch(Choice.CANCEL).close_door("A01")
    assert not desk.page.asking

    desk.close_door("A03")
    assert desk.page.asking


def test_only_rules_of_a_visit_may_ask_for_it() -> None:
    with pytest.raises(RuntimeError, match="no visit is under way"):
        _ = Draft(Desk().state, Desk().stamp()).visit


def test_a_door_that_is_too_small_and_shut_at_once_is_free_as_soon_as_its_parcel_has_another() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).close_door(after_ms=200)
    assert desk.last(e.DoorRelocked)
    assert desk.compartment("A01").custody is Custody.RESERVED

    desk.touch(Choice.SIZE, MEDIUM)
    assert desk.compartment("A01").custody is Custody.FREE


def test_a_kiosk_that_stops_before_the_first_pulse_of_a_door_leaves_no_promise() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM).do(ev.StopAsked("service stopped"))

    assert desk.last(e.ReservationDropped).compartment == "A03"
    assert desk.compartment("A03").custody is Custody.FREE


@pytest.mark.parametrize(("open_ms", "custody"), [(4_000, Custody.FREE), (200, Custody.CHECK)])
def test_what_lay_in_a_compartment_that_is_given_up_for_a_larger_one_must_have_been_taken_out(
    open_ms: int, custody: Custody
) -> None:
    """Stored, opened again, and found too small: a door that moved for a moment only may still hold it."""
    desk = Desk().drop().close_door().touch(Choice.OPEN_AGAIN).open_door()
    desk.touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM)
    desk.close_door("A01", after_ms=open_ms)

    assert desk.parcel().compartment == "A03"
    assert desk.compartment("A01").custody is custody
