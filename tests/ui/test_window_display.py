"""The display before a person: what is drawn stands on the panel as it was mounted, and each finger counts once.

SDL's driver without a screen stands below; the events are those that SDL itself would put into its queue.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import pytest

from ui.display import (
    Area,
    BothDisplay,
    Display,
    DisplayError,
    MemoryDisplay,
    Phase,
    Touch,
    WindowDisplay,
    open_console,
    open_window,
)
from ui.display.finger import OneFinger
from ui.display.rotation import Rotation
from ui.display.sdl import DRIVERS, EVERYWHERE

DUMMY = ("dummy",)
DOWN, MOVE, UP = Phase.DOWN, Phase.MOVE, Phase.UP
WIDTH, HEIGHT = 40, 20
RED, BLUE = (255, 0, 0), (0, 0, 255)
Opener = Callable[[int], WindowDisplay]


@pytest.fixture(autouse=True)
def surroundings() -> Iterator[None]:
    """SDL's variables are as they were, and no window stays."""
    before = dict(os.environ)
    yield
    pygame.display.quit()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def window() -> WindowDisplay:
    opened = open_window((WIDTH, HEIGHT), "A window", drivers=DUMMY)
    pygame.event.clear()
    return opened


def panel() -> pygame.Surface:
    surface = pygame.display.get_surface()
    assert surface is not None
    return surface


def panel_pixel(x: int, y: int) -> tuple[int, int, int]:
    red, green, blue, _ = panel().get_at((x, y))
    return red, green, blue


def finger(kind: int, x: float, y: float, number: int = 0) -> None:
    pygame.event.post(pygame.event.Event(kind, x=x, y=y, dx=0.0, dy=0.0, finger_id=number, touch_id=1, pressure=1.0))


def mouse(kind: int, x: int, y: int, *, button: int = 1, touch: bool = False) -> None:
    what = {"buttons": (1, 0, 0), "rel": (0, 0)} if kind == pygame.MOUSEMOTION else {"button": button}
    pygame.event.post(pygame.event.Event(kind, pos=(x, y), touch=touch, **what))


# --- rotation ---

CORNERS = (
    # degrees, where on the panel the canvas' first pixel, the last one of its first row, and its last pixel are
    (0, (0, 0), (39, 0), (39, 19)),
    (90, (19, 0), (19, 39), (0, 39)),
    (180, (39, 19), (0, 19), (0, 0)),
    (270, (0, 39), (0, 0), (19, 0)),
)


@pytest.mark.parametrize(("degrees", "first", "end_of_row", "last"), CORNERS)
def test_a_picture_is_turned_clockwise_and_a_touch_back(
    degrees: int, first: tuple[int, int], end_of_row: tuple[int, int], last: tuple[int, int]
) -> None:
    window = open_window((WIDTH, HEIGHT), "A window", degrees, DUMMY)
    pygame.event.clear()
    canvas_corners = ((0, 0), (WIDTH - 1, 0), (WIDTH - 1, HEIGHT - 1))
    window.present([])
    for at, shade in zip(canvas_corners, (50, 100, 150), strict=True):
        window.canvas.set_at(at, (shade, 0, 0))
    window.present([Area(0, 0, WIDTH, HEIGHT)])
    for at in (first, end_of_row, last):
        mouse(pygame.MOUSEBUTTONDOWN, *at)
        mouse(pygame.MOUSEBUTTONUP, *at)

    assert window.size_px == (WIDTH, HEIGHT)
    assert [panel_pixel(*at)[0] for at in (first, end_of_row, last)] == [50, 100, 150]
    assert [(touch.x, touch.y) for touch in window.touches() if touch.phase is DOWN] == list(canvas_corners)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_an_area_is_shown_where_its_pixels_are_and_nothing_beside_it(degrees: int) -> None:
    window = open_window((WIDTH, HEIGHT), "A window", degrees, DUMMY)
    window.canvas.fill(BLUE)
    window.present([])
    window.canvas.fill(RED)

    window.present([Area(3, 5, 7, 2), Area(-4, -4, 5, 5), Area(35, 18, 50, 50), Area(99, 0, 5, 5)])

    width, height = panel().get_size()
    turning = Rotation(degrees, (width, height))
    red = {turning.on_canvas(x, y) for x in range(width) for y in range(height) if panel_pixel(x, y) == RED}
    expected = {(x, y) for x in range(3, 10) for y in (5, 6)} | {(0, 0)}
    assert red == expected | {(x, y) for x in range(35, 40) for y in (18, 19)}


def test_only_quarters_of_a_turn_are_allowed() -> None:
    with pytest.raises(ValueError, match="0, 90, 180 or 270 degrees are allowed, not 45"):
        Rotation(45, (1, 1))


# --- fingers ---


def test_a_finger_goes_down_moves_and_comes_up_in_pixels(window: WindowDisplay) -> None:
    finger(pygame.FINGERDOWN, 0.0, 0.0)
    finger(pygame.FINGERMOTION, 0.5, 0.5)
    finger(pygame.FINGERUP, 1.0, 1.0)

    assert window.touches() == [Touch(DOWN, 0, 0), Touch(MOVE, 20, 10), Touch(UP, 39, 19)]
    assert window.touches() == []


def test_the_mouse_event_in_the_shadow_of_a_finger_is_dropped(window: WindowDisplay) -> None:
    finger(pygame.FINGERDOWN, 0.0, 0.0)
    mouse(pygame.MOUSEBUTTONDOWN, 0, 0, touch=True)
    mouse(pygame.MOUSEMOTION, 1, 1, touch=True)
    finger(pygame.FINGERUP, 0.0, 0.0)
    mouse(pygame.MOUSEBUTTONUP, 0, 0, touch=True)

    assert window.touches() == [Touch(DOWN, 0, 0), Touch(UP, 0, 0)]


def test_a_resistive_panel_with_finger_minus_one_counts_as_any(window: WindowDisplay) -> None:
    finger(pygame.FINGERDOWN, 1.0, 0.0, -1)
    finger(pygame.FINGERUP, 1.0, 0.0, -1)

    assert window.touches() == [Touch(DOWN, 39, 0), Touch(UP, 39, 0)]


def test_the_left_button_of_a_mouse_is_a_finger_and_its_other_buttons_are_not(window: WindowDisplay) -> None:
    mouse(pygame.MOUSEMOTION, 1, 1)
    mouse(pygame.MOUSEBUTTONDOWN, 2, 3, button=3)
    mouse(pygame.MOUSEBUTTONDOWN, 2, 3)
    mouse(pygame.MOUSEBUTTONUP, 2, 3, button=3)
    mouse(pygame.MOUSEMOTION, 4, 5)
    mouse(pygame.MOUSEBUTTONUP, 4, 5)

    assert window.touches() == [Touch(DOWN, 2, 3), Touch(MOVE, 4, 5), Touch(UP, 4, 5)]


def test_sliding_out_of_the_window_ends_beside_the_canvas(window: WindowDisplay) -> None:
    mouse(pygame.MOUSEBUTTONDOWN, 0, 0)
    mouse(pygame.MOUSEMOTION, -5, 3)
    mouse(pygame.MOUSEBUTTONUP, -9, 40)

    assert window.touches() == [Touch(DOWN, 0, 0), Touch(MOVE, -5, 3), Touch(UP, -9, 40)]


def test_a_press_that_begins_beside_the_canvas_is_none(window: WindowDisplay) -> None:
    mouse(pygame.MOUSEBUTTONDOWN, 40, 0)
    mouse(pygame.MOUSEBUTTONUP, 3, 3)

    assert window.touches() == []


def test_keys_and_other_events_are_no_touches(window: WindowDisplay) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_1, unicode="1", mod=0, scancode=30))
    pygame.event.set_allowed(pygame.KEYDOWN)
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_2, unicode="2", mod=0, scancode=31))

    assert window.touches() == []


ROLLOVER: tuple[tuple[list[tuple[int, Touch]], list[Touch]], ...] = (
    # fingers with their touches, and what they make
    (
        [(1, Touch(DOWN, 1, 1)), (2, Touch(DOWN, 5, 5)), (1, Touch(UP, 1, 1)), (2, Touch(UP, 5, 5))],
        [Touch(DOWN, 1, 1), Touch(UP, 1, 1), Touch(DOWN, 5, 5), Touch(UP, 5, 5)],
    ),
    (
        [(1, Touch(DOWN, 1, 1)), (1, Touch(MOVE, 2, 2)), (2, Touch(DOWN, 5, 5)), (1, Touch(MOVE, 3, 3))],
        [Touch(DOWN, 1, 1), Touch(MOVE, 2, 2), Touch(UP, 2, 2), Touch(DOWN, 5, 5)],
    ),
    ([(1, Touch(DOWN, 1, 1)), (2, Touch(UP, 1, 1)), (1, Touch(UP, 1, 1))], [Touch(DOWN, 1, 1), Touch(UP, 1, 1)]),
    ([(1, Touch(MOVE, 1, 1)), (1, Touch(UP, 1, 1))], []),
    ([(1, Touch(DOWN, 1, 1)), (1, Touch(DOWN, 2, 2))], [Touch(DOWN, 1, 1), Touch(UP, 1, 1), Touch(DOWN, 2, 2)]),
)


@pytest.mark.parametrize(("moments", "expected"), ROLLOVER)
def test_the_finger_that_came_last_is_followed_and_the_one_before_it_let_go_of_where_it_was(
    moments: list[tuple[int, Touch]], expected: list[Touch]
) -> None:
    follow = OneFinger((WIDTH, HEIGHT))

    assert [touch for number, moment in moments for touch in follow.seen(number, moment)] == expected


# --- the window ---


def test_closing_the_window_asks_to_stop(window: WindowDisplay) -> None:
    assert not window.asked_to_stop

    pygame.event.post(pygame.event.Event(pygame.QUIT))

    assert list(window.touches()) == []
    assert window.asked_to_stop


def test_what_the_desktop_uncovers_is_shown_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDL_VIDEO_DUMMY_SAVE_FRAMES", "1")  # SDL writes each picture that it was given to show
    window = open_window((WIDTH, HEIGHT), "A window", drivers=DUMMY)
    pygame.event.clear()
    window.canvas.fill(RED)
    window.present([])
    before = set(tmp_path.glob("*.bmp"))
    assert list(window.touches()) == []
    assert set(tmp_path.glob("*.bmp")) == before

    pygame.event.post(pygame.event.Event(pygame.WINDOWEXPOSED))

    assert list(window.touches()) == []
    (again,) = set(tmp_path.glob("*.bmp")) - before
    assert pygame.image.load(again).get_at((5, 5))[:3] == RED


def test_a_canvas_is_32_bits_without_alpha_and_stays_the_same(window: WindowDisplay) -> None:
    canvas = window.canvas
    window.present([])

    assert window.canvas is canvas
    assert (canvas.get_bitsize(), canvas.get_masks()) == (32, (0xFF0000, 0xFF00, 0xFF, 0))


def test_a_window_has_its_title_and_starts_neither_sound_nor_joysticks(window: WindowDisplay) -> None:
    assert pygame.display.get_caption()[0] == "A window"
    assert pygame.mixer.get_init() is None
    assert not pygame.joystick.get_init()
    assert pygame.display.get_driver() == "dummy"
    window.close()
    window.close()
    assert not pygame.display.get_init()


def test_a_console_takes_the_size_of_the_panel_and_shows_no_cursor() -> None:
    display: Display = open_console(90, DUMMY)
    width, height = panel().get_size()

    assert display.size_px == (height, width)
    assert not pygame.mouse.get_visible()


def test_nothing_changed_is_no_work(window: WindowDisplay) -> None:
    window.present([])
    window.canvas.fill(RED)

    window.present([])

    assert panel_pixel(0, 0) == (0, 0, 0)


def test_a_display_that_is_lost_says_so_and_raises_nothing_else(window: WindowDisplay) -> None:
    window.present([])
    window.close()

    with pytest.raises(DisplayError, match=r"^display: nothing can be shown on it any more: "):
        window.present([Area(0, 0, 1, 1)])


# --- drivers ---


@pytest.mark.parametrize(
    ("opened", "tried", "needed"),
    [
        (lambda: open_window((WIDTH, HEIGHT), "t"), ["x11 (", "wayland ("], "named by DISPLAY or WAYLAND_DISPLAY"),
        (open_console, ["kmsdrm ("], "a panel at /dev/dri is needed"),
        (lambda: open_console(drivers=("kmsdrm", "x11")), ["kmsdrm (", "x11 ("], "one of kmsdrm, x11 is needed"),
    ],
)
def test_without_a_screen_the_error_says_what_was_tried_and_never_draws_into_the_dark(
    opened: Callable[[], WindowDisplay], tried: list[str], needed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if Path("/dev/dri").exists():
        pytest.skip("this machine has a panel")

    with pytest.raises(DisplayError) as error:
        opened()

    assert str(error.value).startswith("display: cannot be opened, tried ")
    assert all(each in str(error.value) for each in [*tried, needed])
    assert not pygame.display.get_init()


def test_the_next_driver_is_tried_without_the_variables_of_the_one_before() -> None:
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    os.environ["DISPLAY"] = ":no-such-server"

    open_window((WIDTH, HEIGHT), "t", drivers=("x11", "dummy")).close()

    assert os.environ["SDL_VIDEODRIVER"] == "dummy"
    assert "SDL_FRAMEBUFFER_ACCELERATION" not in os.environ
    assert {name: os.environ[name] for name in EVERYWHERE} == EVERYWHERE


def test_the_console_is_rendered_with_opengl_es_and_x11_without_a_renderer() -> None:
    assert DRIVERS["kmsdrm"]["SDL_RENDER_DRIVER"] == "opengles2"
    assert DRIVERS["x11"]["SDL_FRAMEBUFFER_ACCELERATION"] == "0"
    assert "SDL_FRAMEBUFFER_ACCELERATION" not in DRIVERS["wayland"]


# --- both ---


def test_both_show_one_canvas_and_touches_of_either_come_one_finger_at_a_time(
    window: WindowDisplay, tmp_path: Path
) -> None:
    memory = MemoryDisplay(window.size_px, tmp_path / "frames", tmp_path / "touches", window.canvas)
    both: Display = BothDisplay(window, memory)
    both.canvas.fill(RED)
    both.present([])
    finger(pygame.FINGERDOWN, 0.0, 0.0)
    with (tmp_path / "touches").open("wb", buffering=0) as pipe:
        pipe.write(b"down 7 8\nup 7 8\n")

    touches = both.touches()

    assert both.size_px == (WIDTH, HEIGHT)
    assert panel_pixel(39, 19) == RED
    assert (tmp_path / "frames").read_bytes().endswith(b"\0\0\xff\xff")
    assert touches == [Touch(DOWN, 0, 0), Touch(UP, 0, 0), Touch(DOWN, 7, 8), Touch(UP, 7, 8)]
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert list(both.touches()) == []
    assert both.asked_to_stop
    both.close()


def test_if_the_window_is_lost_the_memory_goes_on(window: WindowDisplay, tmp_path: Path) -> None:
    memory = MemoryDisplay(window.size_px, tmp_path / "frames", tmp_path / "touches", window.canvas)
    both = BothDisplay(window, memory)
    both.present([])
    window.close()

    with pytest.raises(DisplayError):
        both.present([Area(0, 0, 1, 1)])

    assert memory.sequence == 4
    both.close()


def test_two_displays_with_two_canvases_are_not_both(window: WindowDisplay, tmp_path: Path) -> None:
    memory = MemoryDisplay(window.size_px, tmp_path / "frames", tmp_path / "touches")

    with pytest.raises(ValueError, match="both displays show one canvas"):
        BothDisplay(window, memory)

    memory.close()


# --- a real server ---

XVFB = shutil.which("Xvfb")


@pytest.mark.skipif(XVFB is None, reason="Xvfb is not installed: no window on a real X server here")
def test_a_window_opens_on_a_real_x_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    read, write = os.pipe()
    command = [str(XVFB), "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server, os.fdopen(read) as numbers:
        os.close(write)
        try:
            monkeypatch.setenv("DISPLAY", f":{numbers.readline().strip()}")
            window = open_window((WIDTH, HEIGHT), "A window")
            window.canvas.fill(RED)
            window.present([])

            assert pygame.display.get_driver() == "x11"
            assert panel_pixel(0, 0) == RED
            assert list(window.touches()) == []
            window.close()
        finally:
            server.kill()
