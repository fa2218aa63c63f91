"""A door is believed only after its contact has said the same for long enough, on our own clock."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.doors import TRACE_LENGTH, Door, DoorState, observed, unread
from kiosk.core.events import Reading
from kiosk.core.policy import Policy

POLICY = Policy()
SHUT = Door(DoorState.CLOSED, raw=Reading.CLOSED, equal=2)
AJAR = Door(DoorState.OPEN, raw=Reading.OPEN, equal=2)


def after(door: Door, *readings: tuple[int, Reading]) -> Door:
    for now_ms, reading in readings:
        door = observed(door, reading, now_ms, POLICY)
    return door


def test_one_reading_is_never_enough_however_long_ago() -> None:
    once = after(Door(), (100, Reading.CLOSED))

    assert once.state is DoorState.UNKNOWN
    assert after(once, (10_000, Reading.CLOSED)).state is DoorState.CLOSED


def test_a_door_first_read_shut_after_a_start_may_still_rebound() -> None:
    pushed = after(Door(), (0, Reading.CLOSED), (200, Reading.CLOSED), (999, Reading.CLOSED))

    assert pushed.state is DoorState.UNKNOWN
    assert after(pushed, (1_000, Reading.CLOSED)).state is DoorState.CLOSED
    assert after(pushed, (999, Reading.OPEN), (1_050, Reading.OPEN)).state is DoorState.OPEN


def test_one_odd_reading_between_others_is_nothing() -> None:
    assert after(SHUT, (100, Reading.OPEN), (200, Reading.CLOSED), (300, Reading.CLOSED)).state is DoorState.CLOSED


def test_open_is_believed_after_the_stable_time_and_dated_from_the_first_reading() -> None:
    moved = after(SHUT, (100, Reading.OPEN), (149, Reading.OPEN))

    assert moved.state is DoorState.CLOSED
    opened = after(moved, (150, Reading.OPEN))
    assert (opened.state, opened.since_ms) == (DoorState.OPEN, 100)


def test_a_rebound_is_one_cycle_because_closed_needs_a_whole_second() -> None:
    rebound = after(AJAR, (0, Reading.CLOSED), (300, Reading.CLOSED), (310, Reading.OPEN), (900, Reading.CLOSED))

    assert rebound.state is DoorState.OPEN
    shut = after(rebound, (1_899, Reading.CLOSED))
    assert shut.state is DoorState.OPEN
    assert after(shut, (1_900, Reading.CLOSED)).since_ms == 900


def test_a_faulty_contact_makes_the_door_unknown_not_open() -> None:
    faulty = after(SHUT, (0, Reading.FAULT), (100, Reading.FAULT))

    assert not faulty.readable


def test_a_door_nobody_reads_any_more_is_unknown_until_read_shut_for_long_enough_again() -> None:
    gone = unread(SHUT)

    assert gone.state is DoorState.UNKNOWN
    assert after(gone, (0, Reading.CLOSED)).state is DoorState.UNKNOWN
    assert after(gone, (0, Reading.CLOSED), (1_000, Reading.CLOSED)).state is DoorState.CLOSED


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from(Reading)), max_size=60))
def test_whatever_bounces_faster_than_the_stable_time_changes_nothing(bounces: list[tuple[int, Reading]]) -> None:
    door, now_ms = SHUT, 0
    for step_ms, reading in bounces:
        now_ms += step_ms
        door = observed(door, reading, now_ms, POLICY)
        door = observed(door, Reading.CLOSED, now_ms + 1, POLICY)
        assert door.state is DoorState.CLOSED


def test_the_trace_keeps_the_newest_changes_only() -> None:
    flips = [(n * 10, Reading.OPEN if n % 2 else Reading.CLOSED) for n in range(1, 40)]

    assert len(after(SHUT, *flips).trace) == TRACE_LENGTH
