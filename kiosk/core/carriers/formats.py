"""Tracking numbers: every format of every carrier, as one table.

Holds what numbers look like. It must not know scanners, nor what follows when a text fits several formats.

The facts are those of jkeen/tracking_number_data v2.0.0 (MIT, (c) 2017 Jeff Keen); the USPS package codes are those of
USPS2000508, the S10 countries those of the Universal Postal Union's standard S10.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from kiosk.core.carriers.checks import CheckRule, in_front, luhn, mod_7, mod_10, mod_11_mod_10, mod_37_36, s10

Check = Literal["ok", "failed", "none"]
"""What the check digit says; "none" where there is no check."""
NumberRule = Callable[[re.Match[str]], str]


def _whole(match: re.Match[str]) -> str:
    return match[0]


def _last_12(match: re.Match[str]) -> str:
    return match[0][-12:]


def _checked(match: re.Match[str]) -> str:
    """What the check covers, and the check itself."""
    return match[1] + match[2]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of tracking number.

    ``shape`` fits a whole text of capital letters and digits. With a ``check``, its first group is what the check is
    computed from, and its second group the check.
    """

    carrier: str
    service: str
    shape: str
    check: CheckRule | None = None
    number: NumberRule = _whole
    gs1: bool = False
    """Printed as a GS1-128 symbol, so an AIM prefix that says so speaks for it."""

    def fit(self, text: str) -> "Fit | None":
        """None if ``text`` has another shape."""
        match = re.fullmatch(self.shape, text, re.ASCII)
        return match and Fit(self, match[0], self.number(match), self._verdict(match))

    def _verdict(self, match: re.Match[str]) -> Check:
        if self.check is None:
            return "none"
        return "ok" if self.check(match[1]) == match[2] else "failed"


@dataclass(frozen=True, slots=True)
class Fit:
    """A whole ``text`` that has the shape of a format; ``number`` is the tracking number in it."""

    format: Format
    text: str
    number: str
    check: Check


USPS_CHECK = mod_10(3, 1)
FEDEX_CHECK = mod_11_mod_10(3, 1, 7)
FEDEX_34_CHECK = mod_11_mod_10(1, 7, 3)

S10_COUNTRIES = (
    "AE|AF|AG|AL|AM|AO|AR|AT|AU|AZ|BA|BB|BD|BE|BF|BG|BH|BI|BJ|BN|BO|BR|BS|BT|BW|BY|BZ|CA|CD|CF|CG|CH|CI|CL|CM|CN|"
    "CO|CR|CU|CV|CY|CZ|DE|DJ|DK|DM|DO|DZ|EC|EE|EG|ER|ES|ET|FI|FJ|FR|GA|GB|GD|GE|GH|GM|GN|GQ|GR|GT|GW|GY|HK|HN|HR|"
    "HT|HU|ID|IE|IL|IN|IQ|IR|IS|IT|JM|JO|JP|KE|KG|KH|KI|KM|KN|KP|KR|KW|KZ|LA|LB|LC|LI|LK|LR|LS|LT|LU|LV|LY|MA|MC|"
    "MD|ME|MG|MK|ML|MM|MN|MR|MT|MU|MV|MW|MX|MY|MZ|NA|NE|NG|NI|NL|NO|NP|NR|NZ|OM|PA|PE|PG|PH|PK|PL|PT|PY|QA|RO|RS|"
    "RU|RW|SA|SB|SC|SD|SE|SG|SI|SK|SL|SM|SN|SO|SR|SS|ST|SV|SY|SZ|TD|TG|TH|TJ|TL|TM|TN|TO|TR|TT|TV|TZ|UA|UG|US|UY|"
    "UZ|VA|VC|VE|VN|VU|WS|YE|ZA|ZM|ZW"
)
"""The 191 countries whose post uses S10."""

UPS = Format("ups", "UPS", "1Z([A-Z0-9]{15})([0-9])", mod_10(1, 2))
DHL_ECOMMERCE = Format("dhl", "DHL E-Commerce", "(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)[0-9][0-9A-Z]{9,38}")
S10 = Format("s10", "S10", f"[A-Z]{{2}}([0-9]{{8}})([0-9])(?:{S10_COUNTRIES})", s10)

FORMATS = (
    Format("amazon", "Amazon Logistics", "TB[ACM][0-9]{12}"),
    Format("amazon", "Amazon International", "[AFC][0-9]{10}"),
    Format("canada_post", "Canada Post (16)", "([0-9]{15})([0-9])", mod_10(3, 1)),
    Format("canpar", "Canpar (22)", "[CDKLSUXZ][0-9]{21}"),
    Format("dhl", "DHL Express", "([0-9]{9,10})([0-9])", mod_7),
    Format("dhl", "DHL Express (Piece ID)", "J[A-Z]{2,3}[0-9]{9,10}"),
    DHL_ECOMMERCE,
    Format("dhl", "DHL E-Commerce (14)", "[0-9]{14}"),
    Format("dpd", "DPD (28)", "([0-9]{27})([0-9A-Z])", mod_37_36),
    Format("dpd", "DPD (14)", "([0-9]{14})([0-9A-Z])", mod_37_36),
    Format("fedex", "FedEx Express (12)", "([0-9]{11})([0-9])", FEDEX_CHECK),
    Format("fedex", "FedEx Express (34)", "[0-8][0-9]{19}([0-9]{13})([0-9])", FEDEX_34_CHECK, _last_12),
    Format("fedex", "FedEx ASTRA (32)", "3[0-9]{15}([0-9]{11})([0-9])[0-9]{4}", FEDEX_CHECK, _checked),
    Format("fedex", "FedEx Ground", "([0-9]{14})([0-9])", mod_10(1, 3)),
    Format("fedex", "FedEx Ground (SSCC-18)", "[0-9]{2}([0-9]{15})([0-9])", mod_10(3, 1), gs1=True),
    Format("fedex", "FedEx Ground 96 (22)", "96[0-9]{5}([0-9]{14})([0-9])", mod_10(1, 3), gs1=True),
    Format("fedex", "FedEx Ground GSN", "96[0-9]{18}([0-9]{13})([0-9])", FEDEX_34_CHECK, _last_12, gs1=True),
    Format("gofo", "GOFO Express (US)", "GFUS[0-9]{14}"),
    Format("landmark", "Landmark Global LTN", "LTN[0-9]{8}N1"),
    Format("lasership", "LaserShip LX", "L[AIEHNX][1-3][0-9]{7}"),
    Format("lasership", "LaserShip 1LS7 (15)", "1LS7[12][0-9]{10}"),
    Format("lasership", "LaserShip 1LS7 (18)", "1LS7[12][0-9]{2}01[1-4][0-9]{6}-1"),
    Format("lasership", "LaserShip 1LSCX (15)", "1LSCX[0-9A-Z]{10}"),
    Format("old_dominion", "Old Dominion", "((?:777|778|072|780)[0-9]{7})([0-9])", luhn),
    Format("old_dominion", "Old Dominion Guaranteed Shipment", "(80[0-9]{8})([0-9])", luhn),
    Format("ontrac", "OnTrac", "C([0-9]{13})([0-9])", in_front("4", mod_10(1, 2))),
    Format("ontrac", "OnTrac D", "D([0-9]{13})([0-9])", in_front("5", mod_10(1, 2))),
    Format("purolator", "Purolator (12)", "([0-5][0-9]{10})([0-9])", luhn),
    Format("purolator", "Purolator (alpha + 9)", "[A-Z]{3}[0-9]{9}"),
    S10,
    Format("speedee", "Spee-Dee (20)", "SP[0-9]{18}"),
    UPS,
    Format("ups", "UPS Waybill", "[AHJKTV]([0-9]{9})([0-9])", mod_10(1, 2)),
    Format("usps", "USPS 20", "([0-9]{19})([0-9])", USPS_CHECK),
    Format(
        "usps",
        "USPS Legacy",
        "(?:420[0-9]{5}(?:[0-9]{4})?)?((?:91)?[0-9]{19})([0-9])",
        in_front("91", USPS_CHECK),
        _checked,
        gs1=True,
    ),
    Format("yodel", "Yodel", "J?JD[0-9]{16}"),
    Format("yunexpress", "YunExpress", "YT[0-9]{16}"),
)
"""Every format but the USPS package codes, which are tried first."""

ZIP = "420[0-9]{5}\x1d?"
ZIP_PLUS_4 = "420[0-9]{9}\x1d?"
"""The place it goes to, and the GS that ends it where the scanner sent one; then no other split is possible."""
MAILER_9 = "9[0-9]{8}"
MAILER_6 = "[0-8][0-9]{5}"
ANY_MAILER_22 = f"(?:{MAILER_9}[0-9]{{7}}|{MAILER_6}[0-9]{{10}})"
ANY_MAILER_26 = f"(?:{MAILER_9}[0-9]{{11}}|{MAILER_6}[0-9]{{14}})"
PACKAGE_22 = {
    "USPS IMpb N": f"94[0-9]{{3}}{ANY_MAILER_22}",
    "USPS IMpb C": f"92[0-9]{{3}}{MAILER_9}[0-9]{{7}}|93[0-9]{{3}}{MAILER_6}[0-9]{{10}}|95[0-9]{{3}}{ANY_MAILER_22}",
}
PACKAGE_26 = {
    "USPS IMpb N": f"94[0-9]{{3}}{ANY_MAILER_26}",
    "USPS IMpb C": f"92[0-9]{{3}}{MAILER_9}[0-9]{{11}}|93[0-9]{{3}}{MAILER_6}[0-9]{{14}}|95[0-9]{{3}}{ANY_MAILER_26}",
}
PACKAGE_30 = {"USPS IMpb N": f"94[0-9]{{3}}{MAILER_9}[0-9]{{15}}"}

IMPB = tuple(
    Format("usps", service, f"{front}({package})([0-9])", USPS_CHECK, _checked, gs1=True)
    # 34 digits can be split in two ways, of which the longer ZIP is tried first.
    for front, packages in (
        (ZIP_PLUS_4, PACKAGE_22),
        (f"(?:{ZIP})?", PACKAGE_22),
        (f"(?:{ZIP})?", PACKAGE_26),
        ("", PACKAGE_30),
    )
    for service, package in packages.items()
)
"""The USPS Intelligent Mail package codes. They go by the text with the GS in it."""
