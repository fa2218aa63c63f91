"""Carriers: what a scanned or typed label says, which carrier's it is, and its tracking number.

Holds the way from a text to an answer. It must not know parcels, nor refuse one: an unknown label still delivers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.core.carriers.formats import DHL_ECOMMERCE, FORMATS, IMPB, S10, UPS, Check, Fit, Format
from kiosk.core.carriers.maxicode import GS, HEADER, ups_number
from kiosk.core.carriers.symbologies import GS1_128, take_prefix

__all__ = ["LONGEST", "Check", "Scan", "parse_scan"]

LONGEST = 512
"""Characters; no label holds more, and nothing longer is looked at."""
ENDS = "\r\n\t "
PRINTABLE = re.compile(f"[ -~{GS}]*")
"""Only ASCII counts: no digits of other scripts, no full-width letters, no case folding beyond A to Z."""
ZIP = re.compile("420(?:[0-9]{5}|[0-9]{9})")
SSCC = re.compile("00[0-9]{18}")
"""A pallet or parcel number under the GS1 application identifier 00; it belongs to no carrier."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a label says.

    ``carrier`` is a carrier's code, "unknown", or "ambiguous" if the text fits several carriers. None stands for what
    the text does not tell.
    """

    raw: str
    """The text as it came."""
    carrier: str = "unknown"
    candidates: tuple[str, ...] = ()
    """Every carrier that it fits, the likeliest first; none if it is unknown."""
    service: str | None = None
    """The name of the format."""
    tracking_number: str | None = None
    """As printed on the label without blanks, in capital letters."""
    check: Check = "none"
    """ "failed" if it looks like a carrier's number but for the check digit: the carrier is unknown then."""
    symbology: str | None = None
    """The kind of symbol, if the scanner said so."""


def parse_scan(text: str) -> Scan:
    """What the label ``text`` says. Never raises, whatever comes in."""
    if len(text) > LONGEST:
        return Scan(text)
    symbology, message = take_prefix(text.strip(ENDS))
    if message.startswith(HEADER):
        return _answer(text, symbology, _fits([UPS], ups_number(message.removeprefix(HEADER))))
    return _answer(text, symbology, _carrier_fits(_cleaned(message), symbology))


def _cleaned(message: str) -> str:
    """In capital letters without blanks, or "" if it is no label. A GS is left only behind 420 and a ZIP."""
    if not PRINTABLE.fullmatch(message):
        return ""
    parts = [part for part in message.replace(" ", "").upper().split(GS) if part]
    match parts:
        case [whole]:
            return whole
        case [front, package] if ZIP.fullmatch(front):
            return front + GS + package
        case _:
            return ""


def _carrier_fits(text: str, symbology: str | None) -> list[Fit]:
    if symbology == GS1_128 and SSCC.fullmatch(text):
        return []
    packages = _fits(IMPB, text)
    sound = [fit for fit in packages if fit.check == "ok"]
    return sound[:1] or packages + _fits(FORMATS, text.replace(GS, ""))


def _fits(formats: Iterable[Format], text: str) -> list[Fit]:
    return [fit for fit in (each.fit(text) for each in formats) if fit]


def _answer(raw: str, symbology: str | None, fits: list[Fit]) -> Scan:
    sound = _weighed([fit for fit in fits if fit.check != "failed"], symbology)
    if not sound:
        return Scan(raw, check="failed" if fits else "none", symbology=symbology)
    candidates = tuple(dict.fromkeys(fit.format.carrier for fit in sound))
    check: Check = "ok" if any(fit.check == "ok" for fit in sound) else "none"
    if len(candidates) > 1:
        return Scan(raw, "ambiguous", candidates, None, sound[0].text, check, symbology)
    likeliest = sound[0]
    return Scan(raw, candidates[0], candidates, likeliest.format.service, likeliest.number, check, symbology)


def _weighed(sound: list[Fit], symbology: str | None) -> list[Fit]:
    """The likeliest first. What fits S10 and DHL E-Commerce is S10: its check and country are the stronger evidence."""
    if [fit.format for fit in sound] == [DHL_ECOMMERCE, S10]:
        return sound[1:]
    return sorted(sound, key=lambda fit: symbology == GS1_128 and not fit.format.gs1)
