"""The watch over one card: every commit, effect, screen and frame goes through it, into the trace and past the
invariants, and to the scissors.

Holds the order of things. It must not know what must hold.
"""

from collections.abc import Callable, Sequence

from hardware_sim.boards import SimBoard
from hardware_sim.soak.facts import Facts
from hardware_sim.soak.holding import ViolationError, hold
from hardware_sim.soak.invariants import EFFECTS, ENTRIES, FRAMES, SCREENS, SUPPLY
from hardware_sim.soak.record_invariants import hold_record
from hardware_sim.soak.scissors import Scissors
from hardware_sim.soak.trace import Trace
from hardware_sim.wire import Speaker
from kiosk.core.effects import Outward
from kiosk.core.entries import Entry, EpochStarted
from kiosk.core.ids import LineId
from kiosk.core.view import ScreenModel

AFTER_FAILURE = "S14"


class Watch:
    """Sees what one card's kiosk does."""

    def __init__(self, facts: Facts, trace: Trace, scissors: Scissors, *, restored: bool = False) -> None:
        """``restored``: the record is a copy of what happened before other eyes, in a new epoch."""
        self.facts = facts
        self.trace = trace
        self.scissors = scissors
        self._restored = restored
        self.taps: list[Callable[[Sequence[Entry]], None]] = []
        """Told of each commit, before anything follows from it."""

    def began(self) -> None:
        """A life of the kiosk has begun: the record is read as a whole, and what the start itself added is taken in."""
        hold_record(self.facts)
        if self._restored:
            self._believe()
        for entry in self.facts.stored[len(self.facts.committed) :]:
            self._take(entry)
        self.facts.started_ms = self.facts.house.bank.world.now_us // 1_000

    def _believe(self) -> None:
        """What stands before the epoch that a restore began was judged when it happened, by other eyes."""
        stored = self.facts.stored
        begun = [at for at, entry in enumerate(stored) if isinstance(entry.body, EpochStarted)]
        for entry in stored[: begun[-1]]:
            self.facts.take(entry)
        self._restored = False

    def committed(self, entries: Sequence[Entry]) -> None:
        self.trace.committed(entries)
        self.facts.house.take(entries)
        for entry in entries:
            self._take(entry)
        hold(SUPPLY, self.facts, None)
        for tap in self.taps:
            tap(entries)
        self.scissors.at_commit()

    def _take(self, entry: Entry) -> None:
        hold(ENTRIES, self.facts, entry)
        self.facts.take(entry)

    def _alive(self, what: object) -> None:
        """Nothing follows from a commit that failed. Raises ViolationError."""
        if self.scissors.cut:
            raise ViolationError(AFTER_FAILURE, f"after a failed commit: {what}")

    def asked(self, effect: Outward) -> None:
        self._alive(effect)
        hold(EFFECTS, self.facts, effect)
        self.scissors.at_effect()

    def shown(self, model: ScreenModel) -> None:
        self._alive(model)
        self.trace.shown(model)
        hold(SCREENS, self.facts, model)

    def heard(self, line: LineId, who: SimBoard | Speaker, data: bytes) -> None:
        self.trace.heard(line, who, data)
        if who is not Speaker.KIOSK:
            return
        for frame in self.facts.frames(line, data):
            self.trace.tell("frame", f"{frame.compartment} {data.hex()}")
            hold(FRAMES, self.facts, frame)
            hold(SUPPLY, self.facts, None)
