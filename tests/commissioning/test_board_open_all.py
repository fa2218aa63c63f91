"""`kiosk board open-all` on a simulated bank behind pseudo-terminals: in turn, and by two persons."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hardware_sim.doors import SimDoor
from hardware_sim.faults import DeadBoard, apply
from hardware_sim.quirks import BOARD_PULSE_MS
from kiosk.__main__ import main
from kiosk.cli.common import INTERRUPTED
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


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """As at a terminal: a process that was started in the background may have been told to hear no Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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


def test_locks_keep_the_gap_and_the_rest_of_the_policy(bank: Bench, capsys: Printed) -> None:
    assert open_all(bank, capsys)[0] == 0
    assert open_all(bank, capsys)[0] == 0
    gap_us = bank.do(lambda: bank.bank.supply.shortest_gap_us)
    rests = bank.do(lambda: [use.shortest_rest_us for _, use in bank.bank.supply.uses() if use.pulses > 1])

    policy = bank.site.policy
    assert gap_us is not None
    assert gap_us >= policy.pulse_gap_ms * 1_000
    assert len(rests) == len(KEPT)
    assert all(rest >= policy.pulse_ms * policy.lock_rest_factor * 1_000 for rest in rests if rest is not None)
    assert policy.pulse_ms < BOARD_PULSE_MS, "a board that times pulses by itself is waited for as long as it takes"


def test_what_may_hold_a_parcel_stays_shut_unless_it_is_wanted_and_stays_what_it_is(
    bank: Bench, capsys: Printed
) -> None:
    left_open = bank.bank.door(CompartmentId("A02"))
    bank.do(left_open.pop_open)
    assert open_all(bank, capsys)[0] in {0, 1}
    checked = [each.compartment for each in bank.of(e.CompartmentChecked)]
    assert checked == ["A02"], "it was found open"

    bank.do(left_open.push)
    bank.opened.clear()
    code, answer, _ = open_all(bank, capsys)
    why = {each["compartment"]: each["why"] for each in answer["doors"]}
    assert (code, bank.opened, why["A02"]) == (1, ["A01", "A17"], "check")

    code, answer, _ = open_all(bank, capsys, "--also-occupied")
    assert (code, answer["opened"]) == (0, 3)
    assert [each.compartment for each in bank.of(e.CompartmentChecked)] == checked
    assert not bank.of(e.CompartmentFreed)


def test_interrupted_once_it_opens_no_further_door_and_waits_for_those_that_are_open(
    bank: Bench, capsys: Printed
) -> None:
    def interrupt(door: SimDoor) -> None:
        if door.is_open:
            os.kill(os.getpid(), signal.SIGINT)

    bank.do(lambda: bank.bank.door(CompartmentId("A01")).watchers.append(interrupt))
    code, answer, _ = open_all(bank, capsys)

    why = {each["compartment"]: each["why"] for each in answer["doors"]}
    assert (code, bank.opened, why) == (1, ["A01"], {"A01": "", "A02": "interrupted", "A17": "interrupted"})
    assert [each.compartment for each in bank.of(e.DoorRelocked)] == ["A01"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupted_twice_it_ends_at_once_and_the_open_door_is_check(bank: Bench, capsys: Printed) -> None:
    bank.shuts = False

    def again() -> None:
        """Once the first one was heard: then a further one means what it always does."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            os.kill(os.getpid(), signal.SIGINT)
        else:
            bank.real_time.world.after(50_000, again)

    def interrupt(door: SimDoor) -> None:
        if door.is_open:
            os.kill(os.getpid(), signal.SIGINT)
            bank.real_time.world.after(50_000, again)

    bank.do(lambda: bank.bank.door(CompartmentId("A01")).watchers.append(interrupt))
    assert open_all(bank, capsys)[0] == INTERRUPTED
    assert bank.opened == ["A01"]


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
