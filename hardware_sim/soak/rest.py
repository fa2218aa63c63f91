"""At rest: every code that is out there opens its door within two seconds, and its parcel is taken home.

Holds the walk through the notices. It must not know how the bank came to rest.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hardware_sim.soak.holding import ViolationError
from hardware_sim.soak.resident import Resident
from hardware_sim.soak.visitor import Temper
from kiosk.core import view as v
from kiosk.core.entries import CodeLife
from kiosk.core.events import Choice, Chose, KeyPressed
from kiosk.core.ids import Secret

if TYPE_CHECKING:
    from hardware_sim.soak.run import Soak

L4 = "L4"
OPENS_S = 2.0
KEY_S = 0.1
PATIENT = Temper()


def collect_everything(soak: "Soak") -> None:
    """Raises ViolationError for a code that does not open in time."""
    state = soak.kiosk.engine.state
    if not state.serving:
        return
    for notice in tuple(soak.house.phones.notices):
        if soak.watch.facts.ledger.codes.get(notice["parcel"]) is CodeLife.LIVE:
            _collect(soak, notice)


def _collect(soak: "Soak", notice: Mapping[str, Any]) -> None:
    soak.house.kiosk.post(Chose(Choice.PICK_UP))
    for key in ("", *str(notice["code"])):
        soak.run_for(KEY_S)
        if key:
            soak.house.kiosk.post(KeyPressed(Secret(key)))
    before = _openings(soak)
    soak.run_for(OPENS_S)
    if not _served(soak) and _openings(soak) == before:
        screen = soak.house.screen
        message = f"the code of {notice['parcel']} opened nothing within {OPENS_S} s: {screen}"
        raise ViolationError(L4, message)
    done: list[bool] = []
    resident = Resident(soak.house, soak.world.chance(f"rest {notice['parcel']}"), PATIENT, notice)
    soak.crowd.send(resident, lambda: done.append(True))
    while not done:
        soak.step()
    soak.crowd.shut_all()
    soak.run_for(60)


def _openings(soak: "Soak") -> int:
    return sum(door.openings for door in soak.bank.doors.values())


def _served(soak: "Soak") -> bool:
    """Several doors are asked about first; and after too many wrong codes even a right one waits."""
    screen, books = soak.house.screen, soak.kiosk.engine.state.books
    asked = screen is not None and isinstance(screen.page, v.YourParcels)
    return asked or books.bucket.guarded or books.bucket.level <= 1
