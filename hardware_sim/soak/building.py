"""The building of a simulated run: how large its bank is, on which boards it hangs, its policy, and how busy it is.

Holds the site and its cards: each new one is an empty record. It must not know what happens in the building.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from drivers.boards import BOARDS
from hardware_sim.families import on_families, with_item_sensors
from hardware_sim.site import Ports, sound_site, write_site
from hardware_sim.soak.crowd import Mix
from kiosk.config import CameraSettings, Site
from kiosk.core.ids import CompartmentId
from kiosk.core.layout import Place
from kiosk.vault import SMALLEST_COST

COMPARTMENTS = ("A01", "A03", "A05", "A08", "A17", "A18", "A19", "A20")
"""Four on the lock board, one of them kept for who needs it, and four on the relay board with its inputs."""
AS_WRITTEN = ("shuoming", "waveshare")
SELDOM: "Settings" = {"poll_idle_ms": 10_000, "poll_fast_ms": 500}
"""Time without people costs a tenth of the polls that a kiosk is shipped with."""


@dataclass(frozen=True, slots=True)
class Building:
    """One building; as it stands here, small and on both families of boards that its site is written with."""

    compartments: int = len(COMPARTMENTS)
    families: tuple[str, ...] = ()
    """Of the bank's boards; none are those that the site is written with."""
    contacts: Callable[[Site], Site] | None = None
    """Moves the bank's contacts elsewhere."""
    sensors: bool = False
    """Whether compartments have item sensors, where the boards can tell."""
    photographs: bool = False
    """Whether labels may be photographed."""
    policy: "Settings" = field(default_factory=lambda: SELDOM)
    """What differs from the policy that kiosks are shipped with."""
    mix: Mix = field(default_factory=Mix)

    @property
    def names(self) -> list[CompartmentId]:
        """What its compartments are called."""
        if self.compartments == len(COMPARTMENTS):
            return [CompartmentId(name) for name in COMPARTMENTS]
        return [_name(number) for number in range(1, self.compartments + 1)]


# --- what differs from seed to seed ---

BANKS: tuple[tuple[tuple[str, ...], float], ...] = (
    ((), 40),
    *(((family,), 10) for family in ("shuoming", "waveshare", "wkly", "kerong", "winnsen")),
    (tuple(BOARDS), 3),
)
"""Families of boards, with how often each bank is drawn."""
POLLS: tuple[tuple[tuple[int, int], float], ...] = (
    ((10_000, 500), 83),
    ((10_000, 100), 8),
    ((5_000, 250), 7),
    ((2_000, 100), 2),
    ((1_000, 50), 0.5),
)
"""How often doors are read without need, and while one is under way: mostly as seldom as a site may."""
WITH_SENSORS = 0.5
WITH_CAMERA = 0.4
VISITS_PER_HOUR = (5, 8, 8, 12, 17)
CARELESS = (0.0, 0.25, 0.25, 0.6)
Settings = Mapping[str, int]


def _each(name: str, *values: int) -> tuple[Settings, ...]:
    return tuple({name: value} for value in values)


SETTINGS: tuple[tuple[Settings, ...], ...] = (
    _each("pulse_ms", 500, 1_000),
    _each("pulse_gap_ms", 1_000, 3_000),
    _each("lock_rest_factor", 10, 20),
    _each("pulses_per_opening", 1, 2),
    _each("opened_stable_ms", 20, 500),
    _each("closed_stable_ms", 2_000, 5_000),
    _each("relock_ms", 3_000, 10_000),
    _each("code_digits", 7, 10),
    _each("bucket_capacity", 3, 20),
    _each("guarded_after", 10, 100),
    _each("failure_pause_ms", 500, 5_000),
    _each("grace_s", 60, 600),
    _each("undo_s", 10, 300),
    _each("identity_s", 10, 120),
    _each("lookups_per_visit", 5, 500),
    _each("large_reserve", 0, 2),
    ({"open_wait_ms": 500, "silent_wait_ms": 2_000}, {"open_wait_ms": 5_000, "silent_wait_ms": 20_000}),
    ({"bucket_refill_s": 60, "guarded_refill_s": 120}, {"bucket_refill_s": 3_600, "guarded_refill_s": 7_200}),
    ({"idle_warn_s": 10, "idle_end_s": 20}, {"idle_warn_s": 60, "idle_end_s": 120}),
    (
        {"door_reminder_s": 5, "door_second_reminder_s": 10, "door_left_open_s": 30},
        {"door_reminder_s": 120, "door_second_reminder_s": 300, "door_left_open_s": 600},
    ),
)
"""What sites set otherwise than it is shipped, together where one must stay below the other. Boards that time their
pulses by themselves give 300 ms, so no site asks for less; locks that catch again by themselves do so within 3 s, so
none believes a shorter opening; and after 900 s of rest everything has to be over.
"""
CHANGED = (0.0, 0.0, 0.1, 0.5)
"""Which share of those a site has set otherwise."""


def drawn(seed: int, compartments: int = len(COMPARTMENTS), visits_per_day: float | None = None) -> Building:
    """The building of this seed: one in two with the policy that kiosks are shipped with, but for its polls."""
    chance = Random(f"{seed}/building")  # noqa: S311 - chance that must repeat, not secrets
    families = chance.choices(*zip(*BANKS, strict=True))[0]
    idle_ms, fast_ms = chance.choices(*zip(*POLLS, strict=True))[0]
    share = chance.choice(CHANGED)
    changed = [chance.choice(values) for values in SETTINGS if chance.random() < share]
    usual = chance.choice(VISITS_PER_HOUR)
    mix = Mix(usual if visits_per_day is None else visits_per_day / 24, careless=chance.choice(CARELESS))
    polls = {"poll_idle_ms": idle_ms, "poll_fast_ms": fast_ms}
    policy = {name: value for settings in (polls, *changed) for name, value in settings.items()}
    sensors, photographs = chance.random() < WITH_SENSORS, chance.random() < WITH_CAMERA
    return Building(compartments, families, sensors=sensors, photographs=photographs, policy=policy, mix=mix)


# --- the site ---


def built(building: Building, directory: Path) -> Site:
    """Write the site into ``directory`` and read it back, with this bank."""
    policy = "".join(f"{name} = {value}\n" for name, value in building.policy.items())
    site = sound_site(write_site(directory, Ports(), SMALLEST_COST, policy))
    if building.compartments > len(site.layout.places):
        site = on_families(grown(site, building.compartments), building.families or AS_WRITTEN)
    else:
        site = keeping(site, building.names)
        site = on_families(site, building.families) if building.families else site
    site = with_item_sensors(site) if building.sensors else site
    site = with_camera(site) if building.photographs else site
    return building.contacts(site) if building.contacts is not None else site


def with_camera(site: Site) -> Site:
    """The site with a camera that may photograph labels."""
    return replace(site, machine=replace(site.machine, camera=CameraSettings("/dev/video0", label_photo=True)))


def grown(site: Site, count: int) -> Site:
    """The site with so many compartments: its columns again and again, still wired as they were."""
    places = tuple(_again(site.layout.places, number) for number in range(count))
    return replace(site, layout=replace(site.layout, places=places))


def _again(places: tuple[Place, ...], number: int) -> Place:
    times, at = divmod(number, len(places))
    place, columns = places[at], max(place.column for place in places)
    left_mm = place.left_mm + times * columns * place.width_mm
    return replace(
        place, compartment=_name(number + 1), column=place.column + times * columns, left_mm=left_mm, accessible=False
    )


def _name(number: int) -> CompartmentId:
    return CompartmentId(f"A{number:02}")


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
