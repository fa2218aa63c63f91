"""One GPIO chip with door contacts on its pins: gpiozero's own mock of a chip, moved by simulated doors.

Holds the level on each pin's wire, and the plug. It must not know the kiosk, nor what a level means to it.
"""

import errno
import os
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from gpiozero import PinEdgeDetectUnsupported
from gpiozero.pins.mock import MockFactory, MockPin

from hardware_sim.doors import SimDoor
from hardware_sim.world import World
from kiosk.config import Chip
from kiosk.config.chips import HEADERS
from kiosk.core.events import Reading

REVISION = "a02082"
"""Of a Pi 3: what gpiozero's mock pretends to be. Its pins 0 to 27 are all that a simulated chip has."""


class Port(Protocol):
    """The kiosk's end."""

    def unplugged(self) -> None: ...


class SimChip:
    """One chip; ``settings`` are what is true of it, whatever the kiosk was told. Only the header has interrupts."""

    def __init__(self, world: World, settings: Chip) -> None:
        self.world = world
        self.settings = settings
        self.doors: dict[int, SimDoor] = {}
        """Which door's contact hangs on which pin."""
        self.port: Port | None = None
        self.plugged = True
        self.tells_edges = settings.device in HEADERS
        self.factory: SimFactory | None = None
        """What the kiosk opened last."""
        self._chance = world.chance(f"chip {settings.chip}")

    def wire(self, pin: int, door: SimDoor) -> None:
        """Connect a contact; what hangs there already goes on undisturbed."""
        if self.doors.get(pin) is not door:
            self.doors[pin] = door
            door.flips.append(partial(self._flipped, pin))

    def open(self) -> "SimFactory":
        """The chip as the kiosk takes it. Raises OSError while it is not there."""
        self._there()
        self.factory = SimFactory(self)
        return self.factory

    def level(self, pin: int) -> int:
        """What is on the pin's wire at this moment, bounce and all. Raises OSError if it cannot be read."""
        self._there()
        door = self.doors.get(pin)
        if door is None or door.faults.disconnected:
            return self._unconnected()
        closed = self.settings.closed_level ^ (pin in self.settings.inverted_pins)
        match door.contact():
            case Reading.CLOSED:
                return closed
            case Reading.OPEN:
                return 1 - closed
            case Reading.FAULT:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _unconnected(self) -> int:
        """A pin on which nothing hangs is as it is pulled; floating, it catches whatever is in the air."""
        pulled = {"up": 1, "down": 0}
        return pulled.get(self.settings.pull, self._chance.randrange(2))

    def _there(self) -> None:
        if not self.plugged:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def _flipped(self, pin: int) -> None:
        if self.factory is not None and self.plugged:
            self.factory.flipped(pin)

    def unplug(self) -> None:
        self.plugged = False
        if self.port is not None and self.tells_edges:
            self.port.unplugged()  # whoever waits for edges is told; the others find out at their next read

    def plug_in(self) -> None:
        """Nobody tells the kiosk; it finds out at its next attempt."""
        self.plugged = True


class SimFactory(MockFactory):  # type: ignore[misc] # gpiozero ships no types
    """The pins of one chip, with the world's time on their edges."""

    def __init__(self, chip: SimChip) -> None:
        super().__init__(revision=REVISION, pin_class=SimPin)
        self.chip = chip

    def ticks(self) -> float:
        return self.chip.world.now_us / 1_000_000

    def ticks_diff(self, later: float, earlier: float) -> float:
        return later - earlier

    def files(self) -> Sequence[int]:
        """None: edges are told in the moment in which they happen."""
        return ()

    def dispatch(self, file: int) -> None:
        """Nothing waits for a file."""

    def flipped(self, number: int) -> None:
        """The level on a pin's wire changed."""
        for pin in self.pins.values():
            if pin.offset == number:
                pin.follow()


class SimPin(MockPin):  # type: ignore[misc] # see `SimFactory`
    """A pin whose wire is stronger than any pull."""

    factory: SimFactory

    @property
    def offset(self) -> int:
        """Its number on the chip."""
        return int(self.info.name.removeprefix("GPIO"))

    def follow(self) -> None:
        """Take the level of the wire; whoever listens is told if that is new."""
        try:
            level = self._get_state()
        except OSError:
            return
        if level:
            self.drive_high()
        else:
            self.drive_low()

    def _get_state(self) -> int:
        return self.factory.chip.level(self.offset)

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.follow()

    def _set_edges(self, value: str) -> None:
        if value != "none" and not self.factory.chip.tells_edges:
            message = f"{self!r} has no interrupt"
            raise PinEdgeDetectUnsupported(message)
        super()._set_edges(value)

    def _call_when_changed(self) -> None:
        super(MockPin, self)._call_when_changed(self.factory.ticks(), self._state)
