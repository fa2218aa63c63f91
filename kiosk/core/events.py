"""Events: everything that can happen to the kiosk, in the past tense, as its edges report it.

Holds values only. It must not know what follows from an event, nor which device or thread reported it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.core.ids import BoardId, CompartmentId, LineId, ParcelId, Secret, VisitId
from kiosk.core.layout import ContactSource
from kiosk.core.retention import Erasable


class Reading(StrEnum):
    """What one contact says about its door once the board's polarity is applied; not yet debounced."""

    CLOSED = "closed"
    OPEN = "open"
    FAULT = "fault"
    """The board names the contact faulty, or its value is none of the known ones."""


class PulseAnswer(StrEnum):
    """How a board answered a pulse that was on the wire. None of these says whether the door opened."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    SILENT = "silent"
    GARBLED = "garbled"


class Choice(StrEnum):
    """What a person can choose on a screen; the screen model offers them, the engine refuses what it did not offer."""

    PICK_UP = "pick_up"
    DELIVER = "deliver"
    BACK = "back"
    CANCEL = "cancel"
    FINISH = "finish"
    MORE_TIME = "more_time"
    GO_ON = "go_on"
    REMOVE = "remove"
    """Take the label at position ``value`` off the list."""
    NO_BARCODE = "no_barcode"
    TAKE_PHOTO = "take_photo"
    """The label is before the camera."""
    TYPE_NUMBER = "type_number"
    RECIPIENT = "recipient"
    """The resident with id ``value``."""
    OTHER_UNIT = "other_unit"
    LEAVE_WITH_STAFF = "leave_with_staff"
    TAKE_WITH_ME = "take_with_me"
    SIZE = "size"
    ADD_TO = "add_to"
    """Put the parcel into compartment ``value``, which holds only this resident's parcels."""
    NEED_LARGER = "need_larger"
    OCCUPIED = "occupied"
    OPEN_AGAIN = "open_again"
    OPEN = "open"
    """Open the compartment ``value`` next."""
    OPEN_OTHER = "open_other"
    """Use another compartment in place of the one that did not open."""
    TRY_SMALLER = "try_smaller"
    UNDO = "undo"
    TAKEN_BACK = "taken_back"
    LEFT_INSIDE = "left_inside"
    CANT_REACH = "cant_reach"
    NOT_HERE = "not_here"
    IT_IS_OPEN = "it_is_open"
    """The door stands open although its contact says that it did not open."""
    IT_IS_DONE = "it_is_done"
    """The person confirms that the parcel is in, or is taken, where the contact does not tell."""
    NEXT_PARCEL = "next_parcel"


class Key(StrEnum):
    """The keypad's keys that are not characters."""

    CLEAR = "clear"
    DELETE = "delete"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Started:
    """The first event of every boot."""

    software: str
    sqlite: str


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The process is asked to end: the last event of a boot that ends cleanly."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """A deadline passed."""


@dataclass(frozen=True, slots=True)
class SpaceMeasured:
    """Free space where the journal is kept."""

    free_bytes: int


@dataclass(frozen=True, slots=True)
class YearOver:
    """The epoch is a year old: the next one is to begin as soon as nothing is under way."""


@dataclass(frozen=True, slots=True)
class ErasureDue:
    """The record holds what is personal for longer than the policy allows."""

    what: Erasable


@dataclass(frozen=True, slots=True)
class StorageFailing:
    """The record's file cannot be kept in order, although entries can still be written."""

    detail: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """One key of the keypad: a digit, a letter, or one of `Key`."""

    key: Secret[str]


@dataclass(frozen=True, slots=True)
class Chose:
    """A person touched a choice of the screen. ``value`` says which, where a choice is offered more than once."""

    choice: Choice
    value: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One whole scan, exactly as the scanner gave it: a label, a shown code or a pass."""

    text: Secret[str]
    source: str = field(default="", compare=False)
    """The name of the scanner, or ``camera``; "" where nobody said it. A label is the same scan by each."""


@dataclass(frozen=True, slots=True)
class ScanRejected:
    """A scan longer than any label; ``length`` counts the characters that came."""

    length: int


@dataclass(frozen=True, slots=True)
class BadgeShown:
    """A badge was held to a badge reader; no other device reports one. ``badge`` is what the reader made of it."""

    badge: Secret[str]
    reader: str
    """The reader's name."""


CAMERA = "camera"
"""The camera's name among the scanners."""


@dataclass(frozen=True, slots=True)
class ScannerLost:
    """A scanner is gone, or the camera, a keypad, a badge reader: each has a name of its own among them all."""

    name: str


@dataclass(frozen=True, slots=True)
class ScannerReady:
    """It is there, or again."""

    name: str


@dataclass(frozen=True, slots=True)
class PhotoTaken:
    """The picture that was asked for is kept. ``photo`` is its SHA-256 in hex, by which it is found."""

    photo: str


@dataclass(frozen=True, slots=True)
class PhotoFailed:
    """There is no picture: no camera, or no room for it."""


@dataclass(frozen=True, slots=True)
class LineLost:
    """The serial line is gone; everything that waited for it was dropped."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LineReady:
    """The serial line is open, and every board on it was told to switch all outputs off."""

    line: LineId


@dataclass(frozen=True, slots=True)
class ContactsRead:
    """One poll of a board's feedbacks or inputs, by channel counted from 1; or of a GPIO chip's pins, some or all."""

    board: BoardId
    source: ContactSource
    readings: Mapping[int, Reading] = field(hash=False)
    at_us: int | None = None
    """Since when it is so, on the kiosk's monotonic clock; None is only now."""
    items: frozenset[int] = frozenset()
    """Channels behind which an item sensor sees something, as far as the board has any."""


@dataclass(frozen=True, slots=True)
class ContactsLost:
    """The GPIO chip is gone, or cannot be opened: none of its pins can be read."""

    board: BoardId
    detail: str


@dataclass(frozen=True, slots=True)
class BoardSilent:
    """A read of the board was not answered in time."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class BoardGarbled:
    """The board answered a read with something its protocol does not allow."""

    board: BoardId
    detail: str


@dataclass(frozen=True, slots=True)
class InputsActAlone:
    """The board's inputs are set to switch its outputs by themselves: a contact may open a lock."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class BoardPulsesTooLong:
    """The board's own timer is set to more than a lock may be energised; no pulse is sent to it."""

    board: BoardId
    pulse_ms: int


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The board runs another version of its software than the settings name: it is not the one that was set up."""

    board: BoardId
    version: int


@dataclass(frozen=True, slots=True)
class PulseSent:
    """The last byte of the pulse's frame is on the wire."""

    intent_seq: int


@dataclass(frozen=True, slots=True)
class PulseAnswered:
    """What the board said to a pulse, or that it said nothing."""

    intent_seq: int
    answer: PulseAnswer


@dataclass(frozen=True, slots=True)
class PulseExpired:
    """The pulse was not on the wire in time and never will be."""

    intent_seq: int


@dataclass(frozen=True, slots=True)
class CodeDerived:
    """The vault derived the verifier of a typed code, for this attempt of this visit only."""

    visit: VisitId
    attempt: int
    verifier: Secret[bytes]


@dataclass(frozen=True, slots=True)
class CodeMade:
    """The vault drew a code: its verifier, and the notice that carries it, sealed to the notice key."""

    parcel: ParcelId
    verifier: Secret[bytes]
    notice: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MaintenanceAsked:
    """A technician wants this door opened. ``anyway``: even if something is or may be inside."""

    compartment: CompartmentId
    person: str
    reason: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Repaired:
    """A technician put the lock and the contact of this compartment in order."""

    compartment: CompartmentId
    person: str
    reason: str


PersonEvent = KeyPressed | Chose | Scanned | ScanRejected | BadgeShown
DeviceEvent = ScannerLost | ScannerReady | PhotoTaken | PhotoFailed
BoardUnsafe = InputsActAlone | BoardPulsesTooLong | OtherVersion
PulseEvent = PulseSent | PulseAnswered | PulseExpired
BoardEvent = LineLost | LineReady | ContactsRead | ContactsLost | BoardSilent | BoardGarbled | BoardUnsafe | PulseEvent
VaultEvent = CodeDerived | CodeMade
KioskEvent = Started | StopAsked | Ticked | SpaceMeasured | YearOver | ErasureDue | StorageFailing
TechnicianEvent = MaintenanceAsked | Repaired
Event = KioskEvent | PersonEvent | TechnicianEvent | DeviceEvent | BoardEvent | VaultEvent
