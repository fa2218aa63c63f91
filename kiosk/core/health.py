"""Health: what each lock and its door showed lately, and how far that is to be trusted with the next parcel, and why.

Holds values, how entries add up to them, and the rules that judge them. It must not know what follows from a verdict,
nor what a door says now. The limits are this project's own: no maker states any.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median

from kiosk.core import entries as e
from kiosk.core.books import NOT_OPENED
from kiosk.core.ids import CompartmentId

NEWEST = 20
"""Openings that a verdict looks at."""
BEST, QUARANTINE_BELOW = 100, 40
"""A lock below takes no new parcel, for the next one may not come out again."""
FEW, SLOW_FACTOR, SLOW_MS = 5, 2, 1_000
"""A lock grows slow when its newest few openings took twice as long as those before, and a second more: what polls add
to the time is less than that, and always the same.
"""
MANY_BOUNCES = 6
"""A sound switch bounces a few times within milliseconds."""


@dataclass(frozen=True, slots=True)
class Try:
    """One opening, as lock and contact did it."""

    pulses: int
    after_ms: int | None
    """From the last pulse to the open door, as far as the contact was read; None if it did not open."""
    bounces: int = 0
    """Readings that were taken back before the door counted as open."""
    relocked: bool = False
    """The contact closed again within moments."""


@dataclass(frozen=True, slots=True)
class Health:
    """One compartment, as far back as its entries were read."""

    openings: int = 0
    failures: int = 0
    since_failure: int = 0
    """Openings since the newest failure."""
    before_failure: int = 0
    """What that was when the newest failure came, for it may prove to be the supply's."""
    pulses: int = 0
    """Of the opening that is under way, or was."""
    tries: tuple[Try, ...] = ()
    """The newest, oldest first."""

    @property
    def between_failures(self) -> float | None:
        """Openings for each failure; None if there was none."""
        return self.openings / self.failures if self.failures else None

    @property
    def median_ms(self) -> float | None:
        """Of the newest openings; None if there was none."""
        return median(_times(self)) if _times(self) else None


@dataclass(frozen=True, slots=True)
class Bank:
    """Every compartment that anything is known of."""

    compartments: Mapping[CompartmentId, Health] = field(default_factory=dict)
    supply_failing: bool = False
    """So many doors failed in a row that no lock is blamed, until one opens."""

    def of(self, name: CompartmentId) -> Health:
        return self.compartments.get(name, Health())


# --- what entries add up to ---

TELLING = (
    e.UnlockRequested,
    e.DoorOpened,
    e.DoorRelocked,
    e.OpeningFailed,
    e.SupplyAlarm,
    e.CompartmentRepaired,
)
"""The kinds that say something of it."""


def after_all(bodies: Iterable[e.Body]) -> Bank:
    """What these add up to, in order."""
    bank = Bank()
    for body in bodies:
        bank = after(bank, body)
    return bank


def after(bank: Bank, body: e.Body) -> Bank:  # noqa: PLR0911 - one arm per kind
    """With one more entry; the very same if it tells nothing of locks."""
    match body:
        case e.UnlockRequested(compartment=name, pulse_number=number):
            return _with(bank, name, replace(bank.of(name), pulses=number))
        case e.DoorOpened(compartment=name):
            return replace(_with(bank, name, _opened(bank.of(name), body)), supply_failing=False)
        case e.DoorRelocked(compartment=name):
            return _with(bank, name, _relocked(bank.of(name)))
        case e.OpeningFailed(compartment=name, reason=reason) if reason == NOT_OPENED and not bank.supply_failing:
            return _with(bank, name, _failed(bank.of(name)))
        case e.SupplyAlarm(compartments=names):
            forgiven = {name: _forgiven(bank.of(name)) for name in names}
            return Bank({**bank.compartments, **forgiven}, supply_failing=True)
        case e.CompartmentRepaired(compartment=name):
            return _with(bank, name, Health())
        case _:
            return bank


def _with(bank: Bank, name: CompartmentId, health: Health) -> Bank:
    return replace(bank, compartments={**bank.compartments, name: health})


def _opened(health: Health, body: e.DoorOpened) -> Health:
    opened = Try(max(1, health.pulses), body.after_ms, body.bounces)
    return replace(
        health,
        openings=health.openings + 1,
        since_failure=health.since_failure + 1,
        tries=(*health.tries, opened)[-NEWEST:],
    )


def _relocked(health: Health) -> Health:
    """A door that was opened before anything was read of it is passed over."""
    if not health.tries:
        return health
    *before, last = health.tries
    return replace(health, tries=(*before, replace(last, relocked=True)))


def _failed(health: Health) -> Health:
    failed = Try(health.pulses, None)
    return replace(
        health,
        failures=health.failures + 1,
        since_failure=0,
        before_failure=health.since_failure,
        tries=(*health.tries, failed)[-NEWEST:],
    )


def _forgiven(health: Health) -> Health:
    """The newest failure was the supply's."""
    if not health.tries or health.tries[-1].after_ms is not None:
        return health
    return replace(health, failures=health.failures - 1, since_failure=health.before_failure, tries=health.tries[:-1])


# --- the verdict ---


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that takes away from the score."""

    why: str
    points: Callable[[Health], int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """0 to 100, and what took most of it; "" if nothing did."""

    score: int
    why: str

    @property
    def fit(self) -> bool:
        """Whether the next parcel may go there."""
        return self.score >= QUARANTINE_BELOW


def _each(points: int, counts: Callable[[Try], bool]) -> Callable[[Health], int]:
    return lambda health: points * sum(1 for one in health.tries if counts(one))


RULES = (
    Rule("openings failed", _each(20, lambda one: one.after_ms is None)),
    Rule("openings needed several pulses", _each(8, lambda one: one.after_ms is not None and one.pulses > 1)),
    Rule("the contact closed again at once", _each(5, lambda one: one.relocked)),
    Rule("the contact bounces", _each(4, lambda one: one.bounces >= MANY_BOUNCES)),
    Rule("it opens ever later", lambda health: 30 if _grows_slow(_times(health)) else 0),
)


def judged(health: Health) -> Verdict:
    """What is held against it, the worst first."""
    taken = sorted(((rule.points(health), rule.why) for rule in RULES), key=lambda each: -each[0])
    lost, worst = sum(points for points, _ in taken), taken[0]
    return Verdict(max(0, BEST - lost), worst[1] if worst[0] else "")


def _times(health: Health) -> list[int]:
    return [one.after_ms for one in health.tries if one.after_ms is not None]


def _grows_slow(times_ms: list[int]) -> bool:
    before, now = times_ms[:-FEW], times_ms[-FEW:]
    if len(before) < FEW:
        return False
    return median(now) > SLOW_FACTOR * median(before) and median(now) - median(before) > SLOW_MS
