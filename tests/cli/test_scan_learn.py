"""`kiosk scan learn`: which device it says it was, what it prints for the settings, and what it refuses.

Input devices are named pipes, serial ports pseudo-terminals, in a /dev of the test's own. Must not know how keys are
read.
"""

import argparse
import json
import os
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.input.candidates import Around, Candidate, How, Use, candidates
from drivers.input.nodes import grab
from drivers.serial_port import PortSettings, open_port
from hardware_sim.event_node import KEYPAD_KEYS, Grabs, SimNode
from hardware_sim.keys import Typist, label, press
from kiosk.__main__ import main
from kiosk.cli.learn import compared, learn, register
from kiosk.config.inputs import PORT
from tests.drivers.input.test_serial_scanner import PtyScanner

Capture = pytest.CaptureFixture[str]
UPS = "1Z5R89390357567127"
KEYS = ["ok", "port", "lines", "heard", "remark", "error"]


def given(*words: str) -> argparse.Namespace:
    """The arguments as the program's own parser takes them."""
    parser = argparse.ArgumentParser(prog="kiosk scan")
    register(parser.add_subparsers())
    return parser.parse_args(["learn", *words])


def around(root: Path, grabs: Grabs | None = None) -> Around:
    """A system whose /dev/input is laid out beside the nodes."""
    return Around(root, root / "class", (grabs or Grabs()).grab)


def linked(root: Path, folder: str, name: str, target: str | Path) -> Path:
    link = root / folder / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    return link


@contextmanager
def sending(send: Callable[[], object]) -> Iterator[None]:
    """Again and again: what comes before a port is open is lost, as on a real one."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.05):
            send()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_keyboard_scanner_is_found_by_its_scan_and_its_lines_are_for_the_settings(
    tmp_path: Path, capsys: Capture
) -> None:
    SimNode(tmp_path, 4, phys="usb-1/input0", name="A keyboard")
    node = SimNode(tmp_path, 5, phys="usb-2/input0", name="A scanner")
    link = linked(tmp_path, "input/by-id", "usb-Example_Scanner-event-kbd", node.path)
    node.send(label(UPS))

    assert learn(given(), around(tmp_path)) == 0

    out, err = capsys.readouterr()
    assert tomllib.loads(out) == {"scanner": [{"id": "front", "kind": "keyboard", "port": str(link)}]}
    assert out.endswith(f"# heard: '{UPS}'\n")
    assert err == "Watching 2 of 2 devices: scan a label now.\n"


def test_a_serial_scanner_is_found_with_its_speed(tmp_path: Path, capsys: Capture) -> None:
    other, scanner = PtyScanner(), PtyScanner()
    linked(tmp_path, "serial/by-id", "usb-Example_Adapter", other.path)
    link = linked(tmp_path, "serial/by-path", "usb-0:1:1.0", scanner.path)

    with sending(lambda: scanner.send(f"]C0{UPS}\r".encode())):
        assert learn(given("--baud", "115200", "--id", "left", "--json"), around(tmp_path)) == 0

    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == KEYS
    assert answer["lines"] == ["[[scanner]]", 'id = "left"', 'kind = "serial"', f'port = "{link}"', "baud = 115200"]
    assert (answer["port"], answer["heard"], answer["error"]) == (str(link), f"']C0{UPS}'", None)


def test_a_keypad_is_found_by_one_key(tmp_path: Path, capsys: Capture) -> None:
    node = SimNode(tmp_path, 5, keys=KEYPAD_KEYS)
    node.send(press("KP7"))

    assert learn(given("keypad"), around(tmp_path)) == 0

    out = capsys.readouterr().out
    assert tomllib.loads(out) == {"keypad": [{"id": "pad", "port": str(tmp_path / "input" / "event5")}]}
    assert "# heard: key 7" in out


def test_a_badge_is_never_shown(tmp_path: Path, capsys: Capture) -> None:
    node = SimNode(tmp_path, 5)
    node.send(label("0012345678"))

    assert learn(given("badge-reader"), around(tmp_path)) == 0

    out, err = capsys.readouterr()
    assert "12345" not in out + err
    assert tomllib.loads(out)["badge_reader"][0]["kind"] == "keyboard"


def test_a_person_at_a_keyboard_is_no_scanner(tmp_path: Path, capsys: Capture) -> None:
    desk, scanner = SimNode(tmp_path, 4, phys="usb-1/input0"), SimNode(tmp_path, 5, phys="usb-2/input0")
    desk.send(press("a") + press("ENTER"))
    scanner.send(label(UPS, Typist(terminator="")))

    assert learn(given("--json"), around(tmp_path)) == 0
    assert json.loads(capsys.readouterr().out)["port"].endswith("event5")


def test_when_nothing_is_heard_that_is_the_answer(tmp_path: Path, capsys: Capture) -> None:
    SimNode(tmp_path, 5)

    assert learn(given("--seconds", "0.05", "--json"), around(tmp_path)) == 1
    assert json.loads(capsys.readouterr().out) == {
        **dict.fromkeys(KEYS),
        "ok": False,
        "error": "nothing was heard within 0.05 s",
    }
    assert learn(given("--seconds", "0.05"), around(tmp_path)) == 1
    assert capsys.readouterr().err.endswith("kiosk scan learn: nothing was heard within 0.05 s\n")


def test_a_device_that_the_kiosk_holds_is_refused_by_name(tmp_path: Path, capsys: Capture) -> None:
    SimNode(tmp_path, 5)
    scanner = PtyScanner()
    link = linked(tmp_path, "serial/by-id", "usb-Example", scanner.path)
    grabs = Grabs()
    grabs.held_by_another = True
    held = open_port(PortSettings(str(link), 9600), raised=True)

    assert learn(given(), around(tmp_path, grabs)) == 1
    held.close()

    why = "another program holds it; if that is the kiosk, stop it first: systemctl stop kiosk"
    assert capsys.readouterr().err.splitlines() == [
        f"kiosk scan learn: {tmp_path}/input/event5 is not watched: {why}",
        f"kiosk scan learn: {link} is not watched: {why}",
        "kiosk scan learn: there is no device that could be it and can be opened",
    ]


def test_a_port_that_is_to_be_left_is_not_opened(tmp_path: Path) -> None:
    scanner = PtyScanner()
    link = linked(tmp_path, "serial/by-id", "usb-Lock_Boards", scanner.path)
    held = open_port(PortSettings(str(link), 9600), raised=True)

    assert learn(given("--leave", scanner.path), around(tmp_path)) == 1
    held.close()


def test_a_device_that_is_pulled_meanwhile_is_given_up_and_the_others_are_watched_on(
    tmp_path: Path, capsys: Capture
) -> None:
    pulled, node = SimNode(tmp_path, 4, phys="usb-1/input0"), SimNode(tmp_path, 5, phys="usb-2/input0")
    pulls = iter([pulled.unplug])

    def send() -> None:
        next(pulls, lambda: node.send(label(UPS)))()

    with sending(send):
        assert learn(given("--json"), around(tmp_path)) == 0
    assert json.loads(capsys.readouterr().out)["port"].endswith("event5")


def test_a_node_that_is_no_input_device_is_told_with_the_systems_reason(tmp_path: Path, capsys: Capture) -> None:
    SimNode(tmp_path, 5)

    assert learn(given(), Around(tmp_path, tmp_path / "class", grab)) == 1
    assert f"event5 is not watched: {os.strerror(25)}" in capsys.readouterr().err


# --- the label that was scanned ---

GS1 = "42022153\x1d9101026837331000039521"
COMPARED = (
    (GS1, "]C1" + GS1, "as on the label; it names the kind of symbol (GS1-128)"),
    (GS1, "\x1d" + GS1, "as on the label; it does not name the kind of symbol"),
    (GS1, GS1.replace("\x1d", ""), "GS is left out: set the scanner to send FNC1 as GS; it does not name the kind"),
    (UPS, UPS.swapcase(), "the case of letters is turned round: switch Caps Lock off"),
    (UPS, UPS[:5], "5 characters came, the label has 18; set the scanner to send the whole symbol"),
    (UPS, UPS + "9", "19 characters came, the label has 18; set"),
    (UPS, "1Y5R89390357567127", "character 2 came as 'Y', the label has 'Z': the scanner is set to another keyboard"),
)


@pytest.mark.parametrize(("on_label", "heard", "remark"), COMPARED)
def test_what_came_is_compared_with_the_label(on_label: str, heard: str, remark: str) -> None:
    assert compared(on_label, heard).startswith(remark)


def test_a_scanner_of_another_keyboard_is_found_out_by_its_label(tmp_path: Path, capsys: Capture) -> None:
    SimNode(tmp_path, 5).send(label(UPS, Typist(german=True)))

    assert learn(given("--label", UPS), around(tmp_path)) == 0
    assert "\n# character 2 came as 'Y', the label has 'Z'" in capsys.readouterr().out


def test_a_gs_of_the_label_is_given_in_words(tmp_path: Path, capsys: Capture) -> None:
    SimNode(tmp_path, 5).send(label(GS1, Typist(gs="none")))

    assert learn(given("--label", GS1.replace("\x1d", "<GS>"), "--json"), around(tmp_path)) == 0
    assert json.loads(capsys.readouterr().out)["remark"].startswith("GS is left out")


# --- which devices ---


def test_each_device_is_a_candidate_once_by_a_name_that_stays(tmp_path: Path) -> None:
    first = SimNode(tmp_path, 5, phys="usb-2/input0", name="A scanner")
    SimNode(tmp_path, 6, phys="usb-2/input1", name="A scanner")
    SimNode(tmp_path, 7, phys="usb-3/input0", name="A mouse", keys=range(272, 280))
    by_id = linked(tmp_path, "input/by-id", "usb-Example-event-kbd", first.path)
    linked(tmp_path, "input/by-path", "usb-0:2:1.0-event-kbd", first.path)

    assert candidates(Use.SCANNER, around(tmp_path)) == [Candidate(How.KEYBOARD, by_id)]


def test_two_devices_of_one_name_are_told_apart_by_their_sockets(tmp_path: Path) -> None:
    nodes = [SimNode(tmp_path, 5, phys="usb-2/input0", name="S"), SimNode(tmp_path, 6, phys="usb-3/input0", name="S")]
    linked(tmp_path, "input/by-id", "usb-Example-event-kbd", nodes[1].path)
    sockets = [linked(tmp_path, "input/by-path", f"usb-{node.path.name}", node.path) for node in nodes]

    assert candidates(Use.SCANNER, around(tmp_path)) == [Candidate(How.KEYBOARD, socket) for socket in sockets]


def test_a_keypad_is_no_scanner_and_no_serial_port(tmp_path: Path) -> None:
    SimNode(tmp_path, 5, keys=KEYPAD_KEYS)
    linked(tmp_path, "serial/by-id", "usb-Example", PtyScanner().path)

    assert [each.how for each in candidates(Use.SCANNER, around(tmp_path))] == [How.SERIAL]
    assert [each.how for each in candidates(Use.KEYPAD, around(tmp_path))] == [How.KEYBOARD]
    assert PORT.pattern.fullmatch(str(candidates(Use.KEYPAD, around(tmp_path))[0].path))


# --- the call ---


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--seconds", "x"], "argument --seconds: a number above 0 and up to 600 is allowed"),
        (["--seconds", "nan"], "argument --seconds: a number above 0 and up to 600 is allowed"),
        (["--seconds", "0"], "argument --seconds: a number above 0 and up to 600 is allowed"),
        (["--baud", "7"], "argument --baud: invalid choice: 7"),
        (["--id", 'a"b'], "argument --id: 1 to 32 letters, digits, '.', '_' or '-' is allowed"),
        (["printer"], "argument WHAT: invalid choice: 'printer'"),
    ],
)
def test_a_wrong_call_is_one_sentence(words: list[str], sentence: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["scan", "learn", *words])
    assert exit_.value.code == 2
    assert sentence in capsys.readouterr().err
