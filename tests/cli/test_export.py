"""`kiosk audit export`: one parcel's chain of custody, provable, readable, and nothing of anybody else."""

import json
import sqlite3
import zipfile
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hardware_sim.site import KEYS
from kiosk.__main__ import main
from kiosk.core import entries as e
from kiosk.core.entries import CodeLife, Purpose
from kiosk.core.ids import CompartmentId, CourierId, OpeningId, ParcelId, ResidentId, UnitId
from tests.storage.histories import begin, history_of
from tests.storage.test_audit import RECORD, written

assert KEYS.signer is not None
VKEY = str(KEYS.signer.verifier_key(f"{RECORD}/e1"))
PARCEL, OTHER = ParcelId("kiosk-7-1-5"), ParcelId("kiosk-7-1-55")
DROP, PICKUP, ELSEWHERE = OpeningId("kiosk-7-1-6"), OpeningId("kiosk-7-1-20"), OpeningId("kiosk-7-1-21")
A1, A2 = CompartmentId("A01"), CompartmentId("A02")
VERIFIER, NOTICE = "ab" * 32, b"sealed-notice-bytes"
STRANGERS = ("Unit-9", "1ZSTRANGER", "resident-2", OTHER, "A02")
"""Everything of the other parcel."""
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two parcels of two residents, their steps between one another; signed in the middle of the first one's pickup."""
    history = history_of(1, 0)
    begin(history)
    visit, courier = history.visit(), CourierId("courier-1")

    def reserved(parcel: ParcelId, where: CompartmentId, resident: str, unit: str, number: str) -> e.ParcelReserved:
        who = ResidentId(resident)
        return e.ParcelReserved(parcel, where, who, courier, visit, "ups", "ok", "<fits>", UnitId(unit), number)

    def unlock(opening: OpeningId, where: CompartmentId, parcel: ParcelId, purpose: Purpose, by: str) -> e.Body:
        return e.UnlockRequested(opening, 1, where, purpose, (parcel,), visit, by, "code", 300)

    history.commit(
        reserved(PARCEL, A1, "resident-1", "12B", "1Z5R89390357567127"),
        unlock(DROP, A1, PARCEL, Purpose.DROP, courier),
    )
    history.commit(reserved(OTHER, A2, "resident-2", "Unit-9", "1ZSTRANGER"))
    history.commit(e.DoorOpened(DROP, A1, 150))
    history.commit(e.CodeIssued(PARCEL, VERIFIER), notice=NOTICE)
    history.commit(e.DoorClosed(DROP, A1, 4_000), e.ParcelStored(PARCEL, A1, confirmed=True, undo_until_ms=9))
    history.commit(unlock(ELSEWHERE, A2, OTHER, Purpose.DROP, courier))
    history.commit(e.DoorOpened(ELSEWHERE, A2, 150))
    for _ in range(40):
        history.commit(e.AttemptDenied(visit, 1))
    history.commit(unlock(PICKUP, A1, PARCEL, Purpose.PICKUP, "resident-1"))
    history.commit(e.DoorOpened(PICKUP, A1, 140), e.CodeMoved(PARCEL, CodeLife.GRACE))
    history.commit(e.DoorClosed(PICKUP, A1, 9_000), e.ParcelCollected(PARCEL, A1, confirmed=True))
    path = tmp_path_factory.mktemp("record") / "kiosk.db"
    written(path, history)
    return path


KINDS = [
    "parcel_reserved",
    "unlock_requested",
    "door_opened",
    "code_issued",
    "door_closed",
    "parcel_stored",
    "unlock_requested",
    "door_opened",
    "code_moved",
    "door_closed",
    "parcel_collected",
]


def exported(db: Path, out: Path, *which: str) -> dict[str, Any]:
    assert main(["audit", "export", str(db), *(which or ("--parcel", PARCEL)), "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as bundle:
        assert bundle.namelist() == ["custody.json", "custody.html"]
        found = json.loads(bundle.read("custody.json"))
    assert isinstance(found, dict)
    return found


def page_in(out: Path) -> str:
    with zipfile.ZipFile(out) as bundle:
        return bundle.read("custody.html").decode()


def complaint(capsys: Capture, *arguments: object, code: int) -> str:
    assert main(["audit", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def test_every_step_of_the_parcel_is_there_in_order(db: Path, tmp_path: Path) -> None:
    chain = exported(db, tmp_path / "out.zip")

    assert [json.loads(step["proof"]["entry"])["type"] for step in chain["steps"]] == KINDS
    assert chain["steps"][0]["revealed"]["private"].count("1Z5R89390357567127") == 1
    assert [step["revealed"] for step in chain["steps"][1:]] == [None] * 10


def test_the_bundle_is_checked_without_the_database(db: Path, tmp_path: Path, capsys: Capture) -> None:
    exported(db, tmp_path / "out.zip")
    capsys.readouterr()

    assert main(["audit", "check-proof", str(tmp_path / "out.zip"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "parcel": PARCEL, "steps": 11, "signed_by": []}
    assert "not signed by a key that was given" in complaint(
        capsys, "check-proof", tmp_path / "out.zip", "--vkey", VKEY, code=1
    )


def test_what_is_signed_is_checked_against_the_key(db: Path, tmp_path: Path, capsys: Capture) -> None:
    exported(db, tmp_path / "out.zip", "--parcel", OTHER)
    capsys.readouterr()

    assert main(["audit", "check-proof", str(tmp_path / "out.zip"), "--vkey", VKEY]) == 0
    assert capsys.readouterr().out == f"ok: 3 entries about parcel {OTHER} are in the record\nsignature: {VKEY}\n"


@pytest.mark.parametrize("member", ["custody.json", "custody.html"])
def test_nothing_of_anybody_else_is_in_it_nor_what_could_open_the_door(db: Path, tmp_path: Path, member: str) -> None:
    exported(db, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as bundle:
        text = bundle.read(member).decode()

    assert "1Z5R89390357567127" in text
    assert [word for word in (*STRANGERS, VERIFIER, NOTICE.decode()) if word in text] == []
    assert (tmp_path / "out.zip").stat().st_mode & 0o077 == 0


def test_the_page_tells_each_step_and_runs_nothing(db: Path, tmp_path: Path) -> None:
    exported(db, tmp_path / "out.zip")
    page = page_in(tmp_path / "out.zip")
    reader = Reader()
    reader.feed(page)

    assert [kind.replace("_", " ") for kind in KINDS] == [row[1] for row in reader.rows]
    assert [row[3] for row in reader.rows][:2] == ["courier-1", "courier-1"]
    assert reader.rows[6][3] == "resident-1"
    assert {"script", "link", "img", "iframe"} & reader.tags == set()
    assert "&lt;fits&gt;" in page
    assert "<fits>" not in page
    assert reader.rows[-1][5].endswith("not signed yet")
    assert reader.rows[0][5] == "5 of epoch 1"


class Reader(HTMLParser):
    """Rows of cells, and every tag there is."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        self.tags.add(tag)
        self._in_cell = tag == "td"
        if tag == "td":
            self.rows[-1].append("")
        elif tag == "tr" and "tbody" in self.tags:
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


def test_a_parcel_is_found_by_its_number(db: Path, tmp_path: Path, capsys: Capture) -> None:
    assert exported(db, tmp_path / "a.zip", "--tracking-number", "1Z5R89390357567127") == exported(
        db, tmp_path / "b.zip"
    )
    capsys.readouterr()
    for which, why in (
        (("--parcel", "nobody"), "there is no parcel nobody in this record"),
        (("--tracking-number", "1Z5"), "no parcel of this tracking number"),
    ):
        assert why in complaint(capsys, "export", db, *which, "--out", tmp_path / "c.zip", code=1)
    assert not (tmp_path / "c.zip").exists()


def test_after_erasure_the_chain_still_holds_and_says_so(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(db.read_bytes())
    with closing(sqlite3.connect(copy)) as other, other:
        other.execute("DELETE FROM attachments")
    chain = exported(copy, tmp_path / "out.zip")

    assert [step["revealed"] for step in chain["steps"]] == [None] * 11
    assert "Unit and tracking number are erased." in page_in(tmp_path / "out.zip")
    assert main(["audit", "check-proof", str(tmp_path / "out.zip")]) == 0


def test_a_changed_record_exports_nothing(db: Path, tmp_path: Path, capsys: Capture) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(db.read_bytes())
    with closing(sqlite3.connect(copy)) as other, other:
        other.execute("DROP TRIGGER entries_stay")
        other.execute("UPDATE entries SET body = CAST(replace(body, '150', '151') AS BLOB)")

    said = complaint(capsys, "export", copy, "--parcel", PARCEL, "--out", tmp_path / "out.zip", code=1)
    assert "kiosk audit verify tells where" in said


def test_a_bundle_never_replaces_a_file(db: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "out.zip").write_text("mine")
    said = complaint(capsys, "export", db, "--parcel", PARCEL, "--out", tmp_path / "out.zip", code=2)

    assert "File exists" in said
    assert (tmp_path / "out.zip").read_text() == "mine"


def test_a_bundle_that_was_changed_does_not_hold(db: Path, tmp_path: Path, capsys: Capture) -> None:
    chain = exported(db, tmp_path / "out.zip")
    chain["steps"][0]["revealed"]["private"] = chain["steps"][0]["revealed"]["private"].replace("12B", "13B")
    capsys.readouterr()
    for name, content, why in (
        ("custody.json", json.dumps(chain), "did not commit to what is revealed"),
        ("custody.json", "x" * 4_000_001, "is too large"),
        ("other.json", "{}", "is no bundle"),
        ("custody.json", "{}", "is no chain of custody"),
    ):
        with zipfile.ZipFile(tmp_path / "forged.zip", "w") as bundle:
            bundle.writestr(name, content)
        assert why in complaint(capsys, "check-proof", tmp_path / "forged.zip", code=1)
