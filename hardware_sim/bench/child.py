"""The kiosk as the bench's child: started, cut off, watched, and started again as a service manager would.

Holds the process. It must not know what the kiosk does: it sees its exit and the last lines of its text log.
"""

import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

RESTART_AFTER_S = 1.0
END_WITHIN_S = 10.0
"""How long a kiosk that was asked to end may take for it."""
LOG_LINES = 12
CANNOT_RUN = 2
"""`kiosk run` says so of settings, keys or a database that cannot be used: it would only say it again."""


@dataclass(frozen=True, slots=True)
class Life:
    """How the child is. ``starts`` counts from 1."""

    running: bool
    starts: int
    ended: str = ""
    """How the last life ended: this one, or while it runs the one before, if that ended by itself."""
    log: tuple[str, ...] = ()
    """What it wrote last before it ended by itself."""
    comes_back: bool = True


class KioskChild:
    """Keeps one command running. Everything is told to ``on_life``, from the thread that watches."""

    def __init__(self, command: Sequence[str], on_life: Callable[[Life], None], on_cut: Callable[[], object]) -> None:
        """``on_cut`` is done after each power cut, while nothing runs."""
        self._command = (*dies_with_us(), *command)
        self._on_life = on_life
        self._on_cut = on_cut
        self._process: subprocess.Popen[str] | None = None
        self._cut = False
        self._closing = threading.Event()
        self._power = threading.Event()
        self._starts = 0
        self._thread = threading.Thread(target=self._run, name="kiosk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cut_power(self) -> None:
        """Kill it this instant; it starts again by itself. One that has given up is started again at once."""
        self._cut = True
        self._power.set()
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Ask it to end, and wait for that."""
        self._closing.set()
        self._power.set()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._thread.join(END_WITHIN_S)

    # The watching thread

    def _run(self) -> None:
        last = Life(running=False, starts=0)
        while not self._closing.is_set():
            last = self._one_life(last)
            if self._closing.is_set():
                return
            self._on_life(last)
            self._power.clear()
            if last.comes_back:
                self._closing.wait(RESTART_AFTER_S)
            else:
                self._power.wait()

    def _one_life(self, before: Life) -> Life:
        """From a start to the end; how it ended."""
        by_itself = not self._cut
        self._cut = False
        self._starts += 1
        log: deque[str] = deque(maxlen=LOG_LINES)
        self._process = process = subprocess.Popen(  # noqa: S603 - the project's own program
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        if self._closing.is_set():
            process.terminate()
        ended, told = (before.ended, before.log) if by_itself else ("", ())
        self._on_life(Life(running=True, starts=self._starts, ended=ended, log=told))
        with process:
            log.extend(line.rstrip() for line in process.stdout or ())
        if self._cut:
            self._on_cut()
            return Life(running=False, starts=self._starts, ended="Its power was cut.")
        code = process.returncode
        words = f"It ended by itself, {_words_of_exit(code)}."
        return Life(running=False, starts=self._starts, ended=words, log=tuple(log), comes_back=code != CANNOT_RUN)


def dies_with_us() -> tuple[str, ...]:
    """The front of a command that is killed when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG).

    A kiosk that outlived its bench would open its ports by their old names, and meet those of the next bench there.
    """
    program = shutil.which("setpriv")
    return () if program is None else (program, "--pdeathsig", "KILL", "--")


def _words_of_exit(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def forget_restarts(database: Path) -> None:
    """What a power cut does to the count of ends soon after a start: another boot of the machine begins anew."""
    database.with_name(f"{database.name}.restarts").unlink(missing_ok=True)
