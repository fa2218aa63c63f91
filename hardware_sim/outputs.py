"""The outputs of one lock board: their timers, and the locks that hang on them.

Holds what is switched on and until when. It must not know frames, nor who asked.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial

from hardware_sim.doors import SimDoor
from hardware_sim.supply import Supply
from hardware_sim.world import Planned, World
from kiosk.core.ids import BoardId
from kiosk.core.layout import Output


@dataclass(slots=True, eq=False)
class SimOutputs:
    """Channels 1 to ``channels``; what is asked of another channel does nothing."""

    world: World
    board: BoardId
    channels: int
    supply: Supply
    doors: dict[int, SimDoor] = field(default_factory=dict)
    """Which door's lock hangs on which channel."""
    _timers: dict[int, Planned | None] = field(default_factory=dict)
    """Every channel that is on; None is on until somebody switches it off."""

    def all_channels(self) -> range:
        return range(1, self.channels + 1)

    def on(self) -> frozenset[int]:
        return frozenset(self._timers)

    def energise(self, channels: Collection[int], duration_us: int | None) -> None:
        """Switch outputs on for a time, or until somebody switches them off; a running time begins anew."""
        for channel in channels:
            if channel in self.all_channels():
                self._switch_on(channel, duration_us)

    def release(self, channels: Collection[int]) -> None:
        """Switch outputs off, at once; harmless if they are."""
        for channel in channels:
            if channel in self._timers:
                self._switch_off(channel)

    def all_off(self) -> None:
        self.release(self.all_channels())

    def toggle(self, channels: Collection[int]) -> None:
        on = self.on()
        self.release([channel for channel in channels if channel in on])
        self.energise([channel for channel in channels if channel not in on], None)

    def rewire(self, channel: int, door: SimDoor | None) -> None:
        """Hang another lock on an output, or none; what was on there is off."""
        self.release([channel])
        if door is None:
            self.doors.pop(channel, None)
        else:
            self.doors[channel] = door

    def _switch_on(self, channel: int, duration_us: int | None) -> None:
        if channel in self._timers:
            self._stop_timer(channel)
        else:
            self.supply.switch_on(Output(self.board, channel))
            if channel in self.doors:
                self.doors[channel].energise()
        off = partial(self._switch_off, channel)
        self._timers[channel] = None if duration_us is None else self.world.after(duration_us, off)

    def _switch_off(self, channel: int) -> None:
        self._stop_timer(channel)
        self.supply.switch_off(Output(self.board, channel))
        if channel in self.doors:
            self.doors[channel].release()

    def _stop_timer(self, channel: int) -> None:
        timer = self._timers.pop(channel)
        if timer is not None:
            timer.call_off()
