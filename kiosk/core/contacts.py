"""Contacts: what a poll says of the doors, and what follows from a door that moved.

Holds doors that open as asked, doors that open by themselves, swapped wires and storms. It must not know pulses'
timing, screens or visits.
"""

from dataclasses import replace
from typing import assert_never

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.boards import board_answered, prove_sense
from kiosk.core.doors import Door, DoorState, observed
from kiosk.core.draft import Draft
from kiosk.core.events import ContactsRead, Reading
from kiosk.core.ids import CompartmentId
from kiosk.core.openings import door_closed, door_opened, fail, under_way
from kiosk.core.state import Opening, Stage

SLAM_MS = 2_000
"""How long after a door shut a neighbour's opening is taken for its slam."""
STORM_MS = 10_000
STORM_DOORS = 3


def contacts_read(draft: Draft, event: ContactsRead) -> None:
    """One poll of a board: its doors, debounced, and whatever follows from a door that moved."""
    board_answered(draft, event.board)
    _look_inside(draft, event)
    at_ms = draft.now_ms if event.at_us is None else event.at_us // 1000
    for channel, place in draft.state.layout.at_contacts(event.source, event.board).items():
        reading = event.readings.get(channel)
        if reading is None or place.compartment not in draft.state.books.compartments:
            continue
        before = draft.door(place.compartment)
        after = observed(before, reading, at_ms, draft.state.policy)
        if after is before:
            continue
        draft.change(doors={**draft.state.doors, place.compartment: after})
        if after.state is not before.state:
            _door_changed(draft, place.compartment, before, after)
    _look_whether_still_shut(draft, event)
    prove_sense(draft, event.board)


def _look_whether_still_shut(draft: Draft, event: ContactsRead) -> None:
    """A contact that says closed when a door moved by the pulse would be seen open."""
    policy = draft.state.policy
    for opening in tuple(draft.state.openings.values()):
        moved_ms = opening.since_ms + policy.pulse_ms + policy.opened_stable_ms
        if opening.stage is not Stage.WATCHING or opening.still_shut or draft.now_ms < moved_ms:
            continue
        contact = draft.state.layout.place(opening.compartment).contact
        here = (contact.source, contact.board) == (event.source, event.board)
        if here and event.readings.get(contact.channel) is Reading.CLOSED:
            draft.put_opening(replace(opening, still_shut=True))


def _look_inside(draft: Draft, event: ContactsRead) -> None:
    """What item sensors see, before any door that moved is judged."""
    known = draft.state.filled
    if not event.items and not known:
        return
    places = draft.state.layout.at_contacts(event.source, event.board).items()
    fitted = {place.compartment: channel for channel, place in places if place.item_sensor}
    filled = (known - fitted.keys()) | {name for name, channel in fitted.items() if channel in event.items}
    if filled != known:
        draft.change(filled=filled)


def _door_changed(draft: Draft, name: CompartmentId, before: Door, after: Door) -> None:
    opening = under_way(draft.state, name)
    match after.state:
        case DoorState.OPEN:
            _door_is_open(draft, name, opening, before, after)
        case DoorState.CLOSED:
            _door_is_closed(draft, name, opening, before, after)
        case DoorState.UNKNOWN:
            custody.suspect(draft, name, "contact fault")
        case _:
            assert_never(after.state)


EXPECTED = (Stage.PULSING, Stage.WATCHING, Stage.SILENT)


def _door_is_open(draft: Draft, name: CompartmentId, opening: Opening | None, before: Door, after: Door) -> None:
    if opening is not None and opening.stage is Stage.OPEN:
        draft.put_opening(replace(opening, witnessed=True))
    elif opening is not None and (opening.stage in EXPECTED or opening.pulses):
        door_opened(draft, opening, after)
    elif before.readable or not draft.compartment(name).door_open:
        _opened_by_itself(draft, name, seen=before.readable)
    else:
        draft.change(please_shut=draft.state.please_shut | {name})


def _door_is_closed(draft: Draft, name: CompartmentId, opening: Opening | None, before: Door, door: Door) -> None:
    draft.change(please_shut=draft.state.please_shut - {name})
    if before.state is DoorState.OPEN:
        draft.change(last_closed=(name, door.since_ms))
    if opening is not None and opening.stage is Stage.OPEN:
        if draft.now_ms >= opening.acts_until_ms:
            door_closed(draft, opening, door)
    elif opening is None and draft.compartment(name).door_open:
        draft.record(e.DoorShut(name))


def _opened_by_itself(draft: Draft, name: CompartmentId, *, seen: bool) -> None:
    """Nothing had asked this door to open: swapped wires, a slam, force, or locks that fire at power return."""
    pulsed = next((o for o in draft.state.openings.values() if o.stage in (Stage.WATCHING, Stage.SILENT)), None)
    if seen and pulsed is not None:
        _wiring(draft, pulsed, name)
        return
    draft.record(e.DoorForced(name, _slammed(draft, name) if seen else "power off"))
    custody.check(draft, name, "opened by itself")
    forced = (*(at for at in draft.state.forced_at_ms if draft.now_ms - at < STORM_MS), draft.now_ms)
    shut = draft.state.please_shut | {name}
    draft.change(please_shut=shut, forced_at_ms=forced)
    if len(forced) == STORM_DOORS:
        draft.record(e.ForcedStorm(tuple(sorted(shut))))


def _slammed(draft: Draft, name: CompartmentId) -> str:
    """The door whose slam may have popped this one open: shut a moment ago, though perhaps not believed shut yet."""
    last, doors = draft.state.last_closed, draft.state.doors.items()
    closing = [(o, d.raw_since_ms) for o, d in doors if (d.state, d.raw) == (DoorState.OPEN, Reading.CLOSED)]
    slams = [*closing, last] if last is not None else closing
    return next((other for other, at_ms in slams if other != name and draft.now_ms - at_ms <= SLAM_MS), "nothing")


def _wiring(draft: Draft, pulsed: Opening, opened: CompartmentId) -> None:
    draft.record(e.WiringSuspected(pulsed.compartment, opened))
    draft.change(please_shut=draft.state.please_shut | {opened})
    draft.record(e.DoorForced(opened, pulsed.compartment))
    custody.check(draft, opened, "wiring")
    custody.out_of_order(draft, opened, "wiring")
    custody.check(draft, pulsed.compartment, "wiring")
    fail(draft, pulsed, "wiring")
