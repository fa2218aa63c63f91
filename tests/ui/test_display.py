"""Displays: what is drawn arrives whole, and every touch comes back in order. Holds no screen."""

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from ui.display import MemoryDisplay, Phase, Touch
from ui.display.frames import read_frame

SIZE = (40, 20)


@pytest.fixture
def display(tmp_path: Path) -> Iterator[MemoryDisplay]:
    made = MemoryDisplay(SIZE, tmp_path / "frames", tmp_path / "touches")
    yield made
    made.close()


def mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def test_what_is_drawn_is_seen_through_a_second_map(display: MemoryDisplay, tmp_path: Path) -> None:
    shared = mapped(tmp_path / "frames")
    assert read_frame(shared) is None

    display.canvas.fill((1, 2, 3))
    display.present([])
    frame = read_frame(shared)

    assert frame is not None
    assert (frame.width, frame.height, frame.sequence) == (*SIZE, 2)
    assert frame.pixels == b"\3\2\1\xff" * 800


def test_a_touch_comes_through_the_pipe(display: MemoryDisplay, tmp_path: Path) -> None:
    with (tmp_path / "touches").open("wb", buffering=0) as pipe:
        os.write(pipe.fileno(), b"down 3 4\nmove 5 6\nup 7 8\n")

    assert list(display.touches()) == [Touch(Phase.DOWN, 3, 4), Touch(Phase.MOVE, 5, 6), Touch(Phase.UP, 7, 8)]
    assert isinstance(display.canvas, pygame.Surface)
