"""The directory's two outer forms, a file for people and canonical bytes for the database; one reader checks both.

Holds what makes a directory usable: no unit, resident or access code that could be taken for another. It must not know
a code in clear.
"""

import re
from collections.abc import Mapping
from typing import Any

from kiosk.config.layouts import json_object
from kiosk.config.reader import ID, NAME, DocumentError, Fault, Table, Text
from kiosk.core.directory import UNIT_LENGTH, Courier, Directory, Resident, Unit, Welcome, Window
from kiosk.core.entries import canonical
from kiosk.core.ids import CourierId, ResidentId, UnitId

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = "|".join(DAYS)
TIME = r"(?:[01]\d|2[0-3]):[0-5]\d|24:00"
WINDOW = re.compile(rf"({DAY})(?:-({DAY}))? ({TIME})-({TIME})")
WINDOWS = Text(WINDOW, "such as 'mon-fri 08:00-18:00' or 'sat 09:00-24:00'")
UNIT = Text(
    # Only what the keypad has letters and digits for; signs between them are not typed.
    re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{0,11}"),
    "1 to 12 letters, digits, blanks, '.', '/' or '-', a letter or digit first,",
)
CARRIER = Text(re.compile(r"[a-z0-9][a-z0-9_-]{0,31}"), "a carrier's code in small letters, such as ups,")
VERIFIER = Text(re.compile(r"[0-9a-f]{64}"), "64 hexadecimal digits in small letters", echo=False)
UTC_OFFSET_MINUTES = (-12 * 60, 14 * 60)


def read_directory(root: Table, version: int = 0) -> Directory:
    """The directory; to be used only if the table was sound in the end."""
    utc_offset = root.number("utc_offset_minutes", *UTC_OFFSET_MINUTES)
    units, unit_names = _units(root)
    directory = Directory(version, units, _residents(root, unit_names), _couriers(root), utc_offset)
    root.end()
    return directory


def _units(root: Table) -> tuple[tuple[Unit, ...], frozenset[str]]:
    found: list[Unit] = []
    for table in root.tables("unit", "unit", required=True):
        unit = Unit(UnitId(table.text("unit", UNIT)))
        twin = Directory(units=tuple(found)).find_unit(unit.unit) if table.sound else None
        if twin is not None:
            table.refuse("unit", f"reads the same as {twin.unit!r} when typed, and each unit is allowed once")
        if sum(letter.isalnum() for letter in unit.unit) > UNIT_LENGTH:
            table.refuse("unit", f"at most {UNIT_LENGTH} letters and digits are allowed, as many as can be typed")
        table.end()
        found.append(unit)
    return tuple(found), frozenset(unit.unit for unit in found)


def _residents(root: Table, units: frozenset[str]) -> tuple[Resident, ...]:
    found: list[Resident] = []
    names: set[str] = set()
    for table in root.tables("resident", "resident"):
        resident = Resident(
            resident=ResidentId(table.text("resident", ID)),
            unit=UnitId(table.text("unit", UNIT)),
            name=table.text("name", NAME),
            needs_reach=table.flag("needs_reach", default=False),
            welcome=table.choice("welcome", Welcome, Welcome.ACCEPTS),
        )
        if resident.unit and resident.unit not in units:
            table.refuse("unit", f"one of the units of this directory is allowed, not {resident.unit!r}")
        if table.end() and resident.resident in names:
            table.refuse("resident", "is there already; each resident is allowed once")
        names.add(resident.resident)
        found.append(resident)
    return tuple(found)


def _couriers(root: Table) -> tuple[Courier, ...]:
    found: list[Courier] = []
    for table in root.tables("courier", "courier"):
        courier = Courier(
            courier=CourierId(table.text("courier", ID)),
            carrier=table.text("carrier", CARRIER),
            verifier=table.text("verifier", VERIFIER),
            personal=table.flag("personal", default=False),
            windows=_windows(table),
        )
        if table.end():
            _only_one(table, courier, found)
            found.append(courier)
    return tuple(found)


def _only_one(table: Table, courier: Courier, others: list[Courier]) -> None:
    if courier.courier in {other.courier for other in others}:
        table.refuse("courier", "is there already; each courier is allowed once")
    twin = next((other for other in others if other.verifier == courier.verifier), None)
    if twin is not None:
        table.refuse("verifier", f"is also that of {twin.courier}; an access code of one's own is allowed")


# --- weekly windows ---


def _windows(table: Table) -> tuple[Window, ...]:
    found: list[Window] = []
    for text in table.texts("windows", WINDOWS):
        windows = _windows_in(text)
        if not windows:
            table.refuse("windows", f"only from earlier to later is allowed, not {text!r}")
        found += windows
    return tuple(found)


def _windows_in(text: str) -> list[Window]:
    """One window for each day that ``text`` names; none if a range of it runs backwards."""
    ((first, last, begin, end),) = WINDOW.findall(text)
    from_minute, to_minute = _minutes(begin), _minutes(end)
    if from_minute >= to_minute:
        return []
    days = range(DAYS.index(first), DAYS.index(last or first) + 1)
    return [Window(day, from_minute, to_minute) for day in days]


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _window_text(window: Window) -> str:
    begin, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (window.from_minute, window.to_minute))
    return f"{DAYS[window.weekday]} {begin}-{end}"


# --- stored form ---


def directory_to_json(directory: Directory) -> bytes:
    """Canonical bytes, without the version: the same for the same directory. Personal data, for the database only."""
    return canonical(
        {
            "utc_offset_minutes": directory.utc_offset_minutes,
            "unit": [{"unit": unit.unit} for unit in directory.units],
            "resident": [_resident_data(resident) for resident in directory.residents],
            "courier": [_courier_data(courier) for courier in directory.couriers],
        }
    )


def _resident_data(resident: Resident) -> Mapping[str, Any]:
    return {
        "resident": resident.resident,
        "unit": resident.unit,
        "name": resident.name,
        "needs_reach": resident.needs_reach,
        "welcome": resident.welcome.value,
    }


def _courier_data(courier: Courier) -> Mapping[str, Any]:
    return {
        "courier": courier.courier,
        "carrier": courier.carrier,
        "verifier": courier.verifier,
        "personal": courier.personal,
        "windows": [_window_text(window) for window in courier.windows],
    }


def directory_from_json(body: bytes, version: int) -> Directory:
    """The directory in stored bytes. Raises DocumentError."""
    faults: list[Fault] = []
    directory = read_directory(Table(json_object(body, faults, "directory"), faults, "directory"), version)
    if faults:
        raise DocumentError(faults)
    return directory
