"""Labels: what one scan adds to the parcels a courier has at hand.

Holds pure list keeping. It must not know screens, recipients or compartments' state beyond where a number already is.
"""

from collections.abc import Iterable
from dataclasses import replace

from kiosk.core.books import Parcel, ParcelState
from kiosk.core.carriers import parse_scan
from kiosk.core.ids import CompartmentId
from kiosk.core.state import Label

ONE_LABEL_MS = 1_500
"""An unknown barcode within this time of a recognised one is taken for another code on the same label."""
SAME_LOOK_MS = 300
"""Nobody turns from one label to the next so fast: two unknown barcodes this near are one look at one label."""
MOST_LABELS = 30
UNRECOGNISED = ("unknown", "ambiguous")


def read_label(text: str, now_ms: int, in_bank: Iterable[Parcel]) -> Label:
    """What a label says. Nothing on it is ever a reason to refuse a parcel."""
    scan = parse_scan(text)
    number = scan.tracking_number or text.strip()
    where = _where(number, in_bank)
    return Label(text, scan.carrier, number, scan.check, scanned_ms=now_ms, in_bank=where)


def _where(number: str, parcels: Iterable[Parcel]) -> CompartmentId | None:
    held = (p for p in parcels if p.pending or p.state is ParcelState.STORED)
    return next((p.compartment for p in held if number in (p.tracking_number, *p.aliases)), None)


def added(labels: tuple[Label, ...], label: Label) -> tuple[Label, ...]:
    """The list with one more scan: a new parcel, the same one once more, or another code of the label before."""
    if any(_same(known, label) for known in labels):
        return labels
    if labels and _one_label(labels[-1], label):
        return (*labels[:-1], _merged(labels[-1], label))
    return (*labels, label)[:MOST_LABELS]


def _same(known: Label, label: Label) -> bool:
    return label.tracking_number in (known.tracking_number, *known.aliases)


def _one_label(known: Label, label: Label) -> bool:
    """Two recognised numbers are two parcels however near they are: both may lie before the camera."""
    apart_ms = label.scanned_ms - known.scanned_ms
    match (known.carrier in UNRECOGNISED, label.carrier in UNRECOGNISED):
        case (True, True):
            return apart_ms <= SAME_LOOK_MS
        case (False, False):
            return False
        case _:
            return apart_ms <= ONE_LABEL_MS


def _merged(known: Label, label: Label) -> Label:
    """The recognised code, or the first one, names the parcel; the other one becomes an alias."""
    main, alias = (known, label) if label.carrier in UNRECOGNISED else (label, known)
    aliases = (*known.aliases, *label.aliases, alias.tracking_number)
    return replace(main, aliases=aliases, scanned_ms=label.scanned_ms, in_bank=main.in_bank or alias.in_bank)
