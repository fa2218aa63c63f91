"""`kiosk board learn` on a simulated bank behind pseudo-terminals, with a person who says which door they see open."""

import io
import json
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main
from kiosk.config import Refusal, read_site
from kiosk.core import entries as e
from kiosk.core.entries import Purpose
from kiosk.core.ids import CompartmentId
from kiosk.wiring.boot import database_path
from storage.claim import claim
from tests.commissioning.benches import Bench

pytestmark = pytest.mark.slow

Printed = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
A01, A02, A03 = map(CompartmentId, ("A01", "A02", "A03"))


class Person(io.TextIOBase):
    """Standard input: whoever stands in front of the bank types the door that opened last, and shuts it."""

    def __init__(self, bank: Bench, sees: Callable[[CompartmentId], str]) -> None:
        self._bank = bank
        self._sees = sees

    def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
        name = self._bank.opened[-1]
        self._bank.do(self._bank.bank.door(name).push)
        return self._sees(name)


def sees_it(name: CompartmentId) -> str:
    return f"{name}\n"


def small(bank: Bench, *names: CompartmentId) -> None:
    """Leaves only these compartments in the layout file: a walk through all of them takes a minute."""
    path = bank.site.machine.files.layout
    head, *tables = path.read_text().split("[[compartment]]")
    kept = [table for table in tables if any(f'"{name}"' in table for name in names)]
    path.write_text("[[compartment]]".join([head, *kept]))


def learn(
    bank: Bench, capsys: Printed, monkeypatch: Patch, *more: str, sees: Callable[[CompartmentId], str] = sees_it
) -> tuple[int, dict[str, Any], str]:
    """Exit code, the JSON object on standard output, and standard error."""
    bank.shuts = False
    monkeypatch.setattr(sys, "stdin", Person(bank, sees))
    who = ["--person", "A. Tech", "--reason", "new bank", "--json"]
    code = main(["board", "learn", "--config", str(bank.settings), *who, *more])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {}, err


@pytest.mark.slow
def test_swapped_locks_are_found_by_walking_the_bank_and_the_layout_is_written_beside_the_old_one(
    bank: Bench, capsys: Printed, monkeypatch: Patch, tmp_path: Path
) -> None:
    small(bank, A01, A02, A03)
    bank.do(lambda: bank.bank.swap_locks(A01, A02))
    before, out = bank.site.machine.files.layout.read_text(), tmp_path / "learned.toml"
    code, answer, _ = learn(bank, capsys, monkeypatch, "--out", str(out))
    assert (code, answer["ok"], answer["settings"]) == (0, True, [])
    seen = [(row["channel"], row["compartment"], row["contact_channel"], row["trouble"]) for row in answer["outputs"]]
    assert seen == [(1, A02, 2, ""), (2, A01, 1, ""), (3, A03, 3, "")]
    assert bank.site.machine.files.layout.read_text() == before

    bank.settings.write_text(bank.settings.read_text().replace("layout.toml", "learned.toml"))
    site = read_site(bank.settings)
    assert not isinstance(site, Refusal), site
    assert [site.layout.place(name).output.channel for name in (A01, A02, A03)] == [2, 1, 3]
    assert [site.layout.place(name).contact.channel for name in (A01, A02, A03)] == [1, 2, 3]
    assert tomllib.loads(out.read_text())["size"] == tomllib.loads(before)["size"]
    assert {(each.purpose, each.by) for each in bank.of(e.UnlockRequested)} == {(Purpose.MAINTENANCE, "A. Tech")}
    assert len(bank.of(e.UnlockRequested)) == len(bank.of(e.MaintenanceRequested)) == 3
    assert not bank.of(e.WiringSuspected)


@pytest.mark.slow
def test_a_contact_of_the_opposite_sense_is_found_by_opening_its_door(
    bank: Bench, capsys: Printed, monkeypatch: Patch
) -> None:
    board = bank.bank.board_of(A03)
    board.settings = replace(board.settings, closed_level=0)
    code, answer, _ = learn(bank, capsys, monkeypatch, "--compartment", A03)
    assert (code, answer["ok"], answer["layout"]) == (0, True, "")
    assert [(row["contact_channel"], row["inverted"]) for row in answer["outputs"]] == [(3, True)]
    assert answer["settings"] == ["s1: closed_level = 0"]


@pytest.mark.slow
def test_a_door_whose_contact_does_not_move_leaves_no_layout(
    bank: Bench, capsys: Printed, monkeypatch: Patch, tmp_path: Path
) -> None:
    small(bank, A01)
    door = bank.bank.door(A01)
    door.faults = replace(door.faults, disconnected=True)
    code, answer, _ = learn(bank, capsys, monkeypatch, "--out", str(tmp_path / "learned.toml"))
    assert (code, answer["ok"], answer["layout"]) == (1, False, "")
    assert [row["trouble"] for row in answer["outputs"]] == ["no contact changed"]
    assert not (tmp_path / "learned.toml").exists()


@pytest.mark.slow
def test_a_label_that_is_not_there_is_asked_for_again(bank: Bench, capsys: Printed, monkeypatch: Patch) -> None:
    answers = iter(["Z9\n", "A01\n"])
    code, answer, err = learn(bank, capsys, monkeypatch, "--compartment", A01, sees=lambda _name: next(answers))
    assert (code, [row["compartment"] for row in answer["outputs"]]) == (0, ["A01"])
    assert '"Z9"' in err


@pytest.mark.slow
def test_when_nobody_answers_any_more_nothing_is_learned_and_the_record_says_how_it_ended(
    bank: Bench, capsys: Printed, monkeypatch: Patch
) -> None:
    code, answer, _ = learn(bank, capsys, monkeypatch, "--compartment", A01, sees=lambda _name: "")
    assert (code, answer["ok"]) == (1, False)
    assert "nobody answered" in answer["error"]
    assert isinstance(bank.record()[-1], e.KioskStopped)


@pytest.mark.slow
def test_a_line_that_dies_under_the_pulse_is_told_and_nothing_is_pulsed_again(
    bank: Bench, capsys: Printed, monkeypatch: Patch
) -> None:
    wire = bank.bank.wire_of(A01)
    bank.bank.door(A01).watchers.append(lambda _door: wire.unplug())
    code, answer, _ = learn(bank, capsys, monkeypatch, "--compartment", A01)
    assert (code, answer["ok"]) == (1, False)
    assert len(bank.of(e.UnlockRequested)) == bank.bank.pulses(A01) == 1


def test_while_the_service_runs_nothing_is_opened(bank: Bench, capsys: Printed, monkeypatch: Patch) -> None:
    with claim(database_path(bank.site)):
        code, answer, _ = learn(bank, capsys, monkeypatch, "--compartment", A01)
    assert (code, answer["ok"]) == (1, False)
    assert "stop the kiosk first" in answer["error"]


def test_no_file_is_written_over(bank: Bench, capsys: Printed, monkeypatch: Patch) -> None:
    layout = bank.site.machine.files.layout
    before = layout.read_text()
    code, _, err = learn(bank, capsys, monkeypatch, "--out", str(layout))
    assert (code, layout.read_text()) == (2, before)
    assert "--out" in err
    assert not bank.opened
