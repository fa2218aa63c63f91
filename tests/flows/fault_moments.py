"""The moments at which a fault begins, and what people do then.

Holds what a resident and a courier do while something is wrong, as far as the screen lets them. It must not know what
any fault requires.
"""

from collections.abc import Callable
from typing import NamedTuple

from hardware_sim.faults import StiffLatch
from hardware_sim.people import Lobby, Scan, See, StepError, Touch, Type, TypeCodeFor, Wait
from hardware_sim.soak import incidents
from hardware_sim.soak.house import House
from hardware_sim.soak.plan import Episode
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import ParcelState
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId
from kiosk.core.state import Stage
from tests.flows.scene import Scene
from tests.flows.steps import IDENTIFY, PUT_IN, S10, TAKE_OUT, UPS, drop, to_size

A01 = CompartmentId("A01")
NEXT = S10
"""The number of the next parcel."""
A_MOMENT_MS = 50
PATIENCE_MS = 30_000
LEFT_OPEN_MS = 130_000
"""Longer than a door may stand open before somebody is told."""
CALM_MS = 20_000
"""After mending: boards have been read, nobody stands in front of the kiosk, and no lock has to rest."""


class Told(NamedTuple):
    """What the person was told of A01 while the fault lasted."""

    words: str
    """"opened", "relocked", "left open", "not offered", "nobody came", or why it did not open."""
    after_ms: int = 0
    """How long that took from the last digit on."""
    open_anyway: bool = False
    """Whether the person said that it stood open all the same."""


Moment = Callable[[Scene, str], Told]
NOBODY = Told("nobody came")


def begins(scene: Scene, name: str) -> None:
    """As in a soak."""
    if name:
        incidents.begin(_house(scene), Episode(0, name, A01, 0))
        scene.wait(A_MOMENT_MS)


def mend(scene: Scene) -> int:
    """Everything is mended and every door shut; how long the longest pulse was, in milliseconds."""
    incidents.end(_house(scene))
    scene.wait(5_000)
    for name in scene.bank.open_doors():
        scene.bank.door(name).push()
    scene.wait(CALM_MS)
    longest_ms = scene.bank.supply.longest_us() // 1_000
    _excuse(scene)
    return longest_ms


def _house(scene: Scene) -> House:
    return House(scene.bank, scene.kiosk, lit=True)


def _excuse(scene: Scene) -> None:
    """What a board switches by itself, or for longer than it was told, is no pulse of the kiosk's."""
    scene.bank.supply.overlaps.clear()
    for _, use in scene.bank.supply.uses():
        use.longest_us = 0


# --- moments ---


def at_the_pulse(scene: Scene, name: str) -> Told:
    """Before a pickup."""
    begins(scene, name)
    return _collects(scene)


def at_a_second_pulse(scene: Scene, name: str) -> Told:
    """Before a pickup, with a latch that lets go at the second pulse."""
    begins(scene, name)
    scene.walk(StiffLatch(A01))
    return _collects(scene)


def at_rest(scene: Scene, name: str) -> Told:
    """While nobody is there."""
    begins(scene, name)
    scene.wait(10_000)
    return NOBODY


def after_a_while(scene: Scene, name: str) -> Told:
    """Ten seconds before a pickup."""
    at_rest(scene, name)
    return _collects(scene)


def at_start(scene: Scene, name: str) -> Told:
    """Before a start, then a pickup."""
    begins(scene, name)
    scene.restart().wait(8_000)
    return _collects(scene)


def at_the_scan(scene: Scene, name: str) -> Told:
    """While a courier scans, then a pickup."""
    scene.walk(*IDENTIFY)
    begins(scene, name)
    scene.wait(8_000)
    _delivers(scene)
    return _collects(scene)


def at_three_doors(scene: Scene, name: str) -> Told:
    """Before a pickup and a drop that tries two doors."""
    begins(scene, name)
    told = _collects(scene)
    until_idle(scene)
    try:
        scene.walk(*IDENTIFY, *to_size(NEXT, "2B"), Touch(Choice.SIZE, "S"), See(v.DropDoorDidNotOpen))
        scene.walk(Touch(Choice.OPEN_OTHER, *scene.values(Choice.OPEN_OTHER)), Wait(100), See(v.DropDoorDidNotOpen))
    except StepError:
        return told
    return told


# --- people ---


def _collects(scene: Scene) -> Told:
    """The resident tries once, shuts the door if it opened, and goes."""
    until_idle(scene)
    if Choice.PICK_UP not in scene.offered:
        return Told("not offered")
    scene.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS))
    typed_ms = scene.now_ms
    _until(scene, lambda: _answer(scene) != "waits")
    told = Told(_answer(scene), scene.now_ms - typed_ms)
    if told.words == "opened":
        told = told._replace(words=_shuts(scene))
    elif scene.bank.door(A01).is_open and Choice.IT_IS_OPEN in scene.offered:
        told = told._replace(open_anyway=True)
        scene.walk(Touch(Choice.IT_IS_OPEN))
    scene.wait(3_000)
    _finish(scene)
    return told


def _shuts(scene: Scene) -> str:
    """Takes the parcel out and shuts the door as well as it lets itself be shut."""
    scene.wait(5_000)
    for _ in range(3):
        scene.bank.door(A01).push()
        _until(scene, lambda: not _stands_open(scene), 5_000)
    if _stands_open(scene):
        scene.wait(LEFT_OPEN_MS)
        return "left open"
    return "relocked" if isinstance(scene.page, v.PickupDoor) and scene.page.relocked else "opened"


def _stands_open(scene: Scene) -> bool:
    return isinstance(scene.page, v.PickupDoor) and scene.page.stage is Stage.OPEN


def _answer(scene: Scene) -> str:
    """What the page says of the door."""
    match scene.page:
        case v.PickupDoorDidNotOpen(reason=reason):
            return str(reason)
        case v.PickupDoor(relocked=True):
            return "relocked"
        case v.PickupDoor(stage=Stage.OPEN):
            return "opened" if scene.bank.door(A01).is_open else "waits"
        case v.PickupDone():
            return "opened"
        case v.OutOfOrder(why=why):
            return why
        case _:
            return "waits"


def _until(scene: Scene, done: Callable[[], bool], within_ms: int = PATIENCE_MS) -> None:
    """Wait for it, or for so long."""
    try:
        Lobby(scene.kiosk).until(done, within_ms, "waited")
    except StepError:
        return


def _finish(scene: Scene) -> None:
    if Choice.FINISH in scene.offered:
        scene.walk(Touch(Choice.FINISH))


def until_idle(scene: Scene) -> None:
    """Whoever stood there has gone, or is taken to have gone."""
    _finish(scene)
    _until(scene, lambda: isinstance(scene.page, v.Welcome | v.OutOfOrder), LEFT_OPEN_MS)


def take_out(scene: Scene) -> None:
    """The resident collects. Raises StepError if that cannot be done."""
    scene.walk(Touch(Choice.PICK_UP), TypeCodeFor(UPS), *TAKE_OUT)


def next_parcel(scene: Scene) -> str:
    """Where the next parcel is, or where a courier can put it now; "" if nowhere."""
    if not any(body.tracking_number == NEXT for body in scene.of(e.ParcelReserved)):
        until_idle(scene)
        try:
            scene.walk(*drop(NEXT, "2B"))
        except StepError:
            return ""
    found = scene.parcel(NEXT)
    return str(found.compartment) if found.state is ParcelState.STORED else ""


def _delivers(scene: Scene) -> None:
    """An identified courier scans the label and takes off the list what was no label, or types its number where there
    is no scanner.
    """
    scene.walk(Scan(NEXT))
    for value in scene.values(Choice.REMOVE)[:-1]:
        scene.walk(Touch(Choice.REMOVE, value))
    if scene.kiosk.scanner.plugged:
        scene.walk(Touch(Choice.GO_ON), Type("2B", ok=True))
    else:
        scene.walk(Touch(Choice.NO_BARCODE), Type(NEXT, ok=True), Type("2B", ok=True))
    scene.walk(Touch(Choice.SIZE, "S"), *PUT_IN)
