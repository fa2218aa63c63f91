"""One fault on a bank of one family: what is lived through, and what was seen of it, as values.

Holds the way in which every case goes. It must not know what any fault requires.

A parcel lies in A01, behind a board of the family; a board of another family on the other line drives every second
door. Then the fault begins, at one of the moments of `tests/flows/fault_moments.py`; then a courier brings another
parcel; then everything is mended, doors that stand open are shut, and whoever's parcel is still there comes again.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from drivers.boards import BOARDS
from hardware_sim import fault_names
from hardware_sim.on_chips import mixed
from hardware_sim.people import StepError
from hardware_sim.quirks import USUAL_VERSION
from kiosk.config import Site
from kiosk.core import entries as e
from kiosk.core.books import Compartment, ParcelState
from kiosk.core.entries import CodeLife
from kiosk.core.ids import CompartmentId
from kiosk.core.state import BoardStatus
from tests.flows.fault_moments import A01, CALM_MS, Moment, Told, mend, next_parcel, take_out, until_idle
from tests.flows.scene import Scene
from tests.flows.steps import OUT, QUICK, UPS, drop

DOORS = ("A01", "A02", "A05", "A06", "A09", "A10")
"""All of one size: the odd ones on boards of the family, the even ones on the other board."""
ON_THE_OTHER = frozenset({"A02", "A06", "A10"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen of one case. All but the last three is as the fault left it."""

    told: Told
    pulses: int
    """Frames that energise the lock of A01."""
    parcel: ParcelState
    code: CodeLife
    compartment: Compartment
    alarms: tuple[str, ...]
    kinds: frozenset[str]
    """Of the entries since the fault began."""
    forced: tuple[CompartmentId, ...]
    """The doors that opened by themselves, as the record has it."""
    boards: tuple[str, ...]
    """The boards that count as lost."""
    longest_ms: int
    """The longest that any lock was energised."""
    numbers: tuple[str, ...]
    """Every tracking number that was recorded since."""
    elsewhere: str
    """Where the next parcel went; "" if it could not be delivered while the fault lasted."""
    at_last: ParcelState
    """What became of the first parcel after everything was mended."""
    anew: bool
    """Whether that took a new start of the kiosk."""


def lived(directory: Path, family: str, name: str, moment: Moment) -> Seen:
    """The whole case; the record is reckoned up at its end. ``name`` "" is no fault."""
    other = "shuoming" if family != "shuoming" else "wkly"
    site = mixed if name in fault_names.ON_CHIPS else with_versions
    scene = Scene(directory, QUICK, DOORS, families=(family, other), contacts=site).start()
    try:
        seen = _seen(scene.walk(*drop(), *OUT), name, moment)
        scene.reckon()
    finally:
        scene.kill()
    return seen


def with_versions(site: Site) -> Site:
    """The site with the version named of each board that tells its own."""
    boards = (replace(b, version=USUAL_VERSION if tells_version(b.family) else None) for b in site.machine.boards)
    return replace(site, machine=replace(site.machine, boards=tuple(boards)))


def tells_version(family: str) -> bool:
    return BOARDS[family].abilities.tells_version


def _seen(scene: Scene, name: str, moment: Moment) -> Seen:
    since, frames, parcel = scene.count(), len(scene.frames_to(A01)), scene.parcel(UPS)
    assert parcel.compartment == A01
    told = moment(scene, name)
    left, compartment = scene.parcel(UPS), scene.compartment(A01)
    bodies = [entry.body for entry in scene.entries()[since:]]
    pulses, lost = len(scene.frames_to(A01)) - frames, _lost(scene)
    elsewhere = next_parcel(scene)
    longest_ms = mend(scene)
    numbers = {body.tracking_number for body in scene.of(e.ParcelReserved)} - {UPS}
    at_last, anew = _at_last(scene)
    return Seen(
        told=told,
        pulses=pulses,
        parcel=left.state,
        code=left.code_life,
        compartment=compartment,
        alarms=tuple(body.alarm for body in bodies if isinstance(body, e.AlarmRaised)),
        kinds=frozenset(e.NAMES[type(body)] for body in bodies),
        forced=tuple(body.compartment for body in bodies if isinstance(body, e.DoorForced)),
        boards=lost,
        longest_ms=longest_ms,
        numbers=tuple(sorted(numbers)),
        elsewhere=elsewhere,
        at_last=at_last,
        anew=anew,
    )


def _lost(scene: Scene) -> tuple[str, ...]:
    boards = scene.kiosk.engine.state.boards.values()
    return tuple(board.board for board in boards if board.status is BoardStatus.LOST)


def _at_last(scene: Scene) -> tuple[ParcelState, bool]:
    """Whoever's parcel is still there comes again, and once more after a new start if there was no opening it."""
    anew = False
    while scene.parcel(UPS).state is ParcelState.STORED:
        until_idle(scene)
        try:
            take_out(scene)
        except StepError:
            if anew:
                break
            scene.restart().wait(CALM_MS)
            anew = True
    return scene.parcel(UPS).state, anew
