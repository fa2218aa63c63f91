"""Drops and pickups where door contacts hang on GPIO chips, alone or beside all other kinds; and what breaks."""

from dataclasses import replace
from functools import partial

import pytest

from hardware_sim.faults import (
    AutoRelock,
    BouncingContact,
    DeadBoard,
    DisconnectedContact,
    HeldOpen,
    PoppedOpen,
    Rebound,
    StiffLatch,
    StuckContact,
    StuckLatch,
    UnpluggedChip,
)
from hardware_sim.on_chips import EXPANDER, HEADER, mixed, on_chips
from hardware_sim.people import See, Shut, Touch, Wait
from kiosk.config import Chip
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.doors import DoorState
from kiosk.core.entries import CodeLife
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import CompartmentId
from kiosk.core.layout import ContactSource
from kiosk.core.state import BoardStatus
from tests.flows.conftest import NewScene
from tests.flows.scene import Mend, Scene, lives
from tests.flows.steps import FINISH, IDENTIFY, OUT, PUT_IN, QUICK, UPS, drop, pickup, to_door, to_pickup, to_size

pytestmark = pytest.mark.slow

A01, A02 = CompartmentId("A01"), CompartmentId("A02")
ON_EACH = pytest.mark.parametrize("chip", [HEADER, EXPANDER], ids=["with edges", "polled"])
UNSEEN_DROP = (Wait(3_000), Shut(), Touch(Choice.IT_IS_DONE), See(v.DropDone), *FINISH)
TO_LOCK = (*IDENTIFY, *to_size(), Touch(Choice.SIZE, "S"))


def on_one(new_scene: NewScene, chip: Chip, *names: str, seed: int = 0, policy: str = QUICK) -> Scene:
    """A small bank with all contacts on one chip, running."""
    return new_scene(policy, names or (A01,), seed, contacts=partial(on_chips, chips=(chip,))).start()


def state_of(scene: Scene, name: CompartmentId = A01) -> DoorState:
    return scene.kiosk.engine.state.doors[name].state


def status_of(scene: Scene, chip: Chip) -> BoardStatus:
    return scene.kiosk.engine.state.boards[chip.chip].status


# --- journeys ---


@ON_EACH
@pytest.mark.parametrize("seed", range(3))
def test_a_parcel_is_dropped_and_collected(new_scene: NewScene, chip: Chip, seed: int) -> None:
    scene = on_one(new_scene, chip, seed=seed).walk(*drop(), *OUT, *pickup())

    assert lives(scene) == (ParcelState.COLLECTED, CodeLife.GRACE)
    assert len(scene.frames) == 2
    assert not scene.of(e.PulseFailed)
    assert not scene.of(e.DoorForced)


def test_on_a_whole_bank_of_chips_every_door_is_read_by_its_own_pin(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, contacts=on_chips).start()
    doors = scene.kiosk.engine.state.doors
    assert {doors[place.compartment].state for place in scene.site.layout.places} == {DoorState.CLOSED}

    for place in scene.site.layout.places:
        scene.walk(PoppedOpen(place.compartment), Wait(2_500))
        assert scene.last(e.DoorForced).compartment == place.compartment
    assert len(scene.of(e.DoorForced)) == len(scene.site.layout.places) == 24


def test_a_mixed_bank_drops_and_hands_out_behind_every_kind_of_contact(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, ("A01", "A02", "A09", "A17"), contacts=mixed).start()
    kinds = {place.compartment: place.contact.source for place in scene.site.layout.places}
    assert set(kinds.values()) == {ContactSource.GPIO, ContactSource.NONE, ContactSource.BOARD_INPUT}

    labels = [f"TBA00000000000{number}" for number in range(4)]
    for label in labels:
        scene.walk(*IDENTIFY, *to_size(label), Touch(Choice.SIZE, "S"), See(v.DropDoor))
        unseen = kinds[scene.page.door.compartment] is ContactSource.NONE
        scene.walk(*(UNSEEN_DROP if unseen else PUT_IN))
    assert {scene.parcel(label).compartment for label in labels} == set(kinds)
    assert {scene.parcel(label).state for label in labels} == {ParcelState.STORED}


@ON_EACH
def test_a_stiff_lock_opens_at_the_second_pulse(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip).walk(StiffLatch(A01), *drop())

    assert [body.pulse_number for body in scene.of(e.UnlockRequested)] == [1, 2]
    assert not scene.compartment("A01").out_of_order


@ON_EACH
def test_a_jammed_lock_is_pulsed_three_times_and_the_courier_gets_another_door(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip, A01, A02).walk(StuckLatch(A01), *TO_LOCK, See(v.DropDoorDidNotOpen))
    assert (scene.page.reason, scene.bank.pulses(A01)) == ("did not open", 3)

    scene.walk(Touch(Choice.OPEN_OTHER, "A02"), *PUT_IN)
    assert scene.parcel(UPS).compartment == "A02"
    assert scene.compartment("A01").out_of_order == "did not open"


@ON_EACH
def test_a_jammed_lock_at_a_pickup_burns_no_code(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip).walk(*drop(), *OUT, StuckLatch(A01), *to_pickup()[:-1], See(v.PickupDoorDidNotOpen))
    assert lives(scene) == (ParcelState.STORED, CodeLife.LIVE)

    scene.walk(Mend(), *FINISH, *pickup())
    assert scene.parcel(UPS).state is ParcelState.COLLECTED


@ON_EACH
def test_a_door_left_open_is_spoken_of_and_told_to_staff_and_counts_once_it_is_shut(
    new_scene: NewScene, chip: Chip
) -> None:
    scene = on_one(new_scene, chip).walk(*to_door(), HeldOpen(A01), Wait(121_000))
    assert scene.last(e.DoorLeftOpen).compartment == A01

    scene.walk(Mend(), Shut(door="A01"), Wait(2_000))
    assert scene.parcel(UPS).state is ParcelState.STORED
    assert not scene.bank.open_doors()


@ON_EACH
def test_a_rebound_is_one_cycle(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip).walk(*to_door(), Rebound(A01), Shut(), Wait(2_000), Shut(), See(v.DropDone))

    assert (len(scene.of(e.DoorOpened)), len(scene.of(e.DoorClosed))) == (1, 1)


@ON_EACH
def test_a_latch_that_catches_again_is_neither_a_drop_nor_a_pickup(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip).walk(AutoRelock(A01), *TO_LOCK, Wait(5_000))

    assert scene.last(e.DoorRelocked).compartment == A01
    assert scene.parcel(UPS).state is not ParcelState.STORED


def test_a_door_forced_open_in_a_quiet_hour_is_noticed_by_its_edge_within_a_fifth_of_a_second(
    new_scene: NewScene,
) -> None:
    scene = on_one(new_scene, HEADER, policy=QUICK + "poll_idle_ms = 10000\n")
    scene.wait(11_000)
    began_ms = scene.now_ms
    scene.walk(PoppedOpen(A01)).wait(200)

    assert scene.last(e.DoorForced).compartment == A01
    door = scene.kiosk.engine.state.doors[A01]
    assert began_ms <= door.since_ms <= began_ms + 20


def test_the_lock_of_a_dead_board_is_not_blamed_on_its_contact(new_scene: NewScene) -> None:
    scene = on_one(new_scene, HEADER)
    board = scene.bank.board_of(A01).board
    scene.walk(DeadBoard(board), Wait(12_000))

    assert state_of(scene) is DoorState.CLOSED
    assert scene.last(e.BoardLost).board == board
    assert status_of(scene, HEADER) is BoardStatus.ALIVE


# --- contacts ---


@ON_EACH
@pytest.mark.parametrize("seed", range(3))
def test_a_contact_that_chatters_is_one_opening_and_one_closing(new_scene: NewScene, chip: Chip, seed: int) -> None:
    scene = on_one(new_scene, chip, seed=seed).walk(BouncingContact(A01), *drop(), *OUT, *pickup())

    assert (len(scene.of(e.DoorOpened)), len(scene.of(e.DoorClosed))) == (2, 2)
    assert not scene.of(e.ContactSuspected)


def test_a_loose_wire_is_a_faulty_contact_and_neither_floods_the_engine_nor_opens_a_door_in_the_books(
    new_scene: NewScene,
) -> None:
    scene = on_one(new_scene, HEADER, A01, A02)
    before = scene.kiosk.engine.events
    scene.walk(BouncingContact(A01, (0, 1), 20_000), PoppedOpen(A01), Wait(4_000))

    assert state_of(scene) is DoorState.UNKNOWN
    assert scene.last(e.ContactSuspected) == e.ContactSuspected(A01, "contact fault")
    assert state_of(scene, A02) is DoorState.CLOSED
    assert scene.kiosk.engine.events - before < 400
    scene.walk(*drop())
    assert scene.parcel(UPS).compartment == A02


@ON_EACH
def test_a_contact_stuck_shut_is_found_out_by_the_courier(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip).walk(StuckContact(A01), *TO_LOCK, See(v.DropDoorDidNotOpen))
    scene.walk(Touch(Choice.IT_IS_OPEN), See(v.DropDoor), Shut(), Touch(Choice.IT_IS_DONE), See(v.DropDone))

    assert scene.parcel(UPS).state is ParcelState.STORED
    assert scene.compartment("A01").suspected


@ON_EACH
def test_a_pin_that_cannot_be_read_is_suspected_and_leaves_the_others_alone(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip, A01, A02).walk(StuckContact(A01, Reading.FAULT), Wait(3_000))

    assert (state_of(scene), state_of(scene, A02)) == (DoorState.UNKNOWN, DoorState.CLOSED)
    assert scene.last(e.ContactSuspected).compartment == A01
    assert status_of(scene, chip) is BoardStatus.ALIVE
    scene.walk(*drop())
    assert scene.parcel(UPS).compartment == A02


def test_a_broken_wire_reads_as_the_chip_pulls_it_which_is_a_door_that_opened_by_itself(new_scene: NewScene) -> None:
    scene = on_one(new_scene, HEADER, A01, A02).walk(DisconnectedContact(A01), Wait(3_000))

    assert scene.last(e.DoorForced).compartment == A01
    assert scene.compartment("A01").custody is Custody.CHECK
    scene.walk(Mend(), Wait(3_000))
    assert scene.last(e.DoorShut).compartment == A01


# --- chips ---


@ON_EACH
def test_a_chip_that_is_pulled_out_takes_no_drop_and_returns_by_itself(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip).walk(UnpluggedChip(chip.chip), Wait(2_000))
    assert scene.last(e.BoardLost) == e.BoardLost(chip.chip, "No such device")
    assert state_of(scene) is DoorState.UNKNOWN

    scene.walk(*IDENTIFY, *to_size()[:-1], See(v.Full), Touch(Choice.TAKE_WITH_ME), *FINISH)
    scene.walk(Mend(), Wait(8_000))
    assert (scene.last(e.BoardReturned).board, state_of(scene)) == (chip.chip, DoorState.CLOSED)
    scene.walk(*drop())
    assert scene.parcel(UPS).state is ParcelState.STORED
    assert not scene.compartment("A01").suspected


@ON_EACH
def test_a_chip_lost_between_pulse_and_door_is_not_pulsed_again(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip, A01, A02).walk(*TO_LOCK, Wait(20), UnpluggedChip(chip.chip))
    scene.walk(See(v.DropDoorDidNotOpen))

    assert len(scene.frames) == 1
    assert scene.compartment("A01").custody is Custody.CHECK


@ON_EACH
def test_a_chip_lost_while_a_door_is_open_is_waited_for(new_scene: NewScene, chip: Chip) -> None:
    scene = on_one(new_scene, chip).walk(*to_door(), UnpluggedChip(chip.chip), Shut(), Wait(8_000))
    assert not scene.of(e.DoorClosed)

    scene.walk(Mend(), Wait(8_000))
    assert scene.parcel(UPS).state is ParcelState.STORED


@ON_EACH
def test_a_kiosk_that_starts_without_its_chip_says_so_once_and_takes_it_when_it_comes(
    new_scene: NewScene, chip: Chip
) -> None:
    scene = new_scene(QUICK, (A01,), contacts=partial(on_chips, chips=(chip,)))
    scene.walk(UnpluggedChip(chip.chip)).start().wait(20_000)
    assert scene.of(e.BoardLost) == [e.BoardLost(chip.chip, "No such device")]

    scene.walk(Mend(), Wait(8_000), *drop())
    assert scene.parcel(UPS).state is ParcelState.STORED


@ON_EACH
def test_a_chip_whose_level_is_set_the_wrong_way_round_is_found_out_before_any_pulse(
    new_scene: NewScene, chip: Chip
) -> None:
    names = ("A01", "A02", "A09")
    scene = new_scene(QUICK, names, contacts=partial(on_chips, chips=(chip,)))
    right = scene.bank.chips[chip.chip].settings
    scene.bank.chips[chip.chip].settings = replace(right, closed_level=1 - right.closed_level)
    scene.start().wait(3_000)
    assert scene.last(e.AlarmRaised).alarm == "board swapped"

    scene.walk(*IDENTIFY, *to_size()[:-1], See(v.Full), Touch(Choice.TAKE_WITH_ME), *FINISH)
    assert not scene.frames


@ON_EACH
def test_one_chip_lost_leaves_the_doors_of_the_other(new_scene: NewScene, chip: Chip) -> None:
    scene = new_scene(QUICK, (A01, A02), contacts=on_chips).start().walk(UnpluggedChip(chip.chip), Wait(2_000), *drop())

    assert scene.parcel(UPS).compartment == (A02 if chip is HEADER else A01)


@ON_EACH
def test_a_power_cut_with_the_door_open_is_settled_by_the_first_reading_of_the_pins(
    new_scene: NewScene, chip: Chip
) -> None:
    scene = on_one(new_scene, chip).walk(*to_door()).restart()
    assert state_of(scene) is DoorState.OPEN

    scene.walk(Shut(door="A01"), Wait(3_000))
    assert scene.parcel(UPS).state is ParcelState.STORED
    assert not scene.bank.open_doors()
