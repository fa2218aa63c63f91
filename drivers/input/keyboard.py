"""A scanner or badge reader that types: a USB keyboard wedge, read from its event nodes so that it cannot type into
anything else.

Holds what joins nodes, keys and scans. It must not know what a key means, nor where one scan ends.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from drivers.edge import Inbox
from drivers.input.assembly import Assembler, MakeScan, ScanEvent
from drivers.input.nodes import INPUTS, TYPES_DIGITS, TYPES_LABELS, Grab, Nodes, grab
from drivers.input.thread import ScannerThread
from drivers.input.wedge import WedgeKeys
from kiosk.core.events import Scanned


class KeyboardScanner(ScannerThread):
    """``path`` is one event node of the scanner, best a link of /dev/input/by-id or by-path; its others are found.

    ``make`` is `BadgeShown` for a badge reader.
    """

    def __init__(  # noqa: PLR0913 - what the system is, each with its usual value
        self,
        name: str,
        path: str,
        inbox: Inbox,
        now_us: Callable[[], int],
        *,
        make: MakeScan = Scanned,
        inputs: Path = INPUTS,
        grab: Grab = grab,
    ) -> None:
        opened = partial(KeyboardDevice, name, Path(path), make, inputs, grab)
        super().__init__(name, path, opened, inbox, now_us)


class KeyboardDevice:
    """Every event node of it that has keys, each with what is held down on it."""

    def __init__(
        self, name: str, path: Path, make: MakeScan = Scanned, inputs: Path = INPUTS, take: Grab = grab
    ) -> None:
        needed = TYPES_LABELS if make is Scanned else TYPES_DIGITS
        self._nodes = Nodes(path, needed, inputs, take)
        self._keys = {file: WedgeKeys() for file in self._nodes.files}
        self._assembler = Assembler(name, make)

    def files(self) -> Sequence[int]:
        return self._nodes.files

    def attend(self, *, wanted: bool, now_us: int) -> None:
        """A wedge is told nothing."""

    def deadline_us(self) -> int | None:
        return self._assembler.deadline_us()

    def read(self, file: int, now_us: int) -> list[ScanEvent]:
        return self._assembler.receive(self._keys[file].receive(self._nodes.read(file)), now_us)

    def expire(self, now_us: int) -> list[ScanEvent]:
        return self._assembler.expire(now_us)

    def close(self) -> None:
        self._nodes.close()
