"""The names that fault plans, the bench and the table of faults call the faults of a bank and of its scanner by.

Holds tables of names. It must not know how a fault is brought about.
"""

from collections.abc import Callable, Mapping

from hardware_sim import faults, scanner_faults
from hardware_sim.bank import SimBank
from hardware_sim.damage import CutOff, FirstLost, FlippedBit, GarbageAfter, GarbageBefore, GarbageInstead
from hardware_sim.faults import (
    AutoRelock,
    BouncingContact,
    BrownOut,
    DamagedReplies,
    DamagedRequests,
    DeadBoard,
    DisconnectedContact,
    Echo,
    Fault,
    FiresAtPowerOn,
    HeldOpen,
    InputMode,
    LateBoard,
    Noise,
    OtherAddress,
    OtherPolarity,
    PoppedOpen,
    PowerLost,
    Rebound,
    RefusingBoard,
    Sag,
    SilentBoard,
    SlamPops,
    StiffLatch,
    StuckContact,
    StuckLatch,
    Unplugged,
    UnpluggedChip,
    WrongDoor,
)
from hardware_sim.quirks import (
    AnswersUnlocks,
    BusyAfterUnlock,
    CoolDown,
    OtherPulse,
    RunsVersion,
    TellsChanges,
    UnlockAnswer,
    WrongSpeed,
)
from hardware_sim.scanner import SimScanner
from hardware_sim.scanner_faults import CutScan, ScannerFault, ScannerFlood, ScannerUnplugged
from kiosk.core.events import Reading
from kiosk.core.ids import BoardId, CompartmentId, LineId

LONG_PULSE_MS = 5_000
"""Longer than any lock may be energised."""
NOISE = bytes.fromhex("FF 00 8A 01 01 00 FF")
"""The beginning of a frame among it."""


def named(bank: SimBank, name: str, compartment: CompartmentId) -> Fault:
    """The fault of the bank of that name that hits this compartment; KeyError if there is none of that name."""
    return (NAMED[name] if name in NAMED else ON_CHIPS[name])(bank, compartment)


def offered(bank: SimBank, compartment: CompartmentId) -> tuple[str, ...]:
    """The names of what can go wrong with this compartment and all that it needs. KeyError for an unknown one."""
    on_chip = bank.place(compartment).contact.board in bank.chips
    return (*NAMED, *(ON_CHIPS if on_chip else ()), *ON_SCANNERS)


def begin(bank: SimBank, scanner: SimScanner, name: str, compartment: CompartmentId) -> None:
    """Bring about what has this name, so that it shows. KeyError for a name that is not offered."""
    if name in ON_SCANNERS:
        scanner_faults.apply(scanner, ON_SCANNERS[name])
    else:
        faults.apply(bank, named(bank, name, compartment))
    if name in AT_POWER_ON:
        bank.lose_power()
        bank.regain_power()


def end(bank: SimBank, scanner: SimScanner) -> None:
    """Everything is mended."""
    bank.mend()
    scanner_faults.mend(scanner)


def _next_to(bank: SimBank, compartment: CompartmentId) -> CompartmentId:
    """The compartment below, or the one above the lowest: some other one of the bank, the same in every run."""
    labels = [place.compartment for place in bank.layout.places]
    at = labels.index(compartment)
    return labels[at + 1] if at + 1 < len(labels) else labels[at - 1]


def _board(bank: SimBank, compartment: CompartmentId) -> BoardId:
    return bank.board_of(compartment).board


def _line(bank: SimBank, compartment: CompartmentId) -> LineId:
    return bank.wire_of(compartment).line


MOMENTARY = frozenset({"popped-open", "noise", "scanner-flood", "cut-scan"})
"""Over as soon as they have happened; all others last until they are mended."""
AT_POWER_ON = frozenset({"fires-at-power-on"})
"""Nothing is seen of them before the supply fails for a moment."""
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
    "disconnected-contact": lambda _, at: DisconnectedContact(at),
    "wrong-door": lambda bank, at: WrongDoor(at, _next_to(bank, at)),
    "silent-board": lambda bank, at: SilentBoard(_board(bank, at)),
    "dead-board": lambda bank, at: DeadBoard(_board(bank, at)),
    "late-board": lambda bank, at: LateBoard(_board(bank, at)),
    "refusing-board": lambda bank, at: RefusingBoard(_board(bank, at)),
    "brown-out": lambda bank, at: BrownOut(_board(bank, at)),
    "sag": lambda bank, at: Sag(_board(bank, at)),
    "fires-at-power-on": lambda bank, at: FiresAtPowerOn(_board(bank, at)),
    "other-address": lambda bank, at: OtherAddress(_board(bank, at)),
    "other-polarity": lambda bank, at: OtherPolarity(_board(bank, at)),
    "input-mode": lambda bank, at: InputMode(_board(bank, at)),
    "busy-after-unlock": lambda bank, at: BusyAfterUnlock(_board(bank, at)),
    "unanswered-unlocks": lambda bank, at: AnswersUnlocks(_board(bank, at), UnlockAnswer.NEVER),
    "cool-down": lambda bank, at: CoolDown(_board(bank, at)),
    "long-pulse": lambda bank, at: OtherPulse(_board(bank, at), LONG_PULSE_MS),
    "other-version": lambda bank, at: RunsVersion(_board(bank, at)),
    "tells-changes": lambda bank, at: TellsChanges(_board(bank, at)),
    "wrong-speed": lambda bank, at: WrongSpeed(_board(bank, at)),
    "echo": lambda bank, at: Echo(_line(bank, at)),
    "damaged-echo": lambda bank, at: Echo(_line(bank, at), FlippedBit()),
    "garbage": lambda bank, at: DamagedReplies(_line(bank, at), GarbageInstead()),
    "garbage-before": lambda bank, at: DamagedReplies(_line(bank, at), GarbageBefore()),
    "garbage-after": lambda bank, at: DamagedReplies(_line(bank, at), GarbageAfter()),
    "flipped-bit": lambda bank, at: DamagedReplies(_line(bank, at), FlippedBit()),
    "cut-off": lambda bank, at: DamagedReplies(_line(bank, at), CutOff()),
    "first-lost": lambda bank, at: DamagedReplies(_line(bank, at), FirstLost()),
    "damaged-requests": lambda bank, at: DamagedRequests(_line(bank, at), FlippedBit()),
    "noise": lambda bank, at: Noise(_line(bank, at), NOISE),
    "unplugged": lambda bank, at: Unplugged(_line(bank, at)),
    "power-lost": lambda _bank, _at: PowerLost(),
}
"""Of locks, doors, boards, lines and the supply."""
ON_CHIPS: Mapping[str, Callable[[SimBank, CompartmentId], Fault]] = {
    "chip-lost": lambda bank, at: UnpluggedChip(bank.place(at).contact.board),
}
"""Of GPIO chips, where a contact hangs on one; what its contacts do is named above."""
ON_SCANNERS: Mapping[str, ScannerFault] = {
    "scanner-lost": ScannerUnplugged(),
    "scanner-flood": ScannerFlood(),
    "cut-scan": CutScan(),
}
