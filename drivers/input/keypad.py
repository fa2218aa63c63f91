"""A tactile keypad beside the screen: digits, OK, delete and clear, read from its own event nodes.

Holds which key means what. It must not know what is typed, nor the screen: it works where there is none.

The numbers are those of linux/input-event-codes.h.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from drivers.edge import Inbox
from drivers.input.nodes import INPUTS, TYPES_DIGITS, Grab, Nodes, grab
from drivers.input.thread import ScannerThread
from drivers.input.wedge import DOWN, EV_KEY, EV_SYN, RECORD, SYN_DROPPED, SYN_REPORT
from kiosk.core.events import Key, KeyPressed
from kiosk.core.ids import Secret

MOST_KEYS, MOST_KEYS_US = 25, 1_000_000
"""Nobody presses more in a second; what sends more is broken, and must not keep the engine from the screen."""

TOP_ROW = dict(enumerate("1234567890", 2))
KEYPAD = dict(zip((79, 80, 81, 75, 76, 77, 71, 72, 73, 82), "1234567890", strict=True))
"""Whatever Num Lock says: nobody steers a cursor here."""
TELEPHONE = dict(enumerate("0123456789", 512))
OK_KEYS = dict.fromkeys((28, 96, 352, 523), Key.OK)
"""Enter, the keypad's Enter, OK, and # of a telephone."""
DELETE_KEYS = dict.fromkeys((14, 111, 83), Key.DELETE)
"""Backspace, Delete, and the point with Del printed under it."""
CLEAR_KEYS = dict.fromkeys((1, 355, 223, 55, 522), Key.CLEAR)
"""Esc, Clear, Cancel, the keypad's *, and * of a telephone."""
KEYS: dict[int, str] = TOP_ROW | KEYPAD | TELEPHONE | OK_KEYS | DELETE_KEYS | CLEAR_KEYS
"""What each key code is; those that are not here are none of the keypad's."""


class PadKeys:
    """The keys of one event node, from its records."""

    def __init__(self) -> None:
        self._rest = b""
        self._resyncing = False

    def receive(self, data: bytes) -> list[str]:
        """The keys that went down in ``data``, which may be cut anywhere; auto-repeat is none."""
        data = self._rest + data
        whole = len(data) - len(data) % RECORD.size
        self._rest = data[whole:]
        pressed = (self._record(kind, code, value) for _, _, kind, code, value in RECORD.iter_unpack(data[:whole]))
        return [key for key in pressed if key]

    def _record(self, kind: int, code: int, value: int) -> str:
        """Where the kernel lost some, everything up to the next report is a torso."""
        if kind == EV_SYN and code in {SYN_DROPPED, SYN_REPORT}:
            self._resyncing = code == SYN_DROPPED
        if kind != EV_KEY or value != DOWN or self._resyncing:
            return ""
        return KEYS.get(code, "")


class Keypad(ScannerThread):
    """``path`` is one event node of the keypad, best a link of /dev/input/by-id or by-path; its others are found."""

    def __init__(  # noqa: PLR0913 - what the system is, each with its usual value
        self,
        name: str,
        path: str,
        inbox: Inbox,
        now_us: Callable[[], int],
        *,
        inputs: Path = INPUTS,
        grab: Grab = grab,
    ) -> None:
        super().__init__(name, path, partial(KeypadDevice, Path(path), inputs, grab), inbox, now_us)


class KeypadDevice:
    """Every event node of it that has digits."""

    def __init__(self, path: Path, inputs: Path = INPUTS, take: Grab = grab) -> None:
        self._nodes = Nodes(path, TYPES_DIGITS, inputs, take)
        self._keys = {file: PadKeys() for file in self._nodes.files}
        self._many = 0
        self._many_us = 0

    def files(self) -> Sequence[int]:
        return self._nodes.files

    def attend(self, *, wanted: bool, now_us: int) -> None:
        """A keypad is told nothing."""

    def deadline_us(self) -> int | None:
        """A key is whole as it is."""
        return None

    def read(self, file: int, now_us: int) -> list[KeyPressed]:
        keys = self._keys[file].receive(self._nodes.read(file))
        return [KeyPressed(Secret(key)) for key in keys if not self._too_many(now_us)]

    def expire(self, _now_us: int) -> list[KeyPressed]:
        return []

    def close(self) -> None:
        self._nodes.close()

    def _too_many(self, now_us: int) -> bool:
        if now_us - self._many_us >= MOST_KEYS_US:
            self._many, self._many_us = 0, now_us
        self._many += 1
        return self._many > MOST_KEYS
