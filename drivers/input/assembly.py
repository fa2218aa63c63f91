"""Scan assembly: where one scan ends and the next begins, from characters and the time they came.

Holds no device and reads no clock. It must not know what a scan means, nor change a character of it.
"""

from kiosk.core.carriers import LONGEST
from kiosk.core.events import Scanned, ScanRejected
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
GM65_ACKNOWLEDGE = "\x02\x00\x00\x01\x00\x33\x31"
"""What the GM65 family answers to a command, in the same stream before the symbol (GM65 and GM812 manuals); without a
terminator in it."""
LOST = "\N{REPLACEMENT CHARACTER}"
"""Stands in the stream where characters were lost on the way. No device sends it: serial bytes are read as Latin-1, and
no key types it."""

ScanEvent = Scanned | ScanRejected


class Assembler:
    """One scanner's stream. All times are integer microseconds of one monotonic clock."""

    def __init__(self, source: str = "") -> None:
        """``source`` is the scanner's name."""
        self._source = source
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

    def drop(self) -> None:
        """The scanner is gone, and what it had begun with it."""
        self._clear()
        self._before = ""

    def _add(self, character: str, now_us: int) -> None:
        self._length += 1
        self._last_us = now_us
        self._spoilt |= character == LOST
        if self._length <= LONGEST:
            self._text += character
        if self._text == GM65_ACKNOWLEDGE:
            self._clear()

    def _end(self, now_us: int) -> list[ScanEvent]:
        text, length, spoilt = self._text, self._length, self._spoilt
        self._clear()
        if spoilt or not text:
            return []
        if length > LONGEST:
            return [ScanRejected(length)]
        again = text == self._before and now_us - self._before_us < SAME_SCAN_US
        self._before, self._before_us = text, now_us
        return [] if again else [Scanned(Secret(text), self._source)]

    def _clear(self) -> None:
        self._text, self._length, self._spoilt, self._last_us = "", 0, False, None
