"""Decide: one event in, one decision out. The index of the program: every event has its rule here.

Holds the order of rules within one decision. It must not know a clock, a thread or a device; an outcome is a value,
never an exception.
"""

from dataclasses import replace
from typing import assert_never

from kiosk.core import boards, contacts, custody, keeping, maintenance, pulses, recovery, visits
from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core.draft import Decision, Draft
from kiosk.core.entries import Stamp
from kiosk.core.ids import BoardId
from kiosk.core.state import Mode, Space, State
from kiosk.core.visits.ending import end

CLOCK_JUMP_MS = 2_000
LOW_SPACE_BYTES = 64 * 1024 * 1024
NO_SPACE_BYTES = 8 * 1024 * 1024
"""A visit writes some tens of kilobytes; this much is left for the openings already under way."""


def decide(state: State, event: ev.Event, stamp: Stamp) -> Decision:
    """What follows from ``event``. Pure: the same state, event and stamp give the same decision for ever.

    Where nothing changes, the decision's state is the very same object.
    """
    if state.stopped or state.mode is Mode.DEGRADED:
        asked = isinstance(event, ev.StopAsked) and not state.stopped
        return Decision(replace(state, stopped=True) if asked else state)
    draft = Draft(state, stamp)
    _clock(draft)
    _event(draft, event)
    pulses.due(draft)
    _tell(draft)
    visits.due(draft)
    custody.end_graces(draft)
    custody.release_notices(draft)
    if not draft.state.stopped:
        pulses.pump(draft)
        _tell(draft)
    boards.settle_polls(draft)
    return draft.decision()


def _tell(draft: Draft) -> None:
    """Pass on what became of openings; hearing of one may end another."""
    while draft.news:
        visits.on_news(draft, draft.news.pop(0))


def _event(draft: Draft, event: ev.Event) -> None:  # noqa: C901, PLR0912, PLR0915 - the index of the program
    match event:
        case ev.Started():
            recovery.started(draft, event)
        case ev.StopAsked(reason=reason):
            _stop(draft, reason)
        case ev.Ticked():
            pass
        case ev.SpaceMeasured(free_bytes=free_bytes):
            draft.change(space=_space(free_bytes))
        case ev.YearOver():
            keeping.year_over(draft)
        case ev.ErasureDue(what=what):
            keeping.erase(draft, what)
        case ev.StorageFailing(detail=detail):
            keeping.storage_failing(draft, detail)
        case ev.KeyPressed() | ev.Chose() | ev.Scanned() | ev.ScanRejected() | ev.BadgeShown():
            if draft.state.serving:
                visits.on_person(draft, event)
        case ev.MaintenanceAsked() | ev.Repaired():
            maintenance.on_technician(draft, event)
        case ev.ScannerLost() | ev.ScannerReady():
            _scanner(draft, event)
        case ev.PhotoTaken() | ev.PhotoFailed():
            visits.on_photo(draft, event)
        case ev.ContactsRead():
            contacts.contacts_read(draft, event)
        case ev.ContactsLost():
            boards.contacts_lost(draft, event)
        case ev.BoardSilent() | ev.BoardGarbled():
            boards.board_failed(draft, event)
        case ev.InputsActAlone(board=board):
            _unsafe_board(draft, board, "inputs act on locks")
        case ev.BoardPulsesTooLong(board=board, pulse_ms=pulse_ms):
            _unsafe_board(draft, board, "pulse too long", f", {pulse_ms} ms")
        case ev.OtherVersion(board=board, version=version):
            _unsafe_board(draft, board, "other version", f", version {version}")
        case ev.LineLost():
            boards.line_lost(draft, event)
        case ev.LineReady():
            boards.line_ready(draft, event)
        case ev.PulseSent():
            pulses.pulse_sent(draft, event)
        case ev.PulseAnswered():
            pulses.pulse_answered(draft, event)
        case ev.PulseExpired():
            pulses.pulse_expired(draft, event)
        case ev.CodeDerived():
            visits.on_code_derived(draft, event)
        case ev.CodeMade():
            custody.code_made(draft, event)
        case _:
            assert_never(event)


def _stop(draft: Draft, reason: str) -> None:
    if draft.state.visit is not None:
        end(draft, "kiosk stopped")
    draft.record(e.KioskStopped(reason))
    draft.change(stopped=True)


def _space(free_bytes: int) -> Space:
    if free_bytes < NO_SPACE_BYTES:
        return Space.NONE
    return Space.LOW if free_bytes < LOW_SPACE_BYTES else Space.AMPLE


def _unsafe_board(draft: Draft, name: BoardId, alarm: str, detail: str = "") -> None:
    """Its locks may open by themselves, or burn, or it is another one: no new drop behind them, pickups go on.

    One alarm in each boot.
    """
    board = draft.state.boards.get(name)
    if board is None or board.unsafe:
        return
    draft.change(boards={**draft.state.boards, name: replace(board, unsafe=True)})
    draft.record(e.AlarmRaised(alarm, f"board {name}{detail}"))
    for place in draft.state.layout.places:
        if place.output.board == name:
            custody.out_of_order(draft, place.compartment, alarm)


def _scanner(draft: Draft, event: ev.ScannerLost | ev.ScannerReady) -> None:
    lost = draft.state.scanners_lost
    if isinstance(event, ev.ScannerLost):
        draft.change(scanners_lost=lost | {event.name})
    else:
        draft.change(scanners_lost=lost - {event.name})


def _clock(draft: Draft) -> None:
    """A jump of wall time is recorded and decides nothing."""
    offset_ms = draft.stamp.wall_ms - draft.stamp.mono_ms
    known_ms = draft.state.wall_offset_ms
    if offset_ms != known_ms:
        draft.change(wall_offset_ms=offset_ms)
    if known_ms is not None and abs(offset_ms - known_ms) > CLOCK_JUMP_MS:
        draft.record(e.ClockJumped(offset_ms - known_ms))


def next_deadline(state: State) -> int | None:
    """The next monotonic millisecond at which something is due without an event; None if nothing is."""
    if state.stopped or state.mode is Mode.DEGRADED:
        return None
    times = [pulses.next_deadline(state), visits.next_deadline(state)]
    for parcel in state.books.parcels.values():
        times += [custody.grace_due_ms(state, parcel), custody.notice_due_ms(state, parcel)]
    return min((at_ms for at_ms in times if at_ms is not None), default=None)
