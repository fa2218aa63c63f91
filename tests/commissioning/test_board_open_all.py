"""`kiosk board open-all` on a simulated bank behind pseudo-terminals: in turn, and by two persons."""

import json
from dataclasses import replace
from typing import Any

import pytest

from hardware_sim.faults import DeadBoard, apply
from kiosk.__main__ import main
from kiosk.core import entries as e
from kiosk.core.ids import BoardId, CompartmentId
from kiosk.wiring.boot import database_path
from storage.claim import claim
from tests.commissioning.benches import Bench

pytestmark = pytest.mark.slow

Printed = pytest.CaptureFixture[str]
KEPT = ("A01", "A02", "A17")
"""Two on the lock board and one on the relay board: a bank that is emptied in a moment."""


@pytest.fixture(autouse=True)
def small(bank: Bench) -> None:
    layout = bank.settings.with_name("layout.toml")
    sizes, *compartments = layout.read_text(encoding="utf-8").split("[[compartment]]\n")
    kept = [each for each in compartments if each.split('"')[1] in KEPT]
    layout.write_text("[[compartment]]\n".join([sizes, *kept]), encoding="utf-8")


def open_all(bank: Bench, capsys: Printed, *more: str, second: str = "B. Guard") -> tuple[int, dict[str, Any], str]:
    who = ["--person", "A. Tech", "--second-person", second, "--reason", "moving out", "--json"]
    code = main(["board", "open-all", "--config", str(bank.settings), *who, *more])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {}, err


def test_every_door_opens_in_turn_one_lock_at_a_time_and_both_persons_stand_in_the_record(
    bank: Bench, capsys: Printed
) -> None:
    code, answer, err = open_all(bank, capsys)

    assert (code, answer["ok"], answer["opened"]) == (0, True, 3)
    assert bank.opened == list(KEPT)
    assert "please shut every door" in err
    assert bank.do(lambda: list(bank.bank.supply.overlaps)) == []
    assert {each.person for each in bank.of(e.MaintenanceRequested)} == {"A. Tech and B. Guard"}
    assert [each.compartment for each in bank.of(e.DoorOpened)] == list(KEPT)
    assert not bank.of(e.CompartmentChecked)


def test_a_stuck_lock_and_a_dead_board_keep_no_other_door_shut(bank: Bench, capsys: Printed) -> None:
    door = bank.bank.door(CompartmentId("A01"))
    door.faults = replace(door.faults, opens_at_pulse=None)
    bank.do(lambda: apply(bank.bank, DeadBoard(BoardId("w1"))))
    code, answer, _ = open_all(bank, capsys)

    assert (code, answer["ok"], answer["opened"]) == (1, False, 1)
    why = {each["compartment"]: each["why"] for each in answer["doors"]}
    assert (why["A01"], why["A02"]) == ("did not open", "")
    assert why["A17"] in {"board lost", "board silent"}


def test_the_second_person_is_somebody_else(bank: Bench, capsys: Printed) -> None:
    code, _, err = open_all(bank, capsys, second=" a. tech ")
    assert (code, bank.opened) == (2, [])
    assert "--second-person: somebody other than 'A. Tech' is allowed" in err

    assert open_all(bank, capsys, second=" ")[0] == 2


def test_nothing_opens_beside_a_running_kiosk(bank: Bench, capsys: Printed) -> None:
    with claim(database_path(bank.site)):
        code, answer, _ = open_all(bank, capsys)
    assert (code, answer["ok"], bank.opened) == (1, False, [])
