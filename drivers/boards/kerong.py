"""Board family kerong, KR-CU16 and KR-CU12 lock boards with item sensors: its frames in both directions.

Holds bytes and their meaning; layout and check as five programs have them, two of them run on hardware. It must not
know a clock, a port or how often a frame is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.boards.base import (
    EVERYONE,
    Abilities,
    AnyRequest,
    BoardSettings,
    Contacts,
    Forbidden,
    PulseTime,
    ReadAll,
    ReadPulseTime,
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
from drivers.boards.checks import sum_of
from drivers.boards.polarity import bits_of, data_of, data_of_readings, low_first, readings_of
from kiosk.core.policy import PulseMs

START, END = 0x02, 0x03
"""Both come as payload, too: frames are told by their length, never by their end."""
STATE, OPEN, STATE_REPLY, PULSE_TIME, PULSE_REPLY = 0x30, 0x31, 0x35, 0x37, 0x38
STATE_LENGTH, PULSE_LENGTH = 9, 7
"""Of the replies. That of the pulse time has the layout of the command that sets it; nobody published one."""
DATA_BYTES = 2
"""Sixteen locks, sixteen item sensors."""
MOST_CHANNELS = 16
PULSE_STEP_MS = 10
LONGEST_PULSE = range(0x10000)
ALL_BOARDS = 0xF0
BOARD_PULSE = PulseMs(300)
"""Stands for the time that the board keeps itself; what it is can be asked."""
UNLOCK_WAIT_US = 200_000
"""One program waits 100 to 200 ms before it reads; whatever the board says to an unlock it says before that."""
BUSY_US = 2_000_000
"""A board on hardware left one or two reads unanswered after an unlock."""


def _framed(*body: int) -> bytes:
    frame = bytes((START, *body, END))
    return frame + bytes([sum_of(frame)])


@dataclass(frozen=True, slots=True)
class Kerong:
    """The codec; the same object serves driver and simulated board."""

    abilities: Abilities = Abilities(
        family="kerong",
        check="sum of all bytes",
        baud=19200,
        addresses=range(10),
        max_channel=MOST_CHANNELS,
        own_pulse=BOARD_PULSE,
        all_off=False,
        reads_contacts=True,
        probe=ReadAll(),
        poll=ReadAll(),
        reads_one=False,
        stores_pulse=True,
        unlock_wait_us=UNLOCK_WAIT_US,
        busy_us=BUSY_US,
    )

    def encode(self, settings: BoardSettings, request: Request) -> bytes:
        """Example: unlock channel 1 of board 0 is ``02 00 31 03 36``. The board keeps its own pulse."""
        board = address_of(self.abilities, settings) << 4
        match request:
            case Unlock(channel=channel):
                return _framed(board | channel_of(self.abilities, settings, channel) - 1, OPEN)
            case ReadAll():
                return _framed(board, STATE)
            case ReadPulseTime():
                return _framed(board, PULSE_TIME)
            case _:
                raise no_frame(self.abilities, request)

    # --- the driver's half of replies ---

    def search(self, settings: BoardSettings, request: Request, received: bytes, *, quiet: bool) -> Search:  # noqa: ARG002 - every reply's length is known, so silence adds nothing
        """The first usable reply behind any garbage; what else looked like a frame is named in the reason."""
        asked = self.encode(settings, request)
        length, command = (
            (PULSE_LENGTH, PULSE_REPLY) if isinstance(request, ReadPulseTime) else (STATE_LENGTH, STATE_REPLY)
        )
        frames = ((skip, received[skip : skip + length]) for skip in range(len(received) - length + 1))
        return first_usable(
            (skip, length, _fault(asked, frame) or _meaning(settings, frame))
            for skip, frame in frames
            if (frame[0], frame[2]) == (START, command)
        )

    # --- the board's half ---

    def decode_request(self, frame: bytes) -> tuple[int, AnyRequest] | None:
        """Address and request; None for anything at which a board stays silent."""
        if frame[:2] == UPDATE_START:
            return _decoded_update(frame)
        decoder = REQUESTS.get((frame[2], len(frame))) if len(frame) >= SHORTEST else None
        if decoder is None or frame[0] != START or frame[-2] != END or sum_of(frame[:-1]) != frame[-1]:
            return None
        request = decoder(frame)
        if frame[1] & 0xF0 == ALL_BOARDS:
            return EVERYONE, request if isinstance(request, Forbidden) else Forbidden("broadcast")
        address = frame[1] >> 4
        return (address, request) if address in self.abilities.addresses else None

    def encode_reply(self, settings: BoardSettings, request: Request, reply: Reply) -> bytes:
        """Example: board 0 with every lock open and nothing inside answers ``02 00 35 00 00 00 00 03 3A``.

        The same frame may answer an unlock.
        """
        address = self.encode(settings, request)[1] & 0xF0
        match request, reply:
            case ((ReadAll() | Unlock()), Contacts(readings=readings, items=items)):
                usual = low_first(settings)
                locks, inside = data_of_readings(usual, readings, DATA_BYTES), data_of(usual, items, DATA_BYTES)
                return _framed(address, STATE_REPLY, *locks, *inside)
            case ReadPulseTime(), PulseTime(pulse_ms=pulse_ms):
                steps = require("pulse in steps of 10 ms", pulse_ms // PULSE_STEP_MS, LONGEST_PULSE)
                return _framed(address, PULSE_REPLY, *steps.to_bytes(2, "big"))
            case _:
                raise no_answer(self.abilities, request, reply)


# --- replies ---


def _fault(asked: bytes, frame: bytes) -> str:
    """What keeps a frame of the right start, command and length from answering; "" if nothing does.

    A board may put the lock that it was asked for into its answer's low nibble.
    """
    if frame[-1] != sum_of(frame[:-1]):
        return "bad check"
    if frame[-2] != END:
        return "no end"
    if frame[1] not in (asked[1], asked[1] & 0xF0):
        return f"answer of board {frame[1] >> 4}"
    return ""


def _meaning(settings: BoardSettings, frame: bytes) -> Reply:
    if frame[2] == PULSE_REPLY:
        return PulseTime(PULSE_STEP_MS * int.from_bytes(frame[3:5], "big"))
    usual = low_first(settings)
    inside = enumerate(bits_of(usual, frame[5:7])[: settings.channels], start=1)
    items = frozenset(channel for channel, bit in inside if bit)
    return Contacts(readings_of(usual, frame[3:5]), items)


# --- what a board understands ---

SHORTEST = 5
UPDATE_START, VERSION = b"\xf5\xb6", 0x5F
"""Frames of firmware updates, of which only the question for the version is known to be harmless."""
Decoder = Callable[[bytes], AnyRequest]


def _decoded_update(frame: bytes) -> tuple[int, AnyRequest] | None:
    asks = len(frame) == len(UPDATE_START) + 4 and frame[4] == VERSION and sum_of(frame[:-1]) == frame[-1]
    return (frame[2] >> 4, Forbidden("get_version")) if asks else None


def _named(name: str) -> Decoder:
    return lambda _: Forbidden(name)


REQUESTS: Mapping[tuple[int, int], Decoder] = {
    (STATE, 5): lambda _: ReadAll(),
    (OPEN, 5): lambda frame: Unlock((frame[1] & 0x0F) + 1, BOARD_PULSE),
    (0x32, 5): _named("read_boards"),
    (0x33, 5): _named("open_all"),
    (PULSE_TIME, 5): lambda _: ReadPulseTime(),
    (PULSE_TIME, 7): lambda frame: Forbidden("set_pulse", value=PULSE_STEP_MS * int.from_bytes(frame[3:5], "big")),
    (0x38, 5): _named("busy_reset"),
    (0x39, 6): lambda frame: Forbidden("set_delay", value=frame[3]),
    (0x40, 6): lambda frame: Forbidden("set_baud", value=frame[3]),
}
"""Command and length of every frame a board understands."""
