"""The bench as a whole: a site in a directory, the simulated bank on pseudo-terminals, the kiosk as a child, and what
is seen of all that.

Holds how the parts hang together, and who tells the feed what. It must not know HTTP.
"""

import io
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import qrcode
from qrcode.image.svg import SvgPathImage

from hardware_sim.bank import SimBank
from hardware_sim.bench.child import KioskChild, Life, forget_restarts
from hardware_sim.bench.feed import Feed
from hardware_sim.bench.lobby import CannotError, Lobby
from hardware_sim.bench.record import RecordReader
from hardware_sim.bench.screen import ElementsFile, ScreenFile, TouchPipe
from hardware_sim.bench.telling import LineListener, entry_row, notice_rows, steps_done
from hardware_sim.boards import SimBoard
from hardware_sim.phone import Phones
from hardware_sim.pty import bank_on_ptys, scanner_on_pty
from hardware_sim.real_time import RealTime, real_now_us
from hardware_sim.scanner import SimScanner
from hardware_sim.site import COURIERS, Ports, sound_site, write_site
from hardware_sim.wire import Speaker
from hardware_sim.world import World
from kiosk.config import Site
from kiosk.core.ids import LineId
from kiosk.wiring.boot import database_path

SCREEN_PX = (1280, 800)
PX_PER_MM = 5.88
"""A panel of 10.1 inch, as in the design's tokens."""
FRAMES, TOUCHES, ELEMENTS = "screen.frames", "screen.touches", "screen.elements"
UNDO_S = 10
"""The policy's usual 60 s keep a notice back longer than a newcomer waits."""
POLICY = f"undo_s = {UNDO_S}\nrelock_ms = 1000\n"
"""A click shuts a door sooner after its opening than a hand that holds a parcel; the usual 3 s would doubt that."""
LOOK_S = 1 / 30
LOOKS_PER_READING = 3
"""The record is read ten times a second."""
END_S = 5.0


@dataclass(frozen=True, slots=True)
class Options:
    """``window`` shows the kiosk's own window as well; without ``display`` the kiosk has no screen at all."""

    seed: int = 0
    window: bool = False
    display: bool = True


class Bench:
    """Made with an empty directory, then entered; everything stops when it is left."""

    def __init__(self, directory: Path, options: Options = Options()) -> None:
        self.feed = Feed()
        self.site = _site(directory, options)
        self.screen = ScreenFile(directory / FRAMES)
        self.lobby: Lobby
        self._elements = ElementsFile(directory / ELEMENTS)
        self._touches = TouchPipe(directory / TOUCHES)
        self._real_time = RealTime(World(options.seed, real_now_us()))
        self._record = RecordReader(database_path(self.site))
        self._phones = Phones()
        command = (sys.executable, "-m", "kiosk", "run", "--config", str(directory / "kiosk.toml"))
        self.child = KioskChild(command, self._tell_life, lambda: forget_restarts(database_path(self.site)))
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self._tell_fixed()
        self._exits.enter_context(self._real_time)
        self._exits.callback(lambda: self._real_time.ask(self._unplug))
        self._real_time.ask(self._set_up)
        self._exits.callback(self.child.close)
        self.child.start()
        self._exits.callback(self._stop_watching)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.feed.end()
        self._exits.close()

    # What people do; any thread

    def hands(self, what: Callable[[Lobby], object]) -> None:
        """Have something done in the lobby. Raises CannotError."""
        self._real_time.ask(lambda: what(self.lobby))

    def touch(self, touches: Iterable[tuple[str, int, int]]) -> bool:
        """False if there is no screen to be touched."""
        return self._touches.send(touches)

    def show_code(self, number: int) -> None:
        """Hold a phone before the scanner, with the code of this notice on it."""
        self.hands(lambda lobby: lobby.scan_text(self._code(number)))

    def code_svg(self, number: int) -> str:
        """The QR code of a notice: until passes exist it holds the digits."""
        code = qrcode.QRCode(border=2)
        code.add_data(self._code(number))
        picture = io.BytesIO()
        code.make_image(image_factory=SvgPathImage).save(picture)
        return picture.getvalue().decode()

    def symbol_svg(self, parcel: str) -> str:
        """The barcode of a parcel. Raises CannotError where there is none."""
        try:
            return self._real_time.ask(lambda: self.lobby.symbol(parcel))
        except ValueError as error:
            raise CannotError(str(error)) from error

    def cut_power(self) -> None:
        self.child.cut_power()

    def _code(self, number: int) -> str:
        notices = self._phones.notices
        if not 0 <= number < len(notices):
            message = "there is no such notice"
            raise CannotError(message)
        return str(notices[number]["code"])

    # The world's thread

    def _set_up(self) -> None:
        world = self._real_time.world
        bank = SimBank(world, self.site.layout, self.site.machine)
        scanner = SimScanner(world)
        listener = LineListener(self.site)
        for line, wire in bank.wires.items():
            wire.taps.append(partial(self._hear, listener, line))
        bank_on_ptys(self._real_time, bank, self.site.machine)
        scanner_on_pty(self._real_time, scanner, Path(self.site.machine.scanners[0].port))
        self.lobby = Lobby(bank, scanner)
        self.lobby.on_change = self._tell_lobby
        self.feed.set("faults", {name: self.lobby.faults(name) for name in bank.doors})
        self._tell_lobby()

    def _unplug(self) -> None:
        for wire in self.lobby.bank.wires.values():
            wire.unplug()
        self.lobby.scanner.unplug()

    def _hear(self, listener: LineListener, line: LineId, who: SimBoard | Speaker, data: bytes) -> None:
        self.feed.add("frames", [listener.hear(line, who, data)])

    def _tell_lobby(self) -> None:
        self.feed.set("doors", self.lobby.doors_told())
        self.feed.set("parcels", self.lobby.parcels_told())

    # The child's thread

    def _tell_life(self, life: Life) -> None:
        self.feed.set("kiosk", asdict(life))

    # The watcher's thread

    def _watch(self) -> None:
        looks = 0
        while not self._ended.wait(LOOK_S):
            self._look_at_screen()
            if looks % LOOKS_PER_READING == 0:
                self._read_record()
            looks += 1
        self._record.close()
        self.screen.close()

    def _look_at_screen(self) -> None:
        self.feed.set("screen", self.screen.look())
        news = self._elements.news()
        if news is not None:
            self.feed.set("elements", news["elements"])

    def _read_record(self) -> None:
        entries = self._record.news()
        if not entries:
            return
        self._phones.take(entries)
        self.feed.add("entries", map(entry_row, entries))
        self.feed.set("notices", notice_rows(self._phones))
        self.feed.set("steps", steps_done(self.feed.value("steps") or (), entries))

    def _stop_watching(self) -> None:
        self._ended.set()
        if self._watcher.is_alive():
            self._watcher.join(END_S)

    def _tell_fixed(self) -> None:
        self.feed.set("bench", _fixed(self.site))
        self.feed.set("steps", [])
        self.feed.set("notices", [])
        for name in ("entries", "frames"):
            self.feed.add(name, ())


def _site(directory: Path, options: Options) -> Site:
    display = _display(options) if options.display else ""
    file = write_site(directory, Ports.beside(directory), policy=POLICY, display=display)
    return sound_site(file)


def _display(options: Options) -> str:
    return f"""
[display]
kind = "{"window" if options.window else "memory"}"
width_px = {SCREEN_PX[0]}
height_px = {SCREEN_PX[1]}
px_per_mm = {PX_PER_MM}
mode = "normal"
frames = "{FRAMES}"
touches = "{TOUCHES}"
elements = "{ELEMENTS}"
"""


def _fixed(site: Site) -> dict[str, Any]:
    """What does not change while the bench runs."""
    places: Sequence[dict[str, Any]] = [
        {
            "door": place.compartment,
            "size": place.size,
            "column": place.column,
            "row": place.row,
            "left_mm": place.left_mm,
            "bottom_mm": place.bottom_mm,
            "width_mm": place.width_mm,
            "height_mm": place.height_mm,
            "board": place.output.board,
            "accessible": place.accessible,
        }
        for place in site.layout.places
    ]
    couriers = [{"courier": name, "carrier": carrier, "code": code} for name, (carrier, code) in COURIERS.items()]
    return {"screen_px": SCREEN_PX, "undo_s": UNDO_S, "places": places, "couriers": couriers}
