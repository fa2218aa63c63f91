"""A drop and a pickup on a bank of each board family, and on one that is of all of them; with what goes wrong there."""

from collections.abc import Callable

import pytest

from drivers.boards import BOARDS
from hardware_sim.bank import SimBank
from hardware_sim.damage import FlippedBit, GarbageAfter, GarbageBefore
from hardware_sim.families import with_item_sensors
from hardware_sim.fault_names import named
from hardware_sim.faults import BrownOut, DamagedReplies, DeadBoard, Echo, Fault, OtherPolarity, StiffLatch, StuckLatch
from hardware_sim.people import See, SeeDoorOpen, Shut, Touch, Wait
from hardware_sim.quirks import (
    AnswersUnlocks,
    BusyAfterUnlock,
    CoolDown,
    OtherPulse,
    TellsChanges,
    UnlockAnswer,
    WrongSpeed,
)
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import Inside
from kiosk.core.events import Choice
from kiosk.core.ids import BoardId, CompartmentId
from tests.flows.conftest import NewScene
from tests.flows.scene import Mend, Scene
from tests.flows.steps import FINISH, IDENTIFY, OUT, QUICK, S10, UPS, drop, pickup, to_door, to_pickup, to_size

pytestmark = pytest.mark.slow

A01, A02, A05 = map(CompartmentId, ("A01", "A02", "A05"))
MIXED = tuple(BOARDS)
BANKS = pytest.mark.parametrize("families", [*((family,) for family in BOARDS), MIXED], ids=[*BOARDS, "mixed"])
EACH = pytest.mark.parametrize("family", BOARDS)


def board_of(bank: SimBank, name: CompartmentId = A01) -> BoardId:
    return bank.board_of(name).board


@BANKS
def test_a_parcel_is_dropped_and_collected(new_scene: NewScene, families: tuple[str, ...]) -> None:
    scene = new_scene(QUICK, families=families).start()
    assert {board.codec.abilities.family for board in scene.bank.boards.values()} == {*families}

    scene.walk(*drop(), *drop(S10, "2B"), *OUT, *pickup(), *pickup(S10))
    assert {scene.parcel(number).state for number in (UPS, S10)} == {ParcelState.COLLECTED}
    assert len(scene.frames) == 4
    assert not scene.of(e.PulseFailed)
    assert not scene.of(e.BoardLost)


def test_on_a_mixed_bank_each_family_opens_its_own_door_and_no_other(new_scene: NewScene) -> None:
    names = ("A01", "A02", "A09", "A10", "A13")
    scene = new_scene(QUICK, names, families=MIXED).start()
    numbers = [f"TBA00000000000{n}" for n in range(5)]
    for number, unit in zip(numbers, ("2A", "2B", "2A", "2B", "2A"), strict=True):
        scene.walk(*drop(number, unit))

    used = {scene.parcel(number).compartment for number in numbers}
    assert used == {*names}
    assert sorted(scene.bank.board_of(name).codec.abilities.family for name in used) == sorted(BOARDS)
    scene.walk(*OUT)
    assert {frame.compartment for frame in scene.frames} == used


@EACH
def test_a_stiff_latch_opens_at_a_second_pulse_with_an_intent_of_its_own(new_scene: NewScene, family: str) -> None:
    scene = new_scene(QUICK, (A01,), families=(family,)).start().walk(StiffLatch(A01, 2), *drop())

    assert scene.parcel(UPS).state is ParcelState.STORED
    assert (len(scene.frames), len(scene.of(e.PulseFailed))) == (2, 1)


@EACH
def test_a_stuck_latch_is_pulsed_three_times_and_is_out_of_order(new_scene: NewScene, family: str) -> None:
    scene = new_scene(QUICK, (A01, A02), families=(family,)).start().walk(StuckLatch(A01), *IDENTIFY, *to_size())

    scene.walk(Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))
    assert (len(scene.frames_to(A01)), scene.compartment(A01).out_of_order) == (3, "did not open")


@EACH
def test_a_board_that_dies_at_the_pulse_is_never_pulsed_again(new_scene: NewScene, family: str) -> None:
    scene = new_scene(QUICK, (A01,), families=(family,)).start().walk(*IDENTIFY, *to_size())

    scene.walk(DeadBoard(board_of(scene.bank)), Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))
    assert (scene.page.reason, len(scene.frames)) == ("board silent", 1)
    assert scene.compartment(A01).custody is Custody.CHECK
    scene.walk(Wait(3_000))
    assert scene.last(e.BoardLost).board == board_of(scene.bank)
    assert scene.bank.pulses(A01) == 0


def test_an_item_sensor_that_sees_no_parcel_asks_the_courier_at_once(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, (A01,), families=("kerong",), contacts=with_item_sensors).start()
    board = scene.bank.board_of(A01)
    scene.walk(*to_door(), Shut(), Wait(6_000), See(v.DropDoor))
    assert scene.page.relocked

    scene.walk(Touch(Choice.OPEN_AGAIN), SeeDoorOpen())
    board.items.add(1)
    scene.walk(Shut(), Wait(6_000), See(v.DropDone), *FINISH, *OUT)
    assert scene.parcel(UPS).state is ParcelState.STORED
    assert [closed.inside for closed in scene.of(e.DoorClosed)] == [Inside.NOTHING, Inside.SOMETHING]


@pytest.mark.parametrize("family", ["shuoming", "waveshare", "wkly"])
def test_a_board_whose_supply_a_pulse_pulls_down_is_waited_out_and_not_lost(new_scene: NewScene, family: str) -> None:
    """Of the others nobody can tell: kerong may be silent after a pulse by itself, and less than a time-out is a lost
    answer.
    """
    scene = new_scene(QUICK, (A01, A02), families=(family,)).start().walk(*IDENTIFY, *to_size())
    scene.walk(BrownOut(board_of(scene.bank)), Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))

    assert (scene.page.reason, scene.bank.pulses(A01), len(scene.frames)) == ("board silent", 1, 1)
    assert [(sag.compartment, sag.boards) for sag in scene.of(e.BrownOut)] == [(A01, (board_of(scene.bank),))]
    assert scene.last(e.BrownOut).silent_ms < 2_500
    assert not scene.of(e.BoardLost)
    assert scene.compartment(A01).custody is Custody.CHECK


LINE_FAULTS: dict[str, Callable[[SimBank], Fault]] = {
    "echo": lambda bank: Echo(bank.wire_of(A01).line),
    "garbage before": lambda bank: DamagedReplies(bank.wire_of(A01).line, GarbageBefore()),
    "garbage after": lambda bank: DamagedReplies(bank.wire_of(A01).line, GarbageAfter()),
}


@EACH
@pytest.mark.parametrize("fault", LINE_FAULTS.values(), ids=LINE_FAULTS.keys())
def test_echo_and_garbage_do_not_matter(new_scene: NewScene, family: str, fault: Callable[[SimBank], Fault]) -> None:
    scene = new_scene(QUICK, (A01,), families=(family,))
    scene.walk(fault(scene.bank)).start()

    scene.walk(*drop(), *OUT, *pickup())
    assert scene.parcel(UPS).state is ParcelState.COLLECTED
    assert len(scene.frames) == scene.bank.pulses(A01) == 2


PASSING = ("auto-relock", "silent-board", "late-board", "brown-out", "other-address", "garbage", "cut-off", "unplugged")


@pytest.mark.slow
@EACH
@pytest.mark.parametrize("name", PASSING)
def test_after_a_fault_at_the_pulse_the_next_parcel_goes_its_way(new_scene: NewScene, family: str, name: str) -> None:
    """Whatever became of the first one: nothing is open, nothing was pulsed twice at once, and service goes on."""
    scene = new_scene(QUICK, (A01, A02, A05), families=(family,)).start().walk(*IDENTIFY, *to_size())

    scene.walk(named(scene.bank, name, A01), Touch(Choice.SIZE, "S"), Wait(12_000), Mend())
    for door in scene.bank.open_doors():
        scene.walk(Shut(door=door))
    scene.wait(120_000)
    scene.walk(*drop(S10, "2B"), *OUT, *pickup(S10))
    assert scene.parcel(S10).state is ParcelState.COLLECTED


# What single families do


@pytest.mark.parametrize("answer", UnlockAnswer)
def test_kerong_boards_need_not_answer_an_unlock(new_scene: NewScene, answer: UnlockAnswer) -> None:
    scene = new_scene(QUICK, (A01,), families=("kerong",)).start()
    scene.walk(AnswersUnlocks(board_of(scene.bank), answer), *drop(), *OUT, *pickup())

    assert scene.parcel(UPS).state is ParcelState.COLLECTED
    assert not scene.of(e.PulseFailed)


def test_a_kerong_board_that_is_busy_after_an_unlock_is_neither_lost_nor_pulsed_again(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, (A01,), families=("kerong",)).start()
    scene.walk(BusyAfterUnlock(board_of(scene.bank)), *drop(), *OUT, *pickup())

    assert scene.parcel(UPS).state is ParcelState.COLLECTED
    assert (len(scene.frames), scene.of(e.BoardLost)) == (2, [])


def test_a_kerong_board_set_to_a_long_pulse_opens_nothing_and_raises_an_alarm(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, (A01, A02), families=("kerong", "wkly"))
    scene.walk(OtherPulse(BoardId("kerong-1"), 5_000)).start()

    assert [(body.alarm, body.detail) for body in scene.of(e.AlarmRaised)] == [
        ("pulse too long", "board kerong-1, 5000 ms")
    ]
    scene.walk(*drop())
    assert scene.parcel(UPS).compartment == A02, "the other board goes on"
    assert (scene.bank.pulses(A01), scene.compartment(A01).out_of_order) == (0, "pulse too long")


def test_a_parcel_behind_a_board_that_was_set_to_a_long_pulse_keeps_its_code(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, (A01,), families=("kerong",)).start().walk(*drop(), *OUT)
    scene.walk(OtherPulse(BoardId("kerong-1"), 5_000)).restart()
    frames = len(scene.frames)

    scene.walk(*to_pickup()[:2], See(v.PickupDoorDidNotOpen), *FINISH)
    assert len(scene.frames) == frames
    scene.walk(Mend(), *pickup())
    assert scene.parcel(UPS).state is ParcelState.COLLECTED, (
        "it is asked once more before each pulse, also without a start"
    )


def test_a_winnsen_board_whose_every_answer_has_a_wrong_bit_never_moves_a_door_in_the_record(
    new_scene: NewScene,
) -> None:
    scene = new_scene(QUICK, (A01, A02), families=("winnsen",)).start().walk(*drop(), *OUT)
    doors = len(scene.of(e.DoorOpened))

    scene.walk(DamagedReplies(scene.bank.wire_of(A01).line, FlippedBit()), Wait(120_000))
    assert (len(scene.of(e.DoorOpened)), scene.of(e.DoorForced)) == (doors, [])
    scene.walk(Mend(), Wait(10_000), *pickup())
    assert scene.parcel(UPS).state is ParcelState.COLLECTED


def test_a_winnsen_lock_that_cools_down_is_pulsed_until_it_opens(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, (A01,), families=("winnsen",)).start().walk(*drop(), *OUT)
    scene.walk(CoolDown(board_of(scene.bank), 2_500), StiffLatch(A01, 2), *pickup())

    assert scene.parcel(UPS).state is ParcelState.COLLECTED


@pytest.mark.parametrize("family", ["wkly", "shuoming"])
def test_news_of_doors_that_nobody_asked_for_do_not_disturb(new_scene: NewScene, family: str) -> None:
    scene = new_scene(QUICK, (A01,), families=(family,)).start()
    scene.walk(TellsChanges(board_of(scene.bank)), *drop(), *OUT, *pickup())

    assert scene.parcel(UPS).state is ParcelState.COLLECTED
    assert scene.of(e.DoorForced) == []


@EACH
def test_a_board_at_another_speed_stops_its_own_doors_only(new_scene: NewScene, family: str) -> None:
    scene = new_scene(QUICK, (A01, A02), families=(family, "shuoming" if family != "shuoming" else "wkly"))
    scene.walk(WrongSpeed(board_of(scene.bank))).start().wait(10_000)

    scene.walk(*drop())
    assert scene.parcel(UPS).compartment == A02
    assert scene.bank.pulses(A01) == 0


def test_a_board_that_refuses_the_pulse_says_so_where_its_answers_have_a_check(new_scene: NewScene) -> None:
    reasons = {"wkly": "refused", "waveshare": "refused", "winnsen": "did not open"}
    for family, reason in reasons.items():
        scene = new_scene(QUICK, (A01,), families=(family,)).start().walk(*IDENTIFY, *to_size())
        scene.walk(named(scene.bank, "refusing-board", A01), Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))
        assert (scene.page.reason, scene.compartment(A01).out_of_order) == (reason, reason)
        assert scene.bank.door(A01).openings == 0


@EACH
def test_a_door_of_any_family_that_pops_open_is_recorded(new_scene: NewScene, family: str) -> None:
    scene = new_scene(QUICK, (A01, A02), families=(family,)).start()
    scene.walk(named(scene.bank, "popped-open", A01), Wait(5_000))

    assert scene.last(e.DoorForced).compartment == A01
    assert scene.compartment(A01).custody is Custody.CHECK


@EACH
def test_a_drop_that_stands_open_is_seen_to_be_shut(new_scene: NewScene, family: str) -> None:
    scene = new_scene(QUICK, (A01,), families=(family,)).start().walk(*to_door(), Wait(5_000))

    scene.walk(SeeDoorOpen(), Shut(), See(v.DropDone), *FINISH)
    assert scene.last(e.DoorClosed).compartment == A01


# A board that was swapped while nobody looked

SWAPPED = ("board swapped", "every contact of board s1 says open: other polarity?")
ON_S1 = ("A01", "A02", "A09")


def alarms(scene: Scene) -> list[tuple[str, str]]:
    return [(body.alarm, body.detail) for body in scene.of(e.AlarmRaised)]


def test_a_board_of_the_other_polarity_is_found_at_start_and_only_its_own_doors_stop(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, (*ON_S1, "A17")).start().walk(*drop(), *OUT)
    scene.walk(OtherPolarity(BoardId("s1"))).restart().wait(3_000)
    frames = len(scene.frames)

    assert alarms(scene) == [SWAPPED]
    scene.walk(*to_pickup()[:2], See(v.PickupDoorDidNotOpen), *FINISH)
    assert (len(scene.frames), scene.page) == (frames, v.Welcome())
    scene.walk(*drop(S10, "2B"), *OUT, *pickup(S10))
    assert scene.parcel(S10).state is ParcelState.COLLECTED, "the other board goes on"
    scene.walk(Mend(), Wait(5_000), *pickup())
    assert scene.parcel(UPS).state is ParcelState.COLLECTED, "once it is put right, nothing is lost"


def test_locks_that_fired_while_the_kiosk_was_off_look_the_same_until_half_of_the_doors_are_shut(
    new_scene: NewScene,
) -> None:
    scene = new_scene(QUICK, ON_S1).start().walk(*drop(), *OUT).kill()
    for name in ON_S1:
        scene.bank.door(CompartmentId(name)).pop_open()
    scene.restart().wait(3_000)
    assert alarms(scene) == [SWAPPED]
    assert scene.last(e.ForcedStorm).compartments == ON_S1

    scene.walk(Shut(door="A02"), Wait(3_000), *to_pickup()[:2], See(v.PickupDoorDidNotOpen), *FINISH)
    assert scene.page == v.Welcome()
    scene.walk(Shut(door="A09"), Wait(3_000), Shut(door="A01"), Wait(3_000), *pickup())
    assert scene.parcel(UPS).state is ParcelState.COLLECTED


@pytest.mark.parametrize("open_doors", [("A01",), ("A01", "A02")])
def test_a_few_doors_that_stand_open_at_start_raise_no_doubt(new_scene: NewScene, open_doors: tuple[str, ...]) -> None:
    scene = new_scene(QUICK, ON_S1).start().kill()
    for name in open_doors:
        scene.bank.door(CompartmentId(name)).pop_open()
    scene.restart().wait(3_000)

    assert alarms(scene) == []
    scene.walk(*drop())
    assert scene.parcel(UPS).state is ParcelState.STORED


def test_a_board_that_was_swapped_while_it_was_away_is_found_when_it_answers_again(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, ON_S1).start().walk(DeadBoard(BoardId("s1")), Wait(15_000))
    scene.walk(Mend(), OtherPolarity(BoardId("s1")), Wait(10_000))

    assert scene.of(e.BoardReturned)
    assert alarms(scene) == [SWAPPED]
