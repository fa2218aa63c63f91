"""`kiosk board test` on a simulated bank behind pseudo-terminals: real record, real lines, real locks of simulation."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kiosk.__main__ import main
from kiosk.core import entries as e
from kiosk.core.entries import Purpose
from kiosk.core.events import Reading
from kiosk.core.ids import CompartmentId
from kiosk.wiring.boot import database_path
from storage.claim import claim
from tests.commissioning.benches import Bench

pytestmark = pytest.mark.slow

Printed = pytest.CaptureFixture[str]
A01, A17 = CompartmentId("A01"), CompartmentId("A17")
PERSON, REASON = "A. Tech", "new lock"


def run_test(bank: Bench, capsys: Printed, compartment: str, *more: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the JSON object on standard output, and standard error."""
    who = ["--person", PERSON, "--reason", REASON, "--json"]
    code = main(["board", "test", "--config", str(bank.settings), "--compartment", compartment, *who, *more])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {}, err


@pytest.mark.slow
@pytest.mark.parametrize("compartment", [A01, A17])
def test_a_sound_lock_opens_each_time_and_every_pulse_is_in_the_record(
    bank: Bench, capsys: Printed, compartment: CompartmentId
) -> None:
    code, answer, err = run_test(bank, capsys, compartment, "--times", "2")
    assert (code, answer["ok"], answer["opened"], answer["failures"]) == (0, True, 2, {})
    assert 0 < answer["fastest_ms"] <= answer["slowest_ms"] < 2_000
    assert err.count("please shut it") == 2
    assert bank.opened == [compartment, compartment]

    intents = bank.of(e.UnlockRequested)
    assert len(intents) == 2 + answer["retries"] == bank.bank.pulses(compartment)
    assert {(each.purpose, each.by) for each in intents} == {(Purpose.MAINTENANCE, PERSON)}
    assert {(each.person, each.reason) for each in bank.of(e.MaintenanceRequested)} == {(PERSON, REASON)}
    assert len(bank.of(e.DoorOpened)) == 2
    assert isinstance(bank.record()[-1], e.KioskStopped)


@pytest.mark.slow
def test_a_lock_that_is_stuck_fails_after_the_pulses_of_the_policy(bank: Bench, capsys: Printed) -> None:
    door = bank.bank.door(A01)
    door.faults = replace(door.faults, opens_at_pulse=None)
    code, answer, _ = run_test(bank, capsys, A01, "--times", "5")
    assert (code, answer["ok"], answer["cycles"]) == (1, False, 1)
    assert (answer["failures"], answer["bounces"], answer["median_ms"]) == ({"did not open": 1}, 0, None)
    assert bank.bank.pulses(A01) == bank.site.policy.pulses_per_opening == len(bank.of(e.UnlockRequested))


@pytest.mark.slow
def test_a_contact_that_bounces_for_long_is_counted_and_is_no_second_opening(bank: Bench, capsys: Printed) -> None:
    door = bank.bank.door(A01)
    door.faults = replace(door.faults, bounces=(1, 1), bounce_gap_us=(250_000, 250_000))
    bank.shut_after_us = 2_000_000
    code, answer, _ = run_test(bank, capsys, A01)
    assert (code, answer["opened"], answer["failures"]) == (0, 1, {})
    assert answer["bounces"] >= 2
    assert len(bank.of(e.DoorOpened)) == 1


@pytest.mark.slow
def test_a_line_that_dies_under_the_pulse_leaves_an_outcome_and_no_second_pulse(bank: Bench, capsys: Printed) -> None:
    wire = bank.bank.wire_of(A01)
    bank.bank.door(A01).watchers.append(lambda _door: wire.unplug())
    bank.shuts = False
    code, answer, _ = run_test(bank, capsys, A01)
    assert (code, answer["ok"], answer["cycles"]) == (1, False, 1)
    assert answer["failures"] == {"board silent": 1}
    assert len(bank.of(e.UnlockRequested)) == bank.bank.pulses(A01) == 1
    assert bank.of(e.BoardLost)


def test_a_board_that_does_not_answer_is_not_pulsed(bank: Bench, capsys: Printed) -> None:
    board = bank.bank.board_of(A01)
    board.faults = replace(board.faults, deaf=True)
    code, answer, _ = run_test(bank, capsys, A01)
    assert (code, answer["ok"]) == (1, False)
    assert "s1 does not answer" in answer["error"]
    assert not bank.of(e.UnlockRequested)


def test_a_door_that_says_open_is_not_pulsed(bank: Bench, capsys: Printed) -> None:
    door = bank.bank.door(A01)
    door.faults = replace(door.faults, contact=Reading.OPEN)
    code, answer, _ = run_test(bank, capsys, A01)
    assert (code, answer["ok"]) == (1, False)
    assert "A01 says open" in answer["error"]
    assert not bank.of(e.UnlockRequested)


def test_while_the_service_runs_nothing_is_touched(bank: Bench, capsys: Printed) -> None:
    with claim(database_path(bank.site)):
        code, answer, _ = run_test(bank, capsys, A01)
    assert (code, answer["ok"]) == (1, False)
    assert "stop the kiosk first" in answer["error"]
    assert bank.bank.pulses(A01) == 0


def test_a_record_that_is_damaged_is_left_to_the_next_start(bank: Bench, capsys: Printed) -> None:
    path = database_path(bank.site)
    path.write_bytes(b"not a database" * 1000)
    code, answer, _ = run_test(bank, capsys, A01)
    assert (code, answer["ok"]) == (1, False)
    assert "start the kiosk once" in answer["error"]
    assert path.read_bytes() == b"not a database" * 1000
    assert bank.bank.pulses(A01) == 0


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--compartment", "Z9", "A01"),
        ("--times", "0", "1 to 1000"),
        ("--person", " ", "1 to 200 printable"),
        ("--reason", "\x1b", "1 to 200 printable"),
    ],
)
def test_what_is_given_wrongly_is_refused_by_name(
    bank: Bench, capsys: Printed, option: str, value: str, allowed: str
) -> None:
    code, answer, err = run_test(bank, capsys, "A01", option, value)
    assert (code, answer) == (2, {})
    assert option in err
    assert allowed in err


@pytest.mark.slow
def test_a_lock_that_failed_is_in_order_again_when_a_person_says_so_and_only_once(bank: Bench, capsys: Printed) -> None:
    door = bank.bank.door(A01)
    door.faults = replace(door.faults, opens_at_pulse=None)
    run_test(bank, capsys, A01)
    assert [order.reason for order in bank.of(e.WorkOrderOpened)] == ["did not open"]

    repaired = ["board", "repaired", "--config", str(bank.settings), "--compartment", A01, "--reason", REASON, "--json"]
    assert main([*repaired, "--person", PERSON]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "compartment": A01}
    assert bank.of(e.CompartmentRepaired) == [e.CompartmentRepaired(A01, PERSON, REASON)]

    assert main([*repaired, "--person", PERSON]) == 1
    assert "nothing is wrong with it" in capsys.readouterr().out
    assert main([*repaired, "--person", " "]) == 2
    assert main([*repaired[:5], "Z9", *repaired[6:], "--person", PERSON]) == 2
