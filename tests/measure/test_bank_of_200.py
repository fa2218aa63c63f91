"""What the measurement of a large bank rests on, in virtual time: there the kiosk's part of a round is exact."""

from collections import defaultdict
from functools import partial
from pathlib import Path

import pytest

from drivers.bank import LineMaster
from drivers.boards import BOARDS
from drivers.exchange import Timing
from hardware_sim.bank import SimBank
from hardware_sim.boards import SimBoard
from hardware_sim.memory_line import MemoryLine
from hardware_sim.wire import Speaker
from hardware_sim.world import World
from kiosk.core.effects import PollDoors
from kiosk.wiring.lines import line_setups
from tests.measure.bank_of_200 import COMPARTMENTS, LINES, Said, exchanges, large_site, rounds_of

MOST = 1.2
"""A round of polls beside what bytes, boards and required pauses take."""


@pytest.mark.parametrize("families", [*((family,) for family in BOARDS), tuple(BOARDS)], ids=[*BOARDS, "mixed"])
def test_a_round_of_polls_takes_hardly_more_than_its_bytes_boards_and_pauses(
    families: tuple[str, ...], tmp_path: Path
) -> None:
    site, world = large_site(tmp_path, families=families), World(seed=1)
    bank = SimBank(world, site.layout, site.machine)
    said = defaultdict[str, list[Said]](list)
    for name, wire in bank.wires.items():
        wire.taps.append(partial(_heard, said[name], world))
        line = MemoryLine(wire, LineMaster(line_setups(site.machine)[name]), lambda _event: None)
        line.start()
        for board in wire.boards:
            line.send(PollDoors(board.board, 1))
    world.run_for(20_000_000)

    assert (len(site.layout.places), len(said)) == (COMPARTMENTS, LINES)
    rounds = [rounds_of(exchanges(each), Timing().pause_us) for each in said.values()]
    assert all(each.polls > 100 for each in rounds)
    assert max(each.ratio for each in rounds) <= MOST


def _heard(said: list[Said], world: World, who: SimBoard | Speaker, data: bytes) -> None:
    said.append(Said(world.now_us, who.board if isinstance(who, SimBoard) else "", len(data)))


def test_a_request_that_nobody_answered_is_no_round() -> None:
    with pytest.raises(ValueError, match="nobody answered"):
        rounds_of([Said(0, "", 8), Said(50_000, "", 8)], pause_us=5_000)
