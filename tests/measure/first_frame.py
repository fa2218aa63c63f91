"""How soon `kiosk run` shows its first picture, and what drawing costs: the heaviest screen whole, and one key press.

Holds both measurements. The first frame is that in the shared memory of a real process; drawing is timed in this one.

    .venv/bin/python -m tests.measure.first_frame
"""

import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pygame

from tests.measure.bench import PATIENCE_S, ROOT, bench_site
from tests.measure.footprint import DISPLAY
from ui.compose import compose
from ui.display.frames import HEADER, SEQUENCE, SEQUENCE_AT
from ui.display.seam import new_canvas
from ui.elements import PressKey
from ui.gallery import SAMPLES
from ui.painter import Painter
from ui.setting import House, Local, Setting
from ui.text import load_texts
from ui.theme import Mode, theme_for
from ui.typeface import Typeface

STARTS = 7
ROUNDS = 60
PANELS = ((1280, 800, 5.88), (800, 480, 5.25))


def first_frame_s(directory: Path) -> float:
    """Seconds from starting the command to a whole frame in the shared file."""
    frames = directory / "screen.frames"
    frames.unlink(missing_ok=True)
    command = [sys.executable, "-m", "kiosk", "run", "--config", str(directory / "kiosk.toml")]
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, env={**os.environ, "NOTIFY_SOCKET": ""})
    try:
        while not is_drawn(frames):
            if time.monotonic() - begun > PATIENCE_S:
                message = f"no frame within {PATIENCE_S} s"
                raise TimeoutError(message)
            select.select([], [], [], 0.002)
        return time.monotonic() - begun
    finally:
        process.kill()
        process.wait()


def is_drawn(frames: Path) -> bool:
    if not frames.exists():
        return False
    with frames.open("rb") as file:
        header = file.read(HEADER.size)
    if len(header) < HEADER.size:
        return False
    (sequence,) = SEQUENCE.unpack_from(header, SEQUENCE_AT)
    return bool(sequence > 0 and sequence % 2 == 0)


def redraws_ms(width: int, height: int, px_per_mm: float) -> tuple[str, float, float]:
    """The heaviest sample by name, its whole redraw, and that of one key press: medians."""
    theme = theme_for(Mode.NORMAL, width / px_per_mm, height / px_per_mm)
    typeface, canvas = Typeface(theme, px_per_mm), new_canvas((width, height))
    painter = Painter(canvas, theme, typeface, px_per_mm)
    texts, house = load_texts("en"), House("555 0134", "Front desk")

    def redraw_ms(setting: Setting, *, whole: bool) -> float:
        if whole:
            painter.forget()
        begun = time.perf_counter_ns()
        painter.paint(compose(setting))
        return (time.perf_counter_ns() - begun) / 1e6

    def setting(index: int, local: Local | None = None) -> Setting:
        sample = SAMPLES[index]
        return Setting(theme, typeface, texts, sample.model, house, local or sample.local, 0, "14:32")

    taken = [
        statistics.median(redraw_ms(setting(index), whole=True) for _ in range(5)) for index in range(len(SAMPLES))
    ]
    heaviest = max(range(len(taken)), key=taken.__getitem__)
    code = next(index for index, sample in enumerate(SAMPLES) if sample.name == "code")
    redraw_ms(setting(code), whole=True)
    pressed, at_rest = (replace(SAMPLES[code].local, pressed=key) for key in (PressKey("7"), None))
    presses = [redraw_ms(setting(code, (at_rest, pressed)[turn % 2]), whole=False) for turn in range(ROUNDS)]
    whole = statistics.median(redraw_ms(setting(heaviest), whole=True) for _ in range(ROUNDS))
    return SAMPLES[heaviest].name, whole, statistics.median(presses[2:])


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        bench_site(directory, display=DISPLAY)
        times = sorted(first_frame_s(directory) for _ in range(STARTS))
    print(f"start to first frame: median {times[len(times) // 2]:.2f} s, longest {times[-1]:.2f} s")
    pygame.font.init()
    for width, height, px_per_mm in PANELS:
        name, whole, press = redraws_ms(width, height, px_per_mm)
        print(f"{width}x{height}: heaviest screen ({name}) {whole:.2f} ms, one key press {press:.2f} ms")


if __name__ == "__main__":
    main()
