"""The whole simulated bank as a layout and a machine describe it: doors, boards, lines and the supply of the locks.

Holds how they hang together, and the look-ups by compartment. It must not know the kiosk's state, nor who opens a door.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from drivers.boards import BOARDS
from hardware_sim.boards import SimBoard
from hardware_sim.doors import DoorFaults, SimDoor
from hardware_sim.outputs import SimOutputs
from hardware_sim.supply import Supply
from hardware_sim.wire import Wire, WireFaults
from hardware_sim.world import World
from kiosk.config.machine import Board, Machine
from kiosk.core.ids import BoardId, CompartmentId, LineId
from kiosk.core.layout import ContactSource, Layout, Output, Place
from kiosk.wiring.lines import board_settings

if TYPE_CHECKING:
    from hardware_sim.chips import SimChip

REFUSALS: Mapping[str, int] = {"waveshare": 2, "wkly": 0xFF, "winnsen": 0}
"""With which code each family says no to what it cannot do; the others stay silent.

Modbus has one for a register that is not there; the other two only know that it failed.
"""


class SimBank:
    """A bank whose doors are all shut and whose parts are all sound."""

    def __init__(self, world: World, layout: Layout, machine: Machine) -> None:
        self.world = world
        self.layout = layout
        self.supply = Supply(world)
        self.doors: Mapping[CompartmentId, SimDoor] = {
            place.compartment: SimDoor(world, place.compartment) for place in layout.places
        }
        self.boards: Mapping[BoardId, SimBoard] = {board.board: self._built(board) for board in machine.boards}
        self.wires: Mapping[LineId, Wire] = {
            line.line: Wire(world, line.line, line.baud, self._on_line(machine.boards, line.line))
            for line in machine.lines
        }
        self.chips: Mapping[BoardId, SimChip] = self._built_chips(machine)
        self._wire_of = {board.board: self.wires[board.line] for board in machine.boards}
        self.connect()

    def _built(self, board: Board) -> SimBoard:
        outputs = SimOutputs(self.world, board.board, board.channels, self.supply)
        inputs = board.channels if board.contacts is ContactSource.BOARD_FEEDBACK else board.inputs
        refusal = REFUSALS.get(board.family)
        settings = board_settings(board)
        return SimBoard(self.world, board.board, BOARDS[board.family], settings, outputs, inputs, refusal)

    def _built_chips(self, machine: Machine) -> "Mapping[BoardId, SimChip]":
        if not machine.chips:
            return {}
        from hardware_sim.chips import SimChip  # noqa: PLC0415 - gpiozero takes 90 ms

        return {chip.chip: SimChip(self.world, chip) for chip in machine.chips}

    def _on_line(self, boards: Iterable[Board], line: LineId) -> list[SimBoard]:
        return [self.boards[board.board] for board in boards if board.line == line]

    def connect(self) -> None:
        """Wire every lock and contact as the layout says; what is wired like that already goes on undisturbed."""
        for place in self.layout.places:
            door, outputs = self.doors[place.compartment], self.boards[place.output.board].outputs
            if outputs.doors.get(place.output.channel) is not door:
                outputs.rewire(place.output.channel, door)
            if place.contact.board in self.boards:
                self._wire_contact(self.boards[place.contact.board], place.contact.channel, door)
            elif place.contact.board in self.chips:
                self.chips[place.contact.board].wire(place.contact.channel, door)

    def _wire_contact(self, board: SimBoard, channel: int, door: SimDoor) -> None:
        if board.contacts.get(channel) is not door:
            board.contacts[channel] = door
            door.watchers.append(partial(board.door_moved, channel))

    # Look-ups; KeyError for what the bank does not have

    def place(self, compartment: CompartmentId) -> Place:
        return self.layout.place(compartment)

    def door(self, compartment: CompartmentId) -> SimDoor:
        return self.doors[compartment]

    def board_of(self, compartment: CompartmentId) -> SimBoard:
        """The board that drives the compartment's lock."""
        return self.boards[self.place(compartment).output.board]

    def wire_of(self, compartment: CompartmentId) -> Wire:
        """The line of the board that drives the compartment's lock."""
        return self._wire_of[self.place(compartment).output.board]

    def pulses(self, compartment: CompartmentId) -> int:
        """How often the compartment's own output was energised, whichever lock hangs on it."""
        return self.supply.use(self.place(compartment).output).pulses

    def open_doors(self) -> list[CompartmentId]:
        """What is open in fact, whatever any contact says."""
        return [door.compartment for door in self.doors.values() if door.is_open]

    # Faults of the whole

    def swap_locks(self, one: CompartmentId, other: CompartmentId) -> None:
        """Swap the wires of two locks; their contacts stay where they are."""
        outputs: list[Output] = [self.place(one).output, self.place(other).output]
        for output, compartment in zip(outputs, (other, one), strict=True):
            self.boards[output.board].outputs.rewire(output.channel, self.doors[compartment])

    def lose_power(self) -> None:
        """The supply of all boards fails; doors stay as they are."""
        for board in self.boards.values():
            board.lose_power()

    def regain_power(self) -> None:
        for board in self.boards.values():
            board.regain_power()

    def mend(self) -> None:
        """Every fault ends: wires as in the layout, boards powered, adapters plugged in. Doors stay as they are."""
        self.connect()
        for door in self.doors.values():
            door.faults = DoorFaults()
            door.neighbour = None
        for board in self.boards.values():
            board.mend()
        for wire in self.wires.values():
            wire.faults = WireFaults()
            wire.plug_in()
        for chip in self.chips.values():
            chip.plug_in()
