"""What a board does on commands that the kiosk must never send: a real one obeys, so the simulated one does.

Holds one table. It must not know frames or boards.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial

from drivers.boards.base import Forbidden
from hardware_sim.outputs import SimOutputs
from hardware_sim.quirks import BOARD_PULSE_MS

IN_TURN_US = 350_000
"""From one lock to the next when a board opens several one after the other."""


def obey(outputs: SimOutputs, request: Forbidden) -> None:
    """Do what the command does to the outputs; any that is not in the table moves no lock."""
    if request.name in OBEYED:
        OBEYED[request.name](outputs, request.channels or outputs.all_channels(), request.value)


def _pulse(outputs: SimOutputs, channels: Collection[int], _value: int) -> None:
    outputs.energise(channels, BOARD_PULSE_MS * 1000)


def _pulse_for_seconds(outputs: SimOutputs, channels: Collection[int], seconds: int) -> None:
    outputs.energise(channels, seconds * 1_000_000)


def _pulse_for_ms(outputs: SimOutputs, channels: Collection[int], value_ms: int) -> None:
    outputs.energise(channels, value_ms * 1000)


def _pulse_in_turn(outputs: SimOutputs, channels: Collection[int], _value: int) -> None:
    """Each lock begins when the one before it has ended; a client allows for this much."""
    for at, channel in enumerate(channels):
        outputs.world.after(at * IN_TURN_US, partial(outputs.energise, [channel], BOARD_PULSE_MS * 1000))


def _hold(outputs: SimOutputs, channels: Collection[int], _value: int) -> None:
    outputs.energise(channels, None)


def _let_go(outputs: SimOutputs, channels: Collection[int], _value: int) -> None:
    outputs.release(channels)


def _toggle(outputs: SimOutputs, channels: Collection[int], _value: int) -> None:
    outputs.toggle(channels)


OBEYED: Mapping[str, Callable[[SimOutputs, Collection[int], int], None]] = {
    "open_all": _pulse,
    "open_many": _pulse,
    "open_sequence": _pulse_in_turn,
    "flash": _pulse,
    "open_timed": _pulse_for_seconds,
    "flash_on": _pulse_for_ms,
    "flash_off": _hold,  # off for a while, then on for good
    "hold_on": _hold,
    "hold_off": _let_go,
    "relay_on": _hold,
    "relay_off": _let_go,
    "relay_toggle": _toggle,
    "all_on": _hold,
    "all_toggle": _toggle,
}
"""No channel named is all of them."""
