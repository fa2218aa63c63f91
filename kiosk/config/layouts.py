"""The layout's two outer forms, a file for people and canonical bytes for the database; one reader checks both.

Holds what makes a bank possible: no compartment, lock output or contact twice. It must not know which boards there are.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from kiosk.config.chips import MOST_PIN
from kiosk.config.reader import ID, DocumentError, Fault, Table, Text
from kiosk.core.entries import canonical
from kiosk.core.ids import BoardId, CompartmentId, SizeName
from kiosk.core.layout import ACCESSIBLE_REACH_MM, Contact, ContactSource, Layout, Output, Place, Size

LABEL = Text(re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,5}"), "the label on the door, 1 to 6 letters, digits or '-',")
SIZE = Text(re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,11}"), "1 to 12 letters, digits, blanks or '-'")
LARGEST_MM = 3000
MOST_CHANNELS = 255


def read_layout(root: Table, version: int = 0) -> Layout:
    """The layout; to be used only if the table was sound in the end."""
    sizes = _sizes(root)
    places = _places(root, frozenset(size.name for size in sizes))
    root.end()
    return Layout(version, sizes, places)


def _sizes(root: Table) -> tuple[Size, ...]:
    found: list[Size] = []
    for table in root.tables("size", "name", required=True):
        name = SizeName(table.text("name", SIZE))
        height, width, depth = (table.number(key, 20, LARGEST_MM) for key in ("height_mm", "width_mm", "depth_mm"))
        size = Size(name, height, width, depth)
        if table.end() and name in {other.name for other in found}:
            table.refuse("name", f"{name!r} is there already; each size is allowed once")
        if table.sound and found and size.volume_mm3 <= found[-1].volume_mm3:
            table.refuse("", f"is not larger than {found[-1].name!r} before it; sizes stand from small to large")
        found.append(size)
    return tuple(found)


def _places(root: Table, sizes: frozenset[SizeName]) -> tuple[Place, ...]:
    found: list[Place] = []
    for table in root.tables("compartment", "label", required=True):
        place = _place(table, sizes)
        if table.end():
            _alone(table, place, found)
            found.append(place)
    return tuple(found)


def _place(table: Table, sizes: frozenset[SizeName]) -> Place:
    label, size = table.text("label", LABEL), SizeName(table.text("size", SIZE))
    if size and size not in sizes:
        table.refuse("size", f"one of {', '.join(sorted(sizes))} is allowed, not {size!r}")
    output = Output(BoardId(table.text("board", ID)), table.number("channel", 1, MOST_CHANNELS))
    place = Place(
        compartment=CompartmentId(label),
        size=size,
        column=table.number("column", 1, 99),
        row=table.number("row", 1, 99),
        left_mm=table.number("left_mm", 0, 100_000),
        bottom_mm=table.number("bottom_mm", 0, LARGEST_MM),
        width_mm=table.number("width_mm", 20, LARGEST_MM),
        height_mm=table.number("height_mm", 20, LARGEST_MM),
        output=output,
        contact=_contact(table, output),
        accessible=table.flag("accessible", default=False),
        item_sensor=table.flag("item_sensor", default=False),
    )
    if table.sound and place.item_sensor and place.contact.source is not ContactSource.BOARD_FEEDBACK:
        table.refuse("item_sensor", f"true is allowed where contact is {ContactSource.BOARD_FEEDBACK.value!r}")
    if table.sound and place.accessible and not place.within_reach:
        low, high = ACCESSIBLE_REACH_MM
        table.refuse("accessible", f"true is allowed for handles at {low} to {high} mm, not at {place.handle_mm}")
    return place


def _contact(table: Table, output: Output) -> Contact:
    """The source is never guessed; a feedback is that of the lock's own output unless another is named."""
    source = table.choice("contact", ContactSource)
    match source:
        case ContactSource.BOARD_FEEDBACK:
            board = table.text("contact_board", ID, output.board)
            return Contact(source, BoardId(board), table.number("contact_channel", 1, MOST_CHANNELS, output.channel))
        case ContactSource.BOARD_INPUT:
            board = table.text("contact_board", ID, output.board)
            return Contact(source, BoardId(board), table.number("contact_channel", 1, MOST_CHANNELS))
        case ContactSource.GPIO:
            chip = table.text("contact_chip", ID)
            return Contact(source, BoardId(chip), table.number("contact_pin", 0, MOST_PIN))
        case ContactSource.NONE:
            return Contact(source)


def _alone(table: Table, place: Place, others: list[Place]) -> None:
    """No two compartments share a label, a lock output, a contact, or a place in the bank."""
    for other in others:
        name, at = other.compartment, place.output
        if name.casefold() == place.compartment.casefold():
            table.refuse("label", f"{name!r} is there already; each label is allowed once")
        if other.output == at:
            channel = f"channel {at.channel} of board {at.board}"
            table.refuse("channel", f"{channel} is the lock of {name}; one compartment for each channel is allowed")
        if other.contact == place.contact and place.contact.source is not ContactSource.NONE:
            key = "contact_pin" if place.contact.source is ContactSource.GPIO else "contact_channel"
            table.refuse(key, f"this is the contact of {name}; one compartment for each contact is allowed")
        if (other.column, other.row) == (place.column, place.row):
            where = f"column {place.column}, row {place.row}"
            table.refuse("row", f"{where} is the place of {name}; one compartment for each place is allowed")


# --- stored form ---


def layout_to_json(layout: Layout) -> bytes:
    """Canonical bytes, without the version: the same for the same layout."""
    sizes, places = [asdict(size) for size in layout.sizes], [_place_data(place) for place in layout.places]
    return canonical({"size": sizes, "compartment": places})


def _place_data(place: Place) -> Mapping[str, Any]:
    contact: dict[str, Any] = {"contact": place.contact.source.value}
    match place.contact.source:
        case ContactSource.BOARD_FEEDBACK | ContactSource.BOARD_INPUT:
            contact |= {"contact_board": place.contact.board, "contact_channel": place.contact.channel}
        case ContactSource.GPIO:
            contact |= {"contact_chip": place.contact.board, "contact_pin": place.contact.channel}
        case ContactSource.NONE:
            pass
    return {
        "label": place.compartment,
        "size": place.size,
        "column": place.column,
        "row": place.row,
        "left_mm": place.left_mm,
        "bottom_mm": place.bottom_mm,
        "width_mm": place.width_mm,
        "height_mm": place.height_mm,
        "board": place.output.board,
        "channel": place.output.channel,
        "accessible": place.accessible,
        **({"item_sensor": True} if place.item_sensor else {}),
        **contact,
    }


def layout_from_json(body: bytes, version: int) -> Layout:
    """The layout in stored bytes. Raises DocumentError."""
    faults: list[Fault] = []
    layout = read_layout(Table(json_object(body, faults, "layout"), faults, "layout"), version)
    if faults:
        raise DocumentError(faults)
    return layout


def json_object(body: bytes, faults: list[Fault], file: str) -> Mapping[str, object]:
    """The object in stored bytes; an empty one, and a fault, if there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    faults.append(Fault(file, "the document", "one JSON object is allowed"))
    return {}
