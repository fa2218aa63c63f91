"""Candidates: every input device and serial port that could be a scanner, a keypad or a badge reader, by a name that
stays.

Holds what the system tells of them. It must not open one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from drivers.input.nodes import INPUTS, TYPES_DIGITS, TYPES_LABELS, Grab, grab, has_keys, name_of, place_of

DEV = Path("/dev")
STAYING = ("by-id", "by-path")
"""Where udev keeps names that stay, the better one first; that by-path belongs to the socket, not to the device."""


class Use(StrEnum):
    """What is looked for, as its table in settings files is called."""

    SCANNER = "scanner"
    KEYPAD = "keypad"
    BADGE_READER = "badge_reader"


NEEDED = {Use.SCANNER: TYPES_LABELS, Use.KEYPAD: TYPES_DIGITS, Use.BADGE_READER: TYPES_DIGITS}


class How(StrEnum):
    """How it is connected, as settings files say it."""

    KEYBOARD = "keyboard"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Around:
    """The system: where devices are, and how one is taken."""

    dev: Path = DEV
    inputs: Path = INPUTS
    take: Grab = grab


@dataclass(frozen=True, slots=True)
class Candidate:
    how: How
    path: Path


def candidates(use: Use, around: Around) -> list[Candidate]:
    """Those that could be it, each device once. A keypad is never a serial port."""
    nodes = [node for node in sorted(around.inputs.glob("event*")) if has_keys(node, NEEDED[use])]
    typing = [Candidate(How.KEYBOARD, _name(node, around)) for node in _one_of_each(nodes)]
    if use is Use.KEYPAD:
        return typing
    return typing + [Candidate(How.SERIAL, port) for port in _ports(around.dev / "serial")]


def _one_of_each(nodes: list[Path]) -> Iterator[Path]:
    """The first node of each device; a node of which no place is told stands alone."""
    seen: set[str] = set()
    for node in nodes:
        place = place_of(node)
        if place not in seen:
            yield node
        seen |= {place} - {""}


def _name(node: Path, around: Around) -> Path:
    """By its identity, or by its socket where another device says the same of itself."""
    folders = STAYING[1:] if _has_twin(node, around.inputs) else STAYING
    for folder in folders:
        for link in sorted((around.dev / "input" / folder).glob("*")):
            if link.resolve().name == node.name:
                return link
    return around.dev / "input" / node.name


def _has_twin(node: Path, inputs: Path) -> bool:
    others = (other for other in inputs.glob("event*") if place_of(other) != place_of(node))
    return bool(name_of(node)) and any(name_of(other) == name_of(node) for other in others)


def _ports(serial: Path) -> list[Path]:
    found: dict[Path, Path] = {}
    for folder in STAYING:
        for link in sorted((serial / folder).glob("*")):
            found.setdefault(link.resolve(), link)
    return list(found.values())
