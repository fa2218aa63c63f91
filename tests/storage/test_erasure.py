"""Erasure: what is due goes in the transaction of the entry that says so, and nothing that is still needed does."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core import entries as e
from kiosk.core.ages import DAY_MS
from kiosk.core.books import Parcel
from kiosk.core.entries import ClockState, Entry, Stamp
from kiosk.core.ids import CourierId, UnitId
from kiosk.core.retention import Erasable, erasures
from kiosk.ports import JournalError
from storage.database import checkpoint
from storage.documents import DocumentKind, keep_document
from storage.erasure import due, rewrite
from storage.journal import SqlJournal
from storage.rebuild import compare_projections, rebuild, verify_tree
from storage.start import Opened
from tests.storage.conftest import write
from tests.storage.histories import KIOSK, TRACKING, UNIT, VERIFIER, History, begin, history_of

DAYS = 90
EVERYTHING = 100_000
RETENTION = e.PersonalDataErased("retention")


def after(stamp: Stamp, days: float, state: ClockState = ClockState.TRUSTED, *, uptime: bool = True) -> Stamp:
    """So many days later; without ``uptime`` the kiosk was off meanwhile."""
    passed = int(days * DAY_MS)
    return replace(
        stamp, mono_ms=stamp.mono_ms + passed * uptime, wall_ms=stamp.wall_ms + passed, clock_state=state, boot=9
    )


def last(history: History) -> Stamp:
    return history.commits[-1][-1].stamp


def attached(path: Path) -> set[tuple[int, int]]:
    with closing(sqlite3.connect(path)) as other:
        return set(other.execute("SELECT epoch, seq FROM attachments"))


def of_unfinished(opened: Opened) -> set[tuple[int, int]]:
    """The places of every attachment of a parcel to which something can still happen."""
    unfinished = {name for name, parcel in rebuild(opened.database).parcels.items() if not parcel.finished}
    with closing(sqlite3.connect(opened.database.path)) as other:
        rows = other.execute("SELECT epoch, seq, body FROM attachments JOIN entries USING (epoch, seq)").fetchall()
    return {(epoch, seq) for epoch, seq, body in rows if getattr(e.decode(body).body, "parcel", None) in unfinished}


# --- in one transaction ---


@pytest.mark.parametrize("seed", range(2))
def test_what_is_erased_is_gone_and_the_projections_are_what_the_rest_adds_up_to(
    seed: int, path: Path, opened: Opened, journal: SqlJournal
) -> None:
    history = history_of(seed, 300, epochs=2)
    write(journal, history)
    found = due(path, after(last(history), 200), DAYS, EVERYTHING)
    assert {epoch for epoch, _ in found.entries} == {1, 2}
    kept = of_unfinished(opened)
    journal.commit(history.commit(*erasures(found, RETENTION)))

    assert attached(path) == kept
    assert compare_projections(opened.database) == ()
    assert all(tree.whole for tree in verify_tree(opened.database))
    assert journal.books() == history.books
    finished = [parcel for parcel in rebuild(opened.database).parcels.values() if parcel.finished]
    assert {(p.unit, p.tracking_number, p.aliases, p.verifier) for p in finished} == {("", "", (), "")}


@pytest.mark.parametrize("seed", [5])
def test_half_of_a_parcel_may_go_before_the_other_half(
    seed: int, path: Path, opened: Opened, journal: SqlJournal
) -> None:
    history = history_of(seed, 400)
    write(journal, history)
    found = due(path, after(last(history), 200), DAYS, EVERYTHING)
    for part in (found.entries[::2], found.entries[1::2]):
        journal.commit(history.commit(*erasures(Erasable(part), RETENTION)))
        assert compare_projections(opened.database) == ()


def test_what_belongs_to_an_unfinished_parcel_is_refused_and_nothing_is_done(
    path: Path, opened: Opened, journal: SqlJournal
) -> None:
    history = history_of(2, 300)
    write(journal, history)
    before, entries = attached(path), sum(map(len, history.commits))
    epoch, seq = min(of_unfinished(opened))
    other = min(before - of_unfinished(opened))
    places = Erasable(tuple(sorted(((epoch, seq), other))))
    with pytest.raises(JournalError, match="is not finished, so nothing of it can be erased"):
        journal.commit(history.commit(*erasures(places, RETENTION)))

    assert attached(path) == before
    assert [tree.size for tree in verify_tree(opened.database)] == [entries]
    assert compare_projections(opened.database) == ()


def test_erasing_twice_is_harmless(path: Path, opened: Opened, journal: SqlJournal) -> None:
    history = history_of(1, 200)
    write(journal, history)
    found = due(path, after(last(history), 200), DAYS)
    journal.commit(history.commit(*erasures(found, RETENTION)))
    journal.commit(history.commit(*erasures(found, RETENTION), *erasures(Erasable(((1, 99_999),)), RETENTION)))

    assert compare_projections(opened.database) == ()
    assert set(due(path, after(last(history), 200), DAYS).entries).isdisjoint(found.entries)


def test_no_page_of_the_file_holds_what_was_erased_once_it_is_written_anew(
    path: Path, opened: Opened, journal: SqlJournal
) -> None:
    history = history_of(3, 300)
    write(journal, history)
    for parcel in tuple(journal.books().parcels.values()):
        journal.commit(history.commit(*finished(parcel)))
    journal.commit(history.commit(e.AlarmRaised("x", "y")))
    found = due(path, after(last(history), 200), DAYS, EVERYTHING)
    journal.commit(history.commit(*erasures(found, RETENTION)))
    rewrite(opened.database)
    checkpoint(opened.database)
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert attached(path) == set()
    assert [each for each in (UNIT, TRACKING, VERIFIER, "GÄSTE-7") if each.encode() in content] == []


def finished(parcel: Parcel) -> list[e.Body]:
    """Whatever it was about: it is in the courier's hands again, and its code is over."""
    if parcel.finished:
        return [e.AlarmRaised("x", "y")]
    gone = e.ParcelWithdrawn(parcel.parcel, parcel.compartment, "undone", confirmed=True)
    return [gone, e.CodeMoved(parcel.parcel, e.CodeLife.SPENT)]


# --- what is due ---


@pytest.mark.parametrize(
    ("days", "state", "uptime", "anything"),
    [
        (89.9, ClockState.TRUSTED, True, False),
        (90, ClockState.TRUSTED, True, True),
        (90, ClockState.UNKNOWN, True, True),
        (900, ClockState.TRUSTED, False, True),
        (900, ClockState.FLOOR, False, False),
        (900, ClockState.UNKNOWN, False, False),
    ],
)
def test_it_is_due_after_so_many_days_of_uptime_or_of_trusted_time(  # noqa: PLR0913 - a table
    days: float, state: ClockState, path: Path, journal: SqlJournal, *, uptime: bool, anything: bool
) -> None:
    history = looked_up(ClockState.TRUSTED)
    write(journal, history)
    assert bool(due(path, after(last(history), days, state, uptime=uptime), DAYS)) is anything


def looked_up(*states: ClockState) -> History:
    """One look-up a day, each stamped by a clock believed as far as said."""
    history = history_of(1, 0)
    begin(history)
    for state in states:
        visit, courier = history.visit(), CourierId("c1")
        (entry,) = history.commit(e.RecipientLookedUp(visit, courier, 1, UnitId(UNIT)))
        history.commits[-1] = [replace(entry, stamp=replace(entry.stamp, clock_state=state))]
    return history


def test_a_guessed_time_holds_up_nothing_but_itself(path: Path, journal: SqlJournal) -> None:
    history = looked_up(ClockState.FLOOR, ClockState.TRUSTED, ClockState.UNKNOWN)
    write(journal, history)
    numbers = [entry.seq for commit in history.commits[-3:] for entry in commit]
    found = due(path, after(last(history), 200, uptime=False), DAYS)

    assert found.entries == ((1, numbers[1]),)


def test_the_oldest_go_first_and_no_more_at_a_time_than_asked_for(path: Path, journal: SqlJournal) -> None:
    history = looked_up(*[ClockState.TRUSTED] * 5)
    write(journal, history)
    now = after(last(history), 200)
    everything = due(path, now, DAYS).entries

    assert len(everything) == 5
    assert due(path, now, DAYS, limit=2).entries == everything[:2]


# --- the directory ---


def applied(journal: SqlJournal, opened: Opened, history: History, *bodies: bytes) -> list[Entry]:
    entries = []
    for body in bodies:
        kept = keep_document(opened.database, DocumentKind.DIRECTORY, body)
        entries += history.commit(e.DirectoryApplied(kept.version, kept.digest))
        history.commits[-1] = [replace(entries[-1], stamp=replace(entries[-1].stamp, clock_state=ClockState.TRUSTED))]
        journal.commit(history.commits[-1])
        entries[-1:] = history.commits[-1]
    return entries


def new(journal: SqlJournal) -> History:
    history = history_of(1, 0)
    history.boot = 1
    journal.commit(history.commit(e.EpochStarted("new", KIOSK)))
    return history


def test_a_version_of_the_directory_is_due_so_long_after_another_followed_it(
    path: Path, opened: Opened, journal: SqlJournal
) -> None:
    history = new(journal)
    first, second, third = applied(journal, opened, history, b"one", b"two", b"three")
    keep_document(opened.database, DocumentKind.DIRECTORY, b"kept and not applied")

    assert due(path, after(first.stamp, 90), DAYS).directories == ()
    assert due(path, after(second.stamp, 90), DAYS).directories == (1,)
    assert due(path, after(third.stamp, 900), DAYS).directories == (1, 2)
    journal.commit(history.commit(*erasures(due(path, after(third.stamp, 900), DAYS), RETENTION)))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT version FROM directories").fetchall() == [(3,), (4,)]
    assert due(path, after(third.stamp, 900), DAYS) == Erasable()


def test_the_directory_in_force_is_never_erased(path: Path, opened: Opened, journal: SqlJournal) -> None:
    history = new(journal)
    applied(journal, opened, history, b"one")
    with pytest.raises(JournalError, match="version 1 of the directory is in force"):
        journal.commit(history.commit(*erasures(Erasable(directories=(1,)), RETENTION)))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT body FROM directories").fetchall() == [(b"one",)]
