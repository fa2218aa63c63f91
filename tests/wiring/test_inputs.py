"""Scanners, badge readers and keypads in a whole kiosk: real threads, from a page that asks to the scanner's trigger,
and from a badge to the words for it.

The lock boards' ports are not there. Must not know a rule.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware_sim.pty import scanner_on_pty
from hardware_sim.real_time import RealTime, real_now_us
from hardware_sim.scanner import SimScanner
from hardware_sim.scanner_firmware import AnyFirmware, scanner_with
from hardware_sim.site import KEYS, Ports, sound_site, write_site
from hardware_sim.world import World
from kiosk.core import view as v
from kiosk.core.events import Choice, Chose, KeyPressed
from kiosk.core.ids import Secret
from kiosk.core.state import CodeProblem
from kiosk.core.view import ScreenModel
from kiosk.runner import Notifier
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.process import DONE, Kiosk

PATIENCE_S = 10.0
FLOOD_BAUD = 100_000
"""Ten thousand characters a second."""
PROMPT_S = 0.3
"""A key is on the screen by then."""
INPUTS = """
[[badge_reader]]
id = "door"
kind = "serial"
port = "{directory}/badges"
baud = 9600

[[badge_reader]]
id = "gate"
kind = "keyboard"
port = "{directory}/no-such-reader"

[[keypad]]
id = "pad"
port = "{directory}/no-such-keypad"
"""


class NewestScreen:
    def __init__(self) -> None:
        self.model: ScreenModel | None = None

    def show(self, model: ScreenModel) -> None:
        self.model = model

    @property
    def page(self) -> v.Page | None:
        return self.model.page if self.model is not None else None


class Counter:
    """A kiosk with a scanner that is triggered and a badge reader, both simulated, in real time."""

    def __init__(self, directory: Path, protocol: str, baud: int = 9600) -> None:
        self.screen = NewestScreen()
        self._directory = directory
        self._real_time = RealTime(World(now_us=real_now_us()))
        self.scanner = SimScanner(self._real_time.world, baud)
        self.badges = SimScanner(self._real_time.world)
        self.firmware: AnyFirmware = scanner_with(protocol, self.scanner)
        path = write_site(directory, Ports.beside(directory), SMALLEST_COST, display=INPUTS.format(directory=directory))
        text = path.read_text(encoding="utf-8")
        assert 'kind = "serial"\n' in text
        path.write_text(
            text.replace('kind = "serial"\n', f'kind = "serial"\nprotocol = "{protocol}"\n', 1), encoding="utf-8"
        )
        self.kiosk = Kiosk(sound_site(path), KEYS, self.screen, cost=SMALLEST_COST, notifier=Notifier(""))

    def begin(self) -> None:
        self._real_time.__enter__()
        self.do(lambda: scanner_on_pty(self._real_time, self.scanner, self._directory / "scanner"))
        self.do(lambda: scanner_on_pty(self._real_time, self.badges, self._directory / "badges"))
        self.kiosk.start()

    def end(self) -> int:
        self.kiosk.ask_to_stop("the test is over")
        assert self.kiosk.wait(PATIENCE_S)
        code = self.kiosk.close()
        self.do(self.scanner.unplug)
        self.do(self.badges.unplug)
        self._real_time.stop()
        return code

    def do(self, what: Callable[[], object]) -> None:
        self._real_time.ask(what)

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"it never came: {self.screen.page}"
            assert not self.kiosk.wait(0.01), "the engine ended"

    def seconds_until_typed(self, count: int) -> float:
        """Press one more key; how long until it is the ``count``-th on the screen."""
        begun_s = time.monotonic()
        self.kiosk.inbox.put(KeyPressed(Secret("1")))
        self.until(lambda: isinstance(self.screen.page, v.EnterCode) and self.screen.page.filled == count)
        return time.monotonic() - begun_s

    def failed(self) -> bool:
        return isinstance(self.screen.page, v.EnterCode) and self.screen.page.problem is CodeProblem.FAILED


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path, "gm65")
    made.begin()
    yield made
    assert made.end() == DONE


def test_a_scanner_looks_while_a_page_asks_and_a_badge_counts_only_from_its_reader(counter: Counter) -> None:
    lost = frozenset({"gate", "pad"})
    counter.until(lambda: counter.kiosk.engine.state.scanners_lost == lost)
    counter.until(lambda: isinstance(counter.screen.page, v.Welcome))
    assert not counter.firmware.eye.looking

    counter.kiosk.inbox.put(Chose(Choice.PICK_UP))
    counter.until(lambda: counter.firmware.eye.looking)
    counter.do(lambda: counter.firmware.eye.hold_up("LK1:ABC"))
    counter.until(counter.failed)

    counter.kiosk.inbox.put(Chose(Choice.BACK))
    counter.until(lambda: isinstance(counter.screen.page, v.Welcome))
    counter.until(lambda: not counter.firmware.eye.looking)

    counter.kiosk.inbox.put(Chose(Choice.PICK_UP))
    counter.until(lambda: isinstance(counter.screen.page, v.EnterCode) and not counter.failed())
    counter.do(lambda: counter.badges.scan("04A1B2C3"))
    counter.until(counter.failed)

    counter.kiosk.inbox.put(Chose(Choice.BACK))
    counter.until(lambda: isinstance(counter.screen.page, v.Welcome))
    counter.do(lambda: counter.scanner.scan("04A1B2C3"))
    counter.until(lambda: isinstance(counter.screen.page, v.EnterCode) and not counter.failed())


def test_a_scanner_that_sends_ten_thousand_characters_a_second_keeps_nobody_waiting_at_the_keypad(
    tmp_path: Path,
) -> None:
    counter = Counter(tmp_path, "datalogic", FLOOD_BAUD)
    counter.begin()
    try:
        counter.until(lambda: isinstance(counter.screen.page, v.Welcome))
        counter.kiosk.inbox.put(Chose(Choice.PICK_UP))
        counter.until(lambda: isinstance(counter.screen.page, v.EnterCode))
        lines = "".join(f"X{count:07}\r\n" for count in range(1_000))
        counter.do(lambda: counter.scanner.send(lines.encode()))
        waits = [counter.seconds_until_typed(count) for count in range(1, 8)]
    finally:
        code = counter.end()

    assert max(waits) < PROMPT_S
    assert code == DONE
