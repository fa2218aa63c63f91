"""Keeping: what the kiosk does about its own record: each year a new epoch, and an alarm when its file fails.

Holds the rules for events that come from the record's own keeper. It must not know files, nor how long a year is.
"""

from dataclasses import replace

from kiosk.core import entries as e
from kiosk.core.books import Books, NoticeState
from kiosk.core.draft import Draft
from kiosk.core.retention import RETENTION, Erasable, erasures
from kiosk.core.state import State

YEARLY = "yearly"
STORAGE = "storage"


def year_over(draft: Draft) -> None:
    """Close the epoch and begin the next, which names the last root of this one; not while anything is under way,
    because the numbers of entries begin anew: whoever sees the year over says so again later.
    """
    if not at_rest(draft.state):
        return
    books = draft.state.books
    begun = e.EpochStarted(YEARLY, books.kiosk, books.epoch, books.next_seq)
    draft.record_entry(e.Entry(books.epoch + 1, 0, draft.stamp, begun))


def at_rest(state: State) -> bool:
    """Whether nothing waits for an entry that it knows by its number: no opening, no code, no held notice."""
    nobody = state.visit is None and not state.attempts and not state.codes_asked
    return nobody and not state.openings and _settled(state.books)


def _settled(books: Books) -> bool:
    held = any(parcel.pending or parcel.notice is NoticeState.HELD for parcel in books.parcels.values())
    return not books.openings and not held


def erase(draft: Draft, what: Erasable) -> None:
    """Erase what was kept for long enough; not while anybody is at the screen, because it costs a long commit: whoever
    found it due finds it again later. The directory in force stays, whoever says what.
    """
    if draft.state.visit is not None:
        return
    in_force = draft.state.books.directory_version
    old = tuple(version for version in what.directories if version != in_force)
    for body in erasures(replace(what, directories=old), e.PersonalDataErased(RETENTION)):
        draft.record(body)


def storage_failing(draft: Draft, detail: str) -> None:
    """The record's file fails although entries can still be written: somebody must look after it."""
    draft.record(e.AlarmRaised(STORAGE, detail))
