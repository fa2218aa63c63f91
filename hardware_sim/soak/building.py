"""The building of a simulated run: eight compartments of every size on both families of boards, in a directory.

Holds the site and its cards: each new one is an empty record. It must not know what happens in the building.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from hardware_sim.site import Ports, sound_site, write_site
from kiosk.config import Site
from kiosk.vault import SMALLEST_COST

COMPARTMENTS = ("A01", "A03", "A05", "A08", "A17", "A18", "A19", "A20")
"""Four on the lock board, one of them kept for who needs it, and four on the relay board with its inputs."""
FAST_POLLS_MS = (500, 500, 500, 100)
"""How often a door under way is read, by seed: what is shipped in one run of four, else as seldom as a site may."""
IDLE_POLLS_MS = 10_000


def policy_of(seed: int) -> str:
    """What differs from the policy that kiosks are shipped with: time without people costs a tenth of the polls."""
    fast_ms = FAST_POLLS_MS[seed % len(FAST_POLLS_MS)]
    return f"poll_idle_ms = {IDLE_POLLS_MS}\npoll_fast_ms = {fast_ms}\n"


def small_site(directory: Path, seed: int, names: Collection[str] = COMPARTMENTS) -> Site:
    """Write the site into ``directory`` and read it back, with these compartments only."""
    return keeping(sound_site(write_site(directory, Ports(), SMALLEST_COST, policy_of(seed))), names)


def keeping(site: Site, names: Collection[str]) -> Site:
    """The site with a layout of these compartments only."""
    kept = tuple(place for place in site.layout.places if place.compartment in names)
    return replace(site, layout=replace(site.layout, places=kept))


def with_card(site: Site, card: int) -> Site:
    """The site with another, empty record."""
    identity = site.machine.identity
    directory = identity.data_directory.parent / f"card-{card}"
    directory.mkdir()
    fresh = replace(identity, data_directory=directory)
    return replace(site, machine=replace(site.machine, identity=fresh))
