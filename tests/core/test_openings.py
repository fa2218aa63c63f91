"""Openings, doors and boards through the pure core: one lock at a time, nothing repeated blindly or believed unseen."""

from dataclasses import replace

import pytest

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core import view as v
from kiosk.core.books import Custody
from kiosk.core.decide import LOW_SPACE_BYTES, NO_SPACE_BYTES, decide, next_deadline
from kiosk.core.draft import Draft
from kiosk.core.effects import Pulse
from kiosk.core.events import Choice, PulseAnswer, Reading
from kiosk.core.ids import BoardId, CompartmentId
from kiosk.core.layout import ContactSource
from kiosk.core.policy import Policy
from kiosk.core.pulses import REPORT_MS
from kiosk.core.state import BoardStatus, Mode, Stage
from tests.core.desk import BOARD, LABEL, LINE, MEDIUM, OTHER_LABEL, SMALL, Desk, place

A01, A02 = CompartmentId("A01"), CompartmentId("A02")


def dropping() -> Desk:
    return Desk().to_size().touch(Choice.SIZE, SMALL)


def stage(desk: Desk) -> Stage:
    return next(iter(desk.state.openings.values())).stage


def test_a_pulse_carries_its_limit_of_two_seconds() -> None:
    desk = dropping()

    assert desk.pulse().not_after_ms == desk.now_ms + 2_000
    assert desk.screen.offers == ()
    assert desk.pulse().pulse.value == 300


def test_the_next_lock_waits_for_the_pulse_and_the_gap() -> None:
    desk = dropping().open_door().touch(Choice.OCCUPIED)
    sent_ms = desk.now_ms

    assert [pulse.compartment for pulse in desk.pulses()] == [A01]
    desk.wait(600)
    assert [pulse.compartment for pulse in desk.pulses()] == [A01, A02]
    asked = [entry for entry in desk.entries if isinstance(entry.body, e.UnlockRequested)]
    assert asked[-1].stamp.mono_ms - asked[0].stamp.mono_ms >= 600
    assert desk.now_ms == sent_ms + 600


def test_no_lock_is_pulsed_while_another_s_pulse_waits_for_its_line() -> None:
    desk = dropping().open_door().wait(5_000).touch(Choice.OPEN_AGAIN)
    assert [pulse.compartment for pulse in desk.pulses()] == [A01, A01]
    desk.touch(Choice.OCCUPIED).wait(1_900)
    assert [pulse.compartment for pulse in desk.pulses()] == [A01, A01], "the line has not taken the second one yet"

    desk.send_pulse().wait(600)
    assert [pulse.compartment for pulse in desk.pulses()] == [A01, A01, A02]


def test_a_lock_rests_before_it_is_pulsed_again() -> None:
    desk = dropping()
    sent_ms = desk.now_ms
    desk.pulse_in_vain()

    assert stage(desk) is Stage.PULSING
    assert desk.last(e.PulseFailed).reason == "did not open"
    asked = [entry.stamp.mono_ms for entry in desk.entries if isinstance(entry.body, e.UnlockRequested)]
    assert asked[1] - sent_ms >= 300 + 5 * 300


def test_what_a_contact_said_before_the_pulse_was_over_is_no_door_that_did_not_open() -> None:
    """A board that says nothing after a pulse, as some are for two seconds, has not said that the door is shut."""
    desk = dropping().send_pulse().wait(100).read().wait(4_000)
    assert (stage(desk), len(desk.pulses())) == (Stage.WATCHING, 1)

    desk.set_door("A01", Reading.OPEN)
    assert stage(desk) is Stage.OPEN


def test_a_door_that_nobody_reads_after_the_pulse_is_not_pulsed_again_and_may_have_moved() -> None:
    desk = dropping().send_pulse().wait(desk_silent_ms())

    assert len(desk.pulses()) == 1
    assert desk.last(e.OpeningFailed).reason == "contact unreadable"
    assert desk.compartment("A01").custody is Custody.CHECK


def test_a_door_read_shut_after_a_pause_is_pulsed_again_at_once() -> None:
    desk = dropping().send_pulse().wait(3_000).read()
    assert stage(desk) in (Stage.RESTING, Stage.PULSING)
    assert desk.last(e.PulseFailed).reason == "did not open"


def desk_silent_ms() -> int:
    return Desk().policy.silent_wait_ms


def test_a_late_door_counts_for_its_opening_while_the_lock_rests() -> None:
    desk = Desk(policy=replace(Desk().policy, lock_rest_factor=50)).to_size().touch(Choice.SIZE, SMALL)
    desk.pulse_in_vain()
    assert stage(desk) is Stage.RESTING

    desk.set_door("A01", Reading.OPEN)
    assert stage(desk) is Stage.OPEN
    assert len(desk.pulses()) == 1


def test_a_silent_board_is_never_pulsed_again_and_the_person_is_asked_after_six_seconds() -> None:
    desk = dropping().send_pulse()
    desk.do(ev.PulseAnswered(desk.pulse().intent_seq, PulseAnswer.SILENT)).wait(5_900)
    assert stage(desk) is Stage.SILENT

    desk.wait(200)
    assert len(desk.pulses()) == 1
    assert desk.last(e.OpeningFailed).reason == "board silent"
    assert desk.compartment("A01").custody is Custody.CHECK
    assert isinstance(desk.page, v.DropDoorDidNotOpen)


def test_a_door_that_opens_behind_a_silent_board_counts() -> None:
    desk = dropping().send_pulse()
    desk.do(ev.PulseAnswered(desk.pulse().intent_seq, PulseAnswer.GARBLED)).wait(3_000).set_door("A01", Reading.OPEN)

    assert desk.last(e.DoorOpened).compartment == A01


def test_an_acknowledgement_proves_nothing_and_changes_nothing() -> None:
    desk = dropping().send_pulse()
    desk.do(ev.PulseAnswered(desk.pulse().intent_seq, PulseAnswer.ACKNOWLEDGED))

    assert stage(desk) is Stage.WATCHING
    assert not desk.of(e.DoorOpened)


def test_a_refusal_is_final() -> None:
    desk = dropping().send_pulse()
    desk.do(ev.PulseAnswered(desk.pulse().intent_seq, PulseAnswer.REFUSED)).wait(10_000)

    assert len(desk.pulses()) == 1
    assert desk.compartment("A01").out_of_order == "refused"


def test_a_pulse_that_never_left_blames_no_lock_and_frees_the_supply() -> None:
    desk = dropping()
    desk.do(ev.PulseExpired(desk.pulse().intent_seq))

    assert desk.compartment("A01").out_of_order == ""
    assert desk.last(e.OpeningFailed).reason == "not sent"
    assert desk.state.supply.pulsing is None
    desk.touch(Choice.OPEN_OTHER, "A02")
    assert desk.pulse().compartment == A02


def test_a_pulse_nobody_reports_is_taken_for_sent_and_never_repeated() -> None:
    desk = dropping().wait(REPORT_MS)

    assert len(desk.pulses()) == 1
    assert desk.last(e.OpeningFailed).reason == "board silent"
    assert desk.state.supply.free_at_ms > desk.now_ms


def test_reports_of_pulses_nobody_knows_are_ignored() -> None:
    desk = Desk()
    before = desk.state.books

    desk.do(ev.PulseSent(77)).do(ev.PulseExpired(77)).do(ev.PulseAnswered(77, PulseAnswer.SILENT))
    assert desk.state.books == before


def test_late_reports_after_the_door_opened_change_nothing() -> None:
    desk = dropping().open_door()
    free_ms = desk.state.supply.free_at_ms

    desk.do(ev.PulseSent(desk.pulse().intent_seq))
    desk.do(ev.PulseAnswered(desk.pulse().intent_seq, PulseAnswer.REFUSED))
    assert stage(desk) is Stage.OPEN
    assert desk.state.supply.free_at_ms == free_ms


def test_a_contact_that_cannot_be_read_is_never_retried() -> None:
    desk = dropping().send_pulse()
    for _ in range(3):
        desk.do(ev.BoardSilent(BOARD))
    desk.wait(5_900)
    assert len(desk.pulses()) == 1

    desk.wait(200)
    assert desk.last(e.OpeningFailed).reason == "board silent"


def test_a_board_that_returns_after_it_was_lost_in_an_opening_is_not_pulsed_again() -> None:
    desk = dropping().send_pulse().wait(500).do(ev.LineLost(LINE)).wait(1_000).do(ev.LineReady(LINE)).read().read()

    desk.wait(4_400)
    assert len(desk.pulses()) == 1
    assert desk.wait(200).last(e.OpeningFailed).reason == "board silent"


def test_a_contact_that_says_nonsense_is_never_retried() -> None:
    desk = dropping().send_pulse().set_door("A01", Reading.FAULT).wait(3_000).read().wait(2_900)
    assert len(desk.pulses()) == 1

    assert desk.wait(200).last(e.OpeningFailed).reason == "contact unreadable"


def test_a_lost_board_is_read_again_before_any_pulse() -> None:
    desk = Desk().stored().do(ev.LineLost(LINE)).enter(Desk().stored().code())
    assert (stage(desk), len(desk.pulses())) == (Stage.QUEUED, 1)

    desk.wait(3_000).do(ev.LineReady(LINE)).wait(10)
    assert len(desk.pulses()) == 1
    desk.read()
    assert len(desk.pulses()) == 2


def test_a_person_does_not_wait_for_long_for_a_lost_board_and_nothing_is_blamed() -> None:
    desk = Desk().stored().do(ev.LineLost(LINE)).enter(Desk().stored().code()).wait(6_000)

    assert desk.page == v.PickupDoorDidNotOpen(v.door_place(desk.state, A01), "board lost")
    assert desk.compartment("A01").out_of_order == ""
    assert desk.parcel().code_life.value == "live"


def test_a_board_lost_while_its_lock_rests_is_as_silent_as_one_lost_behind_a_pulse() -> None:
    desk = Desk(policy=replace(Desk().policy, lock_rest_factor=50)).to_size().touch(Choice.SIZE, SMALL)
    desk.pulse_in_vain().do(ev.LineLost(LINE)).wait(6_000)

    assert desk.last(e.OpeningFailed).reason == "board silent"
    assert [failed.reason for failed in desk.of(e.PulseFailed)] == ["did not open"]
    assert desk.compartment("A01").custody is Custody.CHECK


def test_three_different_doors_failing_in_a_row_are_one_supply_alarm() -> None:
    desk = Desk().identify().scan(LABEL).touch(Choice.GO_ON).key_in("7A").press("ok").touch(Choice.SIZE, SMALL)
    for _ in range(3):
        for _ in range(3):
            desk.pulse_in_vain().wait(3_000)
        if isinstance(desk.page, v.DropDoorDidNotOpen) and Choice.OPEN_OTHER in desk.offered():
            other = next(offer for offer in desk.screen.offers if offer.choice is Choice.OPEN_OTHER)
            desk.touch(Choice.OPEN_OTHER, other.value)

    assert len(desk.of(e.SupplyAlarm)) == 1
    assert len(desk.of(e.CompartmentOutOfOrder)) == 2


def failing(desk: Desk, times: int) -> Desk:
    """Another compartment after another, none of which opens."""
    for _ in range(times):
        desk.fail_to_open()
        other = next((offer.value for offer in desk.screen.offers if offer.choice is Choice.OPEN_OTHER), "")
        desk.touch(Choice.OPEN_OTHER, other)
    return desk


def test_a_dead_supply_is_one_alarm_however_many_doors_are_tried_until_one_opens() -> None:
    small = tuple(place(f"A{channel:02}", SMALL, channel) for channel in range(1, 9))
    desk = failing(Desk(places=small).to_size().touch(Choice.SIZE, SMALL), 5)
    assert len(desk.of(e.SupplyAlarm)) == 1
    assert len(desk.of(e.CompartmentOutOfOrder)) == 2
    assert not any(desk.compartment(f"A{number:02}").out_of_order for number in range(1, 6))

    desk.open_door().answer_vault().close_door()
    failing(desk.touch(Choice.FINISH).to_size(OTHER_LABEL).touch(Choice.SIZE, SMALL), 1)
    assert len(desk.of(e.CompartmentOutOfOrder)) == 3
    assert len(desk.of(e.WorkOrderOpened)) == 3, "a lock that fails while others open is one that has to be seen to"


def test_a_dead_supply_excuses_no_lock_whose_board_refuses_it() -> None:
    small = tuple(place(f"A{channel:02}", SMALL, channel) for channel in range(1, 9))
    desk = failing(Desk(places=small).to_size().touch(Choice.SIZE, SMALL), 3).send_pulse()
    desk.do(ev.PulseAnswered(desk.pulse().intent_seq, PulseAnswer.REFUSED))

    assert desk.compartment("A04").out_of_order == "refused"


def test_a_silent_board_is_check_whatever_failed_before_it() -> None:
    small = tuple(place(f"A{channel:02}", SMALL, channel) for channel in range(1, 9))
    desk = failing(Desk(places=small).to_size().touch(Choice.SIZE, SMALL), 2).send_pulse()
    desk.do(ev.PulseAnswered(desk.pulse().intent_seq, PulseAnswer.SILENT)).wait(6_000)

    assert desk.compartment("A03").custody is Custody.CHECK
    assert not desk.of(e.SupplyAlarm)
    desk.touch(Choice.OPEN_OTHER, "A04")
    assert desk.compartment("A03").custody is Custody.CHECK


def test_a_pulse_reported_after_its_door_was_shut_again_gives_the_supply_back() -> None:
    desk = dropping().open_door().answer_vault().wait(3_000).touch(Choice.OPEN_AGAIN)
    late = desk.pulse().intent_seq
    assert desk.state.supply.pulsing == late
    desk.close_door(after_ms=100).wait(3_000)
    assert not desk.state.openings

    desk.do(ev.PulseSent(late))
    assert desk.state.supply.pulsing is None
    assert desk.state.supply.rest_until_ms[A01] == desk.now_ms + 300 + 1_500


def test_a_pulse_of_an_open_door_that_nobody_reports_gives_the_supply_back_too() -> None:
    desk = dropping().open_door().answer_vault().wait(3_000).touch(Choice.OPEN_AGAIN).wait(REPORT_MS)

    assert desk.state.supply.pulsing is None
    assert stage(desk) is Stage.OPEN


def test_a_door_that_opens_by_itself_is_an_alarm_and_check_and_never_freed() -> None:
    desk = Desk().set_door("A02", Reading.OPEN)

    assert desk.last(e.DoorForced) == e.DoorForced(A02, "nothing")
    assert desk.compartment("A02").custody is Custody.CHECK
    assert [door.compartment for door in desk.screen.please_shut] == [A02]
    desk.close_door("A02")
    assert desk.last(e.DoorShut).compartment == A02
    assert not desk.screen.please_shut
    assert desk.compartment("A02").custody is Custody.CHECK


def test_a_neighbour_popped_by_a_slam_is_named_with_the_door_that_slammed() -> None:
    desk = dropping().open_door().answer_vault().close_door().set_door("A02", Reading.OPEN)

    assert desk.last(e.DoorForced) == e.DoorForced(A02, A01)


def test_a_neighbour_popped_before_the_slammed_door_is_believed_shut_is_named_too() -> None:
    desk = dropping().open_door().answer_vault().wait(4_000)
    desk.set_door("A01", Reading.CLOSED, stable_ms=100).set_door("A02", Reading.OPEN)

    assert desk.last(e.DoorForced) == e.DoorForced(A02, A01)
    assert desk.compartment("A02").custody is Custody.CHECK


def test_a_door_that_opens_long_after_another_was_shut_was_not_slammed_open() -> None:
    desk = dropping().open_door().answer_vault().close_door().wait(5_000).set_door("A02", Reading.OPEN)

    assert desk.last(e.DoorForced) == e.DoorForced(A02, "nothing")


def test_a_pickup_of_a_door_that_stands_open_already_is_open_as_soon_as_its_pulse_was_sent() -> None:
    desk = Desk().stored().set_door("A01", Reading.OPEN)
    assert desk.last(e.DoorForced)

    desk.enter(desk.code()).send_pulse()
    assert stage(desk) is Stage.OPEN
    desk.close_door("A01").wait(301_000).read()
    assert desk.last(e.ParcelCollected)
    assert desk.compartment("A01").custody is Custody.CHECK


def test_an_applied_layout_is_a_persons_word_and_ends_the_stop_of_the_bank_with_no_pickup_lost() -> None:
    desk = Desk().stored()
    desk.to_size(OTHER_LABEL).touch(Choice.SIZE, MEDIUM).send_pulse().set_door("A05", Reading.OPEN)
    desk.set_door("A05", Reading.CLOSED)
    assert desk.page == v.OutOfOrder("wiring")
    assert desk.wait(45_000).page == v.OutOfOrder("wiring")

    draft = Draft(desk.state, desk.stamp())
    draft.record(e.LayoutApplied(2, "d2", tuple(p.compartment for p in desk.places)))
    desk.state = draft.decision().state
    assert {desk.compartment(name).custody for name in ("A03", "A05")} == {Custody.CHECK}
    assert isinstance(desk.enter(desk.code()).page, v.PickupDoor)


def test_nothing_is_typed_or_opened_in_a_bank_that_stopped_during_a_visit() -> None:
    desk = Desk().stored().touch(Choice.PICK_UP).key_in("1234567")
    desk.state = replace(desk.state, books=replace(desk.state.books, bank_stopped="wiring"))
    before = len(desk.entries)

    desk.press("8")
    assert len(desk.entries) == before


def test_another_door_opening_beside_the_pulsed_one_freezes_both_and_stops_the_bank() -> None:
    desk = dropping().send_pulse().set_door("A02", Reading.OPEN)

    assert desk.last(e.WiringSuspected) == e.WiringSuspected(A01, A02)
    assert desk.compartment("A01").custody is Custody.CHECK
    assert desk.compartment("A02").out_of_order == "wiring"
    assert desk.page == v.OutOfOrder("wiring")
    assert not desk.screen.offers
    assert desk.scan(LABEL).press("1").page == v.OutOfOrder("wiring")


def test_a_stopped_bank_pulses_nothing_that_was_still_queued() -> None:
    desk = dropping().open_door().touch(Choice.OCCUPIED)
    desk.wait(600).send_pulse().set_door("A05", Reading.OPEN)
    assert desk.state.books.bank_stopped == "wiring"
    pulses = len(desk.pulses())

    desk.wait(60_000)
    assert len(desk.pulses()) == pulses
    assert all(opening.stage is Stage.OPEN for opening in desk.state.openings.values())


def test_an_opening_queued_behind_the_one_that_stopped_the_bank_fails() -> None:
    desk = Desk().stored().stored(OTHER_LABEL, size=SMALL).enter(Desk().stored().code())
    desk.state = replace(desk.state, books=replace(desk.state.books, bank_stopped="wiring"))
    desk.touch(Choice.OPEN, "A01")
    assert not desk.of(e.OpeningFailed)

    queued = Desk().stored()
    queued.state = replace(queued.state, supply=replace(queued.state.supply, free_at_ms=queued.now_ms + 5_000))
    queued.enter(queued.code())
    assert stage(queued) is Stage.QUEUED
    queued.state = replace(queued.state, books=replace(queued.state.books, bank_stopped="wiring"))
    queued.do(ev.Ticked())
    assert queued.last(e.OpeningFailed).reason == "bank stopped"
    assert queued.parcel().code_life.value == "live"


def test_a_storm_of_doors_at_power_return_is_recognised_once() -> None:
    desk = Desk()
    for name in ("A01", "A02", "A03", "A04"):
        desk.set_door(name, Reading.OPEN)

    assert len(desk.of(e.ForcedStorm)) == 1
    assert desk.last(e.ForcedStorm).compartments == ("A01", "A02", "A03")
    assert desk.compartment("A04").custody is Custody.CHECK


def test_a_door_found_open_at_the_first_reading_is_check_because_locks_may_have_fired() -> None:
    class OpenAtStart(Desk):
        def read(self) -> "Desk":
            self.readings.setdefault(1, Reading.OPEN)
            return super().read()

    desk = OpenAtStart()
    assert desk.last(e.DoorForced) == e.DoorForced(A01, "power off")


def test_a_door_recorded_open_and_found_open_again_is_no_news() -> None:
    desk = Desk().set_door("A02", Reading.OPEN)
    for _ in range(3):
        desk.do(ev.BoardSilent(BOARD))
    forced = len(desk.of(e.DoorForced))

    desk.read().read()
    assert len(desk.of(e.DoorForced)) == forced
    assert desk.screen.please_shut


def test_a_faulty_contact_makes_the_compartment_suspect_once() -> None:
    desk = Desk().set_door("A01", Reading.FAULT)
    desk.set_door("A01", Reading.CLOSED).set_door("A01", Reading.FAULT)

    assert len(desk.of(e.ContactSuspected)) == 1
    assert desk.compartment("A01").suspected == "contact fault"


def test_a_board_is_lost_after_three_unanswered_reads_and_returns_with_the_first_answer() -> None:
    desk = Desk().do(ev.BoardSilent(BOARD)).do(ev.BoardGarbled(BOARD, "bad check"))
    assert not desk.of(e.BoardLost)

    desk.do(ev.BoardGarbled(BOARD, "bad check"))
    assert desk.last(e.BoardLost) == e.BoardLost(BOARD, "bad check")
    assert desk.to_size().page == v.Full(tuple(replace(card, free=0) for card in desk.page.sizes))
    desk.read()
    assert desk.last(e.BoardReturned).board == BOARD
    desk.do(ev.BoardSilent(BOARD)).read()
    assert desk.state.boards[BOARD].failures == 0


def test_a_lost_line_loses_its_boards_once_and_forgets_how_they_were_polled() -> None:
    desk = dropping().do(ev.LineLost(LINE)).do(ev.LineLost(LINE))

    assert len(desk.of(e.BoardLost)) == 1
    assert desk.state.boards[BOARD].status is BoardStatus.LOST
    polled = len(desk.polls())
    desk.do(ev.LineReady(LINE))
    assert len(desk.polls()) == polled + 1


def test_boards_and_channels_that_are_not_in_the_layout_are_ignored() -> None:
    desk = Desk()
    before = desk.state.books
    stranger = BoardId("b9")

    desk.do(ev.ContactsRead(stranger, ContactSource.BOARD_FEEDBACK, {1: Reading.OPEN}))
    desk.do(ev.ContactsRead(BOARD, ContactSource.BOARD_FEEDBACK, {24: Reading.OPEN}))
    desk.do(ev.BoardSilent(stranger)).do(ev.LineLost(LINE.__class__("l9"))).do(ev.LineReady(LINE.__class__("l9")))
    assert desk.state.books == before


def test_each_board_is_asked_for_the_sites_own_idle_rate_from_the_start_on() -> None:
    desk = Desk(policy=Policy(poll_idle_ms=7_000))
    first = desk.polls()[0]
    assert (first.board, first.every_ms) == (BOARD, 7_000)


def test_a_board_that_answers_is_polled_fast_until_its_doors_are_known_and_so_is_one_that_comes_back() -> None:
    desk = Desk(policy=Policy(poll_idle_ms=7_000))
    assert [poll.every_ms for poll in desk.polls()] == [7_000, desk.policy.poll_fast_ms, 7_000]

    desk.effects.clear()
    desk.do(ev.LineLost(LINE)).do(ev.LineReady(LINE))
    assert [poll.every_ms for poll in desk.polls()] == [7_000], "one that is silent would hold the others up"
    desk.settle()
    assert [poll.every_ms for poll in desk.polls()] == [7_000, desk.policy.poll_fast_ms, 7_000]


def test_a_known_board_is_polled_fast_only_while_an_opening_is_under_way() -> None:
    desk = dropping()
    assert desk.polls()[-1].every_ms == desk.policy.poll_fast_ms

    desk.open_door().answer_vault().close_door()
    assert desk.polls()[-1].every_ms == desk.policy.poll_idle_ms


def test_a_little_space_stops_drops_and_no_space_stops_everybody() -> None:
    desk = Desk().do(ev.SpaceMeasured(LOW_SPACE_BYTES - 1))
    assert desk.offered() == {Choice.PICK_UP}
    assert desk.scan(LABEL).page == v.Welcome()

    desk.do(ev.SpaceMeasured(NO_SPACE_BYTES - 1))
    assert desk.offered() == set()
    assert desk.press("1").page == v.Welcome()
    assert desk.do(ev.SpaceMeasured(LOW_SPACE_BYTES)).offered() == {Choice.PICK_UP, Choice.DELIVER}


def test_a_courier_whose_drop_is_done_begins_no_other_one_when_space_runs_low() -> None:
    desk = dropping().do(ev.SpaceMeasured(LOW_SPACE_BYTES - 1)).open_door().answer_vault().close_door()
    assert desk.parcel().compartment == A01
    assert Choice.NEXT_PARCEL not in desk.offered()

    assert desk.scan(OTHER_LABEL).offered() == {Choice.REMOVE, Choice.FINISH}


def test_a_pickup_goes_on_with_little_space_and_not_without_any() -> None:
    low = Desk().stored().do(ev.SpaceMeasured(LOW_SPACE_BYTES - 1)).enter(Desk().stored().code())
    assert len(low.pulses()) == 2

    none = Desk().stored().touch(Choice.PICK_UP).key_in(Desk().stored().code())
    none.do(ev.SpaceMeasured(NO_SPACE_BYTES - 1)).answer_vault()
    assert len(none.pulses()) == 1
    assert none.page == v.PickupDoorDidNotOpen(v.door_place(none.state, A01), "no space")
    assert none.parcel().code_life.value == "live"


def test_reminders_come_in_the_order_of_their_times_whatever_a_policy_calls_them() -> None:
    desk = Desk(policy=Policy(door_reminder_s=120, door_second_reminder_s=10, door_left_open_s=60))
    desk.to_size().touch(Choice.SIZE, SMALL).open_door()

    assert [desk.wait(ms).page.reminder for ms in (9_000, 2_000, 50_000)] == [0, 1, 2]


def test_a_missing_scanner_is_remembered_until_it_returns() -> None:
    desk = Desk().do(ev.ScannerLost("front"))
    assert desk.state.scanners_lost == {"front"}

    assert desk.do(ev.ScannerReady("front")).state.scanners_lost == frozenset()


def test_a_jump_of_the_clock_is_recorded_and_decides_nothing() -> None:
    desk = Desk().stored()
    desk.wall_ms -= 86_400_000
    before = desk.screen

    desk.do(ev.Ticked())
    assert desk.last(e.ClockJumped).by_ms == -86_400_000
    assert desk.screen == before


def test_a_clean_stop_ends_the_visit_and_is_the_last_entry() -> None:
    desk = Desk().identify().do(ev.StopAsked("service stopped"))
    assert desk.kinds()[-2:] == ["visit_ended", "kiosk_stopped"]
    assert desk.state.books.clean_stop

    assert next_deadline(desk.state) is None
    count = len(desk.entries)
    desk.touch(Choice.PICK_UP)
    assert len(desk.entries) == count
    assert Desk().do(ev.StopAsked("x")).kinds()[-1] == "kiosk_stopped"


@pytest.mark.parametrize("mode", [Mode.DEGRADED, Mode.SAFE])
def test_a_kiosk_that_cannot_record_or_trust_itself_serves_nobody(mode: Mode) -> None:
    desk = Desk()
    desk.state = replace(desk.state, mode=mode)
    desk.touch(Choice.PICK_UP).scan(LABEL).press("1")

    assert desk.page == v.OutOfOrder(mode.value)
    assert not desk.screen.offers
    assert not desk.pulses()
    assert next_deadline(desk.state) is None


def test_a_degraded_kiosk_decides_nothing_durable_whatever_comes() -> None:
    desk = Desk()
    desk.state = replace(desk.state, mode=Mode.DEGRADED)

    decision = decide(desk.state, ev.ContactsRead(BOARD, ContactSource.BOARD_FEEDBACK, {1: Reading.OPEN}), desk.stamp())
    assert (decision.durable, decision.outward) == ((), ())


def test_a_degraded_kiosk_stops_when_asked_although_it_cannot_record_it() -> None:
    desk = Desk()
    desk.state = replace(desk.state, mode=Mode.DEGRADED)

    decision = decide(desk.state, ev.StopAsked("service stopped"), desk.stamp())
    assert decision.state.stopped
    assert decision.durable == ()


def test_only_pulses_name_an_intent_that_was_recorded() -> None:
    desk = Desk().stored().enter(Desk().stored().code()).open_door().close_door()
    asked = {entry.seq for entry in desk.entries if isinstance(entry.body, e.UnlockRequested)}

    assert {effect.intent_seq for effect in desk.effects if isinstance(effect, Pulse)} <= asked
