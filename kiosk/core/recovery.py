"""Recovery: what a start makes of the books that the last boot left behind.

Holds one rule per kind of unfinished business. It must not know storage; nothing found here is ever pulsed again
unattended, and nothing is freed by a guess.
"""

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import Books, Custody, NoticeState, OpenOpening, Parcel, ParcelState
from kiosk.core.directory import Directory
from kiosk.core.draft import Draft
from kiosk.core.entries import RESTORED, CodeLife, Purpose
from kiosk.core.events import Started
from kiosk.core.layout import Layout
from kiosk.core.policy import Policy
from kiosk.core.state import Opening, Stage, State
from kiosk.core.supply import rest_after_start


def started(draft: Draft, event: Started) -> None:
    """The first decision of a boot: say that it began, and settle what has no outcome."""
    books = draft.state.books
    after = "clean" if books.clean_stop else "unclean"
    draft.record(e.KioskStarted(draft.stamp.boot, event.software, event.sqlite, after))
    draft.index_codes()
    rest_after_start(draft, (opening.compartment for opening in books.openings.values()))
    for opening in tuple(books.openings.values()):
        if opening.opened:
            _wait_for_door(draft, opening)
        else:
            _abandon(draft, opening)
    _settle_promises(draft)
    _codes_for_all(draft)


def _wait_for_door(draft: Draft, found: OpenOpening) -> None:
    """The door was open: the opening goes on, and its contact's first word decides how it ended."""
    opening = Opening(
        found.opening,
        found.compartment,
        found.purpose,
        found.parcels,
        found.visit,
        found.by,
        found.credential,
        stage=Stage.OPEN,
        # Open over a start: no lock closes by itself so late.
        since_ms=draft.now_ms - draft.state.policy.relock_ms,
        pulses=found.pulse_number,
        intent_seq=found.intent_seq,
        witnessed=False,
    )
    draft.put_opening(opening)


def _abandon(draft: Draft, found: OpenOpening) -> None:
    """An intent without an outcome. A pickup's parcel stays with its code; what a courier did nobody saw: Check."""
    draft.record(e.UnlockAbandoned(found.opening, found.compartment))
    if found.purpose is Purpose.PICKUP:
        return
    for name in found.parcels:
        parcel = draft.state.books.parcels.get(name)
        if parcel is not None and parcel.compartment == found.compartment and parcel.pending:
            custody.store(draft, parcel, confirmed=False, undo=False)
    custody.check(draft, found.compartment, "power failed during an opening")


def _settle_promises(draft: Draft) -> None:
    """A parcel whose door never opened did not go in; of one whose door did, or whose contact a person had just called
    wrong, nobody knows.

    A promise that no parcel holds is Check, its door shut or open: a courier may have left something there in the dark.
    """
    waiting = {(name, opening.compartment) for opening in draft.state.openings.values() for name in opening.parcels}
    for parcel in tuple(draft.state.books.parcels.values()):
        if (parcel.parcel, parcel.compartment) in waiting:
            continue
        blamed = draft.compartment(parcel.compartment).suspected
        if parcel.state is ParcelState.RESERVED and not blamed:
            custody.drop_reservation(draft, parcel.parcel, "restart")
        elif parcel.pending:
            custody.store(draft, parcel, confirmed=False, undo=False)
            custody.check(draft, parcel.compartment, "restart before the courier said what is inside")
    for compartment in tuple(draft.state.books.compartments.values()):
        if compartment.custody is Custody.RESERVED and not compartment.parcels:
            custody.check(draft, compartment.compartment, "restart during a drop")


def _codes_for_all(draft: Draft) -> None:
    """A parcel in custody without a code gets one now; a pickup whose grace had no end yet gets its grace anew."""
    waiting = {name for opening in draft.state.openings.values() for name in opening.parcels}
    for parcel in tuple(draft.state.books.parcels.values()):
        stored = parcel.state is ParcelState.STORED or parcel.parcel in waiting
        if stored and parcel.code_life is CodeLife.NONE:
            custody.ask_for_code(draft, parcel)
        no_end = parcel.code_life is CodeLife.GRACE and not parcel.code_until_ms
        if no_end and parcel.parcel not in waiting:
            custody.begin_grace(draft, parcel.parcel)


def restored(books: Books, stamp: e.Stamp, begun: e.EpochStarted, epoch: int) -> tuple[e.Entry, ...]:
    """The entries that begin ``epoch`` in a copy of the record, whose books these are.

    Nobody knows what happened after the copy was made. So every compartment is Check, and no code of the copy opens
    anything: it may have been used, and another parcel may lie there now.
    """
    draft = Draft(State(books, Layout(0, (), ()), Policy(), Directory(0)), stamp)
    draft.record_entry(e.Entry(epoch, 0, draft.stamp, begun))
    for opening in tuple(draft.state.books.openings.values()):
        draft.record(e.UnlockAbandoned(opening.opening, opening.compartment))
    for parcel in tuple(draft.state.books.parcels.values()):
        _suspend(draft, parcel)
    for name in tuple(draft.state.books.compartments):
        custody.check(draft, name, "the record was restored")
    return draft.decision().durable


def _suspend(draft: Draft, parcel: Parcel) -> None:
    if parcel.notice is NoticeState.HELD:
        draft.record(e.NoticeWithdrawn(parcel.parcel, parcel.notice_seq, RESTORED))
    if parcel.pending:
        draft.record(e.ParcelStored(parcel.parcel, parcel.compartment, confirmed=False, undo_until_ms=0))
    if parcel.state is ParcelState.COLLECTED:
        draft.record(e.CodeMoved(parcel.parcel, CodeLife.SPENT, reason=RESTORED))
    elif parcel.code_life is not CodeLife.SPENT:
        draft.record(e.CodeMoved(parcel.parcel, CodeLife.SUSPENDED, reason=RESTORED))
