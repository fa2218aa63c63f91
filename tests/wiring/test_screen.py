"""The display of the settings, opened: the right kind, and nothing left open when it cannot be had."""

import os
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from kiosk.config import DisplayKind, DisplaySettings, SharedFiles
from kiosk.wiring.screen import open_display, shared
from ui.display import BothDisplay, DisplayError, MemoryDisplay, open_window


@pytest.fixture(autouse=True)
def no_desktop() -> Iterator[None]:
    """No desktop to open a window on; SDL's variables are as they were."""
    before = dict(os.environ)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        os.environ.pop(name, None)
    yield
    pygame.display.quit()
    os.environ.clear()
    os.environ.update(before)


def test_a_kiosk_without_a_display_has_none() -> None:
    assert open_display(DisplaySettings()) is None


def test_a_memory_is_opened_where_the_settings_say(tmp_path: Path) -> None:
    files = SharedFiles(tmp_path / "frames", tmp_path / "touches")

    display = open_display(DisplaySettings(DisplayKind.MEMORY, 800, 480, shared=files))

    assert isinstance(display, MemoryDisplay)
    assert display.size_px == (800, 480)
    assert files.frames.stat().st_size == 64 + 800 * 480 * 4
    display.close()


@pytest.mark.parametrize("kind", [DisplayKind.WINDOW, DisplayKind.CONSOLE])
def test_what_cannot_be_opened_is_one_error_and_makes_no_file(tmp_path: Path, kind: DisplayKind) -> None:
    if Path("/dev/dri").exists():
        pytest.skip("this machine has a panel")
    files = SharedFiles(tmp_path / "frames", tmp_path / "touches") if kind is DisplayKind.WINDOW else None

    with pytest.raises(DisplayError, match="display: cannot be opened, tried "):
        open_display(DisplaySettings(kind, 800, 480, shared=files))

    assert not list(tmp_path.iterdir())


def test_a_window_is_shared_as_well_and_closed_if_that_cannot_be(tmp_path: Path) -> None:
    settings = DisplaySettings(DisplayKind.WINDOW, 800, 480)
    window = open_window((800, 480), "A window", drivers=("dummy",))

    both = shared(settings, SharedFiles(tmp_path / "frames", tmp_path / "touches"), window)
    assert isinstance(both, BothDisplay)
    assert both.canvas is window.canvas
    assert pygame.display.get_init()

    with pytest.raises(DisplayError, match="no-such-folder"):
        shared(settings, SharedFiles(tmp_path / "no-such-folder" / "frames", tmp_path / "touches"), window)
    assert not pygame.display.get_init()
    both.close()
