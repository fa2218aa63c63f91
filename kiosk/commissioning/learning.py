"""Learning: which door each lock output opens, which contact tells of that door, and in which sense.

Holds the walk from output to output and what it adds up to. It must not know a command line: the person is asked by a
function. Nothing is believed of the layout but which outputs and which labels there are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from kiosk.commissioning.workshop import Workshop, WorkshopError
from kiosk.config import Board, Chip, Machine
from kiosk.core import entries as e
from kiosk.core.events import MaintenanceAsked, Reading
from kiosk.core.ids import BoardId, CompartmentId, OpeningId
from kiosk.core.layout import Contact, ContactSource, Layout, Output, Place

POLL_MS = 200
FIRST_READ_MS = 4_000
"""Every board that lives has been read by then."""
OUTCOME_MS = 30_000
SETTLE_MS = 1_000
"""So long a contact is watched after the pulse's own time, and after the door was shut."""
SHUT_WITHIN_MS = 60_000
ENDED = (e.DoorUnseen, e.OpeningFailed)
NO_CONTACT = "no contact changed"

Ask = Callable[[Output, tuple[CompartmentId, ...]], CompartmentId | None]
"""Which door is open now, of those that are left; None if none is."""
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Who:
    """Whose openings these are, for the record."""

    person: str
    reason: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Learned:
    """What one output does. ``opened`` is None if no door opened. ``inverted``: the contact's sense is the opposite of
    what the settings say. ``trouble`` is "" if one contact changed, and changed back.
    """

    output: Output
    opened: CompartmentId | None
    contact: Contact | None
    inverted: bool
    trouble: str


def learn(shop: Workshop, places: Iterable[Place], who: Who, ask: Ask, say: Say) -> list[Learned]:
    """Walk these outputs, in a blind workshop. Raises WorkshopError if one may not be opened."""
    shop.poll_all(POLL_MS)
    shop.until(lambda: False, FIRST_READ_MS)
    left = [place.compartment for place in shop.state.layout.places]
    found: list[Learned] = []
    for place in places:
        found.append(_one(shop, place, who, lambda output: ask(output, tuple(left)), say))
        if found[-1].opened is not None:
            left.remove(found[-1].opened)
    return found


def _one(shop: Workshop, place: Place, who: Who, ask: Callable[[Output], CompartmentId | None], say: Say) -> Learned:
    shut = dict(shop.contacts)
    say(f"opening channel {place.output.channel} of board {place.output.board}")
    failure = _opened(shop, place.compartment, who)
    if failure:
        return Learned(place.output, None, None, inverted=False, trouble=failure)
    changed = _changed(shut, shop.contacts)
    opened = ask(place.output)
    if opened is None:
        return Learned(place.output, None, None, inverted=False, trouble="no door opened")
    say("shut it again")
    closed = shop.until(lambda: not _changed(shut, shop.contacts), SHUT_WITHIN_MS if changed else SETTLE_MS)
    if len(changed) != 1:
        return Learned(place.output, opened, None, inverted=False, trouble=_told(changed))
    (contact,) = changed
    trouble = "" if closed else f"{_name(contact)} did not change back"
    return Learned(place.output, opened, contact, shut[contact] is Reading.OPEN, trouble)


def _opened(shop: Workshop, compartment: CompartmentId, who: Who) -> str:
    """Have the kiosk open it; why it did not, or ""."""
    since = len(shop.recorded)
    shop.post(MaintenanceAsked(compartment, who.person, who.reason, who.anyway))
    bodies = [entry.body for entry in shop.recorded[since:]]
    if refused := next((body for body in bodies if isinstance(body, e.MaintenanceRefused)), None):
        message = f"{compartment} is not opened: {refused.why}"
        raise WorkshopError(message)
    name = next(body.opening for body in bodies if isinstance(body, e.MaintenanceRequested))
    shop.until(lambda: _outcome(shop, since, name) is not None, OUTCOME_MS)
    shop.until(lambda: False, SETTLE_MS)
    outcome = _outcome(shop, since, name)
    return "" if isinstance(outcome, e.DoorUnseen) else "no outcome" if outcome is None else outcome.reason


def _outcome(shop: Workshop, since: int, name: OpeningId) -> e.DoorUnseen | e.OpeningFailed | None:
    bodies = (entry.body for entry in shop.recorded[since:])
    return next((body for body in bodies if isinstance(body, ENDED) and body.opening == name), None)


def _changed(before: Mapping[Contact, Reading], now: Mapping[Contact, Reading]) -> frozenset[Contact]:
    """A contact that became faulty tells nothing of a door."""
    both = ((contact, was, now.get(contact, was)) for contact, was in before.items())
    return frozenset(contact for contact, was, is_ in both if was is not is_ and Reading.FAULT not in (was, is_))


def _told(changed: Iterable[Contact]) -> str:
    names = sorted(map(_name, changed))
    return f"several contacts changed: {', '.join(names)}" if names else NO_CONTACT


def _name(contact: Contact) -> str:
    return f"channel {contact.channel} of {contact.board}"


# --- what it adds up to ---


def learned_layout(layout: Layout, found: Iterable[Learned]) -> Layout | None:
    """The layout as it was seen to be; None unless every door was seen, and its contact without any trouble.

    Only a compartment that had no contact may go without one.
    """
    seen = {each.opened: each for each in found if each.opened is not None}
    if not all(_sound(place, seen.get(place.compartment)) for place in layout.places):
        return None
    places = tuple(_rewired(place, seen[place.compartment]) for place in layout.places)
    return replace(layout, places=places)


def _sound(place: Place, seen: Learned | None) -> bool:
    if seen is None:
        return False
    return not seen.trouble or (seen.trouble == NO_CONTACT and place.contact.source is ContactSource.NONE)


def _rewired(place: Place, seen: Learned) -> Place:
    return replace(place, output=seen.output, contact=seen.contact or Contact(ContactSource.NONE))


def polarity_advice(machine: Machine, found: Iterable[Learned]) -> list[str]:
    """What is to be changed in the settings, one line for each board or chip whose sense is not as they say."""
    inverted: dict[BoardId, dict[int, bool]] = {}
    for each in found:
        if each.contact is not None:
            inverted.setdefault(each.contact.board, {})[each.contact.channel] = each.inverted
    chips = {chip.chip: chip for chip in machine.chips}
    boards = {board.board: board for board in machine.boards}
    return [
        _advice(boards.get(name) or chips[name], senses) for name, senses in inverted.items() if any(senses.values())
    ]


def _advice(device: Board | Chip, senses: Mapping[int, bool]) -> str:
    if all(senses.values()):
        name = device.board if isinstance(device, Board) else device.chip
        return f"{name}: closed_level = {1 - device.closed_level}"
    flipped = frozenset(channel for channel, is_inverted in senses.items() if is_inverted)
    match device:
        case Board(board=name, inverted_channels=known):
            return f"{name}: inverted_channels = {sorted(known ^ flipped)}"
        case Chip(chip=name, inverted_pins=known):
            return f"{name}: inverted_pins = {sorted(known ^ flipped)}"
