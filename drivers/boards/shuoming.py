"""Board family shuoming, the common "8A / 80" RS485 lock board: its frames in both directions.

Holds bytes and their meaning; check byte, layout and hazards as told by seven independent programs, two of them run on
hardware. It must not know a clock, a port or how often a frame is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.boards.base import (
    Abilities,
    Acknowledged,
    AnyRequest,
    BoardSettings,
    Contacts,
    Forbidden,
    Found,
    NotYet,
    ReadAll,
    ReadOne,
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
from drivers.boards.polarity import data_of_readings, level_of, reading_of, readings_of
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs

OPEN, READ, EVENT = 0x8A, 0x80, 0x82
UNLOCK_MARK, READ_MARK = 0x11, 0x33
CONTACT_CLOSED, CONTACT_OPEN = 0x11, 0x00
LEVELS = {CONTACT_CLOSED: 1, CONTACT_OPEN: 0}
STATUS = {level: status for status, level in LEVELS.items()}
CONSTANT_CHECK = 0x8A
"""What clones were said to end the answer to an unlock with; its author withdrew the claim: a setting, usually off."""
MOST_CHANNELS = 50
SHORT_FRAME = 5
READ_ALL_EXTRA = 4
"""Bytes of a read-all reply beside its status bytes."""
STATUS_BYTES = range(2, 8)
"""50 channels need seven. One could not be told from a read-one answer or an echo, and no board sends one."""
BAD_CHECK, SEVERAL_FIT = "bad check", "more than one answer fits"
BOTH = 2
USUAL_STATUS_BYTES = 3
"""As a real board of eight channels has: the number follows from nothing."""
BOARD_PULSE = PulseMs(300)
"""About what the board's own timer gives, by its vendor's text; the frame does not say it."""


def _framed(*data: int) -> bytes:
    return bytes((*data, xor_of(bytes(data))))


@dataclass(frozen=True, slots=True)
class Shuoming:
    """The codec; the same object serves driver and simulated board."""

    abilities: Abilities = Abilities(
        family="shuoming",
        check="XOR of all bytes",
        baud=9600,
        addresses=range(1, 33),
        max_channel=MOST_CHANNELS,
        own_pulse=BOARD_PULSE,
        all_off=False,
        reads_contacts=True,
        probe=ReadOne(1),
        poll=ReadAll(),
    )

    def encode(self, settings: BoardSettings, request: Request) -> bytes:
        """Example: unlock channel 1 of board 1 is ``8A 01 01 11 9B``. The board keeps its own pulse of about 300 ms."""
        address = address_of(self.abilities, settings)
        match request:
            case Unlock(channel=channel):
                return _framed(OPEN, address, channel_of(self.abilities, settings, channel), UNLOCK_MARK)
            case ReadOne(channel=channel):
                return _framed(READ, address, channel_of(self.abilities, settings, channel), READ_MARK)
            case ReadAll():
                return _framed(READ, address, 0, READ_MARK)
            case _:
                raise no_frame(self.abilities, request)

    # --- the driver's half of replies ---

    def search(self, settings: BoardSettings, request: Request, received: bytes, *, quiet: bool) -> Search:
        """The first usable reply behind any garbage; what else looked like a frame is named in the reason."""
        asked = self.encode(settings, request)
        if not isinstance(request, ReadAll):
            return _search_short(settings, request, asked, received)
        if settings.status_bytes is None and not quiet:
            return NotYet()
        return _search_read_all(settings, received)

    # --- the board's half ---

    def decode_request(self, frame: bytes) -> tuple[int, AnyRequest] | None:
        """Address and request; None for anything at which a board stays silent."""
        if len(frame) < SHORT_FRAME or xor_of(frame) != 0:
            return None
        decoder = REQUESTS.get((frame[0], len(frame)))
        request = decoder(frame) if decoder is not None and frame[1] in self.abilities.addresses else None
        return (frame[1], request) if request is not None else None

    def encode_reply(self, settings: BoardSettings, request: Request, reply: Reply) -> bytes:
        """Example: channel 1 of board 1 with its contact open answers ``8A 01 01 00 8A``.

        A read-all answer has ``settings.status_bytes``, else as many as the channels need and at least three.
        """
        asked = self.encode(settings, request)
        match request, reply:
            case Unlock(channel=channel), Acknowledged(contact=Reading() as contact):
                answer = _framed(*asked[:3], STATUS[level_of(settings, channel, contact)])
                return answer[:-1] + bytes([CONSTANT_CHECK]) if settings.constant_check else answer
            case ReadOne(channel=channel), Contacts(readings=readings) if channel in readings:
                return _framed(*asked[:3], STATUS[level_of(settings, channel, readings[channel])])
            case ReadAll(), Contacts(readings=readings):
                return _framed(*asked[:2], *_status_bytes(settings, readings), READ_MARK)
            case _:
                raise no_answer(self.abilities, request, reply)


def event_frame(settings: BoardSettings, channel: int, reading: Reading) -> bytes:
    """The board's half: what special firmware says unasked when a door moved; header known, layout inferred."""
    return _framed(EVENT, settings.address, channel, STATUS[level_of(settings, channel, reading)])


def _search_short(settings: BoardSettings, request: Request, asked: bytes, received: bytes) -> Search:
    """Everything is compared: a stray header before a frame can make five other bytes with a good check."""
    starts = (skip for skip in range(len(received) - SHORT_FRAME + 1) if received[skip] in (OPEN, READ))
    frames = ((skip, received[skip : skip + SHORT_FRAME]) for skip in starts)
    return first_usable(
        (skip, SHORT_FRAME, _fault(settings, asked, frame) or _meaning(settings, request, frame))
        for skip, frame in frames
    )


def _fault(settings: BoardSettings, asked: bytes, frame: bytes) -> str:
    """What keeps a short frame from answering; "" if nothing does."""
    constant = settings.constant_check and frame[0] == OPEN
    if frame[-1] != (CONSTANT_CHECK if constant else xor_of(frame[:-1])):
        return BAD_CHECK
    if frame[1] != asked[1]:
        return f"answer of board {frame[1]}"
    if frame[0] != asked[0]:
        return "answer to another operation"
    if frame[2] != asked[2]:
        return f"answer of channel {frame[2]}"
    return "" if frame[3] in LEVELS else f"unknown status {frame[3]:02X}"


def _meaning(settings: BoardSettings, request: Request, frame: bytes) -> Reply:
    channel = frame[2]
    reading = reading_of(settings, channel, LEVELS[frame[3]])
    return Acknowledged(reading) if isinstance(request, Unlock) else Contacts({channel: reading})


def _search_read_all(settings: BoardSettings, received: bytes) -> Search:
    reason = ""
    for skip in (at for at, byte in enumerate(received) if byte == READ):
        frames = _read_all_frames(settings, received[skip:])
        if not frames:
            continue
        judged = _judged_read_all(settings, frames)
        if isinstance(judged, bytes):
            return Found(skip, len(judged), Contacts(readings_of(settings, judged[2:-2])))
        if judged in {BAD_CHECK, SEVERAL_FIT}:
            return NotYet(judged)
        reason = reason or judged
    return NotYet(reason)


def _read_all_frames(settings: BoardSettings, received: bytes) -> list[bytes]:
    """What the read-all reply that begins here may be, the longest first: a status byte may look like its end."""
    if settings.status_bytes is None:
        counts = range(STATUS_BYTES[-1], STATUS_BYTES[0] - 1, -1)
    else:
        count = require("number of status bytes", settings.status_bytes, STATUS_BYTES)
        counts = range(count, count + 1)
    return [received[: count + READ_ALL_EXTRA] for count in counts if count + READ_ALL_EXTRA <= len(received)]


def _judged_read_all(settings: BoardSettings, frames: list[bytes]) -> bytes | str:
    """The one frame that fits, or what is wrong.

    Garbage behind a frame may look like a longer one; a part of a frame with one wrong byte may pass for a shorter one.
    Either leaves doubt, which ends the search.
    """
    whole = [frame for frame in frames if _right_ends(frame) == BOTH]
    if frames[0][1] != settings.address:
        return f"answer of board {frames[0][1]}" if whole else ""
    enough = [frame for frame in frames if 8 * (len(frame) - READ_ALL_EXTRA) >= settings.channels]
    likely = [frame for frame in enough if _right_ends(frame)]
    if not likely:
        return f"too few status bytes for {settings.channels} channels" if whole else ""
    if likely[0] not in whole:
        return BAD_CHECK
    return SEVERAL_FIT if any(frame in whole for frame in likely[1:]) else likely[0]


def _right_ends(frame: bytes) -> int:
    """How many of a read-all reply's last two bytes, mark and check, are right: 1 may be one wrong byte."""
    return (frame[-2] == READ_MARK) + (frame[-1] == xor_of(frame[:-2]) ^ READ_MARK)


def _status_bytes(settings: BoardSettings, readings: Mapping[int, Reading]) -> bytes:
    count = settings.status_bytes or max(USUAL_STATUS_BYTES, -(-settings.channels // 8))
    require("number of status bytes", count, STATUS_BYTES)
    return data_of_readings(settings, readings, count)


# --- what a board understands ---

Decoder = Callable[[bytes], AnyRequest | None]


def _open(frame: bytes) -> AnyRequest | None:
    if frame[3] != UNLOCK_MARK or frame[2] > MOST_CHANNELS:
        return None
    return Unlock(frame[2], BOARD_PULSE) if frame[2] else Forbidden("open_all")


def _read(frame: bytes) -> AnyRequest | None:
    if frame[3] != READ_MARK or frame[2] > MOST_CHANNELS:
        return None
    return ReadOne(frame[2]) if frame[2] else ReadAll()


def _hold(name: str) -> Decoder:
    """Two sources, one of which has 10 in place of 11."""
    return lambda frame: Forbidden(name, (frame[2],)) if frame[3] in (UNLOCK_MARK, 0x10) else None


def _open_timed(frame: bytes) -> AnyRequest | None:
    return Forbidden("open_timed", (frame[2],), frame[4]) if frame[3] == UNLOCK_MARK else None


def _open_many(frame: bytes) -> AnyRequest:
    """The bitmap is said to begin with channels 1 to 8."""
    bits = int.from_bytes(frame[2:5], "little")
    return Forbidden("open_many", tuple(channel for channel in range(1, 25) if bits >> (channel - 1) & 1))


REQUESTS: Mapping[tuple[int, int], Decoder] = {
    (OPEN, 5): _open,
    (OPEN, 6): _open_timed,
    (READ, 5): _read,
    (0x90, 6): _open_many,
    (0x9A, 5): _hold("hold_on"),
    (0x9B, 5): _hold("hold_off"),
}
"""Header and length of every frame a board understands."""
