"""Setting: everything that a screen is composed from beside the page itself.

Holds values and their measures. It must not know which page is shown, nor pixels.
"""

from dataclasses import dataclass

from kiosk.core.events import Choice
from kiosk.core.view import ScreenModel
from ui.elements import Action, Photo, Sheet
from ui.geometry import Box
from ui.text import Texts
from ui.theme import Field, FieldColours, Palette, Theme, TypeSize
from ui.theme import Type as TypeRole
from ui.typeface import Typeface


@dataclass(frozen=True, slots=True)
class Local:
    """What the screen itself remembers of the person before it; gone when the visit ends."""

    sheet: Sheet = Sheet.NONE
    page: int = 0
    """Which part of a long list is shown."""
    pressed: Action | None = None
    shown_key: str = ""
    """The digit typed last, readable for a moment."""
    toast: str = ""
    contrast: bool = False
    dimmed: bool = False
    """Nobody was here for a while."""
    begun_ms: int = 0
    """When this page was first shown."""


@dataclass(frozen=True, slots=True)
class House:
    """What the screens say about the house."""

    help_phone: str = ""
    front_desk: str = ""
    """Where couriers take what does not fit, as people of the house call it."""
    unit_letters: str = "ABCDEF"
    """The letters that the house's units have."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One moment of one panel."""

    theme: Theme
    typeface: Typeface
    texts: Texts
    model: ScreenModel
    house: House
    local: Local
    now_ms: int
    """The kiosk's monotonic clock, which the model's times are on."""
    clock: str
    """The time of day, as it is shown."""
    photo: Photo | None = None
    """What the camera sees, where there is one and it looks."""

    @property
    def palette(self) -> Palette:
        return self.theme.palette

    def field(self, field: Field) -> FieldColours:
        return self.theme.palette.field[field]

    def size(self, role: TypeRole) -> TypeSize:
        return self.theme.sizes[role]

    @property
    def panel(self) -> Box:
        return Box(0, 0, self.theme.width_mm, self.theme.height_mm)

    def offered(self, choice: Choice) -> list[str]:
        """The values of an offer: empty if it is not offered, one empty text where it needs none."""
        return [offer.value for offer in self.model.offers if offer.choice is choice]

    def pressed(self, action: Action | None) -> bool:
        return action is not None and self.local.pressed == action

    def seconds_left(self, until_ms: int) -> int:
        """Whole seconds, rounded up, as a person counts."""
        return max(0, -(-(until_ms - self.now_ms) // 1000))

    def next_second_ms(self, until_ms: int) -> int:
        """When `seconds_left` says something else."""
        return until_ms - (self.seconds_left(until_ms) - 1) * 1000 if until_ms > self.now_ms else until_ms
