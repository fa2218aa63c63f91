"""What the lock files promise to a fresh machine. Must not know how they are installed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KIOSK, CAMERA, DEV = "requirements.lock", "requirements-camera.lock", "requirements-dev.lock"


def requirements(lock: str) -> list[str]:
    """Every requirement of a lock, its hashes on the same line."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pins(lock: str) -> set[str]:
    return {requirement.split("--hash")[0].strip() for requirement in requirements(lock)}


@pytest.mark.parametrize("lock", [KIOSK, CAMERA, DEV])
def test_every_requirement_is_one_version_with_its_hashes(lock: str) -> None:
    form = re.compile(r"[a-z0-9-]+(\[[a-z]+\])?==[0-9][^ ]*( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert requirements(lock)
    assert [line for line in requirements(lock) if not form.fullmatch(line)] == []


@pytest.mark.parametrize("lock", [KIOSK, CAMERA, DEV])
def test_no_lock_names_the_place_it_was_made_from(lock: str) -> None:
    assert re.findall(r"https?:|file:|--[a-z-]*index|--find-links", (ROOT / lock).read_text()) == []


@pytest.mark.parametrize("lock", [CAMERA, DEV])
def test_adding_a_part_changes_no_version_of_the_kiosk(lock: str) -> None:
    assert pins(KIOSK) <= pins(lock)
