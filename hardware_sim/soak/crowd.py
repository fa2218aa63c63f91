"""The crowd: who comes to the kiosk, and when; one at the screen, and passers-by who push open doors shut.

Holds arrivals drawn from the seed. It must not know what anybody does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hardware_sim.labels import CARRIERS
from hardware_sim.soak.courier import CARRIES, Courier
from hardware_sim.soak.house import House
from hardware_sim.soak.resident import Resident
from hardware_sim.soak.vandal import Burglar, Fiddler, Guesser
from hardware_sim.soak.visitor import CARELESS, HONEST, Temper, Visitor, Walk
from kiosk.core.entries import CodeLife

SECOND_US = 1_000_000
PASSER_BY_S = (20, 240)
"""Now and then somebody passes who cannot see a door stand open."""


@dataclass(frozen=True, slots=True)
class Mix:
    """How many people come in an hour, and of which kind; the weights are shares."""

    visits_per_hour: float = 17.0
    couriers: float = 0.40
    residents: float = 0.44
    guessers: float = 0.05
    fiddlers: float = 0.06
    burglars: float = 0.05
    careless: float = 0.25
    """Of couriers and residents."""


class Crowd:
    """Everybody who comes, one after the other."""

    def __init__(self, house: House, mix: Mix) -> None:
        self.house = house
        self.mix = mix
        self.visits = 0
        self._arrivals = 0
        self.present: Visitor | None = None
        self._world = house.bank.world
        self._chance = self._world.chance("crowd")
        self._passers = self._world.chance("passers-by")
        self._makers = tuple(sorted(CARRIERS))
        self._parcels = 0
        self._closed = False

    def begin(self) -> None:
        self._next()
        self._pass_by()

    def close(self) -> None:
        """Nobody comes any more."""
        self._closed = True

    def open(self) -> None:
        """People come again."""
        self._closed = False

    def _next(self) -> None:
        gap_s = self._chance.expovariate(self.mix.visits_per_hour / 3600)
        self._world.after(int(gap_s * SECOND_US), self._arrive)

    def _arrive(self) -> None:
        self._arrivals += 1
        visitor = None if self._closed else self._somebody()
        if visitor is None:
            self._next()
            return
        self.visits += 1
        self.send(visitor, self._next)

    def send(self, visitor: Visitor, then: Callable[[], None]) -> None:
        """One person goes to the kiosk; ``then`` when they are gone."""
        self.present = visitor
        self._go_on(visitor.walk(), then)

    def _go_on(self, walk: Walk, then: Callable[[], None]) -> None:
        pause_ms = next(walk, None)
        if pause_ms is None:
            self.present = None
            then()
        else:
            self._world.after(pause_ms * 1_000, lambda: self._go_on(walk, then))

    def _pass_by(self) -> None:
        if self.present is None and not self._closed:
            self.shut_all()
        self._world.after(self._passers.randint(*PASSER_BY_S) * SECOND_US, self._pass_by)

    def shut_all(self) -> None:
        for name in self.house.bank.open_doors():
            self.house.bank.door(name).push()

    # Who comes

    def _somebody(self) -> Visitor | None:
        mix, chance = self.mix, self._own_chance()
        weights = (mix.couriers, mix.residents, mix.guessers, mix.fiddlers, mix.burglars)
        makers = (self._courier, self._resident, self._guesser, self._fiddler, self._burglar)
        make: Callable[[Random], Visitor | None] = chance.choices(makers, weights)[0]
        return make(chance)

    def _courier(self, chance: Random) -> Visitor:
        return Courier(self.house, chance, self._temper(chance), self._numbers(chance))

    def _guesser(self, chance: Random) -> Visitor:
        return Guesser(self.house, chance)

    def _fiddler(self, chance: Random) -> Visitor:
        return Fiddler(self.house, chance)

    def _burglar(self, chance: Random) -> Visitor:
        return Burglar(self.house, chance)

    def _own_chance(self) -> Random:
        """Of its own for each person: what one draws does not move another's luck."""
        return self._world.chance(f"visitor {self._arrivals}")

    def _temper(self, chance: Random) -> Temper:
        return CARELESS if chance.random() < self.mix.careless else HONEST

    def _numbers(self, chance: Random) -> list[str]:
        count = chance.choice(CARRIES)
        return [self._number(chance) for _ in range(count)]

    def _number(self, chance: Random) -> str:
        self._parcels += 1
        _, make = CARRIERS[chance.choice(self._makers)]
        return "" if chance.random() < 0.1 else make(self._parcels)[1]  # noqa: PLR2004 - a share of labels that no scanner reads

    def _resident(self, chance: Random) -> Visitor | None:
        """Somebody with a notice: about a parcel still inside, or now and then about one that is not."""
        phones = self.house.phones
        spent = [each for each in phones.notices if phones.lives.get(each["parcel"]) is CodeLife.SPENT]
        ready = [each for each in phones.notices if phones.lives.get(each["parcel"]) is not CodeLife.SPENT]
        which = spent if spent and chance.random() < 0.05 else ready  # noqa: PLR2004 - a share of late comers
        return Resident(self.house, chance, self._temper(chance), chance.choice(which)) if which else None
