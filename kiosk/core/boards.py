"""Boards and lines: what is believed of them, and how often each board's contacts are read.

Holds when a board counts as lost and what that takes from its doors. It must not know why a door is to open, or judge
a compartment.
"""

from dataclasses import replace

from kiosk.core import entries as e
from kiosk.core import sags
from kiosk.core.doors import DoorState, unread
from kiosk.core.draft import Draft
from kiosk.core.effects import PollDoors
from kiosk.core.events import BoardGarbled, BoardSilent, ContactsLost, LineLost, LineReady
from kiosk.core.ids import BoardId
from kiosk.core.state import Board, BoardStatus, Sense, Stage

FAILURES_UNTIL_LOST = 3
DOORS_UNTIL_DOUBTED = 3
"""Fewer may well stand open together when a board is read for the first time."""


def board_answered(draft: Draft, name: BoardId) -> None:
    board = draft.state.boards.get(name)
    if board is None or (board.status is BoardStatus.ALIVE and not board.failures):
        return
    sags.board_answered(draft, name)
    if board.status is BoardStatus.LOST:
        draft.record(e.BoardReturned(name))
    _put_board(draft, replace(board, status=BoardStatus.ALIVE, failures=0))


def board_failed(draft: Draft, event: BoardSilent | BoardGarbled) -> None:
    board = draft.state.boards.get(event.board)
    if board is None:
        return
    board = replace(board, failures=board.failures + 1)
    _put_board(draft, board)
    if board.status is BoardStatus.ALIVE and board.failures == 1:
        sags.board_silent(draft, event.board)
    if board.failures == FAILURES_UNTIL_LOST:
        _board_lost(draft, board, "silent" if isinstance(event, BoardSilent) else event.detail)


def prove_sense(draft: Draft, name: BoardId) -> None:
    """A board whose every contact says open from its first reading on may have been swapped for one of the other
    polarity: none of its locks is pulsed until half of its doors are seen shut.
    """
    board = draft.state.boards.get(name)
    if board is None or board.sense is Sense.SOUND:
        return
    places = draft.state.layout.places
    doors = [draft.door(place.compartment).state for place in places if place.contact.board == name]
    if 2 * doors.count(DoorState.CLOSED) >= len(doors):
        _put_board(draft, replace(board, sense=Sense.SOUND))
    elif board.sense is Sense.UNPROVED and doors.count(DoorState.OPEN) == len(doors) >= DOORS_UNTIL_DOUBTED:
        _put_board(draft, replace(board, sense=Sense.DOUBTED))
        draft.record(e.AlarmRaised("board swapped", f"every contact of board {name} says open: other polarity?"))


def contacts_lost(draft: Draft, event: ContactsLost) -> None:
    board = draft.state.boards.get(event.board)
    if board is not None:
        _board_lost(draft, board, event.detail)


def _board_lost(draft: Draft, board: Board, reason: str) -> None:
    """Nothing is believed of its doors until it answers again, and what they were to do is not tried again."""
    sags.board_lost(draft, board.board)
    if board.status is not BoardStatus.LOST:
        draft.record(e.BoardLost(board.board, reason))
    _put_board(draft, replace(board, status=BoardStatus.LOST, sense=Sense.UNPROVED))
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
    """The boards speak for themselves with their first answer; how often each is read must be asked for again."""
    for board in tuple(draft.state.boards.values()):
        if board.line == event.line:
            _put_board(draft, replace(board, polled_fast=None))


def settle_polls(draft: Draft) -> None:
    """Boards with an opening under way are polled fast, and so are those whose doors are not known yet; the others
    slowly; where no door is read, nothing is asked.
    """
    places = draft.state.layout
    wanted = {places.place(o.compartment).contact.board for o in draft.state.openings.values()}
    wanted |= {places.place(name).contact.board for name in draft.state.please_shut}
    for board in tuple(draft.state.boards.values()):
        fast = board.board in wanted or (board.status is BoardStatus.ALIVE and board.sense is Sense.UNPROVED)
        if fast is not board.polled_fast and board.board in places.boards_read:
            policy = draft.state.policy
            draft.ask(PollDoors(board.board, policy.poll_fast_ms if fast else policy.poll_idle_ms))
            _put_board(draft, replace(board, polled_fast=fast))
