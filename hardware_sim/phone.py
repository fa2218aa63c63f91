"""The residents' phones: what has left the kiosk as a notice, opened with the receiver's key.

Holds what the entries say of notices, released ones only, as the link will take them; no code is learned otherwise. It
must not know how the entries are read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hardware_sim.site import NOTICE_SECRET
from kiosk.core.entries import CodeIssued, CodeLife, CodeMoved, Entry, NoticeReleased
from kiosk.core.ids import ParcelId
from kiosk.vault import open_notice
from storage.database import Database
from storage.queries import newest_entries

EVERYTHING = 1_000_000
Content = Mapping[str, Any]


class NoNoticeError(LookupError):
    """No notice about this parcel has gone out."""


@dataclass(slots=True)
class Phones:
    """All phones of the building, fed with the entries in their order."""

    notices: list[Content] = field(default_factory=list)
    """Every notice that has gone out, oldest first."""
    lives: dict[ParcelId, CodeLife] = field(default_factory=dict)
    """How far the code of each parcel is used up, where it moved."""
    _sealed: dict[tuple[int, int], bytes | None] = field(default_factory=dict)

    def take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            match entry.body:
                case CodeIssued():
                    self._sealed[entry.epoch, entry.seq] = entry.notice
                case NoticeReleased(notice_seq=seq):
                    self._receive(self._sealed.get((entry.epoch, seq)))
                case CodeMoved(parcel=parcel, life=life):
                    self.lives[parcel] = life
                case _:
                    pass

    def _receive(self, notice: bytes | None) -> None:
        if notice:
            self.notices.append(open_notice(NOTICE_SECRET, notice))


def notices(database: Database, among: int = EVERYTHING) -> list[Content]:
    """Every notice that has gone out, oldest first; of a long record, among its newest entries."""
    phones = Phones()
    phones.take(newest_entries(database, among))
    return phones.notices


def code_for(database: Database, tracking_number: str, among: int = EVERYTHING) -> str:
    """The code in the newest notice about this parcel. Raises NoNoticeError."""
    for notice in reversed(notices(database, among)):
        if notice["tracking_number"] == tracking_number:
            return str(notice["code"])
    message = f"no notice about {tracking_number} has gone out"
    raise NoNoticeError(message)
