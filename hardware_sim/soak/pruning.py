"""Pruning: a technician takes every closed epoch out of a stopped kiosk's record that may go.

Holds the deed, with the newest checkpoint of each epoch as what was kept elsewhere. It must not know what a start makes
of it, nor what must hold afterwards.
"""

from typing import TYPE_CHECKING

from sqlalchemy import select

from kiosk.cli.prune import Order, prune
from kiosk.cli.stopped import NotDoneError, only_new_copies, record_of
from kiosk.config import Site
from kiosk.core.entries import Stamp
from kiosk.core.notes import VerifierKey, read_checkpoint, read_note
from kiosk.ports import Moment
from kiosk.signing import check_signature
from storage.audit import Verdict, verify
from storage.marks import Held, Keys
from storage.record_file import record_file
from storage.schema import CHECKPOINTS

if TYPE_CHECKING:
    from storage.examine import Sound

WHY_NOT = (
    "the record has no epoch",
    "did not surely end",
    "no checkpoint that was given covers",
    "of which everything personal is erased",
)
"""What may keep an epoch in its place; anything else is a fault."""


def prune_what_may_go(site: Site, key: VerifierKey, now: Moment) -> int:
    """The last epoch that is gone now and was there before; 0 if there is none. Raises NotDoneError."""
    with record_of(site) as sound:
        closed = range(sound.books.epoch - 1, 0, -1)
    for epoch in closed:
        try:
            return epoch if _pruned(site, key, now, epoch) else 0
        except NotDoneError as error:
            if not any(words in str(error) for words in WHY_NOT):
                raise
    return 0


def _pruned(site: Site, key: VerifierKey, now: Moment, up_to: int) -> int:
    with record_of(site) as sound:
        books = sound.books
        stamp = Stamp(now.mono_ms, now.wall_ms, now.clock_state, books.boot + 1, 0)
        order = Order(up_to, "technician", "simulated")
        entries = prune(sound, _verdict(sound, key), order, stamp, site.policy.record_retention_days)
        only_new_copies(site, sound.database.path)
    return entries


def _verdict(sound: "Sound", key: VerifierKey) -> Verdict:
    with sound.database.reader.begin() as connection:
        notes = connection.execute(select(CHECKPOINTS.c.note).order_by(CHECKPOINTS.c.size)).scalars().all()
    read = [read_checkpoint(read_note(note).text) for note in notes]
    held = {each.epoch: Held(each.epoch, each.size, each.root) for each in read}
    with record_file(sound.database.path) as connection:
        return verify(connection, tuple(held.values()), Keys((key,), check_signature))
