"""The [display] of the settings: read as it is written, and each fault in it named."""

from pathlib import Path

import pytest

from kiosk.config import DisplayKind, DisplaySettings, ModeSetting, SharedFiles
from tests.kiosk.site_files import MACHINE, faults_of, read, written

WINDOW = '[display]\nkind = "window"\nwidth_px = 1280\nheight_px = 800\npx_per_mm = 5.9\n'
CONSOLE = '[display]\nkind = "console"\npx_per_mm = 6\n'
MEMORY = WINDOW.replace("window", "memory") + 'frames = "s.frames"\ntouches = "s.touches"\n'
NONE = '[display]\nkind = "none"\n'


def display_of(directory: Path, text: str) -> DisplaySettings:
    written(directory, kiosk=f"{MACHINE}\n{text}")
    return read(directory).machine.display


def test_without_the_table_there_is_no_display(tmp_path: Path) -> None:
    assert display_of(tmp_path, "") == DisplaySettings(DisplayKind.NONE)
    assert display_of(tmp_path, NONE) == DisplaySettings(DisplayKind.NONE)


def test_a_window_has_its_size_and_is_upright_in_english_and_dark_at_night_unless_it_says_otherwise(
    tmp_path: Path,
) -> None:
    assert display_of(tmp_path, WINDOW) == DisplaySettings(
        DisplayKind.WINDOW, 1280, 800, 5.9, rotate_degrees=0, language="en", mode=ModeSetting.AUTO, shared=None
    )
    assert display_of(tmp_path, WINDOW + 'rotate_degrees = 270\nlanguage = "es"\nmode = "high contrast"') == (
        DisplaySettings(DisplayKind.WINDOW, 1280, 800, 5.9, 270, "es", ModeSetting.HIGH_CONTRAST)
    )


def test_a_console_takes_its_size_from_the_panel(tmp_path: Path) -> None:
    assert display_of(tmp_path, CONSOLE + "rotate_degrees = 90") == DisplaySettings(
        DisplayKind.CONSOLE, 0, 0, 6.0, rotate_degrees=90
    )


def test_a_memory_names_its_files_beside_the_settings_and_a_window_may_have_them_too(tmp_path: Path) -> None:
    shared = SharedFiles(tmp_path / "s.frames", tmp_path / "s.touches")

    assert display_of(tmp_path, MEMORY) == DisplaySettings(DisplayKind.MEMORY, 1280, 800, 5.9, shared=shared)
    assert display_of(tmp_path, MEMORY.replace("memory", "window")).shared == shared
    assert display_of(tmp_path, MEMORY + 'elements = "/run/kiosk/words.json"').shared == SharedFiles(
        shared.frames, shared.touches, Path("/run/kiosk/words.json")
    )


@pytest.mark.parametrize("px_per_mm", ["3", "3.0", "12", "12.0", "5.905"])
def test_a_resolution_may_be_whole_or_not_and_both_ends_are_allowed(tmp_path: Path, px_per_mm: str) -> None:
    assert display_of(tmp_path, CONSOLE.replace("6", px_per_mm)).px_per_mm == float(px_per_mm)


FAULTS = (
    # settings, what is changed in them, into what, and the fault
    (NONE, 'kind = "none"', "", "display.kind: is missing; one of window, console, memory, none is allowed"),
    (NONE, '"none"', '"tv"', "display.kind: one of window, console, memory, none is allowed, not 'tv'"),
    (NONE, '"none"', "3", "display.kind: one of window, console, memory, none is allowed, not 3"),
    (NONE, '"none"', '"none"\nwidth_px = 800', "display.width_px: is no key here; allowed are kind"),
    (WINDOW, "width_px = 1280\n", "", "display.width_px: is missing; a whole number from 320 to 4096 is allowed"),
    (WINDOW, "height_px = 800\n", "", "display.height_px: is missing; a whole number from 320 to 4096 is allowed"),
    (WINDOW, "1280", "319", "display.width_px: a whole number from 320 to 4096 is allowed, not 319"),
    (WINDOW, "800", "4097", "display.height_px: a whole number from 320 to 4096 is allowed, not 4097"),
    (WINDOW, "800", "800.0", "display.height_px: a whole number from 320 to 4096 is allowed, not a fraction"),
    (WINDOW, "px_per_mm = 5.9\n", "", "display.px_per_mm: is missing; a number from 3.0 to 12.0 is allowed"),
    (WINDOW, "5.9", "2.9", "display.px_per_mm: a number from 3.0 to 12.0 is allowed, not 2.9"),
    (WINDOW, "5.9", "13", "display.px_per_mm: a number from 3.0 to 12.0 is allowed, not 13"),
    (WINDOW, "5.9", "nan", "display.px_per_mm: a number from 3.0 to 12.0 is allowed, not nan"),
    (WINDOW, "5.9", "inf", "display.px_per_mm: a number from 3.0 to 12.0 is allowed, not inf"),
    (WINDOW, "5.9", "true", "display.px_per_mm: a number from 3.0 to 12.0 is allowed, not true"),
    (WINDOW, "5.9", '"5.9"', "display.px_per_mm: a number from 3.0 to 12.0 is allowed, not '5.9'"),
    (WINDOW, "5.9", "5.9\nrotate_degrees = 45", "display.rotate_degrees: one of 0, 90, 180, 270 is allowed, not 45"),
    (
        WINDOW,
        "5.9",
        '5.9\nlanguage = "English"',
        "display.language: one of en, es is allowed, not 'English'",
    ),
    (
        WINDOW,
        "5.9",
        '5.9\nmode = "dark"',
        "display.mode: one of auto, normal, night, high contrast is allowed, not 'dark'",
    ),
    (WINDOW, "5.9", "5.9\nrotate = 90", "display.rotate: is no key here; did you mean rotate_degrees?"),
    (WINDOW, "5.9", '5.9\nframes = "f"', "display.touches: is missing; a path, absolute or beside this file,"),
    (WINDOW, "5.9", '5.9\nelements = "e"\nframes = "f"', "display.touches: is missing; a path, absolute or"),
    (CONSOLE, "6", "6\nwidth_px = 800", "display.width_px: is no key here; allowed are"),
    (CONSOLE, "6", '6\nframes = "f"', "display.frames: is no key here; allowed are"),
    (MEMORY, 'frames = "s.frames"\n', "", "display.frames: is missing; a path, absolute or beside this file, is"),
    (MEMORY, 'touches = "s.touches"\n', "", "display.touches: is missing; a path, absolute or beside this file, is"),
    (MEMORY, '"s.frames"', '""', "display.frames: a path, absolute or beside this file, is allowed, not ''"),
    (MEMORY, '"s.touches"', '"s.frames"', "display.frames: a file of its own is allowed"),
    (MEMORY, '"s.touches"', '"t"\nelements = "t"', "display.frames: a file of its own is allowed"),
    (MEMORY, "5.9", "5.9\nrotate_degrees = 90", "display.rotate_degrees: is no key here; allowed are"),
)


@pytest.mark.parametrize(("settings", "old", "new", "fault"), FAULTS)
def test_each_fault_is_named_alone_with_key_and_what_is_allowed(
    tmp_path: Path, settings: str, old: str, new: str, fault: str
) -> None:
    assert old in settings

    faults = faults_of(tmp_path, kiosk=f"{MACHINE}\n{settings.replace(old, new, 1)}")

    assert len(faults) == 1, faults
    assert faults[0].startswith(f"kiosk.toml: {fault}")


def test_a_display_that_is_no_table_is_refused(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, kiosk=f"display = 3\n{MACHINE}")

    assert faults[0] == "kiosk.toml: display: a table [display] is allowed, not 3"
