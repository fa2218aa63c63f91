"""The outcome of a simulated run: its figures, and what did not hold.

Holds values. It must not know how a run comes about.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """What did not hold, and where in the run."""

    invariant: str
    detail: str
    step: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to."""

    seed: int
    simulated_hours: float
    wall_s: float
    steps: int
    visits: int
    cards: int
    power_cuts: int
    pulses: int
    entries: int
    trace_hash: str
    violation: Violation | None = None
