"""The kiosk's own record: when a year's epoch may close, and what is told of a failing file. The real core."""

import pytest

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core.ages import DAY_MS, passed_ms
from kiosk.core.books import NoticeState
from kiosk.core.entries import ClockState, Stamp
from kiosk.core.events import Choice
from kiosk.core.retention import Erasable
from tests.core.desk import Desk

TRUSTED, FLOOR, UNKNOWN = ClockState.TRUSTED, ClockState.FLOOR, ClockState.UNKNOWN


def test_a_year_that_is_over_closes_the_epoch_and_the_next_names_where_it_ended() -> None:
    desk = Desk().stored()
    size = desk.state.books.next_seq
    desk.do(ev.YearOver())

    assert desk.last(e.EpochStarted) == e.EpochStarted("yearly", "k1", 1, size)
    assert (desk.entries[-1].epoch, desk.entries[-1].seq) == (2, 0)
    assert (desk.state.books.epoch, desk.state.books.next_seq) == (2, 1)


def test_a_code_of_the_old_epoch_opens_in_the_new_one_and_a_new_parcel_gets_a_name_of_its_own() -> None:
    desk = Desk().stored()
    before = desk.parcel().parcel
    desk.do(ev.YearOver()).enter(desk.code()).open_door().close_door()
    assert desk.last(e.ParcelCollected).parcel == before

    desk.touch(Choice.FINISH).wait(60_000).stored()
    assert desk.parcel().parcel.startswith("k1-2-")
    assert desk.parcel().parcel != before


@pytest.mark.parametrize("moment", ["at a page", "code being verified", "door open", "undo", "notice held"])
def test_the_epoch_does_not_close_while_anything_is_under_way(moment: str) -> None:
    desk = Desk()
    match moment:
        case "at a page":
            desk.touch(Choice.PICK_UP)
        case "code being verified":
            desk.stored().touch(Choice.PICK_UP).key_in(desk.code()).touch(Choice.CANCEL)
        case "door open":
            desk.drop()
        case "undo":
            desk.drop().close_door()
        case _:
            desk.drop().close_door().touch(Choice.FINISH)
            assert desk.parcel().notice is NoticeState.HELD
    desk.do(ev.YearOver())
    assert len(desk.of(e.EpochStarted)) == 1, "only the first"


def test_the_epoch_does_not_close_while_a_parcel_waits_for_its_code() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, "S").open_door().close_door().touch(Choice.FINISH)
    desk.wait(120_000)
    assert desk.state.codes_asked
    assert desk.state.visit is None
    desk.do(ev.YearOver())
    assert len(desk.of(e.EpochStarted)) == 1

    desk.answer_vault().wait(60_000).do(ev.YearOver())
    assert len(desk.of(e.EpochStarted)) == 2


def test_the_epoch_does_not_close_while_a_resident_s_door_stands_open_and_nobody_is_there() -> None:
    desk = Desk().stored()
    desk.enter(desk.code()).open_door().wait(300_000)
    assert desk.state.visit is None
    desk.do(ev.YearOver())
    assert len(desk.of(e.EpochStarted)) == 1

    desk.close_door().wait(600_000).do(ev.YearOver())
    assert len(desk.of(e.EpochStarted)) == 2


def test_what_is_due_to_go_is_named_by_entries_and_the_directory_in_force_never() -> None:
    desk = Desk().stored()
    in_force = desk.state.books.directory_version
    desk.do(ev.ErasureDue(Erasable(((1, 5), (1, 9)), (in_force, in_force + 7))))

    assert desk.of(e.PersonalDataErased) == [
        e.PersonalDataErased("retention", of_directories=(in_force + 7,)),
        e.PersonalDataErased("retention", 1, (5, 9)),
    ]


def test_nothing_is_erased_while_somebody_is_at_the_screen() -> None:
    desk = Desk().touch(Choice.PICK_UP).do(ev.ErasureDue(Erasable(((1, 5),))))
    assert desk.of(e.PersonalDataErased) == []

    desk.wait(600_000).do(ev.ErasureDue(Erasable(((1, 5),))))
    assert len(desk.of(e.PersonalDataErased)) == 1


def test_a_file_that_cannot_be_kept_in_order_is_an_alarm() -> None:
    desk = Desk().do(ev.StorageFailing("the write-ahead log is not written back"))
    assert desk.last(e.AlarmRaised) == e.AlarmRaised("storage", "the write-ahead log is not written back")


@pytest.mark.parametrize(
    ("mono_ms", "wall_ms", "then", "now", "passed"),
    [
        (5, 7 * DAY_MS, TRUSTED, TRUSTED, 7 * DAY_MS),
        (5, 7 * DAY_MS, FLOOR, TRUSTED, 5),
        (5, 7 * DAY_MS, TRUSTED, FLOOR, 5),
        (5, 7 * DAY_MS, UNKNOWN, UNKNOWN, 5),
        (9 * DAY_MS, -DAY_MS, TRUSTED, TRUSTED, 9 * DAY_MS),
        (-5, -5, TRUSTED, TRUSTED, 0),
        (-5, 7 * DAY_MS, FLOOR, TRUSTED, 0),
    ],
)
def test_only_what_has_surely_passed_makes_something_old(
    mono_ms: int, wall_ms: int, then: ClockState, now: ClockState, passed: int
) -> None:
    begun = Stamp(1_000, 1_700_000_000_000, then, 1, 1)
    assert passed_ms(begun, Stamp(1_000 + mono_ms, begun.wall_ms + wall_ms, now, 2, 1)) == passed
