"""A courier identifies, scans and drops: the labels and the recipient, up to the door."""

from hardware_sim.people import Scan, See, SeeDoorOpen, Shut, Touch, Type, Wait
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import ClockState, CodeLife
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from kiosk.core.state import CodeProblem
from tests.flows.scene import Row, Scene
from tests.flows.steps import (
    AMAZON,
    COURIER_CODE,
    IDENTIFY,
    PUT_IN,
    S10,
    TOLD,
    UPS,
    WRONG_COURIER_CODE,
    drop,
    to_size,
)

A01 = CompartmentId("A01")
DROP = [
    Row("parcel_reserved", "C-ups", "A01"),
    Row("unlock_requested", "courier:C-ups", "A01"),
    Row("door_opened", "courier:C-ups", "A01"),
    Row("code_issued", "kiosk", "A01"),
    Row("door_closed", "courier:C-ups", "A01"),
    Row("parcel_stored", "courier:C-ups", "A01"),
    Row("drop_confirmed", "courier:C-ups", "A01"),
]
RELEASED = Row("notice_released", "kiosk", "A01")

# --- the walk ---


def test_a_courier_scans_and_drops_and_the_chain_of_custody_says_who_where_and_when(scene: Scene) -> None:
    scene.walk(*drop())
    assert scene.custody(UPS) == DROP

    scene.walk(*TOLD)
    parcel = scene.parcel(UPS)
    assert scene.custody(UPS) == [*DROP, RELEASED]
    assert (parcel.courier, parcel.carrier, parcel.check, parcel.resident) == ("C-ups", "ups", "ok", "R-0004")
    assert (parcel.state, parcel.confirmed, parcel.code_life) == (ParcelState.STORED, True, CodeLife.LIVE)
    assert scene.compartment("A01").custody is Custody.OCCUPIED


def test_one_drop_is_one_pulse_of_one_lock_and_its_intent_was_in_the_file_before_the_first_byte(scene: Scene) -> None:
    scene.walk(*drop())

    (frame,) = scene.frames
    assert frame.compartment == "A01"
    assert frame.intent is not None
    assert frame.at_ms - frame.intent.stamp.mono_ms < 50
    assert (scene.bank.pulses(frame.compartment), scene.bank.door(frame.compartment).openings) == (1, 1)


def test_the_notice_that_leaves_says_where_the_door_is_and_holds_a_code(scene: Scene) -> None:
    scene.walk(*drop())
    assert scene.notices() == []

    (notice,) = scene.walk(*TOLD).notices()
    assert (notice["compartment"], notice["unit"], notice["tracking_number"]) == ("A01", "2A", UPS)
    assert len(notice["code"]) == 8


def test_a_drop_on_the_relay_board_is_seen_through_its_inputs(scene: Scene) -> None:
    scene.walk(*drop(UPS, size="M"), *drop(S10, size="M"), *drop(AMAZON, size="M"), *drop("X1", size="M"))

    doors = [scene.parcel(number).compartment for number in (UPS, S10, AMAZON, "X1")]
    assert doors == ["A03", "A11", "A15", "A19"]
    assert scene.parcel("X1").state is ParcelState.STORED
    assert scene.bank.door(doors[-1]).openings == 1


# --- who is there ---


def test_a_parcel_scanned_at_the_idle_screen_is_kept_over_the_identification(scene: Scene) -> None:
    scene.walk(Scan(UPS), See(v.EnterCode), Type(COURIER_CODE), See(v.ScanLabels))
    assert scene.page.labels == (v.LabelLine("ups", "7127", None),)

    scene.walk(
        Touch(Choice.GO_ON),
        Type("2A", ok=True),
        Touch(Choice.SIZE, "S"),
        *PUT_IN,
    )
    assert scene.custody(UPS) == DROP


def test_a_slip_in_the_access_code_is_told_at_once_and_costs_nothing(scene: Scene) -> None:
    slipped = COURIER_CODE[:-1] + str((int(COURIER_CODE[-1]) + 1) % 10)
    scene.walk(Touch(Choice.DELIVER), Type(slipped))
    assert scene.page.problem is CodeProblem.SLIP
    assert not scene.of(e.AttemptDebited)

    scene.walk(Type(COURIER_CODE), See(v.ScanLabels))


def test_a_wrong_access_code_is_debited_before_it_is_verified_and_the_right_one_still_works(scene: Scene) -> None:
    scene.walk(Touch(Choice.DELIVER), Type(WRONG_COURIER_CODE), Wait(100))
    assert scene.page.problem is CodeProblem.FAILED
    assert scene.kinds()[-2:] == ["attempt_debited", "attempt_denied"]

    scene.walk(Type(COURIER_CODE), See(v.ScanLabels))
    assert scene.last(e.CourierIdentified).courier == "C-ups"
    assert scene.books.bucket.level == 9


def only_on(scene: Scene, window: str) -> None:
    """The directory's file lets the courier in at this time of the week only; in force from the next start."""
    file = scene.directory / "directory.toml"
    text = file.read_text()
    assert 'courier = "C-ups"' in text
    file.write_text(text.replace('courier = "C-ups"', f'courier = "C-ups"\nwindows = ["{window}"]'))
    scene.restart(site=scene.reread())


def test_outside_the_weekly_window_a_right_code_is_refused_and_recorded(scene: Scene) -> None:
    """A world begins on a Thursday, at 20:26."""
    only_on(scene, "thu 08:00-20:00")
    scene.walk(Touch(Choice.DELIVER), Type(COURIER_CODE), Wait(100))

    assert scene.page.problem is CodeProblem.OUTSIDE_WINDOW
    assert scene.last(e.CourierRefused).reason == "outside the window"
    assert not scene.of(e.CourierIdentified)
    assert scene.books.bucket.level == 10


def test_within_the_weekly_window_the_courier_is_let_in(scene: Scene) -> None:
    only_on(scene, "thu 20:00-21:00")

    scene.walk(*drop())
    assert scene.last(e.CourierIdentified).in_window


def test_a_window_that_an_untrusted_clock_denies_is_noted_and_not_enforced(scene: Scene) -> None:
    only_on(scene, "mon 08:00-20:00")
    scene.kiosk.set_wall_clock(0, ClockState.FLOOR)

    scene.walk(*IDENTIFY)
    assert not scene.last(e.CourierIdentified).in_window


# --- labels ---


def test_labels_scanned_ahead_are_delivered_one_after_the_other(scene: Scene) -> None:
    scene.walk(*IDENTIFY, Scan(UPS), Wait(2_000), Scan(S10), Wait(2_000), Scan(AMAZON))
    assert [line.carrier for line in scene.page.labels] == ["ups", "s10", "amazon"]

    to_next = (SeeDoorOpen(), Shut(), See(v.DropDone), Touch(Choice.NEXT_PARCEL), See(v.AskUnit))
    scene.walk(Touch(Choice.GO_ON), Type("2A", ok=True), Touch(Choice.SIZE, "S"), *to_next)
    scene.walk(Type("2B", ok=True), Touch(Choice.SIZE, "M"), *to_next)
    scene.walk(Type("2A", ok=True), Touch(Choice.SIZE, "L"), *PUT_IN)

    rows = [scene.custody(UPS)[-1], scene.custody(S10, "2B")[-1], scene.custody(AMAZON)[-1]]
    assert rows == [Row("drop_confirmed", "courier:C-ups", door) for door in ("A01", "A03", "A04")]
    assert len(scene.frames) == 3


def test_a_label_taken_off_the_list_is_not_delivered(scene: Scene) -> None:
    scene.walk(*IDENTIFY, Scan(UPS), Wait(2_000), Scan(S10), Touch(Choice.REMOVE, "0"))

    assert scene.page.labels == (v.LabelLine("s10", "85US", None),)
    scene.walk(Touch(Choice.GO_ON), Type("2A", ok=True), Touch(Choice.SIZE, "S"), *PUT_IN)
    assert [body.tracking_number for body in scene.of(e.ParcelReserved)] == [S10]


def test_a_label_read_twice_is_one_parcel_and_the_second_barcode_of_a_label_is_its_alias(scene: Scene) -> None:
    scene.walk(*IDENTIFY, Scan(UPS), Scan(UPS), Scan("ROUTE-4711"), Wait(3_000), Scan(UPS))
    assert len(scene.page.labels) == 1

    scene.walk(Touch(Choice.GO_ON), Type("2A", ok=True), Touch(Choice.SIZE, "S"), *PUT_IN)
    assert scene.parcel(UPS).aliases == ("ROUTE-4711",)


def test_a_number_already_in_the_bank_is_said_with_its_door_and_still_delivers(scene: Scene) -> None:
    scene.walk(*drop(), *IDENTIFY, Scan(UPS))
    assert scene.page.labels == (v.LabelLine("ups", "7127", A01),)

    scene.walk(Touch(Choice.GO_ON), Type("2B", ok=True), Touch(Choice.SIZE, "S"), *PUT_IN)
    assert [body.compartment for body in scene.of(e.ParcelStored)] == ["A01", "A02"]


def test_a_parcel_without_a_barcode_is_delivered_by_its_typed_number(scene: Scene) -> None:
    scene.walk(*IDENTIFY, Touch(Choice.NO_BARCODE), See(v.AskNumber), Type("rb 123456785 us", ok=True))
    scene.walk(Type("2A", ok=True), Touch(Choice.SIZE, "S"), *PUT_IN)

    assert scene.custody(S10) == DROP
    assert scene.parcel(S10).carrier == "s10"


def test_a_parcel_without_any_number_is_delivered_and_its_resident_told(scene: Scene) -> None:
    scene.walk(*IDENTIFY, Touch(Choice.NO_BARCODE), Type("", ok=True), Type("2A", ok=True), Touch(Choice.SIZE, "S"))
    scene.walk(*PUT_IN, *TOLD)

    assert scene.custody("") == [*DROP, RELEASED]
    assert [notice["tracking_number"] for notice in scene.notices()] == [""]


def test_a_label_of_five_thousand_characters_is_passed_over_and_the_next_one_delivers(scene: Scene) -> None:
    scene.walk(*IDENTIFY, Scan("7" * 5_000))
    assert scene.page == v.ScanLabels(())

    scene.walk(*to_size(), Touch(Choice.SIZE, "S"), *PUT_IN)
    assert scene.custody(UPS) == DROP


def test_a_label_that_nobody_knows_and_one_whose_check_fails_are_delivered_and_noted(scene: Scene) -> None:
    failing = UPS[:-1] + "8"
    scene.walk(*drop("??? no carrier ???"), *drop(failing))

    unknown, failed = scene.parcel("??? no carrier ???"), scene.parcel(failing)
    assert (unknown.carrier, unknown.check, unknown.state) == ("unknown", "none", ParcelState.STORED)
    assert (failed.carrier, failed.check, failed.state) == ("unknown", "failed", ParcelState.STORED)


def test_a_scanner_that_was_unplugged_in_the_middle_of_a_label_gives_nothing_of_it(scene: Scene) -> None:
    scene.walk(*IDENTIFY)
    scene.kiosk.scanner.scan(UPS)
    scene.wait(8)
    scene.kiosk.scanner.unplug()
    scene.wait(1_000)
    scene.kiosk.scanner.plug_in()
    assert scene.page == v.ScanLabels(())

    scene.walk(Scan(UPS))
    assert scene.page.labels == (v.LabelLine("ups", "7127", None),)
