"""What the kiosk and the process that has its camera say to each other, as bytes on two pipes.

Holds both directions. It must not know a camera, a pipe, nor who is at which end.

To the process go single bytes: `LOOK`, `REST`, and `PHOTO` for the next picture as a whole. From it come messages: one
letter, the length of the rest in four bytes, the highest first, and the rest.
"""

import struct
from dataclasses import dataclass, field

LOOK, REST, PHOTO = b"L", b"R", b"P"
HEADER = struct.Struct(">cI")
SIZE = struct.Struct(">HH")


@dataclass(frozen=True, slots=True)
class Opened:
    """Pictures come from now on; whatever was said before belongs to an earlier look."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No pictures come, and why; the next `LOOK` tries again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code that counts, as a scanner sends it whose AIM prefix is on."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """The newest picture, made small, to be shown to the person: ``colours`` is red, green, blue for each pixel."""

    width: int
    height: int
    colours: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Photograph:
    """The whole picture that was asked for, as JPEG."""

    jpeg: bytes = field(repr=False)


Message = Opened | Failed | Code | Frame | Photograph


def encode(message: Message) -> bytes:
    """``Code("]Q112")``, which is 12 of a QR symbol, is 43 00 00 00 05 5D 51 31 31 32."""
    letter, rest = _parts(message)
    return HEADER.pack(letter, len(rest)) + rest


def _parts(message: Message) -> tuple[bytes, bytes]:
    match message:
        case Opened():
            return b"O", b""
        case Failed(reason=reason):
            return b"X", reason.encode()
        case Code(text=text):
            return b"C", text.encode()
        case Frame():
            return b"F", SIZE.pack(message.width, message.height) + message.colours
        case Photograph(jpeg=jpeg):
            return b"J", jpeg


class Messages:
    """Takes the bytes as they come, however cut."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def receive(self, data: bytes) -> list[Message]:
        """The messages that are whole with these bytes. Raises ValueError for what no such process says."""
        self._rest += data
        found: list[Message] = []
        while len(self._rest) >= HEADER.size:
            letter, length = HEADER.unpack_from(self._rest)
            end = HEADER.size + length
            if len(self._rest) < end:
                break
            found.append(_message(letter, bytes(self._rest[HEADER.size : end])))
            del self._rest[:end]
        return found


def _message(letter: bytes, rest: bytes) -> Message:
    match letter:
        case b"O":
            return Opened()
        case b"X":
            return Failed(rest.decode())
        case b"C":
            return Code(rest.decode())
        case b"F":
            width, height = SIZE.unpack_from(rest)
            return Frame(width, height, rest[SIZE.size :])
        case b"J":
            return Photograph(rest)
        case _:
            message = f"{letter!r} begins no message"
            raise ValueError(message)
