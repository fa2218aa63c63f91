"""Every fault that the simulator knows, with what is required of the kiosk then, for each family of boards.

Holds one table. It must not know how a case is lived through.

``F`` and ``X`` are the rows of the project's list of faults and of cases from the field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware_sim.soak.plan import ROWS
from tests.flows import fault_checks as c
from tests.flows import fault_moments as at
from tests.flows.fault_checks import Check

Checks = tuple[Check, ...]
Other = Mapping[str, tuple[str, Checks]]
"""Families of which something else is required: why, and what."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row. ``what`` is the fault in words."""

    what: str
    moment: at.Moment
    checks: Checks
    other: Other = field(default_factory=dict)
    cannot: Mapping[str, str] = field(default_factory=dict)
    """Families that it cannot happen to: why."""

    def required(self, family: str) -> Checks:
        return self.other[family][1] if family in self.other else self.checks


def rows_of(name: str) -> tuple[str, ...]:
    """The rows of the list that a fault belongs to."""
    return tuple(row for row, names in ROWS.items() if name in names)


AS_USUAL: Checks = (c.OPENS, c.pulses(1), c.ONE_CYCLE, c.NO_BOARD_LOST, c.SERVED, c.COLLECTED)
"""What does not matter."""
NOT_AGAIN: Checks = (c.KEPT, c.told("board silent"), c.AFTER_SIX_SECONDS, c.out_of_order("board silent"))
LOST: Checks = (*NOT_AGAIN, c.pulses(1), c.BOARD_LOST, c.OTHERS_GO_ON, c.COLLECTED)
"""What nobody can tell of a pulse that nothing is heard of."""
NEVER_HEARD: Checks = (*NOT_AGAIN, c.pulses(0), c.BOARD_LOST, c.OTHERS_GO_ON, c.COLLECTED)
JAMMED: Checks = (
    *(c.KEPT, c.told("did not open"), c.pulses(3), c.out_of_order("did not open"), c.OTHERS_GO_ON, c.COLLECTED),
)
REFUSED: Checks = (c.KEPT, c.told("refused"), c.out_of_order("refused"), c.OTHERS_GO_ON, c.COLLECTED)
NO_CHECK = "an answer without a checksum proves no refusal: the contact decides"
STAYS_OPEN: Checks = (
    *(c.told("left open"), c.recorded("door_left_open", "after 120 s somebody is told"), c.pulses(1)),
    *(c.STAYS_OCCUPIED, c.NOT_ASSIGNED, c.COLLECTED),
)
NO_SUCH_FRAME = "its family has no frame for that"
VERSION_OF_UPDATES = "the only frame that tells belongs to updates of its software, and is not sent"
OWN_TIMER = "its board times pulses by itself, and no frame asks for how long: measured at commissioning"
TWO_READS = "contacts count when two answers agree, and each answer comes in the middle of the next question"

TABLE: Mapping[str, Fault] = {
    # locks, doors, contacts
    "stuck-latch": Fault("no pulse opens the lock", at.at_the_pulse, JAMMED),
    "stiff-latch": Fault(
        "the lock lets go at the second pulse",
        at.at_the_pulse,
        (c.OPENS, c.pulses(2), c.ONE_CYCLE, c.SERVED, c.COLLECTED),
    ),
    "auto-relock": Fault(
        "the contact opens and closes again, the door never moved",
        at.at_the_pulse,
        (c.told("relocked"), c.KEPT, c.pulses(1), c.OTHERS_GO_ON, c.COLLECTED),
    ),
    "rebound": Fault("the door springs open again within a second", at.at_the_pulse, AS_USUAL),
    "held-open": Fault("something keeps the door from being shut", at.at_the_pulse, STAYS_OPEN),
    "popped-open": Fault(
        "the door opens by itself",
        at.after_a_while,
        (c.forced("A01"), c.IN_CHECK, c.NOT_ASSIGNED, c.OPENS, c.COLLECTED),
    ),
    "slam-pops-neighbour": Fault(
        "shutting A01 pops A02 open",
        at.at_the_pulse,
        (c.OPENS, c.pulses(1), c.forced("A02"), c.NOT_ASSIGNED, c.COLLECTED),
    ),
    "stuck-contact": Fault("the contact always says closed", at.at_the_pulse, (*JAMMED, c.SUSPECTED)),
    "stuck-contact-open": Fault("the contact always says open", at.at_the_pulse, STAYS_OPEN),
    "bouncing-contact": Fault("the contact chatters for about 100 ms", at.at_the_pulse, AS_USUAL),
    "disconnected-contact": Fault(
        "the contact's wire is broken",
        at.at_the_pulse,
        STAYS_OPEN,
        other={"winnsen": ("an input without a wire reads as a shut door", (*JAMMED, c.SUSPECTED))},
    ),
    "wrong-door": Fault(
        "the locks of A01 and A02 are swapped",
        at.at_the_pulse,
        (
            *(c.told("wiring"), c.KEPT, c.pulses(1), c.IN_CHECK, c.forced("A02"), c.STAYS),
            c.recorded("wiring_suspected", "both doors are named as swapped"),
        ),
    ),
    # boards
    "silent-board": Fault("the board obeys and says nothing", at.at_the_pulse, (*LOST, c.SUSPECTED)),
    "dead-board": Fault("the board does nothing", at.at_the_pulse, LOST),
    "late-board": Fault(
        "the board answers after 1.1 s, in the middle of another exchange",
        at.at_the_pulse,
        (c.OPENS, c.pulses(1), c.ONE_CYCLE, c.SERVED, c.COLLECTED),
        other={"winnsen": (TWO_READS, LOST)},
    ),
    "refusing-board": Fault(
        "the board does not obey unlocks",
        at.at_the_pulse,
        (*REFUSED, c.pulses(1)),
        other={
            "shuoming": (
                "it has no frame for no: it is silent",
                (*NOT_AGAIN, c.pulses(1), c.NO_BOARD_LOST, c.OTHERS_GO_ON, c.COLLECTED),
            ),
            "kerong": ("an unlock need not be answered: the contact decides", JAMMED),
            "winnsen": (NO_CHECK, JAMMED),
        },
    ),
    "brown-out": Fault(
        "each pulse pulls the board's own supply down",
        at.at_the_pulse,
        (*NOT_AGAIN, c.pulses(1), c.NO_BOARD_LOST, c.OTHERS_GO_ON, c.COLLECTED),
    ),
    "sag": Fault(
        "each pulse pulls down the supply of every board",
        at.at_the_pulse,
        (*NOT_AGAIN, c.pulses(1), c.NO_BOARD_LOST, c.COLLECTED),
    ),
    "fires-at-power-on": Fault(
        "all locks of the board fire when its supply returns",
        at.at_rest,
        (
            *(c.KEPT, c.pulses(0), c.forced("A01", "A05", "A09"), c.IN_CHECK, c.NOT_ASSIGNED, c.COLLECTED),
            c.recorded("forced_storm", "a storm, whose doors staff walk"),
        ),
    ),
    "other-address": Fault("the board was swapped for one with another address", at.at_the_pulse, NEVER_HEARD),
    "other-polarity": Fault(
        "the board was swapped for one whose contacts have the other sense",
        at.at_start,
        (c.KEPT, c.pulses(0), c.alarm("board swapped"), c.IN_CHECK, c.OTHERS_GO_ON, c.COLLECTED),
    ),
    "input-mode": Fault(
        "inputs of the board switch its outputs",
        at.at_start,
        (c.alarm("inputs act on locks"), c.out_of_order("inputs act on locks"), c.OTHERS_GO_ON, c.COLLECTED),
        cannot=dict.fromkeys(("shuoming", "wkly", "kerong", "winnsen"), "its inputs have no modes"),
    ),
    "busy-after-unlock": Fault("the board answers nothing for 1.5 s after an unlock", at.at_the_pulse, AS_USUAL),
    "unanswered-unlocks": Fault("the board never answers an unlock", at.at_the_pulse, AS_USUAL),
    "cool-down": Fault(
        "the board pulses no lock again for 3 s, and the latch is stiff",
        at.at_a_second_pulse,
        (*REFUSED, c.pulses(2)),
        other={
            "shuoming": (
                "it has no frame for no: it is silent",
                (c.KEPT, c.told("board silent"), c.pulses(2), c.out_of_order("board silent"), c.COLLECTED),
            ),
            "kerong": (
                "an unlock need not be answered: the contact decides",
                (c.OPENS, c.pulses(3), c.SERVED, c.COLLECTED),
            ),
            "winnsen": (NO_CHECK, (c.OPENS, c.pulses(3), c.SERVED, c.COLLECTED)),
        },
    ),
    "long-pulse": Fault(
        "the board's own timer was set to 5 s",
        at.at_start,
        (*AS_USUAL, c.PULSE_AS_ASKED),
        other={
            "kerong": (
                "its pulse time is read at the start, and again before each pulse that would be too long",
                (
                    *(c.KEPT, c.pulses(0), c.alarm("pulse too long"), c.out_of_order("pulse too long")),
                    *(c.PULSE_AS_ASKED, c.OTHERS_GO_ON, c.COLLECTED),
                ),
            ),
            **dict.fromkeys(("shuoming", "wkly", "winnsen"), (OWN_TIMER, (*AS_USUAL, c.OWN_TIME))),
        },
    ),
    "other-version": Fault(
        "the board was swapped for one with other software than the settings name",
        at.at_start,
        (c.alarm("other version"), c.out_of_order("other version"), c.OTHERS_GO_ON, c.COLLECTED),
        cannot=dict.fromkeys(("shuoming", "wkly", "winnsen"), NO_SUCH_FRAME) | {"kerong": VERSION_OF_UPDATES},
    ),
    "tells-changes": Fault(
        "the board says unasked that a door moved",
        at.at_the_pulse,
        AS_USUAL,
        cannot=dict.fromkeys(("kerong", "winnsen", "waveshare"), NO_SUCH_FRAME),
    ),
    "wrong-speed": Fault("the board is set to another speed", at.at_the_pulse, LOST),
    # lines
    "echo": Fault("the adapter returns what it sends", at.at_the_pulse, AS_USUAL),
    "damaged-echo": Fault("the adapter returns what it sends, with a wrong bit", at.at_the_pulse, AS_USUAL),
    "garbage": Fault("noise in place of answers", at.at_the_pulse, (*LOST, c.SUSPECTED)),
    "garbage-before": Fault("noise before answers", at.at_the_pulse, AS_USUAL),
    "garbage-after": Fault("noise behind answers", at.at_the_pulse, AS_USUAL),
    "flipped-bit": Fault("a wrong bit in each answer", at.at_the_pulse, (*LOST, c.SUSPECTED)),
    "cut-off": Fault("answers end after three bytes", at.at_the_pulse, (*LOST, c.SUSPECTED)),
    "first-lost": Fault("answers lose their first byte", at.at_the_pulse, (*LOST, c.SUSPECTED)),
    "damaged-requests": Fault("a wrong bit in each request", at.at_the_pulse, NEVER_HEARD),
    "noise": Fault("bytes on the line that nobody sent", at.at_the_pulse, AS_USUAL),
    "unplugged": Fault(
        "the line's adapter is pulled out",
        at.at_the_pulse,
        (c.KEPT, c.told("board lost"), c.pulses(0), c.BOARD_LOST, c.OTHERS_GO_ON, c.COLLECTED),
    ),
    # chips and scanner
    "chip-lost": Fault(
        "the GPIO chip with the contact of A01 vanishes",
        at.at_the_pulse,
        (
            *(c.KEPT, c.told("contact unreadable"), c.pulses(1), c.out_of_order("contact unreadable")),
            *(c.BOARD_LOST, c.OTHERS_GO_ON, c.COLLECTED),
        ),
    ),
    "scanner-lost": Fault("the scanner is pulled out: numbers are typed", at.at_the_scan, (*AS_USUAL, c.ONE_PARCEL)),
    "scanner-flood": Fault("the scanner sends 5000 characters in one go", at.at_the_scan, (*AS_USUAL, c.ONE_PARCEL)),
    "cut-scan": Fault("a scan breaks off: it can be taken off the list", at.at_the_scan, (*AS_USUAL, c.ONE_PARCEL)),
    # supply and disk
    "power-lost": Fault(
        "the supply of every board fails",
        at.after_a_while,
        (c.KEPT, c.told("board lost"), c.pulses(0), c.EVERY_BOARD_LOST, c.NOTHING_DELIVERED, c.COLLECTED),
    ),
    "supply-dead": Fault(
        "boards answer, and no lock moves",
        at.at_three_doors,
        (
            *(c.KEPT, c.told("did not open"), c.pulses(3), c.NOTHING_DELIVERED, c.COLLECTED),
            c.recorded("supply_alarm", "at the third door in a row one alarm for the supply"),
            c.NOT_BLAMED,
        ),
    ),
    "disk-low": Fault(
        "space for pickups only", at.at_the_pulse, (c.OPENS, c.pulses(1), c.NOTHING_DELIVERED, c.COLLECTED)
    ),
    "disk-full": Fault(
        "no space for a record",
        at.at_the_pulse,
        (c.told("not offered"), c.KEPT, c.pulses(0), c.NOTHING_DELIVERED, c.COLLECTED),
    ),
}
ELSEWHERE: Mapping[str, str] = {
    "cut": "tests/flows/test_cut_off.py",
    "cut-at-write": "tests/powercut/test_replay.py",
    "clock-jump": "tests/flows/test_kiosk_life.py",
    "failed-commit": "tests/powercut/test_faults.py",
    "year-over": "tests/storage/test_erasure.py",
    "put-back": "tests/storage/test_restore.py",
    "damaged-record": "tests/storage/test_start.py",
    "prune": "tests/flows/test_prune.py",
}
"""What no board can make a difference to, and where it is tried."""
