"""The keypad's thread, reading event records from named pipes in place of /dev/input/event*; badge readers that type.

Not measured on a real keypad: which keys are sold ones' is taken from the kernel's table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.input.keyboard import KeyboardScanner
from drivers.input.keypad import KEYS, MOST_KEYS, Keypad, PadKeys
from drivers.input.nodes import Grab, grab
from hardware_sim.event_node import KEYPAD_KEYS, Grabs, SimNode
from hardware_sim.keys import down, dropped, label, press, repeat, report, typed, up
from kiosk.core.events import BadgeShown, Event, Key, KeyPressed, ScannerLost, ScannerReady, ScanRejected
from kiosk.core.ids import Secret
from tests.drivers.input.inboxes import Clock, PatientInbox

PLACE = "usb-0000:00:14.0-2"
PRESSED = (
    ("1", "1"),
    ("0", "0"),
    ("KP7", "7"),
    ("KP0", "0"),
    ("TEL0", "0"),
    ("TEL1", "1"),
    ("ENTER", Key.OK),
    ("KPENTER", Key.OK),
    ("OK", Key.OK),
    ("TEL#", Key.OK),
    ("BACKSPACE", Key.DELETE),
    ("DELETE", Key.DELETE),
    ("KP.", Key.DELETE),
    ("ESC", Key.CLEAR),
    ("CLEAR", Key.CLEAR),
    ("KP*", Key.CLEAR),
    ("TEL*", Key.CLEAR),
)


def pressed(*keys: str) -> list[Event]:
    return [KeyPressed(Secret(str(key))) for key in keys]


@contextmanager
def running(root: Path, node: Path, taken: Grab | None = None) -> Iterator[PatientInbox]:
    inbox = PatientInbox()
    keypad = Keypad("pad", str(node), inbox, Clock().now_us, inputs=root / "class", grab=taken or Grabs().grab)
    keypad.start()
    try:
        yield inbox
    finally:
        keypad.stop()


# --- keys, pure ---


@pytest.mark.parametrize(("name", "key"), PRESSED)
def test_each_key_means_what_is_printed_on_it(name: str, key: str) -> None:
    assert PadKeys().receive(press(name)) == [key]


def test_letters_and_other_keys_are_none_of_its_and_shift_changes_nothing() -> None:
    assert PadKeys().receive(press("a") + press("F1") + press("3", "LEFTSHIFT") + press("KP+")) == ["3"]


def test_a_key_that_is_held_down_counts_once() -> None:
    assert PadKeys().receive(down("5") + repeat("5") * 50 + up("5")) == ["5"]


def test_where_the_kernel_lost_keys_the_torso_is_none() -> None:
    keys = PadKeys()
    torso = down("2").removesuffix(report())

    assert keys.receive(press("1") + dropped() + torso + report() + press("3")) == ["1", "3"]


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_are_survived(first: bytes, second: bytes) -> None:
    keys = PadKeys()

    assert set(keys.receive(first) + keys.receive(second)) <= set(KEYS.values())


@given(st.text("0123456789", max_size=12), st.data())
def test_records_that_are_cut_anywhere_are_put_together(text: str, data: st.DataObject) -> None:
    records, keys = typed(text), PadKeys()
    cut = data.draw(st.integers(0, len(records)))

    assert "".join(keys.receive(records[:cut]) + keys.receive(records[cut:])) == text


# --- the thread ---


def test_what_is_pressed_is_told_key_by_key_and_the_node_is_taken(tmp_path: Path) -> None:
    node, grabs = SimNode(tmp_path, 5, keys=KEYPAD_KEYS), Grabs()
    with running(tmp_path, node.path, grabs.grab) as inbox:
        inbox.wait_for(ScannerReady("pad"))
        node.send(b"".join(map(press, ["KP1", "KP2", "KP.", "KPENTER"])))
        inbox.wait_for(*pressed("1", "2", Key.DELETE, Key.OK))
    assert len(grabs.taken) == 1


def test_a_keypad_of_several_nodes_is_one_keypad(tmp_path: Path) -> None:
    given_node = SimNode(tmp_path, 5, phys=f"{PLACE}/input0", keys=())
    digits = SimNode(tmp_path, 6, phys=f"{PLACE}/input1", keys=KEYPAD_KEYS)
    SimNode(tmp_path, 7, phys=f"{PLACE}/input2", keys=range(113, 116))
    grabs = Grabs()
    with running(tmp_path, given_node.path, grabs.grab) as inbox:
        inbox.wait_for(ScannerReady("pad"))
        digits.send(press("KP4"))
        inbox.wait_for(*pressed("4"))
    assert len(grabs.taken) == 2


def test_a_keypad_that_is_pulled_comes_back(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
    with running(tmp_path, node.path) as inbox:
        inbox.wait_for(ScannerReady("pad"))
        node.send(press("1") + down("2"))
        node.unplug()
        inbox.wait_for(*pressed("1", "2"), ScannerLost("pad"))
        node.plug_in()
        inbox.wait_for(ScannerReady("pad"))
        node.send(press("3"))
        inbox.wait_for(*pressed("3"))


def test_a_keypad_that_cannot_be_taken_is_not_read(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
    with running(tmp_path, node.path, grab) as inbox:
        node.send(press("1"))
        inbox.wait_for(ScannerLost("pad"))
        assert inbox.rest() == []


def test_a_keypad_that_presses_a_thousand_keys_by_itself_is_not_believed(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
    with running(tmp_path, node.path) as inbox:
        inbox.wait_for(ScannerReady("pad"))
        node.send(press("7") * 1_000)
        node.unplug()
        inbox.wait_for(*pressed("7") * MOST_KEYS)
        inbox.wait_until(ScannerLost("pad"))
    told = [event for event in inbox.seen if isinstance(event, KeyPressed)]
    assert len(told) <= 3 * MOST_KEYS  # one lot for each second that it took


# --- badge readers ---


@contextmanager
def badge_reader(root: Path, node: SimNode) -> Iterator[PatientInbox]:
    inbox = PatientInbox()
    reader = KeyboardScanner(
        "door", str(node.path), inbox, Clock().now_us, make=BadgeShown, inputs=root / "class", grab=Grabs().grab
    )
    reader.start()
    try:
        inbox.wait_for(ScannerReady("door"))
        yield inbox
    finally:
        reader.stop()


def test_what_a_badge_reader_types_is_a_badge_of_that_reader_and_never_a_scan(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
    with badge_reader(tmp_path, node) as inbox:
        node.send(label("0012345678"))
        inbox.wait_for(BadgeShown(Secret("0012345678"), "door"))
        node.send(label("9" * 600))
        inbox.wait_for(ScanRejected(600))
