"""Openings: from the wish to open a door to the door shut again, for every purpose alike; and the supply arbiter.

Holds the rules of pulses, retries, silence, doors that stay open, and doors that open by themselves. It must not know
screens or visits: what happened is left as news for whoever waits. No pulse leaves without its committed intent, one
lock is energised at a time, and nothing is ever pulsed again except as a new intent while the contact still says
closed.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import NOT_OPENED
from kiosk.core.doors import Door, DoorState, observed, unread
from kiosk.core.draft import Draft, News, Outcome, without
from kiosk.core.effects import PollDoors, Pulse
from kiosk.core.entries import Purpose
from kiosk.core.events import (
    BoardGarbled,
    BoardSilent,
    ContactsRead,
    LineLost,
    LineReady,
    PulseAnswer,
    PulseAnswered,
    PulseExpired,
    PulseSent,
    Reading,
)
from kiosk.core.ids import BoardId, CompartmentId, OpeningId, ParcelId, VisitId
from kiosk.core.state import Board, BoardStatus, Opening, Space, Stage, State, Supply

PULSE_LIFE_MS = 2_000
"""No pulse reaches the wire later than this after its intent."""
REPORT_MS = 5_000
"""A line that has not reported a pulse by then never will: two seconds more than any exchange takes."""
FAILURES_UNTIL_LOST = 3
SLAM_MS = 2_000
"""How long after a door shut a neighbour's opening is taken for its slam."""
STORM_MS = 10_000
STORM_DOORS = 3
SUPPLY_DOORS = 3
"""So many different doors failing in a row are one supply's fault, not so many locks'."""


def begin(  # noqa: PLR0913 - an opening names all of these in the record
    draft: Draft,
    compartment: CompartmentId,
    purpose: Purpose,
    parcels: tuple[ParcelId, ...],
    *,
    visit: VisitId,
    by: str,
    credential: str,
) -> OpeningId:
    """Queue an opening. Its pulse leaves as soon as the supply is free and the lock has rested."""
    name = OpeningId(draft.new_name())
    draft.put_opening(Opening(name, compartment, purpose, parcels, visit, by, credential, since_ms=draft.now_ms))
    return name


def under_way(state: State, compartment: CompartmentId) -> Opening | None:
    """The opening of this compartment that is not over yet."""
    return next((opening for opening in state.openings.values() if opening.compartment == compartment), None)


def pulse_again(draft: Draft, name: OpeningId) -> None:
    """One more pulse for a door that is open already: harmless, and what a person with a stiff door asks for."""
    draft.put_opening(replace(draft.state.openings[name], again=True))


def vacate(draft: Draft, name: OpeningId) -> None:
    """The opening goes on, but nothing more is expected of it than a shut door."""
    draft.put_opening(replace(draft.state.openings[name], vacated=True))


# --- the supply arbiter ---


def may_pulse(state: State, opening: Opening, now_ms: int) -> bool:
    """Whether this opening's next pulse may be asked for now."""
    free = state.supply.pulsing is None and not _board_is_lost(state, opening)
    return _waits(opening) and free and _ready_ms(state.supply, opening.compartment) <= now_ms


def _ready_ms(supply: Supply, compartment: CompartmentId) -> int:
    """When the supply is free for this lock, and the lock has rested."""
    return max(supply.free_at_ms, supply.rest_until_ms.get(compartment, 0))


def _board_is_lost(state: State, opening: Opening) -> bool:
    """Whether the lock's board does not answer: it has to be read again before any pulse."""
    board = state.boards.get(state.layout.place(opening.compartment).output.board)
    return board is not None and board.status is BoardStatus.LOST


def _stopped(state: State) -> str:
    """Why no lock of the bank is pulsed at all; empty if they are."""
    if state.books.bank_stopped:
        return "bank stopped"
    return "no space" if state.space is Space.NONE else ""


def _waits(opening: Opening) -> bool:
    return opening.stage in (Stage.QUEUED, Stage.RESTING) or opening.again


def pump(draft: Draft) -> None:
    """Ask for the next pulse, if one may leave. In a stopped bank, or without a place for its intent, none does."""
    stopped = _stopped(draft.state)
    for opening in tuple(draft.state.openings.values()):
        if stopped and opening.stage in UNPULSED:
            _fail(draft, opening, stopped)
    if stopped:
        return
    for opening in draft.state.openings.values():
        if may_pulse(draft.state, opening, draft.now_ms):
            _request(draft, opening)
            return


def _request(draft: Draft, opening: Opening) -> None:
    place, policy = draft.state.layout.place(opening.compartment), draft.state.policy
    seq = draft.record(
        e.UnlockRequested(
            opening=opening.opening,
            pulse_number=opening.pulses + 1,
            compartment=opening.compartment,
            purpose=opening.purpose,
            parcels=opening.parcels,
            visit=opening.visit,
            by=opening.by,
            credential=opening.credential,
            pulse_ms=policy.pulse_ms,
        )
    )
    asked = replace(opening, pulses=opening.pulses + 1, intent_seq=seq, again=False)
    if opening.stage is not Stage.OPEN:
        asked = replace(asked, stage=Stage.PULSING, since_ms=draft.now_ms)
    draft.put_opening(asked)
    supply = replace(draft.state.supply, pulsing=seq, compartment=opening.compartment, asked_ms=draft.now_ms)
    draft.change(supply=supply)
    draft.ask(Pulse(seq, opening.compartment, place.output, policy.pulse, draft.now_ms + PULSE_LIFE_MS))


def _supply_after(draft: Draft, intent_seq: int, *, energised: bool) -> None:
    """The supply after a pulse was sent, or never will be; whatever became of its opening meanwhile."""
    supply, policy = draft.state.supply, draft.state.policy
    if supply.pulsing != intent_seq:
        return
    if not energised:
        draft.change(supply=replace(supply, pulsing=None))
        return
    ends_ms = draft.now_ms + policy.pulse_ms
    rest = {**supply.rest_until_ms, supply.compartment: ends_ms + policy.pulse_ms * policy.lock_rest_factor}
    draft.change(supply=replace(supply, pulsing=None, free_at_ms=ends_ms + policy.pulse_gap_ms, rest_until_ms=rest))


def rest_after_start(draft: Draft, pulsed: Iterable[CompartmentId]) -> None:
    """Nobody knows how short before its end the last boot pulsed these locks: they rest as after a pulse, and so does
    the supply.
    """
    policy, ends_ms = draft.state.policy, draft.now_ms + draft.state.policy.pulse_ms
    rest = dict.fromkeys(pulsed, ends_ms + policy.pulse_ms * policy.lock_rest_factor)
    free_ms = ends_ms + policy.pulse_gap_ms if rest else 0
    draft.change(supply=Supply(free_at_ms=free_ms, rest_until_ms=rest))


# --- what the line reports of a pulse ---


def pulse_sent(draft: Draft, event: PulseSent) -> None:
    _supply_after(draft, event.intent_seq, energised=True)
    opening = _of_intent(draft.state, event.intent_seq)
    if opening is None or opening.stage is not Stage.PULSING:
        return
    watched = replace(opening, stage=Stage.WATCHING, since_ms=draft.now_ms)
    draft.put_opening(watched)
    door = draft.door(opening.compartment)
    if door.state is DoorState.OPEN:
        _opened(draft, watched, replace(door, since_ms=draft.now_ms))


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
            _fail(draft, opening, "refused")
        case _:
            assert_never(event.answer)


def pulse_expired(draft: Draft, event: PulseExpired) -> None:
    _supply_after(draft, event.intent_seq, energised=False)
    opening = _of_intent(draft.state, event.intent_seq)
    if opening is not None and opening.stage is Stage.PULSING:
        _fail(draft, opening, "not sent")


def _of_intent(state: State, intent_seq: int) -> Opening | None:
    return next((opening for opening in state.openings.values() if opening.intent_seq == intent_seq), None)


# --- deadlines ---


def due(draft: Draft) -> None:
    """Everything about openings whose time has come."""
    supply = draft.state.supply
    if supply.pulsing is not None and draft.now_ms >= supply.asked_ms + REPORT_MS:
        _supply_after(draft, supply.pulsing, energised=True)
    for opening in tuple(draft.state.openings.values()):
        match opening.stage:
            case Stage.PULSING:
                if draft.now_ms >= opening.since_ms + REPORT_MS:
                    _fail(draft, opening, "board silent")
            case Stage.WATCHING:
                _watch(draft, opening)
            case Stage.SILENT:
                if draft.now_ms >= opening.since_ms + draft.state.policy.silent_wait_ms:
                    _fail(draft, opening, "board silent")
            case Stage.OPEN:
                _remind(draft, opening)
            case Stage.QUEUED | Stage.RESTING:
                _wait_for_board(draft, opening)
            case _:
                assert_never(opening.stage)


def _wait_for_board(draft: Draft, opening: Opening) -> None:
    """A lost board may return; but not for long does a person wait for it."""
    overdue = draft.now_ms >= opening.since_ms + draft.state.policy.silent_wait_ms
    if overdue and _board_is_lost(draft.state, opening):
        _fail(draft, opening, "board silent" if opening.pulses else "board lost")


def _watch(draft: Draft, opening: Opening) -> None:
    """The door has not opened. It is pulsed again only if its contact can be read and says closed."""
    policy, door = draft.state.policy, draft.door(opening.compartment)
    if draft.now_ms < opening.since_ms + policy.open_wait_ms:
        return
    if custody.is_blind(draft.state, opening.compartment):
        _unseen(draft, opening)
        return
    if door.state is not DoorState.CLOSED:
        if draft.now_ms >= opening.since_ms + policy.silent_wait_ms:
            _fail(draft, opening, "contact unreadable")
        return
    if opening.pulses >= policy.pulses_per_opening:
        _fail(draft, opening, NOT_OPENED)
        return
    draft.record(e.PulseFailed(opening.opening, opening.compartment, opening.intent_seq, NOT_OPENED))
    draft.put_opening(replace(opening, stage=Stage.RESTING, since_ms=draft.now_ms))


def _unseen(draft: Draft, opening: Opening) -> None:
    """No contact tells of this door, so the kiosk's part ends with the pulse, and the person is asked."""
    draft.record(e.DoorUnseen(opening.opening, opening.compartment))
    draft.drop_opening(opening.opening)
    custody.door_unseen(draft, opening)
    draft.tell(News(opening, Outcome.RELOCKED))


def _remind(draft: Draft, opening: Opening) -> None:
    times_s = reminder_times_s(draft.state)
    open_ms = draft.now_ms - opening.since_ms
    passed = sum(1 for at_s in times_s if open_ms >= at_s * 1000)
    if passed <= opening.reminders:
        return
    draft.put_opening(replace(opening, reminders=passed))
    if passed == len(times_s):
        draft.record(e.DoorLeftOpen(opening.opening, opening.compartment, open_ms))


def reminder_times_s(state: State) -> tuple[int, int, int]:
    """When an open door is spoken of: twice to the person, the third time to staff."""
    policy = state.policy
    first, second, last = sorted((policy.door_reminder_s, policy.door_second_reminder_s, policy.door_left_open_s))
    return first, second, last


def next_deadline(state: State) -> int | None:
    """When `due` or `pump` has something to do, in monotonic milliseconds."""
    times = [at for opening in state.openings.values() if (at := _deadline(state, opening)) is not None]
    if state.supply.pulsing is not None:
        times.append(state.supply.asked_ms + REPORT_MS)
    return min(times, default=None)


def _deadline(state: State, opening: Opening) -> int | None:
    policy, lost = state.policy, _board_is_lost(state, opening)
    if _waits(opening) and state.supply.pulsing is None and not lost and not _stopped(state):
        return _ready_ms(state.supply, opening.compartment)
    match opening.stage:
        case Stage.QUEUED | Stage.RESTING:
            return opening.since_ms + policy.silent_wait_ms if lost else None
        case Stage.PULSING:
            return opening.since_ms + REPORT_MS
        case Stage.WATCHING:
            closed = state.doors.get(opening.compartment, Door()).state is DoorState.CLOSED
            answers = closed or custody.is_blind(state, opening.compartment)
            return opening.since_ms + (policy.open_wait_ms if answers else policy.silent_wait_ms)
        case Stage.SILENT:
            return opening.since_ms + policy.silent_wait_ms
        case Stage.OPEN:
            left = reminder_times_s(state)[opening.reminders :]
            return opening.since_ms + left[0] * 1000 if left else None
        case _:
            assert_never(opening.stage)


# --- how an opening fails ---

JUDGEMENTS = {
    NOT_OPENED: ("out of order",),
    "refused": ("out of order",),
    "not sent": (),
    "bank stopped": (),
    "no space": (),
    "board lost": (),
    "board silent": ("out of order", "check"),
    "contact unreadable": ("out of order", "check"),
    "wiring": ("out of order", "check"),
}
"""What a failed opening says about its compartment. If nobody could see the door, it may have moved: Check."""
UNPULSED = (Stage.QUEUED, Stage.RESTING)
"""Stages without a pulse under way: none was asked for, or the last one's outcome is recorded."""


def _fail(draft: Draft, opening: Opening, reason: str) -> None:
    if opening.stage not in UNPULSED:
        draft.record(e.PulseFailed(opening.opening, opening.compartment, opening.intent_seq, reason))
    before = draft.state.books.failed_in_a_row
    draft.record(e.OpeningFailed(opening.opening, opening.compartment, reason))
    draft.drop_opening(opening.opening)
    failed = draft.state.books.failed_in_a_row
    if len(failed) == SUPPLY_DOORS > len(before):
        draft.record(e.SupplyAlarm(failed))
    _judge(draft, opening, reason)
    draft.tell(News(opening, Outcome.FAILED, reason))


def _judge(draft: Draft, opening: Opening, reason: str) -> None:
    """No lock is blamed for a supply that failed at several doors; it stays so until a door opens again."""
    verdicts = JUDGEMENTS[reason]
    supply = reason == NOT_OPENED and len(draft.state.books.failed_in_a_row) >= SUPPLY_DOORS
    if "out of order" in verdicts and not supply:
        custody.out_of_order(draft, opening.compartment, reason)
    if "check" in verdicts and opening.purpose is not Purpose.PICKUP:
        custody.check(draft, opening.compartment, reason)


# --- doors ---


def contacts_read(draft: Draft, event: ContactsRead) -> None:
    """One poll of a board: its doors, debounced, and whatever follows from a door that moved."""
    board_answered(draft, event.board)
    for channel, reading in event.readings.items():
        place = draft.state.layout.at_contact(event.source, event.board, channel)
        if place is None or place.compartment not in draft.state.books.compartments:
            continue
        before = draft.door(place.compartment)
        after = observed(before, reading, draft.now_ms, draft.state.policy)
        draft.change(doors={**draft.state.doors, place.compartment: after})
        if after.state is not before.state:
            _door_changed(draft, place.compartment, before, after)


def _door_changed(draft: Draft, name: CompartmentId, before: Door, after: Door) -> None:
    opening = under_way(draft.state, name)
    match after.state:
        case DoorState.OPEN:
            _door_is_open(draft, name, opening, before, after)
        case DoorState.CLOSED:
            _door_is_closed(draft, name, opening, before, after)
        case DoorState.UNKNOWN:
            custody.suspect(draft, name, "contact fault")
        case _:
            assert_never(after.state)


EXPECTED = (Stage.PULSING, Stage.WATCHING, Stage.SILENT)


def _door_is_open(draft: Draft, name: CompartmentId, opening: Opening | None, before: Door, after: Door) -> None:
    if opening is not None and opening.stage is Stage.OPEN:
        draft.put_opening(replace(opening, witnessed=True))
    elif opening is not None and (opening.stage in EXPECTED or opening.pulses):
        _opened(draft, opening, after)
    elif before.readable or not draft.compartment(name).door_open:
        _opened_by_itself(draft, name, seen=before.readable)
    else:
        draft.change(please_shut=draft.state.please_shut | {name})


def _opened(draft: Draft, opening: Opening, door: Door) -> None:
    after_ms = max(0, door.since_ms - opening.since_ms)
    draft.record(e.DoorOpened(opening.opening, opening.compartment, after_ms))
    _supply_after(draft, opening.intent_seq, energised=True)
    opened = replace(opening, stage=Stage.OPEN, since_ms=door.since_ms)
    draft.put_opening(opened)
    custody.door_opened(draft, opened)
    draft.tell(News(opened, Outcome.OPENED))


def _door_is_closed(draft: Draft, name: CompartmentId, opening: Opening | None, before: Door, door: Door) -> None:
    draft.change(please_shut=draft.state.please_shut - {name})
    if before.state is DoorState.OPEN:
        draft.change(last_closed=(name, door.since_ms))
    if opening is not None and opening.stage is Stage.OPEN:
        _closed(draft, opening, door)
    elif opening is None and draft.compartment(name).door_open:
        draft.record(e.DoorShut(name))


def _closed(draft: Draft, opening: Opening, door: Door) -> None:
    open_ms = max(0, door.since_ms - opening.since_ms)
    draft.drop_opening(opening.opening)
    if opening.witnessed and open_ms < draft.state.policy.relock_ms:
        draft.record(e.DoorRelocked(opening.opening, opening.compartment, open_ms))
        custody.door_relocked(draft, opening)
        draft.tell(News(opening, Outcome.RELOCKED))
        return
    draft.record(e.DoorClosed(opening.opening, opening.compartment, open_ms, opening.witnessed))
    custody.door_closed(draft, opening)
    draft.tell(News(opening, Outcome.CLOSED))


def _opened_by_itself(draft: Draft, name: CompartmentId, *, seen: bool) -> None:
    """Nothing had asked this door to open: swapped wires, a slam, force, or locks that fire at power return."""
    pulsed = next((o for o in draft.state.openings.values() if o.stage in (Stage.WATCHING, Stage.SILENT)), None)
    if seen and pulsed is not None:
        _wiring(draft, pulsed, name)
        return
    draft.record(e.DoorForced(name, _slammed(draft, name) if seen else "power off"))
    custody.check(draft, name, "opened by itself")
    forced = (*(at for at in draft.state.forced_at_ms if draft.now_ms - at < STORM_MS), draft.now_ms)
    shut = draft.state.please_shut | {name}
    draft.change(please_shut=shut, forced_at_ms=forced)
    if len(forced) == STORM_DOORS:
        draft.record(e.ForcedStorm(tuple(sorted(shut))))


def _slammed(draft: Draft, name: CompartmentId) -> str:
    """The door whose slam may have popped this one open: shut a moment ago, though perhaps not believed shut yet."""
    last, doors = draft.state.last_closed, draft.state.doors.items()
    closing = [(o, d.raw_since_ms) for o, d in doors if (d.state, d.raw) == (DoorState.OPEN, Reading.CLOSED)]
    slams = [*closing, last] if last is not None else closing
    return next((other for other, at_ms in slams if other != name and draft.now_ms - at_ms <= SLAM_MS), "nothing")


def _wiring(draft: Draft, pulsed: Opening, opened: CompartmentId) -> None:
    draft.record(e.WiringSuspected(pulsed.compartment, opened))
    draft.change(please_shut=draft.state.please_shut | {opened})
    draft.record(e.DoorForced(opened, pulsed.compartment))
    custody.check(draft, opened, "wiring")
    custody.out_of_order(draft, opened, "wiring")
    custody.check(draft, pulsed.compartment, "wiring")
    _fail(draft, pulsed, "wiring")


# --- boards and lines ---


def board_answered(draft: Draft, name: BoardId) -> None:
    board = draft.state.boards.get(name)
    if board is None or (board.status is BoardStatus.ALIVE and not board.failures):
        return
    if board.status is BoardStatus.LOST:
        draft.record(e.BoardReturned(name))
    _put_board(draft, replace(board, status=BoardStatus.ALIVE, failures=0))


def board_failed(draft: Draft, event: BoardSilent | BoardGarbled) -> None:
    board = draft.state.boards.get(event.board)
    if board is None:
        return
    board = replace(board, failures=board.failures + 1)
    _put_board(draft, board)
    if board.failures == FAILURES_UNTIL_LOST:
        _board_lost(draft, board, "silent" if isinstance(event, BoardSilent) else event.detail)


def _board_lost(draft: Draft, board: Board, reason: str) -> None:
    """Nothing is believed of its doors until it answers again, and what they were to do is not tried again."""
    if board.status is not BoardStatus.LOST:
        draft.record(e.BoardLost(board.board, reason))
    _put_board(draft, replace(board, status=BoardStatus.LOST))
    places, doors = draft.state.layout.places, draft.state.doors.items()
    seen = {place.compartment for place in places if place.contact.board == board.board}
    pulsed = {place.compartment for place in places if place.output.board == board.board}
    draft.change(doors={name: unread(door) if name in seen else door for name, door in doors})
    for opening in tuple(draft.state.openings.values()):
        if opening.stage is Stage.WATCHING and opening.compartment in seen | pulsed:
            draft.put_opening(replace(opening, stage=Stage.SILENT))


def _put_board(draft: Draft, board: Board) -> None:
    draft.change(boards={**draft.state.boards, board.board: board})


def line_lost(draft: Draft, event: LineLost) -> None:
    for board in tuple(draft.state.boards.values()):
        if board.line == event.line:
            _board_lost(draft, board, "line lost")


def line_ready(draft: Draft, event: LineReady) -> None:
    """The boards speak for themselves with their first answer; what was polled fast must be asked for again."""
    for board in tuple(draft.state.boards.values()):
        if board.line == event.line:
            _put_board(draft, replace(board, polled_fast=False))


def settle_polls(draft: Draft) -> None:
    """Boards with an opening under way are polled fast, the others slowly."""
    places = draft.state.layout
    wanted = {places.place(o.compartment).contact.board for o in draft.state.openings.values()}
    wanted |= {places.place(name).contact.board for name in draft.state.please_shut}
    for board in tuple(draft.state.boards.values()):
        fast = board.board in wanted
        if fast is not board.polled_fast:
            policy = draft.state.policy
            draft.ask(PollDoors(board.board, policy.poll_fast_ms if fast else policy.poll_idle_ms))
            _put_board(draft, replace(board, polled_fast=fast))


def cancel(draft: Draft, name: OpeningId) -> None:
    """The courier takes the parcel back when this door is shut again."""
    opening = draft.state.openings.get(name)
    if opening is not None:
        draft.put_opening(replace(opening, cancelled=True))


def cancel_queued(draft: Draft, name: OpeningId) -> bool:
    """Take back an opening that no pulse was ever asked for; False if it is too late for that."""
    opening = draft.state.openings.get(name)
    if opening is None or opening.stage is not Stage.QUEUED or opening.pulses:
        return False
    draft.change(openings=without(draft.state.openings, name))
    return True
