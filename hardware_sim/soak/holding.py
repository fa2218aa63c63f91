"""How an invariant is held: a name, a check, and the error that ends a run.

Holds the form of the tables. It must not know a single invariant.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hardware_sim.soak.facts import Facts

What = TypeVar("What")


class ViolationError(Exception):
    """An invariant does not hold."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Invariant(Generic[What]):
    """A name, and what is asked of one thing that happened."""

    name: str
    check: Callable[[Facts, What], str]


def hold(table: tuple[Invariant[What], ...], facts: Facts, what: What) -> None:
    """Go through a table. Raises ViolationError for the first one that does not hold."""
    for invariant in table:
        wrong = invariant.check(facts, what)
        if wrong:
            raise ViolationError(invariant.name, wrong)
