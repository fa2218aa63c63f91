"""A whole kiosk in memory: the real engine, record, vault and line masters, on a simulated bank and a virtual clock.

Holds what threads do on a real kiosk, as steps of the world. It must not know what is decided, nor who stands in front.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from drivers.bank import LineMaster
from hardware_sim.bank import SimBank
from hardware_sim.entropy import SeededEntropy
from hardware_sim.memory_line import MemoryLine
from hardware_sim.memory_scanner import MemoryScanner
from hardware_sim.record_keeper import RecordKeeper
from hardware_sim.scanner import SimScanner
from hardware_sim.world import Planned, World
from kiosk import __version__
from kiosk.config import Site
from kiosk.core.books import Books
from kiosk.core.effects import MakeCode, Outward, PollDoors, Pulse, TakePhoto, VaultEffect, VerifyCode
from kiosk.core.entries import ClockState, Entry
from kiosk.core.events import Event, PhotoTaken, Started, StopAsked, Ticked
from kiosk.core.layout import Layout
from kiosk.core.view import ScreenModel
from kiosk.engine import Engine
from kiosk.ports import Journal, Moment
from kiosk.vault import SMALLEST_COST, SignCheckpoint, VaultKeys, VaultWorker
from kiosk.wiring.archivist import Keeping
from kiosk.wiring.boot import boot, database_path
from kiosk.wiring.camera import ASKING
from kiosk.wiring.contacts import chip_setups
from kiosk.wiring.lines import line_setups
from storage.database import Database
from storage.photos import keep_photo, photo_at, photos_beside

if TYPE_CHECKING:
    from hardware_sim.memory_chip import MemoryChip
    from kiosk.core.ids import BoardId

BEGAN_WALL_MS = 1_780_000_000_000
"""Wall time when a world begins."""
PICTURE_US = 150_000
"""What one picture takes."""
DERIVATION_US = 25_000
"""What one key derivation takes here; on a kiosk it is the vault's own time."""


class WorldClock:
    """The kiosk's clock: the world's time, and a wall clock that can be set wrong."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.wall_offset_ms = BEGAN_WALL_MS
        self.clock_state = ClockState.TRUSTED

    def now(self) -> Moment:
        mono_ms = self._world.now_us // 1000
        return Moment(mono_ms, mono_ms + self.wall_offset_ms, self.clock_state)


class TappedJournal:
    """The kiosk's journal; whoever wants to know is told of each commit once it is durable, before anything follows.

    What that one raises ends the kiosk in the moment between recording and acting.
    """

    def __init__(self, journal: Journal, committed: Callable[[Sequence[Entry]], None]) -> None:
        self._journal = journal
        self._committed = committed

    def books(self) -> Books:
        return self._journal.books()

    def commit(self, entries: Sequence[Entry]) -> None:
        self._journal.commit(entries)
        self._committed(entries)


class SimKiosk:
    """One kiosk on one bank. `start`, then events come by themselves; `kill` at any moment, then `start` again."""

    def __init__(self, bank: SimBank, site: Site, keys: VaultKeys, seed: int = 0) -> None:
        self.bank = bank
        self.clock = WorldClock(bank.world)
        self.effects: list[Outward] = []
        """Everything that was ever handed to an edge, oldest first."""
        self.screens: list[ScreenModel] = []
        """Every screen model, oldest first."""
        self.scanner = SimScanner(bank.world)
        self.taps: list[Callable[[Sequence[Entry]], None]] = []
        """Told of each commit; see `TappedJournal`."""
        self.keeping = False
        """Whether it also does what a kiosk does about its record between events, from its next start on."""
        self._world = bank.world
        self._site = site
        self._entropy = SeededEntropy(seed, "kiosk")
        self._vault = VaultWorker(keys, self._entropy, SMALLEST_COST, site.machine.identity.house_number)
        self._keeper: RecordKeeper | None = None
        self._engine: Engine | None = None
        self._database: Database | None = None
        self._lines: dict[str, MemoryLine] = {}
        self._chips: dict[BoardId, MemoryChip] = {}
        self._scanners: list[MemoryScanner] = []
        self._inbox: deque[Event] = deque()
        self._alarm: Planned | None = None
        self._due_ms: int | None = None
        """What the alarm is set for."""
        self._life = 0
        """Which of its lives this is: what an earlier one planned is void."""

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            message = "the kiosk is not running"
            raise RuntimeError(message)
        return self._engine

    @property
    def screen(self) -> ScreenModel:
        return self.screens[-1]

    @property
    def database(self) -> Database:
        """The open record, for whoever reads what stands in it."""
        if self._database is None:
            message = "the kiosk has no record open"
            raise RuntimeError(message)
        return self._database

    # Life and death

    def start(self) -> None:
        """The process starts; its first event is taken at once. Raises StartRefusedError."""
        self._life += 1
        booted = boot(self._site, self._entropy, lambda _base_ms, _floor_ms: self.clock)
        self._database = booted.database
        self._engine = Engine(booted.state, TappedJournal(booted.journal, self._committed), self.clock, self, self)
        setups = line_setups(self._site.machine)
        self._lines = {
            name: MemoryLine(self.bank.wires[setup.line], LineMaster(setup), self.post)
            for name, setup in setups.items()
        }
        self._chips = self._taken_chips(booted.state.layout)
        self.post(Started(__version__, sqlite3.sqlite_version))
        for line in self._lines.values():
            line.start()
        for chip in self._chips.values():
            chip.start()
        self._scanners = [
            MemoryScanner(each.name, self.scanner, self.post, each.protocol) for each in self._site.machine.scanners
        ]
        for scanner in self._scanners:
            scanner.start()
        if self.keeping and booted.database is not None:
            policy = self._site.policy
            keeping = Keeping(policy.private_retention_days, policy.photo_retention_hours)
            self._keeper = RecordKeeper(booted.database, self._site.machine.identity.log, keeping, self)
            self._keeper.start()

    def _taken_chips(self, layout: Layout) -> "dict[BoardId, MemoryChip]":
        setups = chip_setups(self._site.machine, layout)
        if not setups:
            return {}
        from hardware_sim.memory_chip import MemoryChip  # noqa: PLC0415 - gpiozero takes 90 ms

        return {each.chip: MemoryChip(self.bank.chips[each.chip], each, self.post) for each in setups}

    def kill(self) -> None:
        """The process dies between two instructions: nothing is said, nothing is switched off."""
        self._life += 1
        for line in self._lines.values():
            line.kill()
        self._end()

    def stop(self) -> None:
        """The process is asked to end, and ends in order. Takes virtual time."""
        self.post(StopAsked("asked"))
        self._world.step()
        while not self.engine.state.stopped:
            self._world.step()
        for line in self._lines.values():
            line.stop()
        while any(line.is_alive() for line in self._lines.values()):
            self._world.step()
        self._life += 1
        self._end()

    def _end(self) -> None:
        for scanner in self._scanners:
            scanner.kill()
        for chip in self._chips.values():
            chip.kill()
        if self._alarm is not None:
            self._alarm.call_off()
        if self._keeper is not None:
            self._keeper.stop()
        self._inbox.clear()
        if self._database is not None:
            self._database.close()
        self._engine, self._database = None, None

    # The inbox

    def post(self, event: Event) -> None:
        """An edge reports something; the engine takes it in the world's next step."""
        self._inbox.append(event)
        life = self._life
        self._world.at(self._world.now_us, lambda: self._take(life))

    def _take(self, life: int) -> None:
        if life != self._life or not self._inbox or self.engine.state.stopped:
            return
        self._step(self._inbox.popleft())

    def _step(self, event: Event) -> None:
        self.engine.step(event)
        due_ms = self.engine.next_deadline_ms()
        if self._alarm is not None and not self._alarm.over and due_ms == self._due_ms:
            return
        if self._alarm is not None:
            self._alarm.call_off()
        self._due_ms, life = due_ms, self._life
        self._alarm = None if due_ms is None else self._world.at(due_ms * 1000, lambda: self._tick(life))

    def _tick(self, life: int) -> None:
        if life == self._life and not self._inbox:
            self._step(Ticked())

    # What the engine asks

    def send(self, effect: Outward) -> None:
        self.effects.append(effect)
        match effect:
            case Pulse(output=output):
                self._line_of(output.board).send(effect)
            case PollDoors(board=board) if board in self._chips:
                self._chips[board].send(effect)
            case PollDoors(board=board):
                self._line_of(board).send(effect)
            case VerifyCode() | MakeCode():
                self._ask_vault(effect)
            case TakePhoto():
                self._photograph()
            case _:
                assert_never(effect)

    def _committed(self, entries: Sequence[Entry]) -> None:
        for tap in self.taps:
            tap(entries)

    # Its record

    @property
    def world(self) -> World:
        return self._world

    @property
    def quiet(self) -> bool:
        """Whether nobody is served and nothing waits."""
        return self.engine.state.visit is None and not self._inbox

    def sign(self, request: SignCheckpoint) -> None:
        """The vault signs at once."""
        request.answers.put(self._vault.sign(request.checkpoint))

    def _line_of(self, board: str) -> MemoryLine:
        return self._lines[next(each.line for each in self._site.machine.boards if each.board == board)]

    def _ask_vault(self, effect: VaultEffect) -> None:
        life = self._life

        def answer() -> None:
            if life == self._life:
                self.post(self._vault.handle(effect))

        self._world.after(DERIVATION_US, answer)

    def _photograph(self) -> None:
        """What lies before a simulated camera is known to nobody; its picture is kept as any other."""
        life, seen = self._life, f"label at {self._world.now_us}".encode()

        def answer() -> None:
            if life == self._life:
                photos = photos_beside(database_path(self._site))
                photo, wall_ms = keep_photo(photos, seen), self.clock.now().wall_ms
                os.utime(photo_at(photos, photo), ns=(wall_ms * 1_000_000, wall_ms * 1_000_000))
                self.post(PhotoTaken(photo))

        self._world.after(PICTURE_US, answer)

    def show(self, model: ScreenModel) -> None:
        self.screens.append(model)
        for scanner in self._scanners:
            scanner.look(wanted=isinstance(model.page, ASKING))

    # What the bench does to it

    def set_wall_clock(self, by_ms: int, clock_state: ClockState = ClockState.TRUSTED) -> None:
        """Wall time jumps by so much, and is believed this far."""
        self.clock.wall_offset_ms += by_ms
        self.clock.clock_state = clock_state

    def with_policy(self, **changes: int) -> "SimKiosk":
        """Other durations and limits from the next start on."""
        self._site = replace(self._site, policy=replace(self._site.policy, **changes))  # type: ignore[arg-type]
        return self
