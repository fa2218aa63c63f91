"""The keyboard scanner's thread, reading event records from named pipes in place of /dev/input/event*.

Not measured on a real input device: what a pipe cannot do, the grab, is handed in, and asked of the kernel where it
must refuse. Which nodes are one scanner's is read from files laid out as the kernel lays out /sys/class/input.
"""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.input.keyboard import KeyboardScanner
from drivers.input.nodes import TYPES_LABELS, Grab, grab, nodes_of
from hardware_sim.event_node import Grabs, SimNode
from hardware_sim.keys import down, dropped, report, typed
from kiosk.core.events import ScannerLost, ScannerReady, ScanRejected
from tests.drivers.input.inboxes import Clock, PatientInbox, scanned

READY, LOST = ScannerReady("front"), ScannerLost("front")
UPS = "1Z5R89390357567127"
PLACE = "usb-0000:00:14.0-2"


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
    node, grabs = SimNode(tmp_path, 5), Grabs()
    with running(tmp_path, node.path, grabs.grab) as (_, inbox):
        inbox.wait_for(READY)
        node.send(typed("]C142010001\x1d9400155566600011122233\rLK1:aB  c_-\r"))
        inbox.wait_for(scanned("]C142010001\x1d9400155566600011122233"), scanned("LK1:aB  c_-"))
        node.send(typed(UPS))
        inbox.wait_for(scanned(UPS))
    assert len(grabs.taken) == 1


def test_a_label_of_five_thousand_keys_is_rejected_once_and_the_next_is_unharmed(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
    with running(tmp_path, node.path) as (_, inbox):
        inbox.wait_for(READY)
        node.send(typed("9" * 5_000 + f"\r{UPS}\r"))
        inbox.wait_for(ScanRejected(5_000), scanned(UPS))


def test_a_label_of_which_the_kernel_lost_keys_is_thrown_away(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
    with running(tmp_path, node.path) as (_, inbox):
        inbox.wait_for(READY)
        node.send(typed(UPS[:9]) + dropped() + report() + typed(UPS[12:] + "\rwhole\r"))
        inbox.wait_for(scanned("whole"))


def test_a_scanner_pulled_in_mid_scan_comes_back_with_nothing_held_down(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
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
    node = SimNode(tmp_path, 5)
    with running(tmp_path, node.path, grab) as (_, inbox):
        node.send(typed(f"{UPS}\r"))
        inbox.wait_for(LOST)
        assert inbox.rest() == []


def test_a_node_that_somebody_else_holds_is_tried_again_until_it_is_free(tmp_path: Path) -> None:
    node, grabs = SimNode(tmp_path, 5), Grabs()
    grabs.held_by_another = True
    with running(tmp_path, node.path, grabs.grab) as (_, inbox):
        inbox.wait_for(LOST)
        grabs.held_by_another = False
        inbox.wait_for(READY)
        node.send(typed(f"{UPS}\r"))
        inbox.wait_for(scanned(UPS))


def test_a_pipe_is_refused_by_the_kernels_grab(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
    file = os.open(node.path, os.O_RDONLY | os.O_NONBLOCK)

    with pytest.raises(OSError, match=os.strerror(errno.ENOTTY)):
        grab(file)
    os.close(file)


def test_stopping_is_prompt(tmp_path: Path) -> None:
    node = SimNode(tmp_path, 5)
    with running(tmp_path, node.path) as (thread, inbox):
        inbox.wait_for(READY)
        begun_s = time.monotonic()
        thread.stop()
        assert time.monotonic() - begun_s < 1.0
        assert not thread.is_alive()


# --- which nodes are one scanner's ---


def test_all_nodes_of_the_scanner_that_have_keys_are_read_and_grabbed(tmp_path: Path) -> None:
    given = SimNode(tmp_path, 5, phys=f"{PLACE}/input0", keys=range(0))
    typing = SimNode(tmp_path, 6, phys=f"{PLACE}/input1")
    SimNode(tmp_path, 7, phys=f"{PLACE}/input2", keys=range(113, 116))
    grabs = Grabs()
    link = tmp_path / "usb-Example_Scanner-event-kbd"
    link.symlink_to(given.path)
    with running(tmp_path, link, grabs.grab) as (_, inbox):
        inbox.wait_for(READY)
        typing.send(typed(f"{UPS}\r"))
        inbox.wait_for(scanned(UPS))
    assert len(grabs.taken) == 2


def test_two_scanners_of_one_kind_are_told_apart_by_their_place(tmp_path: Path) -> None:
    first = SimNode(tmp_path, 5, phys=f"{PLACE}/input0")
    SimNode(tmp_path, 6, phys="usb-0000:00:14.0-3/input0")
    SimNode(tmp_path, 7)

    assert nodes_of(first.path, TYPES_LABELS, tmp_path / "class") == [first.path]


def test_a_node_of_which_the_kernel_tells_no_place_stands_alone(tmp_path: Path) -> None:
    first = SimNode(tmp_path, 5, phys="")
    SimNode(tmp_path, 6, phys="")

    assert nodes_of(first.path, TYPES_LABELS, tmp_path / "class") == [first.path]


def test_a_node_that_vanishes_while_it_is_looked_at_is_left_out(tmp_path: Path) -> None:
    first, second = SimNode(tmp_path, 5, phys=f"{PLACE}/input0"), SimNode(tmp_path, 6, phys=f"{PLACE}/input1")
    (tmp_path / "class" / "event6" / "device" / "capabilities" / "key").unlink()

    assert nodes_of(first.path, TYPES_LABELS, tmp_path / "class") == [first.path]
    assert nodes_of(second.path, TYPES_LABELS, tmp_path / "class") == [second.path, first.path]
