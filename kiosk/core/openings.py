"""Openings: from the wish to open a door to the door shut again, for every purpose alike; and the supply arbiter.

Holds the rules of pulses, retries, silence, doors that stay open, and doors that open by themselves. It must not know screens or
visits: what happened is left as news for whoever waits. No pulse leaves without its committed intent, one lock is energised at a
time, and nothing is ever pulsed again except as a new intent while the contact still says closed.
"""

from dataclasses import replace

from kiosk.core import custody
from kiosk.core import entries as e
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
)
from kiosk.core.ids import BoardId, CompartmentId, OpeningId, ParcelId, VisitId
from kiosk.core.layout import ContactSource
from kiosk.core.state import Board, BoardStatus, Opening, Stage, State

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
    draft.put_opening(
        Opening(name, compartment, purpose, parcels, visit, by, credential, since_ms=draft.now_ms)
    )
    return name


def under_way(state: State, compartment: CompartmentId) -> Opening | None:
    """The opening of this compartment that is not over yet."""
    return next((opening for opening in state.openings.values() if opening.compartment == compartment), None)


def pulse_again(draft: Draft, name: OpeningId) -> None:
    """One more pulse for a door that is open already: harmless, and what a person with a stiff door asks for."""
    opening = draft.state.openings.get(name)
    if opening is not None and opening.stage is Stage.OPEN:
        draft.put_opening(replace(opening, again=True))


def vacate(draft: Draft, name: OpeningId) -> None:
    """The opening goes on, but nothing more is expected of it than a shut door."""
    opening = draft.state.openings.get(name)
    if opening is not None:
        draft.put_opening(replace(opening, vacated=True))


# --- the supply arbiter ---


def may_pulse(state: State, opening: Opening, now_ms: int) -> bool:
    """Whether this opening's next pulse may be asked for now."""
    supply = state.supply
    rested = supply.rest_until_ms.get(opening.compartment, 0) <= now_ms
    return _waits(opening) and supply.pulsing is None and supply.free_at_ms <= now_ms and rested


def _waits(opening: Opening) -> bool:
    return opening.stage in (Stage.QUEUED, Stage.RESTING) or opening.again


def pump(draft: Draft) -> None:
    """Ask for the next pulse, if one may leave. In a stopped bank none does."""
    if draft.state.books.bank_stopped:
        for opening in tuple(draft.state.openings.values()):
            if _waits(opening) and opening.stage is not Stage.OPEN:
                _fail(draft, opening, "bank stopped")
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
    draft.change(supply=replace(draft.state.supply, pulsing=seq, asked_ms=draft.now_ms))
    draft.ask(Pulse(seq, opening.compartment, place.output, policy.pulse, draft.now_ms + PULSE_LIFE_MS))


def _supply_after(draft: Draft, intent_seq: int, compartment: CompartmentId, *, energised: bool) -> None:
    """The supply after a pulse was sent, or never will be."""
    supply, policy = draft.state.supply, draft.state.policy
    if supply.pulsing != intent_seq:
        return
    if not energised:
        draft.change(supply=replace(supply, pulsing=None))
        return
    ends_ms = draft.now_ms + policy.pulse_ms
    rest = {**supply.rest_until_ms, compartment: ends_ms + policy.pulse_ms * policy.lock_rest_factor}
    draft.change(supply=replace(supply, pulsing=None, free_at_ms=ends_ms + policy.pulse_gap_ms, rest_until_ms=rest))


# --- what the line reports of a pulse ---


def pulse_sent(draft: Draft, event: PulseSent) -> None:
    opening = _of_intent(draft.state, event.intent_seq)
    if opening is None:
        return
    _supply_after(draft, event.intent_seq, opening.compartment, energised=True)
    if opening.stage is Stage.PULSING:
        draft.put_opening(replace(opening, stage=Stage.WATCHING, since_ms=draft.now_ms))


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


def pulse_expired(draft: Draft, event: PulseExpired) -> None:
    opening = _of_intent(draft.state, event.intent_seq)
    if opening is None:
        return
    _supply_after(draft, event.intent_seq, opening.compartment, energised=False)
    if opening.stage is not Stage.OPEN:
        _fail(draft, opening, "not sent")


def _of_intent(state: State, intent_seq: int) -> Opening | None:
    return next((opening for opening in state.openings.values() if opening.intent_seq == intent_seq), None)


# --- deadlines ---


def due(draft: Draft) -> None:
    """Everything about openings whose time has come."""
    for opening in tuple(draft.state.openings.values()):
        match opening.stage:
            case Stage.PULSING:
                _report_overdue(draft, opening)
            case Stage.WATCHING:
                _watch(draft, opening)
            case Stage.SILENT:
                if draft.now_ms >= opening.since_ms + draft.state.policy.silent_wait_ms:
                    _fail(draft, opening, "board silent")
            case Stage.OPEN:
                _remind(draft, opening)
            case Stage.QUEUED | Stage.RESTING:
                pass


def _report_overdue(draft: Draft, opening: Opening) -> None:
    if draft.now_ms >= opening.since_ms + REPORT_MS:
        _supply_after(draft, opening.intent_seq, opening.compartment, energised=True)
        _fail(draft, opening, "board silent")


def _watch(draft: Draft, opening: Opening) -> None:
    """The door has not opened. It is pulsed again only if its contact can be read and says closed."""
    policy, door = draft.state.policy, draft.door(opening.compartment)
    if draft.now_ms < opening.since_ms + policy.open_wait_ms:
        return
    if door.state is not DoorState.CLOSED:
        if draft.now_ms >= opening.since_ms + policy.silent_wait_ms:
            _fail(draft, opening, "contact unreadable")
        return
    if opening.pulses >= policy.pulses_per_opening:
        _fail(draft, opening, "did not open")
        return
    draft.record(e.PulseFailed(opening.opening, opening.compartment, opening.intent_seq, "did not open"))
    draft.put_opening(replace(opening, stage=Stage.RESTING, since_ms=draft.now_ms))


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
    return policy.door_reminder_s, policy.door_second_reminder_s, policy.door_left_open_s


def next_deadline(state: State) -> int | None:
    """When `due` or `pump` has something to do, in monotonic milliseconds."""
    times = [at for opening in state.openings.values() if (at := _deadline(state, opening)) is not None]
    return min(times, default=None)


def _deadline(state: State, opening: Opening) -> int | None:
    policy, supply = state.policy, state.supply
    if _waits(opening) and supply.pulsing is None and not state.books.bank_stopped:
        return max(supply.free_at_ms, supply.rest_until_ms.get(opening.compartment, 0))
    match opening.stage:
        case Stage.QUEUED | Stage.RESTING:
            return None
        case Stage.PULSING:
            return opening.since_ms + REPORT_MS
        case Stage.WATCHING:
            closed = state.doors.get(opening.compartment, Door()).state is DoorState.CLOSED
            return opening.since_ms + (policy.open_wait_ms if closed else policy.silent_wait_ms)
        case Stage.SILENT:
            return opening.since_ms + policy.silent_wait_ms
        case Stage.OPEN:
            left = reminder_times_s(state)[opening.reminders :]
            return opening.since_ms + left[0] * 1000 if left else None


# --- how an opening fails ---

JUDGEMENTS = {
    "did not open": ("out of order",),
    "refused": ("out of order",),
    "not sent": (),
    "bank stopped": (),
    "board silent": ("out of order", "check"),
    "contact unreadable": ("out of order", "check"),
    "wiring": ("out of order", "check"),
}
"""What a failed opening says about its compartment. If nobody could see the door, it may have moved: Check."""


def _fail(draft: Draft, opening: Opening, reason: str) -> None:
    if opening.pulses:
        draft.record(e.PulseFailed(opening.opening, opening.compartment, opening.intent_seq, reason))
    draft.record(e.OpeningFailed(opening.opening, opening.compartment, reason))
    draft.drop_opening(opening.opening)
    failed = draft.state.books.failed_in_a_row
    if len(failed) >= SUPPLY_DOORS:
        draft.record(e.SupplyAlarm(failed))
    else:
        _judge(draft, opening, reason)
    draft.tell(News(opening, Outcome.FAILED, reason))


def _judge(draft: Draft, opening: Opening, reason: str) -> None:
    verdicts = JUDGEMENTS[reason]
    if "out of order" in verdicts:
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
        if after is before:
            continue
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
            if not draft.compartment(name).suspected:
                draft.record(e.ContactSuspected(name, "contact fault"))


EXPECTED = (Stage.PULSING, Stage.WATCHING, Stage.SILENT)


def _door_is_open(
    draft: Draft, name: CompartmentId, opening: Opening | None, before: Door, after: Door
) -> None:
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
    _supply_after(draft, opening.intent_seq, opening.compartment, energised=True)
    opened = replace(opening, stage=Stage.OPEN, since_ms=door.since_ms)
    draft.put_opening(opened)
    custody.door_opened(draft, opened)
    draft.tell(News(opened, Outcome.OPENED))


def _door_is_closed(
    draft: Draft, name: CompartmentId, opening: Opening | None, before: Door, door: Door
) -> None:
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
    """Nothing had asked this door to open: swapped wires, a neighbour's slam, force, or a storm of locks at power return."""
    pulsed = next((o for o in draft.state.openings.values() if o.stage in EXPECTED), None)
    if seen and pulsed is not None and _is_pulsed(pulsed):
        _wiring(draft, pulsed, name)
        return
    draft.record(e.DoorForced(name, _slammed(draft, name) if seen else "power off"))
    custody.check(draft, name, "opened by itself")
    forced = (*(at for at in draft.state.forced_at_ms if draft.now_ms - at < STORM_MS), draft.now_ms)
    shut = draft.state.please_shut | {name}
    draft.change(please_shut=shut, forced_at_ms=forced)
    if len(forced) == STORM_DOORS:
        draft.record(e.ForcedStorm(tuple(sorted(shut))))


def _is_pulsed(opening: Opening) -> bool:
    return opening.stage in (Stage.WATCHING, Stage.SILENT)


def _slammed(draft: Draft, name: CompartmentId) -> str:
    closed = draft.state.last_closed
    if closed is None or closed[0] == name or draft.now_ms - closed[1] > SLAM_MS + draft.state.policy.closed_stable_ms:
        return "nothing"
    return closed[0]


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
    """Nothing is believed of its doors until it answers again."""
    if board.status is not BoardStatus.LOST:
        draft.record(e.BoardLost(board.board, reason))
    _put_board(draft, replace(board, status=BoardStatus.LOST))
    doors = dict(draft.state.doors)
    for place in draft.state.layout.places:
        if place.contact.board == board.board and place.compartment in doors:
            doors[place.compartment] = unread(doors[place.compartment])
    draft.change(doors=doors)


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


