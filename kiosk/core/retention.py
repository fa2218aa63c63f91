"""Retention: when what is personal has been kept for long enough, and the entries by which it goes.

Holds pure rules. It must not know where personal data is kept, nor who looks for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from kiosk.core.ages import DAY_MS, Read, passed_ms
from kiosk.core.entries import PersonalDataErased

RETENTION, REQUEST = "retention", "request"
MOST_SEQS = 200
"""How many entries one erasure names: its body stays within a few kilobytes."""


@dataclass(frozen=True, slots=True)
class Erasable:
    """What may be erased: the attachments of these entries, each as ``(epoch, seq)`` in order, and these versions of
    the directory.
    """

    entries: tuple[tuple[int, int], ...] = ()
    directories: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries or self.directories)


def is_due(since: Read, now: Read, retention_days: int) -> bool:
    """Whether so many days have surely passed: by uptime, or by wall time that was trusted then and is now."""
    return passed_ms(since, now) >= retention_days * DAY_MS


def erasures(what: Erasable, why: PersonalDataErased) -> Iterator[PersonalDataErased]:
    """The entries that erase ``what``; each says of the rest what ``why`` says."""
    if what.directories:
        yield replace(why, of_directories=what.directories)
    for epoch, places in groupby(what.entries, key=itemgetter(0)):
        numbers = tuple(seq for _, seq in places)
        for first in range(0, len(numbers), MOST_SEQS):
            yield replace(why, of_epoch=epoch, of_seqs=numbers[first : first + MOST_SEQS])
