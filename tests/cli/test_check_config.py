"""`kiosk check-config`: what it prints and how it exits. Runs the command with real files."""

import argparse
import json
from pathlib import Path

import pytest

from kiosk.cli.config import register

EXAMPLE = Path(__file__).parents[2] / "docs" / "example-site" / "kiosk.toml"


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser(prog="kiosk")
    register(parser.add_subparsers(required=True))
    parsed = parser.parse_args(["check-config", *map(str, arguments)])
    code = parsed.run(parsed)
    assert isinstance(code, int)
    return code


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    for file in EXAMPLE.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    settings = tmp_path / "kiosk.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("address = 1 ", "adress = 1 "), encoding="utf-8")
    (tmp_path / "policy.toml").write_text("pulse_ms = 2000\n", encoding="utf-8")
    return settings


def test_a_sound_site_is_said_to_be_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(EXAMPLE) == 0

    out, err = capsys.readouterr()
    assert out == f"{EXAMPLE}: everything is in order\n"
    assert {line.partition(": ")[0] for line in err.splitlines()} <= {"warning"}


def test_ports_that_are_not_there_are_warnings_beside_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(EXAMPLE, "--json") == 0

    out, err = capsys.readouterr()
    assert json.loads(out) == {"ok": True, "errors": []}
    assert (
        f"warning: {EXAMPLE}: scanner[front].port: /dev/serial/by-id/usb-Example_Scanner_0001-if00 is not there now"
        in err
    )


def test_every_fault_is_one_line_with_file_key_and_what_is_allowed(
    faulty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(faulty) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{faulty}: board[b1].address: is missing; a whole number from 1 to 32 is allowed",
        f"{faulty}: board[b1].adress: is no key here; did you mean address?",
        f"{faulty.parent}/policy.toml: pulse_ms: a whole number from 100 to 1000 is allowed, not 2000",
    ]


def test_faults_as_json_are_one_object_and_nothing_else(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", faulty) == 1

    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert err == ""
    assert set(answer) == {"ok", "errors"}
    assert answer["ok"] is False
    assert len(answer["errors"]) == 3


@pytest.mark.parametrize("name", ["nowhere.toml", "."])
def test_a_file_that_cannot_be_read_is_wrong_input(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / name) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{tmp_path / name}: the file: cannot be read: ")
    assert err.count("\n") == 1


def test_the_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("--help")

    assert ended.value.code == 0
    assert "kiosk check-config /etc/kiosk/kiosk.toml" in capsys.readouterr().out


def test_a_missing_operand_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run()

    assert ended.value.code == 2
    assert "FILE" in capsys.readouterr().err
