"""To whom and where: recipients, sizes, a full bank, several parcels of one resident."""

import pytest

from hardware_sim.people import Scan, See, SeeDoorOpen, Shut, Step, Touch, Type
from hardware_sim.site import AWAY, MOVED, REACH
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.events import Choice
from tests.flows.conftest import NewScene
from tests.flows.scene import Row, Scene
from tests.flows.steps import AMAZON, FINISH, IDENTIFY, PUT_IN, S10, TOLD, UPS, drop, to_door, to_size

AT_UNIT: tuple[Step, ...] = (*IDENTIFY, Scan(UPS), Touch(Choice.GO_ON), See(v.AskUnit))

# --- recipient ---


def test_the_names_of_a_unit_are_masked_and_the_chosen_one_gets_the_parcel(scene: Scene) -> None:
    scene.walk(*AT_UNIT, Type("1a", ok=True), See(v.AskName))
    assert scene.page.names == (v.MaskedName("R-0001", "F… E…"), v.MaskedName("R-0002", "S… E…"))

    scene.walk(Touch(Choice.RECIPIENT, "R-0002"), Touch(Choice.SIZE, "S"), *PUT_IN)
    assert scene.parcel(UPS).resident == "R-0002"
    assert scene.custody(UPS, "1A")[-1] == Row("drop_confirmed", "courier:C-ups", "A01")


WITH_STAFF = (Choice.LEAVE_WITH_STAFF, "left_with_staff", "front desk")
TAKEN_ALONG = (Choice.TAKE_WITH_ME, "taken_along", "courier")


@pytest.mark.parametrize("way", [WITH_STAFF, TAKEN_ALONG], ids=["staff", "courier"])
@pytest.mark.parametrize(
    ("unit", "why", "resident"),
    [("99", "unknown_unit", ""), ("3A", "on_hold", AWAY), ("3B", "moved_out", MOVED)],
)
def test_a_parcel_that_nobody_here_takes_is_recorded_with_its_place(
    scene: Scene, unit: str, why: str, resident: str, way: tuple[Choice, str, str]
) -> None:
    choice, said, place = way
    scene.walk(*AT_UNIT, Type(unit, ok=True), See(v.Divert))
    assert scene.page.why == why

    scene.walk(Touch(choice), See(v.Said))
    assert scene.page.what == said
    parcel = scene.walk(*FINISH).parcel(UPS)
    assert (parcel.state, parcel.place, parcel.resident) == (ParcelState.OVERFLOW, place, resident)
    assert scene.custody(UPS, unit) == [Row("overflow_recorded", "C-ups", "")]
    assert scene.frames == []


def test_a_mistyped_unit_is_corrected_and_the_parcel_delivered(scene: Scene) -> None:
    scene.walk(*AT_UNIT, Type("2X", ok=True), See(v.Divert), Touch(Choice.OTHER_UNIT), Type("2A", ok=True))
    scene.walk(Touch(Choice.SIZE, "S"), *PUT_IN)

    assert scene.custody(UPS)[-1].kind == "drop_confirmed"
    assert [body.unit for body in scene.of(e.RecipientLookedUp)] == ["2X", "2A"]


def test_where_staff_take_nothing_an_unknown_unit_is_asked_for_again(new_scene: NewScene) -> None:
    scene = new_scene("unknown_unit_to_staff = false").start()

    scene.walk(*AT_UNIT, Type("99", ok=True))
    assert scene.page.unknown
    scene.walk(Type("2A", ok=True), Touch(Choice.SIZE, "S"), *PUT_IN)
    assert scene.custody(UPS)[-1].kind == "drop_confirmed"


def test_reading_out_the_directory_raises_an_alarm(new_scene: NewScene) -> None:
    scene = new_scene("lookups_per_visit = 5").start().walk(*AT_UNIT)
    for unit in range(5):
        scene.walk(Type(f"9{unit}", ok=True), Touch(Choice.OTHER_UNIT))

    assert [alarm.alarm for alarm in scene.of(e.AlarmRaised)] == ["directory enumeration"]


def test_where_the_policy_allows_it_nobody_identifies_and_the_notice_goes_out_with_the_closed_door(
    new_scene: NewScene,
) -> None:
    scene = new_scene("anonymous_drop = true").start()
    scene.walk(Scan(UPS), *to_size()[1:], Touch(Choice.SIZE, "S"), SeeDoorOpen(), Shut(), See(v.DropDone))

    assert Choice.UNDO not in scene.offered
    assert scene.custody(UPS)[1] == Row("unlock_requested", "courier:anonymous", "A01")
    assert len(scene.notices()) == 1


# --- size ---


def test_the_sizes_are_shown_with_what_is_free_and_the_smallest_is_suggested(scene: Scene) -> None:
    """Column 1 keeps A05, A06 and A07 for who needs an accessible compartment."""
    scene.walk(*IDENTIFY, *to_size())

    cards = [(card.size, card.height_mm, card.free, card.suggested) for card in scene.page.sizes]
    assert cards == [("S", 110, 10, True), ("M", 200, 5, False), ("L", 400, 6, False)]


def test_a_size_without_a_free_door_is_not_offered_and_the_next_one_is_suggested(new_scene: NewScene) -> None:
    scene = new_scene(only=("A01", "A03", "A04")).start().walk(*drop(), *IDENTIFY, *to_size(S10))

    assert scene.values(Choice.SIZE) == ["M", "L"]
    assert [card.suggested for card in scene.page.sizes] == [False, True, False]


def test_who_needs_reach_gets_an_accessible_door_and_others_never_do(scene: Scene) -> None:
    scene.walk(*drop(UPS, "1B"), *drop(S10, "2A", "M"))

    assert (scene.parcel(UPS).resident, scene.parcel(UPS).compartment) == (REACH, "A05")
    assert scene.parcel(S10).compartment == "A03"


def test_a_courier_who_needs_larger_gets_a_larger_door_and_the_first_one_is_free_again(scene: Scene) -> None:
    scene.walk(*to_door(), Touch(Choice.NEED_LARGER), See(v.ChooseSize))
    assert scene.values(Choice.SIZE) == ["M", "L"]

    scene.walk(Touch(Choice.SIZE, "M"), SeeDoorOpen(), Shut(2_000, "A01"), Shut(), See(v.DropDone), *FINISH, *TOLD)
    assert [row.where for row in scene.custody(UPS) if row.kind == "door_opened"] == ["A01", "A03"]
    assert scene.parcel(UPS).compartment == "A03"
    assert scene.compartment("A01").custody is Custody.FREE
    assert [notice["compartment"] for notice in scene.notices()] == ["A03"]


# --- full ---


@pytest.mark.parametrize(
    ("choice", "place"), [(Choice.LEAVE_WITH_STAFF, "front desk"), (Choice.TAKE_WITH_ME, "courier")]
)
def test_a_full_bank_records_the_parcel_as_overflow(new_scene: NewScene, choice: Choice, place: str) -> None:
    scene = new_scene(only=("A01", "A17")).start()
    scene.walk(*drop(), *drop(S10, "2B"), *IDENTIFY, Scan(AMAZON), Touch(Choice.GO_ON), Type("1A", ok=True))

    scene.walk(Touch(Choice.RECIPIENT, "R-0001"), See(v.Full), Touch(choice), See(v.Said), *FINISH)
    assert scene.custody(AMAZON, "1A") == [Row("overflow_recorded", "C-ups", "")]
    overflow = scene.last(e.OverflowRecorded)
    assert (overflow.reason, overflow.place, overflow.resident) == ("bank full", place, "R-0001")
    assert len(scene.frames) == 2


def test_a_parcel_too_big_for_what_is_free_goes_to_staff_or_into_a_smaller_door_after_all(new_scene: NewScene) -> None:
    scene = new_scene(only=("A01", "A17")).start()
    scene.walk(*IDENTIFY, *to_size(), Touch(Choice.NEED_LARGER), See(v.Full), Touch(Choice.TRY_SMALLER))

    scene.walk(Touch(Choice.SIZE, "S"), *PUT_IN)
    assert scene.custody(UPS)[-1] == Row("drop_confirmed", "courier:C-ups", "A01")


# --- several parcels of one resident ---


def test_a_second_parcel_is_added_to_the_residents_own_compartment(scene: Scene) -> None:
    scene.walk(*drop(), *IDENTIFY, *to_size(S10))
    assert [door.compartment for door in scene.page.shared] == ["A01"]

    scene.walk(Touch(Choice.ADD_TO, "A01"), *PUT_IN, *TOLD)
    assert scene.compartment("A01").parcels == (scene.parcel(UPS).parcel, scene.parcel(S10).parcel)
    assert scene.custody(S10)[0] == Row("parcel_reserved", "C-ups", "A01")
    assert len(scene.notices()) == 2


def test_nobody_elses_compartment_is_offered_for_a_second_parcel(scene: Scene) -> None:
    scene.walk(*drop(), *IDENTIFY, *to_size(S10, "2B"))

    assert Choice.ADD_TO not in scene.offered
