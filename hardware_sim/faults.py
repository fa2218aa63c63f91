"""Faults of a bank as values: what can be wrong, and how it is brought about.

Holds data and its translation to the parts. It must not know when a fault begins or ends; `SimBank.mend` ends them all.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from hardware_sim.bank import SimBank
from hardware_sim.boards import SimBoard
from hardware_sim.damage import Damage
from hardware_sim.doors import SimDoor
from hardware_sim.quirks import (
    AnswersUnlocks,
    BusyAfterUnlock,
    CoolDown,
    OtherPulse,
    Quirk,
    RunsVersion,
    TellsChanges,
    WrongSpeed,
    with_quirk,
)
from hardware_sim.wire import Wire
from kiosk.core.events import Reading
from kiosk.core.ids import BoardId, CompartmentId, LineId

# --- locks, doors, contacts ---


@dataclass(frozen=True, slots=True)
class StuckLatch:
    """No pulse opens it."""

    compartment: CompartmentId


@dataclass(frozen=True, slots=True)
class StiffLatch:
    """It opens at this many pulses."""

    compartment: CompartmentId
    pulses: int = 2


@dataclass(frozen=True, slots=True)
class AutoRelock:
    """The contact opens and closes again after this, though the door never moved."""

    compartment: CompartmentId
    after_ms: int = 1_500


@dataclass(frozen=True, slots=True)
class Rebound:
    """Pushed shut, it springs open again within a second, this many times."""

    compartment: CompartmentId
    times: int = 1


@dataclass(frozen=True, slots=True)
class HeldOpen:
    """Something keeps the door from being shut."""

    compartment: CompartmentId


@dataclass(frozen=True, slots=True)
class PoppedOpen:
    """It opens now, and nobody asked for it."""

    compartment: CompartmentId


@dataclass(frozen=True, slots=True)
class SlamPops:
    """Whenever the one door is shut, the other springs open."""

    compartment: CompartmentId
    neighbour: CompartmentId


@dataclass(frozen=True, slots=True)
class StuckContact:
    """The contact says this whatever the door does."""

    compartment: CompartmentId
    reading: Reading = Reading.CLOSED


@dataclass(frozen=True, slots=True)
class BouncingContact:
    """Reed contacts chatter for about 200 ms."""

    compartment: CompartmentId
    gap_ms: tuple[int, int] = (5, 40)
    bounces: int = 5


@dataclass(frozen=True, slots=True)
class DisconnectedContact:
    """The contact's wire is broken: its input is as nothing pulls it, or as its own resistor does."""

    compartment: CompartmentId


ContactFault = StuckContact | BouncingContact | DisconnectedContact
DoorFault = StuckLatch | StiffLatch | AutoRelock | Rebound | HeldOpen | PoppedOpen | SlamPops | ContactFault


@dataclass(frozen=True, slots=True)
class WrongDoor:
    """The locks of two compartments hang on each other's outputs."""

    compartment: CompartmentId
    other: CompartmentId


# --- boards ---


@dataclass(frozen=True, slots=True)
class SilentBoard:
    """It obeys and says nothing."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class DeadBoard:
    """It neither obeys nor says anything."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class LateBoard:
    """It answers after this; behind the time-out, that is in the middle of the next exchange."""

    board: BoardId
    delay_ms: int = 1_100


@dataclass(frozen=True, slots=True)
class RefusingBoard:
    """It does not obey unlocks: it answers them with this code, or with silence if its family has none.

    None is the code that its family usually refuses with.
    """

    board: BoardId
    code: int | None = None


@dataclass(frozen=True, slots=True)
class BrownOut:
    """Each lock that it energises pulls its own supply down."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class Sag:
    """Each lock that it energises pulls down the supply of every board."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class FiresAtPowerOn:
    """All its locks pulse when its supply returns."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """It was swapped for one that is set to another address."""

    board: BoardId
    address: int = 9


@dataclass(frozen=True, slots=True)
class OtherPolarity:
    """It was swapped for one whose contacts have the other sense."""

    board: BoardId


@dataclass(frozen=True, slots=True)
class InputMode:
    """Its inputs switch its outputs by themselves."""

    board: BoardId
    mode: int = 1


BoardFault = (
    SilentBoard
    | DeadBoard
    | LateBoard
    | RefusingBoard
    | BrownOut
    | Sag
    | FiresAtPowerOn
    | OtherAddress
    | OtherPolarity
    | InputMode
)

# --- lines ---


@dataclass(frozen=True, slots=True)
class Echo:
    """The adapter returns what it sends, perhaps damaged."""

    line: LineId
    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class DamagedReplies:
    line: LineId
    damage: Damage


@dataclass(frozen=True, slots=True)
class DamagedRequests:
    line: LineId
    damage: Damage


@dataclass(frozen=True, slots=True)
class Noise:
    """These bytes are on the line now."""

    line: LineId
    data: bytes


@dataclass(frozen=True, slots=True)
class Unplugged:
    """The adapter is pulled out of the kiosk."""

    line: LineId


LineFault = Echo | DamagedReplies | DamagedRequests | Noise | Unplugged


@dataclass(frozen=True, slots=True)
class UnpluggedChip:
    """The GPIO chip is pulled out of the kiosk."""

    chip: BoardId


@dataclass(frozen=True, slots=True)
class PowerLost:
    """The supply of every board fails."""


Fault = DoorFault | WrongDoor | BoardFault | Quirk | LineFault | UnpluggedChip | PowerLost


def apply(bank: SimBank, fault: Fault) -> None:
    """Bring it about now. KeyError if the bank has no such compartment, board or line."""
    match fault:
        case WrongDoor(compartment, other):
            bank.swap_locks(compartment, other)
        case PowerLost():
            bank.lose_power()
        case UnpluggedChip(chip):
            bank.chips[chip].unplug()
        case SlamPops(compartment, neighbour):
            bank.door(compartment).neighbour = bank.door(neighbour)
        case Echo() | DamagedReplies() | DamagedRequests() | Noise() | Unplugged():
            _apply_to_line(bank.wires[fault.line], fault)
        case OtherAddress() | OtherPolarity() | InputMode():
            _apply_to_firmware(bank.boards[fault.board], fault)
        case SilentBoard() | DeadBoard() | LateBoard() | RefusingBoard() | BrownOut() | Sag() | FiresAtPowerOn():
            _apply_to_board(bank, fault)
        case (
            BusyAfterUnlock()
            | AnswersUnlocks()
            | CoolDown()
            | OtherPulse()
            | TellsChanges()
            | RunsVersion()
            | WrongSpeed()
        ):
            board = bank.boards[fault.board]
            board.quirks = with_quirk(board.quirks, fault)
        case PoppedOpen(compartment):
            bank.door(compartment).pop_open()
        case _:
            _apply_to_door(bank.door(fault.compartment), fault)


def _apply_to_door(
    door: SimDoor, fault: StuckLatch | StiffLatch | AutoRelock | Rebound | HeldOpen | ContactFault
) -> None:
    match fault:
        case StuckLatch():
            door.faults = replace(door.faults, opens_at_pulse=None)
        case StiffLatch(pulses=pulses):
            door.faults = replace(door.faults, opens_at_pulse=pulses)
        case AutoRelock(after_ms=after_ms):
            door.faults = replace(door.faults, relocks_after_us=after_ms * 1000)
        case Rebound(times=times):
            door.faults = replace(door.faults, rebounds=times)
        case HeldOpen():
            door.faults = replace(door.faults, held=True)
        case StuckContact(reading=reading):
            door.faults = replace(door.faults, contact=reading)
        case BouncingContact(gap_ms=(shortest, longest), bounces=bounces):
            gap_us = shortest * 1000, longest * 1000
            door.faults = replace(door.faults, bounce_gap_us=gap_us, bounces=(bounces, bounces))
        case DisconnectedContact():
            door.faults = replace(door.faults, disconnected=True)
        case _:
            assert_never(fault)


def _apply_to_board(
    bank: SimBank, fault: SilentBoard | DeadBoard | LateBoard | RefusingBoard | BrownOut | Sag | FiresAtPowerOn
) -> None:
    board = bank.boards[fault.board]
    match fault:
        case SilentBoard():
            board.faults = replace(board.faults, silent=True)
        case DeadBoard():
            board.faults = replace(board.faults, deaf=True)
        case LateBoard(delay_ms=delay_ms):
            board.faults = replace(board.faults, delay_us=(delay_ms * 1000, delay_ms * 1000))
        case RefusingBoard(code=code):
            board.faults = replace(board.faults, refuses=(board.refusal or 0) if code is None else code)
        case BrownOut():
            board.faults = replace(board.faults, pulls_down=(board,))
        case Sag():
            board.faults = replace(board.faults, pulls_down=tuple(bank.boards.values()))
        case FiresAtPowerOn():
            board.faults = replace(board.faults, fires_at_power_on=True)
        case _:
            assert_never(fault)


def _apply_to_firmware(board: SimBoard, fault: OtherAddress | OtherPolarity | InputMode) -> None:
    match fault:
        case OtherAddress(address=address):
            board.settings = replace(board.settings, address=address)
        case OtherPolarity():
            board.settings = replace(board.settings, closed_level=1 - board.settings.closed_level)
        case InputMode(mode=mode):
            board.modes = (mode,) * len(board.modes)
        case _:
            assert_never(fault)


def _apply_to_line(wire: Wire, fault: LineFault) -> None:
    match fault:
        case Echo(damage=damage):
            wire.faults = replace(wire.faults, echo=True, echoes=damage)
        case DamagedReplies(damage=damage):
            wire.faults = replace(wire.faults, replies=damage)
        case DamagedRequests(damage=damage):
            wire.faults = replace(wire.faults, requests=damage)
        case Noise(data=data):
            wire.noise(data)
        case Unplugged():
            wire.unplug()
        case _:
            assert_never(fault)
