"""Barcodes as parcels carry them, drawn by code that no reader shares: PyStrich, which is pure Python, and the libzint
that zxing-cpp brings along for drawing, for the one symbology that PyStrich lacks.

Holds one table of symbols with what a reader must make of each. It must not know how a picture is read.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from pystrich.aztec import AztecData, AztecEncoder
from pystrich.code39 import Code39Encoder
from pystrich.code128 import FNC1, Code128Data, Code128Encoder
from pystrich.datamatrix import DataMatrixData, DataMatrixEncoder
from pystrich.ean13 import EAN13Encoder
from pystrich.itf import ITF14Encoder
from pystrich.pdf417 import PDF417Data, PDF417Encoder
from pystrich.qrcode import QRCodeData, QRCodeEncoder

Pixels = NDArray[np.uint8]
GS, RS = "\x1d", "\x1e"
BAR_PX, CELL_PX = 3, 5
"""Pixels of one module as drawn; a scene scales them."""
BARS_PX = 150
MAXICODE_PX = 11
"""Of the 26 pixels between its hexagons: they are printed 0.9 mm apart, bars of labels 0.38 mm wide."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """``text`` is what a reader must say, with the AIM prefix; ``module_px`` how large ``draw`` draws a module."""

    symbology: str
    text: str
    draw: Callable[[], Pixels]
    module_px: float = BAR_PX


def _grey(png: bytes) -> Pixels:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def _code_128(*segments: object) -> Pixels:
    data = Code128Data(*segments, encoding="ascii")  # type: ignore[arg-type]  # FNC1 has no public type
    return _grey(Code128Encoder(data, {"show_label": False, "height": BARS_PX}).get_imagedata(BAR_PX))


def _code_39(text: str) -> Pixels:
    return _grey(Code39Encoder(text, options={"show_label": False, "height": BARS_PX}).get_imagedata(BAR_PX))


def _itf_14(text: str) -> Pixels:
    return _grey(ITF14Encoder(text, {"show_label": False, "height": BARS_PX}).get_imagedata(BAR_PX))


def _ean_13(text: str) -> Pixels:
    return _grey(EAN13Encoder(text).get_imagedata(BAR_PX))


def qr(text: str) -> Pixels:
    return _grey(QRCodeEncoder(QRCodeData(text, auto_encoding=True)).get_imagedata(CELL_PX))


def _data_matrix(text: str) -> Pixels:
    return _grey(DataMatrixEncoder(DataMatrixData(text, encoding="ascii")).get_imagedata(CELL_PX))


def _pdf_417(text: str) -> Pixels:
    return _grey(PDF417Encoder(PDF417Data(text, auto_encoding=True)).get_imagedata(BAR_PX))


def _aztec(text: str) -> Pixels:
    return _grey(AztecEncoder(AztecData(text, auto_encoding=True)).get_imagedata(CELL_PX))


def _maxicode(text: str) -> Pixels:
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.MaxiCode)
    return np.asarray(zxingcpp.write_barcode_to_image(drawn, scale=CELL_PX), np.uint8)


USPS, FEDEX = "9400155566600000000012", "9611020098765412345672"
UPS = f"[)>{RS}01{GS}96841706672{GS}840{GS}001{GS}1Z12345677{GS}UPSN{GS}12345E{RS}"

SYMBOLS = (
    Symbol("Code 128", "]C01Z5R89390357567127", lambda: _code_128("1Z5R89390357567127")),
    Symbol("GS1-128", f"]C142010001{GS}{USPS}", lambda: _code_128(FNC1, "42010001", FNC1, USPS)),
    Symbol("GS1-128", f"]C1{FEDEX}", lambda: _code_128(FNC1, FEDEX)),
    Symbol("ITF-14", "]I100012345600012", lambda: _itf_14("00012345600012")),
    Symbol("Code 39", "]A0RB123456785GB", lambda: _code_39("RB123456785GB")),
    Symbol("EAN-13", "]E04006381333931", lambda: _ean_13("4006381333931")),
    Symbol("QR Code", "]Q112345674", lambda: qr("12345674"), CELL_PX),
    Symbol("Data Matrix", "]d1JGB 0123456789ABCDEF", lambda: _data_matrix("JGB 0123456789ABCDEF"), CELL_PX),
    Symbol("PDF417", "]L2TBA300100000123 10001", lambda: _pdf_417("TBA300100000123 10001")),
    Symbol("Aztec", "]z0JJD0099999999", lambda: _aztec("JJD0099999999"), CELL_PX),
    Symbol("MaxiCode", f"]U0{UPS}", lambda: _maxicode(UPS), MAXICODE_PX),
)
