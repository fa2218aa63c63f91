"""Reading codes as a camera sees them: share read, wrong readings, milliseconds of a frame, beside OpenCV's own reader;
and what a key waits for the engine while the camera looks.

Holds the measurement over every symbology and everything that goes wrong with a picture. Needs what tests need.

    .venv/bin/python -m tests.measure.camera --pictures 4
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

import cv2
import zxingcpp

from drivers.camera.decode import Gaze, read
from drivers.camera.picture import Picture
from hardware_sim.site import KEYS, Ports, sound_site, write_site
from kiosk.core import view as v
from kiosk.core.events import Choice, Chose, Key, KeyPressed
from kiosk.core.ids import Secret
from kiosk.core.view import ScreenModel
from kiosk.runner import Notifier
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.process import Kiosk
from tests.drivers.camera.scenes import SHOTS, scene
from tests.drivers.camera.symbols import SYMBOLS, Pixels, Symbol

FRAMES, KEYS_PRESSED, KEY_EVERY_S = 24, 300, 0.02
PATIENCE_S = 10.0


def picture_of(pixels: Pixels) -> Picture:
    height, width = pixels.shape
    return Picture(width, height, pixels.tobytes())


def still(pixels: Pixels) -> list[str]:
    """As `kiosk scan decode` reads it."""
    return [reading.text for reading in read(picture_of(pixels))]


def library_alone(pixels: Pixels) -> list[str]:
    codes = zxingcpp.read_barcodes(pixels, text_mode=zxingcpp.TextMode.Plain)
    return [code.symbology_identifier + code.text for code in codes]


def opencv(pixels: Pixels) -> list[str]:
    """Its two readers; they tell no AIM prefix, so the symbol's own is lent to them."""
    found = [cv2.QRCodeDetector().detectAndDecode(pixels)[0], cv2.barcode.BarcodeDetector().detectAndDecode(pixels)[0]]
    return [text for text in found if text]


READERS: dict[str, Callable[[Pixels], list[str]]] = {
    "kiosk": still,
    "zxing-cpp alone": library_alone,
    "OpenCV": opencv,
}


def is_right(reading: str, symbol: Symbol) -> bool:
    return reading in (symbol.text, symbol.text[3:])


def report(pictures: int) -> None:
    rate = {name: Counter[str]() for name in READERS}
    wrong: Counter[tuple[str, str, str]] = Counter()
    taken_ms: dict[str, list[float]] = {name: [] for name in READERS}
    for shot_name, shot in SHOTS.items():
        for symbol in SYMBOLS:
            for seed in range(pictures):
                pixels = scene(symbol, shot, seed)
                for name, reader in READERS.items():
                    begun = time.perf_counter()
                    found = reader(pixels)
                    taken_ms[name].append(1000 * (time.perf_counter() - begun))
                    hit = any(is_right(each, symbol) for each in found)
                    rate[name].update({shot_name: hit, symbol.symbology: hit})
                    wrong.update((name, symbol.symbology, each) for each in found if not is_right(each, symbol))
    print(f"{'read, %':16}" + "".join(f"{name:>17}" for name in READERS))
    for row in (*SHOTS, *dict.fromkeys(symbol.symbology for symbol in SYMBOLS)):
        of = pictures * (len(SYMBOLS) if row in SHOTS else len(SHOTS) * sum(s.symbology == row for s in SYMBOLS))
        print(f"{row:16}" + "".join(f"{100 * rate[name][row] / of:17.0f}" for name in READERS))
    for name, each in taken_ms.items():
        print(f"{name}: {statistics.median(each):.0f} ms a picture, {statistics.quantiles(each, n=20)[-1]:.0f} ms p95")
    for (name, symbology, text), times in wrong.items():
        print(f"wrong: {name} read {text!a} on a {symbology}, {times} times")


def report_frames() -> None:
    """Milliseconds of one frame of a camera, with nothing in it: the way that is repeated most."""
    gaze, pixels = Gaze(), scene(SYMBOLS[0], SHOTS["much blurred"], 0)
    taken = []
    for _ in range(FRAMES):
        begun = time.perf_counter()
        gaze.read(picture_of(pixels))
        taken.append(1000 * (time.perf_counter() - begun))
    print(f"a frame without a readable code: {statistics.median(taken):.0f} ms, at most {max(taken):.0f} ms")


class Models(SimpleQueue[ScreenModel]):
    """Every model the engine shows."""

    def show(self, model: ScreenModel) -> None:
        self.put(model)


def report_engine() -> None:
    """A key into the inbox to its page out of the engine, without a camera and beside one that finds nothing."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        for number in range(100):
            cv2.imwrite(f"{place}/{number:03}.bmp", scene(SYMBOLS[0], SHOTS["much blurred"], number % 3))
        for name, camera in (("off", ""), ("on", f'\n[camera]\ndevice = "{place}/%03d.bmp"\n')):
            site = sound_site(write_site(directory, Ports.beside(directory), SMALLEST_COST, display=camera))
            models = Models()
            kiosk = Kiosk(site, KEYS, models, cost=SMALLEST_COST, notifier=Notifier(""))
            kiosk.start()
            waited = keys_waited(kiosk, models, camera=bool(camera))
            kiosk.ask_to_stop("measured")
            kiosk.wait(PATIENCE_S)
            kiosk.close()
            p99 = statistics.quantiles(waited, n=100)[-1]
            print(f"camera {name}: a key waits {statistics.median(waited):.2f} ms for its page, {p99:.2f} ms p99")


def keys_waited(kiosk: Kiosk, models: Models, *, camera: bool) -> list[float]:
    """Milliseconds for each key."""
    kiosk.inbox.put(Chose(Choice.PICK_UP))
    while not isinstance(models.get(timeout=PATIENCE_S).page, v.EnterCode):
        """The welcome, first of all."""
    while camera and kiosk.newest_frame() is None:
        kiosk.wait(0.01)
    waited = []
    for number in range(KEYS_PRESSED):
        kiosk.wait(KEY_EVERY_S)
        drain(models)
        begun = time.perf_counter()
        kiosk.inbox.put(KeyPressed(Secret(Key.CLEAR if number % 2 else "1")))
        models.get(timeout=PATIENCE_S)
        waited.append(1000 * (time.perf_counter() - begun))
    return waited


def drain(models: Models) -> None:
    try:
        while True:
            models.get_nowait()
    except Empty:
        return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=4, help="of each symbol in each shot")
    arguments = parser.parse_args()
    report_frames()
    report_engine()
    report(arguments.pictures)


if __name__ == "__main__":
    main()
