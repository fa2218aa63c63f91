"""The directory: units as people type them, names as couriers may see them, couriers by their code and hours."""

import pytest

from kiosk.core.directory import Courier, Directory, Resident, Unit, Window, masked
from kiosk.core.ids import CourierId, ResidentId, UnitId

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
MONDAY_MS = 1_704_067_200_000
"""1 January 2024 was a Monday; midnight in UTC."""
WEEKDAYS_8_TO_18 = tuple(Window(day, 8 * 60, 18 * 60) for day in range(5))

CARRIER = Courier(CourierId("C1"), "ups", bytes(range(32)).hex())
PERSON = Courier(CourierId("C2"), "dhl", (bytes(range(31)) + b"\xff").hex(), personal=True, windows=WEEKDAYS_8_TO_18)
DIRECTORY = Directory(
    version=3,
    units=(Unit(UnitId("12B")), Unit(UnitId("Haus 3-4"))),
    residents=(
        Resident(ResidentId("R1"), UnitId("12B"), "Erika Linde", needs_reach=True),
        Resident(ResidentId("R2"), UnitId("12B"), "Otto Eiche"),
        Resident(ResidentId("R3"), UnitId("Haus 3-4"), "Ulmen Grund"),
    ),
    couriers=(CARRIER, PERSON),
)


@pytest.mark.parametrize("typed", ["12B", "12b", " 12 B ", "12-b"])
def test_a_unit_is_found_however_people_write_it(typed: str) -> None:
    assert DIRECTORY.find_unit(typed) == Unit(UnitId("12B"))


@pytest.mark.parametrize(
    ("typed", "alone"), [("12", False), ("12B", True), ("12b", True), ("", False), ("12BC", False)]
)
def test_a_unit_is_meant_as_soon_as_no_other_one_begins_like_it(typed: str, *, alone: bool) -> None:
    assert DIRECTORY.names_one_unit(typed) is alone


def test_a_unit_that_another_one_begins_like_waits_for_ok() -> None:
    units = Directory(units=(Unit(UnitId("12")), Unit(UnitId("12B"))))

    assert not units.names_one_unit("12")
    assert units.names_one_unit("12B")


@pytest.mark.parametrize("typed", ["", "12", "B12", "1 2 B C"])
def test_what_is_no_unit_is_not_found(typed: str) -> None:
    assert DIRECTORY.find_unit(typed) is None


def test_only_the_residents_of_the_unit_asked_for_are_told() -> None:
    assert [resident.resident for resident in DIRECTORY.residents_of(UnitId("12B"))] == ["R1", "R2"]
    assert DIRECTORY.residents_of(UnitId("13")) == ()


def test_a_resident_is_found_by_id() -> None:
    assert DIRECTORY.resident(ResidentId("R2")).unit == "12B"
    with pytest.raises(KeyError):
        DIRECTORY.resident(ResidentId("R9"))


def test_who_needs_a_compartment_within_reach_is_known_and_nobody_unknown_does() -> None:
    assert [DIRECTORY.needs_reach(ResidentId(name)) for name in ("R1", "R2", "R9")] == [True, False, False]


def test_a_courier_is_found_by_the_whole_verifier_only() -> None:
    assert DIRECTORY.courier_by_verifier(bytes(range(32))) == CARRIER
    assert DIRECTORY.courier_by_verifier(bytes(range(31)) + b"\xff") == PERSON
    assert DIRECTORY.courier_by_verifier(bytes(range(31)) + b"\x00") is None
    assert DIRECTORY.courier_by_verifier(bytes(range(16))) is None


@pytest.mark.parametrize(
    ("at_ms", "open_"),
    [
        (8 * HOUR_MS - 1, False),
        (8 * HOUR_MS, True),
        (18 * HOUR_MS - 1, True),
        (18 * HOUR_MS, False),
        (4 * 24 * HOUR_MS + 12 * HOUR_MS, True),  # Friday noon
        (5 * 24 * HOUR_MS + 12 * HOUR_MS, False),  # Saturday noon
        (7 * 24 * HOUR_MS + 12 * HOUR_MS, True),  # the next Monday
    ],
)
def test_a_weekly_window_opens_and_closes_to_the_minute(at_ms: int, *, open_: bool) -> None:
    assert DIRECTORY.in_window(PERSON, MONDAY_MS + at_ms) is open_


def test_no_window_at_all_means_always() -> None:
    assert DIRECTORY.in_window(CARRIER, MONDAY_MS + 3 * HOUR_MS)


@pytest.mark.parametrize(("offset", "open_"), [(0, False), (60, True), (-60, False), (12 * 60, False)])
def test_a_window_is_judged_in_the_time_of_the_site(offset: int, *, open_: bool) -> None:
    site = Directory(couriers=(PERSON,), utc_offset_minutes=offset)

    assert site.in_window(PERSON, MONDAY_MS + 7 * HOUR_MS) is open_


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Erika Linde", "E… L…"), ("  Erika   von  Linde ", "E… v… L…"), ("Ö", "Ö…"), ("", "")],
)
def test_a_courier_sees_initials_only(name: str, shown: str) -> None:
    assert masked(name) == shown


def test_no_name_and_no_verifier_shows_in_a_repr() -> None:
    text = repr(DIRECTORY)

    assert "Linde" not in text
    assert CARRIER.verifier not in text
