"""Pulse + confirmed door over pseudo-terminals against an independent Modbus server, as a table of milliseconds.

Holds that server (pymodbus, in a process of its own, behind two bridged ptys) and the measurement. The far end must not
know our codec: it is entirely somebody else's Modbus. To be run from the project's root:

    .venv/bin/python -m tests.measure.modbus_peer --rounds 300
"""

import argparse
import asyncio
import os
import select
import statistics
import struct
import subprocess
import sys
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.server import StartAsyncSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.bank import BoardSetup, LineMaster, LineSetup
from drivers.boards import BOARDS
from drivers.boards.base import BoardSettings, ReadAll, Unlock
from drivers.exchange import Timing
from drivers.serial_line import SerialLine
from drivers.serial_port import PortSettings
from kiosk.core.effects import PollDoors, Pulse
from kiosk.core.events import ContactsRead, Event, LineReady, Reading
from kiosk.core.ids import BoardId, CompartmentId, LineId
from kiosk.core.layout import ContactSource, Output
from kiosk.core.policy import PulseMs

ROOT = Path(__file__).parents[2]
READY = "ready"
PATIENCE_S = 10.0
BAUD = 9600
BITS_PER_BYTE = 10
ADDRESS = 1
LINE = LineId("bus")
BOARD = BoardId("relays")
SETTINGS = BoardSettings(address=ADDRESS, channels=8)
SHIPPED_PAUSE_US = Timing().pause_us
"""Silence between two frames as the kiosk is delivered."""
REFERENCE_MS = ((0, 1.32), (SHIPPED_PAUSE_US, 5.43))
"""What another program reaches for pulse + read without keeping any record, by pause."""
FLASH = 0x02
"""High byte of the registers that switch a relay on for a time."""


# The far end: a Modbus server that is not ours


class FlashCoil(ModbusPDU):
    """Function 05 as relay boards have it: a value that is neither on nor off, echoed, and a door that opens by it.

    There is no relay behind the last input, and who asks for one gets the server's exception.
    """

    function_code = 5
    rtu_frame_size = 8
    value = 0

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self.value)

    def decode(self, data: bytes) -> None:
        self.address, self.value = struct.unpack(">HH", data[:4])

    async def datastore_update(self, context, device_id):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - pymodbus's own
        """A flashed lock opens its door and closes the others, so that every round begins with a closed door."""
        register, relay = divmod(self.address, 256)
        if register == FLASH and relay >= SETTINGS.channels:
            return ExceptionResponse(self.function_code, ExcCodes.ILLEGAL_ADDRESS)
        if register == FLASH:
            await context.async_setValues(device_id, 2, 0, [channel != relay for channel in range(SETTINGS.channels)])
        return self


def serve(path: str, first_input: int) -> None:
    """Answer on the port ``path`` until killed: 32 coils, and from that address on 32 inputs that all say closed."""

    def say_when_connected(connected: bool) -> None:
        if connected:
            print(READY, flush=True)

    def bits(first: int, *, on: bool) -> list[SimData]:
        return [SimData(first, count=32, values=on, datatype=DataType.BITS)]

    registers = [SimData(0, count=8, values=0, datatype=DataType.REGISTERS)]
    device = SimDevice(id=ADDRESS, simdata=(bits(0, on=False), bits(first_input, on=True), registers, registers))
    asyncio.run(
        StartAsyncSerialServer(
            device, port=path, baudrate=BAUD, custom_pdu=[FlashCoil], trace_connect=say_when_connected
        )
    )


class Spoil(StrEnum):
    """What the line does to the server's acknowledgements of a pulse."""

    NOTHING = "nothing"
    CHECK = "check"
    """One bit of the check is wrong."""
    LATE = "late"
    """They come when nobody waits for them any more."""


LATE_S = Timing().reply_timeout_us / 1_000_000 + 0.3


def bridge(one: int, other: int, spoil: Spoil) -> None:
    """Copy bytes between the far ends of two ptys until killed; ``other`` is the server's."""
    across = {one: other, other: one}
    while True:
        for fd in select.select([one, other], [], [])[0]:
            data = os.read(fd, 4096)
            if fd == other and data[1:3] == bytes([FlashCoil.function_code, FLASH]):
                data = spoilt(data, spoil)
            os.write(across[fd], data)


def spoilt(data: bytes, spoil: Spoil) -> bytes:
    if spoil is Spoil.LATE:
        select.select([], [], [], LATE_S)
    return data[:-1] + bytes([data[-1] ^ 1]) if spoil is Spoil.CHECK else data


@contextmanager
def modbus_peer(spoil: Spoil = Spoil.NOTHING, first_input: int = 0) -> Iterator[str]:
    """The port of a running pymodbus server; its two processes end with the block."""
    (far_ours, ours), (far_theirs, theirs) = os.openpty(), os.openpty()
    tty.setraw(ours)
    tty.setraw(theirs)
    far_ends = (far_ours, far_theirs)
    server = _child("--serve", os.ttyname(theirs), "--first-input", f"{first_input}")
    bridging = _child("--bridge", *map(str, far_ends), "--spoil", spoil, keep=far_ends)
    try:
        assert server.stdout is not None
        if not select.select([server.stdout], [], [], PATIENCE_S)[0]:
            message = f"the Modbus server did not start within {PATIENCE_S} s"
            raise TimeoutError(message)
        yield os.ttyname(ours)
    finally:
        for process in (server, bridging):
            process.kill()
            process.communicate()
        for fd in (*far_ends, ours, theirs):
            os.close(fd)


def _child(*arguments: str, keep: tuple[int, ...] = ()) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.measure.modbus_peer", *arguments]
    return subprocess.Popen(command, cwd=ROOT, pass_fds=keep, stdout=subprocess.PIPE, text=True)


# Our end


def board_setup(pause_us: int, channels: int) -> BoardSetup:
    """The board at the far end, with everything as delivered but the pause."""
    settings = replace(SETTINGS, channels=channels)
    return BoardSetup(BOARD, BOARDS["waveshare"], settings, Timing(pause_us=pause_us), ContactSource.BOARD_INPUT)


class Kiosk:
    """The serial line as the kiosk runs it, and the inbox that its engine would read."""

    def __init__(
        self,
        path: str,
        pause_us: int = SHIPPED_PAUSE_US,
        channels: int = SETTINGS.channels,
        read: type[Event] = ContactsRead,
    ) -> None:
        """``channels`` are what the kiosk believes the board to have, ``read`` what becomes of its first read."""
        self.inbox: SimpleQueue[Event] = SimpleQueue()
        master = LineMaster(LineSetup(LINE, (board_setup(pause_us, channels),)))
        self._line = SerialLine(PortSettings(path, BAUD), master, self.inbox, now_us)
        self._awaited = {LineReady, read}

    def __enter__(self) -> Self:
        self._line.start()
        awaited = set(self._awaited)  # a far end that is still starting may miss the first read
        while awaited:
            awaited.discard(type(self.wait_for(lambda event: type(event) in awaited)))
        self._line.send(PollDoors(BOARD, 10_000))
        return self

    def __exit__(self, *_: object) -> None:
        self._line.stop()

    def unlock(self, seq: int, channel: int) -> None:
        not_after_ms = now_us() // 1000 + 2000
        self._line.send(Pulse(seq, CompartmentId("A01"), Output(BOARD, channel), PulseMs(300), not_after_ms))

    def wait_for(self, wanted: Callable[[Event], bool]) -> Event:
        """The next event like that; TimeoutError after some seconds."""
        end_us = now_us() + int(PATIENCE_S * 1_000_000)
        while now_us() < end_us:
            try:
                event = self.inbox.get(timeout=PATIENCE_S)
            except Empty:
                break
            if wanted(event):
                return event
        message = "the line did not report what was waited for"
        raise TimeoutError(message)

    def so_far(self) -> list[Event]:
        """What was reported and not waited for."""
        told = []
        while not self.inbox.empty():
            told.append(self.inbox.get())
        return told

    def wait_for_door(self, channel: int) -> Event:
        """The read that shows this door open."""
        return self.wait_for(lambda event: _shows_open(event, channel))


def now_us() -> int:
    return time.monotonic_ns() // 1000


def _shows_open(event: Event, channel: int) -> bool:
    return isinstance(event, ContactsRead) and event.readings[channel] is Reading.OPEN


def pulse_and_confirmed_door(path: str, pause_us: int, rounds: int) -> list[int]:
    """Microseconds from handing over the pulse to the event that says its door is open, one per round."""
    taken_us = []
    with Kiosk(path, pause_us) as kiosk:
        for seq in range(rounds):
            channel = seq % SETTINGS.channels + 1
            _let_the_line_rest()
            begun_us = now_us()
            kiosk.unlock(seq, channel)
            kiosk.wait_for_door(channel)
            taken_us.append(now_us() - begun_us)
    return taken_us


def same_bytes_without_a_kiosk(path: str, rounds: int) -> list[int]:
    """The same two exchanges as bare writes and reads: what the far end and the ptys take by themselves."""
    codec = BOARDS["waveshare"]
    frames = [codec.encode(SETTINGS, request) for request in (Unlock(1, PulseMs(300)), ReadAll())]
    taken_us = []
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        for _ in range(rounds):
            _let_the_line_rest()
            begun_us = now_us()
            for frame, length in zip(frames, reply_lengths(), strict=True):
                os.write(port, frame)
                received = 0
                while received < length:
                    received += len(os.read(port, 256))
            taken_us.append(now_us() - begun_us)
    finally:
        os.close(port)
    return taken_us


def _let_the_line_rest() -> None:
    select.select([], [], [], 0.01)


def reply_lengths() -> tuple[int, int]:
    """Bytes in the answers to a flash and to a read of eight inputs."""
    return 8, 6


def wire_floor_ms() -> float:
    """What the bytes of both exchanges take on a real wire."""
    requests = 8 + 8
    return (requests + sum(reply_lengths())) * BITS_PER_BYTE * 1000 / BAUD


def report(rounds: int) -> None:
    """Measure, and print the table."""
    print(f"pulse + confirmed door (function 05 + function 02), {rounds} rounds, ms")
    print(f"{'':34}{'median':>8}{'p99':>8}{'reference':>11}")
    with modbus_peer() as path:
        _print_row("bare writes and reads, pause 0", same_bytes_without_a_kiosk(path, rounds), None)
        for pause_us, reference_ms in REFERENCE_MS:
            taken_us = pulse_and_confirmed_door(path, pause_us, rounds)
            _print_row(f"serial line, pause {pause_us / 1000:g} ms", taken_us, reference_ms)
    print(f"for information: these bytes alone take {wire_floor_ms():.1f} ms on a wire at {BAUD} baud")


def _print_row(name: str, taken_us: list[int], reference_ms: float | None) -> None:
    median_ms = statistics.median(taken_us) / 1000
    p99_ms = statistics.quantiles(taken_us, n=100)[98] / 1000
    beside = "" if reference_ms is None else f"{reference_ms:.2f}"
    print(f"{name:34}{median_ms:8.2f}{p99_ms:8.2f}{beside:>11}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--serve", metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--first-input", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--bridge", nargs=2, type=int, metavar="FD", help=argparse.SUPPRESS)
    parser.add_argument("--spoil", type=Spoil, default=Spoil.NOTHING, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.first_input)
    elif arguments.bridge:
        one, other = arguments.bridge
        bridge(one, other, arguments.spoil)
    else:
        report(arguments.rounds)


if __name__ == "__main__":
    main()
