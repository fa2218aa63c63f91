"""Sample labels: what the scanner sends is what the picture of the barcode holds, and what the kiosk recognises."""

import io
import re

import pytest
import zxingcpp

from hardware_sim.labels import CARRIERS, GS, Label, _barcode, sample, symbol_svg
from kiosk.core.carriers import parse_scan
from kiosk.core.ids import UnitId

UNIT = UnitId("2A")
NO_CHECK = {"amazon"}


def own(text: str) -> Label:
    return Label("", "Own label", text, text, UNIT, "Somebody")


@pytest.mark.parametrize("serial", [1, 3571, 9999])
@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_kiosk_knows_the_carrier_and_the_number_as_printed(carrier: str, serial: int) -> None:
    label = sample(carrier, serial, UNIT, "Somebody")
    scan = parse_scan(label.scanned)
    assert (scan.carrier, scan.candidates) == (carrier, (carrier,))
    assert scan.check == ("none" if carrier in NO_CHECK else "ok")
    assert scan.tracking_number == label.tracking_number


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_scanner_that_reads_the_picture_reads_what_is_sent(carrier: str) -> None:
    label = sample(carrier, 3571, UNIT, "Somebody")
    read = zxingcpp.read_barcode(zxingcpp.write_barcode_to_image(_barcode(label), scale=3))
    assert read is not None
    assert read.bytes.decode() == label.scanned
    assert parse_scan(read.symbology_identifier + read.bytes.decode()).tracking_number == label.tracking_number


def test_a_usps_label_holds_the_zip_that_is_not_printed() -> None:
    label = sample("usps", 3571, UNIT, "Somebody")
    assert label.scanned == f"42010001{GS}{label.tracking_number}"


@pytest.mark.parametrize("text", ["X", "hello 123", "x" * 48, "x" * 512, "Grüße aus München", "漢字"])
def test_whatever_one_types_becomes_a_symbol_that_reads_the_same(text: str) -> None:
    read = zxingcpp.read_barcode(zxingcpp.write_barcode_to_image(_barcode(own(text)), scale=4))
    assert read is not None
    assert read.text == text


def test_the_picture_can_be_stretched_and_refers_to_nothing() -> None:
    drawn = symbol_svg(own("X123"))
    assert re.match(r'<svg viewBox="0 0 \d+ \d+" preserveAspectRatio="none"', drawn)
    assert "<?xml" not in drawn
    assert "href" not in drawn
    assert io.StringIO(drawn).read().count("<svg") == 1
