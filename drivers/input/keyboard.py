"""A scanner that types: a USB keyboard wedge, read from its event nodes so that it cannot type into anything else.

Holds the nodes: which belong to the scanner, and that nobody else gets their keys. It must not know what a key means.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from drivers.edge import Inbox
from drivers.input.thread import ScannerThread
from drivers.input.wedge import RECORD, WedgeKeys

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h. A second grab fails with EBUSY."""
READ_SIZE = 64 * RECORD.size
NEEDED_KEYS = (2, 11, 28, 30, 44)
"""1, 0, Enter, A and Z: a node without them carries a scanner's buttons or nothing, never its labels."""
WORD_BITS = 8 * struct.calcsize("l")
INPUTS = Path("/sys/class/input")

Grab = Callable[[int], None]


def grab(file: int) -> None:
    """Take the node for this process alone. Raises OSError if it is no input device, or somebody else's."""
    fcntl.ioctl(file, EVIOCGRAB, 1)


class KeyboardScanner(ScannerThread):
    """``path`` is one event node of the scanner, best a link of /dev/input/by-id or by-path; its others are found."""

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
        super().__init__(name, path, partial(_Nodes, Path(path), inputs, grab), inbox, now_us)


class _Nodes:
    """Every event node of the scanner that has keys, each with what is held down on it."""

    def __init__(self, path: Path, inputs: Path, grab: Grab) -> None:
        self._keys: dict[int, WedgeKeys] = {}
        with ExitStack() as opened:
            for node in nodes_of(path, inputs):
                file = os.open(node, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                opened.callback(os.close, file)
                grab(file)  # or not at all: ungrabbed, a label could press Enter somewhere
                self._keys[file] = WedgeKeys()
            self._opened = opened.pop_all()

    def files(self) -> Sequence[int]:
        return tuple(self._keys)

    def read(self, file: int) -> str:
        data = os.read(file, READ_SIZE)
        if not data:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return self._keys[file].receive(data)

    def close(self) -> None:
        self._opened.close()


def nodes_of(path: Path, inputs: Path) -> list[Path]:
    """The event nodes of the device that ``path`` is one of, as far as they have a scanner's keys; ``path`` always.

    ``inputs`` is /sys/class/input. Nodes are one device's if the kernel names the same place of it, its phys attribute
    up to the last "/": usb-0000:00:14.0-2/input0 and usb-0000:00:14.0-2/input1.
    """
    given = path.resolve()
    place = _place(inputs / given.name)
    others = [
        given.parent / node.name
        for node in sorted(inputs.glob("event*"))
        if place and node.name != given.name and _place(node) == place and _has_keys(node)
    ]
    return [given, *others]


def _place(node: Path) -> str:
    try:
        return (node / "device" / "phys").read_text(encoding="ascii").strip().rpartition("/")[0]
    except (OSError, UnicodeDecodeError):
        return ""


def _has_keys(node: Path) -> bool:
    """The bitmap of keys is written in words of the machine's size, the highest first."""
    try:
        words = (node / "device" / "capabilities" / "key").read_text(encoding="ascii").split()
    except OSError:
        return False
    keys = 0
    for word in words:
        keys = keys << WORD_BITS | int(word, 16)
    return all(keys >> code & 1 for code in NEEDED_KEYS)
