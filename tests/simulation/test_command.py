"""`kiosk-sim soak` and `kiosk-sim replay`, from their arguments to their exit codes."""

import json
from pathlib import Path

import pytest

from hardware_sim.__main__ import main
from hardware_sim.soak.run import Soak

pytestmark = pytest.mark.slow

KEYS = {"violations", "simulated_hours", "wall_s", "pulses", "entries", "power_cuts", "trace_hash"}


def test_a_sound_kiosk_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["soak", "--seed", "3", "--hours", "0.5", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) >= KEYS
    assert (answer["violations"], answer["failed"]) == (0, [])
    assert answer["entries"] > 0


def test_several_seeds_are_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["soak", "--seed", "1", "--seeds", "2", "--hours", "0.2", "--faults", "none"]) == 0
    told = capsys.readouterr().out
    assert "2 runs" in told
    assert "0 violations" in told


def test_a_bank_can_be_as_large_and_busy_as_a_real_one(capsys: pytest.CaptureFixture[str]) -> None:
    size = ["--compartments", "60", "--visits-per-day", "400"]
    assert main(["soak", "--seed", "2", "--hours", "2", "--faults", "all", *size, "--profile", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["entries"] > 100
    assert "function calls" in told.err


@pytest.mark.usefixtures("broken")
def test_a_broken_kiosk_is_told_kept_shortened_and_found_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.json"
    assert main(["soak", "--seed", "2", "--hours", "6", "--faults", "all", "--json", "--trace", str(kept)]) == 1
    answer = json.loads(capsys.readouterr().out)
    (failed,) = answer["failed"]
    assert answer["violations"] == 1
    assert failed["invariant"] == "S3"
    assert failed["seed"] == 2
    assert failed["step"] > 0
    assert len(json.loads(kept.read_text())["plan"]) == failed["incidents"]

    assert main(["replay", str(kept), "--json"]) == 1
    again = json.loads(capsys.readouterr().out)
    assert again["same_trace"]
    assert again["failed"][0]["step"] == failed["step"]


def test_what_is_remembered_of_a_run_tells_no_code(tmp_path: Path) -> None:
    soak = Soak(tmp_path, seed=3)
    soak.run(hours=2)
    told = "\n".join(soak.trace.newest)
    codes = [str(notice["code"]) for notice in soak.house.phones.notices]
    assert codes
    assert "resident_identified" in told
    assert not [code for code in codes if code in told]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["soak", "--faults", "earthquake"], "allowed are"),
        (["soak", "--hours", "0"], "at most"),
        (["soak", "--hours", "soon"], "at most"),
        (["soak", "--seeds", "0"], "from 1 on"),
        (["soak", "--compartments", "3"], "4 to 200 compartments"),
        (["soak", "--compartments", "many"], "4 to 200 compartments"),
        (["replay", "nowhere.json"], "No such file"),
    ],
)
def test_a_wrong_call_gets_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(arguments)
    except SystemExit as end:
        code = int(str(end.code))
    assert code == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "x", "version": 1}', '{"format": 3}'])
def test_a_file_that_is_no_trace_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "trace.json"
    path.write_text(text)
    assert main(["replay", str(path)]) == 2
    assert "it is no trace" in capsys.readouterr().err
