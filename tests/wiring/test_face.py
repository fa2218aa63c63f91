"""The face of a kiosk: what its settings make of it, the time it shows, and what it tells of its pictures."""

import json
from pathlib import Path

import pytest

from drivers.camera.wire import Frame
from hardware_sim.site import Ports, write_site
from kiosk.config import Site, read_site
from kiosk.config.displays import LANGUAGES
from kiosk.core.entries import ClockState
from kiosk.ports import Moment
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.face import Face, panel_of, photo_of
from kiosk.wiring.screen import open_display
from ui.display.frames import HEADER
from ui.elements import Photo
from ui.text import LANGUAGES as SPOKEN

DISPLAY = """
[display]
kind = "memory"
width_px = 800
height_px = 480
px_per_mm = 5.25
language = "es"
frames = "screen.frames"
touches = "screen.touches"
elements = "screen.elements"
"""
MINUTE_MS = 60_000


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = read_site(write_site(tmp_path, Ports.beside(tmp_path), SMALLEST_COST, display=DISPLAY))
    assert isinstance(found, Site)
    return found


@pytest.fixture
def face(site: Site) -> Face:
    display = open_display(site.machine.display)
    assert display is not None
    return Face(site, display)


def test_the_settings_name_the_languages_that_there_are_texts_in() -> None:
    assert tuple(SPOKEN) == LANGUAGES


def test_the_letters_of_the_units_are_those_of_the_directory(site: Site) -> None:
    assert panel_of(site).house.unit_letters == "AB"


def test_the_camera_s_newest_picture_is_what_the_screens_draw() -> None:
    assert photo_of(Frame(2, 1, b"abcdef")) == Photo(2, 1, b"abcdef")
    assert photo_of(None) is None


def test_something_is_shown_and_told_before_there_is_an_engine(face: Face, tmp_path: Path) -> None:
    told = json.loads((tmp_path / "screen.elements").read_text(encoding="utf-8"))

    assert [each["name"] for each in told["elements"]] == ["Iniciando"]
    pixels = (tmp_path / "screen.frames").read_bytes()[HEADER.size :]
    assert len(set(pixels)) > 2
    face.close()


@pytest.mark.parametrize(
    ("minutes", "state", "shown", "night"),
    [
        (14 * 60 + 32, ClockState.TRUSTED, "14:32", False),
        (21 * 60 + 59, ClockState.TRUSTED, "21:59", False),
        (22 * 60, ClockState.FLOOR, "22:00", True),
        (5, ClockState.TRUSTED, "00:05", True),
        (6 * 60, ClockState.TRUSTED, "06:00", False),
        (23 * 60, ClockState.UNKNOWN, "", False),
    ],
)
def test_the_time_is_that_of_the_house_and_none_while_nobody_knows_it(
    face: Face, minutes: int, state: ClockState, shown: str, *, night: bool
) -> None:
    now = face.moment(Moment(7, minutes * MINUTE_MS, state))

    assert (now.mono_ms, now.time_of_day, now.night) == (7, shown, night)
    face.close()


def test_a_file_of_elements_that_cannot_be_written_stops_nobody(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "screen.elements").mkdir()
    display = open_display(site.machine.display)
    assert display is not None
    Face(site, display).close()

    assert "screen.elements" in caplog.text
