"""Carriers: from whatever a scanner, a wedge or a person gives to one answer. Holds rules only; no kiosk."""

import re
import string
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.core.carriers import LONGEST, parse_scan
from kiosk.core.carriers.checks import ALPHABET
from kiosk.core.carriers.formats import FORMATS, IMPB, Format

UPS = "1Z5R89390357567127"
PACKAGE = "9400155566600011122233"
MESSAGE = "[)>\x1e01\x1d96841706672\x1d840\x1d001\x1d1Z12345675\x1dUPSN\x1d12345E"
"""The example of two printer manuals; its full number ends in a valid check digit."""
ANY_TEXT = st.text(max_size=80) | st.text(string.printable + "\x1d\x1e\x04", max_size=80)


# --- what may stand around a number ---


@pytest.mark.parametrize(
    "text",
    [
        " 1Z 5R8 939 03 5756 712 7 ",
        UPS.lower(),
        f"\t{UPS}\r\n",
        f"]C0{UPS}",
        f"\x1d{UPS}",
        f"]C1\x1d{UPS}\x1d",
    ],
)
def test_ends_blanks_small_letters_prefix_and_fnc1_change_nothing(text: str) -> None:
    scan = parse_scan(text)

    assert (scan.carrier, scan.tracking_number, scan.check) == ("ups", UPS, "ok")
    assert scan.raw == text


@pytest.mark.parametrize(
    ("prefix", "symbology"),
    [
        ("]C0", "Code 128"),
        ("]C1", "GS1-128"),
        ("]A3", "Code 39"),
        ("]I1", "Interleaved 2 of 5"),
        ("]L0", "PDF417"),
        ("]d1", "Data Matrix"),
        ("]d2", "GS1 Data Matrix"),
        ("]Q1", "QR Code"),
        ("]Q3", "GS1 QR Code"),
        ("]U1", "MaxiCode"),
        ("]e0", "GS1 DataBar"),
        ("]E0", "EAN/UPC"),
        ("]z0", "Aztec"),
        ("]X0", "other"),
        ("]D0", "other"),
    ],
)
def test_the_prefix_names_the_symbology(prefix: str, symbology: str) -> None:
    assert parse_scan(f"{prefix}{UPS}").symbology == symbology


@pytest.mark.parametrize("text", [UPS, "]", "]C", "]1C123", f"]é1{UPS}"])
def test_without_a_whole_prefix_no_symbology_is_named(text: str) -> None:
    assert parse_scan(text).symbology is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \r\n",
        "]C1",
        "\x1d\x1d",
        "HELLO",
        f"https://example.com/track?number={UPS}",
        f"{UPS}\x1d{UPS}",
        f"420100\x1d{PACKAGE}",
        f"42010001\x1d{PACKAGE}\x1d1",
        UPS[:9] + "\t" + UPS[9:],
        UPS.replace("1Z", "1Z\x00"),
        "".join(chr(ord(digit) + 0xFEE0) for digit in UPS),
        "٣٣١٨٨١٠٠٢٥",
        "LK1:ABCDEF",
        "\ud800",
        "ﬁ1234567890",
    ],
)
def test_what_is_no_number_as_a_whole_is_unknown(text: str) -> None:
    scan = parse_scan(text)

    assert (scan.carrier, scan.check, scan.tracking_number, scan.raw) == ("unknown", "none", None, text)


def test_a_text_longer_than_any_label_is_not_looked_at() -> None:
    padded = UPS.rjust(LONGEST)

    assert parse_scan(padded).carrier == "ups"
    assert parse_scan(" " + padded).carrier == "unknown"
    assert parse_scan("9" * 5_000).raw == "9" * 5_000


# --- USPS: which split of ZIP and package code counts ---


@pytest.mark.parametrize("gs", ["", "\x1d"])
@pytest.mark.parametrize(
    ("place", "package"),
    [
        ("", PACKAGE),
        ("42010001", PACKAGE),
        ("420100011234", PACKAGE),
        ("", "93001123456123456789012345"),
        ("42010001", "93001123456123456789012345"),
        ("", "95001123456123456789012343"),
        ("42010001", "92001901234567812345678908"),
        ("", "940019234567812345678901234562"),
        ("42022153", "9101026837331000039521"),
        ("420221531234", "9101026837331000039521"),
        ("42022153", "71123456789123456789"),
        ("420221531234", "71123456789123456789"),
    ],
)
def test_the_package_code_is_told_from_the_zip(place: str, gs: str, package: str) -> None:
    scan = parse_scan(place + gs + package)

    assert (scan.carrier, scan.tracking_number, scan.check) == ("usps", package, "ok")


def test_the_longer_zip_is_tried_first_unless_a_gs_ends_the_shorter_one() -> None:
    # "9430" adds 40 to the sum, so the check digit fits with it and without it.
    assert parse_scan(f"420100019430{PACKAGE}").tracking_number == PACKAGE
    assert parse_scan(f"42010001\x1d9430{PACKAGE}").tracking_number == f"9430{PACKAGE}"


def test_a_package_code_behind_its_zip_is_never_taken_for_fedex() -> None:
    label = f"420100001234{PACKAGE}"

    assert "FedEx Express (34)" in services_that_fit(label)
    assert parse_scan(label).candidates == ("usps",)


def services_that_fit(text: str) -> list[str]:
    fits = [each.fit(text) for each in FORMATS]
    return [fit.format.service for fit in fits if fit and fit.check != "failed"]


def test_a_gs1_128_of_00_and_18_digits_is_no_number_of_usps() -> None:
    assert parse_scan("00123456789123456789").carrier == "usps"
    assert parse_scan("]C100123456789123456789").carrier == "unknown"
    assert parse_scan("]C100123456789123456789").check == "none"


# --- several carriers ---


def test_a_number_of_two_carriers_is_ambiguous_and_kept_whole() -> None:
    scan = parse_scan("000000000000")

    assert (scan.carrier, scan.candidates, scan.service) == ("ambiguous", ("fedex", "purolator"), None)
    assert (scan.tracking_number, scan.check) == ("000000000000", "ok")


def test_the_prefix_of_gs1_puts_its_carriers_first() -> None:
    both = "4202215312349100000000000000000033"

    assert parse_scan(both).candidates == ("fedex", "usps")
    assert parse_scan(f"]C1{both}").candidates == ("usps", "fedex")
    assert parse_scan(both).tracking_number == both


@pytest.mark.parametrize("prefix", ["LX", "RX", "CN", "SG"])
def test_an_s10_number_is_not_taken_for_dhl_e_commerce(prefix: str) -> None:
    assert parse_scan(f"{prefix}123456785DE").candidates == ("s10",)
    assert parse_scan(f"{prefix}123456784DE").carrier == "dhl"


def test_an_s10_number_needs_a_country_and_its_check() -> None:
    assert parse_scan("RB123456785XX").check == "none"
    assert parse_scan("RB123456784GB").check == "failed"


@pytest.mark.parametrize(("digits", "check"), [("00000000", "5"), ("00300000", "0")])
def test_the_two_exceptions_of_s10_have_their_digit(digits: str, check: str) -> None:
    accepted = [last for last in string.digits if parse_scan(f"RB{digits}{last}GB").carrier == "s10"]

    assert accepted == [check]


# --- MaxiCode ---


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "\x1e\x04",
        "\x1e",
        "\x1d",
        "\x1d187\x1d00001\x1d1/1\x1d10\x1dN\x1d12 MAIN ST\x1dNEW YORK\x1dNY\x1e\x04",
        "\x1d\x1d\x1d\x1d\x1dN\x1d\x1d\x1d\x1e\x04\r\n",
    ],
)
def test_the_number_of_ups_is_put_together_from_a_maxicode(tail: str) -> None:
    for prefix, symbology in (("", None), ("]U1", "MaxiCode")):
        scan = parse_scan(prefix + MESSAGE + tail)

        assert (scan.carrier, scan.service, scan.tracking_number) == ("ups", "UPS", "1Z12345E0112345675")
        assert (scan.check, scan.symbology) == ("ok", symbology)


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        (MESSAGE.replace("75\x1d", "76\x1d"), "failed"),
        (MESSAGE.replace("\x1d001\x1d", "\x1d101\x1d"), "none"),
        (MESSAGE.replace("UPSN", "FDEB"), "none"),
        (MESSAGE.replace("12345E", "12345"), "none"),
        (MESSAGE.replace("12345E", "1234é6"), "none"),
        (MESSAGE + "\x1d07KE9B(X%2)\x1e\x04", "none"),
        (MESSAGE + "\x1d187\x1e07KE9B\x1e\x04", "none"),
        (MESSAGE.replace("\x1d", ""), "none"),
    ],
)
def test_another_maxicode_is_unknown(changed: str, check: str) -> None:
    scan = parse_scan(changed)

    assert (scan.carrier, scan.check, scan.raw) == ("unknown", check, changed)


# --- whatever comes in ---


@given(ANY_TEXT)
@example("]C1" + "\x1d" * 600)
@example(MESSAGE + "\udcff")
def test_any_text_gets_one_answer_in_which_all_parts_agree(text: str) -> None:
    scan = parse_scan(text)

    assert scan.raw == text
    assert parse_scan(text) == scan
    assert (scan.carrier == "unknown") == (scan.tracking_number is None) == (not scan.candidates)
    assert (scan.carrier == "ambiguous") == (len(scan.candidates) > 1)
    assert (scan.service is None) == (scan.carrier in {"unknown", "ambiguous"})


@given(st.sampled_from([*FORMATS, *IMPB]), st.data())
def test_a_text_of_a_formats_shape_is_recognised_by_its_check_alone(each: Format, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(each.shape, fullmatch=True))
    fit = each.fit(text)

    assert fit is not None
    scan = parse_scan(text)
    assert fit.check == "failed" or each.carrier in scan.candidates or scan.carrier in {"usps", "s10"}
    assert scan.carrier != "unknown" or scan.check == "failed"


@given(st.sampled_from([*FORMATS, *IMPB]), st.data())
def test_of_all_digits_at_the_checks_place_exactly_one_is_right(each: Format, data: st.DataObject) -> None:
    if each.check is None:
        return
    text = data.draw(st.from_regex(each.shape, fullmatch=True))
    match = re.fullmatch(each.shape, text)
    assert match is not None
    at = match.start(2)
    fits = [each.fit(text[:at] + character + text[at + 1 :]) for character in ALPHABET]

    assert [fit.check for fit in fits if fit].count("ok") == 1


@given(st.sampled_from(FORMATS), st.data())
def test_recognising_a_whole_number_again_gives_the_same(each: Format, data: st.DataObject) -> None:
    scan = parse_scan(data.draw(st.from_regex(each.shape, fullmatch=True)))
    number = scan.tracking_number

    if number is not None and number == scan.raw:
        again = parse_scan(f" {number.lower()}\r")
        assert again == replace(scan, raw=again.raw)
