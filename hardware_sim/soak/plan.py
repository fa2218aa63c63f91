"""Fault plans: what goes wrong in a run and when, as data that can be drawn, kept as JSON, and shortened.

Holds values. It must not know how any of it is brought about.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from kiosk.core.entries import ClockState
from kiosk.core.ids import CompartmentId

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
YEAR_MS = 366 * 24 * HOUR_MS
"""Longer than an epoch and than any retention."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A fault of the bank begins, and all faults of the bank are mended when its time is over."""

    at_ms: int
    name: str
    """One that `hardware_sim.fault_names.offered` tells of, or of `OWN`."""
    compartment: CompartmentId
    lasts_ms: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The kiosk's process dies, and starts again; with ``mains`` the boards lose their supply meanwhile."""

    at_ms: int
    moment: str
    """``now``, or at a ``commit``, an ``effect`` or a ``write`` of the database: at the next one after ``skipped``
    others. A cut at a write leaves of what was not synced whatever chance will have.
    """
    skipped: int
    off_ms: int
    mains: bool


@dataclass(frozen=True, slots=True)
class FailedCommit:
    """A commit says that it failed; whether it came true, nobody knows before the next start."""

    at_ms: int
    skipped: int
    off_ms: int


@dataclass(frozen=True, slots=True)
class ClockJump:
    """Wall time jumps, and is believed so far."""

    at_ms: int
    by_ms: int
    clock_state: ClockState


@dataclass(frozen=True, slots=True)
class Restore:
    """The kiosk is off, and begins again from its newest snapshot: a technician puts it back, or the file is
    ``damaged`` and the start does it. Nothing happens where there is no snapshot yet.
    """

    at_ms: int
    off_ms: int
    damaged: bool


@dataclass(frozen=True, slots=True)
class Prune:
    """The kiosk is off, and a technician takes every closed epoch out of its record that may go."""

    at_ms: int
    off_ms: int


Incident = Episode | Cut | FailedCommit | ClockJump | Restore | Prune
KINDS: Mapping[str, type[Incident]] = {
    "episode": Episode,
    "cut": Cut,
    "failed_commit": FailedCommit,
    "clock_jump": ClockJump,
    "restore": Restore,
    "prune": Prune,
}
Plan = tuple[Incident, ...]

OWN = ("supply-dead", "disk-low", "disk-full")
"""Faults that are no fault of one part of the bank, nor of its scanner."""

DOORS = (
    "stuck-latch",
    "stiff-latch",
    "auto-relock",
    "rebound",
    "held-open",
    "popped-open",
    "slam-pops-neighbour",
    "stuck-contact",
    "stuck-contact-open",
    "bouncing-contact",
    "disconnected-contact",
    "wrong-door",
    "supply-dead",
)
BOARDS = (
    "silent-board",
    "dead-board",
    "late-board",
    "refusing-board",
    "brown-out",
    "sag",
    "fires-at-power-on",
    "other-address",
    "other-polarity",
    "input-mode",
    "busy-after-unlock",
    "unanswered-unlocks",
    "cool-down",
    "long-pulse",
    "other-version",
    "tells-changes",
    "wrong-speed",
)
LINES = (
    "echo",
    "damaged-echo",
    "garbage",
    "garbage-before",
    "garbage-after",
    "flipped-bit",
    "cut-off",
    "first-lost",
    "damaged-requests",
    "noise",
    "unplugged",
)
CHIPS = ("chip-lost",)
SCANNERS = ("scanner-lost", "scanner-flood", "cut-scan")
DEVICES = ("disk-low", "disk-full", *SCANNERS)
POWER, WRITE, CLOCK, STORAGE = "cut", "cut-at-write", "clock-jump", "failed-commit"
RECORD = ("year-over", "put-back", "damaged-record", "prune")
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "doors": DOORS,
    "boards": (*BOARDS, "power-lost"),
    "lines": LINES,
    "chips": CHIPS,
    "devices": DEVICES,
    "power": (*((POWER,) * 3), WRITE),
    "clock": (CLOCK,),
    "storage": (STORAGE,),
    "record": (*RECORD, "year-over", "prune"),
    "all": (
        *DOORS,
        *BOARDS,
        "power-lost",
        *LINES,
        *CHIPS,
        *DEVICES,
        *((POWER,) * 9),
        *((WRITE,) * 3),
        *((CLOCK,) * 3),
        *((STORAGE,) * 3),
        *RECORD,
    ),
}
"""The names of `--faults`, with what is drawn from under each; what stands there twice is twice as likely."""
ROWS: Mapping[str, tuple[str, ...]] = {
    "F1": (
        *("silent-board", "dead-board", "late-board", "busy-after-unlock", "unanswered-unlocks", "wrong-speed"),
        *("tells-changes", *LINES, *CHIPS),
    ),
    "F2": ("stuck-latch", "stiff-latch", "refusing-board", "cool-down"),
    "F3": ("popped-open",),
    "F4": ("held-open",),
    "F5": ("stuck-contact", "stuck-contact-open", "disconnected-contact"),
    "F6": (POWER, WRITE),
    "F8": (CLOCK, "year-over", "prune"),
    "F9": ("disk-low", "disk-full"),
    "F10": (STORAGE,),
    "F11": ("damaged-record", "put-back"),
    "F12": SCANNERS,
    "X1": ("auto-relock",),
    "X2": ("rebound", "bouncing-contact"),
    "X3": ("wrong-door",),
    "X4": ("supply-dead", "power-lost", "brown-out", "sag"),
    "X5": ("slam-pops-neighbour",),
    "X10": (POWER, WRITE),
    "X11": ("other-address", "other-polarity", "input-mode", "long-pulse", "other-version"),
    "X12": ("fires-at-power-on",),
}
"""Which rows of the project's list of faults and field cases each fault belongs to.

F15, F18, X6, X8 and X13 are what people do. F7, F11, F14, X7, X9, X14 and X15 are not drawn here; what the kiosk has of
them is tried by other tests.
"""
EACH = tuple(dict.fromkeys(FAMILIES["all"]))
"""Every single fault can be named too."""
INCIDENTS_PER_HOUR = 2.0
MOMENTS = ("now", "commit", "commit", "effect")
JUMPS_MS = (-HOUR_MS * 24 * 365, -HOUR_MS, -3_000, 3_000, HOUR_MS, HOUR_MS * 24 * 400)
MOST_WRITES = 60
"""Writes that a cut lets pass: three or four commits have so many, and the WAL's way into the file has more."""


def cuts_writes(plan: Plan) -> bool:
    """Whether a power cut is to come in the midst of a write."""
    return any(isinstance(incident, Cut) and incident.moment == "write" for incident in plan)


def names() -> tuple[str, ...]:
    """Everything that `--faults` takes."""
    return (*FAMILIES, *EACH)


def draw(chance: Random, hours: float, faults: str, compartments: Sequence[CompartmentId]) -> Plan:
    """A plan for so many hours. KeyError if there are no faults of that name."""
    kinds = FAMILIES.get(faults, (faults,))
    if not set(kinds) <= set(EACH):
        raise KeyError(faults)
    incidents: list[Incident] = []
    at_ms = 0.0
    while kinds:
        at_ms += chance.expovariate(INCIDENTS_PER_HOUR / HOUR_MS)
        if at_ms >= hours * HOUR_MS:
            break
        incidents.append(_drawn(chance, int(at_ms), chance.choice(kinds), compartments))
    return tuple(incidents)


def _drawn(  # noqa: PLR0911 - one arm per kind
    chance: Random, at_ms: int, kind: str, compartments: Sequence[CompartmentId]
) -> Incident:
    off_ms = chance.choice((0, 150, 1_000, 20_000, 5 * MINUTE_MS))
    skipped = chance.randint(0, 12)
    match kind:
        case "cut":
            return Cut(at_ms, chance.choice(MOMENTS), skipped, off_ms, mains=chance.choice((True, False)))
        case "cut-at-write":
            return Cut(at_ms, "write", chance.randint(0, MOST_WRITES), off_ms, mains=chance.choice((True, False)))
        case "clock-jump":
            return ClockJump(at_ms, chance.choice(JUMPS_MS), chance.choice(tuple(ClockState)))
        case "year-over":
            return ClockJump(at_ms, YEAR_MS, ClockState.TRUSTED)
        case "failed-commit":
            return FailedCommit(at_ms, skipped, off_ms)
        case "prune":
            return Prune(at_ms, off_ms)
        case "put-back" | "damaged-record":
            return Restore(at_ms, off_ms, damaged=kind == "damaged-record")
        case _:
            lasts_ms = chance.choice((5_000, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS))
            return Episode(at_ms, kind, chance.choice(list(compartments)), lasts_ms)


def to_data(plan: Plan) -> list[dict[str, Any]]:
    """The plan as JSON values."""
    kinds = {kind: name for name, kind in KINDS.items()}
    return [{"kind": kinds[type(incident)], **asdict(incident)} for incident in plan]


def from_data(data: object) -> Plan:
    """The plan behind JSON values. Raises ValueError."""
    try:
        if not isinstance(data, list):
            message = "a plan is a list"
            raise ValueError(message)  # noqa: TRY004 - what is stored is at fault, not the caller
        return tuple(_incident(dict(item)) for item in data)
    except (KeyError, TypeError) as error:
        message = f"not a fault plan: {error!r}"
        raise ValueError(message) from error


def _incident(item: dict[str, Any]) -> Incident:
    build: Callable[..., Incident] = KINDS[item.pop("kind")]
    if "clock_state" in item:
        item["clock_state"] = ClockState(item["clock_state"])
    return build(**item)
