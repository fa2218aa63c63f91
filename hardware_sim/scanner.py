"""A serial hand scanner: what it read, and its terminator, byte by byte at its baud rate.

Holds pacing and the plug. It must not know what a label means.
"""

from functools import partial
from typing import Protocol

from hardware_sim.wire import BITS_PER_BYTE, Port
from hardware_sim.world import Planned, World

BAUD = 9600
"""As delivered; always 8N1."""


class Firmware(Protocol):
    """What is in a scanner that takes commands."""

    def hear(self, data: bytes) -> None:
        """The kiosk said this."""
        ...


class SimScanner:
    """One scanner. A scan that is still going out is followed by the next without a pause."""

    def __init__(self, world: World, baud: int = BAUD, terminator: bytes = b"\r") -> None:
        self.world = world
        self.terminator = terminator
        self.port: Port | None = None
        self.plugged = True
        self.firmware: Firmware | None = None
        self._baud = baud
        self._free_us = 0
        self._going_out: list[Planned] = []

    def scan(self, label: str | bytes) -> int:
        """Read a label; text goes out as UTF-8. When its last byte will be out, in the world's microseconds."""
        return self.send((label.encode() if isinstance(label, str) else label) + self.terminator)

    def send(self, data: bytes) -> int:
        """These bytes and nothing behind them. When the last one will be out."""
        begin_us = max(self.world.now_us, self._free_us)
        when_us = [begin_us + count * BITS_PER_BYTE * 1_000_000 // self._baud for count in range(1, len(data) + 1)]
        self._going_out = [planned for planned in self._going_out if planned.when_us > self.world.now_us]
        self._going_out += [self.world.at(us, partial(self._put, byte)) for us, byte in zip(when_us, data, strict=True)]
        self._free_us = when_us[-1] if when_us else begin_us
        return self._free_us

    def hear(self, data: bytes) -> None:
        """What the kiosk says to it."""
        if self.firmware is not None and self.plugged:
            self.firmware.hear(data)

    def unplug(self) -> None:
        """It is pulled out; the rest of a scan is lost."""
        for planned in self._going_out:
            planned.call_off()
        self._going_out, self._free_us, self.plugged = [], 0, False
        if self.port is not None:
            self.port.unplugged()

    def plug_in(self) -> None:
        self.plugged = True
        if self.port is not None:
            self.port.plugged_in()

    def _put(self, byte: int) -> None:
        if self.port is not None and self.plugged:
            self.port.receive(bytes([byte]))
