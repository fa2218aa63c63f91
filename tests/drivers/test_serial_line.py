"""The serial line thread on real pseudo-terminals: exchange, exclusive port, unplug and return, stop.

Holds a board at the other end of a pty. It must not know how requests are chosen: that is the line master's test.
"""

import os
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
import serial

from drivers.bank import BoardSetup, LineMaster, LineSetup
from drivers.boards import BOARDS
from drivers.boards.base import (
    Acknowledged,
    AllOff,
    AnyRequest,
    BoardSettings,
    Contacts,
    Forbidden,
    Modes,
    Outputs,
    ReadAll,
    ReadModes,
    ReadOutputs,
    Reply,
    Request,
    Unlock,
)
from drivers.exchange import Timing
from drivers.serial_line import SerialLine
from drivers.serial_port import PortSettings
from kiosk.core.effects import Pulse
from kiosk.core.events import (
    ContactsRead,
    Event,
    LineLost,
    LineReady,
    PulseAnswer,
    PulseAnswered,
    PulseExpired,
    Reading,
)
from kiosk.core.ids import BoardId, CompartmentId, LineId
from kiosk.core.layout import ContactSource, Output
from kiosk.core.policy import PulseMs

LINE = LineId("bus")
BOARD = BoardId("a")
SETUP = BoardSetup(
    BOARD,
    BOARDS["waveshare"],
    BoardSettings(address=1, channels=8),
    Timing(reply_timeout_us=200_000, quiet_us=5_000, pause_us=1_000),
    ContactSource.BOARD_INPUT,
)
PATIENCE_S = 5.0


class PtyBoard:
    """A board on the far end of a pty; ``path`` is the port that the kiosk opens."""

    def __init__(self) -> None:
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        self.path = os.ttyname(self._near)
        self.heard: SimpleQueue[AnyRequest] = SimpleQueue()
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """The far end goes away, as when an adapter is pulled."""
        os.write(self._near, b"\x00")  # wakes the board, which then closes its end
        self._thread.join(PATIENCE_S)
        os.close(self._near)

    def heard_by_now(self) -> list[AnyRequest]:
        return list(drain(self.heard))

    def _answer(self) -> None:
        received = b""
        while True:
            received += os.read(self._far, 256)
            if received == b"\x00":
                os.close(self._far)
                return
            decoded = SETUP.codec.decode_request(received)
            if decoded is not None:
                received = b""
                self.heard.put(decoded[1])
                self._reply_to(decoded[1])

    def _reply_to(self, request: AnyRequest) -> None:
        assert not isinstance(request, Forbidden)
        os.write(self._far, SETUP.codec.encode_reply(SETUP.settings, request, reply_to(request)))


def reply_to(request: Request) -> Reply:
    match request:
        case ReadAll():
            return Contacts(dict.fromkeys(range(1, 9), Reading.CLOSED))
        case ReadOutputs():
            return Outputs(frozenset())
        case ReadModes():
            return Modes((0,) * 8)
        case _:
            return Acknowledged()


def drain(queue: SimpleQueue[AnyRequest]) -> Iterator[AnyRequest]:
    while not queue.empty():
        yield queue.get()


def now_us() -> int:
    return time.monotonic_ns() // 1000


def pulse(seq: int, board: BoardId = BOARD) -> Pulse:
    return Pulse(seq, CompartmentId("A01"), Output(board, 1), PulseMs(300), now_us() // 1000 + 2000)


class Kiosk:
    """One serial line and the inbox it reports to."""

    def __init__(self, path: str) -> None:
        self.inbox: SimpleQueue[Event] = SimpleQueue()
        self.seen: list[Event] = []
        master = LineMaster(LineSetup(LINE, (SETUP,)))
        self.line = SerialLine(PortSettings(path, 9600), master, self.inbox, now_us)

    def wait_for(self, wanted: Callable[[Event], bool]) -> Event:
        """The next event like that; fails after a few seconds."""
        end_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                event = self.inbox.get(timeout=max(0.001, end_s - time.monotonic()))
            except Empty:
                pytest.fail(f"only these events came: {self.seen}")
            self.seen.append(event)
            if wanted(event):
                return event

    def wait_until_ready(self) -> None:
        self.wait_for(lambda event: event == LineReady(LINE))

    def wait_until_lost(self) -> None:
        self.wait_for(lambda event: event == LineLost(LINE))


@contextmanager
def running(path: str | Path) -> Iterator[Kiosk]:
    kiosk = Kiosk(str(path))
    kiosk.line.start()
    try:
        yield kiosk
    finally:
        kiosk.line.stop()


def test_a_pulse_goes_out_and_its_answer_comes_back() -> None:
    board = PtyBoard()
    with running(board.path) as kiosk:
        kiosk.wait_until_ready()
        kiosk.line.send(pulse(1))
        kiosk.wait_for(lambda event: event == PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
        assert Unlock(1, PulseMs(300)) in board.heard_by_now()


def test_polls_go_on_by_themselves() -> None:
    board = PtyBoard()
    with running(board.path) as kiosk:
        kiosk.wait_until_ready()
        kiosk.wait_for(lambda event: isinstance(event, ContactsRead))


def test_nobody_else_can_open_the_port_meanwhile() -> None:
    board = PtyBoard()
    with running(board.path) as kiosk:
        kiosk.wait_until_ready()
        with pytest.raises(serial.SerialException, match="lock"):
            serial.Serial(board.path, exclusive=True)


def test_a_port_that_somebody_else_holds_is_tried_again_until_it_is_free() -> None:
    board = PtyBoard()
    holder = serial.Serial(board.path, exclusive=True)
    with running(board.path) as kiosk:
        kiosk.wait_until_lost()
        holder.close()
        kiosk.wait_until_ready()


def test_an_adapter_that_comes_back_under_another_number_is_found_by_its_path(tmp_path: Path) -> None:
    first, second = PtyBoard(), PtyBoard()
    port = tmp_path / "port"
    port.symlink_to(first.path)
    with running(port) as kiosk:
        kiosk.wait_until_ready()
        first.unplug()
        kiosk.wait_until_lost()
        swap(port, second.path)
        kiosk.wait_until_ready()
        kiosk.line.send(pulse(1))
        kiosk.wait_for(lambda event: event == PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
        assert AllOff() in second.heard_by_now()


def swap(link: Path, target: str) -> None:
    fresh = link.with_suffix(".new")
    fresh.symlink_to(target)
    fresh.replace(link)


def test_a_port_that_does_not_exist_is_retried_while_another_line_runs(tmp_path: Path) -> None:
    board, late = PtyBoard(), PtyBoard()
    missing = tmp_path / "missing"
    with running(missing) as waiting, running(board.path) as kiosk:
        waiting.wait_until_lost()
        waiting.line.send(pulse(1))
        waiting.wait_for(lambda event: event == PulseExpired(1))
        kiosk.wait_until_ready()
        kiosk.line.send(pulse(2))
        kiosk.wait_for(lambda event: event == PulseAnswered(2, PulseAnswer.ACKNOWLEDGED))
        missing.symlink_to(late.path)
        waiting.wait_until_ready()
        assert waiting.seen.count(LineLost(LINE)) == 1


def test_stopping_switches_all_outputs_off_lets_go_of_the_port_and_is_prompt() -> None:
    board = PtyBoard()
    with running(board.path) as kiosk:
        kiosk.wait_until_ready()
        board.heard_by_now()
        begun_s = time.monotonic()
        kiosk.line.stop()
        assert time.monotonic() - begun_s < 1.0
    assert not kiosk.line.is_alive()
    assert board.heard_by_now()[-1] == AllOff()
    serial.Serial(board.path, exclusive=True).close()


def test_stopping_without_a_port_is_prompt(tmp_path: Path) -> None:
    with running(tmp_path / "missing") as kiosk:
        kiosk.wait_until_lost()
        begun_s = time.monotonic()
        kiosk.line.stop()
        assert time.monotonic() - begun_s < 1.0
        assert not kiosk.line.is_alive()


def test_sending_after_the_stop_is_harmless(tmp_path: Path) -> None:
    with running(tmp_path / "missing") as kiosk:
        kiosk.line.stop()
        kiosk.line.send(pulse(1))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_ours_ends_the_thread_and_is_not_swallowed() -> None:
    board = PtyBoard()
    with running(board.path) as kiosk:
        kiosk.wait_until_ready()
        kiosk.line.send(pulse(1, BoardId("on no line")))
        end_s = time.monotonic() + PATIENCE_S
        while kiosk.line.is_alive():
            assert time.monotonic() < end_s, "the thread is still alive"
            threading.Event().wait(0.01)
