"""Somebody in front of the kiosk: looks at the screen again and again, and does what it asks, or something else.

Holds what all kinds of people have in common. It must not know what any of them wants. A visitor is a generator of
pauses in milliseconds, so that whole lives fit into one thread.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from hardware_sim.soak.house import House
from kiosk.core import view as v
from kiosk.core.events import Choice, Chose, Key, KeyPressed
from kiosk.core.ids import CompartmentId, Secret
from kiosk.core.offers import Offer

Walk = Iterator[int]
"""Milliseconds until the next act, again and again, until the person is gone."""
MOST_LOOKS = 250
"""Nobody stands there for ever."""
KEY_MS = (80, 400)
THINK_MS = (300, 2_500)
STARE_MS = 500
"""How often one looks whether something has changed."""
DARK_MS = 4_000


@dataclass(frozen=True, slots=True)
class Temper:
    """How somebody is: the chance of each bad habit, at each occasion."""

    wanders_off: float = 0.0
    """Leaves at any look at the screen."""
    slips: float = 0.0
    """Types a digit wrong."""
    leaves_open: float = 0.0
    """Leaves the door open."""
    forgets: float = 0.0
    """Leaves the parcel where it should not be, and says something else."""
    changes_mind: float = 0.0
    """Takes back, asks again, wants something else."""


HONEST = Temper(wanders_off=0.002, slips=0.05, changes_mind=0.15)
CARELESS = Temper(wanders_off=0.02, slips=0.2, leaves_open=0.2, forgets=0.2, changes_mind=0.4)


class Visitor:
    """One visit of one person. A subclass says what they do at each page."""

    ACTS: ClassVar[Mapping[type[v.Page], str]] = {}
    """The method for each page; what is not named is looked at without doing anything."""

    def __init__(self, house: House, chance: Random, temper: Temper) -> None:
        self.house = house
        self.chance = chance
        self.temper = temper
        self.gone = False

    def walk(self) -> Walk:
        """The whole visit, once whoever was there before is gone from the screen."""
        yield from self._queue()
        for _ in range(MOST_LOOKS):
            if self.house.screen is None:
                if self.rolls(0.5):
                    break
                yield DARK_MS
                continue
            if self.rolls(self.temper.wanders_off):
                break
            yield from self._act()
            if self.gone:
                break
        self.leave()

    def _queue(self) -> Walk:
        for _ in range(MOST_LOOKS):
            if self.page is None or isinstance(self.page, v.Welcome | v.OutOfOrder):
                return
            yield STARE_MS

    def leave(self) -> None:
        """Whatever this person leaves behind."""

    def _act(self) -> Walk:
        page = self.page
        name = "stare" if page is None else self.ACTS.get(type(page), "stare")
        act: Callable[[Any], Walk] = getattr(self, name)
        yield from act(page)

    def stare(self, _page: v.Page | None) -> Walk:
        """Wait for something to change."""
        yield STARE_MS

    # What one sees

    @property
    def page(self) -> v.Page | None:
        screen = self.house.screen
        return None if screen is None else screen.page

    def offered(self, choice: Choice) -> list[str]:
        """Every value with which the screen offers this choice now."""
        screen = self.house.screen
        return [] if screen is None else [offer.value for offer in screen.offers if offer.choice is choice]

    def offers(self, *left_out: Choice) -> list[Offer]:
        screen = self.house.screen
        return [] if screen is None else [offer for offer in screen.offers if offer.choice not in left_out]

    # What one does

    def rolls(self, probability: float) -> bool:
        return self.chance.random() < probability

    def touch(self, choice: Choice, value: str | None = None) -> Walk:
        """Touch a choice, one of its values if none is named; nothing happens if it is not offered."""
        values = self.offered(choice)
        if values and value is None:
            value = self.chance.choice(values)
        if value in values:
            self.house.kiosk.post(Chose(choice, value or ""))
        yield self.chance.randint(*THINK_MS)

    def touch_first_of(self, *choices: Choice) -> Walk:
        """Touch the first of these that is offered; wait if none is."""
        for choice in choices:
            if self.offered(choice):
                yield from self.touch(choice)
                return
        yield STARE_MS

    def type(self, text: str, *, ok: bool = False) -> Walk:
        for key in (*text, *((Key.OK,) if ok else ())):
            if not self.house.lit:
                return
            self.house.kiosk.post(KeyPressed(Secret(str(key))))
            yield self.chance.randint(*KEY_MS)

    def scan(self, text: str) -> Walk:
        self.house.kiosk.scanner.scan(text)
        yield self.chance.randint(*THINK_MS)

    def mistyped(self, digits: str) -> str:
        """With one digit wrong."""
        at = self.chance.randrange(len(digits))
        return digits[:at] + str((int(digits[at]) + self.chance.randint(1, 9)) % 10) + digits[at + 1 :]

    def shut(self, name: CompartmentId) -> Walk:
        """Push a door shut, a few times if need be."""
        for _ in range(3):
            if self.house.bank.door(name).push():
                return
            yield STARE_MS
