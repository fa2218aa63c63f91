"""The supply of the locks, and what was drawn from it: by which output, for how long, and together with which others.

Holds the account that invariants are checked against. It must not know why an output was switched.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hardware_sim.world import World
from kiosk.core.layout import Output


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two or more locks on at the same time, which one supply cannot bear."""

    when_us: int
    outputs: tuple[Output, ...]


@dataclass(slots=True)
class Use:
    """What one output drew so far. Only times that ended are counted in."""

    pulses: int = 0
    total_us: int = 0
    longest_us: int = 0
    last_off_us: int | None = None
    shortest_rest_us: int | None = None
    """The shortest time between one of its pulses and its next."""


@dataclass(slots=True)
class Supply:
    """One supply and every output that hangs on it."""

    world: World
    overlaps: list[Overlap] = field(default_factory=list)
    _on: dict[Output, int] = field(default_factory=dict)
    _uses: dict[Output, Use] = field(default_factory=dict)
    _last_off_us: int | None = None
    shortest_gap_us: int | None = None
    """The shortest time between one lock's end and the next one's beginning."""

    def energised(self) -> tuple[Output, ...]:
        """What is on now, the longest first."""
        return tuple(self._on)

    def use(self, output: Output) -> Use:
        return self._uses.setdefault(output, Use())

    def uses(self) -> Iterator[tuple[Output, Use]]:
        yield from self._uses.items()

    def longest_us(self) -> int:
        """The longest that any lock was energised, those included that still are."""
        running = [self.world.now_us - since_us for since_us in self._on.values()]
        return max([*running, *(use.longest_us for use in self._uses.values())], default=0)

    def switch_on(self, output: Output) -> None:
        if output in self._on:
            return
        use = self.use(output)
        use.pulses += 1
        use.shortest_rest_us = _shorter(use.shortest_rest_us, self._since(use.last_off_us))
        if not self._on:
            self.shortest_gap_us = _shorter(self.shortest_gap_us, self._since(self._last_off_us))
        self._on[output] = self.world.now_us
        if len(self._on) > 1:
            self.overlaps.append(Overlap(self.world.now_us, self.energised()))

    def switch_off(self, output: Output) -> None:
        since_us = self._on.pop(output, None)
        if since_us is None:
            return
        use, duration_us = self.use(output), self.world.now_us - since_us
        use.total_us += duration_us
        use.longest_us = max(use.longest_us, duration_us)
        use.last_off_us = self._last_off_us = self.world.now_us

    def _since(self, when_us: int | None) -> int | None:
        return None if when_us is None else self.world.now_us - when_us


def _shorter(one_us: int | None, other_us: int | None) -> int | None:
    known = [each for each in (one_us, other_us) if each is not None]
    return min(known, default=None)
