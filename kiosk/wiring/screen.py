"""The display that the settings describe, opened.

Holds which kind is which class. It must not know what will be drawn.
"""

from typing import assert_never

from kiosk.config import DisplayKind, DisplaySettings, SharedFiles
from ui.display import BothDisplay, Display, DisplayError, MemoryDisplay, open_console, open_window

TITLE = "Parcel kiosk"


def open_display(settings: DisplaySettings) -> Display | None:
    """The display; None for a kiosk that has none. Raises DisplayError, and then nothing stays open."""
    before_a_person = _before_a_person(settings)
    if settings.shared is None:
        return before_a_person
    return shared(settings, settings.shared, before_a_person)


def _before_a_person(settings: DisplaySettings) -> Display | None:
    match settings.kind:
        case DisplayKind.WINDOW:
            return open_window((settings.width_px, settings.height_px), TITLE, settings.rotate_degrees)
        case DisplayKind.CONSOLE:
            return open_console(settings.rotate_degrees)
        case DisplayKind.MEMORY | DisplayKind.NONE:
            return None
        case _:
            assert_never(settings.kind)


def shared(settings: DisplaySettings, files: SharedFiles, other: Display | None) -> Display:
    """In memory alone, or beside the other display. Raises DisplayError, and then the other one is closed."""
    size_px = settings.width_px, settings.height_px
    if other is None:
        return MemoryDisplay(size_px, files.frames, files.touches)
    try:
        return BothDisplay(other, MemoryDisplay(size_px, files.frames, files.touches, other.canvas))
    except DisplayError:
        other.close()
        raise
