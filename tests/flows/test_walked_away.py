"""People walk away at every page. The welcome page returns, and the record says what is certain, never a guess."""

from dataclasses import dataclass

import pytest

from hardware_sim.faults import AutoRelock, StuckLatch
from hardware_sim.people import Scan, See, SeeDoorOpen, Shut, Step, Touch, Type, TypeCodeFor, Wait
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import CodeLife
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from kiosk.core.state import Stage
from tests.flows.conftest import NewScene
from tests.flows.scene import Scene
from tests.flows.steps import IDENTIFY, OUT, QUICK, S10, TOLD, UPS, drop, to_door, to_pickup, to_size

pytestmark = pytest.mark.slow

A01 = CompartmentId("A01")
TO_UNIT: tuple[Step, ...] = (*IDENTIFY, Scan(UPS), Touch(Choice.GO_ON))
TO_LOCK: tuple[Step, ...] = (*IDENTIFY, *to_size(), Touch(Choice.SIZE, "S"))
GONE = See(v.Welcome, within_ms=45_000)
"""A page that nobody touches is cleared at 40 s."""

# --- before any door ---

NOTHING_MOVED: dict[str, tuple[Step, ...]] = {
    "enter code": (Touch(Choice.DELIVER), Type("58"), See(v.EnterCode)),
    "scan labels": (*IDENTIFY, Scan(UPS)),
    "ask number": (*IDENTIFY, Touch(Choice.NO_BARCODE), Type("12"), See(v.AskNumber)),
    "ask unit": (*TO_UNIT, Type("2"), See(v.AskUnit)),
    "ask name": (*TO_UNIT, Type("1A", ok=True), See(v.AskName)),
    "divert": (*TO_UNIT, Type("3B", ok=True), See(v.Divert)),
    "choose size": (*TO_UNIT, Type("2A", ok=True), See(v.ChooseSize)),
    "full": (*TO_UNIT, Type("2A", ok=True), Touch(Choice.NEED_LARGER), See(v.Full)),
}


@pytest.mark.parametrize("steps", NOTHING_MOVED.values(), ids=NOTHING_MOVED.keys())
def test_a_courier_who_leaves_before_the_door_leaves_nothing_behind(scene: Scene, steps: tuple[Step, ...]) -> None:
    scene.walk(*steps, Wait(21_000))
    assert scene.kiosk.screen.still_there

    scene.walk(GONE)
    assert scene.last(e.VisitEnded).reason == "nobody there"
    assert scene.books.parcels == {}
    assert {c.custody for c in scene.books.compartments.values()} == {Custody.FREE}
    assert scene.frames == []


def test_a_courier_who_asks_for_more_time_gets_it(scene: Scene) -> None:
    scene.walk(*TO_UNIT, Wait(25_000), Touch(Choice.MORE_TIME), Wait(30_000), See(v.AskUnit))

    assert scene.kiosk.screen.still_there


def test_a_courier_who_leaves_after_a_parcel_went_to_staff_has_it_recorded(scene: Scene) -> None:
    scene.walk(*TO_UNIT, Touch(Choice.LEAVE_WITH_STAFF), See(v.Said), GONE)

    assert scene.parcel(UPS).state is ParcelState.OVERFLOW


# --- at the door of a drop ---


@dataclass(frozen=True, slots=True)
class Left:
    """Where a courier leaves, and what the record says once everything has come to its end."""

    steps: tuple[Step, ...]
    parcel: ParcelState
    compartment: Custody
    notices: int = 0
    confirmed: bool = False


AT_THE_DOOR = {
    "door open, shut by somebody": Left(
        (*to_door(), See(v.Welcome, within_ms=130_000), Shut(door="A01"), Wait(1_500)),
        ParcelState.STORED,
        Custody.OCCUPIED,
        notices=1,
    ),
    "the door is shut in passing": Left((*to_door(), Shut()), ParcelState.STORED, Custody.OCCUPIED, notices=1),
    "take back, door open": Left(
        (*to_door(), Touch(Choice.CANCEL), See(v.Welcome, within_ms=130_000), Shut(door="A01")),
        ParcelState.WITHDRAWN,
        Custody.CHECK,
    ),
    "take back, asked": Left(
        (*to_door(), Touch(Choice.CANCEL), Shut(), Wait(1_500)), ParcelState.WITHDRAWN, Custody.CHECK
    ),
    "undo, asked": Left(
        (*to_door(), Shut(), See(v.DropDone), Touch(Choice.UNDO), SeeDoorOpen(), Shut(), Wait(1_500)),
        ParcelState.WITHDRAWN,
        Custody.CHECK,
    ),
    "choose larger": Left(
        (*to_door(), Touch(Choice.NEED_LARGER), Shut(door="A01")), ParcelState.WITHDRAWN, Custody.FREE
    ),
}


@pytest.mark.parametrize("left", AT_THE_DOOR.values(), ids=AT_THE_DOOR.keys())
def test_a_courier_who_leaves_at_the_door_leaves_what_is_certain(new_scene: NewScene, left: Left) -> None:
    scene = new_scene(QUICK).start().walk(*left.steps, See(v.Welcome, within_ms=150_000), *OUT)

    parcel, compartment = scene.parcel(UPS), scene.compartment("A01")
    assert (parcel.state, parcel.confirmed, compartment.custody) == (left.parcel, left.confirmed, left.compartment)
    assert len(scene.notices()) == left.notices
    assert len(scene.bank.open_doors()) == 0


def test_a_courier_who_leaves_while_the_lock_is_pulsed_finds_the_door_open_and_the_record_waits_for_it(
    scene: Scene,
) -> None:
    scene.walk(*TO_LOCK)
    assert scene.page.stage is not Stage.OPEN

    scene.walk(See(v.Welcome, within_ms=130_000))
    assert scene.parcel(UPS).state is ParcelState.UNSURE
    assert scene.bank.open_doors() == [A01]
    scene.walk(Shut(door="A01"), Wait(1_500))
    assert (scene.parcel(UPS).state, scene.parcel(UPS).confirmed) == (ParcelState.STORED, False)


def test_a_courier_who_leaves_a_lock_that_does_not_open_leaves_its_compartment_free_and_out_of_order(
    scene: Scene,
) -> None:
    scene.walk(StuckLatch(A01), *TO_LOCK, See(v.DropDoorDidNotOpen), GONE, *TOLD)

    assert scene.parcel(UPS).state is ParcelState.WITHDRAWN
    assert (scene.compartment("A01").custody, scene.compartment("A01").parcels) == (Custody.FREE, ())
    assert scene.compartment("A01").out_of_order


# --- a resident ---


@pytest.fixture
def told(new_scene: NewScene) -> Scene:
    """Two parcels of one resident in two compartments, both notices out."""
    return new_scene(QUICK).start().walk(*drop(), *drop(S10, size="M"), *OUT)


STAYS: dict[str, tuple[Step, ...]] = {
    "enter code": (Touch(Choice.PICK_UP), Type("314"), See(v.EnterCode)),
    "your parcels": (Touch(Choice.PICK_UP), TypeCodeFor(UPS), See(v.YourParcels)),
}


@pytest.mark.parametrize("steps", STAYS.values(), ids=STAYS.keys())
def test_a_resident_who_leaves_before_the_door_keeps_parcels_and_codes(told: Scene, steps: tuple[Step, ...]) -> None:
    pulses = len(told.frames)
    told.walk(*steps, GONE)

    assert {told.parcel(number).code_life for number in (UPS, S10)} == {CodeLife.LIVE}
    assert len(told.frames) == pulses


def test_a_resident_who_leaves_an_open_door_has_collected_once_it_is_shut(scene: Scene) -> None:
    scene.walk(*drop(), *TOLD, *to_pickup(), See(v.Welcome, within_ms=130_000))
    assert scene.parcel(UPS).state is ParcelState.STORED
    assert scene.last(e.DoorLeftOpen).compartment == "A01"

    scene.walk(Shut(door="A01"), Wait(1_500))
    assert scene.parcel(UPS).state is ParcelState.COLLECTED
    assert scene.custody(UPS)[-2].who == "resident:R-0004"


def test_a_resident_who_leaves_a_jammed_lock_keeps_parcel_and_code(scene: Scene) -> None:
    scene.walk(*drop(), *TOLD, StuckLatch(A01), Touch(Choice.PICK_UP), TypeCodeFor(UPS))
    scene.walk(See(v.PickupDoorDidNotOpen), GONE)

    assert (scene.parcel(UPS).state, scene.parcel(UPS).code_life) == (ParcelState.STORED, CodeLife.LIVE)
    assert scene.compartment("A01").custody is Custody.OCCUPIED


def test_a_resident_who_leaves_a_lock_that_relocked_keeps_parcel_and_code(scene: Scene) -> None:
    scene.walk(*drop(), *TOLD, AutoRelock(A01), Touch(Choice.PICK_UP), TypeCodeFor(UPS), Wait(5_000), GONE)

    assert (scene.parcel(UPS).state, scene.parcel(UPS).code_life) == (ParcelState.STORED, CodeLife.LIVE)


def test_a_resident_who_leaves_the_last_page_has_the_grace_all_the_same(scene: Scene) -> None:
    scene.walk(*drop(), *TOLD, *to_pickup(), Shut(), See(v.PickupDone), GONE)

    assert scene.parcel(UPS).code_life is CodeLife.GRACE
