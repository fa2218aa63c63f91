"""GPIO contacts in a whole kiosk: what becomes of the settings, and real threads from a pin to the record and back.

Holds a chip in memory behind libgpiod's factory; the lock boards' ports are not there. It must not know a rule.
"""

import errno
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from drivers.gpio.contacts import ChipSetup, Pull
from drivers.gpio.gpiod_factory import GpiodFactory
from hardware_sim.on_chips import EXPANDER, HEADER, on_chips
from hardware_sim.site import KEYS, Ports, sound_site, write_site
from hardware_sim.soak.building import keeping
from kiosk.config import Site
from kiosk.core import entries as e
from kiosk.core.doors import DoorState
from kiosk.core.ids import CompartmentId
from kiosk.core.state import BoardStatus
from kiosk.core.view import ScreenModel
from kiosk.runner import DeadThreadError, Notifier
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import database_path
from kiosk.wiring.contacts import chip_setups, open_gpiod
from kiosk.wiring.process import DONE, FAILED, Kiosk
from storage.database import connect
from storage.queries import newest_entries
from tests.drivers.gpio.fake_chip import FakeChip, Hardware

pytestmark = pytest.mark.slow

A01, A02 = CompartmentId("A01"), CompartmentId("A02")
PATIENCE_S = 10.0
ROOT = Path(__file__).parents[2]


class Dark:
    """Nobody looks."""

    def show(self, model: ScreenModel) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Two compartments, their contacts on the header."""
    written = sound_site(write_site(tmp_path, Ports.beside(tmp_path), SMALLEST_COST))
    return on_chips(keeping(written, (A01, A02)), (HEADER,))


@pytest.fixture
def hardware() -> Hardware:
    """The header with both doors shut: its contacts close to ground."""
    return Hardware(lines=58, label=HEADER.device)


Start = Callable[[], Kiosk]


@pytest.fixture
def start(site: Site, hardware: Hardware) -> Iterator[Start]:
    running: list[Kiosk] = []

    def open_chip(device: str) -> GpiodFactory:
        assert device == HEADER.device
        return GpiodFactory(FakeChip(hardware))

    def begin() -> Kiosk:
        running.append(Kiosk(site, KEYS, Dark(), cost=SMALLEST_COST, notifier=Notifier(""), open_chip=open_chip))
        running[-1].start()
        return running[-1]

    yield begin
    for kiosk in running:
        kiosk.ask_to_stop("the test is over")
        assert kiosk.wait(PATIENCE_S)


def until(kiosk: Kiosk, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"it never came: {kiosk.engine.state.doors}, {kiosk.engine.state.boards}"
        assert not kiosk.wait(0.01), "the engine ended"


def is_door(kiosk: Kiosk, name: CompartmentId, state: DoorState) -> bool:
    door = kiosk.engine.state.doors.get(name)
    return door is not None and door.state is state


def status(kiosk: Kiosk) -> BoardStatus:
    return kiosk.engine.state.boards[HEADER.chip].status


def bodies(site: Site) -> list[e.Body]:
    with closing(connect(database_path(site))) as database:
        return [entry.body for entry in newest_entries(database, 1_000)]


def ended(kiosk: Kiosk) -> int:
    kiosk.ask_to_stop("enough")
    assert kiosk.wait(PATIENCE_S)
    return kiosk.close()


# --- settings ---


def test_each_chip_with_a_contact_on_it_is_set_up_with_its_pins(site: Site) -> None:
    assert chip_setups(site.machine, site.layout) == (
        ChipSetup(HEADER.chip, "pinctrl-bcm2711", (4, 5), closed_level=0, pull=Pull.UP, inverted_pins=frozenset({6})),
    )
    both = on_chips(site)
    assert [(setup.chip, setup.pins, setup.pull) for setup in chip_setups(both.machine, both.layout)] == [
        (HEADER.chip, (4,), Pull.UP),
        (EXPANDER.chip, (4,), Pull.NONE),
    ]
    assert chip_setups(replace(site.machine, chips=()), site.layout) == ()


def test_a_kiosk_without_chips_does_not_wait_for_gpiozero(tmp_path: Path) -> None:
    write_site(tmp_path, Ports(), SMALLEST_COST)
    program = (
        "import sys; from pathlib import Path; import hardware_sim.kiosk, hardware_sim.bank;"
        "from kiosk.wiring.contacts import contact_threads, open_gpiod; import kiosk.wiring.process;"
        "from hardware_sim.site import sound_site; site = sound_site(Path(sys.argv[1]));"
        "assert contact_threads(site.machine, site.layout, open_gpiod, None, None) == ();"
        "print([name for name in ('gpiozero', 'gpiod', 'lgpio') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "kiosk.toml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"


def test_a_machine_without_gpiod_is_told_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    monkeypatch.delitem(sys.modules, "drivers.gpio.gpiod_factory", raising=False)

    with pytest.raises(OSError, match=r"gpiod is not installed; \./run setup installs it: 'gpiochip0'") as raised:
        open_gpiod("gpiochip0")
    assert raised.value.errno == errno.ENOPKG


def test_a_machine_without_the_chip_is_told_so_by_libgpiod() -> None:
    with pytest.raises(FileNotFoundError, match=r"none of the . GPIO chips has this name or label: 'no such chip'"):
        open_gpiod("no such chip")


# --- threads ---


def test_a_door_is_known_from_its_pin_and_a_forced_one_is_recorded(
    start: Start, site: Site, hardware: Hardware
) -> None:
    kiosk = start()
    until(kiosk, lambda: is_door(kiosk, A01, DoorState.CLOSED) and is_door(kiosk, A02, DoorState.CLOSED))
    hardware.drive(5, 1)
    until(kiosk, lambda: is_door(kiosk, A02, DoorState.OPEN))

    assert is_door(kiosk, A01, DoorState.CLOSED)
    assert ended(kiosk) == DONE
    assert [body.compartment for body in bodies(site) if isinstance(body, e.DoorForced)] == [A02]
    assert (hardware.taken, hardware.open_chips) == ({}, 0)


def test_a_chip_that_disappears_and_returns_is_recorded_and_ends_nothing(
    start: Start, site: Site, hardware: Hardware
) -> None:
    kiosk = start()
    until(kiosk, lambda: is_door(kiosk, A01, DoorState.CLOSED))
    hardware.vanish()
    until(kiosk, lambda: status(kiosk) is BoardStatus.LOST)
    assert is_door(kiosk, A01, DoorState.UNKNOWN)

    hardware.gone = False
    until(kiosk, lambda: is_door(kiosk, A01, DoorState.CLOSED))
    assert status(kiosk) is BoardStatus.ALIVE
    assert ended(kiosk) == DONE
    told = [
        body for body in bodies(site) if isinstance(body, e.BoardLost | e.BoardReturned) and body.board == HEADER.chip
    ]
    assert told == [e.BoardLost(HEADER.chip, "No such device"), e.BoardReturned(HEADER.chip)]


def test_the_next_process_takes_the_same_pins_again(start: Start, hardware: Hardware) -> None:
    first = start()
    until(first, partial(is_door, first, A01, DoorState.CLOSED))
    assert ended(first) == DONE

    hardware.levels[4] = 1
    second = start()
    until(second, partial(is_door, second, A01, DoorState.OPEN))
    assert ended(second) == DONE


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_chips_thread_that_dies_of_our_own_fault_ends_the_process(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_device: str) -> GpiodFactory:
        message = "a fault of ours"
        raise RuntimeError(message)

    kiosk = Kiosk(site, KEYS, Dark(), cost=SMALLEST_COST, notifier=Notifier(""), open_chip=fail)
    kiosk.start()

    assert kiosk.wait(PATIENCE_S)
    assert kiosk.close() == FAILED
    (record,) = [record for record in caplog.records if record.message == "the engine ended"]
    assert record.exc_info is not None
    assert record.exc_info[0] is DeadThreadError
