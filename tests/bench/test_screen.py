"""The bench's end of the kiosk's screen, against the kiosk's own end: pictures out, touches in, words beside them."""

import io
import json
import mmap
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from hardware_sim.bench.screen import ElementsFile, ScreenFile, TouchPipe
from ui.display import Area, MemoryDisplay, Phase, Touch
from ui.display.frames import SEQUENCE, SEQUENCE_AT

SIZE = (60, 40)


@pytest.fixture
def display(tmp_path: Path) -> Iterator[MemoryDisplay]:
    made = MemoryDisplay(SIZE, tmp_path / "frames", tmp_path / "touches")
    yield made
    made.close()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[ScreenFile]:
    made = ScreenFile(tmp_path / "frames")
    yield made
    made.close()


def shown(display: MemoryDisplay, colour: tuple[int, int, int]) -> None:
    display.canvas.fill(colour)
    display.canvas.fill((1, 2, 3), (5, 7, 1, 1))
    display.present([Area(0, 0, *SIZE)])


def test_the_picture_is_the_one_that_was_drawn_pixel_by_pixel(display: MemoryDisplay, screen: ScreenFile) -> None:
    shown(display, (200, 100, 50))
    picture = pygame.image.load(io.BytesIO(screen.png() or b""), "picture.png")
    assert picture.get_size() == SIZE
    points = {tuple(picture.get_at((x, y)))[:3] for x in range(SIZE[0]) for y in range(SIZE[1])}
    assert points == {(200, 100, 50), (1, 2, 3)}
    assert tuple(picture.get_at((5, 7)))[:3] == (1, 2, 3)


def test_a_new_picture_is_noticed_and_an_old_one_is_not_drawn_again(display: MemoryDisplay, screen: ScreenFile) -> None:
    assert (screen.look(), screen.png()) == (None, None), "before the first frame it is dark"
    shown(display, (9, 9, 9))
    first, picture = screen.look(), screen.png()
    assert first is not None
    assert (screen.look(), screen.png() is picture) == (first, True)
    shown(display, (8, 8, 8))
    assert screen.look() != first
    assert screen.png() != picture


def test_a_picture_that_is_being_written_is_waited_for(
    display: MemoryDisplay, screen: ScreenFile, tmp_path: Path
) -> None:
    shown(display, (9, 9, 9))
    before = screen.png()
    with (tmp_path / "frames").open("r+b") as file:
        shared = mmap.mmap(file.fileno(), 0)
    SEQUENCE.pack_into(shared, SEQUENCE_AT, 3)
    threading.Timer(0.1, lambda: SEQUENCE.pack_into(shared, SEQUENCE_AT, 4)).start()
    assert screen.png() == before
    SEQUENCE.pack_into(shared, SEQUENCE_AT, 5)
    assert screen.png() is None, "nobody ever finishes it"


def test_a_kiosk_that_starts_again_is_seen_in_its_new_file(
    display: MemoryDisplay, screen: ScreenFile, tmp_path: Path
) -> None:
    shown(display, (9, 9, 9))
    before = screen.look(), screen.png()
    again = MemoryDisplay(SIZE, tmp_path / "frames", tmp_path / "touches")
    try:
        shown(again, (7, 7, 7))
        assert screen.look() != before[0]
        assert screen.png() != before[1]
    finally:
        again.close()


@pytest.mark.parametrize("content", [b"", b"KSCR", b"?" * 200])
def test_a_file_that_holds_no_frames_is_dark(tmp_path: Path, screen: ScreenFile, content: bytes) -> None:
    (tmp_path / "frames").write_bytes(content)
    assert screen.png() is None


def test_touches_arrive_in_their_order(display: MemoryDisplay, tmp_path: Path) -> None:
    pipe = TouchPipe(tmp_path / "touches")
    assert pipe.send([("down", 3, 4), ("move", 5, 6)])
    assert pipe.send([("up", 5, 6)])
    assert list(display.touches()) == [Touch(Phase.DOWN, 3, 4), Touch(Phase.MOVE, 5, 6), Touch(Phase.UP, 5, 6)]


def test_touches_of_a_dark_screen_are_lost(tmp_path: Path) -> None:
    pipe = TouchPipe(tmp_path / "touches")
    assert not pipe.send([("down", 3, 4)])
    os.mkfifo(tmp_path / "touches")
    assert not pipe.send([("down", 3, 4)]), "nobody reads"


def test_the_words_are_news_once(tmp_path: Path) -> None:
    path = tmp_path / "elements"
    elements = ElementsFile(path)
    assert elements.news() is None
    path.write_text(json.dumps({"sequence": 2, "elements": []}), encoding="utf-8")
    assert elements.news() == {"sequence": 2, "elements": []}
    assert elements.news() is None
    path.write_text("{half", encoding="utf-8")
    assert elements.news() is None
    path.write_text(json.dumps({"sequence": 12, "elements": []}), encoding="utf-8")
    assert elements.news() == {"sequence": 12, "elements": []}
