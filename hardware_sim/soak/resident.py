"""Residents: come with a code from their phone, take what is theirs, or leave it.

Holds what a resident does at each page. It must not know why the screen shows it.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from hardware_sim.soak.house import House, Thing
from hardware_sim.soak.visitor import STARE_MS, Temper, Visitor, Walk
from kiosk.core import state as s
from kiosk.core import view as v
from kiosk.core.events import Choice, Key
from kiosk.core.ids import CompartmentId, ResidentId

TAKES_MS = (1_500, 9_000)
MOST_TRIES = 4


class Resident(Visitor):
    """One way to the bank and back."""

    ACTS: ClassVar[Mapping[type[v.Page], str]] = {
        v.Welcome: "_at_welcome",
        v.EnterCode: "_at_code",
        v.YourParcels: "_at_parcels",
        v.PickupDoor: "_at_door",
        v.PickupDoorDidNotOpen: "_at_failure",
        v.PickupDone: "_at_done",
        v.ScanLabels: "_not_mine",
        v.OutOfOrder: "_away",
    }

    def __init__(self, house: House, chance: Random, temper: Temper, notice: Mapping[str, Any]) -> None:
        super().__init__(house, chance, temper)
        self.resident = ResidentId(notice["resident"])
        self.code = str(notice["code"])
        self.compartment = CompartmentId(notice["compartment"])
        self.bag: list[Thing] = []
        self._tries = 0
        self._came_in = False
        self._stood_at: set[CompartmentId] = set()
        self._kept: set[CompartmentId] = set()

    def walk(self) -> Walk:
        self.house.taking = self.resident
        yield from super().walk()

    def leave(self) -> None:
        """What was in reach and stays is forgotten, unless the kiosk has shown that it was told so."""
        self.house.taking = ResidentId("")
        opening = {o.compartment for o in self.house.openings() if o.by == f"resident:{self.resident}"}
        in_reach = {*self._stood_at, *opening, *self.house.bank.open_doors()}
        for name in sorted(in_reach - self._kept):
            for thing in self._mine(name):
                thing.unsaid = True

    def _away(self, _page: v.Page) -> Walk:
        self.gone = True
        yield STARE_MS

    def _not_mine(self, _page: v.Page) -> Walk:
        yield from self.touch_first_of(Choice.FINISH, Choice.BACK)

    def _at_welcome(self, page: v.Page) -> Walk:
        if self._came_in or self._tries >= MOST_TRIES or not self.offered(Choice.PICK_UP):
            yield from self._away(page)
        elif self.rolls(0.3):
            self._tries += 1
            yield from self.scan(self.code)
        else:
            yield from self.touch(Choice.PICK_UP)

    def _at_code(self, page: v.EnterCode) -> Walk:
        if not self.offered(Choice.BACK):
            yield STARE_MS
        elif page.kind is not s.Typed.PICKUP or self._tries >= MOST_TRIES:
            yield from self.touch(Choice.BACK)
            self.gone = self._tries >= MOST_TRIES
        else:
            self._tries += 1
            if page.filled:
                yield from self.type(Key.CLEAR)
            yield from self.type(self.mistyped(self.code) if self.rolls(self.temper.slips) else self.code)
            yield STARE_MS

    def _at_parcels(self, _page: v.Page) -> Walk:
        self._came_in = True
        yield from self.touch(Choice.FINISH if self.rolls(self.temper.changes_mind / 4) else Choice.OPEN)

    # At the door

    def _mine(self, name: CompartmentId) -> list[Thing]:
        return [thing for thing in self.house.inside(name) if thing.resident == self.resident]

    def _at_door(self, page: v.PickupDoor) -> Walk:
        name = page.door.compartment
        self._came_in = True
        if page.relocked:
            yield from self._asked(name)
        elif self.house.is_open(name) and page.stage is s.Stage.OPEN:
            self._stood_at.add(name)
            yield from self._before_open_door(page, name)
        else:
            yield STARE_MS

    def _asked(self, name: CompartmentId) -> Walk:
        """The contact did not tell enough, so the resident is asked whether it is taken."""
        if self.house.is_open(name):
            self._take(name)
            yield from self.shut(name)
        taken = any(thing in self.bag for thing in self.bag) and not self._mine(name)
        again = (Choice.OPEN_AGAIN, Choice.OPEN_AGAIN, Choice.FINISH)
        yield from self.touch(Choice.IT_IS_DONE if taken else self.chance.choice(again))

    def _before_open_door(self, page: v.PickupDoor, name: CompartmentId) -> Walk:
        if page.kept:
            self._kept.add(name)
        if page.kept or page.disputed:
            yield from self._shut_or_not(name)
        elif not self._mine(name) and not self.bag:
            yield from self.touch(Choice.NOT_HERE)
        elif self._mine(name) and self.rolls(self.temper.changes_mind / 2):
            yield from self.touch(Choice.CANT_REACH)
        else:
            if not self.rolls(self.temper.forgets):
                self._take(name)
            yield from self._shut_or_not(name)

    def _take(self, name: CompartmentId) -> None:
        for thing in self._mine(name):
            self.house.inside(name).remove(thing)
            self.bag.append(thing)

    def _shut_or_not(self, name: CompartmentId) -> Walk:
        yield self.chance.randint(*TAKES_MS)
        if self.rolls(self.temper.leaves_open):
            self.gone = True
            return
        yield from self.shut(name)
        yield STARE_MS

    def _at_failure(self, page: v.PickupDoorDidNotOpen) -> Walk:
        self._came_in = True
        self._tries += 1
        if self.house.is_open(page.door.compartment) and self.offered(Choice.IT_IS_OPEN):
            yield from self.touch(Choice.IT_IS_OPEN)
        elif self._tries < MOST_TRIES:
            yield from self.touch_first_of(Choice.OPEN_AGAIN, Choice.OPEN)
        else:
            yield from self.touch(Choice.FINISH)

    def _at_done(self, page: v.PickupDone) -> Walk:
        name = page.door.compartment
        if self.house.is_open(name) and self._mine(name):
            self._stood_at.add(name)
            self._take(name)
            yield from self.shut(name)
        elif page.what == "collected" and self._mine(name) and self.offered(Choice.OPEN_AGAIN):
            self._tries += 1
            again = self._tries < MOST_TRIES and not self.rolls(self.temper.forgets)
            yield from self.touch(Choice.OPEN_AGAIN if again else Choice.FINISH)
        elif self.offered(Choice.OPEN_AGAIN) and self.rolls(self.temper.changes_mind / 2):
            yield from self.touch(Choice.OPEN_AGAIN)
        else:
            yield from self.touch(Choice.FINISH)
            self.gone = True
