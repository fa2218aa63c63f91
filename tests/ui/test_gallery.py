"""The gallery pictures what the core really shows: every page, with offers that somebody who walks about is given.

Holds a walker on the real core. It must not know how a screen is drawn.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import get_args

import pytest

from kiosk.core import events as ev
from kiosk.core import state as s
from kiosk.core import view as v
from kiosk.core.codes import damm_digit
from kiosk.core.directory import Directory, Resident, Unit, Welcome
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import ResidentId, UnitId
from kiosk.core.policy import Policy
from kiosk.core.view import ScreenModel
from tests.core.desk import BANK, COURIER_CODE, DIRECTORY, LABEL, OTHER_LABEL, Desk
from ui.compose import SCREENS
from ui.gallery import SAMPLES

Met = tuple[type[object], frozenset[Choice]]
PAGES = set(get_args(v.Page))
WALKS, STEPS = 400, 200
WRONG = "2718281" + damm_digit("2718281")
FULL_DISK, LITTLE_SPACE, MUCH_SPACE = 1 << 20, 32 << 20, 1 << 30
HOUSE = Directory(
    version=1,
    units=(*DIRECTORY.units, Unit(UnitId("9A"))),
    residents=(*DIRECTORY.residents, Resident(ResidentId("R9"), UnitId("9A"), "Noa Away", welcome=Welcome.ON_HOLD)),
    couriers=DIRECTORY.couriers,
)


def met(model: ScreenModel) -> Met:
    """More time is offered on top of everything else, wherever somebody stands still."""
    choices = {offer.choice for offer in model.offers}
    assert (Choice.MORE_TIME in choices) == (model.still_there and bool(choices))
    return type(model.page), frozenset(choices - {Choice.MORE_TIME})


class Walker:
    """Somebody who does at random what can be done, and a bank whose doors do what doors do."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        places = BANK[:2] if seed % 4 == 0 else BANK
        self.desk = Desk(places, policy=Policy(anonymous_drop=seed % 6 == 0), directory=HOUSE)
        self.desk.state = replace(self.desk.state, photographs=seed % 3 == 0)
        self.stiff = {Choice.DELIVER: 0.1 * (seed % 4), Choice.PICK_UP: 0.2 * (seed % 3)}
        self.errand = Choice.DELIVER
        self.seen: set[Met] = set()
        self.open: list[str] = []

    def walk(self) -> set[Met]:
        for step in range(STEPS):
            self.errand = Choice.DELIVER if step < STEPS // 2 else Choice.PICK_UP
            self._person()
            self._look()
            self._bank()
            self._look()
        return self.seen

    def _look(self) -> None:
        self.seen.add(met(self.desk.screen))
        if self.chance.random() < 0.7:
            self.desk.answer_vault()
            self._answer_camera()
            self.seen.add(met(self.desk.screen))

    def _answer_camera(self) -> None:
        visit = self.desk.state.visit
        if visit is not None and visit.place == s.Photographing(taking=True):
            self.desk.do(self.chance.choice((ev.PhotoTaken("ab" * 32), ev.PhotoFailed())))

    # The person

    def _person(self) -> None:
        """First the bank is filled, then it is emptied."""
        visit, chance = self.desk.state.visit, self.chance.random()
        if chance < 0.08:
            self.desk.wait(self.chance.choice((500, 2_000, 21_000, 41_000, 70_000)))
        elif chance < 0.12:
            free_bytes = self.chance.choice((FULL_DISK, LITTLE_SPACE, *(MUCH_SPACE,) * 8))
            self.desk.do(ev.SpaceMeasured(free_bytes))
        elif visit is None and self.errand in self.desk.offered() and chance < 0.9:
            self.desk.touch(self.errand)
        elif visit is not None and (does := self._typing(visit.place)) is not None and chance < 0.75:
            does()
        elif self.desk.screen.offers:
            offer = self.chance.choice(self.desk.screen.offers)
            self.desk.touch(offer.choice, offer.value)

    def _typing(self, place: s.Place) -> Callable[[], object] | None:
        match place:
            case s.Typing(kind=s.Typed.COURIER):
                return lambda: self.desk.key_in(COURIER_CODE)
            case s.Typing():
                return lambda: self.desk.key_in(
                    self.chance.choice((*self.desk.codes.values(), *self.desk.codes.values(), WRONG))
                )
            case s.Scanning():
                return lambda: self.desk.scan(self.chance.choice((LABEL, OTHER_LABEL)))
            case s.AskingUnit():
                return lambda: self.desk.key_in(self.chance.choice(("12B", "7A", "3C", "9A", "4Z"))).press(ev.Key.OK)
            case s.AskingNumber():
                return lambda: self.desk.key_in("AB1").press(ev.Key.OK)
            case _:
                return None

    # The bank

    def _bank(self) -> None:
        """A pulse opens its door, or does not; a door that is open is shut soon, at once, or not yet."""
        desk = self.desk
        if desk.state.supply.pulsing is not None and self._pulsed() and self.chance.random() < 0.8:
            self._pulse_answered(desk.pulse().compartment)
        elif self.open and self.chance.random() < 0.5:
            desk.close_door(self.open.pop(), after_ms=self.chance.choice((0, 4_000, 4_000, 130_000)))
            desk.wait(4_000)  # by then no further pulse of this door can open it again

    def _pulsed(self) -> bool:
        return bool(self.desk.pulses()) and self.desk.pulse().intent_seq == self.desk.state.supply.pulsing

    def _pulse_answered(self, name: str) -> None:
        chance = self.chance.random()
        if chance < self.stiff[self.errand]:
            self.desk.fail_to_open()
        elif name not in self.open and chance < 0.98:
            self.desk.open_door(name)
            self.open.append(name)
        elif name in self.open:
            self.desk.send_pulse()
        else:
            self.desk.send_pulse().wait(100)
            other = self.chance.choice([place.compartment for place in self.desk.places if place.compartment != name])
            self.desk.set_door(other, Reading.OPEN)


@cache
def met_by_walkers() -> frozenset[Met]:
    return frozenset(one for seed in range(WALKS) for one in Walker(seed).walk())


def told(several: set[Met]) -> list[str]:
    """Readable, for when a sentence fails."""
    return sorted(f"{page.__name__}: {', '.join(sorted(choices))}" for page, choices in several)


def test_every_page_has_a_screen_and_a_sample() -> None:
    assert set(SCREENS) == PAGES
    assert {type(sample.model.page) for sample in SAMPLES} == PAGES


def test_no_two_samples_have_one_name() -> None:
    names = [sample.name for sample in SAMPLES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.slow
def test_what_a_sample_offers_is_offered_to_somebody_who_walks_about() -> None:
    claimed = {met(sample.model) for sample in SAMPLES}
    assert told(claimed - met_by_walkers()) == []


@pytest.mark.slow
def test_whatever_is_offered_to_somebody_who_walks_about_has_its_sample() -> None:
    claimed = {met(sample.model) for sample in SAMPLES}
    assert told(set(met_by_walkers()) - claimed) == []
