"""The clock: uptime goes on over boots, and wall time says how far it can be believed. Real clocks, a real mark."""

import time
from pathlib import Path

import pytest

from kiosk.clock import SystemClock
from kiosk.core.entries import ClockState

YEAR_2100_MS = 4_102_444_800_000


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "synchronized"


def test_uptime_goes_on_where_the_last_boot_ended_and_never_goes_back(mark: Path) -> None:
    clock = SystemClock(5_000_000, mark=mark)
    readings = [clock.now().mono_ms for _ in range(1000)]

    assert readings == sorted(readings)
    assert 5_000_000 <= readings[0] <= readings[-1] < 5_010_000


def test_the_lines_microseconds_and_the_engines_milliseconds_are_one_time(mark: Path) -> None:
    clock = SystemClock(7_000, mark=mark)

    before_us, between_ms, after_us = clock.now_us(), clock.now().mono_ms, clock.now_us()

    assert before_us // 1000 <= between_ms <= after_us // 1000


def test_nothing_is_known_of_a_clock_that_nobody_set(mark: Path) -> None:
    assert SystemClock(0, mark=mark).now().clock_state is ClockState.UNKNOWN


def test_a_clock_set_from_the_network_is_trusted_from_that_moment_on(mark: Path) -> None:
    clock = SystemClock(0, floor_wall_ms=1_700_000_000_000, mark=mark)
    assert clock.now().clock_state is ClockState.FLOOR

    mark.touch()
    moment = clock.now()

    assert moment.clock_state is ClockState.TRUSTED
    assert abs(moment.wall_ms - wall_ms()) < 10_000


def test_a_battery_clock_is_trusted_without_network(mark: Path) -> None:
    assert SystemClock(0, always_trusted=True, mark=mark).now().clock_state is ClockState.TRUSTED


def test_time_is_never_reported_before_what_is_known_to_have_passed(mark: Path) -> None:
    mark.touch()
    clock = SystemClock(0, floor_wall_ms=YEAR_2100_MS, mark=mark)

    first = clock.now()
    deadline = time.monotonic() + 5
    later = clock.now()
    while later.wall_ms == first.wall_ms and time.monotonic() < deadline:
        later = clock.now()

    assert first.clock_state is ClockState.FLOOR
    assert YEAR_2100_MS <= first.wall_ms < later.wall_ms
    assert later.wall_ms - first.wall_ms <= later.mono_ms - first.mono_ms + 1
