"""Reading the codes in a picture, whichever way it is held: what zxing-cpp finds, and what of that is believed.

Holds the symbologies that parcels and passes carry, and the ways of looking. It must not know what a code means, nor
where a picture comes from.

zxing-cpp finds codes with bars only along the rows and columns of a picture, give or take some 20 degrees; two-
dimensional ones it finds at any angle. A MaxiCode it finds only where nothing else is in the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import zxingcpp

from drivers.camera.picture import Picture, inverted, slanted, stretched, turned
from kiosk.core.carriers.checks import mod_10

Kind = zxingcpp.BarcodeFormat
BARS = (Kind.Code128, Kind.ITF, Kind.Code39)
"""What carriers print along one line."""
RETAIL = (Kind.EANUPC,)
"""Of shops. It has the weakest check: looked for at a slant it was found where there was none."""
MATRICES = (Kind.QRCode, Kind.DataMatrix, Kind.PDF417, Kind.Aztec, Kind.MaxiCode)
LINEAR_LETTERS = "ACEI"
"""Of the AIM identifiers: Code 39, Code 128, EAN and UPC, interleaved 2 of 5."""
ITF_14_DIGITS = 14
ITF_14_CHECK = mod_10(3, 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """``text`` as a scanner sends it whose AIM prefix is on: ``]C1`` and so on, FNC1 between fields as GS."""

    text: str

    @property
    def linear(self) -> bool:
        """Along one line, with a check digit at most: any other code corrects its own errors."""
        return self.text[1] in LINEAR_LETTERS


Look = Callable[[Picture], list[Reading]]


def _straight(picture: Picture) -> list[Reading]:
    return _found(picture, BARS + RETAIL + MATRICES, try_rotate=True)


def _brightened(picture: Picture) -> list[Reading]:
    """Not instead: what is small and white on a dull table loses its edges by it."""
    brighter = stretched(picture)
    return [] if brighter is picture else _straight(brighter)


def _night(picture: Picture) -> list[Reading]:
    return _found(inverted(picture), MATRICES, try_rotate=True)


def _at(quarters: int, *, lying: bool) -> Look:
    """Lines at a slant to the columns of the picture, or, if it is ``lying``, to its rows."""

    def look(picture: Picture) -> list[Reading]:
        brighter = stretched(picture)
        leaning = slanted(turned(brighter) if lying else brighter, quarters)
        return _found(leaning, BARS, upright=True, try_rotate=False)

    return look


OTHER_LOOKS: tuple[Look, ...] = (
    _brightened,
    _at(4, lying=False),
    _at(-4, lying=False),
    _at(2, lying=True),
    _at(-2, lying=True),
    _at(2, lying=False),
    _at(-2, lying=False),
    _night,
)
"""Every way but the straight one, the likeliest first; the slants are 45, 135, then 27, 153, 63 and 117 degrees."""


def read(picture: Picture) -> list[Reading]:
    """Every code in a still picture, looked for in other ways until one of bars is found."""
    found = _straight(picture)
    for look in OTHER_LOOKS:
        if any(reading.linear for reading in found):
            break
        found += [reading for reading in look(picture) if reading not in found]
    return found


class Gaze:
    """Reads frame after frame: each straight, and in one more way, which changes until one finds something."""

    def __init__(self) -> None:
        self._turn = 0

    def read(self, picture: Picture) -> list[Reading]:
        """The codes in the next frame."""
        found = _straight(picture)
        if any(reading.linear for reading in found):
            return found
        more = [reading for reading in OTHER_LOOKS[self._turn](picture) if reading not in found]
        if not more:
            self._turn = (self._turn + 1) % len(OTHER_LOOKS)
        return found + more


# --- zxing-cpp ---


def _found(picture: Picture, kinds: tuple[Kind, ...], *, upright: bool = False, try_rotate: bool) -> list[Reading]:
    """The codes along the rows of a picture, or, ``upright``, along its columns, without a copy."""
    width, height = (picture.height, picture.width) if upright else (picture.width, picture.height)
    strides = (1, picture.width) if upright else (picture.width, 1)
    # The view does not keep the bytes alive; the argument does.
    view = zxingcpp.ImageView(picture.grey, width, height, zxingcpp.ImageFormat.Lum, *strides)  # type: ignore[arg-type]
    codes = zxingcpp.read_barcodes(
        view,
        zxingcpp.BarcodeFormats(kinds),
        try_rotate=try_rotate,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    readings = [Reading(code.symbology_identifier + code.text) for code in codes if _believed(code)]
    return list(dict.fromkeys(readings))


def _believed(code: zxingcpp.Barcode) -> bool:
    """A line that leaves an interleaved 2 of 5 at its side reads a shorter one: only ITF-14 counts, with its check."""
    if code.symbology != Kind.ITF:
        return bool(code.text)
    digits = code.text
    return len(digits) == ITF_14_DIGITS and ITF_14_CHECK(digits[:-1]) == digits[-1]
