"""Visits: one person's time at the screen, from the first touch to the last.

Holds the way from an event to the rule of the place the person is at. It must not know how a rule is carried out.
"""

from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from kiosk.core import state as s
from kiosk.core.books import Parcel
from kiosk.core.carriers.symbologies import take_prefix
from kiosk.core.codes import well_formed
from kiosk.core.draft import Draft, News
from kiosk.core.events import (
    BadgeShown,
    Choice,
    Chose,
    CodeDerived,
    KeyPressed,
    PersonEvent,
    PhotoFailed,
    PhotoTaken,
    Scanned,
    ScanRejected,
)
from kiosk.core.ids import Secret, VisitId
from kiosk.core.offers import Offer, offers
from kiosk.core.openings import reminder_times_s
from kiosk.core.visits import courier, drop, resident, sizes, typing
from kiosk.core.visits.ending import end, unheard

PASS_PREFIX = "LK1:"  # noqa: S105 - how a pass begins, not a password
SECOND_MS = 1000


def on_person(draft: Draft, event: PersonEvent) -> None:
    """A person did something at the kiosk. What is not offered right now does nothing."""
    if isinstance(event, Chose) and Offer(event.choice, event.value) not in offers(draft.state):
        return
    if draft.state.visit is None:
        _first(draft, event)
        return
    draft.change_visit(touched_ms=draft.now_ms, warned=False)
    match event:
        case KeyPressed(key=key):
            _key_pressed(draft, key.reveal())
        case Scanned(text=text):
            _scanned(draft, text.reveal())
        case Chose(choice=choice, value=value) if choice is not Choice.MORE_TIME:
            CHOICES[type(draft.visit.place), choice](draft, draft.visit.place, value)
        case BadgeShown():
            _not_known(draft)  # nobody has a badge here yet
        case Chose() | ScanRejected():
            """Enough that somebody is there."""
        case _:
            assert_never(event)


# --- the first touch ---


def _first(draft: Draft, event: PersonEvent) -> None:
    """Idle: a touch, a key or a scan begins a visit."""
    may = {offer.choice for offer in offers(draft.state)}
    match event:
        case Chose(choice=Choice.PICK_UP):
            _begin_typing(draft, s.Typed.PICKUP)
        case Chose(choice=Choice.DELIVER):
            _begin_courier(draft)
        case KeyPressed() if Choice.PICK_UP in may:
            _begin_typing(draft, s.Typed.PICKUP)
            _key_pressed(draft, event.key.reveal())
        case Scanned(text=text) if Choice.PICK_UP in may:
            _first_scan(draft, text.reveal(), may)
        case _:
            pass


def _first_scan(draft: Draft, text: str, may: set[Choice]) -> None:
    """A shown code or pass picks up; anything else is a parcel to deliver."""
    if _shown(text).startswith(PASS_PREFIX) or _is_code(draft, text):
        _begin_typing(draft, s.Typed.PICKUP)
        _scanned(draft, text)
    elif Choice.DELIVER in may:
        _begin_courier(draft)
        _scanned(draft, text)


def _is_code(draft: Draft, text: str) -> bool:
    return well_formed(_shown(text).strip(), draft.state.policy.code_digits)


def _shown(text: str) -> str:
    """What a telephone shows, without the prefix by which some scanners name the kind of symbol."""
    return take_prefix(text)[1]


def _begin(draft: Draft, place: s.Place) -> None:
    visit = VisitId(draft.new_name())
    draft.change(visit=s.Visit(visit, place, started_ms=draft.now_ms, touched_ms=draft.now_ms))


def _begin_courier(draft: Draft) -> None:
    if draft.state.policy.anonymous_drop:
        _begin(draft, s.Scanning())
        draft.change_visit(credential="scan")
    else:
        _begin_typing(draft, s.Typed.COURIER)


def _begin_typing(draft: Draft, kind: s.Typed) -> None:
    """The pause after a wrong code is the whole kiosk's: going back does not shorten it."""
    _begin(draft, s.Typing(kind, ready_at_ms=draft.state.pause_until_ms))


# --- where the person is ---


def _key_pressed(draft: Draft, key: str) -> None:
    match draft.visit.place:
        case s.Typing() as place:
            typing.key_pressed(draft, place, key)
        case s.AskingUnit() as place:
            courier.key_pressed(draft, place, key)
        case s.AskingNumber() as place:
            courier.number_key_pressed(draft, place, key)
        case _:
            pass


def _scanned(draft: Draft, text: str) -> None:
    """A scan counts where one is expected. A pass is recognised before any cleaning, for blanks are data in it."""
    place = draft.visit.place
    if _shown(text).startswith(PASS_PREFIX):
        _not_known(draft)
        return
    match place:
        case s.Typing(kind=s.Typed.PICKUP, verifying=False, due=False) if _is_code(draft, text):
            typing.code_complete(draft, replace(place, typed=Secret(_shown(text).strip())))
        case s.Typing(kind=s.Typed.COURIER) | s.Scanning() | s.Delivered(undo_only=False) | s.Recorded():
            courier.scanned(draft, text)
        case s.Photographing():
            courier.scanned(draft, text)  # the camera could read it after all
            draft.go(s.Scanning())
        case _:
            pass


def _not_known(draft: Draft) -> None:
    """What cannot be checked is told, in the words of every failure, to whoever is asked who they are."""
    place = draft.visit.place
    if isinstance(place, s.Typing) and not place.verifying:
        draft.go(replace(place, typed=Secret(""), problem=s.CodeProblem.FAILED))


def _back(draft: Draft, _place: s.Typing, _value: str) -> None:
    end(draft, "back")


CHOICES = {(s.Typing, Choice.BACK): _back, **courier.CHOICES, **sizes.CHOICES, **drop.CHOICES, **resident.CHOICES}
"""The rule of every choice at every place: whatever is offered stands here, and nothing else is ever taken."""


# --- answers and news ---


def on_code_derived(draft: Draft, event: CodeDerived) -> None:
    """The vault answered: a right code identifies its owner."""
    owner = typing.answered(draft, event)
    if owner is None:
        return
    if isinstance(owner, Parcel):
        resident.identified(draft, owner)
    else:
        courier.identified(draft, owner)


def on_photo(draft: Draft, event: PhotoTaken | PhotoFailed) -> None:
    """The camera answered. A picture for somebody who is gone meanwhile is nobody's."""
    if draft.state.visit is not None and isinstance(draft.visit.place, s.Photographing):
        courier.photographed(draft, event.photo if isinstance(event, PhotoTaken) else "")


def on_news(draft: Draft, news: News) -> None:
    """Tell the visit what became of its opening; if it is over, nobody will be asked any more."""
    visit = draft.state.visit
    if visit is None or visit.visit != news.opening.visit:
        unheard(draft, news)
        return
    match visit.place:
        case s.Dropping() as place:
            drop.heard(draft, place, news)
        case s.Withdrawing() as place:
            drop.withdrawing_heard(draft, place, news)
        case s.Collecting() as place:
            resident.heard(draft, place, news)
        case _:
            pass


# --- time ---


class Step(StrEnum):
    """What time does to a visit."""

    WARN = "warn"
    END = "end"
    UNDO_ONLY = "undo only"


WAITING = (s.Dropping, s.Withdrawing, s.Collecting)


def next_step(state: s.State, visit: s.Visit) -> tuple[int, Step] | None:
    """What happens next if the person does nothing, and when. At an open door the door's own reminders count."""
    policy, place, since_ms = state.policy, visit.place, visit.touched_ms
    if isinstance(place, WAITING) and (opening := state.openings.get(place.opening)) is not None:
        left_open = opening.reminders == len(reminder_times_s(state))
        return (since_ms + policy.door_left_open_s * SECOND_MS, Step.END) if left_open else None
    match place:
        case s.Delivered(undo_only=True, undo_until_ms=until_ms):
            return until_ms, Step.END
        case s.Delivered(since_ms=closed_ms) | s.Collected(since_ms=closed_ms):
            undo = visit.courier is not None and isinstance(place, s.Delivered)
            return closed_ms + policy.identity_s * SECOND_MS, Step.UNDO_ONLY if undo else Step.END
        case s.PickupDoorFailed() | s.Recorded():
            return since_ms + policy.identity_s * SECOND_MS, Step.END
        case _ if visit.warned:
            return since_ms + policy.idle_end_s * SECOND_MS, Step.END
        case _:
            return since_ms + policy.idle_warn_s * SECOND_MS, Step.WARN


def due(draft: Draft) -> None:
    """Everything about the visit whose time has come."""
    typing.due(draft)
    visit = draft.state.visit
    step = next_step(draft.state, visit) if visit is not None else None
    if visit is None or step is None or step[0] > draft.now_ms:
        return
    match step[1]:
        case Step.WARN:
            draft.change_visit(warned=True)
        case Step.UNDO_ONLY if isinstance(visit.place, s.Delivered):
            draft.go(replace(visit.place, undo_only=True))
        case _:
            end(draft, "nobody there")


def next_deadline(state: s.State) -> int | None:
    """When `due` has something to do, in monotonic milliseconds."""
    visit = state.visit
    step = next_step(state, visit) if visit is not None else None
    times = [typing.next_deadline(state), step[0] if step is not None else None]
    return min((at_ms for at_ms in times if at_ms is not None), default=None)
