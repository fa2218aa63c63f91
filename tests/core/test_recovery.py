"""What a start makes of unfinished business: nothing pulsed again or freed by a guess, every code kept or made."""

from dataclasses import replace

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core import view as v
from kiosk.core.books import Custody, NoticeState, ParcelState, post_all, tidy
from kiosk.core.effects import MakeCode
from kiosk.core.entries import CodeLife
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import CompartmentId
from kiosk.core.recovery import restored
from kiosk.core.state import CodeProblem, State
from tests.core.desk import MEDIUM, OTHER_LABEL, SMALL, Desk

A01 = CompartmentId("A01")


def restarted(desk: Desk, **doors: Reading) -> Desk:
    """The process died and starts again from what was durable; contacts read until believed."""
    old = desk.state
    desk.effects.clear()
    desk.now_ms += 1_000
    desk.state = State(
        old.books,
        old.layout,
        old.policy,
        old.directory,
        boot=old.boot + 1,
        boards={name: replace(board, polled_fast=None) for name, board in old.boards.items()},
    )
    desk.readings |= {desk.state.layout.place(CompartmentId(n)).contact.channel: r for n, r in doors.items()}
    return desk.do(ev.Started("1.0", "3.40")).settle()


def test_an_unfinished_drop_is_check_and_its_parcel_gets_a_code() -> None:
    desk = restarted(Desk().to_size().touch(Choice.SIZE, SMALL))

    assert desk.last(e.UnlockAbandoned).compartment == A01
    assert desk.compartment("A01").custody is Custody.CHECK
    assert not desk.parcel().confirmed
    assert not desk.pulses()
    desk.answer_vault()
    assert desk.parcel().code_life is CodeLife.LIVE
    assert desk.parcel().notice is NoticeState.RELEASED
    desk.enter(desk.code()).wait(3_000).open_door().close_door().wait(400_000).read()
    assert desk.compartment("A01").custody is Custody.CHECK


def test_a_lock_that_may_have_been_pulsed_just_before_the_power_failed_rests_after_the_start() -> None:
    desk = restarted(Desk().to_size().touch(Choice.SIZE, SMALL))
    desk.answer_vault().enter(desk.code())
    assert not desk.pulses()

    desk.wait(300 + 5 * 300)
    assert [pulse.compartment for pulse in desk.pulses()] == [A01]


def test_an_unfinished_pickup_keeps_parcel_and_code() -> None:
    desk = Desk().stored()
    code = desk.code()
    restarted(desk.enter(code))

    assert desk.last(e.UnlockAbandoned)
    assert desk.compartment("A01").custody is Custody.OCCUPIED
    assert isinstance(desk.enter(code).page, v.PickupDoor)


def test_an_unfinished_undo_is_check_with_the_code_valid() -> None:
    desk = restarted(Desk().drop().close_door().touch(Choice.UNDO).wait(3_000))

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.parcel().code_life is CodeLife.LIVE


def test_power_fails_with_a_drop_open_and_returns_with_the_door_shut() -> None:
    desk = restarted(Desk().drop(), A01=Reading.CLOSED)

    assert desk.last(e.DoorClosed).witnessed is False
    assert desk.parcel().state is ParcelState.STORED
    assert not desk.parcel().confirmed
    assert desk.compartment("A01").custody is Custody.CHECK


def test_power_fails_before_the_code_was_made_and_the_vault_makes_it_at_start() -> None:
    desk = restarted(Desk().to_size().touch(Choice.SIZE, SMALL).open_door(), A01=Reading.CLOSED)

    assert [effect.parcel for effect in desk.effects if isinstance(effect, MakeCode)] == [desk.parcel().parcel]


def test_power_fails_with_a_pickup_open_and_returns_with_the_door_shut_grace_begins_anew_nothing_is_freed() -> None:
    desk = Desk().stored()
    code = desk.code()
    restarted(desk.enter(code).open_door(), A01=Reading.CLOSED)

    assert desk.parcel().code_life is CodeLife.GRACE
    assert isinstance(desk.enter(code).page, v.PickupDoor)
    desk.wait(41_000)
    desk.state = replace(desk.state, visit=None)
    again = Desk().stored()
    restarted(again.enter(again.code()).open_door(), A01=Reading.CLOSED).wait(301_000).read()
    assert again.compartment("A01").custody is Custody.CHECK


def test_power_returns_with_the_door_still_open_and_its_closing_is_seen() -> None:
    desk = Desk().stored()
    restarted(desk.enter(desk.code()).open_door(), A01=Reading.OPEN)
    assert desk.of(e.DoorForced) == []

    desk.close_door("A01")
    assert desk.last(e.DoorClosed).witnessed
    assert desk.last(e.ParcelCollected)


def test_power_fails_after_the_closing_and_the_grace_goes_on() -> None:
    desk = Desk().stored()
    restarted(desk.enter(desk.code()).open_door().close_door()).wait(301_000).read()

    assert desk.compartment("A01").custody is Custody.FREE


def test_a_promise_whose_door_was_never_asked_to_open_is_dropped_and_free_again() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM)
    restarted(desk, A01=Reading.CLOSED)

    assert desk.compartment("A03").custody is Custody.FREE
    assert desk.last(e.ReservationDropped).reason == "restart"


def test_a_promise_given_up_whose_end_nobody_saw_is_check() -> None:
    desk = Desk().drop().touch(Choice.NEED_LARGER).touch(Choice.SIZE, MEDIUM).wait(600).open_door("A03")
    restarted(desk, A01=Reading.CLOSED, A03=Reading.CLOSED)

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.compartment("A03").custody is Custody.CHECK


def test_a_held_notice_goes_on_being_held_and_then_out() -> None:
    desk = restarted(Desk().drop().close_door())
    assert desk.parcel().notice is NoticeState.HELD

    desk.wait(60_000)
    assert desk.parcel().notice is NoticeState.RELEASED


def test_a_stored_parcel_without_a_code_gets_one() -> None:
    desk = Desk().to_size().touch(Choice.SIZE, SMALL).open_door().close_door()
    assert desk.parcel().code_life is CodeLife.NONE

    restarted(desk).answer_vault()
    assert desk.parcel().code_life is CodeLife.LIVE


def test_a_debited_attempt_is_not_given_back_by_pulling_the_plug() -> None:
    desk = Desk().stored().touch(Choice.PICK_UP).key_in(Desk().stored().code())
    restarted(desk)

    assert desk.state.books.bucket.level == 9
    assert len(desk.state.books.bucket.failures) == 1


def test_a_start_says_how_the_last_boot_ended() -> None:
    desk = Desk()
    assert restarted(desk).last(e.KioskStarted).after == "unclean"

    restarted(desk.do(ev.StopAsked("service stopped")))
    assert desk.last(e.KioskStarted).after == "clean"


def test_a_pickup_cut_off_between_opening_and_grace_gets_its_grace() -> None:
    desk = Desk().stored()
    desk.enter(desk.code()).open_door()
    open_now = next(iter(desk.state.books.openings))
    lost = {name: opening for name, opening in desk.state.books.openings.items() if name != open_now}
    desk.state = replace(desk.state, books=replace(desk.state.books, openings=lost))

    restarted(desk, A01=Reading.CLOSED)
    assert desk.parcel().code_until_ms > desk.now_ms


def test_an_unfinished_drop_of_a_parcel_that_moved_on_is_only_check() -> None:
    desk = Desk().drop().touch(Choice.OCCUPIED).wait(600)
    desk.open_door("A02").answer_vault().close_door("A02")
    desk.touch(Choice.FINISH)
    restarted(desk, A01=Reading.CLOSED)

    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.parcel().compartment == "A02"
    assert desk.compartment("A02").custody is Custody.OCCUPIED


# --- a restored record ---


def restore(desk: Desk, epoch: int = 2) -> Desk:
    """The desk's record was a copy, and is begun anew; then the kiosk starts on it."""
    books = desk.state.books
    size = books.next_seq
    begun = e.EpochStarted("restored", "k1", books.epoch, size, "ab" * 32, "technician 7", "new card")
    entries = restored(books, replace(desk.stamp(), boot=books.boot + 1, event=0), begun, epoch)
    desk.entries += entries
    desk.state = replace(
        State(post_all(tidy(books), entries), desk.state.layout, desk.policy, desk.directory, boot=books.boot + 2),
        boards=desk.state.boards,
        started_ms=desk.now_ms,
    )
    return desk.do(ev.Started("1.0", "3.40")).settle()


def test_in_a_restored_record_every_compartment_is_check_and_the_new_epoch_names_the_old() -> None:
    desk = Desk().stored(OTHER_LABEL)
    size = desk.state.books.next_seq
    restore(desk, epoch=12)

    assert desk.last(e.EpochStarted).previous_size == size
    assert desk.state.books.epoch == 12
    assert {c.custody for c in desk.state.books.compartments.values()} == {Custody.CHECK}
    assert {c.reason for c in desk.state.books.compartments.values()} == {"the record was restored"}


def test_a_code_of_a_restored_record_opens_nothing_and_its_person_is_told_so() -> None:
    desk = restore(Desk().stored())
    level, entries = desk.state.books.bucket.level, len(desk.entries)
    desk.enter(desk.code())

    assert desk.page.problem is CodeProblem.SUSPENDED
    assert desk.kinds(entries) == ["attempt_debited", "attempt_refunded", "resident_refused"]
    assert desk.state.books.bucket.level == level
    assert not desk.pulses()[len(desk.of(e.UnlockRequested)) :]
    desk.wait(60_000)
    assert desk.state.visit is None
    assert desk.parcel().code_life is CodeLife.SUSPENDED, "also after the next start nobody gets a new one"
    assert not desk.state.codes_asked


def test_a_parcel_whose_door_was_open_when_the_copy_was_made_is_kept_and_gets_no_code() -> None:
    desk = restore(Desk().drop())

    assert (desk.parcel().state, desk.parcel().code_life) == (ParcelState.STORED, CodeLife.SUSPENDED)
    assert desk.last(e.NoticeWithdrawn).reason == "restored"
    assert desk.of(e.UnlockAbandoned)
    assert not desk.state.openings
    assert not desk.state.codes_asked


def test_a_collected_parcel_of_a_restored_record_is_over_at_once() -> None:
    desk = Desk().stored()
    desk.enter(desk.code()).open_door().close_door()
    assert desk.parcel().code_life is CodeLife.GRACE
    restore(desk)

    assert not desk.state.books.parcels
    assert desk.compartment("A01").custody is Custody.CHECK


def test_a_disputed_parcel_of_a_restored_record_stays_in_dispute() -> None:
    desk = Desk().stored()
    desk.enter(desk.code()).open_door().touch(Choice.NOT_HERE)
    desk.close_door()
    assert desk.parcel().state is ParcelState.DISPUTED
    restore(desk)

    assert (desk.parcel().state, desk.parcel().code_life) == (ParcelState.DISPUTED, CodeLife.SPENT)
