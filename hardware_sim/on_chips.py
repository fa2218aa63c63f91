"""A site whose door contacts hang on GPIO chips: on the computer's header, on an expander, or mixed with all others.

Holds which contact hangs where. It must not know what a chip does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kiosk.config import Chip, Site
from kiosk.core.ids import BoardId, CompartmentId
from kiosk.core.layout import Contact, ContactSource

HEADER = Chip(BoardId("header"), "pinctrl-bcm2711", closed_level=0, pull="up", inverted_pins=frozenset({6}))
"""Contacts to ground that a shut door closes; the one on pin 6 is opened by it."""
EXPANDER = Chip(BoardId("expander"), "mcp23017", closed_level=1, pull="none")
"""Contacts with resistors of their own; the chip has no interrupt line, so it is polled."""
CHIPS = (HEADER, EXPANDER)
PINS = {HEADER.chip: (4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17), EXPANDER.chip: tuple(range(4, 16))}
UNSEEN = Contact(ContactSource.NONE)


def on_chips(site: Site, chips: Sequence[Chip] = CHIPS) -> Site:
    """The site with its contacts in turn on these chips, as far as there are pins."""
    names = _names(site)
    dealt = [_contacts(names[at :: len(chips)], chip) for at, chip in enumerate(chips)]
    return _with(site, {name: contact for each in dealt for name, contact in each.items()})


def mixed(site: Site) -> Site:
    """The site with every kind of contact: in turn on the header, on the expander, none, and as it is written."""
    names = _names(site)
    on_pins = _contacts(names[0::4], HEADER) | _contacts(names[1::4], EXPANDER)
    return _with(site, on_pins | dict.fromkeys(names[2::4], UNSEEN))


def _names(site: Site) -> list[CompartmentId]:
    return [place.compartment for place in site.layout.places]


def _contacts(names: Sequence[CompartmentId], chip: Chip) -> dict[CompartmentId, Contact]:
    pins = (Contact(ContactSource.GPIO, chip.chip, pin) for pin in PINS[chip.chip])
    return dict(zip(names, pins, strict=False))


def _with(site: Site, contacts: Mapping[CompartmentId, Contact]) -> Site:
    """Both chips, and these contacts; the others stay where they are."""
    places = tuple(replace(p, contact=contacts.get(p.compartment, p.contact)) for p in site.layout.places)
    machine = replace(site.machine, chips=CHIPS)
    return replace(site, machine=machine, layout=replace(site.layout, places=places))
