"""Typing a code: the keypad, the check digit, the failure bucket, the vault's answer, for residents and couriers alike.

Holds what happens between the first digit and knowing whose code it was. It must not know what an identified person
does next.
"""

from dataclasses import replace
from hmac import compare_digest

from kiosk.core import entries as e
from kiosk.core.books import VERIFIER_KEY_DIGITS, Parcel, ParcelState
from kiosk.core.codes import (
    COURIER_CODE_DIGITS,
    DAY_MS,
    Bucket,
    failures_within_a_day,
    guarded_mode_begins,
    guarded_mode_ends,
    refilled,
    well_formed,
)
from kiosk.core.directory import Courier
from kiosk.core.draft import Draft, without
from kiosk.core.effects import VerifyCode
from kiosk.core.events import CodeDerived, Key
from kiosk.core.ids import Secret
from kiosk.core.state import Attempt, CodeProblem, State, Typed, Typing


def code_length(state: State, kind: Typed) -> int:
    return state.policy.code_digits if kind is Typed.PICKUP else COURIER_CODE_DIGITS


def key_pressed(draft: Draft, place: Typing, key: str) -> None:
    """One key. The last digit begins the attempt; nothing has to be confirmed."""
    if place.verifying or place.due:
        return
    length, typed = code_length(draft.state, place.kind), place.typed.reveal()
    match key:
        case Key.CLEAR:
            typed = ""
        case Key.DELETE:
            typed = typed[:-1]
        case _ if key.isascii() and key.isdigit() and len(key) == 1:
            typed = (typed + key)[:length]
        case _:
            return
    place = replace(place, typed=Secret(typed), problem=CodeProblem.NONE)
    draft.go(place)
    if len(typed) == length:
        code_complete(draft, place)


def code_complete(draft: Draft, place: Typing) -> None:
    """All digits are there: a slip is told at once and costs nothing, a well-formed code becomes an attempt."""
    if not well_formed(place.typed.reveal(), code_length(draft.state, place.kind)):
        draft.go(replace(place, typed=Secret(""), problem=CodeProblem.SLIP))
    elif draft.now_ms < place.ready_at_ms:
        draft.go(replace(place, due=True))
    else:
        _attempt(draft, place)


def due(draft: Draft) -> None:
    """End guarded mode after a quiet day, and begin the attempt that waited for the pause after a failure."""
    if guarded_mode_ends(draft.state.books.bucket, draft.now_ms):
        draft.record(e.GuardedModeLeft("24 hours without a failure"))
    visit = draft.state.visit
    if visit is None or not isinstance(visit.place, Typing):
        return
    if visit.place.due and draft.now_ms >= visit.place.ready_at_ms:
        _attempt(draft, visit.place)


def _attempt(draft: Draft, place: Typing) -> None:
    """Debit before verify: what is committed here cannot be won back by pulling the plug."""
    state, visit = draft.state, draft.visit
    bucket = refilled(state.books.bucket, draft.now_ms, state.policy)
    attempt = visit.attempt + 1
    draft.change_visit(attempt=attempt)
    if bucket.level < 1:
        draft.record(e.AttemptRefused(visit.visit, attempt))
        wait_ms = next_refill_ms(bucket, state)
        draft.go(Typing(place.kind, problem=CodeProblem.WAIT, ready_at_ms=wait_ms))
        return
    draft.record(e.AttemptDebited(visit.visit, attempt, place.kind, bucket.level - 1, bucket.since_ms))
    owed = Attempt(place.kind, draft.now_ms)
    draft.change(attempts={**draft.state.attempts, (visit.visit, attempt): owed})
    draft.ask(VerifyCode(visit.visit, attempt, place.typed))
    draft.go(replace(place, verifying=True, due=False))


def next_refill_ms(bucket: Bucket, state: State) -> int:
    """When the empty bucket gets its next attempt, monotonic."""
    every_s = state.policy.guarded_refill_s if bucket.guarded else state.policy.bucket_refill_s
    return bucket.since_ms + every_s * 1000


def next_deadline(state: State) -> int | None:
    """When `due` has something to do, in monotonic milliseconds."""
    times = []
    if state.books.bucket.guarded:
        times.append(max(state.books.bucket.failures, default=0) + DAY_MS)
    if state.visit is not None and isinstance(state.visit.place, Typing) and state.visit.place.due:
        times.append(state.visit.place.ready_at_ms)
    return min(times, default=None)


def answered(draft: Draft, event: CodeDerived) -> Parcel | Courier | None:
    """The vault's answer: whose code it was, if it was for the attempt that waits and it was right.

    An answer that comes too late opens nothing: it only gives back the debit of a code that was right. One that nobody
    asked for gives back nothing.
    """
    owed = draft.state.attempts.get((event.visit, event.attempt))
    if owed is None:
        return None
    draft.change(attempts=without(draft.state.attempts, (event.visit, event.attempt)))
    owner, waits = _owner(draft.state, event.verifier.reveal(), owed.kind), _waits(draft.state, event)
    if owner is None:
        _denied(draft, event, owed.kind, waits=waits)
        return None
    level = min(draft.state.policy.bucket_capacity, draft.state.books.bucket.level + 1)
    draft.record(e.AttemptRefunded(event.visit, event.attempt, level, owed.debited_ms))
    return owner if waits else None


def _waits(state: State, event: CodeDerived) -> bool:
    visit = state.visit
    if visit is None or not isinstance(visit.place, Typing) or not visit.place.verifying:
        return False
    return (visit.visit, visit.attempt) == (event.visit, event.attempt)


def _owner(state: State, verifier: bytes, kind: Typed) -> Parcel | Courier | None:
    if kind is Typed.COURIER:
        return state.directory.courier_by_verifier(verifier)
    return parcel_of(state, verifier)


def parcel_of(state: State, verifier: bytes) -> Parcel | None:
    """The parcel whose code this is: one look-up by the verifier's key, the whole compared in constant time."""
    name = state.codes.get(verifier.hex()[:VERIFIER_KEY_DIGITS])
    parcel = state.books.parcels.get(name) if name is not None else None
    if parcel is None or not compare_digest(parcel.verifier.encode(), verifier.hex().encode()):
        return None
    return parcel if parcel.state in (ParcelState.STORED, ParcelState.COLLECTED) else None


def does_not_count(draft: Draft, kind: Typed, problem: CodeProblem) -> None:
    """The code is right and does not count now: said so, for it was no guess."""
    ready_ms = draft.now_ms + draft.state.policy.failure_pause_ms
    draft.go(Typing(kind, problem=problem, ready_at_ms=ready_ms))


def _denied(draft: Draft, event: CodeDerived, kind: Typed, *, waits: bool) -> None:
    draft.record(e.AttemptDenied(event.visit, event.attempt))
    bucket = draft.state.books.bucket
    if guarded_mode_begins(bucket, draft.now_ms, draft.state.policy):
        draft.record(e.GuardedModeEntered(len(failures_within_a_day(bucket, draft.now_ms))))
        draft.record(e.AlarmRaised("guarded mode", "many wrong codes within a day"))
    ready_ms = draft.now_ms + draft.state.policy.failure_pause_ms
    draft.change(pause_until_ms=ready_ms)
    if waits:
        draft.go(Typing(kind, problem=CodeProblem.FAILED, ready_at_ms=ready_ms))
