"""Keyboard wedge: from the records of a Linux input device to the characters the scanner typed.

Holds the US layout, which scanners are delivered with whatever the desktop uses. It must not know where one scan ends.

The numbers are those of linux/input-event-codes.h.
"""

import struct

from drivers.input.assembly import LOST

RECORD = struct.Struct("llHHi")
"""struct input_event of linux/input.h: seconds, microseconds, type, code, value; as long as the machine's own long."""

EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
UP, DOWN = 0, 1
"""2 is auto-repeat: no scanner means it."""

SHIFTS = frozenset({42, 54})
CTRLS = frozenset({29, 97})
ALTS = frozenset({56, 100})
MODIFIERS = SHIFTS | CTRLS | ALTS
CAPS_LOCK = 58

ROWS = (
    # first code, plain, with Shift
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (15, "\tqwertyuiop[]\r", "\tQWERTYUIOP{}\r"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (55, "*", "*"),
    (57, " ", " "),
    (71, "789-456+1230.", "789-456+1230."),
    (96, "\r", "\r"),
    (98, "/", "/"),
)
"""The keys of the US layout. From 71 on it is the keypad; a scanner that uses it means its digits."""
PLAIN = {first + place: character for first, row, _ in ROWS for place, character in enumerate(row)}
SHIFTED = {first + place: character for first, _, row in ROWS for place, character in enumerate(row)}
KEYPAD = {code: PLAIN[code] for code in (71, 72, 73, 75, 76, 77, 79, 80, 81, 82)}
CONTROLS = {code: chr(ord(key.upper()) & 0x1F) for code, key in PLAIN.items() if key.isalpha() or key in "[\\]"}
CONTROLS |= {7: "\x1e", 12: "\x1f"}
"""Ctrl with a key, as terminals have it: Ctrl+] is GS, Ctrl+^ on the 6 is RS, Ctrl+_ on the - is US."""
GS_KEY, GS = 36, "\x1d"
"""The J: with Ctrl and Shift some scanners mean GS, where a terminal has LF, which ends a scan. Known from a trace of
one, not measured."""
HIGHEST_CHARACTER = 0xFF
NUMBER_DIGITS = 4
"""Alt+0029 is GS, and so is Alt+29."""


class WedgeKeys:
    """The keys of one event node, with what is held down. Control characters come as Ctrl+key or as Alt+number."""

    def __init__(self) -> None:
        """Nothing is held down, whatever was before the scanner was plugged in."""
        self._rest = b""
        self._held: set[int] = set()
        self._caps = False
        self._number = ""
        """Digits typed while Alt is held."""
        self._resyncing = False

    def receive(self, data: bytes) -> str:
        """The characters of the records in ``data``, which may be cut anywhere; `LOST` where the kernel lost some."""
        data = self._rest + data
        whole = len(data) - len(data) % RECORD.size
        self._rest = data[whole:]
        records = RECORD.iter_unpack(data[:whole])
        return "".join(self._record(kind, code, value) for _, _, kind, code, value in records)

    def _record(self, kind: int, code: int, value: int) -> str:
        if (kind, code) == (EV_SYN, SYN_DROPPED):
            return self._lost()
        if (kind, code) == (EV_SYN, SYN_REPORT):
            self._resyncing = False
        return self._key(code, value) if kind == EV_KEY and not self._resyncing else ""

    def _lost(self) -> str:
        """The kernel's queue was full. What is held down is not known, and what comes up to the report is a torso."""
        self._resyncing = True
        self._held.clear()
        self._number = ""
        return LOST

    def _key(self, code: int, value: int) -> str:
        if code in MODIFIERS:
            return self._modifier(code, value)
        if value != DOWN:
            return ""
        if code == CAPS_LOCK:
            self._caps = not self._caps
            return ""
        return self._character(code)

    def _modifier(self, code: int, value: int) -> str:
        if value == UP:
            self._held.discard(code)
        else:
            self._held.add(code)
        return self._alt_ended() if code in ALTS and value == UP else ""

    def _alt_ended(self) -> str:
        number, self._number = self._number, ""
        character = int(number or 0)
        return chr(character) if 0 < character <= HIGHEST_CHARACTER else ""

    def _character(self, code: int) -> str:
        if self._held & ALTS:
            self._number = (self._number + KEYPAD.get(code, ""))[-NUMBER_DIGITS:]
            return ""
        if self._held & CTRLS:
            return GS if code == GS_KEY and self._held & SHIFTS else CONTROLS.get(code, "")
        inverted = self._caps and PLAIN.get(code, "").isalpha()
        keys = SHIFTED if bool(self._held & SHIFTS) != inverted else PLAIN
        return keys.get(code, "")
