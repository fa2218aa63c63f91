"""Faults of a serial scanner as values, and how each is brought about.

Holds data and its translation to bytes and the plug. It must not know who hears the scanner.
"""

from dataclasses import dataclass
from typing import assert_never

from hardware_sim.scanner import SimScanner


@dataclass(frozen=True, slots=True)
class ScannerUnplugged:
    """It is pulled out of the kiosk."""


@dataclass(frozen=True, slots=True)
class ScannerFlood:
    """It sends one scan that no label is as long as."""

    characters: int = 5_000


@dataclass(frozen=True, slots=True)
class CutScan:
    """It falls silent in the middle of a label: so many characters, and no terminator."""

    text: str = "1Z5R89390357567127"
    characters: int = 9


ScannerFault = ScannerUnplugged | ScannerFlood | CutScan


def apply(scanner: SimScanner, fault: ScannerFault) -> None:
    """Bring it about now. Nothing is heard of one that is unplugged already."""
    match fault:
        case ScannerUnplugged():
            scanner.unplug()
        case ScannerFlood(characters):
            scanner.scan("X" * characters)
        case CutScan(text, characters):
            scanner.send(text[:characters].encode())
        case _:
            assert_never(fault)


def mend(scanner: SimScanner) -> None:
    """It is plugged in again."""
    if not scanner.plugged:
        scanner.plug_in()
