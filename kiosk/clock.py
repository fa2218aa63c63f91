"""The clock: uptime that never goes back, and wall time together with how far it can be believed.

Holds the only readings of the system's clocks. It must not know what is decided by them.
"""

import time
from pathlib import Path

from kiosk.core.entries import ClockState
from kiosk.ports import Moment

SYNCHRONISED_MARK = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd.service(8) touches it once the time is set from the network in this boot.

The kernel's own flag (adjtimex) would say more, but a service that is kept from setting the clock cannot ask for it.
"""


class SystemClock:
    """Reads the system's clocks; uptime goes on from ``base_mono_ms``, that of all boots before this one."""

    def __init__(
        self,
        base_mono_ms: int,
        floor_wall_ms: int = 0,
        *,
        always_trusted: bool = False,
        mark: Path = SYNCHRONISED_MARK,
    ) -> None:
        """``floor_wall_ms`` is the latest time known to have passed: of the build, or of the last entry; 0 is none.

        ``always_trusted`` is for machines with a battery clock; all others are believed once ``mark`` exists.
        """
        self._base_us = base_mono_ms * 1000
        self._floor_wall_ms = floor_wall_ms
        self._always_trusted = always_trusted
        self._mark = mark
        self._started_ns = time.monotonic_ns()

    def now_us(self) -> int:
        """Monotonic microseconds, of which `now` gives the milliseconds."""
        return self._base_us + (time.monotonic_ns() - self._started_ns) // 1000

    def now(self) -> Moment:
        mono_us, wall_ms = self.now_us(), time.time_ns() // 1_000_000
        if wall_ms >= self._floor_wall_ms and self._is_set():
            return Moment(mono_us // 1000, wall_ms, ClockState.TRUSTED)
        if not self._floor_wall_ms:
            return Moment(mono_us // 1000, wall_ms, ClockState.UNKNOWN)
        # The floor rises with uptime, or time would stand still for a clock that begins in 1970.
        floor_ms = self._floor_wall_ms + (mono_us - self._base_us) // 1000
        return Moment(mono_us // 1000, max(wall_ms, floor_ms), ClockState.FLOOR)

    def _is_set(self) -> bool:
        return self._always_trusted or self._mark.exists()
