"""Boot: from the site's files and the database to the first state and its journal.

Holds what must be committed before the first event: the epoch that is due, and the documents in force. It must not know
threads, devices or the screen.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.boards import BOARDS
from kiosk.clock import SystemClock
from kiosk.config import (
    ClockTrust,
    DocumentError,
    Machine,
    Site,
    directory_to_json,
    layout_from_json,
    layout_to_json,
    policy_to_json,
    wiring_faults,
)
from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.books import Books, Custody
from kiosk.core.draft import Draft
from kiosk.core.entries import Entry, Stamp
from kiosk.core.health import TELLING, after_all
from kiosk.core.ids import BoardId, LineId
from kiosk.core.layout import Layout
from kiosk.core.state import Board, Mode, State
from kiosk.ports import Clock, Entropy, Journal, JournalError
from kiosk.restarts import CRASHES_UNTIL_SAFE
from storage.database import Database
from storage.documents import Document, DocumentKind, document, keep_document
from storage.examine import Refused
from storage.journal import SqlJournal
from storage.queries import newest_of_kinds
from storage.start import EpochDue, Opened, Unwritable, open_storage

DATABASE = "kiosk.db"
HEALTH_ENTRIES = 5_000
"""The newest entries in which a start looks for what locks and doors did: weeks of a bank, read in milliseconds."""
NewClock = Callable[[int, int], Clock]
"""A clock from the uptime of all boots before, and the wall time known to have passed; both in milliseconds."""

log = logging.getLogger(__name__)


class StartRefusedError(Exception):
    """The kiosk cannot start; the text is one sentence that says why and what would do."""


@dataclass(frozen=True, slots=True)
class Booted:
    """What an engine begins with. Without a ``database`` nothing can be recorded, and the state says so."""

    state: State
    journal: Journal
    clock: Clock
    database: Database | None


class NoJournal:
    """Stands where nothing can be recorded: a degraded engine never commits, and if it did, the process would end."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def books(self) -> Books:
        return self._books

    def commit(self, entries: object) -> None:
        message = f"nothing can be recorded: {entries!r}"
        raise JournalError(message)


def database_path(site: Site) -> Path:
    return site.machine.identity.data_directory / DATABASE


def system_clock_of(site: Site) -> Callable[[int, int], SystemClock]:
    """What makes the system's clock, believed as this site's settings say."""
    always = site.machine.clock_trust is ClockTrust.ALWAYS
    return lambda base_mono_ms, floor_wall_ms: SystemClock(base_mono_ms, floor_wall_ms, always_trusted=always)


def boot(site: Site, entropy: Entropy, new_clock: NewClock, crashes: int = 0) -> Booted:
    """Open the record and make it say how this boot begins. Raises StartRefusedError, or JournalError."""
    kiosk = site.machine.identity.kiosk
    opened = open_storage(database_path(site), kiosk)
    match opened:
        case Refused(reason=reason):
            raise StartRefusedError(reason)
        case Unwritable(reason=reason):
            log.error("degraded: %s", reason)
            books = Books(kiosk)
            clock = new_clock(0, 0)
            state = replace(_state(site, books, site.layout, clock), mode=Mode.DEGRADED)
            return Booted(state, NoJournal(books), clock, None)
        case Opened(database=database):
            with ExitStack() as undo:
                undo.callback(database.close)
                booted = _recorded(site, opened, entropy, new_clock, crashes)
                undo.pop_all()
                return booted


def _recorded(site: Site, opened: Opened, entropy: Entropy, new_clock: NewClock, crashes: int) -> Booted:
    if opened.set_aside is not None:
        log.error("database damaged (%s), kept as %s", opened.set_aside.reason, opened.set_aside.path)
    if opened.restored:
        log.error("the record is the newest snapshot: every compartment is Check, and no code of it opens anything")
    journal = SqlJournal(opened.database, entropy)
    books = journal.books()
    clock = new_clock(books.mono_ms, books.wall_ms)
    documents = _documents(site, opened.database, books)
    told = newest_of_kinds(opened.database, TELLING, HEALTH_ENTRIES)
    state = replace(_state(site, books, documents.layout, clock), health=after_all(entry.body for entry in told))
    draft = Draft(state, _stamp(clock, books.boot + 1))
    if opened.epoch_due is not None:
        draft.record_entry(Entry(opened.epoch_due.number, 0, draft.stamp, opened.epoch_due.body))
    _apply(draft, documents)
    if opened.epoch_due is not None and opened.epoch_due.contents_unknown:
        _nothing_is_known(draft, opened.epoch_due)
    decision = draft.decision()
    journal.commit(decision.durable)
    mode = Mode.SAFE if crashes >= CRASHES_UNTIL_SAFE else Mode.NORMAL
    return Booted(replace(decision.state, mode=mode), journal, clock, opened.database)


def _stamp(clock: Clock, boot_number: int) -> Stamp:
    moment = clock.now()
    return Stamp(moment.mono_ms, moment.wall_ms, moment.clock_state, boot_number, 0)


def _state(site: Site, books: Books, layout: Layout, clock: Clock) -> State:
    return State(
        books,
        layout,
        site.policy,
        site.directory,
        boot=books.boot + 1,
        boards=_boards(site.machine),
        photographs=site.machine.camera is not None and site.machine.camera.label_photo,
        started_ms=clock.now().mono_ms,
    )


def _boards(machine: Machine) -> Mapping[BoardId, Board]:
    """Everything that contacts are read on: lock boards, and GPIO chips, which hang on no line."""
    locks = [Board(each.board, each.line, own_pulse_ms=_own_pulse_ms(each.family)) for each in machine.boards]
    chips = [Board(chip.chip, LineId("")) for chip in machine.chips]
    return {each.board: each for each in (*locks, *chips)}


def _own_pulse_ms(family: str) -> int:
    pulse = BOARDS[family].abilities.own_pulse
    return 0 if pulse is None else pulse.value


def _nothing_is_known(draft: Draft, due: EpochDue) -> None:
    """A kiosk that was used before and lost its books: whatever is inside, nobody can prove it."""
    for name in tuple(draft.state.books.compartments):
        custody.check(draft, name, f"the record was {due.body.reason}")


# --- documents ---


@dataclass(frozen=True, slots=True)
class Documents:
    """The versions in force from this boot on."""

    layout: Layout
    layout_kept: Document
    policy_kept: Document
    directory_kept: Document


def _documents(site: Site, database: Database, books: Books) -> Documents:
    layout = _layout(site, database, books)
    return Documents(
        layout=layout,
        layout_kept=keep_document(database, DocumentKind.LAYOUT, layout_to_json(layout)),
        policy_kept=keep_document(database, DocumentKind.POLICY, policy_to_json(site.policy)),
        directory_kept=keep_document(database, DocumentKind.DIRECTORY, directory_to_json(site.directory)),
    )


def _layout(site: Site, database: Database, books: Books) -> Layout:
    """The layout of the file; the one before it where the file's would lose a compartment that is not empty."""
    kept = {place.compartment for place in site.layout.places}
    used = (c.compartment for c in books.compartments.values() if c.custody is not Custody.FREE)
    lost = sorted(name for name in used if name not in kept)
    if not lost:
        return site.layout
    log.error(
        "%s: not applied, because %s would leave the bank and is not empty", site.machine.files.layout, ", ".join(lost)
    )
    stored = document(database, DocumentKind.LAYOUT, books.layout_version)
    if stored is None:
        message = f"version {books.layout_version} of the layout cannot be read, and the file's leaves out {lost[0]}"
        raise StartRefusedError(message)
    return _checked(site, stored)


def _checked(site: Site, stored: Document) -> Layout:
    try:
        layout = layout_from_json(stored.body, stored.version)
    except DocumentError as error:
        message = f"the layout in the database cannot be used: {error}"
        raise StartRefusedError(message) from error
    faults = wiring_faults(layout, site.machine)
    if faults:
        message = f"the layout in the database does not fit this machine: {faults[0]}"
        raise StartRefusedError(message)
    return layout


def _apply(draft: Draft, documents: Documents) -> None:
    """Each document that is not the one in force becomes it, by an entry with its hash."""
    books, layout = draft.state.books, documents.layout_kept
    if (books.layout_version, books.layout_digest) != (layout.version, layout.digest):
        names = tuple(str(place.compartment) for place in documents.layout.places)
        draft.record(e.LayoutApplied(layout.version, layout.digest, names))
    policy, directory = documents.policy_kept, documents.directory_kept
    if (books.policy_version, books.policy_digest) != (policy.version, policy.digest):
        draft.record(e.PolicyApplied(policy.version, policy.digest))
    if (books.directory_version, books.directory_digest) != (directory.version, directory.digest):
        draft.record(e.DirectoryApplied(directory.version, directory.digest))
    draft.change(
        layout=replace(documents.layout, version=layout.version),
        policy=replace(draft.state.policy, version=policy.version),
        directory=replace(draft.state.directory, version=directory.version),
    )
