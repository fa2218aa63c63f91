"""What the bench tells of frames, entries, notices and the steps of its short guide, as rows for the page.

Holds the wording, by way of the words that the story in the terminal uses too. It must not know the feed nor HTTP.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, assert_never

from drivers.boards.base import Contacts
from hardware_sim.boards import SimBoard
from hardware_sim.phone import Content, Phones
from hardware_sim.station import Station
from hardware_sim.story_words import entry_words
from hardware_sim.wire import Speaker
from kiosk.config import Site
from kiosk.core import entries as e
from kiosk.core.entries import NAMES, CodeLife, Entry
from kiosk.core.ids import BoardId, LineId

Row = dict[str, Any]
STEPS: Mapping[str, tuple[type[e.Body], ...]] = {
    "deliver": (e.ParcelStored,),
    "pick_up": (e.ParcelCollected,),
    "jam": (e.OpeningFailed,),
}
"""The steps of the guide, and the entries that show that one was done."""


class LineListener:
    """Both lines, as somebody tells them who listens. Only in the world's thread."""

    def __init__(self, site: Site) -> None:
        self._stations: dict[BoardId, Station] = {
            board.board: Station(board, site.layout) for board in site.machine.boards
        }

    def hear(self, line: LineId, who: SimBoard | Speaker, data: bytes) -> Row:
        """One frame. ``routine`` is a poll, or an answer to one that says nothing new."""
        row: Row = {
            "wall_ms": time.time_ns() // 1_000_000,
            "line": line,
            "hex": data.hex(" ").upper(),
            "routine": False,
        }
        match who:
            case Speaker.KIOSK:
                return row | self._request(line, data)
            case Speaker.NOISE:
                return row | {"way": "noise", "board": "", "words": "noise"}
            case SimBoard(board=board):
                return row | self._reply(self._stations[board], data)
            case _:
                assert_never(who)

    def _request(self, line: LineId, data: bytes) -> Row:
        for station in self._stations.values():
            if station.board.line == line and (request := station.request(data)) is not None:
                words = station.words.request(request)
                return {"way": "out", "board": station.board.board, "words": words, "routine": station.polls()}
        return {"way": "out", "board": "", "words": "no board on this line may be sent this"}

    def _reply(self, station: Station, data: bytes) -> Row:
        reply = station.reply(data)
        routine = isinstance(reply, Contacts) and reply == station.contacts
        if isinstance(reply, Contacts):
            station.contacts = reply
        told = reply if isinstance(reply, str) or station.asked is None else station.words.reply(station.asked, reply)
        return {"way": "in", "board": station.board.board, "words": told, "routine": routine}


def entry_row(entry: Entry) -> Row:
    """One entry in plain words, and as it is."""
    return {
        "epoch": entry.epoch,
        "seq": entry.seq,
        "wall_ms": entry.stamp.wall_ms,
        "event": f"{entry.stamp.boot}.{entry.stamp.event}",
        "kind": NAMES[type(entry.body)],
        "words": entry_words(entry.body),
        "raw": asdict(entry.body),
    }


def notice_rows(phones: Phones) -> list[Row]:
    """The notices on the phones, oldest first, with how far each code is used up."""
    return [_notice_row(number, notice, phones) for number, notice in enumerate(phones.notices)]


def _notice_row(number: int, notice: Content, phones: Phones) -> Row:
    life = phones.lives.get(notice["parcel"], CodeLife.LIVE)
    names = ("parcel", "code", "unit", "resident", "compartment", "column", "height_band", "carrier", "tracking_number")
    return {"number": number, "life": life.value} | {name: notice[name] for name in names}


def steps_done(done: Iterable[str], entries: Iterable[Entry]) -> list[str]:
    """The steps of the guide that are done, now that these entries were written as well."""
    written = tuple(entry.body for entry in entries)
    new = [step for step, kinds in STEPS.items() if any(isinstance(body, kinds) for body in written)]
    return [step for step in STEPS if step in {*done, *new}]
