"""Entries: every kind of row the journal can hold, and its canonical bytes. The kinds are a contract for ever.

Holds one frozen dataclass per kind and the two directions between an entry and its bytes. It must not know what an
entry leads to, nor how it is stored. Rules of this file: a kind is never renamed, never loses a field and never changes
a field's meaning; new fields have a default. Fields made with `private()` are personal data: they travel in an
attachment that can be erased, and the body carries only a keyed commitment to them.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from hashlib import sha256
from hmac import new as hmac_new
from typing import Any, get_args

from kiosk.core.ids import (
    BoardId,
    CompartmentId,
    CourierId,
    OpeningId,
    ParcelId,
    ResidentId,
    UnitId,
    VisitId,
)


class ClockState(StrEnum):
    """How far wall time can be believed: set by network or battery, not before a known time, or not at all."""

    TRUSTED = "trusted"
    FLOOR = "floor"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """What a door is opened for."""

    DROP = "drop"
    PICKUP = "pickup"
    WITHDRAW = "withdraw"
    """The courier takes a parcel back: undo, or a cancelled drop."""
    MAINTENANCE = "maintenance"
    """A technician tries the lock; whatever is inside stays what it is."""


class Inside(StrEnum):
    """What an item sensor says of a compartment."""

    UNKNOWN = "unknown"
    """It has none."""
    NOTHING = "nothing"
    SOMETHING = "something"


class CodeLife(StrEnum):
    """The life of a pickup code. Grace reopens its own compartment only."""

    NONE = "none"
    LIVE = "live"
    GRACE = "grace"
    SPENT = "spent"
    SUSPENDED = "suspended"
    """Known, and opens nothing: the record was restored, and the code may have been used since the copy was made."""


def private(default: Any) -> Any:  # noqa: ANN401 - stands where dataclasses.field stands
    """A field of personal data: kept out of the hashed body."""
    return field(default=default, metadata={"private": True})


# --- the kiosk ---


RESTORED = "restored"
"""The reason of an epoch that a copy began: the one before may have gone on after the copy was made."""


@dataclass(frozen=True, slots=True)
class EpochStarted:
    """The first entry of every epoch: why the sequence begins anew, and what is known of the one before."""

    reason: str
    kiosk: str
    previous_epoch: int = 0
    previous_size: int = 0
    previous_root: str = ""
    """In hex. Empty if nobody knows it; of the epoch that the journal itself closes, the journal fills it in."""
    person: str = ""
    """Who restored the record, and why."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class KioskStarted:
    boot: int
    software: str
    sqlite: str
    after: str
    """``clean`` if the last boot ended with `KioskStopped`, else ``unclean``."""


@dataclass(frozen=True, slots=True)
class KioskStopped:
    reason: str


@dataclass(frozen=True, slots=True)
class LayoutApplied:
    version: int
    digest: str
    compartments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyApplied:
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class DirectoryApplied:
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class ClockJumped:
    """Wall time moved against monotonic time by more than two seconds; nothing was decided by it."""

    by_ms: int


@dataclass(frozen=True, slots=True)
class PersonalDataErased:
    """Attachments and versions of the directory that are gone from the moment this entry is durable; what the entries
    they belonged to say of everything else stays.
    """

    reason: str
    """``retention``, or ``request``: a resident asked for it."""
    of_epoch: int = 0
    of_seqs: tuple[int, ...] = ()
    """The entries of that epoch whose attachments are erased, of both kinds."""
    of_directories: tuple[int, ...] = ()
    """Versions of the directory."""
    person: str = ""
    """Who had it done; nobody for retention."""
    resident: ResidentId = ResidentId("")
    detail: str = ""
    """Why, in the words of that person."""


@dataclass(frozen=True, slots=True)
class EpochsDeleted:
    """Every epoch up to this closed one is gone, entries and checkpoints, from the moment this entry is durable; what
    they added up to stands in their place.
    """

    up_to: int
    size: int
    """How many entries the last of them had, and their root in hex."""
    root: str
    books: str
    """SHA-256 in hex of what they added up to."""
    person: str
    detail: str
    """Why, in the words of that person."""


# --- people ---


@dataclass(frozen=True, slots=True)
class AttemptDebited:
    """Committed before a code is verified: pulling the plug gains nothing. ``level`` is what the bucket then holds."""

    visit: VisitId
    attempt: int
    kind: str
    """``pickup`` or ``courier``."""
    level: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class AttemptRefunded:
    """The code was right: its own debit is given back, and nothing else."""

    visit: VisitId
    attempt: int
    level: int
    debited_ms: int = 0
    """When it was debited, monotonic: the failure that is taken back."""


@dataclass(frozen=True, slots=True)
class AttemptDenied:
    visit: VisitId
    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptRefused:
    """A well-formed code that was not verified, because the failure bucket was empty."""

    visit: VisitId
    attempt: int


@dataclass(frozen=True, slots=True)
class GuardedModeEntered:
    failures: int


@dataclass(frozen=True, slots=True)
class GuardedModeLeft:
    reason: str


@dataclass(frozen=True, slots=True)
class CourierIdentified:
    visit: VisitId
    courier: CourierId
    credential: str
    in_window: bool = True


@dataclass(frozen=True, slots=True)
class CourierRefused:
    """A right access code that may not be used now."""

    visit: VisitId
    courier: CourierId
    credential: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResidentIdentified:
    visit: VisitId
    resident: ResidentId
    credential: str


@dataclass(frozen=True, slots=True)
class ResidentRefused:
    """A right pickup code that may not be used now."""

    visit: VisitId
    resident: ResidentId
    credential: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecipientLookedUp:
    """A courier asked who lives in a unit; counted, because a directory must not be read out door by door."""

    visit: VisitId
    courier: CourierId
    count: int
    unit: UnitId = private("")


@dataclass(frozen=True, slots=True)
class VisitEnded:
    visit: VisitId
    kind: str
    reason: str
    lasted_ms: int


# --- parcels ---


@dataclass(frozen=True, slots=True)
class ParcelReserved:
    parcel: ParcelId
    compartment: CompartmentId
    resident: ResidentId
    courier: CourierId
    visit: VisitId
    carrier: str
    check: str
    reason: str
    """Why this compartment, in the words of the allocation."""
    unit: UnitId = private("")
    tracking_number: str = private("")
    aliases: tuple[str, ...] = private(())


@dataclass(frozen=True, slots=True)
class LabelPhotographed:
    """The parcel has a picture of its label in place of a number. It lies beside the record, and not for long."""

    parcel: ParcelId
    photo: str = private("")
    """SHA-256 of the picture, in hex."""


@dataclass(frozen=True, slots=True)
class ReservationDropped:
    """The parcel never went in: its door did not open, or it went into another compartment."""

    parcel: ParcelId
    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class ParcelMoved:
    """The parcel was reserved anew in another compartment before its drop was over."""

    parcel: ParcelId
    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class ParcelStored:
    parcel: ParcelId
    compartment: CompartmentId
    confirmed: bool
    undo_until_ms: int


@dataclass(frozen=True, slots=True)
class DropConfirmed:
    """The courier went on or finished at the screen after the door had closed; without this a drop is unconfirmed."""

    parcel: ParcelId


@dataclass(frozen=True, slots=True)
class CodeIssued:
    """A parcel has a code. The sealed notice is attached and held until `NoticeReleased` names this entry."""

    parcel: ParcelId
    verifier: str = private("")


@dataclass(frozen=True, slots=True)
class CodeMoved:
    parcel: ParcelId
    life: CodeLife
    until_ms: int = 0
    """End of the grace, monotonic; 0 while it is not known yet."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoticeReleased:
    parcel: ParcelId
    notice_seq: int


@dataclass(frozen=True, slots=True)
class NoticeWithdrawn:
    parcel: ParcelId
    notice_seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class ParcelWithdrawn:
    """The courier has the parcel again."""

    parcel: ParcelId
    compartment: CompartmentId
    reason: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class ParcelKept:
    """The resident opened the door and left the parcel: it stays, and so does its code."""

    parcel: ParcelId
    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class ParcelCollected:
    parcel: ParcelId
    compartment: CompartmentId
    confirmed: bool


@dataclass(frozen=True, slots=True)
class OverflowRecorded:
    """A parcel that is not in the bank but in somebody's hands, recorded all the same."""

    parcel: ParcelId
    courier: CourierId
    visit: VisitId
    resident: ResidentId
    carrier: str
    check: str
    reason: str
    place: str
    unit: UnitId = private("")
    tracking_number: str = private("")
    aliases: tuple[str, ...] = private(())


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    """A resident says that the parcel is not there. ``trace`` is the contact's recent history, newest last."""

    parcel: ParcelId
    compartment: CompartmentId
    trace: tuple[str, ...]


# --- openings and doors ---


@dataclass(frozen=True, slots=True)
class UnlockRequested:
    """The intent that must be durable before any pulse; its ``seq`` is the pulse's name."""

    opening: OpeningId
    pulse_number: int
    compartment: CompartmentId
    purpose: Purpose
    parcels: tuple[ParcelId, ...]
    visit: VisitId
    by: str
    credential: str
    pulse_ms: int


@dataclass(frozen=True, slots=True)
class MaintenanceRequested:
    """A technician has this door opened; the opening's own entries follow under its name."""

    opening: OpeningId
    compartment: CompartmentId
    person: str
    reason: str
    """In the words of that person."""
    custody: str
    """What the compartment was to the kiosk, such as ``free``."""


@dataclass(frozen=True, slots=True)
class MaintenanceRefused:
    """A technician asked for this door, and no pulse was asked for."""

    compartment: CompartmentId
    person: str
    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class PulseFailed:
    """A pulse after which the door did not open, or that never left. A further one is a new intent."""

    opening: OpeningId
    compartment: CompartmentId
    intent_seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class OpeningFailed:
    opening: OpeningId
    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class UnlockAbandoned:
    """Found at start: an intent whose outcome nobody saw. It is never pulsed again unattended."""

    opening: OpeningId
    compartment: CompartmentId


@dataclass(frozen=True, slots=True)
class DoorOpened:
    opening: OpeningId
    compartment: CompartmentId
    after_ms: int
    """From the pulse on the wire to the contact."""
    bounces: int = 0
    """Readings that were taken back before the door counted as open."""


@dataclass(frozen=True, slots=True)
class DoorClosed:
    opening: OpeningId
    compartment: CompartmentId
    open_ms: int
    witnessed: bool = True
    """False if the door closed while the kiosk was not running."""
    inside: Inside = Inside.UNKNOWN
    """What an item sensor saw then."""


@dataclass(frozen=True, slots=True)
class DoorRelocked:
    """The contact opened and closed within moments and nobody confirmed anything: perhaps the door never moved."""

    opening: OpeningId
    compartment: CompartmentId
    open_ms: int


@dataclass(frozen=True, slots=True)
class DoorUnseen:
    """The lock was pulsed and no contact tells of its door: what happened is for a person to say."""

    opening: OpeningId
    compartment: CompartmentId


@dataclass(frozen=True, slots=True)
class DoorLeftOpen:
    opening: OpeningId
    compartment: CompartmentId
    open_ms: int


@dataclass(frozen=True, slots=True)
class DoorForced:
    """A door opened although nothing had asked it to."""

    compartment: CompartmentId
    after: str
    """``nothing``, or the compartment whose slam may have popped it open."""


@dataclass(frozen=True, slots=True)
class DoorShut:
    """A door that had opened by itself is closed again."""

    compartment: CompartmentId


@dataclass(frozen=True, slots=True)
class ForcedStorm:
    """Several doors opened by themselves at once, as when mains returns: staff walk them."""

    compartments: tuple[CompartmentId, ...]


@dataclass(frozen=True, slots=True)
class WiringSuspected:
    """One door was pulsed and another opened. Both are frozen and the bank is stopped."""

    pulsed: CompartmentId
    opened: CompartmentId


@dataclass(frozen=True, slots=True)
class SupplyAlarm:
    """Several sound doors in a row failed: more likely their supply than their locks. Whichever of them was put out of
    order for it is in order again, and its work order is void.
    """

    compartments: tuple[CompartmentId, ...]


# --- compartments and boards ---


@dataclass(frozen=True, slots=True)
class CompartmentFreed:
    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class CompartmentChecked:
    """Nobody knows what is inside; only a person clears it."""

    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class CompartmentOutOfOrder:
    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class WorkOrderOpened:
    """A person has to see to this lock or its contact; open until `CompartmentRepaired`, or until a `SupplyAlarm` says
    that it was no lock's fault. ``score`` is of its health.
    """

    compartment: CompartmentId
    reason: str
    score: int


@dataclass(frozen=True, slots=True)
class CompartmentRepaired:
    """A person put lock and contact in order. What is inside stays what it was."""

    compartment: CompartmentId
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContactSuspected:
    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class BrownOut:
    """Boards fell silent at the pulse of this lock and came back: its current pulled their supply down."""

    compartment: CompartmentId
    boards: tuple[BoardId, ...]
    silent_ms: int
    """From the first silence that was noticed to the last board's first word."""


@dataclass(frozen=True, slots=True)
class BoardLost:
    board: BoardId
    reason: str


@dataclass(frozen=True, slots=True)
class BoardReturned:
    board: BoardId


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    alarm: str
    detail: str


Body = (
    EpochStarted
    | KioskStarted
    | KioskStopped
    | LayoutApplied
    | PolicyApplied
    | DirectoryApplied
    | ClockJumped
    | PersonalDataErased
    | EpochsDeleted
    | AttemptDebited
    | AttemptRefunded
    | AttemptDenied
    | AttemptRefused
    | GuardedModeEntered
    | GuardedModeLeft
    | CourierIdentified
    | CourierRefused
    | ResidentIdentified
    | ResidentRefused
    | RecipientLookedUp
    | VisitEnded
    | ParcelReserved
    | LabelPhotographed
    | ReservationDropped
    | ParcelMoved
    | ParcelStored
    | DropConfirmed
    | CodeIssued
    | CodeMoved
    | NoticeReleased
    | NoticeWithdrawn
    | ParcelWithdrawn
    | ParcelKept
    | ParcelCollected
    | OverflowRecorded
    | DisputeOpened
    | UnlockRequested
    | MaintenanceRequested
    | MaintenanceRefused
    | PulseFailed
    | OpeningFailed
    | UnlockAbandoned
    | DoorOpened
    | DoorClosed
    | DoorRelocked
    | DoorUnseen
    | DoorLeftOpen
    | DoorForced
    | DoorShut
    | ForcedStorm
    | WiringSuspected
    | SupplyAlarm
    | CompartmentFreed
    | CompartmentChecked
    | CompartmentOutOfOrder
    | WorkOrderOpened
    | CompartmentRepaired
    | ContactSuspected
    | BrownOut
    | BoardLost
    | BoardReturned
    | AlarmRaised
)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


KINDS: Mapping[str, type[Body]] = {_snake(kind.__name__): kind for kind in get_args(Body)}
"""Every kind by its name in the body, such as ``door_opened``."""
NAMES: Mapping[type[Body], str] = {kind: name for name, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an event happened and in which boot; all entries of one decision share it."""

    mono_ms: int
    wall_ms: int
    clock_state: ClockState
    boot: int
    event: int
    """Number of the event within this boot."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal before it is written. ``notice`` is a sealed notice to attach, if any."""

    epoch: int
    seq: int
    stamp: Stamp
    body: Body
    notice: bytes | None = field(default=None, repr=False)


def private_fields(body: Body) -> dict[str, Any]:
    """The personal data of ``body`` by field name; empty if its kind has none or none is given."""
    given = {f.name: getattr(body, f.name) for f in fields(body) if f.metadata.get("private")}
    return given if any(given.values()) else {}


def canonical(value: object) -> bytes:
    """Canonical JSON: sorted keys, no blanks, UTF-8. What is stored is what is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def commitment(record_key: bytes, private_bytes: bytes) -> str:
    """The keyed commitment to personal data; without the key it says nothing, and cannot be opened to anything else."""
    return hmac_new(record_key, private_bytes, sha256).hexdigest()


def encode(entry: Entry, private_commitment: str = "", notice_digest: str = "") -> bytes:
    """The entry's canonical bytes: one leaf of the tree. Personal data appears as its commitment only."""
    data = {f.name: getattr(entry.body, f.name) for f in fields(entry.body) if not f.metadata.get("private")}
    if private_commitment:
        data["private"] = private_commitment
    if notice_digest:
        data["notice"] = notice_digest
    stamp = entry.stamp
    return canonical(
        {
            "epoch": entry.epoch,
            "seq": entry.seq,
            "boot_id": stamp.boot,
            "event": stamp.event,
            "mono_ms": stamp.mono_ms,
            "wall": stamp.wall_ms,
            "clock_state": stamp.clock_state,
            "type": NAMES[type(entry.body)],
            "data": data,
        }
    )


class UnknownEntryError(ValueError):
    """Stored bytes that no version of this software up to this one has written."""


def decode(body: bytes, private_bytes: bytes = b"", notice: bytes | None = None) -> Entry:
    """The entry behind stored bytes; what was erased comes back as empty. Raises UnknownEntryError."""
    try:
        return _decoded(json.loads(body), private_bytes, notice)
    except UnknownEntryError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        message = f"stored bytes are not an entry: {error!r}"
        raise UnknownEntryError(message) from error


def _decoded(row: Mapping[str, Any], private_bytes: bytes, notice: bytes | None) -> Entry:
    kind = KINDS.get(row["type"])
    if kind is None:
        message = f"entry kind {row['type']!r} is not known to this version"
        raise UnknownEntryError(message)
    given = row["data"] | (json.loads(private_bytes) if private_bytes else {})
    stamp = Stamp(row["mono_ms"], row["wall"], ClockState(row["clock_state"]), row["boot_id"], row["event"])
    erased = b"" if "notice" in row["data"] else None
    return Entry(row["epoch"], row["seq"], stamp, _build(kind, given), erased if notice is None else notice)


def _build(kind: type[Body], given: Mapping[str, Any]) -> Body:
    values = {f.name: _typed(f.type, given[f.name]) for f in fields(kind) if f.name in given}
    missing = [f.name for f in fields(kind) if f.name not in values and f.default is MISSING]
    if missing:
        message = f"entry kind {NAMES[kind]!r} lacks {', '.join(missing)}"
        raise UnknownEntryError(message)
    return kind(**values)


def _typed(annotation: object, value: Any) -> Any:  # noqa: ANN401 - JSON in, a field's value out
    """JSON gives lists and plain strings where the fields hold tuples and enums."""
    if isinstance(value, list):
        return tuple(value)
    if annotation in (Purpose, CodeLife, Inside):
        return annotation(value)
    return value
