"""What may be required of a fault's case: one sentence for each requirement, and how it is seen.

Holds checks. It must not know which fault requires which.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.core.books import Custody, ParcelState
from kiosk.core.entries import CodeLife
from tests.flows.fault_case import ON_THE_OTHER, Seen
from tests.flows.fault_moments import A01, NEXT

SILENT_WAIT_MS = 6_000, 8_000
"""Boards are polled for six seconds, and a line's time-outs are counted in."""


@dataclass(frozen=True, slots=True)
class Check:
    """``says`` completes the sentence "the kiosk's part is that ..."."""

    says: str
    holds: Callable[[Seen], bool]


def told(reason: str) -> Check:
    return Check(f"the person is told `{reason}`", lambda seen: seen.told.words == reason)


def pulses(count: int) -> Check:
    words = {0: "its lock is not pulsed", 1: "one pulse, and no other", 2: "a second pulse opens it"}
    return Check(words.get(count, f"{count} pulses at most, each its own intent"), lambda seen: seen.pulses == count)


def out_of_order(reason: str) -> Check:
    return Check(
        "its compartment is out of order",
        lambda seen: seen.compartment.out_of_order == reason and seen.elsewhere != A01,
    )


NOT_BLAMED = Check("no lock is out of order for it", lambda seen: not seen.compartment.out_of_order)


def alarm(words: str) -> Check:
    return Check(f"the alarm `{words}`", lambda seen: seen.alarms == (words,))


def recorded(kind: str, says: str) -> Check:
    return Check(says, lambda seen: kind in seen.kinds)


def forced(*names: str) -> Check:
    return Check(f"{', '.join(names)} recorded as opened by itself", lambda seen: seen.forced == names)


OPENS = Check(
    "it opens, and the parcel is collected",
    lambda seen: seen.told.words == "opened" and (seen.parcel, seen.code) == (ParcelState.COLLECTED, CodeLife.GRACE),
)
ONE_CYCLE = Check(
    "one opening and nothing forced", lambda seen: not seen.forced and seen.compartment.custody is Custody.GRACE
)
KEPT = Check(
    "parcel and code stay as they are", lambda seen: (seen.parcel, seen.code) == (ParcelState.STORED, CodeLife.LIVE)
)
AFTER_SIX_SECONDS = Check(
    "the person is asked after six seconds",
    lambda seen: SILENT_WAIT_MS[0] - 500 <= seen.told.after_ms <= SILENT_WAIT_MS[1],
)
BOARD_LOST = Check("the board counts as lost", lambda seen: len(seen.boards) == 1 and "board_lost" in seen.kinds)
EVERY_BOARD_LOST = Check("every board counts as lost", lambda seen: len(seen.boards) == 2)
NO_BOARD_LOST = Check("no board counts as lost", lambda seen: not seen.boards)
OTHERS_GO_ON = Check("other boards go on", lambda seen: seen.elsewhere in ON_THE_OTHER)
NOT_ASSIGNED = Check("its compartment takes no new parcel", lambda seen: seen.elsewhere not in {"", A01})
SERVED = Check("the next parcel goes its way", lambda seen: bool(seen.elsewhere))
NOTHING_DELIVERED = Check("no new parcel is taken in", lambda seen: not seen.elsewhere)
ONE_PARCEL = Check("one parcel is recorded, under its own number", lambda seen: seen.numbers == (NEXT,))
IN_CHECK = Check("its content is in doubt", lambda seen: seen.compartment.custody is Custody.CHECK)
STAYS_OCCUPIED = Check("its compartment counts as occupied", lambda seen: seen.compartment.custody is Custody.OCCUPIED)
SUSPECTED = Check(
    "its contact is suspected once the person says that it is open",
    lambda seen: seen.told.open_anyway and "contact_suspected" in seen.kinds,
)
COLLECTED = Check(
    "once it is mended, the same code collects",
    lambda seen: (seen.at_last, seen.anew) == (ParcelState.COLLECTED, False),
)
STAYS = Check(
    "the bank stays stopped until somebody has looked, also over a start",
    lambda seen: (seen.at_last, seen.anew) == (ParcelState.STORED, True) and not seen.elsewhere,
)
"""A fault that says nothing of how it ends says `COLLECTED`."""
PULSE_AS_ASKED = Check("the lock is energised for no longer than asked", lambda seen: 0 < seen.longest_ms <= 300)
OWN_TIME = Check("the lock is energised for as long as the board was set to", lambda seen: seen.longest_ms == 5_000)
