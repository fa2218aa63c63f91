"""The door of a pickup: what it does instead of opening and closing once, and what that means for code and parcel."""

from hardware_sim.faults import AutoRelock, HeldOpen, Rebound, StiffLatch, StuckContact, StuckLatch
from hardware_sim.people import See, SeeDoorOpen, Shut, Touch, TypeCodeFor, Wait
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import ParcelState
from kiosk.core.entries import CodeLife
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from tests.flows.scene import Mend, Scene, lives
from tests.flows.steps import (
    AMAZON,
    FINISH,
    IDENTIFY,
    S10,
    TAKE_OUT,
    UPS,
    drop,
    pickup,
    to_door,
    to_pickup,
    to_size,
)

A01 = CompartmentId("A01")


def test_a_jammed_lock_does_not_spend_the_code_and_once_mended_opens_with_it(stored: Scene) -> None:
    stored.walk(StuckLatch(A01), *to_pickup()[:2], See(v.PickupDoorDidNotOpen))
    assert stored.bank.pulses(A01) == 1 + 3
    assert lives(stored) == (ParcelState.STORED, CodeLife.LIVE)
    assert stored.compartment("A01").out_of_order

    stored.walk(*FINISH, Wait(60_000), Mend(), *pickup())
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.GRACE)


def test_a_jammed_lock_is_tried_again_at_the_persons_wish(stored: Scene) -> None:
    stored.walk(StuckLatch(A01), *to_pickup()[:2], See(v.PickupDoorDidNotOpen), Mend(), Touch(Choice.OPEN_AGAIN))

    stored.walk(*TAKE_OUT)
    assert lives(stored)[0] is ParcelState.COLLECTED


def test_a_stiff_lock_opens_at_the_second_pulse(stored: Scene) -> None:
    stored.walk(StiffLatch(A01), *pickup())

    assert [body.pulse_number for body in stored.of(e.UnlockRequested)] == [1, 1, 2]


def test_a_door_pushed_shut_while_one_more_pulse_waits_is_not_pulsed_and_the_next_one_opens(several: Scene) -> None:
    """A resting lock delays the pulse; by then its door is shut, and no other door's pulse may be blamed for it."""
    several.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), Touch(Choice.OPEN, "A01"), SeeDoorOpen())
    several.walk(Touch(Choice.OPEN_AGAIN), Touch(Choice.CANT_REACH), Shut(after_ms=600, door="A01"), See(v.YourParcels))
    several.walk(Touch(Choice.OPEN, "A03"), SeeDoorOpen(), Shut(), See(v.YourParcels))

    assert [frame.compartment for frame in several.frames].count(A01) == 2
    assert several.of(e.WiringSuspected) == []
    assert several.of(e.DoorForced) == []


def test_one_jammed_lock_of_several_leaves_the_other_doors_to_be_opened(several: Scene) -> None:
    several.walk(StuckLatch(A01), Touch(Choice.PICK_UP), TypeCodeFor(UPS), Touch(Choice.OPEN, "A01"))
    several.walk(See(v.PickupDoorDidNotOpen), Touch(Choice.OPEN, "A03"), SeeDoorOpen(), Shut(), See(v.YourParcels))

    several.walk(Touch(Choice.OPEN, "A04"), SeeDoorOpen(), Shut(), Wait(1_500))
    assert lives(several) == (ParcelState.STORED, CodeLife.LIVE)
    assert {several.parcel(number).state for number in (S10, AMAZON)} == {ParcelState.COLLECTED}


def test_a_lock_that_relocks_by_itself_is_no_pickup_and_the_code_stays_live(stored: Scene) -> None:
    stored.walk(AutoRelock(A01), *to_pickup()[:2], Wait(5_000))
    assert stored.page.relocked
    assert lives(stored) == (ParcelState.STORED, CodeLife.LIVE)

    stored.walk(Mend(), Touch(Choice.OPEN_AGAIN), *TAKE_OUT)
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.GRACE)


def test_a_quick_resident_says_that_a_door_open_for_a_moment_was_the_pickup(stored: Scene) -> None:
    stored.walk(*to_pickup(), Shut(500), Wait(2_000))
    assert lives(stored) == (ParcelState.STORED, CodeLife.LIVE)

    stored.walk(Touch(Choice.IT_IS_DONE), See(v.PickupDone), *FINISH)
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.GRACE)
    assert stored.last(e.ParcelCollected).confirmed


def test_a_door_that_stands_open_against_its_contact_is_believed_of_the_resident(stored: Scene) -> None:
    stored.walk(StuckContact(A01), *to_pickup()[:2], See(v.PickupDoorDidNotOpen), Touch(Choice.IT_IS_OPEN))

    stored.walk(Shut(), Touch(Choice.IT_IS_DONE), See(v.PickupDone), *FINISH)
    assert lives(stored) == (ParcelState.COLLECTED, CodeLife.GRACE)
    assert stored.compartment("A01").suspected


def test_a_door_that_rebounds_during_a_pickup_is_one_cycle(stored: Scene) -> None:
    stored.walk(Rebound(A01), *to_pickup(), Shut(), Wait(900), Shut(3_000), See(v.PickupDone), *FINISH)

    assert len(stored.of(e.ParcelCollected)) == 1


def test_another_door_left_open_keeps_nobody_from_dropping_and_picking_up(stored: Scene) -> None:
    stored.walk(*to_door(S10, "2B"), HeldOpen(CompartmentId("A02")), See(v.Welcome, within_ms=130_000))

    stored.walk(*pickup(), *drop(AMAZON, "2B", "M"))
    assert lives(stored)[0] is ParcelState.COLLECTED
    assert stored.parcel(AMAZON).state is ParcelState.STORED
    assert [str(name) for name in stored.bank.open_doors()] == ["A02"]


def test_a_parcel_dropped_for_a_door_that_its_resident_finds_open_is_collected_under_their_own_name(
    stored: Scene,
) -> None:
    """A courier adds a second parcel and leaves the door open; the resident comes with the code of the first."""
    stored.walk(*IDENTIFY, *to_size(S10), Touch(Choice.ADD_TO, "A01"), SeeDoorOpen(), See(v.Welcome, within_ms=130_000))

    stored.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), SeeDoorOpen(), Shut(), See(v.PickupDone), *FINISH)
    assert lives(stored)[0] is ParcelState.COLLECTED
    assert lives(stored, S10)[0] is ParcelState.COLLECTED
