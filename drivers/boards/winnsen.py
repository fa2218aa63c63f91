"""Board family winnsen, lock boards whose frames have no check: its frames in both directions.

Holds bytes and their meaning, as two programs have them, one of which follows the maker's serial document V202104. It
must not know a clock, a port or how often a frame is sent. Nothing tells a wrong bit of a lock's state from a right
one: whoever asks must believe only what two answers in a row say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.boards.base import (
    Abilities,
    Acknowledged,
    AnyRequest,
    BoardSettings,
    Contacts,
    ReadAll,
    ReadOne,
    ReadSome,
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
from drivers.boards.polarity import data_of_readings, level_of, low_first, reading_of, readings_of
from kiosk.core.policy import PulseMs

START, END = 0x90, 0x03
"""The end comes as payload, too: frames are told by their length byte."""
OPEN, POLL, READ = 0x05, 0x02, 0x12
CODES: Mapping[int, tuple[int, ...]] = {OPEN: (0x85, 0xA5), POLL: (0x82, 0xA2), READ: (0x92,)}
"""What a reply calls each function; the second ones were seen on one board."""
REPLY_LENGTH = 7
FAILED, OPENED, COOLING = 0, 1, 2
"""Results of an unlock; the last one is a custom firmware's, whose rest time was running."""
REFUSALS = (FAILED, COOLING)
DATA_BYTES = 2
MOST_CHANNELS = 16
BOARD_PULSE = PulseMs(300)
"""The board times its pulse and does not say how long it is."""


def _framed(function: int, *data: int) -> bytes:
    return bytes((START, 4 + len(data), function, *data, END))


@dataclass(frozen=True, slots=True)
class Winnsen:
    """The codec; the same object serves driver and simulated board."""

    abilities: Abilities = Abilities(
        family="winnsen",
        check="no check",
        baud=9600,
        addresses=range(1, 256),
        max_channel=MOST_CHANNELS,
        own_pulse=BOARD_PULSE,
        all_off=False,
        reads_contacts=True,
        probe=ReadAll(),
        poll=ReadAll(),
        closed_level=0,
        checked=False,
    )

    def encode(self, settings: BoardSettings, request: Request) -> bytes:
        """Example: unlock channel 1 of board 1 is ``90 06 05 01 01 03``. The board keeps its own pulse."""
        address = address_of(self.abilities, settings)
        match request:
            case Unlock(channel=channel):
                return _framed(OPEN, address, channel_of(self.abilities, settings, channel))
            case ReadOne(channel=channel):
                return _framed(READ, address, channel_of(self.abilities, settings, channel))
            case ReadAll() | ReadSome():
                return _framed(POLL, address, *self._mask(settings, request))
            case _:
                raise no_frame(self.abilities, request)

    def _mask(self, settings: BoardSettings, request: ReadAll | ReadSome) -> bytes:
        """One bit for each door that is asked for, lock 1 lowest."""
        channels = _polled(settings, request)
        bits = sum(1 << channel_of(self.abilities, settings, channel) - 1 for channel in channels)
        return require("mask of channels", bits, range(1, 0x10000)).to_bytes(DATA_BYTES, "little")

    # --- the driver's half of replies ---

    def search(self, settings: BoardSettings, request: Request, received: bytes, *, quiet: bool) -> Search:  # noqa: ARG002 - every reply has seven bytes, so silence adds nothing
        """The first reply in which everything fits; what else looked like a frame is named in the reason."""
        asked = self.encode(settings, request)
        starts = (skip for skip in range(len(received) - REPLY_LENGTH + 1) if received[skip] == START)
        return first_usable(
            (skip, REPLY_LENGTH, _judged(settings, request, asked, received[skip : skip + REPLY_LENGTH]))
            for skip in starts
        )

    # --- the board's half ---

    def decode_request(self, frame: bytes) -> tuple[int, AnyRequest] | None:
        """Address and request; None for anything at which a board stays silent."""
        whole = len(frame) >= SHORTEST and frame[0] == START and frame[1] == len(frame) and frame[-1] == END
        decoder = REQUESTS.get((frame[2], len(frame))) if whole else None
        request = decoder(frame[4:-1]) if decoder is not None and frame[3] in self.abilities.addresses else None
        return (frame[3], request) if request is not None else None

    def encode_reply(self, settings: BoardSettings, request: Request, reply: Reply) -> bytes:
        """Example: board 1 with doors 1 and 9 open answers a poll with ``90 07 82 01 01 01 03``."""
        asked = self.encode(settings, request)
        data = self._data(settings, request, reply)
        codes = CODES[asked[2]]
        return _framed(codes[-1] if settings.alternative_codes else codes[0], asked[3], *data)

    def _data(self, settings: BoardSettings, request: Request, reply: Reply) -> tuple[int, ...]:
        match request, reply:
            case Unlock(channel=channel), Acknowledged():
                return channel, OPENED
            case Unlock(channel=channel), Refused(code=code):
                return channel, require("result", code, REFUSALS)
            case ReadOne(channel=channel), Contacts(readings=readings) if channel in readings:
                return level_of(settings, channel, readings[channel]), channel
            case ((ReadAll() | ReadSome()), Contacts(readings=readings)):
                told = {each: readings[each] for each in _polled(settings, request) if each in readings}
                return tuple(data_of_readings(low_first(settings), told, DATA_BYTES))
            case _:
                raise no_answer(self.abilities, request, reply)


def _polled(settings: BoardSettings, request: ReadAll | ReadSome) -> tuple[int, ...]:
    return request.channels if isinstance(request, ReadSome) else tuple(range(1, settings.channels + 1))


# --- replies ---


def _judged(settings: BoardSettings, request: Request, asked: bytes, frame: bytes) -> Reply | str:
    """The reply in seven bytes that begin as one, or what keeps them from answering."""
    if frame[1] != REPLY_LENGTH:
        return "length does not fit"
    if frame[-1] != END:
        return "no end"
    if frame[3] != asked[3]:
        return f"answer of board {frame[3]}"
    if frame[2] not in CODES[asked[2]]:
        return "answer to another operation"
    return _meaning(settings, request, frame[4], frame[5])


def _meaning(settings: BoardSettings, request: Request, first: int, second: int) -> Reply | str:
    """Of the two bytes that differ from operation to operation: lock and result, state and lock, or sixteen bits."""
    match request:
        case Unlock(channel=channel):
            return _result(second) if first == channel else f"answer of channel {first}"
        case ReadOne(channel=channel):
            return _state(settings, channel, first) if second == channel else f"answer of channel {second}"
        case ReadSome(channels=channels):
            readings = readings_of(low_first(settings), bytes((first, second)))
            return Contacts({channel: readings[channel] for channel in channels})
        case _:
            return Contacts(readings_of(low_first(settings), bytes((first, second))))


def _result(result: int) -> Reply | str:
    if result == OPENED:
        return Acknowledged()
    return Refused(result) if result in REFUSALS else f"unknown result {result:02X}"


def _state(settings: BoardSettings, channel: int, level: int) -> Reply | str:
    known = level in (0, 1)
    return Contacts({channel: reading_of(settings, channel, level)}) if known else f"unknown state {level:02X}"


# --- what a board understands ---

SHORTEST = 6
ALL_CHANNELS = tuple(range(1, MOST_CHANNELS + 1))
Decoder = Callable[[bytes], AnyRequest | None]


def _about_one(request: Callable[[int], AnyRequest]) -> Decoder:
    return lambda data: request(data[0]) if data[0] in ALL_CHANNELS else None


def _poll(data: bytes) -> AnyRequest | None:
    bits = int.from_bytes(data, "little")
    channels = tuple(channel for channel in ALL_CHANNELS if bits >> channel - 1 & 1)
    if channels == ALL_CHANNELS:
        return ReadAll()
    return ReadSome(channels) if channels else None


REQUESTS: Mapping[tuple[int, int], Decoder] = {
    (OPEN, 6): _about_one(lambda channel: Unlock(channel, BOARD_PULSE)),
    (READ, 6): _about_one(ReadOne),
    (POLL, 7): _poll,
}
"""Function and length of every frame a board understands."""
