"""How long the kiosk lets a person wait: last digit to pulse, size touch to pulse, each beside its floor in one run.

Holds the measurement: one whole kiosk in this process, every thread as it ships, its bank in another process on paced
pseudo-terminals. Times are from handing the event to the engine's inbox to the far end's first byte of the pulse frame.

    .venv/bin/python -m tests.measure.latency --rounds 40
"""

import argparse
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from hardware_sim.phone import NoNoticeError, code_for
from hardware_sim.real_time import real_now_us
from hardware_sim.site import COURIERS, KEYS
from kiosk.config import Site
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.entries import ClockState, Entry, Purpose, Stamp
from kiosk.core.events import Choice, Chose, Event, Key, KeyPressed, Scanned
from kiosk.core.ids import CompartmentId, CourierId, KioskId, OpeningId, ParcelId, ResidentId, Secret, UnitId, VisitId
from kiosk.core.offers import Offer
from kiosk.core.state import Stage
from kiosk.core.view import ScreenModel
from kiosk.runner import Notifier
from kiosk.vault import DEFAULT_COST, SystemEntropy, derive_verifier
from kiosk.wiring.process import Kiosk
from storage.database import Database, connect
from storage.journal import SqlJournal
from storage.start import Opened, open_storage
from tests.measure.bench import BankProcess, bank_process, bench_site, is_unlock, wait_until

NUMBER = "1Z5R89390357567127"
LATELY = 200
"""Entries among which a parcel's notice must be that was brought just now, however long the record is."""
PULSE_OVER_US = 600_000
COURIER_CODE = COURIERS[CourierId("C-ups")][1]
QUICK = "undo_s = 10\nidle_warn_s = 120\nidle_end_s = 240\n"
POLLS = {"line idle": "poll_idle_ms = 10000\n", "polled every 200 ms": "poll_idle_ms = 200\n"}


class NewestScreen:
    """Keeps the newest screen model, for hands that look at it."""

    def __init__(self) -> None:
        self.model: ScreenModel | None = None

    def show(self, model: ScreenModel) -> None:
        self.model = model


class Hands:
    """Somebody who acts on a running kiosk and its bank as fast as the screen allows."""

    def __init__(self, kiosk: Kiosk, screen: NewestScreen, bank: BankProcess, database: Path) -> None:
        self._kiosk, self._screen, self._bank, self._path = kiosk, screen, bank, database

    @property
    def page(self) -> Any:  # noqa: ANN401 - the caller knows which page it looks at
        return self._screen.model.page if self._screen.model is not None else None

    def see(self, page: type[v.Page]) -> None:
        try:
            wait_until(lambda: isinstance(self.page, page), page.__name__)
        except TimeoutError as error:
            error.add_note(f"the screen shows {self._screen.model}")
            raise

    def post(self, event: Event) -> int:
        """Hand it over; when that was."""
        at_us = real_now_us()
        self._kiosk.inbox.put(event)
        return at_us

    def touch(self, choice: Choice, value: str = "") -> int:
        wait_until(lambda: self._offered(choice, value), f"{choice} to be offered")
        return self.post(Chose(choice, value))

    def _offered(self, choice: Choice, value: str) -> bool:
        return self._screen.model is not None and Offer(choice, value) in self._screen.model.offers

    def keys(self, text: Sequence[str]) -> int:
        """Type; when the last key was handed over."""
        at_us = 0
        for key in text:
            at_us = self.post(KeyPressed(Secret(key)))
        return at_us

    def identify(self) -> None:
        self.touch(Choice.DELIVER)
        self.keys(COURIER_CODE)
        self.see(v.ScanLabels)
        self.post(Scanned(Secret(NUMBER)))
        self.touch(Choice.GO_ON)

    def to_size(self) -> None:
        """From the unit's page; a parcel taken back is still the one in hand."""
        self.see(v.AskUnit)
        self.keys([*"2A", Key.OK])
        self.see(v.ChooseSize)

    def door_is_open(self) -> str:
        wait_until(lambda: getattr(self.page, "stage", None) is Stage.OPEN, "the door to open")
        return str(self.page.door.compartment)

    def shut(self, door: str) -> None:
        """Push it once its lock is no longer energised: before that no latch catches."""
        over_us = real_now_us() + PULSE_OVER_US
        wait_until(lambda: door in self._bank.open_doors and real_now_us() > over_us, f"{door} to stand open")
        self._bank.push(door)

    def newest_code(self) -> str:
        """Of the newest notice that has gone out; empty if there is none."""
        database = connect(self._path)
        try:
            return code_for(database, NUMBER, LATELY)
        except NoNoticeError:
            return ""
        finally:
            database.close()


@contextmanager
def running(directory: Path, site: Site) -> Iterator[tuple[Hands, BankProcess]]:
    """A kiosk and its bank, on the site written in ``directory``, with its first screen shown."""
    screen = NewestScreen()
    with bank_process(directory) as bank:
        kiosk = Kiosk(site, KEYS, screen, notifier=Notifier(""))
        kiosk.start()
        hands = Hands(kiosk, screen, bank, site.machine.identity.data_directory / "kiosk.db")
        hands.see(v.Welcome)
        wait_until(lambda: not _unread(kiosk), "every door to be read")
        yield hands, bank
        kiosk.ask_to_stop("measured")
        kiosk.wait()
        kiosk.close()


def on_bench(directory: Path, policy: str) -> tuple[Path, Site]:
    """The usual bench, written into ``directory``."""
    return directory, bench_site(directory, QUICK + policy)


def _unread(kiosk: Kiosk) -> list[CompartmentId]:
    doors = kiosk.engine.state.doors
    names = [place.compartment for place in kiosk.engine.state.layout.places]
    return [name for name in names if name not in doors or not doors[name].readable]


def size_to_pulse(hands: Hands, bank: BankProcess, rounds: int) -> list[int]:
    """Microseconds from touching a size to the pulse's first byte; each drop is taken back."""
    taken_us = []
    hands.identify()
    for _ in range(rounds):
        hands.to_size()
        bank.forget()
        begun_us = hands.touch(Choice.SIZE, "M")
        taken_us.append(bank.first_byte_of(is_unlock) - begun_us)
        door = hands.door_is_open()
        hands.touch(Choice.CANCEL)
        hands.shut(door)
        hands.touch(Choice.TAKEN_BACK)
        hands.touch(Choice.NEXT_PARCEL)
    hands.touch(Choice.TAKE_WITH_ME)
    hands.touch(Choice.FINISH)
    hands.see(v.Welcome)
    return taken_us


def digit_to_pulse(hands: Hands, bank: BankProcess, rounds: int) -> list[int]:
    """Microseconds from the last digit of a right code to the pulse's first byte."""
    return pickups(hands, bank, brought(hands), rounds)


def brought(hands: Hands) -> str:
    """Bring a parcel; its code, once the notice is out."""
    before = hands.newest_code()
    hands.identify()
    hands.to_size()
    hands.touch(Choice.SIZE, "S")
    hands.shut(hands.door_is_open())
    wait_until(lambda: Choice.IT_IS_DONE in _choices(hands) or isinstance(hands.page, v.DropDone), "the drop")
    if not isinstance(hands.page, v.DropDone):
        hands.touch(Choice.IT_IS_DONE)
    hands.touch(Choice.FINISH)
    hands.see(v.Welcome)
    wait_until(lambda: hands.newest_code() not in ("", before), "the notice")
    return hands.newest_code()


def pickups(
    hands: Hands, bank: BankProcess, code: str, rounds: int, wanted: Callable[[bytes], bool] = is_unlock
) -> list[int]:
    """As `digit_to_pulse`, over and over for one parcel: in its grace a code opens again."""
    taken_us = []
    for _ in range(rounds):
        hands.touch(Choice.PICK_UP)
        bank.forget()
        begun_us = hands.keys(code)
        taken_us.append(bank.first_byte_of(wanted) - begun_us)
        hands.shut(hands.door_is_open())
        hands.touch(Choice.FINISH)
        hands.see(v.Welcome)
    return taken_us


def _choices(hands: Hands) -> set[Choice]:
    model = hands._screen.model  # noqa: SLF001 - one measurement
    return {offer.choice for offer in model.offers} if model is not None else set()


# --- floors ---


class Floor:
    """What nobody can do without: commits through the journal, one key derivation, hand-overs between threads."""

    def __init__(self, directory: Path) -> None:
        opened = open_storage(directory / "floor.db", KioskId("floor"))
        assert isinstance(opened, Opened)
        self._database: Database = opened.database
        self._journal = SqlJournal(opened.database, SystemEntropy())
        self._stamp = Stamp(1, 1, ClockState.TRUSTED, 1, 1)
        self._commit(e.EpochStarted("new", "floor"), e.LayoutApplied(1, "", ("A01",)))
        self._commit(e.ParcelReserved(PARCEL, A01, RESIDENT, COURIER, VISIT, "ups", "ok", "fits"))
        self._attempt = 0
        self._to_vault: SimpleQueue[bool] = SimpleQueue()
        self._to_engine: SimpleQueue[bool] = SimpleQueue()
        self._to_line: SimpleQueue[int] = SimpleQueue()
        self._at_line: SimpleQueue[int] = SimpleQueue()
        for each in (self._vault, self._line):
            threading.Thread(target=each, daemon=True).start()

    def _commit(self, *bodies: e.Body) -> None:
        books = self._journal.books()
        epoch = books.epoch or 1
        self._journal.commit([Entry(epoch, books.next_seq + at, self._stamp, body) for at, body in enumerate(bodies)])

    def _vault(self) -> None:
        while self._to_vault.get():
            derive_verifier(Secret("12345678"), KEYS, DEFAULT_COST)
            self._to_engine.put(True)  # noqa: FBT003 - a token

    def _line(self) -> None:
        while True:
            self._to_line.get()
            self._at_line.put(real_now_us())

    def _unlock(self) -> e.UnlockRequested:
        return e.UnlockRequested(OpeningId("o"), 1, A01, Purpose.PICKUP, (PARCEL,), VISIT, "resident:R", "code:p", 300)

    def last_digit(self) -> int:
        """Microseconds of: debit committed, derived in another thread, intent committed, handed to a third thread."""
        self._attempt += 1
        begun_us = real_now_us()
        self._commit(e.AttemptDebited(VISIT, self._attempt, "pickup", 9, 0))
        self._to_vault.put(True)  # noqa: FBT003 - a token
        self._to_engine.get()
        refund, known = e.AttemptRefunded(VISIT, self._attempt, 10), e.ResidentIdentified(VISIT, RESIDENT, "code:p")
        self._commit(refund, known, self._unlock())
        self._to_line.put(0)
        return self._at_line.get() - begun_us

    def one_commit(self) -> int:
        """Microseconds of what a touched size commits: a parcel promised a compartment, and the intent."""
        self._attempt += 1
        parcel = ParcelId(f"p{self._attempt}")
        reserved = e.ParcelReserved(parcel, A01, RESIDENT, COURIER, VISIT, "ups", "ok", "fits", UnitId("2A"), NUMBER)
        begun_us = real_now_us()
        self._commit(reserved, self._unlock())
        taken_us = real_now_us() - begun_us
        self._commit(e.ReservationDropped(parcel, A01, "measured"))
        return taken_us

    def close(self) -> None:
        self._to_vault.put(False)  # noqa: FBT003 - a token
        self._database.close()


A01, PARCEL, RESIDENT = CompartmentId("A01"), ParcelId("p"), ResidentId("R")
COURIER, VISIT = CourierId("C"), VisitId("v")


def repeated(measure: Callable[[], int], rounds: int) -> list[int]:
    return [measure() for _ in range(rounds)]


def report(rounds: int) -> None:
    """Measure, and print the tables."""
    print(f"{rounds} rounds, ms{'':31}{'median':>9}{'p95':>9}")
    for name, polls in POLLS.items():
        with tempfile.TemporaryDirectory() as place, running(*on_bench(Path(place), polls)) as (hands, bank):
            floor = Floor(Path(place))
            sizes = size_to_pulse(hands, bank, rounds)
            commits = repeated(floor.one_commit, rounds)
            digits = digit_to_pulse(hands, bank, rounds)
            floors = repeated(floor.last_digit, rounds)
            floor.close()
        print_rows(name, digits, floors, sizes, commits)


def print_rows(name: str, digits: list[int], floors: list[int], sizes: list[int], commits: list[int]) -> None:
    print(name)
    for label, taken_us in (
        ("last digit to first byte", digits),
        ("  floor: derivation, 2 commits, hand-overs", floors),
        ("size touch to first byte", sizes),
        ("  floor: one commit", commits),
    ):
        print(f"  {label:44}{statistics.median(taken_us) / 1000:9.2f}{p95(taken_us) / 1000:9.2f}")
    ratio = statistics.median(digits) / statistics.median(floors), p95(digits) / p95(floors)
    over = statistics.median(sizes) - statistics.median(commits), p95(sizes) - p95(commits)
    print(f"  {'last digit / floor (at most 1.5)':44}{ratio[0]:9.2f}{ratio[1]:9.2f}")
    print(f"  {'size touch - commit (at most 2 ms)':44}{over[0] / 1000:9.2f}{over[1] / 1000:9.2f}")


def p95(taken_us: Sequence[int]) -> float:
    return statistics.quantiles(taken_us, n=20)[18]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    report(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
