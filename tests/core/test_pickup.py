"""A resident's visit through the pure core: the pickup, and every way it goes another way."""

import pytest

from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.codes import damm_digit
from kiosk.core.entries import CodeLife, Purpose
from kiosk.core.events import Choice, CodeDerived, Key, PulseExpired
from kiosk.core.ids import CompartmentId, Secret, VisitId
from kiosk.core.policy import Policy
from kiosk.core.state import CodeProblem, Typed
from tests.core.desk import LABEL, MEDIUM, OTHER_LABEL, SMALL, Desk, verifier_of

A01, A03 = CompartmentId("A01"), CompartmentId("A03")
WRONG = "2718281" + damm_digit("2718281")


def wrong(number: int) -> str:
    """A well-formed code that is nobody's."""
    digits = f"{9_000_000 + number}"
    return digits + damm_digit(digits)


def test_a_pickup_is_recorded_in_the_order_of_the_walk() -> None:
    desk = Desk().stored()
    before = len(desk.entries)

    desk.enter(desk.code()).open_door().close_door().wait(20_000).wait(300_000).read()

    assert desk.kinds(before) == [
        "attempt_debited",
        "attempt_refunded",
        "resident_identified",
        "unlock_requested",
        "door_opened",
        "code_moved",
        "door_closed",
        "parcel_collected",
        "code_moved",
        "visit_ended",
        "code_moved",
        "compartment_freed",
    ]
    assert [(move.life, bool(move.until_ms)) for move in desk.of(e.CodeMoved)] == [
        (CodeLife.GRACE, False),
        (CodeLife.GRACE, True),
        (CodeLife.SPENT, False),
    ]
    assert desk.compartment("A01").custody is Custody.FREE


def test_the_debit_is_durable_before_the_code_is_verified() -> None:
    desk = Desk().stored().touch(Choice.PICK_UP).key_in(Desk().stored().code())

    assert isinstance(desk.entries[-1].body, e.AttemptDebited)
    assert desk.screen.busy
    assert not desk.screen.offers
    assert desk.state.books.bucket.level == 9


def test_a_slip_is_told_at_once_and_costs_nothing() -> None:
    desk = Desk().stored()
    before = len(desk.entries)
    code = desk.code()

    desk.touch(Choice.PICK_UP).key_in(code[:-1] + str((int(code[-1]) + 1) % 10))
    assert desk.page.problem is CodeProblem.SLIP
    assert len(desk.entries) == before
    desk.key_in(code).answer_vault()
    assert isinstance(desk.page, v.PickupDoor)


def test_digits_can_be_taken_back_and_other_keys_do_nothing() -> None:
    desk = Desk().stored()
    code = desk.code()
    desk.touch(Choice.PICK_UP).key_in("9x").press(Key.CLEAR).key_in(code[0] + "7").press(Key.DELETE).key_in(code[1:])

    assert isinstance(desk.answer_vault().page, v.PickupDoor)


def test_a_wrong_code_is_denied_costs_one_and_the_next_waits_for_the_pause() -> None:
    desk = Desk().stored().enter(WRONG)
    assert desk.last(e.AttemptDenied)
    assert desk.page == v.EnterCode(Typed.PICKUP, 8, 0, CodeProblem.FAILED, desk.now_ms + 1_500, guarded=False)

    desk.key_in(desk.code())
    assert desk.screen.busy
    assert desk.state.books.bucket.level == 9
    desk.key_in("1").wait(1_499)
    assert desk.state.books.bucket.level == 9
    desk.wait(1).answer_vault()
    assert isinstance(desk.page, v.PickupDoor)
    assert desk.state.books.bucket.level == 9


def test_an_empty_bucket_refuses_without_verifying_and_refills_with_uptime_alone() -> None:
    desk = Desk(policy=Policy(bucket_capacity=3)).stored()
    for number in range(3):
        desk.enter(wrong(number)).touch(Choice.BACK).wait(1_500)
    desk.enter(desk.code())

    page = desk.page
    assert isinstance(page, v.EnterCode)
    assert page.problem is CodeProblem.WAIT
    assert desk.last(e.AttemptRefused)
    desk.touch(Choice.BACK).wait(600_000)
    desk.enter(desk.code())
    assert isinstance(desk.page, v.PickupDoor)


def test_a_right_code_refunds_its_own_debit_only() -> None:
    desk = Desk().stored().enter(WRONG).touch(Choice.BACK).wait(2_000)

    desk.enter(desk.code())
    assert desk.state.books.bucket.level == 9
    assert len(desk.state.books.bucket.failures) == 1


def test_guarded_mode_begins_after_many_failures_slows_the_refill_and_ends_after_a_quiet_day() -> None:
    desk = Desk(policy=Policy(guarded_after=10)).stored()
    for number in range(10):
        desk.enter(wrong(number)).touch(Choice.BACK).wait(2_000)

    assert desk.last(e.GuardedModeEntered).failures == 10
    assert desk.last(e.AlarmRaised).alarm == "guarded mode"
    assert desk.touch(Choice.PICK_UP).page.guarded
    desk.touch(Choice.BACK).wait(600_000)
    assert desk.enter(desk.code()).page.problem is CodeProblem.WAIT
    desk.touch(Choice.BACK).wait(24 * 3_600_000)
    assert desk.last(e.GuardedModeLeft)
    assert not desk.touch(Choice.PICK_UP).page.guarded


def test_a_late_answer_opens_nothing_and_only_refunds() -> None:
    desk = Desk().stored().touch(Choice.PICK_UP).key_in(Desk().stored().code())
    asked = desk.last(e.AttemptDebited)
    desk.wait(41_000)
    assert desk.page == v.Welcome()

    desk.answer_vault()
    assert desk.last(e.AttemptRefunded).visit == asked.visit
    assert len(desk.pulses()) == 1
    assert desk.page == v.Welcome()


def test_a_late_answer_to_a_wrong_code_gives_nothing_back() -> None:
    desk = Desk().stored().touch(Choice.PICK_UP).key_in(WRONG).wait(41_000).answer_vault()

    assert desk.state.books.bucket.level == 9
    assert desk.last(e.AttemptDenied)
    assert desk.page == v.Welcome()


def test_an_answer_that_nobody_asked_for_gives_nothing_back_and_opens_nothing() -> None:
    desk = Desk().stored().enter(WRONG)
    right = Secret(verifier_of(desk.code()))
    before = desk.state.books

    desk.do(CodeDerived(VisitId("gone"), 1, right))
    desk.do(CodeDerived(desk.last(e.AttemptDebited).visit, 1, right))
    assert desk.state.books == before


def test_a_late_right_code_takes_back_its_own_failure_while_another_visit_fails() -> None:
    desk = Desk().stored().touch(Choice.PICK_UP).key_in(Desk().stored().code()).wait(41_000)
    asked = desk.effects.copy()
    desk.effects.clear()
    desk.enter(WRONG)
    wrong_at_ms = desk.state.books.bucket.failures[-1]

    desk.effects = asked
    desk.answer_vault()
    assert desk.state.books.bucket.failures == (wrong_at_ms,)
    assert desk.state.books.bucket.level == 9


def test_going_back_does_not_shorten_the_pause_after_a_wrong_code() -> None:
    desk = Desk().stored().enter(WRONG).touch(Choice.BACK).touch(Choice.PICK_UP).key_in(desk_code())

    assert len(desk.of(e.AttemptDebited)) == 1 + len(desk.of(e.CourierIdentified))
    assert isinstance(desk.wait(1_500).answer_vault().page, v.PickupDoor)


def desk_code() -> str:
    """The code of the first parcel that any desk stores."""
    return Desk().stored().code()


def test_a_shown_code_is_taken_as_if_typed_from_the_idle_screen_and_from_the_code_screen() -> None:
    desk = Desk().stored()
    desk.scan(desk.code() + "\r").answer_vault()
    assert isinstance(desk.page, v.PickupDoor)

    other = Desk().stored()
    other.touch(Choice.PICK_UP).scan(LABEL).scan(other.code()).answer_vault()
    assert isinstance(other.page, v.PickupDoor)


def test_a_scanner_or_camera_may_say_what_kind_of_symbol_shows_the_code() -> None:
    desk = Desk().stored()
    desk.scan("]Q1" + desk.code() + "\r").answer_vault()
    assert isinstance(desk.page, v.PickupDoor)

    other = Desk().stored()
    other.touch(Choice.PICK_UP).scan("]Q1" + other.code()).answer_vault()
    assert isinstance(other.page, v.PickupDoor)


@pytest.mark.parametrize("prefix", ["", "]Q1", "]z0"])
def test_a_pass_is_recognised_and_refused_until_passes_exist(prefix: str) -> None:
    desk = Desk().scan(f"{prefix}LK1:ABC DEF")
    page = desk.page
    assert isinstance(page, v.EnterCode)
    assert page.problem is CodeProblem.FAILED

    delivered = Desk().identify().scan(f"{prefix}LK1:ABC")
    assert delivered.page == v.ScanLabels(())


def test_a_digit_on_the_idle_screen_begins_a_pickup() -> None:
    desk = Desk().press("1")

    assert desk.page == v.EnterCode(Typed.PICKUP, 8, 1, CodeProblem.NONE, 0, guarded=False)


def test_several_parcels_are_offered_and_opened_one_after_another() -> None:
    desk = Desk().stored().stored(OTHER_LABEL, size=MEDIUM)
    desk.enter(desk.code())
    page = desk.page
    assert isinstance(page, v.YourParcels)
    assert [door.compartment for door in page.doors] == [A03, A01]

    desk.touch(Choice.OPEN, "A03").open_door().close_door()
    page = desk.page
    assert isinstance(page, v.YourParcels)
    assert [door.compartment for door in page.doors] == [A01]
    desk.touch(Choice.OPEN, "A01").open_door().close_door()
    assert desk.page == v.PickupDone(v.door_place(desk.state, A01), "collected", 2)


def test_a_code_left_at_the_choice_of_parcels_stays_good() -> None:
    desk = Desk().stored().stored(OTHER_LABEL, size=MEDIUM)
    desk.enter(desk.code()).touch(Choice.FINISH)

    assert desk.page == v.Welcome()
    assert {parcel.code_life for parcel in desk.state.books.parcels.values()} == {CodeLife.LIVE}


def test_one_opening_collects_everything_a_shared_compartment_holds() -> None:
    desk = Desk().stored()
    desk.to_size(OTHER_LABEL).touch(Choice.ADD_TO, "A01").open_door().answer_vault().close_door()
    desk.touch(Choice.FINISH).wait(60_000)

    desk.enter(desk.code()).open_door().close_door()
    assert len(desk.of(e.ParcelCollected)) == 2
    desk.wait(320_000).read()
    assert desk.compartment("A01").custody is Custody.FREE


def test_a_jammed_lock_never_spends_the_code_and_the_parcel_stays_safe() -> None:
    desk = Desk().stored().enter(Desk().stored().code())
    desk.fail_to_open()
    assert desk.page == v.PickupDoorDidNotOpen(v.door_place(desk.state, A01), "did not open")
    assert desk.parcel().code_life is CodeLife.LIVE
    assert desk.compartment("A01").out_of_order == "did not open"
    assert desk.compartment("A01").custody is Custody.OCCUPIED

    desk.touch(Choice.OPEN_AGAIN).wait(3_000).fail_to_open()
    assert len(desk.of(e.CompartmentOutOfOrder)) == 1
    desk.touch(Choice.OPEN_AGAIN).wait(3_000).open_door().close_door()
    assert desk.last(e.ParcelCollected)


def test_the_code_reopens_its_own_compartment_during_the_grace_and_no_longer() -> None:
    desk = Desk().stored().stored(OTHER_LABEL, size=MEDIUM)
    code = desk.code()
    desk.enter(code).touch(Choice.OPEN, "A03").open_door().close_door().touch(Choice.FINISH)

    desk.enter(code)
    assert isinstance(desk.page, v.PickupDoor)
    desk.wait(3_000).open_door("A03").close_door("A03").touch(Choice.FINISH).wait(299_000)
    assert desk.compartment("A03").custody is Custody.GRACE
    desk.wait(2_000).read()
    assert desk.compartment("A03").custody is Custody.FREE
    assert desk.enter(code).page.problem is CodeProblem.FAILED


def test_a_grace_that_ends_while_its_door_is_being_opened_goes_on_until_that_is_over() -> None:
    desk = Desk().stored().stored(OTHER_LABEL, size=MEDIUM)
    code = desk.code()
    desk.enter(code).touch(Choice.OPEN, "A03").open_door().close_door().touch(Choice.FINISH).wait(299_000).enter(code)
    assert isinstance(desk.page, v.PickupDoor)
    desk.wait(1_500).read()
    assert desk.compartment("A03").custody is Custody.GRACE, "nobody else may be offered what is just opening"

    desk.fail_to_open()
    assert desk.compartment("A03").custody is Custody.GRACE, "open again is offered, so its code must still be good"
    assert desk.touch(Choice.OPEN_AGAIN).wait(3_000).pulse().compartment == "A03"
    desk.fail_to_open().touch(Choice.FINISH)
    assert desk.compartment("A03").custody is Custody.FREE


def test_open_again_on_the_last_page_reopens_and_renews_the_grace() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().close_door()

    desk.touch(Choice.OPEN_AGAIN).wait(3_000).open_door().close_door()
    assert len(desk.of(e.ParcelCollected)) == 1
    assert len(desk.of(e.CodeMoved)) == 4


def test_what_a_resident_cannot_reach_or_carry_stays_and_so_does_the_code() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().touch(Choice.CANT_REACH)
    assert not desk.screen.offers
    desk.close_door()

    assert desk.page.what == "kept"
    assert desk.parcel().code_life is CodeLife.LIVE
    assert desk.parcel().state is ParcelState.STORED
    assert desk.compartment("A01").custody is Custody.OCCUPIED


def test_a_resident_may_say_so_after_the_door_is_shut_too() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().close_door().touch(Choice.CANT_REACH)

    assert desk.page == v.PickupDone(v.door_place(desk.state, A01), "kept", 1)
    assert desk.parcel().code_life is CodeLife.LIVE
    assert desk.touch(Choice.FINISH).page == v.Welcome()


@pytest.mark.parametrize("shut_first", [True, False])
def test_a_parcel_that_is_not_there_freezes_the_compartment_with_its_contacts_history(shut_first: bool) -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door()
    if shut_first:
        desk.close_door()
    desk.touch(Choice.NOT_HERE)
    if not shut_first:
        desk.close_door()

    assert desk.page.what == "disputed"
    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.parcel().state is ParcelState.DISPUTED
    assert desk.last(e.DisputeOpened).trace[-1].endswith("open" if not shut_first else "closed")
    assert desk.parcel().code_life is CodeLife.SPENT


def test_a_lock_that_closes_by_itself_is_no_pickup_and_the_code_stays_live() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().close_door(after_ms=500)

    assert desk.last(e.DoorRelocked)
    assert desk.parcel().code_life is CodeLife.LIVE
    assert desk.offered() == {Choice.IT_IS_DONE, Choice.OPEN_AGAIN, Choice.NOT_HERE, Choice.FINISH}
    desk.touch(Choice.OPEN_AGAIN).wait(3_000).open_door().close_door()
    assert desk.last(e.ParcelCollected)


def test_a_quick_hand_may_say_that_it_has_the_parcel() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().close_door(after_ms=500).touch(Choice.IT_IS_DONE)

    assert desk.last(e.ParcelCollected).confirmed
    assert desk.page.what == "collected"


def test_a_momentary_door_that_nobody_explains_leaves_parcel_and_code() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().close_door(after_ms=500).wait(41_000)

    assert desk.page == v.Welcome()
    assert desk.compartment("A01").custody is Custody.OCCUPIED


def test_a_momentary_door_while_the_parcel_is_kept_asks_nothing() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().touch(Choice.CANT_REACH).close_door(after_ms=100)

    assert desk.page.what == "kept"


def test_a_reopened_door_that_only_twitches_keeps_the_pickup_it_was() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().close_door().touch(Choice.OPEN_AGAIN)
    desk.wait(3_000).open_door().close_door(after_ms=100)

    assert desk.parcel().state is ParcelState.COLLECTED
    assert desk.parcel().code_until_ms
    desk.touch(Choice.IT_IS_DONE)
    assert len(desk.of(e.ParcelCollected)) == 1


def test_an_open_door_can_be_pulsed_once_more() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().touch(Choice.OPEN_AGAIN).wait(3_000)

    assert desk.last(e.UnlockRequested).pulse_number == 2
    desk.do(PulseExpired(desk.pulse().intent_seq)).close_door()
    assert desk.last(e.ParcelCollected)


def test_the_next_visit_is_not_blocked_by_a_door_left_open_and_its_owner_is_led_back_to_it() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().wait(120_000)
    assert desk.last(e.DoorLeftOpen)
    assert desk.page == v.Welcome()

    desk.enter(desk.code())
    assert isinstance(desk.page, v.PickupDoor)
    desk.close_door()
    assert desk.last(e.ParcelCollected)


def test_reminders_are_counted_while_the_door_stays_open() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door()

    assert [desk.wait(ms).page.reminder for ms in (19_000, 2_000, 40_000)] == [0, 1, 2]


def test_a_code_opens_nothing_of_other_residents() -> None:
    desk = Desk().stored()
    other = desk.to_size(OTHER_LABEL, unit="12B").touch(Choice.RECIPIENT, "R1").touch(Choice.SIZE, SMALL)
    other.open_door().answer_vault().close_door().touch(Choice.FINISH).wait(60_000)

    desk.enter(desk.code())
    assert isinstance(desk.page, v.PickupDoor)
    assert desk.page.door.compartment == "A02"


def test_a_door_that_did_not_open_is_no_dead_end_for_the_residents_other_parcels() -> None:
    desk = Desk().stored().stored(OTHER_LABEL, size=MEDIUM)
    desk.enter(desk.code()).touch(Choice.OPEN, "A03").fail_to_open()
    assert desk.offered() == {Choice.OPEN_AGAIN, Choice.IT_IS_OPEN, Choice.OPEN, Choice.FINISH}

    desk.touch(Choice.OPEN, "A01").open_door().close_door()
    assert desk.last(e.ParcelCollected).compartment == A01


def test_a_resident_who_finds_a_couriers_drop_open_at_the_own_compartment_collects_both() -> None:
    desk = Desk().stored()
    code = desk.code()
    desk.to_size(OTHER_LABEL).touch(Choice.ADD_TO, "A01").open_door().answer_vault().wait(125_000)
    assert desk.page == v.Welcome()

    desk.enter(code)
    asked = desk.last(e.UnlockRequested)
    assert (asked.purpose, asked.by, len(asked.parcels)) == (Purpose.PICKUP, "resident:R3", 2)
    desk.send_pulse().close_door("A01")
    assert len(desk.of(e.ParcelCollected)) == 2
    desk.wait(301_000).read()
    assert desk.compartment("A01").custody is Custody.FREE


def test_a_code_reached_by_its_key_alone_opens_nothing() -> None:
    desk = Desk().stored()
    near = verifier_of(desk.code())[:16] + bytes(16)
    desk.touch(Choice.PICK_UP).key_in(WRONG)

    desk.do(CodeDerived(desk.last(e.AttemptDebited).visit, 1, Secret(near)))
    assert desk.page.problem is CodeProblem.FAILED


def test_the_code_of_a_disputed_parcel_opens_nothing_any_more() -> None:
    desk = Desk().stored()
    code = desk.code()
    desk.enter(code).open_door().close_door().touch(Choice.NOT_HERE).touch(Choice.FINISH)

    assert desk.enter(code).page.problem is CodeProblem.FAILED


@pytest.mark.parametrize("press", range(3))
def test_keys_at_the_last_page_do_not_keep_it_for_the_next_person(press: int) -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().close_door()
    for _ in range(press):
        desk.wait(6_000).press("5")

    assert desk.wait(20_000 - 6_000 * press).page == v.Welcome()


def test_what_outlives_its_grace_is_not_offered_any_more() -> None:
    desk = Desk(policy=Policy(grace_s=60, identity_s=120)).stored()
    desk.enter(desk.code()).open_door().close_door().wait(59_000)
    assert Choice.OPEN_AGAIN in desk.offered()

    desk.wait(1_000).read()
    assert desk.offered() == {Choice.FINISH}
    assert desk.compartment("A01").custody is Custody.FREE
