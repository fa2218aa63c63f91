"""Layout: which compartment is where in the bank, how large it is, and which board, channel and contact belong to it.

Holds the frozen shape of one version of the layout. It must not know files, databases or what a compartment contains.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.core.ids import BoardId, CompartmentId, SizeName

ACCESSIBLE_REACH_MM = (380, 1220)
"""Handle heights that a seated person reaches without help: 15 to 48 in, ADA 2010 section 308."""


class ContactSource(StrEnum):
    """Where a compartment's door contact is read; there is no default, the layout must say it."""

    BOARD_FEEDBACK = "board feedback"
    BOARD_INPUT = "board input"
    GPIO = "gpio"
    NONE = "none"


class HeightBand(StrEnum):
    """The handle's height in the words a person hears, with the upper limit of each in ``HEIGHT_LIMITS_MM``."""

    FLOOR = "floor"
    KNEE = "knee"
    WAIST = "waist"
    CHEST = "chest"
    EYE = "eye"
    ABOVE = "above"


HEIGHT_LIMITS_MM = (
    (HeightBand.FLOOR, 380),
    (HeightBand.KNEE, 700),
    (HeightBand.WAIST, 1000),
    (HeightBand.CHEST, 1300),
    (HeightBand.EYE, 1600),
)


@dataclass(frozen=True, slots=True)
class Size:
    """One size of compartment; inner measures in millimetres."""

    name: SizeName
    height_mm: int
    width_mm: int
    depth_mm: int

    @property
    def volume_mm3(self) -> int:
        return self.height_mm * self.width_mm * self.depth_mm


@dataclass(frozen=True, slots=True, order=True)
class Output:
    """One lock output: the board and its channel, counted from 1 whatever the wire counts from."""

    board: BoardId
    channel: int


@dataclass(frozen=True, slots=True)
class Contact:
    """Where one door's contact is read: the feedback or input ``channel`` of a ``board``, or a pin of a GPIO chip.

    A chip is a board without locks, and its pins are its channels. With source NONE nothing tells of the door, and the
    person's word stands in its place.
    """

    source: ContactSource
    board: BoardId = BoardId("")
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """One compartment as built: its size, where its door is, and how its lock and contact are wired.

    ``column`` counts from 1 at the left, ``row`` from 1 at the top. ``left_mm`` and ``bottom_mm`` are measured from
    the bank's left edge and from the floor to the door's outline of ``width_mm`` by ``height_mm``.
    """

    compartment: CompartmentId
    size: SizeName
    column: int
    row: int
    left_mm: int
    bottom_mm: int
    width_mm: int
    height_mm: int
    output: Output
    contact: Contact
    accessible: bool = False
    """Kept for residents who need an accessible compartment."""
    item_sensor: bool = False
    """Its board tells, on the contact's channel, whether something lies inside."""

    @property
    def handle_mm(self) -> int:
        """Height of the handle, taken as the middle of the door."""
        return self.bottom_mm + self.height_mm // 2

    @property
    def height_band(self) -> HeightBand:
        return next((band for band, limit in HEIGHT_LIMITS_MM if self.handle_mm < limit), HeightBand.ABOVE)

    @property
    def within_reach(self) -> bool:
        """Whether a seated person reaches the handle."""
        low, high = ACCESSIBLE_REACH_MM
        return low <= self.handle_mm <= high


@dataclass(frozen=True, slots=True)
class Layout:
    """One version of the layout: sizes from small to large, and every compartment of the bank."""

    version: int
    sizes: tuple[Size, ...]
    places: tuple[Place, ...]
    _by_name: Mapping[CompartmentId, Place] = field(init=False, repr=False, compare=False)
    boards_read: frozenset[BoardId] = field(init=False, repr=False, compare=False)
    """The boards and chips on which the contact of any compartment is read."""
    _by_contact: Mapping[tuple[ContactSource, BoardId], Mapping[int, Place]] = field(
        init=False, repr=False, compare=False
    )
    """Looked at in every poll."""

    def __post_init__(self) -> None:
        contacts: dict[tuple[ContactSource, BoardId], dict[int, Place]] = {}
        for place in sorted(self.places, key=lambda place: place.contact.channel):
            at = place.contact
            contacts.setdefault((at.source, at.board), {})[at.channel] = place
        read = frozenset(board for source, board in contacts if source is not ContactSource.NONE)
        object.__setattr__(self, "_by_name", {place.compartment: place for place in self.places})
        object.__setattr__(self, "_by_contact", contacts)
        object.__setattr__(self, "boards_read", read)

    def place(self, compartment: CompartmentId) -> Place:
        """The place of ``compartment``; KeyError if the bank has no such compartment."""
        return self._by_name[compartment]

    def size(self, name: SizeName) -> Size:
        """The size called ``name``; KeyError if there is none."""
        for size in self.sizes:
            if size.name == name:
                return size
        raise KeyError(name)

    def at_contacts(self, source: ContactSource, board: BoardId) -> Mapping[int, Place]:
        """The compartments whose contacts are read there, by channel, the lowest first."""
        return self._by_contact.get((source, board), {})
