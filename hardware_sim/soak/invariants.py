"""The invariants: what must hold at every moment of a simulated run, as tables of a name and a check.

Holds the checks; their names are those of the project's list of invariants, S for safety and L for liveness. It must
not know people or faults. A check answers with what is wrong, or "" if nothing is.
"""

from typing import assert_never

from hardware_sim.soak.facts import Facts, Frame
from hardware_sim.soak.holding import Invariant
from hardware_sim.soak.house import Thing
from kiosk.core import entries as e
from kiosk.core.books import Custody
from kiosk.core.effects import MakeCode, Outward, PollDoors, Pulse, TakePhoto, VerifyCode
from kiosk.core.entries import CodeLife, Entry, Purpose
from kiosk.core.ids import CompartmentId, ResidentId, VisitId
from kiosk.core.sags import LIMIT_MS, SETTLE_MS, sagging
from kiosk.core.supply import PULSE_LIFE_MS
from kiosk.core.view import ScreenModel

INTENT_MS = 30_000
USABLE = (CodeLife.LIVE, CodeLife.GRACE)
LIVES = {
    CodeLife.NONE: (CodeLife.NONE, CodeLife.SUSPENDED),
    CodeLife.LIVE: (CodeLife.NONE, CodeLife.LIVE, CodeLife.GRACE, CodeLife.SPENT, CodeLife.SUSPENDED),
    CodeLife.GRACE: (CodeLife.LIVE, CodeLife.GRACE, CodeLife.SPENT, CodeLife.SUSPENDED),
    CodeLife.SUSPENDED: (CodeLife.SUSPENDED,),
    CodeLife.SPENT: (CodeLife.SPENT,),
}
"""Where a code's life can lead; what is spent stays spent, and what is suspended waits for a person."""

# --- each entry, before it is added to the ledger ---


def _continues(facts: Facts, entry: Entry) -> str:
    expected = (facts.ledger.epoch, facts.ledger.next_seq)
    begins = isinstance(entry.body, e.EpochStarted) and entry.epoch > facts.ledger.epoch and entry.seq == 0
    return "" if begins or (entry.epoch, entry.seq) == expected else f"{entry.epoch}/{entry.seq} after {expected}"


def _given_twice(facts: Facts, entry: Entry) -> str:
    match entry.body:
        case e.ParcelReserved(compartment=name, resident=resident):
            return _unfit(facts, name, resident)
        case e.ParcelMoved(compartment=name, parcel=parcel):
            return _unfit(facts, name, facts.ledger.residents[parcel])
        case _:
            return ""


def _unfit(facts: Facts, name: CompartmentId, resident: ResidentId) -> str:
    """Only what is free and sound is given away, or what holds nothing but the same resident's parcels.

    What somebody put beside those, no sensor tells from them.
    """
    slot = facts.ledger.slot(name)
    if slot.check or slot.out_of_order or slot.suspected or slot.open:
        return f"{name} is given away, and the record says {slot}"
    begun = any(facts.ledger.codes.get(parcel) in (CodeLife.GRACE, CodeLife.SPENT) for parcel in slot.holds)
    together = bool(slot.holds) and set(slot.holds.values()) == {resident} and not begun
    stored = all(parcel in facts.ledger.stored - facts.ledger.collected for parcel in slot.holds)
    if not slot.free and not (together and stored):
        return f"{name} is given to {resident}, and the record says {slot}"
    known = [thing for thing in _known_inside(facts, name) if not (thing.unsaid and slot.holds)]
    strange = [thing for thing in known if thing.resident != resident]
    return f"{name} is given to {resident}, and holds {strange}" if strange else ""


def _freed_by_a_guess(facts: Facts, entry: Entry) -> str:
    if not isinstance(entry.body, e.CompartmentFreed):
        return ""
    name = entry.body.compartment
    slot, ledger = facts.ledger.slot(name), facts.ledger
    if slot.open:
        return f"{name} is freed with its door open"
    waiting = [p for p in slot.holds if p not in ledger.collected or ledger.codes.get(p) is not CodeLife.SPENT]
    if waiting:
        return f"{name} is freed while it holds {waiting}"
    left = _known_inside(facts, name)
    return f"{name} is freed, and holds {left}" if left else ""


def _known_inside(facts: Facts, name: CompartmentId) -> list[Thing]:
    """What the kiosk can know of: what people said, or all of it where an item sensor looks."""
    seen = facts.house.bank.layout.place(name).item_sensor
    return [thing for thing in facts.house.inside(name) if seen or not thing.unsaid]


def _check_ends_by_itself(facts: Facts, entry: Entry) -> str:
    if isinstance(entry.body, e.CompartmentFreed) and facts.ledger.slot(entry.body.compartment).check:
        return f"{entry.body.compartment} is freed out of Check"
    return ""


def _ordered_for_nothing(facts: Facts, entry: Entry) -> str:
    """A work order follows what is wrong, and one is open at a time until a person has repaired it."""
    if not isinstance(entry.body, e.WorkOrderOpened):
        return ""
    slot = facts.ledger.slot(entry.body.compartment)
    if slot.ordered:
        return f"{entry.body.compartment} gets a second work order while its first is open"
    sound = not slot.out_of_order and not slot.suspected
    return f"{entry.body.compartment} gets a work order with nothing wrong" if sound else ""


def _code_lives(facts: Facts, entry: Entry) -> str:
    match entry.body:
        case e.CodeIssued(parcel=parcel):
            now = facts.ledger.codes.get(parcel, CodeLife.NONE)
            return "" if now is CodeLife.NONE else f"{parcel} gets a second code while its first is {now}"
        case e.CodeMoved(parcel=parcel, life=life):
            now = facts.ledger.codes.get(parcel, CodeLife.NONE)
            revived = life is CodeLife.LIVE and parcel in facts.ledger.collected
            return "" if life in LIVES[now] and not revived else f"the code of {parcel} goes from {now} to {life}"
        case e.UnlockRequested(purpose=Purpose.PICKUP, parcels=parcels, compartment=name):
            if over := facts.house.over.intersection(parcels):
                return f"{name} opens for a pickup of {over}, which were collected before, whatever a copy says"
            usable = [p for p in parcels if facts.ledger.codes.get(p) in USABLE]
            return "" if usable else f"{name} opens for a pickup of {parcels}, whose codes open nothing"
        case _:
            return ""


def _no_credential(facts: Facts, entry: Entry) -> str:
    body = entry.body
    if not isinstance(body, e.UnlockRequested):
        return ""
    who = facts.ledger.visitors.get(body.visit)
    if not body.credential or who is None:
        return f"{body.compartment} opens for {body.by}, who never identified themselves in {body.visit}"
    if body.purpose is Purpose.PICKUP:
        owners = {f"resident:{facts.ledger.residents[parcel]}" for parcel in body.parcels}
        return "" if who == body.by and body.by in owners else f"{body.compartment} of {owners} opens for {body.by}"
    return ""


def _late_answer(facts: Facts, entry: Entry) -> str:
    if isinstance(entry.body, e.CourierIdentified | e.ResidentIdentified) and entry.body.visit in facts.ledger.ended:
        return f"somebody is identified in {entry.body.visit}, which is over"
    return ""


def _bucket(facts: Facts, entry: Entry) -> str:
    """Wrong attempts are at most the bucket's capacity, and one more for each refill of uptime."""
    match entry.body:
        case e.AttemptRefunded(visit=visit, attempt=attempt):
            known = (visit, attempt) in facts.ledger.debits
            return "" if known else f"attempt {attempt} of {visit} is given back and was never debited"
        case e.AttemptDebited():
            policy = facts.policy
            began_ms = facts.ledger.began_ms or 0
            refills = (entry.stamp.mono_ms - began_ms) // (policy.bucket_refill_s * 1_000)
            wrong = len(facts.ledger.debits) + 1
            most = policy.bucket_capacity + refills
            return "" if wrong <= most else f"{wrong} wrong attempts, and {most} are the most"
        case _:
            return ""


def _stuck_intent(facts: Facts, entry: Entry) -> str:
    late = [i for i in facts.ledger.overdue(entry.stamp.mono_ms, INTENT_MS) if i.at_ms >= facts.started_ms]
    return f"no outcome after {entry.stamp.mono_ms - late[0].at_ms} ms: {late[0]}" if late else ""


ENTRIES: tuple[Invariant[Entry], ...] = (
    Invariant("S5", _continues),
    Invariant("S2", _given_twice),
    Invariant("S16", _check_ends_by_itself),
    Invariant("S16", _ordered_for_nothing),
    Invariant("S3", _freed_by_a_guess),
    Invariant("S8", _code_lives),
    Invariant("S10", _no_credential),
    Invariant("S17", _late_answer),
    Invariant("S11", _bucket),
    Invariant("L2", _stuck_intent),
)


# --- each effect, before an edge has it; each screen; each frame that energises a lock ---


def _durable_first(facts: Facts, effect: Outward) -> str:
    match effect:
        case Pulse(intent_seq=seq, compartment=name):
            return "" if facts.intent_on_disk(seq, name) else f"{name} is pulsed and intent #{seq} is not on disk"
        case VerifyCode(visit=visit, attempt=attempt):
            return _debited(facts, visit, attempt)
        case MakeCode() | PollDoors() | TakePhoto():
            return ""
        case _:
            assert_never(effect)


def _debited(facts: Facts, visit: VisitId, attempt: int) -> str:
    known = (visit, attempt) in facts.ledger.debits
    return "" if known else f"attempt {attempt} of {visit} is verified and was not debited"


def _supply_recovers(facts: Facts, effect: Outward) -> str:
    """No lock is asked for while boards that a lock silenced are waited for, nor in the moment after."""
    if not isinstance(effect, Pulse):
        return ""
    now_ms, supply = facts.house.bank.world.now_us // 1_000, facts.house.kiosk.engine.state.supply
    if sagging(supply) and now_ms < supply.sagged_ms + LIMIT_MS:
        return f"{effect.compartment} is pulsed while {supply.silent} are silent"
    over_ms = facts.ledger.sag_over_ms
    soon = over_ms is not None and now_ms < over_ms + SETTLE_MS
    return f"{effect.compartment} is pulsed at {now_ms} ms, and the supply was back at {over_ms} ms" if soon else ""


EFFECTS: tuple[Invariant[Outward], ...] = (Invariant("S1", _durable_first), Invariant("S9", _supply_recovers))


def _shown_is_recorded(facts: Facts, _model: ScreenModel) -> str:
    shown, recorded = facts.house.kiosk.engine.state.books.next_seq, facts.ledger.next_seq
    return "" if shown == recorded else f"a screen knows of entry #{shown - 1}, and #{recorded - 1} is the last one"


SCREENS: tuple[Invariant[ScreenModel], ...] = (Invariant("S4", _shown_is_recorded),)


def _frame_has_intent(facts: Facts, frame: Frame) -> str:
    if frame.intent is None:
        return f"{frame.compartment} is energised without an intent of its own"
    return "" if facts.intent_on_disk(frame.intent.seq, frame.compartment) else f"the intent of {frame} is not on disk"


def _frame_in_time(_facts: Facts, frame: Frame) -> str:
    age_ms = 0 if frame.intent is None else frame.at_ms - frame.intent.at_ms
    return "" if age_ms <= PULSE_LIFE_MS else f"{frame.compartment} is energised {age_ms} ms after its intent"


FRAMES: tuple[Invariant[Frame], ...] = (Invariant("S1", _frame_has_intent), Invariant("S17", _frame_in_time))


# --- the supply, looked at after each commit and each frame ---


def _one_lock_at_a_time(facts: Facts, _: None) -> str:
    if facts.house.excused:
        return ""
    overlaps = facts.house.bank.supply.overlaps
    return f"locks on at the same time: {overlaps[0]}" if overlaps else ""


def _no_lock_too_long(facts: Facts, _: None) -> str:
    if facts.house.excused:
        return ""
    longest_us = facts.house.bank.supply.longest_us()
    return f"a lock was on for {longest_us} us" if longest_us > facts.policy.pulse_ms * 1_000 else ""


def _nothing_forbidden(facts: Facts, _: None) -> str:
    forbidden = [heard for board in facts.house.bank.boards.values() for heard in board.forbidden]
    return f"a command that is never to be sent: {forbidden[0]}" if forbidden else ""


SUPPLY: tuple[Invariant[None], ...] = (
    Invariant("S9", _one_lock_at_a_time),
    Invariant("S9", _no_lock_too_long),
    Invariant("S9", _nothing_forbidden),
)


# --- at rest: faults mended, doors shut, people gone for a while ---


def _nothing_under_way(facts: Facts, _: None) -> str:
    state = facts.house.kiosk.engine.state
    if state.visit is not None:
        return f"a visit goes on: {type(state.visit.place).__name__}"
    return f"openings go on: {list(state.openings.values())}" if state.openings else ""


def _nothing_half_done(facts: Facts, _: None) -> str:
    books = facts.house.kiosk.engine.state.books
    half = [c.compartment for c in books.compartments.values() if c.custody in (Custody.RESERVED, Custody.GRACE)]
    pending = [p.parcel for p in books.parcels.values() if p.pending]
    return f"{half} and {pending} are neither here nor there" if half or pending else ""


def _nobody_without_a_code(facts: Facts, _: None) -> str:
    books = facts.house.kiosk.engine.state.books
    without = [p.parcel for p in books.parcels.values() if p.stored_at_ms and p.code_life is CodeLife.NONE]
    return f"{without} are in custody and nobody has a code" if without else ""


REST: tuple[Invariant[None], ...] = (
    Invariant("L3", _nothing_under_way),
    Invariant("L3", _nothing_half_done),
    Invariant("L3", _nobody_without_a_code),
)
