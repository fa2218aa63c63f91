"""The display in shared memory: other programs see whole pictures only, and their touches come in order."""

import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from ui.display import Area, Display, DisplayError, MemoryDisplay, Phase, Touch
from ui.display.frames import HEADER, LAST_SEQUENCE, SEQUENCE, SEQUENCE_AT, FramesError, read_frame, sequence_in
from ui.display.memory import LONGEST_LINE, PIPE_BYTES, TouchParser

SIZE = (40, 20)
PIXELS = SIZE[0] * SIZE[1]
DOWN, MOVE, UP = Phase.DOWN, Phase.MOVE, Phase.UP
OTHER_PROGRAM = """
import mmap, sys
from ui.display.frames import read_frame
with open(sys.argv[1], "rb") as file:
    frame = read_frame(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
with open(sys.argv[2], "w") as pipe:
    pipe.write("down 1 2\\nup 3 4\\n")
print(frame.width, frame.height, frame.sequence, frame.pixels[:4].hex())
"""
DRAWING_PROGRAM = """
import sys
from pathlib import Path
from threading import Event
from ui.display import Area, MemoryDisplay
display = MemoryDisplay((600, 400), Path(sys.argv[1]), Path(sys.argv[2]))
display.present([])
print("drawing", flush=True)
shade = 0
while True:
    shade = (shade + 1) % 256
    display.canvas.fill((shade, shade, shade))
    display.present([Area(0, 0, 600, 200), Area(0, 200, 600, 200)])
    Event().wait(0.002)  # so that a reader finds whole frames, too
"""
HERE = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture
def display(tmp_path: Path) -> Iterator[MemoryDisplay]:
    made = MemoryDisplay(SIZE, tmp_path / "frames", tmp_path / "touches")
    yield made
    made.close()


def mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def pixel(shared: mmap.mmap, x: int, y: int) -> bytes:
    frame = read_frame(shared)
    assert frame is not None
    at = (y * frame.width + x) * 4
    return frame.pixels[at : at + 3]


# --- frames ---


def test_another_program_sees_what_is_drawn_and_its_touches_come_back(display: MemoryDisplay, tmp_path: Path) -> None:
    display.canvas.fill((1, 2, 3))
    display.present([])

    told = subprocess.run(
        [sys.executable, "-c", OTHER_PROGRAM, tmp_path / "frames", tmp_path / "touches"],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
        env=HERE,
    )

    assert told.stdout == f"{SIZE[0]} {SIZE[1]} 2 030201ff\n"
    assert display.touches() == [Touch(DOWN, 1, 2), Touch(UP, 3, 4)]


def test_before_the_first_frame_there_is_none_and_the_first_is_shown_whole(
    display: MemoryDisplay, tmp_path: Path
) -> None:
    shared = mapped(tmp_path / "frames")
    assert (read_frame(shared), display.sequence) == (None, 0)

    display.canvas.fill((10, 20, 30))
    display.present([Area(0, 0, 1, 1)])

    frame = read_frame(shared)
    assert frame is not None
    assert (frame.pixels, frame.sequence) == (b"\x1e\x14\x0a\xff" * PIXELS, 2)


def test_only_the_areas_named_are_shown_and_each_round_is_one_frame(display: MemoryDisplay, tmp_path: Path) -> None:
    shared = mapped(tmp_path / "frames")
    display.present([])
    display.canvas.fill((255, 255, 255))

    display.present([Area(2, 3, 4, 1), Area(38, 18, 10, 10), Area(-5, -5, 6, 6), Area(99, 99, 5, 5)])

    white = {(x, y) for x in range(SIZE[0]) for y in range(SIZE[1]) if pixel(shared, x, y) == b"\xff\xff\xff"}
    assert white == {(2, 3), (3, 3), (4, 3), (5, 3), (38, 18), (39, 18), (38, 19), (39, 19), (0, 0)}
    assert sequence_in(shared) == 4


def test_nothing_changed_is_no_new_frame(display: MemoryDisplay) -> None:
    display.present([])
    display.present([])

    assert display.sequence == 2


def test_a_picture_that_is_being_written_or_changed_under_the_reader_is_refused(
    display: MemoryDisplay, tmp_path: Path
) -> None:
    display.present([])
    with (tmp_path / "frames").open("r+b") as file:
        shared = mmap.mmap(file.fileno(), 0)

    SEQUENCE.pack_into(shared, SEQUENCE_AT, 3)
    assert read_frame(shared) is None
    SEQUENCE.pack_into(shared, SEQUENCE_AT, 4)
    assert read_frame(shared) is not None
    changing = ChangedWhileRead(-1, len(shared))
    changing.write(shared)
    assert read_frame(changing) is None


class ChangedWhileRead(mmap.mmap):
    """A map in which another frame is finished while the pixels are read."""

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401 - a number or a slice; a number or bytes
        part = super().__getitem__(at)
        SEQUENCE.pack_into(self, SEQUENCE_AT, 6)
        return part


def test_no_reader_ever_accepts_half_a_frame_that_another_process_is_writing(tmp_path: Path) -> None:
    names = tmp_path / "frames", tmp_path / "touches"
    with subprocess.Popen([sys.executable, "-c", DRAWING_PROGRAM, *names], stdout=subprocess.PIPE, env=HERE) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"drawing\n"
            seen, torn = compared(mapped(names[0]))
        finally:
            writer.kill()

    assert seen, "the control must fail: without the sequence number, halves of two frames are seen"
    assert torn == 0


def compared(shared: mmap.mmap) -> tuple[int, int]:
    """Halves of two frames in 20 whole ones and more: how many a careless reader sees, and how many the careful one."""
    careless = careful = whole = 0
    deadline = monotonic() + 60
    while (whole < 20 or not careless) and monotonic() < deadline:
        careless += two_colours(shared[HEADER.size :])
        frame = read_frame(shared)
        if frame is not None:
            whole += 1
            careful += two_colours(frame.pixels)
    assert whole >= 20
    return careless, careful


def two_colours(pixels: bytes) -> bool:
    return pixels != pixels[:4] * (len(pixels) // 4)


def test_the_sequence_goes_on_from_its_last_number_without_saying_that_nothing_was_drawn(
    display: MemoryDisplay, tmp_path: Path
) -> None:
    display.present([])
    with (tmp_path / "frames").open("r+b") as file:
        SEQUENCE.pack_into(mmap.mmap(file.fileno(), 0), SEQUENCE_AT, LAST_SEQUENCE)

    display.present([Area(0, 0, 1, 1)])

    assert display.sequence == 2


def test_a_new_start_is_a_new_file_and_whoever_maps_the_old_one_keeps_it(tmp_path: Path) -> None:
    names = tmp_path / "frames", tmp_path / "touches"
    first = MemoryDisplay(SIZE, *names)
    first.canvas.fill((9, 9, 9))
    first.present([])
    old = mapped(names[0])
    first.close()
    first.close()

    second = MemoryDisplay((10, 10), *names)

    assert pixel(old, 39, 19) == b"\x09\x09\x09"
    assert read_frame(mapped(names[0])) is None
    assert names[0].stat().st_size == HEADER.size + 400
    assert {path.name for path in tmp_path.iterdir()} == {"frames", "touches"}
    second.close()


def test_pictures_and_pipe_are_only_for_the_kiosks_own_user(display: MemoryDisplay, tmp_path: Path) -> None:
    display.present([])

    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("frames", "touches")] == [0o600, 0o600]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (b"", "frames are 64 bytes and more, not 63"),
        (b"KSCX", "frames of version 1 are allowed, not b'KSCX' 1 of 3264 bytes"),
        (b"KSCR\2", "frames of version 1 are allowed, not b'KSCR' 2 of 3264 bytes"),
        (b"KSCR\1\0\0\0\1", "frames of version 1 are allowed, not b'KSCR' 1 of 3264 bytes"),
    ],
)
def test_a_file_that_holds_no_such_frames_is_refused(
    display: MemoryDisplay, tmp_path: Path, damage: bytes, told: str
) -> None:
    display.present([])
    content = (tmp_path / "frames").read_bytes()
    (tmp_path / "other").write_bytes(damage + content[len(damage) :] if damage else content[:63])

    with pytest.raises(FramesError) as error:
        read_frame(mapped(tmp_path / "other"))

    assert str(error.value) == told


# --- touches ---


def test_lines_that_come_in_pieces_are_put_together(display: MemoryDisplay, tmp_path: Path) -> None:
    seen: list[Touch] = []
    with (tmp_path / "touches").open("wb", buffering=0) as pipe:
        for byte in b"down 12 13\nmove 14 15\nup -3 400\n":
            pipe.write(bytes([byte]))
            seen += display.touches()

    assert seen == [Touch(DOWN, 12, 13), Touch(MOVE, 14, 15), Touch(UP, -3, 400)]


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff\x00\xfe",
        b"down",
        b"down 1",
        b"down 1 2 3",
        b" down 1 2",
        b"down 1 2\r",
        b"down 1.5 2",
        b"down one two",
        b"DOWN 1 2",
        b"tap 1 2",
        b"down 999999 1",
        "down \u0661 \u0662".encode(),
        b"down -1 0",
        b"down 40 0",
        b"down 0 20",
        b"move 1 2",
        b"up 1 2",
        b"down 1 2" * LONGEST_LINE,
        b"x" * PIPE_BYTES,
    ],
    ids=repr,
)
def test_what_is_no_touch_is_passed_over_and_the_next_touch_counts(garbage: bytes) -> None:
    parser = TouchParser(SIZE)

    assert list(parser.feed(garbage[:-1])) == []
    assert list(parser.feed(garbage[-1:] + b"\ndown 1 2\n")) == [Touch(DOWN, 1, 2)]


def test_a_writer_may_go_in_the_middle_of_a_line_and_another_may_come(display: MemoryDisplay, tmp_path: Path) -> None:
    with (tmp_path / "touches").open("wb", buffering=0) as pipe:
        pipe.write(b"down 5 5\nmo")
    assert display.touches() == [Touch(DOWN, 5, 5)]
    assert list(display.touches()) == []

    with (tmp_path / "touches").open("wb", buffering=0) as pipe:
        pipe.write(b"\ndown 6 6\nup 6 6\n")

    assert display.touches() == [Touch(UP, 5, 5), Touch(DOWN, 6, 6), Touch(UP, 6, 6)]


def test_a_pipe_full_of_bytes_is_read_without_waiting_and_is_usable_afterwards(
    display: MemoryDisplay, tmp_path: Path
) -> None:
    with (tmp_path / "touches").open("wb", buffering=0) as pipe:
        os.set_blocking(pipe.fileno(), False)
        while pipe.write(b"#" * 4096):
            """Until nothing more goes in."""
        assert list(display.touches()) == []
        assert list(display.touches()) == []
        pipe.write(b"\ndown 1 1\n")

    assert display.touches() == [Touch(DOWN, 1, 1)]


def test_touches_from_before_the_start_mean_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "touches")
    keeper = os.open(tmp_path / "touches", os.O_RDWR | os.O_NONBLOCK)
    os.write(keeper, b"down 1 1\nup 1 1\n")

    display = MemoryDisplay(SIZE, tmp_path / "frames", tmp_path / "touches")

    assert list(display.touches()) == []
    os.write(keeper, b"down 2 2\n")
    assert display.touches() == [Touch(DOWN, 2, 2)]
    os.close(keeper)
    display.close()


# --- what cannot be opened ---


def open_files() -> Iterator[Path]:
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # what listed them
            yield number.readlink()


def test_a_file_in_the_place_of_the_pipe_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "touches").write_text("a letter", encoding="utf-8")

    with pytest.raises(DisplayError) as error:
        MemoryDisplay(SIZE, tmp_path / "frames", tmp_path / "touches")

    assert str(error.value) == (
        "display: touches: a named pipe, or a path where nothing is, is allowed; "
        f"{tmp_path}/touches: this is something else"
    )
    assert (tmp_path / "touches").read_text(encoding="utf-8") == "a letter"


@pytest.mark.parametrize(
    ("frames", "touches", "told"),
    [
        (
            "none/frames",
            "touches",
            "frames: a file in a directory that can be written is allowed; {0}/none/frames: No ",
        ),
        (
            "frames",
            "none/touches",
            "touches: a named pipe that can be made or opened is allowed; {0}/none/touches: No ",
        ),
        ("folder", "touches", "frames: a file in a directory that can be written is allowed; {0}/folder: Is a dir"),
    ],
)
def test_a_path_that_cannot_be_used_is_named_and_nothing_stays_open(
    tmp_path: Path, frames: str, touches: str, told: str
) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(DisplayError) as error:
        MemoryDisplay(SIZE, tmp_path / frames, tmp_path / touches)

    assert str(error.value).startswith(f"display: {told.format(tmp_path)}")
    assert not [path for path in open_files() if path.is_relative_to(tmp_path)]
    assert not list(tmp_path.glob(".*"))


def test_a_full_disk_is_an_error_at_the_start_and_not_a_crash_at_the_first_frame(tmp_path: Path) -> None:
    too_large = (400, 300)
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 12, 1 << 12))\n"
    program = (
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from pathlib import Path\nfrom ui.display import DisplayError, MemoryDisplay\n"
        f"try: MemoryDisplay({too_large}, Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except DisplayError as error: print(error)\n"
    )

    told = subprocess.run(
        [sys.executable, "-c", limit + program, tmp_path / "frames", tmp_path / "touches"],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
        env=HERE,
    )

    assert told.stdout.startswith("display: frames: a file in a directory that can be written is allowed; ")
    assert list(tmp_path.iterdir()) == [tmp_path / "touches"]


def test_it_is_a_display_that_nobody_asks_to_stop(display: MemoryDisplay) -> None:
    seen: Display = display

    assert (seen.size_px, seen.asked_to_stop) == (SIZE, False)
    assert seen.canvas is display.canvas
