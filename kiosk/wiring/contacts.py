"""GPIO contacts: what a settings file says of chips and a layout of their pins, as the driver takes it.

Holds the translation, and the only place where gpiozero and gpiod are asked for: a kiosk without GPIO chips never
imports them. It must not open a chip.
"""

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.config import Chip, Machine
from kiosk.core.layout import ContactSource, Layout

if TYPE_CHECKING:
    from drivers.edge import Inbox
    from drivers.gpio.contacts import ChipSetup, PinFactory
    from drivers.gpio.thread import ContactThread, OpenChip


def chip_setups(machine: Machine, layout: Layout) -> "tuple[ChipSetup, ...]":
    """Every chip on which the layout has a contact."""
    setups = (_setup(chip, layout) for chip in machine.chips if _pins(chip, layout))
    return tuple(setups)


def _pins(chip: Chip, layout: Layout) -> tuple[int, ...]:
    contacts = (place.contact for place in layout.places)
    here = (c for c in contacts if c.source is ContactSource.GPIO and c.board == chip.chip)
    return tuple(sorted(contact.channel for contact in here))


def _setup(chip: Chip, layout: Layout) -> "ChipSetup":
    from drivers.gpio.contacts import ChipSetup, Pull  # noqa: PLC0415 - gpiozero takes 90 ms

    return ChipSetup(
        chip.chip, chip.device, _pins(chip, layout), chip.closed_level, Pull(chip.pull), chip.inverted_pins
    )


def contact_threads(
    machine: Machine, layout: Layout, open_chip: "OpenChip", inbox: "Inbox", now_us: Callable[[], int]
) -> "tuple[ContactThread, ...]":
    """One thread for each such chip."""
    setups = chip_setups(machine, layout)
    if not setups:
        return ()
    from drivers.gpio.thread import ContactThread  # noqa: PLC0415 - see `_setup`

    return tuple(ContactThread(setup, open_chip, inbox, now_us) for setup in setups)


def open_gpiod(device: str) -> "PinFactory":
    """The chip as the kernel has it. Raises OSError, and one too where gpiod is not installed."""
    try:
        from drivers.gpio.gpiod_factory import open_chip  # noqa: PLC0415 - see `_setup`
    except ImportError as error:
        raise OSError(errno.ENOPKG, f"{error.name} is not installed; ./run setup installs it", device) from error
    return open_chip(device)
