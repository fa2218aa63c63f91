"""The names that command lines and fault plans call the faults of a bank by.

Holds one table. It must not know how a fault is brought about.
"""

from collections.abc import Callable, Mapping

from hardware_sim.bank import SimBank
from hardware_sim.damage import CutOff, FlippedBit, GarbageAfter, GarbageBefore, GarbageInstead
from hardware_sim.faults import (
    AutoRelock,
    BouncingContact,
    BrownOut,
    DamagedReplies,
    DamagedRequests,
    DeadBoard,
    Echo,
    Fault,
    FiresAtPowerOn,
    HeldOpen,
    InputMode,
    LateBoard,
    OtherAddress,
    OtherPolarity,
    PoppedOpen,
    PowerLost,
    Rebound,
    RefusingBoard,
    SilentBoard,
    SlamPops,
    StiffLatch,
    StuckContact,
    StuckLatch,
    Unplugged,
    WrongDoor,
)
from kiosk.core.events import Reading
from kiosk.core.ids import BoardId, CompartmentId, LineId


def named(bank: SimBank, name: str, compartment: CompartmentId) -> Fault:
    """The fault of that name that hits this compartment; KeyError if there is none of that name."""
    return NAMED[name](bank, compartment)


def _next_to(bank: SimBank, compartment: CompartmentId) -> CompartmentId:
    """The compartment below, or the one above the lowest: some other one of the bank, the same in every run."""
    labels = [place.compartment for place in bank.layout.places]
    at = labels.index(compartment)
    return labels[at + 1] if at + 1 < len(labels) else labels[at - 1]


def _board(bank: SimBank, compartment: CompartmentId) -> BoardId:
    return bank.board_of(compartment).board


def _line(bank: SimBank, compartment: CompartmentId) -> LineId:
    return bank.wire_of(compartment).line


NAMED: Mapping[str, Callable[[SimBank, CompartmentId], Fault]] = {
    "stuck-latch": lambda _, at: StuckLatch(at),
    "stiff-latch": lambda _, at: StiffLatch(at),
    "auto-relock": lambda _, at: AutoRelock(at),
    "rebound": lambda _, at: Rebound(at),
    "held-open": lambda _, at: HeldOpen(at),
    "popped-open": lambda _, at: PoppedOpen(at),
    "slam-pops-neighbour": lambda bank, at: SlamPops(at, _next_to(bank, at)),
    "stuck-contact": lambda _, at: StuckContact(at),
    "stuck-contact-open": lambda _, at: StuckContact(at, Reading.OPEN),
    "bouncing-contact": lambda _, at: BouncingContact(at),
    "wrong-door": lambda bank, at: WrongDoor(at, _next_to(bank, at)),
    "silent-board": lambda bank, at: SilentBoard(_board(bank, at)),
    "dead-board": lambda bank, at: DeadBoard(_board(bank, at)),
    "late-board": lambda bank, at: LateBoard(_board(bank, at)),
    "refusing-board": lambda bank, at: RefusingBoard(_board(bank, at)),
    "brown-out": lambda bank, at: BrownOut(_board(bank, at)),
    "fires-at-power-on": lambda bank, at: FiresAtPowerOn(_board(bank, at)),
    "other-address": lambda bank, at: OtherAddress(_board(bank, at)),
    "other-polarity": lambda bank, at: OtherPolarity(_board(bank, at)),
    "input-mode": lambda bank, at: InputMode(_board(bank, at)),
    "echo": lambda bank, at: Echo(_line(bank, at)),
    "damaged-echo": lambda bank, at: Echo(_line(bank, at), FlippedBit()),
    "garbage": lambda bank, at: DamagedReplies(_line(bank, at), GarbageInstead()),
    "garbage-before": lambda bank, at: DamagedReplies(_line(bank, at), GarbageBefore()),
    "garbage-after": lambda bank, at: DamagedReplies(_line(bank, at), GarbageAfter()),
    "flipped-bit": lambda bank, at: DamagedReplies(_line(bank, at), FlippedBit()),
    "cut-off": lambda bank, at: DamagedReplies(_line(bank, at), CutOff()),
    "damaged-requests": lambda bank, at: DamagedRequests(_line(bank, at), FlippedBit()),
    "unplugged": lambda bank, at: Unplugged(_line(bank, at)),
    "power-lost": lambda _bank, _at: PowerLost(),
}
