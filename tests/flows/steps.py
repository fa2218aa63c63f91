"""What people do again and again, as steps; and the labels and codes they do it with.

Holds lists. It must not know a scene, nor what follows from a step.
"""

from hardware_sim.people import Scan, See, SeeDoorOpen, Shut, Step, Touch, Type, TypeCodeFor, Wait
from hardware_sim.site import COURIERS, courier_code
from kiosk.core import view as v
from kiosk.core.codes import damm_digit
from kiosk.core.events import Choice
from kiosk.core.ids import CourierId

COURIER = CourierId("C-ups")
COURIER_CODE = COURIERS[COURIER][1]
OTHER_COURIER_CODE = COURIERS[CourierId("C-dhl")][1]
WRONG_COURIER_CODE = courier_code("11235")

UPS, S10, AMAZON = "1Z5R89390357567127", "RB123456785US", "TBA000000000000"
WRONG_CODE = "2718281" + damm_digit("2718281")
"""Well formed, and nobody's."""

Steps = tuple[Step, ...]

IDENTIFY: Steps = (Touch(Choice.DELIVER), Type(COURIER_CODE), See(v.ScanLabels))
FINISH: Steps = (Touch(Choice.FINISH), See(v.Welcome))
PUT_IN: Steps = (SeeDoorOpen(), Shut(), See(v.DropDone), *FINISH)
TAKE_OUT: Steps = (SeeDoorOpen(), Shut(), See(v.PickupDone), *FINISH)
QUICK = "undo_s = 10\n"
"""The policy of a scene in which nothing depends on how long a drop can be undone: less waiting to live through."""
OUT: Steps = (Wait(12_000),)
"""The undo time of such a scene is over, and the notice has gone out."""
TOLD: Steps = (Wait(61_000),)
"""The undo time of a drop is over, and its notice has gone out."""


def to_size(number: str = UPS, unit: str = "2A") -> Steps:
    """An identified courier scans one label and names its unit."""
    return (Scan(number), Touch(Choice.GO_ON), Type(unit, ok=True), See(v.ChooseSize))


def to_door(number: str = UPS, unit: str = "2A", size: str = "S") -> Steps:
    """A courier from the idle screen to an open door."""
    return (*IDENTIFY, *to_size(number, unit), Touch(Choice.SIZE, size), SeeDoorOpen())


def drop(number: str = UPS, unit: str = "2A", size: str = "S") -> Steps:
    """A whole drop, its notice still held."""
    return (*IDENTIFY, *to_size(number, unit), Touch(Choice.SIZE, size), *PUT_IN)


def to_pickup(number: str = UPS) -> Steps:
    """A resident from the idle screen to an open door."""
    return (Touch(Choice.PICK_UP), TypeCodeFor(number), SeeDoorOpen())


def pickup(number: str = UPS) -> Steps:
    """A whole pickup, its code still in grace."""
    return (Touch(Choice.PICK_UP), TypeCodeFor(number), *TAKE_OUT)
