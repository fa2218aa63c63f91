"""The [display] of kiosk.toml: on what the screens are shown, how large, in which language and mode.

Holds the frozen settings and which keys go with which kind. It must not know pygame, nor whether a display is there.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kiosk.config.reader import FILE, Table, Text

SIDE_PX = (320, 4096)
PX_PER_MM = (3.0, 12.0)
"""From a 10 inch panel of 800 x 480 to more than that of a telephone."""
ROTATIONS = (0, 90, 180, 270)
LANGUAGES = ("en", "es")
"""Those that the screens have texts in; a test holds the two lists together."""
LANGUAGE = Text(re.compile("|".join(LANGUAGES)), f"one of {', '.join(LANGUAGES)}")


class DisplayKind(StrEnum):
    WINDOW = "window"
    """Of X11 or Wayland, full size on a kiosk's own desktop or beside others on a desk."""
    CONSOLE = "console"
    """The panel itself (KMS/DRM), without a desktop."""
    MEMORY = "memory"
    """A shared file of pixels and a pipe of touches, for another program."""
    NONE = "none"


class ModeSetting(StrEnum):
    """How the screens look. AUTO: at night from 22:00 to 6:00 local time, else normal."""

    AUTO = "auto"
    NORMAL = "normal"
    NIGHT = "night"
    HIGH_CONTRAST = "high contrast"


@dataclass(frozen=True, slots=True)
class SharedFiles:
    """What another program sees and touches the screens through; ``elements`` tells it in words what is on them."""

    frames: Path
    touches: Path
    elements: Path | None = None


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """All of [display]. The sizes are as a person sees the screen, turned; 0 where the panel itself tells them."""

    kind: DisplayKind = DisplayKind.NONE
    width_px: int = 0
    height_px: int = 0
    px_per_mm: float = PX_PER_MM[0]
    rotate_degrees: int = 0
    """How far the picture is turned clockwise before it is shown: 0, 90, 180 or 270."""
    language: str = "en"
    mode: ModeSetting = ModeSetting.AUTO
    shared: SharedFiles | None = None


SIZED = (DisplayKind.WINDOW, DisplayKind.MEMORY)
TURNED = (DisplayKind.WINDOW, DisplayKind.CONSOLE)
SHARED = ("frames", "touches", "elements")


def read_display(root: Table, beside: Path) -> DisplaySettings:
    """The display, none if there is no such table; to be used only if the table was sound in the end."""
    given, table = root.has("display"), root.table("display")
    return _display(table, beside) if given else DisplaySettings()


def _display(table: Table, beside: Path) -> DisplaySettings:
    kind = table.choice("kind", DisplayKind)
    if not table.sound:
        return DisplaySettings()
    settings = DisplaySettings() if kind is DisplayKind.NONE else _shown(table, kind, beside)
    table.end()
    return settings


def _shown(table: Table, kind: DisplayKind, beside: Path) -> DisplaySettings:
    return DisplaySettings(
        kind=kind,
        width_px=table.number("width_px", *SIDE_PX) if kind in SIZED else 0,
        height_px=table.number("height_px", *SIDE_PX) if kind in SIZED else 0,
        px_per_mm=table.fraction("px_per_mm", *PX_PER_MM),
        rotate_degrees=table.one_number_of("rotate_degrees", ROTATIONS, 0) if kind in TURNED else 0,
        language=table.text("language", LANGUAGE, "en"),
        mode=table.choice("mode", ModeSetting, ModeSetting.AUTO),
        shared=_shared(table, kind, beside),
    )


def _shared(table: Table, kind: DisplayKind, beside: Path) -> SharedFiles | None:
    """The files of a memory, which a window may have as well."""
    if kind not in SIZED or (kind is DisplayKind.WINDOW and not any(map(table.has, SHARED))):
        return None
    frames, touches = table.text("frames", FILE), table.text("touches", FILE)
    elements = table.text("elements", FILE, "")
    names = [name for name in (frames, touches, elements) if name]
    if len(set(names)) < len(names):
        table.refuse("frames", "a file of its own is allowed, not that of touches or elements; so with these two")
    return SharedFiles(beside / frames, beside / touches, beside / elements if elements else None)
