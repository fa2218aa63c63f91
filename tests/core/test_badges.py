"""Badges through the pure core: nobody has one here yet, so none opens a door, and each is answered in plain words."""

import pytest

from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.events import BadgeShown, Choice
from kiosk.core.ids import Secret
from kiosk.core.state import CodeProblem
from tests.core.desk import Desk

BADGE = BadgeShown(Secret("04A1B2C3"), "door")


@pytest.mark.parametrize("choice", [Choice.PICK_UP, Choice.DELIVER])
def test_a_badge_is_not_known_here_where_somebody_is_asked_who_they_are(choice: Choice) -> None:
    desk = Desk().touch(choice).press("1").do(BADGE)

    assert isinstance(desk.page, v.EnterCode)
    assert (desk.page.problem, desk.page.filled) == (CodeProblem.FAILED, 0)
    assert not desk.of(e.AttemptDebited)


def test_a_badge_begins_no_visit_and_does_not_disturb_one() -> None:
    desk = Desk().do(BADGE)
    assert desk.state.visit is None

    assert desk.identify().do(BADGE).page == v.ScanLabels(())


def test_a_badge_is_redacted_wherever_the_event_is_told() -> None:
    assert "04A1" not in repr(BADGE)
