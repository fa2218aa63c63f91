"""`kiosk screens`: the pictures it writes and how it exits. Runs the command, and the whole program for its streams."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pygame
import pytest

from kiosk.__main__ import main
from ui.gallery import SAMPLES

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
ONE_WAY = ("--language", "en", "--mode", "night", "--size", "800x480")


def test_every_screen_is_pictured_in_the_way_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["screens", "--out", str(tmp_path), *ONE_WAY, "--json"]) == 0

    out, err = capsys.readouterr()
    told = json.loads(out)["screens"]
    assert (out.count("\n"), err) == (1, "")
    assert [each["screen"] for each in told] == [sample.name for sample in SAMPLES]
    assert {(each["language"], each["mode"], each["size"]) for each in told} == {("en", "night", "800x480")}
    assert sorted(path.name for path in tmp_path.iterdir()) == [each["file"] for each in told]
    assert {pygame.image.load(path).get_size() for path in tmp_path.iterdir()} == {(800, 480)}


def test_the_program_prints_nothing_but_its_json(tmp_path: Path) -> None:
    """As somebody types it: what this process has set so that pygame does not greet is not handed on."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "screens", "--out", tmp_path / "made" / "here", *ONE_WAY, "--json"],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYGAME")},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert list(json.loads(done.stdout)) == ["screens"]
    assert any((tmp_path / "made" / "here").iterdir())


def test_a_person_is_told_how_many_pictures_there_are_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["screens", "--out", str(tmp_path), *ONE_WAY]) == 0

    assert capsys.readouterr().out.splitlines()[-1] == f"{len(SAMPLES)} pictures in {tmp_path}"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--language", "xx"), "--language 'xx' is not known; allowed: en, es"),
        (("--mode", "dark"), "--mode 'dark' is not known; allowed: normal, night, high contrast"),
        (("--size", "640x480"), "--size '640x480' is not known; allowed: 1280x800, 800x480, 800x1280, 480x800"),
    ],
)
def test_a_name_that_is_not_known_is_told_with_what_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str], told: str
) -> None:
    assert main(["screens", "--out", str(tmp_path / "not made"), *wrong, "--json"]) == 2

    out, err = capsys.readouterr()
    assert (out, err) == ("", f"kiosk screens: {told}\n")
    assert not (tmp_path / "not made").exists()


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    assert main(["screens", "--out", str(file), *ONE_WAY]) == 2

    assert capsys.readouterr().err == f"kiosk screens: cannot write {file}: File exists\n"


def test_a_call_without_a_folder_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["screens"])

    assert capsys.readouterr().err == (
        "kiosk screens: the following arguments are required: --out; see kiosk screens --help\n"
    )
