"""Parcel labels as carriers print them: what a scanner reads off each, what people read on it, its symbol as a picture.

Holds one table of carriers and the drawing of symbols. It must not know parcels, nor how a scan reaches the kiosk. The
numbers are made up; their check digits are right. Shapes and symbols: as in `kiosk.core.carriers.formats`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import zxingcpp

from kiosk.core.carriers.checks import mod_7, mod_10, s10
from kiosk.core.ids import UnitId

GS = "\x1d"
LONGEST_LINEAR = 48
"""Characters; a longer text is drawn as a QR code, for no label has room for so long a row of bars."""
LONGEST = 512
SVG_HEAD = re.compile(r'<\?xml.*?<svg width="(\d+)" height="(\d+)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Label:
    """``scanned`` is what a hand scanner sends, "" where there is no barcode; ``printed`` is what people read."""

    carrier: str
    service: str
    printed: str
    scanned: str
    unit: UnitId
    name: str

    @property
    def tracking_number(self) -> str:
        return self.printed.replace(" ", "")


def _grouped(text: str, size: int = 4) -> str:
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def _ups(serial: int) -> tuple[str, str]:
    """Shipper 5R8939, ground, and a package of seven digits."""
    body = f"5R893903{serial:07}"
    number = f"1Z{body}{mod_10(1, 2)(body)}"
    return f"1Z {number[2:5]} {number[5:8]} {number[8:10]} {_grouped(number[10:])}", number


def _fedex(serial: int) -> tuple[str, str]:
    """FedEx Ground 96: the last 15 digits carry the check."""
    body = f"0987654{serial:07}"
    number = f"9611020{body}{mod_10(1, 3)(body)}"
    return _grouped(number), number


def _usps(serial: int) -> tuple[str, str]:
    """The printed digits leave 420 and the ZIP out; the scanner sends FNC1 between the two as GS."""
    body = f"94001555666{serial:010}"
    number = body + mod_10(3, 1)(body)
    return _grouped(number), f"42010001{GS}{number}"


def _dhl(serial: int) -> tuple[str, str]:
    body = f"33188{serial % 10_000:04}"
    number = body + mod_7(body)
    return f"{number[:2]} {_grouped(number[2:])}", number


def _amazon(serial: int) -> tuple[str, str]:
    number = f"TBA3001{serial:08}"
    return number, number


def _s10(serial: int) -> tuple[str, str]:
    body = f"{serial:08}"
    return f"RB {_grouped(body, 3)}{s10(body)} GB", f"RB{body}{s10(body)}GB"


CARRIERS: dict[str, tuple[str, Callable[[int], tuple[str, str]]]] = {
    "ups": ("UPS Ground", _ups),
    "fedex": ("FedEx Ground", _fedex),
    "usps": ("USPS Priority Mail", _usps),
    "dhl": ("DHL Express", _dhl),
    "amazon": ("Amazon Logistics", _amazon),
    "s10": ("Registered post", _s10),
}
"""The service as printed, and the maker of the number's two forms: as people read it, and as a scanner sends it."""


def sample(carrier: str, serial: int, unit: UnitId, name: str) -> Label:
    """The label number ``serial`` of a carrier, up to 9999 different ones; KeyError for a carrier not in the table."""
    service, make = CARRIERS[carrier]
    printed, scanned = make(serial)
    return Label(carrier, service, printed, scanned, unit, name)


def symbol_svg(label: Label) -> str:
    """The label's symbol as a picture that can be stretched. Raises ValueError for a text no symbol can hold."""
    drawn = zxingcpp.write_barcode_to_svg(_barcode(label))
    return SVG_HEAD.sub(r'<svg viewBox="0 0 \1 \2" preserveAspectRatio="none" shape-rendering="crispEdges"', drawn, 1)


def _barcode(label: Label) -> zxingcpp.Barcode:
    text = label.scanned
    if label.carrier == "usps":  # application identifiers stand in brackets; 94 begins the package code
        zip_code, package = text.split(GS)
        return zxingcpp.create_barcode(
            f"[420]{zip_code[3:]}[{package[:2]}]{package[2:]}", zxingcpp.BarcodeFormat.Code128, gs1=True
        )
    if label.carrier == "fedex":
        return zxingcpp.create_barcode(f"[{text[:2]}]{text[2:]}", zxingcpp.BarcodeFormat.Code128, gs1=True)
    linear = text.isascii() and text.isprintable() and len(text) <= LONGEST_LINEAR
    kind = zxingcpp.BarcodeFormat.Code128 if linear else zxingcpp.BarcodeFormat.QRCode
    return zxingcpp.create_barcode(text, kind)
