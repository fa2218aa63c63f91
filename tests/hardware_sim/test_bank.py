"""A sound bank, on bytes: pulses open doors, polls tell of it, and every output, request and overlap is on account."""

from drivers.boards import BOARDS
from drivers.boards.base import AllOff, BoardSettings, ReadAll, Unlock
from kiosk.core.effects import Pulse
from kiosk.core.events import BoardGarbled, BoardSilent, ContactsRead, LineReady, PulseAnswer, PulseSent, Reading
from kiosk.core.ids import CompartmentId
from kiosk.core.policy import PulseMs
from tests.hardware_sim.benches import A1, A2, B1, LINE, LOCKS, RELAYS, SECOND_US, Bench
from tests.hardware_sim.conftest import EACH_FAMILY

BROKEN = (BoardGarbled, BoardSilent)


@EACH_FAMILY
def test_a_pulse_is_acknowledged_and_its_door_is_read_open(compartment: CompartmentId) -> None:
    bench = Bench().ready()
    assert bench.next_reading(compartment) is Reading.CLOSED
    assert bench.answer_to(bench.pulse(compartment)) is PulseAnswer.ACKNOWLEDGED
    bench.run_for(SECOND_US)
    assert bench.readings(compartment)[-1] is Reading.OPEN
    assert bench.bank.open_doors() == [compartment]
    assert not [event for event in bench.events if isinstance(event, BROKEN)]


@EACH_FAMILY
def test_a_door_that_a_person_shuts_is_read_closed(compartment: CompartmentId) -> None:
    bench = Bench().ready().opened(compartment)
    bench.run_for(SECOND_US)
    bench.door(compartment).push()
    bench.run_for(100_000)
    assert bench.next_reading(compartment) is Reading.CLOSED


def test_the_boards_own_timer_ends_a_pulse() -> None:
    bench = Bench().ready()
    bench.pulse(A1, 700)
    bench.run_for(2 * SECOND_US)
    assert bench.bank.supply.longest_us() == 300_000, "family shuoming keeps its own time"
    bench.pulse(B1, 701)
    bench.run_for(2 * SECOND_US)
    assert bench.bank.supply.longest_us() == 800_000, "rounded up to the board's step"
    bench.pulse(B1, 300)
    bench.run_for(2 * SECOND_US)
    assert bench.bank.supply.longest_us() == 800_000, "the longest, not the last"


def test_the_account_names_each_output_how_often_and_how_long() -> None:
    bench = Bench().ready()
    for _ in range(3):
        bench.pulse(B1)
        bench.run_for(SECOND_US)
    use = bench.bank.supply.use(bench.bank.place(B1).output)
    assert (use.pulses, use.total_us, use.longest_us) == (3, 900_000, 300_000)
    assert use.shortest_rest_us == bench.bank.supply.shortest_gap_us
    assert use.shortest_rest_us in range(600_000, 800_000)
    assert bench.bank.pulses(B1) == 3
    assert bench.bank.pulses(A1) == 0
    assert bench.bank.supply.energised() == ()


def test_two_locks_on_at_once_are_an_overlap_although_they_hang_on_two_boards() -> None:
    bench = Bench().ready()
    bench.pulse(B1)
    bench.run_for(SECOND_US)
    bench.pulse(A1)
    bench.run_for(SECOND_US)
    assert bench.bank.supply.overlaps == []
    assert bench.bank.supply.shortest_gap_us is not None
    bench.pulse(B1)
    bench.pulse(A1)
    bench.run_for(SECOND_US)
    (overlap,) = bench.bank.supply.overlaps
    assert set(overlap.outputs) == {bench.bank.place(A1).output, bench.bank.place(B1).output}


def test_every_request_is_recorded_with_its_time() -> None:
    bench = Bench().ready()
    before_us = bench.world.now_us
    bench.pulse(B1)
    bench.run_for(SECOND_US)
    (unlock,) = bench.relays.unlocks
    assert unlock.request == Unlock(1, PulseMs(300))
    assert before_us < unlock.when_us < before_us + 300_000
    assert bench.relays.counts[ReadAll] > 5
    assert bench.relays.counts[AllOff] == 1


def test_bytes_take_their_time_at_the_baud_rate() -> None:
    bench = Bench().ready(poll_ms=60_000)
    bench.run_for(10 * SECOND_US)
    begun_us = bench.world.now_us
    seq = bench.pulse(B1)
    bench.run_until(lambda: PulseSent(seq) in bench.events)
    assert bench.world.now_us - begun_us == bench.wire.duration_us(8) == 8_334


def test_an_all_off_cuts_a_running_pulse() -> None:
    bench = Bench().ready()
    bench.pulse(B1, 1000)
    bench.run_until(lambda: bench.relays.outputs.on() == {1})
    bench.relays.hear(BOARDS["waveshare"].encode(bench.relays.settings, AllOff()))
    assert bench.relays.outputs.on() == frozenset()
    bench.run_for(2 * SECOND_US)
    assert not bench.door(B1).is_open


def test_other_addresses_and_bad_frames_meet_silence() -> None:
    bench = Bench().ready(poll_ms=60_000)
    bench.run_for(2 * SECOND_US)
    heard = [sum(board.counts.values()) for board in bench.bank.boards.values()]
    for data in ("8A 07 01 11 9D", "8A 01 01 11 00", "FF", "07 05 02 00 00 03 CC 15"):
        bench.wire.noise(bytes.fromhex(data))
        bench.run_for(50_000)
    assert [sum(board.counts.values()) for board in bench.bank.boards.values()] == heard


def test_a_channel_that_the_board_lacks_is_refused_or_met_with_silence() -> None:
    bench = Bench().ready()
    for board, answer in ((bench.relays, PulseAnswer.REFUSED), (bench.locks, PulseAnswer.SILENT)):
        board.outputs.channels = 0
        compartment = B1 if board is bench.relays else A1
        assert bench.answer_to(bench.pulse(compartment)) is answer


def test_polarity_and_byte_order_are_those_of_the_board() -> None:
    bench = Bench().ready()
    wrong = BoardSettings(address=1, channels=24, closed_level=0)
    bench.locks.settings = wrong
    assert bench.next_reading(A1) is Reading.OPEN, "the kiosk was told something else"
    assert bench.door(A1).contact() is Reading.CLOSED


def test_boards_go_on_when_the_kiosk_dies_and_serve_the_next_one() -> None:
    bench = Bench().ready()
    bench.pulse(B1, 1000)
    bench.run_until(lambda: bench.relays.outputs.on() == {1})
    bench.line.kill()
    bench.run_for(2 * SECOND_US)
    assert bench.bank.supply.longest_us() == SECOND_US
    assert bench.door(B1).is_open
    bench.happened.clear()
    bench.line = bench.new_line()
    bench.line.start()
    bench.run_until(lambda: LineReady(LINE) in bench.events)
    assert bench.readings(B1) == [Reading.OPEN]


def test_a_kiosk_that_is_killed_sends_nothing_more() -> None:
    bench = Bench().ready()
    bench.line.kill()
    heard = dict(bench.locks.counts)
    bench.happened.clear()
    bench.line.send(Pulse(9, A1, bench.bank.place(A1).output, PulseMs(300), 10**9))
    bench.run_for(60 * SECOND_US)
    assert dict(bench.locks.counts) == heard
    assert bench.events == []
    assert not bench.line.is_alive()


def test_stopping_switches_off_and_lets_go_of_the_port() -> None:
    bench = Bench().ready()
    bench.line.stop()
    bench.run_until(lambda: not bench.line.is_alive(), within_us=2 * SECOND_US)
    assert bench.relays.heard[-1].request == AllOff()
    assert bench.wire.port is None


def test_the_same_seed_gives_the_same_history_and_another_seed_another() -> None:
    def history(seed: int) -> list[object]:
        bench = Bench(seed).ready()
        bench.opened(A1).opened(B1)
        bench.run_for(5 * SECOND_US)
        return [(happened.when_us, happened.event) for happened in bench.happened]

    assert history(1) == history(1)
    assert history(1) != history(2)


def test_a_bank_is_simulated_thousands_of_times_faster_than_real_time_without_a_single_bad_answer() -> None:
    bench = Bench().ready(poll_ms=1000)
    bench.run_for(1000 * SECOND_US)
    assert len([event for event in bench.events if isinstance(event, ContactsRead)]) in range(1990, 2010)
    assert not [event for event in bench.events if isinstance(event, BROKEN)]
    assert bench.wire.collisions == 0


def test_boards_without_supply_are_silent_with_everything_off_and_come_back_after_a_while() -> None:
    bench = Bench().ready()
    bench.pulse(B1, 1000)
    bench.run_until(lambda: bench.relays.outputs.on() == {1})
    bench.bank.lose_power()
    assert bench.bank.supply.energised() == ()
    bench.happened.clear()
    bench.run_for(2 * SECOND_US)
    assert BoardSilent(RELAYS) in bench.events
    assert BoardSilent(LOCKS) in bench.events
    bench.bank.regain_power()
    bench.happened.clear()
    bench.run_until(lambda: bool(bench.readings(A2)) and bool(bench.readings(B1)))
