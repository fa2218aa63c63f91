"""Shapes and schema: dataclasses and tables say the same. Knows no journal."""

from dataclasses import dataclass, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table

from kiosk.core.books import Books, Compartment, Custody, OpenOpening, Parcel
from kiosk.core.codes import Bucket
from kiosk.core.ids import CompartmentId, ParcelId, ResidentId
from storage.schema import COMPARTMENT, COMPARTMENTS, OPENINGS, PARCELS, STATE
from storage.shapes import shape_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("table", "kind", "more"),
    [(COMPARTMENTS, Compartment, ()), (PARCELS, Parcel, ("finished",)), (OPENINGS, OpenOpening, ())],
)
def test_a_projection_has_a_column_for_each_field(table: Table, kind: type, more: tuple[str, ...]) -> None:
    assert tuple(table.columns.keys()) == (*(f.name for f in fields(kind)), *more)


def test_the_state_has_a_column_for_each_field_that_has_no_table() -> None:
    scalars = [f.name for f in fields(Books) if f.name not in ("compartments", "parcels", "openings", "bucket")]
    assert STATE.columns.keys() == ["id", *scalars, *(f"bucket_{f.name}" for f in fields(Bucket))]


@given(TEXT, st.sampled_from(Custody), st.lists(TEXT.map(ParcelId)).map(tuple), st.integers(0, 2**40), st.booleans())
def test_a_row_gives_back_what_it_was_made_of(
    name: str,
    custody: Custody,
    parcels: tuple[ParcelId, ...],
    pulses: int,
    door_open: bool,
) -> None:
    made = Compartment(CompartmentId(name), custody, parcels, "r", "", "", pulses, ResidentId(name), door_open)
    back = COMPARTMENT.build(COMPARTMENT.row(made))
    assert back == made
    assert type(back.custody) is Custody
    assert type(back.door_open) is bool


@pytest.mark.parametrize(
    ("column", "value"), [("custody", "lost"), ("parcels", "not json"), ("parcels", "{}"), ("door_open", 2)]
)
def test_a_row_that_was_never_written_is_refused(column: str, value: str | int) -> None:
    row = list(COMPARTMENT.row(Compartment(CompartmentId("A1"))))
    row[COMPARTMENT.names.index(column)] = value
    with pytest.raises(ValueError, match=r"."):
        COMPARTMENT.build(row)


def test_a_field_that_no_column_can_hold_is_noticed_at_once() -> None:
    @dataclass(frozen=True, slots=True)
    class Strange:
        weight: float

    with pytest.raises(TypeError, match="'weight'"):
        shape_of(Strange)
