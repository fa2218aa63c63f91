"""MaxiCode: the structured message of UPS, from which the tracking number is put together.

Holds the message's fields. It must not know other symbols.

The order of the fields is that of three printer manuals (Canon MF810, Honeywell E-Class, Avery Dennison Monarch 9485);
how the number is put together follows from the two examples printed there, whose check digits fit no other way.
"""

import re

RS, GS, EOT = "\x1e", "\x1d", "\x04"
HEADER = f"[)>{RS}01{GS}96"

MESSAGE = re.compile(
    f"[A-Z0-9 -]{{0,9}}{GS}"  # postal code
    f"[0-9]{{3}}{GS}"  # country
    f"0([0-9]{{2}}){GS}"  # class of service
    f"1Z([A-Z0-9]{{8}}){GS}"  # the short number
    f"UPSN{GS}"
    f"([A-Z0-9]{{6}})"  # shipper
    # The day of the year, then anything or nothing. A compressed second part stands here and is no day.
    f"(?:{GS}[0-9]{{0,3}}(?:{GS}[ -~{GS}]*)?)?"
    f"(?:{RS}{EOT}?)?",
    re.ASCII,
)


def ups_number(message: str) -> str:
    """The 1Z number in what follows `HEADER`; "" if this is no message of UPS, or one with a compressed part."""
    match = MESSAGE.fullmatch(message)
    if match is None:
        return ""
    service, package, shipper = match.groups()
    return f"1Z{shipper}{service}{package}"
