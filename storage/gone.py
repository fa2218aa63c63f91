"""Gone: which epochs of a record file were deleted, as the entry tells that deleted them.

Holds its reading. It must not know what is left of such an epoch, and believes a closing only with its entry.
"""

import json
import sqlite3
from dataclasses import dataclass

from kiosk.core.entries import NAMES, EpochsDeleted
from storage.closings import digest_of


@dataclass(frozen=True, slots=True)
class Gone:
    """The deleted epochs: all up to one, and how that one ended."""

    up_to: int
    size: int
    root: str


NOTHING_DELETED = Gone(0, 0, "")


def deleted_in(connection: sqlite3.Connection) -> Gone:
    """What the newest closing says, if the entry that it names says the same; else nothing was deleted, so that what
    is not there is missing.
    """
    query = (
        "SELECT c.epoch, c.books, e.body FROM closings c JOIN entries e ON e.epoch = c.by_epoch AND e.seq = c.by_seq"
        " ORDER BY c.epoch DESC LIMIT 1"
    )
    row = connection.execute(query).fetchone()
    if row is None:
        return NOTHING_DELETED
    epoch, books, body = row
    try:
        told = json.loads(body)
        data = told["data"]
        agreed = (NAMES[EpochsDeleted], epoch, digest_of(books))
        if (told["type"], data["up_to"], data["books"]) == agreed:
            return Gone(epoch, int(data["size"]), str(data["root"]))
    except (KeyError, TypeError, ValueError):
        pass
    return NOTHING_DELETED
