"""AIM symbology identifiers: the three characters by which a scanner says which kind of symbol it read.

Holds the table of ISO/IEC 15424 as far as parcels and passes need it. It must not know what the symbol says.
"""

import re

GS1_128 = "GS1-128"
OTHER = "other"

BY_LETTER = {
    "A": "Code 39",
    "C": "Code 128",
    "E": "EAN/UPC",
    "I": "Interleaved 2 of 5",
    "L": "PDF417",
    "Q": "QR Code",
    "U": "MaxiCode",
    "d": "Data Matrix",
    "e": "GS1 DataBar",
    "z": "Aztec",
}
BY_PREFIX = {"]C1": GS1_128, "]Q3": "GS1 QR Code", "]d2": "GS1 Data Matrix"}
"""Where the third character makes another symbology of it."""
PREFIX = re.compile("][A-Za-z][A-Za-z0-9]")


def take_prefix(text: str) -> tuple[str | None, str]:
    """The symbology, if a prefix names one, and the text behind it; the letters' case counts."""
    match = PREFIX.match(text)
    if match is None:
        return None, text
    prefix = match[0]
    return BY_PREFIX.get(prefix) or BY_LETTER.get(prefix[1], OTHER), text[len(prefix) :]
