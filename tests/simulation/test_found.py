"""What seeds of the simulation found in the kiosk, each as the shortest walk to it."""

from hardware_sim.faults import PoppedOpen
from hardware_sim.people import Shut, Wait
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.ids import CompartmentId
from tests.flows.conftest import NewScene, new_scene
from tests.flows.steps import IDENTIFY, OUT, QUICK, S10, UPS, drop, pickup, to_size

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
