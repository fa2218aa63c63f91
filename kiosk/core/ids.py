"""Names of things, and the wrapper that keeps a secret out of every text.

Holds one NewType per kind of thing and how an id is derived. It must not know what the things are, nor how any of them
is stored.
"""

from dataclasses import dataclass
from typing import Generic, NewType, TypeVar

KioskId = NewType("KioskId", str)
CompartmentId = NewType("CompartmentId", str)
"""The label printed on the door, such as ``A07``."""
SizeName = NewType("SizeName", str)
LineId = NewType("LineId", str)
BoardId = NewType("BoardId", str)
UnitId = NewType("UnitId", str)
"""The unit as people write it, such as ``12B``; personal data, never in an entry's body."""
ResidentId = NewType("ResidentId", str)
CourierId = NewType("CourierId", str)
ParcelId = NewType("ParcelId", str)
VisitId = NewType("VisitId", str)
OpeningId = NewType("OpeningId", str)

T = TypeVar("T", str, bytes)


def derived_id(kiosk: KioskId, epoch: int, seq: int) -> str:
    """The id of what the entry ``(epoch, seq)`` brought into being: unique over kiosks, cards and power cuts."""
    return f"{kiosk}-{epoch}-{seq}"


@dataclass(frozen=True, slots=True)
class Secret(Generic[T]):
    """A value that no repr, log line or trace shows. ``reveal`` is the one way in, and easy to search for."""

    value: T

    def reveal(self) -> T:
        """The clear value; only code that checks, derives or compares it may ask."""
        return self.value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__
