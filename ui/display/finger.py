"""One finger out of many: what keeps touches in the order that every display promises.

Holds a rule of a few lines. It must not know where touches come from.
"""

from collections.abc import Hashable, Sequence

from ui.display.seam import Phase, Touch


class OneFinger:
    """Follows the finger that came last; the one before it is let go of where it was.

    So a palm that rests on the panel cannot keep a finger from being seen, and of two thumbs that type fast no digit
    is lost.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._width, self._height = size_px
        self._finger: Hashable = None
        self._last: Touch | None = None

    def seen(self, finger: Hashable, touch: Touch) -> Sequence[Touch]:
        """The touches that this moment of ``finger`` makes; often one."""
        if touch.phase is Phase.DOWN:
            return self._down(finger, touch) if self._on_canvas(touch) else ()
        if self._last is None or finger != self._finger:
            return ()
        self._last = None if touch.phase is Phase.UP else touch
        return (touch,)

    def _down(self, finger: Hashable, touch: Touch) -> Sequence[Touch]:
        before, self._finger, self._last = self._last, finger, touch
        return (touch,) if before is None else (Touch(Phase.UP, before.x, before.y), touch)

    def _on_canvas(self, touch: Touch) -> bool:
        return 0 <= touch.x < self._width and 0 <= touch.y < self._height
