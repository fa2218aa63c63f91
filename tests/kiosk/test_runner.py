"""The engine's order, and the loop around it, on a real record. Must not know what an event means."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

import pytest

from hardware_sim.entropy import SeededEntropy
from hardware_sim.site import Ports, courier_code, write_site
from kiosk.clock import SystemClock
from kiosk.config import Site, read_site
from kiosk.core.effects import Outward, VerifyCode
from kiosk.core.events import Choice, Chose, CodeDerived, Event, KeyPressed, Started
from kiosk.core.ids import Secret
from kiosk.core.view import EnterCode, ScreenModel
from kiosk.engine import Engine
from kiosk.ports import JournalError
from kiosk.runner import DeadThreadError, Notifier, Runner
from kiosk.vault import SMALLEST_COST
from kiosk.wiring.boot import Booted, boot
from storage.journal import SqlJournal

PATIENCE_S = 20.0


@dataclass
class Outside:
    """Keeps what the engine hands out, and says when a code is to be verified."""

    effects: list[Outward] = field(default_factory=list)
    screens: list[ScreenModel] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)

    def send(self, effect: Outward) -> None:
        self.effects.append(effect)
        if isinstance(effect, VerifyCode):
            self.asked.set()

    def show(self, model: ScreenModel) -> None:
        self.screens.append(model)


@pytest.fixture
def booted(tmp_path: Path) -> Iterator[Booted]:
    site = read_site(write_site(tmp_path, Ports(), SMALLEST_COST))
    assert isinstance(site, Site)
    begun = boot(site, SeededEntropy(1), SystemClock)
    assert begun.database is not None
    yield begun
    begun.database.close()


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def engine(booted: Booted, outside: Outside) -> Engine:
    made = Engine(booted.state, booted.journal, booted.clock, outside, outside)
    made.step(Started("1", "1"))
    return made


def type_code(engine: Engine, code: str) -> None:
    engine.step(Chose(Choice.DELIVER))
    for digit in code:
        engine.step(KeyPressed(Secret(digit)))


def runner(booted: Booted, engine: Engine, inbox: SimpleQueue[Event], **parts: object) -> Runner:
    usual: dict[str, object] = {"threads": (), "notifier": Notifier(""), "upkeep": lambda: None}
    return Runner(engine, inbox, booted.clock, **(usual | parts))  # type: ignore[arg-type]


def test_what_was_asked_for_is_in_the_record_before_it_is_handed_out(
    booted: Booted, engine: Engine, outside: Outside
) -> None:
    type_code(engine, courier_code("58203"))

    assert isinstance(outside.effects[-1], VerifyCode)
    assert booted.journal.books().bucket.level == booted.state.policy.bucket_capacity - 1


def test_a_commit_that_fails_hands_nothing_out_and_shows_nothing(
    booted: Booted, engine: Engine, outside: Outside
) -> None:
    assert booted.database is not None
    other = SqlJournal(booted.database, SeededEntropy(2))
    intruder = Engine(engine.state, other, booted.clock, Outside(), Outside())
    type_code(intruder, courier_code("58203"))
    effects, screens = len(outside.effects), len(outside.screens)

    with pytest.raises(JournalError, match="an entry continues its epoch") as failed:
        type_code(engine, courier_code("58203"))
    assert "attempt_debited" not in str(failed.value), "what was to be recorded stays out of logs"
    assert not [effect for effect in outside.effects[effects:] if isinstance(effect, VerifyCode)]
    assert all(not model.busy for model in outside.screens[screens:])
    with pytest.raises(JournalError, match="has failed before"):
        engine.step(KeyPressed(Secret(courier_code("58203")[-1])))


def test_the_loop_takes_events_keeps_deadlines_and_ends_when_asked(booted: Booted, engine: Engine) -> None:
    inbox: SimpleQueue[Event] = SimpleQueue()
    loop = runner(booted, engine, inbox)
    inbox.put(Chose(Choice.PICK_UP))
    loop.ask_to_stop("enough")
    loop.run()

    assert engine.state.stopped
    assert booted.journal.books().clean_stop


def test_a_deadline_is_kept_without_any_event(booted: Booted, engine: Engine, outside: Outside) -> None:
    """A courier who mistyped waits out the pause; the attempt that waited for it begins by itself."""
    inbox: SimpleQueue[Event] = SimpleQueue()
    loop = runner(booted, engine, inbox)
    type_code(engine, courier_code("58203"))
    asked = outside.effects[-1]
    assert isinstance(asked, VerifyCode)
    thread = threading.Thread(target=loop.run)
    thread.start()
    outside.asked.clear()
    inbox.put(_denied(asked))
    for digit in courier_code("58203"):
        inbox.put(KeyPressed(Secret(digit)))
    begun_ms = booted.clock.now().mono_ms

    assert outside.asked.wait(PATIENCE_S)
    assert booted.clock.now().mono_ms - begun_ms >= booted.state.policy.failure_pause_ms - 50
    loop.ask_to_stop("enough")
    thread.join(PATIENCE_S)
    assert isinstance(outside.screens[-2].page, EnterCode)


def _denied(asked: VerifyCode) -> Event:
    return CodeDerived(asked.visit, asked.attempt, Secret(b"nobody's".ljust(32)))


def test_a_dead_thread_ends_the_loop_by_name(booted: Booted, engine: Engine) -> None:
    ended = threading.Thread(target=int, name="line left")
    ended.start()
    ended.join()

    with pytest.raises(DeadThreadError, match="line left"):
        runner(booted, engine, SimpleQueue(), threads=(ended,)).run()


def test_the_service_manager_hears_of_each_round_with_every_thread_alive(
    booted: Booted, engine: Engine, tmp_path: Path
) -> None:
    address = str(tmp_path / "notify")
    rounds: list[int] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(PATIENCE_S)
        inbox: SimpleQueue[Event] = SimpleQueue()
        loop = runner(booted, engine, inbox, notifier=Notifier(address), upkeep=lambda: rounds.append(1))
        thread = threading.Thread(target=loop.run)
        thread.start()
        heard = listener.recv(100)
        loop.ask_to_stop("enough")
        thread.join(PATIENCE_S)

    assert heard == b"WATCHDOG=1"
    assert rounds


def test_a_service_manager_that_is_not_there_or_went_away_disturbs_nobody(tmp_path: Path) -> None:
    Notifier("").say("READY=1")
    Notifier(str(tmp_path / "gone")).say("READY=1")
