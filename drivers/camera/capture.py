"""Pictures from a camera, by OpenCV, which nothing else of the kiosk imports.

Holds the dealings with V4L2. It must not know what is in a picture.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2  # it reads these two once: whatever it would print, exceptions say
from cv2.typing import MatLike

from drivers.camera.device import CameraDevice, CameraError, Shown
from drivers.camera.picture import Picture
from drivers.camera.wire import Frame

TURNS: Mapping[int, int] = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
JPEG_QUALITY = 80
"""A label's small print stays readable, and a picture has about 150 kB."""
PREVIEW_PX = 480
"""The longer side of the picture that is shown; mirrored, for so people aim."""


@contextmanager
def pictures_of(device: CameraDevice) -> Iterator[Iterator[Shown]]:
    """The pictures as they come, while it lasts. Raises CameraError, within as well."""
    cv2.setNumThreads(1)  # the other processors are for others
    capture = _opened(device)
    try:
        yield _shown(capture, device)
    finally:
        capture.release()


def _opened(device: CameraDevice) -> cv2.VideoCapture:
    camera = Path(device.path).is_char_device()
    capture = cv2.VideoCapture(device.path, cv2.CAP_V4L2 if camera else cv2.CAP_ANY)
    if not capture.isOpened():
        capture.release()
        message = "no camera can be opened there"
        raise CameraError(message)
    if camera:
        # Uncompressed, USB 2 carries less than ten pictures of this size in a second.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, device.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, device.height)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not one that waited
    return capture


def _shown(capture: cv2.VideoCapture, device: CameraDevice) -> Iterator[Shown]:
    while True:
        try:
            came, picture = capture.read()
            if not came:
                message = "no more pictures come"
                raise CameraError(message)
            yield _both(_turned(picture, device.rotate_degrees))
        except cv2.error as error:
            message = f"OpenCV: {error}"
            raise CameraError(message) from None


def _turned(picture: MatLike, degrees: int) -> MatLike:
    return cv2.rotate(picture, TURNS[degrees]) if degrees else picture


def _both(colours: MatLike) -> Shown:
    height, width = colours.shape[:2]
    grey = cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY)
    scale = min(1, PREVIEW_PX / max(width, height))
    small = cv2.flip(cv2.resize(colours, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), 1)
    preview_height, preview_width = small.shape[:2]
    preview = Frame(preview_width, preview_height, cv2.cvtColor(small, cv2.COLOR_BGR2RGB).tobytes())
    return Shown(Picture(width, height, grey.tobytes()), preview, partial(_jpeg, colours))


def _jpeg(colours: MatLike) -> bytes:
    _, packed = cv2.imencode(".jpg", colours, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    return packed.tobytes()
