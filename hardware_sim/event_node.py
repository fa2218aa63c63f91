"""One event node of an input device: a named pipe in place of /dev/input/event…, and what the kernel tells of it.

Holds files only. What a pipe cannot do, the grab, is `Grabs`: to be handed to whoever reads the node. It must not know
what a key means.
"""

import errno
import os
import struct
from collections.abc import Iterable
from pathlib import Path

LETTERS_AND_DIGITS = range(1, 60)
KEYPAD_KEYS = (*range(71, 84), 96)


class SimNode:
    """``root`` gets input/event… and class/event…, as /dev and /sys have them."""

    def __init__(
        self,
        root: Path,
        number: int,
        *,
        phys: str | None = None,
        keys: Iterable[int] = LETTERS_AND_DIGITS,
        name: str = "",
    ) -> None:
        self.path = root / "input" / f"event{number}"
        self.path.parent.mkdir(exist_ok=True)
        self._pipe: int | None = None
        self.plug_in()
        about = root / "class" / f"event{number}" / "device"
        (about / "capabilities").mkdir(parents=True)
        if phys is not None:
            (about / "phys").write_text(phys + "\n", encoding="ascii")
        (about / "name").write_text(name + "\n", encoding="ascii")
        (about / "capabilities" / "key").write_text(bitmap(keys) + "\n", encoding="ascii")

    def plug_in(self) -> None:
        os.mkfifo(self.path)
        self._pipe = os.open(self.path, os.O_RDWR)  # also reads, so that it can be opened before the kiosk does

    def send(self, records: bytes) -> None:
        """Waits while the pipe is full. Raises OSError while it is pulled out."""
        while records:
            records = records[os.write(self._file(), records) :]

    def unplug(self) -> None:
        """It is pulled out, whatever is half typed or held down."""
        file, self._pipe = self._file(), None
        self.path.unlink()
        os.close(file)

    def _file(self) -> int:
        if self._pipe is None:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return self._pipe


def bitmap(keys: Iterable[int]) -> str:
    """As the kernel writes it: words of the machine's size in hexadecimal, the highest first."""
    bits = 8 * struct.calcsize("l")
    value = sum(1 << key for key in keys)
    words = [value >> bits * place & (1 << bits) - 1 for place in range(0x300 // bits)]
    return " ".join(f"{word:x}" for word in reversed(words)).lstrip("0 ") or "0"


class Grabs:
    """Takes note of what was grabbed; refuses while somebody else holds it, as the kernel does."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.held_by_another = False

    def grab(self, file: int) -> None:
        if self.held_by_another:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        self.taken.append(file)
