"""`kiosk board probe` on simulated boards behind pseudo-terminals: who is found, and that nobody is told to move.

Holds whole calls of the command. It must not know frames but for the one that must never be sent.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from drivers.boards import BOARDS
from drivers.boards.base import BoardSettings, Forbidden, Unlock
from drivers.serial_port import PortSettings, open_port
from drivers.survey import Question, is_harmless, questions
from hardware_sim.bank import SimBank
from hardware_sim.pty import line_on_pty
from hardware_sim.quirks import USUAL_VERSION
from hardware_sim.real_time import RealTime, real_now_us
from hardware_sim.wire import WireFaults
from hardware_sim.world import World
from kiosk.__main__ import main
from kiosk.config import Board
from kiosk.core.ids import BoardId
from kiosk.core.policy import PulseMs
from tests.hardware_sim.benches import LINE, SHUOMING, WAVESHARE, layout, lock_board, machine

pytestmark = pytest.mark.slow

Printed = pytest.CaptureFixture[str]
Put = Callable[..., "Line"]
ONE_BOARD = BoardSettings(address=1, channels=8)
PULSE = PulseMs(300)


@dataclass(frozen=True, slots=True)
class Line:
    """A simulated line with boards on it, and the path of its port."""

    bank: SimBank
    path: Path
    real_time: RealTime


@pytest.fixture
def put(tmp_path: Path) -> Iterator[Put]:
    """Puts boards on a line, perhaps with faults of its adapter. Two boards of the layout are always there."""
    with RealTime(World(seed=3, now_us=real_now_us())) as real_time:
        made: list[Line] = []

        def on_a_line(*boards: Board, faults: WireFaults | None = None, baud: int = 9600) -> Line:
            return real_time.ask(partial(build, *boards, faults=faults, baud=baud))

        def build(*boards: Board, faults: WireFaults | None, baud: int) -> Line:
            bank = SimBank(real_time.world, layout(), machine(*boards, baud=baud))
            bank.wires[LINE].faults = faults or WireFaults()
            made.append(Line(bank, tmp_path / "port", real_time))
            line_on_pty(real_time, bank.wires[LINE], made[-1].path)
            return made[-1]

        yield on_a_line
        for line in made:
            real_time.ask(line.bank.wires[LINE].unplug)
            moved = [each for board in line.bank.boards.values() for each in board.heard if _moves(each.request)]
            assert moved == []


def _moves(request: object) -> bool:
    return isinstance(request, Unlock | Forbidden)


def probe(capsys: Printed, path: Path | str, *more: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the JSON object on standard output, and standard error."""
    code = main(["board", "probe", "--port", str(path), "--json", *more])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {}, err


def found(family: str, address: int = 1, channels: int | None = None, *, echo: bool = False) -> dict[str, object]:
    baud = BOARDS[family].abilities.baud
    version = USUAL_VERSION if BOARDS[family].abilities.tells_version else None
    return {"family": family, "baud": baud, "address": address, "channels": channels, "echo": echo, "version": version}


@pytest.mark.slow
@pytest.mark.parametrize("echo", [False, True])
def test_boards_of_all_families_are_found_on_one_line(put: Put, capsys: Printed, echo: bool) -> None:
    others = [
        replace(lock_board(family), board=BoardId(family), address=address)
        for address, family in enumerate(("wkly", "kerong", "winnsen"), start=3)
    ]
    line = put(SHUOMING, WAVESHARE, *others, faults=WireFaults(echo=echo))
    code, answer, _ = probe(capsys, line.path, "--addresses", "1-5")
    expected = [
        found("shuoming", 1, echo=echo),
        found("waveshare", 2, echo=echo),
        found("wkly", 3, 24, echo=echo),
        found("kerong", 4, echo=echo),
        found("winnsen", 5, echo=echo),
    ]
    assert (code, answer["unclear"]) == (0, [])
    assert sorted(answer["boards"], key=lambda each: int(each["address"])) == expected


def test_two_boards_of_one_address_are_not_taken_for_one(put: Put, capsys: Printed) -> None:
    line = put(SHUOMING, WAVESHARE, replace(SHUOMING, board=BoardId("twin")))
    code, answer, _ = probe(capsys, line.path, "--addresses", "1", "--family", "shuoming")
    assert (code, answer["boards"]) == (1, [])
    assert [(each["family"], each["address"]) for each in answer["unclear"]] == [("shuoming", 1)]


def test_the_version_of_a_board_that_tells_it_is_said(put: Put, capsys: Printed) -> None:
    line = put(SHUOMING, WAVESHARE)
    assert main(["board", "probe", "--port", str(line.path), "--family", "waveshare", "--addresses", "2"]) == 0
    assert f"waveshare, 9600 baud, address 2, version {USUAL_VERSION}" in capsys.readouterr().out


@pytest.mark.slow
def test_a_board_that_answers_late_is_found_at_its_own_address(put: Put, capsys: Printed) -> None:
    line = put(SHUOMING, WAVESHARE)
    for board in line.bank.boards.values():
        board.faults = replace(board.faults, delay_us=(300_000, 350_000))
    code, answer, _ = probe(capsys, line.path, "--addresses", "1-4", "--family", "shuoming")
    assert (code, answer["boards"]) == (0, [found("shuoming")])


def test_a_silent_port_has_no_boards_and_says_where_to_look(put: Put, capsys: Printed) -> None:
    line = put(SHUOMING, WAVESHARE)
    for board in line.bank.boards.values():
        board.faults = replace(board.faults, deaf=True)
    assert probe(capsys, line.path, "--addresses", "1-2")[:2] == (1, {"boards": [], "unclear": [], "unasked": []})
    assert main(["board", "probe", "--port", str(line.path), "--family", "kerong", "--addresses", "1"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no board answers" in err
    assert "--baud" in err


def test_a_port_that_does_not_exist_is_named(capsys: Printed, tmp_path: Path) -> None:
    code, answer, err = probe(capsys, tmp_path / "nothing")
    assert (code, answer["boards"], err) == (1, [], "")
    assert str(tmp_path / "nothing") in answer["error"]


def test_a_port_that_somebody_else_has_open_is_left_to_them(put: Put, capsys: Printed) -> None:
    line = put(SHUOMING, WAVESHARE)
    with closing(open_port(PortSettings(str(line.path), 9600), raised=False)):
        code, answer, _ = probe(capsys, line.path, "--addresses", "1")
    assert (code, answer["boards"]) == (1, [])
    assert "lock" in answer["error"]


def test_a_line_that_dies_while_it_is_asked_ends_the_survey(put: Put, capsys: Printed) -> None:
    line = put(SHUOMING, WAVESHARE)
    line.real_time.call(lambda: line.real_time.world.after(1_000_000, line.bank.wires[LINE].unplug))
    code, answer, err = probe(capsys, line.path)
    assert (code, answer["boards"], err) == (1, [], "")
    assert str(line.path) in answer["error"]


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--family", "lcus", "shuoming"),
        ("--baud", "9601", "9600"),
        ("--addresses", "8-1", "range such as 1-8"),
        ("--addresses", "x", "range such as 1-8"),
        ("--addresses", "300-400", "no address"),
    ],
)
def test_what_is_given_wrongly_is_refused_by_name(capsys: Printed, option: str, value: str, allowed: str) -> None:
    code, answer, err = probe(capsys, "/nothing", option, value)
    assert (code, answer) == (2, {})
    assert option in err
    assert allowed in err


# --- what is never asked ---


def test_of_all_questions_only_the_one_that_opens_locks_of_another_family_is_held_back() -> None:
    """``90 07 02 95 FF FF 03`` begins with six bytes at which board 7 of family shuoming opens several locks."""
    unsafe = [each for each in questions(BOARDS) if not is_harmless(each.frame)]
    assert unsafe == [Question("winnsen", 9600, 149)]
    opened = BOARDS["shuoming"].decode_request(unsafe[0].frame[:6])
    assert opened is not None
    assert isinstance(opened[1], Forbidden)


def test_no_unlock_of_any_family_is_harmless() -> None:
    for family, codec in BOARDS.items():
        assert not is_harmless(codec.encode(ONE_BOARD, Unlock(1, PULSE))), family


def test_the_seam_between_two_questions_is_looked_at_as_well() -> None:
    unlock = BOARDS["shuoming"].encode(ONE_BOARD, Unlock(1, PULSE))
    assert is_harmless(unlock[3:])
    assert not is_harmless(unlock[3:], unlock[:3])
