"""A GPIO chip as libgpiod and the kernel describe it, in memory; whatever the driver should not do fails here.

Holds one chip's lines and who uses them. It must not know gpiozero, nor what a level means.
"""

import errno
import os
import threading
import time
from dataclasses import dataclass, field

import gpiod
from gpiod.line import Bias, Clock, Direction, Drive, Edge, Value

from drivers.gpio.gpiod_factory import CONSUMER, LineConfig

BUFFER = 16
"""Edges that the kernel keeps for each line of a request unless it is asked for more."""
EDGES_TOLD = {Edge.NONE: (), Edge.BOTH: (0, 1)}
TYPES = {1: gpiod.EdgeEvent.Type.RISING_EDGE, 0: gpiod.EdgeEvent.Type.FALLING_EDGE}


def error(code: int) -> OSError:
    return OSError(code, os.strerror(code))


@dataclass
class Hardware:
    """What stays while files are opened and closed."""

    lines: int = 8
    name: str = "gpiochip0"
    label: str = "fake-chip"
    interrupts: bool = True
    levels: dict[int, int] = field(default_factory=dict)
    others: set[int] = field(default_factory=set)
    """Lines that another program uses."""
    broken: set[int] = field(default_factory=set)
    """Lines whose level cannot be read."""
    gone: bool = False
    taken: "dict[int, FakeRequest]" = field(default_factory=dict)
    open_chips: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    """The kernel's own: a test drives lines while the kiosk's thread reads them."""

    def check(self) -> None:
        if self.gone:
            raise error(errno.ENODEV)

    def drive(self, offset: int, level: int) -> None:
        """Something outside changes the level of a line."""
        with self.lock:
            moved = self.levels.get(offset, 0) != level
            self.levels[offset] = level
            if moved and offset in self.taken:
                self.taken[offset].edge(level)

    def vanish(self) -> None:
        """It is pulled out: whoever waits for its files is woken."""
        with self.lock:
            self.gone = True
            for request in self.taken.values():
                request.wake()

    def bias(self, offset: int) -> Bias:
        return self.taken[offset].settings.bias


class FakeChip:
    """An open chip."""

    def __init__(self, hardware: Hardware) -> None:
        hardware.check()
        self._hardware = hardware
        self._closed = False
        hardware.open_chips += 1

    def get_info(self) -> gpiod.ChipInfo:
        self._check()
        return gpiod.ChipInfo(self._hardware.name, self._hardware.label, self._hardware.lines)

    def request_lines(self, config: LineConfig, consumer: str | None = None) -> "FakeRequest":
        self._check()
        assert consumer == CONSUMER
        ((offset, settings),) = config.items()
        assert isinstance(offset, int)
        assert settings is not None
        if not 0 <= offset < self._hardware.lines:
            message = "line offset of out range"
            raise ValueError(message)
        if offset in self._hardware.others or offset in self._hardware.taken:
            raise error(errno.EBUSY)
        return FakeRequest(self._hardware, offset, settings)

    def close(self) -> None:
        assert not self._closed, "closed twice"
        self._closed = True
        self._hardware.open_chips -= 1

    def _check(self) -> None:
        assert not self._closed, "used after its end"
        self._hardware.check()


class FakeRequest:
    """One line, taken. Its file can be read while edges wait, and once the chip is gone."""

    def __init__(self, hardware: Hardware, offset: int, settings: gpiod.LineSettings) -> None:
        self._hardware = hardware
        self._offset = offset
        self._waiting: list[gpiod.EdgeEvent] = []
        self._count = 0
        self.settings = self._checked(settings)
        self.fd, self._wake = os.pipe()
        hardware.taken[offset] = self

    def get_value(self, line: int | str) -> Value:
        self._check(line)
        if self._offset in self._hardware.broken:
            raise error(errno.EREMOTEIO)
        return Value.ACTIVE if self._hardware.levels.get(self._offset, 0) else Value.INACTIVE

    def reconfigure_lines(self, config: LineConfig) -> None:
        ((line, settings),) = config.items()
        assert isinstance(line, int)
        assert settings is not None
        self._check(line)
        self.settings = settings  # the kernel keeps them although it may refuse the edges
        self._checked(settings)

    def read_edge_events(self, max_events: int | None = None) -> list[gpiod.EdgeEvent]:
        self._check(self._offset)
        assert max_events is None
        with self._hardware.lock:
            assert self._waiting, "this would wait for ever"
            os.read(self.fd, len(self._waiting))
            events, self._waiting = self._waiting, []
        return events

    def release(self) -> None:
        with self._hardware.lock:
            assert self._hardware.taken.pop(self._offset) is self
            os.close(self.fd)
            os.close(self._wake)

    def edge(self, level: int) -> None:
        if level not in EDGES_TOLD[self.settings.edge_detection]:
            return
        self._count += 1
        event = gpiod.EdgeEvent(TYPES[level].value, time.monotonic_ns(), self._offset, self._count, self._count)
        if len(self._waiting) == BUFFER:
            del self._waiting[0]
        else:
            self.wake()
        self._waiting.append(event)

    def wake(self) -> None:
        os.write(self._wake, b"!")

    def _check(self, line: int | str) -> None:
        assert line == self._offset
        assert self._hardware.taken.get(self._offset) is self, "used after its release"
        self._hardware.check()

    def _checked(self, settings: gpiod.LineSettings) -> gpiod.LineSettings:
        self._hardware.check()
        assert settings.direction is Direction.INPUT
        assert settings.bias in {Bias.DISABLED, Bias.PULL_UP, Bias.PULL_DOWN}
        assert settings.event_clock is Clock.MONOTONIC
        assert (settings.drive, settings.active_low) == (Drive.PUSH_PULL, False)
        assert not settings.debounce_period
        if settings.edge_detection is not Edge.NONE and not self._hardware.interrupts:
            raise error(errno.ENXIO)
        return settings
