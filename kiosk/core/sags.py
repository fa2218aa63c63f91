"""Sags: boards that fall silent at a pulse, because the lock's current pulls their supply down; waited out and counted.

Holds when a silence counts as one, and what follows. It must not know why a door is to open, or how a board is read.
A board that was reset is silent for half a second to two seconds, and that is noticed a time-out later.
"""

from dataclasses import replace

from kiosk.core import entries as e
from kiosk.core.draft import Draft
from kiosk.core.ids import BoardId, CompartmentId
from kiosk.core.state import Supply

WINDOW_MS = 3_000
"""A silence that is told within this of a pulse is its doing."""
LIMIT_MS = 6_000
"""A board that is silent for longer is not waited for: it is lost, or about to be."""
SETTLE_MS = 1_000
"""Between the last board's first word and the next pulse."""
MANY = 3
"""So many in a row, not all of one lock, are the supply's fault."""


def sagging(supply: Supply) -> bool:
    """Whether a board that fell silent at the last pulse has not answered yet."""
    return bool(supply.silent)


def board_silent(draft: Draft, board: BoardId) -> None:
    supply = draft.state.supply
    if not supply.pulsed_ms or draft.now_ms - supply.pulsed_ms > WINDOW_MS or board in supply.silent:
        return
    since_ms = supply.sagged_ms or draft.now_ms
    draft.change(supply=replace(supply, silent=(*supply.silent, board), fell=(*supply.fell, board), sagged_ms=since_ms))


def board_answered(draft: Draft, board: BoardId) -> None:
    """The last one back ends it: what it was is recorded, and the supply has a moment to recover."""
    supply = draft.state.supply
    if board not in supply.silent:
        return
    silent = tuple(other for other in supply.silent if other != board)
    draft.change(supply=replace(supply, silent=silent))
    if not silent:
        _over(draft)


def board_lost(draft: Draft, board: BoardId) -> None:
    """It is waited for no longer, and whatever silenced it was more than a pulse; of the others it was one."""
    supply = draft.state.supply
    if board not in supply.silent:
        return
    left, fell = (tuple(each for each in boards if each != board) for boards in (supply.silent, supply.fell))
    draft.change(supply=replace(supply, silent=left, fell=fell))
    if fell and not left:
        _over(draft)


def _over(draft: Draft) -> None:
    supply = draft.state.supply
    draft.record(e.BrownOut(supply.compartment, tuple(sorted(set(supply.fell))), draft.now_ms - supply.sagged_ms))
    sags = (*supply.sags, supply.compartment)[-MANY:]
    draft.change(supply=replace(supply, sags=sags, free_at_ms=max(supply.free_at_ms, draft.now_ms + SETTLE_MS)))
    _alarm(draft, supply.sags, supply.compartment)


def _alarm(draft: Draft, before: tuple[CompartmentId, ...], name: CompartmentId) -> None:
    """Each is raised once in a row."""
    if before[-2:].count(name) == 1 and before[-1] == name:
        draft.record(e.AlarmRaised("brown-out", f"{name} twice in a row: its coil draws too much"))
    elif len(before) + 1 == MANY and {*before} != {name}:
        draft.record(e.AlarmRaised("brown-out", f"{MANY} times in a row: the supply is too weak"))
