"""Custody: what an opening's outcome means for parcels, codes and compartments.

Holds the rules from door to record. It must not know pulses, boards or screens; whether a person is still there does
not matter here.
"""

from typing import assert_never

from kiosk.core import entries as e
from kiosk.core.books import VERIFIER_KEY_DIGITS, Compartment, Custody, NoticeState, Parcel, ParcelState
from kiosk.core.doors import Door, DoorState
from kiosk.core.draft import Draft, without
from kiosk.core.effects import MakeCode, NoticeFacts
from kiosk.core.entries import CodeLife, Inside, Purpose
from kiosk.core.events import CodeMade
from kiosk.core.health import judged
from kiosk.core.ids import CompartmentId, ParcelId
from kiosk.core.layout import ContactSource
from kiosk.core.state import Collecting, Opening, PickupDoorFailed, State

SECOND_MS = 1000


def door_opened(draft: Draft, opening: Opening) -> None:
    """The door is seen open: a drop gets its code made, a pickup's codes go into grace."""
    for parcel in _known(draft, opening):
        match opening.purpose:
            case Purpose.DROP:
                ask_for_code(draft, parcel)
            case Purpose.PICKUP:
                draft.record(e.CodeMoved(parcel.parcel, CodeLife.GRACE))
            case Purpose.WITHDRAW | Purpose.MAINTENANCE:
                pass
            case _:
                assert_never(opening.purpose)


def door_unseen(draft: Draft, opening: Opening) -> None:
    """A door without a contact was pulsed: a drop gets its code, and everything else waits for the person's word."""
    for parcel in _known(draft, opening):
        if opening.purpose is Purpose.DROP:
            ask_for_code(draft, parcel)


def door_closed(draft: Draft, opening: Opening) -> None:
    """The door is shut again. A cycle that the kiosk did not see to its end counts for nobody's good."""
    known = _known(draft, opening)
    if opening.witnessed and (opening.vacated or not known):
        _vacated_closed(draft, opening)
        return
    for parcel in known:
        match opening.purpose:
            case Purpose.DROP if not opening.cancelled:
                store(draft, parcel, confirmed=False, undo=opening.witnessed)
            case Purpose.PICKUP:
                _pickup_closed(draft, opening, parcel)
            case Purpose.WITHDRAW if not opening.witnessed:
                store(draft, parcel, confirmed=False, undo=False)
            case _:
                pass
    if not opening.witnessed and opening.purpose is not Purpose.PICKUP:
        check(draft, opening.compartment, "power failed while the door was open")


def _vacated_closed(draft: Draft, opening: Opening) -> None:
    """Whoever said that nothing stays behind this door must be there until it is shut: after that anybody may have put
    something in, or it was somebody else who said it.
    """
    compartment = draft.compartment(opening.compartment)
    there = draft.state.visit is not None and draft.state.visit.visit == opening.visit
    if there or compartment.parcels or compartment.custody not in (Custody.RESERVED, Custody.OCCUPIED):
        _settle_vacated(draft, opening.compartment, emptied=True)
    else:
        check(draft, opening.compartment, "left open by whoever said that it is empty")


def door_relocked(draft: Draft, opening: Opening) -> None:
    """The contact opened and closed within moments: neither a drop nor a pickup until a person says so."""
    if opening.vacated:
        _settle_vacated(draft, opening.compartment)
        return
    for parcel in _known(draft, opening):
        match opening.purpose:
            case Purpose.PICKUP:
                _pickup_relocked(draft, parcel)
            case Purpose.DROP if parcel.stored_at_ms and not opening.cancelled:
                store(draft, parcel, confirmed=parcel.confirmed)
            case _:
                pass


def _pickup_relocked(draft: Draft, parcel: Parcel) -> None:
    if parcel.code_life is not CodeLife.GRACE:
        return
    if parcel.state is ParcelState.COLLECTED:
        begin_grace(draft, parcel.parcel)
    else:
        draft.record(e.CodeMoved(parcel.parcel, CodeLife.LIVE, reason="relocked"))


def _pickup_closed(draft: Draft, opening: Opening, parcel: Parcel) -> None:
    """Parcels whose code went back to live, or into a dispute, while the door was open stay what they are."""
    if parcel.code_life is not CodeLife.GRACE:
        return
    if opening.witnessed and parcel.state is not ParcelState.COLLECTED:
        draft.record(e.ParcelCollected(parcel.parcel, opening.compartment, confirmed=False))
    begin_grace(draft, parcel.parcel)


def begin_grace(draft: Draft, parcel: ParcelId) -> None:
    until_ms = draft.now_ms + draft.state.policy.grace_s * SECOND_MS
    draft.record(e.CodeMoved(parcel, CodeLife.GRACE, until_ms))


def collect(draft: Draft, compartment: CompartmentId) -> None:
    """A person confirms that they took what lay behind a door whose contact moved for a moment only."""
    for parcel in _in(draft, compartment):
        if parcel.state is ParcelState.STORED:
            draft.record(e.ParcelCollected(parcel.parcel, compartment, confirmed=True))
            begin_grace(draft, parcel.parcel)


def keep(draft: Draft, compartment: CompartmentId, reason: str) -> None:
    """The resident leaves what is inside: the parcels stay, their codes are live again."""
    for parcel in _in(draft, compartment):
        draft.record(e.ParcelKept(parcel.parcel, compartment, reason))
        draft.record(e.CodeMoved(parcel.parcel, CodeLife.LIVE, reason=reason))


def dispute(draft: Draft, compartment: CompartmentId) -> None:
    """The resident says it is not there: the compartment is frozen with what its contact did."""
    trace = draft.door(compartment).trace
    for parcel in _in(draft, compartment):
        draft.record(e.DisputeOpened(parcel.parcel, compartment, trace))
        draft.record(e.CodeMoved(parcel.parcel, CodeLife.SPENT, reason="dispute"))
    check(draft, compartment, "dispute")


def store(draft: Draft, parcel: Parcel, *, confirmed: bool, undo: bool = True) -> None:
    """The parcel is in the kiosk's custody; its notice waits until nobody can undo the drop any more."""
    ask_for_code(draft, parcel)
    undo_ms = draft.state.policy.undo_s * SECOND_MS if undo and parcel.courier else 0
    draft.record(e.ParcelStored(parcel.parcel, parcel.compartment, confirmed, draft.now_ms + undo_ms))


def stays(draft: Draft, parcel: Parcel) -> None:
    """The courier left it inside after all, and confirms so; the time to undo the drop does not begin anew."""
    until_ms = parcel.undo_until_ms or draft.now_ms + draft.state.policy.undo_s * SECOND_MS
    draft.record(e.ParcelStored(parcel.parcel, parcel.compartment, confirmed=True, undo_until_ms=until_ms))


def store_unsaid(draft: Draft, parcel: ParcelId, reason: str) -> None:
    """Nobody said what is inside, and it may be the parcel: Check, with its code valid."""
    held = draft.parcel(parcel)
    store(draft, held, confirmed=False)
    check(draft, held.compartment, reason)


def withdraw(draft: Draft, parcel: ParcelId, reason: str, *, confirmed: bool) -> None:
    """The courier has the parcel again. Only if a person said so is the compartment free; else it is Check."""
    held = draft.parcel(parcel)
    _withdraw_notice(draft, held, reason)
    if held.code_life in (CodeLife.LIVE, CodeLife.GRACE):
        draft.record(e.CodeMoved(parcel, CodeLife.SPENT, reason=reason))
    draft.record(e.ParcelWithdrawn(parcel, held.compartment, reason, confirmed))
    if not confirmed:
        check(draft, held.compartment, f"{reason}, and nobody said what is inside")
    elif not draft.compartment(held.compartment).parcels:
        free(draft, held.compartment, reason)


def drop_reservation(draft: Draft, parcel: ParcelId, reason: str) -> None:
    """The parcel never went in. A compartment whose door did not move is as empty as before."""
    held = draft.parcel(parcel)
    _withdraw_notice(draft, held, reason)
    if held.code_life is CodeLife.LIVE:
        draft.record(e.CodeMoved(parcel, CodeLife.SPENT, reason=reason))
    draft.record(e.ReservationDropped(parcel, held.compartment, reason))
    _settle_vacated(draft, held.compartment)


def move(draft: Draft, parcel: ParcelId, compartment: CompartmentId, reason: str) -> None:
    """The parcel is promised another compartment; the one it leaves is judged by its door."""
    held = draft.parcel(parcel)
    _take_back_code(draft, held, reason)
    draft.record(e.ParcelMoved(parcel, compartment, reason))
    _settle_vacated(draft, held.compartment)


def _take_back_code(draft: Draft, parcel: Parcel, reason: str) -> None:
    """The sealed notice names the compartment that the parcel leaves; its next door gets both of its own."""
    if parcel.code_life is CodeLife.LIVE:
        _withdraw_notice(draft, parcel, reason)
        draft.record(e.CodeMoved(parcel.parcel, CodeLife.NONE, reason=reason))


def _settle_vacated(draft: Draft, name: CompartmentId, *, emptied: bool = False) -> None:
    """A promise given up makes a compartment free again, once no opening is under way and its door is shut. Where a
    parcel had lain already, its door must have been open for long enough to take it out (``emptied``).
    """
    compartment = draft.compartment(name)
    if compartment.parcels or _is_opening(draft.state, name):
        return
    if compartment.custody is Custody.RESERVED:
        free(draft, name, "never used")
    elif compartment.custody is Custody.OCCUPIED and emptied:
        free(draft, name, "moved")
    elif compartment.custody is Custody.OCCUPIED:
        check(draft, name, "moved, and nobody saw it taken out")


def seen_inside(state: State, name: CompartmentId) -> Inside:
    """What the compartment's item sensor says now, if it has one."""
    if not state.layout.place(name).item_sensor:
        return Inside.UNKNOWN
    return Inside.SOMETHING if name in state.filled else Inside.NOTHING


def free(draft: Draft, name: CompartmentId, reason: str) -> None:
    """The compartment is free: said by a collected cycle or a person, with its door shut; never out of Check, and never
    while its item sensor sees something: somebody left it behind.
    """
    if seen_inside(draft.state, name) is Inside.SOMETHING:
        check(draft, name, f"{reason}, and the item sensor sees something")
    elif draft.compartment(name).custody is not Custody.CHECK:
        draft.record(e.CompartmentFreed(name, reason))


def suspect(draft: Draft, name: CompartmentId, reason: str) -> None:
    """The contact is not believed, and no new drop goes there, until a person has repaired it."""
    known = draft.compartment(name)
    if not known.suspected:
        draft.record(e.ContactSuspected(name, reason))
        _order_work(draft, known, reason)


def check(draft: Draft, name: CompartmentId, reason: str) -> None:
    """Nobody knows what is inside; a compartment that is Check already keeps its first reason."""
    if draft.compartment(name).custody is not Custody.CHECK:
        draft.record(e.CompartmentChecked(name, reason))


def out_of_order(draft: Draft, name: CompartmentId, reason: str) -> None:
    """No new drop until a person has repaired it; pickups may still be attempted."""
    known = draft.compartment(name)
    if not known.out_of_order:
        draft.record(e.CompartmentOutOfOrder(name, reason))
        _order_work(draft, known, reason)


def _order_work(draft: Draft, before: Compartment, reason: str) -> None:
    """Once, until a person has repaired it."""
    if not before.out_of_order and not before.suspected:
        score = judged(draft.state.health.of(before.compartment)).score
        draft.record(e.WorkOrderOpened(before.compartment, reason, score))


def quarantine(draft: Draft, name: CompartmentId) -> None:
    """A lock that opened, but of which the next opening is not to be trusted: no new drop, and pickups go on."""
    verdict = judged(draft.state.health.of(name))
    if not verdict.fit:
        out_of_order(draft, name, verdict.why)


# --- codes and notices ---


def ask_for_code(draft: Draft, parcel: Parcel) -> None:
    """Ask the vault for a code, unless the parcel has one or one is on its way."""
    if parcel.code_life is not CodeLife.NONE or parcel.parcel in draft.state.codes_asked:
        return
    place = draft.state.layout.place(parcel.compartment)
    facts = NoticeFacts(
        parcel=parcel.parcel,
        resident=parcel.resident,
        unit=parcel.unit,
        compartment=parcel.compartment,
        column=place.column,
        height_band=place.height_band,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
    )
    draft.change(codes_asked={**draft.state.codes_asked, parcel.parcel: parcel.compartment})
    draft.ask(MakeCode(parcel.parcel, draft.state.policy.code_digits, facts))


def code_made(draft: Draft, made: CodeMade) -> None:
    """The vault's answer: recorded at once with its sealed notice held back. A code that is in use already is drawn
    again, and so is one whose notice names a compartment that the parcel has left meanwhile.
    """
    named = draft.state.codes_asked.get(made.parcel)
    if named is None:
        return
    draft.change(codes_asked=without(draft.state.codes_asked, made.parcel))
    parcel = draft.state.books.parcels.get(made.parcel)
    if parcel is None or parcel.finished or parcel.code_life is not CodeLife.NONE:
        return
    verifier = made.verifier.reveal().hex()
    if verifier[:VERIFIER_KEY_DIGITS] in draft.state.codes or named != parcel.compartment:
        ask_for_code(draft, parcel)
        return
    draft.record(e.CodeIssued(made.parcel, verifier), notice=made.notice)


def _withdraw_notice(draft: Draft, parcel: Parcel, reason: str) -> None:
    if parcel.notice is NoticeState.HELD:
        draft.record(e.NoticeWithdrawn(parcel.parcel, parcel.notice_seq, reason))


def notice_due_ms(state: State, parcel: Parcel) -> int | None:
    """When a held notice may go out: as soon as the parcel is surely in custody and nobody can undo the drop."""
    if parcel.notice is not NoticeState.HELD or parcel.state is not ParcelState.STORED:
        return None
    busy = any(parcel.parcel in opening.parcels for opening in state.openings.values())
    return None if busy else parcel.undo_until_ms


def release_notices(draft: Draft) -> None:
    """Let go every held notice whose drop can no longer be undone."""
    for parcel in tuple(draft.state.books.parcels.values()):
        due_ms = notice_due_ms(draft.state, parcel)
        if due_ms is not None and due_ms <= draft.now_ms:
            draft.record(e.NoticeReleased(parcel.parcel, parcel.notice_seq))


def grace_due_ms(state: State, parcel: Parcel) -> int | None:
    """When a grace ends: its time is over and its door is seen shut, or its person said that it is; not while the door
    is being opened, perhaps with this very code, nor while its person is asked what to do about it.
    """
    counts = parcel.code_life is CodeLife.GRACE and parcel.code_until_ms
    if not counts or _is_opening(state, parcel.compartment) or _is_asked_about(state, parcel.compartment):
        return None
    seen_shut = state.doors.get(parcel.compartment, Door()).state is DoorState.CLOSED
    return parcel.code_until_ms if seen_shut or is_blind(state, parcel.compartment) else None


def _is_opening(state: State, compartment: CompartmentId) -> bool:
    return any(opening.compartment == compartment for opening in state.openings.values())


def _is_asked_about(state: State, compartment: CompartmentId) -> bool:
    place = None if state.visit is None else state.visit.place
    return isinstance(place, Collecting | PickupDoorFailed) and place.compartment == compartment


def is_blind(state: State, compartment: CompartmentId) -> bool:
    """Whether no contact tells of this door, so that the person's word stands in its place."""
    blind = (place for place in state.layout.places if place.contact.source is ContactSource.NONE)
    return any(place.compartment == compartment for place in blind)


def end_graces(draft: Draft) -> None:
    """Spend the codes whose grace is over. Their compartment is free if all was collected and its door is shut."""
    due = [
        parcel
        for parcel in draft.state.books.parcels.values()
        if (due_ms := grace_due_ms(draft.state, parcel)) is not None and due_ms <= draft.now_ms
    ]
    for parcel in due:
        draft.record(e.CodeMoved(parcel.parcel, CodeLife.SPENT, reason="grace over"))
    for name in dict.fromkeys(parcel.compartment for parcel in due):
        _settle_after_grace(draft, name)


def _settle_after_grace(draft: Draft, name: CompartmentId) -> None:
    if all(parcel.finished for parcel in _in(draft, name)):
        free(draft, name, "collected")
    else:
        check(draft, name, "power failed during the pickup")


def _known(draft: Draft, opening: Opening) -> list[Parcel]:
    """The opening's parcels that are still behind its door."""
    parcels = draft.state.books.parcels
    known = [parcels[name] for name in opening.parcels if name in parcels]
    return [parcel for parcel in known if parcel.compartment == opening.compartment and not parcel.finished]


def _in(draft: Draft, name: CompartmentId) -> list[Parcel]:
    compartment: Compartment = draft.compartment(name)
    return [draft.parcel(parcel) for parcel in compartment.parcels if parcel in draft.state.books.parcels]
