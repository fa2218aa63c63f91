"""A site whose bank is simulated behind pseudo-terminals, for a technician's commands.

Holds the bank and a hand that shuts its doors. It must not know a command.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from hardware_sim.bank import SimBank
from hardware_sim.doors import SimDoor
from hardware_sim.pty import bank_on_ptys
from hardware_sim.real_time import RealTime, real_now_us
from hardware_sim.site import Ports, sound_site, write_site
from hardware_sim.world import World
from kiosk.config import Site
from kiosk.core.entries import Body
from kiosk.core.ids import CompartmentId
from kiosk.vault import SMALLEST_COST
from storage.database import connect
from storage.queries import newest_entries

T = TypeVar("T")
POLICY = "pulse_ms = 100\nopen_wait_ms = 500\nsilent_wait_ms = 2000\nrelock_ms = 1000\n"
"""As fast as a policy may be."""


@dataclass
class Bench:
    """The bank, its site, and who shuts doors."""

    settings: Path
    site: Site
    bank: SimBank
    real_time: RealTime
    shuts: bool = True
    shut_after_us: int = 300_000
    opened: list[CompartmentId] = field(default_factory=list)

    def do(self, what: Callable[[], T]) -> T:
        """In the world's thread."""
        return self.real_time.ask(what)

    def record(self) -> list[Body]:
        """Every entry body, oldest first."""
        database = connect(self.site.machine.identity.data_directory / "kiosk.db")
        try:
            return [entry.body for entry in newest_entries(database, 10_000)]
        finally:
            database.close()

    def of(self, kind: type[T]) -> list[T]:
        return [body for body in self.record() if isinstance(body, kind)]

    def moved(self, door: SimDoor) -> None:
        if door.is_open:
            self.opened.append(door.compartment)
            if self.shuts:
                self.real_time.world.after(self.shut_after_us, partial(self._push, door))

    @staticmethod
    def _push(door: SimDoor) -> None:
        door.push()


@contextmanager
def bench(directory: Path) -> Iterator[Bench]:
    settings = write_site(directory, Ports.beside(directory), SMALLEST_COST, POLICY, "reply_timeout_ms = 200")
    site = sound_site(settings)
    with RealTime(World(seed=5, now_us=real_now_us())) as real_time:
        made = real_time.ask(partial(_connected, real_time, settings, site))
        try:
            yield made
        finally:
            for wire in made.bank.wires.values():
                real_time.ask(wire.unplug)


def _connected(real_time: RealTime, settings: Path, site: Site) -> Bench:
    made = Bench(settings, site, SimBank(real_time.world, site.layout, site.machine), real_time)
    bank_on_ptys(real_time, made.bank, site.machine)
    for door in made.bank.doors.values():
        door.watchers.append(made.moved)
    return made
