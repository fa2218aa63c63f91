"""The courier's visit before any door: who it is, the labels in hand, and the recipient of each parcel.

Holds a drop from the access code to the known recipient. It must not know sizes, doors or how custody is recorded.
"""

from collections.abc import Mapping
from dataclasses import replace

from kiosk.core import entries as e
from kiosk.core.directory import UNIT_LENGTH, Courier, Resident, Welcome
from kiosk.core.draft import Draft
from kiosk.core.effects import TakePhoto
from kiosk.core.entries import ClockState
from kiosk.core.events import Choice, Key
from kiosk.core.ids import CourierId, ResidentId, UnitId
from kiosk.core.offers import can_photograph
from kiosk.core.state import (
    AskingName,
    AskingNumber,
    AskingUnit,
    CodeProblem,
    Delivered,
    Diverting,
    Photographing,
    Place,
    Recorded,
    Scanning,
    Typed,
)
from kiosk.core.visits import typing
from kiosk.core.visits.ending import Rule
from kiosk.core.visits.in_hand import NO_LABEL, confirm, finish, overflow
from kiosk.core.visits.labels import added, read_label
from kiosk.core.visits.sizes import ask_size

NUMBER_LENGTH = 40
"""The longest of the carriers' numbers has 34 characters."""

# --- identity and labels ---


def identified(draft: Draft, courier: Courier) -> None:
    """A weekly window is enforced while the clock can be trusted; otherwise it is noted, for the clock may be wrong."""
    in_window = draft.state.directory.in_window(courier, draft.stamp.wall_ms)
    credential = f"access code:{courier.courier}"
    if not in_window and draft.stamp.clock_state is ClockState.TRUSTED:
        draft.record(e.CourierRefused(draft.visit.visit, courier.courier, credential, "outside the window"))
        typing.does_not_count(draft, Typed.COURIER, CodeProblem.OUTSIDE_WINDOW)
        return
    draft.record(e.CourierIdentified(draft.visit.visit, courier.courier, credential, in_window))
    draft.change_visit(courier=courier.courier, credential=credential)
    draft.go(Scanning())


def scanned(draft: Draft, text: str) -> None:
    """One more label in hand. After a delivery it also says that the last one is done."""
    place = draft.visit.place
    label = read_label(text, draft.now_ms, draft.state.books.parcels.values())
    draft.change_visit(labels=added(draft.visit.labels, label))
    if isinstance(place, Delivered):
        confirm(draft, place.parcel)
    if isinstance(place, Delivered | Recorded):
        draft.go(Scanning())


def _go_on(draft: Draft, _place: Scanning, _value: str) -> None:
    draft.go(AskingUnit())


def _remove(draft: Draft, _place: Scanning, value: str) -> None:
    labels, position = draft.visit.labels, int(value)
    draft.change_visit(labels=labels[:position] + labels[position + 1 :])


def _to_scanning(draft: Draft, _place: Place, _value: str) -> None:
    draft.go(Scanning())


def _no_barcode(draft: Draft, _place: Scanning, _value: str) -> None:
    draft.go(Photographing() if can_photograph(draft.state) else AskingNumber())


def number_key_pressed(draft: Draft, place: AskingNumber, key: str) -> None:
    """The number printed on the label, if it has one: letters and digits, then OK."""
    match key:
        case Key.CLEAR:
            draft.go(AskingNumber())
        case Key.DELETE:
            draft.go(AskingNumber(place.typed[:-1]))
        case Key.OK:
            _number_typed(draft, place.typed)
        case _:
            draft.go(AskingNumber((place.typed + _plain(key))[:NUMBER_LENGTH]))


def _number_typed(draft: Draft, typed: str) -> None:
    label = read_label(typed, draft.now_ms, draft.state.books.parcels.values()) if typed else NO_LABEL
    draft.change_visit(labels=(label, *draft.visit.labels))
    draft.go(AskingUnit())


def _take_photo(draft: Draft, _place: Photographing, _value: str) -> None:
    draft.ask(TakePhoto())
    draft.go(Photographing(taking=True))


def _to_number(draft: Draft, _place: Photographing, _value: str) -> None:
    draft.go(AskingNumber())


def photographed(draft: Draft, photo: str) -> None:
    """A label without a number, and the name of its picture; "" if there is none."""
    if not photo:
        draft.go(Photographing(failed=True))
        return
    draft.change_visit(labels=(replace(NO_LABEL, photo=photo), *draft.visit.labels))
    draft.go(AskingUnit())


def _plain(key: str) -> str:
    """The key as a capital letter or digit; empty for anything else."""
    return key.upper() if len(key) == 1 and key.isascii() and key.isalnum() else ""


# --- recipient ---


def key_pressed(draft: Draft, place: AskingUnit, key: str) -> None:
    """The unit, as people write it: letters and digits. OK ends it where another unit begins like this one."""
    match key:
        case Key.CLEAR:
            draft.go(AskingUnit())
        case Key.DELETE:
            draft.go(AskingUnit(place.typed[:-1]))
        case Key.OK:
            _unit(draft, place.typed)
        case _:
            _unit_letter(draft, (place.typed + _plain(key))[:UNIT_LENGTH])


def _unit_letter(draft: Draft, typed: str) -> None:
    draft.go(AskingUnit(typed))
    if draft.state.directory.names_one_unit(typed):
        _unit(draft, typed)


def _unit(draft: Draft, typed: str) -> None:
    """Unit first, then the names of that unit only; each look-up is counted."""
    directory = draft.state.directory
    unit = directory.find_unit(typed)
    looked_up = UnitId(unit.unit if unit is not None else typed)
    _count_lookup(draft, looked_up)
    residents = directory.residents_of(looked_up)
    if unit is None or not residents:
        _unknown_unit(draft, typed)
    elif len(residents) == 1:
        _recipient(draft, residents[0])
    else:
        draft.go(AskingName(unit.unit))


def _count_lookup(draft: Draft, unit: UnitId) -> None:
    """A courier asks for one unit per parcel; who asks on and on, and delivers nothing, raises an alarm."""
    visit, courier = draft.visit, draft.visit.courier or CourierId("")
    count = draft.state.lookups.get(courier, 0) + 1
    draft.change(lookups={**draft.state.lookups, courier: count})
    draft.record(e.RecipientLookedUp(visit.visit, courier, count, unit))
    if count == draft.state.policy.lookups_per_visit:
        draft.record(
            e.AlarmRaised("directory enumeration", f"{count} look-ups without a delivery, visit {visit.visit}")
        )


def _unknown_unit(draft: Draft, typed: str) -> None:
    if draft.state.policy.unknown_unit_to_staff:
        draft.go(Diverting(UnitId(typed), "unknown_unit"))
    else:
        draft.go(AskingUnit(unknown=True))


def _named(draft: Draft, _place: AskingName, value: str) -> None:
    _recipient(draft, draft.state.directory.resident(ResidentId(value)))


def _recipient(draft: Draft, resident: Resident) -> None:
    if resident.welcome is not Welcome.ACCEPTS:
        draft.go(Diverting(resident.unit, resident.welcome.value, resident.resident))
        return
    ask_size(draft, resident.unit, resident.resident)


def _other_unit(draft: Draft, _place: Place, _value: str) -> None:
    draft.go(AskingUnit())


def _to_staff(draft: Draft, place: AskingUnit | AskingName | Diverting, _value: str) -> None:
    _not_into_bank(draft, place, Choice.LEAVE_WITH_STAFF)


def _taken_along(draft: Draft, place: AskingUnit | AskingName | Diverting, _value: str) -> None:
    _not_into_bank(draft, place, Choice.TAKE_WITH_ME)


def _not_into_bank(draft: Draft, place: AskingUnit | AskingName | Diverting, choice: Choice) -> None:
    unit = UnitId(place.typed) if isinstance(place, AskingUnit) else place.unit
    why, resident = (place.why, place.resident) if isinstance(place, Diverting) else ("no recipient", ResidentId(""))
    overflow(draft, choice, unit, resident, why)


CHOICES: Mapping[tuple[type[Place], Choice], Rule] = {
    (Scanning, Choice.GO_ON): _go_on,
    (Scanning, Choice.NO_BARCODE): _no_barcode,
    (Scanning, Choice.REMOVE): _remove,
    (Scanning, Choice.FINISH): finish,
    (AskingUnit, Choice.BACK): _to_scanning,
    (AskingUnit, Choice.LEAVE_WITH_STAFF): _to_staff,
    (AskingUnit, Choice.TAKE_WITH_ME): _taken_along,
    (AskingName, Choice.RECIPIENT): _named,
    (AskingName, Choice.OTHER_UNIT): _other_unit,
    (AskingName, Choice.LEAVE_WITH_STAFF): _to_staff,
    (Diverting, Choice.LEAVE_WITH_STAFF): _to_staff,
    (Diverting, Choice.TAKE_WITH_ME): _taken_along,
    (Diverting, Choice.OTHER_UNIT): _other_unit,
    (AskingNumber, Choice.BACK): _to_scanning,
    (Photographing, Choice.TAKE_PHOTO): _take_photo,
    (Photographing, Choice.TYPE_NUMBER): _to_number,
    (Photographing, Choice.BACK): _to_scanning,
}
"""What each choice before the door leads to, by the place where it is offered."""
