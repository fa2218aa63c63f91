"""The RS485 line between the kiosk's port and its boards: who speaks when, at the baud rate, and what the others hear.

Holds times, collisions and the faults of the line. It must not know what frames mean, nor whether the port is a pseudo-
terminal or an object in memory.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Protocol

from hardware_sim.boards import SimBoard
from hardware_sim.damage import Damage, damaged
from hardware_sim.world import Planned, World
from kiosk.core.ids import LineId

BITS_PER_BYTE = 10
"""8N1: start bit, eight data bits, stop bit."""
FAST_BAUD, FAST_GAP_US = 19_200, 1_750
"""Modbus over serial line, section 2.5.1.1: above this speed the silence that ends a frame no longer shrinks."""


class Port(Protocol):
    """The kiosk's end of the line."""

    def receive(self, data: bytes) -> None:
        """Bytes came in."""
        ...

    def unplugged(self) -> None:
        """The adapter was pulled out."""
        ...

    def plugged_in(self) -> None:
        """The adapter is back."""
        ...


class Speaker(Enum):
    """Who can be on the line beside the boards."""

    KIOSK = auto()
    NOISE = auto()


Tap = Callable[[SimBoard | Speaker, bytes], None]
"""Who speaks, and the bytes as they are on the line."""


@dataclass(frozen=True, slots=True)
class WireFaults:
    """What is wrong with the line; as created, nothing is."""

    echo: bool = False
    """The kiosk's adapter returns every byte that it sends."""
    echoes: Damage | None = None
    """What happens to each echo."""
    replies: Damage | None = None
    """What happens to everything that boards say on its way to the kiosk."""
    requests: Damage | None = None
    """What happens to everything that the kiosk says on its way to the boards."""
    lot: int = 16
    """The adapter hands bytes over in lots of up to this many."""


@dataclass(slots=True, eq=False)
class _Talk:
    """Bytes that somebody puts on the line without a pause."""

    who: SimBoard | Speaker
    from_us: int
    to_us: int
    at_boards: bytearray
    at_kiosk: bytearray


class Wire:
    """One line. Boards hear the kiosk and each other; a silence ends what they take for a frame."""

    def __init__(self, world: World, line: LineId, baud: int, boards: Iterable[SimBoard]) -> None:
        self.world = world
        self.line = line
        self.boards = tuple(boards)
        self.faults = WireFaults()
        self.plugged = True
        self.port: Port | None = None
        self.collisions = 0
        self.taps: list[Tap] = []
        """Told at the first byte of everything that is put on the line, before anybody has heard it."""
        self._baud = baud
        self.gap_us = self.duration_us(7) // 2 if baud <= FAST_BAUD else FAST_GAP_US
        """The silence that ends a frame."""
        self._chance = world.chance(f"wire {line}")
        self._burst: list[_Talk] = []
        self._burst_end: Planned | None = None
        """When the boards take what they heard for a frame; None if none of them heard anything."""
        self._quiet_us = 0
        """When the silence after the newest talk is long enough."""
        for board in self.boards:
            board.say = partial(self._say, board)

    def duration_us(self, count: int) -> int:
        """How long so many bytes take on this line."""
        return -(-count * BITS_PER_BYTE * 1_000_000 // self._baud)

    # Speaking

    def transmit(self, data: bytes) -> int:
        """The kiosk writes to its port. When the last byte will be out; bytes still going out go first."""
        if not self.plugged:
            return self.world.now_us
        own_us = max((talk.to_us for talk in self._burst if talk.who is Speaker.KIOSK), default=0)
        spoilt = self._through(self.faults.requests, data)
        echo = self._through(self.faults.echoes, data) if self.faults.echo else b""
        return self._speak(_Talk(Speaker.KIOSK, max(own_us, self.world.now_us), 0, bytearray(spoilt), bytearray(echo)))

    def noise(self, data: bytes) -> None:
        """Bytes that nobody asked for, heard by all."""
        self._speak(_Talk(Speaker.NOISE, self.world.now_us, 0, bytearray(data), bytearray(data)))

    def _say(self, board: SimBoard, data: bytes) -> None:
        heard = self._through(self.faults.replies, data)
        self._speak(_Talk(board, self.world.now_us, 0, bytearray(data), bytearray(heard)))

    def _through(self, damage: Damage | None, data: bytes) -> bytes:
        return data if damage is None else damaged(damage, data, self._chance)

    def _speak(self, talk: _Talk) -> int:
        said = bytes(talk.at_boards)
        for tap in self.taps:
            tap(talk.who, said)
        if self._burst_end is None and self.world.now_us >= self._quiet_us:
            self._burst = []
        talk.to_us = talk.from_us + self.duration_us(max(len(talk.at_boards), len(talk.at_kiosk)))
        for other in self._burst:
            if other.to_us > talk.from_us and other.from_us < talk.to_us:
                self._collide(other, talk)
        self._burst.append(talk)
        if self._burst_end is not None:
            self._burst_end.call_off()
        self._quiet_us = max(each.to_us for each in self._burst) + self.gap_us
        heard = any(each.who is not board for board in self.boards for each in self._burst)
        self._burst_end = self.world.at(self._quiet_us, self._end_burst) if heard else None
        self._plan_lots(talk)
        return talk.to_us

    def _collide(self, first: _Talk, second: _Talk) -> None:
        """Two drivers against each other: what both send at the same time reaches nobody whole."""
        self.collisions += 1
        for talk in (first, second):
            for data in (talk.at_boards, talk.at_kiosk):
                begin = self._index(talk, max(first.from_us, second.from_us))
                end = self._index(talk, min(first.to_us, second.to_us)) + 1
                for place in range(begin, min(end, len(data))):
                    data[place] ^= self._chance.randrange(1, 256)

    def _index(self, talk: _Talk, when_us: int) -> int:
        return max(0, when_us - talk.from_us) * self._baud // (BITS_PER_BYTE * 1_000_000)

    # Hearing

    def _plan_lots(self, talk: _Talk) -> None:
        for begin in range(0, len(talk.at_kiosk), self.faults.lot):
            end = min(begin + self.faults.lot, len(talk.at_kiosk))
            self.world.at(talk.from_us + self.duration_us(end), partial(self._deliver, talk, begin, end))

    def _deliver(self, talk: _Talk, begin: int, end: int) -> None:
        data = bytes(talk.at_kiosk[begin:end])
        if self.port is not None and self.plugged and data:
            self.port.receive(data)

    def _end_burst(self) -> None:
        burst, self._burst, self._burst_end = self._burst, [], None
        for board in self.boards:
            frame = b"".join(bytes(talk.at_boards) for talk in burst if talk.who is not board)
            if frame:
                board.hear(frame)

    # The plug

    def unplug(self) -> None:
        """The adapter is pulled out of the kiosk: what was going out is cut, what was coming in is lost."""
        if not self.plugged:
            return
        self.plugged = False
        for talk in self._burst:
            if talk.who is Speaker.KIOSK:
                del talk.at_boards[self._index(talk, self.world.now_us) :]
            talk.at_kiosk.clear()
        if self.port is not None:
            self.port.unplugged()

    def plug_in(self) -> None:
        if self.plugged:
            return
        self.plugged = True
        if self.port is not None:
            self.port.plugged_in()
