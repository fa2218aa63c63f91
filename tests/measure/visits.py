"""Ordinary visits at a whole kiosk in virtual time: a courier brings a parcel, its resident collects it, and so on.

Holds the building, whose record is signed, written back and copied as on a machine. It must not know what is measured.
"""

from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from hardware_sim.bank import SimBank
from hardware_sim.kiosk import SimKiosk
from hardware_sim.people import Lobby, Step, Touch, Type, Wait
from hardware_sim.phone import Phones
from hardware_sim.site import KEYS, Ports, sound_site, write_site
from hardware_sim.world import World
from kiosk.core.entries import Entry
from kiosk.core.events import Choice
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import database_path
from storage.database import Database
from storage.queries import newest_entries
from tests.flows.steps import TAKE_OUT, drop

VISITS_A_DAY = 400
BETWEEN_MS = 24 * 3_600_000 // VISITS_A_DAY
"""From one visit to the next where they are spread over the day."""
READY_MS = 30_000
"""Every door read, and read again at the slow pace of these polls."""
FEW_POLLS = "poll_idle_ms = 10000\n"
EVERYTHING = 1_000_000


class Building:
    """One kiosk from its first start on; to be used in a ``with``."""

    def __init__(self, directory: Path) -> None:
        site = sound_site(write_site(directory, Ports(), SMALLEST_COST, FEW_POLLS))
        self.path = database_path(site)
        self.kiosk = SimKiosk(SimBank(World(seed=1), site.layout, site.machine), site, KEYS)
        self.kiosk.keeping = True
        self._phones = Phones()
        self.kiosk.taps.append(self._phones.take)

    def __enter__(self) -> Self:
        self.kiosk.start()
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


def decisions(database: Database) -> list[list[Entry]]:
    """Every commit of a record, oldest first: what one decision commits shares its stamp."""
    grouped = groupby(newest_entries(database, EVERYTHING), key=lambda entry: (entry.stamp.boot, entry.stamp.event))
    return [list(entries) for _, entries in grouped]
