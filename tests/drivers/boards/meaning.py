"""What the golden frames' words mean in requests and replies: one small table per family.

Holds test data only. It must not know bytes: those come from the golden files.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from drivers.boards import BOARDS
from drivers.boards.base import (
    EVERYONE,
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
    ReadPulseTime,
    ReadSome,
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
WKLY_DOORS = {0: Reading.OPEN, 1: Reading.CLOSED, 255: Reading.FAULT}
SIXTEEN = range(1, 17)


def settings_of(frame: Frame) -> BoardSettings:
    """A board with the default senses, as many channels as the frame can speak of, and the frame's byte order."""
    abilities = BOARDS[frame.family].abilities
    channels = frame.number("count") or min(8 * frame.number("status_bytes", 3), abilities.max_channel)
    return BoardSettings(
        frame.number("board"),
        channels if frame.family != "waveshare" else 24,
        closed_level=abilities.closed_level,
        byte_order=BYTE_ORDERS.get(frame.keys.get("byte_order", "")),
        status_bytes=frame.number("status_bytes") or None,
        alternative_codes="variant" in frame.keys,
    )


def address_in(frame: Frame) -> int:
    """Whom a request is for."""
    to_all = frame.keys["op"] == "read_boards" or (frame.family == "waveshare" and frame.number("board") == 0)
    return EVERYONE if to_all else frame.number("board")


def _readings(shut: Collection[int], channels: Iterable[int]) -> dict[int, Reading]:
    return {n: Reading.CLOSED if n in shut else Reading.OPEN for n in channels}


def _forbidden(name: str) -> Callable[[Frame], AnyRequest]:
    return lambda _: Forbidden(name)


def _about_one(name: str) -> Callable[[Frame], AnyRequest]:
    return lambda f: Forbidden(name, (f.number("channel"),))


def _unlock(f: Frame) -> Unlock:
    return Unlock(f.number("channel"), PulseMs(f.number("ms", 300)))


def _read_one(f: Frame) -> ReadOne:
    return ReadOne(f.number("channel"))


Meaning = Mapping[str, Callable[[Frame], AnyRequest]]
SHUOMING: Meaning = {
    "open": _unlock,
    "read": _read_one,
    "read_all": lambda _: ReadAll(),
    "open_all": _forbidden("open_all"),
    "open_many": lambda f: Forbidden("open_many", f.numbers("channels")),
    "open_timed": lambda f: Forbidden("open_timed", (f.number("channel"),), f.number("seconds")),
    "hold_on": _about_one("hold_on"),
    "hold_off": _about_one("hold_off"),
}
WKLY: Meaning = {
    "open": _unlock,
    "read": _read_one,
    "read_all": lambda _: ReadAll(),
    "open_all": _forbidden("open_all"),
    "open_many": lambda f: Forbidden("open_many", f.numbers("channels")),
    "open_sequence": lambda f: Forbidden("open_sequence", f.numbers("channels")),
    "flash": _about_one("flash"),
    "hold_on": _about_one("hold_on"),
}
KERONG: Meaning = {
    "open": _unlock,
    "read_all": lambda _: ReadAll(),
    "get_pulse": lambda _: ReadPulseTime(),
    "set_pulse": lambda f: Forbidden("set_pulse", value=f.number("ms")),
    "set_delay": lambda f: Forbidden("set_delay", value=f.number("seconds")),
    "set_baud": lambda f: Forbidden("set_baud", value={"9600": 0}[f.keys["baud"]]),
    **{name: _forbidden(name) for name in ("open_all", "read_boards", "busy_reset", "get_version")},
}
WINNSEN: Meaning = {
    "open": _unlock,
    "read": _read_one,
    "poll": lambda f: ReadAll() if f.numbers("channels") == tuple(SIXTEEN) else ReadSome(f.numbers("channels")),
}
WAVESHARE: Meaning = {
    "flash_on": _unlock,
    "read_inputs": lambda _: ReadAll(),
    "all_off": lambda _: AllOff(),
    "relay_on": _about_one("relay_on"),
    "relay_off": _about_one("relay_off"),
    "relay_toggle": _about_one("relay_toggle"),
    "flash_off": lambda f: Forbidden("flash_off", (f.number("channel"),), f.number("ms")),
    "read_coils": lambda f: ReadOutputs(f.number("first"), f.number("count")),
    "write_coils": lambda f: Forbidden("write_coils", value=f.number("count")),
    "read_mode": lambda _: ReadModes(),
    "set_baud": lambda f: Forbidden("set_baud", value={"115200": 5, "4800": 0}[f.keys["baud"]]),
    "set_address": lambda f: Forbidden("set_address", value=f.number("address")),
    "read_address": lambda _: Forbidden("read_address", value=1),
}
REQUESTS: Mapping[str, Meaning] = {
    "shuoming": SHUOMING,
    "wkly": WKLY,
    "kerong": KERONG,
    "winnsen": WINNSEN,
    "waveshare": WAVESHARE,
}

Answer = tuple[Request, Reply]


def _wkly_open(f: Frame) -> Answer:
    status = f.number("status")
    return _unlock(f), Refused(status) if status else Acknowledged(WKLY_DOORS[f.number("door")])


def _winnsen_open(f: Frame) -> Answer:
    replies: dict[str, Reply] = {"opened": Acknowledged(), "failed": Refused(0), "cooldown": Refused(2)}
    return _unlock(f), replies[f.keys["result"]]


REPLIES: Mapping[str, Mapping[str, Callable[[Frame], Answer]]] = {
    "shuoming": {
        "open": lambda f: (_unlock(f), Acknowledged(READINGS[f.keys["contact"]])),
        "read": lambda f: (_read_one(f), Contacts({f.number("channel"): READINGS[f.keys["contact"]]})),
        "read_all": lambda f: (
            ReadAll(),
            Contacts(_readings(f.numbers("closed"), range(1, 8 * f.number("status_bytes") + 1))),
        ),
    },
    "wkly": {
        "open": _wkly_open,
        "read": lambda f: (_read_one(f), Contacts({f.number("channel"): WKLY_DOORS[f.number("door")]})),
        "read_all": lambda f: (
            ReadAll(),
            Contacts({n: WKLY_DOORS[door] for n, door in enumerate(f.numbers("doors"), start=1)}),
        ),
    },
    "kerong": {
        "read_all": lambda f: (
            ReadAll(),
            Contacts(_readings(f.numbers("locked"), SIXTEEN), frozenset(f.numbers("items"))),
        ),
    },
    "winnsen": {
        "open": _winnsen_open,
        "read": lambda f: (_read_one(f), Contacts({f.number("channel"): READINGS[f.keys["door"]]})),
        "poll": lambda f: (ReadAll(), Contacts(_readings(set(SIXTEEN) - {*f.numbers("open")}, SIXTEEN))),
    },
    "waveshare": {
        "flash_on": lambda f: (_unlock(f), Acknowledged()),
        "all_off": lambda _: (AllOff(), Acknowledged()),
        "read_coils": lambda f: (ReadOutputs(1, 8 * f.number("bytes")), Outputs(frozenset(f.numbers("on")))),
        "read_inputs": lambda f: (ReadAll(), Contacts(_readings(f.numbers("on"), range(1, 9)))),
        "exception": lambda f: (
            (Unlock(1, PulseMs(500)) if f.number("function") == 5 else ReadOutputs(), Refused(f.number("code")))
        ),
    },
}
"""Request and reply of every golden reply to something that the kiosk asks; the others answer what it never sends."""


def meaning_of(frame: Frame) -> AnyRequest:
    """What a golden request asks for."""
    return REQUESTS[frame.family][frame.keys["op"]](frame)


def asked_by(frame: Frame) -> Request:
    """What a golden request asks for that the kiosk may send."""
    request = meaning_of(frame)
    assert not isinstance(request, Forbidden)
    return request


def is_answer(frame: Frame) -> bool:
    """Whether a golden reply answers something that the kiosk asks."""
    return frame.keys["op"] in REPLIES[frame.family]


def answer_in(frame: Frame) -> Answer:
    """What was asked and what a golden reply answers."""
    return REPLIES[frame.family][frame.keys["op"]](frame)
