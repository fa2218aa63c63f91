"""Compose: the picture of a screen model at one moment: its page's screen, and whatever lies over it.

Holds the registry of screens. It must not know how anything is drawn.
"""

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core import view as v
from ui.elements import Picture
from ui.overlays import overlaid
from ui.screens.courier import ask_name, ask_number, ask_unit, divert, scan_labels
from ui.screens.did_not_open import drop_door_did_not_open, pickup_door_did_not_open
from ui.screens.done import drop_done, pickup_done, said
from ui.screens.door import drop_door, pickup_door, take_back
from ui.screens.enter_code import enter_code
from ui.screens.full import full
from ui.screens.out_of_order import out_of_order
from ui.screens.photograph import photograph_label
from ui.screens.size import choose_size
from ui.screens.welcome import welcome
from ui.screens.your_parcels import your_parcels
from ui.setting import Setting

SCREENS: Mapping[type[v.Page], Callable[[Setting, Any], Picture]] = {
    v.Welcome: welcome,
    v.OutOfOrder: out_of_order,
    v.EnterCode: enter_code,
    v.ScanLabels: scan_labels,
    v.AskNumber: ask_number,
    v.PhotographLabel: photograph_label,
    v.AskUnit: ask_unit,
    v.AskName: ask_name,
    v.Divert: divert,
    v.ChooseSize: choose_size,
    v.Full: full,
    v.DropDoor: drop_door,
    v.DropDoorDidNotOpen: drop_door_did_not_open,
    v.TakeBack: take_back,
    v.DropDone: drop_done,
    v.Said: said,
    v.YourParcels: your_parcels,
    v.PickupDoor: pickup_door,
    v.PickupDoorDidNotOpen: pickup_door_did_not_open,
    v.PickupDone: pickup_done,
}
"""Every page has its screen; a test holds that none is missing."""


def compose(s: Setting) -> Picture:
    """The picture of this moment."""
    return overlaid(s, SCREENS[type(s.model.page)](s, s.model.page))
