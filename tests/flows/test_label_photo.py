"""A label is photographed: what the record, the export, the days after and an erasure make of it. A kiosk in memory."""

import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from hardware_sim.people import See, Touch, Type
from hardware_sim.record_keeper import LOOK_US
from hardware_sim.soak.building import with_camera
from kiosk.__main__ import main
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.ages import DAY_MS
from kiosk.core.events import Choice
from kiosk.wiring.boot import database_path
from storage.photos import photos_beside
from tests.flows.conftest import NewScene, new_scene
from tests.flows.scene import Scene
from tests.flows.steps import IDENTIFY, OUT, PUT_IN, QUICK, Steps
from tests.flows.test_erasure import erase, moved_out, renamed

pytestmark = pytest.mark.slow

__all__ = ["new_scene"]

Capture = pytest.CaptureFixture[str]


def photographed(unit: str) -> Steps:
    """A whole drop of a parcel whose label nobody can read."""
    camera = (Touch(Choice.NO_BARCODE), See(v.PhotographLabel), Touch(Choice.TAKE_PHOTO), See(v.AskUnit))
    return (*IDENTIFY, *camera, Type(unit, ok=True), See(v.ChooseSize), Touch(Choice.SIZE, "S"), *PUT_IN)


def pictures(scene: Scene) -> list[Path]:
    directory = photos_beside(database_path(scene.site))
    return sorted(directory.iterdir()) if directory.is_dir() else []


def exported(scene: Scene, capsys: Capture, name: str) -> tuple[zipfile.ZipFile, str]:
    parcel = scene.last(e.LabelPhotographed).parcel
    scene.let_go()
    out = scene.directory / name
    assert main(["audit", "export", str(database_path(scene.site)), "--parcel", parcel, "--out", str(out)]) == 0
    assert main(["audit", "check-proof", str(out)]) == 0
    capsys.readouterr()
    bundle = zipfile.ZipFile(out)
    return bundle, bundle.read("custody.html").decode()


def test_the_picture_lies_beside_the_record_which_names_its_hash_and_is_exported_with_the_parcel(
    new_scene: NewScene, capsys: Capture
) -> None:
    scene = new_scene(QUICK, contacts=with_camera).start().walk(*photographed("2A"), *OUT)
    (picture,) = pictures(scene)
    photo = sha256(picture.read_bytes()).hexdigest()
    assert picture.name == f"{photo}.jpg"

    bundle, page = exported(scene, capsys, "with.zip")
    assert bundle.read("label.jpg") == picture.read_bytes()
    assert 'src="label.jpg"' in page
    steps = json.loads(bundle.read("custody.json"))["steps"]
    assert any(each["revealed"] and json.loads(each["revealed"]["private"]).get("photo") == photo for each in steps)

    picture.write_bytes(b"another one")
    bundle, page = exported(scene, capsys, "without.zip")
    assert "label.jpg" not in bundle.namelist()
    assert 'src="label.jpg"' not in page


def test_a_picture_is_gone_after_three_days_and_its_parcel_is_collected_all_the_same(new_scene: NewScene) -> None:
    scene = new_scene(QUICK, contacts=with_camera)
    scene.kiosk.keeping = True
    scene.start().walk(*photographed("2A"), *OUT).wait(LOOK_US // 1_000)
    assert len(pictures(scene)) == 1

    scene.kiosk.set_wall_clock(3 * DAY_MS)
    scene.wait(LOOK_US // 1_000)
    assert pictures(scene) == []
    assert scene.last(e.LabelPhotographed)


def test_an_erasure_takes_every_picture_along_for_nobody_knows_whose_name_one_shows(
    new_scene: NewScene, capsys: Capture
) -> None:
    scene = renamed(new_scene(QUICK, contacts=with_camera).start())
    scene.restart(site=with_camera(scene.site)).walk(*photographed("EASTWING"), *OUT)
    assert len(pictures(scene)) == 1

    assert erase(moved_out(scene)) == 0
    assert pictures(scene) == []
    assert main(["audit", "verify", str(database_path(scene.site))]) == 0
    capsys.readouterr()
