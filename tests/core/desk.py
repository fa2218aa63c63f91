"""A desk on which the pure core is tried: one state, a clock turned by hand, and everything decided so far.

Holds no rule and no fake of one: events go into the real `decide`, entries and effects come out. It must not know a
device.
"""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from kiosk.core import entries as e
from kiosk.core import events as ev
from kiosk.core.books import Books, Compartment, Parcel
from kiosk.core.codes import damm_digit
from kiosk.core.decide import decide, next_deadline
from kiosk.core.directory import Courier, Directory, Resident, Unit, Welcome
from kiosk.core.draft import Draft
from kiosk.core.effects import MakeCode, Outward, PollDoors, Pulse, VerifyCode
from kiosk.core.entries import ClockState, Entry, Stamp
from kiosk.core.events import Choice, Reading
from kiosk.core.ids import (
    BoardId,
    CompartmentId,
    CourierId,
    KioskId,
    LineId,
    ResidentId,
    Secret,
    SizeName,
    UnitId,
)
from kiosk.core.layout import Contact, ContactSource, Layout, Output, Place, Size
from kiosk.core.policy import Policy
from kiosk.core.state import Board, State
from kiosk.core.view import ScreenModel, present

BODY = TypeVar("BODY")
SMALL, MEDIUM, LARGE = SizeName("S"), SizeName("M"), SizeName("L")
SIZES = (Size(SMALL, 90, 420, 500), Size(MEDIUM, 200, 420, 500), Size(LARGE, 420, 420, 500))
BOARD, LINE = BoardId("b1"), LineId("l1")
LABEL, OTHER_LABEL = "1Z5R89390357567127", "RB123456785GB"
COURIER_CODE = "12345" + damm_digit("12345")


def place(name: str, size: SizeName = SMALL, channel: int = 1, bottom_mm: int = 700, **changes: object) -> Place:
    """One compartment; everything not said is ordinary."""
    plain = Place(
        compartment=CompartmentId(name),
        size=size,
        column=1,
        row=channel,
        left_mm=0,
        bottom_mm=bottom_mm,
        width_mm=440,
        height_mm=200,
        output=Output(BOARD, channel),
        contact=Contact(ContactSource.BOARD_FEEDBACK, BOARD, channel),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


BANK = (
    place("A01", SMALL, 1),
    place("A02", SMALL, 2),
    place("A03", MEDIUM, 3),
    place("A04", MEDIUM, 4),
    place("A05", LARGE, 5),
    place("A06", LARGE, 6),
)


def verifier_of(code: str) -> bytes:
    """What stands for the vault's derivation here: any injective function of the code will do."""
    return code.encode().ljust(32, b"v")


DIRECTORY = Directory(
    version=1,
    units=(Unit(UnitId("12B")), Unit(UnitId("7A")), Unit(UnitId("3C"))),
    residents=(
        Resident(ResidentId("R1"), UnitId("12B"), "Jo Stern"),
        Resident(ResidentId("R2"), UnitId("12B"), "Kim Noll"),
        Resident(ResidentId("R3"), UnitId("7A"), "Ada Weil", needs_reach=True),
        Resident(ResidentId("R4"), UnitId("3C"), "Max Ohm", welcome=Welcome.MOVED_OUT),
    ),
    couriers=(Courier(CourierId("C1"), "dhl", verifier_of(COURIER_CODE).hex()),),
)


@dataclass
class Desk:
    """The core under hand."""

    places: tuple[Place, ...] = BANK
    policy: Policy = field(default_factory=Policy)
    directory: Directory = DIRECTORY
    now_ms: int = 10_000
    wall_ms: int = 1_700_000_000_000
    clock: ClockState = ClockState.TRUSTED
    events: int = 0
    entries: list[Entry] = field(default_factory=list)
    effects: list[Outward] = field(default_factory=list)
    state: State = field(init=False)
    codes: dict[str, str] = field(default_factory=dict)
    """The codes handed out, by parcel."""

    def __post_init__(self) -> None:
        layout = Layout(1, SIZES, self.places)
        boards = {BOARD: Board(BOARD, LINE)}
        self.state = State(
            Books(KioskId("k1")), layout, self.policy, self.directory, boot=1, boards=boards, started_ms=self.now_ms
        )
        draft = Draft(self.state, self.stamp())
        draft.record_entry(Entry(1, 0, draft.stamp, e.EpochStarted("new", "k1")))
        draft.record(e.LayoutApplied(1, "d", tuple(place.compartment for place in self.places)))
        self._take(draft)
        self.do(ev.Started("1.0", "3.40"))
        self.settle()

    def _take(self, draft: Draft) -> None:
        decision = draft.decision()
        self.entries += decision.durable
        self.state = decision.state

    def stamp(self) -> Stamp:
        self.events += 1
        return Stamp(self.now_ms, self.wall_ms + self.now_ms, self.clock, self.state.boot, self.events)

    # --- events ---

    def do(self, event: ev.Event) -> "Desk":
        """One event through the real core."""
        decision = decide(self.state, event, self.stamp())
        self.entries += decision.durable
        self.effects += decision.outward
        self.state = decision.state
        return self

    def wait(self, ms: int) -> "Desk":
        """Time passes; every deadline on the way is kept, doors are polled at its end."""
        until_ms = self.now_ms + ms
        while (due_ms := next_deadline(self.state)) is not None and due_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms)
            before = self.state
            self.do(ev.Ticked())
            assert next_deadline(self.state) != due_ms or self.state != before, "a deadline that nothing answers"
        self.now_ms = until_ms
        return self

    def touch(self, choice: Choice, value: str = "") -> "Desk":
        return self.do(ev.Chose(choice, value))

    def key_in(self, text: str) -> "Desk":
        for key in text:
            self.do(ev.KeyPressed(Secret(key)))
        return self

    def press(self, key: str) -> "Desk":
        return self.do(ev.KeyPressed(Secret(key)))

    def scan(self, text: str) -> "Desk":
        return self.do(ev.Scanned(Secret(text)))

    # --- what the outside does ---

    readings: dict[int, Reading] = field(default_factory=dict)
    items: frozenset[int] = frozenset()

    def read(self) -> "Desk":
        """One poll of the board."""
        closed = {place.contact.channel: Reading.CLOSED for place in self.places}
        source = ContactSource.BOARD_FEEDBACK
        return self.do(ev.ContactsRead(BOARD, source, closed | self.readings, items=self.items))

    def settle(self) -> "Desk":
        """The board is polled for long enough that each door is believed."""
        return self.read().wait(self.policy.closed_stable_ms).read()

    def set_door(self, name: str, reading: Reading, stable_ms: int = 0) -> "Desk":
        """The contact changes and stays so for long enough to be believed."""
        channel = self.state.layout.place(CompartmentId(name)).contact.channel
        self.readings[channel] = reading
        self.read()
        policy = self.policy
        wait_ms = stable_ms or (policy.closed_stable_ms if reading is Reading.CLOSED else policy.opened_stable_ms)
        return self.wait(wait_ms).read()

    def answer_vault(self) -> "Desk":
        """The vault answers whatever it was asked and has not answered yet."""
        asked = [effect for effect in self.effects if isinstance(effect, VerifyCode | MakeCode)]
        self.effects = [effect for effect in self.effects if effect not in asked]
        for effect in asked:
            if isinstance(effect, VerifyCode):
                verifier = Secret(verifier_of(effect.code.reveal()))
                self.do(ev.CodeDerived(effect.visit, effect.attempt, verifier))
            else:
                self.make_code(effect)
        return self

    def make_code(self, effect: MakeCode, digits: str = "") -> "Desk":
        digits = digits or f"{3141590 + len(self.codes)}"
        code = digits + damm_digit(digits)
        self.codes[effect.parcel] = code
        return self.do(ev.CodeMade(effect.parcel, Secret(verifier_of(code)), b"sealed " + effect.parcel.encode()))

    def pulse(self) -> Pulse:
        """The newest pulse asked for."""
        return self.pulses()[-1]

    def pulses(self) -> list[Pulse]:
        return [effect for effect in self.effects if isinstance(effect, Pulse)]

    def polls(self) -> list[PollDoors]:
        return [effect for effect in self.effects if isinstance(effect, PollDoors)]

    def send_pulse(self) -> "Desk":
        return self.do(ev.PulseSent(self.pulse().intent_seq))

    def open_door(self, name: str = "") -> "Desk":
        """The newest pulse is sent and its door (or another) opens."""
        self.send_pulse().wait(100)
        return self.set_door(name or self.pulse().compartment, Reading.OPEN)

    def close_door(self, name: str = "", after_ms: int = 4_000) -> "Desk":
        return self.wait(after_ms).set_door(name or self.pulse().compartment, Reading.CLOSED)

    # --- what came of it ---

    def of(self, kind: type[BODY]) -> list[BODY]:
        """Every entry body of one kind, oldest first."""
        return [entry.body for entry in self.entries if isinstance(entry.body, kind)]

    def last(self, kind: type[BODY]) -> BODY:
        return self.of(kind)[-1]

    def kinds(self, since: int = 0) -> list[str]:
        return [e.NAMES[type(entry.body)] for entry in self.entries[since:]]

    def compartment(self, name: str) -> Compartment:
        return self.state.books.compartments[CompartmentId(name)]

    def parcel(self) -> Parcel:
        """The newest parcel known to the books."""
        return list(self.state.books.parcels.values())[-1]

    @property
    def screen(self) -> ScreenModel:
        return present(self.state)

    @property
    def page(self) -> Any:  # noqa: ANN401 - a test names the page it expects by comparing or by its fields
        return self.screen.page

    def offered(self) -> set[Choice]:
        return {offer.choice for offer in self.screen.offers}

    # --- whole stretches of a visit ---

    def identify(self) -> "Desk":
        return self.touch(Choice.DELIVER).key_in(COURIER_CODE).answer_vault()

    def to_size(self, label: str = LABEL, unit: str = "7A") -> "Desk":
        self.identify().scan(label).touch(Choice.GO_ON)
        return self.key_in(unit).press(ev.Key.OK)

    def fail_to_open(self) -> "Desk":
        """Three pulses after none of which the door opens."""
        for _ in range(3):
            self.pulse_in_vain().wait(3_000)
        return self

    def pulse_in_vain(self) -> "Desk":
        """The newest pulse is sent, and its door is read shut for as long as it may take to open."""
        return self.send_pulse().wait(self.policy.open_wait_ms // 2).read().wait(self.policy.open_wait_ms // 2)

    def drop(self, label: str = LABEL, unit: str = "7A", size: SizeName = SMALL) -> "Desk":
        """A whole drop up to the open door, the code made."""
        return self.to_size(label, unit).touch(Choice.SIZE, size).open_door().answer_vault()

    def stored(self, label: str = LABEL, unit: str = "7A", size: SizeName = SMALL) -> "Desk":
        """A parcel in the bank, its courier gone, its notice out."""
        self.drop(label, unit, size).close_door().touch(Choice.FINISH)
        return self.wait(self.policy.undo_s * 1000)

    def code(self) -> str:
        """The newest code."""
        return list(self.codes.values())[-1]

    def enter(self, code: str) -> "Desk":
        return self.touch(Choice.PICK_UP).key_in(code).answer_vault()
