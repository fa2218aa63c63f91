"""Checks: what was looked at, whether it is well, and what would help if it is not.

Holds the value and how a device that cannot be used is told. It must not know which devices there are.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``remedy`` is "" where there is nothing to be done."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


REMEDIES: Mapping[int, str] = {
    errno.ENOENT: "plug it in; if it has another path now, name that one in the settings, best one of …/by-path/",
    errno.ENODEV: "plug it in, or look at its cable and its supply",
    errno.ENXIO: "plug it in, or look at its cable and its supply",
    errno.EIO: "plug it out and in again; if that does not help, it or its cable is broken",
    errno.EACCES: "run this as the service's user; if it is, add that user to the device's group and start anew",
    errno.EPERM: "run this as the service's user; if it is, add that user to the device's group and start anew",
    errno.EBUSY: "another program has it: fuser -v names it; stop that one",
    errno.EAGAIN: "another program has it: fuser -v names it; stop that one",
    errno.ENOPKG: "./run setup installs what is missing",
    errno.ENOTTY: "this is no serial port; name the right one in the settings",
}
"""What helps against each error that opening a device was seen to raise."""
ANY_REMEDY = "look at its cable and its supply, and whether the settings name the right one"


def remedy_of(error: Exception) -> str:
    """What helps; pyserial keeps the number of what went wrong, or names the number in its text only."""
    number = getattr(error, "errno", None)
    if number is None and "exclusively lock" in str(error):
        number = errno.EBUSY
    return REMEDIES.get(number or 0, ANY_REMEDY)


def all_ok(checks: "list[Check]") -> bool:
    return all(check.ok for check in checks)
