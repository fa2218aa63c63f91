"""The kiosk's serial line in memory: one line master on one wire, in virtual time, as the line's thread does it.

Holds the moving of bytes and the reopening of a port that vanished. It must not know what the bytes mean. It calls the
line master exactly as `drivers.serial_line` does, which is what runs on a real kiosk.
"""

from collections.abc import Callable

from drivers.bank import LineMaster
from drivers.edge import REOPEN_FIRST_US, REOPEN_LIMIT_US
from drivers.serial_line import STOP_US
from hardware_sim.wire import Wire
from hardware_sim.world import Planned
from kiosk.core.effects import LineEffect
from kiosk.core.events import Event


class MemoryLine:
    """A port that is open while the wire is plugged in. Events go to ``on_event``, one by one."""

    def __init__(self, wire: Wire, master: LineMaster, on_event: Callable[[Event], None]) -> None:
        self._wire = wire
        self._world = wire.world
        self._master = master
        self._on_event = on_event
        self._writing: Planned | None = None
        """The end of the write that is going on."""
        self._reopen_us = REOPEN_FIRST_US
        self._alarm: Planned | None = None
        self._reopening: Planned | None = None
        self._stop_by_us: int | None = None
        self._running = False

    def start(self) -> None:
        """Take the port: from now on the line is the kiosk's."""
        self._running = True
        self._wire.port = self
        self._try_to_open()

    def is_alive(self) -> bool:
        """False before `start`, and once `stop` or `kill` ended it."""
        return self._running

    def send(self, effect: LineEffect) -> None:
        """Hand over an effect; what follows happens in the world's next step, not in this call."""
        if self._running:
            self._master.submit(effect, self._world.now_us)
            self._wake()

    def stop(self) -> None:
        """Switch everything off as far as possible, then let go of the port; takes virtual time."""
        if self._running:
            self._stop_by_us = self._world.now_us + STOP_US
            self._master.stop(self._world.now_us)
            self._wake()

    def kill(self) -> None:
        """The process dies here: nothing more is sent; what a frame has on the wire stays on it."""
        self._running = False
        if self._wire.port is self:
            self._wire.port = None
        self._call_off(self._alarm, self._reopening, self._writing)

    # The wire's side

    def receive(self, data: bytes) -> None:
        self._reopen_us = REOPEN_FIRST_US
        self._master.receive(data, self._world.now_us)
        self._serve()

    def unplugged(self) -> None:
        self._call_off(self._writing, self._reopening)
        self._writing = None
        self._lost()

    def plugged_in(self) -> None:
        """Nobody tells the kiosk; it finds out at its next attempt."""

    # The port

    def _try_to_open(self) -> None:
        self._reopening = None
        if not self._wire.plugged:
            self._lost()
            return
        self._master.opened(self._world.now_us)
        self._serve()

    def _lost(self) -> None:
        self._master.lost(self._world.now_us)
        self._reopening = self._world.after(self._reopen_us, self._try_to_open)
        self._reopen_us = min(2 * self._reopen_us, REOPEN_LIMIT_US)
        self._wake()

    # Work

    def _serve(self) -> None:
        """All that can be done now; then wait for the master's deadline or for bytes."""
        if not self._running:
            return
        frame = self._master.wants_to_send(self._world.now_us)
        if frame is not None:
            self._writing = self._world.at(self._wire.transmit(frame), self._sent)
        self._post()
        if self._finished():
            self.kill()
        elif self._running:
            self._set_alarm()

    def _sent(self) -> None:
        self._writing = None
        self._master.sent(self._world.now_us)
        self._serve()

    def _post(self) -> None:
        while events := self._master.take_events():
            for event in events:
                self._on_event(event)

    def _finished(self) -> bool:
        if self._stop_by_us is None:
            return False
        return self._master.stopped or self._world.now_us >= self._stop_by_us

    def _set_alarm(self) -> None:
        deadlines = [each for each in (self._master.deadline_us(), self._stop_by_us) if each is not None]
        self._plan_alarm(min(deadlines, default=None))

    def _wake(self) -> None:
        self._plan_alarm(self._world.now_us)

    def _plan_alarm(self, when_us: int | None) -> None:
        self._call_off(self._alarm)
        self._alarm = None if when_us is None else self._world.at(when_us, self._serve)

    def _call_off(self, *planned: Planned | None) -> None:
        for each in planned:
            if each is not None:
                each.call_off()
