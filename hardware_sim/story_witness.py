"""The witness of a story: sees frames, doors, screens and the record of one kiosk, and tells each in its order.

Holds the order, and the proof in it: entries are told once another connection to the database reads them, frames at
their first byte. It must not know what comes next in the story.
"""

from functools import partial
from typing import TYPE_CHECKING, Protocol, assert_never

from drivers.boards.base import Contacts, Request, Unlock
from hardware_sim.bank import SimBank
from hardware_sim.boards import SimBoard
from hardware_sim.doors import SimDoor
from hardware_sim.kiosk import SimKiosk
from hardware_sim.station import Station
from hardware_sim.story_page import Lane, Page
from hardware_sim.story_words import entry_words, screen_words
from hardware_sim.wire import Speaker
from kiosk.config import Site
from kiosk.core.effects import Outward, Pulse
from kiosk.core.entries import NAMES, Entry, Stamp, UnlockRequested
from kiosk.core.ids import BoardId, LineId
from kiosk.core.layout import Output
from kiosk.core.view import ScreenModel
from kiosk.vault import VaultKeys
from storage.queries import entries_between

if TYPE_CHECKING:
    from collections.abc import Mapping

EPOCH = 1
"""A new record has only this one."""
WORTH_A_LINE = 40
"""Frames left out are told once there are so many, two seconds of polls during an opening."""


class Watcher(Protocol):
    """Sees what a kiosk's engine hands over, before anybody acts on it."""

    def asked(self, effect: Outward) -> None: ...

    def shown(self, model: ScreenModel) -> None: ...


class WatchedKiosk(SimKiosk):
    """A kiosk with watchers between its engine and its edges."""

    def __init__(self, bank: SimBank, site: Site, keys: VaultKeys, seed: int) -> None:
        super().__init__(bank, site, keys, seed)
        self.watchers: list[Watcher] = []

    def send(self, effect: Outward) -> None:
        for watcher in self.watchers:
            watcher.asked(effect)
        super().send(effect)

    def show(self, model: ScreenModel) -> None:
        for watcher in self.watchers:
            watcher.shown(model)
        super().show(model)


class Witness:
    """Tells what happens around ``kiosk`` from its start on; people are told by whoever moves them."""

    def __init__(self, kiosk: WatchedKiosk, site: Site, page: Page) -> None:
        self.pulses: dict[Output, Pulse] = {}
        """The newest pulse of each output."""
        self.recorded: set[int] = set()
        """Intents that could be read from the database when their pulse was handed to a line."""
        self.unrecorded: set[int] = set()
        """Intents that could not."""
        self._kiosk = kiosk
        self._page = page
        self._stations: Mapping[BoardId, Station] = {
            board.board: Station(board, site.layout) for board in site.machine.boards
        }
        self._next_seq = 0
        self._stamp: Stamp | None = None
        self._left_out = 0
        self._screen = ""
        for line, wire in kiosk.bank.wires.items():
            wire.taps.append(partial(self._frame, line))
        for door in kiosk.bank.doors.values():
            door.watchers.append(self._door)
        kiosk.watchers.append(self)

    def now_ms(self) -> int:
        return self._kiosk.bank.world.now_us // 1000

    def tell(self, lane: Lane, words: str, key: str = "") -> None:
        """A line of now, after everything before it."""
        self.catch_up()
        self._line(self.now_ms(), lane, words, key)

    def catch_up(self) -> None:
        """Tell every entry that can be read by now and was not told."""
        newest = self._kiosk.engine.state.books.next_seq - 1
        if newest >= self._next_seq:
            for entry in entries_between(self._kiosk.database, EPOCH, self._next_seq, newest):
                self._entry(entry)

    def tell_left_out(self) -> None:
        """Say how many frames were left out since the last time, if that is worth a line."""
        if self._left_out >= WORTH_A_LINE:
            frames, self._left_out = self._left_out, 0
            self._page.line(None, Lane.WIRE, f"(left out: {frames} frames of polls that found no door moved)")

    def _line(self, at_ms: int | None, lane: Lane, words: str, key: str) -> None:
        self.tell_left_out()
        self._page.line(at_ms, lane, words, key)

    # The record

    def _entry(self, entry: Entry) -> None:
        same, self._stamp = entry.stamp == self._stamp, entry.stamp
        self._next_seq = entry.seq + 1
        key = f"#{entry.seq} {NAMES[type(entry.body)]}"
        lane = Lane.SAME_COMMIT if same else Lane.COMMIT
        self._line(None if same else entry.stamp.mono_ms, lane, entry_words(entry.body), key)

    def asked(self, effect: Outward) -> None:
        """A pulse must find its intent in the database; this is the last moment before a line has it."""
        if isinstance(effect, Pulse):
            seq = effect.intent_seq
            found = entries_between(self._kiosk.database, EPOCH, seq, seq)
            intended = any(isinstance(entry.body, UnlockRequested) for entry in found)
            (self.recorded if intended else self.unrecorded).add(seq)
            self.pulses[effect.output] = effect

    # The lines

    def _frame(self, line: LineId, who: SimBoard | Speaker, data: bytes) -> None:
        self.catch_up()
        match who:
            case Speaker.KIOSK:
                self._request(line, data)
            case Speaker.NOISE:
                self.tell(Lane.WIRE, "noise", _hex("??", data))
            case SimBoard(board=board):
                self._reply(self._stations[board], data)
            case _:
                assert_never(who)

    def _request(self, line: LineId, data: bytes) -> None:
        on_line = (station for station in self._stations.values() if station.board.line == line)
        asked = [(station, request) for station in on_line if (request := station.request(data)) is not None]
        if not asked:
            self.tell(Lane.WIRE, f"no board of line {line} may be sent this", _hex("->", data))
        for station, request in asked:
            if station.polls():
                self._left_out += 1
            else:
                self.tell(Lane.WIRE, self._asked(station, request), _hex("->", data))

    def _asked(self, station: Station, request: Request) -> str:
        words = f"{station.board.board}: {station.words.request(request)}"
        if request == station.codec.abilities.probe:
            return f"{words}\nthe answer shows if the line echoes"
        return f"{words}\n{self._proof(station, request)}" if isinstance(request, Unlock) else words

    def _proof(self, station: Station, request: Unlock) -> str:
        intent = self.pulses[Output(station.board.board, request.channel)].intent_seq
        return f"intent #{intent} is committed" if intent in self.recorded else f"INTENT #{intent} IS NOT COMMITTED"

    def _reply(self, station: Station, data: bytes) -> None:
        reply, polled = station.reply(data), station.polls()
        if isinstance(reply, Contacts):
            if reply == station.contacts:
                self._left_out += 1
                return
            station.contacts = reply
        asked, name = station.asked, station.board.board
        words = reply if isinstance(reply, str) or asked is None else station.words.reply(asked, reply)
        self.tell(Lane.WIRE, f"{name}, polled: {words}" if polled else f"{name}: {words}", _hex("<-", data))

    # What one sees

    def _door(self, door: SimDoor) -> None:
        self.tell(Lane.DOOR, f"{door.compartment} springs open" if door.is_open else f"{door.compartment} shuts")

    def shown(self, model: ScreenModel) -> None:
        """The screen changes."""
        words = screen_words(model.page)
        if words and words != self._screen:
            self.tell(Lane.SCREEN, f'"{words}"')
            self._screen = words


def _hex(arrow: str, data: bytes) -> str:
    return f"{arrow} {data.hex(' ').upper()}"
