"""A small bank on the bench: its layout and machine, and real line masters on its simulated lines.

Holds what the sentences of this folder share. It must not look inside frames: the kiosk's end sees bytes only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.bank import LineMaster
from drivers.boards import BOARDS
from hardware_sim.bank import SimBank
from hardware_sim.boards import SimBoard
from hardware_sim.doors import SimDoor
from hardware_sim.memory_line import MemoryLine
from hardware_sim.wire import Wire
from hardware_sim.world import World
from kiosk.config.machine import Board, ClockTrust, Files, Identity, Line, Machine, Secrets
from kiosk.core.effects import PollDoors, Pulse
from kiosk.core.events import ContactsRead, Event, LineReady, PulseAnswer, PulseAnswered, Reading
from kiosk.core.ids import BoardId, CompartmentId, KioskId, LineId, SizeName
from kiosk.core.layout import Contact, ContactSource, Layout, Output, Place, Size
from kiosk.core.policy import PulseMs
from kiosk.wiring.lines import line_setups

SECOND_US = 1_000_000
LINE = LineId("bus")
LOCKS = BoardId("locks")
"""A lock board, of family shuoming if nobody says otherwise; compartments A1 to A4."""
RELAYS = BoardId("relays")
"""Of family waveshare, with inputs; compartments B1 to B4."""
A1, A2, A3, B1, B2, B3 = map(CompartmentId, ("A1", "A2", "A3", "B1", "B2", "B3"))
SMALL = Size(SizeName("S"), 110, 420, 550)

LOCK_FAMILIES = ("shuoming", "wkly", "kerong", "winnsen")
WAVESHARE = Board(RELAYS, LINE, "waveshare", address=2, channels=8, contacts=ContactSource.BOARD_INPUT, inputs=8)


def lock_board(family: str) -> Board:
    """Board 1 on the line, with the family's usual sense and as many channels as its boards have, at most 24."""
    abilities = BOARDS[family].abilities
    channels, closed_level = min(24, abilities.max_channel), abilities.closed_level
    return Board(LOCKS, LINE, family, 1, channels, ContactSource.BOARD_FEEDBACK, closed_level=closed_level)


SHUOMING = lock_board("shuoming")


def layout() -> Layout:
    columns = (("A", LOCKS, ContactSource.BOARD_FEEDBACK), ("B", RELAYS, ContactSource.BOARD_INPUT))
    places = [
        Place(
            compartment=CompartmentId(f"{letter}{row}"),
            size=SMALL.name,
            column=column,
            row=row,
            left_mm=450 * (column - 1),
            bottom_mm=1500 - 130 * row,
            width_mm=450,
            height_mm=130,
            output=Output(board, row),
            contact=Contact(source, board, row),
        )
        for column, (letter, board, source) in enumerate(columns, start=1)
        for row in range(1, 5)
    ]
    return Layout(1, (SMALL,), tuple(places))


def machine(*boards: Board, baud: int = 9600) -> Machine:
    return Machine(
        identity=Identity(KioskId("bench"), "Bench", Path("data")),
        lines=(Line(LINE, "/dev/null", baud, reply_timeout_ms=200),),
        boards=boards,
        scanners=(),
        secrets=Secrets(),
        files=Files(Path("layout"), Path("policy"), Path("directory")),
        clock_trust=ClockTrust.ALWAYS,
    )


class Listener:
    """A port of a test's own: what comes in, and nothing else."""

    def __init__(self) -> None:
        self.heard = b""

    def receive(self, data: bytes) -> None:
        self.heard += data

    def unplugged(self) -> None:
        """What it heard, it heard."""

    def plugged_in(self) -> None:
        """It listens on."""


@dataclass(frozen=True, slots=True)
class Happened:
    when_us: int
    event: Event


class Bench:
    """One bank with a lock board and a relay board on one line, and the kiosk's end of that line, up and running."""

    lock_family = "shuoming"
    """Of the lock board, where a sentence does not name it."""

    def __init__(self, seed: int = 0, baud: int = 9600, lock_family: str = "") -> None:
        self.world = World(seed, now_us=SECOND_US)
        self.machine = machine(lock_board(lock_family or self.lock_family), WAVESHARE, baud=baud)
        self.bank = SimBank(self.world, layout(), self.machine)
        self.happened: list[Happened] = []
        self.seq = 0
        self.line = self.new_line()

    def new_line(self) -> MemoryLine:
        """The kiosk's end of the line, as a process that starts would take it."""
        return MemoryLine(self.wire, LineMaster(line_setups(self.machine)[LINE]), self._note)

    def ready(self, poll_ms: int = 100) -> "Bench":
        """Start, wait until the line is ready, poll both boards, forget what happened so far."""
        self.line.start()
        self.run_until(lambda: LineReady(LINE) in self.events)
        for board in self.bank.boards:
            self.line.send(PollDoors(board, poll_ms))
        self.happened.clear()
        return self

    @property
    def wire(self) -> Wire:
        return self.bank.wires[LINE]

    @property
    def locks(self) -> SimBoard:
        return self.bank.boards[LOCKS]

    @property
    def relays(self) -> SimBoard:
        return self.bank.boards[RELAYS]

    def door(self, compartment: CompartmentId) -> SimDoor:
        return self.bank.door(compartment)

    @property
    def events(self) -> list[Event]:
        return [happened.event for happened in self.happened]

    def pulse(self, compartment: CompartmentId, pulse_ms: int = 300) -> int:
        """Send one pulse; its intent's number."""
        self.seq += 1
        output = self.bank.place(compartment).output
        not_after_ms = self.world.now_us // 1000 + 2000
        self.line.send(Pulse(self.seq, compartment, output, PulseMs(pulse_ms), not_after_ms))
        return self.seq

    def answer_to(self, seq: int, within_us: int = 3 * SECOND_US) -> PulseAnswer:
        """What the line said of a pulse in the end."""
        self.run_until(lambda: any(seq == answered.intent_seq for answered in self.answers()), within_us)
        return next(answered.answer for answered in self.answers() if answered.intent_seq == seq)

    def answers(self) -> list[PulseAnswered]:
        return [event for event in self.events if isinstance(event, PulseAnswered)]

    def opened(self, compartment: CompartmentId) -> "Bench":
        """Pulse the lock and let the door open."""
        self.pulse(compartment)
        self.run_until(lambda: self.door(compartment).is_open)
        return self

    def ask(self, frame: bytes) -> bytes:
        """Take the line from the kiosk, say this, and hear what comes back within a second."""
        self.line.kill()
        self.run_for(SECOND_US)
        self.wire.port = listener = Listener()
        self.wire.transmit(frame)
        self.run_for(SECOND_US)
        return listener.heard

    def run_for(self, duration_us: int) -> None:
        self.world.run_for(duration_us)

    def run_until(self, condition: Callable[[], bool], within_us: int = 20 * SECOND_US) -> None:
        end_us = self.world.now_us + within_us
        while not condition():
            assert self.world.now_us < end_us, f"it never happened; the last events: {self.events[-5:]}"
            assert self.world.step(), "nothing is planned any more"

    def readings(self, compartment: CompartmentId) -> list[Reading]:
        """Every reading of the compartment's contact that reached the kiosk, in order."""
        return [reading for _, reading in self.timed_readings(compartment)]

    def timed_readings(self, compartment: CompartmentId) -> list[tuple[int, Reading]]:
        contact = self.bank.place(compartment).contact
        return [
            (happened.when_us, happened.event.readings[contact.channel])
            for happened in self.happened
            if isinstance(happened.event, ContactsRead) and happened.event.board == contact.board
        ]

    def next_reading(self, compartment: CompartmentId) -> Reading:
        """What the kiosk reads next of the compartment's contact."""
        known = len(self.readings(compartment))
        self.run_until(lambda: len(self.readings(compartment)) > known)
        return self.readings(compartment)[-1]

    def _note(self, event: Event) -> None:
        self.happened.append(Happened(self.world.now_us, event))
