"""Lines and boards that misbehave under a drop and a pickup."""

from collections.abc import Callable

import pytest

from hardware_sim.damage import GarbageAfter, GarbageBefore, GarbageInstead
from hardware_sim.faults import (
    BouncingContact,
    DamagedReplies,
    DeadBoard,
    Echo,
    Fault,
    FiresAtPowerOn,
    LateBoard,
    Noise,
    OtherAddress,
    PowerLost,
    RefusingBoard,
    SilentBoard,
    Unplugged,
)
from hardware_sim.people import See, SeeDoorOpen, Shut, Touch, Wait
from hardware_sim.site import LEFT, RIGHT
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import CodeLife
from kiosk.core.events import Choice
from kiosk.core.ids import BoardId, CompartmentId, LineId
from tests.flows.conftest import NewScene
from tests.flows.scene import Mend, Row
from tests.flows.steps import FINISH, IDENTIFY, PUT_IN, S10, TOLD, UPS, drop, pickup, to_door, to_pickup, to_size

A01, A02, A17, A18 = map(CompartmentId, ("A01", "A02", "A17", "A18"))
LOCKS, RELAYS = BoardId("s1"), BoardId("w1")
LEFT_LINE, RIGHT_LINE = LineId(LEFT), LineId(RIGHT)
BOTH = pytest.mark.parametrize(("line", "door"), [(LEFT_LINE, A01), (RIGHT_LINE, A17)], ids=["shuoming", "waveshare"])


DAMAGES: dict[str, Callable[[LineId], Fault]] = {
    "echo": Echo,
    "damaged echo": lambda line: Echo(line, GarbageAfter()),
    "garbage before": lambda line: DamagedReplies(line, GarbageBefore()),
    "garbage after": lambda line: DamagedReplies(line, GarbageAfter()),
}


@BOTH
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_line_with_echo_or_garbage_still_drops_and_hands_out(
    new_scene: NewScene, line: LineId, door: CompartmentId, damage: Callable[[LineId], Fault]
) -> None:
    scene = new_scene(only=(door,)).walk(damage(line)).start()

    scene.walk(*drop(), *TOLD, *pickup())
    assert (scene.parcel(UPS).state, scene.parcel(UPS).compartment) == (ParcelState.COLLECTED, door)
    assert scene.bank.pulses(door) == len(scene.frames) == 2
    assert not scene.of(e.PulseFailed)


@BOTH
def test_noise_on_the_line_between_the_pulse_and_the_open_door_does_not_matter(
    new_scene: NewScene, line: LineId, door: CompartmentId
) -> None:
    scene = new_scene(only=(door,)).start().walk(*IDENTIFY, *to_size(), Touch(Choice.SIZE, "S"))

    scene.walk(Noise(line, b"\x01\x05"), *PUT_IN)
    assert scene.parcel(UPS).state is ParcelState.STORED


@BOTH
def test_a_pulse_that_noise_spoils_on_its_way_is_not_repeated_for_nobody_answered(
    new_scene: NewScene, line: LineId, door: CompartmentId
) -> None:
    scene = new_scene(only=(door,)).start().walk(*IDENTIFY, *to_size(), Noise(line, b"\xff\x00\x8a"))

    scene.walk(Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))
    assert (len(scene.frames), scene.bank.door(door).openings) == (1, 0)
    assert scene.page.reason == "board silent"
    assert scene.compartment(door).custody is Custody.CHECK


@BOTH
def test_answers_that_are_garbage_throughout_open_nothing_more_and_end_in_check(
    new_scene: NewScene, line: LineId, door: CompartmentId
) -> None:
    scene = new_scene(only=(door,)).start()
    scene.walk(*IDENTIFY, *to_size(), DamagedReplies(line, GarbageInstead()), Touch(Choice.SIZE, "S"))

    scene.walk(See(v.DropDoorDidNotOpen))
    assert (scene.page.reason, len(scene.frames)) == ("board silent", 1)
    assert scene.compartment(door).custody is Custody.CHECK


@BOTH
def test_a_line_unplugged_during_a_drop_comes_back_and_its_doors_are_read_before_any_pulse(
    new_scene: NewScene, line: LineId, door: CompartmentId
) -> None:
    """The door opens and is shut again while nobody reads it: the contact's first word after it ends the drop."""
    scene = new_scene(only=(door,)).start().walk(*to_door(), Unplugged(line), Wait(3_000))
    assert {body.reason for body in scene.of(e.BoardLost)} == {"line lost"}
    assert scene.parcel(UPS).state is ParcelState.UNSURE

    scene.walk(Shut(door=door), Wait(3_000), Mend(), See(v.DropDone), *FINISH, *TOLD)
    assert scene.parcel(UPS).state is ParcelState.STORED
    assert len(scene.of(e.BoardReturned)) == 1
    assert len(scene.frames) == 1
    scene.walk(*pickup())
    assert scene.parcel(UPS).state is ParcelState.COLLECTED


def test_a_pulse_that_waits_while_its_line_is_away_leaves_once_the_board_has_answered_again(
    new_scene: NewScene,
) -> None:
    """The first door was a moment ago, so the second pulse waits for the supply when the line goes."""
    scene = new_scene(only=(A01, A02)).start().walk(*to_door(), Touch(Choice.OCCUPIED), Unplugged(LEFT_LINE))
    scene.walk(Wait(3_000))
    assert scene.frames_to("A02") == []

    scene.walk(Mend(), SeeDoorOpen(), Shut(1_000, "A01"), *PUT_IN)
    assert scene.parcel(UPS).compartment == "A02"
    returned, asked = scene.of(e.BoardReturned), scene.frames_to("A02")
    assert len(returned) == len(asked) == 1


def test_a_pulse_whose_line_does_not_come_back_never_leaves_and_the_compartment_is_as_it_was(
    new_scene: NewScene,
) -> None:
    scene = new_scene(only=(A01, A02)).start().walk(*to_door(), Touch(Choice.OCCUPIED), Unplugged(LEFT_LINE))

    scene.walk(See(v.DropDoorDidNotOpen))
    assert (scene.page.reason, scene.frames_to("A02")) == ("board lost", [])
    assert (scene.compartment("A02").custody, scene.compartment("A02").out_of_order) == (Custody.RESERVED, "")


def test_doors_of_a_line_that_is_away_are_not_offered(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01, A17)).start().walk(*IDENTIFY, *to_size(), Unplugged(LEFT_LINE), Wait(500))
    assert scene.values(Choice.SIZE) == ["S"]

    scene.walk(Touch(Choice.SIZE, "S"), *PUT_IN)
    assert scene.parcel(UPS).compartment == A17
    assert scene.compartment("A01").custody is Custody.FREE


def test_one_line_is_away_and_the_other_one_hands_out(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01, A17)).start().walk(*drop(), *drop(S10, "2B"), *TOLD)

    scene.walk(Unplugged(LEFT_LINE), Wait(500), *pickup(S10))
    assert scene.parcel(S10).state is ParcelState.COLLECTED


def test_a_pickup_from_a_lost_board_keeps_the_code_and_opens_when_it_is_back(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01,)).start().walk(*drop(), *TOLD, DeadBoard(LOCKS), Wait(10_000))
    pulses = len(scene.frames)
    scene.walk(*to_pickup()[:2], See(v.PickupDoorDidNotOpen))
    assert (scene.page.reason, len(scene.frames)) == ("board lost", pulses)
    assert scene.parcel(UPS).code_life is CodeLife.LIVE

    scene.walk(*FINISH, Mend(), Wait(5_000), *pickup())
    assert scene.parcel(UPS).state is ParcelState.COLLECTED


@pytest.mark.parametrize(
    "fault", [DeadBoard(LOCKS), OtherAddress(LOCKS), LateBoard(LOCKS)], ids=["dead", "other address", "late"]
)
def test_a_board_that_does_not_answer_stops_its_own_doors_only(new_scene: NewScene, fault: Fault) -> None:
    scene = new_scene(only=(A01, A17)).start().walk(fault, Wait(10_000), *drop())

    assert scene.last(e.BoardLost).board == LOCKS
    assert scene.parcel(UPS).compartment == A17


def test_contacts_that_chatter_for_a_fifth_of_a_second_are_one_cycle(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01,)).start().walk(BouncingContact(A01), *drop(), *TOLD, *pickup())

    assert [row.kind for row in scene.custody(UPS)].count("door_opened") == 2
    assert [row.kind for row in scene.custody(UPS)].count("door_closed") == 2
    assert not scene.of(e.DoorForced)


def test_locks_that_fire_when_mains_returns_are_a_storm_to_be_walked_by_staff(new_scene: NewScene) -> None:
    scene = new_scene(only=(A17, "A18", "A21")).start().walk(*drop(), *TOLD, FiresAtPowerOn(RELAYS), PowerLost())
    scene.wait(30_000)
    scene.bank.regain_power()
    assert len(scene.bank.supply.energised()) == 8
    scene.bank.supply.overlaps.clear()  # the board's own doing, not the kiosk's

    scene.wait(10_000)
    assert scene.last(e.ForcedStorm).compartments == ("A17", "A18", "A21")
    assert {scene.compartment(name).custody for name in ("A17", "A18", "A21")} == {Custody.CHECK}
    assert scene.parcel(UPS).state is ParcelState.STORED


# --- a board at the moment of a pulse ---


@pytest.mark.parametrize("fault", [SilentBoard, DeadBoard])
@pytest.mark.parametrize(("name", "board"), [(A01, LOCKS), (A17, RELAYS)])
def test_a_board_that_falls_silent_at_the_pulse_is_never_pulsed_again_and_the_compartment_is_check(
    new_scene: NewScene, fault: type[SilentBoard | DeadBoard], name: CompartmentId, board: BoardId
) -> None:
    other = A17 if board == LOCKS else A01
    scene = new_scene(only=(name, other)).start()
    if name == A17:
        scene.walk(*drop(S10, "2B"))
    scene.walk(*IDENTIFY, *to_size(), fault(board), Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))

    assert (scene.page.reason, len(scene.frames_to(name))) == ("board silent", 1)
    assert scene.compartment(name).custody is Custody.CHECK
    assert scene.compartment(name).out_of_order == "board silent"
    assert scene.last(e.BoardLost).board == board


def test_a_lock_board_falls_silent_and_the_relay_board_takes_the_parcel(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01, A17)).start()
    scene.walk(*IDENTIFY, *to_size(), SilentBoard(LOCKS), Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))

    scene.walk(Touch(Choice.OPEN_OTHER, "A17"), *PUT_IN)
    assert scene.custody(UPS)[-1] == Row("drop_confirmed", "courier:C-ups", "A17")


def test_a_board_that_refuses_the_pulse_puts_the_compartment_out_of_order(new_scene: NewScene) -> None:
    scene = (
        new_scene(only=(A17, A18))
        .start()
        .walk(RefusingBoard(RELAYS), *IDENTIFY, *to_size(), Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))
    )

    assert scene.page.reason == "refused"
    assert (scene.compartment("A17").out_of_order, scene.bank.door(A17).openings) == ("refused", 0)
