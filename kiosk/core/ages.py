"""Ages: how long ago something was recorded, as far as the clocks can be believed.

Holds one pure rule. It must not know what becomes of old things.
"""

from typing import Protocol

from kiosk.core.entries import ClockState

DAY_MS = 24 * 3_600_000


class Read(Protocol):
    """A reading of the clock, as entries are stamped with."""

    @property
    def mono_ms(self) -> int: ...
    @property
    def wall_ms(self) -> int: ...
    @property
    def clock_state(self) -> ClockState: ...


def passed_ms(since: Read, now: Read) -> int:
    """The milliseconds that have surely passed from ``since`` to ``now``; never less than 0.

    Uptime alone counts while the kiosk runs and stands still while it is off, so it never says too much. Wall time
    counts where both readings are trusted: a clock that was only guessed makes nothing old.
    """
    uptime_ms = now.mono_ms - since.mono_ms
    if since.clock_state is ClockState.TRUSTED and now.clock_state is ClockState.TRUSTED:
        return max(uptime_ms, now.wall_ms - since.wall_ms, 0)
    return max(uptime_ms, 0)
