"""Contacts of one GPIO chip: what the levels of its pins say of doors, read in turns and told edge by edge.

Holds the polarity, the order of reads, and what a pin or a whole chip that fails means. It must not know a clock, a
thread or which pin factory is used: microseconds and the factory come in, events go out. It debounces nothing.
"""

import errno
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from gpiozero import GPIOZeroError, InputDevice, PinEdgeDetectUnsupported

from drivers.station import POLL_IDLE_US
from kiosk.core.effects import PollDoors
from kiosk.core.events import ContactsLost, ContactsRead, Event, Reading
from kiosk.core.ids import BoardId
from kiosk.core.layout import ContactSource

SETTLE_US = 100_000
"""How soon after an edge everything is read again, whatever the poll: a second look makes a door believed."""
MOST_EDGES = 64
"""Edges of one pin between two reads of the chip. The worst of sound contacts chatters a dozen times for a door; what
says more is a loose wire, which says nothing about its door and must not keep the engine busy.
"""
RETRY_US = 5_000_000
"""How often a single pin that could not be taken, or was given back, is tried again."""

FAILED_READS = 3
"""So many reads in a row of which every pin failed, and the chip counts as lost: pulses disturb an expander's bus."""
STEADY_US = 5_000_000
"""A chip that was read for so long works; one that comes and goes faster is tried less and less often."""

log = logging.getLogger(__name__)


class Pull(StrEnum):
    """The resistor inside of the chip."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


PULL_UP = {Pull.UP: True, Pull.DOWN: False, Pull.NONE: None}
"""In gpiozero's words."""


@dataclass(frozen=True, slots=True)
class ChipSetup:
    """One chip, the pins of it that contacts hang on, and what a shut door does to them."""

    chip: BoardId
    device: str
    pins: tuple[int, ...]
    closed_level: int
    pull: Pull
    inverted_pins: frozenset[int] = frozenset()

    def reading(self, pin: int, level: int) -> Reading:
        closed = self.closed_level ^ (pin in self.inverted_pins)
        return Reading.CLOSED if level == closed else Reading.OPEN


class PinFactory(Protocol):
    """A pin factory of gpiozero, and what wakes whoever waits for its edges. Raises OSError when its chip is gone."""

    def ticks(self) -> Any: ...  # noqa: ANN401 - gpiozero leaves open what its ticks are
    def ticks_diff(self, later: Any, earlier: Any) -> float: ...  # noqa: ANN401 - see `ticks`

    def files(self) -> Sequence[int]:
        """What to wait for; none if edges come by a thread of the factory's own."""
        ...

    def dispatch(self, file: int) -> None:
        """Tell of the edges behind a ``file`` that can be read."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Edge:
    pin: int
    level: int
    ticks: Any


@dataclass(slots=True, weakref_slot=True)
class _Pin:
    """One pin and its device, if it could be taken. gpiozero keeps no hold of a listener: this object is it."""

    number: int
    edges: "SimpleQueue[_Edge]"
    wake: Callable[[], None]
    device: Any = None
    trouble: str = ""
    """Why it is not taken, as it was last written to the log."""
    seen: int = 0
    """Edges since the last read."""
    loose: bool = False
    """It was given back because it had too many."""

    def changed(self, ticks: Any, level: int) -> None:  # noqa: ANN401 - see `PinFactory.ticks`
        """Called by gpiozero, perhaps in a thread of the factory's own."""
        self.edges.put(_Edge(self.number, int(level), ticks))
        self.wake()


@dataclass(slots=True)
class ChipContacts:
    """The contacts of one chip. Only ``wake`` and what calls it may run in another thread."""

    setup: ChipSetup
    wake: Callable[[], None]
    """Called after an edge: `serve` is due."""
    _pins: dict[int, _Pin] = field(init=False)
    _edges: "SimpleQueue[_Edge]" = field(init=False, default_factory=SimpleQueue)
    _factory: PinFactory | None = None
    _poll_every_us: int = POLL_IDLE_US
    _next_poll_us: int = 0
    _next_try_us: int = 0
    _opened_us: int = 0
    _failures: int = 0
    """Reads in a row of which every pin failed."""
    _lost: bool = False
    _events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pins = {number: _Pin(number, self._edges, self.wake) for number in self.setup.pins}

    # The chip

    def opened(self, factory: PinFactory, now_us: int) -> None:
        """The chip is there: everything is read at once."""
        self._factory = factory
        self._failures = 0
        self._opened_us = self._next_try_us = self._next_poll_us = now_us

    def lost(self, error: OSError) -> None:
        """The chip is gone, or could not be opened. May be called again for every attempt that fails."""
        self._let_go()
        if not self._lost:
            self._lost = True
            self._events.append(ContactsLost(self.setup.chip, error.strerror or str(error)))

    def close(self) -> None:
        """Give the pins back; the chip's factory is somebody else's."""
        self._let_go()

    def is_steady(self, now_us: int) -> bool:
        """Whether the chip has worked for so long that its next failure is a new one."""
        return self._factory is not None and not self._failures and now_us - self._opened_us >= STEADY_US

    def _let_go(self) -> None:
        self._factory = None
        for pin in self._pins.values():
            self._give_back(pin)
        with suppress(Empty):
            while True:
                self._edges.get_nowait()

    def _give_back(self, pin: _Pin) -> None:
        device, pin.device = pin.device, None
        if device is not None:
            with suppress(OSError):  # the chip may be gone, and its pins with it
                device.close()

    # Work

    def submit(self, effect: PollDoors, now_us: int) -> None:
        """Another rate from now on; whoever asks for one wants to know soon."""
        self._poll_every_us = effect.every_ms * 1000
        self._next_poll_us = min(self._next_poll_us, now_us + self._poll_every_us)

    def serve(self, now_us: int) -> None:
        """Take the edges that came, and read every pin if that is due. Raises OSError when the chip is gone."""
        if self._factory is None:
            return
        ticks = self._factory.ticks()
        for edge in self._take_edges():
            age_us = round(self._factory.ticks_diff(ticks, edge.ticks) * 1_000_000)
            self._moved(edge, now_us, max(0, age_us))
        if now_us >= self._next_poll_us:
            self._take_missing(self._factory, now_us)
            self._read_all(now_us)

    def deadline_us(self) -> int | None:
        """When `serve` is to be called next although nothing came; None while there is no chip."""
        return None if self._factory is None else self._next_poll_us

    def take_events(self) -> list[Event]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def _take_edges(self) -> Iterator[_Edge]:
        with suppress(Empty):
            while True:
                yield self._edges.get_nowait()

    def _moved(self, edge: _Edge, now_us: int, age_us: int) -> None:
        pin = self._pins[edge.pin]
        if pin.device is None:
            return
        self._next_poll_us = min(self._next_poll_us, now_us + SETTLE_US)
        pin.seen += 1
        if pin.seen > MOST_EDGES:
            pin.loose = True
            self._give_back(pin)
            self._trouble(pin, f"more than {MOST_EDGES} edges between two reads")
            return
        self._tell({edge.pin: self.setup.reading(edge.pin, edge.level)}, now_us - age_us)

    def _read_all(self, now_us: int) -> None:
        self._next_poll_us = now_us + self._poll_every_us
        readings: dict[int, Reading] = {}
        troubles: list[OSError] = []
        for pin in self._pins.values():
            try:
                readings[pin.number] = self._read(pin)
            except OSError as error:
                readings[pin.number] = Reading.FAULT
                troubles.append(error)
        if len(troubles) == len(readings):
            self._read_nothing(troubles[0], now_us)
            return
        self._failures, self._lost = 0, False
        self._tell(readings, now_us)

    def _read_nothing(self, trouble: OSError, now_us: int) -> None:
        self._failures += 1
        if trouble.errno == errno.ENODEV or self._failures == FAILED_READS:
            raise trouble
        self._next_poll_us = min(self._next_poll_us, now_us + SETTLE_US)

    def _read(self, pin: _Pin) -> Reading:
        """OSError if the pin cannot be read, or could not be taken."""
        pin.seen = 0
        if pin.loose:
            return Reading.FAULT
        if pin.device is None:
            raise OSError(pin.trouble)
        return self.setup.reading(pin.number, int(pin.device.pin.state))

    def _tell(self, readings: dict[int, Reading], at_us: int) -> None:
        self._events.append(ContactsRead(self.setup.chip, ContactSource.GPIO, readings, at_us))

    # Pins

    def _take_missing(self, factory: PinFactory, now_us: int) -> None:
        if now_us < self._next_try_us:
            return
        self._next_try_us = now_us + RETRY_US
        for pin in self._pins.values():
            if pin.device is None:
                self._take(factory, pin)

    def _take(self, factory: PinFactory, pin: _Pin) -> None:
        """One pin that cannot be had leaves the others as they are."""
        try:
            pin.device, pin.loose = self._device(factory, pin), False
        except (OSError, GPIOZeroError) as error:
            self._trouble(pin, str(error))

    def _trouble(self, pin: _Pin, what: str) -> None:
        if what != pin.trouble:
            pin.trouble = what
            log.warning("chip %s, pin %d: %s", self.setup.chip, pin.number, what)

    def _device(self, factory: PinFactory, pin: _Pin) -> Any:  # noqa: ANN401 - gpiozero ships no types
        """A device of gpiozero takes and pulls the pin; its edges come straight from the pin, with their time."""
        floating = self.setup.pull is Pull.NONE
        device = InputDevice(
            pin.number,
            pull_up=PULL_UP[self.setup.pull],
            active_state=True if floating else None,  # in gpiozero's words, unused: levels are the setup's business
            pin_factory=factory,
        )
        with suppress(PinEdgeDetectUnsupported):  # then it is only polled
            device.pin.edges = "both"
            device.pin.when_changed = pin.changed
        return device
