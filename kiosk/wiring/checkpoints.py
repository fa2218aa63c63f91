"""Checkpoints: when the record's newest entries are signed, and how a signed checkpoint gets into the database.

Holds the walk between the engine's thread, which reads and writes, and the vault, which signs. It must not know how a
checkpoint is signed or stored, and takes part in no decision.
"""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue

from sqlalchemy.exc import SQLAlchemyError

from kiosk.core.notes import Checkpoint, Note, origin_of
from kiosk.vault import SignCheckpoint
from storage.checkpoints import Uncovered, keep_checkpoint, uncovered
from storage.database import Database

EVERY_ENTRIES = 50
EVERY_MS = 60_000
PATIENCE_S = 2.0
"""How long a clean stop waits for the vault."""

log = logging.getLogger(__name__)


class Checkpoints:
    """Looks once a round, on the engine's thread, between events. What it signs it has read from the file: no entry is
    covered that is not durable.
    """

    def __init__(
        self, database: Database, record: str, sign: Callable[[SignCheckpoint], None], now_ms: Callable[[], int]
    ) -> None:
        """``record`` is the origin without its epoch; ``sign`` only enqueues."""
        self._database = database
        self._record = record
        self._sign = sign
        self._now_ms = now_ms
        self._answers: SimpleQueue[Note] = SimpleQueue()
        self._asked: tuple[Uncovered, Checkpoint] | None = None
        self._kept_ms = now_ms()
        self._demanded = False

    def demand(self) -> None:
        """From any thread or a signal: whatever is not covered yet is signed in the next round in which nobody is
        served, and after a minute in any case.
        """
        self._demanded = True

    def round(self, *, quiet: bool) -> None:
        """Do what is due. While a person is served nothing is read or written, unless a minute has gone by. Raises
        nothing.
        """
        overdue = self._now_ms() - self._kept_ms >= EVERY_MS
        if quiet or overdue:
            self._guarded(lambda: self._keep_and_ask(1 if overdue or self._demanded else EVERY_ENTRIES))

    def finish(self) -> None:
        """At a clean stop, after the last entry: everything is covered, as far as the vault answers in time."""
        self._guarded(self._cover_the_rest)

    def _guarded(self, work: Callable[[], None]) -> None:
        """An entry is worth more than its checkpoint: what fails here shows in the text log and is tried anew later."""
        try:
            work()
        except SQLAlchemyError as error:
            log.error("%s: no checkpoint: %s", self._database.path, error)  # noqa: TRY400 - the sentence says it all
            self._asked, self._kept_ms = None, self._now_ms()

    def _keep_and_ask(self, fewest: int) -> None:
        self._keep(wait_s=0)
        if self._asked is None:
            self._ask(fewest)

    def _cover_the_rest(self) -> None:
        self._keep(wait_s=PATIENCE_S)
        if self._asked is None:
            self._ask(1)
            self._keep(wait_s=PATIENCE_S)

    def _ask(self, fewest: int) -> None:
        about, self._demanded = uncovered(self._database), False
        if about is None:
            self._kept_ms = self._now_ms()
        elif about.entries >= fewest:
            checkpoint = Checkpoint(origin_of(self._record, about.epoch), about.size, about.root)
            self._asked = about, checkpoint
            self._sign(SignCheckpoint(checkpoint, self._answers))

    def _keep(self, wait_s: float) -> None:
        if self._asked is None:
            return
        about, checkpoint = self._asked
        try:
            note = self._answers.get(timeout=wait_s) if wait_s else self._answers.get_nowait()
        except Empty:
            return
        if note.text == checkpoint.text:  # else a late answer to a question that was given up
            keep_checkpoint(self._database, about, str(note))
            self._asked, self._kept_ms = None, self._now_ms()
