"""Opening all: one door after the other, by the kiosk's own rules, as when a bank is emptied or its power is to go off.

Holds the order and what became of each. It must not know boards or frames, nor record anything itself: gap, rest and
the one lock at a time are the supply arbiter's, and no board is ever told to open several.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.commissioning.soak import ASKED, OPEN_WITHIN_MS
from kiosk.commissioning.workshop import Workshop
from kiosk.core import entries as e
from kiosk.core.events import MaintenanceAsked
from kiosk.core.ids import CompartmentId, OpeningId
from kiosk.core.layout import Place
from kiosk.core.state import BoardStatus, Stage

SHUT_ALL_WITHIN_MS = 3_600_000
"""Whoever empties a bank has shut its doors by then, or went away."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one door; ``why`` is "" if it opened."""

    compartment: CompartmentId
    opened: bool
    why: str


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants it and why; ``anyway``: those doors too behind which something is or may be."""

    person: str
    reason: str
    anyway: bool = False


def open_all(shop: Workshop, order: Order, say: Callable[[str], object], enough: Callable[[], bool]) -> list[Asked]:
    """In the order of the layout, until somebody has said that it is enough."""
    asked = [_opened(shop, place, order, enough) for place in shop.state.layout.places]
    if any(each.opened for each in asked):
        say("please shut every door: what is still open when this ends has to be looked into by somebody")
        shop.until(lambda: not shop.state.openings, SHUT_ALL_WITHIN_MS)
    return asked


def _opened(shop: Workshop, place: Place, order: Order, enough: Callable[[], bool]) -> Asked:
    name = place.compartment
    board = shop.state.boards.get(place.output.board)
    if enough():
        return Asked(name, opened=False, why="interrupted")
    if board is not None and board.status is BoardStatus.LOST:
        return Asked(name, opened=False, why="board lost")
    since = len(shop.recorded)
    shop.post(MaintenanceAsked(name, order.person, order.reason, order.anyway))
    answer = next(entry.body for entry in shop.recorded[since:] if isinstance(entry.body, ASKED))
    if isinstance(answer, e.MaintenanceRefused):
        return Asked(name, opened=False, why=answer.why)
    return _watched(shop, name, answer.opening, since)


def _watched(shop: Workshop, name: CompartmentId, opening: OpeningId, since: int) -> Asked:
    def told() -> bool:
        under_way = shop.state.openings.get(opening)
        return under_way is None or under_way.stage is Stage.OPEN

    shop.until(told, OPEN_WITHIN_MS)
    mine = [each.body for each in shop.recorded[since:] if getattr(each.body, "opening", None) == opening]
    failed = next((body.reason for body in mine if isinstance(body, e.OpeningFailed)), "")
    opened = any(isinstance(body, e.DoorOpened | e.DoorUnseen) for body in mine)
    return Asked(name, opened=opened, why="" if opened else failed or "no outcome")
