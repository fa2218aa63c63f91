"""Board family waveshare, Modbus RTU relay boards with a timed flash: its frames in both directions.

Holds bytes and their meaning; flash-on is the only way to open a lock (six programs, and hardware). It must not know a
clock, a port or how often a frame is sent. Boards that speak the form before September 2021 answer with exceptions or
not at all, and are refused that way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.boards.base import (
    EVERYONE,
    Abilities,
    Acknowledged,
    AllOff,
    AnyRequest,
    BoardSettings,
    Contacts,
    Forbidden,
    Modes,
    Outputs,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    ReadVersion,
    Refused,
    Reply,
    Request,
    Search,
    Unlock,
    Version,
    address_of,
    channel_of,
    first_usable,
    no_answer,
    no_frame,
    require,
)
from drivers.boards.modbus import asking, crc16, framed
from drivers.boards.polarity import bits_of, data_of, data_of_readings, level_of, reading_of, readings_of
from kiosk.core.policy import PulseMs

READ_COILS, READ_INPUTS, READ_REGISTERS, WRITE_COIL, WRITE_REGISTER = 0x01, 0x02, 0x03, 0x05, 0x06
WRITE_COILS, WRITE_REGISTERS = 0x0F, 0x10
ONE_COIL, FLASH_ON, FLASH_OFF = 0x0000, 0x0200, 0x0400
ALL_COILS, TOGGLE_ALL = 0x00FF, 0x01FF
MODE, BAUD, ADDRESS, VERSION = 0x1000, 0x2000, 0x4000, 0x8000
ON, OFF, TOGGLE = 0xFF00, 0x0000, 0x5500
EXCEPTION = 0x80
EXCEPTION_CODES = range(1, 5)
STEP_MS = 100
"""Flash times count in steps of this."""
STEPS = range(1, 11)
"""The board would take 7FFF steps, 54.6 minutes; no lock is energised for more than a second."""
MOST_CHANNELS = 32
INPUTS = 8
"""The only board of the family with inputs has eight."""
FIRST_OUTPUTS = (1, 9, 17, 25)
"""Reads of outputs are aligned to data bytes: how boards with more than eight relays order others, nobody has seen."""
REGISTERS_OF: Mapping[type[Request], tuple[int, int]] = {ReadModes: (MODE, INPUTS), ReadVersion: (VERSION, 1)}
"""First register and count of each read of registers. The vendor shows the version asked of address 0, which every
board would answer; several programs ask it of one board, as here.
"""
BROADCAST = 0
SHORT_FRAME = 8
EXCEPTION_LENGTH = 5
READ_EXTRA = 5
"""Bytes of the answer to a read beside its data: address, function, count, check."""


@dataclass(frozen=True, slots=True)
class Waveshare:
    """The codec; the same object serves driver and simulated board."""

    abilities: Abilities = Abilities(
        family="waveshare",
        check="CRC-16/MODBUS",
        baud=9600,
        addresses=range(1, 256),
        max_channel=MOST_CHANNELS,
        own_pulse=None,
        all_off=True,
        reads_contacts=True,
        probe=ReadOutputs(),
        poll=ReadAll(),
        input_modes=True,
        tells_version=True,
    )

    def encode(self, settings: BoardSettings, request: Request) -> bytes:
        """Example: channel 1 of board 1 for 500 ms is ``01 05 02 00 00 05 0C 71``. Pulses are rounded up to 100 ms."""
        address = address_of(self.abilities, settings)
        match request:
            case Unlock(channel=channel, pulse=pulse):
                steps = require("pulse in steps of 100 ms", -(-pulse.value // STEP_MS), STEPS)
                register = FLASH_ON + channel_of(self.abilities, settings, channel) - 1
                return asking(address, WRITE_COIL, register, steps)
            case ReadOne(channel=channel):
                return asking(address, READ_INPUTS, channel_of(self.abilities, settings, channel) - 1, 1)
            case ReadAll():
                return asking(address, READ_INPUTS, 0, INPUTS)
            case ReadOutputs(first=first, count=count):
                require("first output", first, FIRST_OUTPUTS)
                require("number of outputs", count, _output_counts(first))
                return asking(address, READ_COILS, first - 1, count)
            case ReadModes() | ReadVersion():
                register, count = REGISTERS_OF[type(request)]
                return asking(address, READ_REGISTERS, register, count)
            case AllOff():
                return asking(address, WRITE_COIL, ALL_COILS, OFF)
            case _:
                raise no_frame(self.abilities, request)

    # --- the driver's half of replies ---

    def search(self, settings: BoardSettings, request: Request, received: bytes, *, quiet: bool) -> Search:  # noqa: ARG002 - every reply's length is known, so silence adds nothing
        """The first usable reply behind any garbage; what else looked like a frame is named in the reason."""
        asked = self.encode(settings, request)
        starts = range(len(received) - EXCEPTION_LENGTH + 1)
        return first_usable(_candidate(settings, request, asked, received, skip) for skip in starts)

    # --- the board's half ---

    def decode_request(self, frame: bytes) -> tuple[int, AnyRequest] | None:
        """Address and request; None for anything at which a board stays silent."""
        if len(frame) < SHORT_FRAME or crc16(frame) != 0:
            return None
        decoder = (REQUESTS if len(frame) == SHORT_FRAME else LONG_REQUESTS).get(frame[1])
        register, value = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
        request = decoder(register, value, frame[6:-2]) if decoder is not None else None
        if request is None:
            return None
        if frame[0] != BROADCAST:
            return frame[0], request
        return EVERYONE, request if isinstance(request, Forbidden) else Forbidden("broadcast")

    def encode_reply(self, settings: BoardSettings, request: Request, reply: Reply) -> bytes:
        """Example: inputs of board 1 with only input 3 on answer ``01 02 01 04 A0 4B``. A refusal is an exception."""
        asked = self.encode(settings, request)
        match request, reply:
            case _, Refused(code=code):
                return framed(asked[0], asked[1] | EXCEPTION, require("exception code", code, EXCEPTION_CODES))
            case ((Unlock() | AllOff()), Acknowledged()):
                return asked
            case _:
                data = _data(settings, request, reply)
        if data is None:
            raise no_answer(self.abilities, request, reply)
        return framed(*asked[:2], len(data), *data)


def _output_counts(first: int) -> range:
    return range(8, MOST_CHANNELS - first + 2, 8)


# --- replies ---


def _reply_length(asked: bytes) -> int:
    """A write is echoed; reads answer bits, eight to a byte, or registers of two bytes."""
    count = int.from_bytes(asked[4:6], "big")
    match asked[1]:
        case 0x05:
            return len(asked)
        case 0x03:
            return READ_EXTRA + 2 * count
        case _:
            return READ_EXTRA + -(-count // 8)


def _candidate(
    settings: BoardSettings, request: Request, asked: bytes, received: bytes, skip: int
) -> tuple[int, int, Reply | str]:
    """What may begin here: an exception, or the whole reply."""
    refusal = _refusal(asked, received[skip : skip + EXCEPTION_LENGTH])
    if refusal is not None:
        return skip, EXCEPTION_LENGTH, refusal
    length = _reply_length(asked)
    frame = received[skip : skip + length]
    return skip, length, _judged(settings, request, asked, frame) if len(frame) == length else ""


def _refusal(asked: bytes, frame: bytes) -> Refused | None:
    """Function with its high bit set and a code from 1 to 4: a final no."""
    refused = frame[:2] == bytes((asked[0], asked[1] | EXCEPTION)) and frame[2] in EXCEPTION_CODES and crc16(frame) == 0
    return Refused(frame[2]) if refused else None


def _judged(settings: BoardSettings, request: Request, asked: bytes, frame: bytes) -> Reply | str:
    """The reply in a window of the right length, or what is wrong with it, "" if it does not even look like a frame."""
    if crc16(frame) != 0:
        return "bad check" if frame[:2] == asked[:2] else ""
    if frame[0] != asked[0]:
        return f"answer of board {frame[0]}"
    if frame[1] != asked[1]:
        return "answer to another operation"
    if asked[1] == WRITE_COIL:
        return Acknowledged() if frame == asked else "answer to another channel or value"
    if frame[2] != len(frame) - READ_EXTRA:
        return "byte count does not fit"
    return _meaning(settings, request, frame[3:-2])


def _meaning(settings: BoardSettings, request: Request, data: bytes) -> Reply | str:
    match request:
        case ReadOne(channel=channel):
            return (
                Contacts({channel: reading_of(settings, channel, data[0])})
                if data[0] in (0, 1)
                else "bits that were not asked for"
            )
        case ReadOutputs(first=first):
            return Outputs(frozenset(first + at for at, bit in enumerate(bits_of(settings, data)) if bit))
        case ReadModes():
            return Modes(tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)))
        case ReadVersion():
            return Version(int.from_bytes(data, "big"))
        case _:
            return Contacts(readings_of(settings, data))


def _data(settings: BoardSettings, request: Request, reply: Reply) -> bytes | None:
    """The data bytes of an answer to a read; None if the reply does not answer it."""
    match request, reply:
        case ReadOne(channel=channel), Contacts(readings=readings) if channel in readings:
            return bytes([level_of(settings, channel, readings[channel])])
        case ReadAll(), Contacts(readings=readings):
            return data_of_readings(settings, readings, 1)
        case ReadOutputs(first=first, count=count), Outputs(on=on):
            asked = range(first, first + count)
            return data_of(settings, (channel - first + 1 for channel in on if channel in asked), count // 8)
        case ReadModes(), Modes(values=values) if len(values) == INPUTS:
            return b"".join(require("mode", value, range(4)).to_bytes(2, "big") for value in values)
        case ReadVersion(), Version(version=version):
            return require("version", version, range(0x10000)).to_bytes(2, "big")
        case _:
            return None


# --- what a board understands ---

Decoder = Callable[[int, int, bytes], AnyRequest | None]


def _read_inputs(register: int, count: int, _data: bytes) -> AnyRequest | None:
    if (register, count) == (0, INPUTS):
        return ReadAll()
    return ReadOne(register + 1) if count == 1 and register < MOST_CHANNELS else None


def _read_coils(register: int, count: int, _data: bytes) -> AnyRequest | None:
    first = register + 1
    return ReadOutputs(first, count) if first in FIRST_OUTPUTS and count in _output_counts(first) else None


def _read_registers(register: int, count: int, _data: bytes) -> AnyRequest | None:
    if (register, count) == (MODE, INPUTS):
        return ReadModes()
    if (register, count) == (VERSION, 1):
        return ReadVersion()
    names = {MODE: "read_mode", ADDRESS: "read_address", VERSION: "read_version"}
    return Forbidden(names[register], value=count) if register in names else None


def _flash_on(channel: int, steps: int) -> AnyRequest:
    if steps in STEPS and channel <= MOST_CHANNELS:
        return Unlock(channel, PulseMs(steps * STEP_MS))
    return Forbidden("flash_on", (channel,), steps * STEP_MS)


COIL_NAMES = {ON: "relay_on", OFF: "relay_off", TOGGLE: "relay_toggle"}
ALL_COILS_REQUESTS: Mapping[int, AnyRequest] = {ON: Forbidden("all_on"), OFF: AllOff(), TOGGLE: Forbidden("all_toggle")}


def _write_coil(register: int, value: int, _data: bytes) -> AnyRequest | None:
    kind, channel = register & 0xFF00, (register & 0xFF) + 1
    if kind == FLASH_ON:
        return _flash_on(channel, value)
    if kind == FLASH_OFF:
        return Forbidden("flash_off", (channel,), value * STEP_MS)
    if register == TOGGLE_ALL:
        return Forbidden("all_toggle")
    if register == ALL_COILS:
        return ALL_COILS_REQUESTS.get(value)
    return Forbidden(COIL_NAMES[value], (channel,)) if kind == ONE_COIL and value in COIL_NAMES else None


def _write_register(register: int, value: int, _data: bytes) -> AnyRequest | None:
    """Each input has its mode register; of the others there is one."""
    names = {MODE: "set_mode", BAUD: "set_baud", ADDRESS: "set_address"}
    kind = register & 0xFF00
    return Forbidden(names[kind], value=value) if kind in names else None


def _write_coils(_register: int, count: int, data: bytes) -> AnyRequest | None:
    """Byte count and bits; which byte comes first differs from board to board, so channels are not named."""
    return Forbidden("write_coils", value=count) if data[0] == len(data) - 1 else None


REQUESTS: Mapping[int, Decoder] = {
    READ_COILS: _read_coils,
    READ_INPUTS: _read_inputs,
    READ_REGISTERS: _read_registers,
    WRITE_COIL: _write_coil,
    WRITE_REGISTER: _write_register,
}
"""Every function of eight bytes that a board understands."""
LONG_REQUESTS: Mapping[int, Decoder] = {WRITE_COILS: _write_coils, WRITE_REGISTERS: _write_register}
"""Every longer one."""
