"""Two displays at once: what a person sees before them, and the same in shared memory.

Holds the joining of both. It must not know what kind the first one is.
"""

from collections.abc import Sequence

import pygame

from ui.display.finger import OneFinger
from ui.display.memory import MemoryDisplay
from ui.display.seam import Area, Display, Touch


class BothDisplay:
    """One canvas, shown on ``seen`` and shared by ``memory``, which must have been made with the canvas of ``seen``."""

    def __init__(self, seen: Display, memory: MemoryDisplay) -> None:
        if memory.canvas is not seen.canvas:
            message = "both displays show one canvas"
            raise ValueError(message)
        self._seen, self._memory = seen, memory
        self._finger = OneFinger(seen.size_px)

    @property
    def size_px(self) -> tuple[int, int]:
        return self._seen.size_px

    @property
    def canvas(self) -> pygame.Surface:
        return self._seen.canvas

    @property
    def asked_to_stop(self) -> bool:
        return self._seen.asked_to_stop

    def touches(self) -> Sequence[Touch]:
        return [
            touch
            for place, display in enumerate((self._seen, self._memory))
            for each in display.touches()
            for touch in self._finger.seen(place, each)
        ]

    def present(self, areas: Sequence[Area]) -> None:
        """The memory first: it goes on if the other one is lost."""
        self._memory.present(areas)
        self._seen.present(areas)

    def close(self) -> None:
        self._memory.close()
        self._seen.close()
