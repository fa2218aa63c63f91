"""Disks that report errors: the n-th write, sync or cut of a file fails, once, three times or for ever.

Holds a life on such a disk, its further starts, and what is wrong afterwards. It must not know which faults are tried.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hardware_sim.bank import SimBank
from hardware_sim.card.recorder import Recorder, recording
from hardware_sim.card.sqlite_files import OK, Call
from hardware_sim.people import Lobby
from hardware_sim.site import KEYS, Ports, sound_site, write_site
from hardware_sim.soak.building import keeping
from hardware_sim.story_witness import WatchedKiosk
from hardware_sim.world import World
from kiosk.config import Site
from kiosk.core.effects import Pulse
from kiosk.core.state import Mode
from kiosk.ports import JournalError
from kiosk.vault import SMALLEST_COST
from storage.aside import last_epoch
from storage.database import checkpoint
from storage.queries import newest_entries
from tests.flows.scene import EVERYTHING, READY_MS
from tests.flows.steps import OUT, Steps, drop, pickup
from tests.powercut.lives import BANK, GRACE, POLICY
from tests.powercut.starts import at_odds

if TYPE_CHECKING:
    from kiosk.core.entries import Entry

FOR_EVER = 1_000_000
STARTS = 5
"""So often is the process started again while the disk fails; a service manager would go on."""
DROP: Steps = (*drop(), *OUT)
PICKUP: Steps = (*pickup(), *GRACE)


@dataclass(frozen=True, slots=True)
class Fault:
    """From the ``at``-th call of ``counted`` on, so many ``times``, these calls come back with these errors."""

    counted: Call
    at: int
    times: int
    errors: tuple[tuple[Call, int], ...]


class Failing(Recorder):
    """A disk with a fault."""

    def __init__(self, directory: Path, fault: Fault) -> None:
        super().__init__(directory)
        self.refused = 0
        self._fault = fault
        self._errors = dict(fault.errors)
        self._counted = 0

    def refusal(self, call: Call, _path: Path) -> int:
        self._counted += call is self._fault.counted
        due = self._fault.at <= self._counted < self._fault.at + self._fault.times
        error = self._errors.get(call, OK) if due else OK
        self.refused += error != OK
        return error


@dataclass(slots=True)
class Outcome:
    """What became of the kiosk."""

    refused: int = 0
    """Calls that failed."""
    ended: int = 0
    """Processes that ended because they could not record."""
    degraded: int = 0
    served: bool = False
    """Whether the first process served its people to their end, whatever failed beside it."""
    problems: list[str] = field(default_factory=list)


class Sufferer:
    """One bank, and one process after the other on it."""

    def __init__(self, directory: Path) -> None:
        self.site = _site(directory)
        self.world = World()
        self.outcome = Outcome()
        self.committed: list[Entry] = []
        """Every entry of a commit that was reported as done."""
        self._bank = SimBank(self.world, self.site.layout, self.site.machine)
        self._lives = 0

    def live(self, *, visited: bool) -> bool:
        """A process starts, and perhaps people come; False if it ended or nothing can be recorded."""
        kiosk = WatchedKiosk(self._bank, self.site, KEYS, seed=self._lives)
        kiosk.taps.append(self.committed.extend)
        self._lives += 1
        try:
            return self._lived(kiosk, visited=visited)
        except JournalError:
            self.outcome.ended += 1
            return False
        finally:
            self._look_at_effects(kiosk)
            kiosk.kill()

    def _lived(self, kiosk: WatchedKiosk, *, visited: bool) -> bool:
        kiosk.start()
        self.world.run_for(READY_MS * 1_000)
        if kiosk.engine.state.mode is Mode.DEGRADED:
            self.outcome.degraded += 1
            return False
        if visited:
            Lobby(kiosk).walk(DROP)
            checkpoint(kiosk.database)
            Lobby(kiosk).walk(PICKUP)
            self.outcome.served = True
        else:
            self._look_at_record(kiosk)
        return True

    def _look_at_effects(self, kiosk: WatchedKiosk) -> None:
        known = {entry.seq for entry in self.committed}
        acted = [effect for effect in kiosk.effects if isinstance(effect, Pulse) and effect.intent_seq not in known]
        if acted:
            self.outcome.problems.append(f"acted on what was not recorded: {acted[0]}")

    def _look_at_record(self, kiosk: WatchedKiosk) -> None:
        stored = {entry.seq: entry for entry in newest_entries(kiosk.database, EVERYTHING)}
        missing = [entry for entry in self.committed if stored.get(entry.seq) != entry]
        if missing:
            self.outcome.problems.append(f"missing: {missing[0]}")
        if wrong := at_odds(kiosk.database):
            self.outcome.problems.append(wrong)


def suffer(directory: Path, fault: Fault) -> Outcome:
    """A visit on a disk with this fault, starts until one succeeds or the disk is mended, and a look at the record."""
    sufferer = Sufferer(directory)
    data = sufferer.site.machine.identity.data_directory
    failing = Failing(data, fault)
    with recording(data, failing):
        well = sufferer.live(visited=True)
        for _ in range(STARTS):
            well = well or sufferer.live(visited=False)
    if not sufferer.live(visited=False):
        sufferer.outcome.problems.append("out of service although the disk is mended")
    if last_epoch(data / "kiosk.db") != 1:
        sufferer.outcome.problems.append("the record was given up")
    sufferer.outcome.refused = failing.refused
    return sufferer.outcome


def _site(directory: Path) -> Site:
    return keeping(sound_site(write_site(directory, Ports(), SMALLEST_COST, POLICY)), BANK)
