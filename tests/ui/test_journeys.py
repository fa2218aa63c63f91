"""Whole visits through the real screens: every touch is on something drawn, found by its role and name."""

import pytest

from hardware_sim.people import See, SeeDoorOpen, Shut, StepError, Wait
from hardware_sim.phone import code_for
from kiosk.core import view as v
from tests.flows.conftest import NewScene, new_scene
from tests.flows.scene import Scene
from tests.flows.steps import COURIER_CODE, OUT, QUICK, UPS, WRONG_CODE, drop
from tests.ui.hand import Hand

__all__ = ["new_scene"]
SIZES = [(1280, 800), (800, 480), (800, 1280), (480, 800)]


@pytest.fixture
def stored(new_scene: NewScene) -> Scene:
    return new_scene(QUICK).start().walk(*drop(), *OUT)


@pytest.mark.parametrize("size_px", SIZES)
def test_a_resident_picks_a_parcel_up_with_nine_touches(stored: Scene, size_px: tuple[int, int]) -> None:
    hand = Hand(stored, size_px)
    hand.touch("Pick up").type(code_for(stored.kiosk.database, UPS))
    assert hand.touches <= 9

    hand.do(SeeDoorOpen())
    assert "First column, above your head" in " ".join(hand.reads())
    hand.do(Shut())
    hand.do(See(v.PickupDone))
    hand.touch("Done")
    assert isinstance(hand.page, v.Welcome)


@pytest.mark.parametrize("size_px", SIZES)
def test_an_identified_courier_needs_four_touches_and_a_scan(new_scene: NewScene, size_px: tuple[int, int]) -> None:
    hand = Hand(new_scene(QUICK).start(), size_px)
    hand.touch("Deliver").type(COURIER_CODE).do(See(v.ScanLabels))
    hand.touches = 0
    hand.scan(UPS)
    hand.touch("Go on with 1").type("2A")
    hand.touch("Small")
    assert hand.touches <= 4

    hand.walk([SeeDoorOpen(), Shut(), See(v.DropDone)])
    assert "Undo" in hand.names()


def test_a_wrong_code_turns_the_field_and_leaves_the_keypad_where_it_is(stored: Scene) -> None:
    hand = Hand(stored).touch("Pick up")
    before = {each.name: each.box for each in hand.look().elements if each.name.isdigit()}
    hand.type(WRONG_CODE)
    hand.do(Wait(3_000))

    assert "That code did not work" in hand.reads()
    assert {each.name: each.box for each in hand.look().elements if each.name.isdigit()} == before


def test_nothing_can_be_touched_that_is_not_drawn(stored: Scene) -> None:
    with pytest.raises(StepError, match="0 things on the screen are 'Undo'; there are"):
        Hand(stored).touch("Undo")


def test_a_person_who_stands_still_is_asked_and_then_the_screen_is_cleared(stored: Scene) -> None:
    hand = Hand(stored).touch("Pick up").type("123")
    hand.do(Wait(21_000))
    assert hand.names() == ["Finish", "More time"]

    hand.touch("More time")
    assert "5" in hand.names()
    hand.do(Wait(41_000))
    assert isinstance(hand.page, v.Welcome)


def test_help_is_on_every_page_and_leads_back(stored: Scene) -> None:
    hand = Hand(stored).touch("Pick up").touch("Help")
    assert any("555 0134" in words for words in hand.reads())

    hand.touch("Español")
    assert "¿Cómo podemos ayudar?" in hand.reads()
    hand.touch("Volver")
    assert "Introduzca su código" in hand.reads()


def test_the_next_person_finds_the_language_of_the_house(stored: Scene) -> None:
    hand = Hand(stored).touch("Español").touch("Recoger")
    hand.touch("Atrás")
    hand.look()

    assert any(name.startswith("Pick up") for name in hand.names())
