"""Runs the mutants, each in a process of its own: the simulation, or the tests it names, must notice every one.

    python -m tests.simulation.mutants [--only NAME] [--list]

Holds the running and the counting. Exit code 0 if all were caught, 1 if one was not.
"""

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.simulation.mutant_table import MUTANTS, Mutant, Soak, Tests
from tests.simulation.mutation import put_in_place

SURVIVED, CAUGHT = 0, 1
TESTS_FAILED = 1
"""What pytest ends with if tests failed; with anything else they were not run."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutant."""

    mutant: Mutant
    caught: bool
    how: str
    took_s: float


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def judge(mutant: Mutant) -> Verdict:
    """Let one mutant live in a process of its own."""
    begun = time.monotonic()
    command = (sys.executable, "-m", "tests.simulation.mutants", "--child", mutant.name)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()
    told = said[-1] if said else ""
    caught = done.returncode == CAUGHT and told.startswith("caught")
    return Verdict(mutant, caught, told, time.monotonic() - begun)


def live(mutant: Mutant) -> int:
    """Inside its own process: put it in place, then look whether anything notices."""
    put_in_place(mutant.module, mutant.old, mutant.new)
    match mutant.caught_by:
        case Soak() as soak:
            return _simulated(soak)
        case Tests(names=names):
            return _tested(names)


def _simulated(soak: Soak) -> int:
    from hardware_sim.soak import simulate  # noqa: PLC0415 - the mutant has to be in place before

    for seed in range(soak.first, soak.first + soak.seeds):
        outcome = simulate.simulate(simulate.task(seed, soak.hours, soak.faults)).outcome
        if outcome.violation is not None:
            say(f"caught by seed {seed}, {outcome.violation.invariant}: {outcome.violation.detail[:120]}")
            return CAUGHT
    say(f"survived {soak.seeds} seeds")
    return SURVIVED


def _tested(names: tuple[str, ...]) -> int:
    import pytest  # noqa: PLC0415 - the mutant has to be in place before

    code = pytest.main(["-x", "-q", "--no-header", "-p", "no:cacheprovider", "--no-cov", *names])
    if code == TESTS_FAILED:
        say(f"caught by {', '.join(names)}")
        return CAUGHT
    say(f"survived {', '.join(names)}: pytest ended with {int(code)}")
    return SURVIVED


def named(name: str) -> Mutant:
    """Raises KeyError."""
    return {mutant.name: mutant for mutant in MUTANTS}[name]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", action="append", help="this one alone; may be given again")
    parser.add_argument("--list", action="store_true", help="print them, run none")
    parser.add_argument("--jobs", type=int, default=2, help="so many at a time")
    parser.add_argument("--child", metavar="NAME", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return live(named(arguments.child))
    chosen = [named(name) for name in arguments.only] if arguments.only else list(MUTANTS)
    if arguments.list:
        for mutant in chosen:
            say(f"{mutant.name} ({mutant.breaks}) in {mutant.module}")
        return 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        verdicts = []
        for verdict in pool.map(judge, chosen):
            verdicts.append(verdict)
            say(f"{verdict.took_s:6.1f} s  {verdict.mutant.name}: {verdict.how}")
    caught = sum(verdict.caught for verdict in verdicts)
    say(f"{caught} of {len(verdicts)} mutants caught")
    return 0 if caught == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
