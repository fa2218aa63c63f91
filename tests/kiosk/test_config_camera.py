"""The [camera] of the settings: off unless it is there, read as it is written, and each fault in it named."""

from pathlib import Path

import pytest

from kiosk.config import CameraSettings, warnings_of
from tests.kiosk.site_files import MACHINE, faults_of, read, written

DEVICE = "/dev/v4l/by-path/platform-usb-video-index0"
CAMERA = f'[camera]\ndevice = "{DEVICE}"\n'


def camera_of(directory: Path, text: str) -> CameraSettings | None:
    written(directory, kiosk=f"{MACHINE}\n{text}")
    return read(directory).machine.camera


def test_without_the_table_there_is_no_camera(tmp_path: Path) -> None:
    assert camera_of(tmp_path, "") is None


def test_a_camera_is_upright_and_of_the_usual_size_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert camera_of(tmp_path, CAMERA) == CameraSettings(DEVICE, 1280, 720, 0, label_photo=False)
    assert camera_of(tmp_path, CAMERA + "label_photo = true") == CameraSettings(DEVICE, label_photo=True)
    assert camera_of(tmp_path, CAMERA + "width_px = 1920\nheight_px = 1080\nrotate_degrees = 90") == (
        CameraSettings(DEVICE, 1920, 1080, 90)
    )


FAULTS = (
    ("[camera]", "camera.device: is missing; an absolute path such as /dev/v4l/by-path/… is allowed"),
    ('[camera]\ndevice = "video0"', "camera.device: an absolute path such as /dev/v4l/by-path/… is allowed, not 'vid"),
    (CAMERA + "width_px = 100", "camera.width_px: a whole number from 320 to 3840 is allowed, not 100"),
    (CAMERA + "height_px = 9000", "camera.height_px: a whole number from 240 to 2160 is allowed, not 9000"),
    (CAMERA + "rotate_degrees = 45", "camera.rotate_degrees: one of 0, 90, 180, 270 is allowed, not 45"),
    (CAMERA + "label_photo = 1", "camera.label_photo: true or false is allowed, not 1"),
    (CAMERA + "rotate = 90", "camera.rotate: is no key here; did you mean rotate_degrees?"),
    (
        '[[scanner]]\nid = "camera"\nkind = "keyboard"\nport = "/dev/input/by-id/x"',
        "scanner[camera].id: 'camera' is the name of the camera; another one is allowed",
    ),
)


@pytest.mark.parametrize(("settings", "fault"), FAULTS)
def test_each_fault_is_named_alone_with_key_and_what_is_allowed(tmp_path: Path, settings: str, fault: str) -> None:
    faults = faults_of(tmp_path, kiosk=f"{MACHINE}\n{settings}")

    assert len(faults) == 1
    assert fault in faults[0]


def test_a_camera_that_is_no_table_is_refused(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, kiosk=f"camera = 1\n{MACHINE}")

    assert faults[0] == "kiosk.toml: camera: a table [camera] is allowed, not 1"


def test_a_camera_that_may_be_another_one_tomorrow_deserves_a_look(tmp_path: Path) -> None:
    written(tmp_path, kiosk=f'{MACHINE}\n[camera]\ndevice = "/dev/video77"')

    told = [str(fault) for fault in warnings_of(tmp_path / "kiosk.toml", read(tmp_path).machine)]

    assert [line.rpartition(": ")[2] for line in told if "camera.device" in line] == [
        "/dev/video77 may be another camera after the next start; /dev/v4l/by-path/… stays",
        "/dev/video77 is not there now",
    ]
