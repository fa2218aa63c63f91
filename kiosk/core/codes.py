"""Codes: the Damm check digit, which digits are too plain to issue, and the failure bucket that slows guessing down.

Holds pure arithmetic. It must not know a verifier's derivation, a key, or who typed a code.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

from kiosk.core.policy import Policy

COURIER_CODE_DIGITS = 6

DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
"""The totally anti-symmetric quasigroup of H. M. Damm's thesis (2004).

It catches every single wrong digit and every swap of neighbours.
"""


def damm_digit(digits: str) -> str:
    """The check digit for ASCII ``digits``."""
    interim = 0
    for digit in digits:
        interim = DAMM[interim][int(digit)]
    return str(interim)


def well_formed(code: str, length: int) -> bool:
    """Whether ``code`` is ``length`` ASCII digits of which the last is the check digit of the others."""
    return len(code) == length and code.isascii() and code.isdigit() and damm_digit(code[:-1]) == code[-1]


def too_plain(digits: str) -> bool:
    """Whether random ``digits`` are a pattern people try first: all equal, a run up or down, or a repeated block."""
    steps = {(int(right) - int(left)) % 10 for left, right in pairwise(digits)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return True
    return any(_repeats(digits, length) for length in range(1, len(digits) // 2 + 1))


LONG_HOUSE_NUMBER = 4
"""From this many digits on, a house number is refused anywhere in a code; shorter ones would cost too many codes."""


def names_the_house(digits: str, house_number: str) -> bool:
    """Whether random ``digits`` are the house number that people try first: among zeros, or in full if it is long."""
    number = "".join(letter for letter in house_number if letter in "0123456789")
    if len(number) >= LONG_HOUSE_NUMBER:
        return number in digits
    return number.strip("0") != "" and digits.strip("0") == number.strip("0")


def _repeats(digits: str, length: int) -> bool:
    block = digits[:length]
    return (block * (len(digits) // length + 1))[: len(digits)] == digits


DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Bucket:
    """The failure bucket of the whole kiosk: an attempt takes one, uptime gives back, success its own only."""

    level: int = 10
    since_ms: int = 0
    """Monotonic time up to which the refill has been counted."""
    failures: tuple[int, ...] = ()
    """Monotonic times of the debited failures of the last 24 h, newest last, at most as many as begin guarded mode."""
    guarded: bool = False


def refilled(bucket: Bucket, now_ms: int, policy: Policy) -> Bucket:
    """The bucket as it stands at ``now_ms``. Uptime alone refills it: no credit for time off, none for success."""
    every_ms = 1000 * (policy.guarded_refill_s if bucket.guarded else policy.bucket_refill_s)
    gained = max(0, now_ms - bucket.since_ms) // every_ms
    level = min(policy.bucket_capacity, bucket.level + gained)
    since_ms = now_ms if level == policy.bucket_capacity else bucket.since_ms + gained * every_ms
    return replace(bucket, level=level, since_ms=since_ms)


def failures_within_a_day(bucket: Bucket, now_ms: int) -> tuple[int, ...]:
    return tuple(at_ms for at_ms in bucket.failures if now_ms - at_ms < DAY_MS)


def guarded_mode_begins(bucket: Bucket, now_ms: int, policy: Policy) -> bool:
    """Whether so many debited failures fell within 24 h of uptime that guarded mode begins now."""
    return not bucket.guarded and len(failures_within_a_day(bucket, now_ms)) >= policy.guarded_after


def guarded_mode_ends(bucket: Bucket, now_ms: int) -> bool:
    """Whether 24 h of uptime have passed without a failure."""
    return bucket.guarded and not failures_within_a_day(bucket, now_ms)
