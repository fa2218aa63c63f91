"""The gallery: every screen in every state that is worth a picture, in each language, mode and size of panel.

Holds what there is to picture, and the studio that takes a picture. It must not know files, nor hold a rule of the
core: what is offered on a sample is what the core offers there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from types import MappingProxyType

import pygame

from ui.compose import compose
from ui.elements import Picture
from ui.gallery.courier import COURIERS_SCREENS
from ui.gallery.moments import NOW_MS
from ui.gallery.resident import RESIDENTS_SCREENS
from ui.gallery.sample import Sample
from ui.painter import Painter
from ui.setting import Setting
from ui.text import load_texts
from ui.theme import Mode, theme_for
from ui.typeface import Typeface

__all__ = ["SAMPLES", "SIZES", "PanelSize", "Sample", "Studio", "Taken"]

SAMPLES: tuple[Sample, ...] = (*RESIDENTS_SCREENS, *COURIERS_SCREENS)
CLOCK = "14:32"


@dataclass(frozen=True, slots=True)
class PanelSize:
    width_px: int
    height_px: int
    px_per_mm: float


SIZES: Mapping[str, PanelSize] = MappingProxyType(
    {
        "1280x800": PanelSize(1280, 800, 5.88),
        "800x480": PanelSize(800, 480, 5.25),
        "800x1280": PanelSize(800, 1280, 5.88),
        "480x800": PanelSize(480, 800, 5.25),
    }
)
"""Panels of 10.1 inch and 7 inch, lying and standing."""
texts_in = cache(load_texts)


@dataclass(frozen=True, slots=True)
class Taken:
    """One picture taken: as elements, and as pixels on a surface that the next picture is drawn on."""

    picture: Picture
    surface: pygame.Surface

    def png(self) -> bytes:
        """The picture as a PNG file."""
        file = BytesIO()
        pygame.image.save(self.surface, file, "picture.png")
        return file.getvalue()


class Studio:
    """Takes pictures on a panel of one size."""

    def __init__(self, size: PanelSize) -> None:
        self.px_per_mm = size.px_per_mm
        self.surface = pygame.Surface((size.width_px, size.height_px))
        width_mm, height_mm = size.width_px / size.px_per_mm, size.height_px / size.px_per_mm
        self.themes = {mode: theme_for(mode, width_mm, height_mm) for mode in Mode}
        self.typeface = Typeface(self.themes[Mode.NORMAL], self.px_per_mm)

    def take(self, sample: Sample, language: str, mode: Mode) -> Taken:
        """One sample in a language and a mode. Raises TextError for a language that is not there."""
        picture = self.compose(sample, language, mode)
        painter = Painter(self.surface, self.themes[mode], self.typeface, self.px_per_mm)
        painter.paint(picture)
        return Taken(picture, self.surface)

    def compose(self, sample: Sample, language: str, mode: Mode) -> Picture:
        """The same as elements only; nothing is drawn."""
        return compose(self.setting(sample, language, mode))

    def setting(self, sample: Sample, language: str, mode: Mode) -> Setting:
        texts = texts_in(language)
        toast = texts.say(sample.toast) if sample.toast else ""
        return Setting(
            theme=self.themes[mode],
            typeface=self.typeface,
            texts=texts,
            model=sample.model,
            house=sample.house,
            local=replace(sample.local, toast=toast),
            now_ms=NOW_MS,
            clock=CLOCK,
            photo=sample.photo,
        )
