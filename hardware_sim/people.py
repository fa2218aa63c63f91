"""People at the kiosk, as steps: what they touch, type and scan, which doors they push, how long they wait.

Holds one small dataclass per step and the walk through a list of them. It must not know rules: a person touches only
what the screen offers, and sees only the screen, the doors and the phone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never

from hardware_sim.kiosk import SimKiosk
from hardware_sim.phone import code_for
from kiosk.core.events import Choice, Chose, Key, KeyPressed
from kiosk.core.ids import CompartmentId, Secret
from kiosk.core.offers import Offer
from kiosk.core.state import Stage
from kiosk.core.view import Page

PATIENCE_MS = 60_000
KEY_MS = 150
"""Between two keys of somebody who types quickly."""


class StepError(AssertionError):
    """A step that a person could not do; the text says what the screen showed instead."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Touch an offered choice; ``value`` where it is offered several times."""

    choice: Choice
    value: str = ""


@dataclass(frozen=True, slots=True)
class Type:
    """Type these characters, then OK if ``ok``."""

    text: str
    ok: bool = False


@dataclass(frozen=True, slots=True)
class TypeCodeFor:
    """Type the code from the notice about this tracking number; it must have gone out."""

    tracking_number: str


@dataclass(frozen=True, slots=True)
class Scan:
    """Hold this before the scanner, which reads it at its own speed."""

    text: str


@dataclass(frozen=True, slots=True)
class ShowCodeFor:
    """Hold the phone before the scanner, with the code from the notice about this tracking number on it."""

    tracking_number: str


@dataclass(frozen=True, slots=True)
class See:
    """Wait until the screen shows this page."""

    page: type[Page]
    within_ms: int = PATIENCE_MS


@dataclass(frozen=True, slots=True)
class SeeDoorOpen:
    """Wait until the page's own door is said to be open, and is."""

    within_ms: int = PATIENCE_MS


@dataclass(frozen=True, slots=True)
class Shut:
    """Push the page's door shut, or another; after having had it open for ``after_ms``."""

    after_ms: int = 5_000
    door: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    ms: int


Step = Touch | Type | TypeCodeFor | Scan | ShowCodeFor | See | SeeDoorOpen | Shut | Wait
PAGE = TypeVar("PAGE")


@dataclass
class Lobby:
    """Somebody in front of a running kiosk."""

    kiosk: SimKiosk

    def walk(self, steps: Iterable[Step]) -> "Lobby":
        """Do every step. Raises StepError for one that cannot be done."""
        for step in steps:
            self.do(step)
        return self

    def do(self, step: Step) -> None:
        match step:
            case Touch(choice, value):
                self._touch(choice, value)
            case Type(text, ok):
                self._type([*text, *([Key.OK] if ok else [])])
            case TypeCodeFor(number):
                self._type([*code_for(self.kiosk.database, number)])
            case Scan(text):
                self._scan(text)
            case ShowCodeFor(number):
                self._scan(code_for(self.kiosk.database, number))
            case See(page, within_ms):
                self.until(lambda: isinstance(self.page, page), within_ms, f"waited for {page.__name__}")
            case SeeDoorOpen(within_ms):
                self.until(self._door_is_open, within_ms, "waited for its door to open")
            case Shut(after_ms, door):
                self._shut(after_ms, door)
            case Wait(ms):
                self._run_for(ms)
            case _:
                assert_never(step)

    @property
    def page(self) -> Any:  # noqa: ANN401 - the caller knows which page it looks at
        return self.kiosk.screen.page

    def until(self, done: Callable[[], bool], within_ms: int, what: str) -> None:
        """Let the world go on until ``done()``. Raises StepError after ``within_ms``."""
        world = self.kiosk.bank.world
        end_us = world.now_us + within_ms * 1000
        while not done():
            next_us = world.next_us()
            if next_us is None or next_us > end_us:
                message = f"{what}; the screen shows {self.kiosk.screen}"
                raise StepError(message)
            world.step()

    def _touch(self, choice: Choice, value: str) -> None:
        if Offer(choice, value) not in self.kiosk.screen.offers:
            message = f"{choice} {value} is not offered; the screen shows {self.kiosk.screen}"
            raise StepError(message)
        self.kiosk.post(Chose(choice, value))
        self._run_for(KEY_MS)

    def _type(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.kiosk.post(KeyPressed(Secret(key)))
            self._run_for(KEY_MS)

    def _scan(self, text: str) -> None:
        world = self.kiosk.bank.world
        sent_us = self.kiosk.scanner.scan(text)
        world.run_until(max(sent_us, world.now_us + KEY_MS * 1000))

    def _run_for(self, ms: int) -> None:
        self.kiosk.bank.world.run_for(ms * 1000)

    def door(self) -> CompartmentId:
        """The door that the page speaks of."""
        return CompartmentId(self.page.door.compartment)

    def _door_is_open(self) -> bool:
        return getattr(self.page, "stage", None) is Stage.OPEN and self.kiosk.bank.door(self.door()).is_open

    def _shut(self, after_ms: int, door: str) -> None:
        name = CompartmentId(door) if door else self.door()
        self._run_for(after_ms)
        if not self.kiosk.bank.door(name).push():
            message = f"{name} cannot be pushed shut"
            raise StepError(message)
