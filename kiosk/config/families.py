"""What a settings file may say about a board of each family.

Holds limits, and the families that are refused by name. It must not know a frame.
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
    item_sensors: bool = False
    """Whether its boards tell, beside each lock's feedback, if something lies inside."""


FAMILIES: Mapping[str, FamilyLimits] = {
    "shuoming": FamilyLimits(
        addresses=(1, 32),
        most_channels=50,
        contacts=ContactSource.BOARD_FEEDBACK,
        settings=frozenset({"byte_order", "constant_check", "status_bytes"}),
    ),
    "wkly": FamilyLimits(
        addresses=(0, 31),
        most_channels=24,
        contacts=ContactSource.BOARD_FEEDBACK,
    ),
    "kerong": FamilyLimits(
        addresses=(0, 9),
        most_channels=16,
        contacts=ContactSource.BOARD_FEEDBACK,
        settings=frozenset({"byte_order"}),
        item_sensors=True,
    ),
    "winnsen": FamilyLimits(
        addresses=(1, 255),
        most_channels=16,
        contacts=ContactSource.BOARD_FEEDBACK,
        settings=frozenset({"byte_order"}),
    ),
    "waveshare": FamilyLimits(
        addresses=(1, 255),
        most_channels=32,
        contacts=ContactSource.BOARD_INPUT,
        most_inputs=8,
        settings=frozenset({"version"}),
    ),
}
"""Every family that can be used; a test holds the limits against the codecs."""

NEVER_OFF = "nothing on the board ends a pulse, so its lock stays energised when the program or the port dies"
REFUSED: Mapping[str, str] = {
    "lcus": NEVER_OFF,
    "numato": NEVER_OFF,
    "kmtronic": NEVER_OFF,
    "icstation": "opening its port energises relays by itself, and nothing on the board ends a pulse",
}
"""Relay boards that people may think of, and why none of them may ever drive a lock: they have no timed command."""


def why_refused(family: str) -> str:
    """Why boards of this name, or of a model of it such as LCUS-4, are never used; "" if they are just not known."""
    return next((f"{name}: {why}" for name, why in REFUSED.items() if family.casefold().startswith(name)), "")
