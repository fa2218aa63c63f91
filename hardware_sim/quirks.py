"""What boards of some families were seen to do beside what their frames say: one value for each board.

Holds data, how a family's boards usually are, and the faults that change it. It must not know a board's firmware, nor
when it is asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from drivers.boards import shuoming, wkly
from drivers.boards.base import BoardSettings
from kiosk.core.events import Reading
from kiosk.core.ids import BoardId

BOARD_PULSE_MS = 300
"""What a board gives that times its pulses by itself, about."""
WRONG_SPEED = bytes.fromhex("FB 80 F2 00")
"""What a line at another speed makes of an answer; seen on hardware of family kerong."""


USUAL_VERSION = 200


class UnlockAnswer(StrEnum):
    """Whether an unlock is answered at all. Boards of family kerong often do not, although the lock opens."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class BoardQuirks:
    """One board's ways."""

    unlock_answer: UnlockAnswer = UnlockAnswer.ALWAYS
    busy_us: int = 0
    """For so long after an unlock it answers nothing, or until it is told not to be busy."""
    cool_down_us: int = 0
    """For so long after a pulse it refuses to pulse the same lock again."""
    pulse_ms: int = BOARD_PULSE_MS
    """The time that its own timer is set to, where the frame does not carry one."""
    refuses_reads: bool = True
    """Whether a family that can say no says it to a read, too; else there is silence."""
    tells_changes: bool = False
    """It says unasked that a door moved."""
    version: int = USUAL_VERSION
    """Of its own software, where it can be asked for that."""
    wrong_speed: bool = False
    """It is set to another speed than its line: it understands nothing, and its answers are noise."""


USUAL: Mapping[str, BoardQuirks] = {
    "kerong": BoardQuirks(unlock_answer=UnlockAnswer.SOMETIMES),
    "winnsen": BoardQuirks(refuses_reads=False),
}
"""Families whose boards are not as plain as `BoardQuirks` is."""
EVENT_FRAMES: Mapping[str, Callable[[BoardSettings, int, Reading], bytes]] = {
    "shuoming": shuoming.event_frame,
    "wkly": wkly.event_frame,
}
"""Families that have a frame for a door that moved."""


def usual_quirks(family: str) -> BoardQuirks:
    return USUAL.get(family, BoardQuirks())


# --- faults ---


@dataclass(frozen=True, slots=True)
class BusyAfterUnlock:
    """Its firmware answers nothing for a while after each unlock."""

    board: BoardId
    for_ms: int = 1_500


@dataclass(frozen=True, slots=True)
class AnswersUnlocks:
    """Whether it answers unlocks."""

    board: BoardId
    answer: UnlockAnswer


@dataclass(frozen=True, slots=True)
class CoolDown:
    """It pulses no lock again for a while."""

    board: BoardId
    for_ms: int = 3_000


@dataclass(frozen=True, slots=True)
class OtherPulse:
    """Somebody set its timer to this."""

    board: BoardId
    pulse_ms: int


@dataclass(frozen=True, slots=True)
class TellsChanges:
    """It says unasked that a door moved, if its family has a frame for that."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class WrongSpeed:
    """It is set to another speed than its line."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class RunsVersion:
    """It was swapped for one with this version of its software."""

    board: BoardId
    version: int = USUAL_VERSION - 100


Quirk = BusyAfterUnlock | AnswersUnlocks | CoolDown | OtherPulse | TellsChanges | RunsVersion | WrongSpeed


def with_quirk(quirks: BoardQuirks, quirk: Quirk) -> BoardQuirks:  # noqa: PLR0911 - one line for each quirk
    """The board's ways once this is true of it, too."""
    match quirk:
        case BusyAfterUnlock(for_ms=for_ms):
            return replace(quirks, busy_us=for_ms * 1000)
        case AnswersUnlocks(answer=answer):
            return replace(quirks, unlock_answer=answer)
        case CoolDown(for_ms=for_ms):
            return replace(quirks, cool_down_us=for_ms * 1000)
        case OtherPulse(pulse_ms=pulse_ms):
            return replace(quirks, pulse_ms=pulse_ms)
        case TellsChanges():
            return replace(quirks, tells_changes=True)
        case RunsVersion(version=version):
            return replace(quirks, version=version)
        case WrongSpeed():
            return replace(quirks, wrong_speed=True)
        case _:
            assert_never(quirk)
