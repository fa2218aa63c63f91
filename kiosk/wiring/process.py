"""One kiosk as a process: its threads, started, watched and ended in order.

Holds the threads and the routes of effects. It must not know a rule, nor draw anything: the screen is handed in.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, assert_never

from drivers.camera.camera import Camera
from drivers.camera.wire import Frame
from drivers.input.assembly import MakeScan
from drivers.input.keyboard import KeyboardScanner
from drivers.input.keypad import Keypad
from drivers.input.serial_scanner import SerialScanner
from drivers.serial_line import SerialLine
from drivers.serial_port import PortSettings
from kiosk import __version__
from kiosk.clock import SystemClock
from kiosk.config import Machine, Scanner, ScannerKind, Site
from kiosk.core.effects import MakeCode, Outward, PollDoors, Pulse, TakePhoto, VerifyCode
from kiosk.core.events import BadgeShown, Event, Scanned, Started
from kiosk.core.ids import BoardId
from kiosk.core.notes import origin_of
from kiosk.engine import Engine
from kiosk.ports import Entropy, Moment, Screen
from kiosk.restarts import Restarts
from kiosk.runner import Notifier, Runner, Supervised
from kiosk.vault import DEFAULT_COST, Argon2Cost, SystemEntropy, VaultKeys, VaultThread, VaultWorker
from kiosk.wiring.archivist import Archivist, ArchivistThread, Keeping, Shelves
from kiosk.wiring.boot import Booted, boot, database_path, system_clock_of
from kiosk.wiring.camera import LookingScreen, cameras_of
from kiosk.wiring.checkpoints import Checkpoints
from kiosk.wiring.contacts import contact_threads, open_gpiod
from kiosk.wiring.lines import serial_lines
from kiosk.wiring.telling import TellingJournal
from kiosk.wiring.upkeep import Upkeep
from storage.claim import Claim, claim
from storage.database import beside
from storage.photos import photos_beside
from storage.restore import SNAPSHOTS

if TYPE_CHECKING:
    from drivers.gpio.thread import ContactThread, OpenChip

DONE, FAILED = 0, 1
ENGINE = "engine"
RESTARTS = ".restarts"

log = logging.getLogger(__name__)

Reader = SerialScanner | KeyboardScanner | Keypad


@dataclass(frozen=True, slots=True)
class Router:
    """Hands each effect to the edge that carries it out; enqueues only."""

    lines: Mapping[BoardId, SerialLine]
    chips: "Mapping[BoardId, ContactThread]"
    vault: VaultThread
    cameras: tuple[Camera, ...] = ()

    def send(self, effect: Outward) -> None:
        match effect:
            case Pulse(output=output):
                self.lines[output.board].send(effect)
            case PollDoors(board=board) if board in self.chips:
                self.chips[board].send(effect)
            case PollDoors(board=board):
                self.lines[board].send(effect)
            case VerifyCode() | MakeCode():
                self.vault.send(effect)
            case TakePhoto():
                for camera in self.cameras:
                    camera.photograph()
            case _:
                assert_never(effect)


class Kiosk:
    """Everything between the screen and the wires. Made, started, waited for, closed; ``inbox`` is for any thread."""

    def __init__(  # noqa: PLR0913 - what a process gets from outside, each with its usual value
        self,
        site: Site,
        keys: VaultKeys,
        screen: Screen,
        *,
        entropy: Entropy | None = None,
        cost: Argon2Cost = DEFAULT_COST,
        notifier: Notifier | None = None,
        open_chip: "OpenChip" = open_gpiod,
    ) -> None:
        """Opens the record and makes it say that a boot began. Raises StartRefusedError, JournalError, and ClaimedError
        while another process writes to the record.
        """
        self.inbox: SimpleQueue[Event] = SimpleQueue()
        self._notifier = notifier or Notifier.from_environment()
        self._restarts = Restarts(beside(database_path(site), RESTARTS))
        chance = entropy or SystemEntropy()
        self._claim = _claimed(site)
        with ExitStack() as undo:
            undo.callback(self._release)
            self._booted = boot(site, chance, system_clock_of(site), self._restarts.begin())
            undo.pop_all()
        clock = self._booted.clock
        if not isinstance(clock, SystemClock):
            message = "a process runs on the system's clock"
            raise TypeError(message)
        self._lines = serial_lines(site.machine, self.inbox, clock.now_us)
        self._chips = contact_threads(site.machine, self._booted.state.layout, open_chip, self.inbox, clock.now_us)
        self._scanners = _scanners(site.machine, self.inbox, clock.now_us)
        self._cameras = cameras_of(site.machine.camera, photos_beside(database_path(site)), self.inbox, clock.now_us)
        self._vault = VaultThread(VaultWorker(keys, chance, cost, site.machine.identity.house_number), self.inbox)
        by_board = {board.board: self._lines[board.line] for board in site.machine.boards}
        router = Router(by_board, {chip.chip: chip for chip in self._chips}, self._vault, self._cameras)
        looking = LookingScreen(screen, (*self._cameras, *self._scanners))
        self.engine = Engine(self._booted.state, TellingJournal(self._booted.journal), clock, router, looking)
        edges: tuple[Supervised, ...] = (*self._chips, *self._scanners, *self._cameras)
        self._archivists = self._archivist_threads(site)
        self._runner = Runner(
            self.engine,
            self.inbox,
            clock,
            threads=(self._vault, *self._lines.values(), *edges, *self._archivists),
            notifier=self._notifier,
            upkeep=self._upkeep(),
        )
        self._checkpoints = _checkpoints(self._booted, keys, site.machine.identity.log, self._vault)
        self._thread = threading.Thread(target=self._run_engine, name=ENGINE, daemon=True)
        self._failure: Exception | None = None

    def start(self) -> None:
        """Start every thread, the engine's last: it ends the process if one of them is not alive."""
        self.inbox.put(Started(__version__, sqlite3.sqlite_version))
        self._vault.start()
        for line in self._lines.values():
            line.start()
        for each in (*self._chips, *self._scanners, *self._cameras, *self._archivists):
            each.start()
        self._thread.start()
        self._notifier.say("READY=1")

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the engine to end; False if it goes on after ``seconds``."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def ask_to_stop(self, reason: str) -> None:
        self._runner.ask_to_stop(reason)

    def close(self) -> int:
        """After the engine ended: all outputs off, ports and files let go; the exit code of the process."""
        self._notifier.say("STOPPING=1")
        for edge in (*self._scanners, *self._chips):
            edge.stop()
        for line in self._lines.values():
            line.stop()
        for camera in self._cameras:
            camera.stop()
        for archivist in self._archivists:
            archivist.stop()
        if self._checkpoints is not None and self._failure is None:
            self._checkpoints.finish()
        self._vault.stop()
        if self._booted.database is not None:
            self._booted.database.close()
        self._release()
        if self._failure is not None:
            return FAILED
        self._restarts.survived()
        return DONE

    def demand_checkpoint(self) -> None:
        """Have whatever is not covered yet signed as soon as nobody is served; from any thread or a signal."""
        if self._checkpoints is not None:
            self._checkpoints.demand()

    def now(self) -> Moment:
        """The moment on the kiosk's own clock; from any thread."""
        return self._booted.clock.now()

    def newest_frame(self) -> Frame | None:
        """What the camera sees while a page asks for a code, for the screen to show; from any thread."""
        return next((camera.newest_frame() for camera in self._cameras), None)

    @property
    def restarts(self) -> Restarts:
        return self._restarts

    def _release(self) -> None:
        if self._claim is not None:
            self._claim.release()

    def _archivist_threads(self, site: Site) -> tuple[ArchivistThread, ...]:
        """One, where there is a record to look after."""
        database = self._booted.database
        if database is None:
            return ()
        shelves = Shelves(database.path.parent / SNAPSHOTS, site.machine.identity.snapshot_copy)
        keeping = Keeping(site.policy.private_retention_days, site.policy.photo_retention_hours)
        archivist = Archivist(database, shelves, keeping, now=self.now, quiet=self._is_quiet, post=self.inbox.put)
        return (ArchivistThread(archivist),)

    def _is_quiet(self) -> bool:
        """Whether nobody is served and nothing waits; from any thread, as good as the moment it is asked in."""
        return self.engine.state.visit is None and self.inbox.empty()

    def _upkeep(self) -> Callable[[], None]:
        """What the engine's thread does once a round, between events."""
        database = self._booted.database
        if database is None:
            return lambda: None
        upkeep = Upkeep(database, self._booted.clock, self._restarts, self.inbox.put)

        def both() -> None:
            upkeep.round()
            if self._checkpoints is not None:
                self._checkpoints.round(quiet=self._is_quiet())

        return both

    def _run_engine(self) -> None:
        """The top of the engine's thread. Whatever ends it ends the process, and nothing is actuated after it."""
        try:
            self._runner.run()
        except Exception as error:
            log.exception("the engine ended")
            self._failure = error


def _claimed(site: Site) -> Claim | None:
    """The claim on the record. Where not even a lock file can be made nothing can be recorded: the boot will say so."""
    try:
        return claim(database_path(site))
    except OSError as error:
        log.warning("%s: %s", database_path(site), error)
        return None


def _checkpoints(booted: Booted, keys: VaultKeys, record: str, vault: VaultThread) -> Checkpoints | None:
    """None where nothing is recorded, or nobody can sign."""
    if booted.database is None or keys.signer is None:
        return None
    log.info("checkpoints: %s", keys.signer.verifier_key(origin_of(record, booted.state.books.epoch)))
    return Checkpoints(booted.database, record, vault.send, lambda: booted.clock.now().mono_ms)


def _scanners(machine: Machine, inbox: SimpleQueue[Event], now_us: Callable[[], int]) -> tuple[Reader, ...]:
    """Everything that is read by a thread of its own: scanners, badge readers, keypads."""
    scanners = (_scanner(each, Scanned, inbox, now_us) for each in machine.scanners)
    badge_readers = (_scanner(each, BadgeShown, inbox, now_us) for each in machine.badge_readers)
    keypads = (Keypad(each.name, each.port, inbox, now_us) for each in machine.keypads)
    return (*scanners, *badge_readers, *keypads)


def _scanner(scanner: Scanner, make: MakeScan, inbox: SimpleQueue[Event], now_us: Callable[[], int]) -> Reader:
    match scanner.kind:
        case ScannerKind.SERIAL:
            port = PortSettings(scanner.port, scanner.baud)
            return SerialScanner(scanner.name, port, inbox, now_us, protocol=scanner.protocol, make=make)
        case ScannerKind.KEYBOARD:
            return KeyboardScanner(scanner.name, scanner.port, inbox, now_us, make=make)
        case _:
            assert_never(scanner.kind)
