"""The camera's thread and process. In place of a camera are numbered pictures, which OpenCV opens as it does one."""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.camera import Camera
from drivers.camera.device import CameraDevice
from kiosk.core.events import PhotoFailed, PhotoTaken, Scanned, ScannerLost, ScannerReady, ScanRejected
from tests.drivers.camera.scenes import SHOTS, scene
from tests.drivers.camera.symbols import SYMBOLS, Pixels, qr
from tests.drivers.input.inboxes import PATIENCE_S, Clock, PatientInbox, scanned

pytestmark = pytest.mark.slow  # each begins a process that loads OpenCV

LABEL, PASS = SYMBOLS[0], next(symbol for symbol in SYMBOLS if symbol.symbology == "QR Code")
NOTHING: Pixels = np.full((720, 1280), 120, np.uint8)


def film(directory: Path, *pictures: Pixels) -> str:
    """Numbered pictures, as a camera's name."""
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(directory / f"{number:03}.bmp"), picture)
    return f"{directory}/%03d.bmp"


def takes(*seeds: int, of: str = "clean") -> list[Pixels]:
    return [scene(LABEL, SHOTS[of], seed) for seed in seeds]


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for it, with a deadline."""
    until_s = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > until_s:
            pytest.fail("it never came to hold")
        select.select([], [], [], 0.01)


@pytest.fixture
def inbox() -> PatientInbox:
    return PatientInbox()


@pytest.fixture
def begin(inbox: PatientInbox) -> Iterator[Callable[..., Camera]]:
    begun: list[Camera] = []

    def camera(path: str, rotate_degrees: int = 0, keep: Callable[[bytes], str] | None = None) -> Camera:
        begun.append(Camera(CameraDevice(path, 1280, 720, rotate_degrees), inbox, Clock().now_us, keep))
        begun[-1].start()
        return begun[-1]

    yield camera
    for each in begun:
        each.stop()
        assert not each.is_alive()


def test_a_label_that_two_frames_agree_on_is_one_scan(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]
) -> None:
    camera = begin(film(tmp_path, *takes(1, 2, 3, 4)))

    camera.look(wanted=True)

    inbox.wait_for(scanned(LABEL.text), ScannerLost("camera"))  # the film is over: no camera any more
    assert [event.source for event in inbox.seen if isinstance(event, Scanned)] == ["camera"]


def test_a_code_is_seen_in_a_picture_that_the_camera_holds_askew(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]
) -> None:
    picture = scene(PASS, SHOTS["clean"], 1)
    camera = begin(film(tmp_path, picture, picture), rotate_degrees=90)

    camera.look(wanted=True)
    inbox.wait_for(scanned(PASS.text))
    eventually(lambda: camera.newest_frame() is not None)

    frame = camera.newest_frame()
    assert frame is not None
    assert (frame.width, frame.height, len(frame.colours)) == (270, 480, 3 * 270 * 480)


def test_nothing_is_looked_at_before_it_is_wanted_nor_after(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]
) -> None:
    camera = begin(film(tmp_path, *[NOTHING] * 30))
    assert camera.newest_frame() is None

    camera.look(wanted=True)
    eventually(lambda: camera.newest_frame() is not None)
    camera.look(wanted=False)
    eventually(lambda: camera.newest_frame() is None)

    assert inbox.rest() == []


def test_each_look_begins_anew(tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]) -> None:
    camera = begin(film(tmp_path, *takes(1, 2, 3) * 10))

    for _ in range(2):
        camera.look(wanted=True)
        inbox.wait_for(scanned(LABEL.text))
        camera.look(wanted=False)
        eventually(lambda: camera.newest_frame() is None)


def test_a_missing_camera_is_told_once_and_found_when_it_comes(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]
) -> None:
    path = film(tmp_path)
    camera = begin(path)

    camera.look(wanted=True)
    inbox.wait_for(ScannerLost("camera"))
    film(tmp_path, *takes(1, 2, 3, 4))

    inbox.wait_for(ScannerReady("camera"), scanned(LABEL.text))
    assert camera.is_alive()


def test_a_kiosk_without_opencv_says_so_and_goes_on(
    tmp_path: Path,
    inbox: PatientInbox,
    begin: Callable[..., Camera],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('No module named cv2')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    camera = begin("/dev/video0")

    camera.look(wanted=True)

    inbox.wait_for(ScannerLost("camera"))
    assert "OpenCV is missing (No module named cv2); `./run setup camera` installs it" in caplog.text
    assert camera.is_alive()


def test_a_code_longer_than_any_label_is_refused(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]
) -> None:
    picture = np.pad(qr("7" * 600), 40, constant_values=255)
    camera = begin(film(tmp_path, picture))

    camera.look(wanted=True)

    inbox.wait_for(ScanRejected(len("]Q1") + 600))


def test_a_picture_that_is_wanted_is_kept_whole_and_the_look_goes_on(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]
) -> None:
    kept: list[bytes] = []

    def keep(jpeg: bytes) -> str:
        kept.append(jpeg)
        return "its name"

    camera = begin(film(tmp_path, *[NOTHING] * 20, *takes(1, 2, 3)), keep=keep)
    camera.look(wanted=True)
    eventually(lambda: camera.newest_frame() is not None)
    camera.photograph()

    inbox.wait_for(PhotoTaken("its name"), scanned(LABEL.text))
    (jpeg,) = kept
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert picture.shape == NOTHING.shape
    assert ScannerReady("camera") not in inbox.seen


def test_a_picture_that_is_wanted_before_the_camera_is_open_comes_with_it(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]
) -> None:
    camera = begin(film(tmp_path, *[NOTHING] * 20), keep=lambda _: "its name")
    camera.look(wanted=True)
    camera.photograph()
    inbox.wait_for(PhotoTaken("its name"))


def test_there_is_no_picture_without_a_look_nor_without_a_camera_nor_without_a_place_to_keep_it(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera], caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: bytes) -> str:
        raise OSError(28, "No space left on device")

    path = film(tmp_path, *[NOTHING] * 40)
    begin(path, keep=lambda _: "its name").photograph()
    inbox.wait_for(PhotoFailed())
    keepless = begin(path)
    keepless.look(wanted=True)
    keepless.photograph()
    inbox.wait_for(PhotoFailed())
    on_full_disk = begin(path, keep=full)
    on_full_disk.look(wanted=True)
    on_full_disk.photograph()
    inbox.wait_for(PhotoFailed())
    assert "No space left on device" in caplog.text

    missing = begin(f"{tmp_path}/none/%03d.bmp", keep=lambda _: "its name")
    missing.look(wanted=True)
    missing.photograph()
    inbox.wait_for(PhotoFailed(), ScannerLost("camera"))


def test_neither_keys_nor_the_service_manager_are_the_process_s_business(
    tmp_path: Path, begin: Callable[..., Camera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/kiosk")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    camera = begin(film(tmp_path, *[NOTHING] * 30))
    camera.look(wanted=True)
    eventually(lambda: camera.newest_frame() is not None)

    environment = Path(f"/proc/{grabber_of(os.getpid())}/environ").read_bytes()

    assert b"CREDENTIALS_DIRECTORY" not in environment
    assert b"NOTIFY_SOCKET" not in environment


def test_a_process_that_was_killed_is_begun_again(
    tmp_path: Path, inbox: PatientInbox, begin: Callable[..., Camera]
) -> None:
    camera = begin(film(tmp_path, *[NOTHING] * 5, *takes(1, 2, 3) * 10))
    camera.look(wanted=True)
    inbox.wait_for(scanned(LABEL.text))

    os.kill(grabber_of(os.getpid()), signal.SIGKILL)

    inbox.wait_for(ScannerLost("camera"), ScannerReady("camera"), scanned(LABEL.text))


@pytest.mark.parametrize("hangs", [False, True])
def test_the_process_ends_with_the_kiosk(tmp_path: Path, begin: Callable[..., Camera], hangs: bool) -> None:
    camera = begin(film(tmp_path, *[NOTHING] * 30))
    camera.look(wanted=True)
    eventually(lambda: camera.newest_frame() is not None)
    process = grabber_of(os.getpid())

    if hangs:
        os.kill(process, signal.SIGSTOP)
    camera.stop()

    assert not Path(f"/proc/{process}").exists()


def grabber_of(parent: int) -> int:
    """The process that has the camera."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, ppid = status.read_text().rpartition(")")[2].split()[:2]
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(ppid) == parent and b"drivers.camera.grabber" in command:
            return int(status.parent.name)
    pytest.fail("there is no such process")
