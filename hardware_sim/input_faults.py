"""Faults of a device that types, as values, and how each is brought about on its event node.

Holds data and its translation to records. It must not know who reads them.
"""

from dataclasses import dataclass
from typing import assert_never

from hardware_sim.event_node import SimNode
from hardware_sim.keys import AS_DELIVERED, Typist, down, dropped, label, report, typed


@dataclass(frozen=True, slots=True)
class PulledInMidScan:
    """It is pulled out after so many characters, with Shift held down."""

    text: str
    characters: int


@dataclass(frozen=True, slots=True)
class OtherKeyMap:
    """It is set to a German desktop."""

    text: str


@dataclass(frozen=True, slots=True)
class LostKeys:
    """The kernel's queue was full for so many of the characters."""

    text: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Flood:
    """It types without a pause, in lines of this length; 0 is one without an end."""

    characters: int
    line: int = 0


InputFault = PulledInMidScan | OtherKeyMap | LostKeys | Flood


def apply(node: SimNode, fault: InputFault, typist: Typist = AS_DELIVERED) -> None:
    """Bring it about now. A flood returns when all of it was taken."""
    match fault:
        case PulledInMidScan(text, characters):
            node.send(typed(text[:characters], typist) + down("LEFTSHIFT"))
            node.unplug()
        case OtherKeyMap(text):
            node.send(label(text, Typist(typist.terminator, typist.gs, german=True)))
        case LostKeys(text, first, count):
            node.send(typed(text[:first], typist) + dropped() + report() + label(text[first + count :], typist))
        case Flood(characters, line):
            node.send(flood(characters, line))
        case _:
            assert_never(fault)


def flood(characters: int, line: int = 0) -> bytes:
    """Different lines of digits; their ends count among the characters."""
    if not line:
        return typed("9" * characters)
    lines = (f"{count:0{line - 1}}\r" for count in range(characters // line))
    return typed("".join(lines))
