"""The camera in a whole kiosk: real threads and its real process, from a page that asks to the code on the screen.

In place of a camera are numbered pictures; the lock boards' ports are not there. It must not know a rule.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware_sim.site import KEYS, Ports, sound_site, write_site
from kiosk.config import Site
from kiosk.core import view as v
from kiosk.core.events import Choice, Chose
from kiosk.core.state import CodeProblem
from kiosk.core.view import ScreenModel
from kiosk.runner import Notifier
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import database_path
from kiosk.wiring.process import DONE, Kiosk
from storage.photos import photos_beside
from tests.drivers.camera.symbols import CELL_PX, Symbol, qr

pytestmark = pytest.mark.slow

PASS = Symbol("QR Code", "]Q1LK1:ABC", lambda: qr("LK1:ABC"), CELL_PX)
"""A pass that cannot be checked is told to have failed: seen by the page, whatever is in the bank."""
PATIENCE_S = 10.0


class NewestScreen:
    def __init__(self) -> None:
        self.model: ScreenModel | None = None

    def show(self, model: ScreenModel) -> None:
        self.model = model

    @property
    def page(self) -> v.Page | None:
        return self.model.page if self.model is not None else None


@pytest.fixture
def screen() -> NewestScreen:
    return NewestScreen()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Its camera sees a pass, for a minute."""
    picture = np.pad(PASS.draw(), 60, constant_values=255)
    for number in range(600):
        (tmp_path / f"{number:03}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    camera = f'\n[camera]\ndevice = "{tmp_path}/%03d.png"\n'
    return sound_site(write_site(tmp_path, Ports.beside(tmp_path), SMALLEST_COST, display=camera))


@contextmanager
def running(site: Site, screen: NewestScreen) -> Iterator[Kiosk]:
    kiosk = Kiosk(site, KEYS, screen, cost=SMALLEST_COST, notifier=Notifier(""))
    kiosk.start()
    yield kiosk
    kiosk.ask_to_stop("the test is over")
    assert kiosk.wait(PATIENCE_S)
    assert kiosk.close() == DONE


@pytest.fixture
def kiosk(site: Site, screen: NewestScreen) -> Iterator[Kiosk]:
    with running(site, screen) as made:
        yield made


def until(kiosk: Kiosk, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"it never came: {kiosk.engine.state.visit}"
        assert not kiosk.wait(0.01), "the engine ended"


def shows(screen: NewestScreen, page: type[v.Page]) -> bool:
    return isinstance(screen.page, page)


@pytest.mark.slow
def test_a_code_held_up_to_the_camera_reaches_the_page_that_asks_and_no_other_is_looked_for(
    kiosk: Kiosk, screen: NewestScreen
) -> None:
    until(kiosk, lambda: isinstance(screen.page, v.Welcome))
    assert kiosk.newest_frame() is None

    kiosk.inbox.put(Chose(Choice.PICK_UP))

    until(kiosk, lambda: isinstance(screen.page, v.EnterCode) and screen.page.problem is CodeProblem.FAILED)
    until(kiosk, lambda: kiosk.newest_frame() is not None)

    kiosk.inbox.put(Chose(Choice.BACK))

    until(kiosk, lambda: isinstance(screen.page, v.Welcome))
    until(kiosk, lambda: kiosk.newest_frame() is None)


def test_a_label_that_nobody_can_read_is_photographed_and_its_picture_lies_beside_the_record(
    tmp_path: Path, site: Site, screen: NewestScreen
) -> None:
    camera = f'\n[camera]\ndevice = "{tmp_path}/%03d.png"\nlabel_photo = true\n'
    settings = write_site(tmp_path, Ports.beside(tmp_path), SMALLEST_COST, "anonymous_drop = true\n", display=camera)
    photos = photos_beside(database_path(site))
    with running(sound_site(settings), screen) as kiosk:
        until(kiosk, lambda: isinstance(screen.page, v.Welcome))
        for choice, page in (
            (Choice.DELIVER, v.ScanLabels),
            (Choice.NO_BARCODE, v.PhotographLabel),
            (Choice.TAKE_PHOTO, v.AskUnit),
        ):
            kiosk.inbox.put(Chose(choice))
            until(kiosk, partial(shows, screen, page))
        until(kiosk, lambda: kiosk.newest_frame() is None)

    (picture,) = photos.iterdir()
    assert picture.stem == sha256(picture.read_bytes()).hexdigest()
    seen = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    assert seen is not None
    assert seen.shape == np.pad(PASS.draw(), 60).shape


def test_a_kiosk_without_a_camera_has_nothing_to_show(tmp_path: Path, screen: NewestScreen) -> None:
    without = sound_site(write_site(tmp_path, Ports.beside(tmp_path), SMALLEST_COST))
    kiosk = Kiosk(without, KEYS, screen, cost=SMALLEST_COST, notifier=Notifier(""))

    assert kiosk.newest_frame() is None
    assert kiosk.close() == DONE
