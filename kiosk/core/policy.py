"""Policy: every duration and limit that a site may change, with its range; and the pulse that no setting can lengthen.

Holds one frozen version of the policy and the table of what is allowed. It must not know files or databases.
"""

from dataclasses import dataclass, field, fields
from typing import Any

PULSE_MS_RANGE = (100, 1000)
"""Common locker locks are rated for momentary use, while boards would accept minutes: one second is the cap."""


@dataclass(frozen=True, slots=True)
class PulseMs:
    """How long a lock is energised, in milliseconds, within 100 and 1000; anything else is a ValueError."""

    value: int

    def __post_init__(self) -> None:
        low, high = PULSE_MS_RANGE
        if not low <= self.value <= high:
            message = f"a pulse of {self.value} ms is not allowed: {low} to {high} ms"
            raise ValueError(message)


def _within(default: int, low: int, high: int) -> Any:  # noqa: ANN401 - dataclasses.field is typed by its default
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the policy. Each field's unit is in its name; its range is beside its default."""

    version: int = 1
    # Locks
    pulse_ms: int = _within(300, 100, 1000)
    pulse_gap_ms: int = _within(300, 300, 10_000)
    lock_rest_factor: int = _within(5, 5, 50)
    """A lock rests this many times its pulse before the next one: duty of intermittent solenoids."""
    open_wait_ms: int = _within(2_000, 500, 5_000)
    """How long a door may stay closed after its pulse before the pulse is repeated."""
    silent_wait_ms: int = _within(6_000, 2_000, 20_000)
    """How long a door is polled when its board did not answer the pulse, before the person is asked."""
    pulses_per_opening: int = _within(3, 1, 3)
    # Doors
    opened_stable_ms: int = _within(50, 20, 500)
    closed_stable_ms: int = _within(1_000, 1_000, 5_000)
    relock_ms: int = _within(3_000, 1_000, 10_000)
    """An opening shorter than this without a person's confirmation may be a lock that closed by itself."""
    door_reminder_s: int = _within(20, 5, 120)
    door_second_reminder_s: int = _within(60, 10, 300)
    door_left_open_s: int = _within(120, 30, 900)
    poll_fast_ms: int = _within(100, 50, 500)
    poll_idle_ms: int = _within(1_000, 200, 10_000)
    # Codes
    code_digits: int = _within(8, 7, 10)
    bucket_capacity: int = _within(10, 3, 20)
    bucket_refill_s: int = _within(600, 60, 3_600)
    guarded_refill_s: int = _within(1_200, 120, 7_200)
    guarded_after: int = _within(40, 10, 100)
    """Debited failures within 24 h of uptime that begin guarded mode."""
    failure_pause_ms: int = _within(1_500, 500, 5_000)
    grace_s: int = _within(300, 60, 900)
    # Visits
    undo_s: int = _within(60, 10, 300)
    identity_s: int = _within(20, 10, 120)
    idle_warn_s: int = _within(20, 10, 120)
    idle_end_s: int = _within(40, 20, 240)
    lookups_per_visit: int = _within(30, 5, 500)
    # Allocation
    large_reserve: int = _within(1, 0, 20)
    """Free compartments of each size above the smallest that are not given away to parcels that fit a smaller size."""
    # Whom to ask
    unknown_unit_to_staff: bool = True
    anonymous_drop: bool = False
    private_retention_days: int = _within(90, 1, 365)
    photo_retention_hours: int = _within(72, 1, 72)
    record_retention_days: int = _within(365, 365, 3_650)
    """A closed epoch may be deleted this long after its last entry."""

    @property
    def pulse(self) -> PulseMs:
        return PulseMs(self.pulse_ms)


def policy_ranges() -> dict[str, tuple[int, int]]:
    """The allowed range of each number of the policy, by its name."""
    return {f.name: (f.metadata["low"], f.metadata["high"]) for f in fields(Policy) if f.metadata}
