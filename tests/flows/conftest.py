"""Scenes for journeys; each one is reckoned up when its journey is over."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from kiosk.config import Site
from tests.flows.scene import Scene
from tests.flows.steps import AMAZON, OUT, QUICK, S10, drop

NewScene = Callable[..., Scene]


@pytest.fixture
def new_scene(tmp_path: Path) -> Iterator[NewScene]:
    """Makes scenes that are not started yet."""
    made: list[Scene] = []

    def make(
        policy: str = "",
        only: Sequence[str] = (),
        seed: int = 0,
        *,
        families: Sequence[str] = (),
        contacts: Callable[[Site], Site] | None = None,
    ) -> Scene:
        directory = tmp_path / str(len(made))
        directory.mkdir()
        made.append(Scene(directory, policy, only, seed, families=families, contacts=contacts))
        return made[-1]

    yield make
    for scene in made:
        try:
            scene.reckon()
        finally:
            scene.kill()


@pytest.fixture
def scene(new_scene: NewScene) -> Scene:
    """A kiosk that runs, with its doors read."""
    return new_scene().start()


@pytest.fixture
def stored(new_scene: NewScene) -> Scene:
    """One parcel in A01, its notice out."""
    return new_scene(QUICK).start().walk(*drop(), *OUT)


@pytest.fixture
def several(new_scene: NewScene) -> Scene:
    """Three parcels of one resident in A01, A03 and A04, their notices out."""
    return new_scene(QUICK).start().walk(*drop(), *drop(S10, size="M"), *drop(AMAZON, size="L"), *OUT)
