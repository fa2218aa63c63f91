"""When a code that a camera sees counts: once for as long as it is held there, and bars only if two frames agree.

Holds what was seen when. It must not know pictures, nor what a code means.
"""

from collections.abc import Iterable

from drivers.camera.decode import Reading
from drivers.input.assembly import SAME_SCAN_US

AGREE_US = 1_500_000
"""Two frames with the same reading may lie so far apart: a hand is not still, and not every frame can be read."""


class Confirmation:
    """One look into a camera. Times are integer microseconds of one monotonic clock."""

    def __init__(self) -> None:
        self._seen_us: dict[Reading, int] = {}
        """When each reading was seen last."""
        self._counted: set[Reading] = set()

    def frame(self, readings: Iterable[Reading], now_us: int) -> list[Reading]:
        """What counts with this frame, in its order."""
        self._forget(now_us)
        counts = []
        for reading in dict.fromkeys(readings):
            if reading not in self._counted and (not reading.linear or reading in self._seen_us):
                self._counted.add(reading)
                counts.append(reading)
            self._seen_us[reading] = now_us
        return counts

    def _forget(self, now_us: int) -> None:
        """A code that was taken away may be shown again."""
        for reading, seen_us in list(self._seen_us.items()):
            patience_us = SAME_SCAN_US if reading in self._counted else AGREE_US
            if now_us - seen_us >= patience_us:
                del self._seen_us[reading]
                self._counted.discard(reading)
