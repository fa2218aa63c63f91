"""Maintenance: a technician has a door opened, by the same rules and in the same record as everybody. The real core."""

import pytest

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core.books import NOT_OPENED, Custody
from kiosk.core.effects import MakeCode
from kiosk.core.entries import Purpose
from kiosk.core.ids import CompartmentId
from tests.core.desk import Desk

PERSON, REASON = "A. Tech", "new lock"


def asked(name: str, *, anyway: bool = False, person: str = PERSON, reason: str = REASON) -> ev.MaintenanceAsked:
    return ev.MaintenanceAsked(CompartmentId(name), person, reason, anyway)


def test_a_free_compartment_opens_once_its_intent_names_the_person_and_the_reason() -> None:
    desk = Desk().do(asked("A01"))
    said, intent = desk.last(e.MaintenanceRequested), desk.last(e.UnlockRequested)
    assert (said.person, said.reason, said.custody) == (PERSON, REASON, "free")
    assert (intent.opening, intent.purpose, intent.by) == (said.opening, Purpose.MAINTENANCE, PERSON)
    assert desk.pulse().intent_seq == desk.entries[-1].seq


def test_a_free_compartment_is_as_free_after_the_test_as_before_it() -> None:
    desk = Desk().do(asked("A01")).open_door().close_door()
    assert desk.kinds()[-2:] == ["door_opened", "door_closed"]
    assert desk.compartment("A01").custody is Custody.FREE
    assert desk.state.openings == {}


def test_a_compartment_with_a_parcel_stays_shut_unless_it_is_said() -> None:
    desk = Desk().stored()
    name = desk.parcel().compartment
    pulses = len(desk.pulses())
    desk.wait(70_000).touch(ev.Choice.FINISH).do(asked(name))
    assert desk.last(e.MaintenanceRefused) == e.MaintenanceRefused(name, PERSON, REASON, "occupied")
    assert len(desk.pulses()) == pulses

    before = desk.parcel()
    desk.do(asked(name, anyway=True)).open_door().close_door()
    assert desk.last(e.MaintenanceRequested).custody == "occupied"
    assert desk.parcel() == before
    assert desk.compartment(name).custody is Custody.OCCUPIED
    assert not [effect for effect in desk.effects if isinstance(effect, MakeCode)]


def test_nobody_who_is_served_is_disturbed() -> None:
    desk = Desk().identify().do(asked("A01", anyway=True))
    assert desk.last(e.MaintenanceRefused).why == "somebody is being served"
    assert not desk.pulses()


def test_a_door_that_is_being_opened_is_not_asked_for_twice() -> None:
    desk = Desk().do(asked("A01")).do(asked("A01"))
    assert desk.last(e.MaintenanceRefused).why == "it is being opened already"
    assert len(desk.pulses()) == 1


def test_a_compartment_that_is_not_there_is_refused() -> None:
    assert Desk().do(asked("Z99")).last(e.MaintenanceRefused).why == "no such compartment"


@pytest.mark.parametrize(("person", "reason"), [("", REASON), (PERSON, " ")])
def test_nothing_opens_for_nobody_or_without_a_reason(person: str, reason: str) -> None:
    desk = Desk().do(asked("A01", person=person, reason=reason))
    assert desk.last(e.MaintenanceRefused).why == "nobody is named, or no reason"
    assert not desk.pulses()


def test_a_lock_that_never_opens_is_retried_by_the_rules_and_then_out_of_order() -> None:
    desk = Desk().do(asked("A01"))
    for _ in range(desk.policy.pulses_per_opening):
        desk.pulse_in_vain().wait(4_000)
    assert desk.last(e.OpeningFailed).reason == NOT_OPENED
    assert desk.compartment("A01").out_of_order
    assert desk.compartment("A01").custody is Custody.FREE


def test_a_test_that_the_power_ended_leaves_the_compartment_to_a_person() -> None:
    desk = Desk().do(asked("A01")).send_pulse()
    desk.do(ev.Started("1.0", "3.40"))
    assert desk.last(e.UnlockAbandoned).compartment == "A01"
    assert desk.compartment("A01").custody is Custody.CHECK
