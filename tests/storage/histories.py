"""Histories: random but valid lives of a kiosk as lists of commits, the same for the same seed.

Holds one function per thing that can happen next. It must not know storage: whatever journal is handed the commits,
they are valid entries.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import TypeVar

from kiosk.core import entries as e
from kiosk.core.books import Books, Custody, NoticeState, OpenOpening, Parcel, ParcelState, post_all, tidy
from kiosk.core.entries import Body, ClockState, CodeLife, Entry, Purpose, Stamp
from kiosk.core.ids import BoardId, CompartmentId, CourierId, KioskId, OpeningId, ParcelId, ResidentId, UnitId, VisitId

KIOSK = KioskId("kiosk-7")
LAYOUT = tuple(f"A{number:02d}" for number in range(1, 13))
FIRST_WALL_MS = 1_790_000_000_000
UNIT = "Unit-4471"
TRACKING = "1Z999AA10123456784"
VERIFIER = "c0ffee" * 10 + "beef"
T = TypeVar("T")


@dataclass(slots=True)
class History:
    """A kiosk's life so far."""

    random: Random
    books: Books = field(default_factory=lambda: Books(KIOSK))
    commits: list[list[Entry]] = field(default_factory=list)
    event: int = 0
    boot: int = 0
    made: int = 0

    def commit(self, *bodies: Body, notice: bytes | None = None) -> list[Entry]:
        """One decision's entries; ``notice`` goes with a `CodeIssued`."""
        self.event += 1
        stamp = Stamp(
            self.books.mono_ms + self.random.randrange(1, 9_000),
            FIRST_WALL_MS + self.event * 1_000,
            self.random.choice(list(ClockState)),
            self.boot,
            self.event,
        )
        entries: list[Entry] = []
        epoch, seq = self.books.epoch, self.books.next_seq
        for body in bodies:
            if isinstance(body, e.EpochStarted):
                epoch, seq = epoch + 1, 0
            attached = notice if isinstance(body, e.CodeIssued) else None
            entries.append(Entry(epoch, seq, stamp, body, attached))
            seq += 1
        self.books = post_all(tidy(self.books), entries)
        self.commits.append(entries)
        return entries

    def name(self) -> str:
        """A new id, as any of them looks."""
        self.made += 1
        return f"{KIOSK}-{self.books.epoch}-x{self.made}"

    def visit(self) -> VisitId:
        return VisitId(f"v{self.random.randrange(1000)}")

    def some_compartment(self) -> CompartmentId:
        return self.random.choice(list(self.books.compartments))

    def free(self) -> CompartmentId | None:
        held = {opening.compartment for opening in self.books.openings.values()}
        names = [c.compartment for c in self.books.compartments.values() if c.custody is Custody.FREE]
        return _any(self, [name for name in names if name not in held])

    def opening(self, *, opened: bool, purpose: Purpose | None = None) -> OpenOpening | None:
        wanted = [o for o in self.books.openings.values() if o.opened is opened and purpose in (None, o.purpose)]
        return _any(self, wanted)

    def parcel(self, *lives: CodeLife, state: ParcelState = ParcelState.STORED) -> Parcel | None:
        """One that no opening is about."""
        busy = {name for opening in self.books.openings.values() for name in opening.parcels}
        parcels = [p for p in self.books.parcels.values() if p.parcel not in busy]
        return _any(self, [p for p in parcels if p.state is state and p.code_life in lives])


def _any(history: History, things: list[T]) -> T | None:
    return history.random.choice(things) if things else None


def begin(history: History, reason: str = "new") -> None:
    """A new epoch and a start in it, all in one commit."""
    history.boot += 1
    books = history.books
    history.commit(
        e.EpochStarted(reason, KIOSK, books.epoch, books.next_seq),
        e.KioskStarted(history.boot, "1.0", "3.40.1", "clean"),
        e.LayoutApplied(books.layout_version + 1, "1a" * 32, LAYOUT),
        e.PolicyApplied(books.policy_version + 1, "2b" * 32),
        e.DirectoryApplied(books.directory_version + 1, "3c" * 32),
    )


def _drop(history: History) -> None:
    if (compartment := history.free()) is None:
        return
    parcel, opening, visit = ParcelId(history.name()), OpeningId(history.name()), history.visit()
    resident, courier = ResidentId(f"r{history.random.randrange(40)}"), CourierId("c1")
    history.commit(
        e.ParcelReserved(
            parcel,
            compartment,
            resident,
            courier,
            visit,
            "ups",
            "ok",
            "smallest free",
            UnitId(UNIT),
            TRACKING,
            ("GÄSTE-7", "1Z"),
        ),
        _unlock(opening, compartment, Purpose.DROP, (parcel,), visit),
    )


def _unlock(
    opening: OpeningId, compartment: CompartmentId, purpose: Purpose, parcels: tuple[ParcelId, ...], visit: VisitId
) -> e.UnlockRequested:
    return e.UnlockRequested(opening, 1, compartment, purpose, parcels, visit, "c1", "code", 300)


def _overflow(history: History) -> None:
    courier, resident, parcel = CourierId("c2"), ResidentId("r1"), ParcelId(history.name())
    history.commit(
        e.OverflowRecorded(
            parcel,
            courier,
            history.visit(),
            resident,
            "dhl",
            "none",
            "full",
            "desk",
            UnitId(UNIT),
            TRACKING,
        ),
        e.LabelPhotographed(parcel, "ab" * 32),
    )


def _door_opens(history: History) -> None:
    if (opening := history.opening(opened=False)) is None:
        return
    bodies: list[Body] = [e.DoorOpened(opening.opening, opening.compartment, 180)]
    if opening.purpose is Purpose.PICKUP:
        bodies += [e.CodeMoved(name, CodeLife.GRACE) for name in opening.parcels]
    history.commit(*bodies)


def _pulse_fails(history: History) -> None:
    if (opening := history.opening(opened=False)) is None:
        return
    failed = e.PulseFailed(opening.opening, opening.compartment, opening.intent_seq, "still closed")
    if history.random.random() < 0.5:
        again = _unlock(opening.opening, opening.compartment, opening.purpose, opening.parcels, opening.visit)
        history.commit(failed, again)
    else:
        _opening_ends(history, opening, failed, e.OpeningFailed(opening.opening, opening.compartment, "third pulse"))


def _abandoned(history: History) -> None:
    if (opening := history.opening(opened=False)) is not None:
        history.boot += 1
        history.event = 0
        started = e.KioskStarted(history.boot, "1.0", "3.40.1", "unclean")
        _opening_ends(history, opening, started, e.UnlockAbandoned(opening.opening, opening.compartment))


def _opening_ends(history: History, opening: OpenOpening, *first: Body) -> None:
    """Without an opened door: a drop's parcel did not go in."""
    bodies = list(first)
    if opening.purpose is Purpose.DROP:
        bodies += [e.ReservationDropped(name, opening.compartment, "did not open") for name in opening.parcels]
        bodies += [e.CompartmentFreed(opening.compartment, "did not open")]
    history.commit(*bodies)


def _moved(history: History) -> None:
    opening, compartment = history.opening(opened=False, purpose=Purpose.DROP), history.free()
    if opening is not None and compartment is not None:
        moves = [e.ParcelMoved(name, compartment, "did not open") for name in opening.parcels]
        anew = _unlock(OpeningId(history.name()), compartment, Purpose.DROP, opening.parcels, opening.visit)
        freed = e.CompartmentFreed(opening.compartment, "jammed")
        history.commit(e.OpeningFailed(opening.opening, opening.compartment, "jammed"), *moves, freed, anew)


def _drop_closes(history: History) -> None:
    if (opening := history.opening(opened=True, purpose=Purpose.DROP)) is None:
        return
    for name in opening.parcels:
        history.commit(e.CodeIssued(name, VERIFIER), notice=history.random.randbytes(90))
    closed = e.DoorClosed(opening.opening, opening.compartment, 7_000)
    kept = [
        e.ParcelStored(name, opening.compartment, confirmed=False, undo_until_ms=60_000) for name in opening.parcels
    ]
    history.commit(closed, *kept)
    if history.random.random() < 0.5:
        history.commit(*(e.DropConfirmed(name) for name in opening.parcels))


def _drop_cancelled(history: History) -> None:
    if (opening := history.opening(opened=True, purpose=Purpose.DROP)) is None:
        return
    gone = [e.ParcelWithdrawn(name, opening.compartment, "cancelled", confirmed=False) for name in opening.parcels]
    relocked = e.DoorRelocked(opening.opening, opening.compartment, 900)
    history.commit(relocked, *gone, e.CompartmentChecked(opening.compartment, "cancelled after opening"))


def _drop_unseen(history: History) -> None:
    if (opening := history.opening(opened=False, purpose=Purpose.DROP)) is None:
        return
    stored = [e.ParcelStored(name, opening.compartment, confirmed=True, undo_until_ms=0) for name in opening.parcels]
    history.commit(e.DoorUnseen(opening.opening, opening.compartment))
    history.commit(*stored)


def _left_open(history: History) -> None:
    if (opening := history.opening(opened=True)) is not None:
        history.commit(e.DoorLeftOpen(opening.opening, opening.compartment, 120_000))


def _notice(history: History) -> None:
    held = [p for p in tidy(history.books).parcels.values() if p.notice is NoticeState.HELD]
    if (parcel := _any(history, held)) is None:
        return
    if history.random.random() < 0.8:
        history.commit(e.NoticeReleased(parcel.parcel, parcel.notice_seq))
    else:
        history.commit(e.NoticeWithdrawn(parcel.parcel, parcel.notice_seq, "undone"))


def _pickup(history: History) -> None:
    if (parcel := history.parcel(CodeLife.LIVE)) is None:
        return
    visit, opening = history.visit(), OpeningId(history.name())
    level = history.books.bucket.level
    history.commit(e.AttemptDebited(visit, 1, "pickup", level - 1, history.books.mono_ms))
    history.commit(
        e.AttemptRefunded(visit, 1, level),
        e.ResidentIdentified(visit, parcel.resident, "code"),
        _unlock(opening, parcel.compartment, Purpose.PICKUP, (parcel.parcel,), visit),
    )


def _pickup_refused(history: History) -> None:
    if (parcel := history.parcel(CodeLife.LIVE)) is not None:
        history.commit(e.ResidentRefused(history.visit(), parcel.resident, "code", "code suspended"))


def _pickup_closes(history: History) -> None:
    if (opening := history.opening(opened=True, purpose=Purpose.PICKUP)) is None:
        return
    closed = e.DoorClosed(opening.opening, opening.compartment, 9_000, witnessed=history.random.random() < 0.9)
    if history.random.random() < 0.2:
        kept = [e.ParcelKept(name, opening.compartment, "cannot carry") for name in opening.parcels]
        live = [e.CodeMoved(name, CodeLife.LIVE, reason="kept") for name in opening.parcels]
        history.commit(closed, *kept, *live)
    else:
        taken = [e.ParcelCollected(name, opening.compartment, confirmed=True) for name in opening.parcels]
        grace = [e.CodeMoved(name, CodeLife.GRACE, history.books.mono_ms + 300_000) for name in opening.parcels]
        history.commit(closed, *taken, *grace)


def _grace_ends(history: History) -> None:
    if (parcel := history.parcel(CodeLife.GRACE, state=ParcelState.COLLECTED)) is not None:
        freed = e.CompartmentFreed(parcel.compartment, "collected")
        history.commit(e.CodeMoved(parcel.parcel, CodeLife.SPENT), freed)


def _withdraw(history: History) -> None:
    if (parcel := history.parcel(CodeLife.LIVE)) is not None:
        gone = e.ParcelWithdrawn(parcel.parcel, parcel.compartment, "undone", confirmed=True)
        freed = e.CompartmentFreed(parcel.compartment, "undone")
        history.commit(gone, e.CodeMoved(parcel.parcel, CodeLife.SPENT), freed)


def _dispute(history: History) -> None:
    if (parcel := history.parcel(CodeLife.LIVE, CodeLife.GRACE)) is not None:
        history.commit(e.DisputeOpened(parcel.parcel, parcel.compartment, ("closed 3 s ago", "open")))


def _guessing(history: History) -> None:
    visit = history.visit()
    history.commit(e.AttemptDebited(visit, 1, "courier", 3, history.books.mono_ms))
    history.commit(e.AttemptDenied(visit, 1), e.GuardedModeEntered(40))
    history.commit(e.AttemptRefused(visit, 2))
    if history.random.random() < 0.5:
        history.commit(e.GuardedModeLeft("a day without a failure"))


def _people(history: History) -> None:
    visit, courier = history.visit(), CourierId("c1")
    history.commit(e.CourierRefused(visit, courier, "code", "outside the window"))
    history.commit(e.CourierIdentified(visit, courier, "code"))
    history.commit(e.RecipientLookedUp(visit, courier, 3, UnitId(UNIT)))
    history.commit(e.VisitEnded(visit, "courier", "done", 31_000))
    _look_up_erased(history)


def _look_up_erased(history: History) -> None:
    """The newest but one, if there are two."""
    newest_first = (entry for commit in reversed(history.commits) for entry in reversed(commit))
    found = [entry for entry in islice(newest_first, 400) if isinstance(entry.body, e.RecipientLookedUp)]
    for entry in found[1:2]:
        history.commit(e.PersonalDataErased("retention", entry.epoch, (entry.seq,)))


def _judged(history: History) -> None:
    name = history.some_compartment()
    judgement = history.random.choice(
        (
            e.CompartmentChecked(name, "dirty"),
            e.CompartmentOutOfOrder(name, "third failed pulse"),
            e.CompartmentOutOfOrder(name, ""),
            e.ContactSuspected(name, "flutters"),
            e.WorkOrderOpened(name, "openings needed several pulses", 36),
            e.CompartmentRepaired(name, "somebody", "new lock"),
        )
    )
    history.commit(judgement)


def _confirmed_empty(history: History) -> None:
    checked = [c for c in history.books.compartments.values() if c.custody is Custody.CHECK and not c.parcels]
    if (compartment := _any(history, checked)) is not None:
        history.commit(e.CompartmentFreed(compartment.compartment, "staff saw it empty"))


def _doors_by_themselves(history: History) -> None:
    one, other = history.some_compartment(), history.some_compartment()
    history.commit(e.DoorForced(one, "nothing"))
    history.commit(e.DoorShut(one), e.ForcedStorm((one, other)))


def _hardware(history: History) -> None:
    one, other = history.some_compartment(), history.some_compartment()
    board = BoardId("b1")
    trouble: tuple[Body, ...] = (
        e.WiringSuspected(one, other),
        e.SupplyAlarm((one, other)),
        e.BrownOut(one, (board,), 900),
        e.BoardLost(board, "silent"),
        e.BoardReturned(board),
        e.AlarmRaised("tamper", "panel"),
        e.ClockJumped(-4_000),
        e.MaintenanceRequested(OpeningId("k1-b1-1"), one, "A. Tech", "soak test", "free"),
        e.MaintenanceRefused(one, "A. Tech", "soak test", "occupied"),
    )
    history.commit(history.random.choice(trouble))


def _restart(history: History) -> None:
    history.commit(e.KioskStopped("update"))
    history.boot += 1
    history.event = 0
    history.commit(e.KioskStarted(history.boot, "1.1", "3.40.1", "clean"))


def _new_layout(history: History) -> None:
    books = history.books
    shown = LAYOUT if history.random.random() < 0.7 else (*LAYOUT[:-1], "B01")
    history.commit(e.LayoutApplied(books.layout_version + 1, "4d" * 32, shown))


ACTIONS: tuple[tuple[int, Callable[[History], None]], ...] = (
    (12, _drop),
    (12, _door_opens),
    (10, _drop_closes),
    (10, _notice),
    (10, _pickup),
    (10, _pickup_closes),
    (1, _pickup_refused),
    (10, _grace_ends),
    (4, _confirmed_empty),
    (2, _pulse_fails),
    (2, _people),
    (1, _abandoned),
    (1, _moved),
    (1, _drop_cancelled),
    (1, _drop_unseen),
    (1, _left_open),
    (1, _overflow),
    (1, _withdraw),
    (1, _dispute),
    (1, _guessing),
    (1, _judged),
    (1, _doors_by_themselves),
    (1, _hardware),
    (1, _restart),
    (1, _new_layout),
)
"""What may happen, and how often beside the others."""


def history_of(seed: int, steps: int, epochs: int = 1) -> History:
    """A history of so many steps, spread over so many epochs."""
    history = History(Random(seed))
    weights, actions = zip(*ACTIONS, strict=True)
    for number in range(steps):
        if number % max(1, steps // epochs) == 0 and history.books.epoch < epochs:
            begin(history, "new" if number == 0 else "yearly")
        history.random.choices(actions, weights)[0](history)
    return history
