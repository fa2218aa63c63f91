"""The door of a drop: what it does instead of opening and closing once, and what the courier does about it."""

import pytest

from hardware_sim.faults import (
    AutoRelock,
    HeldOpen,
    PoppedOpen,
    Rebound,
    SlamPops,
    StiffLatch,
    StuckContact,
    StuckLatch,
    WrongDoor,
)
from hardware_sim.people import See, SeeDoorOpen, Shut, Touch, Wait
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, NoticeState, ParcelState
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import BoardId, CompartmentId
from kiosk.core.state import Stage
from tests.flows.conftest import NewScene
from tests.flows.scene import Mend, Row, Scene
from tests.flows.steps import FINISH, IDENTIFY, PUT_IN, S10, TOLD, UPS, drop, to_door, to_size

A01, A02, A03, A17, A18 = map(CompartmentId, ("A01", "A02", "A03", "A17", "A18"))
LOCKS, RELAYS = BoardId("s1"), BoardId("w1")
TO_LOCK = (*IDENTIFY, *to_size(), Touch(Choice.SIZE, "S"))

# --- the lock ---


@pytest.mark.parametrize("name", [A01, A17])
def test_a_stiff_lock_opens_at_the_second_pulse_after_its_rest(new_scene: NewScene, name: CompartmentId) -> None:
    scene = new_scene(only=(name,)).start().walk(StiffLatch(name), *drop())

    opened = scene.of(e.UnlockRequested)
    assert [body.pulse_number for body in opened] == [1, 2]
    assert [row.kind for row in scene.custody(UPS)][:5] == [
        "parcel_reserved",
        "unlock_requested",
        "pulse_failed",
        "unlock_requested",
        "door_opened",
    ]
    rest_us = scene.bank.supply.use(scene.bank.place(name).output).shortest_rest_us
    assert rest_us is not None
    assert rest_us >= 5 * 300_000
    assert not scene.compartment(name).out_of_order


def test_a_lock_that_does_not_open_is_pulsed_three_times_then_out_of_order_and_another_one_opens(scene: Scene) -> None:
    scene.walk(StuckLatch(A01), *TO_LOCK, See(v.DropDoorDidNotOpen))
    assert (scene.page.reason, scene.bank.pulses(A01)) == ("did not open", 3)

    scene.walk(Touch(Choice.OPEN_OTHER, "A02"), *PUT_IN)
    assert scene.compartment("A01").out_of_order == "did not open"
    assert scene.compartment("A01").custody is Custody.FREE
    assert scene.custody(UPS)[-1] == Row("drop_confirmed", "courier:C-ups", "A02")

    scene.walk(*IDENTIFY, *to_size(S10), Touch(Choice.SIZE, "S"), *PUT_IN)
    assert scene.parcel(S10).compartment != "A01"


@pytest.mark.parametrize(
    ("choice", "end"),
    [(Choice.LEAVE_WITH_STAFF, ParcelState.OVERFLOW), (Choice.CANCEL, ParcelState.WITHDRAWN)],
)
def test_after_a_lock_that_did_not_open_the_courier_may_do_without(
    scene: Scene, choice: Choice, end: ParcelState
) -> None:
    scene.walk(StuckLatch(A01), *TO_LOCK, See(v.DropDoorDidNotOpen), Touch(choice), Touch(Choice.FINISH))

    assert scene.parcel(UPS).state is end
    assert (scene.compartment("A01").custody, scene.compartment("A01").parcels) == (Custody.FREE, ())


def test_a_door_that_stands_open_against_its_contact_is_believed_of_the_courier_and_suspected(scene: Scene) -> None:
    scene.walk(StuckContact(A01), *TO_LOCK, See(v.DropDoorDidNotOpen), Touch(Choice.IT_IS_OPEN), See(v.DropDoor))
    assert scene.bank.open_doors() == [A01]

    scene.walk(Shut(), Touch(Choice.IT_IS_DONE), See(v.DropDone), *FINISH, *TOLD)
    assert scene.parcel(UPS).state is ParcelState.STORED
    assert scene.compartment("A01").suspected
    assert [notice["compartment"] for notice in scene.notices()] == ["A01"]


def test_three_doors_that_fail_in_a_row_are_one_supply_and_not_three_locks(scene: Scene) -> None:
    scene.walk(*(StuckLatch(CompartmentId(f"A{n:02}")) for n in range(1, 25)), *TO_LOCK, See(v.DropDoorDidNotOpen))
    for other in ("A02", "A09"):
        scene.walk(Touch(Choice.OPEN_OTHER, other), See(v.DropDoor), See(v.DropDoorDidNotOpen))

    assert scene.last(e.SupplyAlarm).compartments == ("A01", "A02", "A09")
    assert not any(scene.compartment(name).out_of_order for name in ("A01", "A02", "A09"))


# --- occupied, cancelled ---


def test_an_occupied_or_dirty_compartment_is_check_and_another_opens_and_it_is_never_given_again(
    new_scene: NewScene,
) -> None:
    scene = new_scene(only=("A01", "A02", "A17")).start()
    scene.walk(*to_door(), Touch(Choice.OCCUPIED), SeeDoorOpen())
    assert scene.page.door.compartment == "A02"

    scene.walk(Shut(1_000, "A01"), Touch(Choice.OCCUPIED), SeeDoorOpen(), Shut(1_000, "A02"), *PUT_IN)
    assert scene.parcel(UPS).compartment == "A17"
    assert {name: scene.compartment(name).reason for name in ("A01", "A02")} == {
        "A01": "occupied or dirty",
        "A02": "occupied or dirty",
    }
    scene.walk(*IDENTIFY, *to_size(S10)[:-1], See(v.Full))
    assert [body.compartment for body in scene.of(e.UnlockRequested)] == ["A01", "A02", "A17"]


def test_a_cancel_before_the_first_pulse_leaves_everything_as_it_was(scene: Scene) -> None:
    """The supply still rests from the door before, so the second one waits in the queue for a moment."""
    scene.walk(*to_door(), Touch(Choice.OCCUPIED))
    before = scene.frames[:]
    assert scene.page.stage is Stage.QUEUED

    scene.walk(Touch(Choice.CANCEL), See(v.ScanLabels), Wait(3_000))
    assert scene.frames == before
    assert scene.parcel(UPS).state is ParcelState.WITHDRAWN
    assert scene.compartment("A02").custody is Custody.FREE


def test_a_drop_cancelled_at_the_open_door_is_taken_back_when_the_courier_says_so(scene: Scene) -> None:
    scene.walk(*to_door(), Touch(Choice.CANCEL), See(v.TakeBack), Shut(), Wait(1_500), Touch(Choice.TAKEN_BACK))

    scene.walk(See(v.Said), *FINISH, *TOLD)
    assert [row.kind for row in scene.custody(UPS)][-3:] == ["notice_withdrawn", "code_moved", "parcel_withdrawn"]
    assert scene.compartment("A01").custody is Custody.FREE
    assert scene.notices() == []


def test_a_cancelled_drop_whose_parcel_stays_inside_is_a_drop(scene: Scene) -> None:
    scene.walk(*to_door(), Touch(Choice.CANCEL), Shut(), Wait(1_500), Touch(Choice.LEFT_INSIDE), See(v.DropDone))

    scene.walk(*FINISH, *TOLD)
    assert scene.parcel(UPS).state is ParcelState.STORED
    assert len(scene.notices()) == 1


def test_a_cancelled_drop_of_which_nobody_says_what_became_is_check(scene: Scene) -> None:
    scene.walk(*to_door(), Touch(Choice.CANCEL), Shut(), See(v.Welcome, within_ms=90_000), *TOLD)

    assert scene.compartment("A01").custody is Custody.CHECK
    assert scene.notices() == []


# --- after the door ---


def test_an_undo_within_its_time_withdraws_code_and_notice_and_no_notice_ever_goes_out(scene: Scene) -> None:
    scene.walk(*to_door(), Shut(), See(v.DropDone), Touch(Choice.UNDO), See(v.TakeBack), SeeDoorOpen(), Shut())

    scene.walk(Wait(1_500), Touch(Choice.TAKEN_BACK), See(v.Said), *FINISH, Wait(120_000))
    assert scene.custody(UPS)[-6:] == [
        Row("unlock_requested", "courier:C-ups", "A01"),
        Row("door_opened", "courier:C-ups", "A01"),
        Row("door_closed", "courier:C-ups", "A01"),
        Row("notice_withdrawn", "kiosk", "A01"),
        Row("code_moved", "kiosk", "A01"),
        Row("parcel_withdrawn", "courier:C-ups", "A01"),
    ]
    assert scene.parcel(UPS).notice is NoticeState.WITHDRAWN
    assert scene.notices() == []
    assert scene.compartment("A01").custody is Custody.FREE


def test_undo_alone_stays_on_screen_after_the_couriers_identity_is_over_and_ends_with_its_time(scene: Scene) -> None:
    scene.walk(*to_door(), Shut(), See(v.DropDone), Wait(21_000))
    assert scene.offered == {Choice.UNDO, Choice.FINISH}

    scene.walk(See(v.Welcome))
    assert len(scene.notices()) == 1


def test_an_undo_that_begins_in_the_last_second_holds_the_notice_back_while_its_door_is_open(scene: Scene) -> None:
    scene.walk(*to_door(), Shut(), See(v.DropDone), Wait(58_500), Touch(Choice.UNDO), SeeDoorOpen(), Wait(30_000))
    assert scene.notices() == []

    scene.walk(Shut(), Wait(1_500), Touch(Choice.TAKEN_BACK), *FINISH, Wait(120_000))
    assert scene.notices() == []


def test_a_door_opened_again_after_a_drop_is_the_same_parcel_with_the_same_code(scene: Scene) -> None:
    scene.walk(*to_door(), Shut(), See(v.DropDone), Touch(Choice.OPEN_AGAIN), *PUT_IN, *TOLD)

    assert [body.compartment for body in scene.of(e.UnlockRequested)] == ["A01", "A01"]
    assert len(scene.of(e.CodeIssued)) == len(scene.notices()) == 1
    assert scene.parcel(UPS).state is ParcelState.STORED


def test_open_again_at_a_door_that_is_open_pulses_once_more_and_changes_nothing(scene: Scene) -> None:
    scene.walk(*to_door(), Wait(2_000), Touch(Choice.OPEN_AGAIN), Wait(3_000), Shut(), See(v.DropDone), *FINISH)

    assert scene.bank.pulses(A01) == 2
    assert scene.custody(UPS)[-1].kind == "drop_confirmed"


# --- the door does something else ---


def test_a_door_left_open_is_spoken_of_at_20_and_60_s_and_reported_at_120_s(scene: Scene) -> None:
    scene.walk(*to_door(), HeldOpen(A01), Wait(20_000))
    assert scene.page.reminder == 1
    scene.walk(Wait(40_000))
    assert scene.page.reminder == 2
    assert not scene.of(e.DoorLeftOpen)

    scene.walk(Wait(60_000))
    assert scene.last(e.DoorLeftOpen).compartment == "A01"
    scene.walk(See(v.Welcome, within_ms=150_000), *drop(S10, "2B"))
    assert scene.parcel(S10).compartment == "A02"

    scene.walk(Mend(), Shut(door="A01"), Wait(1_500), *TOLD)
    assert (scene.parcel(UPS).state, scene.parcel(UPS).confirmed) == (ParcelState.STORED, False)


def test_a_door_that_rebounds_is_one_cycle_and_no_alarm(scene: Scene) -> None:
    scene.walk(Rebound(A01), *to_door(), Shut(), Wait(900), Shut(3_000), See(v.DropDone), *FINISH)

    assert scene.bank.door(A01).openings == 2
    assert [row.kind for row in scene.custody(UPS)].count("door_closed") == 1
    assert not scene.of(e.DoorForced)


@pytest.mark.parametrize("name", [A01, A17])
def test_an_auto_relocking_lock_is_no_drop_until_the_courier_says_so(new_scene: NewScene, name: CompartmentId) -> None:
    scene = new_scene(only=(name,)).start().walk(AutoRelock(name), *TO_LOCK, Wait(5_000))
    assert scene.page.relocked
    assert scene.parcel(UPS).state is ParcelState.UNSURE
    assert [row.kind for row in scene.custody(UPS)][-1] == "door_relocked"

    scene.walk(Mend(), Touch(Choice.OPEN_AGAIN), *PUT_IN)
    assert scene.parcel(UPS).state is ParcelState.STORED


def test_an_auto_relocking_lock_from_which_the_courier_walks_off_is_check_and_no_notice_goes_out(scene: Scene) -> None:
    scene.walk(AutoRelock(A01), *TO_LOCK, Wait(5_000), See(v.Welcome), *TOLD)

    assert scene.compartment("A01").custody is Custody.CHECK
    assert scene.parcel(UPS).state is ParcelState.WITHDRAWN
    assert scene.notices() == []


@pytest.mark.parametrize(("pulsed", "other"), [(A01, A02), (A17, A18)])
def test_another_door_opens_than_the_pulsed_one_and_the_bank_stops(
    new_scene: NewScene, pulsed: CompartmentId, other: CompartmentId
) -> None:
    scene = new_scene(only=(pulsed, other)).start().walk(WrongDoor(pulsed, other), *TO_LOCK, See(v.OutOfOrder))

    suspected = scene.last(e.WiringSuspected)
    assert (suspected.pulsed, suspected.opened) == (pulsed, other)
    assert [scene.compartment(name).custody for name in (pulsed, other)] == [Custody.CHECK, Custody.CHECK]
    assert len(scene.frames) == 1
    scene.walk(Wait(60_000))
    assert (scene.offered, len(scene.frames)) == (set(), 1)


def test_a_neighbour_that_the_slam_pops_open_is_to_be_shut_and_its_content_is_check(scene: Scene) -> None:
    scene.walk(SlamPops(A01, A02), *to_door(), Shut(), See(v.DropDone))
    assert [door.compartment for door in scene.kiosk.screen.please_shut] == ["A02"]

    scene.walk(Shut(door="A02"), Wait(1_500))
    assert scene.kiosk.screen.please_shut == ()
    assert scene.last(e.DoorForced).after == "A01"
    assert scene.compartment("A02").custody is Custody.CHECK
    assert scene.parcel(UPS).state is ParcelState.STORED


def test_a_door_forced_open_while_nobody_is_there_is_recorded_and_never_freed_by_itself(scene: Scene) -> None:
    scene.walk(*drop(), *TOLD, PoppedOpen(A01), Wait(3_000), Shut(door="A01"), Wait(400_000))

    assert scene.last(e.DoorForced).after == "nothing"
    assert scene.compartment("A01").custody is Custody.CHECK
    assert scene.parcel(UPS).state is ParcelState.STORED


def test_a_contact_that_says_open_all_the_time_takes_no_drop(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01, A02)).walk(StuckContact(A01, Reading.OPEN)).start().walk(*drop())

    assert scene.parcel(UPS).compartment == "A02"
