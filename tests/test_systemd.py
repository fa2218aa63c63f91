"""The service's unit, held against the code that it starts and, where there is one, against systemd itself.

Must not know what a directive does; that stands beside it in the unit.
"""

import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from drivers.serial_line import STOP_US
from kiosk.__main__ import main
from kiosk.config.chips import ON_I2C
from kiosk.runner import ROUND_MS
from kiosk.vault import SIGNING_CREDENTIAL, KeyFiles

SYSTEMD = Path(__file__).parents[1] / "systemd"
UNIT = SYSTEMD / "kiosk.service"
HIGHEST_EXPOSURE = 10
"""Ten times the score of `systemd-analyze security`: 10 is SAFE, below 20 is OK."""

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze here")


def settings() -> Mapping[str, list[str]]:
    """Every value of every key of the unit, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def test_the_service_starts_a_command_that_exists(capsys: pytest.CaptureFixture[str]) -> None:
    (started,) = settings()["ExecStart"]
    program, *arguments = shlex.split(started)

    assert program.endswith(".venv/bin/kiosk")
    assert arguments[-1].startswith("/etc/kiosk/")
    assert main([*arguments[:-1], "/nowhere/kiosk.toml"]) == 2
    assert capsys.readouterr().err.startswith("/nowhere/kiosk.toml: the file: cannot be read")


def test_its_credentials_are_the_keys_that_the_vault_looks_for() -> None:
    given = {value.partition(":")[0] for value in settings()["LoadCredential"]}
    wanted = KeyFiles.in_credentials(Path("/run/credentials"))

    assert given == {wanted.code_key.name, wanted.notice_key.name}


def test_the_drop_in_for_a_signed_record_hands_over_the_signing_key() -> None:
    text = (SYSTEMD / "kiosk.service.d" / "60-signing-key.conf").read_text(encoding="utf-8")

    assert f"\nLoadCredential={SIGNING_CREDENTIAL}:/etc/kiosk/keys/{SIGNING_CREDENTIAL}\n" in text


def test_the_drop_in_for_gpio_contacts_opens_gpio_chips_and_nothing_else() -> None:
    text = (SYSTEMD / "kiosk.service.d" / "70-gpio-contacts.conf").read_text(encoding="utf-8")
    groups = (SYSTEMD / "kiosk.sysusers.conf").read_text(encoding="utf-8")

    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        "[Service]",
        "SupplementaryGroups=gpio",
        "DeviceAllow=char-gpiochip rw",
    ]
    assert "\ng gpio -\n" in groups, "a service with a group that does not exist cannot start"


def test_the_drop_in_for_a_camera_opens_cameras_and_nothing_else() -> None:
    text = (SYSTEMD / "kiosk.service.d" / "80-camera.conf").read_text(encoding="utf-8")

    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        "[Service]",
        "SupplementaryGroups=video",
        "DeviceAllow=char-video4linux rw",
    ]


def test_the_drop_in_for_a_second_place_of_snapshots_lets_the_service_write_there_and_needs_nothing() -> None:
    text = (SYSTEMD / "kiosk.service.d" / "90-snapshot-copy.conf").read_text(encoding="utf-8")

    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        "[Service]",
        "ReadWritePaths=-/media/kiosk",
    ]


def test_the_rules_name_an_expander_by_its_bus_as_the_settings_know_it() -> None:
    rules = (SYSTEMD / "70-kiosk.rules").read_text(encoding="utf-8")
    (name,) = re.findall(r'SYMLINK\+="(gpiochip-i2c-)%b"', rules)

    assert ON_I2C.startswith(f"/dev/{name}")


def test_the_watchdog_is_fed_often_enough_and_a_stop_has_time_to_switch_off() -> None:
    (watchdog_s,) = settings()["WatchdogSec"]
    (stop_s,) = settings()["TimeoutStopSec"]

    assert int(watchdog_s) * 1000 >= 5 * ROUND_MS
    assert int(stop_s) * 1_000_000 >= 4 * STOP_US


def test_what_the_kiosk_reads_of_the_system_stays_visible() -> None:
    assert "ProcSubset" not in settings(), "the boot id of /proc/sys would be gone"
    assert "PrivateDevices" not in settings(), "the serial ports would be gone"


def test_no_device_is_open_but_serial_ports_and_input() -> None:
    assert settings()["DevicePolicy"] == ["closed"]
    assert all(re.fullmatch(r"char-(tty\w+ rw|input r)", each) for each in settings()["DeviceAllow"])


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there on every machine."""
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE))
    return copy


def analyzed(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(ANALYZE), *arguments], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_understands_every_line(unit: Path) -> None:
    done = analyzed("verify", "--recursive-errors=no", unit)

    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_its_exposure_is_low(unit: Path) -> None:
    done = analyzed("security", "--offline=true", f"--threshold={HIGHEST_EXPOSURE}", "--no-pager", unit)

    assert done.returncode == 0, done.stdout
