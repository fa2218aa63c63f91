"""A resident picks up: by typed and by shown code, one parcel and several, and every way a pickup goes another way."""

import pytest

from hardware_sim.kiosk import DERIVATION_US
from hardware_sim.people import Scan, See, SeeDoorOpen, ShowCodeFor, Shut, Touch, Type, TypeCodeFor, Wait
from hardware_sim.phone import code_for
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import CodeLife
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from kiosk.core.state import CodeProblem
from tests.flows.conftest import NewScene
from tests.flows.scene import Row, Scene, lives
from tests.flows.steps import (
    AMAZON,
    FINISH,
    IDENTIFY,
    PUT_IN,
    S10,
    TAKE_OUT,
    TOLD,
    UPS,
    drop,
    pickup,
    to_pickup,
    to_size,
)

A01, A17 = CompartmentId("A01"), CompartmentId("A17")
GRACE_OVER = Wait(301_000)
PICKUP = [
    Row("unlock_requested", "resident:R-0004", "A01"),
    Row("door_opened", "resident:R-0004", "A01"),
    Row("code_moved", "kiosk", "A01"),
    Row("door_closed", "resident:R-0004", "A01"),
    Row("parcel_collected", "resident:R-0004", "A01"),
    Row("code_moved", "kiosk", "A01"),
]


# --- the walk ---


def test_a_typed_code_opens_the_door_and_the_chain_of_custody_goes_on_to_the_resident(stored: Scene) -> None:
    before = len(stored.custody(UPS))
    stored.walk(*pickup())

    assert stored.custody(UPS)[before:] == PICKUP
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.GRACE)
    assert stored.last(e.UnlockRequested).credential == f"code:{stored.parcel(UPS).parcel}"
    assert (stored.bank.door(A01).openings, stored.bank.pulses(A01)) == (2, 2)


def test_after_the_grace_the_code_is_spent_and_the_compartment_free_for_the_next_parcel(stored: Scene) -> None:
    code = stored.notices()[-1]["code"]
    stored.walk(*pickup())
    assert stored.compartment("A01").custody is Custody.GRACE

    stored.walk(GRACE_OVER)
    assert stored.custody(UPS)[-1] == Row("code_moved", "kiosk", "A01")
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.SPENT)
    assert stored.compartment("A01").custody is Custody.FREE

    stored.walk(Touch(Choice.PICK_UP), Type(code), Wait(200))
    assert stored.page.problem is CodeProblem.FAILED


def test_from_the_last_digit_to_the_pulse_are_one_derivation_and_two_commits(stored: Scene) -> None:
    before = stored.count()
    stored.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), SeeDoorOpen())

    debited, refunded, identified, asked = stored.entries()[before : before + 4]
    assert [type(x.body) for x in (debited, refunded, identified, asked)] == [
        e.AttemptDebited,
        e.AttemptRefunded,
        e.ResidentIdentified,
        e.UnlockRequested,
    ]
    assert refunded.stamp == identified.stamp == asked.stamp
    assert asked.stamp.mono_ms - debited.stamp.mono_ms == DERIVATION_US // 1_000
    assert stored.frames[-1].at_ms - asked.stamp.mono_ms < 50
    stored.walk(Shut())


def test_a_code_shown_to_the_scanner_at_the_idle_screen_opens_the_door(stored: Scene) -> None:
    stored.walk(ShowCodeFor(UPS), *TAKE_OUT)

    assert lives(stored)[0] is ParcelState.COLLECTED


def test_a_code_shown_while_the_keypad_is_on_the_screen_opens_the_door(stored: Scene) -> None:
    stored.walk(Touch(Choice.PICK_UP), Type("12"), ShowCodeFor(UPS), *TAKE_OUT)

    assert lives(stored)[0] is ParcelState.COLLECTED


def test_a_first_digit_at_the_idle_screen_begins_a_pickup(stored: Scene) -> None:
    stored.walk(TypeCodeFor(UPS), *TAKE_OUT)

    assert lives(stored)[0] is ParcelState.COLLECTED


def test_a_pass_is_refused_for_now_and_debits_nothing(stored: Scene) -> None:
    stored.walk(Scan("LK1:aGVsbG8gd29ybGQ "), Wait(200))

    assert stored.page.problem is CodeProblem.FAILED
    assert stored.books.bucket.level == 10
    assert len(stored.frames) == 1
    stored.walk(TypeCodeFor(UPS), *TAKE_OUT)


def test_a_pickup_from_the_relay_board_is_seen_through_its_inputs(new_scene: NewScene) -> None:
    scene = new_scene(only=(A17,)).start().walk(*drop(), *TOLD, *pickup())

    assert scene.custody(UPS)[-6:] == [row._replace(where="A17") for row in PICKUP]


# --- several parcels ---


def test_one_code_opens_all_the_residents_doors_one_after_the_other(several: Scene) -> None:
    several.walk(Touch(Choice.PICK_UP), TypeCodeFor(S10), See(v.YourParcels))
    assert [door.compartment for door in several.page.doors] == ["A03", "A01", "A04"]

    one = (SeeDoorOpen(), Shut(), See(v.YourParcels))
    several.walk(Touch(Choice.OPEN, "A03"), *one, Touch(Choice.OPEN, "A01"), *one, Touch(Choice.OPEN, "A04"), *TAKE_OUT)
    assert {several.parcel(number).state for number in (UPS, S10, AMAZON)} == {ParcelState.COLLECTED}
    assert [frame.compartment for frame in several.frames][3:] == ["A03", "A01", "A04"]
    assert len(several.of(e.AttemptDebited)) == 3 + 1


def test_only_the_chosen_doors_open_and_the_other_parcels_keep_their_codes(several: Scene) -> None:
    several.walk(Touch(Choice.PICK_UP), TypeCodeFor(S10), Touch(Choice.OPEN, "A04"), SeeDoorOpen(), Shut())
    several.walk(See(v.YourParcels), *FINISH)

    assert lives(several, AMAZON) == (ParcelState.COLLECTED, CodeLife.GRACE)
    assert lives(several, S10) == lives(several, UPS) == (ParcelState.STORED, CodeLife.LIVE)
    several.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), Touch(Choice.OPEN, "A01"), SeeDoorOpen(), Shut())
    several.walk(See(v.YourParcels), Touch(Choice.OPEN, "A03"), *TAKE_OUT)
    assert {several.parcel(number).state for number in (UPS, S10, AMAZON)} == {ParcelState.COLLECTED}


def test_parcels_in_one_compartment_are_collected_with_one_door(scene: Scene) -> None:
    scene.walk(*drop(), *IDENTIFY, *to_size(S10), Touch(Choice.ADD_TO, "A01"), *PUT_IN, *TOLD, *pickup(S10))

    assert lives(scene) == lives(scene, S10) == (ParcelState.COLLECTED, CodeLife.GRACE)
    assert scene.custody(UPS)[-6:] == PICKUP
    scene.walk(GRACE_OVER)
    assert scene.compartment("A01").custody is Custody.FREE


def test_nobody_elses_parcel_is_offered(scene: Scene) -> None:
    scene.walk(*drop(), *drop(S10, "2B"), *TOLD, *pickup())

    assert lives(scene, S10) == (ParcelState.STORED, CodeLife.LIVE)


# --- again ---


def test_a_door_can_be_pulsed_again_while_it_is_open(stored: Scene) -> None:
    stored.walk(*to_pickup(), Wait(2_000), Touch(Choice.OPEN_AGAIN), Wait(3_000), Shut(), See(v.PickupDone), *FINISH)

    assert stored.bank.pulses(A01) == 3
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.GRACE)


def test_the_last_page_opens_the_door_again(stored: Scene) -> None:
    stored.walk(*to_pickup(), Shut(), See(v.PickupDone), Touch(Choice.OPEN_AGAIN), *TAKE_OUT)

    assert stored.bank.door(A01).openings == 3
    assert len(stored.of(e.ParcelCollected)) == 1


def test_the_code_opens_its_own_door_again_for_five_minutes_and_then_never(stored: Scene) -> None:
    code = stored.notices()[-1]["code"]
    again = (Touch(Choice.PICK_UP), Type(code))
    stored.walk(*pickup(), Wait(280_000), *again, *TAKE_OUT)
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.GRACE)

    stored.walk(Wait(280_000), *again, *TAKE_OUT, GRACE_OVER)
    pulses = len(stored.frames)
    stored.walk(*again, Wait(200))
    assert (stored.page.problem, len(stored.frames)) == (CodeProblem.FAILED, pulses)
    assert stored.compartment("A01").custody is Custody.FREE


def test_a_code_in_grace_opens_no_other_door_of_its_resident(several: Scene) -> None:
    several.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), Touch(Choice.OPEN, "A01"), SeeDoorOpen(), Shut())
    several.walk(See(v.YourParcels), *FINISH, Touch(Choice.PICK_UP), TypeCodeFor(UPS), SeeDoorOpen())

    assert several.page.door.compartment == "A01"
    several.walk(Shut())


# --- kept, disputed ---


@pytest.mark.parametrize("late", [False, True], ids=["door open", "door shut"])
def test_who_cannot_reach_or_carry_it_keeps_parcel_and_code(stored: Scene, late: bool) -> None:
    said = (Shut(), See(v.PickupDone), Touch(Choice.CANT_REACH)) if late else (Touch(Choice.CANT_REACH), Shut())
    stored.walk(*to_pickup(), *said, See(v.PickupDone), Wait(1_500))
    assert stored.page.what == "kept"
    assert lives(stored) == (ParcelState.STORED, CodeLife.LIVE)
    assert stored.compartment("A01").custody is Custody.OCCUPIED

    stored.walk(*FINISH, *pickup())
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.GRACE)


@pytest.mark.parametrize("late", [False, True], ids=["door open", "door shut"])
def test_a_parcel_that_is_not_there_freezes_the_compartment_with_what_its_contact_did(
    stored: Scene, late: bool
) -> None:
    said = (Shut(), See(v.PickupDone), Touch(Choice.NOT_HERE)) if late else (Touch(Choice.NOT_HERE), Shut())
    stored.walk(*to_pickup(), *said, See(v.PickupDone), Wait(1_500), *FINISH, GRACE_OVER)

    disputed = stored.last(e.DisputeOpened)
    assert any(step.endswith("open") for step in disputed.trace)
    assert lives(stored) == (ParcelState.DISPUTED, CodeLife.SPENT)
    assert stored.compartment("A01").custody is Custody.CHECK
    stored.walk(*drop(S10, "2B"))
    assert stored.parcel(S10).compartment == "A02"


def test_no_code_is_shown_by_the_kiosk_or_written_in_its_files(stored: Scene) -> None:
    code = code_for(stored.file, UPS)
    stored.walk(*pickup()).kiosk.stop()
    stored.let_go()

    assert code not in repr(stored.kiosk.screens)
    files = list((stored.directory / "data").iterdir())
    assert files
    assert not [file for file in files if code.encode() in file.read_bytes()]
