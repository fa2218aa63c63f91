"""A site whose locks hang on boards of other families than it was written for: one family, or several mixed.

Holds which board gets which lock. It must not know what a board does.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from drivers.boards import BOARDS
from kiosk.config import Board, Site
from kiosk.config.families import FAMILIES
from kiosk.core.ids import BoardId, LineId
from kiosk.core.layout import Contact, Output

MOST_LOCKS = 16
"""On one board; fewer where the family's boards have fewer inputs or outputs."""


def on_families(site: Site, families: Sequence[str]) -> Site:
    """The site with its locks dealt out to boards of these families in turn, and each contact beside its lock.

    Boards are called by family and number, such as wkly-1. They hang on the site's lines in turn.
    """
    lines = site.machine.lines
    boards: dict[BoardId, Board] = {}
    places = []
    for at, place in enumerate(site.layout.places):
        board = _board_with_room(boards, families[at % len(families)], lines[len(boards) % len(lines)].line)
        channel = board.channels + 1
        inputs = channel if FAMILIES[board.family].most_inputs else 0
        boards[board.board] = replace(board, channels=channel, inputs=inputs)
        contact = Contact(board.contacts, board.board, channel)
        places.append(replace(place, output=Output(board.board, channel), contact=contact))
    machine = replace(site.machine, boards=tuple(boards.values()))
    return replace(site, machine=machine, layout=replace(site.layout, places=tuple(places)))


def _board_with_room(boards: dict[BoardId, Board], family: str, line: LineId) -> Board:
    """The first board of the family that takes one more lock; a new one, still without locks, if none does."""
    limits = FAMILIES[family]
    room = min(MOST_LOCKS, limits.most_channels, limits.most_inputs or MOST_LOCKS)
    names = (BoardId(f"{family}-{number}") for number in count(1))
    name = next(each for each in names if each not in boards or boards[each].channels < room)
    address = 1 + sum(1 for board in boards.values() if board.line == line)
    new = Board(name, line, family, address, 0, limits.contacts)
    return boards.get(name) or replace(new, closed_level=BOARDS[family].abilities.closed_level)


def with_item_sensors(site: Site) -> Site:
    """The site with an item sensor in each compartment whose board can tell what it sees."""
    able = {board.board for board in site.machine.boards if FAMILIES[board.family].item_sensors}
    places = (replace(place, item_sensor=place.contact.board in able) for place in site.layout.places)
    return replace(site, layout=replace(site.layout, places=tuple(places)))
