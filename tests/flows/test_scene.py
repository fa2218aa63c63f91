"""What a scene's reckoning would find, held against kiosks and banks that are wrong on purpose."""

from pathlib import Path

import pytest

from hardware_sim.people import Wait
from kiosk.core.decide import decide
from kiosk.core.events import Event
from kiosk.core.layout import Output
from kiosk.engine import Engine
from tests.flows.scene import Scene
from tests.flows.steps import drop, to_door


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """One that nobody reckons up but the sentence itself."""
    return Scene(tmp_path).start()


def act_first(engine: Engine, event: Event) -> None:
    """The engine's step, its commit behind what follows from it."""
    decision = decide(engine.state, event, engine._stamp())  # noqa: SLF001 - the mutant is the engine itself
    for effect in decision.outward:
        engine._outlet.send(effect)  # noqa: SLF001
    if decision.durable:
        engine._journal.commit(decision.durable)  # noqa: SLF001
    engine.state = decision.state
    engine._publish(decision)  # noqa: SLF001


def act_only(engine: Engine, event: Event) -> None:
    """The engine's step without its commit."""
    decision = decide(engine.state, event, engine._stamp())  # noqa: SLF001
    engine.state = decision.state
    for effect in decision.outward:
        engine._outlet.send(effect)  # noqa: SLF001
    engine._publish(decision)  # noqa: SLF001


def test_a_pulse_handed_over_before_its_intent_is_durable_is_found_out(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "step", act_first)
    scene.walk(*to_door())

    with pytest.raises(AssertionError, match="handed over before its intent"):
        scene.reckon()
    scene.kill()


def test_a_pulse_on_the_wire_whose_intent_was_never_recorded_is_found_out(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "step", act_only)
    scene.walk(*to_door())
    scene.unrecorded.clear()

    with pytest.raises(AssertionError, match="A01: a pulse without an intent on disk"):
        scene.reckon()
    scene.kill()


def test_a_lock_that_is_on_for_too_long_is_found_out(scene: Scene) -> None:
    scene.walk(*drop()).reckon()
    switch_on(scene, scene.site.layout.places[0].output, ms=400)

    with pytest.raises(AssertionError, match="a lock was on for 400000 us"):
        scene.walk(Wait(1_000)).reckon()
    scene.kill()


def test_two_locks_that_are_on_at_once_are_found_out(scene: Scene) -> None:
    for place in scene.site.layout.places[:2]:
        switch_on(scene, place.output, ms=100)

    with pytest.raises(AssertionError, match="locks on at the same time"):
        scene.reckon()
    scene.kill()


def switch_on(scene: Scene, output: Output, ms: int) -> None:
    """A board does this by itself."""
    scene.bank.boards[output.board].outputs.energise([output.channel], ms * 1_000)
