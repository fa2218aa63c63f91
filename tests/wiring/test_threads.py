"""The threads of a process: which of them starts when. A real kiosk, whose ports are not there."""

import threading
from pathlib import Path

import pytest

from hardware_sim.site import KEYS, Ports, sound_site, write_site
from kiosk.core.view import ScreenModel
from kiosk.runner import Notifier
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.process import ENGINE, Kiosk

WATCHED = {"vault", "archivist"}


class Dark:
    """A screen that nobody looks at."""

    def show(self, model: ScreenModel) -> None: ...


def test_the_engine_starts_when_every_thread_that_it_watches_is_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    really = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        started.append(thread.name)
        really(thread)

    site = sound_site(write_site(tmp_path, Ports.beside(tmp_path), SMALLEST_COST))
    kiosk = Kiosk(site, KEYS, Dark(), cost=SMALLEST_COST, notifier=Notifier(""))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        kiosk.start()
    kiosk.ask_to_stop("seen")
    assert kiosk.wait(10)

    assert kiosk.close() == 0
    before, after = started[: started.index(ENGINE)], started[started.index(ENGINE) :]
    assert set(before) >= WATCHED
    assert not WATCHED & set(after)
