"""What passes on a line, board by board, as a listener understands it: whom a request is for, and what a reply says.

Holds one listener's memory of one board. It must not know who is told, nor what of it is worth telling.
"""

from drivers.boards import BOARDS
from drivers.boards.base import BoardSettings, Codec, Contacts, Forbidden, Found, ReadAll, ReadSome, Reply, Request
from hardware_sim.story_words import BoardWords
from kiosk.config import Board
from kiosk.core.layout import Layout
from kiosk.wiring.lines import board_settings


class Station:
    """One board as a listener knows it: how to read its frames, and what its contacts said last."""

    def __init__(self, board: Board, layout: Layout) -> None:
        self.board = board
        self.codec: Codec = BOARDS[board.family]
        self.settings: BoardSettings = board_settings(board)
        self.words = _words_of(board, layout, self.codec)
        self.asked: Request | None = None
        self.contacts: Contacts | None = None

    def request(self, data: bytes) -> Request | None:
        """What the frame asks this board, from now on ``asked``; None if it is not for it, or never to be sent."""
        decoded = self.codec.decode_request(data)
        if decoded is None or decoded[0] != self.settings.address or isinstance(decoded[1], Forbidden):
            return None
        self.asked = decoded[1]
        return decoded[1]

    def polls(self) -> bool:
        """Whether what was asked was asked before and is told only if the answer is new."""
        return isinstance(self.asked, ReadAll | ReadSome) and self.contacts is not None

    def reply(self, data: bytes) -> Reply | str:
        """What the board's frame says, or why nobody can tell."""
        if self.asked is None:
            return "nobody asked"
        found = self.codec.search(self.settings, self.asked, data, quiet=True)
        return found.reply if isinstance(found, Found) else found.reason


def _words_of(board: Board, layout: Layout, codec: Codec) -> BoardWords:
    places = layout.places
    contacts = {p.contact.channel: p.compartment for p in places if p.contact.board == board.board}
    locks = {p.output.channel: p.compartment for p in places if p.output.board == board.board}
    return BoardWords(contacts, locks, codec.abilities.settable_pulse)
