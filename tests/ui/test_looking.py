"""The close look finds what is wrong: each fault is drawn on purpose, and told in its own sentence.

Holds small pictures that no screen would show.
"""

import pytest

from kiosk.core.events import Choice
from tests.ui.looking import contrast, faults
from ui.elements import Action, Align, Choose, Element, Fill, Icon, Picture, PressKey, Role, Words
from ui.gallery import SIZES, Studio
from ui.geometry import Box
from ui.theme import Colour, Mode, Type

WHITE, BLACK, GREY, LIGHT = (255, 255, 255), (0, 0, 0), (150, 150, 150), (215, 215, 215)
PANEL = Box(0, 0, 1280 / 5.88, 800 / 5.88)
GROUND = Element(PANEL, Fill(WHITE))
FINISH, CANCEL = Choose(Choice.FINISH), Choose(Choice.CANCEL)


def told(*elements: Element) -> list[str]:
    studio = Studio(SIZES["1280x800"])
    return list(faults(studio, Picture((GROUND, *elements), PANEL), Mode.NORMAL))


def text(x: float, y: float, words: str, width: float = 90.0, colour: Colour = BLACK) -> Element:
    return Element(Box(x, y, width, 5.0), Words((words,), Type.BODY, colour), Role.TEXT, words)


def target(x: float, y: float, side: float = 20.0, name: str = "Done", action: Action = FINISH) -> Element:
    return Element(Box(x, y, side, side), Fill(BLACK), Role.BUTTON, name, action)


def test_a_sound_picture_has_no_faults() -> None:
    assert told(text(10, 10, "Enter your code"), target(10, 30), target(40, 30, name="Back", action=CANCEL)) == []


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21.0)
    assert contrast(WHITE, (118, 118, 118)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("elements", "fault"),
    [
        ([text(10, 10, "Pale", colour=GREY)], "'Pale': contrast 3.0, 7.0 is wanted"),
        ([Element(Box(10, 10, 9, 9), Icon("help", LIGHT))], "sign help: contrast 1.4, 3.0 is wanted"),
        ([text(180, 10, "Far too long for its place")], "'Far too long for its place': leaves the panel"),
        ([text(10, 10, "Too wide", width=8)], "'Too wide': 21.2 mm outside its box"),
        ([text(10, 10, "One"), text(14, 11, "Two")], "'One' and 'Two' overlap"),
        ([text(10, 10, "Unseen", colour=WHITE)], "'Unseen': nothing of it can be seen"),
        ([target(10, 10, side=15)], "'Done': 15.0 mm, 18.0 is the least"),
        ([target(10, 10), target(31, 10, name="Back", action=CANCEL)], "'Done' and 'Back': 1.0 mm between them"),
        ([target(10, 10), target(40, 10, action=CANCEL)], "'Done' is the name of"),
        ([target(10, 10, name=" ")], "role button, name ' '"),
        ([text(10, 40, "Below"), text(10, 10, "Above")], "'Above' stands over 'Below' and is read after it"),
        ([text(60, 10, "Right", width=20), text(10, 10, "Left", width=20)], "'Left' stands before 'Right'"),
    ],
)
def test_each_fault_is_told(elements: list[Element], fault: str) -> None:
    assert any(fault in sentence for sentence in told(*elements)), told(*elements)


def test_words_that_leave_their_button_are_told() -> None:
    label = Element(Box(12, 17, 16, 5), Words(("Finish",), Type.BUTTON, WHITE, Align.CENTRE))

    assert any("outside 'Done'" in sentence for sentence in told(target(10, 10), label))


def test_a_target_that_does_not_stand_out_is_told() -> None:
    pale = Element(Box(10, 10, 20, 20), Fill(LIGHT), Role.BUTTON, "Done", FINISH)

    assert told(pale) == ["'Done': its edge has contrast 1.4, 3.0 is wanted"]


def test_keys_of_a_letter_keyboard_may_be_smaller_but_not_by_much() -> None:
    key = Element(Box(10, 10, 11, 20), Fill(BLACK), Role.KEY, "Q", PressKey("Q"))
    narrow = Element(Box(30, 10, 9, 20), Fill(BLACK), Role.KEY, "W", PressKey("W"))

    assert told(key, narrow) == ["'W': 9.0 mm, 10.0 is the least"]
