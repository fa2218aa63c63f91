"""Telling: entries that somebody who looks after the machine must hear of, in the text log as well.

Holds which kinds those are. It must not tell anything personal: none of these kinds has a personal field, and a test
sees to it.
"""

import logging
from collections.abc import Sequence
from dataclasses import fields

from kiosk.core import entries as e
from kiosk.core.books import Books
from kiosk.core.entries import Entry
from kiosk.ports import Journal

TOLD = (
    e.EpochStarted,
    e.GuardedModeEntered,
    e.DoorLeftOpen,
    e.DoorForced,
    e.ForcedStorm,
    e.WiringSuspected,
    e.SupplyAlarm,
    e.CompartmentOutOfOrder,
    e.WorkOrderOpened,
    e.ContactSuspected,
    e.BrownOut,
    e.BoardLost,
    e.BoardReturned,
    e.AlarmRaised,
)

log = logging.getLogger(__name__)


class TellingJournal:
    """A journal that says what was recorded, once it is durable."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def books(self) -> Books:
        return self._journal.books()

    def commit(self, entries: Sequence[Entry]) -> None:
        self._journal.commit(entries)
        for entry in entries:
            if isinstance(entry.body, TOLD):
                log.warning("%s", sentence(entry.body))


def sentence(body: e.Body) -> str:
    """The kind and its values, such as ``board_lost: board s1, reason silent``."""
    values = ", ".join(f"{each.name} {getattr(body, each.name)}" for each in fields(body) if getattr(body, each.name))
    return f"{e.NAMES[type(body)]}: {values}"
