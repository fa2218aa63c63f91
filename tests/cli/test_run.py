"""`kiosk run` as a process: how it begins and ends, and what it says of what it cannot use. Real ports and signals."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

import pytest
from sqlalchemy import select

from hardware_sim.site import KEYS
from kiosk.__main__ import main
from kiosk.core.notes import read_checkpoint, read_note, signers
from kiosk.signing import check_signature
from storage.database import Database, connect
from storage.queries import newest_entries
from storage.schema import CHECKPOINTS
from tests.measure.bench import PATIENCE_S, ROOT, BankProcess, bank_process, bench_site
from tests.measure.footprint import DISPLAY

pytestmark = pytest.mark.slow

ALL_OFF = bytes.fromhex("01 05 00 FF 00 00")
LOOK_S = 0.05
Start = Callable[[Path], "subprocess.Popen[str]"]


def refused(settings: Path, code: int = 2, **environment: str) -> str:
    """What a start that must fail writes to standard error; nothing on standard output, no traceback."""
    plain = {key: value for key, value in os.environ.items() if key != "CREDENTIALS_DIRECTORY"}
    command = [sys.executable, "-m", "kiosk", "run", "--config", str(settings)]
    done = subprocess.run(
        command, cwd=ROOT, env=plain | environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def without_secrets(settings: Path) -> None:
    text = settings.read_text()
    begin, end = text.index("[secrets]"), text.index("[files]")
    settings.write_text(text[:begin] + text[end:])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the command and waits for READY=1; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []
    address = tmp_path / "notify"

    def begin(settings: Path) -> "subprocess.Popen[str]":
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(address))
            manager.settimeout(PATIENCE_S)
            command = [sys.executable, "-m", "kiosk", "run", "--config", str(settings)]
            environment = os.environ | {"NOTIFY_SOCKET": str(address)}
            running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True))
            while manager.recv(100) != b"READY=1":
                """Something else was said."""
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[BankProcess]:
    bench_site(tmp_path)
    with bank_process(tmp_path) as process:
        yield process


def said_until(process: "subprocess.Popen[str]", enough: Callable[[str], bool]) -> str:
    """Standard error up to what was waited for. Raises queue.Empty."""
    assert process.stderr is not None
    stream, lines = process.stderr, SimpleQueue[str]()

    def read() -> None:
        for line in stream:
            lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    said = ""
    while not enough(said):
        said += lines.get(timeout=PATIENCE_S)
    return said


def kinds(directory: Path) -> list[str]:
    database = connect(directory / "data" / "kiosk.db")
    try:
        return [type(entry.body).__name__ for entry in newest_entries(database, 1_000)]
    finally:
        database.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_switches_everything_off_at_its_start_and_ends_in_order_when_asked(
    tmp_path: Path, bank: BankProcess, start: Start, number: signal.Signals
) -> None:
    process = start(tmp_path / "kiosk.toml")
    bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    process.send_signal(number)

    assert process.wait(PATIENCE_S) == 0
    bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    assert kinds(tmp_path)[-2:] == ["KioskStarted", "KioskStopped"]


def test_a_clean_stop_leaves_a_record_that_is_signed_to_its_end(
    tmp_path: Path, bank: BankProcess, start: Start
) -> None:
    process = start(tmp_path / "kiosk.toml")
    bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0

    database = connect(tmp_path / "data" / "kiosk.db")
    with closing(database), database.reader.begin() as connection:
        (note,) = connection.execute(select(CHECKPOINTS.c.note)).scalars()
    signed = read_note(note)
    assert read_checkpoint(signed.text).size == len(kinds(tmp_path))
    assert KEYS.signer is not None
    assert signers(signed, [KEYS.signer.verifier_key("bench-1/e1")], check_signature)


def test_the_record_is_verified_from_another_process_while_the_kiosk_runs(
    tmp_path: Path, bank: BankProcess, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    process = start(tmp_path / "kiosk.toml")
    bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    before = sorted(file.name for file in (tmp_path / "data").iterdir())

    assert main(["audit", "verify", str(tmp_path / "data" / "kiosk.db"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] >= 4
    assert sorted(file.name for file in (tmp_path / "data").iterdir()) == before
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0


def test_asked_for_a_checkpoint_by_a_signal_it_signs_what_is_recorded_so_far(
    tmp_path: Path, bank: BankProcess, start: Start
) -> None:
    process = start(tmp_path / "kiosk.toml")
    bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    process.send_signal(signal.SIGUSR1)
    database = connect(tmp_path / "data" / "kiosk.db")
    waited_for, notes = threading.Event(), list[str]()
    with closing(database):
        for _ in range(int(PATIENCE_S / LOOK_S)):
            if (notes := _notes(database)) or process.poll() is not None:
                break
            waited_for.wait(LOOK_S)
    assert notes
    assert read_checkpoint(read_note(notes[0]).text).size >= 4
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0


def _notes(database: Database) -> list[str]:
    with database.reader.begin() as connection:
        return list(connection.execute(select(CHECKPOINTS.c.note)).scalars())


def test_a_second_kiosk_on_the_same_record_is_told_so_and_the_first_goes_on(
    tmp_path: Path, bank: BankProcess, start: Start
) -> None:
    process = start(tmp_path / "kiosk.toml")
    bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    assert "is being written by another process: stop the kiosk first" in refused(tmp_path / "kiosk.toml", code=1)
    process.send_signal(signal.SIGTERM)

    assert process.wait(PATIENCE_S) == 0
    assert kinds(tmp_path).count("KioskStarted") == 1


def test_a_signing_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    bench_site(tmp_path)
    (tmp_path / "signing.key").chmod(0o640)

    assert "signing.key: mode 0640 lets others in; 0400 or 0600 is allowed" in refused(tmp_path / "kiosk.toml")


def test_killed_it_starts_again_and_knows_that_it_did_not_end_in_order(
    tmp_path: Path, bank: BankProcess, start: Start
) -> None:
    process = start(tmp_path / "kiosk.toml")
    bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    process.kill()
    process.wait(PATIENCE_S)
    again = start(tmp_path / "kiosk.toml")
    again.send_signal(signal.SIGTERM)

    assert again.wait(PATIENCE_S) == 0
    assert kinds(tmp_path)[-3:] == ["KioskStarted", "KioskStarted", "KioskStopped"]


def test_ports_that_do_not_exist_are_named_and_waited_for(tmp_path: Path, start: Start) -> None:
    bench_site(tmp_path)
    process = start(tmp_path / "kiosk.toml")
    said = said_until(process, lambda text: text.count("No such file") == 3)
    with bank_process(tmp_path) as bank:
        bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    process.send_signal(signal.SIGTERM)

    assert process.wait(PATIENCE_S) == 0
    assert "Traceback" not in said


def test_settings_with_faults_are_refused_fault_by_fault(tmp_path: Path) -> None:
    bench_site(tmp_path)
    settings = tmp_path / "kiosk.toml"
    settings.write_text(settings.read_text().replace("address = 1", "adress = 1", 1).replace("baud = 9600", "baud = 9"))
    said = refused(settings)

    assert "adress: is no key here; did you mean address?" in said
    assert said.count("baud") >= 2
    assert all(line.startswith(str(settings)) for line in said.splitlines())


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert (
        refused(tmp_path / "none.toml")
        == f"{tmp_path}/none.toml: the file: cannot be read: No such file or directory\n"
    )


def test_without_keys_it_says_how_to_give_them(tmp_path: Path) -> None:
    bench_site(tmp_path)
    settings = tmp_path / "kiosk.toml"
    without_secrets(settings)

    assert "no keys: name two files under [secrets]" in refused(settings)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    bench_site(tmp_path)
    (tmp_path / "code.key").chmod(0o644)

    assert "code.key: mode 0644 lets others in; 0400 or 0600 is allowed" in refused(tmp_path / "kiosk.toml")


def test_keys_may_come_as_credentials_of_the_service(tmp_path: Path) -> None:
    bench_site(tmp_path)
    settings = tmp_path / "kiosk.toml"
    without_secrets(settings)

    said = refused(settings, CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"))
    assert f"{tmp_path}/credentials/code-key: cannot be read" in said


def test_the_record_of_another_kiosk_is_left_alone(tmp_path: Path, bank: BankProcess, start: Start) -> None:
    process = start(tmp_path / "kiosk.toml")
    bank.first_byte_of(lambda data: data.startswith(ALL_OFF))
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_S)
    settings = tmp_path / "kiosk.toml"
    settings.write_text(settings.read_text().replace('id = "bench-1"', 'id = "bench-2"'))

    assert "belongs to kiosk 'bench-1', and this is 'bench-2'" in refused(settings)


@pytest.mark.usefixtures("bank")
def test_a_display_that_cannot_be_opened_is_named_and_parcels_are_handed_out_without(
    tmp_path: Path, start: Start
) -> None:
    bench_site(tmp_path, display=DISPLAY.replace("screen.frames", "nowhere/screen.frames"))
    process = start(tmp_path / "kiosk.toml")

    assert "no display" in said_until(process, lambda text: "no display" in text)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
