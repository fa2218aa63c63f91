"""A camera as it is configured, and what comes from it.

Holds values only. It must not know how a camera is opened.
"""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.camera.picture import Picture
from drivers.camera.wire import Frame


class CameraError(Exception):
    """There are no pictures; the text says why."""


@dataclass(frozen=True, slots=True)
class CameraDevice:
    """``path`` is a V4L2 device, or numbered pictures such as seen/%03d.png. The size is in pixels.

    ``rotate_degrees`` is how far each picture is turned clockwise: 0, 90, 180 or 270.
    """

    path: str
    width: int
    height: int
    rotate_degrees: int = 0

    def arguments(self) -> list[str]:
        """For the command line of the process that opens it."""
        return [self.path, str(self.width), str(self.height), str(self.rotate_degrees)]


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture: the whole to be read, a small one to be shown, and how the whole is kept."""

    picture: Picture
    preview: Frame
    jpeg: Callable[[], bytes]
