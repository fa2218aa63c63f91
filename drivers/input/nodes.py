"""Event nodes: which ones are one input device's, and that nobody else gets their keys.

Holds the open nodes. It must not know what a key means.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from drivers.input.wedge import RECORD

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h. A second grab fails with EBUSY."""
READ_SIZE = 64 * RECORD.size
WORD_BITS = 8 * struct.calcsize("l")
INPUTS = Path("/sys/class/input")

TYPES_LABELS = (frozenset({2, 11, 28, 30, 44}),)
"""1, 0, Enter, A and Z: a node without them carries a scanner's buttons or nothing, never its labels."""
TYPES_DIGITS = (frozenset({2, 11}), frozenset({79, 82}), frozenset({512, 513}))
"""1 and 0: above the letters, on the keypad of a keyboard, or as a telephone has them."""
Needed = Sequence[frozenset[int]]
"""Sets of keys, of which a node needs one whole."""
Grab = Callable[[int], None]


def grab(file: int) -> None:
    """Take the node for this process alone. Raises OSError if it is no input device, or somebody else's."""
    fcntl.ioctl(file, EVIOCGRAB, 1)


class Nodes:
    """Every event node of one device that has its keys, open and taken. Raises OSError when one is gone."""

    def __init__(self, path: Path, needed: Needed, inputs: Path = INPUTS, take: Grab = grab) -> None:
        self.files: tuple[int, ...] = ()
        with ExitStack() as opened:
            for node in nodes_of(path, needed, inputs):
                file = os.open(node, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                opened.callback(os.close, file)
                take(file)  # or not at all: ungrabbed, a label could press Enter somewhere
                self.files += (file,)
            self._opened = opened.pop_all()

    def read(self, file: int) -> bytes:
        """Records, which may be cut anywhere."""
        data = os.read(file, READ_SIZE)
        if not data:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return data

    def close(self) -> None:
        self._opened.close()


def nodes_of(path: Path, needed: Needed, inputs: Path = INPUTS) -> list[Path]:
    """The event nodes of the device that ``path`` is one of, as far as they have the ``needed`` keys; ``path`` always.

    ``inputs`` is /sys/class/input. Nodes are one device's if the kernel names the same place of it, its phys attribute
    up to the last "/": usb-0000:00:14.0-2/input0 and usb-0000:00:14.0-2/input1.
    """
    given = path.resolve()
    place = place_of(inputs / given.name)
    others = [
        given.parent / node.name
        for node in sorted(inputs.glob("event*"))
        if place and node.name != given.name and place_of(node) == place and has_keys(node, needed)
    ]
    return [given, *others]


def place_of(node: Path) -> str:
    """Where the device of the node ``/sys/class/input/event…`` is plugged in; "" if the kernel does not say."""
    return _attribute(node, "phys").strip().rpartition("/")[0]


def name_of(node: Path) -> str:
    """What the device of that node calls itself; "" if it does not."""
    return _attribute(node, "name").strip()


def has_keys(node: Path, needed: Needed) -> bool:
    """Whether that node has one of the sets. The bitmap is in words of the machine's size, the highest first."""
    keys = 0
    for word in _attribute(node, "capabilities/key").split():
        keys = keys << WORD_BITS | int(word, 16)
    return any(all(keys >> code & 1 for code in codes) for codes in needed)


def _attribute(node: Path, name: str) -> str:
    try:
        return (node / "device" / name).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
