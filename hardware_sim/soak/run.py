"""One simulated run: a seed, so many hours, a plan of faults, and what came of it.

Holds the building, its people and the lives of its kiosk. It must not know what people do, nor what must hold.
"""

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from hardware_sim.bank import SimBank
from hardware_sim.boards import SimBoard
from hardware_sim.card.cut import cut_card
from hardware_sim.site import KEYS
from hardware_sim.soak import copies, incidents
from hardware_sim.soak.building import Building, built, drawn, with_card
from hardware_sim.soak.crowd import Crowd
from hardware_sim.soak.facts import Facts
from hardware_sim.soak.holding import ViolationError, hold
from hardware_sim.soak.house import House
from hardware_sim.soak.invariants import REST, SUPPLY
from hardware_sim.soak.outcome import Outcome, Violation
from hardware_sim.soak.plan import ClockJump, Cut, Episode, FailedCommit, Incident, Plan, Prune, Restore, cuts_writes
from hardware_sim.soak.pruning import prune_what_may_go
from hardware_sim.soak.record_invariants import hold_record
from hardware_sim.soak.rest import collect_everything
from hardware_sim.soak.scissors import Scissors
from hardware_sim.soak.trace import Trace
from hardware_sim.soak.watch import Watch
from hardware_sim.story_witness import WatchedKiosk
from hardware_sim.wire import Speaker
from hardware_sim.world import World
from kiosk.core.books import Custody
from kiosk.core.ids import LineId
from kiosk.core.notes import origin_of
from kiosk.wiring.boot import database_path
from storage.database import connect

if TYPE_CHECKING:
    from kiosk.core.entries import Entry

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US
REST_S = 900
"""After so long without people and faults every visit, grace and reminder is over."""
SHUT_S = 60
"""While the bank comes to rest, somebody pushes open doors shut this often."""
LOOK_S = 600
"""How often somebody looks whether the bank can still serve."""
FEWEST_USABLE = 0.5
"""Below this share staff empty the bank and put a new card in: nothing else clears a compartment yet."""
CRASH = "crash"
"""The name under which an error that nobody expected is told."""
DEAD_S = 2
"""So long after the kiosk died nothing may be energised any more."""


class Soak:
    """One building, one seed, one plan."""

    def __init__(self, directory: Path, seed: int, plan: Plan = (), building: Building | None = None) -> None:
        """``building`` is that of the seed if none is given."""
        building = drawn(seed) if building is None else building
        self.seed = seed
        self.plan = plan
        self.world = World(seed)
        self.steps = 0
        self.cards = 0
        self.cuts = 0
        self.copies = 0
        self.pruned = 0
        """How often epochs were deleted."""
        self.committed: list[Callable[[Sequence[Entry]], None]] = []
        """Told of each commit of every card, before anything follows from it."""
        self._site = built(building, directory)
        self.bank = SimBank(self.world, self._site.layout, self._site.machine)
        self.trace = Trace(self.world)
        self._card = cut_card() if cuts_writes(plan) else None
        self.scissors = Scissors(self._card)
        self.house = House(self.bank, self._installed())
        self.watch = self._watch()
        for line, wire in self.bank.wires.items():
            wire.taps.append(partial(self._heard, line))
        self.crowd = Crowd(self.house, building.mix)
        self._card_due = False
        self._resting = False

    def run(self, hours: float) -> Outcome:
        """Let the hours pass; ends at the first violation."""
        begun, violation = time.perf_counter(), None
        try:
            with self._card.in_place() if self._card is not None else nullcontext():
                self._live(self.world.now_us + int(hours * HOUR_US))
        except ViolationError as error:
            violation = self._violation(error.invariant, error.detail)
        except Exception as error:  # noqa: BLE001 - a kiosk's process would end by it, which is what a run looks for
            where = traceback.extract_tb(error.__traceback__)[-1]
            violation = self._violation(CRASH, f"{error!r} in {where.name}, line {where.lineno}")
        self._close()
        return self._outcome(time.perf_counter() - begun, violation)

    def _violation(self, invariant: str, detail: str) -> Violation:
        return Violation(invariant, detail, self.steps, self.world.now_us // 1_000)

    def _outcome(self, wall_s: float, violation: Violation | None) -> Outcome:
        return Outcome(
            seed=self.seed,
            simulated_hours=round(self.world.now_us / HOUR_US, 3),
            wall_s=round(wall_s, 3),
            steps=self.steps,
            visits=self.crowd.visits,
            cards=self.cards,
            power_cuts=self.cuts,
            pulses=sum(use.pulses for _, use in self.bank.supply.uses()),
            entries=self.trace.entries,
            trace_hash=self.trace.digest,
            violation=violation,
        )

    def _live(self, end_us: int) -> None:
        self.start()
        self.crowd.begin()
        for incident in self.plan:
            self.world.at(incident.at_ms * 1_000, partial(self._happen, incident))
        self.world.after(LOOK_S * SECOND_US, self._look)
        while self.step(end_us):
            if self._card_due and self.crowd.present is None:
                self._rest()
                self._change_card()
        self._rest()

    def step(self, end_us: int | None = None) -> bool:
        """The next thing up to ``end_us`` happens, and the kiosk may die of it; False if there is none. Raises
        ViolationError.
        """
        self.steps += 1
        more = True
        try:
            more = self.world.step(end_us)
        except ViolationError:
            raise
        except Exception:
            if not self.scissors.cut:
                raise
        if self.scissors.cut:
            self._die()
        return more

    def run_for(self, seconds: float) -> None:
        """Let so much time pass."""
        end_us = self.world.now_us + int(seconds * SECOND_US)
        while self.step(end_us):
            pass
        self.world.run_until(end_us)

    # The kiosk's lives

    @property
    def kiosk(self) -> WatchedKiosk:
        kiosk = self.house.kiosk
        assert isinstance(kiosk, WatchedKiosk)  # noqa: S101 - what `_installed` made
        return kiosk

    def _installed(self) -> WatchedKiosk:
        """A kiosk with an empty card."""
        self.cards += 1
        self._site = with_card(self._site, self.cards)
        return self._kiosk()

    def _kiosk(self) -> WatchedKiosk:
        """A process on the card that is in place, which also does what is to be done about its record."""
        kiosk = WatchedKiosk(self.bank, self._site, KEYS, self.seed * 1_000 + self.cards * 20 + self.copies)
        kiosk.keeping = True
        return kiosk

    def _watch(self, *, restored: bool = False) -> Watch:
        """Eyes on the kiosk that is installed now."""
        assert KEYS.signer is not None  # noqa: S101 - the keys of the simulated site sign
        key = KEYS.signer.verifier_key(origin_of(self._site.machine.identity.log, 1))
        facts = Facts(self.house, connect(database_path(self._site)), self._site.policy, key)
        watch = Watch(facts, self.trace, self.scissors, restored=restored)
        watch.taps = self.committed
        self.kiosk.watchers.append(watch)
        self.kiosk.taps.append(watch.committed)
        logging.getLogger().addHandler(facts.log)
        return watch

    def start(self) -> None:
        """The process starts; the record it finds is looked at as a whole."""
        self.kiosk.start()
        self.house.lit = True
        if not self.scissors.cut:
            self.watch.began()

    def _heard(self, line: LineId, who: SimBoard | Speaker, data: bytes) -> None:
        self.watch.heard(line, who, data)

    def _die(self) -> None:
        planned = self.scissors.planned
        assert planned is not None  # noqa: S101 - nothing else ends a kiosk here
        self._kill(planned.off_ms, mains=isinstance(planned, Cut) and planned.mains)
        if self.scissors.card_gone:
            self._lay_card()
        self.scissors.put_away()

    def _lay_card(self) -> None:
        """Other files than those that were open."""
        facts = self.watch.facts
        facts.file.close()
        fate = self.scissors.lay_card(Random(f"{self.seed}/card/{self.cuts}"))  # noqa: S311 - it must repeat
        self.trace.tell("card", f"what was not synced: {fate}")
        facts.file = connect(facts.file.path)

    def _kill(self, off_ms: int, *, mains: bool, revive: Callable[[], None] | None = None) -> None:
        self.cuts += 1
        self.trace.tell("kiosk", "dies")
        self.house.lit = False
        self.kiosk.kill()
        if mains:
            self.bank.lose_power()
        self.world.after(off_ms * 1_000, revive or partial(self._revive, mains=mains))
        self.world.after(min(off_ms * 1_000, DEAD_S * SECOND_US), self._look_at_locks)

    def _revive(self, *, mains: bool) -> None:
        if mains:
            self.bank.regain_power()
        if not self.house.lit:
            self.start()

    def _begin_from_a_copy(self, *, damaged: bool) -> None:
        """Other eyes than before: what they know is what the copy says."""
        path = database_path(self._site)
        self.scissors.put_away()
        logging.getLogger().removeHandler(self.watch.facts.log)
        self.watch.facts.close()
        if damaged:
            copies.damage(path)
        else:
            copies.put_back(path, self._site.machine.identity.kiosk)
        self.copies += 1
        self.house.kiosk = self._kiosk()
        self.watch = self._watch(restored=True)
        self.start()

    def _begin_pruned(self) -> None:
        self.scissors.put_away()
        gone = prune_what_may_go(self._site, self.watch.facts.verifier_key, self.kiosk.clock.now())
        self.trace.tell("technician", f"deletes the epochs up to {gone}")
        self.pruned += bool(gone)
        self.start()

    def _look_at_locks(self) -> None:
        """A kiosk that is dead energises nothing."""
        hold(SUPPLY, self.watch.facts, None)

    # What goes wrong

    def _happen(self, incident: Incident) -> None:
        if self._resting:
            return
        self.trace.tell("incident", str(incident))
        match incident:
            case Episode(name=name, lasts_ms=lasts_ms):
                if name in incidents.SWITCH_BY_THEMSELVES:
                    until_us = self.world.now_us + (lasts_ms + incidents.EXCUSED_MS) * 1_000
                    self.house.excuse_until(until_us)
                    self.world.at(until_us, self._look_at_locks)
                incidents.begin(self.house, incident)
                self.world.after(lasts_ms * 1_000, lambda: incidents.end(self.house))
            case Cut(moment="now") if self.house.lit:
                self._kill(incident.off_ms, mains=incident.mains)
            case Cut() | FailedCommit():
                self.scissors.open(incident, database_path(self._site).parent)
            case ClockJump(by_ms=by_ms, clock_state=clock_state):
                self.kiosk.set_wall_clock(by_ms, clock_state)
            case Restore() if self.house.lit and copies.has_snapshot(database_path(self._site)):
                begin = partial(self._begin_from_a_copy, damaged=incident.damaged)
                self._kill(incident.off_ms, mains=False, revive=begin)
            case Prune() if self.house.lit:
                self._kill(incident.off_ms, mains=False, revive=self._begin_pruned)

    # Cards

    def _look(self) -> None:
        self._card_due = self.house.lit and self.usable() < FEWEST_USABLE * len(self.bank.doors)
        self.world.after(LOOK_S * SECOND_US, self._look)

    def usable(self) -> int:
        """Compartments that can still take a parcel, now or after a pickup."""
        books = self.kiosk.engine.state.books
        if books.bank_stopped:
            return 0
        fit = (c for c in books.compartments.values() if not c.out_of_order and not c.suspected)
        return sum(1 for compartment in fit if compartment.custody is not Custody.CHECK)

    def _rest(self) -> None:
        """Faults stop and people stay away for a while: then nothing may be half done, and good codes open."""
        self._resting = True
        self.crowd.close()
        self.scissors.put_away()
        incidents.end(self.house)
        while self.crowd.present is not None or not self.house.lit:
            self.step()
        self._settle()
        hold(REST, self.watch.facts, None)
        collect_everything(self)
        self._settle()
        hold(REST, self.watch.facts, None)
        hold_record(self.watch.facts)
        self.crowd.open()
        self._resting = False

    def _settle(self) -> None:
        for _ in range(REST_S // SHUT_S):
            self.crowd.shut_all()
            self.run_for(SHUT_S)

    def _change_card(self) -> None:
        self._close()
        self.house.renew(self._installed())
        self.watch = self._watch()
        self._card_due = False
        self.start()

    def _close(self) -> None:
        if self.house.lit:
            self.kiosk.kill()
        self.house.lit = False
        logging.getLogger().removeHandler(self.watch.facts.log)
        self.watch.facts.close()
