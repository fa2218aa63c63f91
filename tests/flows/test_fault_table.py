"""Every fault of the simulator on a bank of every family: what is required of the kiosk then, and what its document
says of it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.boards import BOARDS
from hardware_sim import fault_names
from hardware_sim.soak import plan
from tests.flows import fault_moments as at
from tests.flows.fault_case import Seen, lived
from tests.flows.fault_checks import Check
from tests.flows.fault_document import COMMAND, DOCUMENT, outcome, written
from tests.flows.fault_table import ELSEWHERE, TABLE, rows_of

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([a-z-]+)`: (.*) \|$", re.MULTILINE)
CASES = [(name, family) for name, fault in TABLE.items() for family in BOARDS if family not in fault.cannot]
SOUND = ("", at.at_the_pulse)
CONTROLS = (
    *(SOUND, ("", at.at_rest), ("dead-board", at.at_the_pulse), ("unplugged", at.at_start)),
    *(("stuck-latch", at.at_the_pulse), ("wrong-door", at.at_the_pulse), ("held-open", at.at_the_pulse)),
    *(("popped-open", at.after_a_while), ("cut-scan", at.at_the_scan), ("", at.at_the_scan)),
    *(("power-lost", at.after_a_while), ("long-pulse", at.at_start), ("stiff-latch", at.at_the_pulse)),
)
"""A sound bank and faults of all kinds, among which each requirement is missed by one at least."""


def cells() -> dict[tuple[str, str], str]:
    """What the document says, by fault and family."""
    found = {}
    for name, row in ROW.findall(DOCUMENT.read_text(encoding="utf-8")):
        columns = row.split(" | ")
        found.update({(name, family): words for family, words in zip(BOARDS, columns[-len(BOARDS) :], strict=True)})
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "family"), CASES)
def test_the_kiosk_does_what_a_fault_requires(tmp_path: Path, name: str, family: str) -> None:
    fault = TABLE[name]
    seen = lived(tmp_path, family, name, fault.moment)

    assert [check.says for check in fault.required(family) if not check.holds(seen)] == [], seen
    assert cells().get((name, family)) == outcome(seen), f"write it anew: {COMMAND}"


def test_every_fault_that_can_be_named_is_in_the_table_or_tried_in_another_place() -> None:
    named = {*fault_names.NAMED, *fault_names.ON_CHIPS, *fault_names.ON_SCANNERS, *plan.EACH}

    assert {*TABLE, *ELSEWHERE} == named
    assert not {*TABLE} & {*ELSEWHERE}
    assert all((ROOT / file).is_file() for file in ELSEWHERE.values())
    assert [name for name in named if not rows_of(name)] == []


def test_every_family_has_its_requirements_or_a_reason_why_there_are_none() -> None:
    for name, fault in TABLE.items():
        assert {*fault.other, *fault.cannot} <= {*BOARDS}, name
        assert not {*fault.other} & {*fault.cannot}, name
        assert all(fault.required(family) for family in BOARDS), name
        assert all(fault.cannot.values()), name
        assert all(why for why, _ in fault.other.values()), name


def test_the_document_is_what_the_table_makes_of_its_cells() -> None:
    known = cells()
    for name, fault in TABLE.items():
        for family, why in fault.cannot.items():
            assert known[name, family] == f"cannot be: {why}"

    assert DOCUMENT.read_text(encoding="utf-8") == written(known), f"write it anew: {COMMAND}"


@pytest.fixture(scope="module")
def controls(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """What is seen of a sound bank and of faults of all kinds."""
    return [lived(tmp_path_factory.mktemp("control"), "shuoming", name, moment) for name, moment in CONTROLS]


@pytest.mark.slow
def test_every_requirement_can_be_missed(controls: list[Seen]) -> None:
    checks = {check.says: check for name in TABLE for check in every_check_of(name)}

    assert [says for says, check in checks.items() if not missed(check, controls)] == []


def every_check_of(name: str) -> Iterator[Check]:
    fault = TABLE[name]
    for family in BOARDS:
        yield from fault.required(family) if family not in fault.cannot else ()


def missed(check: Check, controls: list[Seen]) -> bool:
    return any(not check.holds(seen) for seen in controls)


@pytest.mark.slow
def test_no_fault_that_does_harm_is_answered_as_if_there_was_none(controls: list[Seen]) -> None:
    sound = next(seen for (name, moment), seen in zip(CONTROLS, controls, strict=True) if (name, moment) == SOUND)
    harmless = {name for name in TABLE if all(check.holds(sound) for check in every_check_of(name))}

    assert harmless == {
        *("rebound", "bouncing-contact", "busy-after-unlock", "unanswered-unlocks", "tells-changes"),
        *("echo", "damaged-echo", "garbage-before", "garbage-after", "noise", *plan.SCANNERS),
    }
