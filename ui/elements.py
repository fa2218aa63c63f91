"""Elements: what a picture of a screen is made of, as values: where, how it looks, its name, what a touch does.

Holds the looks that the painter can draw and the actions that a touch can have. It must not know which screens there
are, nor how anything is drawn.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from kiosk.core.layout import Layout
from ui.geometry import Box
from ui.theme import Colour, Type

# --- looks: everything that can be drawn ---


@dataclass(frozen=True, slots=True)
class Fill:
    """A plain rectangle with round corners; ``outline`` lies inside its edge."""

    colour: Colour
    radius_mm: float = 0.0
    outline: Colour | None = None
    outline_mm: float = 0.5
    dashed: bool = False


class Align(StrEnum):
    START = "start"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of text; the capitals of the first one touch the top of the box."""

    lines: tuple[str, ...]
    type: Type
    colour: Colour
    align: Align = Align.START
    cells: bool = False
    """One character per cell of equal width: clocks and counters, whose digits must not jump."""


@dataclass(frozen=True, slots=True)
class Icon:
    name: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled polygon; its points are shares of the box."""

    points: tuple[tuple[float, float], ...]
    colour: Colour


@dataclass(frozen=True, slots=True)
class ParcelPicture:
    box: Colour
    tape: Colour
    mark: Colour
    outline: Colour | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """An arc that shrinks from a whole turn to nothing, clockwise from the top."""

    share: float
    colour: Colour
    track: Colour
    stroke_mm: float = 1.7


@dataclass(frozen=True, slots=True)
class Hatch:
    colour: Colour


@dataclass(frozen=True, slots=True)
class Veil:
    """Dims everything drawn before it."""

    colour: Colour
    share: float = 0.72


@dataclass(frozen=True, slots=True)
class MapColours:
    ground: Colour
    line: Colour
    on: Colour
    here: Colour
    avoided: Colour


class Door(StrEnum):
    """How the compartment that the map points at is drawn."""

    SHUT = "shut"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class BankMap:
    """The bank to scale from its layout, with a person, a line to the compartment meant, and pins over the columns."""

    layout: Layout
    colours: MapColours
    parcel: ParcelPicture
    here: CompartmentId | None = None
    door: Door = Door.SHUT
    avoided: CompartmentId | None = None
    ring_mm: float = 1.0
    pins: bool = True


@dataclass(frozen=True, slots=True)
class Photo:
    """What a camera sees: ``colours`` is red, green, blue for each pixel. It fills its box."""

    width: int
    height: int
    colours: bytes = field(repr=False)


Look = Fill | Words | Icon | Shape | ParcelPicture | Ring | Hatch | Veil | BankMap | Photo


# --- actions: everything that a touch can do ---


@dataclass(frozen=True, slots=True)
class Choose:
    """Take an offer of the screen model."""

    choice: Choice
    value: str = ""


@dataclass(frozen=True, slots=True)
class PressKey:
    """A key of the drawn keypad: a character, or one of the core's named keys."""

    key: str


class Sheet(StrEnum):
    """What the screen can lay over a page by itself."""

    NONE = "none"
    HELP = "help"
    SHOW_QR = "show_qr"


@dataclass(frozen=True, slots=True)
class OpenSheet:
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class SpeakLanguage:
    language: str


@dataclass(frozen=True, slots=True)
class SwitchContrast:
    """High contrast on or off until the visit ends."""


@dataclass(frozen=True, slots=True)
class TurnPage:
    """Show the next part of a list that is longer than the screen; after the last one the first."""

    page: int


@dataclass(frozen=True, slots=True)
class SayWhy:
    """Nothing happens now, and the words say why."""

    words: str


Action = Choose | PressKey | OpenSheet | SpeakLanguage | SwitchContrast | TurnPage | SayWhy


# --- elements ---


class Role(StrEnum):
    """What an element is to somebody who cannot see it; the names are those of WAI-ARIA 1.2 where it has one."""

    DECORATION = "presentation"
    HEADING = "heading"
    TEXT = "paragraph"
    STATUS = "status"
    BUTTON = "button"
    KEY = "key"
    IMAGE = "img"
    TIMER = "timer"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Element:
    """One thing drawn. The order of a picture's elements is the order of drawing, of reading and of focus."""

    box: Box
    look: Look
    role: Role = Role.DECORATION
    name: str = ""
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One whole screen."""

    elements: tuple[Element, ...]
    do: Box
    """The part that comes in from the side when the page changes."""
    changes_at_ms: int | None = None
    """When this picture becomes another one by itself; None is never."""


def touched(picture: Picture, x_mm: float, y_mm: float) -> Element | None:
    """The topmost element with an action at that place."""
    for element in reversed(picture.elements):
        if element.action is not None and element.box.holds(x_mm, y_mm):
            return element
    return None
