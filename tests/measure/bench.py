"""A simulated bank on pseudo-terminals in a process of its own, for measuring real kiosk processes.

Holds that process and what goes to and from it: a JSON line for every lot of bytes that the kiosk sent, stamped with
the monotonic clock that all processes share; commands to push doors shut. It must not know what is measured.

    .venv/bin/python -m tests.measure.bench DIRECTORY
"""

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from hardware_sim.bank import SimBank
from hardware_sim.boards import SimBoard
from hardware_sim.pty import bank_on_ptys
from hardware_sim.real_time import RealTime, real_now_us
from hardware_sim.site import Ports, sound_site, write_site
from hardware_sim.wire import Speaker
from hardware_sim.world import World
from kiosk.config import Site
from kiosk.core.ids import CompartmentId
from kiosk.vault import DEFAULT_COST, Argon2Cost

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0


def bench_site(
    directory: Path,
    policy: str = "",
    cost: Argon2Cost = DEFAULT_COST,
    line_settings: str = "",
    display: str = "",
) -> Site:
    """Write a site whose ports are those of the bank process in the same directory, and read it."""
    return sound_site(write_site(directory, Ports.beside(directory), cost, policy, line_settings, display=display))


# --- the bank's process ---


def serve(directory: Path) -> None:
    """Run the bank of the site in ``directory`` until standard input ends."""
    site = sound_site(directory / "kiosk.toml")
    with RealTime(World(seed=1, now_us=real_now_us())) as real_time:
        bank = real_time.ask(lambda: _connected(real_time, site))
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            real_time.ask(partial(_push, bank, json.loads(line)["push"]))


def _connected(real_time: RealTime, site: Site) -> SimBank:
    bank = SimBank(real_time.world, site.layout, site.machine)
    for line, wire in bank.wires.items():
        wire.taps.append(partial(_on_line, line))
    bank_on_ptys(real_time, bank, site.machine)
    for door in bank.doors.values():
        door.watchers.append(lambda door: _tell({"door": door.compartment, "open": door.is_open}))
    return bank


def _on_line(line: str, who: SimBoard | Speaker, data: bytes) -> None:
    if who is Speaker.KIOSK:
        _tell({"at_us": real_now_us(), "line": line, "hex": data.hex()})


def _tell(what: Mapping[str, object]) -> None:
    print(json.dumps(what), flush=True)


def _push(bank: SimBank, door: str) -> None:
    bank.door(CompartmentId(door)).push()


# --- the measuring side ---


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that the kiosk put on a line, when the far end saw the first of them."""

    at_us: int
    line: str
    data: bytes


class BankProcess:
    """The bank's process, from outside. Everything it tells is kept in order."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self.sent: SimpleQueue[Sent] = SimpleQueue()
        self.open_doors: set[str] = set()
        threading.Thread(target=self._read, daemon=True).start()

    def push(self, door: str) -> None:
        self._stdin.write(json.dumps({"push": door}) + "\n")
        self._stdin.flush()

    def forget(self) -> None:
        """Drop what was sent so far."""
        while True:
            try:
                self.sent.get_nowait()
            except Empty:
                return

    def first_byte_of(self, wanted: Callable[[bytes], bool]) -> int:
        """When the first byte of the next frame like that was seen, in monotonic microseconds. Raises queue.Empty."""
        end = time.monotonic() + PATIENCE_S
        while True:
            sent = self.sent.get(timeout=max(0, end - time.monotonic()))
            if wanted(sent.data):
                return sent.at_us

    def _read(self) -> None:
        for line in self._stdout:
            told = json.loads(line)
            if "hex" in told:
                self.sent.put(Sent(told["at_us"], told["line"], bytes.fromhex(told["hex"])))
            elif "door" in told:
                (self.open_doors.add if told["open"] else self.open_doors.discard)(told["door"])


def is_unlock(data: bytes) -> bool:
    """Whether these bytes begin an unlock of either family of the bench's bank."""
    return data[:1] == b"\x8a" or data[:3] == b"\x01\x05\x02"


@contextmanager
def bank_process(directory: Path) -> Iterator[BankProcess]:
    """The running bank of the site in ``directory``."""
    process = child("tests.measure.bench", str(directory))
    try:
        assert process.stdout is not None
        if not select.select([process.stdout], [], [], PATIENCE_S)[0]:
            message = f"the bank did not start within {PATIENCE_S} s"
            raise TimeoutError(message)
        process.stdout.readline()
        yield BankProcess(process)
    finally:
        process.kill()
        process.communicate()


def child(module: str, *arguments: str, stderr: "IO[Any] | None" = None) -> "subprocess.Popen[str]":
    """A process of the project's own, spoken to by lines."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True, bufsize=1
    )


def wait_until(done: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Look every two milliseconds. Raises TimeoutError."""
    end = time.monotonic() + patience_s
    while not done():
        if time.monotonic() > end:
            message = f"waited {patience_s} s for {what}"
            raise TimeoutError(message)
        select.select([], [], [], 0.002)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
