"""`kiosk prune`: a kiosk that lived for a year and went on, and what the command refuses and does."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.core.books import Custody
from kiosk.wiring.boot import database_path
from storage.rebuild import compare_projections
from storage.restore import SNAPSHOTS
from tests.flows.pruned import MuchLater, prune, two_epochs
from tests.flows.scene import Scene
from tests.flows.steps import OUT, QUICK, S10, drop
from tests.flows.test_erasure import NewScene

pytestmark = pytest.mark.slow
Capture = pytest.CaptureFixture[str]


def held(scene: Scene, capsys: Capture) -> Path:
    scene.let_go()
    assert main(["audit", "checkpoint", str(database_path(scene.site))]) == 0
    file = scene.directory / "kept.txt"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    return file


def test_what_may_not_go_stays_and_why_is_told(new_scene: NewScene, capsys: Capture) -> None:
    scene = two_epochs(new_scene(QUICK))
    kept = held(scene, capsys)
    for epoch, told in ((2, "is not closed"), (9, "is not closed"), (1, "did not surely end 365 days ago")):
        assert prune(scene, epoch, kept) == 1
        assert told in capsys.readouterr().err
    assert prune(scene, 0, kept) == 2
    assert "a number from 1 is allowed" in capsys.readouterr().err
    assert prune(scene, 1, scene.directory / "nothing.txt") == 2
    assert main(["audit", "verify", str(database_path(scene.site))]) == 0


def test_an_old_epoch_goes_and_the_kiosk_starts_on_what_is_left(
    new_scene: NewScene, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = two_epochs(new_scene(QUICK))
    kept = held(scene, capsys)
    monkeypatch.setattr("kiosk.wiring.boot.system_clock_of", lambda _site: MuchLater)
    assert prune(scene, 1, kept, "--json") == 0
    assert json.loads(capsys.readouterr().out)["entries"] > 20
    copies = sorted((database_path(scene.site).parent / SNAPSHOTS).iterdir())
    assert prune(scene, 1, kept, "--json") == 0, "again, in case that the copies were not made"
    assert json.loads(capsys.readouterr().out)["entries"] == 0
    assert sorted((database_path(scene.site).parent / SNAPSHOTS).iterdir()) == copies
    path = database_path(scene.site)
    assert main(["audit", "verify", str(path), "--checkpoint", str(kept)]) == 0
    assert "epoch 1: deleted" in capsys.readouterr().out
    monkeypatch.undo()
    scene.restart().walk(*drop(S10, "2B"), *OUT)
    assert scene.parcel(S10).compartment
    assert compare_projections(scene.kiosk.database) == ()


def test_its_copy_can_be_restored(new_scene: NewScene, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = two_epochs(new_scene(QUICK))
    kept = held(scene, capsys)
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.wiring.boot.system_clock_of", lambda _site: MuchLater)
        assert prune(scene, 1, kept) == 0
    (copy,) = (database_path(scene.site).parent / SNAPSHOTS).iterdir()
    config = ("--config", str(scene.directory / "kiosk.toml"))
    scene.let_go()
    assert main(["restore", str(copy), *config, "--person", "A. Janitor", "--reason", "new card"]) == 0
    assert main(["audit", "verify", str(database_path(scene.site)), "--checkpoint", str(kept)]) == 0
    scene.restart()
    assert {each.custody for each in scene.books.compartments.values()} == {Custody.CHECK}
    assert compare_projections(scene.kiosk.database) == ()


def test_epochs_that_no_checkpoint_covers_stay(
    new_scene: NewScene, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the first epoch's beginning says nothing of its end."""
    scene = two_epochs(new_scene(QUICK))
    monkeypatch.setattr("kiosk.wiring.boot.system_clock_of", lambda _site: MuchLater)
    with closing(sqlite3.connect(database_path(scene.site))) as other:
        query = "SELECT note FROM checkpoints WHERE epoch = 1 ORDER BY size"
        first, *_, last = (note for (note,) in other.execute(query).fetchall())
    file = scene.directory / "of-the-first.txt"
    file.write_text(first, encoding="utf-8")
    assert prune(scene, 1, file) == 1
    assert "no checkpoint that was given covers the whole of epoch 1" in capsys.readouterr().err
    file.write_text(last, encoding="utf-8")
    assert prune(scene, 1, file) == 0
