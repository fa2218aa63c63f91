"""The [camera] of kiosk.toml: which one looks for codes, and how it is mounted. Without the table there is none.

Holds the frozen settings. It must not know OpenCV, nor whether a camera is there.
"""

import re
from dataclasses import dataclass

from kiosk.config.displays import ROTATIONS
from kiosk.config.reader import Table, Text

DEVICE = Text(re.compile(r"/[^\x00-\x1f\x7f]{1,254}"), "an absolute path such as /dev/v4l/by-path/…")
WIDTH_PX, HEIGHT_PX = (320, 3840), (240, 2160)
USUAL_PX = 1280, 720
"""A bar of 0.38 mm is three pixels wide where the picture covers 160 mm."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """The size is what is asked of the camera, which may know only some; it is turned after that."""

    device: str
    width_px: int = USUAL_PX[0]
    height_px: int = USUAL_PX[1]
    rotate_degrees: int = 0
    """How far each picture is turned clockwise: 0, 90, 180 or 270."""
    label_photo: bool = False
    """Whether a label without a number may be photographed."""


def read_camera(root: Table) -> CameraSettings | None:
    """The camera, None if there is no such table; to be used only if the table was sound in the end."""
    given, table = root.has("camera"), root.table("camera")
    return _camera(table) if given else None


def _camera(table: Table) -> CameraSettings:
    settings = CameraSettings(
        device=table.text("device", DEVICE),
        width_px=table.number("width_px", *WIDTH_PX, USUAL_PX[0]),
        height_px=table.number("height_px", *HEIGHT_PX, USUAL_PX[1]),
        rotate_degrees=table.one_number_of("rotate_degrees", ROTATIONS, 0),
        label_photo=table.flag("label_photo", default=False),
    )
    table.end()
    return settings
