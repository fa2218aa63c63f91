"""Grow GM65, GM65-S, GM812, GM861: command frames, the acknowledgement, and the symbols in the same stream.

Holds the bytes, both directions. It must not know a port, nor when something is said.

Command: 7E 00 type length register(2) data CRC(2); reply: 02 00 00 length data CRC(2). The CRC is CRC-16/XMODEM of
everything between the two bytes of the head and itself, high byte first (GM65 and GM812 manuals).
"""

from binascii import crc_hqx
from dataclasses import dataclass

from drivers.input.assembly import GAP_US, LOST
from drivers.input.protocols.dialogue import Heard, Language

COMMAND_HEAD, REPLY_HEAD = b"\x7e\x00", b"\x02\x00\x00"
READ, WRITE, SAVE = 0x07, 0x08, 0x09
TRIGGER, SPEED, AIM_PREFIX = 0x0002, 0x002A, 0x00D0
UNCHECKED = b"\xab\xcd"
"""In place of a CRC: do not check."""
FRAME_AROUND = 6
"""Bytes of a reply beside its data: head, length, CRC."""


@dataclass(frozen=True, slots=True)
class Command:
    kind: int
    register: int
    data: bytes


def encode_command(command: Command) -> bytes:
    """Trigger one read: 7E 00 08 01 00 02 01 02 DA."""
    body = bytes([command.kind, len(command.data)]) + command.register.to_bytes(2, "big") + command.data
    return COMMAND_HEAD + body + _crc(body)


def decode_command(frame: bytes) -> Command | None:
    """What a whole frame says; None if it is none, or damaged."""
    body, crc = frame[2:-2], frame[-2:]
    if not frame.startswith(COMMAND_HEAD) or len(body) < 4 or len(body) != 4 + body[1]:  # noqa: PLR2004 - type, length, register
        return None
    return Command(body[0], int.from_bytes(body[2:4], "big"), body[4:]) if crc in {_crc(body), UNCHECKED} else None


def encode_reply(data: bytes) -> bytes:
    """Acknowledgement: 02 00 00 01 00 33 31."""
    body = b"\x00" + bytes([len(data)]) + data
    return REPLY_HEAD[:2] + body + _crc(body)


def _crc(body: bytes) -> bytes:
    return crc_hqx(body, 0).to_bytes(2, "big")


class Gm65Ear:
    """Replies come before the symbol in one stream, and may arrive split: they are taken out, the rest is text."""

    def __init__(self) -> None:
        self._held = b""
        """What may be the beginning of a reply."""
        self._held_us = 0

    def receive(self, data: bytes, now_us: int) -> Heard:
        """A reply that is damaged spoils the symbol behind it, for nobody knows where that began."""
        if now_us - self._held_us >= GAP_US:
            self._held = b""  # nothing follows any more: a disturbance on the line
        self._held_us = now_us
        data, self._held = self._held + data, b""
        text, answers = "", 0
        while data:
            before, reply, data = _first_reply(data)
            text += before.decode("latin-1")
            if not reply:
                self._held, data = data, b""
            elif encode_reply(reply[4:-2]) == reply:
                answers += 1
            else:
                text += LOST
        return Heard(text, answers)


def _first_reply(data: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the first reply, the reply, the rest; without a whole one the rest may be the begin of one."""
    for begin in range(len(data)):
        head = data[begin : begin + len(REPLY_HEAD)]
        if not REPLY_HEAD.startswith(head):
            continue
        length = data[begin + len(REPLY_HEAD) :][:1]
        end = begin + FRAME_AROUND + length[0] if length else len(data) + 1
        return (data[:begin], data[begin:end], data[end:]) if end <= len(data) else (data[:begin], b"", data[begin:])
    return data, b"", b""


GM65 = Language(
    Gm65Ear,
    trigger=encode_command(Command(WRITE, TRIGGER, b"\x01")),
    release=encode_command(Command(WRITE, TRIGGER, b"\x00")),
    settings=(encode_command(Command(WRITE, AIM_PREFIX, b"\x80")),),
    acknowledged=True,
)
"""The trigger works in the mode *command trigger*, which is set at commissioning by the manual's symbol. Settings are
written and never saved."""
