"""Erasure, on a kiosk that has lived: two residents' parcels, one of them erased, and every byte that is left searched.

Knows what is personal in a record, and in which forms it could be written somewhere.
"""

import json
import sqlite3
import zipfile
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.core import entries as e
from kiosk.wiring.boot import database_path
from storage.claim import claim
from storage.restore import SNAPSHOTS
from storage.snapshots import Snapshot, copy_record, take_snapshot
from tests.flows.scene import Scene
from tests.flows.steps import AMAZON, OUT, QUICK, S10, UPS, drop, pickup

pytestmark = pytest.mark.slow

GONE, STAYING = "R-0004", "R-0005"
UNIT, OTHER_UNIT = "WESTWING", "EASTWING"
NAME, OTHER_NAME = "Wilhelmina Quackenbush", "Ebenezer Featherstone"
GRACE_OVER_MS = 310_000
NewScene = Callable[..., Scene]
Capture = pytest.CaptureFixture[str]


def renamed(scene: Scene) -> Scene:
    """The directory's file with a unit and a name of each of the two that stand nowhere else."""
    file = scene.directory / "directory.toml"
    text = file.read_text(encoding="utf-8")
    for resident, old, unit, name in ((GONE, "2A", UNIT, NAME), (STAYING, "2B", OTHER_UNIT, OTHER_NAME)):
        text = text.replace(f'"{old}"', f'"{unit}"')
        before, own = text.split(f'"{resident}"')
        first, rest = own.split('name = "', 1)
        text = f'{before}"{resident}"{first}name = "{name}{rest[rest.index(chr(34)) :]}'
    file.write_text(text, encoding="utf-8")
    return scene.restart(site=scene.reread())


def moved_out(scene: Scene) -> Scene:
    """The directory's file without the first of them, in force; then the kiosk is stopped."""
    file = scene.directory / "directory.toml"
    tables = file.read_text(encoding="utf-8").split("[[")
    file.write_text("[[".join(table for table in tables if f'"{UNIT}"' not in table), encoding="utf-8")
    return scene.restart(site=scene.reread()).kill()


def lived(new_scene: NewScene) -> Scene:
    """A parcel of each, both collected, and their codes spent."""
    scene = renamed(new_scene(QUICK).start())
    return scene.walk(*drop(UPS, UNIT), *drop(S10, OTHER_UNIT), *OUT, *pickup(UPS), *pickup(S10)).wait(GRACE_OVER_MS)


def erase(scene: Scene, resident: str = GONE, *more: str) -> int:
    scene.let_go()
    config = str(scene.directory / "kiosk.toml")
    return main(["erase", resident, "--config", config, "--person", "A. Janitor", "--reason", "a letter", *more])


def traces(path: Path, number: str) -> list[bytes]:
    """The keys, verifier and sealed notice of a parcel, in every form in which they could be written."""
    found: list[bytes] = []
    with closing(sqlite3.connect(path)) as other:
        (name, verifier) = other.execute(
            "SELECT parcel, verifier FROM parcels WHERE tracking_number = ?", (number,)
        ).fetchone()
        query = "SELECT a.bytes, a.record_key FROM attachments a JOIN entries USING (epoch, seq) WHERE instr(body, ?)"
        for stored, key in other.execute(query, (f'"parcel":"{name}"'.encode(),)):
            found += [each for each in (stored, key) if each]
    raw = [*found, bytes.fromhex(verifier)]
    return [*raw, *(each.hex().encode() for each in raw), *(b64encode(each).rstrip(b"=") for each in raw)]


def found_in(directory: Path, needles: Sequence[bytes]) -> set[tuple[str, bytes]]:
    """Which of the needles stand in which file, pages that are free included."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    contents = {str(path.relative_to(directory)): path.read_bytes() for path in files}
    return {(name, needle) for name, content in contents.items() for needle in needles if needle in content}


def personal(unit: str, name: str, number: str) -> list[bytes]:
    words = [unit, name, *name.split(), number]
    return [each.encode() for each in words] + [each.encode().hex().encode() for each in words]


def test_not_a_byte_of_the_one_is_left_in_any_file_and_all_of_the_other_is(
    new_scene: NewScene, capsys: Capture, tmp_path: Path
) -> None:
    scene = lived(new_scene)
    path = database_path(scene.site)
    snapshots = path.parent / SNAPSHOTS
    parcel = scene.parcel(UPS).parcel
    assert isinstance(take_snapshot(path, snapshots, 3), Snapshot)
    copy_record(path, path.with_name(path.name + ".before-0001"))
    copy_record(path, path.with_name(path.name + ".damaged-e1"))
    ours, theirs = traces(path, UPS), traces(path, S10)
    ours, theirs = [*ours, *personal(UNIT, NAME, UPS)], [*theirs, *personal(OTHER_UNIT, OTHER_NAME, S10)]
    moved_out(scene)
    names = {name for name, _ in found_in(path.parent, ours)}
    assert len(names) >= 4, "the database or its log, a snapshot, and two copies"
    there = {needle for _, needle in found_in(path.parent, theirs)}
    assert there >= {S10.encode(), OTHER_UNIT.encode(), OTHER_NAME.encode()}

    assert erase(scene) == 0

    assert found_in(path.parent, ours) == set()
    assert {needle for name, needle in found_in(path.parent, theirs) if name == path.name} == there
    assert [each.name.startswith("e0001-") for each in snapshots.iterdir()] == [True]
    assert main(["audit", "verify", str(path)]) == 0
    assert main(["audit", "export", str(path), "--parcel", parcel, "--out", str(tmp_path / "out.zip")]) == 0
    assert main(["audit", "check-proof", str(tmp_path / "out.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as bundle:
        chain, page = json.loads(bundle.read("custody.json")), bundle.read("custody.html")
    assert "parcel_collected" in [json.loads(step["proof"]["entry"])["type"] for step in chain["steps"]]
    assert [needle for needle in ours if needle in page or needle in json.dumps(chain).encode()] == []
    assert "erased what is personal" in capsys.readouterr().out


def test_copies_on_a_stick_go_too_and_a_stick_that_is_not_there_is_asked_for(
    new_scene: NewScene, capsys: Capture
) -> None:
    scene = moved_out(lived(new_scene))
    path, stick, settings = database_path(scene.site), scene.directory / "stick", scene.directory / "kiosk.toml"
    settings.write_text(settings.read_text().replace("[kiosk]", '[kiosk]\nsnapshot_copy = "stick"'))
    stick.mkdir()
    assert isinstance(take_snapshot(path, stick, 3), Snapshot)
    ours = personal(UNIT, NAME, UPS)
    assert found_in(stick, ours)
    away = stick.rename(scene.directory / "in a pocket")

    assert erase(scene) == 1
    assert "stick is not there: copies on it still hold it; plug it in and erase again" in capsys.readouterr().err
    away.rename(stick)
    assert erase(scene, GONE, "--json") == 0
    assert [Path(each).parent.name for each in json.loads(capsys.readouterr().out)["snapshots"]] == [SNAPSHOTS, "stick"]
    assert found_in(stick, ours) == set()
    assert len(list(stick.iterdir())) == 1


def test_the_kiosk_goes_on_after_it_and_its_record_says_who_had_it_done(new_scene: NewScene) -> None:
    scene = moved_out(lived(new_scene))
    assert erase(scene) == 0
    erased = scene.last(e.PersonalDataErased)
    assert (erased.reason, erased.person, erased.resident, erased.detail) == ("request", "A. Janitor", GONE, "a letter")
    boots = [entry.stamp.boot for entry in scene.entries()]
    scene.restart(site=scene.reread()).walk(*drop(AMAZON, OTHER_UNIT), *OUT)

    assert scene.parcel(AMAZON).state == "stored"
    assert scene.last(e.KioskStarted).boot > max(boots)


def test_a_parcel_that_is_not_finished_stays_and_is_named(new_scene: NewScene, capsys: Capture) -> None:
    scene = lived(new_scene).walk(*drop(AMAZON, UNIT), *OUT)
    waiting = scene.parcel(AMAZON)
    moved_out(scene)
    assert erase(scene) == 1

    out, err = capsys.readouterr()
    assert "erased what is personal" in out
    assert f"parcel {waiting.parcel} is stored, in compartment {waiting.compartment}" in err
    assert scene.parcel(AMAZON) == waiting
    assert [parcel for parcel in scene.of(e.ParcelReserved) if parcel.tracking_number == UPS] == []

    assert erase(scene, GONE, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["entries"]) == (False, 0)
    assert told["held"] == [
        {"parcel": waiting.parcel, "state": "stored", "compartment": waiting.compartment},
    ]


@pytest.mark.parametrize(
    ("resident", "why"),
    [(STAYING, "is in the directory in force"), ("R-9999", "is not known to this record")],
)
def test_whoever_lives_here_or_is_unknown_is_refused(
    resident: str, why: str, new_scene: NewScene, capsys: Capture
) -> None:
    scene = lived(new_scene).kill()
    before = scene.count()

    assert erase(scene, resident) == 1
    assert why in capsys.readouterr().err
    assert scene.count() == before


def test_it_waits_for_whoever_writes_and_needs_a_record(new_scene: NewScene, capsys: Capture) -> None:
    scene = new_scene(QUICK)
    path = database_path(scene.site)
    scene.start().kill()
    with claim(path):
        assert erase(scene) == 1
    assert "stop the kiosk first" in capsys.readouterr().err
    path.unlink()

    assert erase(scene) == 1
    assert "there is no record" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", "x" * 201])
def test_who_and_why_are_words(text: str, tmp_path: Path, capsys: Capture) -> None:
    config = str(tmp_path / "kiosk.toml")
    assert main(["erase", GONE, "--config", config, "--person", text, "--reason", "a letter"]) == 2
    assert "--person: 1 to 200 printable characters are allowed" in capsys.readouterr().err
