"""The contact thread: waits for edges of one GPIO chip and for its next read, and opens the chip again if it vanished.

Holds the waiting. It must not know what a level means.
"""

import threading
from collections.abc import Callable
from contextlib import closing, suppress
from queue import Empty, SimpleQueue

from drivers.edge import Inbox, Reopening, Wakeup
from drivers.gpio.contacts import ChipContacts, ChipSetup, PinFactory
from kiosk.core.effects import PollDoors

STOP_S = 1.0

OpenChip = Callable[[str], PinFactory]
"""The pin factory of the chip that the settings call so. Raises OSError."""


class ContactThread:
    """One thread for one chip. `send` and `stop` may be called from any thread."""

    def __init__(self, setup: ChipSetup, open_chip: OpenChip, inbox: Inbox, now_us: Callable[[], int]) -> None:
        self.name = f"chip {setup.chip}"
        self.chip = setup.chip
        self._device = setup.device
        self._open_chip = open_chip
        self._inbox = inbox
        self._now_us = now_us
        self._queue: SimpleQueue[PollDoors] = SimpleQueue()
        self._wakeup = Wakeup()
        self._contacts = ChipContacts(setup, self._wakeup.wake)
        self._reopening = Reopening(setup.device)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        """False once the thread has ended, by `stop` or by a fault of ours."""
        return self._thread.is_alive()

    def send(self, effect: PollDoors) -> None:
        """Hand over an effect: enqueues and wakes, never blocks."""
        self._queue.put(effect)
        self._wakeup.wake()

    def stop(self) -> None:
        """Let go of the chip and end the thread: at most about a second."""
        self._stopping.set()
        self._wakeup.wake()
        if self.is_alive():
            self._thread.join(timeout=STOP_S)
        if not self.is_alive():
            self._wakeup.close()

    # The chip's own thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._open_chip(self._device)) as factory, closing(self._contacts):
                    self._contacts.opened(factory, self._now_us())
                    self._serve(factory)
            except OSError as error:
                self._contacts.lost(error)
                self._post_events()
                self._wait_to_reopen(self._reopening.failed(error))

    def _serve(self, factory: PinFactory) -> None:
        while not self._stopping.is_set():
            self._take_effects()
            self._contacts.serve(self._now_us())
            if self._contacts.is_steady(self._now_us()):
                self._reopening.worked()
            self._post_events()
            for file in self._wakeup.wait(factory.files(), self._patience_s(self._contacts.deadline_us())):
                factory.dispatch(file)

    def _take_effects(self) -> None:
        with suppress(Empty):
            while True:
                self._contacts.submit(self._queue.get_nowait(), self._now_us())

    def _post_events(self) -> None:
        for event in self._contacts.take_events():
            self._inbox.put(event)

    def _patience_s(self, deadline_us: int | None) -> float | None:
        return None if deadline_us is None else max(0, deadline_us - self._now_us()) / 1_000_000

    # Without a chip

    def _wait_to_reopen(self, pause_us: int) -> None:
        until_us = self._now_us() + pause_us
        while not self._stopping.is_set() and self._now_us() < until_us:
            self._wakeup.wait([], self._patience_s(until_us))
            self._take_effects()
