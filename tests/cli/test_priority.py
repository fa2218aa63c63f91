"""Commands that read a whole record give way to the kiosk that runs beside them. Each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.cli.common import LOW_PRIORITY
from tests.measure.bench import ROOT, bench_site
from tests.measure.long_history import write_long_record
from tests.measure.long_record import COMMANDS

pytestmark = pytest.mark.slow

ITS_NICENESS = "import os, sys; from kiosk.__main__ import main; main(sys.argv[1:]); print(os.nice(0))"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_on_the_whole_record_lowers_its_priority(name: str, tmp_path: Path) -> None:
    db = write_long_record(bench_site(tmp_path), entries=40)
    arguments = [part.format(db=db, out=tmp_path / "out") for part in COMMANDS[name]]

    done = subprocess.run(
        [sys.executable, "-c", ITS_NICENESS, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout, done.stderr
    assert int(done.stdout.splitlines()[-1]) >= max(LOW_PRIORITY, os.nice(0))
