"""What can happen to bytes between two ends of a line.

Holds the kinds of damage and how each changes a run of bytes. It must not know frames or who sent them.
"""

import random
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class GarbageBefore:
    """A line without bias floats, and adapters that turn round late add bytes of their own."""

    count: int = 2


@dataclass(frozen=True, slots=True)
class GarbageAfter:
    count: int = 2


@dataclass(frozen=True, slots=True)
class GarbageInstead:
    count: int = 6


@dataclass(frozen=True, slots=True)
class FlippedBit:
    """One bit of the run is wrong, any of them."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """Only the first ``keep`` bytes come through."""

    keep: int = 3


@dataclass(frozen=True, slots=True)
class FirstLost:
    """The first ``count`` bytes are lost to an adapter that turned round late."""

    count: int = 1


Damage = GarbageBefore | GarbageAfter | GarbageInstead | FlippedBit | CutOff | FirstLost


def damaged(damage: Damage, data: bytes, chance: random.Random) -> bytes:
    """``data`` as it comes through."""
    match damage:
        case GarbageBefore(count):
            return chance.randbytes(count) + data
        case GarbageAfter(count):
            return data + chance.randbytes(count)
        case GarbageInstead(count):
            return chance.randbytes(count)
        case FlippedBit():
            place = chance.randrange(len(data))
            return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        case CutOff(keep):
            return data[:keep]
        case FirstLost(count):
            return data[count:]
        case _:
            assert_never(damage)
