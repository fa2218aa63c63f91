"""The kiosk itself: stopped in order, without its record, with a damaged one, with a full disk, with other files."""

from dataclasses import replace

from drivers.boards.base import AllOff
from hardware_sim.faults import DeadBoard, WrongDoor
from hardware_sim.people import Scan, See, Shut, Touch, Type, Wait
from hardware_sim.soak.building import keeping
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.decide import LOW_SPACE_BYTES, NO_SPACE_BYTES
from kiosk.core.events import Choice, SpaceMeasured
from kiosk.core.ids import BoardId, CompartmentId
from kiosk.wiring.boot import database_path
from storage.aside import last_epoch
from storage.rebuild import verify_tree
from tests.flows.conftest import NewScene
from tests.flows.scene import Mend, Scene
from tests.flows.steps import COURIER_CODE, FINISH, IDENTIFY, S10, UPS, drop, pickup, to_door, to_size

A01, A02, A17 = map(CompartmentId, ("A01", "A02", "A17"))


# --- the process ---


def test_a_clean_stop_in_the_middle_of_a_pulse_switches_everything_off_and_says_so_to_the_next_start(
    new_scene: NewScene,
) -> None:
    scene = new_scene(only=(A17,)).start().walk(*IDENTIFY, *to_size(), Touch(Choice.SIZE, "S"))
    assert len(scene.bank.supply.energised()) == 1
    scene.kiosk.stop()

    assert scene.bank.supply.energised() == ()
    assert isinstance(scene.bank.boards[BoardId("w1")].heard[-1].request, AllOff)
    assert scene.kinds()[-1] == "kiosk_stopped"
    scene.start()
    assert scene.last(e.KioskStarted).after == "clean"


def test_a_start_with_other_settings_after_a_clean_stop_says_that_it_was_clean(new_scene: NewScene) -> None:
    scene = new_scene().start()
    scene.kiosk.stop()
    scene.kiosk.with_policy(grace_s=600)
    scene.start()

    assert scene.kinds()[-3:] == ["kiosk_stopped", "policy_applied", "kiosk_started"]
    assert scene.last(e.KioskStarted).after == "clean"


def test_outputs_that_somebody_left_on_are_off_before_the_start_is_over(new_scene: NewScene) -> None:
    scene = new_scene()
    scene.bank.boards[BoardId("w1")].outputs.energise([1], None)
    scene.kiosk.start()
    scene.wait(200)

    assert scene.bank.supply.energised() == ()
    assert not scene.of(e.UnlockRequested)


def test_the_first_start_of_a_record_comes_after_nothing_that_was_cut_off(new_scene: NewScene) -> None:
    assert new_scene().start().last(e.KioskStarted).after == "clean"


def test_a_kiosk_that_was_killed_says_so_at_its_next_start(stored: Scene) -> None:
    stored.restart()

    assert stored.last(e.KioskStarted).after == "unclean"
    assert len(stored.frames) == 1


def test_a_courier_who_stands_there_when_a_kiosk_starts_that_reads_its_doors_seldom_finds_them_known(
    new_scene: NewScene,
) -> None:
    scene = new_scene("poll_idle_ms = 10000\n").start()
    scene.wait(scene.kiosk.engine.state.policy.closed_stable_ms + 1_000)

    assert all(door.readable for door in scene.kiosk.engine.state.doors.values())


def test_a_door_that_was_never_read_takes_no_drop(new_scene: NewScene) -> None:
    scene = new_scene(only=(A01,)).walk(DeadBoard(BoardId("s1"))).start()
    scene.walk(*IDENTIFY, *to_size()[:-1], See(v.Full), Touch(Choice.LEAVE_WITH_STAFF), *FINISH)

    assert scene.parcel(UPS).state is ParcelState.OVERFLOW
    assert scene.frames == []


# --- the record ---


def damaged(scene: Scene) -> None:
    """The kiosk dies, and the disk spoils the middle of its file."""
    scene.kill()
    path = database_path(scene.site)
    for beside in path.parent.glob(f"{path.name}-*"):
        beside.unlink()
    data = bytearray(path.read_bytes())
    data[:4096] = b"\xa5" * 4096
    path.write_bytes(data)


def test_a_damaged_record_is_set_aside_whole_and_a_new_epoch_begins_with_everything_check(stored: Scene) -> None:
    damaged(stored)
    spoilt = database_path(stored.site).read_bytes()
    stored.restart()

    (aside,) = database_path(stored.site).parent.glob("kiosk.db.damaged-e1")
    assert aside.read_bytes() == spoilt
    first = stored.entries()[0]
    assert (first.epoch, type(first.body)) == (2, e.EpochStarted)
    assert {c.custody for c in stored.books.compartments.values()} == {Custody.CHECK}
    assert last_epoch(database_path(stored.site)) == 2
    assert [tree.epoch for tree in verify_tree(stored.file)] == [2]


def test_after_a_damaged_record_no_parcel_is_put_into_a_compartment_nobody_has_looked_into(stored: Scene) -> None:
    damaged(stored)
    stored.restart().walk(*IDENTIFY, Scan(S10), Touch(Choice.GO_ON), Type("2B", ok=True), See(v.Full))

    stored.walk(Touch(Choice.LEAVE_WITH_STAFF), See(v.Said), *FINISH)
    assert stored.last(e.OverflowRecorded).reason == "bank full"
    assert len(stored.frames) == 1


def test_a_data_directory_that_is_gone_leaves_a_notice_on_the_screen_and_opens_nothing(new_scene: NewScene) -> None:
    scene = new_scene()
    database_path(scene.site).parent.rmdir()
    scene.start()

    assert scene.page == v.OutOfOrder("degraded")
    assert scene.offered == set()
    scene.walk(Scan(UPS), Type(COURIER_CODE), Wait(60_000))
    assert (scene.page, scene.frames) == (v.OutOfOrder("degraded"), [])


def test_a_place_for_the_record_that_cannot_be_written_is_degraded_and_the_next_start_serves_again(
    new_scene: NewScene,
) -> None:
    """A directory stands where the database should be: nobody can write there, root neither."""
    scene = new_scene()
    database_path(scene.site).mkdir()
    scene.start()
    assert scene.page == v.OutOfOrder("degraded")

    scene.kill()
    database_path(scene.site).rmdir()
    scene.restart().walk(*drop())
    assert scene.parcel(UPS).state is ParcelState.STORED


# --- space ---


def test_a_disk_that_runs_full_takes_no_new_drops_and_still_hands_out(stored: Scene) -> None:
    stored.kiosk.post(SpaceMeasured(LOW_SPACE_BYTES - 1))
    stored.wait(100)
    assert stored.offered == {Choice.PICK_UP}
    stored.walk(Scan(S10), Wait(1_000))
    assert stored.page == v.Welcome()

    stored.walk(*pickup())
    assert stored.parcel(UPS).state is ParcelState.COLLECTED


def test_a_courier_in_mid_visit_when_the_disk_runs_full_finishes_the_drop_and_begins_no_other(stored: Scene) -> None:
    stored.walk(*to_door(S10, "2B"))
    stored.kiosk.post(SpaceMeasured(LOW_SPACE_BYTES - 1))

    stored.walk(Shut(), See(v.DropDone))
    assert Choice.NEXT_PARCEL not in stored.offered
    assert stored.parcel(S10).state is ParcelState.STORED


def test_a_full_disk_opens_nothing_and_with_room_again_everything(stored: Scene) -> None:
    stored.kiosk.post(SpaceMeasured(NO_SPACE_BYTES - 1))
    stored.wait(100)
    assert stored.offered == set()

    stored.kiosk.post(SpaceMeasured(2 * LOW_SPACE_BYTES))
    stored.wait(100)
    stored.walk(*pickup())
    assert stored.parcel(UPS).state is ParcelState.COLLECTED


# --- the documents ---


def test_a_changed_policy_is_in_force_from_the_next_start_with_its_entry(stored: Scene) -> None:
    (stored.directory / "policy.toml").write_text("undo_s = 30\n")
    before = stored.count()
    stored.restart(site=stored.reread())
    assert stored.kinds(before) == ["policy_applied", "kiosk_started"]

    stored.walk(*drop(S10, "2B"), Wait(25_000))
    assert len(stored.notices()) == 1
    stored.walk(Wait(6_000))
    assert [notice["tracking_number"] for notice in stored.notices()] == [UPS, S10]


def test_a_changed_directory_is_in_force_from_the_next_start_with_its_entry(stored: Scene) -> None:
    file = stored.directory / "directory.toml"
    file.write_text(file.read_text().replace('"2B"', '"9Z"'))
    before = stored.count()
    stored.restart(site=stored.reread())
    assert stored.kinds(before) == ["directory_applied", "kiosk_started"]

    stored.walk(*drop(S10, "9Z"))
    assert stored.parcel(S10).resident == "R-0005"
    assert stored.custody(S10, "9Z")[-1].kind == "drop_confirmed"


def test_a_layout_with_a_compartment_less_is_applied_if_that_one_is_empty(stored: Scene) -> None:
    before = stored.count()
    names = [place.compartment for place in stored.site.layout.places if place.compartment != A02]
    stored.restart(site=keeping(stored.site, names))
    assert stored.kinds(before) == ["layout_applied", "kiosk_started"]

    stored.walk(*drop(S10, "2B"))
    assert stored.parcel(S10).compartment == "A09"


def test_a_layout_that_drops_an_occupied_compartment_is_not_applied_and_its_parcel_can_be_collected(
    stored: Scene,
) -> None:
    before = stored.count()
    names = [place.compartment for place in stored.site.layout.places if place.compartment != A01]
    stored.restart(site=keeping(stored.site, names))
    assert stored.kinds(before) == ["kiosk_started"]

    stored.walk(*pickup())
    assert stored.parcel(UPS).state is ParcelState.COLLECTED


def test_a_compartment_that_is_new_in_the_layout_is_check_until_a_person_has_looked(new_scene: NewScene) -> None:
    scene = new_scene()
    everything = scene.site
    scene.restart(after_ms=0, site=keeping(everything, [A01, A17])).restart(site=everything)

    assert scene.compartment("A01").custody is Custody.FREE
    assert scene.compartment("A02").custody is Custody.CHECK


def test_a_wiring_that_was_put_right_in_the_layout_starts_the_bank_again(new_scene: NewScene) -> None:
    """The locks of two doors hang on each other's outputs; the new layout says what is really wired."""
    scene = new_scene(only=(A01, A02)).start()
    scene.walk(WrongDoor(A01, A02), *IDENTIFY, *to_size(), Touch(Choice.SIZE, "S"), See(v.OutOfOrder))
    scene.restart()
    assert isinstance(scene.page, v.OutOfOrder)

    first, second = scene.site.layout.places
    swapped = (replace(first, output=second.output), replace(second, output=first.output))
    scene.bank.door(A02).push()
    scene.restart(site=replace(scene.site, layout=replace(scene.site.layout, places=swapped)))
    assert scene.page == v.Welcome()
    scene.walk(Mend())
