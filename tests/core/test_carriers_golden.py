"""Carriers: the published numbers of every format, and a reader of GS1 labels by other hands.

Holds facts from outside. It must not know how formats are written down here.

The numbers are test numbers of jkeen/tracking_number_data v2.0.0 (MIT, (c) 2017 Jeff Keen), one for each format; the
check rules' examples were computed by hand from the rules of the carriers.
"""

import json
from pathlib import Path

import pytest
from biip.checksums import gs1_standard_check_digit
from biip.gs1_messages import GS1Message
from biip.sscc import Sscc
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.carriers import parse_scan
from kiosk.core.carriers.checks import in_front, luhn, mod_7, mod_10, mod_11_mod_10, mod_37_36, s10

PUBLISHED = Path(__file__).parents[3] / "shared" / "reference" / "tracking-numbers.json"

NUMBERS = [
    # carrier, format, the number as printed, the tracking number, whether a check digit vouches for it
    ("amazon", "Amazon Logistics", "TBA000000000000", "TBA000000000000", "none"),
    ("amazon", "Amazon International", "C1004444443", "C1004444443", "none"),
    ("canada_post", "Canada Post (16)", "0073938000549297", "0073938000549297", "ok"),
    ("canpar", "Canpar (22)", "D576002440000001718010", "D576002440000001718010", "none"),
    ("dhl", "DHL Express", "3318810025", "3318810025", "ok"),
    ("dhl", "DHL Express (Piece ID)", "JJD0099999999", "JJD0099999999", "none"),
    ("dhl", "DHL E-Commerce", "GM295117494011169042", "GM295117494011169042", "none"),
    ("dhl", "DHL E-Commerce (14)", "60120172242323", "60120172242323", "none"),
    ("dpd", "DPD (28)", "00 81827 0998 0000 0200 33 350 276 C", "008182709980000020033350276C", "ok"),
    ("dpd", "DPD (14)", "09 9800 0002 0033 F", "09980000020033F", "ok"),
    ("fedex", "FedEx Express (12)", "986578788855", "986578788855", "ok"),
    ("fedex", "FedEx Express (34)", "1001921334250001000300779017972697", "779017972697", "ok"),
    ("fedex", "FedEx ASTRA (32)", "32971510360102447848540980802018", "784854098080", "ok"),
    ("fedex", "FedEx Ground", "0414 4176 0228 964", "041441760228964", "ok"),
    ("fedex", "FedEx Ground (SSCC-18)", "00 0123 4500 0000 0027", "000123450000000027", "ok"),
    ("fedex", "FedEx Ground 96 (22)", "9611020987654312345672", "9611020987654312345672", "ok"),
    ("fedex", "FedEx Ground GSN", "9622001900000000000000776632517510", "776632517510", "ok"),
    ("gofo", "GOFO Express (US)", "GFUS01011884214464", "GFUS01011884214464", "none"),
    ("landmark", "Landmark Global LTN", "LTN74207623N1", "LTN74207623N1", "none"),
    ("lasership", "LaserShip LX", "LX17635036", "LX17635036", "none"),
    ("lasership", "LaserShip 1LS7 (15)", "1LS717793482164", "1LS717793482164", "none"),
    ("lasership", "LaserShip 1LS7 (18)", "1LS7119013618127-1", "1LS7119013618127-1", "none"),
    ("lasership", "LaserShip 1LSCX (15)", "1LSCXVE005BUEFX", "1LSCXVE005BUEFX", "none"),
    ("old_dominion", "Old Dominion", "77767553207", "77767553207", "ok"),
    ("old_dominion", "Old Dominion Guaranteed Shipment", "80993847369", "80993847369", "ok"),
    ("ontrac", "OnTrac", "C10999911320231", "C10999911320231", "ok"),
    ("ontrac", "OnTrac D", "D10011354453707", "D10011354453707", "ok"),
    ("purolator", "Purolator (12)", "320595463938", "320595463938", "ok"),
    ("purolator", "Purolator (alpha + 9)", "KYV009956937", "KYV009956937", "none"),
    ("s10", "S10", "RB123456785GB", "RB123456785GB", "ok"),
    ("speedee", "Spee-Dee (20)", "SP029692510000920746", "SP029692510000920746", "none"),
    ("ups", "UPS", "1Z5R89390357567127", "1Z5R89390357567127", "ok"),
    ("ups", "UPS Waybill", "K2479825491", "K2479825491", "ok"),
    ("usps", "USPS 20", "7112 3456 7891 2345 6787", "71123456789123456787", "ok"),
    ("usps", "USPS IMpb N", "9405803699300124287899", "9405803699300124287899", "ok"),
    ("usps", "USPS Legacy", "420 22153 9101026837331000039521", "9101026837331000039521", "ok"),
    ("usps", "USPS IMpb C", "4201002334249200190132607600833457", "9200190132607600833457", "ok"),
    ("yodel", "Yodel", "JJD0002257639032011", "JJD0002257639032011", "none"),
    ("yunexpress", "YunExpress", "YT2229521272164446", "YT2229521272164446", "none"),
]

SPOILT = [
    # printed numbers that break exactly the rule of their format, and what the check says of them
    ("D1234567890", "none"),
    ("0073938000549292", "failed"),
    ("3318810010", "failed"),
    ("XJD0099999998", "none"),
    ("008182709980000020033350276A", "failed"),
    ("09980000020033D", "failed"),
    ("996578788855", "failed"),
    ("1001901781990001000300617767839438", "failed"),
    ("32971514560102447849175802852014", "failed"),
    ("5682 8361 0012 732", "failed"),
    ("000000000000000001", "failed"),
    ("9600000000000000000001", "failed"),
    ("9622001560001234567100794808390595", "failed"),
    ("07209562773", "failed"),
    ("80003280389", "failed"),
    ("C10000000000000", "failed"),
    ("D10011345983012", "failed"),
    ("320595463939", "failed"),
    ("RB123456786US", "failed"),
    ("2Z5R89390357567127", "none"),
    ("K1506235622", "failed"),
    ("0307 1790 0005 2348 3742", "failed"),
    ("9434611206206407667131", "failed"),
    ("9101 1234 5678 9000 0000 14", "failed"),
]


@pytest.mark.parametrize(("carrier", "service", "printed", "number", "check"), NUMBERS, ids=[row[1] for row in NUMBERS])
def test_a_published_number_is_recognised(carrier: str, service: str, printed: str, number: str, check: str) -> None:
    scan = parse_scan(printed)

    assert (scan.carrier, scan.service, scan.tracking_number, scan.check) == (carrier, service, number, check)
    assert scan.candidates == (carrier,)
    assert scan.raw == printed


@pytest.mark.parametrize(("printed", "check"), SPOILT)
def test_a_spoilt_number_is_unknown_and_kept(printed: str, check: str) -> None:
    scan = parse_scan(printed)

    assert (scan.carrier, scan.candidates, scan.tracking_number) == ("unknown", (), None)
    assert (scan.check, scan.raw) == (check, printed)


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the file of published numbers is not beside this checkout")
def test_every_number_of_the_published_file_gets_its_answer() -> None:
    formats = json.loads(PUBLISHED.read_text(encoding="utf-8"))["formats"]
    valid = [(each["courier"], each["name"]) for each in formats]
    scans = [parse_scan(each["valid"]) for each in formats]
    # Another format may accept what is wrong for this one.
    wrongly = [each["name"] for each in formats if parse_scan(each["invalid"]).service == each["name"]]

    assert [(scan.carrier, scan.service) for scan in scans] == valid
    assert wrongly == []


def test_the_check_rules_give_the_examples_worked_by_hand() -> None:
    assert mod_10(1, 2)("5R8939035756712") == "7"
    assert mod_7("331881002") == "5"
    assert mod_11_mod_10(3, 1, 7)("98657878885") == "5"
    assert luhn("32059546393") == "8"
    assert s10("12345678") == "5"
    assert mod_37_36("09980000020033") == "F"
    assert in_front("4", mod_10(1, 2))("1099991132023") == "1"
    assert mod_10(3, 1)("940015556660001112223") == "3"


# --- a GS1 reader by other hands ---

DIGITS_5 = st.text("0123456789", min_size=5, max_size=5)
SHIPMENTS = st.builds(
    lambda code, rest: code + rest + gs1_standard_check_digit_of(code + rest),
    st.sampled_from(["94", "95"]),
    st.from_regex(r"[0-9]{3}(9[0-9]{15}|[0-8][0-9]{15})", fullmatch=True),
)


def gs1_standard_check_digit_of(digits: str) -> str:
    return str(gs1_standard_check_digit(digits))


@given(DIGITS_5, SHIPMENTS)
def test_a_gs1_reader_finds_the_same_package_code_behind_the_zip(place: str, package: str) -> None:
    label = f"420{place}\x1d{package}"
    message = GS1Message.parse(label)
    found = message.element_strings[1]

    scan = parse_scan(f"]C1{label}")

    assert (scan.carrier, scan.check, scan.symbology) == ("usps", "ok", "GS1-128")
    assert scan.tracking_number == f"{found.ai.ai}{found.value}"


@given(st.text("0123456789", min_size=17, max_size=17))
def test_what_a_gs1_reader_calls_a_shipping_container_is_no_carriers_number(digits: str) -> None:
    container = digits + gs1_standard_check_digit_of(digits)

    assert Sscc.parse(container).value == container
    assert parse_scan(f"]C100{container}").carrier == "unknown"
