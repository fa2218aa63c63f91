"""One simulated run: a seed, so many hours, and what came of it.

Holds the building, its people and the life of its kiosk. It must not know what people do, nor what must hold.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hardware_sim.bank import SimBank
from hardware_sim.site import KEYS
from hardware_sim.soak.building import small_site, with_card
from hardware_sim.soak.crowd import Crowd, Mix
from hardware_sim.soak.house import House
from hardware_sim.soak.trace import Trace
from hardware_sim.story_witness import WatchedKiosk
from hardware_sim.world import World
from kiosk.core.books import Custody
from kiosk.core.entries import Entry

HOUR_US = 3_600 * 1_000_000
READY_US = 2_000_000
"""From the start to every door read."""
REST_US = 900 * 1_000_000
"""After so long without people every visit, grace and reminder is over."""
LOOK_US = 600 * 1_000_000
"""How often somebody looks whether the bank can still serve."""
FEWEST_USABLE = 4
"""Below this staff empty the bank and put a new card in: nothing else clears a compartment yet."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to."""

    seed: int
    simulated_hours: float
    wall_s: float
    steps: int
    visits: int
    cards: int
    pulses: int
    entries: int
    trace_hash: str


class Soak:
    """One building, one seed."""

    def __init__(self, directory: Path, seed: int, mix: Mix | None = None) -> None:
        self.seed = seed
        self.world = World(seed)
        self.steps = 0
        self.cards = 0
        self.committed: list[Callable[[Sequence[Entry]], None]] = []
        """Told of each commit of every card, before anything follows from it."""
        self._site = small_site(directory)
        self.bank = SimBank(self.world, self._site.layout, self._site.machine)
        self.trace = Trace(self.world)
        for line, wire in self.bank.wires.items():
            wire.taps.append(partial(self.trace.heard, line))
        self.house = House(self.bank, self._new_kiosk())
        self.crowd = Crowd(self.house, mix or Mix())

    def run(self, hours: float) -> Outcome:
        """Let the hours pass. Takes about a thousandth of them."""
        begun = time.perf_counter()
        self.start()
        self.crowd.begin()
        self.world.after(LOOK_US, self._look)
        end_us = self.world.now_us + int(hours * HOUR_US)
        while (when_us := self.world.next_us()) is not None and when_us <= end_us:
            self.step()
        self.house.lit = False
        self.kiosk.kill()
        return self._outcome(hours, time.perf_counter() - begun)

    def _outcome(self, hours: float, wall_s: float) -> Outcome:
        pulses = sum(use.pulses for _, use in self.bank.supply.uses())
        return Outcome(
            self.seed,
            hours,
            round(wall_s, 3),
            self.steps,
            self.crowd.visits,
            self.cards,
            pulses,
            self.trace.entries,
            self.trace.digest,
        )

    def step(self) -> None:
        """The next thing happens."""
        self.steps += 1
        self.world.step()

    # The kiosk's lives

    @property
    def kiosk(self) -> WatchedKiosk:
        kiosk = self.house.kiosk
        assert isinstance(kiosk, WatchedKiosk)  # noqa: S101 - what `_new_kiosk` made
        return kiosk

    def _new_kiosk(self) -> WatchedKiosk:
        """A kiosk with an empty card."""
        self.cards += 1
        self._site = with_card(self._site, self.cards)
        kiosk = WatchedKiosk(self.bank, self._site, KEYS, self.seed * 1_000 + self.cards)
        kiosk.watchers.append(self.trace)
        kiosk.taps.append(self._committed)
        return kiosk

    def start(self) -> None:
        self.kiosk.start()
        self.house.lit = True

    def _committed(self, entries: Sequence[Entry]) -> None:
        self.trace.committed(entries)
        self.house.phones.take(entries)
        for tap in self.committed:
            tap(entries)

    def _look(self) -> None:
        if self.usable() < FEWEST_USABLE and self.crowd.present is None:
            self._change_card()
        self.world.after(LOOK_US, self._look)

    def usable(self) -> int:
        """Compartments that can still take a parcel, now or after a pickup."""
        books = self.kiosk.engine.state.books
        if books.bank_stopped:
            return 0
        fit = (c for c in books.compartments.values() if not c.out_of_order and not c.suspected)
        return sum(1 for compartment in fit if compartment.custody is not Custody.CHECK)

    def _change_card(self) -> None:
        self.crowd.shut_all()
        self.house.lit = False
        self.kiosk.kill()
        self.house.empty()
        self.house.phones = type(self.house.phones)()
        self.house.kiosk = self._new_kiosk()
        self.start()
