"""Books: what each kind of entry adds up to. Knows no storage and no decision."""

import pytest

from kiosk.core import entries as e
from kiosk.core.books import (
    MOST_FAILURES,
    NOT_OPENED,
    VERIFIER_KEY_DIGITS,
    Books,
    Compartment,
    Custody,
    NoticeState,
    Parcel,
    ParcelState,
    codes_by_key,
    post,
    post_all,
    tidy,
)
from kiosk.core.entries import Body, ClockState, CodeLife, Entry, Purpose, Stamp
from kiosk.core.ids import (
    BoardId,
    CompartmentId,
    CourierId,
    KioskId,
    OpeningId,
    ParcelId,
    ResidentId,
    UnitId,
    VisitId,
)

KIOSK = KioskId("k")
A1, A2, A3 = CompartmentId("A1"), CompartmentId("A2"), CompartmentId("A3")
PARCEL, OTHER = ParcelId("k-1-4"), ParcelId("k-1-9")
OPENING, VISIT = OpeningId("k-1-5"), VisitId("k-1-3")
RESIDENT, COURIER = ResidentId("r1"), CourierId("c1")

BEGUN: tuple[Body, ...] = (
    e.EpochStarted("new", KIOSK),
    e.KioskStarted(1, "1.0", "3.40.1", "clean"),
    e.LayoutApplied(1, "d1", (A1, A2, A3)),
)


def after(books: Books, *bodies: Body, notice: bytes | None = None) -> Books:
    """The books after these entries, each a second after the one before."""
    for body in bodies:
        at_ms = books.mono_ms + 1_000
        stamp = Stamp(at_ms, 1_790_000_000_000 + at_ms, ClockState.TRUSTED, 1, 1)
        starts = isinstance(body, e.EpochStarted)
        epoch, seq = (books.epoch + 1, 0) if starts else (books.epoch, books.next_seq)
        books = post(books, Entry(epoch, seq, stamp, body, notice))
    return books


def begun() -> Books:
    return after(Books(KIOSK), *BEGUN)


def reserved(parcel: ParcelId = PARCEL, compartment: CompartmentId = A1) -> Body:
    return e.ParcelReserved(
        parcel, compartment, RESIDENT, COURIER, VISIT, "ups", "ok", "fits", UnitId("12B"), "1Z5", ("X1",)
    )


def unlocked(purpose: Purpose = Purpose.DROP, compartment: CompartmentId = A1, pulse: int = 1) -> Body:
    return e.UnlockRequested(OPENING, pulse, compartment, purpose, (PARCEL,), VISIT, COURIER, "code", 300)


STORED = e.ParcelStored(PARCEL, A1, confirmed=False, undo_until_ms=99_000)
OPENED = e.DoorOpened(OPENING, A1, 120)


def with_stored() -> Books:
    dropped = after(begun(), reserved(), unlocked(), OPENED, e.CodeIssued(PARCEL, "ab" * 32))
    return after(dropped, e.DoorClosed(OPENING, A1, 5_000), STORED)


# --- order ---


def test_an_entry_moves_the_place_the_clock_and_the_boot() -> None:
    stamp = Stamp(7, 8, ClockState.UNKNOWN, 3, 1)
    books = post(Books(KIOSK), Entry(1, 0, stamp, e.EpochStarted("new", KIOSK)))
    assert (books.epoch, books.next_seq, books.mono_ms, books.wall_ms, books.boot) == (1, 1, 7, 8, 3)


@pytest.mark.parametrize("stopped", [True, False])
@pytest.mark.parametrize(
    "between",
    [e.PersonalDataErased("request", 1, (3, 4), person="Ada"), e.PolicyApplied(2, "2b"), e.LayoutApplied(2, "", ())],
)
def test_what_is_recorded_between_two_boots_leaves_how_the_last_one_ended(between: e.Body, *, stopped: bool) -> None:
    before = after(begun(), e.KioskStopped("update") if stopped else e.KioskStarted(1, "1.0", "3.40.1", "clean"))
    assert after(before, between).clean_stop is stopped


def test_what_the_next_entry_makes_is_named_by_its_place() -> None:
    assert begun().next_id == "k-1-3"


@pytest.mark.parametrize(("epoch", "seq"), [(1, 2), (1, 4), (0, 3), (2, 3)])
def test_an_entry_that_does_not_continue_is_refused(epoch: int, seq: int) -> None:
    with pytest.raises(ValueError, match=f"entry {epoch}/{seq} does not continue 1/3"):
        post(begun(), Entry(epoch, seq, Stamp(0, 0, ClockState.TRUSTED, 1, 1), e.KioskStopped("update")))


@pytest.mark.parametrize(("epoch", "seq"), [(1, 0), (0, 0), (2, 1)])
def test_an_epoch_begins_with_a_higher_number_at_nought(epoch: int, seq: int) -> None:
    with pytest.raises(ValueError, match="does not continue"):
        post(begun(), Entry(epoch, seq, Stamp(0, 0, ClockState.TRUSTED, 1, 1), e.EpochStarted("x", KIOSK)))


def test_an_epoch_may_leave_numbers_out_and_keeps_the_books() -> None:
    stamp = Stamp(0, 0, ClockState.TRUSTED, 1, 1)
    later = post(with_stored(), Entry(5, 0, stamp, e.EpochStarted("yearly", KIOSK)))
    assert (later.epoch, later.next_seq) == (5, 1)
    assert later.parcels == with_stored().parcels


def test_entries_add_up_in_order() -> None:
    stamp = Stamp(0, 0, ClockState.TRUSTED, 1, 1)
    entries = [Entry(1, seq, stamp, body) for seq, body in enumerate(BEGUN)]
    assert post_all(Books(KIOSK), entries).next_seq == len(BEGUN)


def test_a_stop_is_clean_until_the_next_start() -> None:
    stopped = after(begun(), e.KioskStopped("update"))
    assert stopped.clean_stop
    assert not after(stopped, e.KioskStarted(2, "1.0", "3.40.1", "clean")).clean_stop


@pytest.mark.parametrize(
    "body",
    [
        e.ClockJumped(-5),
        e.AttemptDenied(VISIT, 1),
        e.AttemptRefused(VISIT, 1),
        e.CourierIdentified(VISIT, COURIER, "code"),
        e.ResidentIdentified(VISIT, RESIDENT, "code"),
        e.RecipientLookedUp(VISIT, COURIER, 2),
        e.VisitEnded(VISIT, "courier", "done", 9),
        e.PulseFailed(OPENING, A1, 4, "still closed"),
        e.DoorLeftOpen(OPENING, A1, 120_000),
        e.ForcedStorm((A1, A2)),
        e.BoardLost(BoardId("b"), "silent"),
        e.BoardReturned(BoardId("b")),
        e.AlarmRaised("tamper", "panel"),
    ],
)
def test_what_is_only_told_changes_nothing_but_the_place(body: Body) -> None:
    before = with_stored()
    told = after(before, body)
    assert told.next_seq == before.next_seq + 1
    assert (told.compartments, told.parcels, told.openings) == (before.compartments, before.parcels, before.openings)
    assert told.bucket == before.bucket


# --- documents ---


def test_applied_documents_are_remembered_by_version_and_digest() -> None:
    books = after(begun(), e.PolicyApplied(4, "p4"), e.DirectoryApplied(6, "d6"))
    assert (books.layout_version, books.layout_digest) == (1, "d1")
    assert (books.policy_version, books.policy_digest) == (4, "p4")
    assert (books.directory_version, books.directory_digest) == (6, "d6")


def test_a_new_bank_begins_free() -> None:
    assert [c.custody for c in begun().compartments.values()] == [Custody.FREE] * 3


def test_a_changed_layout_keeps_what_is_held_checks_what_is_new_and_takes_out_what_is_gone() -> None:
    books = after(with_stored(), e.LayoutApplied(2, "d2", (A1, A2, "B1")))
    assert books.compartments[A1] == with_stored().compartments[A1]
    assert books.compartments[CompartmentId("B1")].custody is Custody.CHECK
    assert books.compartments[CompartmentId("B1")].reason == "new in the layout"
    assert books.compartments[A3].out_of_order == "not in the layout"


# --- drops ---


def test_a_reservation_holds_its_compartment_and_remembers_the_resident() -> None:
    books = after(begun(), reserved())
    assert books.compartments[A1] == Compartment(A1, Custody.RESERVED, (PARCEL,), last_resident=RESIDENT)
    parcel = books.parcels[PARCEL]
    assert (parcel.state, parcel.unit, parcel.tracking_number, parcel.aliases) == (
        ParcelState.RESERVED,
        "12B",
        "1Z5",
        ("X1",),
    )
    assert parcel.reserved_at_ms == books.wall_ms


def test_a_second_parcel_joins_the_first_in_its_compartment() -> None:
    books = after(with_stored(), reserved(OTHER))
    assert books.compartments[A1].parcels == (PARCEL, OTHER)
    assert books.compartments[A1].custody is Custody.OCCUPIED


@pytest.mark.parametrize(
    "leaving",
    [e.ReservationDropped(PARCEL, A1, "did not open"), e.ParcelWithdrawn(PARCEL, A1, "undone", confirmed=True)],
)
def test_a_parcel_that_leaves_with_the_courier_leaves_its_compartment_to_an_entry_of_its_own(leaving: Body) -> None:
    books = after(begun(), reserved(), reserved(OTHER), leaving)
    assert (books.compartments[A1].custody, books.compartments[A1].parcels) == (Custody.RESERVED, (OTHER,))
    parcel = books.parcels[PARCEL]
    assert (parcel.state, parcel.place, parcel.ended_at_ms) == (ParcelState.WITHDRAWN, "courier", books.wall_ms)
    assert after(books, e.CompartmentFreed(A1, "empty")).compartments[A1].custody is Custody.FREE


def test_a_parcel_that_its_compartment_has_forgotten_can_still_be_withdrawn() -> None:
    freed = after(with_stored(), e.CompartmentFreed(A1, "empty"))
    withdrawn = after(freed, e.ParcelWithdrawn(PARCEL, A1, "late", confirmed=False))
    assert withdrawn.compartments[A1] == freed.compartments[A1]


def test_a_moved_parcel_reserves_the_other_compartment_and_only_that() -> None:
    books = after(begun(), reserved(), e.ParcelMoved(PARCEL, A2, "did not open"))
    assert books.compartments[A1].parcels == ()
    assert (books.compartments[A2].custody, books.compartments[A2].parcels) == (Custody.RESERVED, (PARCEL,))
    assert books.parcels[PARCEL].compartment == A2


def test_a_stored_parcel_occupies_and_is_confirmed_when_the_courier_goes_on() -> None:
    books = with_stored()
    parcel = books.parcels[PARCEL]
    assert books.compartments[A1].custody is Custody.OCCUPIED
    assert (parcel.state, parcel.confirmed, parcel.undo_until_ms) == (ParcelState.STORED, False, 99_000)
    assert parcel.stored_at_ms == books.wall_ms
    assert after(books, e.DropConfirmed(PARCEL)).parcels[PARCEL].confirmed


def overflowed() -> Body:
    return e.OverflowRecorded(
        PARCEL, COURIER, VISIT, RESIDENT, "dhl", "none", "full", "desk", UnitId("9"), "JJD", ("Y",)
    )


def test_an_overflow_is_in_no_compartment_and_finished_at_once() -> None:
    books = after(begun(), overflowed())
    parcel = books.parcels[PARCEL]
    assert (parcel.state, parcel.place, parcel.compartment) == (ParcelState.OVERFLOW, "desk", "")
    assert (parcel.unit, parcel.tracking_number, parcel.aliases) == ("9", "JJD", ("Y",))
    assert parcel.finished


# --- pickups ---


def test_a_collected_parcel_leaves_grace_behind() -> None:
    books = after(with_stored(), e.ParcelCollected(PARCEL, A1, confirmed=True))
    parcel = books.parcels[PARCEL]
    assert books.compartments[A1].custody is Custody.GRACE
    assert (parcel.state, parcel.collected_at_ms, parcel.ended_at_ms) == (
        ParcelState.COLLECTED,
        books.wall_ms,
        books.wall_ms,
    )


def test_a_kept_parcel_is_stored_as_before() -> None:
    books = after(with_stored(), e.ParcelCollected(PARCEL, A1, confirmed=False), e.ParcelKept(PARCEL, A1, "heavy"))
    parcel = books.parcels[PARCEL]
    assert (parcel.state, parcel.collected_at_ms, parcel.ended_at_ms) == (ParcelState.STORED, 0, 0)
    assert books.compartments[A1].custody is Custody.OCCUPIED


def test_a_dispute_is_check() -> None:
    books = after(with_stored(), e.DisputeOpened(PARCEL, A1, ("closed",)))
    assert books.parcels[PARCEL].state is ParcelState.DISPUTED
    assert books.compartments[A1].custody is Custody.CHECK


def test_check_is_left_by_a_judgement_only() -> None:
    checked = after(with_stored(), e.CompartmentChecked(A1, "dirty"))
    collected = after(checked, e.ParcelCollected(PARCEL, A1, confirmed=True))
    assert (collected.compartments[A1].custody, collected.compartments[A1].reason) == (Custody.CHECK, "dirty")
    freed = after(collected, e.CompartmentFreed(A1, "staff"))
    assert freed.compartments[A1] == Compartment(A1, pulses=1, last_resident=RESIDENT)


# --- codes and notices ---


def test_a_code_lives_from_its_issue_through_grace_to_spent() -> None:
    issued = after(begun(), reserved(), e.CodeIssued(PARCEL, "ab" * 32))
    assert (issued.parcels[PARCEL].code_life, issued.parcels[PARCEL].notice) == (CodeLife.LIVE, NoticeState.NONE)
    grace = after(issued, e.CodeMoved(PARCEL, CodeLife.GRACE, 77))
    assert (grace.parcels[PARCEL].code_life, grace.parcels[PARCEL].code_until_ms) == (CodeLife.GRACE, 77)
    assert after(grace, e.CodeMoved(PARCEL, CodeLife.SPENT)).parcels[PARCEL].code_life is CodeLife.SPENT


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (e.NoticeReleased(PARCEL, 4), NoticeState.RELEASED),
        (e.NoticeWithdrawn(PARCEL, 4, "undone"), NoticeState.WITHDRAWN),
    ],
)
def test_a_notice_is_held_by_the_entry_it_is_attached_to_until_its_end(ending: Body, state: NoticeState) -> None:
    held = after(after(begun(), reserved()), e.CodeIssued(PARCEL, "ab"), notice=b"sealed")
    assert (held.parcels[PARCEL].notice, held.parcels[PARCEL].notice_seq) == (NoticeState.HELD, 4)
    assert after(held, ending).parcels[PARCEL].notice is state


def test_only_a_code_that_may_open_something_is_in_the_index() -> None:
    live = with_stored()
    assert codes_by_key(live.parcels.values()) == {("ab" * 32)[:VERIFIER_KEY_DIGITS]: PARCEL}
    grace = after(live, e.CodeMoved(PARCEL, CodeLife.GRACE))
    assert list(codes_by_key(grace.parcels.values()).values()) == [PARCEL]
    spent = after(grace, e.CodeMoved(PARCEL, CodeLife.SPENT))
    assert codes_by_key(spent.parcels.values()) == {}
    erased = after(begun(), reserved(), e.CodeIssued(PARCEL))
    assert codes_by_key(erased.parcels.values()) == {}


def test_finished_parcels_leave_with_the_next_decision_and_not_before() -> None:
    grace = after(with_stored(), e.ParcelCollected(PARCEL, A1, confirmed=True), e.CodeMoved(PARCEL, CodeLife.GRACE))
    assert tidy(grace) is grace
    spent = after(grace, reserved(OTHER, A2), e.CodeMoved(PARCEL, CodeLife.SPENT))
    assert list(spent.parcels) == [PARCEL, OTHER]
    assert list(tidy(spent).parcels) == [OTHER]


def test_a_stored_or_disputed_parcel_is_never_finished() -> None:
    spent = after(with_stored(), e.CodeMoved(PARCEL, CodeLife.SPENT))
    assert not spent.parcels[PARCEL].finished
    assert not after(spent, e.DisputeOpened(PARCEL, A1, ())).parcels[PARCEL].finished


# --- openings and doors ---


def test_an_intent_opens_an_opening_and_counts_a_pulse() -> None:
    books = after(begun(), reserved(), unlocked())
    opening = books.openings[OPENING]
    assert (opening.intent_seq, opening.pulse_number, opening.requested_ms) == (4, 1, books.mono_ms)
    assert (opening.purpose, opening.parcels, opening.by, opening.opened) == (Purpose.DROP, (PARCEL,), COURIER, False)
    again = after(books, unlocked(pulse=2))
    assert (again.openings[OPENING].intent_seq, again.compartments[A1].pulses) == (5, 2)


def test_an_opened_door_is_the_openings_and_breaks_the_row_of_failures() -> None:
    failed = after(begun(), reserved(), unlocked(), e.OpeningFailed(OPENING, A1, NOT_OPENED))
    assert (failed.failed_in_a_row, failed.openings) == ((A1,), {})
    books = after(failed, unlocked(), OPENED)
    assert books.failed_in_a_row == ()
    assert books.openings[OPENING].opened
    assert books.compartments[A1].door_open


@pytest.mark.parametrize("closed", [e.DoorClosed(OPENING, A1, 5_000), e.DoorRelocked(OPENING, A1, 900)])
def test_a_closed_door_ends_its_opening(closed: Body) -> None:
    books = after(begun(), reserved(), unlocked(), OPENED, closed)
    assert books.openings == {}
    assert not books.compartments[A1].door_open


def test_a_door_that_moves_by_itself_moves_no_opening() -> None:
    books = after(begun(), reserved(), unlocked(), e.DoorForced(A2, "nothing"))
    assert books.compartments[A2].door_open
    assert list(books.openings) == [OPENING]
    assert not after(books, e.DoorShut(A2)).compartments[A2].door_open


def test_the_row_of_failures_names_each_compartment_once_and_an_abandoned_unlock_is_none() -> None:
    books = after(begun(), *(e.OpeningFailed(OPENING, name, NOT_OPENED) for name in (A1, A2, A1)))
    assert books.failed_in_a_row == (A1, A2)
    abandoned = after(books, reserved(), unlocked(compartment=A3), e.UnlockAbandoned(OPENING, A3))
    assert (abandoned.failed_in_a_row, abandoned.openings) == ((A1, A2), {})
    assert after(abandoned, e.SupplyAlarm((A1, A2))).failed_in_a_row == (A1, A2)


def test_a_supply_that_fails_acquits_every_lock_that_did_not_open_and_no_other() -> None:
    broken = after(begun(), e.CompartmentOutOfOrder(A1, "refused"), e.OpeningFailed(OPENING, A1, NOT_OPENED))
    assert broken.failed_in_a_row == (), "a lock that is known to be broken says nothing of its supply"

    blamed = after(broken, e.CompartmentOutOfOrder(A2, NOT_OPENED), e.SupplyAlarm((A1, A2)))
    assert (blamed.compartments[A1].out_of_order, blamed.compartments[A2].out_of_order) == ("refused", "")


@pytest.mark.parametrize("reason", ["not sent", "refused", "board silent", "bank stopped", "wiring"])
def test_only_a_door_that_did_not_open_speaks_of_the_supply(reason: str) -> None:
    assert after(begun(), e.OpeningFailed(OPENING, A1, reason)).failed_in_a_row == ()


def test_a_further_intent_of_an_open_door_leaves_it_open() -> None:
    assert after(begun(), reserved(), unlocked(), OPENED, unlocked(pulse=2)).openings[OPENING].opened


def test_a_parcel_is_unsure_from_its_open_door_until_somebody_said_where_it_is() -> None:
    books = after(begun(), reserved(), unlocked())
    assert books.parcels[PARCEL].state is ParcelState.RESERVED
    for seen in (OPENED, e.DoorUnseen(OPENING, A1)):
        opened = after(books, seen)
        assert opened.parcels[PARCEL].state is ParcelState.UNSURE
        assert opened.parcels[PARCEL].pending
        assert after(opened, e.ParcelMoved(PARCEL, A2, "needs larger")).parcels[PARCEL].state is ParcelState.RESERVED
    assert after(books, e.DoorUnseen(OPENING, A1)).openings == {}


def test_suspected_wiring_stops_the_bank() -> None:
    stopped = after(begun(), e.WiringSuspected(A1, A2))
    assert stopped.bank_stopped == "wiring"
    assert after(stopped, e.LayoutApplied(2, "d", (A1, A2, A3))).bank_stopped == ""


def test_a_compartment_is_judged_out_of_order_or_its_contact_suspected_and_back() -> None:
    books = after(begun(), e.CompartmentOutOfOrder(A1, "jammed"), e.ContactSuspected(A1, "flutters"))
    assert (books.compartments[A1].out_of_order, books.compartments[A1].suspected) == ("jammed", "flutters")
    assert after(books, e.CompartmentOutOfOrder(A1, "")).compartments[A1].out_of_order == ""


# --- the failure bucket ---


def test_an_attempt_is_debited_and_a_success_refunds_its_own() -> None:
    debited = after(begun(), e.AttemptDebited(VISIT, 1, "pickup", 9, 500))
    assert (debited.bucket.level, debited.bucket.since_ms, debited.bucket.failures) == (9, 500, (debited.mono_ms,))
    refunded = after(debited, e.AttemptRefunded(VISIT, 1, 10, debited.mono_ms))
    assert (refunded.bucket.level, refunded.bucket.failures) == (10, ())


def test_a_refund_takes_back_its_own_failure_and_not_the_last_one() -> None:
    first = after(begun(), e.AttemptDebited(VISIT, 1, "pickup", 9, 500))
    second = after(first, e.AttemptDebited(VISIT, 2, "pickup", 8, 500))
    assert second.mono_ms != first.mono_ms
    assert after(second, e.AttemptRefunded(VISIT, 1, 9, first.mono_ms)).bucket.failures == (second.mono_ms,)
    assert after(second, e.AttemptRefunded(VISIT, 1, 9, 7)).bucket.failures == (first.mono_ms, second.mono_ms)


def test_no_more_failures_are_kept_than_a_policy_can_ask_for() -> None:
    books = begun()
    for attempt in range(MOST_FAILURES + 5):
        books = after(books, e.AttemptDebited(VISIT, attempt, "pickup", 3, 0))
    assert len(books.bucket.failures) == MOST_FAILURES
    assert books.bucket.failures[-1] == books.mono_ms


def test_guarded_mode_is_entered_and_left() -> None:
    guarded = after(begun(), e.GuardedModeEntered(40))
    assert guarded.bucket.guarded
    assert not after(guarded, e.GuardedModeLeft("a day")).bucket.guarded


def test_a_parcel_begins_without_code_and_notice() -> None:
    parcel = Parcel(PARCEL, ParcelState.RESERVED, A1, RESIDENT, COURIER, VISIT, "ups", "ok")
    assert (parcel.code_life, parcel.notice, parcel.notice_seq, parcel.finished) == (
        CodeLife.NONE,
        NoticeState.NONE,
        -1,
        False,
    )
