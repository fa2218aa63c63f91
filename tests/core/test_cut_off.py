"""The power fails after each commit of both walks, and of their turnings: what the next start makes of it.

Whatever was durable at that moment, the start settles it by itself: nothing is pulsed, nothing that may hold a parcel
is free, no parcel is left between two states, and every parcel in custody can be collected.
"""

from collections.abc import Callable, Iterator

import pytest

from kiosk.core.books import Books, Custody, ParcelState, post_all, tidy
from kiosk.core.entries import CodeLife, CompartmentFreed, DoorOpened, DoorRelocked, Entry
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import CompartmentId, KioskId
from tests.core.desk import MEDIUM, OTHER_LABEL, SMALL, Desk
from tests.core.test_recovery import restarted


def dropped() -> Desk:
    return Desk().drop().close_door().touch(Choice.FINISH).wait(60_000)


def withdrawn() -> Desk:
    desk = Desk().drop().close_door().touch(Choice.UNDO).wait(3_000).open_door().close_door()
    return desk.touch(Choice.TAKEN_BACK).touch(Choice.FINISH)


def undone_but_left_inside() -> Desk:
    desk = Desk().drop().close_door().touch(Choice.UNDO).wait(3_000).open_door().close_door()
    return desk.touch(Choice.LEFT_INSIDE).touch(Choice.FINISH).wait(60_000)


def cancelled() -> Desk:
    return Desk().drop().touch(Choice.CANCEL).close_door().touch(Choice.TAKEN_BACK).touch(Choice.FINISH)


def relocked() -> Desk:
    return Desk().drop().close_door(after_ms=500).touch(Choice.IT_IS_DONE).touch(Choice.FINISH).wait(60_000)


def reopened() -> Desk:
    desk = Desk().drop().close_door().touch(Choice.OPEN_AGAIN).wait(3_000).open_door().close_door()
    return desk.touch(Choice.FINISH).wait(60_000)


def larger() -> Desk:
    desk = Desk().drop().touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM).wait(600).open_door("A03")
    return desk.close_door("A01").close_door("A03").touch(Choice.FINISH).wait(60_000)


def occupied() -> Desk:
    desk = Desk().drop().touch(Choice.OCCUPIED).wait(600).open_door("A02").close_door("A01").close_door("A02")
    return desk.touch(Choice.FINISH).wait(60_000)


def failed() -> Desk:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open().touch(Choice.OPEN_OTHER, "A02")
    return desk.open_door("A02").answer_vault().close_door("A02").touch(Choice.FINISH).wait(60_000)


def added() -> Desk:
    desk = Desk().stored().to_size(OTHER_LABEL).touch(Choice.ADD_TO, "A01").open_door().answer_vault().close_door()
    return desk.touch(Choice.FINISH).wait(60_000)


def collected() -> Desk:
    desk = Desk().stored()
    return desk.enter(desk.code()).open_door().close_door().touch(Choice.FINISH).wait(301_000).read()


def kept() -> Desk:
    desk = Desk().stored()
    return desk.enter(desk.code()).open_door().touch(Choice.CANT_REACH).close_door().touch(Choice.FINISH)


def disputed() -> Desk:
    desk = Desk().stored()
    return desk.enter(desk.code()).open_door().close_door().touch(Choice.NOT_HERE).touch(Choice.FINISH)


def twitched() -> Desk:
    desk = Desk().stored()
    return desk.enter(desk.code()).open_door().close_door(after_ms=500).touch(Choice.IT_IS_DONE).touch(Choice.FINISH)


WALKS = (
    dropped,
    withdrawn,
    undone_but_left_inside,
    cancelled,
    relocked,
    reopened,
    larger,
    occupied,
    failed,
    added,
    collected,
    kept,
    disputed,
    twitched,
)


def commits(desk: Desk) -> Iterator[list[Entry]]:
    """The desk's entries, decision by decision."""
    for event in dict.fromkeys(entry.stamp.event for entry in desk.entries):
        yield [entry for entry in desk.entries if entry.stamp.event == event]


def cuts(walk: Callable[[], Desk]) -> Iterator[tuple[Books, list[Entry]]]:
    """The books after each commit of ``walk``, with the entries that led there."""
    books, so_far = Books(KioskId("k1")), list[Entry]()
    for decision in commits(walk()):
        so_far += decision
        books = post_all(tidy(books), decision)
        yield books, so_far


@pytest.mark.parametrize("returns", [Reading.CLOSED, Reading.OPEN])
@pytest.mark.parametrize("walk", WALKS)
def test_every_commit_of_every_walk_is_a_place_to_start_from(walk: Callable[[], Desk], returns: Reading) -> None:
    for books, so_far in cuts(walk):
        desk = Desk()
        desk.state = type(desk.state)(
            books, desk.state.layout, desk.policy, desk.directory, boot=1, boards=desk.state.boards
        )
        desk.now_ms = books.mono_ms
        open_now = [name for name, known in books.compartments.items() if known.door_open]
        restarted(desk, **dict.fromkeys(open_now, returns))
        assert not desk.pulses(), so_far[-1]
        for name in open_now:
            desk.close_door(name)
        desk.answer_vault().answer_vault().wait(60_000)
        settled(desk, so_far)


def opened_since_free(entries: list[Entry]) -> set[CompartmentId]:
    """Compartments whose door was open after they were last said to be free."""
    opened = set[CompartmentId]()
    for entry in entries:
        match entry.body:
            case DoorOpened(compartment=name):
                opened.add(name)
            case CompartmentFreed(compartment=name):
                opened.discard(name)
            case _:
                pass
    return opened


def settled(desk: Desk, so_far: list[Entry]) -> None:
    books = desk.state.books
    assert not books.openings, so_far[-1]
    for parcel in books.parcels.values():
        assert not parcel.pending, so_far[-1]
        if parcel.state is ParcelState.STORED:
            assert parcel.code_life in (CodeLife.LIVE, CodeLife.GRACE), so_far[-1]
            assert books.compartments[parcel.compartment].custody is not Custody.FREE, so_far[-1]
    for name in opened_since_free(so_far):
        assert books.compartments[name].custody is not Custody.FREE, so_far[-1]
    for compartment in books.compartments.values():
        assert compartment.custody is not Custody.RESERVED, so_far[-1]
        held = [books.parcels[name] for name in compartment.parcels if name in books.parcels]
        assert compartment.custody is not Custody.FREE or not held, so_far[-1]


def test_a_courier_who_did_not_say_before_the_power_failed_where_the_parcel_is_leaves_check_and_a_code() -> None:
    for walk in (Desk().drop().close_door(after_ms=500), Desk().drop().touch(Choice.CANCEL).close_door()):
        desk = restarted(walk)

        assert desk.compartment("A01").custody is Custody.CHECK
        assert (desk.parcel().state, desk.parcel().code_life) == (ParcelState.STORED, CodeLife.LIVE)


def test_an_undo_whose_end_was_not_said_before_the_power_failed_is_check_with_the_code_valid() -> None:
    desk = restarted(Desk().drop().close_door().touch(Choice.UNDO).wait(3_000).open_door().close_door())

    assert desk.compartment("A01").custody is Custody.CHECK
    assert (desk.parcel().state, desk.parcel().code_life) == (ParcelState.STORED, CodeLife.LIVE)


def test_power_fails_during_an_undo_and_returns_with_the_door_shut() -> None:
    desk = restarted(Desk().drop().close_door().touch(Choice.UNDO).wait(3_000).open_door(), A01=Reading.CLOSED)

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.parcel().state is ParcelState.STORED


def test_power_returns_during_an_undo_with_the_door_still_open_and_nobody_says_what_was_taken() -> None:
    desk = restarted(Desk().drop().close_door().touch(Choice.UNDO).wait(3_000).open_door(), A01=Reading.OPEN)
    desk.close_door("A01")

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.parcel().state is ParcelState.WITHDRAWN


def test_a_door_open_over_a_start_and_shut_at_once_was_no_lock_that_closed_by_itself() -> None:
    desk = restarted(Desk().drop(), A01=Reading.OPEN).close_door("A01", after_ms=100)

    assert not desk.of(DoorRelocked)
    assert (desk.parcel().state, desk.parcel().confirmed) == (ParcelState.STORED, False)


def test_a_larger_door_promised_and_the_old_one_open_when_the_power_failed_leaves_the_old_one_check() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM)
    restarted(desk, A01=Reading.OPEN).close_door("A01")

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.compartment("A03").custody is Custody.FREE


def test_a_door_that_a_person_found_open_against_its_contact_is_check_after_a_start() -> None:
    desk = restarted(Desk().to_size().touch(Choice.SIZE, SMALL).fail_to_open().touch(Choice.IT_IS_OPEN))

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.parcel().state is ParcelState.STORED
