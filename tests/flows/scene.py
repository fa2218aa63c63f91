"""One building for one journey: a kiosk with its bank, people in front of it, and what its record says afterwards.

Holds the walk through steps and faults, the reading of the database file by a connection of its own, and the witness
of every frame that energises a lock. It must not know what any journey expects.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from drivers.boards.base import Unlock
from hardware_sim.bank import SimBank
from hardware_sim.boards import SimBoard
from hardware_sim.families import on_families
from hardware_sim.faults import Fault, apply
from hardware_sim.people import Lobby, Step
from hardware_sim.phone import notices
from hardware_sim.site import KEYS, Ports, sound_site, write_site
from hardware_sim.soak.building import keeping
from hardware_sim.story_witness import WatchedKiosk
from hardware_sim.wire import Speaker
from hardware_sim.world import World
from kiosk.config import Site
from kiosk.core import entries as e
from kiosk.core.books import Books, Compartment, Parcel, ParcelState
from kiosk.core.effects import Outward, Pulse
from kiosk.core.entries import ClockState, CodeLife, Entry
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId, LineId, ParcelId
from kiosk.core.layout import Output
from kiosk.core.supply import PULSE_LIFE_MS
from kiosk.core.view import ScreenModel
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import database_path
from storage.database import Database, connect
from storage.projections import load_books
from storage.queries import chain_of_custody, newest_entries, parcel
from storage.rebuild import compare_projections, verify_tree
from tests.flows.steps import UPS
from tests.measure.kill_nine import given_twice

READY_MS = 2_000
"""From the start to every door read."""
SECOND_MS = 1_000
EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Mend:
    """Every fault of the bank ends."""


@dataclass(frozen=True, slots=True)
class PulseFrame:
    """A frame that energises a lock, at its first byte, and the intent that could be read from the file by then."""

    at_ms: int
    compartment: CompartmentId
    intent: Entry | None


class PowerCut(BaseException):
    """The kiosk dies here. Nobody catches it but who planned it."""


class Row(NamedTuple):
    """One step of a parcel's way."""

    kind: str
    who: str
    where: str


BODY = TypeVar("BODY", bound=e.Body)


class Scene:
    """Nothing in it is shared with another scene."""

    def __init__(  # noqa: PLR0913 - what scenes differ in, each with its usual value
        self,
        directory: Path,
        policy: str = "",
        only: Sequence[str] = (),
        seed: int = 0,
        *,
        families: Sequence[str] = (),
        contacts: Callable[[Site], Site] | None = None,
    ) -> None:
        """``policy`` is TOML; ``only`` names the compartments of a smaller bank; ``families`` are those of its boards,
        and ``contacts`` moves its contacts elsewhere, where the bank is not as it is written.
        """
        self.directory = directory
        write_site(directory, Ports(), SMALLEST_COST, policy)
        site = self.reread()
        site = keeping(site, only) if only else site
        site = on_families(site, families) if families else site
        self.site = contacts(site) if contacts is not None else site
        self.world = World(seed)
        self.bank = SimBank(self.world, self.site.layout, self.site.machine)
        self.frames: list[PulseFrame] = []
        self.kiosks: list[WatchedKiosk] = []
        self.unrecorded: list[Pulse] = []
        """Pulses handed to a line before their intent could be read from the file."""
        self._file: Database | None = None
        for line, wire in self.bank.wires.items():
            wire.taps.append(partial(self._heard, line))
        self.kiosk = self._installed(self.site)

    # Life and death

    def _installed(self, site: Site) -> WatchedKiosk:
        """A process on this bank; each draws its own chance."""
        self.site = site
        kiosk = WatchedKiosk(self.bank, site, KEYS, seed=len(self.kiosks))
        kiosk.watchers.append(self)
        self.kiosks.append(kiosk)
        return kiosk

    def start(self) -> "Scene":
        self.kiosk.start()
        self.wait(READY_MS)
        return self

    def kill(self) -> "Scene":
        self.kiosk.kill()
        self.let_go()
        return self

    def restart(self, after_ms: int = SECOND_MS, site: Site | None = None) -> "Scene":
        """The process dies, and another one starts later, perhaps with other files."""
        self.kill()
        self.wait(after_ms)
        self.kiosk = self._installed(site or self.site)
        return self.start()

    def reread(self) -> Site:
        """The site as its files are now."""
        return sound_site(self.directory / "kiosk.toml")

    # People, faults, time

    def walk(self, *steps: Step | Fault | Mend) -> "Scene":
        """People do their steps, and faults happen, one after the other."""
        for step in steps:
            if isinstance(step, Mend):
                self.bank.mend()
            elif isinstance(step, Fault):
                apply(self.bank, step)
            else:
                Lobby(self.kiosk).do(step)
        return self

    def wait(self, ms: int) -> "Scene":
        self.world.run_for(ms * 1_000)
        return self

    @property
    def now_ms(self) -> int:
        return self.world.now_us // 1_000

    # What people see

    @property
    def page(self) -> Any:  # noqa: ANN401 - the sentence knows which page it looks at
        return self.kiosk.screen.page

    @property
    def offered(self) -> set[Choice]:
        return {offer.choice for offer in self.kiosk.screen.offers}

    def values(self, choice: Choice) -> list[str]:
        """Every value that this choice is offered with."""
        return [offer.value for offer in self.kiosk.screen.offers if offer.choice is choice]

    def notices(self) -> list[Mapping[str, Any]]:
        """What has left the kiosk, as the phones show it."""
        return notices(self.file)

    # What the file says

    @property
    def file(self) -> Database:
        """The database file as somebody else reads it: only what is committed."""
        if self._file is None:
            self._file = connect(database_path(self.site))
        return self._file

    def let_go(self) -> None:
        """Close the file: another one may stand in its place, or it is to be looked at from outside."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def entries(self) -> tuple[Entry, ...]:
        return newest_entries(self.file, EVERYTHING)

    def of(self, kind: type[BODY]) -> list[BODY]:
        """The bodies of every entry of this kind, oldest first."""
        return [entry.body for entry in self.entries() if isinstance(entry.body, kind)]

    def last(self, kind: type[BODY]) -> BODY:
        return self.of(kind)[-1]

    def count(self) -> int:
        return len(self.entries())

    def kinds(self, since: int = 0) -> list[str]:
        return [e.NAMES[type(entry.body)] for entry in self.entries()[since:]]

    @property
    def books(self) -> Books:
        with self.file.reader.begin() as connection:
            return load_books(connection)

    def compartment(self, name: str) -> Compartment:
        return self.books.compartments[CompartmentId(name)]

    def parcel(self, number: str) -> Parcel:
        """The newest parcel of this tracking number."""
        found = parcel(self.file, self._name_of(number))
        assert found is not None
        return found

    def _name_of(self, number: str) -> ParcelId:
        named = [x.body for x in self.entries() if isinstance(x.body, e.ParcelReserved | e.OverflowRecorded)]
        return next(body.parcel for body in reversed(named) if body.tracking_number == number)

    def custody(self, number: str, unit: str = "2A") -> list[Row]:
        """The newest parcel's whole way, read back from the file: every step at its time, with unit and number."""
        rows = chain_of_custody(self.file, self._name_of(number))
        times_ms = [row.wall_ms for row in rows]
        assert times_ms == sorted(times_ms)
        assert self._wall_ms(0) < times_ms[0] <= times_ms[-1] <= self._wall_ms(self.now_ms)
        assert {row.clock_state for row in rows} == {ClockState.TRUSTED}
        assert {(row.unit, row.tracking_number) for row in rows} == {(unit, number)}
        return [Row(row.kind, row.actor, row.compartment) for row in rows]

    def _wall_ms(self, mono_ms: int) -> int:
        return mono_ms + self.kiosk.clock.wall_offset_ms

    # The lines

    def frames_to(self, name: str) -> list[PulseFrame]:
        return [frame for frame in self.frames if frame.compartment == name]

    def asked(self, effect: Outward) -> None:
        """The engine hands something over: the last moment at which an intent can become durable in time."""
        if isinstance(effect, Pulse):
            intents = [x.seq for x in self.entries() if isinstance(x.body, e.UnlockRequested)]
            if effect.intent_seq not in intents[-1:]:
                self.unrecorded.append(effect)

    def shown(self, model: ScreenModel) -> None:
        """The kiosk keeps its screens itself."""

    def _heard(self, line: LineId, who: SimBoard | Speaker, data: bytes) -> None:
        if who is not Speaker.KIOSK:
            return
        for board in self.bank.wires[line].boards:
            decoded = board.codec.decode_request(data)
            if decoded is not None and decoded[0] == board.settings.address and isinstance(decoded[1], Unlock):
                self._pulse(Output(board.board, decoded[1].channel))

    def _pulse(self, output: Output) -> None:
        name = next(place.compartment for place in self.bank.layout.places if place.output == output)
        used = {frame.intent.seq for frame in self.frames_to(name) if frame.intent is not None}
        intents = [x for x in self.entries() if isinstance(x.body, e.UnlockRequested) and x.body.compartment == name]
        newest = intents[-1] if intents and intents[-1].seq not in used else None
        self.frames.append(PulseFrame(self.now_ms, name, newest))

    # What must hold for every journey, whatever it is about

    def reckon(self) -> None:
        """Every lock frame had an intent in the file before its first byte, the supply bore it, the record adds up."""
        assert not self.unrecorded, f"handed over before its intent was on disk: {self.unrecorded}"
        for frame in self.frames:
            assert frame.intent is not None, f"{frame.compartment}: a pulse without an intent on disk"
            age_ms = frame.at_ms - frame.intent.stamp.mono_ms
            assert 0 <= age_ms <= PULSE_LIFE_MS, f"{frame.compartment}: a pulse {age_ms} ms after its intent"
        overlaps, longest_us = self.bank.supply.overlaps, self.bank.supply.longest_us()
        assert not overlaps, f"locks on at the same time: {overlaps}"
        assert longest_us <= self.site.policy.pulse_ms * 1_000, f"a lock was on for {longest_us} us"
        forbidden = [heard for board in self.bank.boards.values() for heard in board.forbidden]
        assert not forbidden, f"commands that are never to be sent: {forbidden}"
        if not database_path(self.site).exists():
            return
        twice, differences = [*given_twice(self.entries())], compare_projections(self.file)
        assert not twice, twice
        assert not differences, differences
        assert all(tree.whole for tree in verify_tree(self.file)), "the record is not whole"


def lives(scene: Scene, number: str = UPS) -> tuple[ParcelState, CodeLife]:
    """What the record says of the newest parcel of this number, and of its code."""
    known = scene.parcel(number)
    return known.state, known.code_life
