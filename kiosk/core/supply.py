"""The supply arbiter: one lock is energised at a time, and every lock rests between its pulses.

Holds when the supply is free, for which lock, and the one way in which a pulse is asked for: after its intent is
recorded. It must not know why a door is to open, or what becomes of it.
"""

from collections.abc import Iterable
from dataclasses import replace

from kiosk.core import entries as e
from kiosk.core.draft import Draft
from kiosk.core.effects import Pulse
from kiosk.core.ids import CompartmentId
from kiosk.core.sags import LIMIT_MS, sagging
from kiosk.core.state import BoardStatus, Opening, Sense, Space, Stage, State, Supply

PULSE_LIFE_MS = 2_000
"""No pulse reaches the wire later than this after its intent."""


def may_pulse(state: State, opening: Opening, now_ms: int) -> bool:
    """Whether this opening's next pulse may be asked for now."""
    free = state.supply.pulsing is None and not board_is_lost(state, opening)
    return waits(opening) and free and ready_ms(state.supply, opening.compartment) <= now_ms


def ready_ms(supply: Supply, compartment: CompartmentId) -> int:
    """When the supply is free for this lock and has recovered, and the lock has rested."""
    sag_over_ms = supply.sagged_ms + LIMIT_MS if sagging(supply) else 0
    return max(supply.free_at_ms, supply.rest_until_ms.get(compartment, 0), sag_over_ms)


def board_is_lost(state: State, opening: Opening) -> bool:
    """Whether the lock's board does not answer, or nobody knows what its contacts mean: it has to be read, or put
    right, before any pulse.
    """
    place = state.layout.place(opening.compartment)
    board, contacts = state.boards.get(place.output.board), state.boards.get(place.contact.board)
    lost = board is not None and board.status is BoardStatus.LOST
    return lost or (contacts is not None and contacts.sense is Sense.DOUBTED)


def stop_reason(state: State) -> str:
    """Why no lock of the bank is pulsed at all; empty if they are."""
    if state.books.bank_stopped:
        return "bank stopped"
    return "no space" if state.space is Space.NONE else ""


def waits(opening: Opening) -> bool:
    return opening.stage in (Stage.QUEUED, Stage.RESTING) or opening.again


def request(draft: Draft, opening: Opening) -> None:
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
    asked = replace(opening, pulses=opening.pulses + 1, intent_seq=seq, again=False, still_shut=False)
    if opening.stage is Stage.OPEN:
        asked = replace(asked, acts_until_ms=draft.now_ms + PULSE_LIFE_MS + policy.open_wait_ms)
    else:
        asked = replace(asked, stage=Stage.PULSING, since_ms=draft.now_ms)
    draft.put_opening(asked)
    before = draft.state.supply
    supply = replace(
        before,
        pulsing=seq,
        compartment=opening.compartment,
        asked_ms=draft.now_ms,
        silent=(),
        fell=(),
        sagged_ms=0,
        sags=before.sags if before.sagged_ms else (),
    )
    draft.change(supply=supply)
    draft.ask(Pulse(seq, opening.compartment, place.output, policy.pulse, draft.now_ms + PULSE_LIFE_MS))


def supply_after(draft: Draft, intent_seq: int, *, energised: bool) -> None:
    """The supply after a pulse was sent, or never will be; whatever became of its opening meanwhile."""
    supply, policy = draft.state.supply, draft.state.policy
    if supply.pulsing != intent_seq:
        return
    if not energised:
        draft.change(supply=replace(supply, pulsing=None))
        return
    pulse_ms = energised_ms(draft.state, supply.compartment)
    ends_ms = draft.now_ms + pulse_ms
    rest = {**supply.rest_until_ms, supply.compartment: ends_ms + pulse_ms * policy.lock_rest_factor}
    free_ms = ends_ms + policy.pulse_gap_ms
    draft.change(supply=replace(supply, pulsing=None, pulsed_ms=draft.now_ms, free_at_ms=free_ms, rest_until_ms=rest))


def energised_ms(state: State, compartment: CompartmentId) -> int:
    """For how long a pulse energises the lock: as asked, or longer where its board times pulses by itself."""
    behind = (state.boards.get(place.output.board) for place in state.layout.places if place.compartment == compartment)
    return max(state.policy.pulse_ms, *(board.own_pulse_ms for board in behind if board is not None), 0)


def rest_after_start(draft: Draft, pulsed: Iterable[CompartmentId]) -> None:
    """Nobody knows how short before its end the last boot pulsed these locks: they rest as after a pulse, and so does
    the supply.
    """
    policy = draft.state.policy
    pulses_ms = {name: energised_ms(draft.state, name) for name in pulsed}
    rest = {name: draft.now_ms + pulse_ms * (1 + policy.lock_rest_factor) for name, pulse_ms in pulses_ms.items()}
    free_ms = draft.now_ms + max(pulses_ms.values()) + policy.pulse_gap_ms if pulses_ms else 0
    draft.change(supply=Supply(free_at_ms=free_ms, rest_until_ms=rest))
