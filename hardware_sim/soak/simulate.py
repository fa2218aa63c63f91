"""Whole runs: from a seed and the name of faults to an outcome; a failing one is shortened, kept, and run again.

Holds directories, drawing and shrinking. It must not know what happens in a run.
"""

import gc
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from hardware_sim.card.cut import cut_card
from hardware_sim.soak.building import COMPARTMENTS, Building, drawn
from hardware_sim.soak.outcome import Outcome
from hardware_sim.soak.plan import MINUTE_MS, Plan, draw, from_data, to_data
from hardware_sim.soak.run import Soak

MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
"""Where a disk in memory usually is. A run leaves nothing behind, and tries the process, not the disk."""
BETWEEN_COLLECTIONS = 50_000
"""Objects made before Python looks for rings of them."""
MOST_TRIES = 40
"""Runs that shortening one failing plan may cost."""
FORMAT, VERSION = "kiosk-sim soak", 2


@dataclass(frozen=True, slots=True)
class Task:
    """What one run is made of."""

    seed: int
    hours: float
    plan: Plan
    compartments: int = len(COMPARTMENTS)
    visits_per_day: float | None = None
    """None is what the seed says."""

    @property
    def building(self) -> Building:
        return drawn(self.seed, self.compartments, self.visits_per_day)


@dataclass(frozen=True, slots=True)
class Result:
    """A run and what came of it."""

    task: Task
    outcome: Outcome
    newest: tuple[str, ...]
    """The newest past before the end, in words."""


def task(
    seed: int,
    hours: float,
    faults: str,
    compartments: int = len(COMPARTMENTS),
    visits_per_day: float | None = None,
) -> Task:
    """What this seed is made of. KeyError if there are no faults of that name."""
    chance = Random(f"{seed}/plan")  # noqa: S311 - chance that must repeat, not secrets
    empty = Task(seed, hours, (), compartments, visits_per_day)
    return replace(empty, plan=draw(chance, hours, faults, empty.building.names))


def simulate(what: Task) -> Result:
    """One run in a directory of its own."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with _collected_seldom(), tempfile.TemporaryDirectory(prefix="kiosk-soak-", dir=place) as directory:
        soak = Soak(Path(directory), what.seed, what.plan, what.building)
        return Result(what, soak.run(what.hours), tuple(soak.trace.newest))


@contextmanager
def _collected_seldom() -> Iterator[None]:
    """What a kiosk throws away is trees, hardly ever rings: looking for rings is a tenth of a run."""
    usual = gc.get_threshold()
    gc.set_threshold(BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def writes_are_heard() -> bool:
    """Whether a cut in the midst of a write can be made here; if not, it comes after a commit."""
    return cut_card() is not None


def shrunk(failed: Result) -> Result:
    """The same violation with as few incidents as can be found; the very same result if none can be left out."""
    tries = MOST_TRIES
    size = max(1, len(failed.task.plan) // 2)
    while tries > 0 and failed.task.plan:
        shorter, used = _without_some(failed, size, tries)
        tries -= used
        if shorter is failed and size == 1:
            break
        failed = shorter
        size = max(1, min(size, len(failed.task.plan)) // 2)
    return failed


def _without_some(failed: Result, size: int, tries: int) -> tuple[Result, int]:
    """Leave so many incidents out at a time, from the last to the first; also how many runs that took."""
    used = 0
    for at in range(len(failed.task.plan) - 1, -1, -size):
        if used >= tries:
            break
        plan = failed.task.plan
        candidate = simulate(replace(failed.task, plan=plan[: max(0, at - size + 1)] + plan[at + 1 :]))
        used += 1
        if _same(candidate, failed):
            failed = candidate
    return failed, used


def _same(one: Result, other: Result) -> bool:
    """Whether both break the same invariant."""
    found, wanted = one.outcome.violation, other.outcome.violation
    return found is not None and wanted is not None and found.invariant == wanted.invariant


# --- the trace file ---


class TraceFileError(ValueError):
    """A file that holds no run; the text says why."""


def write_trace(path: Path, result: Result) -> None:
    """Keep a run: its seed, its plan, what did not hold, and its newest past. No secret is in it."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "seed": result.task.seed,
        "hours": result.task.hours,
        "compartments": result.task.compartments,
        "visits_per_day": result.task.visits_per_day,
        "plan": to_data(result.task.plan),
        "outcome": asdict(result.outcome),
        "newest": list(result.newest),
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read_trace(path: Path) -> tuple[Task, str]:
    """The run that is kept there, and its trace's hash. Raises TraceFileError, or OSError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = (data["format"], data["version"]) == (FORMAT, VERSION)
        found = Task(
            int(data["seed"]),
            float(data["hours"]),
            from_data(data["plan"]),
            int(data["compartments"]),
            None if data["visits_per_day"] is None else float(data["visits_per_day"]),
        )
        trace_hash = str(data["outcome"]["trace_hash"])
    except (KeyError, TypeError, ValueError) as error:
        message = f"it is no trace: {error!r}"
        raise TraceFileError(message) from error
    if not known:
        message = f"it is no trace of {FORMAT}, version {VERSION}"
        raise TraceFileError(message)
    return found, trace_hash


def until_violation(result: Result) -> Task:
    """The task cut off soon after its violation, so that it runs no longer than it must."""
    violation = result.outcome.violation
    if violation is None:
        return result.task
    kept = tuple(incident for incident in result.task.plan if incident.at_ms <= violation.at_ms)
    hours = min(result.task.hours, (violation.at_ms + MINUTE_MS) / (60 * MINUTE_MS))
    return replace(result.task, plan=kept, hours=hours)


def totals(results: Sequence[Result]) -> dict[str, float]:
    """What several runs add up to."""
    keys = ("simulated_hours", "wall_s", "pulses", "entries", "power_cuts")
    return {key: round(sum(getattr(result.outcome, key) for result in results), 3) for key in keys}
