"""Effects: what the engine asks of the outside, in the imperative; and the decision that carries them.

Holds values only. It must not know who carries an effect out. What must be durable (`Entry`) and what acts on the world
(`Outward`) are disjoint types, so that a pulse among the durable items is a type error.
"""

from dataclasses import dataclass

from kiosk.core.ids import BoardId, CompartmentId, ParcelId, ResidentId, Secret, UnitId, VisitId
from kiosk.core.layout import HeightBand, Output
from kiosk.core.policy import PulseMs


@dataclass(frozen=True, slots=True)
class Pulse:
    """Energise one lock once. Not on the wire by ``not_after_ms`` (monotonic) means never: `PulseExpired`."""

    intent_seq: int
    """Sequence number of the committed entry that asked for this pulse."""
    compartment: CompartmentId
    output: Output
    pulse: PulseMs
    not_after_ms: int


@dataclass(frozen=True, slots=True)
class PollDoors:
    """Read the contacts of this board every ``every_ms`` from now on."""

    board: BoardId
    every_ms: int


@dataclass(frozen=True, slots=True)
class VerifyCode:
    """Derive the verifier of a typed code."""

    visit: VisitId
    attempt: int
    code: Secret[str]


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice says beside the code; the vault seals it with the code and nobody else reads it."""

    parcel: ParcelId
    resident: ResidentId
    unit: UnitId
    compartment: CompartmentId
    column: int
    height_band: HeightBand
    carrier: str
    tracking_number: str


@dataclass(frozen=True, slots=True)
class MakeCode:
    """Draw a new code of ``digits`` digits for a parcel and seal its notice."""

    parcel: ParcelId
    digits: int
    facts: NoticeFacts


@dataclass(frozen=True, slots=True)
class TakePhoto:
    """Keep what the camera sees now, a label before it: `PhotoTaken`, or `PhotoFailed`."""


LineEffect = Pulse | PollDoors
VaultEffect = VerifyCode | MakeCode
Outward = LineEffect | VaultEffect | TakePhoto
