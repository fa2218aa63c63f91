"""What `kiosk-sim demo` tells, and how the command ends. Runs the story on real parts, and the whole program for its
streams.
"""

import io
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path
from string import Formatter

import pytest

from hardware_sim.__main__ import main
from hardware_sim.story import tell_story
from hardware_sim.story_page import WIDTH, Lane, Page, wants_colours
from hardware_sim.story_words import ENTRY_WORDS, SCREEN_WORDS, entry_words
from kiosk.core.decide import decide
from kiosk.core.entries import ClockJumped
from kiosk.core.events import Event
from kiosk.engine import Engine
from storage.database import connect
from storage.rebuild import verify_tree

PROJECT = Path(__file__).parents[2]
FLASH = "-> 01 05 02 02 00 03 2D B3"
"""The relay board's channel 3, which is A19, on for 300 ms."""


def told(directory: Path, seed: int = 0) -> str:
    out = io.StringIO()
    assert tell_story(directory, out, seed)
    return out.getvalue()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return told(tmp_path_factory.mktemp("story")).splitlines()


def line_with(story: list[str], text: str, after: int = 0) -> int:
    """Where the next line with this text is."""
    return next(number for number, line in enumerate(story) if number >= after and text in line)


def test_an_intent_is_told_as_committed_before_the_frame_of_its_pulse(story: list[str]) -> None:
    frames = [number for number, line in enumerate(story) if FLASH in line or "-> 8A 01 0B 11 91" in line]
    assert len(frames) == 5

    after = 0
    for frame in frames:
        intent = line_with(story, "unlock_requested", after)
        (seq,) = re.findall(r"#\d+", story[intent])
        assert after <= intent < frame
        assert f"intent {seq} is committed" in story[frame + 1]
        after = frame


def test_a_stuck_lock_is_pulsed_three_times_and_given_up_for_another(story: list[str]) -> None:
    given_up = line_with(story, "compartment_out_of_order")
    before = story[:given_up]

    assert sum(FLASH in line for line in before) == 3
    assert sum("pulse_failed" in line for line in before) == 3
    assert not any("door_opened" in line for line in before)
    assert "A11" in story[line_with(story, "door_opened", given_up)]


def test_the_code_comes_by_notice_and_opens_the_same_door_again(story: list[str]) -> None:
    notice = line_with(story, "Your code is")
    (code,) = re.findall(r"\d{4} \d{4}", story[notice])
    typed = line_with(story, f"types {code}", notice)
    opened = line_with(story, "door_opened", typed)

    assert line_with(story, "notice_released") < notice
    assert "A11" in story[opened]
    assert opened < line_with(story, "parcel_collected", opened) < line_with(story, "spent", opened)


def test_the_custody_is_read_back_with_who_and_where(story: list[str]) -> None:
    custody = story[line_with(story, "Chain of custody of 1Z5R89390357567127 for unit 2A") :]

    assert any(line.split()[3:6] == ["parcel_stored", "A11", "courier:C-ups"] for line in custody)
    assert any(line.split()[3:6] == ["parcel_collected", "A11", "resident:R-0004"] for line in custody)


def test_the_root_that_is_told_is_that_of_the_kept_file(tmp_path: Path) -> None:
    story = told(tmp_path)
    database = connect(tmp_path / "data" / "kiosk.db")
    try:
        (tree,) = verify_tree(database)
    finally:
        database.close()

    assert tree.whole
    assert f"all {tree.size} entries" in story
    assert tree.root.hex() in story


def test_all_that_is_claimed_is_proved(story: list[str]) -> None:
    assert Counter(line.split()[0] for line in story if line.startswith(("  proved", "  NOT SO"))) == {"proved": 4}


def test_a_kiosk_that_acts_before_it_commits_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def act_first(engine: Engine, event: Event) -> None:
        decision = decide(engine.state, event, engine._stamp())  # noqa: SLF001 - the mutant is the engine itself
        for effect in decision.outward:
            engine._outlet.send(effect)  # noqa: SLF001
        if decision.durable:
            engine._journal.commit(decision.durable)  # noqa: SLF001
        engine.state = decision.state
        engine._publish(decision)  # noqa: SLF001

    monkeypatch.setattr(Engine, "step", act_first)
    out = io.StringIO()

    assert not tell_story(tmp_path, out, 0)
    assert out.getvalue().count("IS NOT COMMITTED") == 5
    assert "NOT SO  Each of the 5 pulses" in out.getvalue()


# --- how it looks ---


def test_no_line_is_wider_than_the_page_or_ends_in_blanks_and_all_is_ascii(story: list[str]) -> None:
    assert max(map(len, story)) <= WIDTH == 100
    assert [line for line in story if line != line.rstrip() or not line.isascii()] == []


def test_time_never_goes_back(story: list[str]) -> None:
    times = [float(found[1]) for line in story if (found := re.match(r" *(\d+\.\d{3})  [a-z]", line))]

    assert len(times) > 50
    assert times == sorted(times)


@pytest.mark.slow
def test_a_seed_tells_the_same_story_and_another_one_another(tmp_path: Path) -> None:
    stories = []
    for run, seed in enumerate((3, 3, 4)):
        directory = tmp_path / str(run)
        directory.mkdir()
        stories.append(told(directory, seed))

    assert stories[0] == stories[1] != stories[2]


def test_long_words_and_long_frames_stay_in_their_columns() -> None:
    out = io.StringIO()
    Page(out, colours=False).line(1_500, Lane.WIRE, "one two three " * 8, f"-> {bytes(40).hex(' ')}")
    lines = out.getvalue().splitlines()

    assert lines[0].startswith("   1.500  wire      -> 00 00")
    assert all(len(line) <= WIDTH for line in lines)
    assert " ".join(line[20:50].strip() for line in lines).count("00") == 40
    assert [line[50:52] for line in lines if len(line) > 50] == ["  "] * sum(len(line) > 50 for line in lines)


def test_colours_change_nothing_but_colour() -> None:
    plain, coloured = io.StringIO(), io.StringIO()
    for out, colours in ((plain, False), (coloured, True)):
        page = Page(out, colours=colours)
        page.heading("Heading")
        page.line(0, Lane.DOOR, "A01 shuts")
        page.line(0, Lane.COMMIT, "nothing", "#1 door_closed")

    assert "\x1b[" in coloured.getvalue()
    assert re.sub(r"\x1b\[\d+m", "", coloured.getvalue()) == plain.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "environment", "coloured"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colours_are_for_terminals_whose_reader_wants_them(
    out: io.StringIO, environment: dict[str, str], coloured: bool
) -> None:
    assert wants_colours(out, environment) is coloured


# --- words ---


def test_words_speak_of_fields_that_there_are() -> None:
    screens = [(page, words) for (page, _), words in SCREEN_WORDS.items()]
    for kind, words in [*ENTRY_WORDS.items(), *screens]:
        names = {field.name for field in fields(kind)}
        allowed = names | {f"{name[:-3]}_s" for name in names if name.endswith("_ms")} | {"until"}
        used = {name.split(".")[0] for _, name, _, _ in Formatter().parse(words) if name}

        assert used <= allowed, kind


def test_an_entry_that_has_no_words_tells_all_its_fields() -> None:
    assert entry_words(ClockJumped(2_500)) == "by_ms 2500"


# --- the command ---


def kiosk_sim(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The whole program, as a person starts it."""
    return subprocess.run(
        [sys.executable, "-m", "hardware_sim", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.slow
def test_the_story_is_the_same_whatever_the_hash_seed_and_the_terminal() -> None:
    plain = kiosk_sim("demo", "--story", PYTHONHASHSEED="1")
    story = kiosk_sim("demo", "--story", PYTHONHASHSEED="2", LC_ALL="C", PYTHONIOENCODING="ascii")

    assert (plain.returncode, plain.stderr) == (story.returncode, story.stderr) == (0, "")
    assert plain.stdout == story.stdout
    assert "parcel_collected" in story.stdout
    assert "\x1b" not in story.stdout


@pytest.mark.slow
def test_nothing_is_left_behind_unless_it_is_to_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    temporary, kept = tmp_path / "tmp", tmp_path / "new" / "kept"
    temporary.mkdir()

    assert kiosk_sim("demo", "--story", TMPDIR=str(temporary)).returncode == 0
    assert list(temporary.iterdir()) == []

    assert main(["demo", "--story", "--keep", str(kept)]) == 0
    assert (kept / "data" / "kiosk.db").is_file()
    assert str(kept / "data" / "kiosk.db") in capsys.readouterr().out


def test_a_directory_that_holds_something_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kiosk.toml").write_text("mine")

    assert main(["demo", "--keep", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"kiosk-sim demo: --keep {tmp_path}: the directory is not empty\n"
    assert (tmp_path / "kiosk.toml").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_is_no_directory_to_keep_anything_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")

    assert main(["demo", "--keep", str(tmp_path / "file")]) == 2
    assert "a directory that can be made and written is needed: File exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "kiosk-sim: the following arguments are required: COMMAND; see kiosk-sim --help\n"),
        (
            ["demo", "--seed", "x"],
            "kiosk-sim demo: argument --seed: invalid int value: 'x'; see kiosk-sim demo --help\n",
        ),
        (
            ["demo", "--port", "0"],
            "kiosk-sim demo: argument --port: a port from 1 to 65535 is allowed, not '0'; see kiosk-sim demo --help\n",
        ),
        (["demo", "more"], "kiosk-sim: unrecognized arguments: more; see kiosk-sim --help\n"),
    ],
)
def test_a_wrong_call_gets_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err == sentence


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, example in (["--help"], "kiosk-sim demo"), (["demo", "--help"], "kiosk-sim demo --story --seed 7"):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert example in capsys.readouterr().out


def test_a_reader_who_has_enough_ends_it_without_a_complaint() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "hardware_sim", "demo", "--story"],
            cwd=PROJECT,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )

    assert (ended.returncode, ended.stderr) == (2, b"")
