"""The invariants catch what they are for: each is broken by hand once, on real parts, and named."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from hardware_sim.fault_names import NAMED
from hardware_sim.soak import plan
from hardware_sim.soak.building import COMPARTMENTS, Building
from hardware_sim.soak.facts import Frame
from hardware_sim.soak.holding import ViolationError, hold
from hardware_sim.soak.house import Thing
from hardware_sim.soak.invariants import ENTRIES, FRAMES, SUPPLY
from hardware_sim.soak.ledger import Intent
from hardware_sim.soak.plan import Plan
from hardware_sim.soak.record_invariants import hold_record
from hardware_sim.soak.run import Soak
from kiosk.core import entries as e
from kiosk.core.entries import ClockState, CodeLife, Entry, Purpose, Stamp
from kiosk.core.ids import CompartmentId, CourierId, OpeningId, ParcelId, ResidentId, VisitId
from storage.schema import ENTRIES as ENTRY_TABLE

pytestmark = pytest.mark.slow

A01, P1, P2 = CompartmentId("A01"), ParcelId("p1"), ParcelId("p2")
ALICE, BERT = ResidentId("R-0001"), ResidentId("R-0002")
V1, V2 = VisitId("v1"), VisitId("v2")
NAMES = [CompartmentId(name) for name in COMPARTMENTS]


@pytest.fixture
def soak(tmp_path: Path) -> Soak:
    made = Soak(tmp_path, seed=0, building=Building())
    made.start()
    made.world.run_for(3_000_000)
    return made


def reserved(parcel: ParcelId = P1, resident: ResidentId = ALICE) -> e.ParcelReserved:
    return e.ParcelReserved(parcel, A01, resident, CourierId("C-ups"), V1, "ups", "ok", "size")


def unlock(purpose: Purpose = Purpose.PICKUP, by: str = "resident:R-0001", credential: str = "code:p1") -> e.Body:
    return e.UnlockRequested(OpeningId("o1"), 1, A01, purpose, (P1,), V1, by, credential, 300)


TRIGGERS = "select name from sqlite_master where type = 'trigger'"
STORED = (reserved(), e.ParcelStored(P1, A01, confirmed=True, undo_until_ms=0), e.CodeIssued(P1))
IDENTIFIED = e.ResidentIdentified(V1, ALICE, "code:p1")
BROKEN: dict[str, tuple[tuple[e.Body, ...], e.Body]] = {
    "S2 occupied by another resident's": (STORED, reserved(P2, BERT)),
    "S2 still in grace": ((*STORED, e.ParcelCollected(P1, A01, confirmed=True)), reserved(P2, ALICE)),
    "S2 check": ((e.CompartmentChecked(A01, "dirt"),), reserved()),
    "S2 out of order": ((e.CompartmentOutOfOrder(A01, "did not open"),), reserved()),
    "S2 suspected": ((e.ContactSuspected(A01, "fault"),), reserved()),
    "S2 open": ((e.DoorForced(A01, "nothing"),), reserved()),
    "S2 moved into an occupied one": ((*STORED, reserved(P2, ALICE)), e.ParcelMoved(P2, A01, "x")),
    "S3 not collected": (STORED, e.CompartmentFreed(A01, "collected")),
    "S3 code not spent": ((*STORED, e.ParcelCollected(P1, A01, confirmed=True)), e.CompartmentFreed(A01, "collected")),
    "S3 open": ((e.DoorForced(A01, "nothing"),), e.CompartmentFreed(A01, "x")),
    "S16": ((e.CompartmentChecked(A01, "dirt"),), e.CompartmentFreed(A01, "x")),
    "S16 second work order": (
        (e.CompartmentOutOfOrder(A01, "did not open"), e.WorkOrderOpened(A01, "did not open", 80)),
        e.WorkOrderOpened(A01, "fault", 80),
    ),
    "S16 work order for nothing": ((), e.WorkOrderOpened(A01, "fault", 80)),
    "S16 work order after a repair": (
        (
            e.CompartmentOutOfOrder(A01, "did not open"),
            e.WorkOrderOpened(A01, "did not open", 80),
            e.CompartmentRepaired(A01, "T-1", "new lock"),
        ),
        e.WorkOrderOpened(A01, "did not open", 80),
    ),
    "S8 second code": (STORED, e.CodeIssued(P1)),
    "S8 back from spent": ((*STORED, e.CodeMoved(P1, CodeLife.SPENT)), e.CodeMoved(P1, CodeLife.LIVE)),
    "S8 live though collected": (
        (*STORED, e.CodeMoved(P1, CodeLife.GRACE), e.ParcelCollected(P1, A01, confirmed=True)),
        e.CodeMoved(P1, CodeLife.LIVE),
    ),
    "S8 opens when spent": ((*STORED, IDENTIFIED, e.CodeMoved(P1, CodeLife.SPENT)), unlock()),
    "S10 nobody": (STORED, unlock()),
    "S10 without credential": ((*STORED, IDENTIFIED), unlock(credential="")),
    "S10 somebody else": ((*STORED, e.ResidentIdentified(V1, BERT, "code:p2")), unlock(by="resident:R-0002")),
    "S17": ((e.VisitEnded(V1, "resident", "back", 1),), IDENTIFIED),
    "S11 refund of nothing": ((), e.AttemptRefunded(V1, 1, 10)),
    "S11 too many": (
        tuple(e.AttemptDebited(V1, n, "pickup", 0, 0) for n in range(10)),
        e.AttemptDebited(V1, 10, "pickup", 0, 0),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_entry_that_breaks_a_rule_is_named_by_it(soak: Soak, name: str) -> None:
    before, last = BROKEN[name]
    facts = soak.watch.facts
    for body in before:
        facts.take(entry(soak, body))
    with pytest.raises(ViolationError) as raised:
        hold(ENTRIES, facts, entry(soak, last))
    assert raised.value.invariant == name.split(maxsplit=1)[0]


def test_a_repaired_compartment_may_be_given_away_and_ordered_to_be_repaired_again(soak: Soak) -> None:
    facts = soak.watch.facts
    broken_down = (e.CompartmentOutOfOrder(A01, "did not open"), e.WorkOrderOpened(A01, "did not open", 80))
    for body in (*broken_down, e.CompartmentRepaired(A01, "T-1", "new lock"), reserved(), *broken_down):
        now = entry(soak, body)
        hold(ENTRIES, facts, now)
        facts.take(now)


def entry(soak: Soak, body: e.Body, after_ms: int = 0, seq: int | None = None) -> Entry:
    now_ms = soak.world.now_us // 1_000 + after_ms
    ledger = soak.watch.facts.ledger
    at = ledger.next_seq if seq is None else seq
    return Entry(ledger.epoch, at, Stamp(now_ms, now_ms, ClockState.TRUSTED, 1, 1), body)


def broken(check: Callable[[], None]) -> str:
    with pytest.raises(ViolationError) as raised:
        check()
    return raised.value.invariant


def test_a_hole_in_the_sequence_is_s5(soak: Soak) -> None:
    hole = entry(soak, e.CompartmentChecked(A01, "x"), seq=soak.watch.facts.ledger.next_seq + 1)
    assert broken(lambda: hold(ENTRIES, soak.watch.facts, hole)) == "S5"


def test_an_intent_without_an_outcome_is_l2(soak: Soak) -> None:
    for body in (*STORED, IDENTIFIED, unlock()):
        soak.watch.facts.take(entry(soak, body))
    later = entry(soak, e.CompartmentChecked(A01, "x"), after_ms=30_001)
    assert broken(lambda: hold(ENTRIES, soak.watch.facts, later)) == "L2"


def test_what_lies_behind_a_door_counts_whatever_the_record_says(soak: Soak) -> None:
    soak.house.inside(A01).append(Thing("1Z", resident=BERT))
    assert broken(lambda: hold(ENTRIES, soak.watch.facts, entry(soak, reserved()))) == "S2"
    assert broken(lambda: hold(ENTRIES, soak.watch.facts, entry(soak, e.CompartmentFreed(A01, "x")))) == "S3"


def test_a_frame_without_an_intent_is_s1_and_a_late_one_s17(soak: Soak) -> None:
    assert broken(lambda: hold(FRAMES, soak.watch.facts, Frame(5_000, A01, None))) == "S1"
    not_on_disk = Frame(5_000, A01, Intent(99, 5_000, A01))
    assert broken(lambda: hold(FRAMES, soak.watch.facts, not_on_disk)) == "S1"
    late = Frame(5_000, A01, Intent(99, 2_999, A01))
    assert broken(lambda: hold(FRAMES[1:], soak.watch.facts, late)) == "S17"


def test_a_lock_that_is_on_for_too_long_is_s9(soak: Soak) -> None:
    outputs = soak.bank.boards[soak.bank.place(A01).output.board].outputs
    outputs.energise((1,), 301_000)
    soak.world.run_for(400_000)
    assert broken(lambda: hold(SUPPLY, soak.watch.facts, None)) == "S9"


def test_two_locks_at_a_time_are_s9(soak: Soak) -> None:
    outputs = soak.bank.boards[soak.bank.place(A01).output.board].outputs
    outputs.energise((1, 2), 100_000)
    assert broken(lambda: hold(SUPPLY, soak.watch.facts, None)) == "S9"


def test_a_row_that_changed_is_s4_and_so_is_one_that_is_gone(soak: Soak) -> None:
    facts = soak.watch.facts
    real = facts.committed[-1]
    facts.committed[-1] = Entry(real.epoch, real.seq, real.stamp, e.KioskStopped("never"))
    assert broken(lambda: hold_record(facts)) == "S4"
    facts.committed[-1] = real
    facts.committed.append(real)
    assert broken(lambda: hold_record(facts)) == "S4"


def test_a_row_rewritten_on_disk_breaks_the_tree(soak: Soak) -> None:
    with soak.kiosk.database.writer.begin() as connection:
        for name in connection.exec_driver_sql("select name from sqlite_master where type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f'drop trigger "{name}"')
        connection.execute(ENTRY_TABLE.delete().where(ENTRY_TABLE.c.seq == soak.watch.facts.ledger.next_seq - 1))
    soak.watch.facts.committed.pop()
    assert broken(lambda: hold_record(soak.watch.facts)) == "S13"


# --- plans ---


def drawn(faults: str, hours: float = 200.0) -> Plan:
    return plan.draw(Random(1), hours, faults, NAMES)


def test_every_fault_of_the_bank_can_be_drawn_and_named() -> None:
    assert set(plan.EACH) >= set(NAMED)
    for name in plan.names():
        assert name == "none" or drawn(name), name


def test_every_fault_belongs_to_a_row_of_the_list() -> None:
    assert {name for faults in plan.ROWS.values() for name in faults} == set(plan.EACH)


def test_a_plan_goes_to_data_and_back() -> None:
    whole = drawn("all")
    assert {type(incident) for incident in whole} == set(plan.KINDS.values())
    assert plan.from_data(plan.to_data(whole)) == whole


@pytest.mark.parametrize("data", [{}, [{}], [{"kind": "earthquake"}], [{"kind": "cut", "at_ms": 1}], [3]])
def test_data_that_is_no_plan_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"plan"):
        plan.from_data(data)


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(KeyError):
        drawn("earthquake")
