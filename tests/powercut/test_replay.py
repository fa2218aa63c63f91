"""A kiosk starts on whatever a power cut may leave of its disk, and everything that was shown or acted on is there.

Each image is opened by the real start. The same replay must fail for every control, or it proves nothing. Numbers:
`python -m tests.powercut`.
"""

from pathlib import Path

import pytest

from tests.powercut.controls import CONTROLS
from tests.powercut.lives import LIVES
from tests.powercut.replay import REPLAYS, SECOND_CUTS, replay, replay_recoveries

pytestmark = pytest.mark.slow

PARTS = {"many visits": 6, "a year": 3}
"""The longest lives are replayed in parts, each a test."""
SHARES = [(name, part, PARTS.get(name, 1)) for name in REPLAYS for part in range(1, PARTS.get(name, 1) + 1)]


@pytest.mark.parametrize(("name", "part", "of"), SHARES)
def test_a_life_survives_a_power_cut_at_any_operation(name: str, part: int, of: int, tmp_path: Path) -> None:
    plan = REPLAYS[name]
    reckoning = replay(LIVES[name](tmp_path), plan.tries, part=part, of=of)

    assert not reckoning.wrong, f"{reckoning}\nfirst {reckoning.first}"
    assert reckoning.images >= plan.at_least // (2 * of)
    assert reckoning.kiosks >= 1 or name == "migration"


@pytest.mark.parametrize("name", SECOND_CUTS)
def test_a_second_power_cut_while_a_kiosk_starts_after_the_first_takes_nothing_more(name: str, tmp_path: Path) -> None:
    plan = SECOND_CUTS[name]
    reckoning = replay_recoveries(LIVES[name](tmp_path), plan.every)

    assert not reckoning.wrong, f"{reckoning}\nfirst {reckoning.first}"
    assert reckoning.images >= plan.at_least


@pytest.mark.parametrize("name", CONTROLS)
def test_the_replay_finds_what_must_not_be(name: str, tmp_path: Path) -> None:
    reckoning = CONTROLS[name].measured(tmp_path)

    assert reckoning.wrong[CONTROLS[name].found] >= CONTROLS[name].at_least, str(reckoning)
