"""Serial ports: where one is, how it is opened, and everything it was seen to raise when it went away.

Holds the dealings with pyserial. It must not know what hangs on a port.
"""

import termios
from contextlib import suppress
from dataclasses import dataclass

import serial

PORT_ERRORS = (OSError, serial.SerialException, termios.error)
"""Everything a port that went away was seen to raise; termios.error is not an OSError."""
WRITE_TIMEOUT_S = 1.0
READ_SIZE = 4096


@dataclass(frozen=True, slots=True)
class PortSettings:
    """Where the port is and how fast. ``path`` must be stable, such as one of /dev/serial/by-path; always 8N1."""

    path: str
    baud: int


def open_port(settings: PortSettings, *, raised: bool) -> serial.Serial:
    """The port, for nobody else, whose reads never wait. Raises one of `PORT_ERRORS`.

    ``raised`` says whether DTR and RTS are; pyserial passes over ports that have no such lines.
    """
    port = serial.Serial(baudrate=settings.baud, exclusive=True, timeout=0, write_timeout=WRITE_TIMEOUT_S)
    port.dtr = raised
    port.rts = raised
    port.port = settings.path
    port.open()
    # FTDI chips otherwise hold received bytes back for up to 16 ms; a pseudo-terminal has no such mode.
    with suppress(ValueError, *PORT_ERRORS):
        port.set_low_latency_mode(True)
    return port
