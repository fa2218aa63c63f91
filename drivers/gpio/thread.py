"""The contact thread: waits for edges of one GPIO chip and for its next read, and opens the chip again if it vanished.

Holds the waiting. It must not know what a level means.
"""

from collections.abc import Callable
from contextlib import closing, suppress
from queue import Empty, SimpleQueue

from drivers.edge import EdgeThread, Inbox, Reopening
from drivers.gpio.contacts import ChipContacts, ChipSetup, PinFactory
from kiosk.core.effects import PollDoors

OpenChip = Callable[[str], PinFactory]
"""The pin factory of the chip that the settings call so. Raises OSError."""


class ContactThread(EdgeThread):
    """One thread for one chip."""

    def __init__(self, setup: ChipSetup, open_chip: OpenChip, inbox: Inbox, now_us: Callable[[], int]) -> None:
        super().__init__(f"chip {setup.chip}", inbox, now_us)
        self.chip = setup.chip
        self._device = setup.device
        self._open_chip = open_chip
        self._queue: SimpleQueue[PollDoors] = SimpleQueue()
        self._contacts = ChipContacts(setup, self._wakeup.wake)
        self._reopening = Reopening(setup.device)

    # Any thread

    def send(self, effect: PollDoors) -> None:
        """Hand over an effect: enqueues and wakes, never blocks."""
        self._queue.put(effect)
        self._wakeup.wake()

    # The chip's own thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._open_chip(self._device)) as factory, closing(self._contacts):
                    self._contacts.opened(factory, self._now_us())
                    self._serve(factory)
            except OSError as error:
                self._contacts.lost(error)
                self._post(self._contacts.take_events())
                self._wait_to_reopen(self._reopening.failed(error))

    def _serve(self, factory: PinFactory) -> None:
        while not self._stopping.is_set():
            self._woken()
            self._contacts.serve(self._now_us())
            if self._contacts.is_steady(self._now_us()):
                self._reopening.worked()
            self._post(self._contacts.take_events())
            for file in self._wakeup.wait(factory.files(), self._patience_s(self._contacts.deadline_us())):
                factory.dispatch(file)

    def _woken(self) -> None:
        """What is asked meanwhile, with or without a chip."""
        with suppress(Empty):
            while True:
                self._contacts.submit(self._queue.get_nowait(), self._now_us())
