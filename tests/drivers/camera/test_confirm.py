"""When a code that a camera sees counts."""

from drivers.camera.confirm import AGREE_US, Confirmation
from drivers.camera.decode import Reading
from drivers.input.assembly import SAME_SCAN_US

BARS, OTHER_BARS, MATRIX = Reading("]C01Z5R89390357567127"), Reading("]C01Z5R89390357567118"), Reading("]Q112345674")
FRAME_US = 100_000


def test_bars_count_once_a_second_frame_agrees() -> None:
    seen = Confirmation()

    assert seen.frame([BARS], 0) == []
    assert seen.frame([BARS], FRAME_US) == [BARS]


def test_bars_that_two_frames_read_differently_do_not_count() -> None:
    seen = Confirmation()

    assert seen.frame([BARS], 0) == []
    assert seen.frame([OTHER_BARS], FRAME_US) == []


def test_frames_without_a_reading_may_lie_between_but_not_for_long() -> None:
    seen = Confirmation()
    seen.frame([BARS], 0)
    seen.frame([], FRAME_US)
    assert seen.frame([BARS], AGREE_US - 1) == [BARS]

    late = Confirmation()
    late.frame([BARS], 0)
    assert late.frame([BARS], AGREE_US) == []


def test_the_same_reading_twice_in_one_frame_is_one_frame() -> None:
    assert Confirmation().frame([BARS, BARS], 0) == []


def test_a_code_that_corrects_itself_counts_at_once() -> None:
    assert Confirmation().frame([MATRIX, MATRIX], 0) == [MATRIX]


def test_a_code_that_is_held_there_counts_once_and_again_after_it_was_away() -> None:
    seen = Confirmation()
    assert seen.frame([MATRIX], 0) == [MATRIX]
    for frame in range(1, 50):
        assert seen.frame([MATRIX], frame * FRAME_US) == []
    last_us = 49 * FRAME_US

    assert seen.frame([MATRIX], last_us + SAME_SCAN_US - 1) == []
    assert seen.frame([MATRIX], last_us + 2 * SAME_SCAN_US) == [MATRIX]


def test_all_codes_of_a_label_count_in_their_order() -> None:
    seen = Confirmation()
    seen.frame([BARS, OTHER_BARS], 0)

    assert seen.frame([OTHER_BARS, MATRIX, BARS], FRAME_US) == [OTHER_BARS, MATRIX, BARS]
