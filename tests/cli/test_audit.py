"""`kiosk audit`: what it prints and how it exits, on the record of a simulated kiosk. Real files, real signatures."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hardware_sim.site import KEYS
from kiosk.__main__ import main
from kiosk.core.notes import origin_of, read_signed_checkpoint, signers, verifier_key
from kiosk.signing import check_signature, load_signer
from tests.storage.histories import KIOSK, history_of
from tests.storage.test_audit import RECORD, bodies, sizes, written

assert KEYS.signer is not None
VKEY = str(KEYS.signer.verifier_key(origin_of(RECORD, 1)))
STRANGER = VKEY.replace("kiosk-7", "kiosk-8")
Capture = pytest.CaptureFixture[str]
VERIFIED = ["ok", "entries", "epochs", "root", "first_bad", "faults", "unprotected_tail", "unsigned_tail"]
EDIT = "UPDATE entries SET body = CAST(replace(body, 'mono_ms', 'mono_mt') AS BLOB) WHERE seq = 33"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "kiosk.db"
    written(path, history_of(3, 200), tail=5)
    return path


@pytest.fixture
def db(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "copy.db"))


def answer(capsys: Capture, *arguments: object, code: int = 0) -> dict[str, Any]:
    """The one JSON object that the command prints."""
    assert main(["audit", *map(str, arguments), "--json"]) == code
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def complaint(capsys: Capture, *arguments: object, code: int = 2) -> str:
    assert main(["audit", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def changed(db: Path, statement: str) -> None:
    with closing(sqlite3.connect(db)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute(statement)
        other.commit()


def kept(capsys: Capture, db: Path, where: Path) -> Path:
    """The newest checkpoint, kept elsewhere."""
    assert main(["audit", "checkpoint", str(db)]) == 0
    where.write_text(capsys.readouterr().out, encoding="utf-8")
    return where


# --- verify ---


def test_an_honest_record_is_ok_and_what_is_not_protected_is_told(db: Path, capsys: Capture) -> None:
    found = answer(capsys, "verify", db, "--vkey", VKEY)
    entries = len(bodies(db))

    assert list(found)[: len(VERIFIED)] == VERIFIED
    assert (found["ok"], found["entries"], found["first_bad"]) == (True, entries, None)
    assert (found["unprotected_tail"], found["unsigned_tail"]) == (entries, entries - sizes(db)[-1])
    assert found["root"] == found["epochs"][0]["root"]


def test_a_checkpoint_held_elsewhere_leaves_only_the_tail_unprotected(
    db: Path, tmp_path: Path, capsys: Capture
) -> None:
    held = kept(capsys, db, tmp_path / "held.txt")
    found = answer(capsys, "verify", db, "--vkey", VKEY, "--checkpoint", held)

    assert (found["ok"], found["checkpoints_held_elsewhere"]) == (True, 1)
    assert 0 < found["unprotected_tail"] == found["unsigned_tail"] < 60
    main(["audit", "verify", str(db), "--checkpoint", str(held)])
    assert f"not protected: {found['unprotected_tail']} entries" in capsys.readouterr().out


def test_a_changed_entry_is_no_and_named(db: Path, capsys: Capture) -> None:
    changed(db, EDIT)
    found = answer(capsys, "verify", db, "--vkey", VKEY, code=1)

    assert found["ok"] is False
    assert (found["first_bad"]["epoch"], found["first_bad"]["seq"], found["first_bad"]["last"]) == (1, 33, 33)
    assert main(["audit", "verify", str(db)]) == 1
    assert "first bad: entry 33 of epoch 1 is not the one that the checkpoint" in capsys.readouterr().out


def test_a_record_without_its_newest_entries_is_no_against_a_checkpoint_held_elsewhere(
    db: Path, tmp_path: Path, capsys: Capture
) -> None:
    held = kept(capsys, db, tmp_path / "held.txt")
    short = tmp_path / "short.db"
    history = history_of(3, 200)
    history.commits = history.commits[:30]
    written(short, history)

    assert answer(capsys, "verify", short)["ok"] is True
    found = answer(capsys, "verify", short, "--checkpoint", held, code=1)
    assert found["first_bad"]["seq"] == len(bodies(short))


def test_a_key_that_did_not_sign_makes_it_no(db: Path, capsys: Capture) -> None:
    assert answer(capsys, "verify", db, "--vkey", verifier_key(VKEY).named("other/e1"), code=1)["ok"] is False


@pytest.mark.parametrize(
    ("vkey", "content", "why"),
    [
        ("nonsense", None, "--vkey: is no verifier key"),
        (STRANGER, None, "whose hash does not fit"),
        (None, "nonsense", "is no checkpoint"),
        (None, "a/kiosk-7\n5\n" + "A" * 43 + "=\n", "names no epoch"),
        (None, "a/kiosk-8/e1\n5\n" + "A" * 43 + "=\n", "one of kiosk kiosk-8, and this is the record of kiosk-7"),
        (VKEY, RECORD + "/e1\n5\n" + "A" * 43 + "=\n", "is not signed by a key that was given"),
        (None, "x" * 4_000_001, "at most 4000000 bytes"),
        (None, "\udcff", "text in UTF-8"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_sentence(
    vkey: str | None, content: str | None, why: str, db: Path, capsys: Capture
) -> None:
    arguments: list[object] = ["verify", db]
    if vkey is not None:
        arguments += ["--vkey", vkey]
    if content is not None:
        db.with_name("held.txt").write_bytes(content.encode("utf-8", "surrogateescape"))
        arguments += ["--checkpoint", db.with_name("held.txt")]

    assert why in complaint(capsys, *arguments)


@pytest.mark.parametrize("command", [("verify",), ("prove",), ("checkpoint",)])
def test_a_file_that_is_no_record_is_named(command: tuple[str], tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "text").write_text("no database")
    more = ("5",) if command == ("prove",) else ()
    for path in (tmp_path / "text", tmp_path / "nowhere", tmp_path):
        assert str(path) in complaint(capsys, *command, path, *more)


# --- proofs ---


@pytest.mark.parametrize("as_json", [True, False])
def test_a_proved_entry_is_checked_without_the_database(
    as_json: bool, db: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["audit", "prove", str(db), "33", *(["--json"] if as_json else [])]) == 0
    (tmp_path / "proof.json").write_text(capsys.readouterr().out, encoding="utf-8")
    body = bodies(db)[33].decode()
    db.unlink()
    found = answer(capsys, "check-proof", tmp_path / "proof.json", "--vkey", VKEY)

    assert (found["ok"], found["seq"], found["entry"], found["signed_by"]) == (True, 33, body, [VKEY])
    assert answer(capsys, "check-proof", tmp_path / "proof.json")["signed_by"] == []
    assert main(["audit", "check-proof", str(tmp_path / "proof.json")]) == 0
    assert "ok: entry 33 of epoch 1 is in the record of" in capsys.readouterr().out


def test_an_entry_that_nobody_signed_yet_is_proved_by_a_root_without_signature(
    db: Path, tmp_path: Path, capsys: Capture
) -> None:
    newest = len(bodies(db)) - 1
    proof = answer(capsys, "prove", db, newest, "--epoch", 1)
    (tmp_path / "proof.json").write_text(json.dumps(proof), encoding="utf-8")

    assert answer(capsys, "check-proof", tmp_path / "proof.json")["size"] == newest + 1
    assert answer(capsys, "check-proof", tmp_path / "proof.json", "--vkey", VKEY, code=1)["ok"] is False


def test_a_changed_proof_does_not_hold(db: Path, tmp_path: Path, capsys: Capture) -> None:
    proof = answer(capsys, "prove", db, 33)["proof"]
    proof["entry"] = proof["entry"].replace("mono_ms", "mono_mt")
    (tmp_path / "proof.json").write_text(json.dumps(proof), encoding="utf-8")

    assert "does not hold" in complaint(capsys, "check-proof", tmp_path / "proof.json", code=1)
    assert answer(capsys, "check-proof", tmp_path / "proof.json", code=1)["ok"] is False


def test_there_is_no_proof_of_what_is_not_there_or_was_changed(db: Path, capsys: Capture) -> None:
    for seq in (-1, 100_000):
        assert f"there is no entry {seq} in epoch 1" in complaint(capsys, "prove", db, *_number(seq), code=1)
    changed(db, EDIT)
    assert "kiosk audit verify tells where" in complaint(capsys, "prove", db, 34, code=1)
    changed(db, "DELETE FROM entries WHERE seq = 40")
    assert "kiosk audit verify tells where" in complaint(capsys, "prove", db, 34, code=1)


def _number(seq: int) -> tuple[object, ...]:
    return ("--", seq) if seq < 0 else (seq,)


# --- checkpoint, key ---


def test_the_newest_checkpoint_is_printed_as_it_was_signed(db: Path, tmp_path: Path, capsys: Capture) -> None:
    note, checkpoint = read_signed_checkpoint(kept(capsys, db, tmp_path / "held.txt").read_text(encoding="utf-8"))

    assert checkpoint.size == sizes(db)[-1]
    assert signers(note, [verifier_key(VKEY)], check_signature)
    assert answer(capsys, "checkpoint", db)["checkpoint"] == str(note)
    changed(db, "DROP TABLE checkpoints")
    assert "nobody has signed this record yet" in complaint(capsys, "checkpoint", db, code=1)


def test_a_key_is_made_once_and_its_verifier_key_printed(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "signing-key"
    made = answer(capsys, "key", path, "--record", RECORD, "--new")["verifier_key"]

    assert made == str(load_signer(path).verifier_key(f"{RECORD}/e1"))
    assert answer(capsys, "key", path, "--record", RECORD, "--epoch", 2)["verifier_key"].startswith(f"{RECORD}/e2+")
    assert main(["audit", "key", str(path), "--record", RECORD]) == 0
    assert capsys.readouterr().out == f"{made}\n"
    assert "File exists" in complaint(capsys, "key", path, "--record", RECORD, "--new")


@pytest.mark.parametrize("wrong", [("--record", "two words"), ("--record", "a+b"), ("--record", "a", "--epoch", "0")])
def test_a_name_that_cannot_be_one_makes_no_key(wrong: tuple[str, ...], tmp_path: Path, capsys: Capture) -> None:
    assert "is no origin" in complaint(capsys, "key", tmp_path / "key", *wrong, "--new")
    assert not (tmp_path / "key").exists()


def test_every_command_shows_an_example(capsys: Capture) -> None:
    for command in ("verify", "prove", "check-proof", "checkpoint", "key"):
        with pytest.raises(SystemExit) as done:
            main(["audit", command, "--help"])
        assert done.value.code == 0
        assert f"kiosk audit {command}" in capsys.readouterr().out.split("example", 1)[1]


def test_the_record_of_the_kiosk_of_the_tests_is_its_own() -> None:
    assert RECORD.endswith(f"/{KIOSK}")
