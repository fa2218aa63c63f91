"""`kill -9` of the kiosk process at random moments under load, and what its record and its locks say after each.

Holds the load, the killing and the reckoning. It proves the order of things, not safety from power cuts: what the
process had written stays in the operating system's cache.

    .venv/bin/python -m tests.measure.kill_nine --times 100 --seed 1
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Any

from drivers.boards import BOARDS
from drivers.boards.base import Unlock
from hardware_sim.phone import code_for
from hardware_sim.site import COURIERS, LEFT
from kiosk.config import Site
from kiosk.core import entries as e
from kiosk.core.entries import Entry
from kiosk.core.events import Key
from kiosk.core.ids import BoardId, CourierId
from kiosk.core.layout import Output
from kiosk.wiring.process import RESTARTS
from storage.database import beside, connect
from storage.queries import newest_entries
from storage.rebuild import compare_projections, verify_tree
from tests.measure.bench import PATIENCE_S, BankProcess, bank_process, bench_site, child

LONGEST_LIFE_S = 6.0
if TYPE_CHECKING:
    import subprocess

COURIER_CODE = COURIERS[CourierId("C-ups")][1]
NUMBERS = ("1Z5R89390357567127", "RB123456785GB", "C10999911320231")
RARE, RARELY = ("not_here", "occupied", "leave_with_staff", "take_with_me", "need_larger"), 0.1
"""Chosen now and then: each of them takes a compartment or a parcel out of the play."""
UNITS = ("1B", "2A", "2B")
EVERYTHING = 1_000_000
QUICK = "poll_idle_ms = 200\nundo_s = 10\ngrace_s = 60\nidle_warn_s = 10\nidle_end_s = 20\nidentity_s = 10\n"


@dataclass
class Child:
    """One life of the kiosk process, and its newest screen."""

    process: "subprocess.Popen[str]"
    screen: Mapping[str, Any] = field(default_factory=dict)
    changed: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.screen = json.loads(line)
            self.changed.set()

    def say(self, *what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def keys(self, text: str) -> None:
        for key in text:
            self.say("key", key)


@contextmanager
def kiosk_process(directory: Path) -> Iterator[Child]:
    """A kiosk process with its first screen shown; killed at the end of the block."""
    life = Child(child("hardware_sim.headless", str(directory / "kiosk.toml")))
    reader = threading.Thread(target=life.read, daemon=True)
    reader.start()
    try:
        if not life.changed.wait(PATIENCE_S):
            message = "the kiosk showed no screen"
            raise TimeoutError(message)
        yield life
    finally:
        life.process.kill()
        reader.join(PATIENCE_S)
        life.process.communicate()


@dataclass
class Load:
    """People without pause: whatever the screen offers, somebody takes it, sees doors open and pushes them shut."""

    chance: random.Random
    bank: BankProcess
    database: Path

    def act(self, kiosk: Child) -> None:
        """One thing that somebody does now; then a moment for the screen to answer it."""
        for door in tuple(self.bank.open_doors):
            if self.chance.random() < 0.1:
                self.bank.push(door)
        kiosk.changed.clear()
        action = getattr(self, f"_at_{kiosk.screen['page'].lower()}", self._elsewhere)
        action(kiosk)
        kiosk.changed.wait(self.chance.uniform(0.02, 0.1))

    def _at_welcome(self, kiosk: Child) -> None:
        kiosk.say("touch", self.chance.choice(("deliver", "pick_up")), "")

    def _at_entercode(self, kiosk: Child) -> None:
        if kiosk.screen["busy"]:
            return
        code = COURIER_CODE if kiosk.screen["kind"] == "courier" else self._some_code()
        if code:
            kiosk.say("key", Key.CLEAR)
            kiosk.keys(code)
        else:
            kiosk.say("touch", "back", "")

    def _some_code(self) -> str:
        database = connect(self.database)
        try:
            return code_for(database, self.chance.choice(NUMBERS))
        except LookupError:
            return ""
        finally:
            database.close()

    def _at_scanlabels(self, kiosk: Child) -> None:
        kiosk.say("scan", self.chance.choice(NUMBERS))
        kiosk.say("touch", "go_on", "")

    def _at_askunit(self, kiosk: Child) -> None:
        kiosk.keys(self.chance.choice(UNITS))
        kiosk.say("key", Key.OK)

    def _elsewhere(self, kiosk: Child) -> None:
        offers = [offer for offer in kiosk.screen["offers"] if offer[0] not in RARE or self.chance.random() < RARELY]
        if offers:
            kiosk.say("touch", *self.chance.choice(offers))


# --- the reckoning ---


@dataclass
class Reckoning:
    """What every life left behind, checked against what the locks were told."""

    site: Site
    database: Path
    pulses: Counter[Output] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    entries: int = 0

    def hear(self, bank: BankProcess) -> None:
        """Count the unlock frames that reached the lines."""
        while True:
            try:
                sent = bank.sent.get_nowait()
            except Empty:
                return
            family, board = ("shuoming", "s1") if sent.line == LEFT else ("waveshare", "w1")
            decoded = BOARDS[family].decode_request(sent.data)
            if decoded is not None and isinstance(decoded[1], Unlock):
                self.pulses[Output(BoardId(board), decoded[1].channel)] += 1

    def check(self) -> None:
        """Read the whole record after a life."""
        database = connect(self.database)
        try:
            entries = newest_entries(database, EVERYTHING)
            self.problems += [f"projection differs: {difference}" for difference in compare_projections(database)]
            self.problems += [f"epoch {tree.epoch} is not whole" for tree in verify_tree(database) if not tree.whole]
        finally:
            database.close()
        self.entries = len(entries)
        self.problems += [*self._pulses_without_intent(entries), *given_twice(entries), *wiring_suspected(entries)]

    def _pulses_without_intent(self, entries: tuple[Entry, ...]) -> Iterator[str]:
        intents = Counter(
            self.site.layout.place(entry.body.compartment).output
            for entry in entries
            if isinstance(entry.body, e.UnlockRequested)
        )
        for output, count in self.pulses.items():
            if count > intents[output]:
                yield f"{output}: {count} pulses and {intents[output]} committed intents"


def wiring_suspected(entries: tuple[Entry, ...]) -> Iterator[str]:
    """No wires are swapped on this bench: what led to the suspicion, entry by entry."""
    for place, entry in enumerate(entries):
        if isinstance(entry.body, e.WiringSuspected):
            yield from (f"{x.stamp.boot}/{x.stamp.mono_ms}: {x.body}" for x in entries[max(0, place - 12) : place + 1])


def given_twice(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Compartments promised to a resident while another's parcel was in them, read off the entries alone."""
    held: dict[str, dict[str, str]] = {}
    where: dict[str, str] = {}
    for entry in entries:
        match entry.body:
            case e.ParcelReserved(parcel=parcel, compartment=compartment, resident=resident):
                if set(held.get(compartment, {}).values()) - {resident}:
                    yield f"{compartment} was given to {parcel} while it held {held[compartment]}"
                held.setdefault(compartment, {})[parcel] = resident
                where[parcel] = compartment
            case e.ParcelMoved(parcel=parcel, compartment=compartment):
                owner = held[where[parcel]].pop(parcel)
                if set(held.get(compartment, {}).values()) - {owner}:
                    yield f"{compartment} was given to {parcel} while it held {held[compartment]}"
                held.setdefault(compartment, {})[parcel] = owner
                where[parcel] = compartment
            case e.ReservationDropped(parcel=parcel) | e.ParcelWithdrawn(parcel=parcel):
                held[where[parcel]].pop(parcel, None)
            case e.CompartmentFreed(compartment=compartment):
                held.pop(compartment, None)
            case _:
                pass


# --- the run ---


def run(times: int, seed: int, directory: Path) -> tuple[Reckoning, list[float]]:
    """Kill so often; the reckoning, and the seconds from each start to its first screen."""
    chance = random.Random(seed)
    site = bench_site(directory, QUICK)
    database = site.machine.identity.data_directory / "kiosk.db"
    reckoning, starts = Reckoning(site, database), []
    with bank_process(directory) as bank:
        load = Load(chance, bank, database)
        for _ in range(times):
            # Somebody has looked after each crash: without that the third one leads to safe mode, as it should.
            beside(database, RESTARTS).unlink(missing_ok=True)
            begun = time.monotonic()
            with kiosk_process(directory) as kiosk:
                starts.append(time.monotonic() - begun)
                if kiosk.screen["page"] != "Welcome":
                    reckoning.problems.append(f"a start showed {kiosk.screen['page']}: {kiosk.screen['why']}")
                end = time.monotonic() + chance.uniform(0, LONGEST_LIFE_S)
                while time.monotonic() < end:
                    load.act(kiosk)
            reckoning.hear(bank)
            reckoning.check()
    return reckoning, starts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        reckoning, starts = run(arguments.times, arguments.seed, Path(place))
    pulses = sum(reckoning.pulses.values())
    print(f"{arguments.times} kills, {reckoning.entries} entries, {pulses} pulses on the lines")
    print(f"start to first screen: longest {max(starts):.2f} s")
    print(f"problems: {len(reckoning.problems)}")
    for problem in reckoning.problems:
        print(f"  {problem}")


if __name__ == "__main__":
    main()
