"""A scanner on a serial port: USB-CDC, or TTL behind an adapter. Always 8N1.

Holds the port. It must not know where one scan ends, nor what is said to the scanner.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from drivers.edge import Inbox
from drivers.input.assembly import Assembler, MakeScan, ScanEvent
from drivers.input.protocols import PROTOCOLS, Dialogue
from drivers.input.thread import ScannerThread
from drivers.serial_port import READ_SIZE, PortSettings, open_port
from kiosk.core.events import Scanned

log = logging.getLogger(__name__)


class SerialScanner(ScannerThread):
    """``protocol`` is one of `PROTOCOLS`; ``make`` is `BadgeShown` for a badge reader."""

    def __init__(  # noqa: PLR0913 - what a port and a thread are, each with its usual value
        self,
        name: str,
        settings: PortSettings,
        inbox: Inbox,
        now_us: Callable[[], int],
        *,
        protocol: str = "plain",
        make: MakeScan = Scanned,
    ) -> None:
        opened = partial(SerialDevice, name, settings, protocol, make)
        super().__init__(name, settings.path, opened, inbox, now_us)


class SerialDevice:
    """The open port, with what was said and heard on it so far."""

    def __init__(self, name: str, settings: PortSettings, protocol: str = "plain", make: MakeScan = Scanned) -> None:
        # Many USB-CDC scanners send nothing until the host raises DTR.
        self._port = open_port(settings, raised=True)
        self._path = settings.path
        self._dialogue = Dialogue(PROTOCOLS[protocol])
        self._assembler = Assembler(name, make)
        self._complained = False

    def files(self) -> Sequence[int]:
        return (self._port.fileno(),)

    def attend(self, *, wanted: bool, now_us: int) -> None:
        data = self._dialogue.attend(wanted=wanted, now_us=now_us)
        if data:
            self._port.write(data)
        if self._dialogue.unheard and not self._complained:
            self._complained = True
            log.warning("%s: the scanner acknowledges no command; is its protocol the right one?", self._path)

    def deadline_us(self) -> int | None:
        times = (self._dialogue.deadline_us(), self._assembler.deadline_us())
        return min((each for each in times if each is not None), default=None)

    def read(self, _file: int, now_us: int) -> list[ScanEvent]:
        return self._assembler.receive(self._dialogue.receive(self._port.read(READ_SIZE), now_us), now_us)

    def expire(self, now_us: int) -> list[ScanEvent]:
        return self._assembler.expire(now_us)

    def close(self) -> None:
        self._port.close()
