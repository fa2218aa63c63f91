"""Incidents: how the entries of a fault plan are brought about in a running house.

Holds the table of what each does. It must not know when, nor what follows from it.
"""

from collections.abc import Callable, Mapping

from hardware_sim import fault_names
from hardware_sim.faults import StuckLatch, apply
from hardware_sim.soak.house import House
from hardware_sim.soak.plan import Episode
from kiosk.core.events import SpaceMeasured
from kiosk.core.ids import CompartmentId

MIB = 1024 * 1024
LOW, FULL, AMPLE = 32 * MIB, 1 * MIB, 1024 * MIB
SWITCH_BY_THEMSELVES = frozenset({"fires-at-power-on", "input-mode", "long-pulse"})
"""Faults in which boards energise locks without being told, or for longer than anybody could know of."""
EXCUSED_MS = 5_000
"""What such a board began goes on for so long after it was mended."""


def begin(house: House, episode: Episode) -> None:
    """The fault begins; one of a chip only where there is one."""
    if episode.name in fault_names.offered(house.bank, episode.compartment):
        fault_names.begin(house.bank, house.kiosk.scanner, episode.name, episode.compartment)
    if episode.name in SPECIAL:
        SPECIAL[episode.name](house)


def end(house: House) -> None:
    """Every fault ends."""
    fault_names.end(house.bank, house.kiosk.scanner)
    if house.lit:
        house.kiosk.post(SpaceMeasured(AMPLE))


def _supply_dead(house: House) -> None:
    for name in house.bank.doors:
        apply(house.bank, StuckLatch(CompartmentId(name)))


def _space(free_bytes: int) -> Callable[[House], None]:
    def measured(house: House) -> None:
        if house.lit:
            house.kiosk.post(SpaceMeasured(free_bytes))

    return measured


SPECIAL: Mapping[str, Callable[[House], None]] = {
    "supply-dead": _supply_dead,
    "disk-low": _space(LOW),
    "disk-full": _space(FULL),
}
"""What is no fault of one part of the bank."""
