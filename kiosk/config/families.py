"""What a settings file may say about a board of each family.

Holds limits only; a test holds them against the codecs. It must not know a frame.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.core.layout import ContactSource


@dataclass(frozen=True, slots=True)
class FamilyLimits:
    """Ranges are inclusive. ``contacts`` is what a board of this family reads doors with, if it can."""

    addresses: tuple[int, int]
    most_channels: int
    contacts: ContactSource
    most_inputs: int = 0
    """Door inputs beside the outputs; 0 for families whose contacts are the feedbacks of their own locks."""
    settings: frozenset[str] = frozenset()
    """Which of the settings of commissioning exist in this family, beside the contacts' polarity."""


FAMILIES: Mapping[str, FamilyLimits] = {
    "shuoming": FamilyLimits(
        addresses=(1, 32),
        most_channels=50,
        contacts=ContactSource.BOARD_FEEDBACK,
        settings=frozenset({"byte_order", "constant_check", "status_bytes"}),
    ),
    "waveshare": FamilyLimits(
        addresses=(1, 255),
        most_channels=32,
        contacts=ContactSource.BOARD_INPUT,
        most_inputs=8,
    ),
}
