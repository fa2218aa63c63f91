"""The claim on a record: one process at a time, and it dies with its process. Real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage.claim import ClaimedError, claim

HOLDER = """
import sys
from pathlib import Path
from storage.claim import claim
held = claim(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_record_is_written_by_one_process_at_a_time_and_a_dead_one_holds_nothing(path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ClaimedError, match="is being written by another process: stop the kiosk first"):
            claim(path)
        holder.kill()
        holder.wait()
        claim(path).release()


def test_within_one_process_a_claim_is_one_too_and_can_be_given_back(path: Path) -> None:
    with claim(path) as held, pytest.raises(ClaimedError):
        claim(path)
    held.release()
    with claim(path):
        """It was given back."""


def test_where_no_file_can_be_made_the_error_is_the_disk_s(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        claim(path.parent / "nowhere" / "kiosk.db")
