"""What seeds of the simulation found in the kiosk, and mutants in its tests, each as the shortest walk to it."""

import pytest

from hardware_sim.faults import PoppedOpen, Unplugged
from hardware_sim.people import Shut, Wait
from hardware_sim.site import LEFT
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import CodeLife
from kiosk.core.ids import CompartmentId, LineId
from tests.flows.conftest import NewScene, new_scene
from tests.flows.scene import Mend, lives
from tests.flows.steps import IDENTIFY, OUT, QUICK, S10, UPS, drop, pickup, to_size

pytestmark = pytest.mark.slow

__all__ = ["new_scene"]

A01 = CompartmentId("A01")


def test_a_courier_chooses_a_size_beside_a_compartment_that_is_check_and_was_collected_from(
    new_scene: NewScene,
) -> None:
    """It names a parcel that has left the books."""
    scene = new_scene(QUICK + "grace_s = 60\n").start().walk(*drop(UPS), *OUT)
    scene.walk(PoppedOpen(A01), Wait(3_000), Shut(door="A01"), Wait(2_000), *pickup(UPS), Wait(65_000))
    assert scene.last(e.CompartmentChecked).compartment == A01

    scene.walk(*IDENTIFY, *to_size(S10))
    assert isinstance(scene.page, v.ChooseSize)


def test_a_grace_does_not_end_while_nobody_can_read_its_door(new_scene: NewScene) -> None:
    scene = new_scene(QUICK + "grace_s = 60\n").start().walk(*drop(UPS), *OUT, *pickup(UPS))
    scene.walk(Unplugged(LineId(LEFT)), Wait(120_000))
    assert lives(scene) == (ParcelState.COLLECTED, CodeLife.GRACE)

    scene.walk(Mend(), Wait(10_000))
    assert lives(scene) == (ParcelState.COLLECTED, CodeLife.SPENT)
    assert scene.compartment("A01").custody is Custody.FREE
