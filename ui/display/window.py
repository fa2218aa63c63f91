"""The display that a person stands before: a window on X11 or Wayland, or the whole panel of a console (KMS/DRM).

Holds SDL's events made into touches, and the turning of pictures. It must not know how SDL is opened. One of them at a
time in a process, on the main thread: that is SDL's own limit.
"""

from collections.abc import Sequence

import pygame

from ui.display.finger import OneFinger
from ui.display.rotation import Rotation, swapped
from ui.display.sdl import CONSOLE, WINDOW, open_video
from ui.display.seam import Area, DisplayError, Phase, Touch, new_canvas

FINGER = {pygame.FINGERDOWN: Phase.DOWN, pygame.FINGERMOTION: Phase.MOVE, pygame.FINGERUP: Phase.UP}
MOUSE_BUTTON = {pygame.MOUSEBUTTONDOWN: Phase.DOWN, pygame.MOUSEBUTTONUP: Phase.UP}
EXPOSED = (pygame.VIDEOEXPOSE, pygame.WINDOWEXPOSED)
FROM_MOUSE = (*MOUSE_BUTTON, pygame.MOUSEMOTION)
WANTED = (*FINGER, *FROM_MOUSE, *EXPOSED, pygame.QUIT)
"""No keys: a scanner that types like a keyboard is read by its own driver."""
MOUSE = "mouse"
LEFT = 1


class WindowDisplay:
    """A window or a panel. ``panel`` is SDL's surface, open already; what is drawn is turned onto it."""

    def __init__(self, panel: pygame.Surface, rotation: Rotation) -> None:
        self._panel, self._rotation = panel, rotation
        self._canvas = new_canvas(rotation.canvas_px)
        self._finger = OneFinger(rotation.canvas_px)
        self._asked_to_stop = False
        self._begun = False
        pygame.event.set_blocked(None)
        pygame.event.set_allowed(WANTED)

    @property
    def size_px(self) -> tuple[int, int]:
        return self._canvas.get_size()

    @property
    def canvas(self) -> pygame.Surface:
        return self._canvas

    @property
    def asked_to_stop(self) -> bool:
        return self._asked_to_stop

    def touches(self) -> Sequence[Touch]:
        return [touch for event in pygame.event.get() for touch in self._touches_of(event)]

    def present(self, areas: Sequence[Area]) -> None:
        shown = areas if self._begun else [self._canvas.get_rect()]
        if not shown:
            return
        self._begun = True
        inside = [area.clip(self._canvas.get_rect()) for area in shown]
        try:
            pygame.display.update([self._turned(area) for area in inside if area.width and area.height])
        except pygame.error as error:
            message = f"display: nothing can be shown on it any more: {error}"
            raise DisplayError(message) from error

    def close(self) -> None:
        pygame.display.quit()

    def _turned(self, area: Area) -> Area:
        """Copy an area to its place on the panel; where that is."""
        place = self._rotation.on_panel(area)
        self._panel.blit(self._rotation.turned(self._canvas.subsurface(area)), place)
        return place

    # --- events ---

    def _touches_of(self, event: pygame.event.Event) -> Sequence[Touch]:
        if event.type in FINGER:
            return self._finger.seen(
                (event.touch_id, event.finger_id), self._touch(FINGER[event.type], *self._at(event))
            )
        if event.type == pygame.QUIT:
            self._asked_to_stop = True
        elif event.type in EXPOSED:
            # What a desktop covered is not kept by it.
            pygame.display.flip()
        elif event.type in FROM_MOUSE and not event.touch:
            # One with `touch` is the shadow of a finger that came as a finger, too.
            return self._mouse(event)
        return ()

    def _mouse(self, event: pygame.event.Event) -> Sequence[Touch]:
        """The left button, for a desk; it says itself where it was let go, outside the window too."""
        if event.type == pygame.MOUSEMOTION:
            return self._finger.seen(MOUSE, self._touch(Phase.MOVE, *event.pos))
        if event.button != LEFT:
            return ()
        return self._finger.seen(MOUSE, self._touch(MOUSE_BUTTON[event.type], *event.pos))

    def _at(self, event: pygame.event.Event) -> tuple[int, int]:
        """Fingers come as 0 to 1 across the panel, both ends included."""
        width, height = self._panel.get_size()
        return round(event.x * (width - 1)), round(event.y * (height - 1))

    def _touch(self, phase: Phase, x: int, y: int) -> Touch:
        return Touch(phase, *self._rotation.on_canvas(x, y))


def open_window(
    size_px: tuple[int, int], title: str, rotate_degrees: int = 0, drivers: Sequence[str] = WINDOW
) -> WindowDisplay:
    """A window whose canvas has this size, turned clockwise. Raises DisplayError."""
    panel = open_video(drivers, lambda: pygame.display.set_mode(swapped(rotate_degrees, size_px)))
    pygame.display.set_caption(title)
    return WindowDisplay(panel, Rotation(rotate_degrees, panel.get_size()))


def open_console(rotate_degrees: int = 0, drivers: Sequence[str] = CONSOLE) -> WindowDisplay:
    """The whole panel, without a cursor. Raises DisplayError."""
    panel = open_video(drivers, lambda: pygame.display.set_mode((0, 0), pygame.FULLSCREEN))
    pygame.mouse.set_visible(False)
    return WindowDisplay(panel, Rotation(rotate_degrees, panel.get_size()))
