"""`kiosk backup` and `kiosk restore`: what they print, do and refuse, on the record of a used kiosk. Real files."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hardware_sim.site import Ports, write_site
from kiosk.__main__ import main
from kiosk.config import Site, read_site
from kiosk.core.entries import EpochStarted
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import database_path
from storage.claim import claim
from storage.database import connect
from storage.journal import SqlJournal
from storage.queries import newest_entries
from storage.start import Opened, open_storage
from tests.storage.conftest import SeededEntropy, write
from tests.storage.histories import KIOSK, history_of

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of the kiosk whose history is told."""
    path = write_site(tmp_path, Ports(), SMALLEST_COST)
    site = read_site(path)
    assert isinstance(site, Site)
    path.write_text(path.read_text().replace(f'"{site.machine.identity.kiosk}"', f'"{KIOSK}"', 1))
    return path


@pytest.fixture
def db(config: Path) -> Iterator[Path]:
    """A kiosk's record, which the kiosk goes on writing."""
    site = read_site(config)
    assert isinstance(site, Site)
    path = database_path(site)
    history = history_of(3, 60)
    opened = open_storage(path, KIOSK)
    assert isinstance(opened, Opened)
    with closing(opened.database):
        write(SqlJournal(opened.database, SeededEntropy()), history)
        yield path


def answer(capsys: Capture, *arguments: object, code: int = 0) -> dict[str, Any]:
    assert main([*map(str, arguments), "--json"]) == code
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def complaint(capsys: Capture, *arguments: object, code: int = 2) -> str:
    assert main([*map(str, arguments)]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def ordered(config: Path, snapshot: Path, person: str = "M. Stein", reason: str = "new card") -> list[object]:
    return ["restore", snapshot, "--config", config, "--person", person, "--reason", reason]


def test_a_backup_of_a_running_kiosk_is_whole_and_says_where_it_ends(db: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "stick.db"
    with closing(connect(db)) as file:
        newest = newest_entries(file, 1)[0]
    found = answer(capsys, "backup", db, "--out", out)

    assert found == {"ok": True, "file": str(out), "epoch": newest.epoch, "entries": newest.seq + 1}
    assert main(["audit", "verify", str(out)]) == 0
    assert out.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("stick")] == ["stick.db"]


def test_a_backup_tells_a_person_what_it_holds(db: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["backup", str(db), "--out", str(tmp_path / "stick.db")]) == 0
    assert "stick.db: the record up to entry " in capsys.readouterr().out


def test_a_backup_never_writes_over_anything(db: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "precious.db"
    out.write_text("precious")
    assert "is there already" in complaint(capsys, "backup", db, "--out", out)
    assert out.read_text() == "precious"


def test_a_backup_names_what_cannot_be(db: Path, tmp_path: Path, capsys: Capture) -> None:
    assert "is no file" in complaint(capsys, "backup", tmp_path / "none.db", "--out", tmp_path / "a")
    assert "does not exist" in complaint(capsys, "backup", db, "--out", tmp_path / "nowhere" / "a")


def test_what_is_no_record_is_not_copied(tmp_path: Path, capsys: Capture) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"no database at all" * 400)
    found = answer(capsys, "backup", other, "--out", tmp_path / "a.db", code=1)
    assert not found["ok"]
    assert "no copy" in found["error"]
    assert [each.name for each in tmp_path.iterdir()] == ["other.db"]


def test_a_restore_begins_an_epoch_that_names_who_and_why(
    config: Path, db: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "stick.db"
    copied = answer(capsys, "backup", db, "--out", out)
    found = answer(capsys, *ordered(config, out))

    assert (found["ok"], found["previous_epoch"], found["entries"]) == (True, copied["epoch"], copied["entries"])
    assert found["epoch"] == copied["epoch"] + 1
    assert Path(found["set_aside"]).is_file()
    with closing(connect(db)) as file:
        bodies = [entry.body for entry in newest_entries(file, 1_000) if entry.epoch == found["epoch"]]
    begun = bodies[0]
    assert isinstance(begun, EpochStarted)
    assert (begun.reason, begun.person, begun.detail) == ("restored", "M. Stein", "new card")
    assert main(["audit", "verify", str(db)]) == 0


def test_a_restore_tells_a_person_what_it_means(config: Path, db: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "stick.db"
    answer(capsys, "backup", db, "--out", out)
    assert main([*map(str, ordered(config, out))]) == 0
    told = capsys.readouterr().out
    assert "compartments are Check: nobody knows what is inside until a person has looked" in told
    assert "codes open nothing until then" in told
    assert "the record before it: " in told


def test_nothing_is_restored_while_the_kiosk_runs(config: Path, db: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "stick.db"
    answer(capsys, "backup", db, "--out", out)
    before = db.read_bytes()
    with claim(db):
        assert "stop the kiosk first" in complaint(capsys, *ordered(config, out), code=1)
    assert db.read_bytes() == before


@pytest.mark.parametrize(
    ("snapshot", "person", "reason", "why"),
    [
        ("none.db", "M. Stein", "new card", "is no file"),
        ("stick.db", " ", "new card", "--person: 1 to 200 printable"),
        ("stick.db", "M. Stein", "", "--reason: 1 to 200 printable"),
    ],
)
def test_a_restore_says_what_it_needs(  # noqa: PLR0913, PLR0917 - one row of the table
    snapshot: str, person: str, reason: str, why: str, config: Path, db: Path, tmp_path: Path, capsys: Capture
) -> None:
    answer(capsys, "backup", db, "--out", tmp_path / "stick.db")
    assert why in complaint(capsys, *ordered(config, tmp_path / snapshot, person, reason))


def test_a_restore_with_settings_that_are_not_in_order_names_the_fault(
    config: Path, db: Path, tmp_path: Path, capsys: Capture
) -> None:
    answer(capsys, "backup", db, "--out", tmp_path / "stick.db")
    config.write_text(config.read_text().replace("[kiosk]", "[kisok]"))
    assert "kisok" in complaint(capsys, *ordered(config, tmp_path / "stick.db"))


def test_a_copy_that_is_not_good_is_refused_in_one_sentence(
    config: Path, db: Path, tmp_path: Path, capsys: Capture
) -> None:
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"no database at all" * 400)
    before = db.read_bytes()
    assert "cannot be read whole" in complaint(capsys, *ordered(config, bad), code=1)
    assert db.read_bytes() == before
