"""The rules that the code is held to, as tests, so that one run says everything. Must not know what the rules are."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["lint", "format", "types", "layers"])
def test_the_code_keeps_the_rules_of(name: str) -> None:
    done = subprocess.run([ROOT / "run", "check", name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
