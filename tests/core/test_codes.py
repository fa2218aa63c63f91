"""Codes: the check digit catches slips, plain digits are told from random ones, the bucket slows guessing. No key."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.codes import (
    DAMM,
    DAY_MS,
    Bucket,
    damm_digit,
    failures_within_a_day,
    guarded_mode_begins,
    guarded_mode_ends,
    names_the_house,
    refilled,
    too_plain,
    well_formed,
)
from kiosk.core.policy import Policy

POLICY = Policy()
REFILL_MS = POLICY.bucket_refill_s * 1000
DIGITS = st.text("0123456789", min_size=6, max_size=9)


# --- check digit ---


def test_the_published_example_of_the_check_digit_holds() -> None:
    assert damm_digit("572") == "4"


def test_the_table_is_a_quasigroup_with_a_zero_diagonal() -> None:
    ten = set(range(10))

    assert all(set(row) == ten for row in DAMM)
    assert all({row[column] for row in DAMM} == ten for column in ten)
    assert all(DAMM[n][n] == 0 for n in ten)


@given(DIGITS, st.data())
def test_every_single_wrong_digit_is_caught(digits: str, data: st.DataObject) -> None:
    code = digits + damm_digit(digits)
    at = data.draw(st.integers(0, len(code) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != code[at]]))

    assert well_formed(code, len(code))
    assert not well_formed(code[:at] + wrong + code[at + 1 :], len(code))


@given(DIGITS)
def test_every_swap_of_neighbours_is_caught(digits: str) -> None:
    code = digits + damm_digit(digits)
    swaps = [code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(len(code) - 1)]

    assert not any(well_formed(swap, len(code)) for swap in swaps if swap != code)


@pytest.mark.parametrize(
    ("code", "length"),
    [
        ("", 0),
        ("5724", 5),
        ("572 4", 5),
        ("57a4", 4),
        ("\N{SUPERSCRIPT FIVE}724", 4),
        ("\N{ARABIC-INDIC DIGIT FIVE}724", 4),
    ],
)
def test_what_is_not_that_many_ascii_digits_is_no_code(code: str, length: int) -> None:
    assert not well_formed(code, length)


# --- what is too plain to issue ---


@pytest.mark.parametrize(
    "digits", ["0000000", "1234567", "7654321", "8901234", "2109876", "1212121", "1231231", "123123", "121212"]
)
def test_what_people_try_first_is_too_plain(digits: str) -> None:
    assert too_plain(digits)


@pytest.mark.parametrize("digits", ["1234568", "2468024", "1123581", "7391846", "1212122"])
def test_other_digits_are_not_too_plain(digits: str) -> None:
    assert not too_plain(digits)


@pytest.mark.parametrize(
    ("digits", "house"),
    [
        ("0000048", "48"),
        ("4800000", "48"),
        ("0048000", "48"),
        ("7104855", "1048"),
        ("0004800", "48a"),
        ("0000120", "120"),
    ],
)
def test_the_house_number_is_not_issued_as_a_code(digits: str, house: str) -> None:
    assert names_the_house(digits, house)


@pytest.mark.parametrize(
    ("digits", "house"), [("7348165", "48"), ("0000480", ""), ("0000480", "a"), ("7391846", "1048")]
)
def test_a_short_house_number_within_other_digits_costs_no_code(digits: str, house: str) -> None:
    assert not names_the_house(digits, house)


# --- failure bucket ---


def test_the_bucket_gets_one_attempt_back_for_each_whole_refill_time() -> None:
    empty = Bucket(level=0, since_ms=1_000)

    assert refilled(empty, 1_000 + REFILL_MS - 1, POLICY).level == 0
    assert refilled(empty, 1_000 + REFILL_MS, POLICY) == replace(empty, level=1, since_ms=1_000 + REFILL_MS)
    assert refilled(empty, 1_000 + 3 * REFILL_MS + 5, POLICY) == replace(empty, level=3, since_ms=1_000 + 3 * REFILL_MS)


def test_a_full_bucket_saves_nothing_up() -> None:
    full = refilled(Bucket(level=9, since_ms=0), 50 * REFILL_MS + 7, POLICY)

    assert full == Bucket(level=10, since_ms=50 * REFILL_MS + 7)


def test_looking_often_gives_the_same_as_looking_once() -> None:
    bucket = Bucket(level=0, since_ms=0)
    for now_ms in range(0, 5 * REFILL_MS + 1, REFILL_MS // 7):
        bucket = refilled(bucket, now_ms, POLICY)

    assert bucket.level == refilled(Bucket(level=0, since_ms=0), 5 * REFILL_MS - REFILL_MS // 7, POLICY).level


def test_a_smaller_capacity_takes_attempts_away() -> None:
    assert refilled(Bucket(level=10), 0, replace(POLICY, bucket_capacity=3)).level == 3


def test_guarded_mode_refills_slower() -> None:
    guarded = Bucket(level=0, since_ms=0, guarded=True)

    assert refilled(guarded, POLICY.guarded_refill_s * 1000 - 1, POLICY).level == 0
    assert refilled(guarded, POLICY.guarded_refill_s * 1000, POLICY).level == 1


def test_a_clock_that_stands_still_gives_nothing() -> None:
    assert refilled(Bucket(level=2, since_ms=500), 100, POLICY) == Bucket(level=2, since_ms=500)


def test_failures_count_for_a_day_of_uptime() -> None:
    bucket = Bucket(failures=(0, 10, DAY_MS))

    assert failures_within_a_day(bucket, DAY_MS + 5) == (10, DAY_MS)


def test_guarded_mode_begins_with_the_fortieth_failure_of_a_day_and_only_once() -> None:
    nearly, reached = Bucket(failures=tuple(range(39))), Bucket(failures=tuple(range(40)))

    assert not guarded_mode_begins(nearly, 100, POLICY)
    assert guarded_mode_begins(reached, 100, POLICY)
    assert not guarded_mode_begins(replace(reached, guarded=True), 100, POLICY)
    assert not guarded_mode_begins(reached, DAY_MS, POLICY)


def test_guarded_mode_ends_after_a_quiet_day() -> None:
    guarded = Bucket(guarded=True, failures=(1_000,))

    assert not guarded_mode_ends(guarded, DAY_MS + 999)
    assert guarded_mode_ends(guarded, DAY_MS + 1_000)
    assert not guarded_mode_ends(replace(guarded, guarded=False), DAY_MS + 1_000)
