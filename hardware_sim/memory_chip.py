"""The kiosk's end of a GPIO chip in memory: real contacts on a simulated chip, in virtual time, as the thread does it.

Holds the waiting and the reopening of a chip that vanished. It must not know what a level means. It calls the contacts
exactly as `drivers.gpio.thread` does, which is what runs on a real kiosk.
"""

import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from drivers.edge import REOPEN_FIRST_US, REOPEN_LIMIT_US
from drivers.gpio.contacts import ChipContacts, ChipSetup
from hardware_sim.chips import SimChip
from kiosk.core.effects import PollDoors
from kiosk.core.events import Event

if TYPE_CHECKING:
    from hardware_sim.world import Planned


class MemoryChip:
    """A chip that is open while it is plugged in. Events go to ``on_event``, one by one."""

    def __init__(self, chip: SimChip, setup: ChipSetup, on_event: Callable[[Event], None]) -> None:
        self._chip = chip
        self._world = chip.world
        self._contacts = ChipContacts(setup, self._wake)
        self._on_event = on_event
        self._reopen_us = REOPEN_FIRST_US
        self._alarm: Planned | None = None
        self._running = False

    def start(self) -> None:
        self._running = True
        self._chip.port = self
        self._try_to_open()

    def kill(self) -> None:
        """The process dies: what the doors do from now on, nobody sees."""
        self._running = False
        if self._chip.port is self:
            self._chip.port, self._chip.factory = None, None
        self._contacts.close()
        self._call_off()

    def send(self, effect: PollDoors) -> None:
        """Hand over an effect; what follows happens in the world's next step, not in this call."""
        if self._running:
            self._contacts.submit(effect, self._world.now_us)
            self._wake()

    def unplugged(self) -> None:
        """What is read next fails at once."""
        self._lost(OSError(errno.ENODEV, os.strerror(errno.ENODEV)))

    def _try_to_open(self) -> None:
        try:
            self._contacts.opened(self._chip.open(), self._world.now_us)
        except OSError as error:
            self._lost(error)
        else:
            self._serve()

    def _lost(self, error: OSError) -> None:
        self._contacts.lost(error)
        self._post()
        self._plan(self._world.now_us + self._reopen_us, self._try_to_open)
        self._reopen_us = min(2 * self._reopen_us, REOPEN_LIMIT_US)

    def _serve(self) -> None:
        """All that is due now; then wait for an edge or for the next read."""
        try:
            self._contacts.serve(self._world.now_us)
        except OSError as error:
            self._lost(error)
            return
        if self._contacts.is_steady(self._world.now_us):
            self._reopen_us = REOPEN_FIRST_US
        self._post()
        due_us = self._contacts.deadline_us()
        if due_us is not None:
            self._plan(due_us, self._serve)

    def _wake(self) -> None:
        if self._running and self._contacts.deadline_us() is not None:
            self._plan(self._world.now_us, self._serve)

    def _post(self) -> None:
        for event in self._contacts.take_events():
            self._on_event(event)

    def _plan(self, when_us: int, what: Callable[[], None]) -> None:
        self._call_off()
        self._alarm = self._world.at(when_us, what)

    def _call_off(self) -> None:
        if self._alarm is not None:
            self._alarm.call_off()
            self._alarm = None
