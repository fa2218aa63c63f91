"""A bank of 200 compartments on four lines at 9600 baud: how long a round of polls takes, and what a person waits.

Holds both measurements. The simulated bank is a process of its own, whose wires take the time of each byte; the lines
are those of the kiosk, thread by thread. A round's floor is what bytes, boards and required pauses take: all of it is
read off the wire, and what is left is the kiosk's. To be run from the project's root, with the machine quiet:

    .venv/bin/python -m tests.measure.bank_of_200 --rounds 50
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from drivers.boards import BOARDS
from drivers.boards.base import Unlock
from drivers.exchange import Timing
from hardware_sim.bank import SimBank
from hardware_sim.boards import SimBoard
from hardware_sim.families import on_families
from hardware_sim.pty import bank_on_ptys
from hardware_sim.real_time import RealTime, real_now_us
from hardware_sim.site import BAUD, sound_site
from hardware_sim.soak.building import grown
from hardware_sim.wire import BITS_PER_BYTE, Speaker
from hardware_sim.world import World
from kiosk.commissioning.layout_file import layout_toml
from kiosk.config import Site
from kiosk.config.machine import Board, Line
from kiosk.core.effects import PollDoors
from kiosk.core.events import Event
from kiosk.core.ids import LineId
from kiosk.wiring.lines import serial_lines
from tests.measure.bench import bench_site, child
from tests.measure.latency import QUICK, brought, p95, pickups, running

COMPARTMENTS, LINES = 200, 4
SAID = "said.jsonl"
SHUOMING_STATUS_BYTES = 2
POLLS = {"polled slowly": "poll_idle_ms = 10000\n", "polled without a pause": "poll_idle_ms = 200\n"}
WATCHED_S = 20.0
US_PER_BYTE = BITS_PER_BYTE * 1_000_000 / BAUD


# --- the site ---


def large_site(directory: Path, policy: str = "", families: Sequence[str] = tuple(BOARDS)) -> Site:
    """A site of 200 compartments in ``directory``, read back from its files."""
    small = bench_site(directory, policy)
    lines = tuple(Line(LineId(f"line-{number}"), str(directory / f"line-{number}"), BAUD) for number in range(LINES))
    small = replace(small, machine=replace(small.machine, lines=lines))
    large = on_families(grown(small, COMPARTMENTS), families)
    (directory / "layout.toml").write_text(layout_toml(large.layout), encoding="utf-8")
    settings = (directory / "kiosk.toml").read_text(encoding="utf-8")
    begin, rest = settings[: settings.index("[[line]]")], settings[settings.index("[secrets]") :]
    wired = "".join([*map(_line_toml, lines), *map(_board_toml, large.machine.boards)])
    (directory / "kiosk.toml").write_text(begin + wired + rest, encoding="utf-8")
    return sound_site(directory / "kiosk.toml")


def _line_toml(line: Line) -> str:
    return f'[[line]]\nid = "{line.line}"\nport = "{line.port}"\nbaud = {line.baud}\n\n'


def _board_toml(board: Board) -> str:
    more = f"inputs = {board.inputs}\n" if board.inputs else ""
    more += f"status_bytes = {SHUOMING_STATUS_BYTES}\n" if board.family == "shuoming" else ""
    return (
        f'[[board]]\nid = "{board.board}"\nline = "{board.line}"\nfamily = "{board.family}"\n'
        f"address = {board.address}\nchannels = {board.channels}\nclosed_level = {board.closed_level}\n{more}\n"
    )


# --- the bank's process, which tells everything that is said ---


def serve(directory: Path) -> None:
    """Run the bank of the site in ``directory`` until standard input ends."""
    site = sound_site(directory / "kiosk.toml")
    with (directory / SAID).open("w") as said, RealTime(World(seed=1, now_us=real_now_us())) as real_time:
        real_time.ask(lambda: _connected(real_time, site, said))
        print(json.dumps({"ready": True}), flush=True)
        for _ in sys.stdin:
            """Nothing is asked of it."""


def _connected(real_time: RealTime, site: Site, said: IO[str]) -> None:
    bank = SimBank(real_time.world, site.layout, site.machine)
    for line, wire in bank.wires.items():
        wire.taps.append(partial(_said, said, real_time.world, line))
    bank_on_ptys(real_time, bank, site.machine)


def _said(file: IO[str], world: World, line: str, who: SimBoard | Speaker, data: bytes) -> None:
    """By the world's clock, so that what the simulation is late by is nobody's."""
    board = who.board if isinstance(who, SimBoard) else ""
    file.write(json.dumps({"line": line, "board": board, "at_us": world.now_us, "bytes": len(data)}) + "\n")


# --- rounds of polls ---


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes on one line; ``board`` is empty for those of the kiosk."""

    at_us: int
    board: str
    count: int

    @property
    def end_us(self) -> float:
        return self.at_us + self.count * US_PER_BYTE


@dataclass(frozen=True, slots=True)
class Rounds:
    """What one line's polls took, all of them together, beside what they cannot take less than."""

    polls: int
    bytes: int
    taken_us: float
    floor_us: float

    @property
    def ratio(self) -> float:
        return self.taken_us / self.floor_us


def rounds_of(said: Sequence[Said], pause_us: int) -> Rounds:
    """Of whole exchanges one behind the other. ValueError if a request was not answered."""
    floor_us, requests = 0.0, [each for each in said if not each.board]
    for request, reply in zip(said[0::2], said[1::2], strict=True):
        if request.board or not reply.board:
            message = f"at {request.at_us} us nobody answered"
            raise ValueError(message)
        waited_us = reply.at_us - request.end_us  # the board's silence that ends a frame, and its own delay
        floor_us += request.count * US_PER_BYTE + waited_us + reply.count * US_PER_BYTE + pause_us
    taken_us = said[-1].end_us + pause_us - said[0].at_us
    return Rounds(len(requests), sum(each.count for each in said), taken_us, floor_us)


def watched(directory: Path, families: Sequence[str], seconds: float) -> Mapping[str, Rounds]:
    """Each line's polls for so long, as fast as they go."""
    site = large_site(directory, families=families)
    bank = child("tests.measure.bank_of_200", "--serve", str(directory))
    inbox: SimpleQueue[Event] = SimpleQueue()
    lines = serial_lines(site.machine, inbox, real_now_us)
    try:
        assert bank.stdout is not None
        bank.stdout.readline()
        for line in lines.values():
            line.start()
        for board in site.machine.boards:
            lines[board.line].send(PollDoors(board.board, 1))
        _let_pass(inbox, seconds)
    finally:
        for line in lines.values():
            line.stop()
        bank.communicate()
    told = (directory / SAID).read_text(encoding="ascii").splitlines()
    return {name: rounds_of(each, Timing().pause_us) for name, each in _heard(told).items()}


def _let_pass(inbox: SimpleQueue[Event], seconds: float) -> None:
    """As the engine does, somebody takes what the lines post."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        with suppress(Empty):
            inbox.get(timeout=left)


SETTLED_US = 2_000_000
"""After this long every board has been told to switch off, and is only polled."""


def _heard(told: Iterable[str]) -> Mapping[str, Sequence[Said]]:
    """Whole exchanges of each line, from the first poll after the start on to the last answered one."""
    lines: defaultdict[str, list[Said]] = defaultdict(list)
    for each in map(json.loads, told):
        lines[each["line"]].append(Said(each["at_us"], each["board"], each["bytes"]))
    return {name: exchanges(said) for name, said in sorted(lines.items())}


def exchanges(said: Sequence[Said]) -> Sequence[Said]:
    begun_us = said[0].at_us + SETTLED_US
    first = next(at for at, each in enumerate(said) if each.at_us > begun_us and not each.board)
    kept = said[first:-8]  # at the end the lines stop
    return kept if kept[-1].board else kept[:-1]


def report_rounds(name: str, families: Sequence[str], seconds: float) -> None:
    with tempfile.TemporaryDirectory() as place:
        found = watched(Path(place), families, seconds)
        site = sound_site(Path(place) / "kiosk.toml")
    print(f"{name}: {COMPARTMENTS} compartments, {len(site.machine.boards)} boards, {LINES} lines at {BAUD} baud")
    print(f"  {'line':10}{'boards':>8}{'polls':>8}{'bytes':>9}{'ms a poll':>11}{'floor':>8}{'ratio (at most 1.2)':>21}")
    for line, rounds in found.items():
        boards = sum(1 for board in site.machine.boards if board.line == line)
        taken_ms, floor_ms = (us / rounds.polls / 1000 for us in (rounds.taken_us, rounds.floor_us))
        print(
            f"  {line:10}{boards:8}{rounds.polls:8}{rounds.bytes:9}{taken_ms:11.2f}{floor_ms:8.2f}{rounds.ratio:21.3f}"
        )


# --- what a person waits ---


def is_unlock(data: bytes) -> bool:
    """Whether these bytes are an unlock of any family."""
    asked = (codec.decode_request(data) for codec in BOARDS.values())
    return any(decoded is not None and isinstance(decoded[1], Unlock) for decoded in asked)


def digits_to_pulse(polls: str, rounds: int) -> list[int]:
    """Microseconds from the last digit of a right code to the pulse's first byte."""
    with tempfile.TemporaryDirectory() as place:
        site = large_site(Path(place), QUICK + polls)
        with running(Path(place), site) as (hands, bank):
            return pickups(hands, bank, brought(hands), rounds, is_unlock)


def report_waits(rounds: int) -> None:
    print(f"last digit to first byte of the pulse, {rounds} rounds, ms{'median':>12}{'p95':>9}{'most':>9}")
    for name, polls in POLLS.items():
        taken_us = digits_to_pulse(polls, rounds)
        median, late = statistics.median(taken_us), p95(taken_us)
        print(f"  {name:50}{median / 1000:9.2f}{late / 1000:9.2f}{max(taken_us) / 1000:9.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="pickups (50)")
    parser.add_argument("--seconds", type=float, default=WATCHED_S, help="how long polls are watched (20)")
    parser.add_argument("--serve", metavar="DIRECTORY", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    report_rounds("all families", tuple(BOARDS), arguments.seconds)
    for family in BOARDS:
        report_rounds(family, (family,), arguments.seconds)
    report_waits(arguments.rounds)


if __name__ == "__main__":
    main()
