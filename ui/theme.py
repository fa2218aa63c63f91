"""Theme: every colour and measure of the screens, by its role, as `tokens.json` has it.

Holds the palettes of the three modes and the sizes of type for one panel. It must not know a screen, nor draw anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

Colour = tuple[int, int, int]
TOKENS = Path(__file__).with_name("tokens.json")
CAPITAL = 0.668
"""Height of a capital over the size of the font; measured on the Latin cut, and in `tokens.json`."""
SMALL_PANEL_MM = 100.0
"""A panel whose shorter side is less than this takes the sizes of the 7-inch pictures."""


class Mode(StrEnum):
    NORMAL = "normal"
    NIGHT = "night"
    HIGH_CONTRAST = "high contrast"


class Field(StrEnum):
    """What the Tell part is about: dark fields ask, light fields answer."""

    PICKUP = "pickup"
    DELIVER = "deliver"
    STAFF = "staff"
    OPEN = "open"
    DONE = "done"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Tint:
    """A ground and what stands on it."""

    ground: Colour
    on: Colour


@dataclass(frozen=True, slots=True)
class FieldColours:
    fill: Colour
    on: Colour
    muted: Colour
    line: Colour
    button: Colour
    plate: Colour
    on_plate: Colour
    here: Colour


@dataclass(frozen=True, slots=True)
class Palette:
    canvas: Colour
    surface: Colour
    ink: Colour
    muted: Colour
    line: Colour
    function_key: Colour
    primary: Colour
    on_primary: Colour
    signal: Colour
    on_signal: Colour
    danger: Colour
    disabled: Colour
    on_disabled: Colour
    slot: Colour
    on_slot: Colour
    key5_pip: Colour
    parcel: Colour
    parcel_tape: Colour
    parcel_mark: Colour
    field: Mapping[Field, FieldColours]


class Type(StrEnum):
    """The roles of type; sizes are heights of a capital in millimetres."""

    HERO = "hero"
    PLATE = "plate"
    KEY = "key"
    TITLE = "title"
    BUTTON = "button"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class TypeSize:
    capital_mm: float
    bold: bool
    line: float
    """Distance of two baselines over the size of the font."""

    @property
    def pitch_mm(self) -> float:
        return self.capital_mm / CAPITAL * self.line


LARGE_PANEL = {
    Type.HERO: TypeSize(13.6, bold=True, line=1.0),
    Type.PLATE: TypeSize(11.8, bold=True, line=1.0),
    Type.KEY: TypeSize(9.5, bold=True, line=1.0),
    Type.TITLE: TypeSize(7.5, bold=True, line=1.1),
    Type.BUTTON: TypeSize(5.3, bold=True, line=1.12),
    Type.BODY: TypeSize(5.0, bold=False, line=1.24),
}
SMALL_PANEL = LARGE_PANEL | {
    Type.HERO: TypeSize(10.7, bold=True, line=1.0),
    Type.PLATE: TypeSize(8.9, bold=True, line=1.0),
    Type.KEY: TypeSize(9.2, bold=True, line=1.0),
}


@dataclass(frozen=True, slots=True)
class Space:
    """Distances in millimetres for one panel."""

    tell: float
    """Margin of the Tell part at its sides and top."""
    do: float
    bottom: float
    gap: float
    target: float = 18.0
    """The smallest side of anything that is touched, PRODUCT's 18 mm."""
    button: float = 19.0
    primary: float = 28.5


@dataclass(frozen=True, slots=True)
class Theme:
    """One panel in one mode."""

    mode: Mode
    width_mm: float
    height_mm: float
    palette: Palette
    sizes: Mapping[Type, TypeSize]
    space: Space

    @property
    def small(self) -> bool:
        return min(self.width_mm, self.height_mm) < SMALL_PANEL_MM

    @property
    def portrait(self) -> bool:
        return self.height_mm > self.width_mm

    @property
    def outline_mm(self) -> float:
        return 0.7 if self.mode is Mode.HIGH_CONTRAST else 0.5


def theme_for(mode: Mode, width_mm: float, height_mm: float) -> Theme:
    """The theme of a panel of that size."""
    small = min(width_mm, height_mm) < SMALL_PANEL_MM
    space = Space(4.2, 3.0, 3.0, 2.1, 18.0, 18.2, 21.0) if small else Space(7.5, 5.8, 4.8, 2.5)
    return Theme(mode, width_mm, height_mm, palettes()[mode], SMALL_PANEL if small else LARGE_PANEL, space)


@cache
def palettes() -> Mapping[Mode, Palette]:
    """The palette of each mode, read once."""
    colours = json.loads(TOKENS.read_text(encoding="utf-8"))["colour"]
    return {mode: _palette(colours[mode.value.replace(" ", "_")]) for mode in Mode}


def _palette(told: Mapping[str, Any]) -> Palette:
    plain = {f.name: _colour(told[f.name]) for f in fields(Palette) if f.name != "field"}
    by_field = {
        field: FieldColours(**{f.name: _colour(told["field"][field][f.name]) for f in fields(FieldColours)})
        for field in Field
    }
    return Palette(**plain, field=by_field)


def _colour(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
