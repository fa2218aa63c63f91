"""Couriers: bring parcels, answer what the screen asks, put them in, take some back.

Holds what a courier does at each page. It must not know why the screen shows it.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from hardware_sim.site import COURIERS, RESIDENTS
from hardware_sim.soak.house import House, Thing
from hardware_sim.soak.visitor import STARE_MS, Temper, Visitor, Walk
from kiosk.core import state as s
from kiosk.core import view as v
from kiosk.core.events import Choice, Key
from kiosk.core.ids import CompartmentId, ParcelId

CARRIES = (1, 1, 1, 2, 3)
"""How many parcels one brings."""
UNITS = tuple(sorted(RESIDENTS))
NO_UNIT = "9Z"
IN_HAND_MS = (1_500, 9_000)
"""From the open door to the push that shuts it."""


class Courier(Visitor):
    """One round of one courier."""

    ACTS: ClassVar[Mapping[type[v.Page], str]] = {
        v.Welcome: "_at_welcome",
        v.EnterCode: "_at_code",
        v.ScanLabels: "_at_labels",
        v.AskNumber: "_at_number",
        v.PhotographLabel: "_at_camera",
        v.AskUnit: "_at_unit",
        v.AskName: "_at_name",
        v.Divert: "_at_diversion",
        v.ChooseSize: "_at_size",
        v.Full: "_at_full",
        v.DropDoor: "_at_door",
        v.DropDoorDidNotOpen: "_at_failure",
        v.TakeBack: "_at_taking_back",
        v.DropDone: "_at_done",
        v.Said: "_at_said",
        v.OutOfOrder: "_away",
    }

    def __init__(self, house: House, chance: Random, temper: Temper, numbers: list[str]) -> None:
        """``numbers`` are those of the parcels in hand."""
        super().__init__(house, chance, temper)
        self.hand = [Thing(number, chance.choice(UNITS)) for number in numbers]
        self.courier = chance.choice(tuple(sorted(COURIERS)))
        self.code = COURIERS[self.courier][1]
        self._begun = False
        self._placed: list[Thing] = []
        """What was put behind a door in this round."""

    # Who one is, what one brings

    def _away(self, _page: v.Page) -> Walk:
        self.gone = True
        yield STARE_MS

    def _at_welcome(self, page: v.Page) -> Walk:
        if not self.hand or (self._begun and self.rolls(0.5)):
            yield from self._away(page)
        elif not self.offered(Choice.DELIVER):
            self.gone = self.rolls(0.1)
            yield STARE_MS
        elif self.hand[0].number and self.rolls(0.3):
            yield from self.scan(self.hand[0].number)
        else:
            yield from self.touch(Choice.DELIVER)
        self._begun = True

    def _at_code(self, page: v.EnterCode) -> Walk:
        if page.kind is not s.Typed.COURIER:
            yield from self.touch(Choice.BACK)
        elif not self.offered(Choice.BACK):
            yield STARE_MS
        else:
            yield from self.type(Key.CLEAR) if page.filled else ()
            yield from self.type(self.mistyped(self.code) if self.rolls(self.temper.slips) else self.code)
            yield STARE_MS

    def _at_labels(self, page: v.ScanLabels) -> Walk:
        if not self.hand:
            yield from self.touch(Choice.FINISH)
        elif page.labels and self.rolls(self.temper.changes_mind / 4):
            yield from self.touch(Choice.REMOVE)
        elif page.labels and not self.rolls(0.2):
            yield from self.touch(Choice.GO_ON)
        elif self.hand[0].number:
            yield from self.scan(self.hand[0].number)
        else:
            yield from self.touch(Choice.NO_BARCODE)

    def _at_number(self, _page: v.Page) -> Walk:
        yield from self.type("" if self.rolls(0.5) else "70" + str(self.chance.randint(10, 99)), ok=True)
        yield STARE_MS

    def _at_camera(self, _page: v.Page) -> Walk:
        yield from self.touch_first_of(Choice.TAKE_PHOTO) if self.rolls(0.8) else self.touch(Choice.TYPE_NUMBER)

    # Whose it is

    def _at_unit(self, page: v.AskUnit) -> Walk:
        if page.typed:
            yield from self.type(Key.CLEAR)
        if page.unknown and self.rolls(0.2):
            yield from self._hand_over()
            return
        yield from self.type(NO_UNIT if self.rolls(self.temper.slips / 4) else self.hand[0].unit if self.hand else "1B")
        if isinstance(self.page, v.AskUnit):
            yield from self.type("", ok=True)
        yield STARE_MS

    def _at_name(self, _page: v.Page) -> Walk:
        if self.rolls(self.temper.changes_mind / 4):
            yield from self.touch(Choice.OTHER_UNIT)
        else:
            yield from self.touch(Choice.RECIPIENT)

    def _at_diversion(self, _page: v.Page) -> Walk:
        if self.hand and self.rolls(0.4):
            self.hand[0].unit = self.chance.choice(UNITS)
            yield from self.touch(Choice.OTHER_UNIT)
        else:
            yield from self._hand_over()

    def _hand_over(self) -> Walk:
        """The parcel goes to staff, or away again."""
        if self.hand:
            self.hand.pop(0)
        yield from self.touch(self.chance.choice((Choice.LEAVE_WITH_STAFF, Choice.TAKE_WITH_ME)))

    def _at_size(self, _page: v.Page) -> Walk:
        if self.rolls(self.temper.changes_mind / 4):
            yield from self.touch_first_of(self.chance.choice((Choice.CANCEL, Choice.NEED_LARGER)))
        elif self.offered(Choice.ADD_TO) and self.rolls(0.5):
            yield from self.touch(Choice.ADD_TO)
        else:
            yield from self.touch_first_of(Choice.SIZE, Choice.NEED_LARGER)

    def _at_full(self, _page: v.Page) -> Walk:
        if self.offered(Choice.TRY_SMALLER) and self.rolls(0.5):
            yield from self.touch(Choice.TRY_SMALLER)
        else:
            yield from self._hand_over()

    # At the door

    def _in_work(self) -> ParcelId | None:
        """The parcel that the page is about: so that the truth knows under which name the thing is recorded."""
        visit = self.house.kiosk.engine.state.visit
        return None if visit is None else getattr(visit.place, "parcel", None)

    def _at_door(self, page: v.DropDoor) -> Walk:
        name = page.door.compartment
        if page.relocked:
            yield from self._asked(name)
        elif page.stage is s.Stage.OPEN and self.house.is_open(name):
            yield from self._before_open_door(name)
        else:
            yield STARE_MS

    def _asked(self, name: CompartmentId) -> Walk:
        """The contact did not tell enough, so the courier is asked whether it is in."""
        if self.house.is_open(name):
            self._put_in(name)
            yield from self.shut(name)
        if not self.hand or self._lies_in(name):
            yield from self.touch(Choice.IT_IS_DONE)
        else:
            yield from self.touch(self.chance.choice((Choice.OPEN_AGAIN, Choice.OPEN_AGAIN, Choice.CANCEL)))

    def _before_open_door(self, name: CompartmentId) -> Walk:
        strange = [thing for thing in self.house.inside(name) if thing.unsaid or not self._same_resident(thing)]
        if strange and not self.rolls(self.temper.forgets):
            yield from self._turn_away(name, Choice.OCCUPIED)
        elif self._lies_in(name):
            yield from self._shut_or_not(name)
        elif self.rolls(self.temper.changes_mind / 2):
            choices = (Choice.NEED_LARGER, Choice.CANCEL, Choice.OPEN_AGAIN)
            yield from self._turn_away(name, self.chance.choice(choices))
        elif self.rolls(self.temper.forgets / 2):
            yield from self._shut_or_not(name)  # without putting anything in
        else:
            self._put_in(name)
            yield from self._shut_or_not(name)

    def _turn_away(self, name: CompartmentId, choice: Choice) -> Walk:
        """Nothing of this courier's stays behind this door."""
        self._take_out(name)
        yield from self.touch(choice)
        if choice is not Choice.OPEN_AGAIN:
            yield from self.shut(name)

    def _shut_or_not(self, name: CompartmentId) -> Walk:
        yield self.chance.randint(*IN_HAND_MS)
        if self.rolls(self.temper.leaves_open):
            self.gone = True
            return
        yield from self.shut(name)
        yield STARE_MS

    def _same_resident(self, thing: Thing) -> bool:
        parcel = self.house.kiosk.engine.state.books.parcels.get(self._in_work() or ParcelId(""))
        return parcel is not None and parcel.resident == thing.resident

    def _lies_in(self, name: CompartmentId) -> bool:
        return any(thing in self.house.inside(name) for thing in self._mine())

    def _mine(self) -> list[Thing]:
        return [*self.hand, *self._placed]

    def _put_in(self, name: CompartmentId) -> None:
        if not self.hand or not self.house.is_open(name):
            return
        thing = self.hand.pop(0)
        parcel = self.house.kiosk.engine.state.books.parcels.get(self._in_work() or ParcelId(""))
        if parcel is not None:
            thing.resident = parcel.resident
        thing.unsaid = parcel is None
        self.house.inside(name).append(thing)
        self._placed.append(thing)

    def _take_out(self, name: CompartmentId) -> None:
        """Whatever this courier put there in this round and still sees."""
        if not self.house.is_open(name):
            return
        for thing in [thing for thing in self._placed if thing in self.house.inside(name)][-1:]:
            self.house.inside(name).remove(thing)
            self._placed.remove(thing)
            self.hand.insert(0, thing)

    def _at_failure(self, page: v.DropDoorDidNotOpen) -> Walk:
        if self.house.is_open(page.door.compartment) and self.offered(Choice.IT_IS_OPEN):
            yield from self.touch(Choice.IT_IS_OPEN)
        elif self.offered(Choice.OPEN_OTHER) and not self.rolls(self.temper.changes_mind):
            yield from self.touch(Choice.OPEN_OTHER)
        else:
            yield from self._hand_over() if self.rolls(0.5) else self.touch(Choice.CANCEL)

    # Back again, and done

    def _at_taking_back(self, page: v.TakeBack) -> Walk:
        name = page.door.compartment
        if page.asking:
            yield from self._say_where(name)
        elif self.house.is_open(name):
            if not self.rolls(self.temper.forgets):
                self._take_out(name)
            yield from self._shut_or_not(name)
        else:
            yield STARE_MS

    def _say_where(self, name: CompartmentId) -> Walk:
        if not self._lies_in(name):
            if self.offered(Choice.TAKEN_BACK) and self.hand:
                self.hand.pop(0)
            self.house.forget(name)  # what another courier left behind an undo that was still offered is not taken back
            yield from self.touch(Choice.TAKEN_BACK)
        elif self.rolls(self.temper.forgets):
            for thing in self._placed:
                thing.unsaid = thing.unsaid or thing in self.house.inside(name)
            yield from self.touch(Choice.TAKEN_BACK)
        else:
            yield from self.touch(Choice.LEFT_INSIDE)

    def _at_done(self, page: Any) -> Walk:  # noqa: ANN401 - DropDone and Said go on alike
        if self.offered(Choice.UNDO) and self.rolls(self.temper.changes_mind / 2):
            yield from self.touch(self.chance.choice((Choice.UNDO, Choice.OPEN_AGAIN)))
        else:
            yield from self._at_said(page)

    def _at_said(self, _page: v.Page) -> Walk:
        if self.hand and self.offered(Choice.NEXT_PARCEL):
            yield from self.touch(Choice.NEXT_PARCEL)
        else:
            yield from self.touch(Choice.FINISH)
            self.gone = not self.hand
