"""The kiosk dies after each commit of a drop and of a pickup, before anything follows from it, and starts again.

Nothing is pulsed unattended, nothing is freed by a guess, and what is in custody can be collected with the code that
its resident has.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hardware_sim.people import See, SeeDoorOpen, ShowCodeFor, Shut, Step, Touch, TypeCodeFor, Wait
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import CodeLife, Entry
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from tests.flows.conftest import NewScene
from tests.flows.scene import PowerCut, Scene
from tests.flows.steps import OUT, QUICK, S10, TOLD, UPS, drop, pickup, to_door, to_pickup

pytestmark = pytest.mark.slow

A01 = CompartmentId("A01")
SOON_FREE = QUICK + "grace_s = 60\n"
DROP: tuple[Step, ...] = (*drop(), *OUT)
PICKUP: tuple[Step, ...] = (*pickup(), Wait(62_000))


class Scissors:
    """Cuts the power after the n-th commit from now, before anything that was committed is acted upon."""

    def __init__(self, scene: Scene, after: int) -> None:
        self.left = after
        self.seen: list[list[str]] = []
        scene.kiosk.taps.append(self._committed)

    def _committed(self, entries: Sequence[Entry]) -> None:
        self.seen.append([e.NAMES[type(entry.body)] for entry in entries])
        self.left -= 1
        if self.left == 0:
            raise PowerCut


def cut(scene: Scene, steps: Sequence[Step], after: int) -> Scissors:
    """Walk until the power fails."""
    scissors = Scissors(scene, after)
    with pytest.raises(PowerCut):
        scene.walk(*steps)
    scene.kill()
    return scissors


def test_the_commits_that_are_cut_after_are_those_of_the_walks(new_scene: NewScene) -> None:
    scene = new_scene(SOON_FREE, only=(A01,)).start()
    scissors = Scissors(scene, after=0)
    scene.walk(*DROP)
    assert scissors.seen == [
        ["attempt_debited"],
        ["attempt_refunded", "courier_identified"],
        ["recipient_looked_up"],
        ["parcel_reserved", "unlock_requested"],
        ["door_opened"],
        ["code_issued"],
        ["door_closed", "parcel_stored"],
        ["drop_confirmed", "visit_ended"],
        ["notice_released"],
    ]
    scissors.seen.clear()
    scene.walk(*PICKUP)
    assert scissors.seen == [
        ["attempt_debited"],
        ["attempt_refunded", "resident_identified", "unlock_requested"],
        ["door_opened", "code_moved"],
        ["door_closed", "parcel_collected", "code_moved"],
        ["visit_ended"],
        ["code_moved", "compartment_freed"],
    ]


AFTER_DROP = {
    1: None,
    2: None,
    3: None,
    4: (ParcelState.STORED, Custody.CHECK),
    5: (ParcelState.STORED, Custody.OCCUPIED),
    6: (ParcelState.STORED, Custody.OCCUPIED),
    7: (ParcelState.STORED, Custody.OCCUPIED),
    8: (ParcelState.STORED, Custody.OCCUPIED),
    9: (ParcelState.STORED, Custody.OCCUPIED),
}
"""What becomes of the parcel and its compartment, by the commit after which the power failed during a drop; the
courier shuts the door once the power is back. None: no parcel was promised anything yet."""


@pytest.mark.slow
@pytest.mark.parametrize("after", AFTER_DROP)
def test_the_power_fails_after_each_commit_of_a_drop(new_scene: NewScene, after: int) -> None:
    scene = new_scene(SOON_FREE, only=(A01,)).start()
    cut(scene, DROP, after)
    pulses = len(scene.frames)
    scene.restart(after_ms=3_000)
    scene.bank.door(A01).push()
    scene.walk(Wait(15_000))

    assert len(scene.frames) == pulses, "pulsed again unattended"
    expected = AFTER_DROP[after]
    if expected is None:
        assert scene.books.parcels == {}
        assert scene.compartment("A01").custody is Custody.FREE
        scene.walk(*drop(), *OUT)
    else:
        assert (scene.parcel(UPS).state, scene.compartment("A01").custody) == expected
    collected(scene)
    emptied = Custody.FREE if expected is None or expected[1] is not Custody.CHECK else Custody.CHECK
    assert scene.compartment("A01").custody is emptied


def collected(scene: Scene) -> None:
    """The notice went out, and its code opens the door."""
    assert len(scene.notices()) == 1
    scene.walk(*pickup(), Wait(62_000))
    assert (scene.parcel(UPS).state, scene.parcel(UPS).code_life) == (ParcelState.COLLECTED, CodeLife.SPENT)


@pytest.mark.parametrize("after", [5, 6])
def test_a_door_that_was_shut_while_the_kiosk_was_dead_is_an_unseen_end_of_a_drop(
    new_scene: NewScene, after: int
) -> None:
    scene = new_scene(SOON_FREE, only=(A01,)).start()
    cut(scene, DROP, after)
    scene.wait(500)  # while the coil pulls, no push shuts the door
    scene.bank.door(A01).push()
    scene.restart(after_ms=3_000).walk(Wait(3_000))

    assert not scene.last(e.DoorClosed).witnessed
    assert (scene.parcel(UPS).state, scene.parcel(UPS).confirmed) == (ParcelState.STORED, False)
    assert scene.compartment("A01").custody is Custody.CHECK
    collected(scene)


@pytest.mark.slow
@pytest.mark.parametrize("after", range(1, 7))
def test_the_power_fails_after_each_commit_of_a_pickup(new_scene: NewScene, after: int) -> None:
    scene = new_scene(SOON_FREE, only=(A01,)).start().walk(*drop(), *OUT)
    cut(scene, PICKUP, after)
    pulses = len(scene.frames)
    scene.restart(after_ms=3_000)

    assert len(scene.frames) == pulses, "pulsed again unattended"
    if after < 6:
        assert scene.compartment("A01").custody in (Custody.OCCUPIED, Custody.GRACE)
        scene.bank.door(A01).push()
        scene.walk(Wait(2_000), *pickup(), Wait(62_000))
    assert (scene.parcel(UPS).state, scene.parcel(UPS).code_life) == (ParcelState.COLLECTED, CodeLife.SPENT)
    assert scene.compartment("A01").custody is Custody.FREE


def test_a_pulse_that_was_on_its_way_when_the_power_failed_opens_the_door_and_nobody_is_told(
    new_scene: NewScene,
) -> None:
    """The frame is on the wire, the kiosk dies, the board obeys: the record knows nothing of the open door."""
    scene = new_scene(SOON_FREE, only=(A01,)).start().walk(*to_door()[:-1])
    scene.kill().wait(1_000)
    assert scene.bank.open_doors() == [A01]

    scene.restart(after_ms=1_000)
    assert scene.last(e.UnlockAbandoned).compartment == "A01"
    assert scene.compartment("A01").custody is Custody.CHECK
    assert [door.compartment for door in scene.kiosk.screen.please_shut] == ["A01"]
    scene.walk(Shut(door="A01"), *OUT)
    collected(scene)


def test_a_pickup_whose_door_stayed_shut_when_the_power_failed_opens_with_the_same_code(new_scene: NewScene) -> None:
    scene = new_scene(SOON_FREE, only=(A01,)).start().walk(*drop(), *OUT)
    cut(scene, PICKUP, 2)
    assert scene.bank.door(A01).openings == 1

    scene.restart()
    assert scene.last(e.UnlockAbandoned).compartment == "A01"
    assert (scene.parcel(UPS).state, scene.parcel(UPS).code_life) == (ParcelState.STORED, CodeLife.LIVE)
    collected(scene)


def test_a_lock_pulsed_just_before_the_power_failed_has_rested_before_it_is_pulsed_again(new_scene: NewScene) -> None:
    scene = new_scene(SOON_FREE, only=(A01,)).start().walk(*drop(), *OUT, *to_pickup()[:2])
    scene.kill()
    scene.restart(after_ms=0)
    scene.bank.door(A01).push()

    scene.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), SeeDoorOpen(), Shut())
    rest_us = scene.bank.supply.use(scene.bank.place(A01).output).shortest_rest_us
    assert rest_us is not None
    assert rest_us >= 1_500_000


def test_a_grace_that_the_power_cut_goes_on_with_the_uptime_and_ends(new_scene: NewScene) -> None:
    scene = new_scene(SOON_FREE, only=(A01,)).start().walk(*drop(), *OUT, *pickup(), Wait(20_000))
    scene.restart().walk(*pickup())
    assert scene.parcel(UPS).code_life is CodeLife.GRACE

    scene.restart().walk(Wait(62_000))
    assert scene.parcel(UPS).code_life is CodeLife.SPENT
    assert scene.compartment("A01").custody is Custody.FREE


def test_a_held_notice_goes_out_after_the_restart_once_its_time_is_over(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01,)).start().walk(*drop())
    scene.restart(after_ms=1_000)
    assert scene.notices() == []

    scene.walk(*TOLD)
    assert len(scene.notices()) == 1


def test_a_courier_who_comes_back_after_the_restart_cannot_undo_what_is_in_custody(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01,)).start().walk(*to_door(), Shut(), See(v.DropDone))
    scene.restart()

    assert scene.page == v.Welcome()
    assert Choice.UNDO not in scene.offered


def test_ten_restarts_in_a_row_change_nothing_but_their_own_entries(new_scene: NewScene) -> None:
    scene = new_scene(SOON_FREE, only=(A01,)).start().walk(*drop(), *OUT)
    before = scene.count()
    for _ in range(10):
        scene.restart(after_ms=100)

    assert scene.kinds(before) == ["kiosk_started"] * 10
    assert len(scene.frames) == 1
    collected(scene)


@pytest.mark.parametrize("off_ms", range(0, 360, 60))
def test_a_door_pushed_just_before_the_power_failed_rebounds_after_the_start_beside_a_pickup(
    new_scene: NewScene, off_ms: int
) -> None:
    """One cycle stays one: the rebound is neither a forced door nor another one opened by the resident's pulse."""
    scene = new_scene(QUICK + "poll_idle_ms = 200\n").start().walk(*drop(S10, "2B", "M"), *OUT, *to_door())
    door = scene.bank.door(A01)
    door.faults = replace(door.faults, rebounds=1)
    door.push()
    scene.kill().wait(off_ms)
    scene.kiosk.start()
    scene.wait(100).walk(ShowCodeFor(S10), SeeDoorOpen(), Shut(), See(v.PickupDone), Shut(door=A01), Wait(2_000))

    assert scene.of(e.WiringSuspected) == []
    assert scene.of(e.DoorForced) == []
    assert [closed.compartment for closed in scene.of(e.DoorClosed)].count(A01) == 1
