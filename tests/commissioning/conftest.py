"""The bench of these sentences."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commissioning.benches import Bench, bench


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made
