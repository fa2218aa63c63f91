"""Board family wkly, lock boards whose frames begin with the letters WKLY: its frames in both directions.

Holds bytes and their meaning; layout, length byte and check as three programs and a parser's tests have them. It must
not know a clock, a port or how often a frame is sent.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from drivers.boards.base import (
    Abilities,
    Acknowledged,
    AnyRequest,
    BoardSettings,
    Contacts,
    Forbidden,
    ReadAll,
    ReadOne,
    Refused,
    Reply,
    Request,
    Search,
    Unlock,
    address_of,
    channel_of,
    first_usable,
    no_answer,
    no_frame,
    require,
)
from drivers.boards.checks import xor_of
from drivers.boards.polarity import level_of, reading_of
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs

MARK = b"WKLY"
"""No beginning of it comes again inside it, so a parser that lost its place only looks for the next one."""
SHORTEST = 8
OPEN, READ, READ_ALL, EVENT = 0x82, 0x83, 0x84, 0x85
DOOR_LENGTH = 11
"""Of the answer about one channel: mark, length, board, command, status, channel, door, check."""
LIST_EXTRA = 10
"""Bytes of the answer about all channels beside its doors."""
DONE = 0x00
"""Failed is FF in one source and 01 in another: so is everything else."""
FAILURES = range(1, 0x100)
FAULTY = 0xFF
"""The door byte of a contact that the board finds faulty, whatever the polarity."""
MOST_CHANNELS = 24
"""The largest board that was heard of; the length byte would allow 245."""
BOARD_PULSE = PulseMs(300)
"""The board times its pulse and does not say how long it is; one client allows 350 ms for each lock."""


def _framed(address: int, command: int, *data: int) -> bytes:
    frame = bytes((*MARK, SHORTEST + len(data), address, command, *data))
    return frame + bytes([xor_of(frame)])


@dataclass(frozen=True, slots=True)
class Wkly:
    """The codec; the same object serves driver and simulated board."""

    abilities: Abilities = Abilities(
        family="wkly",
        check="XOR of all bytes",
        baud=9600,
        addresses=range(32),
        max_channel=MOST_CHANNELS,
        own_pulse=BOARD_PULSE,
        all_off=False,
        reads_contacts=True,
        probe=ReadAll(),
        poll=ReadAll(),
        status_unit=1,
    )

    def encode(self, settings: BoardSettings, request: Request) -> bytes:
        """Example: unlock channel 1 of board 0 is ``57 4B 4C 59 09 00 82 01 83``. The board keeps its own pulse."""
        address = address_of(self.abilities, settings)
        match request:
            case Unlock(channel=channel):
                return _framed(address, OPEN, channel_of(self.abilities, settings, channel))
            case ReadOne(channel=channel):
                return _framed(address, READ, channel_of(self.abilities, settings, channel))
            case ReadAll():
                return _framed(address, READ_ALL)
            case _:
                raise no_frame(self.abilities, request)

    # --- the driver's half of replies ---

    def search(self, settings: BoardSettings, request: Request, received: bytes, *, quiet: bool) -> Search:  # noqa: ARG002 - every frame tells its length, so silence adds nothing
        """The first usable reply behind any garbage; what else looked like a frame is named in the reason."""
        asked = self.encode(settings, request)
        frames = ((skip, *_frame_at(received[skip:])) for skip in _marks(received))
        return first_usable(
            (skip, len(frame), _judged(settings, request, asked, frame) if frame else fault)
            for skip, frame, fault in frames
        )

    # --- the board's half ---

    def decode_request(self, frame: bytes) -> tuple[int, AnyRequest] | None:
        """Address and request; None for anything at which a board stays silent."""
        whole = len(frame) >= SHORTEST and frame.startswith(MARK) and frame[4] == len(frame) and xor_of(frame) == 0
        if not whole or frame[5] not in self.abilities.addresses or frame[6] not in REQUESTS:
            return None
        request = REQUESTS[frame[6]](frame[7:-1])
        return (frame[5], request) if request is not None else None

    def encode_reply(self, settings: BoardSettings, request: Request, reply: Reply) -> bytes:
        """Example: channel 1 of board 0 with its door open answers ``57 4B 4C 59 0B 00 83 00 01 00 80``.

        A refused unlock tells that the door is closed: it did not open.
        """
        address, command = self.encode(settings, request)[5:7]
        match request, reply:
            case Unlock(channel=channel), Acknowledged(contact=Reading() as contact):
                data = (DONE, channel, _door(settings, channel, contact))
            case Unlock(channel=channel), Refused(code=code):
                data = (require("failure", code, FAILURES), channel, _door(settings, channel, Reading.CLOSED))
            case ReadOne(channel=channel), Contacts(readings=readings) if channel in readings:
                data = (DONE, channel, _door(settings, channel, readings[channel]))
            case ReadOne(channel=channel), Refused(code=code):
                data = (require("failure", code, FAILURES), channel, FAULTY)
            case ReadAll(), Contacts(readings=readings):
                return _framed(address, command, DONE, settings.channels, *_doors(settings, readings))
            case ReadAll(), Refused(code=code):
                return _framed(address, command, require("failure", code, FAILURES), 0)
            case _:
                raise no_answer(self.abilities, request, reply)
        return _framed(address, command, *data)


def event_frame(settings: BoardSettings, channel: int, reading: Reading) -> bytes:
    """The board's half: what it says unasked when a door moved. Example: ``57 4B 4C 59 0A 00 85 01 01 86``."""
    return _framed(settings.address, EVENT, channel, _door(settings, channel, reading))


# --- replies ---


def _marks(received: bytes) -> Iterator[int]:
    at = received.find(MARK)
    while at >= 0:
        yield at
        at = received.find(MARK, at + 1)


def _frame_at(received: bytes) -> tuple[bytes, str]:
    """The whole frame that begins here with a good check; or none, and what is wrong, "" while it may still arrive."""
    length = received[4] if len(received) > len(MARK) else SHORTEST
    if length < SHORTEST:
        return b"", "length below 8"
    if len(received) < length:
        return b"", ""
    frame = received[:length]
    return (frame, "") if xor_of(frame) == 0 else (b"", "bad check")


def _judged(settings: BoardSettings, request: Request, asked: bytes, frame: bytes) -> Reply | str:
    """The reply in a frame with a good check, or what keeps it from answering."""
    if frame[5] != asked[5]:
        return f"answer of board {frame[5]}"
    if frame[6] != asked[6]:
        return "answer to another operation"
    return _listed(settings, frame) if isinstance(request, ReadAll) else _single(settings, request, asked, frame)


def _single(settings: BoardSettings, request: Request, asked: bytes, frame: bytes) -> Reply | str:
    if len(frame) != DOOR_LENGTH:
        return "length does not fit"
    status, channel, door = frame[7:10]
    if channel != asked[7]:
        return f"answer of channel {channel}"
    if status != DONE:
        return Refused(status)
    reading = _reading(settings, channel, door)
    return Acknowledged(reading) if isinstance(request, Unlock) else Contacts({channel: reading})


def _listed(settings: BoardSettings, frame: bytes) -> Reply | str:
    if len(frame) < LIST_EXTRA or frame[8] != len(frame) - LIST_EXTRA:
        return "number of doors does not fit"
    if frame[7] != DONE:
        return Refused(frame[7])
    doors = frame[9:-1]
    if len(doors) < settings.channels:
        return f"too few doors for {settings.channels} channels"
    known = enumerate(doors[: settings.channels], start=1)
    return Contacts({channel: _reading(settings, channel, door) for channel, door in known})


def _reading(settings: BoardSettings, channel: int, door: int) -> Reading:
    return reading_of(settings, channel, door) if door in (0, 1) else Reading.FAULT


def _door(settings: BoardSettings, channel: int, reading: Reading) -> int:
    return FAULTY if reading is Reading.FAULT else level_of(settings, channel, reading)


def _doors(settings: BoardSettings, readings: Mapping[int, Reading]) -> bytes:
    """A channel without a reading says 0, as with nothing connected."""
    channels = range(1, settings.channels + 1)
    return bytes(_door(settings, each, readings[each]) if each in readings else 0 for each in channels)


# --- what a board understands ---

Decoder = Callable[[bytes], AnyRequest | None]


def _about_one(request: Callable[[int], AnyRequest]) -> Decoder:
    return lambda data: request(data[0]) if len(data) == 1 and 1 <= data[0] <= MOST_CHANNELS else None


def _about_all(request: AnyRequest) -> Decoder:
    return lambda data: None if data else request


def _about_several(name: str) -> Decoder:
    """How many, and which."""
    return lambda data: Forbidden(name, tuple(data[1:])) if len(data) > 1 and data[0] == len(data) - 1 else None


REQUESTS: Mapping[int, Decoder] = {
    0x80: _about_several("open_many"),
    0x81: _about_one(lambda channel: Forbidden("flash", (channel,))),
    OPEN: _about_one(lambda channel: Unlock(channel, BOARD_PULSE)),
    READ: _about_one(ReadOne),
    READ_ALL: _about_all(ReadAll()),
    0x86: _about_all(Forbidden("open_all")),
    0x87: _about_several("open_sequence"),
    0x88: _about_one(lambda channel: Forbidden("hold_on", (channel,))),
    0x89: _about_one(lambda channel: Forbidden("hold_off", (channel,))),
}
"""Every command that a board understands."""
