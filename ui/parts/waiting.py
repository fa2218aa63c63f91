"""Waiting: the bar that fills while something is under way that takes longer than a moment.

Holds the bar. It must not know what is waited for; it never reaches its end, for nobody knows when that is.
"""

from ui.elements import Element, Fill, Role
from ui.geometry import Box
from ui.parts.words import Elements
from ui.setting import Setting

QUIET_MS = 300
"""Shorter waits show nothing."""
STEP_MS = 100
BAR_MM = 1.0
HALF_AFTER_MS = 2_000


def waiting(s: Setting, box: Box) -> tuple[Elements, int | None]:
    """A bar along the bottom of the box, and when it grows next."""
    waited_ms = s.now_ms - s.local.begun_ms
    if waited_ms < QUIET_MS:
        return (), s.local.begun_ms + QUIET_MS
    share = 1 - HALF_AFTER_MS / (HALF_AFTER_MS + waited_ms)
    strip, _ = box.cut_bottom(BAR_MM)
    p = s.palette
    track = Element(strip, Fill(p.function_key, BAR_MM / 2), Role.STATUS, s.texts.say("waiting"))
    bar = Element(Box(strip.x, strip.y, strip.width * share, strip.height), Fill(p.signal, BAR_MM / 2))
    return (track, bar), s.now_ms + STEP_MS
