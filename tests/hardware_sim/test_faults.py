"""Each fault as the kiosk's end of the line meets it: bytes in, events out, for every family."""

from itertools import pairwise

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import AllOff, Found, Modes, ReadModes, ReadPulseTime
from hardware_sim.damage import CutOff, Damage, FirstLost, FlippedBit, GarbageAfter, GarbageBefore, GarbageInstead
from hardware_sim.fault_names import NAMED, named
from hardware_sim.faults import (
    AutoRelock,
    BouncingContact,
    BrownOut,
    DamagedReplies,
    DamagedRequests,
    DeadBoard,
    Echo,
    Fault,
    FiresAtPowerOn,
    HeldOpen,
    InputMode,
    LateBoard,
    Noise,
    OtherAddress,
    OtherPolarity,
    PoppedOpen,
    PowerLost,
    Rebound,
    RefusingBoard,
    Sag,
    SilentBoard,
    SlamPops,
    StiffLatch,
    StuckContact,
    StuckLatch,
    Unplugged,
    WrongDoor,
    apply,
)
from hardware_sim.quirks import (
    AnswersUnlocks,
    BusyAfterUnlock,
    CoolDown,
    OtherPulse,
    TellsChanges,
    UnlockAnswer,
    WrongSpeed,
)
from hardware_sim.wire import Speaker
from kiosk.core.events import (
    BoardGarbled,
    BoardPulsesTooLong,
    BoardSilent,
    ContactsRead,
    InputsActAlone,
    LineLost,
    LineReady,
    PulseAnswer,
    PulseAnswered,
    PulseExpired,
    PulseSent,
    Reading,
)
from kiosk.core.ids import BoardId, CompartmentId
from tests.hardware_sim.benches import A1, A2, A3, B1, B2, LINE, LOCKS, RELAYS, SECOND_US, Bench
from tests.hardware_sim.conftest import EACH_CHECKED_FAMILY, EACH_FAMILY

BOARD_OF = {A1: LOCKS, B1: RELAYS}
OTHER_BOARD = {A1: RELAYS, B1: LOCKS}
NEIGHBOUR = {A1: A2, B1: B2}
OPEN, CLOSED = Reading.OPEN, Reading.CLOSED


def bench_with(*faults: Fault, poll_ms: int = 100, seed: int = 0) -> Bench:
    """A bench that was sound when it started and has these faults now."""
    bench = Bench(seed).ready(poll_ms)
    for fault in faults:
        apply(bench.bank, fault)
    return bench


def changes(readings: list[Reading]) -> list[Reading]:
    """The readings without repetitions."""
    return readings[:1] + [later for earlier, later in pairwise(readings) if later is not earlier]


def reads_of(bench: Bench, board: BoardId) -> list[type]:
    """How each read of a board ended."""
    kinds = ContactsRead, BoardSilent, BoardGarbled
    return [type(event) for event in bench.events if isinstance(event, kinds) and event.board == board]


# Locks and doors


@EACH_FAMILY
def test_a_stuck_latch_is_acknowledged_and_its_door_stays_closed(compartment: CompartmentId) -> None:
    bench = bench_with(StuckLatch(compartment))
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED
    bench.run_for(3 * SECOND_US)
    assert changes(bench.readings(compartment)) == [CLOSED]
    assert bench.bank.pulses(compartment) == 1


@EACH_FAMILY
def test_a_stiff_latch_opens_at_its_second_pulse(compartment: CompartmentId) -> None:
    bench = bench_with(StiffLatch(compartment, pulses=2))
    bench.pulse(compartment)
    bench.run_for(2 * SECOND_US)
    assert changes(bench.readings(compartment)) == [CLOSED]
    bench.pulse(compartment)
    bench.run_for(2 * SECOND_US)
    assert changes(bench.readings(compartment))[-1] is OPEN


@EACH_FAMILY
def test_an_auto_relocking_lock_reads_open_for_less_than_three_seconds(compartment: CompartmentId) -> None:
    bench = bench_with(AutoRelock(compartment, after_ms=1_500))
    assert bench.next_reading(compartment) is CLOSED
    bench.pulse(compartment)
    bench.run_for(5 * SECOND_US)
    assert changes(bench.readings(compartment)) == [CLOSED, OPEN, CLOSED]
    times = [when_us for when_us, reading in bench.timed_readings(compartment) if reading is OPEN]
    assert 1_000_000 < times[-1] - times[0] < 3_000_000
    assert not bench.door(compartment).openings


@EACH_FAMILY
def test_a_rebound_reads_closed_for_less_than_a_second(compartment: CompartmentId) -> None:
    bench = bench_with(Rebound(compartment), poll_ms=50).opened(compartment)
    bench.run_for(SECOND_US)
    bench.happened.clear()
    bench.door(compartment).push()
    bench.run_for(3 * SECOND_US)
    times = [when_us for when_us, reading in bench.timed_readings(compartment) if reading is CLOSED]
    assert 0 < times[-1] - times[0] < 1_000_000
    assert bench.readings(compartment)[-1] is OPEN


@EACH_FAMILY
def test_a_door_that_is_held_open_goes_on_reading_open(compartment: CompartmentId) -> None:
    bench = bench_with(HeldOpen(compartment)).opened(compartment)
    bench.door(compartment).push()
    bench.run_for(SECOND_US)
    assert bench.next_reading(compartment) is OPEN


@EACH_FAMILY
def test_a_door_that_pops_open_reads_open_although_nothing_was_sent(compartment: CompartmentId) -> None:
    bench = bench_with(PoppedOpen(compartment))
    bench.run_for(SECOND_US)
    assert bench.readings(compartment)[-1] is OPEN
    assert bench.bank.pulses(compartment) == 0


@EACH_FAMILY
def test_a_slam_opens_the_neighbour(compartment: CompartmentId) -> None:
    neighbour = NEIGHBOUR[compartment]
    bench = bench_with(SlamPops(compartment, neighbour)).opened(compartment)
    assert bench.next_reading(neighbour) is CLOSED
    bench.door(compartment).push()
    bench.run_for(200_000)
    assert bench.next_reading(neighbour) is OPEN
    assert bench.next_reading(compartment) is CLOSED


@EACH_FAMILY
@pytest.mark.parametrize("reading", [OPEN, CLOSED])
def test_a_stuck_contact_reads_the_same_whatever_the_door_does(compartment: CompartmentId, reading: Reading) -> None:
    bench = bench_with(StuckContact(compartment, reading))
    bench.happened.clear()
    bench.opened(compartment)
    bench.run_for(SECOND_US)
    bench.door(compartment).push()
    bench.run_for(SECOND_US)
    assert changes(bench.readings(compartment)) == [reading]


@EACH_FAMILY
def test_a_bouncing_contact_reads_open_and_closed_by_turns_and_then_the_truth(compartment: CompartmentId) -> None:
    bench = bench_with(BouncingContact(compartment, gap_ms=(30, 90), bounces=8), poll_ms=50).opened(compartment)
    bench.run_for(3 * SECOND_US)
    seen = changes(bench.readings(compartment))
    assert len(seen) > 3
    assert seen[-1] is OPEN


@EACH_FAMILY
def test_a_wrong_door_opens_beside_the_pulsed_one(compartment: CompartmentId) -> None:
    other = NEIGHBOUR[compartment]
    bench = bench_with(WrongDoor(compartment, other))
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED
    bench.run_for(SECOND_US)
    assert bench.readings(other)[-1] is OPEN
    assert changes(bench.readings(compartment)) == [CLOSED]
    bench.bank.mend()
    bench.pulse(compartment)
    bench.run_for(SECOND_US)
    assert bench.door(compartment).is_open


def test_a_wrong_door_may_hang_on_another_board() -> None:
    bench = bench_with(WrongDoor(A1, B1))
    bench.pulse(A1)
    bench.run_for(SECOND_US)
    assert bench.readings(B1)[-1] is OPEN
    assert not bench.door(A1).is_open


# Boards


@EACH_FAMILY
def test_a_silent_board_opens_the_door_and_says_nothing_while_the_other_goes_on(compartment: CompartmentId) -> None:
    bench = bench_with(SilentBoard(BOARD_OF[compartment]))
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.SILENT
    bench.happened.clear()
    bench.run_for(5 * SECOND_US)
    assert bench.door(compartment).is_open
    assert set(reads_of(bench, BOARD_OF[compartment])) == {BoardSilent}
    assert set(reads_of(bench, OTHER_BOARD[compartment])) == {ContactsRead}
    bench.bank.mend()
    bench.run_for(6 * SECOND_US)
    assert bench.next_reading(compartment) is OPEN


@EACH_FAMILY
def test_a_dead_board_opens_nothing(compartment: CompartmentId) -> None:
    bench = bench_with(DeadBoard(BOARD_OF[compartment]))
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.SILENT
    bench.run_for(SECOND_US)
    assert not bench.door(compartment).is_open
    assert bench.bank.pulses(compartment) == 0


@EACH_FAMILY
@pytest.mark.parametrize("delay_ms", [201, 205, 210, 220, 230, 300, 450])
def test_an_answer_behind_the_time_out_answers_no_other_pulse(compartment: CompartmentId, delay_ms: int) -> None:
    bench = bench_with(LateBoard(BOARD_OF[compartment], delay_ms))
    apply(bench.bank, DeadBoard(OTHER_BOARD[compartment]))
    other = B1 if compartment == A1 else A1
    late, lost = bench.pulse(compartment), bench.pulse(other)
    assert bench.answer_to(late) is PulseAnswer.SILENT
    assert bench.answer_to(lost) in {PulseAnswer.SILENT, PulseAnswer.GARBLED}
    assert bench.door(compartment).is_open


@EACH_FAMILY
def test_an_answer_just_before_the_time_out_counts(compartment: CompartmentId) -> None:
    bench = bench_with(LateBoard(BOARD_OF[compartment], delay_ms=180))
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED


def test_a_board_that_refuses_says_so_if_its_family_can() -> None:
    bench = bench_with(RefusingBoard(LOCKS), RefusingBoard(RELAYS))
    assert bench.answer_to(bench.pulse(B1)) is PulseAnswer.REFUSED
    assert bench.answer_to(bench.pulse(A1)) is PulseAnswer.SILENT
    bench.run_for(SECOND_US)
    assert bench.bank.open_doors() == []


@EACH_FAMILY
def test_a_brown_out_silences_the_board_with_everything_off_and_it_comes_back(compartment: CompartmentId) -> None:
    board = BOARD_OF[compartment]
    bench = bench_with(BrownOut(board))
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.SILENT
    assert not bench.bank.supply.energised()
    assert not bench.door(compartment).is_open
    bench.happened.clear()
    bench.run_until(lambda: ContactsRead in reads_of(bench, board), within_us=10 * SECOND_US)
    busy_us = bench.bank.boards[board].codec.abilities.busy_us
    assert (BoardSilent in reads_of(bench, board)) == (busy_us == 0), "it may just be busy for that long"
    bench.run_for(SECOND_US)
    if bench.bank.boards[board].codec.abilities.stores_pulse:
        assert bench.locks.counts[ReadPulseTime] == 2, "the kiosk asks again when a board comes back"
    if board == RELAYS:
        assert bench.relays.counts[AllOff] == 2, "the kiosk switches everything off when a board comes back"


def test_a_sag_silences_every_board_of_the_bank() -> None:
    bench = bench_with(Sag(LOCKS))
    assert bench.answer_to(bench.pulse(A1)) is PulseAnswer.SILENT
    assert not bench.bank.supply.energised()
    bench.run_until(lambda: BoardSilent in reads_of(bench, RELAYS), within_us=3 * SECOND_US)
    bench.happened.clear()
    bench.run_until(lambda: ContactsRead in reads_of(bench, RELAYS), within_us=10 * SECOND_US)


def test_locks_that_fire_when_the_supply_returns_open_doors_and_show_on_the_account() -> None:
    bench = bench_with(FiresAtPowerOn(RELAYS), PowerLost())
    bench.run_for(SECOND_US)
    bench.bank.regain_power()
    bench.run_for(10 * SECOND_US)
    assert bench.next_reading(B1) is OPEN
    assert bench.next_reading(B2) is OPEN
    assert bench.next_reading(A1) is CLOSED
    assert bench.bank.supply.overlaps
    assert bench.relays.unlocks == []


@EACH_FAMILY
def test_a_board_with_another_address_is_silent(compartment: CompartmentId) -> None:
    bench = bench_with(OtherAddress(BOARD_OF[compartment]))
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.SILENT
    bench.run_for(SECOND_US)
    assert not bench.door(compartment).is_open


@EACH_FAMILY
def test_a_board_with_the_other_polarity_reads_every_shut_door_open(compartment: CompartmentId) -> None:
    bench = bench_with(OtherPolarity(BOARD_OF[compartment]))
    assert bench.next_reading(compartment) is OPEN
    assert bench.bank.open_doors() == []


def test_input_modes_that_switch_outputs_can_be_read() -> None:
    bench = bench_with(InputMode(RELAYS, mode=2))
    codec, settings = BOARDS["waveshare"], bench.relays.settings
    answer = bench.ask(codec.encode(settings, ReadModes()))
    found = codec.search(settings, ReadModes(), answer, quiet=True)
    assert isinstance(found, Found)
    assert found.reply == Modes((2,) * 8)


def test_inputs_that_switch_outputs_are_told_at_start_of_that_board_alone() -> None:
    bench = Bench()
    apply(bench.bank, InputMode(RELAYS, mode=2))
    bench.line.start()
    bench.run_until(lambda: LineReady(LINE) in bench.events)
    assert [event for event in bench.events if isinstance(event, InputsActAlone)] == [InputsActAlone(RELAYS)]
    assert bench.relays.counts[ReadModes] == 1


@pytest.mark.parametrize(("delay_ms", "answer"), [(5, "8A 01 01 11 9B"), (400, "8A 01 01 00 8A")])
def test_the_answer_to_an_unlock_tells_the_contact_as_it_is_when_the_answer_begins(delay_ms: int, answer: str) -> None:
    bench = bench_with(LateBoard(LOCKS, delay_ms))
    assert bench.ask(bytes.fromhex("8A 01 01 11 9B")) == bytes.fromhex(answer)


# The line


@EACH_FAMILY
@pytest.mark.parametrize("damage", [None, FlippedBit(), CutOff(2), FirstLost(1), GarbageBefore(1), GarbageAfter(2)])
def test_an_echo_is_never_an_answer(compartment: CompartmentId, damage: Damage | None) -> None:
    bench = Bench()
    apply(bench.bank, Echo(LINE))
    bench.ready()
    apply(bench.bank, Echo(LINE, damage))
    apply(bench.bank, DeadBoard(BOARD_OF[compartment]))
    assert bench.answer_to(bench.pulse(compartment)) in {PulseAnswer.SILENT, PulseAnswer.GARBLED}


@EACH_FAMILY
def test_behind_an_echo_the_board_is_still_heard(compartment: CompartmentId) -> None:
    bench = Bench()
    apply(bench.bank, Echo(LINE))
    bench.ready()
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED
    bench.run_for(SECOND_US)
    assert bench.readings(compartment)[-1] is OPEN


@EACH_CHECKED_FAMILY
@pytest.mark.parametrize("damage", [GarbageInstead(), FlippedBit(), CutOff(), FirstLost()])
@pytest.mark.parametrize("seed", range(5))
def test_a_spoilt_answer_is_garbled_and_tells_nothing_of_doors(
    compartment: CompartmentId, damage: Damage, seed: int
) -> None:
    bench = bench_with(DamagedReplies(LINE, damage), seed=seed)
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.GARBLED
    bench.happened.clear()
    bench.run_for(3 * SECOND_US)
    assert bench.door(compartment).is_open
    assert set(reads_of(bench, LOCKS)) == {BoardGarbled}
    assert set(reads_of(bench, RELAYS)) == {BoardGarbled}


@EACH_FAMILY
@pytest.mark.parametrize("damage", [GarbageBefore(1), GarbageBefore(5), GarbageAfter(1)])
def test_garbage_around_an_answer_does_not_hide_it(compartment: CompartmentId, damage: Damage) -> None:
    bench = bench_with(DamagedReplies(LINE, damage))
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED


@EACH_CHECKED_FAMILY
@pytest.mark.parametrize("damage", [FlippedBit(), CutOff(4), GarbageInstead(5)])
@pytest.mark.parametrize("seed", range(5))
def test_a_spoilt_request_reaches_no_lock(compartment: CompartmentId, damage: Damage, seed: int) -> None:
    bench = bench_with(DamagedRequests(LINE, damage), seed=seed)
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.SILENT
    bench.run_for(SECOND_US)
    assert bench.bank.open_doors() == []
    for board in bench.bank.boards.values():
        assert board.unlocks == []
        assert board.forbidden == []


@EACH_FAMILY
def test_noise_between_two_exchanges_does_no_harm(compartment: CompartmentId) -> None:
    bench = bench_with(Noise(LINE, bytes.fromhex("FF 00 8A 01 01")), poll_ms=10_000)
    bench.run_for(SECOND_US)
    apply(bench.bank, Noise(LINE, bytes.fromhex("FF 00 FF")))
    bench.run_for(20_000)
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED


@EACH_FAMILY
def test_an_unplugged_line_is_lost_and_comes_back_with_everything_off(compartment: CompartmentId) -> None:
    bench = bench_with(Unplugged(LINE))
    expired = bench.pulse(compartment)
    bench.run_for(4 * SECOND_US)
    assert bench.events.count(LineLost(LINE)) == 1
    assert PulseExpired(expired) in bench.events
    assert not bench.door(compartment).is_open
    bench.bank.mend()
    bench.run_until(lambda: LineReady(LINE) in bench.events, within_us=6 * SECOND_US)
    assert bench.relays.counts[AllOff] == 2
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED


@EACH_FAMILY
def test_a_plug_pulled_in_the_middle_of_a_pulse_frame_leaves_the_pulse_sent_and_silent(
    compartment: CompartmentId,
) -> None:
    bench = Bench().ready(poll_ms=60_000)
    bench.run_for(2 * SECOND_US)
    seq = bench.pulse(compartment)
    bench.run_for(3 * bench.wire.duration_us(1))
    bench.wire.unplug()
    bench.run_for(SECOND_US)
    assert bench.events[-3:] == [PulseSent(seq), PulseAnswered(seq, PulseAnswer.SILENT), LineLost(LINE)]
    assert not bench.door(compartment).is_open


@EACH_FAMILY
def test_a_plug_pulled_behind_a_pulse_frame_leaves_the_door_open_and_the_pulse_silent(
    compartment: CompartmentId,
) -> None:
    bench = Bench().ready(poll_ms=60_000)
    bench.run_for(2 * SECOND_US)
    seq = bench.pulse(compartment)
    bench.run_until(lambda: PulseSent(seq) in bench.events)
    bench.wire.unplug()
    bench.run_for(SECOND_US)
    assert PulseAnswered(seq, PulseAnswer.SILENT) in bench.events
    assert bench.door(compartment).is_open


@pytest.mark.parametrize(("out_us", "least_us", "most_us"), [(100_000, 0, 500_000), (60_000_000, 2_000_000, 5_500_000)])
def test_the_longer_a_port_is_away_the_more_rarely_it_is_tried(out_us: int, least_us: int, most_us: int) -> None:
    bench = bench_with(Unplugged(LINE))
    bench.run_for(out_us)
    bench.wire.plug_in()
    back_us = bench.world.now_us
    bench.run_until(lambda: LineReady(LINE) in bench.events)
    assert least_us <= bench.world.now_us - back_us <= most_us


@pytest.mark.parametrize("lock_family", ["winnsen"], indirect=True)
@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_in_every_answer_without_a_check_still_shows_no_door_that_is_not_so(seed: int) -> None:
    """Single answers do pass; that two in a row say the same wrong thing is one chance in many, and no seed has it."""
    bench = bench_with(DamagedReplies(LINE, FlippedBit()), seed=seed)
    bench.run_for(5 * SECOND_US)
    assert BoardGarbled in reads_of(bench, LOCKS)
    assert set(bench.readings(A1)) <= {CLOSED}


@pytest.mark.parametrize("lock_family", ["winnsen"], indirect=True)
@pytest.mark.parametrize("damage", [CutOff(4), GarbageInstead(5)])
def test_a_request_without_a_check_is_not_obeyed_if_more_than_a_few_bits_are_wrong(damage: Damage) -> None:
    bench = bench_with(DamagedRequests(LINE, damage))
    assert bench.answer_to(bench.pulse(A1)) is PulseAnswer.SILENT
    bench.run_for(SECOND_US)
    assert bench.locks.unlocks == []


@pytest.mark.parametrize("lock_family", ["winnsen"], indirect=True)
def test_a_wrong_bit_in_a_request_without_a_check_may_open_another_door_and_that_is_seen() -> None:
    bench = Bench().ready()
    wrong = bytes.fromhex("90 06 05 01 03 03")
    bench.wire.taps.append(lambda _, data: bench.locks.hear(wrong) if data[2:3] == b"\x05" else None)
    apply(bench.bank, DamagedRequests(LINE, CutOff(5)))
    bench.pulse(A1)
    bench.run_for(SECOND_US)
    bench.bank.mend()
    bench.run_for(5 * SECOND_US)
    assert bench.bank.open_doors() == [A3]
    assert bench.readings(A3)[-1] is OPEN


# The ways of single families


@pytest.mark.parametrize("lock_family", ["kerong"], indirect=True)
@pytest.mark.parametrize("answer", UnlockAnswer)
def test_whether_an_unlock_is_answered_or_not_its_door_opens_and_the_pulse_counts(answer: UnlockAnswer) -> None:
    bench = bench_with(AnswersUnlocks(LOCKS, answer))
    assert bench.answer_to(bench.pulse(A1)) is PulseAnswer.ACKNOWLEDGED
    bench.run_for(SECOND_US)
    assert bench.readings(A1)[-1] is OPEN


@pytest.mark.parametrize("lock_family", ["kerong"], indirect=True)
def test_an_answer_to_an_unlock_that_comes_late_tells_no_more_than_how_the_contacts_stood() -> None:
    bench = bench_with(AnswersUnlocks(LOCKS, UnlockAnswer.ALWAYS), LateBoard(LOCKS, delay_ms=190))
    bench.pulse(A1)
    bench.run_for(3 * SECOND_US)
    bench.bank.mend()
    bench.run_for(6 * SECOND_US)
    assert changes(bench.readings(A1))[-1] is OPEN
    assert bench.bank.open_doors() == [A1]


@pytest.mark.parametrize("lock_family", ["kerong"], indirect=True)
def test_a_board_that_is_busy_after_an_unlock_is_not_called_silent() -> None:
    bench = bench_with(AnswersUnlocks(LOCKS, UnlockAnswer.NEVER), BusyAfterUnlock(LOCKS, for_ms=1_500))
    bench.pulse(A1)
    bench.run_for(4 * SECOND_US)
    assert set(reads_of(bench, LOCKS)) == {ContactsRead}
    assert bench.readings(A1)[-1] is OPEN


@pytest.mark.parametrize("lock_family", ["kerong"], indirect=True)
def test_a_board_that_keeps_too_long_a_pulse_opens_nothing() -> None:
    bench = Bench()
    apply(bench.bank, OtherPulse(LOCKS, 2_000))
    bench.ready()
    seq = bench.pulse(A1)
    bench.run_for(3 * SECOND_US)
    assert PulseExpired(seq) in bench.events
    assert BoardPulsesTooLong(LOCKS, 2_000) in bench.events
    assert bench.bank.supply.longest_us() == 0


@pytest.mark.parametrize("lock_family", ["winnsen"], indirect=True)
def test_a_lock_that_cools_down_is_pulsed_again_once_it_has() -> None:
    bench = bench_with(CoolDown(LOCKS, for_ms=2_000), StiffLatch(A1, pulses=2))
    for wait_us in (SECOND_US, 2 * SECOND_US, SECOND_US):
        assert bench.answer_to(bench.pulse(A1)) is PulseAnswer.ACKNOWLEDGED
        bench.run_for(wait_us)
    assert bench.bank.pulses(A1) == 2
    assert bench.readings(A1)[-1] is OPEN


@pytest.mark.parametrize("lock_family", ["wkly", "shuoming"], indirect=True)
def test_news_of_doors_that_nobody_asked_for_change_nothing() -> None:
    bench = bench_with(TellsChanges(LOCKS))
    for _ in range(20):
        bench.opened(A1)
        bench.run_for(SECOND_US // 2)
        assert bench.next_reading(A1) is OPEN
        bench.door(A1).push()
        bench.run_for(SECOND_US)
        assert bench.next_reading(A1) is CLOSED
    assert {answered.answer for answered in bench.answers()} <= {PulseAnswer.ACKNOWLEDGED, PulseAnswer.GARBLED}
    assert bench.bank.pulses(A1) == 20


@pytest.mark.parametrize("lock_family", ["kerong"], indirect=True)
def test_a_board_at_another_speed_is_garbage_and_opens_nothing() -> None:
    bench = bench_with(WrongSpeed(LOCKS))
    assert bench.answer_to(bench.pulse(A1)) in {PulseAnswer.SILENT, PulseAnswer.GARBLED}
    bench.run_for(3 * SECOND_US)
    assert BoardGarbled in reads_of(bench, LOCKS)
    assert bench.bank.open_doors() == []


@pytest.mark.parametrize("lock_family", ["wkly"], indirect=True)
@pytest.mark.parametrize("code", [0x01, 0xFF])
def test_a_failure_is_a_refusal_by_either_code(code: int) -> None:
    bench = bench_with(RefusingBoard(LOCKS, code))
    assert bench.answer_to(bench.pulse(A1)) is PulseAnswer.REFUSED
    assert bench.bank.pulses(A1) == 0


@pytest.mark.parametrize("lock_family", ["wkly"], indirect=True)
def test_a_contact_that_the_board_finds_faulty_is_read_as_faulty() -> None:
    bench = bench_with(StuckContact(A1, Reading.FAULT))
    bench.run_for(200_000)
    assert bench.next_reading(A1) is Reading.FAULT


# By name


@EACH_FAMILY
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_every_named_fault_can_be_brought_about_and_is_gone_when_mended(name: str, compartment: CompartmentId) -> None:
    bench = Bench().ready()
    heard: list[object] = []
    bench.bank.wires[LINE].taps.append(lambda who, _: heard.append(who))
    sound = state_of(bench)
    apply(bench.bank, named(bench.bank, name, compartment))
    assert state_of(bench) != sound or bench.bank.open_doors() == [compartment] or heard == [Speaker.NOISE]
    bench.pulse(compartment)
    bench.run_for(SECOND_US)
    bench.bank.mend()
    assert state_of(bench) == sound
    for door in bench.bank.doors.values():
        door.push()
    bench.run_for(12 * SECOND_US)
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED
    bench.run_for(SECOND_US)
    assert bench.bank.open_doors() == [compartment]
    assert bench.next_reading(compartment) is OPEN


def state_of(bench: Bench) -> object:
    """Everything about the bank that a fault can change for longer than a moment."""
    bank = bench.bank
    return (
        [(door.faults, door.neighbour) for door in bank.doors.values()],
        [(board.faults, board.quirks, board.settings, board.modes, board.powered) for board in bank.boards.values()],
        [dict(board.outputs.doors) for board in bank.boards.values()],
        [(wire.faults, wire.plugged) for wire in bank.wires.values()],
    )


def test_a_name_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError, match="no-such-fault"):
        named(Bench().bank, "no-such-fault", A1)
