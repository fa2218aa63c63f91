"""Devices: whether each port, board, chip, scanner, camera and display of a machine is there and can be used.

Holds one check for each. It must not know the record. Nothing here moves a lock: ports are opened, boards are read.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import assert_never

from drivers.serial_port import PORT_ERRORS, PortSettings, open_port
from drivers.survey import NoisyLineError, Question, Surveyed, survey
from kiosk.commissioning.checks import Check, remedy_of
from kiosk.config import Board, Chip, DisplayKind, DisplaySettings, Line, Machine, Scanner, ScannerKind
from kiosk.wiring.contacts import open_gpiod

PANELS = Path("/dev/dri")


def check_devices(machine: Machine, *, served: bool) -> Iterator[Check]:
    """Every device. ``served``: the kiosk's service runs, so it has the ports and nobody else may talk on them."""
    for line in machine.lines:
        port = _line(line, served=served)
        yield port
        if port.ok and not served:
            yield from _boards(line, [board for board in machine.boards if board.line == line.line])
    yield from (_chip(chip) for chip in machine.chips)
    for kind, readers in (("scanner", machine.scanners), ("badge reader", machine.badge_readers)):
        yield from (_reader(f"{kind} {each.name}", each, served=served) for each in readers)
    yield from (_input(f"keypad {each.name}", each.port) for each in machine.keypads)
    if machine.camera is not None:
        yield _camera(machine.camera.device)
    yield _display(machine.display)


# --- serial ports and boards ---


def _line(line: Line, *, served: bool) -> Check:
    return _port(f"line {line.line}", line.port, line.baud, served=served)


def _port(name: str, path: str, baud: int, *, served: bool) -> Check:
    """A port that the running service has open cannot be opened, and should not be able to be."""
    try:
        with closing(open_port(PortSettings(path, baud), raised=False)):
            pass
    except PORT_ERRORS as error:
        held = served and "exclusively lock" in str(error)
        return Check(name, ok=True, detail=f"{path} is held by the service") if held else _unusable(name, path, error)
    if served:
        detail = f"{path} can be opened, but the service does not hold it"
        return Check(name, ok=False, detail=detail, remedy="journalctl -u kiosk says why; start the service anew")
    return Check(name, ok=True, detail=f"{path} can be opened")


def _unusable(name: str, path: str, error: Exception) -> Check:
    return Check(name, ok=False, detail=f"{path}: {error}", remedy=remedy_of(error))


def _boards(line: Line, boards: list[Board]) -> Iterator[Check]:
    asked = [Question(board.family, line.baud, board.address) for board in boards]
    try:
        found = survey(line.port, asked, lambda: time.monotonic_ns() // 1000, lambda _done, _total: None)
    except (*PORT_ERRORS, NoisyLineError) as error:
        yield _unusable(f"boards of line {line.line}", line.port, error)
        return
    yield from (_board(board, question, found) for board, question in zip(boards, asked, strict=True))


def _board(board: Board, question: Question, found: Surveyed) -> Check:
    name, at = f"board {board.board}", (question.family, question.address)
    unclear = next((each.why for each in found.unclear if (each.family, each.address) == at), "")
    if unclear:
        remedy = "give each board an address of its own; look at the line's two wires, its ends and its speed"
        return Check(name, ok=False, detail=unclear, remedy=remedy)
    if question in found.unasked:
        return Check(name, ok=True, detail="not asked: at a read of its address another family would open locks")
    if not any((each.family, each.address) == at for each in found.boards):
        remedy = "look at its supply, the line's two wires and its address; kiosk board probe finds what answers"
        return Check(name, ok=False, detail=f"address {board.address} does not answer as {board.family}", remedy=remedy)
    return Check(name, ok=True, detail=f"address {board.address} answers as {board.family}")


# --- everything else ---


def _chip(chip: Chip) -> Check:
    try:
        with closing(open_gpiod(chip.device)):
            return Check(f"chip {chip.chip}", ok=True, detail=f"{chip.device} can be opened")
    except OSError as error:
        return _unusable(f"chip {chip.chip}", chip.device, error)


def _reader(name: str, scanner: Scanner, *, served: bool) -> Check:
    match scanner.kind:
        case ScannerKind.SERIAL:
            return _port(name, scanner.port, scanner.baud, served=served)
        case ScannerKind.KEYBOARD:
            return _input(name, scanner.port)
        case _:
            assert_never(scanner.kind)


def _input(name: str, path: str) -> Check:
    """An input device may be open more than once, so it is opened whether the service runs or not."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return _unusable(name, path, error)
    return Check(name, ok=True, detail=f"{path} can be read")


def _camera(device: str) -> Check:
    if find_spec("cv2") is None:
        return Check("camera", ok=False, detail="OpenCV is not installed", remedy="./run setup camera installs it")
    return _input("camera", device)


def _display(display: DisplaySettings) -> Check:
    missing, remedy = _missing_for(display)
    detail = missing or f"kind {display.kind.value}: what it needs is there"
    return Check("display", ok=not missing, detail=detail, remedy=remedy if missing else "")


def _missing_for(display: DisplaySettings) -> tuple[str, str]:
    """What the display needs and lacks, "" if nothing, and what helps then."""
    match display.kind:
        case DisplayKind.NONE:
            return "", ""
        case DisplayKind.MEMORY:
            return _missing_directory(display)
        case DisplayKind.WINDOW:
            here = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
            remedy = "run this in the desktop's session, or set kind to console on a machine without a desktop"
            return "" if here else "neither DISPLAY nor WAYLAND_DISPLAY is set", remedy
        case DisplayKind.CONSOLE:
            usable = any(os.access(panel, os.R_OK | os.W_OK) for panel in PANELS.glob("card*"))
            remedy = "connect the panel, and add the service's user to the groups video and render"
            return "" if usable else f"no panel in {PANELS} can be used", remedy
        case _:
            assert_never(display.kind)


def _missing_directory(display: DisplaySettings) -> tuple[str, str]:
    assert display.shared is not None  # noqa: S101 - the settings demand it of this kind
    directory = display.shared.frames.parent
    usable = os.access(directory, os.W_OK)
    return "" if usable else f"{directory} cannot be written", "make it, owned by the service's user"
