"""State: everything the engine knows at one moment, the durable books and what is only true of now.

Holds frozen values. It must not know a rule: what changes a state stands in the modules above.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.core.books import Books
from kiosk.core.directory import Directory
from kiosk.core.doors import Door
from kiosk.core.entries import Purpose
from kiosk.core.health import Bank
from kiosk.core.ids import (
    BoardId,
    CompartmentId,
    CourierId,
    LineId,
    OpeningId,
    ParcelId,
    ResidentId,
    Secret,
    SizeName,
    UnitId,
    VisitId,
)
from kiosk.core.layout import Layout
from kiosk.core.policy import Policy


class Mode(StrEnum):
    NORMAL = "normal"
    DEGRADED = "degraded"
    """Nothing can be recorded, so nothing is opened."""
    SAFE = "safe"
    """The process ended three times within a minute of its start: nobody is served until a person has looked."""


class Stage(StrEnum):
    """Where an opening stands."""

    QUEUED = "queued"
    PULSING = "pulsing"
    """The intent is durable and the pulse asked for; it is not known to be on the wire."""
    WATCHING = "watching"
    """The pulse was sent; the door is expected to open."""
    SILENT = "silent"
    """The pulse was sent and the board did not say a sensible word: no retry, only polling."""
    RESTING = "resting"
    """The door stayed closed; the lock rests before the next pulse."""
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening under way. It outlives the visit that began it."""

    opening: OpeningId
    compartment: CompartmentId
    purpose: Purpose
    parcels: tuple[ParcelId, ...]
    visit: VisitId
    by: str
    credential: str
    stage: Stage = Stage.QUEUED
    since_ms: int = 0
    """When this stage began; for WATCHING and SILENT when the pulse was sent, for OPEN when the contact opened."""
    pulses: int = 0
    intent_seq: int = -1
    reminders: int = 0
    cancelled: bool = False
    """The courier takes the parcel back as soon as the door is closed."""
    vacated: bool = False
    """The parcel goes elsewhere: this door is only waited for until it is closed."""
    still_shut: bool = False
    """The contact said closed after the pulse was over: what it said before says nothing of what the pulse did."""
    again: bool = False
    """The door is open and the person asked for one more pulse all the same."""
    acts_until_ms: int = 0
    """Until when such a pulse may still open a door shut meanwhile: before that, shut is no end of the opening."""
    witnessed: bool = True
    """False when this opening was found open at start and its door has not been read since."""


@dataclass(frozen=True, slots=True)
class Supply:
    """The one lock supply: who is pulsing, when the next pulse may leave, and until when each lock rests."""

    pulsing: int | None = None
    """Sequence number of the intent whose pulse was asked for and not reported yet."""
    compartment: CompartmentId = CompartmentId("")
    """Whose lock that is."""
    asked_ms: int = 0
    pulsed_ms: int = 0
    """When its pulse was known to be on the wire; 0 before the first of a boot."""
    free_at_ms: int = 0
    rest_until_ms: Mapping[CompartmentId, int] = field(default_factory=dict)
    silent: tuple[BoardId, ...] = ()
    """Boards that fell silent at that pulse and have not answered since."""
    fell: tuple[BoardId, ...] = ()
    """All that fell silent at it."""
    sagged_ms: int = 0
    """Since when the first of them is; 0 if none fell."""
    sags: tuple[CompartmentId, ...] = ()
    """Whose pulses in a row pulled the supply down."""


class Sense(StrEnum):
    """Whether a board's contacts mean what the settings say that they mean, as far as its doors have shown."""

    UNPROVED = "unproved"
    SOUND = "sound"
    """Half of its doors were believed shut since it was first read, or read again."""
    DOUBTED = "doubted"
    """Every door reads open since then: it may be another board, of the other polarity."""


class BoardStatus(StrEnum):
    UNKNOWN = "unknown"
    ALIVE = "alive"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Board:
    """A lock board; or a GPIO chip that doors are read on, which hangs on no line."""

    board: BoardId
    line: LineId
    status: BoardStatus = BoardStatus.UNKNOWN
    failures: int = 0
    """Reads in a row without a usable answer."""
    polled_fast: bool | None = None
    """None until it was asked for a rate, and again once its line was lost."""
    sense: Sense = Sense.UNPROVED
    unsafe: bool = False
    """Its inputs switch outputs by themselves, or its pulses are too long, and the alarm was raised."""
    own_pulse_ms: int = 0
    """How long it energises a lock whatever is asked; 0 if as long as it is asked to."""


# --- one person's time at the screen ---


class Typed(StrEnum):
    """Whose code is being typed."""

    PICKUP = "pickup"
    COURIER = "courier"


class CodeProblem(StrEnum):
    """Why the last code led nowhere, as far as a person may know."""

    NONE = "none"
    SLIP = "slip"
    """The check digit does not fit: nothing was tried."""
    FAILED = "failed"
    WAIT = "wait"
    """Too many wrong codes at this kiosk: the next may be tried at ``ready_at_ms``."""
    OUTSIDE_WINDOW = "outside_window"
    """The courier's code is right, but not at this time of the week."""
    SUSPENDED = "suspended"
    """The resident's code is right, but the record was restored since: a person has to look."""


@dataclass(frozen=True, slots=True)
class Label:
    """One parcel at hand: what its label said, and what the courier said about it."""

    text: str = ""
    carrier: str = "unknown"
    tracking_number: str = ""
    check: str = "none"
    aliases: tuple[str, ...] = ()
    photo: str = ""
    """The SHA-256 in hex of its picture, if it was photographed."""
    scanned_ms: int = 0
    in_bank: CompartmentId | None = None
    """Where a parcel of this number already is, if it is in the bank."""


@dataclass(frozen=True, slots=True)
class Typing:
    """A code is typed, or being verified."""

    kind: Typed
    typed: Secret[str] = field(default_factory=lambda: Secret(""))
    verifying: bool = False
    due: bool = False
    """Complete, and waiting for the pause after a failure to be over."""
    problem: CodeProblem = CodeProblem.NONE
    ready_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Scanning:
    """The courier scans labels; the list is the visit's."""


@dataclass(frozen=True, slots=True)
class AskingNumber:
    """A parcel without a readable barcode: its number is typed, or left empty."""

    typed: str = ""


@dataclass(frozen=True, slots=True)
class Photographing:
    """In place of its number, the label is held before the camera."""

    taking: bool = False
    failed: bool = False
    """The last picture did not come."""


@dataclass(frozen=True, slots=True)
class AskingUnit:
    typed: str = ""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class AskingName:
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Diverting:
    """No parcel is taken here; ``why`` is ``unknown_unit``, ``moved_out``, ``on_hold`` or ``refuses``."""

    unit: UnitId
    why: str
    resident: ResidentId = ResidentId("")


@dataclass(frozen=True, slots=True)
class ChoosingSize:
    unit: UnitId
    resident: ResidentId
    larger_than: SizeName | None = None
    parcel: ParcelId | None = None
    """Set when a parcel already reserved needs another compartment."""


@dataclass(frozen=True, slots=True)
class BankFull:
    unit: UnitId
    resident: ResidentId
    larger_than: SizeName | None = None
    parcel: ParcelId | None = None


@dataclass(frozen=True, slots=True)
class Dropping:
    """The door opens or is open; or, ``relocked``, its contact does not tell enough, and the courier is asked."""

    parcel: ParcelId
    compartment: CompartmentId
    opening: OpeningId
    relocked: bool = False


@dataclass(frozen=True, slots=True)
class DropDoorFailed:
    parcel: ParcelId
    compartment: CompartmentId
    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """The courier takes a parcel back: the door is to be closed, then ``asking`` whether the parcel was taken."""

    parcel: ParcelId
    compartment: CompartmentId
    opening: OpeningId
    asking: bool = False
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    parcel: ParcelId
    compartment: CompartmentId
    undo_until_ms: int
    since_ms: int
    undo_only: bool = False
    """The courier's identity is over; only the undo of this drop is left."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Said and done: ``what`` is ``left_with_staff``, ``taken_along``, ``withdrawn`` or ``did_not_open``."""

    what: str


@dataclass(frozen=True, slots=True)
class ChoosingParcels:
    """Several compartments hold this resident's parcels; ``left`` is still to be opened, ``done`` is emptied."""

    left: tuple[CompartmentId, ...]


@dataclass(frozen=True, slots=True)
class Collecting:
    """The door opens or is open; or, ``relocked``, its contact does not tell enough, and the resident is asked."""

    compartment: CompartmentId
    opening: OpeningId
    relocked: bool = False
    kept: bool = False
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class PickupDoorFailed:
    compartment: CompartmentId
    reason: str
    left: tuple[CompartmentId, ...] = ()
    """The resident's other compartments, still to be opened."""


@dataclass(frozen=True, slots=True)
class Collected:
    """The last door of the pickup is closed; ``what`` is ``collected``, ``kept`` or ``disputed``."""

    compartment: CompartmentId
    since_ms: int
    what: str = "collected"


Place = (
    Typing
    | Scanning
    | AskingNumber
    | Photographing
    | AskingUnit
    | AskingName
    | Diverting
    | ChoosingSize
    | BankFull
    | Dropping
    | DropDoorFailed
    | Withdrawing
    | Delivered
    | Recorded
    | ChoosingParcels
    | Collecting
    | PickupDoorFailed
    | Collected
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's time at the screen, and where in it they are."""

    visit: VisitId
    place: Place
    started_ms: int
    touched_ms: int
    """When the person last did something; idle times count from here."""
    attempt: int = 0
    courier: CourierId | None = None
    credential: str = ""
    resident: ResidentId | None = None
    labels: tuple[Label, ...] = ()
    avoided: frozenset[CompartmentId] = frozenset()
    """Compartments not to be offered again in this visit: occupied, dirty, or did not open."""
    collected: tuple[CompartmentId, ...] = ()
    warned: bool = False
    """The person was asked whether they are still there."""

    @property
    def kind(self) -> str:
        if self.courier is not None:
            return "courier"
        return "resident" if self.resident is not None else "unknown"


class Space(StrEnum):
    """Room left for the journal."""

    AMPLE = "ample"
    LOW = "low"
    """No new drops."""
    NONE = "none"
    """Not even an intent can be promised a place: no openings."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A debited attempt at a code whose answer the vault still owes."""

    kind: Typed
    debited_ms: int


@dataclass(frozen=True, slots=True)
class State:
    """Everything the engine knows."""

    books: Books
    layout: Layout
    policy: Policy
    directory: Directory
    mode: Mode = Mode.NORMAL
    boot: int = 0
    started_ms: int = 0
    stopped: bool = False
    wall_offset_ms: int | None = None
    """Wall time minus monotonic time at the last event: a jump of it is a jump of the clock."""
    space: Space = Space.AMPLE
    doors: Mapping[CompartmentId, Door] = field(default_factory=dict)
    boards: Mapping[BoardId, Board] = field(default_factory=dict)
    openings: Mapping[OpeningId, Opening] = field(default_factory=dict)
    supply: Supply = field(default_factory=Supply)
    visit: Visit | None = None
    attempts: Mapping[tuple[VisitId, int], Attempt] = field(default_factory=dict)
    """What the vault was asked and has not answered, by visit and number of the attempt."""
    pause_until_ms: int = 0
    """No code is tried before: the pause after a wrong one, whoever typed it."""
    codes: Mapping[str, ParcelId] = field(default_factory=dict)
    """The index of every code that may still open something, by the key of its verifier."""
    lookups: Mapping[CourierId, int] = field(default_factory=dict)
    """How often each courier asked for a recipient and delivered nothing on it, in this boot."""
    codes_asked: Mapping[ParcelId, CompartmentId] = field(default_factory=dict)
    """Parcels for which the vault was asked for a code that has not come yet, and the compartment its notice names."""
    please_shut: frozenset[CompartmentId] = frozenset()
    """Doors that opened by themselves and are still open."""
    health: Bank = field(default_factory=Bank)
    """What locks and doors showed lately."""
    filled: frozenset[CompartmentId] = frozenset()
    """Compartments in which an item sensor sees something."""
    forced_at_ms: tuple[int, ...] = ()
    scanners_lost: frozenset[str] = frozenset()
    photographs: bool = False
    """Whether this machine's camera may photograph labels."""
    last_closed: tuple[CompartmentId, int] | None = None
    """The door that closed last and when: its slam may pop a neighbour open."""

    @property
    def serving(self) -> bool:
        """Whether people are served at all."""
        return self.mode is Mode.NORMAL and not self.books.bank_stopped
