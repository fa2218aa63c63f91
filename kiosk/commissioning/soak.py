"""Soak test of one lock: opened again and again by the kiosk's own rules, and what its contact did each time.

Holds the cycles and their statistics. It must not know boards or frames, nor record anything itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from kiosk.commissioning.workshop import Workshop, WorkshopError
from kiosk.core import entries as e
from kiosk.core.entries import Body
from kiosk.core.events import MaintenanceAsked
from kiosk.core.ids import CompartmentId, OpeningId
from kiosk.core.layout import ContactSource
from kiosk.core.state import Stage

OPEN_WITHIN_MS = 60_000
"""More than three pulses with their rests, at the slowest policy."""
SHUT_WITHIN_MS = 120_000
"""A technician who stands in front of it has shut it by then, or went away."""
ENDED = (e.DoorClosed, e.DoorRelocked, e.OpeningFailed, e.DoorUnseen)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants which door opened, how often and why."""

    compartment: CompartmentId
    person: str
    reason: str
    times: int = 1
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Cycle:
    """One opening. ``pulse_to_open_ms`` is None if the door did not open; ``failure`` is "" if it did."""

    opening: OpeningId
    pulses: int
    pulse_to_open_ms: int | None
    bounces: int
    """Changes of the contact, as often as it was read, beyond those that opened and shut it."""
    failure: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the cycles add up to; times in milliseconds, None if it never opened."""

    cycles: int
    opened: int
    failures: Mapping[str, int]
    retries: int
    bounces: int
    fastest_ms: int | None
    median_ms: int | None
    slowest_ms: int | None


def soak(shop: Workshop, wish: Wish, say: Callable[[str], object]) -> list[Cycle]:
    """Open the door as often as wished; the first failure ends it. Raises WorkshopError if it may not be opened."""
    if shop.state.layout.place(wish.compartment).contact.source is ContactSource.NONE:
        message = f"{wish.compartment} has no contact, so a test of it would tell nothing"
        raise WorkshopError(message)
    if why := shop.until_read(wish.compartment):
        raise WorkshopError(why)
    cycles: list[Cycle] = []
    for number in range(1, wish.times + 1):
        say(f"opening {number} of {wish.times}")
        cycles.append(one_cycle(shop, wish, say))
        if cycles[-1].failure:
            break
    return cycles


def one_cycle(shop: Workshop, wish: Wish, say: Callable[[str], object]) -> Cycle:
    """Ask for one opening and wait until its door is shut again, or it failed."""
    since = len(shop.recorded)
    shop.post(MaintenanceAsked(wish.compartment, wish.person, wish.reason, wish.anyway))
    asked = next(entry.body for entry in shop.recorded[since:] if isinstance(entry.body, ASKED))
    if isinstance(asked, e.MaintenanceRefused):
        message = f"{wish.compartment} is not opened: {asked.why}"
        raise WorkshopError(message)
    name = asked.opening

    def over() -> bool:
        return name not in shop.state.openings

    def is_open() -> bool:
        return over() or shop.state.openings[name].stage is Stage.OPEN

    shop.until(is_open, OPEN_WITHIN_MS)
    if not over():
        say(f"{wish.compartment} is open: please shut it")
        shop.until(over, SHUT_WITHIN_MS)
    mine = [each.body for each in shop.recorded[since:] if getattr(each.body, "opening", None) == name]
    return _cycle(name, mine, _changes(shop, wish.compartment, since_ms=shop.recorded[since].stamp.mono_ms))


ASKED = (e.MaintenanceRequested, e.MaintenanceRefused)


def _changes(shop: Workshop, compartment: CompartmentId, since_ms: int) -> int:
    """How often the contact changed since the door was asked for, as far as its trace remembers."""
    return sum(1 for change in shop.state.doors[compartment].trace if int(change.split()[0]) >= since_ms)


def _cycle(name: OpeningId, bodies: list[Body], changes: int) -> Cycle:
    pulses = sum(1 for body in bodies if isinstance(body, e.UnlockRequested))
    after_ms = next((body.after_ms for body in bodies if isinstance(body, e.DoorOpened)), None)
    failure = next((body.reason for body in bodies if isinstance(body, e.OpeningFailed)), "")
    if not failure and not any(isinstance(body, ENDED) for body in bodies):
        failure = "no outcome" if after_ms is None else "not shut"
    moved = sum(1 for body in bodies if isinstance(body, e.DoorOpened | e.DoorClosed | e.DoorRelocked))
    return Cycle(name, pulses, after_ms, max(0, changes - moved), failure)


def statistics_of(cycles: list[Cycle]) -> Statistics:
    times = sorted(cycle.pulse_to_open_ms for cycle in cycles if cycle.pulse_to_open_ms is not None)
    reasons = [cycle.failure for cycle in cycles if cycle.failure]
    return Statistics(
        cycles=len(cycles),
        opened=len(times),
        failures={reason: reasons.count(reason) for reason in dict.fromkeys(reasons)},
        retries=sum(max(0, cycle.pulses - 1) for cycle in cycles),
        bounces=sum(cycle.bounces for cycle in cycles),
        fastest_ms=times[0] if times else None,
        median_ms=round(median(times)) if times else None,
        slowest_ms=times[-1] if times else None,
    )
