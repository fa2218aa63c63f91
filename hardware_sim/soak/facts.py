"""The facts of a run: what was seen and recorded so far, for the invariants to look at.

Holds the ledger, the file as somebody else reads it, and which intent each frame belongs to. It must not know what
must hold.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drivers.boards.base import Unlock
from hardware_sim.boards import asked_in
from hardware_sim.soak.house import House
from hardware_sim.soak.ledger import Intent, Ledger
from kiosk.core import entries as e
from kiosk.core.entries import Entry, decode
from kiosk.core.ids import CompartmentId, LineId
from kiosk.core.layout import Output
from kiosk.core.notes import VerifierKey
from kiosk.core.policy import Policy
from storage.database import Database
from storage.queries import newest_entries

EVERYTHING = 1_000_000
ONE_BODY = "SELECT body FROM entries WHERE epoch = ? AND seq = ?"
"""Asked before each pulse and at each frame of one, so without building a query."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that energises a lock, at its first byte, with the intent that it can belong to."""

    at_ms: int
    compartment: CompartmentId
    intent: Intent | None


class Log(logging.Handler):
    """Everything that was logged, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Facts:
    """What one card's kiosk did, from its first start on."""

    def __init__(self, house: House, file: Database, policy: Policy, verifier_key: VerifierKey) -> None:
        """``file`` is the record as somebody else reads it: only what is committed; ``verifier_key`` is whose signature
        its checkpoints bear.
        """
        self.house = house
        self.file = file
        self.policy = policy
        self.verifier_key = verifier_key
        self.ledger = Ledger()
        self.committed: list[Entry] = []
        self.stored: Sequence[Entry] = ()
        """Every entry in the file when it was looked at last."""
        self.started_ms = 0
        """When this life of the kiosk began."""
        self.log = Log()
        self._newest: dict[CompartmentId, Intent] = {}
        self._used: set[int] = set()
        self._outputs = {place.output: place.compartment for place in house.bank.layout.places}

    def close(self) -> None:
        self.file.close()

    def take(self, entry: Entry) -> None:
        self.committed.append(entry)
        self.ledger.take(entry)
        if isinstance(entry.body, e.EpochStarted):  # the numbers of intents begin anew
            self._newest.clear()
            self._used.clear()
        if isinstance(entry.body, e.UnlockRequested):
            name = entry.body.compartment
            self._newest[name] = Intent(entry.seq, entry.stamp.mono_ms, name)

    def read_record(self) -> None:
        """Look at the file again; what it says is deleted is not looked for any more."""
        self.stored = newest_entries(self.file, EVERYTHING)
        gone = [entry.body.up_to for entry in self.stored if isinstance(entry.body, e.EpochsDeleted)]
        self.committed = [entry for entry in self.committed if not gone or entry.epoch > max(gone)]

    def intent_on_disk(self, seq: int, name: CompartmentId) -> bool:
        with self.file.reader.begin() as connection:
            row = connection.exec_driver_sql(ONE_BODY, (self.ledger.epoch, seq)).one_or_none()
        body = None if row is None else decode(row[0]).body
        return isinstance(body, e.UnlockRequested) and body.compartment == name

    def clear_text(self) -> Iterator[bytes]:
        """Everything that lies about on the card, and what was logged."""
        for path in sorted(self.file.path.parent.rglob("*")):
            if path.is_file():
                yield path.read_bytes()
        yield "\n".join(self.log.lines).encode()

    def frames(self, line: LineId, data: bytes) -> Iterator[Frame]:
        """The frame in what the kiosk said that energises a lock, if it is one."""
        for board in self.house.bank.wires[line].boards:
            decoded = asked_in(board.codec.abilities.family, data)
            if decoded is not None and decoded[0] == board.settings.address and isinstance(decoded[1], Unlock):
                yield self._frame(self._outputs[Output(board.board, decoded[1].channel)])

    def _frame(self, name: CompartmentId) -> Frame:
        """Each intent is good for one frame."""
        intent = self._newest.get(name)
        if intent is not None and intent.seq in self._used:
            intent = None
        if intent is not None:
            self._used.add(intent.seq)
        return Frame(self.house.bank.world.now_us // 1000, name, intent)
