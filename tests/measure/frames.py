"""The screen's frames: the gaps between two of them while something moves.

Holds the measurement: one whole kiosk in this process with its display in memory, its bank in another process, and a
person who drops parcels on a thread of its own; as it is, and with every commit slowed down. A gap counts where the
frame at its beginning said that another one is due at once: a page coming in, the ring of an open door, a waiting bar.

    .venv/bin/python -m tests.measure.frames --drops 8
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pygame

from hardware_sim.site import KEYS
from kiosk.core import view as v
from kiosk.core.books import Books
from kiosk.core.entries import Entry
from kiosk.core.events import Choice, Scanned
from kiosk.core.ids import Secret
from kiosk.core.view import ScreenModel
from kiosk.engine import Engine
from kiosk.ports import Journal
from kiosk.runner import Notifier
from kiosk.wiring.face import Face
from kiosk.wiring.process import Kiosk
from tests.measure.bench import bank_process, bench_site
from tests.measure.footprint import DISPLAY
from tests.measure.latency import NUMBER, QUICK, Hands, NewestScreen
from ui.display import Display, MemoryDisplay, Touch

SLOW_S = 0.120
SIZE_PX = (1280, 800)


class SlowJournal:
    """The real journal, on a card that takes its time."""

    def __init__(self, journal: Journal, slow_s: float) -> None:
        self._journal, self._slow_s = journal, slow_s

    def commit(self, entries: Sequence[Entry]) -> None:
        self._journal.commit(entries)
        threading.Event().wait(self._slow_s)

    def books(self) -> Books:
        return self._journal.books()


class TimedDisplay:
    """A display that notes when it shows a frame, and whether another one was due at once."""

    asked_to_stop = False

    def __init__(self, display: Display) -> None:
        self._display = display
        self.is_moving: Callable[[], bool] = lambda: False
        self.frames: list[tuple[int, bool]] = []

    @property
    def size_px(self) -> tuple[int, int]:
        return self._display.size_px

    @property
    def canvas(self) -> pygame.Surface:
        return self._display.canvas

    def touches(self) -> Sequence[Touch]:
        return self._display.touches()

    def present(self, areas: Sequence[pygame.Rect]) -> None:
        self._display.present(areas)
        self.frames.append((time.monotonic_ns(), self.is_moving()))

    def close(self) -> None:
        self._display.close()

    def gaps_ms(self) -> list[float]:
        pairs = zip(self.frames, self.frames[1:], strict=False)
        return sorted((after - before) / 1e6 for (before, moving), (after, _) in pairs if moving)


class Both:
    """Shows each model on the real screens and to the hands."""

    def __init__(self, face: Face, newest: NewestScreen) -> None:
        self._face, self._newest = face, newest

    def show(self, model: ScreenModel) -> None:
        self._newest.show(model)
        self._face.models.show(model)


def drop(hands: Hands) -> None:
    """One parcel into a compartment and, undone, out of it again, to be scanned anew."""
    hands.to_size()
    hands.touch(Choice.SIZE, "S")
    threading.Event().wait(3.0)  # the ring of an open door beats for so long
    hands.shut(hands.door_is_open())
    hands.see(v.DropDone)
    hands.touch(Choice.UNDO)
    hands.shut(hands.door_is_open())
    hands.touch(Choice.TAKEN_BACK)
    hands.see(v.Said)
    hands.post(Scanned(Secret(NUMBER)))
    hands.touch(Choice.GO_ON)


def measured(slow_s: float, drops: int) -> list[float]:
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        site = bench_site(directory, QUICK, display=DISPLAY)
        shared = site.machine.display.shared
        assert shared is not None
        timed = TimedDisplay(MemoryDisplay(SIZE_PX, shared.frames, shared.touches))
        face = Face(site, timed)
        timed.is_moving = lambda: face.moving
        newest = NewestScreen()
        with bank_process(directory) as bank:
            kiosk = Kiosk(site, KEYS, Both(face, newest), notifier=Notifier(""))
            slow_down(kiosk.engine, slow_s)
            kiosk.start()
            hands = Hands(kiosk, newest, bank, site.machine.identity.data_directory / "kiosk.db")
            threading.Thread(target=visits, args=(hands, kiosk, drops), daemon=True).start()
            face.run(kiosk)
            kiosk.close()
        face.close()
        return timed.gaps_ms()


def slow_down(engine: Engine, slow_s: float) -> None:
    engine._journal = SlowJournal(engine._journal, slow_s)  # noqa: SLF001 - no kiosk needs a slower card


def visits(hands: Hands, kiosk: Kiosk, drops: int) -> None:
    try:
        hands.see(v.Welcome)
        threading.Event().wait(3.0)
        hands.identify()
        for _ in range(drops):
            drop(hands)
    finally:
        kiosk.ask_to_stop("measured")


def report(drops: int) -> None:
    for name, slow_s in (("commits as they are", 0.0), (f"each commit {SLOW_S * 1000:.0f} ms slower", SLOW_S)):
        gaps = measured(slow_s, drops)
        p99 = gaps[int(len(gaps) * 0.99)]
        middle = gaps[len(gaps) // 2]
        print(f"{name}: {len(gaps)} gaps, median {middle:.1f} ms, p99 {p99:.1f} ms, longest {gaps[-1]:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drops", type=int, default=8)
    report(parser.parse_args().drops)


if __name__ == "__main__":
    main()
