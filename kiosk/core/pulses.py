"""Pulses: what the line reports of them, what time does to an opening, and when the next one is asked for.

Holds the rules of retries, silence and doors that stay open. It must not know screens, visits or how a contact is
read. No pulse leaves without its committed intent, and nothing is ever pulsed again except as a new intent while the
contact still says closed.
"""

from dataclasses import replace
from typing import assert_never

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import NOT_OPENED
from kiosk.core.doors import Door, DoorState
from kiosk.core.draft import Draft, News, Outcome
from kiosk.core.events import PulseAnswer, PulseAnswered, PulseExpired, PulseSent, Reading
from kiosk.core.openings import UNPULSED, door_closed, door_opened, fail, reminder_times_s
from kiosk.core.state import Opening, Stage, State
from kiosk.core.supply import board_is_lost, may_pulse, ready_ms, request, stop_reason, supply_after, waits

REPORT_MS = 5_000
"""A line that has not reported a pulse by then never will: two seconds more than any exchange takes."""


def pump(draft: Draft) -> None:
    """Ask for the next pulse, if one may leave. In a stopped bank, or without a place for its intent, none does."""
    stopped = stop_reason(draft.state)
    for opening in tuple(draft.state.openings.values()):
        if stopped and opening.stage in UNPULSED:
            fail(draft, opening, stopped)
    if stopped:
        return
    for opening in tuple(draft.state.openings.values()):
        if not may_pulse(draft.state, opening, draft.now_ms):
            continue
        if opening.again and draft.door(opening.compartment).raw is Reading.CLOSED:
            draft.put_opening(replace(opening, again=False))  # somebody is shutting it: the wish is over
            continue
        request(draft, opening)
        return


# --- what the line reports of a pulse ---


def pulse_sent(draft: Draft, event: PulseSent) -> None:
    supply_after(draft, event.intent_seq, energised=True)
    opening = _of_intent(draft.state, event.intent_seq)
    if opening is not None and opening.stage is Stage.OPEN:
        draft.put_opening(replace(opening, acts_until_ms=draft.now_ms + draft.state.policy.open_wait_ms))
    if opening is None or opening.stage is not Stage.PULSING:
        return
    watched = replace(opening, stage=Stage.WATCHING, since_ms=draft.now_ms)
    draft.put_opening(watched)
    door = draft.door(opening.compartment)
    if door.state is DoorState.OPEN:
        door_opened(draft, watched, replace(door, since_ms=draft.now_ms))


def pulse_answered(draft: Draft, event: PulseAnswered) -> None:
    opening = _of_intent(draft.state, event.intent_seq)
    if opening is None or opening.stage is not Stage.WATCHING:
        return
    match event.answer:
        case PulseAnswer.ACKNOWLEDGED:
            pass
        case PulseAnswer.SILENT | PulseAnswer.GARBLED:
            draft.put_opening(replace(opening, stage=Stage.SILENT))
        case PulseAnswer.REFUSED:
            fail(draft, opening, "refused")
        case _:
            assert_never(event.answer)


def pulse_expired(draft: Draft, event: PulseExpired) -> None:
    supply_after(draft, event.intent_seq, energised=False)
    opening = _of_intent(draft.state, event.intent_seq)
    if opening is not None and opening.stage is Stage.OPEN:
        draft.put_opening(replace(opening, acts_until_ms=0))
    if opening is not None and opening.stage is Stage.PULSING:
        fail(draft, opening, "not sent")


def _of_intent(state: State, intent_seq: int) -> Opening | None:
    return next((opening for opening in state.openings.values() if opening.intent_seq == intent_seq), None)


# --- deadlines ---


def due(draft: Draft) -> None:
    """Everything about openings whose time has come."""
    supply = draft.state.supply
    if supply.pulsing is not None and draft.now_ms >= supply.asked_ms + REPORT_MS:
        supply_after(draft, supply.pulsing, energised=True)
    for opening in tuple(draft.state.openings.values()):
        match opening.stage:
            case Stage.PULSING:
                if draft.now_ms >= opening.since_ms + REPORT_MS:
                    fail(draft, opening, "board silent")
            case Stage.WATCHING:
                _watch(draft, opening)
            case Stage.SILENT:
                if draft.now_ms >= opening.since_ms + draft.state.policy.silent_wait_ms:
                    fail(draft, opening, "board silent")
            case Stage.OPEN:
                _open(draft, opening)
            case Stage.QUEUED | Stage.RESTING:
                _wait_for_board(draft, opening)
            case _:
                assert_never(opening.stage)


def _wait_for_board(draft: Draft, opening: Opening) -> None:
    """A lost board may return; but not for long does a person wait for it."""
    overdue = draft.now_ms >= opening.since_ms + draft.state.policy.silent_wait_ms
    if overdue and board_is_lost(draft.state, opening):
        fail(draft, opening, "board silent" if opening.pulses else "board lost")


def _watch(draft: Draft, opening: Opening) -> None:
    """The door has not opened. It is pulsed again only if its contact was read after the pulse and says closed."""
    policy, door = draft.state.policy, draft.door(opening.compartment)
    if draft.now_ms < opening.since_ms + policy.open_wait_ms:
        return
    if custody.is_blind(draft.state, opening.compartment):
        _unseen(draft, opening)
        return
    if door.state is not DoorState.CLOSED or not opening.still_shut:
        if draft.now_ms >= opening.since_ms + policy.silent_wait_ms:
            fail(draft, opening, "contact unreadable")
        return
    if opening.pulses >= policy.pulses_per_opening:
        fail(draft, opening, NOT_OPENED)
        return
    draft.record(e.PulseFailed(opening.opening, opening.compartment, opening.intent_seq, NOT_OPENED))
    draft.put_opening(replace(opening, stage=Stage.RESTING, since_ms=draft.now_ms))


def _unseen(draft: Draft, opening: Opening) -> None:
    """No contact tells of this door, so the kiosk's part ends with the pulse, and the person is asked."""
    draft.record(e.DoorUnseen(opening.opening, opening.compartment))
    draft.drop_opening(opening.opening)
    custody.door_unseen(draft, opening)
    draft.tell(News(opening, Outcome.RELOCKED))


def _open(draft: Draft, opening: Opening) -> None:
    """A door that was shut under one more pulse stayed shut; any other one is only spoken of."""
    door = draft.door(opening.compartment)
    if door.state is not DoorState.CLOSED:
        _remind(draft, opening)
    elif draft.now_ms >= opening.acts_until_ms:
        door_closed(draft, opening, door)


def _remind(draft: Draft, opening: Opening) -> None:
    times_s = reminder_times_s(draft.state)
    open_ms = draft.now_ms - opening.since_ms
    passed = sum(1 for at_s in times_s if open_ms >= at_s * 1000)
    if passed <= opening.reminders:
        return
    draft.put_opening(replace(opening, reminders=passed))
    if passed == len(times_s):
        draft.record(e.DoorLeftOpen(opening.opening, opening.compartment, open_ms))


def next_deadline(state: State) -> int | None:
    """When `due` or `pump` has something to do, in monotonic milliseconds."""
    times = [at for opening in state.openings.values() if (at := _deadline(state, opening)) is not None]
    if state.supply.pulsing is not None:
        times.append(state.supply.asked_ms + REPORT_MS)
    return min(times, default=None)


def _deadline(state: State, opening: Opening) -> int | None:
    policy, lost = state.policy, board_is_lost(state, opening)
    if waits(opening) and state.supply.pulsing is None and not lost and not stop_reason(state):
        return ready_ms(state.supply, opening.compartment)
    match opening.stage:
        case Stage.QUEUED | Stage.RESTING:
            return opening.since_ms + policy.silent_wait_ms if lost else None
        case Stage.PULSING:
            return opening.since_ms + REPORT_MS
        case Stage.WATCHING:
            shut = opening.still_shut and state.doors.get(opening.compartment, Door()).state is DoorState.CLOSED
            answers = shut or custody.is_blind(state, opening.compartment)
            return opening.since_ms + (policy.open_wait_ms if answers else policy.silent_wait_ms)
        case Stage.SILENT:
            return opening.since_ms + policy.silent_wait_ms
        case Stage.OPEN:
            return _open_deadline(state, opening)
        case _:
            assert_never(opening.stage)


def _open_deadline(state: State, opening: Opening) -> int | None:
    """When an open door is spoken of next; or, shut under one more pulse, is believed to stay shut."""
    if state.doors.get(opening.compartment, Door()).state is DoorState.CLOSED:
        return opening.acts_until_ms
    left = reminder_times_s(state)[opening.reminders :]
    return opening.since_ms + left[0] * 1000 if left else None
