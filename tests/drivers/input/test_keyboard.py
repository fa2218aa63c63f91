"""The keyboard scanner's thread, reading event records from named pipes in place of /dev/input/event*.

Not measured on a real input device: what a pipe cannot do, the grab, is handed in, and asked of the kernel where it
must refuse. Which nodes are one scanner's is read from files laid out as the kernel lays out /sys/class/input.
"""

import errno
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.input.keyboard import KeyboardScanner
from drivers.input.nodes import TYPES_LABELS, Grab, grab, nodes_of
from kiosk.core.events import ScannerLost, ScannerReady, ScanRejected
from tests.drivers.input.inboxes import Clock, PatientInbox, scanned
from tests.drivers.input.keys import down, dropped, report, typed

READY, LOST = ScannerReady("front"), ScannerLost("front")
UPS = "1Z5R89390357567127"
PLACE = "usb-0000:00:14.0-2"
LETTERS_AND_DIGITS = range(1, 60)


class Node:
    """One event node: a named pipe, and what the kernel tells of it under /sys/class/input."""

    def __init__(self, root: Path, number: int, *, phys: str | None = None, keys: range = LETTERS_AND_DIGITS) -> None:
        self.path = root / "dev" / f"event{number}"
        self.path.parent.mkdir(exist_ok=True)
        self._pipe: int | None = None
        self.plug_in()
        about = root / "class" / f"event{number}" / "device"
        (about / "capabilities").mkdir(parents=True)
        if phys is not None:
            (about / "phys").write_text(phys + "\n", encoding="ascii")
        (about / "capabilities" / "key").write_text(bitmap(keys) + "\n", encoding="ascii")

    def plug_in(self) -> None:
        os.mkfifo(self.path)
        self._pipe = os.open(self.path, os.O_RDWR)  # also reads, so that it can be opened before the kiosk does

    def send(self, records: bytes) -> None:
        assert self._pipe is not None
        while records:
            records = records[os.write(self._pipe, records) :]

    def unplug(self) -> None:
        assert self._pipe is not None
        self.path.unlink()
        os.close(self._pipe)
        self._pipe = None


def bitmap(keys: range) -> str:
    """As the kernel writes it: words of the machine's size in hexadecimal, the highest first."""
    bits = 8 * struct.calcsize("l")
    value = sum(1 << key for key in keys)
    words = [value >> bits * place & (1 << bits) - 1 for place in range(0x300 // bits)]
    return " ".join(f"{word:x}" for word in reversed(words)).lstrip("0 ") or "0"


class Grabs:
    """Takes note of what was grabbed; refuses while somebody else holds it."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.held_by_another = False

    def grab(self, file: int) -> None:
        if self.held_by_another:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        self.taken.append(file)


@contextmanager
def running(root: Path, node: Path, grab: Grab | None = None) -> Iterator[tuple[KeyboardScanner, PatientInbox]]:
    inbox = PatientInbox()
    taken = grab or Grabs().grab
    scanner = KeyboardScanner("front", str(node), inbox, Clock().now_us, inputs=root / "class", grab=taken)
    scanner.start()
    try:
        yield scanner, inbox
    finally:
        scanner.stop()


def test_what_the_scanner_types_is_a_scan_exactly_as_typed(tmp_path: Path) -> None:
    node, grabs = Node(tmp_path, 5), Grabs()
    with running(tmp_path, node.path, grabs.grab) as (_, inbox):
        inbox.wait_for(READY)
        node.send(typed("]C142010001\x1d9400155566600011122233\rLK1:aB  c_-\r"))
        inbox.wait_for(scanned("]C142010001\x1d9400155566600011122233"), scanned("LK1:aB  c_-"))
        node.send(typed(UPS))
        inbox.wait_for(scanned(UPS))
    assert len(grabs.taken) == 1


def test_a_label_of_five_thousand_keys_is_rejected_once_and_the_next_is_unharmed(tmp_path: Path) -> None:
    node = Node(tmp_path, 5)
    with running(tmp_path, node.path) as (_, inbox):
        inbox.wait_for(READY)
        node.send(typed("9" * 5_000 + f"\r{UPS}\r"))
        inbox.wait_for(ScanRejected(5_000), scanned(UPS))


def test_a_label_of_which_the_kernel_lost_keys_is_thrown_away(tmp_path: Path) -> None:
    node = Node(tmp_path, 5)
    with running(tmp_path, node.path) as (_, inbox):
        inbox.wait_for(READY)
        node.send(typed(UPS[:9]) + dropped() + report() + typed(UPS[12:] + "\rwhole\r"))
        inbox.wait_for(scanned("whole"))


def test_a_scanner_pulled_in_mid_scan_comes_back_with_nothing_held_down(tmp_path: Path) -> None:
    node = Node(tmp_path, 5)
    with running(tmp_path, node.path) as (_, inbox):
        inbox.wait_for(READY)
        node.send(typed("1z5r") + down("LEFTSHIFT"))
        node.unplug()
        inbox.wait_for(LOST)
        node.plug_in()
        inbox.wait_for(READY)
        node.send(typed("1z5r\r"))
        inbox.wait_for(scanned("1z5r"))


def test_a_node_that_cannot_be_grabbed_is_not_read(tmp_path: Path) -> None:
    node = Node(tmp_path, 5)
    with running(tmp_path, node.path, grab) as (_, inbox):
        node.send(typed(f"{UPS}\r"))
        inbox.wait_for(LOST)
        assert inbox.rest() == []


def test_a_node_that_somebody_else_holds_is_tried_again_until_it_is_free(tmp_path: Path) -> None:
    node, grabs = Node(tmp_path, 5), Grabs()
    grabs.held_by_another = True
    with running(tmp_path, node.path, grabs.grab) as (_, inbox):
        inbox.wait_for(LOST)
        grabs.held_by_another = False
        inbox.wait_for(READY)
        node.send(typed(f"{UPS}\r"))
        inbox.wait_for(scanned(UPS))


def test_a_pipe_is_refused_by_the_kernels_grab(tmp_path: Path) -> None:
    node = Node(tmp_path, 5)
    file = os.open(node.path, os.O_RDONLY | os.O_NONBLOCK)

    with pytest.raises(OSError, match=os.strerror(errno.ENOTTY)):
        grab(file)
    os.close(file)


def test_stopping_is_prompt(tmp_path: Path) -> None:
    node = Node(tmp_path, 5)
    with running(tmp_path, node.path) as (thread, inbox):
        inbox.wait_for(READY)
        begun_s = time.monotonic()
        thread.stop()
        assert time.monotonic() - begun_s < 1.0
        assert not thread.is_alive()


# --- which nodes are one scanner's ---


def test_all_nodes_of_the_scanner_that_have_keys_are_read_and_grabbed(tmp_path: Path) -> None:
    given = Node(tmp_path, 5, phys=f"{PLACE}/input0", keys=range(0))
    typing = Node(tmp_path, 6, phys=f"{PLACE}/input1")
    Node(tmp_path, 7, phys=f"{PLACE}/input2", keys=range(113, 116))
    grabs = Grabs()
    link = tmp_path / "usb-Example_Scanner-event-kbd"
    link.symlink_to(given.path)
    with running(tmp_path, link, grabs.grab) as (_, inbox):
        inbox.wait_for(READY)
        typing.send(typed(f"{UPS}\r"))
        inbox.wait_for(scanned(UPS))
    assert len(grabs.taken) == 2


def test_two_scanners_of_one_kind_are_told_apart_by_their_place(tmp_path: Path) -> None:
    first = Node(tmp_path, 5, phys=f"{PLACE}/input0")
    Node(tmp_path, 6, phys="usb-0000:00:14.0-3/input0")
    Node(tmp_path, 7)

    assert nodes_of(first.path, TYPES_LABELS, tmp_path / "class") == [first.path]


def test_a_node_of_which_the_kernel_tells_no_place_stands_alone(tmp_path: Path) -> None:
    first = Node(tmp_path, 5, phys="")
    Node(tmp_path, 6, phys="")

    assert nodes_of(first.path, TYPES_LABELS, tmp_path / "class") == [first.path]


def test_a_node_that_vanishes_while_it_is_looked_at_is_left_out(tmp_path: Path) -> None:
    first, second = Node(tmp_path, 5, phys=f"{PLACE}/input0"), Node(tmp_path, 6, phys=f"{PLACE}/input1")
    (tmp_path / "class" / "event6" / "device" / "capabilities" / "key").unlink()

    assert nodes_of(first.path, TYPES_LABELS, tmp_path / "class") == [first.path]
    assert nodes_of(second.path, TYPES_LABELS, tmp_path / "class") == [second.path, first.path]
