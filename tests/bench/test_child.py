"""The kiosk as a child process: started, cut off, started again; here with small programs in its place."""

import os
import select
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from hardware_sim.bench.child import KioskChild, Life, forget_restarts
from kiosk.restarts import Restarts

PATIENCE_S = 10.0
PROJECT = Path(__file__).parents[2]
WAITS = "import sys; sys.stderr.write('up\\n'); sys.stderr.flush(); sys.stdin = open('/dev/zero', 'rb', 0)\n"
FOREVER = WAITS + "while True: sys.stdin.read(1)"
pytestmark = pytest.mark.slow


class Watched:
    def __init__(self, program: str) -> None:
        self.lives: SimpleQueue[Life] = SimpleQueue()
        self.cuts = threading.Semaphore(0)
        self.child = KioskChild((sys.executable, "-c", program), self.lives.put, self.cuts.release)

    def next(self) -> Life:
        return self.lives.get(timeout=PATIENCE_S)


@contextmanager
def watched(program: str) -> Iterator[Watched]:
    made = Watched(program)
    made.child.start()
    try:
        yield made
    finally:
        made.child.close()


def test_cut_off_it_is_gone_at_once_and_comes_back() -> None:
    with watched(FOREVER) as it:
        assert it.next() == Life(running=True, starts=1)
        it.child.cut_power()
        assert it.next() == Life(running=False, starts=1, ended="Its power was cut.")
        assert it.cuts.acquire(timeout=PATIENCE_S)
        assert it.next() == Life(running=True, starts=2)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; print('one\\ntwo'); sys.exit(3)", "exit code 3"),
        ("import os; print('one\\ntwo', flush=True); os.abort()", "killed by SIGABRT"),
    ],
)
def test_one_that_ends_by_itself_is_told_with_its_last_lines_and_started_again(program: str, words: str) -> None:
    with watched(program) as it:
        it.next()
        ended = f"It ended by itself, {words}."
        assert it.next() == Life(running=False, starts=1, ended=ended, log=("one", "two"))
        assert it.next() == Life(running=True, starts=2, ended=ended, log=("one", "two"))
        assert not it.cuts.acquire(blocking=False)


def test_one_that_cannot_run_is_started_again_by_the_power_button_only() -> None:
    with watched("import sys; sys.exit('kiosk.toml: no' if False else 2)") as it:
        it.next()
        ended = it.next()
        assert not ended.comes_back
        it.child.cut_power()
        assert it.next() == Life(running=True, starts=2)


def test_closing_asks_it_to_end_and_does_not_start_it_again() -> None:
    says_goodbye = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n" + FOREVER
    with watched(says_goodbye) as it:
        it.next()
    assert it.lives.empty()


def test_closing_wakes_one_that_waits_for_the_power_button() -> None:
    with watched("raise SystemExit(2)") as it:
        it.next()
        it.next()
    assert it.lives.empty()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="nothing ties a process to its parent here")
def test_it_does_not_outlive_a_bench_that_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    os.mkfifo(pid)
    program = f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()))\n{FOREVER}"
    bench = f"""
import sys, threading
from hardware_sim.bench.child import KioskChild
KioskChild((sys.executable, "-c", {program!r}), lambda life: None, lambda: None).start()
threading.Event().wait()
"""
    with subprocess.Popen([sys.executable, "-c", bench], cwd=PROJECT) as process:
        watch = os.pidfd_open(int(pid.read_text()))
        process.kill()
    try:
        assert select.select([watch], [], [], PATIENCE_S)[0], "it goes on"
    finally:
        os.close(watch)


def test_a_power_cut_is_another_boot_of_the_machine_and_no_crash(tmp_path: Path) -> None:
    database = tmp_path / "kiosk.db"
    count: Callable[[], int] = lambda: Restarts(tmp_path / "kiosk.db.restarts").begin()  # noqa: E731
    assert [count(), count()] == [0, 1]
    forget_restarts(database)
    forget_restarts(database)
    assert count() == 0
