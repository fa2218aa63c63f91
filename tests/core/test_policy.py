"""The policy: every default lies within its own range, and no setting makes a pulse longer than its cap."""

from dataclasses import fields

import pytest

from kiosk.core.policy import PULSE_MS_RANGE, Policy, PulseMs, policy_ranges


@pytest.mark.parametrize("value", [100, 300, 1000])
def test_a_pulse_within_the_range_is_taken(value: int) -> None:
    assert PulseMs(value).value == value


@pytest.mark.parametrize("value", [-300, 0, 99, 1001, 60_000])
def test_no_other_pulse_can_exist(value: int) -> None:
    with pytest.raises(ValueError, match="100 to 1000 ms"):
        PulseMs(value)


def test_the_policys_pulse_is_capped_by_its_type() -> None:
    assert Policy().pulse == PulseMs(300)
    with pytest.raises(ValueError, match="not allowed"):
        _ = Policy(pulse_ms=5_000).pulse


def test_every_default_lies_within_its_range() -> None:
    policy = Policy()
    ranges = policy_ranges()

    assert all(low <= getattr(policy, name) <= high for name, (low, high) in ranges.items())
    assert ranges["pulse_ms"] == PULSE_MS_RANGE


def test_every_number_of_the_policy_but_its_version_has_a_range() -> None:
    numbers = {field.name for field in fields(Policy) if type(getattr(Policy(), field.name)) is int}

    assert numbers - set(policy_ranges()) == {"version"}
