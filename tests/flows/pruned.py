"""What pruning takes: a kiosk that lived for a year and went on, the command, and a clock that is years on.

Holds no test.
"""

from pathlib import Path

from hardware_sim.record_keeper import LOOK_US
from kiosk.__main__ import main
from kiosk.core.ages import DAY_MS
from kiosk.core.entries import ClockState
from kiosk.ports import Moment
from tests.flows.scene import Scene
from tests.flows.steps import OUT, drop, pickup
from tests.flows.test_erasure import GRACE_OVER_MS


class MuchLater:
    """The clock of a machine two years on."""

    def __init__(self, mono_ms: int, wall_ms: int) -> None:
        self._now = Moment(mono_ms + 1, wall_ms + 800 * DAY_MS, ClockState.TRUSTED)

    def now(self) -> Moment:
        return self._now


def _later(scene: Scene, days: int) -> None:
    scene.kiosk.set_wall_clock(days * DAY_MS)
    scene.wait(LOOK_US // 1_000)


def two_epochs(scene: Scene) -> Scene:
    """A parcel in the first, collected and erased; then a year is over, and all of it is signed."""
    scene.kiosk.keeping = True
    scene.start().walk(*drop(), *OUT, *pickup()).wait(GRACE_OVER_MS)
    for days in (365, 0, 0, 1):
        _later(scene, days)
    scene.wait(130_000)
    return scene.kill()


def prune(scene: Scene, epoch: int, checkpoint: Path, *more: str) -> int:
    scene.let_go()
    config = str(scene.directory / "kiosk.toml")
    why = ("--checkpoint", str(checkpoint), "--person", "A. Janitor", "--reason", "old")
    return main(["prune", str(epoch), "--config", config, *why, *more])
