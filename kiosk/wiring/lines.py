"""Lines: what a settings file says of serial lines and boards, as the drivers take it.

Holds the translation, and a thread for each port, not begun yet. It must not open a port.
"""

from collections.abc import Callable, Mapping

from drivers.bank import BoardSetup, LineMaster, LineSetup
from drivers.boards import BOARDS
from drivers.boards.base import BoardSettings, ByteOrder
from drivers.edge import Inbox
from drivers.exchange import Timing
from drivers.serial_line import SerialLine
from drivers.serial_port import PortSettings
from kiosk.config.machine import Board, Line, Machine

US = 1_000
USUAL = Timing()


def line_setups(machine: Machine) -> Mapping[str, LineSetup]:
    """Every line with its boards, by the line's name."""
    return {
        line.line: LineSetup(
            line.line,
            tuple(_board_setup(board, timing_of(line)) for board in machine.boards if board.line == line.line),
        )
        for line in machine.lines
    }


def timing_of(line: Line) -> Timing:
    """The line's own times where it names them."""
    return Timing(
        reply_timeout_us=USUAL.reply_timeout_us if line.reply_timeout_ms is None else line.reply_timeout_ms * US,
        quiet_us=USUAL.quiet_us if line.quiet_ms is None else line.quiet_ms * US,
        pause_us=USUAL.pause_us if line.pause_ms is None else line.pause_ms * US,
    )


def _board_setup(board: Board, timing: Timing) -> BoardSetup:
    return BoardSetup(board.board, BOARDS[board.family], board_settings(board), timing, board.contacts, board.version)


def board_settings(board: Board) -> BoardSettings:
    """What the codec needs to know of a board. A board may have more inputs to read than outputs to switch."""
    return BoardSettings(
        address=board.address,
        channels=max(board.channels, board.inputs),
        closed_level=board.closed_level,
        byte_order=None if board.byte_order is None else ByteOrder(board.byte_order),
        constant_check=board.constant_check,
        status_bytes=board.status_bytes,
        inverted_channels=board.inverted_channels,
    )


def serial_lines(machine: Machine, inbox: Inbox, now_us: Callable[[], int]) -> Mapping[str, SerialLine]:
    """A thread for each serial port, by the line's name; none is started."""
    setups = line_setups(machine)
    return {
        line.line: SerialLine(PortSettings(line.port, line.baud), LineMaster(setups[line.line]), inbox, now_us)
        for line in machine.lines
    }
