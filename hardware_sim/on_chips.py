"""A site whose door contacts hang on GPIO chips: on the computer's header, on an expander, or mixed with all others.

Holds which contact hangs where. It must not know what a chip does.
"""

from collections.abc import Mapping
from dataclasses import replace

from kiosk.config import Chip, Site
from kiosk.core.ids import BoardId, CompartmentId
from kiosk.core.layout import Contact, ContactSource

HEADER = Chip(BoardId("header"), "pinctrl-bcm2711", closed_level=0, pull="up", inverted_pins=frozenset({6}))
"""Contacts to ground that a shut door closes; the one on pin 6 is opened by it."""
EXPANDER = Chip(BoardId("expander"), "mcp23017", closed_level=1, pull="none")
"""Contacts with resistors of their own; the chip has no interrupt line, so it is polled."""
ON_HEADER = tuple(Contact(ContactSource.GPIO, HEADER.chip, pin) for pin in (4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17))
ON_EXPANDER = tuple(Contact(ContactSource.GPIO, EXPANDER.chip, pin) for pin in range(4, 16))
UNSEEN = Contact(ContactSource.NONE)


def on_chips(site: Site) -> Site:
    """The site with its contacts in turn on the header and on the expander, as far as there are pins."""
    names = _names(site)
    return _with_contacts(
        site, dict(zip(names[0::2], ON_HEADER, strict=False)) | dict(zip(names[1::2], ON_EXPANDER, strict=False))
    )


def mixed(site: Site) -> Site:
    """The site with every kind of contact: in turn on the header, on the expander, none, and as it is written."""
    names = _names(site)
    on_pins = dict(zip(names[0::4], ON_HEADER, strict=False)) | dict(zip(names[1::4], ON_EXPANDER, strict=False))
    return _with_contacts(site, on_pins | dict.fromkeys(names[2::4], UNSEEN))


def _names(site: Site) -> list[CompartmentId]:
    return [place.compartment for place in site.layout.places]


def _with_contacts(site: Site, contacts: Mapping[CompartmentId, Contact]) -> Site:
    """Both chips, and these contacts; the others stay where they are."""
    places = tuple(replace(p, contact=contacts.get(p.compartment, p.contact)) for p in site.layout.places)
    machine = replace(site.machine, chips=(HEADER, EXPANDER))
    return replace(site, machine=machine, layout=replace(site.layout, places=places))
