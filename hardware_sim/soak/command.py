"""`kiosk-sim soak` and `kiosk-sim replay`: the simulation as commands.

Holds their arguments and what they print. It must not know how a run works.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from cProfile import Profile
from hashlib import sha256
from pathlib import Path
from pstats import Stats
from typing import TYPE_CHECKING, Any

from kiosk.cli.common import ANSWER_IS_NO, DONE, complain, print_json

if TYPE_CHECKING:
    from hardware_sim.soak.simulate import Result
    from kiosk.cli.common import Commands

SOAK_EXAMPLE = """examples:
  kiosk-sim soak --seed 7 --hours 24 --faults all
  kiosk-sim soak --seed 1 --seeds 100 --hours 6 --json
  kiosk-sim soak --seed 7 --faults power --trace seven.json
  kiosk-sim soak --seed 2 --compartments 60 --visits-per-day 400 --hours 24 --profile

The same seed leaves the same trace hash on every machine. A run that breaks an invariant is run again with fewer and
fewer faults, and the shortest one is kept as a trace for kiosk-sim replay.
Exit code 0, 1 if an invariant does not hold, 2 for a wrong call."""
REPLAY_EXAMPLE = """example:
  kiosk-sim replay soak-7.json

Exit code 0 if every invariant holds, 1 if one does not, 2 for a wrong call."""
LAST_LINES = 12
NOT_HEARD = "kiosk-sim soak: this Python hides its SQLite: power cuts at a write came after a commit instead"


def register(commands: "Commands") -> None:
    """Add the commands to the parser."""
    soak = commands.add_parser(
        "soak",
        help="simulate people and faults for hours, and check what must hold",
        description="Run a whole kiosk with its bank, its people and a plan of faults in virtual time, and check every "
        "invariant after each step.",
        epilog=SOAK_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    soak.add_argument("--seed", metavar="N", type=int, default=0, help="the run's chance, 0 if not given")
    soak.add_argument(
        "--seeds", metavar="COUNT", type=_count, default=1, help="so many seeds from N on, 1 if not given"
    )
    soak.add_argument("--hours", metavar="H", type=_hours, default=6.0, help="simulated hours of each, 6 if not given")
    soak.add_argument("--faults", metavar="NAME", default="all", help="which faults happen, all if not given; none, a "
                      "family (doors, boards, lines, devices, power, clock, storage) or a single fault")  # fmt: skip
    soak.add_argument("--compartments", metavar="N", type=_compartments, default=8, help="of the bank, 8 if not given")
    soak.add_argument(
        "--visits-per-day", metavar="V", type=_count, help="people who come in a day; what the seed says if not given"
    )
    soak.add_argument("--profile", action="store_true", help="tell on standard error where the time went")
    soak.add_argument(
        "--trace", metavar="FILE", type=Path, help="where a failing run is kept, soak-SEED.json if not given"
    )
    soak.add_argument("--json", action="store_true", help="print one JSON object")
    soak.set_defaults(run=soak_command)
    replay = commands.add_parser(
        "replay",
        help="run a kept trace again",
        description="Run what `kiosk-sim soak` has kept once more: the same seed, the same faults.",
        epilog=REPLAY_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    replay.add_argument("trace", metavar="TRACE", type=Path, help="a file that kiosk-sim soak wrote")
    replay.add_argument("--json", action="store_true", help="print one JSON object")
    replay.set_defaults(run=replay_command)


def _count(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    message = f"a whole number from 1 on is allowed, not {text!r}"
    raise argparse.ArgumentTypeError(message)


def _compartments(text: str) -> int:
    if text.isdecimal() and FEWEST_COMPARTMENTS <= int(text) <= MOST_COMPARTMENTS:
        return int(text)
    message = f"{FEWEST_COMPARTMENTS} to {MOST_COMPARTMENTS} compartments are allowed, not {text!r}"
    raise argparse.ArgumentTypeError(message)


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if 0 < hours <= MOST_HOURS:
        return hours
    message = f"more than 0 and at most {MOST_HOURS} hours are allowed, not {text!r}"
    raise argparse.ArgumentTypeError(message)


MOST_HOURS = 24 * 366
FEWEST_COMPARTMENTS, MOST_COMPARTMENTS = 4, 200
DEAREST = 30
"""Lines of a profile."""


def soak_command(arguments: argparse.Namespace) -> int:
    """Run the seeds; the exit code."""
    from hardware_sim.soak import plan, simulate  # noqa: PLC0415 - heavy, and no wrong call needs it

    if arguments.faults not in plan.names():
        return complain(f"kiosk-sim soak: --faults {arguments.faults}: allowed are {', '.join(plan.names())}")
    results: list[Result] = []
    failed: list[dict[str, object]] = []
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        size = arguments.compartments, arguments.visits_per_day
        with _profiled(told=arguments.profile):
            result = simulate.simulate(simulate.task(seed, arguments.hours, arguments.faults, *size))
        results.append(result)
        if result.outcome.violation is not None:
            try:
                failed.append(_kept(result, arguments.trace))
            except OSError as error:
                return complain(f"kiosk-sim soak: --trace {error.filename}: {error.strerror}")
    _tell_what_was_left_out(results)
    if arguments.json:
        print_json(
            {"violations": len(failed), **simulate.totals(results), "trace_hash": _hash(results), "failed": failed}
        )
    else:
        _tell(results, failed)
    return ANSWER_IS_NO if failed else DONE


def _tell_what_was_left_out(results: "Sequence[Result]") -> None:
    from hardware_sim.soak import plan, simulate  # noqa: PLC0415

    if any(plan.cuts_writes(result.task.plan) for result in results) and not simulate.writes_are_heard():
        print(NOT_HEARD, file=sys.stderr)


@contextmanager
def _profiled(*, told: bool) -> Iterator[None]:
    """Tell on standard error which functions took the time, if that is wished."""
    if not told:
        yield
        return
    profile = Profile()
    with profile:
        yield
    Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(DEAREST)


def _kept(result: "Result", path: Path | None) -> dict[str, object]:
    """Shorten a failing run, write it down, and tell of it."""
    from hardware_sim.soak import simulate  # noqa: PLC0415

    seed = result.task.seed
    path = path or Path(f"soak-{seed}.json")
    shortest = simulate.shrunk(simulate.simulate(simulate.until_violation(result)))
    kept = shortest if shortest.outcome.violation is not None else result
    simulate.write_trace(path, kept)
    return {**_violation(kept), "incidents": len(kept.task.plan), "trace": str(path)}


def _violation(result: "Result") -> dict[str, object]:
    violation = result.outcome.violation
    if violation is None:
        return {"seed": result.task.seed}
    return {
        "seed": result.task.seed,
        "step": violation.step,
        "at_ms": violation.at_ms,
        "invariant": violation.invariant,
        "detail": violation.detail,
    }


def _hash(results: "list[Result]") -> str:
    """The trace's hash; of several runs, the hash of theirs."""
    hashes = [result.outcome.trace_hash for result in results]
    return hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()


def _tell(results: "list[Result]", failed: list[dict[str, Any]]) -> None:
    from hardware_sim.soak import simulate  # noqa: PLC0415

    sums = simulate.totals(results)
    for each in failed:
        print(f"seed {each['seed']}, step {each['step']}: {each['invariant']} does not hold: {each['detail']}")
        print(f"  kept with {each['incidents']} incidents: kiosk-sim replay {each['trace']}")
    speed = sums["simulated_hours"] * 3_600 / max(sums["wall_s"], 1e-3)
    hours = f"{sums['simulated_hours']} simulated hours in {sums['wall_s']} s"
    print(f"{len(results)} runs, {hours}: {speed:.0f} times real time")
    print(
        f"{sums['entries']} entries, {sums['pulses']} pulses, {sums['power_cuts']} power cuts, {len(failed)} violations"
    )
    print(f"trace {_hash(results)}")


def replay_command(arguments: argparse.Namespace) -> int:
    """Run a kept trace again; the exit code."""
    from hardware_sim.soak import simulate  # noqa: PLC0415 - heavy, and no wrong call needs it

    try:
        task, trace_hash = simulate.read_trace(arguments.trace)
    except simulate.TraceFileError as error:
        return complain(f"kiosk-sim replay: {arguments.trace}: {error}")
    except OSError as error:
        return complain(f"kiosk-sim replay: {arguments.trace}: {error.strerror}")
    result = simulate.simulate(task)
    violation, same = result.outcome.violation, result.outcome.trace_hash == trace_hash
    if arguments.json:
        broken = violation is not None
        answer = {"violations": int(broken), **simulate.totals([result]), "trace_hash": _hash([result])}
        print_json({**answer, "same_trace": same, "failed": [_violation(result)] if broken else []})
    else:
        print(*result.newest[-LAST_LINES:], sep="\n")
        print(f"the trace is {'the same' if same else 'another one: the program has changed since'}")
        if violation is not None:
            print(f"seed {task.seed}, step {violation.step}: {violation.invariant} does not hold: {violation.detail}")
    return DONE if violation is None else ANSWER_IS_NO
