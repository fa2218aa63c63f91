"""The kiosk's end of a hand scanner in memory: real scan assembly on a simulated scanner, in virtual time.

Holds what the scanner's thread does between its device and the inbox. It must not know what a scan means.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from drivers.input.assembly import Assembler
from hardware_sim.scanner import SimScanner
from kiosk.core.events import Event, ScannerLost, ScannerReady

if TYPE_CHECKING:
    from hardware_sim.world import Planned


class MemoryScanner:
    """A port that hears one scanner from `start` to `kill`. Events go to ``on_event``, one by one."""

    def __init__(self, name: str, scanner: SimScanner, on_event: Callable[[Event], None]) -> None:
        self._name = name
        self._scanner = scanner
        self._world = scanner.world
        self._on_event = on_event
        self._assembler = Assembler(name)
        self._alarm: Planned | None = None

    def start(self) -> None:
        self._scanner.port = self
        self._on_event(ScannerReady(self._name) if self._scanner.plugged else ScannerLost(self._name))

    def kill(self) -> None:
        """The process dies: what the scanner says from now on, nobody hears."""
        if self._scanner.port is self:
            self._scanner.port = None
        self._call_off()

    def receive(self, data: bytes) -> None:
        self._post(self._assembler.receive(data.decode("latin-1"), self._world.now_us))

    def unplugged(self) -> None:
        self._call_off()
        self._assembler = Assembler(self._name)
        self._on_event(ScannerLost(self._name))

    def plugged_in(self) -> None:
        self._on_event(ScannerReady(self._name))

    def _post(self, events: Iterable[Event]) -> None:
        for event in events:
            self._on_event(event)
        self._call_off()
        due_us = self._assembler.deadline_us()
        if due_us is not None:
            self._alarm = self._world.at(due_us, lambda: self._post(self._assembler.expire(self._world.now_us)))

    def _call_off(self) -> None:
        if self._alarm is not None:
            self._alarm.call_off()
            self._alarm = None
