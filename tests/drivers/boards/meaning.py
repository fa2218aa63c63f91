"""What the golden frames' words mean in requests and replies: one small table per family.

Holds test data only. It must not know bytes: those come from the golden files.
"""

from collections.abc import Callable

from drivers.boards.base import (
    Acknowledged,
    AllOff,
    AnyRequest,
    BoardSettings,
    ByteOrder,
    Contacts,
    Forbidden,
    Outputs,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    Refused,
    Reply,
    Request,
    Unlock,
)
from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs
from tests.golden.frames import Frame

READINGS = {"open": Reading.OPEN, "closed": Reading.CLOSED}
BYTE_ORDERS = {"standard": ByteOrder.FIRST_BYTE_LOW, "reversed": ByteOrder.LAST_BYTE_LOW}


def settings_of(frame: Frame) -> BoardSettings:
    """A board with the default senses, as many channels as the frame can speak of, and the frame's byte order."""
    channels = 8 * frame.number("status_bytes", 3)
    status_bytes = frame.number("status_bytes") or None
    byte_order = BYTE_ORDERS.get(frame.keys.get("byte_order", ""))
    return BoardSettings(frame.number("board"), channels, byte_order=byte_order, status_bytes=status_bytes)


def _contacts(frame: Frame, closed: str, count: int) -> Contacts:
    shut = frame.numbers(closed)
    return Contacts({n: Reading.CLOSED if n in shut else Reading.OPEN for n in range(1, count + 1)})


REQUESTS: dict[str, Callable[[Frame], AnyRequest]] = {
    "open": lambda f: Unlock(f.number("channel"), PulseMs(300)),
    "read": lambda f: ReadOne(f.number("channel")),
    "read_all": lambda _: ReadAll(),
    "flash_on": lambda f: Unlock(f.number("channel"), PulseMs(f.number("ms"))),
    "read_inputs": lambda _: ReadAll(),
    "all_off": lambda _: AllOff(),
    "open_all": lambda _: Forbidden("open_all"),
    "open_many": lambda f: Forbidden("open_many", f.numbers("channels")),
    "open_timed": lambda f: Forbidden("open_timed", (f.number("channel"),), f.number("seconds")),
    "hold_on": lambda f: Forbidden("hold_on", (f.number("channel"),)),
    "hold_off": lambda f: Forbidden("hold_off", (f.number("channel"),)),
    "relay_on": lambda f: Forbidden("relay_on", (f.number("channel"),)),
    "relay_off": lambda f: Forbidden("relay_off", (f.number("channel"),)),
    "relay_toggle": lambda f: Forbidden("relay_toggle", (f.number("channel"),)),
    "flash_off": lambda f: Forbidden("flash_off", (f.number("channel"),), f.number("ms")),
    "read_coils": lambda f: ReadOutputs(f.number("first"), f.number("count")),
    "write_coils": lambda f: Forbidden("write_coils", value=f.number("count")),
    "read_mode": lambda _: ReadModes(),
    "set_baud": lambda f: Forbidden("set_baud", value={"115200": 5, "4800": 0}[f.keys["baud"]]),
    "set_address": lambda f: Forbidden("set_address", value=f.number("address")),
    "read_address": lambda _: Forbidden("read_address", value=1),
}

Answer = tuple[Request, Reply]

REPLIES: dict[str, Callable[[Frame], Answer]] = {
    "open": lambda f: (Unlock(f.number("channel"), PulseMs(300)), Acknowledged(READINGS[f.keys["contact"]])),
    "read": lambda f: (ReadOne(f.number("channel")), Contacts({f.number("channel"): READINGS[f.keys["contact"]]})),
    "read_all": lambda f: (ReadAll(), _contacts(f, "closed", 8 * f.number("status_bytes"))),
    "flash_on": lambda f: (Unlock(f.number("channel"), PulseMs(f.number("ms"))), Acknowledged()),
    "all_off": lambda _: (AllOff(), Acknowledged()),
    "read_coils": lambda f: (ReadOutputs(1, 8 * f.number("bytes")), Outputs(frozenset(f.numbers("on")))),
    "read_inputs": lambda f: (ReadAll(), _contacts(f, "on", 8)),
    "exception": lambda f: (
        (Unlock(1, PulseMs(500)) if f.number("function") == 5 else ReadOutputs(), Refused(f.number("code")))
    ),
}
"""Request and reply of every golden reply to something that the kiosk asks; the others answer what it never sends."""


def meaning_of(frame: Frame) -> AnyRequest:
    """What a golden request asks for."""
    return REQUESTS[frame.keys["op"]](frame)


def asked_by(frame: Frame) -> Request:
    """What a golden request asks for that the kiosk may send."""
    request = meaning_of(frame)
    assert not isinstance(request, Forbidden)
    return request


def is_answer(frame: Frame) -> bool:
    """Whether a golden reply answers something that the kiosk asks."""
    return frame.keys["op"] in REPLIES


def answer_in(frame: Frame) -> Answer:
    """What was asked and what a golden reply answers."""
    return REPLIES[frame.keys["op"]](frame)
