"""The layout: compartments found by name, contact and size, and what their height means to people. Knows no file."""

from dataclasses import replace

import pytest

from kiosk.core.ids import BoardId, CompartmentId, SizeName
from kiosk.core.layout import Contact, ContactSource, HeightBand, Layout, Output, Place, Size

B1, B2 = BoardId("b1"), BoardId("b2")
SMALL, LARGE = Size(SizeName("S"), 90, 420, 500), Size(SizeName("L"), 400, 420, 500)
A01 = Place(
    compartment=CompartmentId("A01"),
    size=SMALL.name,
    column=1,
    row=1,
    left_mm=0,
    bottom_mm=1000,
    width_mm=440,
    height_mm=100,
    output=Output(B1, 1),
    contact=Contact(ContactSource.BOARD_FEEDBACK, B1, 1),
)
A02 = replace(
    A01,
    compartment=CompartmentId("A02"),
    size=LARGE.name,
    row=2,
    output=Output(B1, 2),
    contact=Contact(ContactSource.BOARD_INPUT, B2, 1),
)
LAYOUT = Layout(1, (SMALL, LARGE), (A01, A02))


def test_a_place_is_found_by_its_compartment() -> None:
    assert LAYOUT.place(CompartmentId("A02")) is A02
    with pytest.raises(KeyError):
        LAYOUT.place(CompartmentId("Z99"))


def test_a_size_is_found_by_its_name() -> None:
    assert LAYOUT.size(SizeName("L")) is LARGE
    with pytest.raises(KeyError):
        LAYOUT.size(SizeName("XXL"))


def test_a_compartment_is_found_by_where_its_contact_is_read() -> None:
    assert LAYOUT.at_contacts(ContactSource.BOARD_FEEDBACK, B1) == {1: A01}
    assert LAYOUT.at_contacts(ContactSource.BOARD_INPUT, B2) == {1: A02}
    assert LAYOUT.at_contacts(ContactSource.BOARD_INPUT, B1) == {}
    assert LAYOUT.boards_read == {B1, B2}


def test_a_size_has_a_volume() -> None:
    assert SMALL.volume_mm3 == 90 * 420 * 500


@pytest.mark.parametrize(
    ("handle_mm", "band"),
    [
        (379, HeightBand.FLOOR),
        (380, HeightBand.KNEE),
        (700, HeightBand.WAIST),
        (1000, HeightBand.CHEST),
        (1300, HeightBand.EYE),
        (1600, HeightBand.ABOVE),
    ],
)
def test_the_height_of_the_handle_is_told_in_words(handle_mm: int, band: HeightBand) -> None:
    place = replace(A01, bottom_mm=handle_mm - 50)

    assert place.handle_mm == handle_mm
    assert place.height_band is band


@pytest.mark.parametrize(("handle_mm", "reached"), [(379, False), (380, True), (1220, True), (1221, False)])
def test_a_seated_person_reaches_from_38_to_122_centimetres(handle_mm: int, *, reached: bool) -> None:
    assert replace(A01, bottom_mm=handle_mm - 50).within_reach is reached
