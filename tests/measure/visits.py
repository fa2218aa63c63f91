"""Ordinary visits at a whole kiosk in virtual time: a courier brings a parcel, its resident collects it, and so on.

Holds the building, and the record looked after as a process does it. It must not know what is measured.
"""

from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from hardware_sim.bank import SimBank
from hardware_sim.entropy import SeededEntropy
from hardware_sim.kiosk import SimKiosk
from hardware_sim.people import Lobby, Step, Touch, Type, Wait
from hardware_sim.phone import Phones
from hardware_sim.site import KEYS, Ports, sound_site, write_site
from hardware_sim.world import World
from kiosk.core.entries import Entry
from kiosk.core.events import Choice
from kiosk.restarts import Restarts
from kiosk.vault import SMALLEST_COST, SignCheckpoint, VaultWorker
from kiosk.wiring.boot import database_path
from kiosk.wiring.checkpoints import Checkpoints
from kiosk.wiring.process import RESTARTS
from kiosk.wiring.upkeep import Upkeep
from storage.database import Database, beside
from storage.queries import newest_entries
from tests.flows.steps import TAKE_OUT, drop

VISITS_A_DAY = 400
BETWEEN_MS = 24 * 3_600_000 // VISITS_A_DAY
"""From one visit to the next where they are spread over the day."""
READY_MS = 2_000
ROUND_US = 10_000_000
"""A process looks after its record once a second; here less often, for whole days go by."""
FEW_POLLS = "poll_idle_ms = 10000\n"
EVERYTHING = 1_000_000


class Building:
    """One kiosk from its first start on; to be used in a ``with``."""

    def __init__(self, directory: Path) -> None:
        site = sound_site(write_site(directory, Ports(), SMALLEST_COST, FEW_POLLS))
        self.path = database_path(site)
        self.kiosk = SimKiosk(SimBank(World(seed=1), site.layout, site.machine), site, KEYS)
        self._record = site.machine.identity.log
        self._vault = VaultWorker(KEYS, SeededEntropy(1, "signing"), SMALLEST_COST)
        self._phones = Phones()
        self.kiosk.taps.append(self._phones.take)

    def __enter__(self) -> Self:
        kiosk = self.kiosk
        kiosk.start()
        restarts = Restarts(beside(self.path, RESTARTS))
        self._upkeep = Upkeep(kiosk.database, kiosk.clock, restarts, kiosk.post)
        self._checkpoints = Checkpoints(kiosk.database, self._record, self._sign, lambda: kiosk.clock.now().mono_ms)
        self._look_after()
        self._walk(Wait(READY_MS))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.kiosk.kill()

    def visits(self, count: int) -> None:
        """So many visits, a drop and its pickup in turn. ``count`` is even."""
        for _ in range(count // 2):
            self._walk(*drop(), Wait(BETWEEN_MS))
            code = str(self._phones.notices[-1]["code"])
            self._walk(Touch(Choice.PICK_UP), Type(code), *TAKE_OUT, Wait(BETWEEN_MS))

    def _walk(self, *steps: Step) -> None:
        Lobby(self.kiosk).walk(steps)

    def _look_after(self) -> None:
        self._upkeep.round()
        self._checkpoints.round(quiet=self.kiosk.engine.state.visit is None)
        self.kiosk.bank.world.after(ROUND_US, self._look_after)

    def _sign(self, request: SignCheckpoint) -> None:
        request.answers.put(self._vault.sign(request.checkpoint))


def decisions(database: Database) -> list[list[Entry]]:
    """Every commit of a record, oldest first: what one decision commits shares its stamp."""
    grouped = groupby(newest_entries(database, EVERYTHING), key=lambda entry: (entry.stamp.boot, entry.stamp.event))
    return [list(entries) for _, entries in grouped]
