"""Directory: who lives where, who delivers, and how much of it a courier may see.

Holds one version of it and the questions that may be asked; no question lists everybody. It must not know where it came
from.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest

from kiosk.core.ids import CourierId, ResidentId, UnitId

WEEK_MINUTES = 7 * 24 * 60
UNIT_LENGTH = 8
"""The most letters and digits of a unit that a person can type."""


class Welcome(StrEnum):
    """Whether a resident's parcels go into the bank."""

    ACCEPTS = "accepts"
    ON_HOLD = "on_hold"
    REFUSES = "refuses"
    MOVED_OUT = "moved_out"


@dataclass(frozen=True, slots=True)
class Unit:
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Resident:
    """``resident`` is a pseudonym such as R-0017; the name never leaves the kiosk unmasked."""

    resident: ResidentId
    unit: UnitId
    name: str = field(repr=False)
    needs_reach: bool = False
    welcome: Welcome = Welcome.ACCEPTS


@dataclass(frozen=True, slots=True)
class Window:
    """A weekly time window: ``weekday`` 0 is Monday, minutes count from local midnight, the end is not included."""

    weekday: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class Courier:
    """``verifier`` is the hex of the access code's verifier; no window at all means always."""

    courier: CourierId
    carrier: str
    verifier: str = field(repr=False)
    personal: bool = False
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """One version of the directory."""

    version: int = 0
    units: tuple[Unit, ...] = ()
    residents: tuple[Resident, ...] = ()
    couriers: tuple[Courier, ...] = ()
    utc_offset_minutes: int = 0
    """Local time at the site, for the couriers' windows."""

    def find_unit(self, typed: str) -> Unit | None:
        """The unit as people type it: case, blanks and hyphens do not matter."""
        wanted = _plain(typed)
        return next((unit for unit in self.units if _plain(unit.unit) == wanted), None)

    def names_one_unit(self, typed: str) -> bool:
        """Whether this is a unit, and no other one begins like it: nothing more can be meant."""
        wanted = _plain(typed)
        return [_plain(unit.unit) for unit in self.units if _plain(unit.unit).startswith(wanted)] == [wanted]

    def residents_of(self, unit: UnitId) -> tuple[Resident, ...]:
        return tuple(resident for resident in self.residents if resident.unit == unit)

    def resident(self, name: ResidentId) -> Resident:
        """The resident of this id; KeyError if there is none."""
        for resident in self.residents:
            if resident.resident == name:
                return resident
        raise KeyError(name)

    def needs_reach(self, name: ResidentId) -> bool:
        """Whether this resident needs a compartment within reach; False for a resident nobody knows."""
        return any(resident.needs_reach for resident in self.residents if resident.resident == name)

    def courier_by_verifier(self, verifier: bytes) -> Courier | None:
        """The courier whose access code has this verifier; compared in constant time."""
        found = [courier for courier in self.couriers if compare_digest(bytes.fromhex(courier.verifier), verifier)]
        return found[0] if found else None

    def in_window(self, courier: Courier, wall_ms: int) -> bool:
        """Whether the courier's weekly window is open at this wall time."""
        if not courier.windows:
            return True
        # 1 January 1970 was a Thursday, weekday 3.
        minute = (wall_ms // 60_000 + self.utc_offset_minutes + 3 * 24 * 60) % WEEK_MINUTES
        weekday, of_day = divmod(minute, 24 * 60)
        return any(w.weekday == weekday and w.from_minute <= of_day < w.to_minute for w in courier.windows)


def masked(name: str) -> str:
    """As much of a name as a courier may see: the first letter of each word."""
    return " ".join(f"{word[0]}…" for word in name.split())


def _plain(unit: str) -> str:
    return "".join(letter for letter in unit.upper() if letter.isalnum())
