"""Health: what entries say of a lock, when it takes no more parcels, and who ends that."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core import health as h
from kiosk.core.books import NOT_OPENED
from kiosk.core.entries import Purpose
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import CompartmentId, OpeningId, VisitId
from tests.core.desk import SMALL, Desk

A01, A02 = CompartmentId("A01"), CompartmentId("A02")
OPENING = OpeningId("o")


def asked(number: int = 1, name: CompartmentId = A01) -> e.UnlockRequested:
    return e.UnlockRequested(OPENING, number, name, Purpose.DROP, (), VisitId("v"), "courier:c", "code", 300)


def opened(after_ms: int = 200, pulses: int = 1, bounces: int = 0) -> list[e.Body]:
    return [*(asked(number) for number in range(1, pulses + 1)), e.DoorOpened(OPENING, A01, after_ms, bounces)]


def failed(name: CompartmentId = A01) -> list[e.Body]:
    return [asked(3, name), e.OpeningFailed(OPENING, name, NOT_OPENED)]


def health(bodies: Iterable[e.Body]) -> h.Health:
    return h.after_all(bodies).of(A01)


# --- what entries add up to ---


def test_openings_pulses_times_and_failures_are_counted() -> None:
    found = health([*opened(180), *opened(220, pulses=2), *failed(), *opened(250, bounces=3)])

    assert (found.openings, found.failures, found.since_failure) == (3, 1, 1)
    assert found.between_failures == 3
    assert found.median_ms == 220
    assert found.tries == (h.Try(1, 180), h.Try(2, 220), h.Try(3, None), h.Try(1, 250, 3))


def test_a_lock_that_never_failed_has_no_openings_between_failures() -> None:
    assert health(opened()).between_failures is None
    assert (h.Health().between_failures, h.Health().median_ms) == (None, None)


def test_only_the_newest_openings_are_judged() -> None:
    found = health([*failed(), *(body for _ in range(h.NEWEST) for body in opened())])

    assert (found.openings, found.failures, len(found.tries)) == (h.NEWEST, 1, h.NEWEST)
    assert h.judged(found) == h.Verdict(100, "")


def test_a_contact_that_closes_again_at_once_is_held_against_its_last_opening() -> None:
    found = health([*opened(), e.DoorRelocked(OPENING, A01, 1_200)])
    assert found.tries == (h.Try(1, 200, relocked=True),)

    assert health([e.DoorRelocked(OPENING, A01, 1_200)]) == h.Health()


def test_a_dead_supply_is_held_against_no_lock_until_a_door_opens() -> None:
    others = [CompartmentId("A02"), CompartmentId("A03")]
    failing = [*failed(), *failed(others[0]), *failed(others[1]), e.SupplyAlarm((A01, *others))]
    assert health(failing) == h.Health(pulses=3)

    assert health([*failing, *failed()]).failures == 0
    assert health([*failing, *opened(), *failed()]).failures == 1


def test_a_supply_alarm_forgives_nothing_of_what_was_before() -> None:
    assert health([*opened(), e.SupplyAlarm((A01,))]).openings == 1


def test_a_failure_of_the_supply_does_not_end_the_openings_without_one() -> None:
    found = health([*opened(), *opened(), *failed(), e.SupplyAlarm((A01,))])

    assert (found.openings, found.failures, found.since_failure) == (2, 0, 2)


def test_openings_that_failed_for_another_reason_than_the_lock_are_not_counted() -> None:
    assert health([asked(), e.OpeningFailed(OPENING, A01, "board silent")]).failures == 0


def test_a_repair_begins_anew() -> None:
    assert health([*failed(), e.CompartmentRepaired(A01, "somebody", "new lock")]) == h.Health()


# --- the verdict ---


@pytest.mark.parametrize(
    ("times", "bodies", "verdict"),
    [
        (20, opened(), h.Verdict(100, "")),
        (1, failed(), h.Verdict(80, "openings failed")),
        (7, opened(pulses=2), h.Verdict(44, "openings needed several pulses")),
        (8, opened(pulses=3), h.Verdict(36, "openings needed several pulses")),
        (20, opened(bounces=h.MANY_BOUNCES), h.Verdict(20, "the contact bounces")),
        (20, opened(bounces=h.MANY_BOUNCES - 1), h.Verdict(100, "")),
        (13, [*opened(), e.DoorRelocked(OPENING, A01, 900)], h.Verdict(35, "the contact closed again at once")),
        (6, failed(), h.Verdict(0, "openings failed")),
    ],
)
def test_a_verdict_names_what_is_worst(times: int, bodies: list[e.Body], verdict: h.Verdict) -> None:
    assert h.judged(health(bodies * times)) == verdict


def test_a_lock_that_opens_ever_later_loses_points_and_a_steady_one_does_not() -> None:
    steady = [body for _ in range(10) for body in opened(1_100)]
    assert h.judged(health(steady)).score == 100

    slower = [body for after_ms in (200,) * 10 + (1_500,) * 5 for body in opened(after_ms)]
    assert h.judged(health(slower)) == h.Verdict(70, "it opens ever later")


BODIES = st.lists(
    st.sampled_from([opened(), opened(pulses=2), opened(900, bounces=9), failed(), [e.DoorRelocked(OPENING, A01, 9)]])
)


@given(BODIES)
def test_a_score_is_never_outside_its_range_and_says_why_if_it_is_not_the_best(kinds: list[list[e.Body]]) -> None:
    verdict = h.judged(health([body for bodies in kinds for body in bodies]))

    assert 0 <= verdict.score <= h.BEST
    assert bool(verdict.why) is (verdict.score < h.BEST)
    assert verdict.fit is (verdict.score >= h.QUARANTINE_BELOW)


# --- what follows ---


def worn(desk: Desk, times: int) -> Desk:
    """Openings that needed two pulses each, before anybody came."""
    bodies = [body for _ in range(times) for body in opened(pulses=2)]
    desk.state = replace(desk.state, health=h.after_all(bodies))
    return desk


def test_a_lock_that_needs_several_pulses_again_and_again_takes_no_new_drop_and_is_ordered_to_be_repaired_once() -> (
    None
):
    desk = worn(Desk(), 7).to_size().touch(Choice.SIZE, SMALL).pulse_in_vain().wait(1_000)
    desk.open_door().answer_vault().close_door()

    assert desk.compartment("A01").out_of_order == "openings needed several pulses"
    (order,) = desk.of(e.WorkOrderOpened)
    assert (order.compartment, order.score) == (A01, 36)
    code = desk.touch(Choice.FINISH).wait(desk.policy.undo_s * 1_000).code()
    desk.enter(code).open_door().close_door()
    assert desk.last(e.ParcelCollected).compartment == A01, "pickups go on"
    assert len(desk.of(e.WorkOrderOpened)) == 1
    assert desk.wait(desk.policy.grace_s * 1_000).to_size().touch(Choice.SIZE, SMALL).pulse().compartment == A02


def test_a_lock_that_fails_outright_is_ordered_to_be_repaired_with_the_score_it_has_then() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open()

    assert [(order.compartment, order.reason, order.score) for order in desk.of(e.WorkOrderOpened)] == [
        (A01, "did not open", 80)
    ]


def test_a_contact_that_is_suspected_and_then_out_of_order_is_one_order() -> None:
    desk = Desk().set_door("A01", Reading.FAULT, stable_ms=100)
    assert [order.reason for order in desk.of(e.WorkOrderOpened)] == ["contact fault"]

    desk.set_door("A01", Reading.CLOSED).do(ev.MaintenanceAsked(A01, "A. Tech", "try")).fail_to_open()
    assert desk.compartment("A01").out_of_order
    assert len(desk.of(e.WorkOrderOpened)) == 1


def test_readings_taken_back_before_the_door_counts_as_open_are_its_bounces() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).send_pulse().wait(100)
    for reading in (Reading.OPEN, Reading.CLOSED, Reading.OPEN, Reading.CLOSED):
        desk.readings[1] = reading
        desk.wait(10).read()
    desk.set_door("A01", Reading.OPEN)

    assert desk.last(e.DoorOpened).bounces == 4
    assert desk.state.health.of(A01).tries[-1].bounces == 4


def test_health_is_what_the_entries_of_a_run_add_up_to() -> None:
    desk = Desk().stored().to_size().touch(Choice.SIZE, SMALL).fail_to_open().touch(Choice.CANCEL)

    assert {A01, A02} <= set(desk.state.health.compartments)
    assert h.after_all(entry.body for entry in desk.entries) == desk.state.health


# --- who ends it ---


def repaired(name: CompartmentId = A01, person: str = "A. Tech", reason: str = "new lock") -> ev.Repaired:
    return ev.Repaired(name, person, reason)


def test_a_person_who_repaired_it_gives_it_back_with_a_clean_sheet() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open().touch(Choice.CANCEL)
    desk.do(repaired())

    assert desk.last(e.CompartmentRepaired) == e.CompartmentRepaired(A01, "A. Tech", "new lock")
    assert not desk.compartment("A01").out_of_order
    assert desk.state.health.of(A01) == h.Health()


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (repaired(), "nothing is wrong with it"),
        (repaired(CompartmentId("Z9")), "no such compartment"),
        (repaired(person=" "), "nobody is named, or no reason"),
        (repaired(reason=""), "nobody is named, or no reason"),
    ],
)
def test_a_repair_of_nothing_or_by_nobody_is_refused_and_recorded(event: ev.Repaired, why: str) -> None:
    desk = Desk().do(event)

    assert desk.last(e.MaintenanceRefused).why == why
    assert not desk.of(e.CompartmentRepaired)


def test_a_repair_says_nothing_of_what_is_inside() -> None:
    desk = Desk().set_door("A01", Reading.FAULT, stable_ms=100).set_door("A01", Reading.OPEN).do(repaired())

    assert desk.compartment("A01").custody.value == "check"
    assert not desk.compartment("A01").suspected
