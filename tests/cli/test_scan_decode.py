"""`kiosk scan decode`: what it prints and how it exits. Runs the command, and the whole program for its streams."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.__main__ import main
from tests.drivers.camera.scenes import SHOTS, scene
from tests.drivers.camera.symbols import GS, SYMBOLS, USPS, Symbol

PROJECT = Path(__file__).parents[2]
CODE_128, GS1 = SYMBOLS[:2]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(symbol: Symbol, name: str) -> str:
    cv2.imwrite(name, np.pad(symbol.draw(), 40, constant_values=255))
    return name


def test_the_codes_of_all_pictures_are_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    files = [drawn(CODE_128, "a.png"), drawn(GS1, "b.bmp")]
    cv2.imwrite("c.jpg", scene(CODE_128, SHOTS["turned 45"], 1))

    assert main(["scan", "decode", *files, "c.jpg", "--json"]) == 0

    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "results": [
            {"file": "a.png", "symbology": "Code 128", "text": "1Z5R89390357567127"},
            {"file": "b.bmp", "symbology": "GS1-128", "text": f"42010001{GS}{USPS}"},
            {"file": "c.jpg", "symbology": "Code 128", "text": "1Z5R89390357567127"},
        ],
        "errors": [],
    }
    assert (out.count("\n"), err) == (1, "")


def test_the_codes_are_told_to_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite("nothing.png", np.full((50, 50), 255, np.uint8))

    assert main(["scan", "decode", drawn(GS1, "a.png"), "nothing.png"]) == 0

    assert capsys.readouterr() == (f"a.png: GS1-128: '42010001\\x1d{USPS}'\nnothing.png: no code\n", "")


def test_a_file_that_is_no_picture_is_told_and_the_others_are_read(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "letter.txt").write_text("Dear Sir or Madam")
    (place / "em\x1b[2Jpty").touch()
    files = ["letter.txt", "em\x1b[2Jpty", "gone", drawn(CODE_128, "a.png")]

    assert main(["scan", "decode", *files, "--json"]) == 2

    out, err = capsys.readouterr()
    assert [(each["file"], each["error"]) for each in json.loads(out)["errors"]] == [
        ("letter.txt", "is no picture; PNG, JPEG, GIF and BMP are allowed"),
        ("em\x1b[2Jpty", "is empty"),
        ("gone", "cannot be read: No such file or directory"),
    ]
    assert [each["file"] for each in json.loads(out)["results"]] == ["a.png"]
    assert err.splitlines() == [
        "kiosk scan decode: letter.txt is no picture; PNG, JPEG, GIF and BMP are allowed",
        "kiosk scan decode: em?[2Jpty is empty",
        "kiosk scan decode: gone cannot be read: No such file or directory",
    ]


def test_a_name_that_is_no_utf_8_is_read_and_told_without_a_traceback(place: Path) -> None:
    (place / "a.png").write_bytes(Path(drawn(CODE_128, "b.png")).read_bytes())
    (place / "a.png").rename(b"\xff.png".decode(errors="surrogateescape"))

    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "scan", "decode", f"{place}/".encode() + b"\xff.png"],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"/?.png: Code 128: '1Z5R89390357567127'\n")


def test_a_picture_is_read_where_the_camera_s_libraries_are_not_installed(place: Path) -> None:
    """Nothing but zxing-cpp and pygame, which every kiosk has."""
    drawn(CODE_128, "a.png")
    for name in ("cv2", "numpy"):
        (place / "without").mkdir(exist_ok=True)
        (place / "without" / f"{name}.py").write_text("raise ImportError('not installed')")

    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "scan", "decode", str(place / "a.png")],
        cwd=PROJECT,
        env={"PYTHONPATH": str(place / "without")},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"a.png: Code 128: '1Z5R89390357567127'\n")


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["scan", "decode", "--help"])

    assert end.value.code == 0
    assert "kiosk scan decode label.jpg" in capsys.readouterr().out
