"""What every lock board family's codec offers: the requests a board understands, its replies, and how to find one.

Holds values and one Protocol. It must not know a clock, a port, an exchange or a particular family.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from kiosk.core.events import Reading
from kiosk.core.policy import PulseMs


class LocalProtocolError(ValueError):
    """We tried to build a frame that this family has no bytes for: a bug of ours, never the board's."""


def require(what: str, value: int, allowed: Sequence[int]) -> int:
    """``value`` if it is allowed, else a LocalProtocolError that names what is: a wrong byte may open all doors."""
    if value not in allowed:
        unbroken = isinstance(allowed, range) and allowed.step == 1
        names = f"{allowed[0]} to {allowed[-1]}" if unbroken else ", ".join(map(str, allowed))
        message = f"{what} {value} is not allowed: {names}"
        raise LocalProtocolError(message)
    return value


class ByteOrder(StrEnum):
    """Which data byte holds channels 1 to 8."""

    FIRST_BYTE_LOW = "first"
    LAST_BYTE_LOW = "last"


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """What was learned about one board when it was commissioned."""

    address: int
    channels: int
    closed_level: int = 1
    """The raw contact level, 0 or 1, that means that the door is closed."""
    byte_order: ByteOrder | None = None
    """Which of several data bytes holds channels 1 to 8. None is the family's usual order."""
    constant_check: bool = False
    """shuoming clones only: the answer to an unlock ends with a constant in place of the check byte."""
    status_bytes: int | None = None
    """shuoming only: how many status bytes, 2 to 7, the board was seen to send.

    None finds out from each reply, which takes the quiet time.
    """
    inverted_channels: frozenset[int] = frozenset()
    """Channels whose contact has the opposite sense of ``closed_level``."""
    alternative_codes: bool = False
    """winnsen only: this board answers with A5 and A2 where others say 85 and 82. The kiosk takes either."""


@dataclass(frozen=True, slots=True)
class Unlock:
    """Energise the lock of one channel; the board itself ends the pulse."""

    channel: int
    pulse: PulseMs


@dataclass(frozen=True, slots=True)
class ReadOne:
    """Read one channel's contact."""

    channel: int


@dataclass(frozen=True, slots=True)
class ReadAll:
    """Read the contacts of all channels: a lock board's feedbacks, or a relay board's inputs."""


@dataclass(frozen=True, slots=True)
class ReadSome:
    """Read the contacts of these channels only, lowest first."""

    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReadOutputs:
    """Read which of ``count`` (8, 16, 24 or 32) outputs, beginning at channel ``first`` (1, 9, 17 or 25), are on.

    More than eight come in a byte order that must have been learned, see `BoardSettings.byte_order`.
    """

    first: int = 1
    count: int = 8


@dataclass(frozen=True, slots=True)
class ReadModes:
    """Read how each of eight inputs acts on its output by itself; it must not, as it could open a lock."""


@dataclass(frozen=True, slots=True)
class ReadPulseTime:
    """Read how long the board energises a lock, where it keeps that time itself and others can set it."""


@dataclass(frozen=True, slots=True)
class ReadVersion:
    """Read which version of its own software the board runs."""


@dataclass(frozen=True, slots=True)
class AllOff:
    """Switch all outputs off; safe at any time."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A command that a board understands and the kiosk never sends: no codec encodes it, simulated boards record it.

    ``name`` is the operation in the words of the golden frames, such as ``open_all`` or ``hold_on``; ``broadcast`` is a
    permitted command that is sent to all boards at once. ``value`` is seconds, milliseconds, a count or a register's
    value, as the operation has it.
    """

    name: str
    channels: tuple[int, ...] = ()
    value: int = 0


Request = Unlock | ReadOne | ReadAll | ReadSome | ReadOutputs | ReadModes | ReadPulseTime | ReadVersion | AllOff
AnyRequest = Request | Forbidden


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The board did what it was asked, and, if the family says so, how the contact stood then."""

    contact: Reading | None = None


@dataclass(frozen=True, slots=True)
class Contacts:
    """How the contacts stand, by channel counted from 1, polarity applied."""

    readings: Mapping[int, Reading] = field(hash=False)
    items: frozenset[int] = frozenset()
    """Channels in which an item sensor sees something; none where the family has no such sensors."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Which channels are energised."""

    on: frozenset[int]


@dataclass(frozen=True, slots=True)
class Modes:
    """The mode of each input, channel 1 first; 0 leaves the outputs to the kiosk, anything else does not."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PulseTime:
    """How long the board energises a lock, in milliseconds."""

    pulse_ms: int


@dataclass(frozen=True, slots=True)
class Version:
    """The version of the board's own software: its family's number, 200 for V2.00."""

    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A valid answer that says no; asking again would not help."""

    code: int


Reply = Acknowledged | Contacts | Outputs | Modes | PulseTime | Version | Refused


@dataclass(frozen=True, slots=True)
class Found:
    """A usable reply ``skip`` bytes into what was received, ``length`` bytes long."""

    skip: int
    length: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class NotYet:
    """No usable reply so far. ``reason`` says what came instead: "" if nothing that looks like a frame did."""

    reason: str = ""


Search = Found | NotYet

Candidate = tuple[int, int, Reply | str]
"""Where a frame may begin, how long it is, and the reply in it or what is wrong with it; "" if it is no frame."""


def first_usable(candidates: Iterable[Candidate]) -> Search:
    """The first candidate that is a reply, behind any garbage; else the first reason why one is none."""
    reason = ""
    for skip, length, judged in candidates:
        if not isinstance(judged, str):
            return Found(skip, length, judged)
        reason = reason or judged
    return NotYet(reason)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one family can do, and how it is used."""

    family: str
    check: str
    """The check that ends each frame."""
    baud: int
    """As delivered; always 8N1."""
    addresses: range
    max_channel: int
    own_pulse: PulseMs | None
    """About how long a board energises a lock whose unlock command does not say it; None where it does."""
    all_off: bool
    reads_contacts: bool
    probe: Request
    """A read whose answer cannot equal it: what shows an adapter that echoes."""
    poll: Request
    """The read that tells how all contacts stand."""
    input_modes: bool = False
    """Whether its inputs have modes, in which they may switch outputs by themselves."""
    closed_level: int = 1
    """The usual raw level of a closed door, for who decodes a frame without knowing the board."""
    status_unit: int = 8
    """How many channels the smallest part of a reply to `ReadAll` speaks of."""
    reads_one: bool = True
    """Whether a single channel can be read."""
    checked: bool = True
    """Whether a check ends its frames. Without one no single answer is believed."""
    tells_version: bool = False
    """Whether it can be asked for the version of its own software."""
    stores_pulse: bool = False
    """Whether it keeps a pulse time that can be read, and that somebody may have set to more than a lock bears."""
    unlock_wait_us: int | None = None
    """How long an answer to an unlock is waited for, where none need come; None where one must."""
    busy_us: int = 0
    """How long after an unlock a sound board may leave reads unanswered."""

    @property
    def settable_pulse(self) -> bool:
        """Whether the unlock command carries the pulse's length."""
        return self.own_pulse is None


class Codec(Protocol):
    """One family's frames, in both directions. Pure: the same bytes always mean the same, so answers may be kept."""

    @property
    def abilities(self) -> Abilities: ...

    def __hash__(self) -> int: ...

    def encode(self, settings: BoardSettings, request: Request) -> bytes:
        """The frame for ``request``; LocalProtocolError if the family cannot say it or a number is out of range."""
        ...

    def search(self, settings: BoardSettings, request: Request, received: bytes, *, quiet: bool) -> Search:
        """The first usable reply to ``request`` in ``received``, behind any garbage; LocalProtocolError as `encode`.

        ``quiet`` says that the line has been silent for the quiet time, which ends frames whose length nothing tells.
        """
        ...

    def decode_request(self, frame: bytes) -> tuple[int, AnyRequest] | None:
        """The board's half: address and request in a whole frame, or None if a board would stay silent.

        The address `EVERYONE` is all boards at once: it comes with a `Forbidden`.
        """
        ...

    def encode_reply(self, settings: BoardSettings, request: Request, reply: Reply) -> bytes:
        """The board's half: the frame that answers ``request``; LocalProtocolError if ``reply`` is no answer to it."""
        ...


EVERYONE = -1
"""Stands for an address where a frame is for all boards at once, whatever its family writes there."""


def address_of(abilities: Abilities, settings: BoardSettings) -> int:
    """The board's address if the family has it, never all boards at once; else a LocalProtocolError."""
    return require("address", settings.address, abilities.addresses)


def channel_of(abilities: Abilities, settings: BoardSettings, channel: int) -> int:
    """``channel`` if the board has it; else a LocalProtocolError."""
    channels = require("number of channels", settings.channels, range(1, abilities.max_channel + 1))
    return require("channel", channel, range(1, channels + 1))


def no_frame(abilities: Abilities, request: object) -> LocalProtocolError:
    """What to raise at a request that a family cannot say."""
    return LocalProtocolError(f"family {abilities.family} has no frame for {type(request).__name__}")


def no_answer(abilities: Abilities, request: Request, reply: Reply) -> LocalProtocolError:
    """What to raise at a reply that answers something else."""
    names = type(request).__name__, type(reply).__name__
    return LocalProtocolError("family {} does not answer {} with {}".format(abilities.family, *names))
