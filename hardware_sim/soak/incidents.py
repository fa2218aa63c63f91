"""Incidents: how the entries of a fault plan are brought about in a running house.

Holds the table of what each does. It must not know when, nor what follows from it.
"""

from collections.abc import Callable, Mapping

from hardware_sim.fault_names import NAMED, named
from hardware_sim.faults import StuckLatch, apply
from hardware_sim.soak.house import House
from hardware_sim.soak.plan import Episode
from kiosk.core.events import SpaceMeasured
from kiosk.core.ids import CompartmentId

MIB = 1024 * 1024
LOW, FULL, AMPLE = 32 * MIB, 1 * MIB, 1024 * MIB
FLOOD = 5_000
"""Characters of a scan that no label has."""
SWITCH_BY_THEMSELVES = frozenset({"fires-at-power-on", "input-mode"})
"""Faults in which boards energise locks without being told."""
EXCUSED_MS = 5_000
"""What such a board began goes on for so long after it was mended."""


def begin(house: House, episode: Episode) -> None:
    """The fault begins."""
    if episode.name in NAMED:
        apply(house.bank, named(house.bank, episode.name, episode.compartment))
    if episode.name in SPECIAL:
        SPECIAL[episode.name](house)


def end(house: House) -> None:
    """Every fault ends."""
    house.bank.mend()
    if not house.kiosk.scanner.plugged:
        house.kiosk.scanner.plug_in()
    if house.lit:
        house.kiosk.post(SpaceMeasured(AMPLE))


def _supply_dead(house: House) -> None:
    for name in house.bank.doors:
        apply(house.bank, StuckLatch(CompartmentId(name)))


def _power_fails_for_a_moment(house: House) -> None:
    house.bank.lose_power()
    house.bank.regain_power()


def _flood(house: House) -> None:
    house.kiosk.scanner.scan("X" * FLOOD)


def _space(free_bytes: int) -> Callable[[House], None]:
    def measured(house: House) -> None:
        if house.lit:
            house.kiosk.post(SpaceMeasured(free_bytes))

    return measured


SPECIAL: Mapping[str, Callable[[House], None]] = {
    "supply-dead": _supply_dead,
    "fires-at-power-on": _power_fails_for_a_moment,
    "disk-low": _space(LOW),
    "disk-full": _space(FULL),
    "scanner-lost": lambda house: house.kiosk.scanner.unplug(),
    "scanner-flood": _flood,
}
"""What is no fault of one part of the bank, or more than its fault."""
