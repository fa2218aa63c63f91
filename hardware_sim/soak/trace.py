"""The trace of a run: a hash over every entry, frame and screen, and the newest of them in words.

Holds what two runs of one seed are compared by. It must not know what any of it means. No secret is in it: people type
and scan by reference, and entries are told without what is personal.
"""

from collections import deque
from collections.abc import Sequence
from hashlib import sha256

from hardware_sim.boards import SimBoard
from hardware_sim.wire import Speaker
from hardware_sim.world import World
from kiosk.core.effects import Outward
from kiosk.core.entries import NAMES, Entry, encode
from kiosk.core.ids import LineId
from kiosk.core.view import ScreenModel

REMEMBERED = 200
"""Lines of the newest past, for whoever looks at a failed run."""


class Trace:
    """Everything that was recorded, said on the lines and shown, in its order."""

    def __init__(self, world: World) -> None:
        self.entries = 0
        self.newest: deque[str] = deque(maxlen=REMEMBERED)
        self._world = world
        self._hash = sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def tell(self, what: str, words: str) -> None:
        self.newest.append(f"{self._world.now_us / 1_000_000:.3f} {what} {words}")

    def committed(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.entries += 1
            self._hash.update(encode(entry))
            self._hash.update(entry.notice or b"")
            self.tell("entry", f"#{entry.seq} {NAMES[type(entry.body)]} {encode(entry).decode()}")

    def heard(self, line: LineId, who: SimBoard | Speaker, data: bytes) -> None:
        name = who.board if isinstance(who, SimBoard) else who.name
        self._hash.update(f"{self._world.now_us} {line} {name} ".encode())
        self._hash.update(data)

    def shown(self, model: ScreenModel) -> None:
        words = repr(model)
        self._hash.update(words.encode())
        self.tell("screen", words)

    def asked(self, effect: Outward) -> None:
        """What the engine hands to an edge shows on the line, or in the vault's answer."""
