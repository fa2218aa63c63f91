"""Learning which device it is: all candidates are read at once, until one of them is scanned, typed or shown to.

Holds the waiting. It must not know settings; it sends nothing to any device.
"""

import errno
import os
import select
import time
from collections.abc import Iterable
from typing import assert_never

from drivers.input.candidates import Around, Candidate, How, Use
from drivers.input.keyboard import KeyboardDevice
from drivers.input.keypad import KeypadDevice
from drivers.input.serial_scanner import SerialDevice
from drivers.input.thread import Device
from drivers.serial_port import PORT_ERRORS, PortSettings
from kiosk.core.events import BadgeShown, Event, KeyPressed, Scanned

SHORTEST = 4
"""Characters: fewer are keys that a person pressed on a keyboard beside it."""
HELD = (errno.EBUSY, errno.EAGAIN)
MICROSECONDS = 1_000_000


class Watch:
    """Everything that could be opened, taken for this process so that nothing is typed elsewhere, until `close`."""

    def __init__(self, found: Iterable[Candidate], use: Use, around: Around, baud: int) -> None:
        self.devices: dict[Candidate, Device] = {}
        self.refused: dict[Candidate, str] = {}
        """Why, of those that could not be opened."""
        for candidate in found:
            try:
                self.devices[candidate] = _opened(candidate, use, around, baud)
            except PORT_ERRORS as error:
                self.refused[candidate] = _why(error)

    def first(self, seconds: float) -> tuple[Candidate, Event] | None:
        """Who was heard of first within that time, and what; None if nobody was. One that is pulled is given up."""
        until_us = _now_us() + int(seconds * MICROSECONDS)
        while self.devices and _now_us() < until_us:
            owners = {file: each for each, device in self.devices.items() for file in device.files()}
            readable, _, _ = select.select([*owners], [], [], self._patience_s(until_us))
            for candidate, device in list(self.devices.items()):
                files = [file for file in readable if owners[file] == candidate]
                event = self._heard(candidate, device, files)
                if event is not None:
                    return candidate, event
        return None

    def close(self) -> None:
        while self.devices:
            self.devices.popitem()[1].close()

    def _heard(self, candidate: Candidate, device: Device, files: Iterable[int]) -> Event | None:
        events: list[Event] = []
        try:
            for file in files:
                events += device.read(file, _now_us())
            events += device.expire(_now_us())
        except PORT_ERRORS as error:
            self.refused[candidate] = _why(error)
            self.devices.pop(candidate).close()
        return next((event for event in events if _counts(event)), None)

    def _patience_s(self, until_us: int) -> float:
        deadlines = (device.deadline_us() for device in self.devices.values())
        next_us = min((each for each in deadlines if each is not None), default=until_us)
        return max(0, min(next_us, until_us) - _now_us()) / MICROSECONDS


def _opened(candidate: Candidate, use: Use, around: Around, baud: int) -> Device:
    """Raises one of `PORT_ERRORS`."""
    make = BadgeShown if use is Use.BADGE_READER else Scanned
    match candidate.how:
        case How.SERIAL:
            return SerialDevice("", PortSettings(str(candidate.path), baud), make=make)
        case How.KEYBOARD if use is Use.KEYPAD:
            return KeypadDevice(candidate.path, around.inputs, around.take)
        case How.KEYBOARD:
            return KeyboardDevice("", candidate.path, make, around.inputs, around.take)
        case _:
            assert_never(candidate.how)


def _counts(event: Event) -> bool:
    match event:
        case Scanned(text=text) | BadgeShown(badge=text):
            return len(text.reveal()) >= SHORTEST
        case KeyPressed():
            return True
        case _:
            return False


def _why(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number in HELD:
        return "another program holds it; if that is the kiosk, stop it first: systemctl stop kiosk"
    if number in {errno.EACCES, errno.EPERM}:
        return "this user may not open it; members of the groups input and dialout may"
    return os.strerror(number) if number else str(error)


def _now_us() -> int:
    return time.monotonic_ns() // 1000
