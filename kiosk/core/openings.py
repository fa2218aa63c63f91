"""Openings: from the wish to open a door to the door shut again, for every purpose alike.

Holds how an opening begins, what may be changed about it under way, and how it ends: door shut, door latched again at
once, failed. It must not know screens or visits: what happened is left as news for whoever waits. Nor does it know
when a pulse leaves or how a contact is read.
"""

from dataclasses import replace

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import NOT_OPENED
from kiosk.core.doors import Door, changes_since
from kiosk.core.draft import Draft, News, Outcome, without
from kiosk.core.entries import Inside, Purpose
from kiosk.core.ids import CompartmentId, OpeningId, ParcelId, VisitId
from kiosk.core.state import Opening, Stage, State
from kiosk.core.supply import supply_after

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


# --- the door ---


def door_opened(draft: Draft, opening: Opening, door: Door) -> None:
    after_ms = max(0, door.since_ms - opening.since_ms)
    bounces = max(0, changes_since(door, opening.since_ms) - 1)
    draft.record(e.DoorOpened(opening.opening, opening.compartment, after_ms, bounces))
    supply_after(draft, opening.intent_seq, energised=True)
    opened = replace(opening, stage=Stage.OPEN, since_ms=door.since_ms)
    draft.put_opening(opened)
    custody.door_opened(draft, opened)
    draft.tell(News(opened, Outcome.OPENED))


def door_closed(draft: Draft, opening: Opening, door: Door) -> None:
    open_ms = max(0, door.since_ms - opening.since_ms)
    draft.drop_opening(opening.opening)
    if opening.witnessed and open_ms < draft.state.policy.relock_ms:
        draft.record(e.DoorRelocked(opening.opening, opening.compartment, open_ms))
        custody.quarantine(draft, opening.compartment)
        custody.door_relocked(draft, opening)
        draft.tell(News(opening, Outcome.RELOCKED))
        return
    inside = custody.seen_inside(draft.state, opening.compartment)
    draft.record(e.DoorClosed(opening.opening, opening.compartment, open_ms, opening.witnessed, inside))
    custody.quarantine(draft, opening.compartment)
    if inside is Inside.NOTHING and _must_hold_something(opening):
        draft.tell(News(opening, Outcome.EMPTY))
        return
    custody.door_closed(draft, opening)
    draft.tell(News(opening, Outcome.CLOSED))


def _must_hold_something(opening: Opening) -> bool:
    """A drop whose parcel an item sensor does not see is none until the courier says so."""
    return opening.purpose is Purpose.DROP and opening.witnessed and not (opening.vacated or opening.cancelled)


def reminder_times_s(state: State) -> tuple[int, int, int]:
    """When an open door is spoken of: twice to the person, the third time to staff."""
    policy = state.policy
    first, second, last = sorted((policy.door_reminder_s, policy.door_second_reminder_s, policy.door_left_open_s))
    return first, second, last


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


def fail(draft: Draft, opening: Opening, reason: str) -> None:
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
