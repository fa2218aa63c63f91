"""Opening SDL's video: which driver, with which of SDL's variables, and one clear error if none can be had.

Holds the traps of each driver as a table. It must not know what is shown, nor what a touch is. SDL reads its variables
when video is started and when the window is made, so they are set here just before, and not at import.
"""

import os
from collections.abc import Callable, Mapping, Sequence

import pygame

from ui.display.seam import DisplayError

EVERYWHERE = {
    # Each touch once, as a finger: X11 and Wayland would add a mouse event to it.
    "SDL_TOUCH_MOUSE_EVENTS": "0",
    "SDL_MOUSE_TOUCH_EVENTS": "0",
    # SIGTERM and SIGINT belong to the process that holds the display.
    "SDL_NO_SIGNAL_HANDLERS": "1",
    "SDL_VIDEO_ALLOW_SCREENSAVER": "0",
}
DRIVERS: Mapping[str, Mapping[str, str]] = {
    # Straight to the X server. Through a renderer the same picture takes 6 times as long and 100 MB more (measured on a
    # server without graphics hardware).
    "x11": {"SDL_FRAMEBUFFER_ACCELERATION": "0"},
    # It has no way around a renderer, so acceleration must not be forbidden.
    "wayland": {},
    # With desktop OpenGL, SDL's first choice, the panel stays black although every call succeeds.
    "kmsdrm": {"SDL_RENDER_DRIVER": "opengles2", "SDL_FRAMEBUFFER_ACCELERATION": "opengles2"},
    # Draws nowhere, honestly; for tests of what stands above it.
    "dummy": {},
}
WINDOW = ("x11", "wayland")
CONSOLE = ("kmsdrm",)
NEEDED = {
    WINDOW: "a desktop is needed, named by DISPLAY or WAYLAND_DISPLAY; kind console, memory or none does without",
    CONSOLE: (
        "a panel at /dev/dri is needed that this user may open and no other program holds, and the libraries libgbm1,"
        " libegl1, libgles2 and libgl1-mesa-dri; kind window, memory or none does without"
    ),
}


def open_video(drivers: Sequence[str], set_mode: Callable[[], pygame.Surface]) -> pygame.Surface:
    """The surface of the first of these drivers that can be opened. Raises DisplayError.

    Never of another one: left to itself, SDL falls back to `offscreen`, and the program draws into the dark.
    """
    failures = []
    for driver in drivers:
        try:
            return _opened(driver, set_mode)
        except pygame.error as error:
            pygame.display.quit()
            failures.append(f"{driver} ({error})")
    needed = NEEDED.get(tuple(drivers), f"one of {', '.join(drivers)} is needed")
    message = f"display: cannot be opened, tried {', '.join(failures)}; {needed}"
    raise DisplayError(message)


def _opened(driver: str, set_mode: Callable[[], pygame.Surface]) -> pygame.Surface:
    for name in {name for each in DRIVERS.values() for name in each}:
        os.environ.pop(name, None)
    os.environ.update({**EVERYWHERE, **DRIVERS[driver], "SDL_VIDEODRIVER": driver})
    # Only video: sound, joysticks and the rest would open devices that are not ours.
    pygame.display.init()
    return set_mode()
