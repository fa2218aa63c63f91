"""What the line master puts on the wire, in which order, and what it tells the engine; on real frames, in virtual time.

Holds sentences about one line. It must not know ports or threads.
"""

from itertools import pairwise
from operator import attrgetter

import pytest

from drivers.boards.base import (
    Acknowledged,
    AllOff,
    Modes,
    ReadAll,
    ReadModes,
    ReadOutputs,
    ReadVersion,
    Refused,
    Unlock,
    Version,
)
from kiosk.core.events import (
    BoardGarbled,
    BoardSilent,
    ContactsRead,
    InputsActAlone,
    LineLost,
    LineReady,
    OtherVersion,
    PulseAnswer,
    PulseAnswered,
    PulseExpired,
    PulseSent,
    Reading,
)
from kiosk.core.ids import BoardId
from kiosk.core.layout import ContactSource
from kiosk.core.policy import PulseMs
from tests.drivers.scripted_line import (
    BYTE_US,
    LINE,
    PAUSE_US,
    SECOND_US,
    TIMEOUT_US,
    TIMING,
    A,
    B,
    Bench,
    damaged,
    kinds,
    pulse_events,
    shuoming,
    waveshare,
)

# Start


def test_on_opening_every_board_is_switched_off_and_then_read_before_the_line_is_ready() -> None:
    first, second = waveshare(A, 1), waveshare(B, 2)
    bench = Bench(first, second)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    probe, *order = [(board, type(request)) for board, request in bench.asked]
    assert probe == (A, ReadOutputs)
    assert order == [(A, AllOff), (B, AllOff), (A, ReadModes), (B, ReadModes), (A, ReadAll), (B, ReadAll)]
    assert [type(event) for event in bench.events] == [ContactsRead, ContactsRead, LineReady]


def test_a_dead_board_does_not_keep_the_others_from_starting() -> None:
    dead, alive = waveshare(A, 1), waveshare(B, 2)
    dead.silent = True
    bench = Bench(dead, alive)
    bench.open()
    bench.run_until_event(LineReady(LINE), limit_us=3 * SECOND_US)
    assert BoardSilent(A) in bench.events
    assert any(isinstance(event, ContactsRead) and event.board == B for event in bench.events)
    assert AllOff() in alive.heard
    assert AllOff() in dead.heard


def test_a_board_without_contacts_is_switched_off_but_never_read() -> None:
    relays = waveshare(contact_source=ContactSource.NONE)
    bench = Bench(relays)
    bench.ready()
    bench.poll(A, 100)
    bench.run_for(3 * SECOND_US)
    assert relays.heard == []


# Inputs that act alone


def test_inputs_that_switch_relays_are_told_before_the_line_is_ready() -> None:
    board, sound = waveshare(A, 1), waveshare(B, 2)
    board.modes = Modes((0,) * 7 + (1,))
    bench = Bench(board, sound)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    assert [event for event in bench.events if isinstance(event, InputsActAlone)] == [InputsActAlone(A)]
    assert bench.events[0] == InputsActAlone(A)


def test_nothing_is_unlocked_on_a_board_before_its_modes_were_asked_for() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.open()
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    assert kinds(board.heard) == [ReadOutputs, AllOff, ReadModes, Unlock]


@pytest.mark.parametrize("modes", [Modes((0,) * 8), Refused(2), None])
def test_whatever_else_is_said_of_the_modes_is_not_told_and_not_asked_again(modes: Modes | Refused | None) -> None:
    board = waveshare()
    board.modes = modes
    bench = Bench(board)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    bench.run_for(10 * SECOND_US)
    assert {type(event) for event in bench.events} == {ContactsRead, LineReady}
    assert (kinds(board.heard).count(AllOff), kinds(board.heard).count(ReadModes)) == (1, 1)


@pytest.mark.parametrize("board", [ContactSource.NONE, ContactSource.BOARD_FEEDBACK])
def test_a_board_without_inputs_is_not_asked_for_modes(board: ContactSource) -> None:
    relays, locks = waveshare(A, 1, contact_source=board), shuoming(B, 2)
    bench = Bench(relays, locks)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    assert ReadModes not in kinds(relays.heard + locks.heard)


def test_a_board_that_comes_back_is_asked_for_its_modes_again() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.run_for(10 * SECOND_US)
    board.silent, board.modes = False, Modes((3,) * 8)
    bench.forget()
    bench.run_until_event(InputsActAlone(A))
    assert kinds(board.heard) == [ReadAll, AllOff, ReadModes]


# The version of its software


def test_a_board_of_another_version_is_told_before_the_line_is_ready_and_anything_is_unlocked() -> None:
    board, sound = waveshare(A, 1, version=200), waveshare(B, 2, version=200)
    board.version = Version(100)
    bench = Bench(board, sound)
    bench.open()
    bench.pulse(1, A)
    bench.run_until_event(LineReady(LINE))
    assert [event for event in bench.events if isinstance(event, OtherVersion)] == [OtherVersion(A, 100)]
    assert kinds(board.heard)[:5] == [ReadOutputs, AllOff, ReadModes, ReadVersion, Unlock]
    assert kinds(sound.heard).count(ReadVersion) == 1


@pytest.mark.parametrize("version", [Version(200), Refused(2), None])
def test_whatever_else_is_said_of_the_version_is_not_told_and_not_asked_again(
    version: Version | Refused | None,
) -> None:
    board = waveshare(version=200)
    board.version = version
    bench = Bench(board)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    bench.run_for(10 * SECOND_US)
    assert {type(event) for event in bench.events} == {ContactsRead, LineReady}
    assert kinds(board.heard).count(ReadVersion) == 1


def test_a_board_whose_version_does_not_matter_is_not_asked_for_it() -> None:
    board = waveshare()
    board.version = Version(100)
    bench = Bench(board)
    bench.open()
    bench.run_until_event(LineReady(LINE))
    assert ReadVersion not in kinds(board.heard)


def test_a_board_that_comes_back_is_asked_for_its_version_again() -> None:
    board = waveshare(contact_source=ContactSource.BOARD_INPUT, version=200)
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.run_for(10 * SECOND_US)
    board.silent, board.version = False, Version(305)
    bench.forget()
    bench.run_until_event(OtherVersion(A, 305))
    assert kinds(board.heard) == [ReadAll, AllOff, ReadModes, ReadVersion]


# Pulses


def test_a_pulse_is_reported_sent_at_its_last_byte_and_then_answered() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    bench.pulse(7, A, channel=3)
    bench.run_until_event(PulseAnswered(7, PulseAnswer.ACKNOWLEDGED))
    assert pulse_events(bench) == [PulseSent(7), PulseAnswered(7, PulseAnswer.ACKNOWLEDGED)]
    assert board.heard[0] == Unlock(3, PulseMs(300))


def test_pulses_overtake_the_polls_that_were_due_before_them() -> None:
    board, other = waveshare(A, 1), shuoming(B, 2)
    bench = Bench(board, other)
    bench.ready()
    bench.run_for(990_000)
    bench.poll(A, 50)
    bench.poll(B, 50)
    bench.pulse(1, B, channel=5)
    bench.forget()
    bench.run_until_event(PulseSent(1))
    assert kinds(board.heard) == []
    assert kinds(other.heard) == [Unlock]


def test_a_pulse_waits_only_for_the_exchange_that_is_on_the_wire() -> None:
    board, other = waveshare(A, 1), shuoming(B, 2)
    board.silent = True
    bench = Bench(board, other)
    bench.ready()
    bench.poll(A, 50)
    bench.poll(B, 50)
    bench.run_for(20_000)
    asked = [frame for frame in bench.frames if frame.to_us + TIMEOUT_US > bench.now_us]
    assert asked, "a read is on the wire"
    bench.pulse(1, B)
    begun_us = bench.now_us
    bench.run_until_event(PulseSent(1))
    assert bench.now_us - begun_us <= TIMEOUT_US + PAUSE_US + 10 * BYTE_US


def test_a_pulse_that_is_late_never_reaches_the_wire() -> None:
    board, other = waveshare(A, 1), shuoming(B, 2)
    board.silent = True
    bench = Bench(board, other)
    bench.ready()
    bench.poll(A, 50)
    bench.run_for(20_000)
    bench.pulse(1, B, within_ms=50)
    bench.run_for(SECOND_US)
    assert pulse_events(bench) == [PulseExpired(1)]
    assert Unlock not in kinds(other.heard)


def test_a_pulse_expires_on_time_although_the_line_is_busy() -> None:
    board = waveshare(A, 1)
    board.silent = True
    bench = Bench(board)
    bench.ready()
    bench.poll(A, 50)
    bench.run_for(20_000)
    begun_us = bench.now_us
    bench.pulse(1, A, within_ms=50)
    bench.run_until_event(PulseExpired(1))
    assert bench.now_us - begun_us <= 51_000


def test_a_pulse_that_nobody_answers_is_silent_and_is_not_repeated() -> None:
    board = shuoming()
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.pulse(1, B)
    bench.run_for(5 * SECOND_US)
    assert pulse_events(bench) == [PulseSent(1), PulseAnswered(1, PulseAnswer.SILENT)]
    assert kinds(board.heard).count(Unlock) == 1


def test_a_pulse_that_is_refused_says_so() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.refuses = True
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.REFUSED))


def test_a_pulse_with_a_damaged_answer_is_garbled() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.mangle = damaged
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.GARBLED))


def test_the_contacts_are_read_right_behind_a_pulse() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    bench.run_for(100_000)
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    answered_us = bench.now_us
    bench.forget()
    bench.run_for(50_000)
    assert kinds(board.heard) == [ReadAll]
    assert bench.frames[0].from_us == answered_us + PAUSE_US


def test_two_pulses_leave_in_the_order_they_were_asked_for() -> None:
    board, other = waveshare(A, 1), shuoming(B, 2)
    bench = Bench(board, other)
    bench.ready()
    bench.pulse(1, B)
    bench.pulse(2, A)
    bench.run_until_event(PulseAnswered(2, PulseAnswer.ACKNOWLEDGED))
    assert pulse_events(bench) == [
        PulseSent(1),
        PulseAnswered(1, PulseAnswer.ACKNOWLEDGED),
        PulseSent(2),
        PulseAnswered(2, PulseAnswer.ACKNOWLEDGED),
    ]


# The line


def test_between_any_two_frames_the_line_is_quiet_for_the_pause() -> None:
    bench = Bench(waveshare(A, 1), shuoming(B, 2), waveshare(BoardId("c"), 3))
    bench.open()
    bench.poll(A, 50)
    bench.poll(B, 50)
    for seq in range(10):
        bench.run_for(100_000)
        bench.pulse(seq, B)
    frames = sorted(bench.frames, key=attrgetter("from_us"))
    gaps = [later.from_us - earlier.to_us for earlier, later in pairwise(frames) if later.ours]
    assert len(gaps) > 20
    assert min(gaps) >= PAUSE_US


def test_the_quiet_time_that_ended_an_answer_is_not_waited_for_twice() -> None:
    board = shuoming()
    bench = Bench(board)
    bench.ready()
    bench.poll(B, 50)
    bench.run_until_event(ContactsRead(B, ContactSource.BOARD_FEEDBACK, dict.fromkeys(range(1, 25), Reading.CLOSED)))
    bench.pulse(1, B)
    bench.run_until_event(PulseSent(1))
    *_, answer, unlock = bench.frames
    assert unlock.from_us - answer.to_us == max(TIMING.quiet_us, PAUSE_US)


def test_an_echoing_adapter_is_found_out_and_its_echo_never_acknowledges_a_pulse() -> None:
    board = waveshare()
    bench = Bench(board, echoes=True)
    bench.ready()
    board.silent = True
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.SILENT))


def test_on_an_echoing_adapter_answers_still_count() -> None:
    board, other = waveshare(A, 1), shuoming(B, 2)
    bench = Bench(board, other, echoes=True)
    bench.ready()
    bench.pulse(1, A)
    bench.pulse(2, B)
    bench.run_until_event(PulseAnswered(2, PulseAnswer.ACKNOWLEDGED))
    assert PulseAnswered(1, PulseAnswer.ACKNOWLEDGED) in bench.events


def test_a_dead_first_board_does_not_hide_the_echo() -> None:
    dead, board = waveshare(A, 1), waveshare(B, 2)
    dead.silent = True
    bench = Bench(dead, board, echoes=True)
    bench.ready()
    board.silent = True
    bench.pulse(1, B)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.SILENT))


def test_noise_at_the_first_probe_leaves_the_echo_to_the_second() -> None:
    dead, board = waveshare(A, 1), waveshare(B, 2)
    dead.silent = True
    bench = Bench(dead, board, echoes=True)
    bench.spoilt_echoes = 1
    bench.ready()
    board.silent = True
    bench.pulse(1, B)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.SILENT))


def test_a_line_on_which_nothing_but_noise_answers_still_becomes_ready() -> None:
    noisy = waveshare(A, 1)
    noisy.mangle = damaged
    bench = Bench(noisy)
    bench.ready()


def test_a_late_answer_answers_neither_the_pulse_it_missed_nor_the_next_one() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.delay_us = TIMEOUT_US + 8_000
    bench.pulse(1, A, channel=1)
    bench.pulse(2, A, channel=2)
    bench.run_until_event(PulseSent(2))
    board.silent = True
    bench.run_for(TIMEOUT_US + 2_000)
    assert PulseAnswered(1, PulseAnswer.SILENT) in bench.events
    answers = [event for event in pulse_events(bench) if isinstance(event, PulseAnswered) and event.intent_seq == 2]
    assert answers
    assert all(answer.answer is not PulseAnswer.ACKNOWLEDGED for answer in answers)


def test_bytes_that_nobody_waits_for_are_dropped() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    setup = board.setup
    bench.deliver_stray(setup.codec.encode_reply(setup.settings, Unlock(1, PulseMs(300)), Acknowledged()))
    board.silent = True
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.SILENT))


def test_a_line_that_babbles_without_end_is_sent_to_all_the_same() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    bench.pulse(1, A)
    for _ in range(200):
        bench.deliver_stray(b"\xff")
        bench.run_for(1_000)
    assert PulseSent(1) in bench.events


# Polls


def test_every_board_is_read_about_once_a_second_when_idle() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    bench.run_for(10 * SECOND_US)
    assert 9 <= kinds(board.heard).count(ReadAll) <= 11
    assert sum(isinstance(event, ContactsRead) for event in bench.events) == kinds(board.heard).count(ReadAll)


def test_a_faster_rate_counts_from_the_read_before() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    bench.run_for(500_000)
    bench.poll(A, 100)
    bench.run_for(SECOND_US)
    assert 9 <= kinds(board.heard).count(ReadAll) <= 11


def test_readings_carry_the_board_its_source_and_every_channel() -> None:
    board = shuoming()
    bench = Bench(board)
    bench.ready()
    bench.run_for(1_500_000)
    event = bench.events[0]
    assert isinstance(event, ContactsRead)
    assert (event.board, event.source) == (B, ContactSource.BOARD_FEEDBACK)
    assert event.readings == dict.fromkeys(range(1, 25), Reading.CLOSED)


def test_a_board_that_stays_silent_is_asked_less_and_less_often() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.poll(A, 100)
    bench.run_for(60 * SECOND_US)
    asked = kinds(board.heard).count(ReadAll)
    assert 12 <= asked <= 20
    assert bench.events.count(BoardSilent(A)) == asked


def test_asking_for_a_rate_ends_the_back_off() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.run_for(60 * SECOND_US)
    bench.forget()
    bench.poll(A, 100)
    bench.run_for(500_000)
    assert kinds(board.heard).count(ReadAll) >= 2


def test_a_garbled_read_names_the_board() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.mangle = damaged
    bench.run_for(2 * SECOND_US)
    garbled = [event for event in bench.events if isinstance(event, BoardGarbled)]
    assert garbled
    assert garbled[0].board == A
    assert garbled[0].detail


# A board that comes back


def test_a_board_that_comes_back_is_switched_off_before_a_pulse() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.run_for(1_500_000)
    assert BoardSilent(A) in bench.events
    board.silent = False
    bench.forget()
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.ACKNOWLEDGED))
    assert kinds(board.heard) == [AllOff, ReadModes, Unlock]


def test_the_first_answered_read_after_a_silence_leads_to_an_all_off_and_the_usual_rate() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.run_for(10 * SECOND_US)
    board.silent = False
    bench.forget()
    bench.run_for(10 * SECOND_US)
    heard = kinds(board.heard)
    assert heard[:2] == [ReadAll, AllOff]
    assert heard.count(AllOff) == 1
    assert heard.count(ReadAll) >= 5


def test_an_all_off_never_cuts_a_pulse_short() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    bench.poll(A, 100)
    board.silent = True
    bench.pulse(1, A)
    bench.run_until_event(PulseAnswered(1, PulseAnswer.SILENT))
    board.silent = False
    pulse_from_us = bench.frames[0].to_us
    bench.run_for(2 * SECOND_US)
    codec, settings = board.setup.codec, board.setup.settings
    off = next(frame for frame in bench.frames if frame.data == codec.encode(settings, AllOff()))
    assert off.from_us >= pulse_from_us + 300_000


# A line that goes away


def test_a_lost_line_empties_its_queue() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.pulse(1, A)
    bench.run_until_event(PulseSent(1))
    bench.pulse(2, A)
    bench.pulse(3, A)
    bench.lose()
    assert pulse_events(bench) == [PulseSent(1), PulseAnswered(1, PulseAnswer.SILENT), PulseExpired(2), PulseExpired(3)]
    assert bench.events[-1] == LineLost(LINE)
    board.silent = False
    bench.forget()
    bench.open()
    bench.run_for(5 * SECOND_US)
    assert Unlock not in kinds(board.heard)


def test_a_pulse_whose_write_failed_half_way_counts_as_sent() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    bench.pulse(1, A)
    while bench.master.wants_to_send(bench.now_us) is None:
        bench.now_us += 1_000
    bench.lose()
    assert pulse_events(bench) == [PulseSent(1), PulseAnswered(1, PulseAnswer.SILENT)]


def test_without_a_port_a_pulse_expires_at_once() -> None:
    bench = Bench(waveshare())
    bench.pulse(1, A)
    assert bench.events == [PulseExpired(1)]


def test_a_line_that_cannot_be_opened_is_reported_once() -> None:
    bench = Bench(waveshare())
    for _ in range(3):
        bench.lose()
    assert bench.events == [LineLost(LINE)]


def test_a_line_that_came_back_is_switched_off_read_and_ready_again() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    bench.lose()
    bench.forget()
    bench.open()
    bench.run_until_event(LineReady(LINE))
    assert AllOff in kinds(board.heard)
    assert any(isinstance(event, ContactsRead) for event in bench.events)


def test_a_line_that_came_back_reads_at_once_although_its_board_had_been_silent_for_long() -> None:
    board = waveshare()
    bench = Bench(board)
    bench.ready()
    board.silent = True
    bench.run_for(30 * SECOND_US)
    board.silent = False
    bench.lose()
    bench.forget()
    bench.open()
    bench.run_until_event(LineReady(LINE), limit_us=200_000)


# Stop


def test_at_the_end_all_boards_are_switched_off_and_nothing_else_is_sent() -> None:
    board, other = waveshare(A, 1), shuoming(B, 2)
    bench = Bench(board, other)
    bench.ready()
    bench.master.stop(bench.now_us)
    bench.pulse(1, A)
    assert not bench.master.stopped
    bench.run_for(5 * SECOND_US)
    assert bench.master.stopped
    assert kinds(board.heard) == [AllOff]
    assert other.heard == []
    assert pulse_events(bench) == [PulseExpired(1)]


def test_a_line_without_a_port_has_nothing_left_to_do_at_the_end() -> None:
    bench = Bench(waveshare())
    assert not bench.master.stopped
    bench.master.stop(bench.now_us)
    assert bench.master.stopped
