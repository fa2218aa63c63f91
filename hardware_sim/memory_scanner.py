"""The kiosk's end of a hand scanner in memory: the real dialogue and scan assembly on a simulated scanner, in virtual
time.

Holds what the scanner's thread does between its device and the inbox. It must not know what a scan means.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from drivers.input.assembly import Assembler
from drivers.input.protocols import PROTOCOLS, Dialogue
from hardware_sim.scanner import SimScanner
from kiosk.core.events import Event, ScannerLost, ScannerReady

if TYPE_CHECKING:
    from hardware_sim.world import Planned


class MemoryScanner:
    """A port that hears one scanner from `start` to `kill`. Events go to ``on_event``, one by one."""

    def __init__(
        self, name: str, scanner: SimScanner, on_event: Callable[[Event], None], protocol: str = "plain"
    ) -> None:
        self._name = name
        self._protocol = protocol
        self._scanner = scanner
        self._world = scanner.world
        self._on_event = on_event
        self._assembler = Assembler(name)
        self._dialogue = Dialogue(PROTOCOLS[protocol])
        self._wanted = False
        self._alarm: Planned | None = None

    def start(self) -> None:
        self._scanner.port = self
        self._on_event(ScannerReady(self._name) if self._scanner.plugged else ScannerLost(self._name))
        self._attend()

    def look(self, *, wanted: bool) -> None:
        """A page asks for a scan from now on, or no more."""
        self._wanted = wanted
        self._attend()

    def kill(self) -> None:
        """The process dies: what the scanner says from now on, nobody hears."""
        if self._scanner.port is self:
            self._scanner.port = None
        self._call_off()

    def receive(self, data: bytes) -> None:
        now_us = self._world.now_us
        self._post(self._assembler.receive(self._dialogue.receive(data, now_us), now_us))

    def unplugged(self) -> None:
        self._call_off()
        self._assembler, self._dialogue = Assembler(self._name), Dialogue(PROTOCOLS[self._protocol])
        self._on_event(ScannerLost(self._name))

    def plugged_in(self) -> None:
        self._on_event(ScannerReady(self._name))
        self._attend()

    def _post(self, events: Iterable[Event]) -> None:
        for event in events:
            self._on_event(event)
        self._attend()

    def _attend(self) -> None:
        """Say what is due, and be called again when something will be."""
        self._call_off()
        if self._scanner.port is not self or not self._scanner.plugged:
            return
        data = self._dialogue.attend(wanted=self._wanted, now_us=self._world.now_us)
        if data:
            self._scanner.hear(data)
        deadlines = (self._dialogue.deadline_us(), self._assembler.deadline_us())
        due_us = min((each for each in deadlines if each is not None), default=None)
        if due_us is not None:
            self._alarm = self._world.at(due_us, lambda: self._post(self._assembler.expire(self._world.now_us)))

    def _call_off(self) -> None:
        if self._alarm is not None:
            self._alarm.call_off()
            self._alarm = None
