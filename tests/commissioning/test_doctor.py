"""`kiosk doctor` on a simulated bank behind pseudo-terminals: what it finds well, and the remedy for what is not."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.serial_port import PortSettings, open_port
from hardware_sim.pty import scanner_on_pty
from hardware_sim.scanner import SimScanner
from hardware_sim.site import KEYS
from kiosk.__main__ import main
from kiosk.core.ids import CompartmentId
from kiosk.wiring.boot import database_path
from storage.claim import claim
from storage.database import beside
from tests.commissioning.benches import Bench

pytestmark = pytest.mark.slow

Printed = pytest.CaptureFixture[str]
A01, A17 = CompartmentId("A01"), CompartmentId("A17")


@pytest.fixture
def whole(bank: Bench) -> Bench:
    """The bank with its scanner plugged in."""
    path = Path(bank.site.machine.scanners[0].port)
    bank.do(lambda: scanner_on_pty(bank.real_time, SimScanner(bank.real_time.world), path))
    return bank


def doctor(bank: Bench, capsys: Printed) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and the checks by name."""
    code = main(["doctor", "--config", str(bank.settings), "--json"])
    out, err = capsys.readouterr()
    assert err == ""
    answer = json.loads(out)
    assert answer["ok"] is (code == 0) is all(check["ok"] for check in answer["checks"])
    checks = {check["name"]: check for check in answer["checks"]}
    assert len(checks) == len(answer["checks"])
    assert all(check["remedy"] for check in checks.values() if not check["ok"])
    return code, checks


def faults(checks: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, check in checks.items() if not check["ok"]]


def test_a_new_kiosk_is_well_and_nothing_of_it_is_moved(whole: Bench, capsys: Printed) -> None:
    code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (0, [])
    expected = {"service", "line left", "board s1", "line right", "board w1", "scanner front", "display", "clock"}
    assert checks.keys() >= expected | {"data directory", "disk space", "sqlite", "record", "keys", "broker"}
    assert checks["broker"]["detail"] == "not configured"
    assert not database_path(whole.site).exists()
    assert not any(board.unlocks or board.forbidden for board in whole.bank.boards.values())


def test_a_board_that_is_silent_is_named_and_the_other_is_not(whole: Bench, capsys: Printed) -> None:
    board = whole.bank.board_of(A01)
    board.faults = replace(board.faults, deaf=True)
    code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (1, ["board s1"])
    assert "kiosk board probe" in checks["board s1"]["remedy"]


def test_a_port_that_is_gone_is_named_and_its_board_is_not_asked(whole: Bench, capsys: Printed) -> None:
    whole.do(whole.bank.wire_of(A17).unplug)
    code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (1, ["line right"])
    assert "plug it in" in checks["line right"]["remedy"]
    assert "board w1" not in checks


def test_a_port_that_another_program_has_is_no_fault_of_the_cable(whole: Bench, capsys: Printed) -> None:
    line = whole.site.machine.lines[0]
    with closing(open_port(PortSettings(line.port, line.baud), raised=False)):
        code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (1, ["line left"])
    assert "fuser" in checks["line left"]["remedy"]


def test_while_the_service_runs_its_ports_are_its_own_and_a_port_that_it_lost_is_told(
    whole: Bench, capsys: Printed
) -> None:
    line, machine = whole.site.machine.lines[0], whole.site.machine
    with (
        claim(database_path(whole.site)),
        closing(open_port(PortSettings(line.port, line.baud), raised=False)),
        closing(open_port(PortSettings(machine.scanners[0].port, line.baud), raised=False)),
    ):
        code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (1, ["line right"])
    assert "held by the service" in checks["line left"]["detail"]
    assert "does not hold it" in checks["line right"]["detail"]
    assert "board s1" not in checks
    assert not any(board.heard for board in whole.bank.boards.values())


MORE_DEVICES = """
[[chip]]
id = "pins"
device = "/dev/gpiochip-none"
closed_level = 0
pull = "up"

[[keypad]]
id = "pad"
port = "/dev/input/by-path/none"

[[badge_reader]]
id = "badge"
kind = "keyboard"
port = "/dev/input/by-id/none"

[camera]
device = "/dev/v4l/by-path/none"
"""


def test_every_device_that_is_not_there_is_told_with_what_would_help(whole: Bench, capsys: Printed) -> None:
    whole.settings.write_text(whole.settings.read_text() + MORE_DEVICES)
    code, checks = doctor(whole, capsys)
    assert (code, set(faults(checks))) == (1, {"chip pins", "keypad pad", "badge reader badge", "camera"})
    assert "/dev/input/by-path/none" in checks["keypad pad"]["detail"]
    assert "plug it in" in checks["keypad pad"]["remedy"]


def test_a_window_without_a_desktop_is_told(whole: Bench, capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    window = '[display]\nkind = "window"\nwidth_px = 800\nheight_px = 480\npx_per_mm = 5.0\n'
    whole.settings.write_text(whole.settings.read_text() + window)
    code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (1, ["display"])
    monkeypatch.setenv("DISPLAY", ":0")
    assert doctor(whole, capsys)[0] == 0


def test_a_key_that_others_may_read_is_told_without_a_byte_of_it(whole: Bench, capsys: Printed) -> None:
    key = whole.settings.with_name("code.key")
    key.chmod(0o644)
    code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (1, ["keys"])
    assert "mode 0644" in checks["keys"]["detail"]
    assert KEYS.code_key.reveal().hex() not in json.dumps(checks)


def test_a_record_that_was_condemned_or_is_none_is_told(whole: Bench, capsys: Printed) -> None:
    path = database_path(whole.site)
    path.write_bytes(b"not a database" * 1000)
    code, checks = doctor(whole, capsys)
    assert (code, set(faults(checks))) == (1, {"record", "snapshot"})
    assert str(path) in checks["record"]["detail"]
    assert path.read_bytes() == b"not a database" * 1000


@pytest.mark.slow
def test_a_record_that_is_there_is_looked_at_and_its_missing_snapshot_is_told(whole: Bench, capsys: Printed) -> None:
    who = ["--person", "A. Tech", "--reason", "first look"]
    assert main(["board", "test", "--config", str(whole.settings), "--compartment", "A01", *who]) == 0
    capsys.readouterr()
    before = database_path(whole.site).read_bytes()
    code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (1, ["snapshot"])
    assert "sound at a glance" in checks["record"]["detail"]
    assert database_path(whole.site).read_bytes() == before
    assert not beside(database_path(whole.site), "-wal").exists()


def test_a_clock_that_nobody_set_is_told(whole: Bench, capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    whole.settings.write_text(whole.settings.read_text().replace('trust = "always"', 'trust = "synchronised"'))
    monkeypatch.setattr("kiosk.commissioning.doctor.SYNCHRONISED_MARK", whole.settings.with_name("nothing"))
    code, checks = doctor(whole, capsys)
    assert (code, faults(checks)) == (1, ["clock"])
    assert "timesyncd" in checks["clock"]["remedy"]


def test_the_data_directory_that_is_not_there_is_told(whole: Bench, capsys: Printed) -> None:
    directory = whole.site.machine.identity.data_directory
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
    code, checks = doctor(whole, capsys)
    assert code == 1
    assert set(faults(checks)) >= {"service", "data directory"}


def test_settings_that_cannot_be_used_are_a_wrong_call(tmp_path: Path, capsys: Printed) -> None:
    assert main(["doctor", "--config", str(tmp_path / "nothing.toml"), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "nothing.toml" in err


def test_a_person_reads_each_fault_with_its_remedy_below(whole: Bench, capsys: Printed) -> None:
    whole.do(whole.bank.wire_of(A17).unplug)
    assert main(["doctor", "--config", str(whole.settings)]) == 1
    lines = capsys.readouterr().out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("FAULT"))
    assert "line right" in lines[at]
    assert "plug it in" in lines[at + 1]
