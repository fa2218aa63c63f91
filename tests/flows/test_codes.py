"""Codes that are wrong: slips, guesses, the failure bucket, guarded mode; and what a restart does not win back."""

import pytest

from hardware_sim.people import See, Touch, Type, TypeCodeFor, Wait
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from kiosk.core.state import CodeProblem
from tests.flows.conftest import NewScene
from tests.flows.scene import Scene
from tests.flows.steps import COURIER_CODE, TAKE_OUT, TOLD, UPS, WRONG_CODE, Steps, drop, pickup

A01 = CompartmentId("A01")
PAUSE = Wait(1_500)
GUESS: Steps = (Type(WRONG_CODE), Wait(100))


def guesses(scene: Scene, count: int) -> Scene:
    """Somebody tries so many well-formed codes, as fast as the kiosk lets them."""
    scene.walk(Touch(Choice.PICK_UP))
    for _ in range(count):
        scene.walk(*GUESS, PAUSE)
    return scene


def test_a_slip_of_one_digit_or_two_swapped_ones_is_told_at_once_and_costs_nothing(stored: Scene) -> None:
    code = stored.notices()[-1]["code"]
    at = next(place for place in range(7) if code[place] != code[place + 1])
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    slipped = code[:-1] + str((int(code[-1]) + 1) % 10)
    before = stored.count()
    for wrong in (slipped, swapped):
        stored.walk(Touch(Choice.PICK_UP), Type(wrong))
        assert stored.page.problem is CodeProblem.SLIP
        stored.walk(Touch(Choice.BACK))
    assert "attempt_debited" not in stored.kinds(before)

    stored.walk(*pickup())


def test_a_wrong_code_is_debited_in_the_file_before_the_vault_is_asked(stored: Scene) -> None:
    stored.walk(Touch(Choice.PICK_UP), Type(WRONG_CODE[:-1]))
    stored.kiosk.taps.append(lambda entries: seen.append([type(x.body) for x in entries]))
    seen: list[list[type[e.Body]]] = []
    asked = len(stored.kiosk.effects)
    stored.walk(Type(WRONG_CODE[-1]), Wait(100))

    assert seen == [[e.AttemptDebited], [e.AttemptDenied]]
    assert len(stored.kiosk.effects) == asked + 1
    assert stored.books.bucket.level == 9


def test_every_wrong_code_is_refused_in_the_same_words_and_the_same_time(stored: Scene) -> None:
    """A code of nobody, and the spent code of a parcel that was collected."""
    spent = stored.notices()[-1]["code"]
    stored.walk(*pickup(), Wait(301_000))
    told = []
    for wrong in (WRONG_CODE, spent):
        stored.walk(Touch(Choice.PICK_UP), Type(wrong), Wait(100))
        debited, denied = stored.entries()[-2:]
        told.append((stored.page.problem, denied.stamp.mono_ms - debited.stamp.mono_ms, type(denied.body)))
        stored.walk(PAUSE, Touch(Choice.BACK))

    assert told[0] == told[1]
    assert told[0][0] is CodeProblem.FAILED


def test_a_code_typed_in_the_pause_after_a_failure_waits_for_its_end_even_over_the_idle_screen(stored: Scene) -> None:
    stored.walk(Touch(Choice.PICK_UP), *GUESS)
    stored.walk(Touch(Choice.BACK), Touch(Choice.PICK_UP), TypeCodeFor(UPS), *TAKE_OUT)

    denied = next(x for x in stored.entries() if isinstance(x.body, e.AttemptDenied))
    debited = [x for x in stored.entries() if isinstance(x.body, e.AttemptDebited)][-1]
    assert debited.stamp.mono_ms - denied.stamp.mono_ms >= 1_500


def test_a_right_code_gives_back_its_own_debit_and_no_other(stored: Scene) -> None:
    guesses(stored, 3).walk(TypeCodeFor(UPS), *TAKE_OUT)

    assert stored.books.bucket.level == 7


def test_an_empty_bucket_tries_no_code_not_even_a_right_one_until_it_has_refilled(stored: Scene) -> None:
    guesses(stored, 10).walk(TypeCodeFor(UPS), Wait(200))
    assert (stored.page.problem, len(stored.frames)) == (CodeProblem.WAIT, 1)
    assert len(stored.of(e.AttemptDebited)) == 1 + 10
    assert stored.of(e.AttemptRefused)

    wait_ms = stored.page.ready_at_ms - stored.now_ms
    assert 0 < wait_ms <= 600_000
    stored.walk(Wait(wait_ms), *pickup())
    assert stored.bank.door(A01).openings == 2


def test_a_restart_gives_nothing_back_to_the_bucket(stored: Scene) -> None:
    guesses(stored, 10).restart()

    stored.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), Wait(200))
    assert stored.page.problem is CodeProblem.WAIT
    assert len(stored.frames) == 1


def test_pulling_the_plug_while_a_code_is_verified_leaves_it_debited(stored: Scene) -> None:
    stored.walk(Touch(Choice.PICK_UP), Type(WRONG_CODE[:-1]))
    stored.kiosk.scanner.scan(WRONG_CODE)
    while not stored.kiosk.screen.busy:
        stored.world.step()
    stored.restart()

    assert stored.kinds().count("attempt_debited") == 2
    assert stored.books.bucket.level == 9


def test_a_jump_of_the_wall_clock_refills_nothing(stored: Scene) -> None:
    guesses(stored, 10)
    stored.kiosk.set_wall_clock(24 * 3_600_000)

    stored.walk(TypeCodeFor(UPS), Wait(200))
    assert stored.page.problem is CodeProblem.WAIT
    assert stored.last(e.ClockJumped).by_ms == 24 * 3_600_000


def test_many_failures_within_a_day_lead_to_guarded_mode_with_its_alarm_and_the_slower_refill(
    new_scene: NewScene,
) -> None:
    scene = new_scene("guarded_after = 10").start().walk(*drop(), *TOLD)
    guesses(scene, 10)
    assert [alarm.alarm for alarm in scene.of(e.AlarmRaised)] == ["guarded mode"]
    assert scene.page.guarded

    scene.walk(TypeCodeFor(UPS), Wait(200))
    wait_ms = scene.page.ready_at_ms - scene.now_ms
    assert 600_000 < wait_ms <= 1_200_000
    scene.restart().walk(Wait(wait_ms), *pickup())
    assert scene.books.bucket.guarded
    assert scene.bank.door(A01).openings == 2


def test_guarded_mode_is_over_after_a_day_without_a_failure(new_scene: NewScene) -> None:
    scene = new_scene("guarded_after = 10\npoll_idle_ms = 10000", only=("A01",)).start()
    guesses(scene, 10).kill()
    scene.wait(86_400_000).restart()

    assert scene.last(e.GuardedModeLeft).reason == "24 hours without a failure"
    assert not scene.books.bucket.guarded


def test_couriers_and_residents_draw_on_the_same_bucket(stored: Scene) -> None:
    guesses(stored, 10).walk(Touch(Choice.BACK), Touch(Choice.DELIVER), Type(COURIER_CODE), Wait(200))

    assert stored.page.problem is CodeProblem.WAIT


def test_a_vaults_answer_that_comes_after_the_person_left_opens_nothing_and_gives_the_debit_back(
    stored: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware_sim.kiosk.DERIVATION_US", 60_000_000)
    stored.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), See(v.Welcome))
    assert stored.books.bucket.level == 9

    stored.walk(Wait(30_000))
    assert stored.books.bucket.level == 10
    assert len(stored.frames) == 1
