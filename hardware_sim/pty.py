"""A port that another process can open: a pseudo-terminal behind a stable path, on a simulated line or scanner.

Holds the pseudo-terminal. It must not know what the bytes mean, nor the baud rate: whoever hangs on it paces them.
"""

import os
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hardware_sim.bank import SimBank
from hardware_sim.real_time import RealTime
from hardware_sim.scanner import SimScanner
from hardware_sim.wire import Wire
from kiosk.config.machine import Machine


class PtyPort:
    """The kiosk's end of a line or scanner (`wire.Port`). ``path`` is what the kiosk opens, as /dev/serial/by-path.

    Unplugging takes the path away and hangs up on whoever has it open; plugged in again, it is another terminal under
    the same path. Only in the world's thread.
    """

    def __init__(self, real_time: RealTime, path: Path, heard: Callable[[bytes], object]) -> None:
        self.path = path
        self._real_time = real_time
        self._heard = heard
        self._ends: tuple[int, int] | None = None

    def plugged_in(self) -> None:
        if self._ends is not None:
            return
        far, near = os.openpty()
        tty.setraw(near)
        os.set_blocking(far, False)
        self._ends = far, near  # held open, so that the kiosk may close and open its end as it likes
        self._real_time.watch(far, self._heard)
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.symlink_to(os.ttyname(near))
        fresh.replace(self.path)

    def unplugged(self) -> None:
        if self._ends is None:
            return
        self.path.unlink()
        self._real_time.unwatch(self._ends[0])
        for end in self._ends:
            os.close(end)
        self._ends = None

    def receive(self, data: bytes) -> None:
        """Bytes for the kiosk. What it does not read in time is lost, as in a full receiver."""
        if self._ends is not None:
            with suppress(BlockingIOError):
                os.write(self._ends[0], data)


def line_on_pty(real_time: RealTime, wire: Wire, path: Path) -> PtyPort:
    """Give a simulated line a port at ``path`` and plug it in. Only in the world's thread."""
    wire.port = port = PtyPort(real_time, path, wire.transmit)
    port.plugged_in()
    return port


def bank_on_ptys(real_time: RealTime, bank: SimBank, machine: Machine) -> None:
    """Give each line of the bank its port where the settings say. Only in the world's thread."""
    for line in machine.lines:
        line_on_pty(real_time, bank.wires[line.line], Path(line.port))


def scanner_on_pty(real_time: RealTime, scanner: SimScanner, path: Path) -> PtyPort:
    """Give a simulated scanner a port at ``path`` and plug it in. Only in the world's thread."""
    scanner.port = port = PtyPort(real_time, path, scanner.hear)
    port.plugged_in()
    return port
