"""Doors: the debounced truth of each contact, from raw readings on our own clock.

Holds one door's state and the one transition. It must not know boards, polls, openings or who opened a door.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.core.events import Reading
from kiosk.core.policy import Policy

TRACE_LENGTH = 12
"""Raw changes remembered per door: enough to show a dispute what the contact did around one visit."""


class DoorState(StrEnum):
    UNKNOWN = "unknown"
    """Not read yet, not readable now, or the contact says nothing a contact can say."""
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Door:
    """One door. ``raw`` is the newest reading and ``raw_since_ms`` when it began; ``state`` is what is believed."""

    state: DoorState = DoorState.UNKNOWN
    since_ms: int = 0
    """When the raw reading behind ``state`` began, not when it was believed."""
    raw: Reading = Reading.FAULT
    raw_since_ms: int = 0
    equal: int = 0
    """Equal readings in a row, counted no further than is asked for."""
    trace: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        return self.state is not DoorState.UNKNOWN


BELIEVED = {Reading.OPEN: DoorState.OPEN, Reading.CLOSED: DoorState.CLOSED, Reading.FAULT: DoorState.UNKNOWN}
EQUAL_READINGS = 2
"""Contacts read over a bus: a reading counts only when the next one agrees."""


def observed(door: Door, reading: Reading, now_ms: int, policy: Policy) -> Door:
    """The door after one raw reading; the very same one if it says nothing new.

    Open is believed after `opened_stable_ms`, closed after `closed_stable_ms`, so that a rebound is one cycle. It holds
    for the first reading of a start too: the door may have been pushed a moment before, and rebound a moment after.
    """
    if reading is not door.raw or door.equal == 0:
        door = replace(door, raw=reading, raw_since_ms=now_ms, equal=1, trace=_traced(door, reading, now_ms))
    elif door.equal < EQUAL_READINGS:
        door = replace(door, equal=door.equal + 1)
    believed = BELIEVED[door.raw]
    stable_ms = policy.closed_stable_ms if door.raw is Reading.CLOSED else policy.opened_stable_ms
    if believed is door.state or door.equal < EQUAL_READINGS or now_ms - door.raw_since_ms < stable_ms:
        return door
    return replace(door, state=believed, since_ms=door.raw_since_ms)


def _traced(door: Door, reading: Reading, now_ms: int) -> tuple[str, ...]:
    return (*door.trace, f"{now_ms} {reading.value}")[-TRACE_LENGTH:]


def changes_since(door: Door, since_ms: int) -> int:
    """How often the raw reading changed from then on, as far as the trace goes back."""
    return sum(1 for change in door.trace if int(change.partition(" ")[0]) >= since_ms)


def unread(door: Door) -> Door:
    """The door when its board no longer answers: nothing is believed until it is read again."""
    return replace(door, state=DoorState.UNKNOWN, raw=Reading.FAULT, equal=0)
