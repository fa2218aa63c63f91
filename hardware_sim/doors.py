"""One compartment's lock, door and contact, as metal and springs do it.

Holds where the door is, whether its latch holds it, and what its contact says, with bounce. It must not know boards or
frames: an output switches the lock's coil, a person pushes or pulls, and whoever reads the contact gets its level now.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from hardware_sim.world import Planned, World
from kiosk.core.events import Reading
from kiosk.core.ids import CompartmentId

PULL_IN_US = (40_000, 150_000)
"""How long a coil is energised before the latch lets go: a pulse of 100 ms may be too short for it."""
SPRING_US = (5_000, 30_000)
"""From the latch letting go to the contact's first opening."""
BOUNCES = (1, 4)
BOUNCE_GAP_US = (300, 2_000)
"""Micro switches bounce for a couple of milliseconds; how often and how fast is drawn for each movement."""
REBOUND_US = (200_000, 900_000)
"""A door that was not caught springs open again within a second."""


class Position(StrEnum):
    SHUT = "shut"
    AJAR = "ajar"


@dataclass(frozen=True, slots=True)
class DoorFaults:
    """What is wrong with one door; as created, nothing is."""

    opens_at_pulse: int | None = 1
    """The latch lets go at this many pulses after it last did; None never does."""
    contact: Reading | None = None
    """The contact says this whatever the door does."""
    bounce_gap_us: tuple[int, int] = BOUNCE_GAP_US
    bounces: tuple[int, int] = BOUNCES
    relocks_after_us: int | None = None
    """The latch lets go, the door stays where it is, and the latch catches again after this."""
    rebounds: int = 0
    """So many pushes find the latch not catching."""
    held: bool = False
    """Something keeps the door from being shut."""
    disconnected: bool = False
    """The contact's wire is broken."""


@dataclass(slots=True, eq=False)
class SimDoor:
    """One door. ``neighbour`` pops open when this one is slammed, if it is set."""

    world: World
    compartment: CompartmentId
    faults: DoorFaults = field(default_factory=DoorFaults)
    neighbour: "SimDoor | None" = None
    position: Position = Position.SHUT
    openings: int = 0
    """How often it really moved from shut to ajar, whoever did that."""
    watchers: list[Callable[["SimDoor"], None]] = field(default_factory=list)
    """Told after each change of position: people who stand in front of it, and the bench."""
    flips: list[Callable[[], None]] = field(default_factory=list)
    """Told at each flip of the contact, bounce and all: pins that see edges."""
    _level_closed: bool = True
    _pulses: int = 0
    _coils: int = 0
    _letting_go: Planned | None = None
    _catching: Planned | None = None
    _bouncing: list[Planned] = field(default_factory=list)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = self.world.chance(f"door {self.compartment}")

    @property
    def is_open(self) -> bool:
        return self.position is Position.AJAR

    def contact(self) -> Reading:
        """What the contact says at this moment, bounce and all."""
        if self.faults.contact is not None:
            return self.faults.contact
        return Reading.CLOSED if self._level_closed else Reading.OPEN

    # The coil

    def energise(self) -> None:
        """An output began to drive the coil; more than one may."""
        self._coils += 1
        if self._coils > 1:
            return
        self._pulses += 1
        if self.faults.opens_at_pulse is not None and self._pulses >= self.faults.opens_at_pulse:
            self._letting_go = self.world.after(self._chance.randint(*PULL_IN_US), self._let_go)

    def release(self) -> None:
        """The output ended; a latch that has not yet let go stays."""
        self._coils -= 1
        if self._coils == 0 and self._letting_go is not None:
            self._letting_go.call_off()
            self._letting_go = None

    def _let_go(self) -> None:
        self._letting_go = None
        self._pulses = 0
        if self.is_open:
            return
        if self.faults.relocks_after_us is None:
            self.world.after(self._chance.randint(*SPRING_US), self.pop_open)
            return
        self._contact_to(closed=False)
        self._catching = self.world.after(self.faults.relocks_after_us, self._catch)

    def _catch(self) -> None:
        self._catching = None
        self._contact_to(closed=True)

    # People, neighbours, springs

    def pop_open(self) -> None:
        """It moves from shut to ajar, whether somebody asked for it or not."""
        self._forget_catching()
        if self.is_open:
            return
        self.position = Position.AJAR
        self.openings += 1
        self._contact_to(closed=False)
        self._tell()

    def pull(self) -> bool:
        """A person pulls: it moves if the latch is off at this moment. Whether it is open then."""
        if self._catching is not None:
            self.pop_open()
        return self.is_open

    def push(self) -> bool:
        """A person pushes it shut. Whether it is shut then; it may still spring open again."""
        if self.faults.held or not self.is_open:
            return not self.is_open
        self.position = Position.SHUT
        self._contact_to(closed=True)
        if self.faults.rebounds > 0 or self._coils > 0:
            self.faults = replace(self.faults, rebounds=max(0, self.faults.rebounds - 1))
            self.world.after(self._chance.randint(*REBOUND_US), self.pop_open)
        if self.neighbour is not None:
            self.neighbour.pop_open()
        self._tell()
        return True

    def _forget_catching(self) -> None:
        if self._catching is not None:
            self._catching.call_off()
            self._catching = None

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher(self)

    # The contact

    def _contact_to(self, *, closed: bool) -> None:
        """Change over with an even number of extra flips, the last of them the true one."""
        for flip in self._bouncing:
            flip.call_off()
        self._level(closed=closed)
        when_us, levels = self.world.now_us, (not closed, closed) * self._chance.randint(*self.faults.bounces)
        self._bouncing = []
        for level in levels:
            when_us += self._chance.randint(*self.faults.bounce_gap_us)
            self._bouncing.append(self.world.at(when_us, partial(self._level, closed=level)))

    def _level(self, *, closed: bool) -> None:
        self._level_closed = closed
        for flipped in self.flips:
            flipped()
