"""Ports: what the engine needs from outside, as Protocols, and nothing else.

It must not know a single adapter. Everything here is called from the engine's thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kiosk.core.books import Books
from kiosk.core.effects import Outward
from kiosk.core.entries import ClockState, Entry
from kiosk.core.view import ScreenModel


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of the clock."""

    mono_ms: int
    """Milliseconds this kiosk has been running in all its boots: never back, and no credit for time off."""
    wall_ms: int
    """Milliseconds since 1970 in UTC: for people and rows, decides nothing by itself."""
    clock_state: ClockState


class Clock(Protocol):
    """Monotonic and wall time."""

    def now(self) -> Moment: ...


class Journal(Protocol):
    """The only writer of entries."""

    def commit(self, entries: Sequence[Entry]) -> None:
        """Make ``entries`` durable in one transaction, and the projections with them.

        Raises JournalError when the transaction failed: its outcome is then unknown until the next start reads it,
        so the caller must act on nothing and end the process.
        """
        ...

    def books(self) -> Books:
        """What the committed entries add up to."""
        ...


class JournalError(Exception):
    """A commit failed, or was refused because it does not continue the journal."""


class Outlet(Protocol):
    """Takes effects to their edges. Only enqueues: never blocks, never raises."""

    def send(self, effect: Outward) -> None: ...


class Screen(Protocol):
    """Shows the newest screen model."""

    def show(self, model: ScreenModel) -> None: ...


class Entropy(Protocol):
    """All random bytes of the kiosk; seeded in the simulation."""

    def random_bytes(self, count: int) -> bytes: ...
