"""A scanner on a serial port: USB-CDC, or TTL behind an adapter. Always 8N1; nothing is ever sent to it.

Holds the port. It must not know where one scan ends.
"""

from collections.abc import Callable, Sequence
from functools import partial

from drivers.edge import Inbox
from drivers.input.thread import ScannerThread
from drivers.serial_port import READ_SIZE, PortSettings, open_port


class SerialScanner(ScannerThread):
    def __init__(self, name: str, settings: PortSettings, inbox: Inbox, now_us: Callable[[], int]) -> None:
        super().__init__(name, settings.path, partial(_SerialDevice, settings), inbox, now_us)


class _SerialDevice:
    def __init__(self, settings: PortSettings) -> None:
        # Many USB-CDC scanners send nothing until the host raises DTR.
        self._port = open_port(settings, raised=True)

    def files(self) -> Sequence[int]:
        return (self._port.fileno(),)

    def read(self, _file: int) -> str:
        """One character for each byte: labels and passes are ASCII, and what is not must neither fail nor be lost."""
        return self._port.read(READ_SIZE).decode("latin-1")

    def close(self) -> None:
        self._port.close()
