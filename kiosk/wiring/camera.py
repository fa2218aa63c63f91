"""The camera and the scanners beside the screen: they look for codes while a page asks for one, and at no other time.

Holds which pages ask. It must not know how one of them looks, nor what a code leads to.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from drivers.camera.camera import Camera
from drivers.camera.device import CameraDevice
from kiosk.config import CameraSettings
from kiosk.core import view as v
from kiosk.core.events import Event
from kiosk.core.view import ScreenModel
from kiosk.ports import Screen
from storage.photos import keep_photo

ASKING = (v.EnterCode, v.ScanLabels, v.PhotographLabel)
"""Where a person is asked to show a code or a label. Not the idle page: nobody has come to be looked at."""


class Looking(Protocol):
    """A camera, or a scanner, which looks all the time if it cannot be told."""

    def look(self, *, wanted: bool) -> None:
        """From now on codes are looked for, or no more; does not wait."""
        ...


class LookingScreen:
    """Shows each model on ``screen``, and lets everything that looks for codes know whether it asks for one."""

    def __init__(self, screen: Screen, looking: Sequence[Looking]) -> None:
        self._screen = screen
        self._looking = looking

    def show(self, model: ScreenModel) -> None:
        self._screen.show(model)
        for each in self._looking:
            each.look(wanted=isinstance(model.page, ASKING))


def cameras_of(
    settings: CameraSettings | None, photos: Path, inbox: SimpleQueue[Event], now_us: Callable[[], int]
) -> tuple[Camera, ...]:
    """The camera that the settings describe; none or one. ``photos`` is where it may keep pictures of labels."""
    if settings is None:
        return ()
    device = CameraDevice(settings.device, settings.width_px, settings.height_px, settings.rotate_degrees)
    keep = partial(keep_photo, photos) if settings.label_photo else None
    return (Camera(device, inbox, now_us, keep),)
