"""Displays: a canvas to draw on, and the touches that come back. A window, a console's panel, or a shared memory.

It must not know what is drawn, nor what a touch means.
"""

from ui.display.both import BothDisplay
from ui.display.memory import MemoryDisplay
from ui.display.seam import Area, Display, DisplayError, Phase, Touch
from ui.display.window import WindowDisplay, open_console, open_window

__all__ = [
    "Area",
    "BothDisplay",
    "Display",
    "DisplayError",
    "MemoryDisplay",
    "Phase",
    "Touch",
    "WindowDisplay",
    "open_console",
    "open_window",
]
