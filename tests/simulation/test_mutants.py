"""The mutants' command: every mutant still fits its module, and a small part of them is run here."""

import sys
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.simulation.mutant_table import MUTANTS, Mutant
from tests.simulation.mutants import judge, named
from tests.simulation.mutation import StaleMutantError, edited, put_in_place

pytestmark = pytest.mark.slow

RUN_HERE = ("pulse before commit", "commits are not synced")
"""One that the simulation catches, and one that tests catch; `python -m tests.simulation.mutants` runs all."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_fits_its_module_and_is_python(mutant: Mutant) -> None:
    spec = find_spec(mutant.module)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text()
    assert edited(source, mutant.old, mutant.new) != source
    compile(edited(source, mutant.old, mutant.new), spec.origin, "exec")


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    assert len(names) >= 20
    assert max(names.values()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_HERE)
def test_a_mutant_is_caught(name: str) -> None:
    verdict = judge(named(name))
    assert verdict.caught, verdict.how


def test_a_mutant_that_could_not_be_tried_is_not_taken_for_caught() -> None:
    unknown = replace(MUTANTS[0], name="no mutant of this name")
    assert not judge(unknown).caught


def test_a_mutant_whose_text_is_gone_is_stale() -> None:
    with pytest.raises(StaleMutantError, match="0 times"):
        edited("a = 1\n", "b", "c")
    with pytest.raises(StaleMutantError, match="2 times"):
        edited("a = 1\na = 1\n", "a = 1", "c")


def test_a_mutant_comes_before_its_module() -> None:
    assert "tests.simulation.mutation" in sys.modules
    with pytest.raises(RuntimeError, match="loaded already"):
        put_in_place("tests.simulation.mutation", "a", "b")
