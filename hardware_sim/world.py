"""The world's clock: what happens when, in virtual microseconds, the same in every run of the same seed.

Holds a heap of what is planned and the chance it draws from. It must not know boards, doors or real time.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass

What = Callable[[], None]


@dataclass(slots=True, eq=False)
class Planned:
    """Something that will happen, unless it is called off before."""

    when_us: int
    what: What
    over: bool = False
    """It has happened, or never will."""

    def call_off(self) -> None:
        """It will not happen; harmless if it already did."""
        self.over = True


class World:
    """Time moves only from one planned thing to the next; what is planned for the same time happens in that order."""

    def __init__(self, seed: int = 0, now_us: int = 0) -> None:
        self.now_us = now_us
        self._seed = seed
        self._plan: list[tuple[int, int, Planned]] = []
        """When, in which order, what: tuples, for a heap compares them all the time."""
        self._count = 0

    def chance(self, purpose: str) -> random.Random:
        """A stream of its own for each purpose, so that what one part draws does not move another's luck."""
        return random.Random(f"{self._seed}/{purpose}")  # noqa: S311 - chance that must repeat, not secrets

    def at(self, when_us: int, what: What) -> Planned:
        """Plan ``what`` for ``when_us``, or for now if that is past."""
        planned = Planned(max(when_us, self.now_us), what)
        self._count += 1
        heapq.heappush(self._plan, (planned.when_us, self._count, planned))
        return planned

    def after(self, delay_us: int, what: What) -> Planned:
        return self.at(self.now_us + delay_us, what)

    def next_us(self) -> int | None:
        """When the next thing happens; None if nothing is planned."""
        while self._plan and self._plan[0][2].over:
            heapq.heappop(self._plan)
        return self._plan[0][0] if self._plan else None

    def step(self, end_us: int | None = None) -> bool:
        """Go to the next thing and let it happen; False if there is none, or none up to and at ``end_us``."""
        when_us = self.next_us()
        if when_us is None or (end_us is not None and when_us > end_us):
            return False
        _, _, planned = heapq.heappop(self._plan)
        self.now_us = max(self.now_us, when_us)
        planned.over = True
        planned.what()
        return True

    def run_until(self, end_us: int) -> None:
        """Let everything up to and at ``end_us`` happen, then be there."""
        while self.step(end_us):
            pass
        self.now_us = max(self.now_us, end_us)

    def run_for(self, duration_us: int) -> None:
        self.run_until(self.now_us + duration_us)
