"""A kiosk that does wrong, for tests of what finds it. Must not hold parts of one test file alone."""

import pytest

from kiosk.core import custody
from kiosk.core import entries as e
from kiosk.core.draft import Draft
from kiosk.core.ids import CompartmentId


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kiosk that frees whatever is to be looked at by a person."""

    def check(draft: Draft, name: CompartmentId, reason: str) -> None:
        draft.record(e.CompartmentFreed(name, reason))

    monkeypatch.setattr(custody, "check", check)
