"""A draft: one decision in the making. Rules read it, record entries in it and ask effects of it; `decision` ends it.

Holds the only mutable object of the core, alive for one event. It must not know a rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from kiosk.core.books import Compartment, Parcel, codes_by_key, post, tidy
from kiosk.core.doors import Door
from kiosk.core.effects import Outward
from kiosk.core.entries import Body, CodeIssued, CodeMoved, Entry, Stamp
from kiosk.core.health import TELLING, after
from kiosk.core.ids import CompartmentId, OpeningId, ParcelId
from kiosk.core.state import Opening, Place, State, Visit

Key = TypeVar("Key")
Value = TypeVar("Value")


class Outcome(StrEnum):
    """What became of an opening, for the visit that waits for it."""

    OPENED = "opened"
    CLOSED = "closed"
    RELOCKED = "relocked"
    EMPTY = "empty"
    """A drop's door is shut, and its item sensor sees nothing."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class News:
    """Something happened to an opening."""

    opening: Opening
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from one event: the new state, what must be durable first, and what to do then."""

    state: State
    durable: tuple[Entry, ...] = ()
    outward: tuple[Outward, ...] = ()


class Draft:
    """One decision in the making."""

    def __init__(self, state: State, stamp: Stamp) -> None:
        books = tidy(state.books)
        self.state = state if books is state.books else replace(state, books=books)
        self.stamp = stamp
        self.news: list[News] = []
        self._durable: list[Entry] = []
        self._outward: list[Outward] = []

    @property
    def now_ms(self) -> int:
        """Monotonic time of the event."""
        return self.stamp.mono_ms

    def change(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of State, checked by replace
        self.state = replace(self.state, **changes)

    def record(self, body: Body, notice: bytes | None = None) -> int:
        """Add an entry to what must be durable, post it to the books, and return its sequence number."""
        books = self.state.books
        entry = Entry(books.epoch, books.next_seq, self.stamp, body, notice)
        self.record_entry(entry)
        return entry.seq

    def record_entry(self, entry: Entry) -> None:
        """Add an entry that names its own epoch, as the first of a new epoch does."""
        self._durable.append(entry)
        self.change(books=post(self.state.books, entry))
        if isinstance(entry.body, CodeIssued | CodeMoved):
            self.index_codes()
        if isinstance(entry.body, TELLING):
            self.change(health=after(self.state.health, entry.body))

    def index_codes(self) -> None:
        """Renew the index of codes from the books."""
        self.change(codes=codes_by_key(self.state.books.parcels.values()))

    def ask(self, effect: Outward) -> None:
        """Ask for an effect; it leaves only after everything recorded here is durable."""
        self._outward.append(effect)

    def tell(self, news: News) -> None:
        """Leave word for the visit that waits for this opening."""
        self.news.append(news)

    def decision(self) -> Decision:
        return Decision(self.state, tuple(self._durable), tuple(self._outward))

    # --- short ways to what rules look at all the time ---

    def new_name(self) -> str:
        """A name for what this event began and no entry has named: unique over boots."""
        return f"{self.state.books.kiosk}-b{self.stamp.boot}-{self.stamp.event}"

    def compartment(self, name: CompartmentId) -> Compartment:
        return self.state.books.compartments[name]

    def parcel(self, name: ParcelId) -> Parcel:
        return self.state.books.parcels[name]

    def door(self, name: CompartmentId) -> Door:
        return self.state.doors.get(name, Door())

    def put_opening(self, opening: Opening) -> None:
        self.change(openings={**self.state.openings, opening.opening: opening})

    def drop_opening(self, name: OpeningId) -> None:
        self.change(openings=without(self.state.openings, name))

    def change_visit(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Visit, checked by replace
        self.change(visit=replace(self.visit, **changes))

    def go(self, place: Place) -> None:
        """The visit moves to another place."""
        self.change_visit(place=place)

    @property
    def visit(self) -> Visit:
        """The visit under way; only rules of a visit ask."""
        if self.state.visit is None:
            message = "no visit is under way"
            raise RuntimeError(message)
        return self.state.visit


def without(mapping: Mapping[Key, Value], gone: Key) -> dict[Key, Value]:
    """A copy of ``mapping`` without one key."""
    return {key: value for key, value in mapping.items() if key != gone}
