"""What a walk through the bank adds up to: a layout that the kiosk reads again, and the senses of contacts."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from hardware_sim.site import Ports, sound_site, write_site
from kiosk.commissioning.layout_file import layout_toml, write_layout
from kiosk.commissioning.learning import NO_CONTACT, Learned, learned_layout, polarity_advice
from kiosk.config import Chip, Site, layout_to_json
from kiosk.config.layouts import read_layout
from kiosk.config.reader import Fault, Table
from kiosk.core.ids import BoardId
from kiosk.core.layout import Contact, ContactSource, Layout, Place
from kiosk.vault import SMALLEST_COST

pytestmark = pytest.mark.slow

PINS = BoardId("pins")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return sound_site(write_site(tmp_path, Ports.beside(tmp_path), SMALLEST_COST))


def seen(place: Place, *, inverted: bool = False, trouble: str = "", contact: Contact | None = None) -> Learned:
    """The output does what the layout says, but for what is said here."""
    return Learned(place.output, place.compartment, contact or place.contact, inverted, trouble)


def read_again(text: str) -> Layout:
    faults: list[Fault] = []
    layout = read_layout(Table(tomllib.loads(text), faults, "layout"))
    assert faults == []
    return layout


def test_a_layout_with_contacts_of_every_source_is_read_again_as_it_was_written(site: Site) -> None:
    first, second, third, *rest = site.layout.places
    changed = (
        replace(first, contact=Contact(ContactSource.NONE)),
        replace(second, contact=Contact(ContactSource.GPIO, PINS, 5)),
        replace(third, contact=Contact(ContactSource.BOARD_FEEDBACK, BoardId("s1"), 16)),
    )
    layout = replace(site.layout, places=(*changed, *rest[:12], *rest[13:]))
    assert layout_to_json(read_again(layout_toml(layout))) == layout_to_json(layout)


def test_a_file_that_is_there_is_never_written_over(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "there.toml"
    path.write_text("old")
    with pytest.raises(FileExistsError):
        write_layout(site.layout, path)
    assert path.read_text() == "old"


def test_a_walk_that_found_everything_in_its_place_gives_the_same_layout(site: Site) -> None:
    assert learned_layout(site.layout, [seen(place) for place in site.layout.places]) == site.layout


def test_a_walk_that_missed_one_door_gives_none(site: Site) -> None:
    assert learned_layout(site.layout, [seen(place) for place in site.layout.places[1:]]) is None


def test_a_door_that_had_a_contact_never_loses_it_by_a_walk(site: Site) -> None:
    first, *rest = site.layout.places
    lost = replace(seen(first, trouble=NO_CONTACT), contact=None)
    walked = [lost, *map(seen, rest)]
    assert learned_layout(site.layout, walked) is None
    blind = replace(first, contact=Contact(ContactSource.NONE))
    layout = replace(site.layout, places=(blind, *rest))
    assert learned_layout(layout, walked) == layout


def test_a_board_whose_every_contact_is_inverted_has_the_other_level(site: Site) -> None:
    places = [place for place in site.layout.places if place.contact.board == "w1"]
    assert polarity_advice(site.machine, [seen(place, inverted=True) for place in places]) == ["w1: closed_level = 0"]


def test_single_contacts_that_are_inverted_are_named_and_those_that_were_are_not_any_more(site: Site) -> None:
    boards = tuple(
        replace(board, inverted_channels=frozenset({1, 3})) if board.board == "s1" else board
        for board in site.machine.boards
    )
    one, two, three, *_ = site.layout.places
    walked = [seen(one, inverted=True), seen(two, inverted=True), seen(three)]
    assert polarity_advice(replace(site.machine, boards=boards), walked) == ["s1: inverted_channels = [2, 3]"]


def test_pins_of_a_chip_are_told_as_pins(site: Site) -> None:
    machine = replace(site.machine, chips=(Chip(PINS, "mcp23017", 0, "up"),))
    one, two, *_ = site.layout.places
    at = [Contact(ContactSource.GPIO, PINS, pin) for pin in (4, 5)]
    walked = [seen(one, contact=at[0], inverted=True), seen(two, contact=at[1])]
    assert polarity_advice(machine, walked) == ["pins: inverted_pins = [4]"]


def test_where_every_sense_is_as_the_settings_say_nothing_is_to_be_changed(site: Site) -> None:
    assert polarity_advice(site.machine, [seen(place) for place in site.layout.places]) == []
