"""Simple Serial Interface: the packets of Zebra scanners and of the Grow GM72, both directions.

Holds the bytes. It must not know a port, nor when something is said.

length opcode source status data checksum(2): the length counts everything but the checksum, which is the two's
complement of the sum of all bytes before it, high byte first (SSI programmer's guide, SE 923 integration guide).
"""

from dataclasses import dataclass

from drivers.input.assembly import GAP_US
from drivers.input.protocols.dialogue import Heard, Language

DECODER, HOST = 0x00, 0x04
START_DECODE, STOP_DECODE, ACK, NAK, PARAM_SEND, DECODE_DATA = 0xE4, 0xE5, 0xD0, 0xD1, 0xC6, 0xF3
RETRANSMIT, MORE_FOLLOWS, PERMANENT = 0x01, 0x02, 0x08
"""Bits of the status."""
NO_BEEP = 0xFF
TRIGGER_MODE, HOST_TRIGGER = 0x8A, 0x08
DATA_FORMAT, PACKETED = 0xEE, 0x01
CODE_ID, AIM = 0x2D, 0x01
HEAD, CHECKSUM = 4, 2
"""Bytes."""
TERMINATOR = "\r"
"""Set behind each symbol: a packet is whole by itself, whether or not the scanner adds a suffix."""


@dataclass(frozen=True, slots=True)
class Packet:
    opcode: int
    source: int
    status: int = 0
    data: bytes = b""


def encode(packet: Packet) -> bytes:
    """Start decoding: 04 E4 04 00 FF 14."""
    body = bytes([HEAD + len(packet.data), packet.opcode, packet.source, packet.status]) + packet.data
    return body + (-sum(body) & 0xFFFF).to_bytes(CHECKSUM, "big")


def decode(frame: bytes) -> Packet | None:
    """What a whole packet says; None if it is none, or damaged."""
    if len(frame) < HEAD + CHECKSUM or len(frame) != frame[0] + CHECKSUM:
        return None
    packet = Packet(frame[1], frame[2], frame[3], frame[HEAD:-CHECKSUM])
    return packet if encode(packet) == frame else None


class SsiEar:
    """Takes packets out of whatever comes. One that is damaged is not acknowledged, and the scanner sends it again."""

    def __init__(self) -> None:
        self._held = b""
        self._held_us = 0
        self._before: Packet | None = None
        """The newest packet of a symbol, to know it again."""

    def receive(self, data: bytes, now_us: int) -> Heard:
        """Bytes that belong to no packet are passed over."""
        if now_us - self._held_us >= GAP_US:
            self._held = b""
        self._held_us = now_us
        packets, self._held = _packets(self._held + data)
        text, answers, reply = "", 0, b""
        for packet in packets:
            if packet.opcode == DECODE_DATA:
                text += self._symbol(packet)
                reply += encode(Packet(ACK, HOST))
            elif packet.opcode in {ACK, NAK}:
                answers += 1
        return Heard(text, answers, reply)

    def _symbol(self, packet: Packet) -> str:
        """The first byte is the kind of symbol. What is sent again because our answer was lost is known already."""
        again = packet.status & RETRANSMIT and self._before is not None and packet.data == self._before.data
        self._before = packet
        if again:
            return ""
        return packet.data[1:].decode("latin-1") + ("" if packet.status & MORE_FOLLOWS else TERMINATOR)


def _packets(data: bytes) -> tuple[list[Packet], bytes]:
    """All whole packets, and what may be the beginning of one."""
    found: list[Packet] = []
    begin = 0
    while begin < len(data):
        end = begin + data[begin] + CHECKSUM
        packet = decode(data[begin:end])
        if packet is not None and packet.source == DECODER:
            found.append(packet)
            begin = end
        elif end > len(data) and _may_begin(data[begin:]):
            return found, data[begin:]
        else:
            begin += 1
    return found, b""


def _may_begin(data: bytes) -> bool:
    """Whether this, which is too short, can become a packet of a scanner."""
    return data[0] >= HEAD and data[1:2] in {b"", b"\xd0", b"\xd1", b"\xf3"} and data[2:3] in {b"", b"\x00"}


SSI = Language(
    SsiEar,
    trigger=encode(Packet(START_DECODE, HOST)),
    release=encode(Packet(STOP_DECODE, HOST)),
    settings=(
        encode(Packet(PARAM_SEND, HOST, 0, bytes([NO_BEEP, TRIGGER_MODE, HOST_TRIGGER]))),
        encode(Packet(PARAM_SEND, HOST, 0, bytes([NO_BEEP, DATA_FORMAT, PACKETED]))),
        encode(Packet(PARAM_SEND, HOST, 0, bytes([NO_BEEP, CODE_ID, AIM]))),
    ),
    wake=b"\x00",
    acknowledged=True,
)
"""Settings without the bit *permanent* last until the scanner loses power."""
