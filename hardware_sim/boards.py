"""One lock board: hears frames, switches its outputs, tells how its contacts stand; at the level of bytes.

Holds what a board's firmware holds. It must not know the kiosk, nor the line beyond what is said on it. What it hears
and the kiosk must never send is done as a real board does it, and recorded; nobody waits for an answer to that.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import assert_never

from drivers.boards import BOARDS
from drivers.boards.base import (
    EVERYONE,
    Acknowledged,
    AllOff,
    AnyRequest,
    BoardSettings,
    Codec,
    Contacts,
    Forbidden,
    Modes,
    Outputs,
    PulseTime,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    ReadPulseTime,
    ReadSome,
    ReadVersion,
    Refused,
    Reply,
    Request,
    Unlock,
    Version,
)
from drivers.boards.polarity import reading_of
from drivers.boards.winnsen import COOLING
from hardware_sim.doors import SimDoor
from hardware_sim.forbidden import obey
from hardware_sim.outputs import SimOutputs
from hardware_sim.quirks import BOARD_PULSE_MS, EVENT_FRAMES, WRONG_SPEED, BoardQuirks, UnlockAnswer, usual_quirks
from hardware_sim.world import World
from kiosk.core.events import Reading
from kiosk.core.ids import BoardId

REPLY_DELAY_US = (3_000, 15_000)
"""Between a frame's end and the first byte of its answer; up to half a second was seen, and can be set."""
WAKE_US = (500_000, 2_000_000)
"""A board that lost its supply says nothing for this long after it is back."""
PLAIN_MODES = (0,) * 8
"""No input switches an output by itself."""
HEARD_LENGTH = 10_000
"""Requests remembered one by one; all are counted."""


@lru_cache(maxsize=1_000)
def asked_in(family: str, frame: bytes) -> tuple[int, AnyRequest] | None:
    """Address and request in a whole frame of this family: polls are the same bytes over and over."""
    return BOARDS[family].decode_request(frame)


@dataclass(frozen=True, slots=True)
class Heard:
    """One request that the board took for its own."""

    when_us: int
    request: AnyRequest


@dataclass(frozen=True, slots=True)
class BoardFaults:
    """What is wrong with one board; as created, nothing is."""

    silent: bool = False
    """It does what it is told and says nothing."""
    deaf: bool = False
    """It neither does nor says anything."""
    delay_us: tuple[int, int] = REPLY_DELAY_US
    refuses: int | None = None
    """It answers unlocks with this code, if its family has any, and does not obey."""
    pulls_down: "tuple[SimBoard, ...]" = ()
    """Energising a lock pulls down the supply of these boards: everything of theirs goes off, and they start anew."""
    fires_at_power_on: bool = False
    """Its outputs pulse when its supply returns."""


@dataclass(slots=True, eq=False)
class SimBoard:
    """One board of a family. ``settings`` are what is true of it, whatever the kiosk was told."""

    world: World
    board: BoardId
    codec: Codec
    settings: BoardSettings
    outputs: SimOutputs
    inputs: int
    """How many contacts it reads, from channel 1 on."""
    refusal: int | None = None
    """The code with which its family says no to what it cannot do; None stays silent."""
    faults: BoardFaults = field(default_factory=BoardFaults)
    quirks: BoardQuirks = field(init=False)
    items: set[int] = field(default_factory=set)
    """Channels in which an item sensor sees something, unless ``looks_inside`` says which."""
    looks_inside: Callable[[], Iterable[int]] | None = None
    contacts: dict[int, SimDoor] = field(default_factory=dict)
    """Which door's contact hangs on which input."""
    modes: tuple[int, ...] = PLAIN_MODES
    say: Callable[[bytes], None] = lambda _: None
    """Puts an answer on the line; whoever owns the line sets it."""
    heard: deque[Heard] = field(default_factory=lambda: deque(maxlen=HEARD_LENGTH))
    counts: Counter[type[AnyRequest]] = field(default_factory=Counter)
    forbidden: list[Heard] = field(default_factory=list)
    """Everything that the kiosk must never send, all of it."""
    unlocks: list[Heard] = field(default_factory=list)
    powered: bool = True
    _asleep_until_us: int = 0
    _busy_until_us: int = 0
    _pulsed_us: dict[int, int] = field(default_factory=dict)
    """When each channel was energised last."""
    _as_built: BoardSettings = field(init=False)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._as_built = self.settings
        self.quirks = usual_quirks(self.codec.abilities.family)
        self._chance = self.world.chance(f"board {self.board}")

    # The line

    def hear(self, frame: bytes) -> None:
        """A whole frame was on the line, whoever sent it."""
        if not self._awake():
            return
        if self.quirks.wrong_speed:
            self._after_a_while(partial(self.say, WRONG_SPEED))
            return
        decoded = asked_in(self.codec.abilities.family, frame)
        if decoded is None or decoded[0] not in (self.settings.address, EVERYONE):
            return
        _, request = decoded
        self._record(request)
        if isinstance(request, Forbidden):
            self._obey(request)
            return
        busy, refusal = self.world.now_us < self._busy_until_us, self._refusal(request)
        if refusal is None:
            self._act(request)
        if not self.faults.silent and not busy:
            self._after_a_while(partial(self._answer, request, refusal))

    def door_moved(self, channel: int, door: SimDoor) -> None:
        """The contact of a channel changed; some boards say so unasked."""
        if self.quirks.tells_changes and self.codec.abilities.family in EVENT_FRAMES:
            frame = EVENT_FRAMES[self.codec.abilities.family](self.settings, channel, door.contact())
            self._after_a_while(partial(self._tell, frame))

    def _tell(self, frame: bytes) -> None:
        if self._awake():
            self.say(frame)

    def _after_a_while(self, what: Callable[[], None]) -> None:
        self.world.after(self._chance.randint(*self.faults.delay_us), what)

    def _awake(self) -> bool:
        return self.powered and not self.faults.deaf and self.world.now_us >= self._asleep_until_us

    def _answer(self, request: Request, refusal: int | None) -> None:
        """Contacts are told as they stand now, when the answer begins."""
        reply = self._reply(request) if refusal is None else self._refused(request, refusal)
        if reply is not None and self._awake():
            self.say(self._encoded(request, reply))

    def _encoded(self, request: Request, reply: Reply) -> bytes:
        """A refusal may speak of a channel that the board does not have."""
        most = self.codec.abilities.max_channel
        settings = replace(self.settings, channels=most) if isinstance(reply, Refused) else self.settings
        return self.codec.encode_reply(settings, request, reply)

    def _record(self, request: AnyRequest) -> None:
        heard = Heard(self.world.now_us, request)
        self.heard.append(heard)
        self.counts[type(request)] += 1
        if isinstance(request, Forbidden):
            self.forbidden.append(heard)
        if isinstance(request, Unlock):
            self.unlocks.append(heard)

    # What it does

    def _obey(self, request: Forbidden) -> None:
        if request.name == "set_address":
            self.settings = replace(self.settings, address=request.value)
        elif request.name == "busy_reset":
            self._busy_until_us = self.world.now_us
        elif request.name == "set_pulse":
            self.quirks = replace(self.quirks, pulse_ms=request.value)
        else:
            obey(self.outputs, request)

    def _refusal(self, request: Request) -> int | None:
        """The code with which the request is refused; None if it is obeyed."""
        match request:
            case Unlock() if self.faults.refuses is not None:
                return self.faults.refuses
            case Unlock(channel=channel) if self._cools_down(channel):
                return COOLING
            case Unlock(channel=channel) if channel not in self.outputs.all_channels():
                return self.refusal or 0
            case ReadOne() | ReadAll() | ReadSome() if self._channels_read(request)[-1] > self.inputs:
                return self.refusal or 0
            case _:
                return None

    def _cools_down(self, channel: int) -> bool:
        last_us = self._pulsed_us.get(channel)
        return last_us is not None and self.world.now_us < last_us + self.quirks.cool_down_us

    def _act(self, request: Request) -> None:
        match request:
            case Unlock(channel=channel, pulse=pulse):
                settable = self.codec.abilities.settable_pulse
                self.outputs.energise([channel], (pulse.value if settable else self.quirks.pulse_ms) * 1000)
                self._pulsed_us[channel] = self.world.now_us
                self._busy_until_us = self.world.now_us + self.quirks.busy_us
                for board in self.faults.pulls_down:
                    board.restart()
            case AllOff():
                self.outputs.all_off()
            case _:
                pass

    # What it says

    def _reply(self, request: Request) -> Reply | None:
        match request:
            case Unlock(channel=channel):
                return self._unlock_reply(channel)
            case ReadPulseTime() | ReadVersion():
                return self._itself(request)
            case AllOff():
                return Acknowledged()
            case ReadOutputs():
                return Outputs(self.outputs.on())
            case ReadModes():
                return Modes(self.modes)
            case ReadOne() | ReadAll() | ReadSome():
                return self._contacts(self._channels_read(request))
            case _:
                assert_never(request)

    def _itself(self, request: ReadPulseTime | ReadVersion) -> Reply:
        """What it is set to, and what it is."""
        return PulseTime(self.quirks.pulse_ms) if isinstance(request, ReadPulseTime) else Version(self.quirks.version)

    def _unlock_reply(self, channel: int) -> Reply | None:
        """A family that need not answer unlocks says how all its contacts stand."""
        match self.quirks.unlock_answer:
            case UnlockAnswer.NEVER:
                return None
            case UnlockAnswer.SOMETIMES if self._chance.randrange(2):
                return None
            case _:
                any_state = self.codec.abilities.unlock_wait_us is not None
                return self._contacts((channel,)) if any_state else Acknowledged(self.reading(channel))

    def _contacts(self, asked: tuple[int, ...]) -> Reply:
        """Every channel that was asked for, and every one on which something hangs: the others say 0."""
        told = self.contacts.keys() | set(asked)
        return Contacts({channel: self.reading(channel) for channel in sorted(told)}, self._filled())

    def _filled(self) -> frozenset[int]:
        return frozenset(self.items if self.looks_inside is None else self.looks_inside())

    def _channels_read(self, request: ReadOne | ReadAll | ReadSome) -> tuple[int, ...]:
        match request:
            case ReadOne(channel=channel):
                return (channel,)
            case ReadSome(channels=channels):
                return channels
            case ReadAll():
                return (1,)
            case _:
                assert_never(request)

    def _refused(self, request: Request, code: int) -> Reply | None:
        says_no = self.refusal is not None and (isinstance(request, Unlock) or self.quirks.refuses_reads)
        return Refused(code) if says_no else None

    def reading(self, channel: int) -> Reading:
        """How the contact of a channel stands now; with nothing connected the circuit is open."""
        door = self.contacts.get(channel)
        if door is None or door.faults.disconnected:
            return reading_of(self.settings, channel, 0)
        return door.contact()

    def mend(self) -> None:
        """Nothing is wrong with it any more; a board without supply gets it back."""
        self.faults, self.settings, self.modes = BoardFaults(), self._as_built, PLAIN_MODES
        self.quirks = usual_quirks(self.codec.abilities.family)
        if not self.powered:
            self.regain_power()

    # Supply

    def lose_power(self) -> None:
        self.outputs.all_off()
        self.powered = False

    def regain_power(self) -> None:
        self.powered = True
        self._asleep_until_us = self.world.now_us + self._chance.randint(*WAKE_US)
        if self.faults.fires_at_power_on:
            self.outputs.energise(self.outputs.all_channels(), BOARD_PULSE_MS * 1000)

    def restart(self) -> None:
        """Its supply sagged: everything off, and silence until it is up again."""
        self.lose_power()
        self.regain_power()
