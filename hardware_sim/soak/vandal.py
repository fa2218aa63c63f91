"""Vandals: guess codes, touch whatever is offered, force doors, steal, leave rubbish.

Holds their doings. It must not know what any of it leads to.
"""

from random import Random

from hardware_sim.soak.house import House, Thing
from hardware_sim.soak.visitor import STARE_MS, Temper, Visitor, Walk
from kiosk.core import view as v
from kiosk.core.codes import damm_digit
from kiosk.core.events import Choice, Key

RUBBISH = "rubbish"
CLAIMS = frozenset({Choice.OCCUPIED, Choice.NOT_HERE, Choice.IT_IS_DONE, Choice.IT_IS_OPEN, Choice.TAKEN_BACK})
"""What takes a compartment or a parcel out of the play at once: said by whoever has a door, seldom by a vandal."""


class Guesser(Visitor):
    """Tries codes, well formed ones mostly, as long as the kiosk lets them."""

    def __init__(self, house: House, chance: Random) -> None:
        super().__init__(house, chance, Temper(wanders_off=0.05))
        self._left = chance.randint(1, 5)

    def _act(self) -> Walk:
        match self.page:
            case v.Welcome():
                self.gone = self._left <= 0
                yield from self.touch(self.chance.choice((Choice.PICK_UP, Choice.DELIVER)))
            case v.EnterCode() as page if self.offered(Choice.BACK) and self._left > 0:
                self._left -= 1
                yield from self.type(Key.CLEAR)
                yield from self.type(self._guess(page.length))
                yield STARE_MS
            case v.EnterCode():
                self.gone = self.rolls(0.3)
                yield STARE_MS
            case _:
                self.gone = self.rolls(0.5)
                yield from self.touch_first_of(Choice.FINISH, Choice.BACK, Choice.CANCEL)

    def _guess(self, length: int) -> str:
        digits = "".join(str(self.chance.randrange(10)) for _ in range(length - 1))
        return digits + (damm_digit(digits) if self.rolls(0.8) else "0")


class Fiddler(Visitor):
    """Touches anything that is offered and types anything."""

    def __init__(self, house: House, chance: Random) -> None:
        super().__init__(house, chance, Temper(wanders_off=0.05))

    def _act(self) -> Walk:
        offers = [o for o in self.offers() if o.choice not in CLAIMS]
        if offers and not self.rolls(0.2):
            offer = self.chance.choice(offers)
            yield from self.touch(offer.choice, offer.value)
        else:
            yield from self.type("".join(str(self.chance.randrange(10)) for _ in range(3)))
            yield from self.scan("X" * self.chance.randint(1, 40)) if self.rolls(0.2) else ()
            yield STARE_MS


class Burglar(Visitor):
    """Forces a door with a bar; takes what is inside or leaves something, and shuts it again or not."""

    def __init__(self, house: House, chance: Random) -> None:
        super().__init__(house, chance, Temper())

    def walk(self) -> Walk:
        name = self.chance.choice(sorted(self.house.bank.doors))
        door = self.house.bank.door(name)
        yield self.chance.randint(1_000, 5_000)
        door.pop_open()
        yield self.chance.randint(2_000, 10_000)
        if door.is_open and self.rolls(0.5):
            self.house.inside(name).clear()
        elif door.is_open:
            self.house.inside(name).append(Thing(RUBBISH, unsaid=True))
        if self.rolls(0.7):
            yield from self.shut(name)
