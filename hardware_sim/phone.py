"""The residents' phones: what has left the kiosk as a notice, opened with the receiver's key.

Holds no state of its own: it reads the record as the link will, released notices only, and learns no code otherwise.
"""

from collections.abc import Mapping
from typing import Any

from hardware_sim.site import NOTICE_SECRET
from kiosk.core.entries import CodeIssued, NoticeReleased
from kiosk.vault import open_notice
from storage.database import Database
from storage.queries import newest_entries

EVERYTHING = 1_000_000


class NoNoticeError(LookupError):
    """No notice about this parcel has gone out."""


def notices(database: Database) -> list[Mapping[str, Any]]:
    """Every notice that has gone out, oldest first."""
    entries = newest_entries(database, EVERYTHING)
    sealed = {(x.epoch, x.seq): x.notice for x in entries if isinstance(x.body, CodeIssued)}
    released = [sealed[x.epoch, x.body.notice_seq] for x in entries if isinstance(x.body, NoticeReleased)]
    return [open_notice(NOTICE_SECRET, notice) for notice in released if notice]


def code_for(database: Database, tracking_number: str) -> str:
    """The code in the newest notice about this parcel. Raises NoNoticeError."""
    for notice in reversed(notices(database)):
        if notice["tracking_number"] == tracking_number:
            return str(notice["code"])
    message = f"no notice about {tracking_number} has gone out"
    raise NoNoticeError(message)
