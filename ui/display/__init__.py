"""Displays: a canvas to draw on, and the touches that come back. A window, a console's panel, or a shared memory.

It must not know what is drawn, nor what a touch means.
"""

from ui.display.memory import MemoryDisplay
from ui.display.seam import Display, DisplayError, Phase, Touch

__all__ = ["Display", "DisplayError", "MemoryDisplay", "Phase", "Touch"]
