"""Books: what the entries add up to, and the one function that adds an entry to them.

Holds the durable half of the state. It must not know how entries are stored, what is on screen, or what a contact says
right now; whatever is here can be rebuilt from the entries alone, and is changed by nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from typing import assert_never

from kiosk.core import entries as e
from kiosk.core.codes import Bucket
from kiosk.core.entries import CodeLife, Entry, Purpose
from kiosk.core.ids import (
    CompartmentId,
    CourierId,
    KioskId,
    OpeningId,
    ParcelId,
    ResidentId,
    UnitId,
    VisitId,
    derived_id,
)


class Custody(StrEnum):
    """What the record says about a compartment's content."""

    FREE = "free"
    RESERVED = "reserved"
    """Promised to a parcel, or just given up by one and not judged yet."""
    OCCUPIED = "occupied"
    GRACE = "grace"
    """Collected, and still to be reopened by the same code; not assignable."""
    CHECK = "check"
    """Uncertain; only a person clears it."""


class ParcelState(StrEnum):
    RESERVED = "reserved"
    UNSURE = "unsure"
    """Its door has been open for its courier, and it is not said yet whether it is inside."""
    STORED = "stored"
    COLLECTED = "collected"
    WITHDRAWN = "withdrawn"
    OVERFLOW = "overflow"
    DISPUTED = "disputed"


class NoticeState(StrEnum):
    NONE = "none"
    HELD = "held"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Compartment:
    compartment: CompartmentId
    custody: Custody = Custody.FREE
    parcels: tuple[ParcelId, ...] = ()
    reason: str = ""
    """Why it is Check."""
    out_of_order: str = ""
    """Why it takes no new drop; empty if it is in order."""
    suspected: str = ""
    """Why its contact is not believed; empty if it is."""
    pulses: int = 0
    last_resident: ResidentId = ResidentId("")
    door_open: bool = False
    """What the last entry about the door said; the contact may know better."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel's chain of custody. Wall times are milliseconds since 1970 in UTC, 0 if it has not happened."""

    parcel: ParcelId
    state: ParcelState
    compartment: CompartmentId
    resident: ResidentId
    courier: CourierId
    visit: VisitId
    carrier: str
    check: str
    unit: UnitId = UnitId("")
    tracking_number: str = ""
    aliases: tuple[str, ...] = ()
    reserved_at_ms: int = 0
    stored_at_ms: int = 0
    collected_at_ms: int = 0
    ended_at_ms: int = 0
    confirmed: bool = False
    place: str = ""
    """Where it is if not in the bank."""
    code_life: CodeLife = CodeLife.NONE
    code_until_ms: int = 0
    verifier: str = ""
    notice: NoticeState = NoticeState.NONE
    notice_seq: int = -1
    undo_until_ms: int = 0

    @property
    def pending(self) -> bool:
        """Whether it is promised a compartment and not in the kiosk's custody yet, or perhaps no longer."""
        return self.state in (ParcelState.RESERVED, ParcelState.UNSURE)

    @property
    def finished(self) -> bool:
        """Whether nothing can happen to it at this kiosk any more."""
        gone = self.state in (ParcelState.COLLECTED, ParcelState.WITHDRAWN, ParcelState.OVERFLOW)
        return gone and self.code_life in (CodeLife.NONE, CodeLife.SPENT)


@dataclass(frozen=True, slots=True)
class OpenOpening:
    """An opening that has an intent and no end yet."""

    opening: OpeningId
    compartment: CompartmentId
    purpose: Purpose
    parcels: tuple[ParcelId, ...]
    visit: VisitId
    by: str
    credential: str
    intent_seq: int
    pulse_number: int
    requested_ms: int
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """The durable state. Finished parcels leave with the next decision; their rows stay in the database."""

    kiosk: KioskId
    epoch: int = 0
    next_seq: int = 0
    boot: int = 0
    mono_ms: int = 0
    wall_ms: int = 0
    clean_stop: bool = False
    layout_version: int = 0
    layout_digest: str = ""
    policy_version: int = 0
    policy_digest: str = ""
    directory_version: int = 0
    directory_digest: str = ""
    compartments: Mapping[CompartmentId, Compartment] = field(default_factory=dict)
    parcels: Mapping[ParcelId, Parcel] = field(default_factory=dict)
    openings: Mapping[OpeningId, OpenOpening] = field(default_factory=dict)
    bucket: Bucket = field(default_factory=Bucket)
    failed_in_a_row: tuple[CompartmentId, ...] = ()
    bank_stopped: str = ""

    @property
    def next_id(self) -> str:
        """The id of what the next entry brings into being."""
        return derived_id(self.kiosk, self.epoch, self.next_seq)


NOT_OPENED = "did not open"
"""The one reason of a failed opening that speaks of locks and their supply."""
VERIFIER_KEY_DIGITS = 32
"""Hex digits of the verifier by which a code is looked up: 16 bytes; the rest is compared in constant time."""


def codes_by_key(parcels: Iterable[Parcel]) -> dict[str, ParcelId]:
    """The index of every code that is not over: it may still open something, or its person is to be told why not."""
    known = (CodeLife.LIVE, CodeLife.GRACE, CodeLife.SUSPENDED)
    return {p.verifier[:VERIFIER_KEY_DIGITS]: p.parcel for p in parcels if p.code_life in known and p.verifier}


def tidy(books: Books) -> Books:
    """The books without the parcels that are finished, as every decision begins."""
    finished = [parcel.parcel for parcel in books.parcels.values() if parcel.finished]
    if not finished:
        return books
    return replace(books, parcels={key: parcel for key, parcel in books.parcels.items() if key not in finished})


def post_all(books: Books, entries: Iterable[Entry]) -> Books:
    """The books after ``entries``, in order."""
    return reduce(post, entries, books)


def post(books: Books, entry: Entry) -> Books:
    """The books after one entry. Raises ValueError if the entry does not continue them."""
    if not _continues(books, entry):
        message = f"entry {entry.epoch}/{entry.seq} does not continue {books.epoch}/{books.next_seq}"
        raise ValueError(message)
    stamp = entry.stamp
    advanced = replace(
        books,
        epoch=entry.epoch,
        next_seq=entry.seq + 1,
        boot=stamp.boot,
        mono_ms=stamp.mono_ms,
        wall_ms=stamp.wall_ms,
        clean_stop=_stopped_cleanly(books, entry),
    )
    return _post_body(advanced, entry)


def _stopped_cleanly(books: Books, entry: Entry) -> bool:
    """What is recorded between a stop and the next start, new documents or an erasure, leaves that stop what it was; a
    record that was never used was never stopped in the middle of anything.
    """
    match entry.body:
        case e.KioskStarted():
            return False
        case e.KioskStopped():
            return True
        case e.EpochStarted(previous_epoch=0):
            return True
        case _:
            return books.clean_stop


def _continues(books: Books, entry: Entry) -> bool:
    if isinstance(entry.body, e.EpochStarted):
        return entry.epoch > books.epoch and entry.seq == 0
    return (entry.epoch, entry.seq) == (books.epoch, books.next_seq)


def _post_body(books: Books, entry: Entry) -> Books:  # noqa: PLR0911, C901, PLR0912 - one arm per group of kinds
    body = entry.body
    match body:
        case e.LayoutApplied():
            return _layout_applied(books, body)
        case e.PolicyApplied():
            return replace(books, policy_version=body.version, policy_digest=body.digest)
        case e.DirectoryApplied():
            return replace(books, directory_version=body.version, directory_digest=body.digest)
        case e.AttemptDebited() | e.AttemptRefunded() | e.GuardedModeEntered() | e.GuardedModeLeft():
            return replace(books, bucket=_bucket_after(books.bucket, entry))
        case e.ParcelReserved():
            return _parcel_reserved(books, entry, body)
        case e.ParcelMoved():
            return _parcel_moved(books, body)
        case e.ReservationDropped() | e.ParcelWithdrawn():
            return _parcel_withdrawn(books, entry, body)
        case e.OverflowRecorded():
            return _overflow_recorded(books, entry, body)
        case e.ParcelStored() | e.ParcelKept() | e.ParcelCollected() | e.DisputeOpened():
            return _custody_changed(books, entry, body)
        case e.DropConfirmed():
            return _with_parcel(books, replace(books.parcels[body.parcel], confirmed=True))
        case e.CodeIssued() | e.CodeMoved() | e.NoticeReleased() | e.NoticeWithdrawn():
            return _code_changed(books, entry, body)
        case e.UnlockRequested():
            return _unlock_requested(books, entry, body)
        case e.DoorOpened() | e.DoorClosed() | e.DoorRelocked() | e.DoorForced() | e.DoorShut():
            return _door_moved(books, body)
        case e.DoorUnseen(opening=name):
            return replace(_made_unsure(books, name), openings=_without(books.openings, name))
        case e.OpeningFailed() | e.UnlockAbandoned():
            return _opening_over(books, body)
        case e.WiringSuspected():
            return replace(books, bank_stopped="wiring")
        case e.CompartmentFreed() | e.CompartmentChecked() | e.CompartmentOutOfOrder() | e.ContactSuspected():
            return _compartment_judged(books, body)
        case e.CompartmentRepaired(compartment=name):
            return _with_compartment(books, replace(books.compartments[name], out_of_order="", suspected=""))
        case e.SupplyAlarm():
            return _supply_blamed(books, body)
        case (
            e.EpochStarted()
            | e.KioskStarted()
            | e.KioskStopped()
            | e.ClockJumped()
            | e.PersonalDataErased()
            | e.EpochsDeleted()
            | e.AttemptDenied()
            | e.AttemptRefused()
            | e.CourierIdentified()
            | e.CourierRefused()
            | e.ResidentIdentified()
            | e.ResidentRefused()
            | e.RecipientLookedUp()
            | e.VisitEnded()
            | e.MaintenanceRequested()
            | e.MaintenanceRefused()
            | e.PulseFailed()
            | e.DoorLeftOpen()
            | e.ForcedStorm()
            | e.LabelPhotographed()
            | e.WorkOrderOpened()
            | e.BrownOut()
            | e.BoardLost()
            | e.BoardReturned()
            | e.AlarmRaised()
        ):
            return books
        case _:
            assert_never(body)


def _with_compartment(books: Books, compartment: Compartment) -> Books:
    return replace(books, compartments={**books.compartments, compartment.compartment: compartment})


def _with_parcel(books: Books, parcel: Parcel) -> Books:
    return replace(books, parcels={**books.parcels, parcel.parcel: parcel})


def _layout_applied(books: Books, body: e.LayoutApplied) -> Books:
    """Compartments keep what they hold; new ones begin Check unless the bank itself is new and was never used.

    A layout is a person's word on which lock is where, so it also ends the stop that a suspected wiring caused.
    """
    first = not books.compartments
    names = [CompartmentId(name) for name in body.compartments]
    kept = {name: books.compartments.get(name, _unseen(name, first=first)) for name in names}
    gone = {name: known for name, known in books.compartments.items() if name not in kept}
    judged = {name: replace(known, out_of_order="not in the layout") for name, known in gone.items()}
    return replace(
        books, layout_version=body.version, layout_digest=body.digest, compartments={**kept, **judged}, bank_stopped=""
    )


def _unseen(name: CompartmentId, *, first: bool) -> Compartment:
    if first:
        return Compartment(name)
    return Compartment(name, custody=Custody.CHECK, reason="new in the layout")


def _bucket_after(bucket: Bucket, entry: Entry) -> Bucket:
    match entry.body:
        case e.AttemptDebited(level=level, since_ms=since_ms):
            failures = (*bucket.failures, entry.stamp.mono_ms)[-MOST_FAILURES:]
            return replace(bucket, level=level, since_ms=since_ms, failures=failures)
        case e.AttemptRefunded(level=level, debited_ms=debited_ms):
            own = bucket.failures.index(debited_ms) if debited_ms in bucket.failures else len(bucket.failures)
            return replace(bucket, level=level, failures=bucket.failures[:own] + bucket.failures[own + 1 :])
        case e.GuardedModeEntered():
            return replace(bucket, guarded=True)
        case _:
            return replace(bucket, guarded=False)


MOST_FAILURES = 100
"""The largest number of failures that a policy may ask for before guarded mode."""


def _parcel_reserved(books: Books, entry: Entry, body: e.ParcelReserved) -> Books:
    parcel = Parcel(
        parcel=body.parcel,
        state=ParcelState.RESERVED,
        compartment=body.compartment,
        resident=body.resident,
        courier=body.courier,
        visit=body.visit,
        carrier=body.carrier,
        check=body.check,
        unit=body.unit,
        tracking_number=body.tracking_number,
        aliases=body.aliases,
        reserved_at_ms=entry.stamp.wall_ms,
    )
    return _put_into(_with_parcel(books, parcel), body.parcel, body.compartment)


def _put_into(books: Books, parcel: ParcelId, name: CompartmentId) -> Books:
    into = books.compartments[name]
    custody = Custody.RESERVED if into.custody is Custody.FREE else into.custody
    resident = books.parcels[parcel].resident
    changed = replace(into, custody=custody, parcels=(*into.parcels, parcel), last_resident=resident)
    return _with_compartment(books, changed)


def _take_out(books: Books, parcel: ParcelId) -> Books:
    """The compartment forgets the parcel. Whether it is free then is judged by an entry of its own."""
    out_of = books.compartments[books.parcels[parcel].compartment]
    left = tuple(other for other in out_of.parcels if other != parcel)
    return _with_compartment(books, replace(out_of, parcels=left))


def _parcel_moved(books: Books, body: e.ParcelMoved) -> Books:
    taken = _take_out(books, body.parcel)
    moved = replace(taken.parcels[body.parcel], compartment=body.compartment, state=ParcelState.RESERVED)
    return _put_into(_with_parcel(taken, moved), body.parcel, body.compartment)


def _parcel_withdrawn(books: Books, entry: Entry, body: e.ReservationDropped | e.ParcelWithdrawn) -> Books:
    withdrawn = replace(
        books.parcels[body.parcel],
        state=ParcelState.WITHDRAWN,
        place="courier",
        ended_at_ms=entry.stamp.wall_ms,
    )
    return _with_parcel(_take_out(books, body.parcel), withdrawn)


def _overflow_recorded(books: Books, entry: Entry, body: e.OverflowRecorded) -> Books:
    parcel = Parcel(
        parcel=body.parcel,
        state=ParcelState.OVERFLOW,
        compartment=CompartmentId(""),
        resident=body.resident,
        courier=body.courier,
        visit=body.visit,
        carrier=body.carrier,
        check=body.check,
        unit=body.unit,
        tracking_number=body.tracking_number,
        aliases=body.aliases,
        ended_at_ms=entry.stamp.wall_ms,
        place=body.place,
    )
    return _with_parcel(books, parcel)


def _custody_changed(
    books: Books, entry: Entry, body: e.ParcelStored | e.ParcelKept | e.ParcelCollected | e.DisputeOpened
) -> Books:
    parcel, wall_ms = books.parcels[body.parcel], entry.stamp.wall_ms
    match body:
        case e.ParcelStored():
            state, custody = ParcelState.STORED, Custody.OCCUPIED
            parcel = replace(parcel, stored_at_ms=wall_ms, confirmed=body.confirmed, undo_until_ms=body.undo_until_ms)
        case e.ParcelKept():
            state, custody = ParcelState.STORED, Custody.OCCUPIED
            parcel = replace(parcel, collected_at_ms=0, ended_at_ms=0)
        case e.ParcelCollected():
            state, custody = ParcelState.COLLECTED, Custody.GRACE
            parcel = replace(parcel, collected_at_ms=wall_ms, ended_at_ms=wall_ms)
        case e.DisputeOpened():
            state, custody = ParcelState.DISPUTED, Custody.CHECK
        case _:
            assert_never(body)
    changed = _with_parcel(books, replace(parcel, state=state))
    return _with_custody(changed, body.compartment, custody)


def _with_custody(books: Books, name: CompartmentId, custody: Custody) -> Books:
    """Check is left by a person's judgement only, whatever happens to the parcels meanwhile."""
    compartment = books.compartments[name]
    if compartment.custody is Custody.CHECK:
        return books
    return _with_compartment(books, replace(compartment, custody=custody))


def _code_changed(
    books: Books, entry: Entry, body: e.CodeIssued | e.CodeMoved | e.NoticeReleased | e.NoticeWithdrawn
) -> Books:
    parcel = books.parcels[body.parcel]
    match body:
        case e.CodeIssued(verifier=verifier):
            held = NoticeState.HELD if entry.notice is not None else parcel.notice
            parcel = replace(
                parcel, verifier=verifier, code_life=CodeLife.LIVE, code_until_ms=0, notice=held, notice_seq=entry.seq
            )
        case e.CodeMoved(life=life, until_ms=until_ms):
            parcel = replace(parcel, code_life=life, code_until_ms=until_ms)
        case e.NoticeReleased():
            parcel = replace(parcel, notice=NoticeState.RELEASED)
        case e.NoticeWithdrawn():
            parcel = replace(parcel, notice=NoticeState.WITHDRAWN)
        case _:
            assert_never(body)
    return _with_parcel(books, parcel)


def _unlock_requested(books: Books, entry: Entry, body: e.UnlockRequested) -> Books:
    known = books.openings.get(body.opening)
    opening = OpenOpening(
        opening=body.opening,
        compartment=body.compartment,
        purpose=body.purpose,
        parcels=body.parcels,
        visit=body.visit,
        by=body.by,
        credential=body.credential,
        intent_seq=entry.seq,
        pulse_number=body.pulse_number,
        requested_ms=entry.stamp.mono_ms,
        opened=known is not None and known.opened,
    )
    compartment = books.compartments[body.compartment]
    changed = _with_compartment(books, replace(compartment, pulses=compartment.pulses + 1))
    return replace(changed, openings={**books.openings, body.opening: opening})


def _door_moved(books: Books, body: e.DoorOpened | e.DoorClosed | e.DoorRelocked | e.DoorForced | e.DoorShut) -> Books:
    is_open = isinstance(body, e.DoorOpened | e.DoorForced)
    moved = _with_compartment(books, replace(books.compartments[body.compartment], door_open=is_open))
    match body:
        case e.DoorOpened(opening=name):
            opening = replace(books.openings[name], opened=True)
            opened = replace(moved, openings={**books.openings, name: opening}, failed_in_a_row=())
            return _made_unsure(opened, name)
        case e.DoorClosed(opening=name) | e.DoorRelocked(opening=name):
            return replace(moved, openings=_without(books.openings, name))
        case _:
            return moved


def _made_unsure(books: Books, name: OpeningId) -> Books:
    """Behind a door opened for a courier, nothing is sure of its parcel until the door or the courier has told."""
    opening = books.openings[name]
    if opening.purpose is Purpose.PICKUP:
        return books
    held = [parcel for parcel in (books.parcels.get(key) for key in opening.parcels) if parcel is not None]
    unsure = [replace(p, state=ParcelState.UNSURE) for p in held if p.compartment == opening.compartment]
    return reduce(_with_parcel, unsure, books)


def _without(openings: Mapping[OpeningId, OpenOpening], name: OpeningId) -> dict[OpeningId, OpenOpening]:
    return {key: opening for key, opening in openings.items() if key != name}


def _opening_over(books: Books, body: e.OpeningFailed | e.UnlockAbandoned) -> Books:
    over = replace(books, openings=_without(books.openings, body.opening))
    failed = isinstance(body, e.OpeningFailed) and body.reason == NOT_OPENED
    # A lock that is known to be broken says nothing of its supply.
    counts = failed and not books.compartments[body.compartment].out_of_order
    if counts and body.compartment not in books.failed_in_a_row:
        return replace(over, failed_in_a_row=(*books.failed_in_a_row, body.compartment))
    return over


def _supply_blamed(books: Books, body: e.SupplyAlarm) -> Books:
    """No lock is out of order any more only because it did not open: none of them was when it failed."""
    acquitted = [books.compartments[name] for name in body.compartments]
    sound = [replace(each, out_of_order="") for each in acquitted if each.out_of_order == NOT_OPENED]
    return reduce(_with_compartment, sound, books)


def _compartment_judged(
    books: Books,
    body: e.CompartmentFreed | e.CompartmentChecked | e.CompartmentOutOfOrder | e.ContactSuspected,
) -> Books:
    compartment = books.compartments[body.compartment]
    match body:
        case e.CompartmentFreed():
            changed = replace(compartment, custody=Custody.FREE, parcels=(), reason="")
        case e.CompartmentChecked(reason=reason):
            changed = replace(compartment, custody=Custody.CHECK, reason=reason)
        case e.CompartmentOutOfOrder(reason=reason):
            changed = replace(compartment, out_of_order=reason)
        case e.ContactSuspected(reason=reason):
            changed = replace(compartment, suspected=reason)
        case _:
            assert_never(body)
    return _with_compartment(books, changed)
