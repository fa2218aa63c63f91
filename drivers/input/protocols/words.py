"""Serial scanners that are told single words, and those that are told nothing.

Holds the words. Nothing answers them, so nothing here knows whether one was heard.
"""

from drivers.input.protocols.dialogue import Heard, Language


class PlainEar:
    """Everything that comes is of a symbol."""

    def receive(self, data: bytes, _now_us: int) -> Heard:
        """One character for each byte: labels and passes are ASCII, and what is not must neither fail nor be lost."""
        return Heard(data.decode("latin-1"))


PLAIN = Language(PlainEar)
"""A hand scanner with a trigger of its own, or one that looks all the time."""
HONEYWELL = Language(PlainEar, trigger=b"\x16T\r", release=b"\x16U\r")
"""SYN T CR and SYN U CR, once the scanner is set to manual or serial trigger; imagers of Datalogic take them too."""
DATALOGIC = Language(PlainEar, trigger=b"E", release=b"D")
"""Enable and disable scanning (Magellan 800i and PowerScan guides)."""
