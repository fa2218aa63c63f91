"""The loop of the screen: what a finger does at once, what ends by itself, and that nothing is drawn for nothing."""

from dataclasses import replace

import pygame
import pytest

from kiosk.core import view as v
from kiosk.core.events import Choice, Chose, Event, KeyPressed
from kiosk.core.state import CodeProblem, Stage, Typed
from kiosk.core.view import PhotographLabel, ScreenModel
from tests.ui.hand import CanvasDisplay
from ui.accessible import accessible
from ui.app import App, Now, Panel
from ui.display import Phase, Touch
from ui.elements import Choose, Element, OpenSheet, Photo, PressKey, Role, Sheet
from ui.gallery import SAMPLES
from ui.models import Models
from ui.setting import House
from ui.theme import Mode

PX_PER_MM = 5.88
CODE = v.EnterCode(Typed.PICKUP, 8, 0, CodeProblem.NONE, 0, guarded=False)
WELCOME = next(sample.model for sample in SAMPLES if isinstance(sample.model.page, v.Welcome))
OPEN = next(
    sample.model
    for sample in SAMPLES
    if isinstance(sample.model.page, v.PickupDoor) and sample.model.page.stage is Stage.OPEN
)


class Watched:
    """A screen under hand, with its own time."""

    def __init__(self, *, mode: Mode | None = Mode.NORMAL) -> None:
        self.display = CanvasDisplay((1280, 800))
        self.models = Models()
        self.sent: list[Event] = []
        self.ms = 100_000
        self.night = False
        self.app = App(self.display, Panel(PX_PER_MM, "en", mode, House("555 0134")), self.models)
        self.photo: Photo | None = None
        self.app.serve(lambda: Now(self.ms, "14:32", night=self.night), self.sent.append, lambda: self.photo)

    def show(self, model: ScreenModel) -> "Watched":
        self.models.show(model)
        return self.later(0)

    def later(self, ms: int) -> "Watched":
        self.ms += ms
        self.app.round(0.0)
        return self

    def code(self) -> "Watched":
        """The page of a resident's code, at rest."""
        self.show(WELCOME).show(replace(WELCOME, page=CODE, offers=WELCOME.offers[:0]))
        return self.later(1_000)

    def of(self, action: object) -> Element:
        assert self.app.picture is not None
        return next(each for each in self.app.picture.elements if each.action == action)

    def finger(self, phase: Phase, element: Element, aside_px: int = 0) -> "Watched":
        x, y = (round(side * PX_PER_MM) for side in element.box.centre)
        self.display.waiting.append(Touch(phase, x + aside_px, y))
        return self.later(0)

    def photos(self) -> list[Element]:
        assert self.app.picture is not None
        return [each for each in self.app.picture.elements if isinstance(each.look, Photo)]

    def colour_at(self, element: Element) -> tuple[int, ...]:
        """What is really on the panel in the middle of the element."""
        x, y = (round(side * PX_PER_MM) for side in element.box.centre)
        return tuple(self.display.canvas.get_at((x, y)))[:3]

    def fill_of(self, action: object) -> tuple[int, ...]:
        """The colour that is really on the panel, a little inside the element's edge."""
        box = self.of(action).box
        x, y = round((box.x + box.width / 2) * PX_PER_MM), round((box.y + 2.5) * PX_PER_MM)
        return tuple(self.display.canvas.get_at((x, y)))[:3]


SIGNAL = (0xFF, 0xC2, 0x33)


def test_a_key_acts_when_it_goes_down_and_is_lit_in_the_next_frame() -> None:
    screen = Watched().code()
    screen.finger(Phase.DOWN, screen.of(PressKey("7")))

    assert [event.key.reveal() for event in screen.sent if isinstance(event, KeyPressed)] == ["7"]
    assert screen.fill_of(PressKey("7")) == SIGNAL
    screen.finger(Phase.UP, screen.of(PressKey("7"))).later(200)
    assert screen.fill_of(PressKey("7")) != SIGNAL
    assert len(screen.sent) == 1


def test_what_the_camera_sees_is_shown_where_a_code_is_to_be_held_up_and_each_new_picture_once() -> None:
    screen = Watched().code()
    screen.photo = Photo(16, 9, bytes([200, 30, 60]) * 144)
    assert screen.photos() == []

    show_qr = screen.of(OpenSheet(Sheet.SHOW_QR))
    screen.finger(Phase.DOWN, show_qr).finger(Phase.UP, show_qr)
    (shown,) = screen.photos()
    assert shown.look == screen.photo
    assert (round(shown.box.width / shown.box.height, 3), screen.colour_at(shown)) == (1.778, (200, 30, 60))

    frames = len(screen.later(1_000).display.presented)
    screen.photo = Photo(16, 9, screen.photo.colours)  # handed in anew, and the same
    assert len(screen.later(20).display.presented) == frames
    screen.photo = Photo(16, 9, bytes([10, 220, 60]) * 144)
    assert len(screen.later(20).display.presented) == frames + 1
    assert screen.colour_at(screen.photos()[0]) == (10, 220, 60)

    screen.photo = None
    assert screen.later(20).photos() == []


def test_where_a_label_is_photographed_the_page_shows_what_the_camera_sees() -> None:
    screen = Watched().show(WELCOME).show(replace(WELCOME, page=PhotographLabel(taking=False, failed=False)))
    screen.later(1_000)
    assert screen.photos() == []

    screen.photo = Photo(16, 9, bytes([200, 30, 60]) * 144)
    (shown,) = screen.later(20).photos()
    assert screen.colour_at(shown) == (200, 30, 60)


def test_a_tap_shorter_than_a_frame_is_seen_all_the_same() -> None:
    screen = Watched().code()
    key = screen.of(PressKey("5"))
    for phase in (Phase.DOWN, Phase.UP):
        x, y = (round(side * PX_PER_MM) for side in key.box.centre)
        screen.display.waiting.append(Touch(phase, x, y))
    screen.later(0)

    assert screen.fill_of(PressKey("5")) == SIGNAL


def test_a_button_acts_when_the_finger_leaves_it_and_sliding_off_cancels() -> None:
    screen = Watched().show(WELCOME)
    deliver = screen.of(Choose(Choice.DELIVER))
    screen.finger(Phase.DOWN, deliver)
    assert not screen.sent

    screen.finger(Phase.MOVE, deliver, aside_px=-700)
    screen.finger(Phase.UP, deliver, aside_px=-700)
    assert not screen.sent
    screen.finger(Phase.DOWN, deliver).finger(Phase.UP, deliver)
    assert screen.sent == [Chose(Choice.DELIVER)]


def test_a_finger_that_went_down_on_another_page_does_nothing_on_this_one() -> None:
    screen = Watched().show(WELCOME)
    deliver = screen.of(Choose(Choice.DELIVER))
    screen.finger(Phase.DOWN, deliver).show(OPEN).finger(Phase.UP, deliver)

    assert not screen.sent


def test_the_last_digit_can_be_read_for_a_second_and_no_longer() -> None:
    screen = Watched().code()
    screen.finger(Phase.DOWN, screen.of(PressKey("7")))
    screen.show(replace(WELCOME, page=replace(CODE, filled=1)))
    shown = screen.display.canvas.copy()
    screen.finger(Phase.UP, screen.of(PressKey("7"))).later(1_100).later(0)

    slot = pygame.Rect(40, 200, 60, 120)
    assert (
        shown.subsurface(slot).copy().get_buffer().raw != screen.display.canvas.subsurface(slot).copy().get_buffer().raw
    )


def test_nothing_is_drawn_while_nothing_changes() -> None:
    screen = Watched().show(WELCOME).later(1_000)
    screen.display.presented.clear()
    for _ in range(50):
        screen.later(20)

    assert screen.display.presented == []


def test_one_key_repaints_that_key_and_little_else() -> None:
    screen = Watched().code()
    screen.display.presented.clear()
    screen.finger(Phase.DOWN, screen.of(PressKey("7")))

    painted = sum(area.width * area.height for areas in screen.display.presented for area in areas)
    assert 0 < painted < 1280 * 800 / 10


def test_the_answer_to_a_touch_does_not_wait_for_the_engine() -> None:
    """The engine says nothing at all: the key is lit and the help opens."""
    screen = Watched().code()
    screen.finger(Phase.DOWN, screen.of(PressKey("1"))).finger(Phase.UP, screen.of(PressKey("1")))
    assert screen.app.picture is not None
    help_ = next(each for each in screen.app.picture.elements if each.name == "Help")
    screen.finger(Phase.DOWN, help_).finger(Phase.UP, help_)

    assert any("555 0134" in each.name for each in screen.app.picture.elements)


def test_the_ring_of_an_open_door_beats_three_times_and_rests() -> None:
    screen = Watched().show(WELCOME).later(1_000).show(OPEN)
    frames = 0
    for _ in range(200):
        before = len(screen.display.presented)
        screen.later(16)
        frames += len(screen.display.presented) > before
    assert frames > 100
    assert not screen.app.moving


def test_a_page_comes_in_from_the_side_and_ends_where_it_belongs() -> None:
    screen = Watched().show(WELCOME).later(1_000).code()
    still = Watched()
    still.show(replace(WELCOME, page=CODE, offers=WELCOME.offers[:0]))

    assert screen.display.canvas.get_buffer().raw == still.display.canvas.get_buffer().raw


def test_a_picture_that_changes_while_it_comes_in_is_whole() -> None:
    screen = Watched().show(WELCOME).later(1_000)
    screen.show(replace(WELCOME, page=CODE, offers=())).later(40)
    screen.show(replace(WELCOME, page=replace(CODE, filled=3), offers=())).later(1_000)
    still = Watched()
    still.show(replace(WELCOME, page=replace(CODE, filled=3), offers=()))

    assert screen.display.canvas.get_buffer().raw == still.display.canvas.get_buffer().raw


def test_an_idle_screen_dims_drifts_and_wakes_with_the_touch_that_it_obeys() -> None:
    screen = Watched().show(WELCOME)
    bright = screen.display.canvas.get_at((20, 400))
    screen.later(61_000).later(0)
    assert sum(screen.display.canvas.get_at((20, 400))[:3]) < sum(bright[:3])
    here = screen.of(Choose(Choice.PICK_UP)).box
    screen.later(60_000).later(0)
    assert screen.of(Choose(Choice.PICK_UP)).box != here

    pick_up = screen.of(Choose(Choice.PICK_UP))
    screen.finger(Phase.DOWN, pick_up)
    screen.finger(Phase.UP, pick_up).later(1_000)
    assert screen.sent == [Chose(Choice.PICK_UP)]
    assert screen.display.canvas.get_at((20, 400)) == bright


def test_at_night_the_screen_is_dark_by_itself() -> None:
    screen = Watched(mode=None).show(WELCOME)
    day = sum(screen.display.canvas.get_at((1200, 790))[:3])
    screen.night = True
    screen.later(100)

    assert sum(screen.display.canvas.get_at((1200, 790))[:3]) < day / 4


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_everything_that_can_be_touched_has_a_name_and_a_place_on_the_panel(sample: object) -> None:
    screen = Watched().show(sample.model)  # type: ignore[attr-defined]
    assert screen.app.picture is not None
    told = accessible(screen.app.picture, PX_PER_MM)

    assert all(each["name"] for each in told)
    assert {each["role"] for each in told} <= {role.value for role in Role} - {Role.KEY.value, Role.DECORATION.value}
