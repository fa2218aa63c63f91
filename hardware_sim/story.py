"""One drop and one pickup, told in the terminal: a whole kiosk in memory, people before it, and a lock that is stuck.

Holds the plot. It must not know how anything is seen or written, and decides nothing for the kiosk: what it tells is
what happened.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from hardware_sim.bank import SimBank
from hardware_sim.doors import DoorFaults
from hardware_sim.people import Lobby, Scan, See, SeeDoorOpen, Shut, Step, Touch, Type, TypeCodeFor, Wait
from hardware_sim.phone import notices
from hardware_sim.site import COURIERS, KEYS, Ports, sound_site, write_site
from hardware_sim.story_page import Lane, Page, wants_colours
from hardware_sim.story_witness import WatchedKiosk, Witness
from hardware_sim.world import World
from kiosk.config import Site
from kiosk.core import view as v
from kiosk.core.books import ParcelState
from kiosk.core.events import Choice
from kiosk.core.ids import CompartmentId, CourierId, UnitId
from kiosk.core.layout import Layout
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import database_path
from storage.database import Database, connect
from storage.queries import CustodyRow, chain_of_custody, parcels_in
from storage.rebuild import compare_projections, verify_tree

COURIER = CourierId("C-ups")
UNIT = UnitId("2A")
PARCEL = "1Z5R89390357567127"
SIZE = "M"
STUCK = CompartmentId("A19")
"""The compartment that the kiosk chooses first for this size in the order of `_row_by_row`."""
MOMENT_MS = 2_000
"""Long enough for the first reading of all doors."""

OPENING = (
    "A bank of 24 compartments stands in the lobby of an apartment building. A courier brings a parcel, the first lock "
    "is stuck, another one is used, and a resident collects. The kiosk that runs the bank is the real one: its "
    "decisions, its record in SQLite, its codes, its drivers. Simulated are the two boards that drive the locks, byte "
    "for byte, and with them doors, people and time, so nobody has to wait."
)
LEGEND = [
    ("2.925", "seconds since the kiosk was started"),
    ("commit", "an entry of the record has become durable: its number, its kind and what it says"),
    ("  +", "another entry of the same commit"),
    ("wire ->", "a frame from the kiosk to a board, at its first byte, in hexadecimal"),
    ("wire <-", "what the board answers"),
    ("s1", "a lock board of family shuoming: drives A01 to A16 and feels their doors"),
    ("w1", "a relay board of family waveshare (Modbus): drives A17 to A24 and feels their doors"),
    ("door", "what a door really does; the kiosk knows only what a contact says when it is asked"),
]


class Plot:
    """One kiosk, who stands in front of it, and how that is told."""

    def __init__(self, directory: Path, seed: int, page: Page) -> None:
        self.page = page
        self.directory = directory
        self.site = site = _site(directory)
        self.world = World(seed)
        self.bank = SimBank(self.world, site.layout, site.machine)
        self.kiosk = WatchedKiosk(self.bank, site, KEYS, seed)
        self.witness = Witness(self.kiosk, site, page)
        self.lobby = Lobby(self.kiosk)
        self.code = ""
        """The resident's pickup code, once the notice came."""

    def chapter(self, heading: str, text: str) -> None:
        self.witness.tell_left_out()
        self.page.heading(heading)
        self.page.paragraph(text)

    def does(self, who: Lane, what: str, *steps: Step) -> None:
        """Somebody does something."""
        self.witness.tell(who, what)
        self.lobby.walk(steps)
        self.witness.catch_up()

    def waits(self, ms: int) -> None:
        self.lobby.do(Wait(ms))
        self.witness.catch_up()


def tell_story(directory: Path, out: TextIO, seed: int) -> bool:
    """Tell it on ``out``; the kiosk's files are written into ``directory``. Whether everything told was proved.

    Takes about a second. The same seed tells the same story.
    """
    page = Page(out, colours=wants_colours(out))
    plot = Plot(directory, seed, page)
    page.heading("A parcel locker, from the drop to the pickup", "=")
    page.paragraph(OPENING)
    page.table(LEGEND)
    for chapter in (_start, _drop, _another_door, _notice, _pickup, _end):
        chapter(plot)
    return _what_is_left(plot)


def _site(directory: Path) -> Site:
    site = sound_site(write_site(directory, Ports(), SMALLEST_COST))
    return replace(site, layout=_row_by_row(site.layout))


def _row_by_row(layout: Layout) -> Layout:
    """The same bank listed row by row from the right: equal compartments are taken in this order, so that one story
    meets both boards.
    """
    return replace(layout, places=tuple(sorted(layout.places, key=lambda place: (place.row, -place.column))))


# --- chapters ---


def _start(plot: Plot) -> None:
    plot.chapter(
        "1. The kiosk starts",
        "It opens a new record, asks each board whether the line echoes, switches off what a crash may have left on, "
        "asks whether inputs act alone, and reads every door. Nothing is opened before that.",
    )
    plot.kiosk.start()
    plot.waits(MOMENT_MS)


def _drop(plot: Plot) -> None:
    plot.chapter(
        "2. A courier brings a parcel, and a lock is stuck",
        f"The latch of {STUCK} does not let go, whatever its coil does. No pulse leaves before its intent is "
        "committed. A board's answer proves nothing about a door; a pulse is repeated only because the contact still "
        "says closed, and never more than twice.",
    )
    plot.bank.door(STUCK).faults = DoorFaults(opens_at_pulse=None)
    carrier, code = COURIERS[COURIER]
    who = Lane.COURIER
    plot.does(who, "touches Deliver", Touch(Choice.DELIVER))
    plot.does(who, "types the access code", Type(code), See(v.ScanLabels))
    plot.does(who, f"scans a label of {carrier.upper()}: {PARCEL}", Scan(PARCEL), Touch(Choice.GO_ON))
    plot.does(who, f"types the unit on the label, {UNIT}", Type(UNIT, ok=True), See(v.ChooseSize))
    plot.does(who, f"touches size {SIZE}", Touch(Choice.SIZE, SIZE), See(v.DropDoorDidNotOpen))


def _another_door(plot: Plot) -> None:
    other = plot.kiosk.screen.offers[0].value
    plot.chapter(
        "3. Another compartment takes the parcel",
        f"{STUCK} takes no more parcels until a technician has seen to it. {other} hangs on the other board, so the "
        "same intent becomes a different frame.",
    )
    who = Lane.COURIER
    plot.does(who, f"touches Use {other}", Touch(Choice.OPEN_OTHER, other), SeeDoorOpen())
    plot.does(who, "puts the parcel in, then pushes the door shut", Shut(), See(v.DropDone))
    plot.does(who, "touches Finish and leaves", Touch(Choice.FINISH), See(v.Welcome))


def _notice(plot: Plot) -> None:
    plot.chapter(
        "4. The notice",
        "For a minute the courier could still undo the drop, so the notice is held that long. It was sealed when the "
        "code was made: only the resident's side can open it.",
    )
    plot.waits(plot.site.policy.undo_s * 1000)
    notice = notices(plot.kiosk.database)[-1]
    plot.code = str(notice["code"])
    plot.witness.tell(Lane.PHONE, f"{notice['carrier'].upper()} brought a parcel for {notice['unit']}.")
    plot.page.line(None, Lane.PHONE, f"It is in {notice['compartment']}, column {notice['column']} from the left.")
    plot.page.line(None, Lane.PHONE, f"Your code is {_spaced(plot.code)}.")


def _spaced(code: str) -> str:
    """As people read codes out."""
    return f"{code[:4]} {code[4:]}"


def _pickup(plot: Plot) -> None:
    plot.chapter(
        "5. The resident collects it",
        "A try is taken from the kiosk's account before the code is looked at, and given back if it was right: pulling "
        "the plug gains nobody a guess. The door, not the typing, uses up the code.",
    )
    who = Lane.RESIDENT
    plot.does(who, "touches Pick up", Touch(Choice.PICK_UP))
    plot.does(who, f"types {_spaced(plot.code)}", TypeCodeFor(PARCEL), SeeDoorOpen())
    plot.does(who, "takes the parcel, then pushes the door shut", Shut(), See(v.PickupDone))
    plot.does(who, "touches Finish and leaves", Touch(Choice.FINISH), See(v.Welcome))


def _end(plot: Plot) -> None:
    plot.chapter(
        "6. The grace, and the end",
        "For five minutes the code still opens this one door, for whoever forgot something. Then the compartment is "
        "free. Asked to end, the kiosk switches off what it can and closes its record.",
    )
    plot.waits(plot.site.policy.grace_s * 1000)
    plot.kiosk.stop()


# --- what is left ---


def _what_is_left(plot: Plot) -> bool:
    """Read the closed record as anybody can who has the file. Whether all of it is proved."""
    plot.page.heading("7. What is left")
    plot.page.paragraph(
        "The kiosk has ended. What follows is read from its SQLite file alone, which says who had the parcel, when and "
        "where. Each entry is a leaf of a hash tree: nobody can change one later and keep the root."
    )
    database = connect(database_path(plot.site))
    try:
        _tell_custody(plot.page, database)
        proofs = [_ordered(plot), _rooted(database), _adds_up(database), _unwritten(plot)]
    finally:
        database.close()
    plot.page.table([("proved" if proof.holds else "NOT SO", proof.claim) for proof in proofs])
    return all(proof.holds for proof in proofs)


def _tell_custody(page: Page, database: Database) -> None:
    for parcel in parcels_in(database, ParcelState.COLLECTED):
        page.paragraph(f"Chain of custody of {parcel.tracking_number} for unit {parcel.unit}, times in UTC:")
        page.table([_custody_line(row) for row in chain_of_custody(database, parcel.parcel)])


def _custody_line(row: CustodyRow) -> tuple[str, ...]:
    when = datetime.fromtimestamp(row.wall_ms / 1000, UTC).isoformat(" ", "milliseconds").removesuffix("+00:00")
    return when, f"#{row.seq}", row.kind, row.compartment, row.actor


@dataclass(frozen=True, slots=True)
class Proof:
    """Something that was checked, and whether it is so."""

    holds: bool
    claim: str


def _ordered(plot: Plot) -> Proof:
    """The witness looked when each pulse was handed over; afterwards nobody can."""
    recorded, unrecorded = plot.witness.recorded, plot.witness.unrecorded
    claim = f"Each of the {len(recorded | unrecorded)} pulses was an intent in the database before any line had it."
    return Proof(bool(recorded) and not unrecorded, claim)


def _rooted(database: Database) -> Proof:
    trees = verify_tree(database)
    size, root = sum(tree.size for tree in trees), trees[-1].root.hex()
    claim = f"The root over all {size} entries, worked out anew, is the one the kiosk kept: {root}"
    return Proof(all(tree.whole for tree in trees), claim)


def _adds_up(database: Database) -> Proof:
    claim = "Compartments, parcels and openings in the database are what the entries add up to."
    return Proof(not compare_projections(database), claim)


def _unwritten(plot: Plot) -> Proof:
    files = [path for path in plot.directory.rglob("*") if path.is_file()]
    claim = "The resident's code is written in none of the kiosk's files."
    return Proof(bool(plot.code) and not any(plot.code.encode() in path.read_bytes() for path in files), claim)
