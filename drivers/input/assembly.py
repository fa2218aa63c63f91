"""Scan assembly: where one scan ends and the next begins, from characters and the time they came.

Holds no device and reads no clock. It must not know what a scan means, nor change a character of it.
"""

from collections.abc import Callable

from kiosk.core.carriers import LONGEST
from kiosk.core.events import BadgeShown, Scanned, ScanRejected
from kiosk.core.ids import Secret

TERMINATORS = "\r\n\t"
"""Scanners are delivered with different ones, or none; CR LF ends a scan and then an empty line, which is none."""
GAP_US = 100_000
"""A scanner without a terminator is silent between scans; within one it sends faster than a person types, who needs
more than 50 ms for a key."""
SAME_SCAN_US = 1_000_000
"""A label that lies in the beam is read again and again, and a person needs longer to bring the next one. Scanners
themselves wait as long before the same symbol counts once more: Datalogic's safety time 400 ms, Zebra DS4308 500 ms,
Barcode Automation BA-440 1 s."""
MOST_SCANS, MOST_SCANS_US = 20, 1_000_000
"""A person brings a few labels in a second, and a scanner that reads on and on ends fewer than this; what sends more
sends noise, which must not keep the engine from whoever stands there."""
LOST = "\N{REPLACEMENT CHARACTER}"
"""Stands in the stream where characters were lost on the way. No device sends it: serial bytes are read as Latin-1, and
no key types it."""

ScanEvent = Scanned | BadgeShown | ScanRejected
MakeScan = Callable[[Secret[str], str], Scanned | BadgeShown]
"""From the whole text and the name of the device."""


class Assembler:
    """One scanner's stream. All times are integer microseconds of one monotonic clock."""

    def __init__(self, source: str = "", make: MakeScan = Scanned) -> None:
        """``source`` is the scanner's name; ``make`` is `BadgeShown` for a badge reader."""
        self._source = source
        self._make = make
        self._text = ""
        self._length = 0
        """Characters of the scan so far; ``_text`` holds no more than are allowed."""
        self._spoilt = False
        """Some of it was lost: a label that lacks characters is worse than none."""
        self._last_us: int | None = None
        """When its newest character came; None between scans."""
        self._before = ""
        self._before_us = 0
        """The scan before, and when it was seen last."""
        self._many = 0
        self._many_us = 0
        """Scans since then, which is no longer ago than `MOST_SCANS_US`."""

    def receive(self, characters: str, now_us: int) -> list[ScanEvent]:
        """Take what came; the scans that ended with it.

        Never ends a scan by the time that passed: a reader that was late must not cut a label in two. `expire` does,
        once nothing more is waiting.
        """
        events: list[ScanEvent] = []
        for character in characters:
            if character in TERMINATORS:
                events += self._end(now_us)
            else:
                self._add(character, now_us)
        return events

    def deadline_us(self) -> int | None:
        """When to call `expire` unless more comes."""
        return None if self._last_us is None else self._last_us + GAP_US

    def expire(self, now_us: int) -> list[ScanEvent]:
        """Nothing more has come until now: end the scan if the gap is long enough."""
        deadline_us = self.deadline_us()
        if deadline_us is None or now_us < deadline_us:
            return []
        if self._length == 1:
            self._clear()  # a key that a person pressed, or a disturbance on the line; no symbol is that short
        return self._end(now_us)

    def _add(self, character: str, now_us: int) -> None:
        self._length += 1
        self._last_us = now_us
        self._spoilt |= character == LOST
        if self._length <= LONGEST:
            self._text += character

    def _end(self, now_us: int) -> list[ScanEvent]:
        text, length, spoilt = self._text, self._length, self._spoilt
        self._clear()
        if spoilt or not text:
            return []
        if length > LONGEST:
            return [] if self._too_many(now_us) else [ScanRejected(length)]
        again = text == self._before and now_us - self._before_us < SAME_SCAN_US
        self._before, self._before_us = text, now_us
        return [] if again or self._too_many(now_us) else [self._make(Secret(text), self._source)]

    def _too_many(self, now_us: int) -> bool:
        if now_us - self._many_us >= MOST_SCANS_US:
            self._many, self._many_us = 0, now_us
        self._many += 1
        return self._many > MOST_SCANS

    def _clear(self) -> None:
        self._text, self._length, self._spoilt, self._last_us = "", 0, False, None
