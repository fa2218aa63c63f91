"""Retention: when what is personal is due to go, and the entries that say so."""

import pytest

from kiosk.core.ages import DAY_MS
from kiosk.core.entries import ClockState, PersonalDataErased, Stamp
from kiosk.core.ids import ResidentId
from kiosk.core.retention import MOST_SEQS, Erasable, erasures, is_due

TRUSTED, FLOOR, UNKNOWN = ClockState.TRUSTED, ClockState.FLOOR, ClockState.UNKNOWN
DAYS = 90
PERIOD = DAYS * DAY_MS
WHY = PersonalDataErased("request", person="Ada", resident=ResidentId("R1"), detail="moved out")


@pytest.mark.parametrize(
    ("uptime_ms", "wall_ms", "then", "now", "due"),
    [
        (PERIOD, 0, UNKNOWN, UNKNOWN, True),
        (PERIOD - 1, 0, UNKNOWN, UNKNOWN, False),
        (PERIOD, -PERIOD, TRUSTED, TRUSTED, True),
        (0, PERIOD, TRUSTED, TRUSTED, True),
        (0, PERIOD - 1, TRUSTED, TRUSTED, False),
        (0, 9 * PERIOD, FLOOR, TRUSTED, False),
        (0, 9 * PERIOD, TRUSTED, FLOOR, False),
        (0, 9 * PERIOD, UNKNOWN, TRUSTED, False),
        (0, 9 * PERIOD, TRUSTED, UNKNOWN, False),
    ],
)
def test_only_uptime_or_trusted_wall_time_makes_it_due(
    uptime_ms: int, wall_ms: int, then: ClockState, now: ClockState, *, due: bool
) -> None:
    since = Stamp(7, 1_700_000_000_000, then, 1, 1)
    assert is_due(since, Stamp(7 + uptime_ms, since.wall_ms + wall_ms, now, 2, 1), DAYS) is due


def test_each_epoch_and_each_two_hundred_entries_have_an_erasure_of_their_own() -> None:
    places = (*((1, seq) for seq in range(MOST_SEQS + 1)), (3, 4))
    found = list(erasures(Erasable(places, (2, 5)), WHY))

    assert [(body.of_epoch, len(body.of_seqs), body.of_directories) for body in found] == [
        (0, 0, (2, 5)),
        (1, MOST_SEQS, ()),
        (1, 1, ()),
        (3, 1, ()),
    ]
    assert {(body.reason, body.person, body.resident, body.detail) for body in found} == {
        ("request", "Ada", "R1", "moved out")
    }
    assert [(body.of_epoch, seq) for body in found for seq in body.of_seqs] == list(places)


def test_nothing_to_erase_is_no_entry() -> None:
    assert list(erasures(Erasable(), WHY)) == []
    assert not Erasable()
    assert Erasable(directories=(1,))
