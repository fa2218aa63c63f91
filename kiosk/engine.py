"""The engine: one event at a time, always decide, commit, act.

Holds the order of those lines and nothing else. It must not know a device, a screen or a database; what it needs stands
in `kiosk.ports`.
"""

from kiosk.core.decide import decide, next_deadline
from kiosk.core.draft import Decision
from kiosk.core.entries import Stamp
from kiosk.core.events import Event
from kiosk.core.state import State
from kiosk.core.view import ScreenModel, present
from kiosk.ports import Clock, Journal, Outlet, Screen


class Engine:
    """Owns the state; the only caller of the journal."""

    def __init__(self, state: State, journal: Journal, clock: Clock, outlet: Outlet, screen: Screen) -> None:
        self.state = state
        self.events = 0
        """How many were taken so far."""
        self._journal = journal
        self._clock = clock
        self._outlet = outlet
        self._screen = screen
        self._presented: State | None = None
        self._shown: ScreenModel | None = None
        self._looked_at: State | None = None
        self._due_ms: int | None = None

    def step(self, event: Event) -> None:
        """Take one event to its end. Raises JournalError: then nothing was done, and the process must end."""
        self.events += 1
        decision = decide(self.state, event, self._stamp())
        if decision.durable:
            self._journal.commit(decision.durable)
        self.state = decision.state
        for effect in decision.outward:
            self._outlet.send(effect)
        self._publish(decision)

    def next_deadline_ms(self) -> int | None:
        """When a `Ticked` is due if nothing happens before, in monotonic milliseconds."""
        if self._looked_at is not self.state:
            self._looked_at, self._due_ms = self.state, next_deadline(self.state)
        return self._due_ms

    def _stamp(self) -> Stamp:
        moment = self._clock.now()
        return Stamp(moment.mono_ms, moment.wall_ms, moment.clock_state, self.state.boot, self.events)

    def _publish(self, decision: Decision) -> None:
        if decision.state is self._presented:
            return
        self._presented = decision.state
        model = present(decision.state)
        if model != self._shown:
            self._shown = model
            self._screen.show(model)
